/* random: see random.h. */

#include <errno.h>
#include <sys/random.h>

#include "os/random.h"

void
random_seed(struct random *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		r->s[i] = z ^ z >> 31;
	}
}

static inline uint64_t
rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

uint64_t
random_next(struct random *r)
{
	uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t
random_below(struct random *r, uint64_t n)
{
	/*
	 * Takes the number of bits that n - 1 has, again if they make n or more. That is at most
	 * two tries on average, and no number is favoured, as a remainder would do.
	 */
	uint64_t mask = n > 1 ? UINT64_MAX >> __builtin_clzll(n - 1) : 0, x;

	do
		x = random_next(r) & mask;
	while (x >= n);
	return x;
}

int
random_secret(void *p, size_t n)
{
	ssize_t got;

	do
		got = getrandom(p, n, 0); /* up to 256 bytes come whole */
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)n ? 0 : -1;
}
