/*
 * worker_take: what worker.h says of answers. A worker that has died may have left other processes
 * that have its output open, such as the rest of a shell's pipeline. They are not waited for, but
 * what had come by then counts.
 */

#include "work/worker.h"

struct rec_in *
worker_answers(struct worker *w)
{
	return w->drained ? &w->in : NULL;
}

size_t
worker_unanswered(const struct worker *w)
{
	return w->sent.bytes;
}

void
worker_spend(struct worker *w, size_t most)
{
	while (w->sent.bytes > most && batch_spend(&w->sent))
		;
}

struct batch *
worker_left(struct worker *w)
{
	return batch_shift(&w->sent);
}

uint64_t
worker_safe(const struct worker *w)
{
	if (w->sink)
		return w->sent_records > 0 ? w->begin : UINT64_MAX;
	return w->unsafe ? w->safe : UINT64_MAX;
}

/* ---- whether an answer is one ---- */

/*
 * Returns 1 if the watermark is among the positions that the worker was sent, or 0: it has taken
 * nothing yet.
 */
static int
known_mark(const struct worker *w, uint64_t next)
{
	return next == 0 || (next >= w->begin && next <= w->end);
}

/* Returns 1 if the positions of the block are those of records that the worker was sent. */
static int
known(const struct worker *w, const struct block *b)
{
	const struct batch *p = w->sent.first;
	uint32_t to;

	if (!known_mark(w, b->next))
		return 0;
	if (b->kind == BLOCK_LOSS)
		return b->base >= w->begin && b->base <= w->end;
	for (uint32_t from = 0; from < b->count; from = to) {
		while (p != NULL && block_position(b, from) > p->top + p->jump)
			p = p->next;
		if (p == NULL)
			return 0;
		to = b->count;
		if (block_position(b, to - 1) > p->top + p->jump)
			for (to = from + 1; block_position(b, to) <= p->top + p->jump; to++)
				;
		if (!batch_knows(p, b, from, to))
			return 0;
	}
	return 1;
}

/* ---- what is answered ---- */

/*
 * Notes the place where the watermark stays while answers go on, before the records there are
 * forgotten as answered.
 */
static void
note_safety(struct worker *w)
{
	const struct batch *p = w->sent.first;
	uint64_t watermark = w->in.watermark;

	/* With retries, only records below the watermark are answered. */
	if (w->settles || watermark >= w->in.next) {
		w->unsafe = 0;
		return;
	}
	while (p != NULL && batch_before(p, watermark) == p->block.count)
		p = p->next;
	/*
	 * If it stays there for longer, the first place noted is as good: no watermark passes that.
	 */
	if (w->unsafe || p == NULL)
		return;
	w->unsafe = 1;
	w->safe = p->held != NULL ? batch_position(p, batch_before(p, watermark)) : p->first;
}

/* Notes that all records below this position of its stream are answered. */
static void
advance(struct worker *w, uint64_t next)
{
	struct batch *p;

	if (next > w->answered && next > w->begin) {
		w->answered = next;
		w->barren = 0;
	}
	while ((p = w->sent.first) != NULL) {
		uint32_t n = batch_before(p, w->answered);

		if (n > p->answered)
			p->answered = n;
		if (p->answered < p->block.count)
			return;
		batch_drop(batch_shift(&w->sent));
	}
}

/*
 * Gives the gather those answers of the tail that are below next, or all. Returns 0, or -1 with
 * ENOMEM.
 */
static int
settle(struct worker *w, struct gather *g, uint64_t next, int all)
{
	while (w->tail != NULL) {
		struct held *h = w->tail, *part;
		struct block *b = &h->block;
		uint32_t n = 0;

		if (all || b->kind != BLOCK_DATA || b->count == 0 || block_position(b, b->count - 1) < next)
			n = b->count;
		else
			while (block_position(b, n) < next)
				n++;
		if (n == b->count) {
			w->tail = h->next;
			if (gather_answer(g, &w->sent, h) < 0)
				return -1;
			continue;
		}
		if (n == 0)
			return 0;
		if ((part = held_records(b, 0, n)) == NULL || gather_answer(g, &w->sent, part) < 0 ||
		    (part = held_records(b, n, b->count)) == NULL)
			return -1;
		part->next = h->next;
		w->tail = part;
		held_drop(h);
	}
	return 0;
}

/* Takes a block of answers. Returns 0, or -1 with ENOMEM. */
static int
answer(struct worker *w, struct gather *g, const struct block *b)
{
	struct held **at = &w->tail, *h;
	uint64_t next = w->settles ? w->in.watermark : b->next; /* rec_in_hold may move the block */

	if (b->count > 0 || b->kind == BLOCK_LOSS) {
		if ((h = rec_in_hold(&w->in, b)) == NULL)
			return -1;
		while (*at != NULL)
			at = &(*at)->next;
		h->next = NULL;
		*at = h;
		if (h->block.kind == BLOCK_DATA)
			w->touched = block_position(&h->block, h->block.count - 1);
	}
	if (settle(w, g, next, !w->settles) < 0)
		return -1;
	note_safety(w);
	advance(w, next);
	return 0;
}

int
worker_take(struct worker *w, struct gather *g)
{
	struct block b;
	const char *why;
	int got;

	if (!w->drained || w->in.end != REC_IN_OPEN)
		return 0;
	got = rec_in_try(&w->in, &b);
	if (got == 0) {
		/*
		 * All that the process wrote has come. Others that have the pipe open are not
		 * waited for.
		 */
		if (w->process.ended && w->process.status != 0)
			worker_abandon(w);
		return 0;
	}
	if (got > 0) {
		if (known(w, &b))
			return answer(w, g, &b) < 0 ? -1 : 1;
		w->lost_positions = 1;
		worker_abandon(w);
		return 1;
	}
	/* The watermark of the end mark counts as any other. */
	if (w->in.end == REC_IN_GOOD || w->in.end == REC_IN_FAILED) {
		if (!known_mark(w, w->in.next))
			w->lost_positions = 1;
		else if (settle(w, g, w->in.watermark, 0) < 0)
			return -1;
		note_safety(w);
		if (!w->lost_positions)
			advance(w, w->in.watermark);
		/*
		 * It ends well, so the record that it answered to last is answered, even if its
		 * watermark is not above that.
		 */
		if (!w->settles && w->in.end == REC_IN_GOOD && w->touched > 0)
			advance(w, w->touched + 1);
	}
	if (w->in.end != REC_IN_GOOD && w->in.end != REC_IN_FAILED && w->in.end != REC_IN_CUT)
		worker_abandon(w);
	else if (w->in.end != REC_IN_GOOD)
		(void)rec_in_close(&w->in, &why);
	return 1;
}
