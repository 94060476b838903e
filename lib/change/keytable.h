#ifndef KEYTABLE_H
#define KEYTABLE_H

/*
 * keytable: a map from keys of any bytes to entries of one size, which are numbered in the order in
 * which they were added. Keys are compared by their bytes: unlike those of keyset, whose hashes
 * decide, no two different ones are ever taken for one.
 *
 * Open addressing with linear probing, at most half full, and a small map a quarter. The hash is
 * keyed with random numbers of the map's own, so that nobody can choose keys that collide. An entry
 * has the first and the last 8 bytes of its key, and so most comparisons read no other memory.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/siphash.h"

struct keytable_head {        /* private: what is before each entry */
	uint64_t first, last; /* bytes of the key */
	uint64_t at;          /* where it begins in `keys` */
	uint32_t len;
	uint32_t hash; /* half of it */
};

struct keytable_slot { /* private */
	uint32_t hash;
	uint32_t entry; /* its number plus 1; 0: free */
};

struct keytable {
	size_t count; /* to be read: of entries */

	/* private */
	size_t stride, room;
	char *entries; /* each after its head */
	char *keys;
	size_t keys_len, keys_room;
	struct keytable_slot *slots;
	size_t mask;
	uint64_t secret[2];
	struct siphash_key sip;
};

/* A key that was hashed. */
struct keytable_key {
	const char *data;
	uint64_t first, last; /* private */
	uint64_t hash;        /* private */
	uint32_t len;
};

/* Makes an empty map for entries of that size. Returns 0, or -1 with errno. */
int keytable_init(struct keytable *, size_t size);

/*
 * Sets k to the key data[0, len), which is borrowed, and begins to fetch the memory that
 * keytable_find reads. The bytes before end can be read.
 */
static inline void
keytable_key(const struct keytable *, const char *data, uint32_t len, const char *end, struct keytable_key *k);

/*
 * Returns the key's entry, or NULL if there is none. Entries are valid until another one is added.
 */
static inline void *keytable_find(const struct keytable *, const struct keytable_key *);

/*
 * Begins to fetch the entry that keytable_find most likely finds: for large maps, some time after
 * keytable_key and some time before keytable_find.
 */
static inline void keytable_fetch(const struct keytable *, const struct keytable_key *);

/*
 * Adds an entry of zeros for a key that has none. Returns it; or NULL with errno: ENOMEM, or ENOSPC
 * if the map would then take more than `limit` bytes, and has entries already.
 */
void *keytable_add(struct keytable *, const struct keytable_key *, size_t limit);

/* Returns entry i, counted from 0. */
static inline void *
keytable_entry(const struct keytable *m, size_t i)
{
	return m->entries + i * m->stride + sizeof(struct keytable_head);
}

/* Returns the number of an entry. */
static inline size_t
keytable_number(const struct keytable *m, const void *entry)
{
	return (size_t)((const char *)entry - sizeof(struct keytable_head) - m->entries) / m->stride;
}

/* Returns the key of entry i, valid until another one is added, and sets its length. */
const char *keytable_name(const struct keytable *, size_t i, size_t *len);

/* Returns the number of bytes that the map takes. */
size_t keytable_bytes(const struct keytable *);

/* Takes all entries out; the memory stays. */
void keytable_clear(struct keytable *);

void keytable_free(struct keytable *);

/* ---- private: inline, because they are called for each record ---- */

/* Sets the hash of a key longer than 16 bytes. */
void keytable_long(const struct keytable *, struct keytable_key *);

static inline uint64_t
keytable_mix(uint64_t a, uint64_t b)
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
keytable_key(const struct keytable *m, const char *data, uint32_t len, const char *end, struct keytable_key *k)
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
		k->hash =
		    keytable_mix(keytable_mix(k->first ^ m->secret[0], k->last ^ m->secret[1]) ^ len, m->secret[1] | 1);
	else
		keytable_long(m, k);
	(void)end;
	__builtin_prefetch(&m->slots[k->hash & m->mask]);
}

static inline void
keytable_fetch(const struct keytable *m, const struct keytable_key *k)
{
	uint32_t half = (uint32_t)(k->hash >> 32);
	size_t i = k->hash & m->mask;

	while (m->slots[i].entry != 0 && m->slots[i].hash != half)
		i = (i + 1) & m->mask;
	if (m->slots[i].entry != 0)
		__builtin_prefetch(m->entries + (m->slots[i].entry - 1) * m->stride);
}

static inline void *
keytable_find(const struct keytable *m, const struct keytable_key *k)
{
	uint32_t half = (uint32_t)(k->hash >> 32);

	for (size_t i = k->hash & m->mask; m->slots[i].entry != 0; i = (i + 1) & m->mask) {
		struct keytable_head *head;

		if (m->slots[i].hash != half)
			continue;
		head = (struct keytable_head *)(void *)(m->entries + (m->slots[i].entry - 1) * m->stride);
		if (head->len == k->len && head->first == k->first && head->last == k->last &&
		    (k->len <= 16 || memcmp(m->keys + head->at + 8, k->data + 8, k->len - 16) == 0))
			return head + 1;
	}
	return NULL;
}

#endif
