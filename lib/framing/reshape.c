/* reshape: see reshape.h. */

#include <errno.h>
#include <string.h>

#include "base/jsonstring.h"
#include "framing/framing_table.h"
#include "framing/reshape.h"
#include "match/columns.h"
#include "match/json.h"

static const char no_memory[] = "";

static int
is_json(const struct framing *f)
{
	return strncmp(framing_name(f), "json", 4) == 0;
}

static int
is_space(char c)
{
	return memchr(" \t\r\n", c, 4) != NULL;
}

int
reshape_names(const struct framing *f)
{
	return framing_table_usual(f) || is_json(f);
}

/* Returns 1 if the table has a column of that name already, which is the reason in why; else 0. */
static int
has_column(const struct reshape *r, const struct table *t, struct buf *why)
{
	if (r->column == NULL || table_column(t, r->column, strlen(r->column)) == TABLE_NONE)
		return 0;
	(void)buf_adds(why, "--name: there is a column \"");
	(void)buf_adds(why, r->column);
	(void)buf_adds(why, "\" already: give the new one another name, --name=COLUMN");
	return 1;
}

int
reshape_add(struct reshape *r, struct table *t, const char *from, struct buf *why)
{
	if (t->named && has_column(r, t, why))
		return -1;
	return align_add(&r->aligned, t, from, why);
}

int
reshape_merge(struct reshape *r, struct buf *why)
{
	return align_table(&r->aligned, why) != NULL ? 0 : -1;
}

/* Makes the table with the column of the inputs' names. Returns 0, or -1 as reshape_table. */
static int
add_column(struct reshape *r, const struct table *t, struct buf *why)
{
	struct range_view name = { r->column, strlen(r->column) };

	if (has_column(r, t, why))
		return -1;
	r->table = columns_extend(t, &name, 1, why);
	return r->table != NULL ? 0 : -1;
}

/* Writes the input's name as a field or a string. Returns 0, or -1 as reshape_table. */
static int
write_name(struct reshape *r, const char *name, struct buf *why)
{
	size_t before = r->value.len;

	if (r->json)
		return buf_addc(&r->value, ',') | json_quote(&r->value, r->column, strlen(r->column)) |
		    buf_addc(&r->value, ':') | json_quote(&r->value, name, strlen(name));
	if (columns_put(r->own, name, strlen(name), &r->value) == 0)
		return 0;
	r->value.len = before;
	if (errno == EINVAL)
		(void)buf_adds(why, "--name: its name has a tab or a line's end in it, which no column of TSV can hold");
	return -1;
}

int
reshape_table(struct reshape *r, const struct framing *f, struct table *own, size_t input, const char *name,
    struct table **table, struct buf *why)
{
	table_drop(r->table);
	r->table = NULL;
	r->value.len = 0;
	r->input = input;
	r->json = is_json(f);
	errno = ENOMEM;
	if (r->align && (own = align_table(&r->aligned, why)) == NULL)
		return -1;
	*table = r->own = own;
	if (r->column == NULL)
		return 0;
	if (write_name(r, name, why) < 0)
		return -1;
	if (own == NULL || !own->named)
		return 0;
	if (add_column(r, own, why) < 0)
		return -1;
	*table = r->table;
	return 0;
}

int
reshape_changes(const struct reshape *r)
{
	return r->column != NULL || (r->align && align_moves(&r->aligned, r->input));
}

static int
is_name(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && (len == 0 || memcmp(text, name, len) == 0);
}

/*
 * Looks for a member of the object at its own level. Returns 1 if it has one of that name, 0 if
 * not, -1 with errno ENOMEM. The object is good JSON.
 */
static int
has_member(struct reshape *r, const char *object, size_t len, const char *name)
{
	const char *end = object + len;
	int depth = 0, before = 0; /* before: a member's name comes next */

	for (const char *p = object; p < end; p++) {
		const char *from = p + 1;
		int escapes = 0, got = 1;

		if (*p == '{' || *p == '[') {
			before = ++depth == 1;
		} else if (*p == '}' || *p == ']') {
			depth--;
		} else if (*p == ',') {
			before = depth == 1;
		} else if (*p == '"') {
			p = jsonstring_end(from, end, &escapes);
			if (!before || depth > 1)
				continue;
			before = 0;
			if (escapes && (got = jsonstring_decode(&r->decoded, from, p)) < 0)
				return -1;
			if (escapes ? is_name(name, r->decoded.data, r->decoded.len) :
				      is_name(name, from, (size_t)(p - from)))
				return 1;
		}
	}
	return 0;
}

/* Adds the input's name as a member. Returns as reshape_row. */
static const char *
add_member(struct reshape *r, const char *object, size_t len)
{
	size_t n;
	int got, empty;

	/* A line of jsonl may have white space around its value. */
	for (; len > 0 && is_space(*object); len--)
		object++;
	while (len > 0 && is_space(object[len - 1]))
		len--;
	n = len;
	if (len == 0 || *object != '{')
		return "it is no JSON object, and so the input's name cannot be a member of it";
	if ((got = has_member(r, object, len, r->column)) != 0)
		return got < 0 ? no_memory :
				 "it has a member of that name already: give the new one another name, --name=MEMBER";
	for (n--; is_space(object[n - 1]);)
		n--;
	empty = object[n - 1] == '{';
	r->row.len = 0;
	if (buf_add(&r->row, object, n) < 0 ||
	    buf_add(&r->row, r->value.data + empty, r->value.len - (size_t)empty) < 0 ||
	    buf_add(&r->row, object + n, len - n) < 0)
		return no_memory;
	return NULL;
}

/* Adds the input's name as the last column of the row, which is in r->row already if it moved. */
static const char *
add_field(struct reshape *r, const char *row, size_t len, int moved)
{
	const struct table *t = r->own;
	const char *wrong = moved ? NULL : columns_fill(t, row, len, &r->row);

	if (wrong != NULL)
		return wrong;
	if (buf_add(&r->row, t->between, t->between_len) < 0 || buf_add(&r->row, r->value.data, r->value.len) < 0)
		return no_memory;
	return NULL;
}

const char *
reshape_row(struct reshape *r, const char *row, size_t len, const char **out, size_t *out_len)
{
	const char *why = NULL;
	int moved = 0;

	r->row.len = 0;
	if (r->align && (moved = align_row(&r->aligned, r->input, row, len, &r->row)) < 0)
		return errno == EINVAL ? r->aligned.wrong : no_memory;
	if (r->column != NULL)
		why = r->json ? add_member(r, row, len) : add_field(r, row, len, moved);
	*out = r->row.len > 0 || moved ? r->row.data : row;
	*out_len = r->row.len > 0 || moved ? r->row.len : len;
	return why;
}

void
reshape_free(struct reshape *r)
{
	align_free(&r->aligned);
	table_drop(r->table);
	buf_free(&r->value);
	buf_free(&r->row);
	buf_free(&r->decoded);
}
