#ifndef SLOW_H
#define SLOW_H

/*
 * slow: one of several outputs that get the same blocks, and what is done if its reader is slower
 * than the others.
 *
 *   wait    the command reads no more before the reader has taken what there is
 *   skip    blocks that find no room in the queue are left out; a loss block in their place has the
 *           number of records
 *   spill   blocks that find no room in the queue in memory go to a temporary file; if that is
 *           full, it is as wait
 *   cut     as soon as the queue is full, the stream ends there, by an end mark with a failure
 *           (EX_TEMPFAIL)
 *
 * Nothing here waits. A command puts a block to all its outputs and pushes them; if all are ready
 * it reads on, else it calls loop_wait.
 */

#include "record/spool.h"
#include "stream/rec_out.h"

enum slow_policy { SLOW_WAIT, SLOW_SKIP, SLOW_SPILL, SLOW_CUT };

struct slow {
	enum slow_policy policy; /* set by the caller, who sets all else to 0 */

	/* to be read */
	struct rec_out *out; /* NULL: not opened */
	uint64_t left_out; /* the number of records that were left out */
	int cut;           /* 1: the reader is cut off */
	int full;          /* spill: the errno with which the queue last took no more; 0: it always has */

	/* private */
	struct spool queue;
	const struct block *whole; /* wait: the caller's block, not begun yet */
	struct held *under;        /* the block under way in out, if it was in the queue */
	struct buf kept;           /* ... or if slow_end has copied it */
	struct held *over;         /* spill: a block that found no room in the queue */
	int losing;                /* 1: blocks were left out after the last one in the queue: the next two lines */
	int unknown;
	uint64_t lost, base, next;
	uint64_t mark;             /* the watermark after the queue */
	int cut_told, full_told;   /* 1: slow_news has reported it */
	int ending;                /* 1: it was cut off, and its end mark is begun */
};

/* Stores the policy of that name. Returns 0, or -1 if there is no such policy. */
int slow_policy(const char *name, enum slow_policy *);

/*
 * Returns the endpoint of an operand. If a policy is before it ("skip:cmd:rec-view"), stores that.
 */
const char *slow_operand(const char *operand, enum slow_policy *);

/*
 * Begins with an output, which stays the caller's. memory: the number of bytes of blocks that the
 * queue may have in memory; it takes one block in any case, and with wait there is no limit,
 * because only what was read at once can be in the queue. file: the same for the temporary file of
 * spill.
 */
void slow_open(struct slow *, struct rec_out *, size_t memory, uint64_t file);

/*
 * Puts a block (data or loss) after the others, if slow_ready. h holds the block, and is shared. It
 * may be NULL if the policy is wait; then the block must stay as it is until the output is ready
 * again. Nothing is written yet.
 */
void slow_put(struct slow *, const struct block *, struct held *h);

/* Writes as much as the output takes. */
void slow_push(struct slow *);

/*
 * Returns 1, with a line appended, if something has happened that a person should know, else 0.
 * Each such thing is reported once.
 */
int slow_news(struct slow *, struct buf *line);

/*
 * For an output that is a file: does slow_push, and has the file synced (fdatasync). Returns 0, or
 * -1 if that failed, now or before.
 */
int slow_sync(struct slow *);

/*
 * Returns 1 if the next block may be put, else 0. It always may with skip and cut, and if the
 * output takes no more.
 */
int slow_ready(const struct slow *);

/* Returns 1 if its reader is there and not cut off, else 0. */
int slow_wanted(const struct slow *);

/* Forgets all blocks that were not begun, so that the reader does not get them. */
void slow_forget(struct slow *);

/*
 * The input has ended. From now on rec_out_tell may end the output, and writes what is in the queue
 * before the end. What was not written of the caller's block is copied, so the block may go. If the
 * reader was cut off and has not taken its end mark yet, it gets none.
 */
void slow_end(struct slow *);

/* Frees what it holds, after the output has ended. */
void slow_free(struct slow *);

#endif
