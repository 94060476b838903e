#ifndef KEYMAP_H
#define KEYMAP_H

/*
 * keymap: numbers by keys of any length. It keeps the keys' hashes only, 96 bits of siphash.h with
 * a random secret of the map's own. Two keys with the same hash count as equal; siphash.h tells how
 * unlikely that is.
 *
 * A table with linear probing, 16 bytes a slot, at most three quarters full, and doubled before it
 * becomes fuller: 22 to 43 bytes for a key. While the table is doubled, the old one, half as large,
 * is in memory too.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

#define KEYMAP_NONE UINT32_MAX /* no number */

struct keymap {
	uint64_t count; /* keys in the map */

	/* private */
	struct siphash_key key;
	struct keymap_slot {
		uint64_t hash;
		uint32_t more;  /* 32 more bits of the hash */
		uint32_t value; /* KEYMAP_NONE: the slot is free */
	} * slots;
	size_t size; /* number of slots, a power of 2 */
};

/* Makes an empty map. Returns 0, or -1 with errno. */
int keymap_init(struct keymap *);

/*
 * Computes the hash of a key, for the functions below, and begins to fetch the memory that they
 * will read.
 */
void keymap_hash(const struct keymap *, const void *key, size_t len, uint64_t hash[2]);

/* Returns the number of the key with that hash, or KEYMAP_NONE if the map does not have it. */
uint32_t keymap_get(const struct keymap *, const uint64_t hash[2]);

/*
 * Adds a key by its hash, with a number below KEYMAP_NONE, unless the map has it. Returns the key's
 * number, which is `value` if it is new; or KEYMAP_NONE with errno ENOMEM, and then the map is
 * unchanged.
 */
uint32_t keymap_add(struct keymap *, const uint64_t hash[2], uint32_t value);

/* Changes the number of a key that the map has. */
void keymap_change(struct keymap *, const uint64_t hash[2], uint32_t value);

/* Returns the number of bytes that the table has now. */
size_t keymap_bytes(const struct keymap *);

void keymap_free(struct keymap *);

#endif
