#ifndef KEYSET_H
#define KEYSET_H

/*
 * keyset: a set of keys of any length. It keeps only their 128-bit hashes (siphash.h, with a random
 * secret of the set's own). Two keys with the same hash count as equal; siphash.h tells how
 * unlikely that is.
 *
 * A table with linear probing, 16 bytes a slot, at most three quarters full, and doubled before it
 * becomes fuller. That is 22 to 43 bytes for a key, if there are 1024 keys or more; while the table
 * is doubled, the old one, half as large, is in memory too.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

struct keyset {
	uint64_t count; /* keys in the set */

	/* private */
	struct siphash_key key;
	uint64_t (*slots)[2]; /* hashes; both numbers 0: the slot is free */
	size_t size;          /* number of slots, a power of 2 */
};

/* Makes an empty set. Returns 0, or -1 with errno. */
int keyset_init(struct keyset *);

/*
 * Computes the hash of a key, for keyset_add, and begins to fetch the memory that keyset_add will
 * read.
 */
void keyset_hash(const struct keyset *, const void *key, size_t len, uint64_t hash[2]);

/*
 * Adds a key by its hash. Returns 1 if it is new; 0 if it was in the set; -1 with errno ENOMEM, and
 * then the set is unchanged.
 */
int keyset_add(struct keyset *, const uint64_t hash[2]);

void keyset_free(struct keyset *);

#endif
