#ifndef KEYSET_H
#define KEYSET_H

/*
 * keyset: which keys have been there before, whatever their lengths: a set of their 128-bit hashes (siphash.h, with a random key
 * of its own). Two keys with the same hash are taken for equal; see there how unlikely that is.
 *
 * A table with linear probing, 16 bytes a slot, at most three quarters full, doubled when it would be fuller: 22 to 43 bytes for a
 * key, once 1024 keys are there, and while it is doubled the old table, half as large, besides.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

struct keyset {
	uint64_t count; /* keys that are there */

	/* private */
	struct siphash_key key;
	uint64_t (*slots)[2]; /* both numbers 0: free */
	size_t size;          /* slots, a power of 2 */
};

/* Makes an empty set. 0, or -1 with errno. */
int keyset_init(struct keyset *);

/* The hash of a key, to be given to keyset_add; begins to fetch the memory that will be looked at. */
void keyset_hash(const struct keyset *, const void *key, size_t len, uint64_t hash[2]);

/* Adds a key by its hash: 1 if it is new, 0 if it was there, -1 with errno ENOMEM and the set unchanged. */
int keyset_add(struct keyset *, const uint64_t hash[2]);

void keyset_free(struct keyset *);

#endif
