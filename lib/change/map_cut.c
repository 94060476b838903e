/*
 * map_cut: the verb cut, which makes records of some parts of a record, in the order named.
 *
 * Rows whose columns one byte separates are cut a block at a time: all separators of the block are
 * found at once, and a record's columns are counted from its first one on. A record with a quote in
 * it is read field by field.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "base/status.h"
#include "change/map_cut.h"
#include "change/map_private.h"
#include "match/columns.h"

enum { ITEMS_MAX = 64 }; /* more columns than this are cut record by record */

static void
cut_free(struct map *m)
{
	struct cut *c = m->job;

	if (c == NULL)
		return;
	parts_free(&c->parts);
	row_free(&c->row);
	buf_free(&c->levels);
	buf_free(&c->join);
	edit_free(&c->edit);
	buf_free(&c->between[0]);
	buf_free(&c->between[1]);
	free(c->spans);
	free(c->marks);
	free(c);
	m->job = NULL;
}

static int
cut_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct cut *c = calloc(1, sizeof *c);

	m->job = c;
	if (c == NULL)
		return map_no_memory(error);
	if (m->separator != NULL && range_fields(&c->parts.range, m->separator, error) < 0)
		return -1;
	if (m->join != NULL && map_join(m, &c->join, error) < 0)
		return -1;
	if (range_all(&c->parts.range, words, count, error) < 0)
		return -1;
	if (m->invert && (m->join != NULL || m->need)) {
		(void)buf_addf(error, "%s does not go with -v, which leaves the rest of the record as it is",
		    m->join != NULL ? "-O" : "--need");
		return -1;
	}
	if (c->parts.range.count == 0) {
		(void)buf_adds(error, "the parts of the record are expected: .id, f2, w3 or 1-8");
		return -1;
	}
	return 0;
}

static int
bind_row(struct map *m, struct cut *c, const struct table *t, struct buf *error)
{
	struct range_view *names = calloc(c->parts.count + 1, sizeof *names), sep;
	struct row_shape shape = { .names = names, .count = c->parts.count };
	int status;

	if (names == NULL)
		return map_no_memory_status(error);
	for (size_t i = 0; i < c->parts.count; i++)
		names[i] = c->parts.items[i].name;
	sep = parts_between(&c->parts, &shape.csv);
	shape.between = sep.data;
	shape.between_len = sep.len;
	shape.separator = m->join != NULL ? c->join.data : NULL;
	shape.separator_len = c->join.len;
	status = row_bind(&c->row, &shape, t, error);
	free(names);
	return status;
}

/*
 * Makes ready for the fast way, if there is one: all parts are columns with one byte between
 * them.
 */
static int
bind_fast(struct cut *c, struct buf *error)
{
	const struct parts *p = &c->parts;
	int columns = c->row.form == ROW_COLUMNS && p->table->between_len == 1 && p->count <= ITEMS_MAX;

	for (size_t i = 0; i < p->count; i++)
		columns &= p->items[i].column > 0;
	if (columns && (c->marks = malloc((BLOCK_USUAL + 64) * sizeof *c->marks)) == NULL)
		return map_no_memory_status(error);
	return 0;
}

static int
cut_bind(struct map *m, const struct table *t, struct buf *error)
{
	struct cut *c = m->job;
	int status;

	if ((status = parts_bind(&c->parts, t, 0, error)) != 0 ||
	    (m->invert && (status = map_cut_bind(m, c, t, error)) != 0) || c->way != CUT_NOT)
		return status;
	if ((status = bind_row(m, c, t, error)) != 0 || (status = bind_fast(c, error)) != 0)
		return status;
	if (c->row.table != t)
		map_declare(m, c->row.table);
	return 0;
}

/* ---- a record ---- */

/* Puts a part that is no column. Returns 1; 0 if the record lacks it; -1 with errno ENOMEM. */
static int
put_part(struct cut *c, const struct parts_item *item, const struct rec *r)
{
	struct range_view v;
	int json, there = parts_view(&c->parts, item, r->data, r->len, &v, &json);

	if (there <= 0)
		row_absent(&c->row);
	else if (json)
		row_json(&c->row, v.data, v.len);
	else if (c->row.form == ROW_COLUMNS && !c->parts.table->named)
		row_raw(&c->row, v.data, v.len); /* several columns, with what is between them */
	else
		row_string(&c->row, v.data, v.len);
	return there;
}

static const char *
cut_apply(struct map *m, const struct rec *r)
{
	struct cut *c = m->job;
	struct parts *p = &c->parts;
	const struct table *t = p->table;
	const char *why;
	int missing = 0;

	if (t != NULL && t->named && (t->format == TABLE_CSV || t->format == TABLE_PLAIN) &&
	    columns_count(t, r->data, r->len, t->count) > t->count)
		return columns_too_many;
	if (c->way != CUT_NOT)
		return map_cut_apply(m, c, r);
	why = c->row.form == ROW_JSON ? edit_check_object(r->data, r->len, &c->levels) : NULL;
	if (why != NULL)
		return why;
	if (p->most > 0 && parts_divide(p, r->data, r->len) < 0)
		return "";
	row_begin(&c->row, map_bytes(m));
	for (size_t i = 0; i < p->count; i++) {
		const struct parts_item *item = &p->items[i];
		int there = 1;

		if (item->column == 0) {
			there = put_part(c, item, r);
		} else if (p->fields[item->column - 1].data == NULL) {
			there = 0;
			row_absent(&c->row);
		} else {
			row_raw(&c->row, p->fields[item->column - 1].data, p->fields[item->column - 1].len);
		}
		if (there < 0)
			return "";
		missing |= there == 0;
	}
	if ((why = row_end(&c->row)) != NULL) {
		size_t at = c->row.wrong_part;

		return at < p->count ? map_wrong(m, why, p->items[at].name.data, p->items[at].name.len) : why;
	}
	return missing && m->need ? map_lacks : map_record(m, r);
}

/* ---- a block at once ---- */

/*
 * Copies n bytes, which are few in most fields. readable is the end of what may be read from p
 * on.
 */
static inline char *
copy(char *to, const char *p, size_t n, const char *readable)
{
	if (n <= 16 && readable - p >= 16)
		memcpy(to, p, 16);
	else
		memcpy(to, p, n);
	return to + n;
}

/*
 * Makes a record of record i, whose separators are marks[0, n): those from its first byte on.
 * Returns the end of what was written at `to`.
 */
static inline char *
cut_one(const struct cut *c, const struct block *b, uint32_t start, uint32_t end, const uint32_t *marks, uint32_t n,
    char *to, char separator)
{
	const char *readable = b->payload + b->size;

	for (size_t i = 0; i < c->parts.count; i++) {
		uint32_t k = (uint32_t)c->parts.items[i].column - 1, begin, stop;

		if (i > 0)
			*to++ = separator;
		if (k > n)
			continue;
		begin = k > 0 ? marks[k - 1] + 1 : start;
		stop = k < n ? marks[k] : end;
		to = copy(to, b->payload + begin, stop - begin, readable);
	}
	return to;
}

static uint32_t
cut_run(struct map *m, const struct block *b, uint32_t from)
{
	struct cut *c = m->job;
	char separator = c->marks != NULL ? c->parts.table->between[0] : '\0', *to;
	uint32_t i = from, usual = 0, *marks = c->marks, *last;
	size_t used, n, room, most;

	if (c->marks == NULL || b->size > BLOCK_USUAL || from > 0 || m->need || b->count == 0)
		return from;
	if (c->row.quotes && memchr(b->payload, '"', b->size) != NULL)
		return from;
	/* A column may be named several times. */
	room = c->parts.count * ((size_t)b->size + b->count * 2) + (size_t)b->count * m->made.gap + 32;
	if (made_reserve(&m->made, room, b->count) < 0)
		return from;
	n = scan_bytes(b->payload, b->size, separator, 0, marks, BLOCK_USUAL, &used);
	last = marks + n;
	most = c->parts.table->named ? c->parts.table->count - 1 : SIZE_MAX;
	to = m->made.payload.data + m->made.payload.len;
	for (; i < b->count; i++) {
		uint32_t start = block_start(b, i), end = b->ends[i];
		size_t left = (size_t)(last - marks);
		char *begin = to;

		/* A separator may also be in the gap. */
		for (; left > 0 && *marks < start; left--)
			marks++;
		/* Most records have as many columns as the one before. */
		if (!(usual <= left && (usual == left || marks[usual] >= end) &&
			(usual == 0 || marks[usual - 1] < end)))
			for (usual = 0; usual < left && marks[usual] < end; usual++)
				continue;
		if (usual > most)
			return i;
		to = cut_one(c, b, start, end, marks, usual, to, separator);
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
		marks += usual;
	}
	return i;
}

const struct map_verb map_cut = {
	.name = "cut",
	.operands = "[-v] RANGE ...",
	.summary = "the parts of the record, in the order named: columns, members, fields, words",
	.help = "  cut .id,.price   cut f2 f5-*   cut w3\n",
	.options = MAP_O | MAP_F | MAP_NEED | MAP_INVERT,
	.compile = cut_compile,
	.bind = cut_bind,
	.apply = cut_apply,
	.run = cut_run,
	.free = cut_free,
};
