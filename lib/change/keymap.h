#ifndef KEYMAP_H
#define KEYMAP_H

/*
 * keymap: a map from keys of any bytes to entries of one size, which are numbered in the order in
 * which they were added. Keys are compared by their bytes: unlike those of keyset, whose hashes
 * decide, no two different ones are ever taken for one.
 *
 * Open addressing with linear probing, at most half full. The hash is keyed with random numbers of the
 * map's own, so that nobody can choose keys that collide. An entry has the first and the last 8 bytes
 * of its key, and so most comparisons read no other memory.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/siphash.h"

struct keymap_head { /* private: what is before each entry */
	uint64_t first, last; /* bytes of the key */
	uint64_t at;          /* where it begins in `keys` */
	uint32_t len;
	uint32_t hash;        /* half of it */
};

struct keymap_slot { /* private */
	uint32_t hash;
	uint32_t entry; /* its number plus 1; 0: free */
};

struct keymap {
	size_t count; /* to be read: of entries */

	/* private */
	size_t stride, room;
	char *entries; /* each after its head */
	char *keys;
	size_t keys_len, keys_room;
	struct keymap_slot *slots;
	size_t mask;
	uint64_t secret[2];
	struct siphash_key sip;
};

/* A key that was hashed. */
struct keymap_key {
	const char *data;
	uint64_t first, last; /* private */
	uint64_t hash;        /* private */
	uint32_t len;
};

/* Makes an empty map for entries of that size. Returns 0, or -1 with errno. */
int keymap_init(struct keymap *, size_t size);

/*
 * Sets k to the key data[0, len), which is borrowed, and begins to fetch the memory that keymap_find
 * reads. The bytes before end can be read.
 */
static inline void keymap_key(const struct keymap *, const char *data, uint32_t len, const char *end,
    struct keymap_key *k);

/* Returns the key's entry, or NULL if there is none. Entries are valid until another one is added. */
static inline void *keymap_find(const struct keymap *, const struct keymap_key *);

/*
 * Adds an entry of zeros for a key that has none. Returns it; or NULL with errno: ENOMEM, or ENOSPC
 * if the map would then take more than `limit` bytes, and has entries already.
 */
void *keymap_add(struct keymap *, const struct keymap_key *, size_t limit);

/* Returns entry i, counted from 0. */
static inline void *
keymap_entry(const struct keymap *m, size_t i)
{
	return m->entries + i * m->stride + sizeof(struct keymap_head);
}

/* Returns the number of an entry. */
static inline size_t
keymap_number(const struct keymap *m, const void *entry)
{
	return (size_t)((const char *)entry - sizeof(struct keymap_head) - m->entries) / m->stride;
}

/* Returns the key of entry i, valid until another one is added, and sets its length. */
const char *keymap_name(const struct keymap *, size_t i, size_t *len);

/* Returns the number of bytes that the map takes. */
size_t keymap_bytes(const struct keymap *);

/* Takes all entries out; the memory stays. */
void keymap_clear(struct keymap *);

void keymap_free(struct keymap *);

/* ---- private: inline, because they are called for each record ---- */

/* Sets the hash of a key longer than 16 bytes. */
void keymap_long(const struct keymap *, struct keymap_key *);

static inline uint64_t
keymap_mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX), middle = (a >> 32) * (b & UINT32_MAX),
		 other = (a & UINT32_MAX) * (b >> 32), high = (a >> 32) * (b >> 32);

	return (low + (middle << 32) + (other << 32)) ^ (high + (middle >> 32) + (other >> 32));
#endif
}

static inline void
keymap_key(const struct keymap *m, const char *data, uint32_t len, const char *end, struct keymap_key *k)
{
	k->data = data;
	k->len = len;
	k->first = k->last = 0;
	if (len >= 8) {
		memcpy(&k->first, data, 8);
		memcpy(&k->last, data + len - 8, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	} else if (len > 0 && end - data >= 8) {
		memcpy(&k->first, data, 8);
		k->first &= ~UINT64_C(0) >> (64 - 8 * len);
#endif
	} else if (len > 0) {
		memcpy(&k->first, data, len);
	}
	if (len <= 16)
		k->hash = keymap_mix(keymap_mix(k->first ^ m->secret[0], k->last ^ m->secret[1]) ^ len,
		    m->secret[1] | 1);
	else
		keymap_long(m, k);
	(void)end;
	__builtin_prefetch(&m->slots[k->hash & m->mask]);
}

static inline void *
keymap_find(const struct keymap *m, const struct keymap_key *k)
{
	uint32_t half = (uint32_t)(k->hash >> 32);

	for (size_t i = k->hash & m->mask; m->slots[i].entry != 0; i = (i + 1) & m->mask) {
		struct keymap_head *head;

		if (m->slots[i].hash != half)
			continue;
		head = (struct keymap_head *)(void *)(m->entries + (m->slots[i].entry - 1) * m->stride);
		if (head->len == k->len && head->first == k->first && head->last == k->last &&
		    (k->len <= 16 || memcmp(m->keys + head->at + 8, k->data + 8, k->len - 16) == 0))
			return head + 1;
	}
	return NULL;
}

#endif
