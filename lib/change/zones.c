/*
 * zones: see zones.h. The zones of a record are found first, as places in it, and put in order;
 * then each is changed. Records with names of their own are changed by edit, name after name.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteset.h"
#include "base/jsonstring.h"
#include "base/status.h"
#include "change/zones.h"
#include "match/columns.h"
#include "match/csvfield.h"

enum zones_is { IS_BYTES, IS_COLUMN, IS_VALUE /* of JSON */, IS_NAMED };

struct zones_kind {
	enum zones_is is;
	int64_t from, to;      /* columns */
	size_t name, name_len; /* in names */
};

struct zones_at {
	size_t start, stop;
	enum zones_is is;
};

static const char no_memory[] = "", overlap[] = "the ranges overlap in it", composed[] = "it is an object or an array";

void
zones_free(struct zones *z)
{
	range_free(&z->range);
	table_drop(z->own);
	free(z->kinds);
	free(z->at);
	row_free(&z->row);
	edit_free(&z->edit);
	buf_free(&z->names);
	buf_free(&z->scratch);
	buf_free(&z->changed);
	buf_free(&z->levels);
	buf_free(&z->between[0]);
	buf_free(&z->between[1]);
	*z = (struct zones){ 0 };
}

/* ---- what the parts are ---- */

static int
out_of_memory(struct buf *error)
{
	error->len = 0;
	(void)buf_adds(error, "out of memory");
	return EX_OSERR;
}

/* Makes the table of records that have fields of CSV and no table. Returns 0, or a status. */
static int
make_own(struct zones *z, const struct range_view *separator, struct buf *error)
{
	struct buf payload = { 0 }, framing = { 0 };
	const char *rule;
	int bad = z->own != NULL ? 0 : buf_adds(&framing, "csv:") | buf_add(&framing, separator->data, separator->len);

	if (z->own == NULL) {
		bad |= buf_adds(&payload, "{\"framing\":") |
		    (jsonstring_encode(&payload, framing.data, framing.len) != 1) | buf_adds(&payload, "}\n");
		z->own = bad == 0 ? table_parse(payload.data, payload.len, &rule) : NULL;
	}
	buf_free(&payload);
	buf_free(&framing);
	return z->own != NULL ? 0 : out_of_memory(error);
}

static int
refuse(size_t i, const char *why, int status, struct buf *error)
{
	(void)buf_addf(error, "part %zu of the record: %s", i + 1, why);
	return status;
}

static void
note_columns(struct zones *z, const struct zones_kind *k)
{
	int bounded = k->from > 0 && k->to > 0 && k->to != INT64_MAX;

	if (!bounded)
		z->most = 0;
	else if (z->most != 0 && k->to > z->most)
		z->most = k->to;
}

/* Finds what part i is. Returns 0, or a status with a line in error. */
static int
bind_part(struct zones *z, const struct table *t, size_t i, struct buf *error)
{
	int columns = t != NULL && t->format != TABLE_JSON,
	    own = columns && (t->format == TABLE_LOGFMT || t->format == TABLE_FIELDS);
	struct zones_kind *k = &z->kinds[i];
	struct range_view separator;
	enum range_kind kind = range_kind(&z->range, i, &separator);
	size_t names;

	*k = (struct zones_kind){ .is = IS_BYTES, .name = z->names.len };
	if (kind == RANGE_IS_COLUMNS || kind == RANGE_IS_WORDS)
		return 0;
	if (!columns && kind == RANGE_IS_FIELDS)
		return 0;
	if (kind == RANGE_IS_PATH && !columns) {
		k->is = IS_VALUE;
		z->json = 1;
		return 0;
	}
	if (kind == RANGE_IS_PATH && own) {
		if (range_path(&z->range, i, &z->names, &names) < 0)
			return out_of_memory(error);
		k->name_len = z->names.len - k->name;
		k->is = IS_NAMED;
		z->named = 1;
		return names == 1 ? 0 : refuse(i, "only the whole value of a name can be changed", EX_DATAERR, error);
	}
	if (!columns && kind == RANGE_IS_CSV) {
		k->is = IS_COLUMN;
		(void)range_columns(&z->range, i, &k->from, &k->to);
		note_columns(z, k);
		return make_own(z, &separator, error);
	}
	if (columns && !own && range_columns(&z->range, i, &k->from, &k->to)) {
		k->is = IS_COLUMN;
		note_columns(z, k);
		return 0;
	}
	if (!columns && z->range.escapes == 0)
		return 0;
	return refuse(i, "a part of a value that may be quoted cannot be changed alone: set NAME=... makes it anew",
	    columns ? EX_DATAERR : EX_USAGE, error);
}

int
zones_bind(struct zones *z, const struct table *t, struct buf *error)
{
	int status = 0;

	if (z->range.count == 0)
		return 0;
	if (range_table(&z->range, t, error) < 0)
		return EX_DATAERR;
	if ((z->kinds = calloc(z->range.count, sizeof *z->kinds)) == NULL)
		return out_of_memory(error);
	z->most = 1;
	for (size_t i = 0; i < z->range.count && status == 0; i++)
		status = bind_part(z, t, i, error);
	for (size_t i = 0; i < z->range.count && status == 0 && z->named; i++)
		if (z->kinds[i].is != IS_NAMED)
			status = refuse(i, "it can't be changed together with names", EX_DATAERR, error);
	z->table = z->own != NULL ? z->own : t;
	if (status == 0)
		status =
		    z->named ? edit_bind(&z->edit, t, error) : row_like(&z->row, z->own != NULL ? z->own : t, error);
	return status;
}

/* ---- where the zones are ---- */

static int
add(struct zones *z, size_t start, size_t stop, enum zones_is is)
{
	size_t i;

	if (z->count == z->room) {
		size_t room = z->room > 0 ? 2 * z->room : 16;
		struct zones_at *more = reallocarray(z->at, room, sizeof *more);

		if (more == NULL)
			return -1;
		z->at = more;
		z->room = room;
	}
	for (i = z->count++; i > 0 && z->at[i - 1].start > start; i--)
		z->at[i] = z->at[i - 1];
	z->at[i] = (struct zones_at){ start, stop, is };
	return 0;
}

/* Finds the columns that parts name. Their number is needed if one counts from the end. */
static int
find_columns(struct zones *z, const struct rec *r, int *lacks)
{
	const struct table *t = z->table;
	const char *end = r->data + r->len, *p = r->len > 0 ? r->data : NULL;
	struct range_view v;
	int64_t total = 0;

	z->scratch.len = 0; /* a span for each column */
	for (; p != NULL && (z->most == 0 || total < z->most); total++) {
		struct byteset_span span;

		if (t->format == TABLE_WORDS) {
			if (table_field(t, (size_t)total, &p, end, &v, &z->changed) < 0)
				return -1;
			if (v.len == 0)
				break;
			span = (struct byteset_span){ (size_t)(v.data - r->data), (size_t)(v.data - r->data) + v.len };
		} else {
			span.start = (size_t)(p - r->data);
			span.end = (size_t)(columns_end(t, p, end, &p) - r->data);
		}
		if (buf_add(&z->scratch, &span, sizeof span) < 0)
			return -1;
	}
	for (size_t i = 0; i < z->range.count; i++) {
		const struct zones_kind *k = &z->kinds[i];
		int64_t from = k->from > 0 ? k->from : total + k->from + 1;
		int64_t to = k->to > total ? total : k->to > 0 ? k->to : total + k->to + 1;

		if (k->is != IS_COLUMN)
			continue;
		from = from < 1 ? 1 : from;
		*lacks |= from > to;
		for (; from <= to; from++) {
			struct byteset_span span;

			memcpy(&span, z->scratch.data + (size_t)(from - 1) * sizeof span, sizeof span);
			if (add(z, span.start, span.end, IS_COLUMN) < 0)
				return -1;
		}
	}
	return 0;
}

/* Finds all zones, in order. Returns NULL, or why not. */
static const char *
find(struct zones *z, const struct rec *r, int *lacks)
{
	size_t kept = 0;
	int columns = 0;

	z->count = 0;
	for (size_t i = 0; i < z->range.count; i++) {
		enum zones_is is = z->kinds[i].is;
		struct range_view v;
		int there;

		columns |= is == IS_COLUMN;
		if (is == IS_COLUMN)
			continue;
		there = is == IS_VALUE ? range_written(&z->range, i, r->data, r->len, &v) :
					 range_view(&z->range, i, r->data, r->len, &v);
		*lacks |= there == 0;
		if (there < 0 ||
		    (there > 0 && add(z, (size_t)(v.data - r->data), (size_t)(v.data - r->data) + v.len, is) < 0))
			return no_memory;
	}
	if (columns && find_columns(z, r, lacks) < 0)
		return no_memory;
	for (size_t i = 0; i < z->count; i++) {
		struct zones_at *last = kept > 0 ? &z->at[kept - 1] : NULL, now = z->at[i];

		if (last != NULL && now.start == last->start && now.stop == last->stop && now.is == last->is)
			continue;
		if (last != NULL && now.start < last->stop) {
			if (now.is != IS_BYTES || last->is != IS_BYTES)
				return overlap;
			last->stop = now.stop > last->stop ? now.stop : last->stop;
			continue;
		}
		z->at[kept++] = now;
	}
	z->count = kept;
	return NULL;
}

/* ---- changes ---- */

/*
 * Sets v to the string in a zone. *gives is what it is as an expression's value. Returns NULL, or
 * why not.
 */
static const char *
read_zone(struct zones *z, const struct zones_at *at, struct range_view *v, enum expr_gives *gives)
{
	const char *end = v->data + v->len;

	*gives = EXPR_GIVES_FIELD;
	if (at->is == IS_COLUMN && z->table->format == TABLE_CSV)
		return csvfield_value(v, &z->scratch) < 0 ? no_memory : NULL;
	if (at->is != IS_VALUE || v->len == 0)
		return NULL;
	if (*v->data == '{' || *v->data == '[')
		return composed;
	if (*v->data != '"')
		return NULL;
	*gives = EXPR_GIVES_TEXT;
	if (jsonstring_decode(&z->scratch, v->data + 1, end - 1) < 0)
		return no_memory;
	*v = (struct range_view){ z->scratch.data != NULL ? z->scratch.data : "", z->scratch.len };
	return NULL;
}

/* Appends the record, with each zone changed, to out. */
static const char *
change_zones(struct zones *z, const struct rec *r, zones_change *change, void *arg, struct buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < z->count; i++) {
		const struct zones_at *at = &z->at[i];
		struct range_view v = { r->data + at->start, at->stop - at->start };
		struct expr_result result = { .gives = EXPR_GIVES_TEXT };
		const char *why;
		int changed = 0;

		if (at->is == IS_VALUE && v.len == 4 && memcmp(v.data, "null", 4) == 0)
			continue;
		z->changed.len = 0;
		if ((why = read_zone(z, at, &v, &result.gives)) != NULL ||
		    (why = change(arg, v.data, v.len, &z->changed, &changed)) != NULL)
			return why;
		if (!changed)
			continue;
		if (at->start > done && buf_add(out, r->data + done, at->start - done) < 0)
			return no_memory;
		done = at->stop;
		result.text = z->changed.data != NULL ? z->changed.data : "";
		result.len = z->changed.len;
		if (at->is == IS_BYTES) {
			if (result.len > 0 && buf_add(out, result.text, result.len) < 0)
				return no_memory;
		} else if ((why = row_value(&z->row, &result, at->stop == r->len, out)) != NULL) {
			return why;
		}
	}
	return done < r->len && buf_add(out, r->data + done, r->len - done) < 0 ? no_memory : NULL;
}

/* The same for values of names. */
static const char *
change_named(struct zones *z, const struct rec *r, zones_change *change, void *arg, struct buf *out, int *lacks)
{
	struct range_view now = { r->data, r->len };

	for (size_t i = 0; i < z->range.count; i++) {
		const struct zones_kind *k = &z->kinds[i];
		struct edit_target target = { .name = { z->names.data + k->name, k->name_len } };
		struct expr_result result = { .gives = EXPR_GIVES_TEXT };
		struct buf *to = &z->between[i % 2];
		struct range_view v;
		const char *why;
		int changed = 0, there = range_view(&z->range, i, now.data, now.len, &v);

		*lacks |= there == 0;
		if (there < 0)
			return no_memory;
		z->changed.len = to->len = 0;
		if (there == 0)
			continue;
		if ((why = change(arg, v.data, v.len, &z->changed, &changed)) != NULL)
			return why;
		if (!changed)
			continue;
		result.text = z->changed.data != NULL ? z->changed.data : "";
		result.len = z->changed.len;
		if ((why = edit_set(&z->edit, &target, now.data, now.len, &result, to)) != NULL)
			return why;
		now = (struct range_view){ to->data, to->len };
	}
	return now.len > 0 && buf_add(out, now.data, now.len) < 0 ? no_memory : NULL;
}

const char *
zones_apply(struct zones *z, const struct rec *record, zones_change *change, void *arg, struct buf *out, int *lacks)
{
	const struct rec r = { record->data != NULL ? record->data : "", record->len, record->pos };
	size_t before = out->len;
	const char *why;
	int changed = 0;

	if (z->range.count == 0) {
		if ((why = change(arg, r.data, r.len, out, &changed)) != NULL)
			return why;
		return !changed && r.len > 0 && buf_add(out, r.data, r.len) < 0 ? no_memory : NULL;
	}
	if (z->json && (why = edit_check_object(r.data, r.len, &z->levels)) != NULL)
		return why;
	if (z->named)
		return change_named(z, &r, change, arg, out, lacks);
	if ((why = find(z, &r, lacks)) != NULL || (why = change_zones(z, &r, change, arg, out)) != NULL)
		return why;
	/* A line of CSV that is empty would not be read as a row. */
	if (out->len == before && r.len > 0 && z->table != NULL && z->table->format == TABLE_CSV &&
	    buf_adds(out, "\"\"") < 0)
		return no_memory;
	return NULL;
}
