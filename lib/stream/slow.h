#ifndef SLOW_H
#define SLOW_H

/*
 * slow: one of several outputs that get the same blocks, and what is done while its reader is slower than the others.
 *
 *   wait    nothing: no more is to be read before it has taken what there is
 *   skip    blocks for which there is no room in the queue are left out; a loss block tells at their place how many records
 *   spill   what does not fit the queue in memory goes to a temporary file; where that is full it is waited for
 *   cut     as soon as the queue is full its stream ends there, by an end mark that tells of a failure (EX_TEMPFAIL)
 *
 * Nothing here waits: a command puts a block to all its outputs, pushes them, reads on when all are ready, and else calls
 * loop_wait.
 */

#include "record/spool.h"
#include "stream/rec_out.h"

enum slow_policy { SLOW_WAIT, SLOW_SKIP, SLOW_SPILL, SLOW_CUT };

struct slow {
	enum slow_policy policy; /* set by the caller, all else 0 */

	/* to be read */
	struct rec_out *out; /* NULL: not opened */
	uint64_t left_out; /* records */
	int cut;           /* it is cut off */
	int full;          /* spill: errno why the queue took no more, when that was last so */

	/* private */
	struct spool queue;
	const struct block *whole; /* wait: the caller's block, not begun yet */
	struct held *under;        /* what is under way in out, if it was in the queue */
	struct buf kept;           /* ... or if slow_end has copied it */
	struct held *over;         /* spill: it found no room in the queue */
	int losing;                /* what was left out since the last block in the queue: */
	int unknown;
	uint64_t lost, base, next;
	uint64_t mark;             /* the watermark behind the queue */
	int cut_told, full_told;
};

/* The policy of that name: 0, or -1 where it is none. */
int slow_policy(const char *name, enum slow_policy *);

/* The endpoint in an operand that may have a policy before it ("skip:cmd:rec-view"), which is then stored. */
const char *slow_operand(const char *operand, enum slow_policy *);

/*
 * Begins with an output, which stays the caller's. memory: bytes of blocks by which its reader may be behind (one block in any
 * case; of wait there is no bound, since only what was read at once can be in the queue). file: of the temporary file of spill.
 */
void slow_open(struct slow *, struct rec_out *, size_t memory, uint64_t file);

/*
 * Puts a block (data or loss) behind the others: only when ready. h is a hold of the block, which gets shared; it may be NULL
 * where the policy is wait, and then the block must stay as it is until the output is ready again. Nothing is written yet.
 */
void slow_put(struct slow *, const struct block *, struct held *h);

/* Goes on as far as the output takes anything. */
void slow_push(struct slow *);

/* Whether something became of it that a person should know, which is then a line in the buffer; each such thing once. */
int slow_news(struct slow *, struct buf *line);

/* For an output that is a file: slow_push, and has the file synced (fdatasync). 0; or -1 where it failed, now or before. */
int slow_sync(struct slow *);

/* Whether the next block may be put. Always so with skip and cut, and for an output that takes no more. */
int slow_ready(const struct slow *);

/* Whether its reader is there and not cut off. */
int slow_wanted(const struct slow *);

/* Forgets what has not been begun: its readers must not get it. */
void slow_forget(struct slow *);

/*
 * The input has ended, and the output may be given its end by rec_out_tell, before which what is in the queue goes out. What it has not
 * written of the caller's block is copied, so that may go. One that was cut off and has not taken its end mark yet gets none.
 */
void slow_end(struct slow *);

/* Frees what it holds, after the output has ended. */
void slow_free(struct slow *);

#endif
