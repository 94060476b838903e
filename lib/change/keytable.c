/* keytable: see keytable.h. */

#include <errno.h>
#include <stdlib.h>

#include "change/keytable.h"
#include "os/random.h"

enum {
	FIRST_ROOM = 64,
	FIRST_KEYS = 1024,
	SPARSE = 16384 /* up to so many entries, a quarter of the slots are in use at most */
};

/*
 * Returns the number of slots for so many entries. In a map that fits the cache, what takes time is
 * a branch that is predicted wrongly, because the first slot is not always the key's.
 */
static size_t
slots_for(size_t room)
{
	return (room <= SPARSE ? 4 : 2) * room;
}

int
keytable_init(struct keytable *m, size_t size)
{
	*m = (struct keytable){ .stride = (sizeof(struct keytable_head) + size + 15) / 16 * 16,
		.mask = slots_for(FIRST_ROOM) - 1 };
	if ((m->slots = calloc(m->mask + 1, sizeof *m->slots)) == NULL ||
	    random_secret(m->secret, sizeof m->secret) < 0 || random_secret(&m->sip, sizeof m->sip) < 0)
		return -1;
	return 0;
}

void
keytable_long(const struct keytable *m, struct keytable_key *k)
{
	uint64_t hash[2];

	siphash(&m->sip, k->data, k->len, hash);
	k->hash = hash[0];
}

static size_t
bytes(const struct keytable *m, size_t room, size_t keys)
{
	return room * m->stride + keys + slots_for(room) * sizeof *m->slots;
}

size_t
keytable_bytes(const struct keytable *m)
{
	return bytes(m, m->room, m->keys_room);
}

static void
put(struct keytable_slot *slots, size_t mask, uint64_t hash, uint32_t entry)
{
	size_t i = hash & mask;

	while (slots[i].entry != 0)
		i = (i + 1) & mask;
	slots[i] = (struct keytable_slot){ (uint32_t)(hash >> 32), entry };
}

/* Hashes all keys anew, for that many slots, a power of two. Returns 0, or -1 with errno. */
static int
rehash(struct keytable *m, size_t size)
{
	struct keytable_slot *slots = calloc(size, sizeof *slots);

	if (slots == NULL)
		return -1;
	for (size_t i = 0; i < m->count; i++) {
		struct keytable_key k;
		size_t len;
		const char *data = keytable_name(m, i, &len);

		keytable_key(m, data, (uint32_t)len, data + len, &k);
		put(slots, size - 1, k.hash, (uint32_t)i + 1);
	}
	free(m->slots);
	m->slots = slots;
	m->mask = size - 1;
	return 0;
}

static int
grow_entries(struct keytable *m, size_t room)
{
	char *more = reallocarray(m->entries, room, m->stride);

	if (more == NULL)
		return -1;
	m->entries = more;
	if (slots_for(room) > m->mask + 1 && rehash(m, slots_for(room)) < 0)
		return -1;
	m->room = room;
	return 0;
}

static int
grow_keys(struct keytable *m, size_t room)
{
	char *more = realloc(m->keys, room);

	if (more == NULL)
		return -1;
	m->keys = more;
	m->keys_room = room;
	return 0;
}

void *
keytable_add(struct keytable *m, const struct keytable_key *k, size_t limit)
{
	size_t room = m->room, keys = m->keys_room;
	struct keytable_head *head;

	if (m->count == room)
		room = room > 0 ? 2 * room : FIRST_ROOM;
	if (k->len > 0 && m->keys_len + k->len > keys) {
		keys = keys > 0 ? keys : FIRST_KEYS;
		while (m->keys_len + k->len > keys)
			keys *= 2;
	}
	if (m->count > 0 && ((room > m->room || keys > m->keys_room) && bytes(m, room, keys) > limit)) {
		errno = ENOSPC;
		return NULL;
	}
	if (m->count >= UINT32_MAX - 1) {
		errno = ENOMEM;
		return NULL;
	}
	if ((keys > m->keys_room && grow_keys(m, keys) < 0) || (room > m->room && grow_entries(m, room) < 0))
		return NULL;
	head = (struct keytable_head *)(void *)(m->entries + m->count * m->stride);
	memset(head, 0, m->stride);
	*head = (struct keytable_head){ k->first, k->last, m->keys_len, k->len, (uint32_t)(k->hash >> 32) };
	if (k->len > 0)
		memcpy(m->keys + m->keys_len, k->data, k->len);
	m->keys_len += k->len;
	put(m->slots, m->mask, k->hash, (uint32_t)++m->count);
	return head + 1;
}

const char *
keytable_name(const struct keytable *m, size_t i, size_t *len)
{
	const struct keytable_head *head = (const struct keytable_head *)(const void *)(m->entries + i * m->stride);

	*len = head->len;
	return head->len > 0 ? m->keys + head->at : "";
}

void
keytable_clear(struct keytable *m)
{
	if (m->count == 0)
		return;
	/*
	 * A few entries are taken out one by one: a group of few records costs no more than these.
	 */
	if (m->count * 8 < m->mask) {
		for (size_t i = 0; i < m->count; i++) {
			struct keytable_key k;
			size_t len, at;
			const char *data = keytable_name(m, i, &len);

			keytable_key(m, data, (uint32_t)len, data + len, &k);
			for (at = k.hash & m->mask; m->slots[at].entry != i + 1; at = (at + 1) & m->mask)
				continue;
			m->slots[at].entry = UINT32_MAX;
		}
		for (size_t i = 0; i < m->count; i++) {
			struct keytable_key k;
			size_t len, at;
			const char *data = keytable_name(m, i, &len);

			keytable_key(m, data, (uint32_t)len, data + len, &k);
			for (at = k.hash & m->mask; m->slots[at].entry != 0; at = (at + 1) & m->mask)
				m->slots[at].entry = m->slots[at].entry == UINT32_MAX ? 0 : m->slots[at].entry;
		}
	} else {
		memset(m->slots, 0, (m->mask + 1) * sizeof *m->slots);
	}
	m->count = m->keys_len = 0;
}

void
keytable_free(struct keytable *m)
{
	free(m->entries);
	free(m->keys);
	free(m->slots);
	*m = (struct keytable){ 0 };
}
