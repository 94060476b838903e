/* tail: see tail.h. */

#include "record/tail.h"

int
tail_add(struct tail *t, const struct block *b, uint32_t from)
{
	int after_loss = t->first != NULL && t->end->block.kind == BLOCK_LOSS;
	struct held *h;

	if (b->kind == BLOCK_LOSS && after_loss &&
	    (held_add_loss(t->end, b) || (t->loss_before != NULL && held_add_loss(t->loss_before, b)))) {
		t->end->block.next = b->next;
		return 0;
	}
	if ((h = held_records(b, from, b->count)) == NULL)
		return -1;
	t->loss_before = b->kind == BLOCK_LOSS && after_loss ? t->end : NULL;
	if (t->first == NULL)
		t->first = h;
	else
		t->end->next = h;
	t->end = h;
	return 0;
}

void
tail_shift(struct tail *t)
{
	struct held *h = t->first;

	t->first = h->next;
	if (h == t->loss_before)
		t->loss_before = NULL;
	held_drop(h);
}

uint64_t
tail_position(const struct tail *t)
{
	return block_position(&t->first->block, t->first->from);
}

void
tail_free(struct tail *t)
{
	while (t->first != NULL)
		tail_shift(t);
}
