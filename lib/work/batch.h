#ifndef BATCH_H
#define BATCH_H

/*
 * batch: records of one block that are dealt to one worker, and the runs that they came in. A batch is what is sent, answered
 * and, when its worker dies, sent again. A run is what stands together in the input: the ordered gathering (gather.h) puts
 * out run by run. Mostly a batch is one run; where records are dealt singly (by key, in turn) it has many.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/block.h"
#include "record/held.h"
#include "work/distinct.h"

struct batch_run;
struct worker;

struct batch {
	struct batch *next; /* in whatever queue it is */
	struct held *held;   /* where the records lie; NULL when they are spent: only the positions are still known */
	struct block block;  /* the records, with their distinct positions (distinct.h) */
	struct leads *leads; /* back to the positions of the input; NULL: they are the same */
	uint64_t top;        /* the distinct position of the last record */
	uint64_t first, last; /* the input's positions of the first and the last one */
	uint64_t jump;       /* sent: what its positions in the worker's stream are higher by */
	uint32_t answered;   /* so many of its records have been */
	uint64_t tries;      /* how often it has been sent */
	uint64_t serial;     /* batches are made in the order of the input */
	struct worker *worker; /* who has been sent it; NULL: nobody has it */
	struct worker *before; /* who has left it unanswered last */
	int abandoned;       /* nobody will answer what is not answered */
	struct batch_run *runs;    /* in their order; none where the order is not kept */
	struct batch_run *last_run;
	size_t weight;       /* the memory it takes, about */
	unsigned shares;     /* runs that are not put out yet, and a queue */
};

struct batch_run {
	struct batch_run *after;            /* the next one in the input */
	struct batch_run *sibling;          /* the next one of the same batch */
	struct batch *batch;        /* NULL: a loss, which is in out */
	uint32_t from, to;            /* records of the batch */
	size_t each, own;             /* the memory of one, about; and what is counted for the run itself */
	struct held *out, **out_last; /* what was answered to them and is not put out yet, with distinct positions */
};

struct batch_queue {
	struct batch *first, **last;
	size_t count, bytes;
};

/* A block that batches are taken from, one behind another. */
struct batch_source {
	struct held *held; /* NULL: nothing is left */
	struct leads *leads;
	uint32_t from;     /* records taken so far */
	uint32_t bytes;    /* and where the next one begins */
};

/*
 * A batch of a whole block that lies in the hold, one share of which becomes the batch's, and a new share of the leads. NULL with errno
 * ENOMEM; the hold's share is dropped then.
 */
struct batch *batch_new(struct held *, struct leads *);

/* The input's position of record i. */
uint64_t batch_position(const struct batch *, uint32_t i);

/*
 * How many of the batch's records come before position in the worker's stream that it was sent in. Of a spent batch whose
 * positions have gaps it is not known where they are: then all or none.
 */
uint32_t batch_before(const struct batch *, uint64_t position);

/*
 * Returns 1 if records [from, to) of a block of that worker's stream all have positions of the batch's records, or, if it is spent, lie
 * between the first and the last of these.
 */
int batch_knows(const struct batch *, const struct block *, uint32_t from, uint32_t to);

/* The next block's records, of which the source is to give batches; the shares of both become the source's. */
void batch_source(struct batch_source *, struct held *, struct leads *);

/* Forgets what is left in the source. */
void batch_forget(struct batch_source *);

/*
 * A batch of the next n records of the source, or of all that is left. Nothing is copied; the ends and positions in the hold are
 * changed, so nobody else may use it. The source's share of the hold goes with the last records. NULL with errno ENOMEM.
 */
struct batch *batch_take(struct batch_source *, uint32_t n);

/* What has not been answered, copied to a batch of its own, with its runs. The other one is then answered. NULL with ENOMEM. */
struct batch *batch_rest(struct batch *);

/*
 * The records of a queue's first batch that is not spent, the last one excepted, will not be needed: they are freed, and of several
 * such batches one is made, whose positions are those of the first and the last one. 0 where there is none.
 */
int batch_spend(struct batch_queue *);

/* A run of the batch, behind its others. NULL with errno ENOMEM. */
struct batch_run *batch_run(struct batch *, uint32_t from, uint32_t to);

/* One share less; the last one's call frees it. */
void batch_drop(struct batch *);
void batch_run_free(struct batch_run *);

/* A queue of zeros is empty. batch_shift returns NULL then. */
void batch_put(struct batch_queue *, struct batch *);
struct batch *batch_shift(struct batch_queue *);

/* Puts the batch where it belongs by its serial number. */
void batch_insert(struct batch_queue *, struct batch *);

#endif
