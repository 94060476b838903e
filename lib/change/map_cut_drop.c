/* map_cut_drop: cut -v, which leaves parts out. */

#include <stdlib.h>
#include <string.h>

#include "base/bytemask.h"
#include "base/status.h"
#include "change/map_cut.h"
#include "change/map_private.h"
#include "match/columns.h"

/* Makes the list of the other columns. Returns 0, or a status with a line in error. */
static int
other_columns(struct cut *c, const struct table *t, struct buf *error)
{
	struct parts *p = &c->parts;
	char *out = calloc(t->count, 1);
	size_t left = 0;

	if (out == NULL)
		return map_no_memory_status(error);
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].column == 0) {
			(void)buf_adds(error, "-v leaves out whole columns: .id or f2, and no part of one");
			free(out);
			return EX_DATAERR;
		}
		out[p->items[i].column - 1] = 1;
	}
	for (size_t i = 0; i < t->count; i++)
		left += !out[i];
	if (left == 0)
		(void)buf_adds(error, "-v: no column is left");
	else if (parts_columns(p, t, out) < 0)
		(void)map_no_memory(error);
	free(out);
	return error->len == 0 ? 0 : left == 0 ? EX_DATAERR : EX_OSERR;
}

/* All parts are names of members, keys or fields. Returns 0, or a status with a line in error. */
static int
bind_names(struct cut *c, const struct table *t, struct buf *error)
{
	struct buf name = { 0 };
	size_t names = 0;

	for (size_t i = 0; i < c->parts.range.count; i++)
		if (range_path(&c->parts.range, i, &name, &names) <= 0 || names != 1) {
			(void)buf_adds(error, "-v leaves out members of the record: .id, and no part of one");
			buf_free(&name);
			return EX_DATAERR;
		}
	buf_free(&name);
	c->way = CUT_NAMES;
	return edit_bind(&c->edit, t, error);
}

/*
 * All parts are fields, words or columns of characters. Returns 0, or a status with a line in
 * error.
 */
static int
bind_views(struct cut *c, const struct table *t, struct buf *error)
{
	enum range_kind kind = RANGE_IS_OTHER;
	struct range_view separator = { NULL, 0 };

	for (size_t i = 0; i < c->parts.range.count; i++) {
		enum range_kind other = range_kind(&c->parts.range, i, &separator);

		if (i > 0 && other != kind)
			other = RANGE_IS_OTHER;
		kind = other;
		if (kind == RANGE_IS_PATH || kind == RANGE_IS_OTHER || (kind == RANGE_IS_CSV && t == NULL)) {
			(void)buf_adds(error,
			    kind == RANGE_IS_CSV ?
				"-v: fields of CSV need their table: rec-split -f csv" :
				"-v: parts of one kind are expected: fields f2, words w2 or columns 1-8");
			return EX_USAGE;
		}
	}
	c->separator = separator;
	if (kind == RANGE_IS_WORDS || (t != NULL && t->format == TABLE_WORDS))
		c->separator = (struct range_view){ NULL, 0 };
	else if (t != NULL && kind != RANGE_IS_COLUMNS)
		c->separator = (struct range_view){ t->between, t->between_len };
	else if (kind == RANGE_IS_COLUMNS)
		c->separator = (struct range_view){ "", 0 };
	c->way = CUT_VIEWS;
	c->spans = calloc(c->parts.range.count, sizeof *c->spans);
	return c->spans == NULL ? map_no_memory_status(error) : 0;
}

int
map_cut_bind(struct map *m, struct cut *c, const struct table *t, struct buf *error)
{
	int names = t == NULL ? range_names(&c->parts.range) : table_has_names(t) || t->format == TABLE_JSON;

	(void)m;
	if (t != NULL && t->format == TABLE_JSON) {
		(void)buf_adds(error, "-v: the table says which members there are: name the others");
		return EX_DATAERR;
	}
	if (names)
		return bind_names(c, t, error);
	return t != NULL && t->named ? other_columns(c, t, error) : bind_views(c, t, error);
}

/* ---- a record ---- */

static const char *
drop_names(struct map *m, struct cut *c, const struct rec *r)
{
	const char *data = r->data, *why = NULL;
	size_t len = r->len, count = c->parts.count;

	if (c->edit.row.form == ROW_JSON && (why = edit_check_object(data, len, &c->levels)) != NULL)
		return why;
	for (size_t i = 0; i < count; i++) {
		struct buf *out = i + 1 < count ? &c->between[i % 2] : map_bytes(m);
		struct edit_target target = { .name = c->parts.items[i].name };

		if (i + 1 < count)
			out->len = 0;
		if ((why = edit_drop(&c->edit, &target, data, len, out)) != NULL)
			return map_wrong(m, why, target.name.data, target.name.len);
		data = out->data;
		len = out->len;
	}
	return map_record(m, r);
}

static int
compare_spans(const void *a, const void *b)
{
	const struct range_view *x = a, *y = b;

	return (x->data > y->data) - (x->data < y->data);
}

/*
 * Extends what is left out by what separates it from what follows, or, at the end, from what is
 * before.
 */
static void
extend(const struct cut *c, const char *begin, const char *end, const char **from, const char **to)
{
	size_t n = c->separator.len;

	if (c->separator.data != NULL) {
		if (*to < end)
			*to += n;
		else if (*from > begin)
			*from -= n;
		return;
	}
	while (*to < end && bytemask_white(**to))
		++*to;
	while (*to == end && *from > begin && bytemask_white((*from)[-1]))
		--*from;
}

/*
 * Sets the view to columns [from, to] of a row of CSV as they stand. Returns 1, or 0 if there are
 * none.
 */
static int
find_columns(const struct table *t, const struct rec *r, int64_t from, int64_t to, struct range_view *v)
{
	const char *p = r->data, *end = r->data + r->len, *begin, *stop;
	int64_t total = (int64_t)columns_count(t, r->data, r->len, SIZE_MAX - 1);

	from = from > 0 ? from : total + from + 1 > 0 ? total + from + 1 : 1;
	to = to > total ? total : to > 0 ? to : total + to + 1;
	if (from > to)
		return 0;
	v->data = NULL;
	for (int64_t n = 1; n <= to; n++) {
		begin = p;
		stop = columns_end(t, p, end, &p);
		if (n == from)
			v->data = begin;
		v->len = v->data != NULL ? (size_t)(stop - v->data) : 0;
	}
	return 1;
}

/*
 * Returns 1 and sets the view to the part as it stands in the record; 0 if it is not there; or
 * -1.
 */
static int
find_span(struct cut *c, size_t i, const struct rec *r, struct range_view *v)
{
	const struct table *t = c->parts.table;
	int64_t from, to;

	if (r->len > 0 && t != NULL && t->format == TABLE_CSV && range_columns(&c->parts.range, i, &from, &to))
		return find_columns(t, r, from, to, v);
	return range_view(&c->parts.range, i, r->data, r->len, v);
}

static const char *
drop_views(struct map *m, struct cut *c, const struct rec *r)
{
	const char *at = r->data, *end = r->data + r->len;
	struct buf *out = map_bytes(m);
	size_t n = 0, before = out->len;

	for (size_t i = 0; i < c->parts.range.count; i++) {
		int there = find_span(c, i, r, &c->spans[n]);

		if (there < 0)
			return "";
		n += there > 0;
	}
	qsort(c->spans, n, sizeof *c->spans, compare_spans);
	for (size_t i = 0; i < n; i++) {
		const char *from = c->spans[i].data, *to = from + c->spans[i].len;

		/* What two parts share is left out once. */
		if (to <= at && i > 0)
			continue;
		if (from < at)
			from = at;
		extend(c, r->data, end, &from, &to);
		if (from > at && buf_add(out, at, (size_t)(from - at)) < 0)
			return "";
		/* At the end, the separator before it may have been written. */
		if (from < at)
			out->len -= out->len - before < (size_t)(at - from) ? out->len - before : (size_t)(at - from);
		at = to;
	}
	if (at < end && buf_add(out, at, (size_t)(end - at)) < 0)
		return "";
	if (out->len == before && c->parts.table != NULL && c->parts.table->format == TABLE_CSV && r->len > 0 &&
	    buf_adds(out, "\"\"") < 0)
		return "";
	return map_record(m, r);
}

const char *
map_cut_apply(struct map *m, struct cut *c, const struct rec *r)
{
	return c->way == CUT_NAMES ? drop_names(m, c, r) : drop_views(m, c, r);
}
