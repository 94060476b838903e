#ifndef PADDED_H
#define PADDED_H

/*
 * padded: the padding of md5, sha1 and sha256 (RFC 1321, section 3.1; FIPS 180-4, section 5.1.1):
 * the bytes, 0x80, zeros, and the number of bits in the last 8 bytes of a block of 64.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PADDED_BLOCK = 64 };

/*
 * Gives data[0, len) and its padding to take, which mixes so many whole blocks into the state. The
 * number of bits is written with its highest byte first if big is 1, else with its lowest first.
 */
static inline void
padded_blocks(const void *data, size_t len, int big, uint32_t *state,
    void (*take)(uint32_t *state, const unsigned char *blocks, size_t count))
{
	unsigned char last[2 * PADDED_BLOCK] = { 0 };
	size_t whole = len / PADDED_BLOCK, left = len % PADDED_BLOCK, blocks = left < PADDED_BLOCK - 8 ? 1 : 2;
	uint64_t bits = (uint64_t)len * 8;

	take(state, data, whole);
	if (left > 0)
		memcpy(last, (const unsigned char *)data + whole * PADDED_BLOCK, left);
	last[left] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[blocks * PADDED_BLOCK - 8 + i] = (unsigned char)(bits >> 8 * (big ? 7 - i : i));
	take(state, last, blocks);
}

/* Returns x, its bits moved n places to the left, 0 < n < 32; those that fall out come in again. */
static inline uint32_t
padded_rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* Returns the four bytes at p as a number, the highest byte first. */
static inline uint32_t
padded_big(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Writes count numbers, each as four bytes with the highest first. */
static inline void
padded_put_big(unsigned char *p, const uint32_t *state, size_t count)
{
	for (size_t i = 0; i < 4 * count; i++)
		p[i] = (unsigned char)(state[i / 4] >> 8 * (3 - i % 4));
}

#endif
