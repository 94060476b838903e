#ifndef BITS_H
#define BITS_H

/*
 * bits: sets of small numbers, as bits of an array of 64-bit words that the caller owns. Most of
 * them have a bit for each record of a block. Nothing here checks bounds or fails.
 */

#include <stddef.h>
#include <stdint.h>

/* The number of 64-bit words that n bits take. */
#define BITS_WORDS(n) (((n) + 63) / 64)

/* Returns bit i: 1 or 0. */
static inline int
bits_get(const uint64_t *bits, size_t i)
{
	return (int)(bits[i / 64] >> (i % 64) & 1);
}

/* Sets bit i to 1. */
static inline void
bits_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Sets the bits [from, to) to 1; none if from >= to. */
void bits_fill(uint64_t *bits, uint32_t from, uint32_t to);

/* Returns the first i in [from, count) whose bit equals set (0 or 1), or count if there is none. */
uint32_t bits_next(const uint64_t *bits, uint32_t from, uint32_t count, int set);

#endif
