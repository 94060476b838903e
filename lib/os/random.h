#ifndef RANDOM_H
#define RANDOM_H

/*
 * random: random numbers. A seed gives the same sequence on every machine: xoshiro256** (D.
 * Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021), its state filled
 * from the seed by SplitMix64 (G. Steele, D. Lea, C. Flood, 2014). Good for samples, not for
 * secrets.
 */

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t s[4];
};

/* Begins the sequence of the seed. */
void random_seed(struct random *, uint64_t seed);

/* Returns the next 64 bits of the sequence. */
uint64_t random_next(struct random *);

/* Returns a number below n, n > 0, each with the same probability. */
uint64_t random_below(struct random *, uint64_t n);

/*
 * Fills p[0, n), n at most 256, with bytes from the system that cannot be guessed (getrandom(2)).
 * Returns 0, or -1 with errno.
 */
int random_secret(void *p, size_t n);

#endif
