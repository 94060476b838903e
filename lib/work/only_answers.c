/*
 * only_answers: what only.h says of positions: answers get those back that their records came with.
 */

#include <errno.h>
#include <string.h>

#include "base/status.h"
#include "work/only_private.h"

/* The process has lost positions: notes the failure. Returns -1. */
static int
loses(struct only *o)
{
	command_fail(o->fault, EX_DATAERR,
	    "%s loses positions: it gives records back at other positions than it got them "
	    "(rec-each -k keeps them for any program)", o->process.name);
	return -1;
}

/*
 * Reads the first block of map, which has the original positions, and makes the positions of it
 * that the process got, in the same way as before. Returns 0, or -1 if the queue cannot be read.
 */
static int
find_front(struct only *o)
{
	struct held *h;

	errno = 0;
	if ((h = spool_first(&o->map)) == NULL) {
		command_fail(o->fault, EX_IOERR, "the temporary file: %s", strerror(errno != 0 ? errno : EIO));
		return -1;
	}
	o->originals = o->front = h->block;
	o->at = 0;
	if (h->block.positions != NULL)
		o->front.positions = memcpy(o->front_positions, h->block.positions,
		    h->block.count * sizeof *h->block.positions);
	return distinct_block(&o->mapped, &o->front, NULL);
}

/*
 * Finds the original position of the first record that the process got at position `at` or above;
 * there must be one. exact: it must be just at that position. Blocks below are dropped.
 */
static int
original(struct only *o, uint64_t at, int exact, uint64_t *position)
{
	while (o->front.count == 0 || at > block_position(&o->front, o->front.count - 1)) {
		if (o->front.count > 0)
			spool_shift(&o->map);
		o->front.count = 0;
		if (find_front(o) < 0)
			return -1;
	}
	if (o->front.positions == NULL)
		o->at = at > o->front.base ? (uint32_t)(at - o->front.base) : 0;
	else
		while (block_position(&o->front, o->at) < at) /* positions never decrease */
			o->at++;
	if (exact && block_position(&o->front, o->at) != at)
		return loses(o);
	*position = block_position(&o->originals, o->at);
	return 0;
}

int
only_take(struct only *o, const struct block *b)
{
	struct block v = *b;
	uint32_t from = 0;
	uint64_t at = 0;

	if (block_position(b, 0) < o->begin || block_position(b, b->count - 1) >= o->end)
		return loses(o);
	v.positions = o->positions;
	for (uint32_t i = 0; i < b->count; i++) {
		if ((i == 0 || block_position(b, i) != block_position(b, i - 1)) &&
		    original(o, block_position(b, i), 1, &at) < 0)
			return -1;
		if (i > from && at - v.base > UINT32_MAX) {
			if (only_queue(o, &o->branches.all[ONLY_ANSWERS], held_records(&v, from, i)) < 0)
				return -1;
			from = i;
		}
		if (i == from)
			v.base = at;
		o->positions[i] = (uint32_t)(at - v.base);
	}
	return only_queue(o, &o->branches.all[ONLY_ANSWERS], held_records(&v, from, b->count));
}

int
only_take_loss(struct only *o, const struct block *b)
{
	struct block v = *b;

	if (b->base < o->begin || b->base > o->end)
		return loses(o);
	if (b->base == o->end)
		v.base = o->in->next;
	else if (original(o, b->base, 0, &v.base) < 0)
		return -1;
	return only_queue(o, &o->branches.all[ONLY_ANSWERS], held_records(&v, 0, 0));
}

/*
 * Notes how far the process has come, in original positions. If it has answered all that it got,
 * its next answer cannot be below the input's next record.
 */
int
only_advance(struct only *o)
{
	struct branch *b = &o->branches.all[ONLY_ANSWERS];
	uint64_t at = o->answers.next > 0 ? o->answers.next : o->begin;

	if (at < o->begin || at > o->end)
		return loses(o);
	if (at == o->end)
		b->next = o->in->next;
	else if (original(o, at, 0, &b->next) < 0)
		return -1;
	/* The original position of a lower watermark is forgotten already; the old one stays. */
	if (o->answers.watermark == o->answers.next)
		b->watermark = b->next;
	return 0;
}
