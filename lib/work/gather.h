#ifndef GATHER_H
#define GATHER_H

/*
 * gather: what workers answered goes to one output: as it comes, as a new stream; or in the order of the input, with its
 * positions.
 *
 * For the order, the runs (batch.h) stand in one list as they stood in the input. Answers are put to the run that they
 * belong to, and the output gets only those of the first run, until that has been answered to its end; then the next one is
 * first. So records come out in the input's order however positions repeat or jump, and whoever answered. All others wait in
 * memory, which the caller bounds by leaving them in their pipes.
 */

#include <stddef.h>
#include <stdint.h>

#include "stream/rec_out.h"
#include "work/batch.h"

struct gather {
	int order;           /* set by the caller, once */
	struct rec_out *out; /* set by the caller */
	size_t waiting;      /* bytes of answers that are not put out */
	size_t pending;      /* bytes of batches and runs in the list */
	uint64_t next;       /* the watermark of the output */
	int broken;          /* the first run will never be answered: nothing behind it is put out */

	/* private */
	struct batch_run *first, *last;
	struct held *ready, **ready_last; /* as it comes */
	struct held *under_way;           /* in the output */
};

/* Puts a batch's next run at the end of the list. With order only. -1 with ENOMEM. */
int gather_run(struct gather *, struct batch *, uint32_t from, uint32_t to);

/* A loss in the input, at its place. -1 with ENOMEM. */
int gather_loss(struct gather *, const struct block *);

/*
 * Takes an answer, of data or a loss, with positions of the worker's stream; queue has the batches that it belongs to. The hold
 * becomes the gather's. -1 with errno ENOMEM.
 */
int gather_answer(struct gather *, const struct batch_queue *, struct held *);

/* The batch of the first run, NULL where there is none. */
struct batch *gather_front(const struct gather *);

/* Whether the output would take an answer of the first run, and none has come: only then may what is behind it grow. */
int gather_starves(const struct gather *);

/* After batch_rest: the list may have become longer at its end. */
void gather_grown(struct gather *);

/* Puts out what can be put out without waiting for long. Returns whether anything was. input_next: the input's watermark. */
int gather_push(struct gather *, uint64_t input_next);

/* Nobody will answer any more: puts out, as gather_push does, what the output has to be waited for. */
void gather_finish(struct gather *, uint64_t input_next);

#endif
