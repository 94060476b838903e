/*
 * expr_sub: what regular expressions, or separators, find in a string: sub, gsub, split.
 */

#include <math.h>
#include <string.h>

#include "match/expr_function.h"

/* ---- sub, gsub ---- */

/* A call whose text is worked out only if there is a match. */
struct call {
	struct expr_program *program;
	const struct expr_node *node;
};

static int
take(void *arg)
{
	const struct call *c = arg;
	struct expr_value text;

	expr_string_of(c->program, expr_argument(c->program, c->node, 1), &text);
	return replace_awk(&c->program->replace, text.data, text.len);
}

/*
 * Sets v to the string with its first match replaced, or, if all is 1, all of them. Without a match
 * it is not copied.
 */
static void
replace(struct expr_program *g, struct expr_node *t, struct expr_value *v, int all)
{
	struct call call = { g, t };
	struct replace_how how = { .ere = &g->eres[t->index - 1], .with = &g->replace, .all = all,
		.most = EXPR_MADE_MAX, .take = take, .arg = &call };
	int result;

	expr_string_of(g, t->first, v);
	v->kind = EXPR_IS_STRING;
	t->text.len = 0;
	result = replace_run(&how, v->data, v->len, &t->text);
	if (result > 0)
		expr_set_text(v, &t->text);
	if (result == REPLACE_TOO_LONG)
		g->undefined = expr_too_long;
	g->no_memory |= result < 0;
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
