/*
 * map_text: replaces a text in all records of a block. The text is searched for in the whole
 * payload, and what is between two places is copied as one, be it a part of a record or many
 * records with their gaps.
 */

#include <string.h>

#include "change/map_private.h"

/* A block that is being changed. */
struct work {
	struct made *made;
	const struct block *b;
	uint32_t record; /* the first that is not noted yet */
	size_t done;     /* payload[0, done) is copied, or replaced */
	char *to;        /* where the rest goes */
};

int
map_text_can(const struct map *m, const struct block *b)
{
	const struct made *made = &m->made;

	return b->count > 0 && b->gap == made->gap &&
	    (b->gap == 1 ? (char)b->status == made->gaps[0] : memcmp(made->gaps, "\r\n", 2) == 0);
}

/* Copies the payload up to `end`. */
static void
copy(struct work *w, size_t end)
{
	memcpy(w->to, w->b->payload + w->done, end - w->done);
	w->to += end - w->done;
	w->done = end;
}

/* Returns how much further on than in the block the bytes from w->done on are. */
static size_t
shift(const struct work *w)
{
	return (size_t)(w->to - w->made->payload.data) - w->done;
}

/* Notes the records before number `record`, which do not change further. */
static void
note(struct work *w, uint32_t record)
{
	made_run(w->made, w->b, w->record, record, shift(w));
	w->record = record;
}

/* Makes room for n bytes besides the rest of the block. Returns 0, or -1 with errno ENOMEM. */
static int
reserve(struct work *w, size_t n)
{
	struct buf *payload = &w->made->payload;
	size_t used = (size_t)(w->to - payload->data), len = payload->len;
	int result;

	n += w->b->size - w->done + 2;
	if (payload->cap - used >= n)
		return 0;
	payload->len = used;
	result = buf_reserve(payload, n);
	payload->len = len;
	w->to = payload->data + used;
	return result;
}

/* Returns 1 if a block can hold what is written and the rest of this one, else 0. */
static int
fits(const struct work *w)
{
	return w->b->ends[w->b->count - 1] + shift(w) <= block_payload_max(w->made->most);
}

/*
 * Replaces the text in the next record, which holds it, at payload[at] for the first time. Sets *at
 * to the next place of the text after that record, or SIZE_MAX. Returns 0; or -1 if the record is
 * left: it or the block would be too long, or memory is short.
 */
static int
replace(struct work *w, const struct map_text *t, size_t *at)
{
	const struct block *b = w->b;
	size_t start = block_start(b, w->record), end = b->ends[w->record], begin;
	uint64_t left = t->most;
	int bad = 0;

	copy(w, start);
	begin = start + shift(w);
	do {
		if ((bad = reserve(w, t->to_len)) < 0)
			break;
		copy(w, *at);
		memcpy(w->to, t->to, t->to_len);
		w->to += t->to_len;
		w->done = *at + t->from->len;
		*at = scan_text(t->from, b->payload, b->size, --left > 0 ? w->done : end);
	} while (left > 0 && *at != SIZE_MAX && *at + t->from->len <= end);
	if (bad == 0 && end + shift(w) - begin <= w->made->most && fits(w))
		return 0;
	/* Only what was written before it stays. */
	w->to = w->made->payload.data + begin;
	w->done = start;
	return -1;
}

uint32_t
map_text(struct map *m, const struct block *b, uint32_t from, const struct map_text *t)
{
	struct work w = { .made = &m->made, .b = b, .record = from, .done = block_start(b, from) };
	size_t at = scan_text(t->from, b->payload, b->size, w.done);
	int left = 0;

	if (at == SIZE_MAX && from == 0 && !block_lacks_gap(b))
		return MAP_SAME;
	/* What was made of the block's first records stays: together they are not too many. */
	if (buf_reserve(&w.made->payload, 1) < 0)
		return from;
	w.to = w.made->payload.data + w.made->payload.len;
	if (!fits(&w) || reserve(&w, 0) < 0)
		return from;
	while (at != SIZE_MAX) {
		uint32_t i = (uint32_t)scan_ends(b->ends, w.record, b->count, at + t->from->len);

		if (i == b->count)
			break;
		note(&w, i);
		if (at < block_start(b, i)) {
			at = scan_text(t->from, b->payload, b->size, block_start(b, i)); /* it was in the gap, too */
			continue;
		}
		if ((left = replace(&w, t, &at)) < 0)
			break;
	}
	if (left < 0)
		return w.record;
	copy(&w, b->ends[b->count - 1]);
	memcpy(w.to, w.made->gaps, w.made->gap);
	note(&w, b->count);
	return b->count;
}
