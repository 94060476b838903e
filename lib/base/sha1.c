/* sha1: see sha1.h. */

#include "base/padded.h"
#include "base/sha1.h"

/*
 * A round, of five that name the same variables by turns, so that none is moved. The word that
 * comes 16 later is made here, the last 16 in vain: of a loop of its own GCC makes vectors, which
 * wait for each other's bytes, and all takes twice as long.
 */
#define ROUND(a, b, c, d, e, f, constant, i)                                                            \
	do {                                                                                            \
		e += padded_rotate(a, 5) + (f) + w[i] + (constant);                                     \
		b = padded_rotate(b, 30);                                                               \
		w[(i) + 16] = padded_rotate(w[(i) + 13] ^ w[(i) + 8] ^ w[(i) + 2] ^ w[i], 1);           \
	} while (0)

/* Five rounds; mix(b, c, d) is their function. */
#define FIVE(mix, constant, i)                                         \
	do {                                                           \
		ROUND(a, b, c, d, e, mix(b, c, d), constant, i);       \
		ROUND(e, a, b, c, d, mix(a, b, c), constant, (i) + 1); \
		ROUND(d, e, a, b, c, mix(e, a, b), constant, (i) + 2); \
		ROUND(c, d, e, a, b, mix(d, e, a), constant, (i) + 3); \
		ROUND(b, c, d, e, a, mix(c, d, e), constant, (i) + 4); \
	} while (0)

static inline uint32_t
choose(uint32_t b, uint32_t c, uint32_t d)
{
	return d ^ (b & (c ^ d));
}

static inline uint32_t
parity(uint32_t b, uint32_t c, uint32_t d)
{
	return b ^ c ^ d;
}

static inline uint32_t
majority(uint32_t b, uint32_t c, uint32_t d)
{
	return (b & c) | (d & (b | c));
}

static void
take(uint32_t *state, const unsigned char *p, size_t count)
{
	for (; count > 0; count--, p += PADDED_BLOCK) {
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], w[80 + 16];

		for (unsigned i = 0; i < 16; i++)
			w[i] = padded_big(p + 4 * (size_t)i);
		for (unsigned i = 0; i < 20; i += 5)
			FIVE(choose, 0x5a827999, i);
		for (unsigned i = 20; i < 40; i += 5)
			FIVE(parity, 0x6ed9eba1, i);
		for (unsigned i = 40; i < 60; i += 5)
			FIVE(majority, 0x8f1bbcdc, i);
		for (unsigned i = 60; i < 80; i += 5)
			FIVE(parity, 0xca62c1d6, i);
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
	}
}

void
sha1_begin(struct sha1 *m)
{
	*m = (struct sha1){ .padded.state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
}

void
sha1_add(struct sha1 *m, const void *data, size_t len)
{
	padded_add(&m->padded, data, len, take);
}

void
sha1_end(struct sha1 *m, unsigned char digest[SHA1_SIZE])
{
	padded_end(&m->padded, 1, take);
	padded_put_big(digest, m->padded.state, 5);
}
