/* hold: see hold.h. Behind the struct lie the ends, the positions, a word of padding for rec_out_block, the payload. */

#include <stdlib.h>
#include <string.h>

#include "hold.h"

struct hold *
hold_records(const struct block *b, uint32_t from, uint32_t to)
{
	uint32_t begin, count = 0;
	size_t bytes = 0, words = 0;
	struct hold *h;

	if (b->kind == BLOCK_DATA) {
		begin = block_start(b, from);
		count = to - from;
		bytes = (to < b->count ? b->ends[to - 1] + b->gap : b->size) - begin;
		words = (size_t)count * (b->positions != NULL ? 2 : 1) + 1;
	}
	if ((h = malloc(sizeof *h + words * sizeof *h->block.ends + bytes)) == NULL)
		return NULL;
	h->next = NULL;
	h->from = 0;
	h->block = *b;
	if (b->kind != BLOCK_DATA)
		return h;
	h->block.count = count;
	h->block.size = (uint32_t)bytes;
	h->block.base = block_position(b, from);
	h->block.next = block_position(b, to - 1);
	h->block.ends = (uint32_t *)(void *)(h + 1);
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
