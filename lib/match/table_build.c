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

/*
 * Appends the header of rows made so, whose end is that of the table `headed`. Returns as
 * columns_names does.
 */
static const char *
add_header(const struct table *const tables[], size_t n, const char *first, const struct table *headed, struct buf *out)
{
	struct range_view between = separator(headed);
	const char *wrong = NULL;

	if (first != NULL && headed->format == TABLE_WORDS)
		wrong = buf_adds(out, first) < 0 ? "" : NULL;
	else if (first != NULL)
		wrong = columns_name(headed, &(struct range_view){ first, strlen(first) }, 1, out);
	for (size_t i = 0; i < n && wrong == NULL; i++) {
		if ((i > 0 || first != NULL) && buf_add(out, between.data, between.len) < 0)
			return "";
		wrong = columns_names(tables[i], i + 1 < n, out);
	}
	return wrong != NULL || buf_add(out, headed->row_end, headed->row_end_len) == 0 ? wrong : "";
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
	const char *wrong;
	struct table *made = NULL;
	size_t count = first != NULL;
	int named = 1, bad = 0;

	for (size_t i = 0; i < n; i++) {
		named &= tables[i]->named;
		count += tables[i]->count;
		if (headed == NULL && tables[i]->header_len > 0)
			headed = tables[i];
	}
	*rule = NULL;
	if (named && headed != NULL) {
		if ((wrong = add_header(tables, n, first, headed, &header)) == NULL)
			made = columns_table(tables[0], &header, rule);
		else if (*wrong != '\0')
			*rule = wrong;
		buf_free(&header);
		return made;
	}
	if (named && first != NULL)
		bad |= buf_add(&names, &(struct range_view){ first, strlen(first) }, sizeof(struct range_view));
	for (size_t i = 0; named && i < n; i++)
		bad |= buf_add(&names, tables[i]->names, tables[i]->count * sizeof *tables[i]->names);
	if (named) {
		parts.names = (const struct range_view *)(void *)names.data;
		parts.count = count;
	}
	if (bad == 0)
		made = table_make(&parts, rule);
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
	if (table_has_names(t))
		return table_make(&(struct table_parts){ .framing = t->framing }, rule);
	return t->format == TABLE_WORDS || columns_extensible(t) ? make(&t, 1, name, rule) : NULL;
}
