/* expr_text: functions of strings, whose characters are those of UTF-8 or bytes. */

#include <math.h>
#include <string.h>

#include "match/expr_function.h"

void
expr_call_length(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	expr_string_of(g, t->first, v);
	expr_set_number(v, (double)expr_length(v->data, v->len, g->flags));
}

/*
 * Fractions of numbers are cut off, and a place before the first character is the first one: as in
 * gawk and in BSD's awk.
 */
void
expr_call_substr(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	uint32_t second = expr_argument(g, t, 1), third = expr_argument(g, t, 2);
	double from, count = HUGE_VAL;
	size_t skip, len;

	expr_string_of(g, t->first, v);
	from = expr_number_of(g, second);
	if (third != 0)
		count = expr_number_of(g, third);
	/*
	 * If a number is NaN, its comparison is false: then substr begins at the first character,
	 * or takes none.
	 */
	skip = from >= 2 ? expr_skip(v->data, v->len, trunc(from) - 1, g->flags) : 0;
	len = count >= 1 ? expr_skip(v->data + skip, v->len - skip, trunc(count), g->flags) : 0;
	v->kind = EXPR_IS_STRING;
	v->data += skip;
	v->len = len;
}

/*
 * Sets both to the call's first two arguments as strings. If case is ignored, both are folded
 * first: to compare anew at each place could take time by the product of their lengths. Returns 0,
 * or -1 without memory.
 */
static int
two_strings(struct expr_program *g, struct expr_node *t, struct expr_value *s, struct expr_value *text)
{
	expr_string_of(g, t->first, s);
	expr_string_of(g, expr_argument(g, t, 1), text);
	if (!(g->flags & EXPR_IGNORE_CASE))
		return 0;
	t->text.len = 0;
	if (expr_fold(&t->text, s->data, s->len) < 0 || expr_fold(&t->text, text->data, text->len) < 0) {
		g->no_memory = 1;
		return -1;
	}
	s->data = t->text.data;
	text->data = s->data + s->len;
	return 0;
}

void
expr_call_index(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	struct expr_value text;
	size_t place = 0;

	if (two_strings(g, t, v, &text) == 0)
		place = expr_index(v->data, v->len, text.data, text.len, g->flags);
	expr_set_number(v, (double)place);
}

void
expr_call_contains(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	struct expr_value text;
	int result = 0;

	if (two_strings(g, t, v, &text) == 0)
		result = text.len == 0 || (text.len <= v->len && memmem(v->data, v->len, text.data, text.len) != NULL);
	expr_set_number(v, result);
}

/* Whether the text is at the beginning, or the end, of the string. */
static void
has_at(struct expr_program *g, struct expr_node *t, struct expr_value *v, int end)
{
	struct expr_value text;
	int result = 0;

	if (two_strings(g, t, v, &text) == 0)
		result = text.len == 0 || (text.len <= v->len &&
			memcmp(v->data + (end ? v->len - text.len : 0), text.data, text.len) == 0);
	expr_set_number(v, result);
}

void
expr_call_startswith(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	has_at(g, t, v, 0);
}

void
expr_call_endswith(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	has_at(g, t, v, 1);
}

static void
change_case(struct expr_program *g, struct expr_node *t, struct expr_value *v, int upper)
{
	expr_string_of(g, t->first, v);
	g->no_memory |= expr_case(&t->text, v->data, v->len, upper, g->flags) < 0;
	expr_set_text(v, &t->text);
}

void
expr_call_lower(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	change_case(g, t, v, 0);
}

void
expr_call_upper(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	change_case(g, t, v, 1);
}

static int
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
expr_call_trim(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	expr_string_of(g, t->first, v);
	while (v->len > 0 && is_white(v->data[v->len - 1]))
		v->len--;
	while (v->len > 0 && is_white(*v->data)) {
		v->data++;
		v->len--;
	}
	v->kind = EXPR_IS_STRING;
}

/*
 * Appends as many characters of the filling text, over and over again, as are given. Returns 0, or
 * -1 with errno ENOMEM.
 */
static int
fill(struct buf *out, const struct expr_value *with, size_t characters, int flags)
{
	size_t has = expr_length(with->data, with->len, flags);

	for (; has > 0 && characters >= has; characters -= has)
		if (buf_add(out, with->data, with->len) < 0)
			return -1;
	return has > 0 ? buf_add(out, with->data, expr_skip(with->data, with->len, (double)characters, flags)) : 0;
}

/* As printf fills up: before the string, or after it if the width is negative. */
void
expr_call_pad(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	uint32_t third = expr_argument(g, t, 2);
	struct expr_value with = { .kind = EXPR_IS_STRING, .data = " ", .len = 1 };
	double width;
	size_t has, needs = 0;
	int result = 0;

	expr_string_of(g, t->first, v);
	width = trunc(expr_number_of(g, expr_argument(g, t, 1)));
	if (third != 0)
		expr_string_of(g, third, &with);
	t->text.len = 0;
	has = expr_length(v->data, v->len, g->flags);
	if (fabs(width) > EXPR_WIDTH_MAX)
		g->undefined = expr_too_long;
	else if (fabs(width) > (double)has)
		needs = (size_t)fabs(width) - has;
	if (width > 0)
		result = fill(&t->text, &with, needs, g->flags);
	result |= buf_add(&t->text, v->data, v->len);
	if (width < 0)
		result |= fill(&t->text, &with, needs, g->flags);
	g->no_memory |= result < 0;
	expr_set_text(v, &t->text);
}

void
expr_call_reverse(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	expr_string_of(g, t->first, v);
	t->text.len = 0;
	if (buf_reserve(&t->text, v->len + 1) < 0) {
		g->no_memory = 1;
	} else {
		for (size_t i = 0, n; i < v->len; i += n) {
			n = expr_skip(v->data + i, v->len - i, 1, g->flags);
			memcpy(t->text.data + v->len - i - n, v->data + i, n);
		}
		t->text.len = v->len;
	}
	expr_set_text(v, &t->text);
}
