/* sort_put: takes items in their order: to the output, or to a run in the file. */

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "change/sort_private.h"

enum { BLOCK_MOST = 256 * 1024, BLOCK_LEAST = 4096, BLOCKS = 16 };

size_t
sort_block(const struct sort *s)
{
	size_t n = s->size / BLOCKS & ~(size_t)7;

	return n > BLOCK_MOST ? BLOCK_MOST : n < BLOCK_LEAST ? BLOCK_LEAST : n;
}

int
sort_sink_open(struct sort_sink *k)
{
	if (!k->file)
		return 0;
	k->begin = k->sort->end;
	k->room = sort_block(k->sort);
	k->used = sizeof(struct sort_head);
	return (k->block = malloc(k->room)) == NULL ? sort_no_memory(k->sort) : 0;
}

/* ---- runs ---- */

static void
seal(struct sort_head *head, const void *items, size_t bytes)
{
	*head = (struct sort_head){ .bytes = bytes };
	head->sum = crc32c(crc32c(0, &head->bytes, sizeof head->bytes), items, bytes);
}

/* Writes the block, if there is something in it. */
static int
write_block(struct sort_sink *k)
{
	struct sort_head head;
	size_t used = k->used;

	if (used == sizeof head)
		return 0;
	seal(&head, k->block + sizeof head, used - sizeof head);
	memcpy(k->block, &head, sizeof head);
	k->used = sizeof head;
	return sort_write(k->sort, k->block, used);
}

static int
put_to_run(struct sort_sink *k, const struct sort_item *i)
{
	size_t bytes = sort_bytes(i);
	struct sort_head head;

	if (k->room - k->used < bytes && write_block(k) < 0)
		return -1;
	if (k->room - k->used >= bytes) {
		memcpy(k->block + k->used, i, bytes);
		k->used += bytes;
		return 1;
	}
	seal(&head, i, bytes);
	return sort_write(k->sort, &head, sizeof head) < 0 || sort_write(k->sort, i, bytes) < 0 ? -1 : 1;
}

/* ---- the output ---- */

/* Puts an item with its gap, or without. */
static void
put_record(struct sort *s, const struct sort_item *i, int gap)
{
	uint32_t end = i->len;
	const char *data = sort_data(i);
	const struct block b = { .kind = BLOCK_DATA,
		.gap = i->gap,
		.count = 1,
		.size = end + (gap ? i->gap : 0),
		.base = s->number,
		.next = s->number + 1,
		.status = i->gap == 1 ? (unsigned char)data[end] : 0,
		.payload = (char *)(uintptr_t)data,
		.ends = &end };

	rec_out_records(s->out, &b, 0, 1);
	s->number++;
}

static const struct sort_item *
item_in(const struct buf *b)
{
	return b->len > 0 ? (const struct sort_item *)(const void *)b->data : NULL;
}

void
sort_put_last(struct sort *s)
{
	if (item_in(&s->late) != NULL)
		put_record(s, item_in(&s->late), 0);
	s->late.len = 0;
}

static int
put_out(struct sort *s, const struct sort_item *i)
{
	if (item_in(&s->late) != NULL) {
		put_record(s, item_in(&s->late), 1);
		s->late.len = 0;
	}
	if (!i->lacks)
		put_record(s, i, 1);
	else if (buf_reserve(&s->late, sort_bytes(i)) < 0 || buf_add(&s->late, i, sort_bytes(i)) < 0)
		return sort_no_memory(s);
	return s->out->state == REC_OUT_OPEN;
}

/* ---- what is kept ---- */

static int
put(struct sort_sink *k, const struct sort_item *i)
{
	if (k->count == k->sort->limit)
		return 0;
	k->count++;
	return k->file ? put_to_run(k, i) : put_out(k->sort, i);
}

int
sort_sink_put(struct sort_sink *k, const struct sort_item *i)
{
	struct sort *s = k->sort;
	const struct sort_item *before;
	int result = 1;

	if (s->unique == SORT_ALL)
		return put(k, i);
	if ((before = item_in(&k->last)) != NULL) {
		struct range_view a = sort_key(before), b = sort_key(i);
		int same = sortkey_compare(&s->key, &a, &b, 0) == 0;

		if (same && s->unique == SORT_FIRST)
			return 1;
		if (!same && s->unique == SORT_LAST)
			result = put(k, before);
	}
	if (s->unique == SORT_FIRST)
		result = put(k, i);
	k->last.len = 0;
	if (buf_reserve(&k->last, sort_bytes(i) + 1) < 0 || buf_add(&k->last, i, sort_bytes(i)) < 0)
		return sort_no_memory(s);
	return result;
}

int
sort_sink_end(struct sort_sink *k)
{
	struct sort *s = k->sort;

	if (s->fault->status != 0)
		return -1;
	if (s->unique == SORT_LAST && item_in(&k->last) != NULL && put(k, item_in(&k->last)) < 0)
		return -1;
	return k->file ? (write_block(k) < 0 ? -1 : sort_add_run(s, k->begin)) : 0;
}

void
sort_sink_free(struct sort_sink *k)
{
	free(k->block);
	buf_free(&k->last);
}
