/* keyset: see keyset.h. */

#include <stdlib.h>

#include "choose/keyset.h"
#include "os/random.h"

#define FIRST_SIZE 1024 /* slots at the beginning */

int
keyset_init(struct keyset *s)
{
	s->count = 0;
	s->size = FIRST_SIZE;
	s->slots = calloc(s->size, sizeof *s->slots);
	return s->slots == NULL ? -1 : random_secret(&s->key, sizeof s->key);
}

void
keyset_hash(const struct keyset *s, const void *key, size_t len, uint64_t hash[2])
{
	siphash(&s->key, key, len, hash);
	if (hash[0] == 0 && hash[1] == 0)
		hash[0] = 1; /* zeros mean a free slot */
	__builtin_prefetch(&s->slots[hash[0] & (s->size - 1)], 1);
}

/* Returns the slot with that hash, or, if there is none, the free slot for it. */
static uint64_t *
find(uint64_t (*slots)[2], size_t size, const uint64_t hash[2])
{
	size_t i = hash[0] & (size - 1);

	while ((slots[i][0] != hash[0] || slots[i][1] != hash[1]) && (slots[i][0] | slots[i][1]) != 0)
		i = (i + 1) & (size - 1);
	return slots[i];
}

static int
grow(struct keyset *s)
{
	uint64_t(*larger)[2];

	if (s->size > SIZE_MAX / 2 / sizeof *larger || (larger = calloc(s->size * 2, sizeof *larger)) == NULL)
		return -1;
	for (size_t i = 0; i < s->size; i++)
		if ((s->slots[i][0] | s->slots[i][1]) != 0) {
			uint64_t *to = find(larger, s->size * 2, s->slots[i]);

			to[0] = s->slots[i][0];
			to[1] = s->slots[i][1];
		}
	free(s->slots);
	s->slots = larger;
	s->size *= 2;
	return 0;
}

int
keyset_add(struct keyset *s, const uint64_t hash[2])
{
	uint64_t *slot = find(s->slots, s->size, hash);

	if ((slot[0] | slot[1]) != 0)
		return 0;
	if (s->count >= s->size / 4 * 3) {
		if (grow(s) < 0)
			return -1;
		slot = find(s->slots, s->size, hash);
	}
	slot[0] = hash[0];
	slot[1] = hash[1];
	s->count++;
	return 1;
}

void
keyset_free(struct keyset *s)
{
	free(s->slots);
}
