/* rec_in_records: the records of the block that was handed out last: kept, or one by one; see rec_in.h. */

#include <string.h>

#include "record/held.h"
#include "stream/rec_in.h"

struct held *
rec_in_hold(struct rec_in *in, const struct block *b)
{
	struct block copied = *b;
	struct held *h;

	/* Small blocks, of which many may be held, must not each keep the memory of a large one. */
	if (BLOCK_HEAD + block_body(b) >= BLOCK_USUAL / 4 && b->kind == BLOCK_DATA && !in->slotted)
		return held_adopt(b, &in->body, &in->cap);
	if (b->count > 0 && b->kind == BLOCK_DATA) {
		if ((h = held_records(b, 0, b->count)) != NULL)
			h->block.next = b->next;
		return h;
	}
	copied.payload = NULL;
	copied.ends = copied.positions = NULL;
	return held_records(&copied, 0, 0);
}

/* ---- records ---- */

void
rec_in_pass(struct rec_in *in, struct rec_out *out)
{
	in->passes = out;
}

int
rec_in_rec(struct rec_in *in, struct rec *r)
{
	struct block *b = &in->block;
	uint32_t start;

	while (in->at == b->count || b->kind != BLOCK_DATA) {
		if (in->passes != NULL && b->kind == BLOCK_DATA)
			rec_out_mark(in->passes, b->next, b->size);
		in->at = 0;
		if (!rec_in_block(in, b)) {
			memset(b, 0, sizeof *b);
			return 0;
		}
		if (b->kind == BLOCK_LOSS && in->passes != NULL)
			rec_out_block(in->passes, b);
	}
	start = block_start(b, in->at);
	r->data = b->payload + start;
	r->len = b->ends[in->at] - start;
	r->pos = block_position(b, in->at);
	in->at++;
	return 1;
}
