/*
 * range_table: binds the parts of a range to a table. Only the first step of a part depends on it:
 * what is named or counted in the record as a whole. The steps that take its place are a copy, so
 * that another table may come.
 */

#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "base/vis.h"
#include "match/logfmt.h"
#include "match/range_step.h"
#include "match/spell.h"
#include "match/table.h"

void
range_unbind(struct range_part *part)
{
	for (size_t i = 0; part->bound != NULL && i < part->count; i++)
		buf_free(&part->bound[i].scratch);
	free(part->bound);
	part->bound = NULL;
	part->steps = part->parsed;
	part->count = part->parsed_count;
}

/* ---- messages ---- */

/* Adds a line: what is wrong with the part. Returns -1. */
static int
wrong(const struct range_part *part, struct buf *error, const char *why)
{
	(void)vis_cut(error, part->word, strlen(part->word), 60, 0);
	(void)buf_addf(error, ": %s", why);
	return -1;
}

/* Adds the columns that the table has. */
static void
add_columns(const struct table *t, struct buf *error)
{
	(void)buf_adds(error, " (the table has ");
	(void)table_names(t, error);
	(void)buf_addc(error, ')');
}

/*
 * Proposes another separator, if the table has one column in whose name it is: rows that were
 * divided by a wrong one.
 */
static void
add_separator(const struct table *t, struct buf *error)
{
	static const struct {
		char byte;
		const char *shown, *framing;
	} all[] = { { ',', ",", "csv" }, { ';', ";", "'csv:;'" }, { '\t', "TAB", "tsv" } };
	size_t most = 0, best = 0;

	if (t->count != 1 || t->format == TABLE_JSON)
		return;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		size_t n = scan_count(t->names[0].data, t->names[0].len, all[i].byte);

		if (n > most && (t->between_len != 1 || *t->between != all[i].byte)) {
			most = n;
			best = i;
		}
	}
	if (most > 0)
		(void)buf_addf(error, "; if %s separates columns: rec-split -f %s -H", all[best].shown, all[best].framing);
}

/*
 * No column has the first name of the path. Proposes the column whose name is all of the path, if
 * there is one. Returns -1.
 */
static int
no_column(const struct range_part *part, const struct table *t, int within, struct buf *error)
{
	const char *rest = part->word + 1;
	size_t len = strlen(rest);

	(void)wrong(part, error, "no such column");
	add_columns(t, error);
	add_separator(t, error);
	if (len == 0 || *rest == '"' || table_column(t, rest, len) == TABLE_NONE)
		return -1;
	(void)buf_adds(error, "; that column is written ");
	(void)spell_path(error, rest, len, within);
	return -1;
}

/* ---- binding ---- */

/* Finds the column of a part that begins with a name. Returns it, from 0; or -1 with a line. */
static int64_t
find_column(const struct range *range, const struct range_part *part, const struct table *t, struct buf *error)
{
	const struct range_step *name = &part->parsed[0];
	int64_t column;

	if (!t->named)
		return wrong(part, error, "the table has no names (rec-split -H takes them from the first row)");
	column = table_column(t, name->text, name->len);
	if (column == TABLE_NONE)
		return no_column(part, t, range->within, error);
	if (column != TABLE_TWICE)
		return column;
	(void)wrong(part, error, "two columns have that name");
	add_columns(t, error);
	return -1;
}

/* Makes the step one to columns [from, to] of the table. */
static void
set_columns(struct range_step *step, const struct range *range, const struct table *t, int64_t from, int64_t to)
{
	step->from = from;
	step->to = to;
	if (t->format == TABLE_WORDS) {
		step->unit = RANGE_REST;
		step->columns = t->named ? (int64_t)t->count : 0;
		if (from == to && from > 0 && (step->columns == 0 || from < step->columns))
			step->unit = RANGE_WORDS;
		return;
	}
	step->unit = t->format == TABLE_CSV ? RANGE_ROW : RANGE_FIELDS;
	step->text = range->between.data;
	step->len = range->between.len;
}

/* Adds a line: records with names of their own have no columns. Returns -1. */
static int
no_number(const struct table *t, struct buf *error)
{
	(void)buf_addf(error, "f3, csv 3: %s has no columns, but names, such as .name; words are w3", table_kind(t));
	return -1;
}

/*
 * Makes the step one to the value of the name that a path begins with. Returns how many of the
 * path's steps it stands for.
 */
static size_t
set_name(struct range_step *step, const struct range_part *part, const struct table *t)
{
	const struct range_step *name = &part->parsed[0];

	step->text = name->text;
	step->len = name->len;
	if (t->format == TABLE_LOGFMT) {
		step->unit = RANGE_KEY;
		step->never = !logfmt_is_key(name->text, name->len);
		return 1;
	}
	step->unit = RANGE_NAMED;
	step->fields = t->fields;
	step->never = !fields_is_name(t->fields, name->text, name->len);
	if (part->parsed[1].unit != RANGE_ELEMENT)
		return 1;
	step->from = part->parsed[1].from;
	return 2;
}

/* Binds a part whose first step depends on the table. Returns 0, or -1 with a line in error. */
static int
bind_part(struct range *range, struct range_part *part, const struct table *t, struct buf *error)
{
	const struct range_step *first = &part->parsed[0];
	int64_t from = first->from, to = first->to;
	int names = table_has_names(t);
	size_t n = 1, skip = 1;

	if (first->unit == RANGE_ELEMENT)
		return wrong(part, error, "the name of a column is expected before the bracket, such as .items[0]");
	if (names && first->unit != RANGE_MEMBER && !first->own)
		return no_number(t, error);
	if (first->unit == RANGE_MEMBER && !names) {
		if ((from = find_column(range, part, t, error)) < 0)
			return -1;
		to = ++from;
	} else if (first->own) {
		(void)buf_adds(error, "fs: the table has its separator");
		return -1;
	}
	if ((part->bound = calloc(part->parsed_count, sizeof *part->bound)) == NULL) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	if (names)
		skip = set_name(&part->bound[0], part, t);
	else
		set_columns(&part->bound[0], range, t, from, to);
	/* The value of the name alone is no value of JSON. */
	skip += first->unit == RANGE_MEMBER && part->parsed[skip].unit == RANGE_VALUE;
	for (size_t i = skip; i < part->parsed_count; i++) {
		part->bound[n] = part->parsed[i];
		part->bound[n++].scratch = (struct buf){ 0 };
	}
	part->steps = part->bound;
	part->count = n;
	return 0;
}

/* Returns 1 if the part is found in another way with a table, or 0. */
static int
depends(const struct range_part *part)
{
	return part->parsed[0].unit == RANGE_FIELDS || part->parsed[0].unit >= RANGE_CSV;
}

static int
bind_all(struct range *range, const struct table *t, struct buf *error)
{
	if (range->separated && t->format != TABLE_JSON) {
		(void)buf_adds(error, "-F: the table has its separator");
		return -1;
	}
	range->between.len = 0;
	if (buf_add(&range->between, t->between, t->between_len) < 0 || buf_terminate(&range->between) < 0) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < range->count; i++) {
		struct range_part *part = &range->parts[i];

		if (!depends(part))
			continue;
		if (t->format == TABLE_JSON) {
			if (part->parsed[0].unit == RANGE_MEMBER && find_column(range, part, t, error) < 0)
				return -1;
			continue;
		}
		if (t->format == TABLE_OTHER) {
			(void)buf_adds(error, "the columns of ");
			(void)vis_cut(error, t->framing, strlen(t->framing), 40, 0);
			(void)buf_adds(error, " are not known here");
			return -1;
		}
		if (bind_part(range, part, t, error) < 0)
			return -1;
	}
	return 0;
}

int
range_table(struct range *range, const struct table *t, struct buf *error)
{
	int result;

	for (size_t i = 0; i < range->count; i++)
		range_unbind(&range->parts[i]);
	result = t != NULL ? bind_all(range, t, error) : 0;
	for (size_t i = 0; i < range->count && result < 0; i++)
		range_unbind(&range->parts[i]);
	range_find_escapes(range);
	return result;
}

int
range_names(const struct range *range)
{
	for (size_t i = 0; i < range->count; i++)
		if (range->parts[i].parsed_count > 0 && range->parts[i].parsed[0].unit >= RANGE_MEMBER)
			return 1;
	return 0;
}
