/*
 * map_cut_block: the verb cut, many records at a time, if all parts are columns or fields that one
 * byte separates. A mask of 64 bits says where separators are in the next 64 bytes of a record, and
 * most often these are enough. What is not as usual (a quote before the end of the last part, a
 * record that lacks one and --need, or has more columns than its table) is left to cut_apply.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytemask.h"
#include "change/map_cut.h"
#include "change/map_private.h"

enum {
	PARTS_MAX = 64,     /* more parts are cut record by record; */
	COLUMNS_MAX = 4096, /* and so are parts further on in the record */
	FEW = 32            /* bytes that are copied at once, if there are as many */
};

/* Columns [from, to] of a record, counted from 1; to is REST for all that follow. */
struct map_cut_span {
	uint32_t from, to;
};

#define REST UINT32_MAX

struct map_cut_block {
	struct map_cut_span spans[PARTS_MAX];
	uint32_t count, most; /* most: the highest column that is asked for */
	size_t limit;         /* a record of more columns is left to cut_apply; 0: any number is right */
	char separator;
	int quoted;   /* 1: a quote may hide separators */
	uint32_t *at; /* of a record: at[k] is the end of column k; at[0] is before its first byte */
};

/*
 * Sets *from, *to and *separator to those of item i, and *quoted to 1 if quotes may hide
 * separators. Returns 0, or -1 if it is no such part.
 */
static int
look_up(const struct cut *c, size_t i, int64_t *from, int64_t *to, char *separator, int *quoted)
{
	const struct parts_item *item = &c->parts.items[i];
	const struct range *range = &c->parts.range;
	int columns = c->row.form == ROW_COLUMNS;
	struct range_view between;
	enum range_way way;
	uint32_t n;

	*quoted = c->row.quotes;
	if (columns)
		*separator = c->parts.table->between[0];
	if (columns && item->column > 0) {
		*from = *to = item->column;
		return 0;
	}
	if (columns)
		return range_columns(range, item->part, from, to) ? 0 : -1;
	if ((way = range_short(range, item->part, separator, &n)) == RANGE_FIELD || way == RANGE_QUOTED) {
		*from = *to = n;
		*quoted = way == RANGE_QUOTED;
		return 0;
	}
	if (range_kind(range, item->part, &between) != RANGE_IS_FIELDS || between.len != 1)
		return -1;
	*separator = between.data[0];
	return range_columns(range, item->part, from, to) ? 0 : -1;
}

/* Sets the span of item i and the separator. Returns 0, or -1 if there is no such span. */
static int
bind_item(const struct cut *c, size_t i, struct map_cut_block *f)
{
	int64_t from, to;
	char separator;
	uint32_t high;
	int quoted;

	if (look_up(c, i, &from, &to, &separator, &quoted) < 0 || (i > 0 && separator != f->separator) || from < 1 ||
	    to < from || from > COLUMNS_MAX || (to > COLUMNS_MAX && to != INT64_MAX))
		return -1;
	f->separator = separator;
	f->quoted |= quoted;
	f->spans[i] = (struct map_cut_span){ (uint32_t)from, to == INT64_MAX ? REST : (uint32_t)to };
	high = f->spans[i].to == REST ? f->spans[i].from : f->spans[i].to;
	f->most = high > f->most ? high : f->most;
	return 0;
}

int
map_cut_block_bind(struct cut *c)
{
	const struct parts *p = &c->parts;
	struct map_cut_block f = { .count = (uint32_t)p->count };
	int columns = c->row.form == ROW_COLUMNS && p->table->between_len == 1;

	map_cut_block_free(c);
	/* Text in which fields may have to be quoted is not so simple. */
	if ((!columns && (c->row.form != ROW_TEXT || c->row.quotes)) || p->count > PARTS_MAX)
		return 0;
	for (size_t i = 0; i < p->count; i++)
		if (bind_item(c, i, &f) < 0)
			return 0;
	if ((f.at = malloc((f.most + 1) * sizeof *f.at)) == NULL)
		return -1;
	if ((c->block = malloc(sizeof f)) == NULL) {
		free(f.at);
		return -1;
	}
	f.limit = columns && p->table->named ? p->table->count : 0;
	*c->block = f;
	return 0;
}

void
map_cut_block_free(struct cut *c)
{
	if (c->block != NULL)
		free(c->block->at);
	free(c->block);
	c->block = NULL;
}

/* ---- a record ---- */

#define LEFT UINT32_MAX

/*
 * Finds the columns of a record p[0, len), len > 0, up to f->most, and sets their ends. Returns how
 * many there are; or LEFT if there is a quote before the end of the last one. The bytes before end
 * can be read.
 */
static uint32_t
find(struct map_cut_block *f, const char *p, uint32_t len, const char *end)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < len; i += 64) {
		uint32_t chunk = len - i < 64 ? len - i : 64;
		size_t window = (size_t)(end - p) - i < 64 ? chunk : 64;
		uint64_t inside = ~UINT64_C(0) >> (64 - chunk);
		uint64_t mask = bytemask_of(p + i, window, f->separator, 0) & inside;
		uint64_t quotes = f->quoted ? bytemask_of(p + i, window, '"', 0) & inside : 0;

		for (; mask != 0; mask &= mask - 1) {
			f->at[n] = i + (uint32_t)__builtin_ctzll(mask);
			if (n++ == f->most)
				return (quotes & ((mask & -mask) - 1)) != 0 ? LEFT : f->most;
		}
		if (quotes != 0)
			return LEFT;
	}
	f->at[n] = len;
	return n;
}

/*
 * The same for records that are found by their first 64 bytes, all of which can be read, and
 * without a branch for each column: most records have as many as the one before.
 */
static inline uint32_t
find_usual(struct map_cut_block *f, const char *p, uint32_t len, const char *end)
{
	uint64_t mask, before = 1, inside = len < 64 ? (UINT64_C(1) << len) - 1 : ~UINT64_C(0);
	uint32_t most = f->most, *at = f->at;

	if (f->quoted || len == 0)
		return len > 0 ? find(f, p, len, end) : 0;
	mask = bytemask_of_64(p, f->separator) & inside;
	for (uint32_t k = 1; k < most; k++) {
		/* The highest bit changes nothing unless the mask is 0. */
		at[k] = (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63);
		before = mask;
		mask &= mask - 1;
	}
	if (mask == 0 && (before == 0 || len > 64))
		return find(f, p, len, end);
	at[most] = mask != 0 ? (uint32_t)__builtin_ctzll(mask) : len;
	return most;
}

/*
 * Returns 1 if a record seems to have more columns than its table, by all its separators, also
 * those in quotes. The bytes before end can be read.
 */
static inline int
too_many(const struct map_cut_block *f, const char *p, uint32_t len, const char *end)
{
	size_t n = 1;

	for (uint32_t i = 0; i < len; i += 64) {
		uint32_t chunk = len - i < 64 ? len - i : 64;
		size_t window = (size_t)(end - p) - i < 64 ? chunk : 64;
		uint64_t mask = bytemask_of(p + i, window, f->separator, 0) & ~UINT64_C(0) >> (64 - chunk);

		n += (size_t)__builtin_popcountll(mask);
	}
	return n > f->limit;
}

/* Copies n bytes. usual: FEW bytes can be read and written at least. */
static inline char *
copy(char *to, const char *p, size_t n, int usual)
{
	if (usual && n <= FEW)
		memcpy(to, p, FEW);
	else
		memcpy(to, p, n);
	return to + n;
}

/*
 * Writes the parts of a record that has that many columns, whose ends are found. Returns the end.
 */
static inline char *
put(const struct map_cut_block *f, const struct buf *between, const char *p, uint32_t len, uint32_t columns, char *to,
    int usual)
{
	for (uint32_t i = 0; i < f->count; i++) {
		const struct map_cut_span *s = &f->spans[i];
		uint32_t begin;

		if (i > 0 && between->len == 1)
			*to++ = *between->data;
		else if (i > 0 && between->len > 0)
			to = copy(to, between->data, between->len, 0);
		if (s->from > columns)
			continue;
		begin = f->at[s->from - 1] + 1;
		to = copy(to, p + begin, (s->to <= columns ? f->at[s->to] : len) - begin, usual);
	}
	return to;
}

/* Returns the most bytes that the parts of records [from, count) may have with their gaps. */
static size_t
room(const struct map *m, const struct cut *c, const struct block *b, uint32_t from)
{
	const struct map_cut_block *f = c->block;
	size_t between = (f->count - 1) * c->row.between.len + m->made.gap + 2;
	uint32_t same = 1;

	/* A column that is named several times is there as often. */
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t n = 0;

		for (uint32_t k = 0; k < f->count; k++)
			n += f->spans[k].from <= f->spans[i].from && f->spans[i].from <= f->spans[k].to;
		same = n > same ? n : same;
	}
	return same * (size_t)(b->size - block_start(b, from)) + (b->count - from) * between + FEW;
}

uint32_t
map_cut_block(struct map *m, const struct block *b, uint32_t from)
{
	struct cut *c = m->job;
	struct map_cut_block *f = c->block;
	const char *end = b->payload + b->size;
	uint32_t i = from, start;
	size_t most;
	char *to;

	if (f == NULL || b->size > BLOCK_USUAL || from == b->count)
		return from;
	/* What was made of the block's first records stays: together they are not too many. */
	most = room(m, c, b, from);
	if ((from == 0 ? made_reserve(&m->made, most, b->count) : buf_reserve(&m->made.payload, most)) < 0)
		return from;
	f->at[0] = UINT32_MAX; /* + 1 is the record's first byte */
	to = m->made.payload.data + m->made.payload.len;
	for (start = block_start(b, i); i < b->count; i++) {
		const char *p = b->payload + start;
		uint32_t len = b->ends[i] - start, columns;
		char *begin = to;

		if (f->limit > 0 && too_many(f, p, len, end))
			return i;
		if (end - (p + len) >= 64) {
			if ((columns = find_usual(f, p, len, end)) == LEFT)
				return i;
			to = put(f, &c->row.between, p, len, columns, to, 1);
		} else {
			if ((columns = len > 0 ? find(f, p, len, end) : 0) == LEFT)
				return i;
			to = put(f, &c->row.between, p, len, columns, to, 0);
		}
		if (columns < f->most && m->need)
			return i;
		/* A line of CSV that is empty would not be read as a row. */
		if (to == begin && c->row.single) {
			*to++ = '"';
			*to++ = '"';
		}
		if ((size_t)(to - begin) > m->made.most ||
		    (size_t)(to - m->made.payload.data) > block_payload_max(m->made.most))
			return i;
		memcpy(to, m->made.gaps, 2);
		made_note(&m->made, (size_t)(to - m->made.payload.data), block_position(b, i));
		to += m->made.gap;
		start = b->ends[i] + b->gap;
	}
	return i;
}
