/*
 * reservoir: see reservoir.h. The first K records are taken. Each later one, the n-th, replaces one
 * of them with the probability K / n: a random number from 0 to n - 1 is the place that it takes,
 * if there is such a place.
 */

#include <stdlib.h>

#include "choose/reservoir.h"

static int
make_room(struct reservoir *r)
{
	size_t room = r->room == 0 ? 256 : r->room * 2;
	struct reservoir_record *more;

	if (room > r->size)
		room = (size_t)r->size;
	if ((more = reallocarray(r->records, room, sizeof *more)) == NULL)
		return -1;
	r->records = more;
	r->room = room;
	return 0;
}

static int
add_records(struct reservoir *r, const struct block *b)
{
	for (uint32_t i = 0; i < b->count; i++, r->count++) {
		uint64_t at = r->count;
		struct held *h;

		if (at >= r->size && (at = random_below(&r->random, r->count + 1)) >= r->size)
			continue;
		if ((at == r->room && make_room(r) < 0) || (h = held_records(b, i, i + 1)) == NULL)
			return -1;
		if (r->count >= r->size)
			free(r->records[at].held);
		r->records[at] = (struct reservoir_record){ h, r->count };
	}
	return 0;
}

/*
 * A loss is held at its place among the records. Losses without a record between them become one;
 * so do all later ones after RESERVOIR_LOSSES of them, because memory must not grow with the
 * stream.
 */
static int
add_loss(struct reservoir *r, const struct block *b)
{
	struct held *h = r->last_loss, *before = r->loss_before;
	int full = r->losses_count >= RESERVOIR_LOSSES;

	if (h != NULL && (h->block.next == r->count || full) && held_add_loss(h, b))
		return 0;
	if (before != NULL && (before->block.next == r->count || full) && held_add_loss(before, b))
		return 0;
	if ((h = held_records(b, 0, 0)) == NULL)
		return -1;
	h->block.next = r->count;
	if (r->last_loss == NULL)
		r->losses = h;
	else
		r->last_loss->next = h;
	r->loss_before = r->last_loss;
	r->last_loss = h;
	r->losses_count++;
	return 0;
}

int
reservoir_add(struct reservoir *r, const struct block *b)
{
	return b->kind == BLOCK_LOSS ? add_loss(r, b) : add_records(r, b);
}

static int
by_number(const void *a, const void *b)
{
	const struct reservoir_record *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void
put_losses(struct reservoir *r, struct rec_out *out, uint64_t before)
{
	struct held *h;

	while ((h = r->losses) != NULL && h->block.next <= before) {
		h->block.next = h->block.base; /* no later record has a position below */
		if (out != NULL)
			rec_out_block(out, &h->block);
		r->losses = h->next;
		free(h);
	}
}

void
reservoir_put(struct reservoir *r, struct rec_out *out)
{
	size_t count = (size_t)(r->count < r->size ? r->count : r->size);

	if (count > 0)
		qsort(r->records, count, sizeof *r->records, by_number);
	for (size_t i = 0; i < count; i++) {
		struct held *h = r->records[i].held;

		put_losses(r, out, r->records[i].number);
		if (out != NULL)
			rec_out_records(out, &h->block, 0, 1);
		free(h);
	}
	put_losses(r, out, UINT64_MAX);
	free(r->records);
}
