/*
 * specs_parse: makes a program of words: its items, and what is in force for them. A part of
 * specs.h.
 */

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "change/specs_private.h"

/* ---- settings ---- */

static int
read_pad(struct specs_reader *r)
{
	struct buf word = { 0 }, value = { 0 }, error = { 0 };
	int result = specs_take_operand(r, "PAD", &word);

	if (result == 0 && (range_separator(&value, word.data, word.len, &error) < 0 || value.len != 1))
		result = specs_wrong(
		    r, "PAD %s: one character is expected, or two hexadecimal digits, BLANK or TAB", word.data);
	if (result == 0)
		r->pad = value.data[0];
	buf_free(&error);
	buf_free(&word);
	buf_free(&value);
	return result;
}

static int
read_select(struct specs_reader *r)
{
	if (specs_take(r, "FIRST", 5) || specs_take(r, "0", 1))
		r->stream = 0;
	else if (specs_take(r, "SECOND", 6) || specs_take(r, "1", 1))
		r->stream = 1;
	else if (!specs_more(r))
		return specs_wrong(r, "SELECT: 0 or FIRST, 1 or SECOND is expected after it");
	else
		return specs_wrong(
		    r, "SELECT %.*s: there are two streams, 0 or FIRST and 1 or SECOND", (int)specs_token(r->p), r->p);
	r->specs->streams[r->stream].used = 1;
	return 0;
}

/* Takes a setting, if one comes next. Returns 1 if so, 0 if not, or -1 with a message. */
static int
read_setting(struct specs_reader *r)
{
	int result;

	if (specs_take(r, "PAD", 3))
		result = read_pad(r);
	else if (specs_take(r, "WS", 2) || specs_take(r, "WORDSEPARATOR", 7))
		result = specs_read_separator(r, "WS", &r->ws);
	else if (specs_take(r, "FS", 2) || specs_take(r, "FIELDSEPARATOR", 8))
		result = specs_read_separator(r, "FS", &r->fs);
	else if (specs_take(r, "SELECT", 6))
		result = read_select(r);
	else
		return 0;
	return result < 0 ? -1 : 1;
}

/* ---- outputs ---- */

/* Reads [n, n) as a number from 1 on. Returns 1, or 0 if it is none. */
static int
read_column(const char *p, size_t n, size_t *value)
{
	char digits[12];
	uint64_t number;

	if (n == 0 || n >= sizeof digits)
		return 0;
	memcpy(digits, p, n);
	digits[n] = '\0';
	if (num_digits(digits, UINT32_MAX, &number) < 0 || number == 0)
		return 0;
	*value = (size_t)number;
	return 1;
}

/* Reads a column, n, n-m, n.m or n-*. Returns 1, or 0 if it is none. */
static int
read_columns(struct specs_item *item, const char *p, size_t n)
{
	size_t digits = strspn(p, "0123456789"), first, last;

	item->place = SPECS_AT;
	if (digits > n || !read_column(p, digits, &first))
		return 0;
	item->column = first - 1;
	if (digits == n)
		return 1;
	p += digits;
	n -= digits;
	if (*p == '.')
		return read_column(p + 1, n - 1, &item->width);
	if (*p != '-' && *p != ';' && *p != ':')
		return 0;
	if (n == 2 && p[1] == '*')
		return 1;
	if (!read_column(p + 1, n - 1, &last) || last < first)
		return 0;
	item->width = last - first + 1;
	return 1;
}

static int
read_output(struct specs_reader *r, struct specs_item *item)
{
	size_t n, name;
	const char *dot;

	if (!specs_more(r))
		return specs_wrong(r,
		    "%s: an output is expected after it: a column such as 1, 5-8 or 5.4, NEXT or NEXTWORD",
		    r->words[r->count - 1]);
	n = specs_token(r->p);
	dot = memchr(r->p, '.', n);
	name = dot != NULL ? (size_t)(dot - r->p) : n;
	if (specs_is_keyword(r->p, name, "NEXTWORD", 5) || specs_is_keyword(r->p, name, "NWORD", 2))
		item->place = SPECS_NEXTWORD;
	else if (specs_is_keyword(r->p, name, "NEXT", 1))
		item->place = SPECS_NEXT;
	else if (read_columns(item, r->p, n))
		dot = NULL;
	else
		return specs_wrong(
		    r, "%.*s: not an output, which is a column such as 1, 5-8 or 5.4, NEXT or NEXTWORD", (int)n, r->p);
	if (dot != NULL && !read_column(dot + 1, n - name - 1, &item->width))
		return specs_wrong(r, "%.*s: a length is expected after the dot", (int)n, r->p);
	r->p += n;
	return 0;
}

static void
read_alignment(struct specs_reader *r, struct specs_item *item)
{
	if (specs_take(r, "LEFT", 1))
		item->align = SPECS_LEFT;
	else if (specs_take(r, "CENTER", 1) || specs_take(r, "CENTRE", 1))
		item->align = SPECS_CENTER;
	else if (specs_take(r, "RIGHT", 1))
		item->align = SPECS_RIGHT;
	/* A space in bytes that no person reads is not a blank. */
	item->trim = item->align != SPECS_AS_IT_IS && item->conversion.to != 'C' &&
	    (item->input != SPECS_CLOCK || item->conversion.from != 0);
}

/* ---- items ---- */

static int
add_item(struct specs_reader *r, const struct specs_item *item)
{
	struct specs *s = r->specs;
	struct specs_item *items = reallocarray(s->items, s->count + 1, sizeof *items);

	if (items == NULL)
		return specs_no_memory(r);
	s->items = items;
	s->items[s->count++] = *item;
	return 0;
}

static int
read_put(struct specs_reader *r, struct specs_item *item)
{
	int result;

	item->pad = r->pad;
	if (specs_read_input(r, item) < 0)
		return -1;
	item->strip = specs_take(r, "STRIP", 5);
	if (specs_more(r)) {
		size_t n = specs_token(r->p);

		if ((result = specs_conversion(&item->conversion, r->p, n, r->error)) < 0)
			return -1;
		if (result > 0)
			r->p += n;
	}
	if (read_output(r, item) < 0)
		return -1;
	read_alignment(r, item);
	return 0;
}

/* Reads one item or setting, which is there. Returns 0, or -1 with a message. */
static int
read_item(struct specs_reader *r)
{
	struct specs_item item = { .what = SPECS_PUT };
	int result = read_setting(r);

	if (result != 0)
		return result < 0 ? -1 : 0;
	if (specs_take(r, "READ", 4))
		item.what = SPECS_READ;
	else if (specs_take(r, "READSTOP", 8))
		item.what = SPECS_READSTOP;
	else if (specs_take(r, "WRITE", 5))
		item.what = SPECS_WRITE;
	else if (read_put(r, &item) < 0)
		return -1;
	item.stream = (unsigned char)r->stream;
	return add_item(r, &item);
}

/*
 * Reads STOP and its operand, if it comes next. Sets *stop to a number of streams; 0: all of them.
 */
static int
read_stop(struct specs_reader *r, unsigned *stop)
{
	*stop = 0;
	if (!specs_take(r, "STOP", 4) || specs_take(r, "ALLEOF", 6))
		return 0;
	if (specs_take(r, "ANYEOF", 6) || specs_take(r, "1", 1))
		*stop = 1;
	else if (specs_take(r, "2", 1))
		*stop = 2;
	else
		return specs_wrong(r, "STOP: ALLEOF, ANYEOF, 1 or 2 is expected after it");
	return 0;
}

/* Sets what separates fields from the beginning on. Returns 0, or -1 with a message. */
static int
set_fields(struct specs_reader *r, const char *fields)
{
	for (int i = 0; i < SPECS_STREAMS; i++)
		if (range_fields(&r->specs->streams[i].range, fields, r->error) < 0)
			return -1;
	return 0;
}

int
specs_parse(struct specs *s, char *const words[], size_t count, const char *fields, struct buf *error)
{
	struct specs_reader r = {
		.specs = s, .words = words, .count = count, .p = count > 0 ? words[0] : "", .error = error, .pad = ' '
	};
	struct specs_item last = { .what = SPECS_WRITE };
	int result = fields != NULL ? set_fields(&r, fields) : 0;

	s->streams[0].used = 1;
	if (result == 0)
		result = read_stop(&r, &s->stop);
	while (result == 0 && specs_more(&r))
		result = read_item(&r);
	if (result == 0 && s->count == 0)
		result = specs_wrong(&r, "an input and an output are expected, such as 1-* 1");
	if (result == 0 && s->items[s->count - 1].what != SPECS_WRITE)
		result = add_item(&r, &last);
	if (result == 0 && s->stop > 1u + (unsigned)s->streams[1].used)
		result = specs_wrong(&r, "STOP 2: there is one stream, because SELECT names no other");
	if (s->stop == 0)
		s->stop = 1 + (unsigned)s->streams[1].used;
	buf_free(&r.ws);
	buf_free(&r.fs);
	return result;
}
