/* edit: see edit.h. Columns are here, records with names of their own in edit_named.c. */

#include <string.h>

#include "base/bytemask.h"
#include "change/edit_private.h"
#include "match/columns.h"
#include "match/json.h"
#include "match/object.h"

static const char no_memory[] = "", no_word[] = "it has too few fields, and blanks separate them: none can be empty";

int
edit_bind(struct edit *e, const struct table *in, struct buf *error)
{
	e->table = in;
	return row_like(&e->row, in, error);
}

void
edit_free(struct edit *e)
{
	row_free(&e->row);
	buf_free(&e->value);
	buf_free(&e->scratch);
	*e = (struct edit){ 0 };
}

const char *
edit_add(struct buf *out, const char *from, const char *to)
{
	return from < to && buf_add(out, from, (size_t)(to - from)) < 0 ? no_memory : NULL;
}

const char *
edit_check_object(const char *data, size_t len, struct buf *levels)
{
	char open;
	const char *p = object_begin(data, len, &open), *text = data;
	int valid;

	/* A mark is no part of the text. */
	if (p != NULL) {
		text = p - 1;
		len -= (size_t)(text - data);
	}
	valid = p != NULL ? json_valid(text, len, levels) : 0;
	if (valid < 0)
		return no_memory;
	if (valid > 0)
		return open == '{' ? NULL : "it is no object of JSON";
	return p == NULL && len > 0 && json_valid(data, len, levels) > 0 ?
	    "it is no object of JSON" :
	    "it is not JSON (for CSV: rec-split -f csv -H)";
}

/* ---- columns ---- */

/* Where a column is in a row, or where the row ends. */
struct place {
	const char *begin, *stop; /* of the field; both the row's end if it is not there */
	size_t have;              /* if it is not there: number of fields in the row */
	const char *last;         /* if it is not there: where the last of these begins */
};

/* Finds column k, from 0, by going from field to field. Returns 1, or 0 if it is not there. */
static int
find_slowly(const struct table *t, const char *row, const char *end, size_t k, struct place *at)
{
	const char *p = row;

	for (size_t n = 0; p != NULL; n++) {
		at->last = at->begin = p;
		at->stop = columns_end(t, p, end, &p);
		if (n == k)
			return 1;
		at->have = n + 1;
	}
	at->begin = at->stop = end;
	return 0;
}

/* The same for fields between blanks; the last column takes the rest. */
static int
find_word(const struct table *t, const char *row, const char *end, size_t k, struct place *at, struct buf *scratch)
{
	const char *p = row;
	struct range_view v;

	at->have = 0;
	for (size_t n = 0; p != NULL && p < end; n++) {
		if (table_field(t, n, &p, end, &v, scratch) < 0)
			return -1;
		if (v.len == 0)
			break;
		at->begin = at->last = v.data;
		at->stop = v.data + v.len;
		if (n == k)
			return 1;
		at->have = n + 1;
	}
	at->begin = at->stop = end;
	return 0;
}

/* Finds column k. Returns 1; 0 if the row lacks it; -1 with errno ENOMEM. */
static int
find(struct edit *e, const char *row, size_t len, size_t k, struct place *at)
{
	const struct table *t = e->table;
	const char *end = row + len;
	int there = -1;

	if (t->format == TABLE_WORDS)
		return find_word(t, row, end, k, at, &e->scratch);
	if (t->between_len == 1 && len > 0 && k < UINT32_MAX)
		there = t->format == TABLE_CSV ?
		    bytemask_unquoted(row, end, t->between[0], (uint32_t)k + 1, &at->begin, &at->stop) :
		    bytemask_field(row, end, t->between[0], (uint32_t)k + 1, &at->begin, &at->stop);
	return there > 0 ? 1 : find_slowly(t, row, end, k, at);
}

/* Appends the row and the value as a further field, with empty ones before it as needed. */
static const char *
append_column(struct edit *e, const struct edit_target *to, const char *row, const char *end, const struct place *at,
    struct buf *out)
{
	const struct table *t = e->table;
	const char *wrong;
	size_t more = to->column + 1 - at->have;

	if (t->format == TABLE_WORDS) {
		if (more != 1)
			return no_word;
		if (edit_add(out, row, end) != NULL || (at->have > 0 && buf_addc(out, ' ') < 0))
			return no_memory;
		return edit_add(out, e->value.data, e->value.data + e->value.len);
	}
	if (at->have > to->columns)
		return columns_too_many;
	if ((wrong = columns_last(t, at->last, (size_t)(end - at->last))) != NULL)
		return wrong;
	if (edit_add(out, row, end) != NULL)
		return no_memory;
	for (; more > 0; more--)
		if (buf_add(out, t->between, t->between_len) < 0)
			return no_memory;
	return e->value.len > 0 && buf_add(out, e->value.data, e->value.len) < 0 ? no_memory : NULL;
}

static const char *
set_column(struct edit *e, const struct edit_target *to, const char *row, size_t len, const struct expr_result *result,
    struct buf *out)
{
	struct place at = { .have = 0 };
	const char *end, *wrong;
	size_t before = out->len;
	int there;

	row = row != NULL ? row : "";
	end = row + len;
	if ((there = find(e, row, len, to->column, &at)) < 0)
		return no_memory;
	if (there && to->column == to->columns)
		return columns_too_many;
	e->value.len = 0;
	if ((wrong = row_value(&e->row, result, !there || at.stop == end, &e->value)) != NULL)
		return wrong;
	if (!there)
		return append_column(e, to, row, end, &at, out);
	if (buf_reserve(out, len + e->value.len + 2) < 0)
		return no_memory;
	(void)edit_add(out, row, at.begin);
	if (e->value.len > 0)
		(void)buf_add(out, e->value.data, e->value.len);
	(void)edit_add(out, at.stop, end);
	/* A line of CSV that is empty would not be read as a row. */
	if (out->len == before && e->table->format == TABLE_CSV)
		(void)buf_add(out, "\"\"", 2);
	return NULL;
}

/* Leaves out the column, and a separator beside it. */
static const char *
drop_column(struct edit *e, const struct edit_target *to, const char *row, size_t len, struct buf *out)
{
	struct place at = { .have = 0 };
	const char *end, *begin, *stop;
	size_t before = out->len;
	int there;

	row = row != NULL ? row : "";
	end = row + len;
	if ((there = find(e, row, len, to->column, &at)) < 0)
		return no_memory;
	if (!there)
		return edit_add(out, row, end);
	begin = at.begin;
	stop = at.stop;
	if (e->table->format == TABLE_WORDS) {
		while (stop < end && bytemask_white(*stop))
			stop++;
		while (stop == end && begin > row && bytemask_white(begin[-1]))
			begin--;
	} else if (stop < end) {
		stop += e->table->between_len;
	} else if (begin > row) {
		begin -= e->table->between_len;
	}
	if (edit_add(out, row, begin) != NULL || edit_add(out, stop, end) != NULL ||
	    (out->len == before && e->table->format == TABLE_CSV && buf_adds(out, "\"\"") < 0))
		return no_memory;
	return NULL;
}

/* ---- all forms ---- */

const char *
edit_set(struct edit *e, const struct edit_target *to, const char *data, size_t len, const struct expr_result *result,
    struct buf *out)
{
	if (e->row.form == ROW_COLUMNS || e->row.form == ROW_WORDS)
		return set_column(e, to, data, len, result, out);
	if (result->gives == EXPR_GIVES_NOTHING)
		return edit_drop(e, to, data, len, out);
	return edit_set_named(e, to, data, len, result, out);
}

const char *
edit_drop(struct edit *e, const struct edit_target *to, const char *data, size_t len, struct buf *out)
{
	if (e->row.form == ROW_COLUMNS || e->row.form == ROW_WORDS)
		return drop_column(e, to, data, len, out);
	return edit_drop_named(e, &to->name, data, len, out);
}
