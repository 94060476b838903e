#ifndef WORKER_H
#define WORKER_H

/*
 * worker: workers: processes that are sent batches and answer them, each on a record stream of its own, or that only take them.
 *
 * A worker is sent the distinct positions of the records (distinct.h), so what comes back tells which of them were answered: all
 * below the watermark of its output. They are far above those of a new stream, which begin at 0: so a command that loses positions
 * shows at its first record. Records that were dealt before, and come before the last one that a worker was sent, get positions
 * above that by a jump: a multiple of POSITION_SPAN is added from then on, which changes nothing of what their source gave them.
 * A worker that only takes (a sink) is sent the positions of the input.
 *
 * Its descriptors are this room's: they are closed when the worker has ended, or by worker_abandon.
 */

#include <stddef.h>
#include <stdint.h>

#include "os/process.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "work/gather.h"
#include "work/batch.h"

enum worker_state {
	WORKER_NONE,   /* has no process: not started yet, or its last one has ended */
	WORKER_LIVE,   /* takes records */
	WORKER_ENDING, /* gets no more */
	WORKER_ENOUGH  /* has ended well before its input did, and is not started again */
};

struct worker {
	/* set by the caller */
	const char *name;            /* "worker 2"; for messages */
	char *const *argv;           /* all borrowed */
	const char *settings[3];     /* of its environment */
	int sink;                    /* writes nothing back */
	int wide;                    /* its input's pipe holds a block; not for many workers */
	int settles;                 /* with retries: an answer counts only when the watermark is above it; else when its positions are */

	/* to be read */
	enum worker_state state;
	struct rec_out out;
	struct rec_in in;
	struct process process;
	uint64_t sent_records;       /* of this process */
	uint64_t answered;           /* all below this position of its stream have been; 0: none */
	uint64_t lives;              /* processes so far */
	uint64_t barren;             /* so many have died since the last answer */
	int untouched;               /* the last one had read nothing of what it was sent */
	struct batch_queue sent;    /* not wholly answered */
	struct batch_queue waiting; /* the caller's: to be sent to this one */
	int waited;                  /* an endpoint: it is a command, which is waited for at its end */
	int (*closed)(struct rec_out *, const char **why); /* and its own hook */
	struct buf why;
	int lost_positions;          /* it has given back positions that it was not sent */
	int behind;                  /* worker_ready or worker_hungry has said no because of what it has not read: the caller takes that back */

	/* private */
	int fed, drained;            /* out and in are open */
	int told;                    /* its end mark has been begun */
	int kept;                    /* the read end of its input, once that is closed; -1 */
	uint64_t put, unread;        /* bytes that went into its pipe, and those that it left there */
	size_t last_bytes;           /* of the block sent last */
	uint64_t jump;               /* added to the positions that it is sent */
	uint64_t begin, end;         /* of what it was sent: the first position, and (but for a sink) the one behind the last; 0: nothing yet */
	uint64_t touched;            /* the highest position that it has answered to; 0: none */
	int unsafe;                  /* its watermark is lower than its positions have come to: */
	uint64_t safe;               /* ... at the input's position of this record, which its process has given up, or may yet */
	struct batch *under_way;    /* a share of what is being sent */
	struct buf rest;             /* of a sink: or what is left of a block that was passed to it; empty where nothing is */
	struct block block;          /* sent last */
	int to_begin;                /* and not begun yet */
	struct held *tail;           /* answers at the watermark: settled by a later one */
};

/* Starts the process. 0, or an exit status with a line in error. */
int worker_start(struct process_pool *, struct worker *, struct buf *error);

/* Whether it can be sent a batch at once: it has begun to read the last one, or has at most one unanswered. */
int worker_ready(struct worker *);

/* Goes on with what is being sent: to be called before it is asked whether it is ready. */
void worker_push(struct worker *);

/* Whether it has read all that it was sent, and waits or works. */
int worker_hungry(struct worker *);

/* Whether it is seen to be at work: it has begun to read what it was sent last, or has answered. */
int worker_begun(struct worker *);

/* How much it has to do: bytes that it has not answered or, of a sink, not read. */
size_t worker_load(struct worker *);

/*
 * Returns 1 if distinct positions from first to last can be made to go on from what the worker has been sent; 0 if 64 bits do not hold
 * them: only another process of the worker's can be sent these records.
 */
int worker_fits(const struct worker *, uint64_t first, uint64_t last);

/* Sends a batch that fits to a worker that is ready. The caller's share becomes the worker's; of a sink's only until it is sent. */
void worker_send(struct worker *, struct batch *);

/*
 * Sends a data block to a sink that is ready, from where it lies; nothing of the block is needed afterwards. 1; 0 where it has to be sent as
 * a batch; -1 with errno ENOMEM.
 */
int worker_pass(struct worker *, const struct block *);

/*
 * Ends its input, with that status and reason of a failure, and the watermark for a sink. Goes on with it when called again; returns
 * whether that is done.
 */
int worker_end(struct worker *, uint64_t next, int status, const char *reason);

/*
 * Takes the answers that have come, and gives them to the gather. Returns 1 where there were any, else 0; -1 with errno ENOMEM.
 * Where its output is no good stream, or gives back positions that were not sent, the worker is abandoned.
 */
int worker_take(struct worker *, struct gather *);

/* To be called for each process that process_pool_reap returns. */
void worker_reaped(struct worker *);

/* Whether process and output have both ended. Then worker_over is to be called, once, and tells how. */
int worker_ended(const struct worker *);

enum worker_end {
	WORKER_GOOD,  /* as it should */
	WORKER_EARLY, /* well, but before it had taken all that it was sent or would have been: what it has not answered is in sent */
	WORKER_BAD    /* error has a line, status what to exit with; what it has not answered is in sent */
};
enum worker_end worker_over(struct process_pool *, struct worker *, struct buf *error, int *status);

/* Closes its pipes, without an end mark: it is not to do any more. */
void worker_abandon(struct worker *);

#endif
