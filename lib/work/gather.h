#ifndef GATHER_H
#define GATHER_H

/*
 * gather: puts what workers answer to one output: as it comes, as a new stream; or in the order of
 * the input, with its positions.
 *
 * If the order is kept, one list has all runs (batch.h) in the order of the input. Answers are
 * added to the run that they belong to. The output gets only answers of the first run, until all of
 * its records are answered; then the next run is the first. So records go out in the input's order,
 * however positions repeat or jump, and whichever worker answered. The other answers wait in
 * memory, which the caller bounds by leaving answers in their pipes.
 *
 * The table of the output is that of the answers, which all have the same one (declared.h).
 */

#include <stddef.h>
#include <stdint.h>

#include "stream/declared.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "work/batch.h"

struct gather {
	int order;           /* set by the caller, once */
	struct rec_out *out; /* set by the caller */
	const struct rec_in *input; /* set by the caller: what is dealt to the workers */

	/* to be read */
	size_t waiting;      /* bytes of answers that are not put out yet */
	size_t pending;      /* bytes of batches and runs in the list */
	uint64_t next;       /* the watermark of the output */
	int broken;          /* the first run will never be answered, and nothing after it is put out */

	/* private */
	struct declared declared; /* the table of all answers */
	struct batch_run *first, *last;
	struct held *ready, **ready_last; /* without order: answers that are not put out yet */
	struct held *under_way;           /* the output is writing this one */
};

/*
 * Makes the stream one of those whose records are answers. An answer whose table is not that of the
 * others ends it (misfit). The stream's name must last as long as the gather.
 */
void gather_from(struct gather *, struct rec_in *);

/*
 * Adds a batch's next run at the end of the list. Only if the order is kept. Returns 0, or -1 with
 * errno ENOMEM.
 */
int gather_run(struct gather *, struct batch *, uint32_t from, uint32_t to);

/* Adds a loss in the input, at its place. Returns 0, or -1 with errno ENOMEM. */
int gather_loss(struct gather *, const struct block *);

/*
 * Takes an answer, data or a loss, with positions of the worker's stream, and owns it from now on.
 * It belongs to batches in queue. Returns 0, or -1 with errno ENOMEM.
 */
int gather_answer(struct gather *, const struct batch_queue *, struct held *);

/* Returns the batch of the first run, or NULL if there is none. */
struct batch *gather_front(const struct gather *);

/*
 * Returns 1 if only an answer of the first run is missing for the output to go on: only then may
 * more wait after that run.
 */
int gather_starves(const struct gather *);

/* To be called after batch_rest, which may have made the list longer at its end. */
void gather_grown(struct gather *);

/*
 * Puts out what can be put out without waiting for long, and the watermark. input_next: the
 * input's. Returns 1 if anything was put out, else 0.
 */
int gather_push(struct gather *, uint64_t input_next);

/*
 * No more answers will come: puts out the rest as gather_push does, but waits for the output; and
 * frees what cannot go out.
 */
void gather_finish(struct gather *, uint64_t input_next);

#endif
