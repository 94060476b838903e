/* keymap: see keymap.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "choose/keymap.h"
#include "os/random.h"

#define FIRST_SIZE 1024 /* slots at the beginning */

/*
 * Every look is at a place of its own. In a large table that costs as much for the address as for
 * the memory, unless pages are large.
 */
static struct keymap_slot *
make(size_t size)
{
	enum { LARGE_PAGE = 2 << 20 };
	struct keymap_slot *slots = NULL;

	if (size <= SIZE_MAX / 2 / sizeof *slots && size * sizeof *slots >= LARGE_PAGE) {
		slots = aligned_alloc(LARGE_PAGE, size * sizeof *slots);
		if (slots != NULL)
			(void)madvise(slots, size * sizeof *slots, MADV_HUGEPAGE);
	} else if (size <= SIZE_MAX / 2 / sizeof *slots) {
		slots = malloc(size * sizeof *slots);
	}
	if (slots != NULL)
		memset(slots, 0xff, size * sizeof *slots);
	else
		errno = ENOMEM;
	return slots;
}

int
keymap_init(struct keymap *m)
{
	m->count = 0;
	m->size = FIRST_SIZE;
	m->slots = make(m->size);
	return m->slots == NULL ? -1 : random_secret(&m->key, sizeof m->key);
}

void
keymap_hash(const struct keymap *m, const void *key, size_t len, uint64_t hash[2])
{
	siphash(&m->key, key, len, hash);
	__builtin_prefetch(&m->slots[hash[0] & (m->size - 1)]);
}

/* Returns the slot with that hash, or, if there is none, the free slot for it. */
static struct keymap_slot *
find(struct keymap_slot *slots, size_t size, uint64_t hash, uint32_t more)
{
	size_t i = hash & (size - 1);

	while (slots[i].value != KEYMAP_NONE && (slots[i].hash != hash || slots[i].more != more))
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static int
grow(struct keymap *m)
{
	struct keymap_slot *larger = m->size <= SIZE_MAX / 2 ? make(m->size * 2) : NULL;

	if (larger == NULL)
		return -1;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].value != KEYMAP_NONE)
			*find(larger, m->size * 2, m->slots[i].hash, m->slots[i].more) = m->slots[i];
	free(m->slots);
	m->slots = larger;
	m->size *= 2;
	return 0;
}

uint32_t
keymap_get(const struct keymap *m, const uint64_t hash[2])
{
	return find(m->slots, m->size, hash[0], (uint32_t)hash[1])->value;
}

uint32_t
keymap_add(struct keymap *m, const uint64_t hash[2], uint32_t value)
{
	struct keymap_slot *slot = find(m->slots, m->size, hash[0], (uint32_t)hash[1]);

	if (slot->value != KEYMAP_NONE)
		return slot->value;
	if (m->count >= m->size / 4 * 3) {
		if (grow(m) < 0)
			return KEYMAP_NONE;
		slot = find(m->slots, m->size, hash[0], (uint32_t)hash[1]);
	}
	*slot = (struct keymap_slot){ .hash = hash[0], .more = (uint32_t)hash[1], .value = value };
	m->count++;
	return value;
}

void
keymap_change(struct keymap *m, const uint64_t hash[2], uint32_t value)
{
	find(m->slots, m->size, hash[0], (uint32_t)hash[1])->value = value;
}

size_t
keymap_bytes(const struct keymap *m)
{
	return m->size * sizeof *m->slots;
}

void
keymap_free(struct keymap *m)
{
	free(m->slots);
	m->slots = NULL;
}
