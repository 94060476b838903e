/* batch: see batch.h. */

#include <stdlib.h>

#include "work/batch.h"

struct batch *
batch_new(struct held *h, struct leads *leads)
{
	static uint64_t serial;
	struct batch *p = calloc(1, sizeof *p);

	if (p == NULL) {
		held_drop(h);
		return NULL;
	}
	p->serial = serial++;
	p->held = h;
	p->block = h->block;
	if (leads != NULL)
		p->leads = distinct_share(leads);
	p->top = h->block.count > 0 ? block_position(&h->block, h->block.count - 1) : h->block.base;
	p->first = distinct_original(leads, h->block.base);
	p->last = distinct_original(leads, p->top);
	p->weight = sizeof *p + h->block.size + (size_t)h->block.count * (h->block.positions != NULL ? 8 : 4);
	p->shares = 1;
	return p;
}

uint64_t
batch_position(const struct batch *p, uint32_t i)
{
	return distinct_original(p->leads, block_position(&p->block, i));
}

uint32_t
batch_before(const struct batch *p, uint64_t position)
{
	const struct block *b = &p->block;
	uint32_t low = 0, high = b->count;
	uint64_t at = position - p->jump;

	if (position < p->jump || at <= b->base)
		return 0;
	if (at > p->top)
		return b->count;
	if (p->held == NULL && p->top - b->base != b->count - 1)
		return 0;
	if (b->positions == NULL)
		return (uint32_t)(at - b->base);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (block_position(b, middle) < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
batch_knows(const struct batch *p, const struct block *b, uint32_t from, uint32_t to)
{
	uint64_t first = block_position(b, from) - p->jump, last = block_position(b, to - 1) - p->jump;
	uint32_t k;

	if (block_position(b, from) < p->jump || first < p->block.base || last > p->top)
		return 0;
	if (p->held == NULL || p->block.positions == NULL)
		return 1;
	k = batch_before(p, block_position(b, from));
	for (uint32_t i = from; i < to; i++) {
		while (block_position(&p->block, k) < block_position(b, i) - p->jump)
			k++;
		if (block_position(&p->block, k) != block_position(b, i) - p->jump)
			return 0;
	}
	return 1;
}

void
batch_source(struct batch_source *s, struct held *h, struct leads *leads)
{
	*s = (struct batch_source){ .held = h, .leads = leads };
}

void
batch_forget(struct batch_source *s)
{
	held_drop(s->held);
	distinct_drop(s->leads);
	*s = (struct batch_source){ 0 };
}

struct batch *
batch_take(struct batch_source *s, uint32_t n)
{
	struct held *h = s->held;
	struct batch *p;
	struct block part = h->block;
	uint32_t left = h->block.count - s->from, step;

	if (n > left)
		n = left;
	part.payload += s->bytes;
	part.ends += s->from;
	part.count = n;
	part.size = n == left ? h->block.size - s->bytes : part.ends[n - 1] + part.gap - s->bytes;
	part.base = block_position(&h->block, s->from);
	for (uint32_t i = 0; s->bytes > 0 && i < n; i++)
		part.ends[i] -= s->bytes;
	if (part.positions != NULL) {
		part.positions += s->from;
		step = part.positions[0];
		for (uint32_t i = 0; step > 0 && i < n; i++)
			part.positions[i] -= step;
	}
	s->from += n;
	s->bytes += part.size;
	if (n < left)
		(void)held_share(h);
	p = batch_new(h, s->leads);
	if (n == left) {
		s->held = NULL; /* batch_new has taken its share, also if it failed */
		batch_forget(s);
	}
	if (p == NULL)
		return NULL;
	p->weight -= h->block.size - part.size;
	p->weight -= (size_t)(h->block.count - n) * (part.positions != NULL ? 8 : 4);
	p->block = part;
	p->top = block_position(&part, n - 1);
	if (n < left)
		p->block.next = p->top;
	p->first = distinct_original(p->leads, part.base);
	p->last = distinct_original(p->leads, p->top);
	return p;
}

void
batch_sent(struct batch *p, struct worker *w, uint64_t jump)
{
	p->tries++;
	p->worker = w;
	p->answered = 0;
	p->jump = jump;
}

void
batch_left(struct batch *p)
{
	p->before = p->worker;
	p->worker = NULL;
}

void
batch_untried(struct batch *p)
{
	p->tries--;
}

static void
add_run(struct batch *p, struct batch_run *r)
{
	if (p->runs == NULL)
		p->runs = r;
	else
		p->last_run->sibling = r;
	p->last_run = r;
	r->sibling = NULL;
	r->batch = p;
	p->shares++;
}

struct batch_run *
batch_run(struct batch *p, uint32_t from, uint32_t to)
{
	struct batch_run *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->from = from;
	r->to = to;
	r->out_last = &r->out;
	if (p != NULL) {
		r->each = p->block.count > 0 ? p->weight / p->block.count + 1 : 0;
		add_run(p, r);
	}
	return r;
}

/* Moves the runs from record n on to the other batch. Returns 0, or -1 with ENOMEM. */
static int
give_runs(struct batch *p, uint32_t n, struct batch *rest)
{
	struct batch_run *r = p->runs, *kept = NULL, *next;

	while (r != NULL && r->to <= n) {
		kept = r;
		r = r->sibling;
	}
	if (r != NULL && r->from < n) {
		/*
		 * Answers to its first part may be waiting in it. The second part follows right
		 * after it in the input.
		 */
		struct batch_run *second = batch_run(rest, 0, r->to - n);

		if (second == NULL)
			return -1;
		second->each = r->each;
		second->after = r->after;
		r->after = second;
		r->to = n;
		kept = r;
		r = r->sibling;
	}
	for (; r != NULL; r = next) {
		next = r->sibling;
		r->from -= n;
		r->to -= n;
		p->shares--;
		add_run(rest, r);
	}
	if (kept != NULL)
		kept->sibling = NULL;
	else
		p->runs = NULL;
	p->last_run = kept;
	return 0;
}

struct batch *
batch_rest(struct batch *p)
{
	struct held *h = held_records(&p->block, p->answered, p->block.count);
	struct batch *rest;

	if (h == NULL || (rest = batch_new(h, p->leads)) == NULL)
		return NULL;
	rest->worker = p->worker;
	rest->tries = p->tries;
	rest->serial = p->serial;
	if (give_runs(p, p->answered, rest) < 0) {
		batch_drop(rest);
		return NULL;
	}
	p->block.count = p->answered;
	if (p->answered > 0) {
		p->top = block_position(&p->block, p->answered - 1);
		p->last = distinct_original(p->leads, p->top);
	}
	return rest;
}

int
batch_spend(struct batch_queue *q)
{
	struct batch *p = q->first, *before = NULL;

	for (; p != NULL && p->held == NULL; p = p->next)
		before = p;
	if (p == NULL || p->next == NULL)
		return 0;
	held_drop(p->held);
	p->held = NULL;
	p->block.positions = NULL;
	distinct_drop(p->leads);
	p->leads = NULL;
	q->bytes -= p->weight;
	p->weight = 0;
	if (before != NULL && before->jump == p->jump && before->block.count <= UINT32_MAX - p->block.count) {
		before->block.count += p->block.count;
		before->top = p->top;
		before->last = p->last;
		before->next = p->next;
		q->count--;
		batch_drop(p);
	}
	return 1;
}

void
batch_drop(struct batch *p)
{
	if (p == NULL || --p->shares > 0)
		return;
	held_drop(p->held);
	distinct_drop(p->leads);
	free(p);
}

void
batch_run_free(struct batch_run *r)
{
	while (r->out != NULL) {
		struct held *h = r->out;

		r->out = h->next;
		held_drop(h);
	}
	if (r->batch != NULL) {
		/* The runs of one batch are put out in their order, so this is the first. */
		r->batch->runs = r->sibling;
		batch_drop(r->batch);
	}
	free(r);
}

/* ---- queues ---- */

void
batch_put(struct batch_queue *q, struct batch *p)
{
	if (q->first == NULL)
		q->last = &q->first;
	p->next = NULL;
	*q->last = p;
	q->last = &p->next;
	q->count++;
	q->bytes += p->weight;
}

struct batch *
batch_shift(struct batch_queue *q)
{
	struct batch *p = q->first;

	if (p == NULL)
		return NULL;
	q->first = p->next;
	q->count--;
	q->bytes -= p->weight;
	p->next = NULL;
	return p;
}

void
batch_insert(struct batch_queue *q, struct batch *p)
{
	struct batch **at = &q->first;

	while (*at != NULL && (*at)->serial < p->serial)
		at = &(*at)->next;
	if (*at == NULL) {
		batch_put(q, p);
		return;
	}
	p->next = *at;
	*at = p;
	q->count++;
	q->bytes += p->weight;
}
