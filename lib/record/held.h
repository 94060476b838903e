#ifndef HELD_H
#define HELD_H

/*
 * held: a block that is kept for later, after the memory that it came in is used again. Its records
 * keep their gaps and positions, so that they go out as they came. Several owners can share one;
 * then none of them may change it.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/block.h"

struct held {
	struct held *next;  /* for the caller, to make a list */
	struct block block; /* data, or a loss */
	uint32_t from;      /* for the caller: the number of records taken from it; 0 at first */
	unsigned shares;    /* private: owners besides the first */
	char *memory;       /* private: the block's own memory, from malloc; NULL: it is right after this struct */
	size_t cap;         /* private: bytes of memory */
};

/*
 * Returns a copy of records [from, to) of a data block, from < to, or of a loss block, whose from
 * and to do not matter. It takes sizeof (struct held), the records, their gaps, and 4 bytes for
 * each record, or 8 if there are positions; or all of a usual block's memory, if it would take more
 * than half of that. The caller owns it, until held_drop.
 * Returns NULL with errno ENOMEM.
 */
struct held *held_records(const struct block *, uint32_t from, uint32_t to);

/*
 * Returns a copy of the n records, n > 0, of a data block whose bits equal set (0 or 1), as one
 * block: bit i is that of record i (bits.h). Returns NULL with errno ENOMEM.
 */
struct held *held_bits(const struct block *, const uint64_t *bits, int set, uint32_t n);

/*
 * Returns the whole block b without a copy: takes over the memory that it is in, *memory of *cap
 * bytes from malloc, and sets the two to other memory for the caller's next block, which may be
 * NULL with *cap 0. Returns NULL with errno ENOMEM; then the memory stays the caller's.
 */
struct held *held_adopt(const struct block *b, char **memory, size_t *cap);

/*
 * Adds the count of a loss to that of a held loss, which must have one owner. Returns 1; or 0 if
 * they must stay two blocks, because an unknown count would hide the known one, or because 32 bits
 * do not hold the sum. The caller sets base and watermark.
 */
int held_add_loss(struct held *, const struct block *loss);

/* Adds an owner. Returns its argument. */
struct held *held_share(struct held *);

/* Gives up one ownership; the last owner's call frees the memory. NULL is ignored. */
void held_drop(struct held *);

/* Returns the number of bytes of memory that it takes. */
size_t held_bytes(const struct held *);

#endif
