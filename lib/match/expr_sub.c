/*
 * expr_sub: what regular expressions, or separators, find in a string: sub, gsub, split.
 */

#include <math.h>
#include <string.h>

#include "match/expr_function.h"

/* ---- sub, gsub ---- */

/*
 * Appends the text that replaces a match. In it & is the match; of backslashes before an & each two
 * are one, and after an odd number of them the & is itself. All other backslashes stay. These are
 * the rules of gawk, by which each text can be had.
 */
static int
add_replacement(struct buf *out, const struct expr_value *text, const char *match, size_t len)
{
	const char *p = text->data, *end = p + text->len;

	while (p < end) {
		const char *ampersand = memchr(p, '&', (size_t)(end - p)), *plain;
		size_t backslashes = 0;

		if (ampersand == NULL)
			return buf_add(out, p, (size_t)(end - p));
		for (plain = ampersand; plain > p && plain[-1] == '\\'; plain--)
			backslashes++;
		if (buf_add(out, p, (size_t)(plain - p)) < 0 || buf_add(out, plain, backslashes / 2) < 0)
			return -1;
		if (backslashes % 2 == 1 ? buf_addc(out, '&') < 0 : buf_add(out, match, len) < 0)
			return -1;
		p = ampersand + 1;
	}
	return 0;
}

/*
 * Appends n bytes, for which there is room. Most are few: 16 are copied at once, if there are as
 * many, and what follows overwrites those that are too many.
 */
static inline void
put(char **to, const char *room, const char *data, size_t n, const char *end)
{
	if (n <= 16 && end - data >= 16 && room - *to >= 16)
		memcpy(*to, data, 16);
	else
		memcpy(*to, data, n);
	*to += n;
}

/* How matches are replaced. */
struct replacement {
	struct expr_value text;
	int plain;   /* 1: there is no & in it */
	size_t done; /* bytes of the string that are copied, or replaced */
};

/*
 * Appends the string from r->done to the last of the matches, with these replaced. Returns 0, or -1
 * with errno ENOMEM.
 */
static int
add_replaced(struct buf *out, const struct expr_value *v, struct replacement *r, const struct byteset_span *spans,
    size_t count)
{
	const char *end = v->data + v->len, *text = r->text.data;
	size_t n = r->text.len, done = r->done;
	char *to;

	if (!r->plain) {
		for (size_t i = 0; i < count; i++) {
			if (buf_add(out, v->data + r->done, spans[i].start - r->done) < 0 ||
			    add_replacement(out, &r->text, v->data + spans[i].start, spans[i].end - spans[i].start) < 0)
				return -1;
			r->done = spans[i].end;
		}
		return 0;
	}
	if (n > (SIZE_MAX - v->len) / ERE_SPANS || buf_reserve(out, spans[count - 1].start - done + count * n + 16) < 0)
		return -1;
	to = out->data + out->len;
	for (size_t i = 0; i < count; i++) {
		put(&to, out->data + out->cap, v->data + done, spans[i].start - done, end);
		if (n == 1)
			*to++ = *text;
		else if (n > 0)
			put(&to, out->data + out->cap, text, n, text + n);
		done = spans[i].end;
	}
	r->done = done;
	out->len = (size_t)(to - out->data);
	return 0;
}

/* Takes the text of the call that replaces matches. */
static void
take_replacement(struct expr_program *g, const struct expr_node *t, struct replacement *r)
{
	expr_string_of(g, expr_argument(g, t, 1), &r->text);
	r->text.kind = EXPR_IS_STRING;
	r->plain = r->text.len == 0 || memchr(r->text.data, '&', r->text.len) == NULL;
	r->done = 0;
}

/*
 * Sets v to the string with its first match replaced, or, if all is 1, all of them. Without a match
 * it is not copied.
 */
static void
replace(struct expr_program *g, struct expr_node *t, struct expr_value *v, int all)
{
	struct ere *ere = &g->eres[t->index - 1];
	struct ere_walk walk = { 0 };
	struct byteset_span spans[ERE_SPANS];
	struct replacement r;
	int found, any = 0, result = 0;

	expr_string_of(g, t->first, v);
	v->kind = EXPR_IS_STRING;
	t->text.len = 0;
	for (;;) {
		found = all ? ere_spans(ere, v->data, v->len, &walk, spans) :
			      ere_find(ere, v->data, v->len, 0, &spans[0].start, &spans[0].end);
		if (found <= 0)
			break;
		if (!any)
			take_replacement(g, t, &r);
		any = 1;
		if ((result = add_replaced(&t->text, v, &r, spans, (size_t)found)) < 0 || !all)
			break;
		if (t->text.len > EXPR_MADE_MAX) {
			g->undefined = expr_too_long;
			break;
		}
	}
	if (any) {
		result |= buf_add(&t->text, v->data + r.done, v->len - r.done);
		expr_set_text(v, &t->text);
	}
	g->no_memory |= found < 0 || result < 0;
}

void
expr_call_sub(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	replace(g, t, v, 0);
}

void
expr_call_gsub(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	replace(g, t, v, 1);
}

/* ---- split ---- */

/* How a string is split. */
struct splitter {
	struct ere *ere;     /* NULL: by text */
	const char *text;    /* NULL: by white space */
	size_t len;
	const char *p, *end; /* what is left of the string; p is NULL after the last part */
	const char *begin;
	int failed;          /* 1: there is no memory */
};

static int
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Finds the next separator. Returns 1 with its place, or 0 if there is none. */
static int
next_separator(struct splitter *s, const char **start, const char **stop)
{
	size_t from = (size_t)(s->p - s->begin), len = (size_t)(s->end - s->begin), left = len - from, first, last;
	int found;

	if (s->ere == NULL) {
		*start = left < s->len ? NULL : memmem(s->p, left, s->text, s->len);
		*stop = *start != NULL ? *start + s->len : NULL;
		return *start != NULL;
	}
	/* A match that is empty separates nothing. */
	while (from < len && (found = ere_find(s->ere, s->begin, len, from, &first, &last)) != 0) {
		if (found < 0) {
			s->failed = 1;
			return 0;
		}
		if (first < last) {
			*start = s->begin + first;
			*stop = s->begin + last;
			return 1;
		}
		from = last + 1;
	}
	return 0;
}

/* Sets v to the next part. Returns 1, or 0 if there is none. */
static int
next_part(struct splitter *s, struct expr_value *v)
{
	const char *begin, *start, *stop;

	if (s->p == NULL)
		return 0;
	if (s->ere == NULL && s->text == NULL) {
		while (s->p < s->end && is_white(*s->p))
			s->p++;
		for (begin = s->p; s->p < s->end && !is_white(*s->p);)
			s->p++;
		expr_set_input(v, begin, (size_t)(s->p - begin));
		return s->p > begin;
	}
	begin = s->p;
	if (next_separator(s, &start, &stop)) {
		s->p = stop;
	} else {
		start = s->end;
		s->p = NULL;
	}
	expr_set_input(v, begin, (size_t)(start - begin));
	return 1;
}

/*
 * Begins with the first part. As in awk an empty string has no parts, and a space means white
 * space.
 */
static void
split_anew(struct expr_program *g, const struct expr_node *t, const struct expr_value *text, struct splitter *s)
{
	struct expr_value separator;

	*s = (struct splitter){ .begin = text->data, .end = text->data + text->len };
	if (text->len > 0)
		s->p = text->data;
	if (t->index != 0) {
		s->ere = &g->eres[t->index - 1];
		return;
	}
	expr_string_of(g, expr_argument(g, t, 1), &separator);
	if (separator.len == 1 && *separator.data == ' ')
		return;
	s->text = separator.data;
	s->len = separator.len;
	if (s->len == 0) /* nothing separates */
		s->len = SIZE_MAX;
}

/*
 * Sets v to the number of parts, or to the part of that number; a part is compared as a field is.
 */
void
expr_call_split(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	uint32_t third = expr_argument(g, t, t->index != 0 ? 1 : 2);
	struct expr_value text, part;
	struct splitter s;
	double number = third != 0 ? trunc(expr_number_of(g, third)) : 0;
	size_t count = 0;

	expr_string_of(g, t->first, &text);
	if (third == 0 || number < 0) {
		split_anew(g, t, &text, &s);
		while (next_part(&s, &part))
			count++;
		g->no_memory |= s.failed;
		number += (double)count + 1;
	}
	if (third == 0) {
		expr_set_number(v, (double)count);
		return;
	}
	v->kind = EXPR_IS_MISSING;
	if (!(number >= 1))
		return;
	split_anew(g, t, &text, &s);
	while (number >= 1) {
		if (!next_part(&s, &part)) {
			g->no_memory |= s.failed;
			return;
		}
		number--;
	}
	g->no_memory |= s.failed;
	*v = part;
}
