#ifndef SEEN_H
#define SEEN_H

/*
 * seen: which keys have been there before, whatever their lengths: a set of their 128-bit hashes (siphash.h, with a random key
 * of its own). Two keys with the same hash are taken for equal; see there how unlikely that is.
 *
 * A table with linear probing, 16 bytes a slot, at most three quarters full, doubled when it would be fuller: 22 to 43 bytes for a
 * key, once 1024 keys are there, and while it is doubled the old table, half as large, besides.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

struct seen {
	uint64_t count; /* keys that are there */

	/* private */
	struct siphash_key key;
	uint64_t (*slots)[2]; /* both numbers 0: free */
	size_t size;          /* slots, a power of 2 */
};

/* Makes an empty set. 0, or -1 with errno. */
int seen_init(struct seen *);

/* The hash of a key, to be given to seen_add; begins to fetch the memory that will be looked at. */
void seen_hash(const struct seen *, const void *key, size_t len, uint64_t hash[2]);

/* Adds a key by its hash: 1 if it is new, 0 if it was there, -1 with errno ENOMEM and the set unchanged. */
int seen_add(struct seen *, const uint64_t hash[2]);

void seen_free(struct seen *);

#endif
