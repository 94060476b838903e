/* bits: see bits.h. */

#include "base/bits.h"

void
bits_fill(uint64_t *bits, uint32_t from, uint32_t to)
{
	for (; from < to && from % 64 != 0; from++)
		bits_set(bits, from);
	for (; to - from >= 64 && from < to; from += 64)
		bits[from / 64] = UINT64_MAX;
	for (; from < to; from++)
		bits_set(bits, from);
}

uint32_t
bits_next(const uint64_t *bits, uint32_t from, uint32_t count, int set)
{
	while (from < count) {
		uint64_t word = (set ? bits[from / 64] : ~bits[from / 64]) >> (from % 64);

		if (word != 0) {
			from += (uint32_t)__builtin_ctzll(word);
			return from < count ? from : count;
		}
		from += 64 - from % 64;
	}
	return count;
}
