/* table_build: tables of rows that are made of the rows of others (table.h). */

#include <errno.h>
#include <string.h>

#include "base/bom.h"
#include "match/columns.h"
#include "match/table.h"

/* Appends a name as a field of the table's rows. Returns 0, or -1 with errno, as columns_put. */
static int
add_name(const struct table *t, const char *name, size_t len, struct buf *out)
{
	return t->format == TABLE_WORDS ? buf_add(out, name, len) : columns_put(t, name, len, out);
}

/* Appends the names of a table as they stand in its header, without the mark and the row's end. */
static int
add_names(const struct table *t, struct buf *out)
{
	size_t mark = bom_utf8(t->header, t->header_len);
	int bad = 0;

	if (t->header_len > 0)
		return buf_add(out, t->header + mark, t->header_len - mark - t->row_end_len);
	for (size_t i = 0; i < t->count; i++)
		bad |= (i > 0 ? buf_add(out, t->between, t->between_len) : 0) |
		    add_name(t, t->names[i].data, t->names[i].len, out);
	return bad;
}

/* What separates a column that is put before the others. */
static struct range_view
separator(const struct table *t)
{
	if (t->format == TABLE_WORDS)
		return (struct range_view){ " ", 1 };
	return (struct range_view){ t->between, t->between_len };
}

/*
 * Makes the table of all names: in a header, whose end is that of the row, or, if no table has
 * a header, in `columns`; or without names if one of the tables has none. first: the name of a
 * column before them, or NULL.
 */
static struct table *
make(const struct table *const tables[], size_t n, const char *first, const char **rule)
{
	struct table_parts parts = { .framing = tables[0]->framing, .separator = tables[0]->separator };
	const struct table *headed = NULL;
	struct range_view between = separator(tables[0]);
	struct buf header = { 0 }, names = { 0 };
	struct table *made = NULL;
	int named = 1, bad = 0;

	for (size_t i = 0; i < n; i++) {
		named &= tables[i]->named;
		if (headed == NULL && tables[i]->header_len > 0)
			headed = tables[i];
	}
	*rule = NULL;
	if (named && headed == NULL && first != NULL)
		bad |= buf_add(&names, &(struct range_view){ first, strlen(first) }, sizeof(struct range_view));
	if (named && headed != NULL && first != NULL)
		bad |= add_name(headed, first, strlen(first), &header) | buf_add(&header, between.data, between.len);
	for (size_t i = 0; named && i < n; i++)
		if (headed == NULL)
			bad |= buf_add(&names, tables[i]->names, tables[i]->count * sizeof *tables[i]->names);
		else
			bad |= (i > 0 ? buf_add(&header, between.data, between.len) : 0) |
			    add_names(tables[i], &header);
	if (named && headed != NULL)
		bad |= buf_add(&header, headed->row_end, headed->row_end_len);
	parts.header = header.data;
	parts.header_len = header.len;
	if (names.len > 0) {
		parts.names = (const struct range_view *)(void *)names.data;
		parts.count = names.len / sizeof *parts.names;
	}
	if (bad == 0)
		made = table_make(&parts, rule);
	else if (errno == EINVAL)
		*rule = "a name has the separator of the table in it";
	buf_free(&header);
	buf_free(&names);
	return made;
}

/* Returns 1 if a row of the table can have more fields, else 0. */
static int
is_open(const struct table *t)
{
	return t->format == TABLE_WORDS || ((t->format == TABLE_PLAIN || t->format == TABLE_CSV) && t->between_len > 0);
}

struct table *
table_beside(const struct table *const tables[], size_t n, const char **rule)
{
	*rule = NULL;
	errno = 0;
	for (size_t i = 0; i < n; i++)
		if (tables[i] == NULL || !is_open(tables[i]) || tables[i]->format == TABLE_WORDS ||
		    !table_alike(tables[i], tables[0]))
			return NULL;
	return make(tables, n, NULL, rule);
}

struct table *
table_before(const struct table *t, const char *name, const char **rule)
{
	*rule = NULL;
	errno = 0;
	return is_open(t) ? make(&t, 1, name, rule) : NULL;
}
