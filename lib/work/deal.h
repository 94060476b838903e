#ifndef DEAL_H
#define DEAL_H

/*
 * deal: which worker gets which records of the input.
 *
 * Records for any worker are taken from the block in hand, but those that a dead worker has left
 * unanswered go first. If it is settled who gets a record (by key, in turn, to all), it waits in
 * that worker's own queue. Never more than a few blocks wait here: the input is read no faster than
 * workers take it.
 */

#include <stddef.h>
#include <stdint.h>

#include "choose/names.h"
#include "command/command.h"
#include "match/range.h"
#include "work/batch.h"
#include "work/gather.h"
#include "work/worker.h"

enum deal_how {
	DEAL_READY, /* to the first worker that is ready */
	DEAL_ROUND, /* in turn */
	DEAL_KEY,   /* by the hash of some parts */
	DEAL_COPY   /* to all */
};

struct deal {
	/* set by the caller */
	enum deal_how how;
	uint32_t batch;             /* number of records in a batch; 0: what is there */
	struct range *key;          /* for DEAL_KEY */
	struct worker *workers;
	size_t count;
	struct gather *gather;
	int settles;                /* records must be kept until they are answered, however many they are */

	/* private */
	struct command_fault *fault;
	struct names names;         /* of the key */
	struct batch_queue *queues; /* of each worker: batches that are to be sent to this one */
	struct distinct distinct;   /* makes the distinct positions */
	struct batch_source source; /* the block in hand */
	struct batch_queue again;   /* batches that dead workers have left unanswered */
	uint64_t begun;             /* bytes dealt so far */
	uint64_t clocked;           /* ... when the time was measured last */
	int64_t clock;              /* that time, in milliseconds */
	int fast;                   /* so much is dealt in little time that small pieces would cost too much */
	int input_dry;              /* the input had no more when the block in hand came */
	int gave_up;                /* records were given up, */
	uint64_t given_up;          /* the first of them at this position of the input */
	size_t turn;                /* the worker whose turn it is */
	uint32_t turn_left;         /* number of records that it has had in this turn */
};

/* To be called once, after the caller has set its members. Returns 0, or -1 with errno ENOMEM. */
int deal_init(struct deal *);

/*
 * Sets the hook of the input: the parts of the key are those of its table. A part that the table
 * does not have is said, and noted in the fault.
 */
void deal_follow(struct deal *, struct rec_in *, struct command_fault *);

/*
 * Frees the memory, after deal_stop or when all is dealt. Before that, it says that no name was
 * found, if so (names.h). Zeros are let be.
 */
void deal_free(struct deal *);

/* Returns 1 if another block of the input can be taken. */
int deal_wants(struct deal *);

/*
 * Takes the block that the input has handed out last. dry: the input had no more before that block
 * came, so no other block waits. Returns 0; or -1 with errno: ENOMEM, or EOVERFLOW if the positions
 * are too high to be made distinct (distinct.h).
 */
int deal_block(struct deal *, struct rec_in *, const struct block *, int dry);

/*
 * Sends what can be sent, until an output fails. Returns 1 if anything was sent, else 0; -1 with
 * errno ENOMEM.
 */
int deal_step(struct deal *);

/* Returns 1 if nothing is left to be sent. */
int deal_empty(const struct deal *);

/* Returns 1 if batches wait that are to be sent to just this worker. */
int deal_waits(const struct deal *, const struct worker *);

/* Returns 1 if records wait that may be sent to any worker. */
int deal_open(const struct deal *);

/*
 * Returns 1 if this worker has left the next of the unanswered batches, and another worker should
 * get it, which lives or may be started.
 */
int deal_shuns(const struct deal *, const struct worker *);

/* Records that nobody will answer: their number, and the lowest and the highest position. */
struct deal_left {
	uint64_t count, first, last;
};

/*
 * Deals a dead worker's unanswered batches again, ahead of newer ones. (A sink's are lost. With
 * DEAL_COPY nothing is dealt for a worker that takes no more.) Returns 1; or 0 if some had to be
 * abandoned, because their records were freed or they were sent more than tries times to workers
 * that began to read (added to *left, if that is not NULL); or -1 with errno ENOMEM.
 */
int deal_again(struct deal *, struct worker *, uint64_t tries, struct deal_left *left);

/*
 * Gives up all that is still to be dealt. Returns the input's position of the first record of that,
 * or `none` if there is none, or if `none` is lower.
 */
uint64_t deal_stop(struct deal *, uint64_t none);

/*
 * A worker has failed: gives up what may be lost with it (worker_safe), so that no output's
 * watermark passes that.
 */
void deal_lose(struct deal *, const struct worker *);

/*
 * Returns the input's position of the next record to be dealt, which is input_next (the input's
 * watermark) if no block is in hand; or that of the first record that was given up, if that is
 * lower.
 */
uint64_t deal_next(const struct deal *, uint64_t input_next);

/*
 * Returns 1 if a worker is held up only by input that it has not read, and no descriptor will tell
 * when it has (worker_held_up): the next loop_wait should be short. To be called once before each
 * wait.
 */
int deal_held_up(struct deal *);

/*
 * Returns a worker whose input must be ended, so that it answers and another process takes its
 * place; or NULL if there is none. Either all else waits for answers that it keeps back, though it
 * has read all that it was sent; or it can be sent nothing of what is left (worker_fits).
 */
struct worker *deal_hoarder(struct deal *);

#endif
