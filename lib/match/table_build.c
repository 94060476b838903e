/* table_build: tables of rows that are made of the rows of others (table.h). */

#include <errno.h>
#include <string.h>

#include "match/columns.h"
#include "match/table.h"

/* What separates a column that is put before the others. */
static struct range_view
separator(const struct table *t)
{
	if (t->format == TABLE_WORDS)
		return (struct range_view){ " ", 1 };
	return (struct range_view){ t->between, t->between_len };
}

/* Appends the header of rows made so, whose end is that of the table `headed`. Returns 0, or -1. */
static int
add_header(const struct table *const tables[], size_t n, const char *first, const struct table *headed, struct buf *out)
{
	struct range_view between = separator(headed);
	int bad = 0;

	if (first != NULL && headed->format == TABLE_WORDS)
		bad |= buf_adds(out, first);
	else if (first != NULL)
		bad |= columns_put(headed, first, strlen(first), out);
	for (size_t i = 0; i < n; i++)
		bad |= (i > 0 || first != NULL ? buf_add(out, between.data, between.len) : 0) |
		    columns_names(tables[i], out);
	return bad | buf_add(out, headed->row_end, headed->row_end_len);
}

/*
 * Makes the table of all names: in a header or, if no table has one, in `columns`; or without names
 * if one of the tables has none. first: the name of a column before them, or NULL.
 */
static struct table *
make(const struct table *const tables[], size_t n, const char *first, const char **rule)
{
	struct table_parts parts = { .framing = tables[0]->framing, .separator = tables[0]->separator };
	const struct table *headed = NULL;
	struct buf header = { 0 }, names = { 0 };
	struct table *made = NULL;
	size_t count = first != NULL;
	int named = 1, bad = 0;

	for (size_t i = 0; i < n; i++) {
		named &= tables[i]->named;
		count += tables[i]->count;
		if (headed == NULL && tables[i]->header_len > 0)
			headed = tables[i];
	}
	if (named && headed != NULL) {
		bad = add_header(tables, n, first, headed, &header);
		parts.header = header.data;
		parts.header_len = header.len;
	} else if (named) {
		if (first != NULL)
			bad |= buf_add(&names, &(struct range_view){ first, strlen(first) }, sizeof(struct range_view));
		for (size_t i = 0; i < n; i++)
			bad |= buf_add(&names, tables[i]->names, tables[i]->count * sizeof *tables[i]->names);
		parts.names = (const struct range_view *)(void *)names.data;
		parts.count = count;
	}
	*rule = NULL;
	if (bad == 0)
		made = table_make(&parts, rule);
	else if (errno == EINVAL)
		*rule = "a name has the separator of the table in it";
	if (made != NULL && named && made->count != count) {
		*rule = columns_unequal;
		table_drop(made);
		made = NULL;
	}
	buf_free(&header);
	buf_free(&names);
	return made;
}

struct table *
table_beside(const struct table *const tables[], size_t n, const char **rule)
{
	*rule = NULL;
	errno = 0;
	for (size_t i = 0; i < n; i++)
		if (tables[i] == NULL || !columns_extensible(tables[i]) || !table_alike(tables[i], tables[0]))
			return NULL;
	return make(tables, n, NULL, rule);
}

struct table *
table_before(const struct table *t, const char *name, const char **rule)
{
	*rule = NULL;
	errno = 0;
	return t->format == TABLE_WORDS || columns_extensible(t) ? make(&t, 1, name, rule) : NULL;
}
