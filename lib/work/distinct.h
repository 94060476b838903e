#ifndef DISTINCT_H
#define DISTINCT_H

/*
 * distinct: gives the records of a stream other positions, each above the one before, so that a
 * dealer can recognize its records. A fixed number is added to each position, so that it differs
 * from those of a new stream (position.h). A record whose position would not be above that of the
 * record before it gets the next one.
 */

#include <stdint.h>

#include "record/block.h"

/* Zeros are the beginning of a stream. */
struct distinct {
	uint64_t last;       /* to be read, after the first block: the position given last */

	/* private */
	int begun;
	uint64_t add;        /* the fixed number, once begun */
	struct leads *leads; /* of the block before, if one lead was enough for all of it */
};

/*
 * By how much the positions of a block's records are above the original ones: from position `from`
 * on, by `by` (in 64 bits, so the difference may wrap). All who keep records of the block share it.
 */
struct leads {
	unsigned shares; /* private */
	uint32_t count;
	struct lead {
		uint64_t from, by;
	} at[];
};

/*
 * Gives the records of a data block, at least one, their distinct positions, in place. *leads gets
 * one share of what distinct_original needs; leads may be NULL. Returns 0, or -1 with errno:
 * ENOMEM, or EOVERFLOW if a position would not fit in 64 bits.
 */
int distinct_block(struct distinct *, struct block *, struct leads **leads);

/* Returns the original position. Without leads (NULL) it is the same. */
uint64_t distinct_original(const struct leads *, uint64_t position);

/*
 * Gives all records of a block their original positions, which may then lie in positions: room for
 * one of each record.
 */
void distinct_restore(const struct leads *, struct block *, uint32_t *positions);

/*
 * Adds a share, and returns the same; gives a share back, and the last one frees it. distinct_drop
 * lets NULL be.
 */
struct leads *distinct_share(struct leads *);
void distinct_drop(struct leads *);

void distinct_free(struct distinct *);

#endif
