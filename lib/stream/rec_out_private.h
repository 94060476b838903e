#ifndef REC_OUT_PRIVATE_H
#define REC_OUT_PRIVATE_H

/*
 * rec_out_private: private to rec_out*.c and to tests of transports: rec_out.c makes blocks of what
 * is put, rec_out_mark.c says what their watermarks are, rec_out_wait.c waits for readers and
 * writers, rec_out_end.c has the list of outputs, and their ends. The blocks travel by transports
 * (transport.h): rec_out_pipe.c, rec_out_hop.c, rec_out_shm.c; rec_out_terminal.c shows them to a
 * person instead.
 */

#include "stream/rec_out.h"
#include "stream/transport.h"

extern const struct transport_out rec_out_pipe;

/*
 * rec_out_table returns the table that the output's segments begin with, or NULL.
 * rec_out_table_due returns 1 if it must be put before anything else, or an end mark before it;
 * else 0.
 */
struct table *rec_out_table(const struct rec_out *);
int rec_out_table_due(const struct rec_out *);

/* Shows a block on a terminal. */
void rec_out_terminal(struct rec_out *, const struct block *);

/* Returns 1 if something is under way, in the writer or in the transport, else 0. */
static inline int
rec_out_busy(const struct rec_out *out)
{
	return out->writer.parts > 0 || out->pending;
}

/* Makes one write of a piece. Returns 0 if the output could take nothing, else 1. */
int rec_out_piece(struct rec_out *, int wait);

/*
 * Begins a block of what was put, or of the watermark if nothing was put. Nothing may be under way.
 * Does not wait.
 */
void rec_out_build(struct rec_out *);

/* Raises the output's mark to what rec_out_floor has said. */
void rec_out_raise(struct rec_out *);

/*
 * Sets a block's watermark to what the block asks for, or to less if that is not allowed yet, and
 * remembers the mark and the watermark that go out with it. For send_block alone.
 */
void rec_out_set_watermark(struct rec_out *, struct block *);

/*
 * Returns 1, with base and next for a block of no records, if the mark or the watermark has risen
 * since, or a table is due; else 0.
 */
int rec_out_news(const struct rec_out *, struct block *);

/* Writes all that was put, and waits for that. */
void rec_out_drain(struct rec_out *);

/* From now on TERM, INT and HUP write end marks (rec_out.h). */
void rec_out_heed_signals(void);

/*
 * A write has failed: the output takes no more. If errno is EPIPE or the like (io_left), its reader
 * has gone.
 */
void rec_out_fail(struct rec_out *, int error);

/* Waits until the output has taken something, and writes all other outputs meanwhile. */
void rec_out_serve(struct rec_out *);

/* What the transports of a pipe, and of a pipe with a ring, have in common. */
void rec_out_hop_begin(struct rec_out *);
void rec_out_pipe_seen(struct rec_out *, const struct pollfd *);
void rec_out_pipe_close(struct rec_out *);

/*
 * An output that has written its end, but whose reader has not taken everything from a ring yet,
 * leaves its descriptor and its hop to rec_out_hop.c, which keeps them until the reader has.
 * rec_out_hop_keeps returns 1 if those of the output are still kept, else 0. After
 * rec_out_hop_forget they belong to no output, and the output may be freed; if `wait`, it waits
 * first until they are no longer kept.
 */
int rec_out_hop_keeps(const struct rec_out *);
void rec_out_hop_forget(struct rec_out *, int wait);

/*
 * rec_out_hop_kept returns the number of hops that are kept. rec_out_hop_kept_polled sets what to
 * poll for, an entry for each of them, and returns 1; or 0 if rec_out_hop_step should be called at
 * once. rec_out_hop_kept_seen gets these entries after the poll. rec_out_hop_step makes one step
 * for each of them, without waiting.
 */
size_t rec_out_hop_kept(void);
int rec_out_hop_kept_polled(struct pollfd *);
void rec_out_hop_kept_seen(const struct pollfd *);
void rec_out_hop_step(void);

/*
 * The descriptor that rec_out_watch was given takes no more, for a reason of io_why.
 */
void rec_out_unwatched(int error);

#endif
