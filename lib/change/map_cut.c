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

#include "base/bom.h"
#include "base/scan.h"
#include "base/status.h"
#include "change/map_private.h"
#include "match/columns.h"
#include "match/json.h"

enum { AT_MAX = 512 }; /* columns up to this number are found in a block at once */

/* What a result is made of. */
struct item {
	int64_t column; /* counted from 1; 0: the part */
	size_t part;
	struct range_view name;
};

struct cut {
	struct range range;
	struct row row;
	struct item *items;
	size_t count, room;
	int64_t most;      /* the highest column */
	struct buf names;  /* of paths */
	struct buf levels; /* for json_valid */
	struct buf scratch;
	const struct table *table; /* a share */
	struct range_view *fields; /* the record's columns, as they stand; `most` entries */
	uint32_t *marks;   /* where the block's separators are; NULL: there is no fast way */
	struct buf join;   /* -O */
};

static void
cut_free(struct map *m)
{
	struct cut *c = m->job;

	if (c == NULL)
		return;
	range_free(&c->range);
	row_free(&c->row);
	table_drop((struct table *)(uintptr_t)c->table);
	buf_free(&c->names);
	buf_free(&c->levels);
	buf_free(&c->scratch);
	buf_free(&c->join);
	free(c->items);
	free(c->fields);
	free(c->marks);
	free(c);
	m->job = NULL;
}

static int
cut_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct cut *c = calloc(1, sizeof *c);

	if ((m->job = c) == NULL)
		return map_no_memory(error);
	if (m->separator != NULL && range_fields(&c->range, m->separator, error) < 0)
		return -1;
	if (m->join != NULL && range_separator(&c->join, m->join, strlen(m->join), error) < 0)
		return -1;
	if (range_all(&c->range, words, count, error) < 0)
		return -1;
	if (c->range.count == 0) {
		(void)buf_adds(error, "the parts of the record are expected: .id, f2, w3 or 1-8");
		return -1;
	}
	return 0;
}

/* ---- the parts ---- */

/* Adds a result. Returns 0, or -1 with errno ENOMEM. */
static int
add(struct cut *c, int64_t column, size_t part, const struct range_view *name)
{
	if (c->count == c->room) {
		size_t room = c->room > 0 ? 2 * c->room : 16;
		struct item *more = reallocarray(c->items, room, sizeof *more);

		if (more == NULL)
			return -1;
		c->items = more;
		c->room = room;
	}
	c->items[c->count++] = (struct item){ column, part, name != NULL ? *name : (struct range_view){ NULL, 0 } };
	if (column > c->most)
		c->most = column;
	return 0;
}

/* Adds the columns [from, to] of a table with names. Returns 0, or a status with a line in error. */
static int
add_columns(struct cut *c, const struct table *t, size_t part, int64_t from, int64_t to, struct buf *error)
{
	int64_t total = (int64_t)t->count, first = from > 0 ? from : total + from + 1,
		last = to > total ? total : to > 0 ? to : total + to + 1;

	if (first < 1)
		first = 1;
	if (first > last) {
		(void)buf_addf(error, "part %zu is beyond the columns: the table has %zu", part + 1, t->count);
		return EX_DATAERR;
	}
	for (; first <= last; first++)
		if (add(c, first, part, &t->names[first - 1]) < 0)
			return map_no_memory_status(error);
	return 0;
}

/* Adds a part that is no column, and its name if it is a path. Returns as add_columns does. */
static int
add_part(struct cut *c, const struct table *t, size_t part, struct buf *error)
{
	size_t before = c->names.len, names;
	struct range_view name = { NULL, 0 };
	int path = range_path(&c->range, part, &c->names, &names);

	if (path < 0 || buf_terminate(&c->names) < 0)
		return map_no_memory_status(error);
	if (path == 0 && t != NULL && t->named && t->format != TABLE_JSON) {
		(void)buf_addf(error, "part %zu has no name, and columns of this table have: set NAME='range(\"w2\")' makes one",
		    part + 1);
		return EX_DATAERR;
	}
	/* The name's place is known once all names are there. */
	if (path > 0)
		name = (struct range_view){ "", c->names.len - before };
	return add(c, 0, part, &name) < 0 ? map_no_memory_status(error) : 0;
}

/* Makes the list of results. Returns 0, or a status with a line in error. */
static int
list(struct cut *c, const struct table *t, struct buf *error)
{
	const char *at;
	int status = 0;

	for (size_t i = 0; i < c->range.count && status == 0; i++) {
		int64_t from, to;

		if (t == NULL || t->format == TABLE_JSON || !range_columns(&c->range, i, &from, &to))
			status = add_part(c, t, i, error);
		else if (t->named)
			status = add_columns(c, t, i, from, to, error);
		else if (from == to && from > 0)
			status = add(c, from, i, NULL) < 0 ? map_no_memory_status(error) : 0;
		else
			status = add_part(c, t, i, error);
	}
	at = c->names.data;
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].column == 0 && c->items[i].name.data != NULL) {
			c->items[i].name.data = at;
			at += c->items[i].name.len;
		}
	return status;
}

/*
 * What separates parts of text: what is between them in a record, if all are of one kind, else a
 * tab.
 */
static struct range_view
between(const struct cut *c, int *csv)
{
	struct range_view first, other;
	enum range_kind kind = range_kind(&c->range, 0, &first);

	*csv = kind == RANGE_IS_CSV;
	for (size_t i = 1; i < c->range.count; i++)
		if (range_kind(&c->range, i, &other) != kind || other.len != first.len ||
		    (other.len > 0 && memcmp(other.data, first.data, other.len) != 0))
			first.data = NULL;
	if (first.data != NULL)
		return first;
	*csv = 0;
	return (struct range_view){ "\t", 1 };
}

static int
bind_row(struct map *m, struct cut *c, const struct table *t, struct buf *error)
{
	struct range_view *names = calloc(c->count + 1, sizeof *names), sep;
	struct row_shape shape = { .names = names, .count = c->count };
	int status;

	if (names == NULL)
		return map_no_memory_status(error);
	for (size_t i = 0; i < c->count; i++)
		names[i] = c->items[i].name;
	sep = between(c, &shape.csv);
	shape.between = sep.data;
	shape.between_len = sep.len;
	shape.separator = m->join != NULL ? c->join.data : NULL;
	shape.separator_len = c->join.len;
	status = row_bind(&c->row, &shape, t, error);
	free(names);
	return status;
}

/* Makes ready for the fast way, if there is one: all parts are columns with one byte between them. */
static int
bind_fast(struct cut *c, struct buf *error)
{
	int columns = c->row.form == ROW_COLUMNS && c->table->between_len == 1 && c->most < AT_MAX;

	for (size_t i = 0; i < c->count; i++)
		columns &= c->items[i].column > 0;
	if ((c->fields = calloc((size_t)c->most + 1, sizeof *c->fields)) == NULL)
		return map_no_memory_status(error);
	if (columns && (c->marks = malloc((BLOCK_USUAL + 64) * sizeof *c->marks)) == NULL)
		return map_no_memory_status(error);
	return 0;
}

static int
cut_bind(struct map *m, const struct table *t, struct buf *error)
{
	struct cut *c = m->job;
	int status;

	if (range_table(&c->range, t, error) < 0)
		return EX_DATAERR;
	c->table = table_share((struct table *)(uintptr_t)t);
	if ((status = list(c, t, error)) != 0 || (status = bind_row(m, c, t, error)) != 0 ||
	    (status = bind_fast(c, error)) != 0)
		return status;
	if (c->row.table != t)
		map_declare(m, c->row.table);
	return 0;
}

/* ---- a record ---- */

/* Finds the record's columns, up to the highest that is wanted. Those that it lacks have no data. */
static int
divide(struct cut *c, const struct rec *r)
{
	const char *p = r->data, *end = r->data + r->len;
	size_t most = (size_t)c->most, n = 0;

	/* A record of no bytes has no columns. */
	if (r->len == 0)
		p = NULL;
	for (; p != NULL && n < most; n++) {
		if (c->table->format == TABLE_WORDS) {
			if (table_field(c->table, n, &p, end, &c->fields[n], &c->scratch) < 0)
				return -1;
		} else {
			const char *begin = p, *stop = columns_end(c->table, begin, end, &p);

			c->fields[n] = (struct range_view){ begin, (size_t)(stop - begin) };
		}
	}
	for (; n < most; n++)
		c->fields[n] = (struct range_view){ NULL, 0 };
	return 0;
}

/* Puts a part that is no column. Returns 1; 0 if the record lacks it; -1 with errno ENOMEM. */
static int
put_part(struct cut *c, size_t part, const struct rec *r)
{
	struct range_view v;
	int json = range_is_json(&c->range, part), there;

	there = json ? range_written(&c->range, part, r->data, r->len, &v) :
	    range_view(&c->range, part, r->data, r->len, &v);
	if (there <= 0)
		row_absent(&c->row);
	else if (json)
		row_json(&c->row, v.data, v.len);
	else if (c->table != NULL && !c->table->named && c->row.form == ROW_COLUMNS && c->items[0].name.data == NULL)
		row_raw(&c->row, v.data, v.len);
	else
		row_string(&c->row, v.data, v.len);
	return there;
}

/* Returns why the record is no object of JSON, or NULL. */
static const char *
check_object(struct cut *c, const struct rec *r)
{
	size_t at = bom_utf8(r->data, r->len);
	int valid = json_valid(r->data + at, r->len - at, &c->levels);

	if (valid < 0)
		return "";
	while (at < r->len && strchr(" \t\r\n", r->data[at]) != NULL && r->data[at] != '\0')
		at++;
	return valid == 0 ? "it is not JSON (for CSV: rec-split -f csv -H)" :
	    r->data[at] != '{' ? "it is no object of JSON" : NULL;
}

static const char *
cut_apply(struct map *m, const struct rec *r)
{
	struct cut *c = m->job;
	const char *why = c->row.form == ROW_JSON ? check_object(c, r) : NULL;
	int missing = 0;

	if (why != NULL)
		return why;
	if (c->most > 0 && divide(c, r) < 0)
		return "";
	row_begin(&c->row, map_bytes(m));
	for (size_t i = 0; i < c->count; i++) {
		const struct item *item = &c->items[i];
		int there = 1;

		if (item->column == 0) {
			there = put_part(c, item->part, r);
		} else if (c->fields[item->column - 1].data == NULL) {
			there = 0;
			row_absent(&c->row);
		} else {
			row_raw(&c->row, c->fields[item->column - 1].data, c->fields[item->column - 1].len);
		}
		if (there < 0)
			return "";
		missing |= there == 0;
	}
	if ((why = row_end(&c->row)) != NULL) {
		if (c->row.wrong_part < c->count)
			(void)map_wrong(m, why, c->items[c->row.wrong_part].name.data, c->items[c->row.wrong_part].name.len);
		return why;
	}
	return missing && m->need ? map_lacks : map_record(m, r);
}

/* ---- a block at once ---- */

/* Copies n bytes, which are few in most fields. readable is the end of what may be read from p on. */
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
 * Makes a record of record i, whose separators are marks[0, n): those from its first byte on. Returns
 * the end of what was written at `to`.
 */
static inline char *
cut_one(const struct cut *c, const struct block *b, uint32_t start, uint32_t end, const uint32_t *marks, uint32_t n,
    char *to, char separator)
{
	const char *readable = b->payload + b->size;

	for (size_t i = 0; i < c->count; i++) {
		uint32_t k = (uint32_t)c->items[i].column - 1, begin, stop;

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
	char separator = c->marks != NULL ? c->table->between[0] : '\0', *to;
	uint32_t i = from, usual = 0, *marks = c->marks, *last;
	size_t used, n, room;

	if (c->marks == NULL || b->size > BLOCK_USUAL || from > 0 || m->need || b->count == 0)
		return from;
	if (c->row.quotes && memchr(b->payload, '"', b->size) != NULL)
		return from;
	/* A column may be named several times. */
	room = c->count * ((size_t)b->size + b->count * 2) + (size_t)b->count * m->made.gap + 32;
	if (c->count > 64 || made_reserve(&m->made, room, b->count) < 0)
		return from;
	n = scan_bytes(b->payload, b->size, separator, 0, marks, BLOCK_USUAL, &used);
	last = marks + n;
	to = m->made.payload.data + m->made.payload.len;
	for (; i < b->count; i++) {
		uint32_t start = block_start(b, i), end = b->ends[i];
		size_t left = (size_t)(last - marks);
		char *begin = to;

		/* A separator may also be in the gap. */
		for (; left > 0 && *marks < start; left--)
			marks++;
		/* Most records have as many columns as the one before. */
		if (!(usual <= left && (usual == left || marks[usual] >= end) && (usual == 0 || marks[usual - 1] < end)))
			for (usual = 0; usual < left && marks[usual] < end; usual++)
				continue;
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
	.options = MAP_O | MAP_F | MAP_NEED,
	.compile = cut_compile,
	.bind = cut_bind,
	.apply = cut_apply,
	.run = cut_run,
	.free = cut_free,
};
