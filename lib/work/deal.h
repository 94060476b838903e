#ifndef DEAL_H
#define DEAL_H

/*
 * deal: which worker gets which records of the input.
 *
 * Records for whoever is ready are taken from the block in hand, or, first of all, from those that a worker has left unanswered.
 * Where it is settled who gets a record (by key, in turn, or all), they stand in that worker's own queue. Never more than a
 * few blocks wait here: the input is read no faster than workers take it.
 */

#include <stddef.h>
#include <stdint.h>

#include "match/range.h"
#include "work/worker.h"
#include "work/gather.h"
#include "work/batch.h"

enum deal_how {
	DEAL_READY, /* to the first that is ready */
	DEAL_ROUND, /* in turn */
	DEAL_KEY,   /* by the hash of some parts */
	DEAL_COPY   /* to each */
};

struct deal {
	/* set by the caller */
	enum deal_how how;
	uint32_t batch;    /* records in a batch; 0: what is there */
	struct range *key; /* DEAL_KEY */
	struct worker *workers;
	size_t count;
	struct gather *gather;
	int settles;       /* what is not answered must be kept, however much it is */

	/* private */
	struct distinct distinct;    /* what the positions of the input become */
	struct batch_source source; /* the block in hand */
	struct batch_queue again;   /* left unanswered by others */
	uint64_t begun;              /* bytes dealt so far */
	uint64_t clocked;            /* ... when it was last looked how fast */
	int64_t clock;               /* that time, in milliseconds */
	int fast;                    /* so fast that each piece counts */
	int input_dry;               /* nothing more of the input has come */
	int gave_up;                 /* records were given up, */
	uint64_t given_up;           /* the first of them at this position of the input */
	size_t turn;                 /* whose it is */
	uint32_t turn_left;          /* records of it */
};

/* Whether another block of the input can be taken. */
int deal_wants(struct deal *);

/*
 * Takes a block that the input has handed out last. dry: what the input's dry was before it came, so nobody waits behind it. -1 with
 * errno: ENOMEM, or EOVERFLOW if its positions leave no room for others (distinct.h).
 */
int deal_block(struct deal *, struct rec_in *, const struct block *, int dry);

/* Sends what can be sent, as long as no output fails. 1 if anything was, else 0; -1 with ENOMEM. */
int deal_step(struct deal *);

/* Whether nothing is left to be sent. */
int deal_empty(const struct deal *);

/* Whether the next of the records that were left is rather for another worker, which lives or may be started, than for this one. */
int deal_shuns(const struct deal *, const struct worker *);

/* Records that nobody will answer: how many, and the lowest and the highest position of one. */
struct deal_left {
	uint64_t count, first, last;
};

/*
 * What a worker has left, sent or waiting, is dealt again, before newer records; that of a sink is lost. Nothing is where everyone
 * has enough. 1; 0 where some of it is no longer there, or has been sent more than tries times to workers that began to read: then it
 * is abandoned, and added to left (not NULL where nobody asks); -1 with ENOMEM.
 */
int deal_again(struct deal *, struct worker *, uint64_t tries, struct deal_left *left);

/* Nothing more is dealt: the rest is given up. Returns the position of the first record that was not answered or dealt, or none. */
uint64_t deal_stop(struct deal *, uint64_t none);

/*
 * A worker has failed. Of a sink nobody knows what it has done, so all that its process was sent is given up; of another one what its
 * watermark has not passed, even if it went on behind that.
 */
void deal_lose(struct deal *, const struct worker *);

/*
 * The position of the next record to be dealt, where input_next is the input's watermark; but never above the first record that was
 * given up.
 */
uint64_t deal_next(const struct deal *, uint64_t input_next);

/*
 * Whether, since the last call, somebody was found to be held up only because he had not read what he was sent, and nothing will tell when
 * he has, or he has by now: the next loop_wait should be a short one. It ends by itself where that can be told.
 */
int deal_held_up(struct deal *);

/*
 * A worker that holds back answers which everything else waits for, though it has read all, or that can be sent nothing of what is
 * left (worker_fits): its input is to be ended, then it answers, and another one takes its place. NULL if there is none.
 */
struct worker *deal_hoarder(struct deal *);

#endif
