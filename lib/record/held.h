#ifndef HELD_H
#define HELD_H

/*
 * held: records that a command keeps for later, when the block that they came in is gone: as a block of its own, with its gaps and
 * positions, so that they go out as they came. Several owners can share one; nobody changes it then.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/block.h"

struct held {
	struct held *next;  /* the caller's, to make a list */
	struct block block; /* data, or a loss */
	uint32_t from;      /* the caller's, how many records have been taken from it; 0 at first */
	unsigned shares;    /* private: owners besides the first */
	char *memory;       /* private: where the block lies, if not behind this struct */
	size_t cap;         /* private: bytes of that */
};

/*
 * A copy of records [from, to) of a data block, from < to; or of a loss (from and to are not looked at). One piece of memory: the
 * records, their gaps, 4 bytes for each record (8 where there are positions) and sizeof (struct held). NULL with errno ENOMEM.
 */
struct held *held_records(const struct block *, uint32_t from, uint32_t to);

/* A copy of those n records, n > 0, of a data block whose bit equals set (bit i of the words stands for record i), as one block. */
struct held *held_bits(const struct block *, const uint64_t *bits, int set, uint32_t n);

/*
 * The whole block b, which lies in *memory of *cap bytes from malloc: takes over that memory, and gives the caller other memory
 * for its next block, which may be NULL with *cap 0. Returns NULL with errno ENOMEM; then the memory stays the caller's.
 */
struct held *held_adopt(const struct block *b, char **memory, size_t *cap);

/*
 * Adds a loss to the one that is held, which nobody shares. Returns 1; or 0 if they must stay two blocks: what is known to be lost would
 * be hidden by what is not, or 32 bits do not hold the sum. Base and watermark are the caller's.
 */
int held_add_loss(struct held *, const struct block *loss);

/* One more owner; returns the same. */
struct held *held_share(struct held *);

/* An owner has done with it: the last one's call gives the memory back. NULL is let be. */
void held_drop(struct held *);

/* How much memory it takes. */
size_t held_bytes(const struct held *);

#endif
