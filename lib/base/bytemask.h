#ifndef BYTEMASK_H
#define BYTEMASK_H

/*
 * bytemask: finds the n-th field or word of some bytes, by turning up to 64 bytes into a word of
 * bits, one for each separator. Fields are short: to search for each separator by itself would cost
 * more in calls and in mispredicted branches than in looking at bytes, so the n-th separator is
 * found by counting bits. No byte outside of the given ones is read, and nothing fails.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Returns 1 if c is a space, a tab or a newline, or 0. */
static inline int
bytemask_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Private: bytemask_of for 16 bytes. */
static inline uint32_t
bytemask_of_16(const char *p, char c, int white)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i found = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));

	if (white)
		found = _mm_or_si128(found,
		    _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')),
		        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'))));
	return (uint32_t)_mm_movemask_epi8(found);
#else
	uint32_t mask = 0;

	for (unsigned i = 0; i < 16; i++)
		mask |= (uint32_t)(white ? bytemask_white(p[i]) : p[i] == c) << i;
	return mask;
#endif
}

/*
 * Returns a word whose bit i is 1 if p[i] is c; for p[0, n), n at most 64. If white is 1, c must be
 * a space, and tabs and newlines count too.
 */
static inline uint64_t
bytemask_of(const char *p, size_t n, char c, int white)
{
	uint64_t mask = 0;
	size_t i = 0;

	if (n < 16) {
		char few[16] = { 0 };

		memcpy(few, p, n);
		return bytemask_of_16(few, c, white) & ((1u << n) - 1);
	}
	for (; i + 16 <= n; i += 16)
		mask |= (uint64_t)bytemask_of_16(p + i, c, white) << i;
	/* The last 16 bytes: some of them are looked at twice. */
	return i < n ? mask | (uint64_t)bytemask_of_16(p + n - 16, c, white) << (n - 16) : mask;
}

/* The same for 64 bytes, and one byte c. */
static inline uint64_t
bytemask_of_64(const char *p, char c)
{
	return (uint64_t)bytemask_of_16(p, c, 0) | (uint64_t)bytemask_of_16(p + 16, c, 0) << 16 |
	    (uint64_t)bytemask_of_16(p + 32, c, 0) << 32 | (uint64_t)bytemask_of_16(p + 48, c, 0) << 48;
}

/*
 * Returns the place of the n-th bit that is 1, n counted from 1. The mask must have at least n of
 * them.
 */
static inline unsigned
bytemask_nth(uint64_t mask, int64_t n)
{
	while (--n > 0)
		mask &= mask - 1;
	return (unsigned)__builtin_ctzll(mask);
}

/*
 * Finds field n, counted from 1, of the fields of [p, end) that the byte c separates; p < end.
 * Returns 1 with the field as [*begin, *stop), or 0 if there are fewer fields.
 */
static inline int
bytemask_field(const char *p, const char *end, char c, uint32_t n, const char **begin, const char **stop)
{
	size_t chunk = end - p < 64 ? (size_t)(end - p) : 64;
	uint64_t mask = bytemask_of(p, chunk, c, 0);

	*begin = p;
	for (; n > 1; n--) {
		while (mask == 0) {
			p += chunk;
			if (p == end)
				return 0;
			chunk = end - p < 64 ? (size_t)(end - p) : 64;
			mask = bytemask_of(p, chunk, c, 0);
		}
		*begin = p + __builtin_ctzll(mask) + 1;
		mask &= mask - 1;
	}
	while (mask == 0) {
		p += chunk;
		if (p == end) {
			*stop = end;
			return 1;
		}
		chunk = end - p < 64 ? (size_t)(end - p) : 64;
		mask = bytemask_of(p, chunk, c, 0);
	}
	*stop = p + __builtin_ctzll(mask);
	return 1;
}

/*
 * Does what bytemask_field does for a row of CSV. Returns -1 instead if there is a quote before the
 * end of the field, or in the row if that has fewer fields: then the field may be elsewhere.
 */
static inline int
bytemask_unquoted(const char *p, const char *end, char c, uint32_t n, const char **begin, const char **stop)
{
	*begin = p;
	while (p < end) {
		size_t chunk = end - p < 64 ? (size_t)(end - p) : 64;
		uint64_t mask = bytemask_of(p, chunk, c, 0), quotes = bytemask_of(p, chunk, '"', 0);

		for (; n > 1 && mask != 0; n--) {
			*begin = p + __builtin_ctzll(mask) + 1;
			mask &= mask - 1;
		}
		if (mask != 0) {
			*stop = p + __builtin_ctzll(mask);
			return (quotes & ((mask & -mask) - 1)) != 0 ? -1 : 1;
		}
		if (quotes != 0)
			return -1;
		p += chunk;
	}
	*stop = end;
	return n == 1;
}

/*
 * Finds word n, counted from 1, of the words of [p, end), which spaces, tabs and newlines separate.
 * Returns 1 with the word as [*begin, *stop), or 0 if there are fewer words.
 */
static inline int
bytemask_word(const char *p, const char *end, uint32_t n, const char **begin, const char **stop)
{
	uint64_t before = 1;

	while (p < end) {
		size_t chunk = end - p < 64 ? (size_t)(end - p) : 64;
		uint64_t white = bytemask_of(p, chunk, ' ', 1), begins = ~white & (white << 1 | before);

		if (chunk < 64)
			begins &= (UINT64_C(1) << chunk) - 1;
		for (; begins != 0 && n > 1; n--)
			begins &= begins - 1;
		if (begins != 0) {
			*begin = p + __builtin_ctzll(begins);
			white &= -(begins & -begins); /* drops the bits before the word */
			while (white == 0) {
				p += chunk;
				if (p == end) {
					*stop = end;
					return 1;
				}
				chunk = end - p < 64 ? (size_t)(end - p) : 64;
				white = bytemask_of(p, chunk, ' ', 1);
			}
			*stop = p + __builtin_ctzll(white);
			return 1;
		}
		before = white >> 63;
		p += chunk;
	}
	return 0;
}

#endif
