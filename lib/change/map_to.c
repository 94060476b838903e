/*
 * map_to: the verb to, which writes records in another format: csv, tsv, json or lines.
 *
 * There are three ways. If the parts are known, columns of the table or ranges, each record is made
 * of these. Records with names of their own give the columns by the first of them (map_to_named.c).
 * Rows of a table without names are written field by field.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "change/edit.h"
#include "change/map_private.h"
#include "change/map_to.h"
#include "match/columns.h"
#include "match/csvfield.h"

static void
to_free(struct map *m)
{
	struct to *t = m->job;

	if (t == NULL)
		return;
	parts_free(&t->parts);
	row_free(&t->row);
	pairs_free(&t->pairs);
	table_drop(t->like);
	buf_free(&t->levels);
	buf_free(&t->scratch);
	buf_free(&t->join);
	for (size_t i = 0; i < t->slot_room; i++) {
		buf_free(&t->slots[i].name);
		buf_free(&t->slots[i].value);
	}
	free(t->slots);
	free(t->order);
	keytable_free(&t->by_name);
	buf_free(&t->folded);
	free(t);
	m->job = NULL;
}

static int
to_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	static const char *const names[] = { "csv", "tsv", "json", "lines" };
	struct to *t = calloc(1, sizeof *t);

	m->job = t;
	if (t == NULL || keytable_init(&t->by_name, 0) < 0)
		return map_no_memory(error);
	t->format = TO_FORMATS;
	for (size_t i = 0; i < TO_FORMATS && count > 0; i++)
		if (strcmp(words[0], names[i]) == 0)
			t->format = (enum to_format)i;
	if (t->format == TO_FORMATS) {
		(void)buf_adds(error, "csv, tsv, json or lines is expected: to json");
		return -1;
	}
	if (m->join != NULL && t->format != TO_LINES) {
		(void)buf_addf(error, "-O goes with to lines; %s has its separator", names[t->format]);
		return -1;
	}
	if ((m->strings && t->format != TO_JSON) || (m->fill && (t->format == TO_JSON || t->format == TO_LINES))) {
		(void)buf_adds(
		    error, m->strings ? "--strings goes with to json" : "--fill goes with to csv and to tsv");
		return -1;
	}
	if (m->separator != NULL && range_fields(&t->parts.range, m->separator, error) < 0)
		return -1;
	if (m->join != NULL && map_join(m, &t->join, error) < 0)
		return -1;
	if (parts_words(&t->parts, words + 1, count - 1, error) < 0)
		return -1;
	if (m->fill && t->parts.range.count > 0) {
		(void)buf_adds(error, "--fill finds the names of all columns: name none");
		return -1;
	}
	return 0;
}

/* ---- binding ---- */

/* Makes a table of the format, by which row_bind decides. named: with a header of some name. */
static int
make_like(struct to *t, int named, struct buf *error)
{
	struct table_parts parts = { .framing = t->format == TO_CSV ? "csv" : "tsv" };
	const char *rule;

	parts.header = "-\n";
	parts.header_len = named ? 2 : 0;
	return (t->like = table_make(&parts, &rule)) == NULL ? map_no_memory_status(error) : 0;
}

int
map_to_bind_row(
    struct map *m, struct to *t, const struct range_view *names, const size_t *columns, size_t count, struct buf *error)
{
	struct row_shape shape = {
		.names = names, .count = count, .columns = columns, .between = "\t", .between_len = 1
	};
	size_t named = 0;
	int status = 0;

	for (size_t i = 0; i < count; i++)
		named += names[i].data != NULL;
	if ((named < count && t->format == TO_JSON) || (named > 0 && named < count && t->format != TO_LINES)) {
		(void)buf_adds(error, "each part needs a name: NAME=w2");
		return EX_USAGE;
	}
	shape.separator = t->join.data;
	shape.separator_len = t->join.len;
	table_drop(t->like);
	t->like = NULL;
	if (t->format == TO_CSV || t->format == TO_TSV)
		status = make_like(t, named > 0, error);
	if (status == 0 && (status = row_bind(&t->row, &shape, t->like, error)) == 0)
		map_declare(m, t->row.table);
	return status;
}

static int
bind_parts(struct map *m, struct to *t, struct buf *error)
{
	struct range_view *names = calloc(t->parts.count + 1, sizeof *names);
	size_t *columns = calloc(t->parts.count + 1, sizeof *columns);
	int status;

	if (names == NULL || columns == NULL) {
		free(names);
		free(columns);
		return map_no_memory_status(error);
	}
	for (size_t i = 0; i < t->parts.count; i++) {
		columns[i] = t->parts.items[i].given ? 0 : (size_t)t->parts.items[i].column;
		t->paths |= t->parts.items[i].column == 0 && range_is_json(&t->parts.range, t->parts.items[i].part);
		/* Text has no names. */
		names[i] = t->format != TO_LINES ? t->parts.items[i].name : (struct range_view){ NULL, 0 };
	}
	status = map_to_bind_row(m, t, names, columns, t->parts.count, error);
	free(names);
	free(columns);
	return status;
}

static int
to_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct to *t = m->job;
	int status = parts_bind(&t->parts, in, 1, error);

	if (status != 0)
		return status;
	t->table = in;
	t->strings = m->strings;
	if (in != NULL && in->format == TABLE_OTHER) {
		(void)buf_addf(error, "the columns of %s are not known here", table_kind(in));
		return EX_DATAERR;
	}
	if (t->parts.count > 0 && in != NULL && in->format == TABLE_JSON && t->parts.range.count == 0)
		t->way = TO_NAMED;
	else if (t->parts.count > 0)
		t->way = TO_PARTS;
	else
		t->way = in == NULL || table_has_names(in) ? TO_NAMED : TO_FIELDS;
	if (t->way == TO_PARTS)
		return bind_parts(m, t, error);
	if (t->way == TO_NAMED)
		return map_to_bind(m, t, error);
	if (t->format == TO_JSON) {
		(void)buf_adds(error, "the table has no names (rec-split -H takes them from the first row)");
		return EX_DATAERR;
	}
	/*
	 * The number of fields differs from row to row, so a shape of one part is for its form
	 * alone.
	 */
	return map_to_bind_row(m, t, &(struct range_view){ NULL, 0 }, NULL, 1, error);
}

/* ---- records ---- */

/* Sets v, a field as it stands, to its value. Returns 0, or -1 with errno ENOMEM. */
static int
field_value(struct to *t, struct range_view *v)
{
	return t->table->format == TABLE_CSV && v->len > 0 && *v->data == '"' && csvfield_value(v, &t->scratch) < 0 ?
	    -1 :
	    0;
}

static const char *
by_parts(struct map *m, struct to *t, const struct rec *r)
{
	struct parts *p = &t->parts;
	const char *why = t->paths && t->table == NULL ? edit_check_object(r->data, r->len, &t->levels) : NULL;
	int missing = 0;

	if (why != NULL)
		return why;
	if (p->most > 0 && parts_divide(p, r->data, r->len) < 0)
		return "";
	/* All columns are written, so there must be no others. */
	if (p->range.count == 0 && t->table->format != TABLE_WORDS &&
	    columns_count(t->table, r->data, r->len, p->count) > p->count)
		return columns_too_many;
	row_begin(&t->row, map_bytes(m));
	for (size_t i = 0; i < p->count; i++) {
		struct range_view v = { NULL, 0 };
		int json = 0, there = 1;

		if (p->items[i].column > 0) {
			v = p->fields[p->items[i].column - 1];
			there = v.data == NULL ? 0 : field_value(t, &v) < 0 ? -1 : 1;
		} else {
			there = parts_view(p, &p->items[i], r->data, r->len, &v, &json);
		}
		if (there < 0)
			return "";
		missing |= there == 0;
		if (there == 0)
			row_absent(&t->row);
		else if (json)
			row_json(&t->row, v.data, v.len);
		else if (t->strings)
			row_string(&t->row, v.data, v.len);
		else
			row_field(&t->row, v.data, v.len);
	}
	if ((why = row_end(&t->row)) != NULL) {
		size_t at = t->row.wrong_part;

		return at < p->count ? map_wrong(m, why, p->items[at].name.data, p->items[at].name.len) : why;
	}
	return missing && m->need ? map_lacks : map_record(m, r);
}

/* Writes all fields of a row of a table without names. */
static const char *
by_fields(struct map *m, struct to *t, const struct rec *r)
{
	const char *at = r->data, *end = r->data + r->len, *why;
	struct buf *out = map_bytes(m);
	size_t before = out->len;
	struct range_view v;

	if (r->len == 0)
		at = NULL;
	for (size_t n = 0; at != NULL; n++) {
		struct expr_result result = { .gives = EXPR_GIVES_TEXT };

		if (table_field(t->table, n, &at, end, &v, &t->scratch) < 0 ||
		    (n > 0 && t->like != NULL && buf_add(out, t->like->between, t->like->between_len) < 0) ||
		    (n > 0 && t->like == NULL && t->join.data == NULL && buf_addc(out, '\t') < 0) ||
		    (n > 0 && t->like == NULL && t->join.data != NULL && buf_add(out, t->join.data, t->join.len) < 0))
			return "";
		result.text = v.data;
		result.len = v.len;
		if ((why = row_value(&t->row, &result, at == NULL, out)) != NULL)
			return why;
	}
	if (out->len == before && t->format == TO_CSV && buf_adds(out, "\"\"") < 0)
		return "";
	return map_record(m, r);
}

static const char *
to_apply(struct map *m, const struct rec *r)
{
	struct to *t = m->job;

	return t->way == TO_PARTS ? by_parts(m, t, r) : t->way == TO_NAMED ? map_to_apply(m, t, r) : by_fields(m, t, r);
}

/* Without memory the line is not worth an error. */
static void
to_lacking(const struct map *m, uint64_t records, struct buf *out)
{
	const struct to *t = m->job;

	(void)range_lacking(&t->parts.range, records, out);
}

const struct map_verb map_to = {
	.name = "to",
	.operands = "csv|tsv|json|lines [[NAME=]RANGE ...]",
	.summary = "another format, of all columns or members, or of those named",
	.help = "  to json   to csv   to csv .id price=.cost   to csv user=w1 size=w5\n",
	.two_words = 1,
	.options = MAP_F | MAP_O | MAP_STRINGS | MAP_FILL | MAP_NEED,
	.compile = to_compile,
	.bind = to_bind,
	.apply = to_apply,
	.lacking = to_lacking,
	.free = to_free,
};
