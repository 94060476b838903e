#ifndef BATCH_H
#define BATCH_H

/*
 * batch: records of one block that are dealt to one worker, and the runs that they form. A batch is
 * what is sent, answered and, if its worker dies, sent again. A run is a number of records that
 * follow one another in the input: the ordered gather (gather.h) puts out run by run. Most batches
 * are one run. If records are dealt singly (by key, in turn), a batch has many runs.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/block.h"
#include "record/held.h"
#include "work/distinct.h"

struct batch_run;
struct worker;

struct batch {
	struct batch *next;        /* in the queue that it is in */
	struct held *held;         /* memory of the records; NULL: they are spent, only positions are known */
	struct block block;        /* the records, with their distinct positions (distinct.h) */
	struct leads *leads;       /* from these back to the positions of the input; NULL: they are the same */
	uint64_t top;              /* the distinct position of the last record */
	uint64_t first, last;      /* the input's positions of the first and the last record */
	uint64_t jump;             /* what was added to its positions when it was sent */
	uint32_t answered;         /* worker's: number of its records that are answered; they are the first ones */
	uint64_t tries;            /* number of times that it has been sent, without those that do not count */
	uint64_t serial;           /* rises from batch to batch in the order of the input */
	struct worker *worker;     /* has been sent it; NULL: no worker has it */
	struct worker *before;     /* has left it unanswered last; NULL: no worker has */
	int abandoned;             /* deal's: nobody will answer what is unanswered */
	struct batch_run *runs;    /* in their order; none if the order is not kept */
	struct batch_run *last_run;
	size_t weight;             /* bytes of memory that it takes, about */
	unsigned shares;           /* one for each run that is not put out yet, and one for each queue or owner */
};

struct batch_run {
	struct batch_run *after;      /* the next run in the input */
	struct batch_run *sibling;    /* the next run of the same batch */
	struct batch *batch;          /* NULL: a loss, which is in out */
	uint32_t from, to;            /* records of the batch */
	size_t each, own;             /* bytes of memory: of one record, about; and of the run itself */
	struct held *out, **out_last; /* its answers that are not put out yet, with distinct positions */
};

/* Zeros are an empty queue. */
struct batch_queue {
	struct batch *first, **last;
	size_t count, bytes;
};

/* A block that batches are taken from, one after another. */
struct batch_source {
	struct held *held; /* NULL: nothing is left */
	struct leads *leads;
	uint32_t from;     /* number of records taken so far */
	uint32_t bytes;    /* and number of bytes: the next record begins there */
};

/*
 * Makes a batch of the whole block that is held. One share of held becomes the batch's; the leads
 * (may be NULL) get a new share. Returns NULL with errno ENOMEM; then the share of held is dropped.
 */
struct batch *batch_new(struct held *, struct leads *);

/* Returns the input's position of record i. */
uint64_t batch_position(const struct batch *, uint32_t i);

/*
 * Returns the number of the batch's records that come before position in the stream of the worker
 * that was sent them. If the batch is spent and its positions have gaps, it is not known where
 * these are: the number is then 0 or that of all records.
 */
uint32_t batch_before(const struct batch *, uint64_t position);

/*
 * Returns 1 if records [from, to) of a block of that worker's stream all have positions of the
 * batch's records, or, if the batch is spent, positions between those of the first and the last of
 * these.
 */
int batch_knows(const struct batch *, const struct block *, uint32_t from, uint32_t to);

/* Begins to take batches from a block. One share of both becomes the source's. */
void batch_source(struct batch_source *, struct held *, struct leads *);

/* Drops what is left in the source. */
void batch_forget(struct batch_source *);

/*
 * Makes a batch of the next n records of the source, or of all that are left if these are fewer.
 * Nothing is copied; the ends and positions of the block are changed, so nobody else may use it.
 * Returns NULL with errno ENOMEM; then the records are lost.
 */
struct batch *batch_take(struct batch_source *, uint32_t n);

/* The worker has been sent the batch, its positions moved up by jump. */
void batch_sent(struct batch *, struct worker *, uint64_t jump);

/* The worker that has been sent the batch has left it: no worker has it now. */
void batch_left(struct batch *);

/* The last time that it was sent does not count among the tries. */
void batch_untried(struct batch *);

/*
 * Copies what is unanswered to a batch of its own, with its runs; all that remains in the old one
 * is answered. Returns the new batch, or NULL with errno ENOMEM.
 */
struct batch *batch_rest(struct batch *);

/*
 * Frees the records of a queue's first batch that is not spent yet, because nobody will need them,
 * and joins it to the spent one before it. Only the positions of the first and the last record stay
 * known. Returns 1; or 0 if there is none but the last batch.
 */
int batch_spend(struct batch_queue *);

/*
 * Adds a run after the batch's others; NULL instead of a batch: a run of no batch, for a loss.
 * Returns it, or NULL with errno ENOMEM.
 */
struct batch_run *batch_run(struct batch *, uint32_t from, uint32_t to);

/* Gives one share back; the last one frees the batch. NULL is let be. */
void batch_drop(struct batch *);

/* Frees a run, which must be the first of its batch, and gives back its share of that. */
void batch_run_free(struct batch_run *);

/* Adds the batch at the end of the queue. */
void batch_put(struct batch_queue *, struct batch *);

/* Takes the first batch off the queue; returns NULL if there is none. */
struct batch *batch_shift(struct batch_queue *);

/* Puts the batch at the place in the queue that its serial number gives. */
void batch_insert(struct batch_queue *, struct batch *);

#endif
