#ifndef RANDOM_H
#define RANDOM_H

/*
 * random: numbers by chance. The sequence of a seed is the same on every machine: xoshiro256** (D. Blackman, S. Vigna,
 * "Scrambled linear pseudorandom number generators", 2021), its state filled from the seed by SplitMix64 (G. Steele, D. Lea,
 * C. Flood, 2014). Good for samples, not for secrets.
 */

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t s[4];
};

void random_seed(struct random *, uint64_t seed);

/* The next 64 bits. */
uint64_t random_next(struct random *);

/* A number below n, n > 0, each as likely as the others. */
uint64_t random_below(struct random *, uint64_t n);

/* Fills p[0, n), n at most 256, with bytes that nobody can guess, from the system. 0, or -1 with errno. */
int random_secret(void *p, size_t n);

#endif
