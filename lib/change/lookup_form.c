/* lookup_form: see lookup.h and lookup_private.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "base/status.h"
#include "change/lookup_private.h"
#include "change/row.h"
#include "match/columns.h"
#include "match/json.h"
#include "match/object.h"
#include "match/spell.h"

/* ---- what is added ---- */

/* Returns 1 if column i of the masters' table, from 0, is a part of the key. */
static int
in_key(const struct lookup *l, size_t i)
{
	int64_t from, to;

	for (size_t k = 0; k < l->master_key.count; k++)
		if (range_columns(&l->master_key, k, &from, &to) && from > 0 && (int64_t)i + 1 >= from &&
		    ((int64_t)i + 1 <= to || to < 0))
			return 1;
	return 0;
}

/* Marks the columns of the masters that are added. Returns 0, or -1 without memory. */
static int
mark_added(struct lookup *l)
{
	size_t count = l->table->count;

	free(l->added);
	if ((l->added = calloc(count + 1, 1)) == NULL)
		return -1;
	l->added_count = 0;
	for (size_t i = 0; i < count; i++)
		l->added_count += l->added[i] = !in_key(l, i);
	return 0;
}

/* Appends a line to error. Returns -1. */
static int
refuse(struct buf *error, const char *line)
{
	(void)buf_adds(error, line);
	return -1;
}

/*
 * Appends the names that are added, one after another, to l->text, with the prefix if both have
 * one: prefixed[i] is then 1.
 */
static int
name_added(
    struct lookup *l, const struct table *t, struct range_view *names, unsigned char *prefixed, struct buf *error)
{
	size_t n = 0, at = 0;

	l->text.len = 0;
	for (size_t i = 0; i < l->table->count; i++) {
		const struct range_view *name = &l->table->names[i];
		int both = l->added[i] && t != NULL && table_column(t, name->data, name->len) != TABLE_NONE;

		if (!l->added[i])
			continue;
		if (both && l->prefix == NULL) {
			(void)buf_addf(error, "%s: ", l->masters);
			(void)spell_path(error, name->data, name->len, 1);
			return refuse(
			    error, ": both have that column: --prefix P puts P before the name of the masters'");
		}
		if ((both && buf_adds(&l->text, l->prefix) < 0) || buf_add(&l->text, name->data, name->len) < 0) {
			return refuse(error, "out of memory");
		}
		prefixed[n] = both;
		names[n++].len = l->text.len - at;
		at = l->text.len;
	}
	at = 0;
	for (size_t i = 0; i < n; at += names[i++].len) {
		names[i].data = l->text.data + at;
		if ((t != NULL && table_column(t, names[i].data, names[i].len) != TABLE_NONE) ||
		    (prefixed[i] && table_column(l->table, names[i].data, names[i].len) != TABLE_NONE)) {
			(void)buf_addf(error, "%s: ", l->masters);
			(void)spell_path(error, names[i].data, names[i].len, 1);
			return refuse(error, ": there is that column already; choose another --prefix");
		}
	}
	return 0;
}

/* Returns 0; or -1 with a line in error: the table with the added columns is l->made. */
static int
extend(struct lookup *l, const struct table *t, struct buf *error)
{
	struct range_view *names = calloc(l->added_count + 1, sizeof *names);
	unsigned char *prefixed = calloc(l->added_count + 1, 1);
	int result = -1;

	if (names == NULL || prefixed == NULL) {
		(void)buf_adds(error, "out of memory");
	} else if (name_added(l, t, names, prefixed, error) == 0) {
		errno = 0;
		if ((l->made = columns_extend(t, names, l->added_count, error)) != NULL)
			result = 0;
		else if (error->len == 0)
			(void)buf_adds(error, "out of memory");
	}
	free(prefixed);
	free(names);
	return result;
}

/* Decides the form for records with a table. Returns 0, or -1 with a line in error. */
static int
bind_columns(struct lookup *l, struct table *t, struct buf *error)
{
	const struct table *m = l->table;

	if (!columns_extensible(t)) {
		(void)buf_addf(error,
		    "records in the format %s get no further columns: put rec-map to csv or json before it",
		    table_kind(t));
		return -1;
	}
	l->form = LOOKUP_COLUMNS;
	if (m == NULL && l->masters_end && l->count == 0) {
		/* No master, so no columns either. */
		l->made = table_share(t);
		return 0;
	}
	if (m == NULL || (m->format != TABLE_CSV && m->format != TABLE_PLAIN && m->format != TABLE_WORDS) ||
	    !m->named) {
		(void)buf_addf(
		    error, "%s: the masters have no columns with names: csv:FILE, or rec-split -H", l->masters);
		return -1;
	}
	if (!t->named) {
		return refuse(
		    error, "the records have columns without names: rec-split -H takes them from the first row");
	}
	if (mark_added(l) < 0)
		return refuse(error, "out of memory");
	return extend(l, t, error);
}

/* The same for records without one. */
static int
bind_plain(struct lookup *l, struct buf *error)
{
	struct range_view between = { NULL, 0 };

	if (l->table != NULL && (!l->table->named || mark_added(l) < 0)) {
		(void)buf_addf(error, "%s: the masters have no columns with names", l->masters);
		return -1;
	}
	l->form = range_names(&l->key) ? LOOKUP_JSON : LOOKUP_TEXT;
	for (size_t i = 0; l->form == LOOKUP_JSON && l->table != NULL && i < l->table->count; i++) {
		const struct range_view *name = &l->table->names[i];

		if (!l->added[i] || table_column(l->table, name->data, name->len) != TABLE_TWICE)
			continue;
		(void)buf_addf(error, "%s: ", l->masters);
		(void)spell_path(error, name->data, name->len, 1);
		return refuse(error, ": two columns have that name, and members of a JSON object cannot");
	}
	l->between.len = 0;
	(void)range_kind(&l->key, 0, &between);
	if (l->separator != NULL)
		return buf_adds(&l->between, l->separator);
	return between.len > 0 ? buf_add(&l->between, between.data, between.len) : buf_addc(&l->between, ' ');
}

int
lookup_bind(struct lookup *l, struct table *t)
{
	struct buf error = { 0 };
	int result = 0;

	l->own = table_share(t);
	if (l->kind != LOOKUP_ADD)
		l->form = LOOKUP_SAME;
	else if (t != NULL && l->separator != NULL)
		result = refuse(&error, "-O goes with text: the table has its separator");
	else
		result = t != NULL ? bind_columns(l, t, &error) : bind_plain(l, &error);
	if (l->form == LOOKUP_COLUMNS && result == 0 && l->partition.kept != NULL)
		rec_out_own_table(l->partition.kept, l->made);
	if (result < 0)
		command_fail(l->fault, EX_DATAERR, "%s", buf_string(&error));
	buf_free(&error);
	return result;
}

/* ---- what a master adds ---- */

/* Appends its fields, each after a separator. */
static const char *
make_fields(struct lookup *l, const char *data, size_t len, struct buf *out)
{
	const struct table *m = l->table, *t = l->own;
	const char *p = len > 0 ? data : NULL;
	int alike = l->form == LOOKUP_COLUMNS && table_alike(t, m), bad = 0;

	for (size_t i = 0; i < m->count; i++) {
		struct range_view field = { "", 0 };

		if (p != NULL && alike) {
			const char *begin = p, *end = columns_end(m, p, data + len, &p);

			field = (struct range_view){ begin, (size_t)(end - begin) };
		} else if (p != NULL && table_field(m, i, &p, data + len, &field, &l->scratch) < 0) {
			return "";
		}
		if (!l->added[i])
			continue;
		if (l->form == LOOKUP_TEXT)
			bad |= buf_add(out, l->between.data, l->between.len) | buf_add(out, field.data, field.len);
		else
			bad |= buf_add(out, t->between, t->between_len);
		if (l->form == LOOKUP_COLUMNS && alike && p != NULL && columns_last(m, field.data, field.len) != NULL)
			return columns_last(m, field.data, field.len);
		if (l->form == LOOKUP_COLUMNS && alike)
			bad |= buf_add(out, field.data, field.len);
		else if (l->form == LOOKUP_COLUMNS && columns_put(t, field.data, field.len, out) < 0)
			return errno == EINVAL ? "a field has bytes that no field of the records' table can hold" : "";
	}
	if (p != NULL)
		return columns_too_many;
	return bad != 0 ? "" : NULL;
}

/*
 * Returns 1 if the member is a part of the masters' key by its name alone, 0 if not, -1 without
 * memory.
 */
static int
member_in_key(struct lookup *l, const struct object_member *m)
{
	for (size_t k = 0; k < l->master_key.count; k++) {
		struct buf name = { 0 };
		size_t names;
		int is = range_path(&l->master_key, k, &name, &names);

		if (is > 0)
			is = names == 1 && object_named(m, name.data != NULL ? name.data : "", name.len, &l->scratch);
		buf_free(&name);
		if (is != 0)
			return is;
	}
	return 0;
}

/* Appends an object of the members that are added. */
static const char *
make_members(struct lookup *l, const char *data, size_t len, struct buf *out)
{
	struct object_member m;
	const char *p;
	char open;
	int first = 1, valid = json_valid(data, len, &l->levels), bad;

	if (valid < 0)
		return "";
	if (!valid || (p = object_begin(data, len, &open)) == NULL || open != '{')
		return "it is no JSON object";
	bad = buf_addc(out, '{');
	while (object_next(&p, data + len, &m)) {
		int skip = member_in_key(l, &m);

		if (skip < 0)
			return "";
		if (skip)
			continue;
		bad |= (first ? 0 : buf_addc(out, ',')) | buf_addc(out, '"') | buf_add(out, m.name.data, m.name.len) |
		    buf_adds(out, "\":") | buf_add(out, m.value.data, m.value.len);
		first = 0;
	}
	return bad | buf_addc(out, '}') ? "" : NULL;
}

/* The same for a master with columns. */
static const char *
make_object(struct lookup *l, const char *data, size_t len, struct buf *out)
{
	const struct table *m = l->table;
	struct row row = { 0 };
	struct buf error = { 0 };
	struct range_view *names = calloc(l->added_count + 1, sizeof *names), field;
	const char *p = len > 0 ? data : NULL, *why = NULL;
	size_t n = 0;

	for (size_t i = 0; names != NULL && i < m->count; i++)
		if (l->added[i])
			names[n++] = m->names[i];
	if (names == NULL || row_bind(&row, &(struct row_shape){ .names = names, .count = n }, NULL, &error) != 0)
		why = "";
	else
		row_begin(&row, out);
	for (size_t i = 0; why == NULL && i < m->count; i++) {
		int there = p != NULL;

		if (there && table_field(m, i, &p, data + len, &field, &l->scratch) < 0)
			why = "";
		else if (l->added[i] && there)
			row_field(&row, field.data, field.len);
		else if (l->added[i])
			row_absent(&row);
	}
	if (why == NULL)
		why = row_end(&row);
	row_free(&row);
	buf_free(&error);
	free(names);
	return why;
}

/*
 * Appends the text without the parts of its key, each of which goes with what separates it from the
 * next one, or else from the one before. Parts that are not in the text as they stand stay.
 */
static int
without_key(const struct range *range, const struct lookup *l, const char *data, size_t len, struct buf *out)
{
	const char *p = data, *end = data + len;
	size_t begun = out->len;
	struct range_view sep;
	int bad = 0;

	for (;;) {
		const struct range_view *next = NULL;

		for (size_t k = 0; k < range->count; k++) {
			const struct range_view *v = &range->views[k];

			if (v->data != NULL && v->data >= p && v->data + v->len <= end &&
			    (next == NULL || v->data < next->data))
				next = v;
		}
		if (next == NULL)
			break;
		bad |= buf_add(out, p, (size_t)(next->data - p));
		p = next->data + next->len;
		sep = (struct range_view){ NULL, 0 };
		(void)range_kind(range, (size_t)(next - range->views), &sep);
		if (p == end && out->len > begun) {
			/* The last part: what is before it separates nothing any more. */
			out->len -= sep.len > 0 && out->len - begun >= sep.len ? sep.len : 0;
			break;
		}
		if (range_kind(range, (size_t)(next - range->views), &sep) == RANGE_IS_WORDS && l->fields == NULL)
			while (p < end && (*p == ' ' || *p == '\t'))
				p++;
		else if (sep.len > 0 && (size_t)(end - p) >= sep.len && memcmp(p, sep.data, sep.len) == 0)
			p += sep.len;
		if (next->len == 0 && p == next->data)
			break;
	}
	return bad | buf_add(out, p, (size_t)(end - p));
}

/* Appends a separator and the rest of the text, if there is some. */
static int
add_rest(struct lookup *l, struct range *range, const char *data, size_t len, struct buf *out)
{
	size_t before = out->len;

	if (range_views(range, data, len) < 0 || buf_add(out, l->between.data, l->between.len) < 0 ||
	    without_key(range, l, data, len, out) != 0)
		return -1;
	if (out->len == before + l->between.len)
		out->len = before;
	return 0;
}

/* What the row adds takes the place of its bytes. Returns NULL, or why that is not possible. */
static const char *
make_addition(struct lookup *l, struct lookup_master *row)
{
	static struct buf out;
	const char *data = l->bytes.data + LOOKUP_AT(row), *why = NULL;

	if (row->at & LOOKUP_MADE)
		return NULL;
	out.len = 0;
	if (l->form == LOOKUP_TEXT && l->table == NULL)
		why = add_rest(l, &l->master_key, data, row->len, &out) < 0 ? "" : NULL;
	else if (l->form == LOOKUP_JSON)
		why = l->table == NULL ? make_members(l, data, row->len, &out) : make_object(l, data, row->len, &out);
	else
		why = make_fields(l, data, row->len, &out);
	if (why != NULL)
		return why;
	row->at |= LOOKUP_MADE;
	if (out.len > row->len) {
		if (!lookup_allows(l, out.len))
			return "";
		row->at = (row->at & ~LOOKUP_AT(row)) | l->bytes.len;
		if (buf_add(&l->bytes, out.data, out.len) < 0)
			return "";
	} else if (out.len > 0) {
		memcpy(l->bytes.data + LOOKUP_AT(row), out.data, out.len);
	}
	row->len = (uint32_t)out.len;
	return NULL;
}

/* ---- the record ---- */

/* Returns 1 if the object has a member of that name, as it is written. */
static int
has_member(const char *p, const char *end, const char *name, size_t len, struct buf *scratch)
{
	struct object_member m;

	while (object_next(&p, end, &m))
		if (object_named(&m, name, len, scratch) != 0)
			return 1;
	return 0;
}

/* Appends the members of `more`, an object, to an object that is open; *first: it has none. */
static const char *
add_members(struct lookup *l, const char *data, size_t len, int first, const char *more, size_t more_len)
{
	static struct buf name;
	struct object_member m;
	struct buf *out = &l->record;
	const char *theirs = object_begin(more, more_len, &(char){ 0 }), *own = object_begin(data, len, &(char){ 0 });
	const char *p = theirs;
	int bad = 0;

	while (p != NULL && object_next(&p, more + more_len, &m)) {
		int both;

		name.len = 0;
		if (jsonstring_decode(&name, m.name.data, m.name.data + m.name.len) < 0)
			return "";
		both = has_member(own, data + len, name.data != NULL ? name.data : "", name.len, &l->scratch);
		if (both && l->prefix == NULL)
			return "it and its master have a member of one name: --prefix P puts P before the name of the master's";
		bad |= first ? 0 : buf_addc(out, ',');
		first = 0;
		if (both) {
			l->text.len = 0;
			bad |= buf_adds(&l->text, l->prefix) | buf_add(&l->text, name.data, name.len);
			if (has_member(own, data + len, l->text.data, l->text.len, &l->scratch) ||
			    has_member(theirs, more + more_len, l->text.data, l->text.len, &l->scratch))
				return "there is such a member already; choose another --prefix";
			if (jsonstring_encode(out, l->text.data, l->text.len) <= 0)
				return "--prefix is not UTF-8, which JSON cannot hold";
			bad |= buf_addc(out, ':');
		} else {
			bad |= buf_addc(out, '"') | buf_add(out, m.name.data, m.name.len) | buf_adds(out, "\":");
		}
		bad |= buf_add(out, m.value.data, m.value.len);
	}
	return bad != 0 ? "" : NULL;
}

static const char *
make_json(struct lookup *l, const char *data, size_t len, const char *more, size_t more_len)
{
	struct object_member m;
	const char *p, *why, *last;
	char open;
	int valid = json_valid(data, len, &l->levels), first = 1;

	if (valid < 0)
		return "";
	if (!valid || (p = object_begin(data, len, &open)) == NULL || open != '{')
		return "it is no JSON object";
	for (last = p; object_next(&p, data + len, &m); last = p)
		first = 0;
	if (buf_add(&l->record, data, (size_t)(last - data)) < 0)
		return "";
	if ((why = add_members(l, data, len, first, more, more_len)) != NULL)
		return why;
	return buf_add(&l->record, last, (size_t)(data + len - last)) < 0 ? "" : NULL;
}

/* As join(1): the key, what is left of the record, what is left of the master. */
static const char *
make_text(struct lookup *l, const char *data, size_t len, const char *more, size_t more_len)
{
	int bad = range_views(&l->key, data, len) < 0;

	for (size_t k = 0; bad == 0 && k < l->key.count; k++) {
		const struct range_view *v = &l->key.views[k];

		bad |= (k > 0 ? buf_add(&l->record, l->between.data, l->between.len) : 0) |
		    (v->data != NULL ? buf_add(&l->record, v->data, v->len) : 0);
	}
	return bad | add_rest(l, &l->key, data, len, &l->record) | buf_add(&l->record, more, more_len) ? "" : NULL;
}

const char *
lookup_make(struct lookup *l, const char *data, size_t len, uint32_t *row)
{
	const char *more = "", *why;
	size_t more_len = 0;

	l->record.len = 0;
	if (*row != KEYMAP_NONE) {
		if ((why = make_addition(l, &l->rows[*row])) != NULL)
			return why;
		more = l->bytes.data + LOOKUP_AT(&l->rows[*row]);
		more_len = l->rows[*row].len;
	}
	if (*row == KEYMAP_NONE && l->form == LOOKUP_JSON)
		return buf_add(&l->record, data, len) < 0 ? "" : NULL;
	*row = KEYMAP_NONE;
	if (l->form == LOOKUP_JSON)
		return make_json(l, data, len, more, more_len);
	if (l->form == LOOKUP_TEXT)
		return make_text(l, data, len, more, more_len);
	if ((why = columns_fill(l->own, data, len, &l->record)) != NULL)
		return why;
	if (more_len > 0)
		return buf_add(&l->record, more, more_len) < 0 ? "" : NULL;
	for (size_t i = 0; i < l->added_count; i++)
		if (buf_add(&l->record, l->own->between, l->own->between_len) < 0)
			return "";
	return NULL;
}
