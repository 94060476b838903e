/* row_table: the table of records that are made of parts. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/utf8.h"
#include "change/row_private.h"
#include "match/columns.h"
#include "match/fields.h"
#include "match/logfmt.h"
#include "match/spell.h"

static int
no_memory(struct buf *error)
{
	(void)buf_adds(error, "out of memory");
	return EX_OSERR;
}

/* Adds a line: why the records cannot have that name. */
static int
refuse_name(const struct range_view *name, const char *why, struct buf *error)
{
	(void)buf_adds(error, "a column cannot be called ");
	(void)spell_quoted(error, name->data, name->len);
	(void)buf_addf(error, ": %s", why);
	return EX_DATAERR;
}

static int
compare_names(const void *a, const void *b)
{
	const struct range_view *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = n > 0 ? memcmp(x->data, y->data, n) : 0;

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The same if case does not count. */
static int
compare_folded(const void *a, const void *b)
{
	const struct range_view *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = n > 0 ? fields_compare(x->data, y->data, n) : 0;

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* A name, and the column that it is that of, or 0. The name is first, for the functions above. */
struct named {
	struct range_view name;
	size_t column;
};

static int
compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = compare_names(&x->name, &y->name);

	return order != 0 ? order : (x->column > y->column) - (x->column < y->column);
}

/* Returns 0, or EX_DATAERR with a line in error if two parts have one name. */
static int
check_twice(const struct row_shape *shape, enum row_form form, struct buf *error)
{
	int (*compare)(const void *, const void *) = form == ROW_FIELDS ? compare_folded : compare_names;
	const size_t *columns = form == ROW_COLUMNS || form == ROW_WORDS ? shape->columns : NULL;
	struct named *sorted = calloc(shape->count + 1, sizeof *sorted);
	int status = 0;

	if (sorted == NULL)
		return no_memory(error);
	for (size_t i = 0; i < shape->count; i++)
		sorted[i] = (struct named){ shape->names[i], columns != NULL ? columns[i] : 0 };
	qsort(sorted, shape->count, sizeof *sorted, form == ROW_FIELDS ? compare_folded : compare_named);
	for (size_t i = 1; i < shape->count && status == 0; i++) {
		const struct named *before = &sorted[i - 1], *now = &sorted[i];

		if (compare(before, now) == 0 && (before->column == 0 || before->column == now->column)) {
			(void)buf_adds(error, "two results are called ");
			(void)spell_quoted(error, now->name.data, now->name.len);
			status = EX_DATAERR;
		}
	}
	free(sorted);
	return status;
}

/* Returns 1 if the parts have the names of all the table's columns, in their order; else 0. */
static int
same_names(const struct row_shape *shape, const struct table *in)
{
	if (shape->count != in->count)
		return 0;
	for (size_t i = 0; i < in->count; i++)
		if (compare_names(&shape->names[i], &in->names[i]) != 0)
			return 0;
	return 1;
}

/* Makes the header of a table whose format is PLAIN, CSV or WORDS. Returns 0, or a status. */
static int
make_header(const struct row_shape *shape, const struct table *in, struct buf *header, struct buf *error)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct range_view *name = &shape->names[i];
		int last = i + 1 == shape->count;
		const char *wrong = NULL;

		if (in->format == TABLE_WORDS) {
			if (i > 0 && buf_addc(header, ' ') < 0)
				return no_memory(error);
			for (size_t k = 0; k < name->len; k++)
				if (name->data[k] == '\n' || (!last && (name->data[k] == ' ' || name->data[k] == '\t')))
					wrong = "blanks separate the table's columns";
			if (name->len == 0)
				wrong = "blanks separate the table's columns";
			if (wrong == NULL && buf_add(header, name->data, name->len) < 0)
				return no_memory(error);
		} else {
			if (i > 0 && buf_add(header, in->between, in->between_len) < 0)
				return no_memory(error);
			wrong = columns_name(in, name, !last, header);
			if (wrong != NULL && *wrong == '\0')
				return no_memory(error);
			if (wrong != NULL)
				wrong = "the table's separator, or a line's end, is in it";
		}
		if (wrong != NULL)
			return refuse_name(name, wrong, error);
	}
	/* An empty line is no header. */
	if (header->len == 0 && buf_adds(header, in->format == TABLE_CSV ? "\"\"" : "") < 0)
		return no_memory(error);
	if (header->len == 0)
		return refuse_name(&shape->names[0], "the header would be an empty line", error);
	return buf_add(header, in->row_end, in->row_end_len) < 0 ? no_memory(error) : 0;
}

/* Takes the table that was made, or says why there is none. */
static int
take(struct row *r, struct table *made, const char *rule, struct buf *error)
{
	if (made == NULL && rule == NULL)
		return no_memory(error);
	if (made == NULL) {
		(void)buf_adds(error, rule);
		return EX_DATAERR;
	}
	r->table = made;
	return 0;
}

/* The names of records that have names of their own are in each record. */
static int
check_own_names(const struct row_shape *shape, const struct table *in, struct buf *error)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct range_view *name = &shape->names[i];

		if (name->data == NULL) {
			(void)buf_addf(error, "the records are %s, and their parts have names: .name", table_kind(in));
			return EX_DATAERR;
		}
		if (in->format == TABLE_LOGFMT ? !logfmt_is_key(name->data, name->len) :
						 !fields_is_name(in->fields, name->data, name->len))
			return refuse_name(name,
			    in->format == TABLE_LOGFMT ? "it is no key of logfmt" : "it is no name of a field", error);
	}
	return 0;
}

/* Returns 0, or EX_DATAERR if a name is not UTF-8, as names in JSON are. */
static int
check_utf8(const struct row_shape *shape, struct buf *error)
{
	for (size_t i = 0; i < shape->count; i++)
		if (!utf8_valid(shape->names[i].data, shape->names[i].len))
			return refuse_name(&shape->names[i], "it is not UTF-8", error);
	return 0;
}

int
row_make_table(struct row *r, const struct row_shape *shape, const struct table *in, struct buf *error)
{
	struct table_parts parts = { 0 };
	struct buf header = { 0 };
	const char *rule = NULL;
	int status = 0;

	if (in != NULL && table_has_names(in))
		status = check_own_names(shape, in, error);
	if (status == 0 && r->form != ROW_TEXT && (in == NULL || in->named || table_has_names(in)))
		status = check_twice(shape, r->form, error);
	if (status == 0 && r->form == ROW_JSON)
		status = check_utf8(shape, error);
	if (status != 0 || in == NULL)
		return status;
	if (table_has_names(in)) {
		r->table = table_share((struct table *)(uintptr_t)in);
		return 0;
	}
	if (r->form == ROW_COLUMNS && in->between_len == 0 && shape->count > 1) {
		(void)buf_adds(error, "its table has no separator, and so one column");
		return EX_DATAERR;
	}
	if (in->named && same_names(shape, in)) {
		r->table = table_share((struct table *)(uintptr_t)in);
		return 0;
	}
	parts.framing = in->framing;
	parts.separator = in->separator;
	if (!in->named || in->header_len == 0) {
		parts.names = in->named ? shape->names : NULL;
		parts.count = in->named ? shape->count : 0;
		if (in->named && (status = check_utf8(shape, error)) != 0)
			return status;
		return take(r, table_make(&parts, &rule), rule, error);
	}
	if ((status = make_header(shape, in, &header, error)) == 0) {
		struct table *made = columns_table(in, &header, &rule);

		status = take(r, made, rule, error);
	}
	buf_free(&header);
	return status;
}
