/*
 * gather: see gather.h. Large answers go out as they lie; small ones are copied together, so that many of them do not become as many
 * blocks. Whatever lies in the output's building place goes out before the process sleeps.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"

enum { SMALL = 8 * 1024 }; /* bytes of a block that is rather copied than sent by itself */

static void
append(struct gather *g, struct run *r)
{
	if (g->first == NULL)
		g->first = r;
	else
		g->last->after = r;
	g->last = r;
}

int
gather_run(struct gather *g, struct parcel *p, uint32_t from, uint32_t to)
{
	struct run *r = parcel_run(p, from, to);

	if (r == NULL)
		return -1;
	/* Where records are dealt singly, a run and what malloc adds to it are most of the memory. */
	r->own = sizeof *r + 2 * sizeof(size_t);
	g->pending += (to - from) * r->each + r->own;
	append(g, r);
	return 0;
}

void
gather_grown(struct gather *g)
{
	while (g->last != NULL && g->last->after != NULL)
		g->last = g->last->after;
}

/* The hold becomes the run's, or, without one, the next to be put out. */
static void
add(struct gather *g, struct run *r, struct hold *h)
{
	struct hold ***last = r != NULL ? &r->out_last : &g->ready_last;

	if (r == NULL && g->ready == NULL)
		g->ready_last = &g->ready;
	g->waiting += hold_bytes(h);
	h->next = NULL;
	h->from = 0;
	**last = h;
	*last = &h->next;
}

int
gather_loss(struct gather *g, const struct block *b)
{
	struct hold *h = hold_records(b, 0, 0);
	struct run *r = NULL;

	if (h == NULL || (g->order && (r = parcel_run(NULL, 0, 0)) == NULL)) {
		hold_drop(h);
		return -1;
	}
	add(g, r, h);
	if (r != NULL)
		append(g, r);
	return 0;
}

struct parcel *
gather_front(const struct gather *g)
{
	return g->first != NULL ? g->first->parcel : NULL;
}

int
gather_starves(const struct gather *g)
{
	const struct run *r = g->first;

	return r != NULL && r->out == NULL && r->parcel != NULL && r->parcel->answered < r->to;
}

/* ---- answers to runs ---- */

/* The run that record number n of the worker's stream belongs to, at or behind run r, which may be NULL. */
static struct run *
run_of(const struct parcel_queue *queue, struct run *r, uint64_t n)
{
	const struct parcel *p = r != NULL ? r->parcel : queue->first;

	while (p != NULL && n - p->number >= p->block.count)
		p = p->next;
	if (p == NULL)
		return NULL;
	if (r == NULL || r->parcel != p)
		r = p->runs;
	while (r != NULL && n - p->number >= r->to)
		r = r->sibling;
	return r;
}

/* A loss is of the run in which it begins; one that nobody can place comes behind all that there is. */
static int
answer_loss(struct gather *g, const struct parcel_queue *queue, struct hold *h)
{
	struct run *r = run_of(queue, NULL, h->block.base);

	if (r == NULL) {
		if ((r = parcel_run(NULL, 0, 0)) == NULL)
			return -1;
		h->block.base = 0;
		append(g, r);
	}
	add(g, r, h);
	return 0;
}

int
gather_answer(struct gather *g, const struct parcel_queue *queue, struct hold *h)
{
	const struct block *b = &h->block;
	struct run *r = NULL;
	uint32_t from = 0, to;

	if (g->broken) {
		hold_drop(h);
		return 0;
	}
	if (!g->order) {
		add(g, NULL, h);
		return 0;
	}
	if (b->kind == BLOCK_LOSS)
		return answer_loss(g, queue, h);
	for (; from < b->count; from = to) {
		struct hold *part;

		if ((r = run_of(queue, r, block_position(b, from))) == NULL) {
			errno = EINVAL;
			return -1;
		}
		for (to = from + 1; to < b->count && block_position(b, to) - r->parcel->number < r->to; to++)
			;
		if (from == 0 && to == b->count) {
			add(g, r, h);
			return 0;
		}
		if ((part = hold_records(b, from, to)) == NULL)
			return -1;
		add(g, r, part);
	}
	hold_drop(h);
	return 0;
}

/* ---- putting out ---- */

/* Records [from, to) with the positions of positions, relative to base; whole: they are all of the hold. */
static void
put(struct gather *g, struct hold *h, uint32_t from, uint32_t to, const struct block *numbered)
{
	struct block b = h->block;

	b.base = numbered->base;
	b.positions = numbered->positions;
	b.next = numbered->next;
	if (b.size < SMALL || from > 0 || to < b.count) {
		/* rec_out_records looks positions up by the index of the record. */
		rec_out_records(g->out, &b, from, to);
		return;
	}
	while (!rec_out_begin(g->out, &b))
		rec_out_flush(g->out);
	g->under_way = hold_share(h);
}

/* The next answer of the run (NULL: as they come) goes out. */
static void
put_out(struct gather *g, struct run *r, struct hold *h)
{
	static uint32_t positions[BLOCK_RECORDS];
	struct block b = h->block;
	const struct parcel *p = r != NULL ? r->parcel : NULL;
	uint32_t from = 0, i;
	int jumps = 0;

	if (b.kind == BLOCK_LOSS) {
		uint64_t base = !g->order ? g->next : p != NULL ? block_position(&p->block, (uint32_t)(b.base - p->number)) : b.base;

		if (base < g->next)
			base = g->next;
		rec_out_loss(g->out, base, b.count, base);
		g->next = base;
		return;
	}
	if (p == NULL) {
		b.base = g->next;
		b.positions = NULL;
		g->next = b.next = b.base + b.count;
		put(g, h, 0, b.count, &b);
		return;
	}
	b.base = block_position(&p->block, (uint32_t)(block_position(&h->block, 0) - p->number));
	for (i = 0; i < b.count; i++) {
		uint64_t at = block_position(&p->block, (uint32_t)(block_position(&h->block, i) - p->number));

		/* One block holds positions of 32 bits. */
		if (at - b.base > UINT32_MAX) {
			b.positions = positions;
			b.next = b.base + positions[i - 1];
			put(g, h, from, i, &b);
			from = i;
			memset(positions, 0, i * sizeof positions[0]);
			b.base = at;
		}
		positions[i] = (uint32_t)(at - b.base);
		jumps |= positions[i] != i;
	}
	b.positions = jumps ? positions : NULL;
	b.next = block_position(&b, b.count - 1);
	if (b.next > g->next)
		g->next = b.next;
	put(g, h, from, b.count, &b);
}

/* Whether the block goes behind the records that the output is building a block of. */
static int
fits(const struct rec_out *out, const struct block *b)
{
	return b->kind == BLOCK_DATA && b->size < SMALL && b->gap == out->gap && (b->gap != 1 || b->status == out->gap_byte) &&
	    b->size <= out->target - out->payload.len && b->count <= out->room - out->count;
}

/* Whether nothing is under way in the output. */
static int
roomy(struct gather *g)
{
	(void)rec_out_push(g->out);
	if (g->out->writer.parts > 0)
		return 0;
	hold_drop(g->under_way);
	g->under_way = NULL;
	return 1;
}

/* Puts the first of a list out; whether it could. */
static int
put_first(struct gather *g, struct run *r, struct hold **list)
{
	struct hold *h = *list;

	/* What was put together must be gone before another block, without being waited for: workers may have to be served first. */
	if (!roomy(g) || (g->out->count > 0 && !fits(g->out, &h->block) && !rec_out_settle(g->out)))
		return 0;
	*list = h->next;
	g->waiting -= hold_bytes(h);
	if (g->out->state == REC_OUT_OPEN)
		put_out(g, r, h);
	hold_drop(h);
	return 1;
}

/* Takes the first run off the list. */
static void
end_run(struct gather *g)
{
	struct run *r = g->first;

	g->first = r->after;
	if (g->first == NULL)
		g->last = NULL;
	g->pending -= (r->to - r->from) * r->each + r->own;
	while (r->out != NULL) {
		struct hold *h = r->out;

		r->out = h->next;
		g->waiting -= hold_bytes(h);
		hold_drop(h);
	}
	run_free(r);
}

/* How far the input has been answered in its order. */
static uint64_t
progress(const struct gather *g, uint64_t input_next)
{
	const struct run *r = g->first;

	if (r == NULL)
		return input_next;
	if (r->parcel == NULL)
		return g->next;
	return block_position(&r->parcel->block, r->parcel->answered > r->from ? r->parcel->answered : r->from);
}

int
gather_push(struct gather *g, uint64_t input_next)
{
	int moved = 0;

	if (g->out == NULL)
		return 0;
	while (!g->order && g->ready != NULL && put_first(g, NULL, &g->ready))
		moved = 1;
	while (g->first != NULL && !g->broken) {
		struct run *r = g->first;

		if (r->out != NULL) {
			if (!put_first(g, r, &r->out))
				return moved;
			if (r->out == NULL)
				r->out_last = &r->out;
		} else if (r->parcel == NULL || r->parcel->answered >= r->to) {
			end_run(g);
		} else {
			g->broken |= r->parcel->abandoned;
			break;
		}
		moved = 1;
	}
	if (g->order && !g->broken) {
		uint64_t next = progress(g, input_next);

		if (next > g->next)
			g->next = next;
	}
	rec_out_mark(g->out, g->next, 0);
	return moved;
}

void
gather_finish(struct gather *g, uint64_t input_next)
{
	/* What is held back only because the output has no room goes out; nothing behind a run that nobody will answer. */
	while (gather_push(g, input_next) || (!rec_out_idle(g->out) && g->out->state == REC_OUT_OPEN))
		rec_out_flush(g->out);
	gather_drop(g);
}

void
gather_drop(struct gather *g)
{
	while (g->first != NULL)
		end_run(g);
	while (g->ready != NULL) {
		struct hold *h = g->ready;

		g->ready = h->next;
		g->waiting -= hold_bytes(h);
		hold_drop(h);
	}
	if (g->out != NULL)
		rec_out_flush(g->out);
	hold_drop(g->under_way);
	g->under_way = NULL;
}
