#ifndef SIPHASH_H
#define SIPHASH_H

/*
 * siphash: SipHash-2-4 with a result of 128 bits (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast
 * short-input PRF", 2012, and its 128-bit variant by the same authors). If the key is random and
 * secret, no one can choose inputs that collide, and among n inputs any two have the same hash by
 * chance with a probability of about n * n / 2^129.
 */

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k[2]; /* the key's 16 bytes as two little-endian numbers */
};

/* Sets hash to the hash of data[0, len), its 16 bytes as two little-endian numbers. Cannot fail. */
void siphash(const struct siphash_key *, const void *data, size_t len, uint64_t hash[2]);

#endif
