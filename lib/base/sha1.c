/* sha1: see sha1.h. */

#include "base/padded.h"
#include "base/sha1.h"

static void
take(uint32_t *state, const unsigned char *p, size_t count)
{
	static const uint32_t constants[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };

	for (; count > 0; count--, p += PADDED_BLOCK) {
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], w[80];

		for (unsigned i = 0; i < 16; i++)
			w[i] = padded_big(p + 4 * (size_t)i);
		for (unsigned i = 16; i < 80; i++)
			w[i] = padded_rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		for (unsigned i = 0; i < 80; i++) {
			unsigned round = i / 20;
			uint32_t f = b ^ c ^ d;

			if (round == 0)
				f = (b & c) | (~b & d);
			else if (round == 2)
				f = (b & c) | (b & d) | (c & d);
			f += padded_rotate(a, 5) + e + w[i] + constants[round];
			e = d;
			d = c;
			c = padded_rotate(b, 30);
			b = a;
			a = f;
		}
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
	}
}

void
sha1(const void *data, size_t len, unsigned char digest[SHA1_SIZE])
{
	uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };

	padded_blocks(data, len, 1, state, take);
	padded_put_big(digest, state, 5);
}
