/*
 * gather: see gather.h. Large answers go out from where they lie. Small ones are copied into one
 * block in the output, which goes out at the latest before the process sleeps.
 */

#include <stdlib.h>

#include "work/gather.h"

enum { SMALL = 8 * 1024 }; /* bytes; a smaller block is copied instead of sent by itself */

/* The hook of a stream of answers: their table is the output's. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct gather *g = in->tabled_by;

	(void)t;
	rec_out_own_table(g->out, g->declared.table);
	return 0;
}

void
gather_from(struct gather *g, struct rec_in *in)
{
	rec_in_share_table(in, &g->declared);
	rec_in_together(in);
	in->tabled = tabled;
	in->tabled_by = g;
}

static void
append(struct gather *g, struct batch_run *r)
{
	if (g->first == NULL)
		g->first = r;
	else
		g->last->after = r;
	g->last = r;
}

int
gather_run(struct gather *g, struct batch *p, uint32_t from, uint32_t to)
{
	struct batch_run *r = batch_run(p, from, to);

	if (r == NULL)
		return -1;
	/* If records are dealt singly, a run and what malloc adds to it are most of the memory. */
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

/*
 * Adds an answer, which is owned from now on, to the run or, if that is NULL, to those that go out
 * as they come.
 */
static void
add(struct gather *g, struct batch_run *r, struct held *h)
{
	struct held ***last = r != NULL ? &r->out_last : &g->ready_last;

	if (r == NULL && g->ready == NULL)
		g->ready_last = &g->ready;
	g->waiting += held_bytes(h);
	h->next = NULL;
	**last = h;
	*last = &h->next;
}

int
gather_loss(struct gather *g, const struct block *b)
{
	struct held *h = held_records(b, 0, 0);
	struct batch_run *r = NULL;

	if (h == NULL || (g->order && (r = batch_run(NULL, 0, 0)) == NULL)) {
		held_drop(h);
		return -1;
	}
	add(g, r, h);
	if (r != NULL)
		append(g, r);
	return 0;
}

struct batch *
gather_front(const struct gather *g)
{
	return g->first != NULL ? g->first->batch : NULL;
}

int
gather_starves(const struct gather *g)
{
	const struct batch_run *r = g->first;

	return r != NULL && r->out == NULL && r->batch != NULL && r->batch->answered < r->to;
}

/* ---- answers to runs ---- */

/*
 * Returns the run, at or after run r (may be NULL), of the first record at this position of the
 * worker's stream or above; or NULL. *at becomes the number of that record in its batch.
 */
static struct batch_run *
run_of(const struct batch_queue *queue, struct batch_run *r, uint64_t position, uint32_t *at)
{
	const struct batch *p = r != NULL ? r->batch : queue->first;

	while (p != NULL && (*at = batch_before(p, position)) == p->block.count)
		p = p->next;
	if (p == NULL)
		return NULL;
	if (r == NULL || r->batch != p)
		r = p->runs;
	while (r != NULL && *at >= r->to)
		r = r->sibling;
	return r;
}

/*
 * Takes a loss, which belongs to the run in which it begins, or else comes after all runs. Returns
 * 0, or -1 with ENOMEM.
 */
static int
answer_loss(struct gather *g, const struct batch_queue *queue, struct held *h)
{
	uint32_t at;
	struct batch_run *r = run_of(queue, NULL, h->block.base, &at);

	if (r == NULL) {
		if ((r = batch_run(NULL, 0, 0)) == NULL)
			return -1;
		h->block.base = 0;
		append(g, r);
	} else {
		h->block.base = block_position(&r->batch->block, at);
	}
	add(g, r, h);
	return 0;
}

int
gather_answer(struct gather *g, const struct batch_queue *queue, struct held *h)
{
	const struct block *b = &h->block;
	struct batch_run *r = NULL;
	uint32_t from = 0, to;

	if (g->broken) {
		held_drop(h);
		return 0;
	}
	if (!g->order) {
		add(g, NULL, h);
		return 0;
	}
	if (b->kind == BLOCK_LOSS)
		return answer_loss(g, queue, h);
	for (; from < b->count; from = to) {
		struct held *part = h;
		uint64_t last;
		uint32_t at;

		if ((r = run_of(queue, r, block_position(b, from), &at)) == NULL)
			break; /* cannot be: the worker checks what it takes */
		last = block_position(&r->batch->block, r->to - 1) + r->batch->jump;
		for (to = from + 1; to < b->count && block_position(b, to) <= last; to++)
			;
		if ((from > 0 || to < b->count) && (part = held_records(b, from, to)) == NULL)
			return -1;
		part->block.base -= r->batch->jump;
		add(g, r, part);
		if (part == h)
			return 0;
	}
	held_drop(h);
	return 0;
}

/* ---- putting out ---- */

/* Puts out records that are held, with the positions of b. */
static void
put(struct gather *g, struct held *h, const struct block *b)
{
	if (b->size < SMALL) {
		rec_out_records(g->out, b, 0, b->count);
		return;
	}
	while (!rec_out_begin(g->out, b))
		rec_out_flush(g->out);
	g->under_way = held_share(h);
}

/* Puts out an answer of the run (NULL: as it comes). */
static void
put_out(struct gather *g, struct batch_run *r, struct held *h)
{
	static uint32_t positions[BLOCK_RECORDS];
	struct block b = h->block;
	const struct batch *p = r != NULL ? r->batch : NULL;

	if (b.kind == BLOCK_LOSS) {
		uint64_t base = !g->order ? g->next : p != NULL ? distinct_original(p->leads, b.base) : b.base;

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
		put(g, h, &b);
		return;
	}
	distinct_restore(p->leads, &b, positions);
	b.next = block_position(&b, b.count - 1);
	if (b.next > g->next)
		g->next = b.next;
	put(g, h, &b);
}

/*
 * Returns 1 if the block can be copied after the records of which the output is building a block.
 */
static int
fits(const struct rec_out *out, const struct block *b)
{
	return b->size < SMALL && rec_out_fits(out, b);
}

/* Returns 1 if the output is writing nothing. */
static int
roomy(struct gather *g)
{
	(void)rec_out_push(g->out);
	if (rec_out_borrows(g->out))
		return 0;
	held_drop(g->under_way);
	g->under_way = NULL;
	return 1;
}

/* Puts out the first answer of a list. Returns 0 if that is not possible now. */
static int
put_first(struct gather *g, struct batch_run *r, struct held **list)
{
	struct held *h = *list;

	/*
	 * The block being built must go out before another one. It is not waited for: workers may
	 * have to be served first.
	 */
	if (!roomy(g) || (rec_out_builds(g->out) && !fits(g->out, &h->block) && !rec_out_settle(g->out)))
		return 0;
	*list = h->next;
	g->waiting -= held_bytes(h);
	if (g->out->state == REC_OUT_OPEN)
		put_out(g, r, h);
	held_drop(h);
	return 1;
}

/* Takes the first run off the list. */
static void
end_run(struct gather *g)
{
	struct batch_run *r = g->first;

	g->first = r->after;
	if (g->first == NULL)
		g->last = NULL;
	g->pending -= (r->to - r->from) * r->each + r->own;
	while (r->out != NULL) {
		struct held *h = r->out;

		r->out = h->next;
		g->waiting -= held_bytes(h);
		held_drop(h);
	}
	batch_run_free(r);
}

/* Returns the watermark: how far the input is answered in its order. */
static uint64_t
progress(const struct gather *g, uint64_t input_next)
{
	const struct batch_run *r = g->first;

	if (r == NULL)
		return input_next;
	if (r->batch == NULL)
		return g->next;
	return batch_position(r->batch, r->batch->answered > r->from ? r->batch->answered : r->from);
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
		struct batch_run *r = g->first;

		if (r->out != NULL) {
			if (!put_first(g, r, &r->out))
				return moved;
			if (r->out == NULL)
				r->out_last = &r->out;
		} else if (r->batch == NULL || r->batch->answered >= r->to) {
			end_run(g);
		} else {
			g->broken |= r->batch->abandoned;
			break;
		}
		moved = 1;
	}
	if (g->order && !g->broken) {
		uint64_t next = progress(g, input_next);

		if (next > g->next)
			g->next = next;
	}
	/* The table of the answers goes out first, even if the input began after position 0. */
	if (g->declared.from != NULL || g->input == NULL || rec_in_table(g->input) == NULL)
		rec_out_mark(g->out, g->next, 0);
	return moved;
}

/* Frees all that has not been put out. */
static void
drop(struct gather *g)
{
	while (g->first != NULL)
		end_run(g);
	while (g->ready != NULL) {
		struct held *h = g->ready;

		g->ready = h->next;
		g->waiting -= held_bytes(h);
		held_drop(h);
	}
	if (g->out != NULL)
		rec_out_flush(g->out);
	held_drop(g->under_way);
	g->under_way = NULL;
	declared_free(&g->declared);
}

void
gather_finish(struct gather *g, uint64_t input_next)
{
	/*
	 * Answers that only wait for room in the output go out; answers after a run that nobody
	 * will answer do not.
	 */
	while (gather_push(g, input_next) || (!rec_out_idle(g->out) && g->out->state == REC_OUT_OPEN))
		rec_out_flush(g->out);
	drop(g);
}
