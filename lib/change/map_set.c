/*
 * map_set: the verb set, which gives columns or members the values of expressions. Each change is
 * made after the one before it, so an expression sees what those before it have set; the last one
 * is written straight to the record that goes out.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/utf8.h"
#include "change/edit.h"
#include "change/map_private.h"
#include "match/columns.h"
#include "match/expr_list.h"

struct step {
	struct edit edit;
	struct edit_target target;
	struct table *table; /* that of the record which this step changes: a share, or NULL */
};

struct set {
	struct expr_list list;
	struct step *steps;    /* one for each expression */
	struct buf between[2]; /* what a step has made for the next one */
	struct buf levels;
};

static void
set_free(struct map *m)
{
	struct set *s = m->job;

	if (s == NULL)
		return;
	for (size_t i = 0; s->steps != NULL && i < s->list.count; i++) {
		edit_free(&s->steps[i].edit);
		table_drop(s->steps[i].table);
	}
	free(s->steps);
	expr_list_free(&s->list);
	buf_free(&s->between[0]);
	buf_free(&s->between[1]);
	buf_free(&s->levels);
	free(s);
	m->job = NULL;
}

static int
set_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct set *s = calloc(1, sizeof *s);
	int flags = (utf8_locale() ? EXPR_UTF8 : 0) | (m->ignore_case ? EXPR_IGNORE_CASE : 0), result;
	struct buf text = { 0 };

	m->job = s;
	if (s == NULL || map_words(words, count, &text) < 0)
		return map_no_memory(error);
	result = expr_list(&s->list, text.data, text.len, 1, flags, m->separator, error);
	buf_free(&text);
	if (result < 0)
		return -1;
	if ((s->steps = calloc(s->list.count, sizeof *s->steps)) == NULL)
		return map_no_memory(error);
	return 0;
}

/*
 * Finds the column that a step sets in records with the table t, and sets *after to a share of the
 * table that they have then. Returns 0, or a status with a line in error.
 */
static int
find_column(struct step *step, struct table *t, struct table **after, struct buf *error)
{
	const struct range_view *name = &step->target.name;
	int64_t column;

	*after = NULL;
	if (t != NULL && !table_has_names(t)) {
		struct buf why = { 0 };

		if (!t->named) {
			(void)buf_adds(error, "the table has no names (rec-split -H takes them from the first row)");
			return EX_DATAERR;
		}
		column = table_column(t, name->data, name->len);
		step->target.columns = t->count;
		step->target.column = column >= 0 ? (size_t)column : t->count;
		if (column == TABLE_TWICE) {
			(void)buf_addf(error, "%.*s: two columns have that name", (int)name->len, name->data);
			return EX_DATAERR;
		}
		if (column == TABLE_NONE) {
			*after = columns_extend(t, name, 1, &why);
			(void)buf_add(error, why.data != NULL ? why.data : "", why.len);
			buf_free(&why);
			return *after != NULL ? 0 : error->len > 0 ? EX_DATAERR : map_no_memory_status(error);
		}
	}
	*after = table_share(t);
	return 0;
}

static int
set_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct set *s = m->job;
	struct table *t = table_share((struct table *)(uintptr_t)in);
	int status = 0;

	for (size_t i = 0; i < s->list.count && status == 0; i++) {
		struct step *step = &s->steps[i];

		step->table = t;
		step->target.name = s->list.items[i].name;
		if (expr_table(&s->list.items[i].expr, t, error) < 0)
			status = EX_DATAERR;
		if (status == 0)
			status = edit_bind(&step->edit, t, error);
		if (status == 0)
			status = find_column(step, t, &t, error);
		else
			t = NULL;
	}
	if (status == 0 && t != in)
		map_declare(m, t);
	table_drop(t);
	return status;
}

/* Makes one change. *lacks is set to 1 if the expression has no value. Returns NULL, or why not. */
static const char *
change(struct set *s, size_t i, const struct expr_record *r, struct buf *out, int *lacks)
{
	struct expr_result result;
	const char *why;
	int there = expr_evaluate(&s->list.items[i].expr, r, &result, &why);

	if (there <= 0)
		return there < 0 ? "" : why;
	*lacks |= result.gives == EXPR_GIVES_NOTHING;
	return edit_set(&s->steps[i].edit, &s->steps[i].target, r->data, r->len, &result, out);
}

static const char *
set_apply(struct map *m, const struct rec *r)
{
	struct set *s = m->job;
	struct expr_record now = { .data = r->data, .len = r->len, .position = r->pos };
	int lacks = 0;

	if (s->steps[0].edit.row.form == ROW_JSON) {
		const char *why = edit_check_object(r->data, r->len, &s->levels);

		if (why != NULL)
			return why;
		now.is_json = 1;
	}
	for (size_t i = 0; i < s->list.count; i++) {
		struct buf *out = i + 1 < s->list.count ? &s->between[i % 2] : map_bytes(m);
		const char *why;

		if (i + 1 < s->list.count)
			out->len = 0;
		if ((why = change(s, i, &now, out, &lacks)) != NULL)
			return map_wrong(m, why, s->list.items[i].name.data, s->list.items[i].name.len);
		now.data = out->data;
		now.len = out->len;
	}
	return lacks && m->need ? map_lacks : map_record(m, r);
}

/* Without memory the line is not worth an error. */
static void
set_lacking(const struct map *m, uint64_t records, struct buf *out)
{
	const struct set *s = m->job;

	(void)expr_list_lacking(&s->list, records, out);
}

const struct map_verb map_set = {
	.name = "set",
	.operands = "NAME=EXPR, ...",
	.summary = "columns or members get the values of expressions; the rest stays byte for byte",
	.help = "  set 'total=.price * .qty, date=substr(.time, 1, 10)'\n",
	.options = MAP_F | MAP_IGNORE_CASE | MAP_NEED,
	.compile = set_compile,
	.bind = set_bind,
	.apply = set_apply,
	.lacking = set_lacking,
	.free = set_free,
};
