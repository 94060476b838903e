#ifndef WORKER_H
#define WORKER_H

/*
 * worker: something that is given records: a process that answers batches of them on a record
 * stream, a process that only takes them (a sink), or an open output (an endpoint, which is a sink
 * too).
 *
 * A worker that answers is sent the distinct positions of the records (distinct.h), so that its
 * answers tell which records they belong to. All records below the watermark of its output are
 * answered. Distinct positions are far above those of a new stream, which begin at 0, so a command
 * that loses positions is found out by its first record. If records are dealt again that come
 * before the last one that the worker was sent, their positions jump: a multiple of POSITION_SPAN
 * is added from then on, which changes nothing in the positions of their source. A sink is sent the
 * positions of the input.
 *
 * This room owns the worker's descriptors. It closes them after the worker has ended, or in
 * worker_abandon; those of an endpoint are closed with its output.
 */

#include <stddef.h>
#include <stdint.h>

#include "command/command.h"
#include "endpoint/endpoint.h"
#include "os/process.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "work/batch.h"
#include "work/gather.h"

enum worker_state {
	WORKER_NONE,   /* has no process: not started yet, or its last one has ended */
	WORKER_LIVE,   /* takes records */
	WORKER_ENDING, /* gets no more */
	WORKER_ENOUGH  /* takes no more records, and is not started again */
};

/* All else is zeros. Only this room writes what the caller does not set. */
struct worker {
	/* set by the caller */
	const char *name;        /* "worker 2"; for messages */
	char *const *argv;       /* borrowed, as all of these are */
	const char *settings[3]; /* of its environment; NULL at the end */
	int sink;                /* writes nothing back */
	int wide;                /* its input's pipe is to hold a whole block; not for many workers */
	int settles;             /* with retries: only answers below the watermark count */

	/* to be read */
	enum worker_state state;
	struct rec_out out;      /* to be read: its state */
	struct process process;  /* to be read: whether it has ended */
	uint64_t sent_records;   /* to this process */
	uint64_t lives;          /* number of processes so far */
	uint64_t barren;         /* number of processes that have died since the last answer */
	int untouched;           /* the last process had read nothing of what it was sent */
	int lost_positions;      /* it has given back positions that it was not sent */
	int misfit;              /* its table is not that of the other answers */

	/* private */
	struct rec_in in;
	int fed, drained;        /* out and in are open */
	int told;                /* the end mark of its input has been begun */
	int behind;              /* it was found to have unread input since the last worker_held_up */

	struct batch_queue sent; /* not wholly answered */
	uint64_t begin, end;     /* of what it was sent: the first position, and (no sink) the one after the last */
	uint64_t jump;           /* is added to the positions that it is sent */
	struct batch *under_way; /* one share of the batch that is being sent; NULL: none */
	struct buf rest;         /* what is left of a block that was passed on; empty: nothing */
	struct block block;      /* sent last */
	int to_begin;            /* that block is still to be begun */
	size_t last_bytes;       /* of that block */

	uint64_t answered;       /* all records below this position of its stream are answered; 0: none */
	uint64_t touched;        /* the highest position that it has answered to; 0: none */
	struct held *tail;       /* answers at or above the watermark: a later watermark settles them */
	int unsafe;              /* its watermark is lower than the positions of its answers: */
	uint64_t safe;           /* ... at this position of the input, whose record it may have given up */

	int kept;                /* after its input is closed: a read end of that pipe; -1: none */
	uint64_t put, unread;    /* bytes that went into that pipe, and bytes left unread there */

	int waited;              /* an endpoint: a command that is waited for at its end */
	int (*closed)(struct rec_out *, const char **why); /* its own hook, see rec_out.h */
	struct buf why;          /* memory of a line from its hook */
};

/* ---- its beginning ---- */

/*
 * Starts the process, whose answers are for the gather (a sink has none). Returns 0, or an exit
 * status with a line in error.
 */
int worker_start(struct process_pool *, struct worker *, struct gather *, struct buf *error);

/*
 * Opens the endpoint of this name as the worker's output. Returns 0, or -1 after a failure that has
 * been noted. The output is one of the process's, and command_end ends it.
 */
int worker_endpoint(struct worker *, struct endpoint *, const char *name, struct command_fault *);

/* ---- its input ---- */

enum worker_may { WORKER_NO, WORKER_YES, WORKER_IDLE };

/*
 * Returns whether the worker may be sent a batch at once, which is so if it has begun to read the
 * last one, or has at most one unanswered (a sink: if all has been written). *load becomes the
 * number of bytes that it has still to do: those not answered or, of a sink, those not read. It is
 * idle if there are none. load may be NULL; then an idle worker is not told from others.
 */
enum worker_may worker_may_take(struct worker *, size_t *load);

/*
 * Returns 1 if positions from first to last, which are distinct, can be made to follow those that
 * the worker has been sent; or 0 if they would not fit in 64 bits: then only another process of the
 * worker can be sent these records.
 */
int worker_fits(const struct worker *, uint64_t first, uint64_t last);

/* Sends a batch that fits to a worker that may take it. The caller's share becomes the worker's. */
void worker_send(struct worker *, struct batch *);

/*
 * Sends a data block to a sink that may take it, from where it lies; nothing of the block is needed
 * afterwards. Returns 1; or 0 if it must be sent as a batch; or -1 with errno ENOMEM.
 */
int worker_pass(struct worker *, const struct block *);

/* Writes what can be written now of what is being sent. To be called before worker_may_take. */
void worker_push(struct worker *);

/* Returns 1 as long as something that the worker was sent is still to be written. */
int worker_sending(const struct worker *);

/*
 * Tells a worker that is being sent nothing that all records to come are at next or above, as
 * rec_out_mark.
 */
void worker_mark(struct worker *, uint64_t next);

/* Returns 1 if the worker takes records and has read all that it was sent. */
int worker_hungry(struct worker *);

/*
 * Returns 1 if the worker is seen to be at work: it has begun to read what it was sent last, or has
 * answered.
 */
int worker_begun(struct worker *);

/*
 * Returns 1 if, since the last call, worker_may_take or worker_hungry said no only because of
 * unread input, and no descriptor will tell when that is read, or it has been read by now.
 */
int worker_held_up(struct worker *);

/*
 * Ends its input, with the status and reason of a failure and, for a sink, the watermark next.
 * Returns 1 once that is done; or 0: to be called again.
 */
int worker_end(struct worker *, uint64_t next, int status, const char *reason);

/* ---- its answers ---- */

/*
 * Returns the stream of its answers, to be waited for; or NULL if there is none, or it is closed.
 */
struct rec_in *worker_answers(struct worker *);

/*
 * Reads answers, if any have come, and gives them to the gather. Returns 1 if something has come,
 * else 0; -1 with errno ENOMEM. If its output is not a good stream, or gives back positions that
 * were not sent, the worker is abandoned.
 */
int worker_take(struct worker *, struct gather *);

/*
 * Returns the number of bytes of records that it was sent and that are kept until it has answered
 * them.
 */
size_t worker_unanswered(const struct worker *);

/*
 * Frees unanswered records, which nobody will need (batch_spend), until at most this number of
 * bytes is kept, as far as that can be.
 */
void worker_spend(struct worker *, size_t most);

/*
 * Takes the first batch that is not wholly answered from a worker that has ended. Its share becomes
 * the caller's. NULL: there is none.
 */
struct batch *worker_left(struct worker *);

/*
 * Returns a position of the input: if the worker fails, all records below it are still accounted
 * for. For a sink that is the first record that its process was sent, since nobody knows what it
 * has done; else the place where its watermark has stayed while answers went on. UINT64_MAX: there
 * is no such bound.
 */
uint64_t worker_safe(const struct worker *);

/* ---- its end ---- */

/* To be called for each process that process_pool_reap returns. */
void worker_reaped(struct worker *);

/*
 * Returns 1 if its process and its output have both ended. Then worker_over is to be called, once,
 * and tells how.
 */
int worker_ended(const struct worker *);

enum worker_end {
	WORKER_GOOD,  /* as it should */
	WORKER_EARLY, /* well, but before it had taken all that it was sent or would have been sent */
	WORKER_BAD    /* error has a line, and status is what to exit with */
};
enum worker_end worker_over(struct process_pool *, struct worker *, struct buf *error, int *status);

/* The worker is to take no more records: it is not started again. */
void worker_retire(struct worker *);

/* Closes its pipes, without an end mark, and ends its process: it is to do no more. */
void worker_abandon(struct worker *);

/* The same if nobody wants its answers: what becomes of its process does not matter either. */
void worker_dismiss(struct process_pool *, struct worker *);

/*
 * All is dealt: takes note of an endpoint whose reader has left, and makes the endpoint's end a
 * failure (by its closed) if its command leaves something unread.
 */
void worker_watch(struct worker *);

#endif
