/*
 * queue_compact: messages of nearly empty segments are copied forward, so that the segments can go;
 * see queue_private.h. Only messages with entries are copied: those that wait are all after the
 * cursor, in segments that are full of them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "queue/queue_private.h"

struct old {
	uint64_t number, lsn;
	uint32_t at, len;
};

static int
by_lsn(const void *a, const void *b)
{
	const struct old *x = a, *y = b;

	if (x->lsn != y->lsn)
		return x->lsn < y->lsn ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/*
 * Lists the entries of a segment in the order of the log. Returns their number, or SIZE_MAX with
 * errno.
 */
static size_t
list(struct queue *q, const struct queue_segment *g, struct old **all)
{
	size_t n = 0;

	if ((*all = malloc((g->entries + 1) * sizeof **all)) == NULL)
		return SIZE_MAX;
	for (uint64_t i = 0; i < q->x.state->heaped[QUEUE_AGED] && n < g->entries; i++) {
		const struct queue_entry *e = &q->x.entries[q->x.heap[QUEUE_AGED][i]];

		if (e->lsn >= g->base && e->lsn < g->base + g->bytes)
			(*all)[n++] = (struct old){ e->number, e->lsn, e->at, e->len };
	}
	qsort(*all, n, sizeof **all, by_lsn);
	return n;
}

/* A frame that is being put together. */
struct copy {
	struct buf ends, attribute_ends, numbers, payload, attributes, lead;
	uint32_t count;
};

static int
put(struct copy *c, const struct old *o, const struct queue_bytes *b)
{
	uint32_t end, attribute_end;

	if (buf_add(&c->payload, b->data, b->len) < 0 || buf_add(&c->attributes, b->attributes, b->attributes_len) < 0)
		return -1;
	end = (uint32_t)c->payload.len;
	attribute_end = (uint32_t)c->attributes.len;
	c->count++;
	return buf_add(&c->ends, &end, sizeof end) < 0 || buf_add(&c->attribute_ends, &attribute_end, sizeof end) < 0 ||
		buf_add(&c->numbers, &o->number, sizeof o->number) < 0 ?
	    -1 :
	    0;
}

static int
write_copy(struct queue *q, const struct queue_times *now, struct copy *c)
{
	struct queue_messages m = { .payload = c->payload.len, .attributes = c->attributes.len, .count = c->count };
	struct queue_part lead,
	    rest[2] = { { c->payload.data, c->payload.len }, { c->attributes.data, c->attributes.len } };
	uint32_t sum;
	int status;

	if (c->count == 0)
		return 0;
	c->lead.len = 0;
	if (buf_add(&c->lead, &m, sizeof m) < 0 || buf_add(&c->lead, c->ends.data, c->ends.len) < 0 ||
	    (m.attributes != 0 && buf_add(&c->lead, c->attribute_ends.data, c->attribute_ends.len) < 0) ||
	    buf_add(&c->lead, "\0\0\0\0\0\0\0", -c->lead.len & 7) < 0 ||
	    buf_add(&c->lead, c->numbers.data, c->numbers.len) < 0)
		return queue_fail_errno(q, NULL);
	lead = (struct queue_part){ c->lead.data, c->lead.len };
	sum = crc32c(crc32c(crc32c(0, lead.data, lead.len), rest[0].data, rest[0].len), rest[1].data, rest[1].len);
	status = queue_append(q, now, QUEUE_COPY, 0, &lead, rest, sum, 0);
	c->ends.len = c->attribute_ends.len = c->numbers.len = c->payload.len = c->attributes.len = 0;
	c->count = 0;
	return status;
}

/* Copies all messages of a segment that can be read. */
static int
copy_segment(struct queue *q, const struct queue_times *now, struct queue_segment g)
{
	struct copy c = { 0 };
	struct old *all;
	size_t n = list(q, &g, &all);
	int status = n == SIZE_MAX ? queue_fail_errno(q, NULL) : 0;

	for (size_t i = 0; status == 0 && i < n; i++) {
		struct queue_bytes b;
		int r = queue_bytes_get(q, &g, all[i].lsn, all[i].at, &b);

		if (r < 0 || (r > 0 && put(&c, &all[i], &b) < 0))
			status = queue_fail_errno(q, NULL);
		else if (c.payload.len + c.attributes.len > QUEUE_FRAME_MOST / 2)
			status = write_copy(q, now, &c);
	}
	if (status == 0)
		status = write_copy(q, now, &c);
	free(all);
	buf_free(&c.ends);
	buf_free(&c.attribute_ends);
	buf_free(&c.numbers);
	buf_free(&c.payload);
	buf_free(&c.attributes);
	buf_free(&c.lead);
	return status;
}

/* Returns the segment that keeps the most for the least, or NULL if the log is not too large. */
static struct queue_segment *
worst(const struct queue *q)
{
	const struct queue_state *s = q->x.state;
	struct queue_segment *found = NULL;
	uint64_t total = 0, lives = 0;

	for (uint64_t i = 0; i + 2 < s->segments; i++) {
		struct queue_segment *g = &q->x.segments[i];

		total += g->dead != 0 ? 0 : g->bytes;
		lives += g->waiting > 0 ? g->bytes : g->payload;
		if (g->waiting == 0 && g->entries > 0 && g->payload < g->bytes / 2 &&
		    (found == NULL || g->payload < found->payload))
			found = g;
	}
	return total > 2 * lives ? found : NULL;
}

int
queue_compact(struct queue *q, const struct queue_times *now)
{
	struct queue_segment *g;
	int status = 0;

	if (q->compacting)
		return 0;
	q->compacting = 1;
	for (int i = 0; i < 4 && status == 0 && (g = worst(q)) != NULL; i++)
		status = copy_segment(q, now, *g);
	q->compacting = 0;
	/* On a full disk the old segments stay until there is room. */
	return 0;
}
