/*
 * map_cut: the verb cut, which makes records of some parts of a record, in the order named.
 * Most often map_cut_block.c does it, many at a time.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "change/map_cut.h"
#include "change/map_private.h"
#include "match/columns.h"
#include "match/spell.h"

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
	map_cut_block_free(c);
	free(c);
	m->job = NULL;
}

/* Refuses NAME=RANGE, which the verb to has. Returns 0, or -1. */
static int
check_names(char *const words[], size_t count, struct buf *error)
{
	for (size_t k = 0; k < count; k++) {
		const char *equals = strchr(words[k], '=');

		if (equals != NULL && spell_plain(words[k], (size_t)(equals - words[k]))) {
			error->len = 0;
			(void)buf_addf(error, "%s: it gives no names: to json %s", words[k], words[k]);
			return -1;
		}
	}
	return 0;
}

/* Refuses bytes if -F was given. Returns 0, or -1. */
static int
check_bytes(const struct map *m, const struct range *range, char *const words[], struct buf *error)
{
	struct range_view none;
	size_t i = 0;

	while (i < range->count && range_kind(range, i, &none) == RANGE_IS_COLUMNS)
		i++;
	if (m->separator == NULL || i == 0 || i < range->count)
		return 0;
	(void)buf_addf(error, "-F: %s is bytes of the record: fields are f1, f2-3", words[0]);
	return -1;
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
	if (range_all(&c->parts.range, words, count, error) < 0) {
		(void)check_names(words, count, error); /* a better reason; the range is no range */
		return -1;
	}
	if (check_names(words, count, error) < 0 || check_bytes(m, &c->parts.range, words, error) < 0)
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
	size_t *columns = calloc(c->parts.count + 1, sizeof *columns);
	int status;

	if (names == NULL || columns == NULL) {
		free(names);
		free(columns);
		return map_no_memory_status(error);
	}
	for (size_t i = 0; i < c->parts.count; i++) {
		names[i] = c->parts.items[i].name;
		columns[i] = (size_t)c->parts.items[i].column;
	}
	shape.columns = columns;
	sep = parts_between(&c->parts, &shape.csv);
	shape.between = sep.data;
	shape.between_len = sep.len;
	shape.separator = m->join != NULL ? c->join.data : NULL;
	shape.separator_len = c->join.len;
	status = row_bind(&c->row, &shape, t, error);
	free(names);
	free(columns);
	return status;
}

static int
cut_bind(struct map *m, const struct table *t, struct buf *error)
{
	struct cut *c = m->job;
	int status;

	if ((status = parts_bind(&c->parts, t, 0, error)) != 0 ||
	    (m->invert && (status = map_cut_bind(m, c, t, error)) != 0) || c->way != CUT_NOT)
		return status;
	if ((status = bind_row(m, c, t, error)) != 0)
		return status;
	if (map_cut_block_bind(c) < 0)
		return map_no_memory_status(error);
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

/* Without memory the line is not worth an error. */
static void
cut_lacking(const struct map *m, uint64_t records, struct buf *out)
{
	const struct cut *c = m->job;

	(void)range_lacking(&c->parts.range, records, out);
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
	.run = map_cut_block,
	.lacking = cut_lacking,
	.free = cut_free,
};
