#ifndef DISTINCT_H
#define DISTINCT_H

/*
 * distinct: other positions for the records of a stream, by which a dealer knows its records again: each is above the one before. A
 * record keeps the position that it has, plus what makes it differ from those of a new stream (position.h), always the same; one
 * whose position is not above the record's before gets the next one.
 */

#include <stdint.h>

#include "record/block.h"

/* One of zeros stands at the beginning of a stream. */
struct distinct {
	int begun;
	uint64_t add;  /* to be read, once begun: what is added to positions that are distinct */
	uint64_t last; /* to be read, once begun: the position given last */

	/* private */
	struct leads *leads; /* of the block before, if one lead held for all of it */
};

/*
 * By how much the positions of a block's records lead their original ones. Those of records from position `from` on do by `by` (in
 * 64 bits, so the difference may wrap). Shared by all that hold records of the block.
 */
struct leads {
	unsigned shares; /* private */
	uint32_t count;
	struct lead {
		uint64_t from, by;
	} at[];
};

/*
 * Gives the records of a data block, of one at least, their distinct positions, in place. *leads gets one share of what leads back to
 * the original ones; leads may be NULL. Returns 0, or -1 with errno: ENOMEM, or EOVERFLOW if a position would pass 64 bits.
 */
int distinct_block(struct distinct *, struct block *, struct leads **leads);

/* The original position. Without leads (NULL) it is the same. */
uint64_t distinct_original(const struct leads *, uint64_t position);

/* Gives all records of a block their original positions; positions has room for as many as the block may have. */
void distinct_restore(const struct leads *, struct block *, uint32_t *positions);

/* One more share; one less. NULL is let be. */
struct leads *distinct_share(struct leads *);
void distinct_drop(struct leads *);

void distinct_free(struct distinct *);

#endif
