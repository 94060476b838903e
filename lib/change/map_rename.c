/*
 * map_rename: the verb rename, which gives columns or members other names. If the records have a
 * table with names, only that changes, and they pass as they are.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "change/edit.h"
#include "change/map_private.h"
#include "match/expr_list.h"
#include "match/spell.h"

struct rename {
	struct edit_pair *pairs; /* owned, as their names */
	size_t count;
	struct edit edit;
	struct row row;
	struct buf levels;
	int table_only; /* 1: the records do not change */
};

static void
rename_free(struct map *m)
{
	struct rename *r = m->job;

	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++) {
		free((char *)(uintptr_t)r->pairs[i].to.data);
		free((char *)(uintptr_t)r->pairs[i].from.data);
	}
	free(r->pairs);
	edit_free(&r->edit);
	row_free(&r->row);
	buf_free(&r->levels);
	free(r);
	m->job = NULL;
}

/* Reads NEW=.old at text[*at]. Returns 0, or -1 with a line in error. */
static int
read_pair(struct rename *r, const char *text, size_t len, size_t *at, struct buf *error)
{
	struct edit_pair *more = reallocarray(r->pairs, r->count + 1, sizeof *more), *pair;

	if (more == NULL)
		return map_no_memory(error);
	r->pairs = more;
	pair = &more[r->count];
	memset(pair, 0, sizeof *pair);
	if (expr_list_name(text, len, at, &pair->to, error) < 0)
		return -1;
	r->count++;
	return expr_list_old_name(text, len, at, &pair->from, error);
}

static int
same(const struct range_view *a, const struct range_view *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Returns 0 if each name is named once; else -1 with a line in error. */
static int
check_names(const struct rename *r, struct buf *error)
{
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct edit_pair *a = &r->pairs[i], *b = &r->pairs[k];
			int from = same(&a->from, &b->from);

			if (!from && !same(&a->to, &b->to))
				continue;
			(void)spell_path(error, from ? a->from.data : a->to.data, from ? a->from.len : a->to.len, 1);
			(void)buf_adds(error, from ? ": it cannot get two names" : ": two cannot get one name");
			return -1;
		}
	return 0;
}

static int
rename_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct rename *r = calloc(1, sizeof *r);
	struct buf text = { 0 };
	size_t at = 0;
	int result;

	m->job = r;
	if (r == NULL || map_words(words, count, &text) < 0)
		return map_no_memory(error);
	while ((result = read_pair(r, text.data, text.len, &at, error)) == 0 && at < text.len)
		at++; /* the comma */
	if (result < 0 && text.data != NULL && strchr(text.data, '=') == NULL) {
		size_t n = strcspn(text.data, ", ");
		const char *new = text.data + n + strspn(text.data + n, ", ");

		error->len = 0;
		if (spell_plain(text.data, n) && spell_plain(new, strlen(new)))
			(void)buf_addf(error, "it is written NEW=.OLD: %s=.%.*s", new, (int)n, text.data);
		else
			(void)buf_adds(error, "it is written NEW=.OLD, ...");
	}
	buf_free(&text);
	return result < 0 ? -1 : check_names(r, error);
}

/*
 * Makes the table of the records with their new names. Returns 0, or a status with a line in
 * error.
 */
static int
rename_columns(struct map *m, struct rename *r, const struct table *in, struct buf *error)
{
	struct range_view *names = calloc(in->count, sizeof *names);
	size_t *columns = calloc(in->count + 1, sizeof *columns);
	struct row_shape shape = { .names = names, .count = in->count, .columns = columns };
	int status = 0;

	if (names == NULL || columns == NULL) {
		free(names);
		free(columns);
		return map_no_memory_status(error);
	}
	memcpy(names, in->names, in->count * sizeof *names);
	for (size_t i = 0; i < in->count; i++)
		columns[i] = i + 1;
	for (size_t i = 0; i < r->count && status == 0; i++) {
		int64_t column = table_column(in, r->pairs[i].from.data, r->pairs[i].from.len);

		if (column < 0) {
			(void)spell_path(error, r->pairs[i].from.data, r->pairs[i].from.len, 1);
			(void)buf_adds(
			    error, column == TABLE_TWICE ? ": two columns have that name" : ": no such column");
			(void)buf_adds(error, " (the table has ");
			(void)table_names(in, error);
			(void)buf_addc(error, ')');
			if (column == TABLE_NONE && table_column(in, r->pairs[i].to.data, r->pairs[i].to.len) >= 0)
				(void)buf_adds(error, "; it is written NEW=.OLD");
			status = EX_DATAERR;
		} else {
			names[column] = r->pairs[i].to;
			columns[column] = 0;
		}
	}
	if (status == 0 && (status = row_bind(&r->row, &shape, in, error)) == 0 && r->row.table != in)
		map_declare(m, r->row.table);
	free(names);
	free(columns);
	return status;
}

static int
rename_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct rename *r = m->job;

	if (in != NULL && !table_has_names(in) && !in->named) {
		(void)buf_adds(error, "the table has no names (rec-split -H takes them from the first row)");
		return EX_DATAERR;
	}
	if (in != NULL && in->named) {
		int status = rename_columns(m, r, in, error);

		r->table_only = in->format != TABLE_JSON;
		if (status != 0 || r->table_only)
			return status;
	}
	return edit_bind(&r->edit, in, error);
}

static const char *
rename_apply(struct map *m, const struct rec *record)
{
	struct rename *r = m->job;
	const struct rec now = *record;
	const char *why;

	if (r->table_only) {
		if (now.len > 0 && buf_add(map_bytes(m), now.data, now.len) < 0)
			return "";
		return map_record(m, record);
	}
	if (r->edit.row.form == ROW_JSON && (why = edit_check_object(now.data, now.len, &r->levels)) != NULL)
		return why;
	if ((why = edit_rename(&r->edit, r->pairs, r->count, now.data, now.len, map_bytes(m))) != NULL)
		return why;
	return map_record(m, record);
}

const struct map_verb map_rename = {
	.name = "rename",
	.operands = "NEW=.old, ...",
	.summary = "columns or members get other names",
	.help = "  rename customer=.user, .\"unit price\"=.price\n",
	.options = 0,
	.compile = rename_compile,
	.bind = rename_bind,
	.apply = rename_apply,
	.free = rename_free,
};
