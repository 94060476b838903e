/* parts: see parts.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "base/status.h"
#include "change/parts.h"
#include "match/columns.h"
#include "match/expr_list.h"

static int
no_memory(struct buf *error)
{
	error->len = 0;
	(void)buf_adds(error, "out of memory");
	return EX_OSERR;
}

void
parts_free(struct parts *p)
{
	for (size_t i = 0; i < p->named_count; i++)
		free((char *)(uintptr_t)p->named[i].data);
	free(p->named);
	range_free(&p->range);
	free(p->items);
	free(p->fields);
	buf_free(&p->names);
	buf_free(&p->scratch);
	*p = (struct parts){ 0 };
}

/* ---- words ---- */

/*
 * Returns the end of the range at p: a comma that is not within quotes or parentheses, or the
 * end.
 */
static char *
range_end(char *p)
{
	int depth = 0;

	for (; *p != '\0' && (*p != ',' || depth > 0); p++) {
		if (*p == '"') {
			const char *quote = jsonstring_end(p + 1, p + strlen(p), NULL);

			p = quote != NULL ? (char *)(uintptr_t)quote : p;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		}
	}
	return p;
}

/* Adds parts of words, all with the given name, or NULL. Returns 0, or -1 with a line in error. */
static int
add_range(struct parts *p, char *const words[], size_t count, struct range_view *name, struct buf *error)
{
	size_t before = p->range.count;
	struct range_view *more;

	if (range_all(&p->range, words, count, error) < 0)
		return -1;
	if (name != NULL && p->range.count != before + 1) {
		(void)buf_addf(error, "%.*s=: one part of the record is expected after it", (int)name->len, name->data);
		return -1;
	}
	if ((more = reallocarray(p->named, p->range.count + 1, sizeof *more)) == NULL) {
		(void)no_memory(error);
		return -1;
	}
	p->named = more;
	memset(more + before, 0, (p->range.count - before) * sizeof *more);
	p->named_count = p->range.count;
	if (name != NULL) {
		more[before] = *name;
		name->data = NULL;
	}
	return 0;
}

/* Adds the parts of a word that begins with NAME=. Returns as add_range does. */
static int
add_word(struct parts *p, const char *word, struct buf *error)
{
	char *copy = strdup(word), *at = copy;
	int result = 0;

	if (copy == NULL) {
		(void)no_memory(error);
		return -1;
	}
	while (result == 0) {
		struct range_view name = { NULL, 0 };
		char *stop, closed;
		size_t used = 0;

		at += strspn(at, " \t\n");
		if (expr_list_named(at) != NULL) {
			result = expr_list_name(at, strlen(at), &used, &name, error);
			at += used;
		}
		stop = range_end(at);
		closed = *stop;
		*stop = '\0';
		if (result == 0)
			result = add_range(p, &at, 1, name.data != NULL ? &name : NULL, error);
		free((char *)(uintptr_t)name.data);
		if (closed == '\0')
			break;
		at = stop + 1;
	}
	free(copy);
	return result;
}

int
parts_words(struct parts *p, char *const words[], size_t count, struct buf *error)
{
	size_t i = 0;

	while (i < count) {
		size_t n = 0;

		while (i + n < count && expr_list_named(words[i + n]) == NULL)
			n++;
		if (n > 0 && add_range(p, words + i, n, NULL, error) < 0)
			return -1;
		i += n;
		if (i < count && add_word(p, words[i++], error) < 0)
			return -1;
	}
	return 0;
}

/* ---- the list ---- */

static const struct range_view *
given_name(const struct parts *p, size_t part)
{
	return part < p->named_count && p->named[part].data != NULL ? &p->named[part] : NULL;
}

static int
add(struct parts *p, int64_t column, size_t part, const struct range_view *name)
{
	if (p->count == p->room) {
		size_t room = p->room > 0 ? 2 * p->room : 16;
		struct parts_item *more = reallocarray(p->items, room, sizeof *more);

		if (more == NULL)
			return -1;
		p->items = more;
		p->room = room;
	}
	p->items[p->count++] = (struct parts_item){ column, part, name != NULL ? *name : (struct range_view){ NULL, 0 },
		given_name(p, part) != NULL };
	if (column > p->most)
		p->most = column;
	return 0;
}

/*
 * Adds the columns [from, to] of a table with names. Returns 0, or a status with a line in error.
 */
static int
add_columns(struct parts *p, const struct table *t, size_t part, int64_t from, int64_t to, struct buf *error)
{
	int64_t total = (int64_t)t->count, first = from > 0 ? from : total + from + 1,
		last = to > total ? total :
	    to > 0                ? to :
				    total + to + 1;
	const struct range_view *name = given_name(p, part);

	if (first < 1)
		first = 1;
	if (first > last) {
		(void)buf_addf(error, "part %zu is beyond the columns: the table has %zu", part + 1, t->count);
		return EX_DATAERR;
	}
	if (name != NULL && first < last) {
		(void)buf_addf(
		    error, "part %zu has one name, and is %lld columns", part + 1, (long long)(last - first + 1));
		return EX_DATAERR;
	}
	for (; first <= last; first++)
		if (add(p, first, part, name != NULL ? name : &t->names[first - 1]) < 0)
			return no_memory(error);
	return 0;
}

/* Adds a part that is no column, with its name if it is a path. Returns as add_columns does. */
static int
add_part(struct parts *p, const struct table *t, size_t part, struct buf *error)
{
	const struct range_view *given = given_name(p, part);
	struct range_view name = { NULL, 0 };
	size_t before = p->names.len, names;
	int path = range_path(&p->range, part, &p->names, &names);

	if (path < 0 || buf_terminate(&p->names) < 0)
		return no_memory(error);
	if (path == 0 && given == NULL && t != NULL && t->named && t->format != TABLE_JSON) {
		(void)buf_addf(error,
		    "part %zu has no name, and columns of this table have: set NAME='range(\"w2\")' makes one",
		    part + 1);
		return EX_DATAERR;
	}
	/* Where the name is, is known once all names are there. */
	if (path > 0)
		name = (struct range_view){ "", p->names.len - before };
	return add(p, 0, part, &name) < 0 ? no_memory(error) : 0;
}

int
parts_bind(struct parts *p, const struct table *t, int all, struct buf *error)
{
	const char *at;
	int status = 0;

	p->table = t;
	if (range_table(&p->range, t, error) < 0)
		return EX_DATAERR;
	if (p->range.count == 0 && all && t != NULL && t->named)
		for (size_t i = 0; i < t->count && status == 0; i++)
			status = add(p, (int64_t)i + 1, 0, &t->names[i]) < 0 ? no_memory(error) : 0;
	for (size_t i = 0; i < p->range.count && status == 0; i++) {
		int64_t from, to;

		if (t == NULL || t->format == TABLE_JSON || !range_columns(&p->range, i, &from, &to))
			status = add_part(p, t, i, error);
		else if (t->named)
			status = add_columns(p, t, i, from, to, error);
		else if (from == to && from > 0)
			status = add(p, from, i, given_name(p, i)) < 0 ? no_memory(error) : 0;
		else
			status = add_part(p, t, i, error);
	}
	at = p->names.data;
	for (size_t i = 0; i < p->count && p->range.count > 0; i++) {
		const struct range_view *given = given_name(p, p->items[i].part);

		if (p->items[i].column == 0 && p->items[i].name.data != NULL) {
			p->items[i].name.data = at;
			at += p->items[i].name.len;
		}
		if (given != NULL)
			p->items[i].name = *given;
	}
	if (status == 0 && (p->fields = calloc((size_t)p->most + 1, sizeof *p->fields)) == NULL)
		return no_memory(error);
	return status;
}

int
parts_columns(struct parts *p, const struct table *t, const char without[])
{
	struct range_view *more;

	p->count = 0;
	p->most = 0;
	for (size_t i = 0; i < t->count; i++)
		if (!without[i] && add(p, (int64_t)i + 1, 0, &t->names[i]) < 0)
			return -1;
	if ((more = reallocarray(p->fields, (size_t)p->most + 1, sizeof *more)) == NULL)
		return -1;
	p->fields = more;
	return 0;
}

struct range_view
parts_between(const struct parts *p, int *csv)
{
	struct range_view first = { NULL, 0 }, other;
	enum range_kind kind = p->range.count > 0 ? range_kind(&p->range, 0, &first) : RANGE_IS_OTHER;

	*csv = kind == RANGE_IS_CSV;
	for (size_t i = 1; i < p->range.count && first.data != NULL; i++)
		if (range_kind(&p->range, i, &other) != kind || other.len != first.len ||
		    (other.len > 0 && memcmp(other.data, first.data, other.len) != 0))
			first.data = NULL;
	if (first.data != NULL)
		return first;
	*csv = 0;
	return (struct range_view){ "\t", 1 };
}

/* ---- a record ---- */

int
parts_divide(struct parts *p, const char *data, size_t len)
{
	const char *at = len > 0 ? data : NULL, *end = data + len; /* a record of no bytes has no columns */
	size_t most = (size_t)p->most, n = 0;

	for (; at != NULL && n < most; n++) {
		if (p->table->format == TABLE_WORDS) {
			if (table_field(p->table, n, &at, end, &p->fields[n], &p->scratch) < 0)
				return -1;
		} else {
			const char *begin = at, *stop = columns_end(p->table, begin, end, &at);

			p->fields[n] = (struct range_view){ begin, (size_t)(stop - begin) };
		}
	}
	for (; n < most; n++)
		p->fields[n] = (struct range_view){ NULL, 0 };
	return 0;
}

int
parts_view(
    struct parts *p, const struct parts_item *item, const char *data, size_t len, struct range_view *v, int *json)
{
	*json = range_is_json(&p->range, item->part);
	return *json ? range_written(&p->range, item->part, data, len, v) :
		       range_view(&p->range, item->part, data, len, v);
}
