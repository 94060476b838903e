/*
 * held: see held.h. The struct of a copy is followed by the ends, the positions and the payload,
 * unless they are so large that they are in memory of a usual block.
 * Memory of usual blocks is used again, by inputs and held blocks: to get it from the system anew,
 * page by page, would cost more than to read the block.
 */

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "record/held.h"

enum { SPARE = 16 };
static char *spare[SPARE]; /* memory of BLOCK_USUAL bytes */
static size_t spares;

/* Returns memory for a copy of that many bytes, after the struct or apart; or NULL. */
static struct held *
new_copy(const struct block *b, size_t bytes, char **at)
{
	int apart = bytes > BLOCK_USUAL / 2 && bytes <= BLOCK_USUAL;
	struct held *h = malloc(sizeof *h + (apart ? 0 : bytes));

	if (h == NULL)
		return NULL;
	*h = (struct held){ .block = *b, .cap = apart ? BLOCK_USUAL : bytes };
	*at = (char *)(h + 1);
	if (!apart)
		return h;
	if ((h->memory = spares > 0 ? spare[--spares] : malloc(BLOCK_USUAL)) == NULL) {
		free(h);
		return NULL;
	}
	*at = h->memory;
	return h;
}

struct held *
held_records(const struct block *b, uint32_t from, uint32_t to)
{
	uint32_t begin = 0, count = 0;
	size_t bytes = 0, words = 0;
	struct held *h;
	char *at;

	if (b->kind == BLOCK_DATA && to > from) {
		begin = block_start(b, from);
		count = to - from;
		bytes = (to < b->count ? b->ends[to - 1] + b->gap : b->size) - begin;
		words = (size_t)count * (b->positions != NULL ? 2 : 1);
	}
	if ((h = new_copy(b, words * sizeof *h->block.ends + bytes, &at)) == NULL)
		return NULL;
	if (words == 0)
		return h;
	h->block.count = count;
	h->block.size = (uint32_t)bytes;
	h->block.base = block_position(b, from);
	h->block.next = block_position(b, to - 1);
	h->block.ends = (uint32_t *)(void *)at;
	h->block.payload = (char *)(h->block.ends + words);
	memcpy(h->block.payload, b->payload + begin, bytes);
	for (uint32_t i = 0; i < count; i++)
		h->block.ends[i] = b->ends[from + i] - begin;
	if (b->positions != NULL) {
		h->block.positions = h->block.ends + count;
		for (uint32_t i = 0; i < count; i++)
			h->block.positions[i] = b->positions[from + i] - b->positions[from];
	}
	return h;
}

/*
 * Finds the next run of records whose bit equals set, at or after `from`. Returns its first record,
 * and sets *end.
 */
static uint32_t
run(const struct block *b, const uint64_t *bits, int set, uint32_t from, uint32_t *end)
{
	from = bits_next(bits, from, b->count, set);
	*end = bits_next(bits, from, b->count, !set);
	return from;
}

struct held *
held_bits(const struct block *b, const uint64_t *bits, int set, uint32_t n)
{
	size_t bytes = 0, words = (size_t)n * 2, size = 0;
	uint32_t from, end = 0, k = 0;
	struct held *h;
	char *at;

	while ((from = run(b, bits, set, end, &end)) < b->count)
		bytes += (end < b->count ? b->ends[end - 1] + b->gap : b->size) - block_start(b, from);
	if ((h = new_copy(b, words * sizeof *h->block.ends + bytes, &at)) == NULL)
		return NULL;
	h->block.ends = (uint32_t *)(void *)at;
	h->block.positions = h->block.ends + n;
	h->block.payload = (char *)(h->block.ends + words);
	for (end = 0; (from = run(b, bits, set, end, &end)) < b->count;) {
		/* shift may wrap; the sum with it wraps back. */
		uint32_t begin = block_start(b, from), shift = (uint32_t)size - begin;

		bytes = (end < b->count ? b->ends[end - 1] + b->gap : b->size) - begin;
		memcpy(h->block.payload + size, b->payload + begin, bytes);
		size += bytes;
		if (k == 0)
			h->block.base = block_position(b, from);
		for (uint32_t i = from; i < end; i++, k++) {
			h->block.ends[k] = b->ends[i] + shift;
			h->block.positions[k] = (uint32_t)(block_position(b, i) - h->block.base);
		}
	}
	h->block.count = n;
	h->block.size = (uint32_t)size;
	h->block.next = block_position(&h->block, n - 1);
	return h;
}

int
held_add_loss(struct held *h, const struct block *loss)
{
	uint32_t had = h->block.count;

	if (had == BLOCK_LOST_UNKNOWN || loss->count == BLOCK_LOST_UNKNOWN)
		return had == loss->count;
	if (loss->count >= BLOCK_LOST_UNKNOWN - had)
		return 0;
	h->block.count += loss->count;
	return 1;
}

/* ---- shared blocks ---- */

struct held *
held_adopt(const struct block *b, char **memory, size_t *cap)
{
	struct held *h = malloc(sizeof *h);
	char *given = *memory;
	size_t had = *cap;

	if (h == NULL)
		return NULL;
	*h = (struct held){ .block = *b, .memory = given, .cap = had };
	*memory = NULL;
	*cap = 0;
	if (spares > 0) {
		*memory = spare[--spares];
		*cap = BLOCK_USUAL;
	}
	return h;
}

struct held *
held_share(struct held *h)
{
	h->shares++;
	return h;
}

void
held_drop(struct held *h)
{
	if (h == NULL || h->shares-- > 0)
		return;
	if (h->memory != NULL && h->cap == BLOCK_USUAL && spares < SPARE)
		spare[spares++] = h->memory;
	else
		free(h->memory);
	free(h);
}

size_t
held_bytes(const struct held *h)
{
	return sizeof *h + h->cap;
}
