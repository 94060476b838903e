/* expr_list: see expr_list.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "match/expr_list.h"
#include "match/expr_parse.h"

/* Adds a line: what is wrong at that place of the list. Returns -1. */
static int
fail(const char *text, size_t len, size_t at, const char *what, struct buf *error)
{
	struct expr_parser p = { .text = text, .len = len, .error = error };

	(void)expr_fail(&p, at, "%s", what);
	return -1;
}

static int
no_memory(struct buf *error)
{
	error->len = 0;
	(void)buf_adds(error, "out of memory");
	errno = ENOMEM;
	return -1;
}

static void
skip_spaces(const char *text, size_t len, size_t *at)
{
	while (*at < len && (text[*at] == ' ' || text[*at] == '\t' || text[*at] == '\r' || text[*at] == '\n'))
		++*at;
}

/* Reads the name at text[*at], in quotes or not, and moves *at past it. Returns 0, or -1. */
static int
read_name(const char *text, size_t len, size_t *at, struct buf *out, struct buf *error)
{
	size_t from = *at, n = 0;
	const char *quote;
	int result;

	if (from < len && text[from] == '"') {
		if ((quote = jsonstring_end(text + from + 1, text + len, NULL)) == NULL)
			return fail(text, len, from, "the name is not closed by a quote", error);
		if ((result = jsonstring_decode(out, text + from + 1, quote)) < 0 || buf_terminate(out) < 0)
			return no_memory(error);
		if (result == 0)
			return fail(text, len, from,
			    "a backslash in a name begins an escape of JSON; itself it is \\\\", error);
		*at = (size_t)(quote - text) + 1;
		return 0;
	}
	while (from + n < len && expr_is_member((unsigned char)text[from + n]))
		n++;
	if (n == 0)
		return fail(
		    text, len, from, "a name and = are expected: total=.price * 2, or .\"unit price\"=3", error);
	if (expr_is_digit((unsigned char)text[from]))
		return fail(text, len, from, "a name that begins with a digit is written in quotes: .\"3\"=5", error);
	if (buf_add(out, text + from, n) < 0 || buf_terminate(out) < 0)
		return no_memory(error);
	*at += n;
	return 0;
}

int
expr_list_name(const char *text, size_t len, size_t *at, struct range_view *name, struct buf *error)
{
	struct buf out = { 0 };

	skip_spaces(text, len, at);
	if (*at < len && text[*at] == '$')
		return fail(
		    text, len, *at, "a name is expected: total=.price * 2; a member called $id is .$id=1", error);
	*at += *at < len && text[*at] == '.';
	if (read_name(text, len, at, &out, error) < 0) {
		buf_free(&out);
		return -1;
	}
	skip_spaces(text, len, at);
	if (*at == len || text[*at] != '=' || (*at + 1 < len && text[*at + 1] == '=')) {
		buf_free(&out);
		return fail(text, len, *at, "= is expected after the name: total=.price * 2", error);
	}
	++*at;
	*name = (struct range_view){ out.data, out.len };
	return 0;
}

int
expr_list_old_name(const char *text, size_t len, size_t *at, struct range_view *name, struct buf *error)
{
	struct buf out = { 0 };

	skip_spaces(text, len, at);
	*at += *at < len && text[*at] == '.';
	if (read_name(text, len, at, &out, error) < 0) {
		buf_free(&out);
		return -1;
	}
	skip_spaces(text, len, at);
	if (*at < len && text[*at] != ',') {
		buf_free(&out);
		return fail(
		    text, len, *at, "a comma is expected after the name, or the end: new=.old, other=.name", error);
	}
	*name = (struct range_view){ out.data, out.len };
	return 0;
}

const char *
expr_list_named(const char *text)
{
	const char *p = text + (*text == '.'), *from = p;

	if (*p == '"') {
		if ((p = jsonstring_end(p + 1, p + strlen(p), NULL)) == NULL)
			return NULL;
		p++;
	} else {
		while (expr_is_member((unsigned char)*p))
			p++;
	}
	return p > from && p[0] == '=' && p[1] != '=' ? p : NULL;
}

/* Adds the item at text[*at]. Returns 0, or -1. */
static int
add_item(struct expr_list *l, const char *text, size_t len, size_t *at, int named, int flags, const char *separator,
    struct buf *error)
{
	struct expr_list_item *more = reallocarray(l->items, l->count + 1, sizeof *more), *item;

	if (more == NULL)
		return no_memory(error);
	l->items = more;
	item = &more[l->count];
	memset(item, 0, sizeof *item);
	if (named && expr_list_name(text, len, at, &item->name, error) < 0)
		return -1;
	l->count++;
	return expr_compile_next(&item->expr, text, len, at, flags, separator, error);
}

int
expr_list(
    struct expr_list *l, const char *text, size_t len, int named, int flags, const char *separator, struct buf *error)
{
	size_t at = 0;
	int result;

	*l = (struct expr_list){ 0 };
	while ((result = add_item(l, text, len, &at, named, flags, separator, error)) == 0 && at < len)
		at++; /* the comma */
	if (result < 0) {
		int saved = errno;

		expr_list_free(l);
		errno = saved;
	}
	return result;
}

int
expr_list_table(struct expr_list *l, const struct table *t, struct buf *error)
{
	for (size_t i = 0; i < l->count; i++)
		if (expr_table(&l->items[i].expr, t, error) < 0)
			return -1;
	return 0;
}

int
expr_list_lacking(const struct expr_list *l, uint64_t records, struct buf *out)
{
	int result = 0;

	for (size_t i = 0; i < l->count && result == 0; i++)
		result = expr_lacking(&l->items[i].expr, records, out);
	return result;
}

void
expr_list_free(struct expr_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		expr_free(&l->items[i].expr);
		free((char *)(uintptr_t)l->items[i].name.data);
	}
	free(l->items);
	*l = (struct expr_list){ 0 };
}
