#ifndef REC_OUT_PRIVATE_H
#define REC_OUT_PRIVATE_H

/*
 * rec_out_private: private to rec_out*.c: rec_out.c makes blocks of what is put, rec_out_mark.c says what their watermarks are,
 * rec_out_wait.c waits for readers and writers, rec_out_end.c has the list of outputs, and their ends.
 */

#include "stream/rec_out.h"

/* Whether something is under way, in the writer or in a hop. */
static inline int
rec_out_busy(const struct rec_out *out)
{
	return out->writer.parts > 0 || hop_busy(out->hop);
}

/* One write of a piece. Returns 0 where the output could take nothing, else 1. */
int rec_out_piece(struct rec_out *, int wait);

/* Begins a block of what was put, or of the watermark where nothing was; nothing may be under way. Does not wait. */
void rec_out_build(struct rec_out *);

/* The first output is opened: forgets what rec_out_floor and rec_out_bound have said. */
void rec_out_begin_marks(void);

/* Raises the output's mark to what rec_out_floor has said. */
void rec_out_raise(struct rec_out *);

/* Sets a block's watermark to what it asks for, or to less if that is not allowed yet, and notes what it tells. For send_block alone. */
void rec_out_set_watermark(struct rec_out *, struct block *);

/* Returns 1, with base and next of a block of no records, if there is something to tell that has not been told; else 0. */
int rec_out_news(const struct rec_out *, struct block *);
/* Writes all that was put, and waits for that. */
void rec_out_drain(struct rec_out *);

/* Puts an output at the end of the list, or takes it off. */
void rec_out_listed(struct rec_out *, int on);

/* What a failed write means for the output: by EPIPE and the like (io_left) its reader has gone. */
void rec_out_fail(struct rec_out *, int error);

/* Waits until out can take something, and lets every other output that holds records go on meanwhile. */
void rec_out_serve(struct rec_out *);

/*
 * The descriptor of an output that has written its end, with a hop whose reader has not taken everything: kept until it has. Takes over
 * the hop and the writer with its descriptor. rec_out_kept: 1 if that of out is still kept. rec_out_forget: from now on it belongs to no
 * output, which may be freed; with wait it is waited for first.
 */
void rec_out_keep(struct rec_out *);
int rec_out_kept(const struct rec_out *);
void rec_out_forget(struct rec_out *, int wait);

/* Returns 1 if the output is a named ring to which no reader has come yet, and it is in vain to wait for one (rec_out_deserted). */
int rec_out_lonely(const struct rec_out *);

/* What rec_out_watch was given: -1: nothing; and that it takes no more, for a reason of io_why. */
int rec_out_watched(void);
void rec_out_unwatched(int error);

#endif
