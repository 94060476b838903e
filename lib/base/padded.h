#ifndef PADDED_H
#define PADDED_H

/*
 * padded: private to md5, sha1 and sha256: data that come in pieces, as blocks of 64 bytes, and the
 * padding of these digests (RFC 1321, section 3.1; FIPS 180-4, section 5.1.1): 0x80, zeros, and the
 * number of bits in the last 8 bytes of a block.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PADDED_BLOCK = 64 };

struct padded {
	uint32_t state[8];
	uint64_t len;                     /* bytes so far */
	unsigned char left[PADDED_BLOCK]; /* left[0, len % PADDED_BLOCK): bytes that are no whole block yet */
};

/* Mixes `count` whole blocks into the state. */
typedef void padded_take(uint32_t *state, const unsigned char *blocks, size_t count);

/* Gives whole blocks to take, and keeps the rest. */
static inline void
padded_add(struct padded *p, const void *data, size_t len, padded_take *take)
{
	const unsigned char *bytes = data;
	size_t left = p->len % PADDED_BLOCK, more = PADDED_BLOCK - left;

	p->len += len;
	if (left > 0) {
		if (len < more) {
			if (len > 0)
				memcpy(p->left + left, bytes, len);
			return;
		}
		memcpy(p->left + left, bytes, more);
		take(p->state, p->left, 1);
		bytes += more;
		len -= more;
	}
	take(p->state, bytes, len / PADDED_BLOCK);
	if (len % PADDED_BLOCK > 0)
		memcpy(p->left, bytes + (len - len % PADDED_BLOCK), len % PADDED_BLOCK);
}

/*
 * Gives the rest and the padding to take. The number of bits is written with its highest byte first
 * if big is 1, else with its lowest first.
 */
static inline void
padded_end(struct padded *p, int big, padded_take *take)
{
	unsigned char last[2 * PADDED_BLOCK] = { 0 };
	size_t left = p->len % PADDED_BLOCK, blocks = left < PADDED_BLOCK - 8 ? 1 : 2;
	uint64_t bits = p->len * 8;

	memcpy(last, p->left, left);
	last[left] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[blocks * PADDED_BLOCK - 8 + i] = (unsigned char)(bits >> 8 * (big ? 7 - i : i));
	take(p->state, last, blocks);
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
