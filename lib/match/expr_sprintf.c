/*
 * expr_sprintf: values by a format, as sprintf of awk has it. The format is part of the condition,
 * and was checked when that was compiled.
 */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/expr_function.h"
#include "match/number.h"

/* What is between a percent sign and the letter. */
struct spec {
	int left, plus, space, hash, zero;
	int width, precision; /* precision: -1 if there is none */
	char letter;
};

/* Reads a number at format[*at]. Returns it, or -1 if it is above EXPR_WIDTH_MAX. */
static int
read_width(const char *format, size_t n, size_t *at)
{
	int value = 0;

	for (; *at < n && format[*at] >= '0' && format[*at] <= '9'; ++*at)
		if (value <= EXPR_WIDTH_MAX)
			value = value * 10 + (format[*at] - '0');
	return value <= EXPR_WIDTH_MAX ? value : -1;
}

/*
 * Reads what follows the percent sign before format[*at], and sets *at to the place after it.
 * Returns NULL, or what is wrong.
 */
static const char *
read_spec(const char *format, size_t n, size_t *at, struct spec *s)
{
	*s = (struct spec){ .precision = -1 };
	for (; *at < n && format[*at] != '\0' && strchr("-+ #0", format[*at]) != NULL; ++*at) {
		s->left |= format[*at] == '-';
		s->plus |= format[*at] == '+';
		s->space |= format[*at] == ' ';
		s->hash |= format[*at] == '#';
		s->zero |= format[*at] == '0';
	}
	if ((s->width = read_width(format, n, at)) < 0)
		return "a width in a format is at most 65535";
	if (*at < n && format[*at] == '.') {
		++*at;
		if ((s->precision = read_width(format, n, at)) < 0)
			return "a precision in a format is at most 65535";
	}
	if (*at == n)
		return "the format ends after a percent sign; that itself is %%";
	s->letter = format[(*at)++];
	if (s->letter == '*')
		return "a width in a format is written as a number, not as *; pad(S, WIDTH) takes any";
	if (s->letter == '\0' || strchr("diouxXeEfFgGaAcs", s->letter) == NULL)
		return "a format has, after a percent sign, one of d i o u x X e E f F g G a A c s and %";
	return NULL;
}

const char *
expr_sprintf_check(const char *format, size_t n, size_t *count)
{
	struct spec s;

	*count = 0;
	for (size_t i = 0; i < n;) {
		const char *wrong;

		if (format[i++] != '%')
			continue;
		if (i < n && format[i] == '%') {
			i++;
			continue;
		}
		if ((wrong = read_spec(format, n, &i, &s)) != NULL)
			return wrong;
		++*count;
	}
	return NULL;
}

/* Appends the number by the letters of printf: "lld", "f" or others. */
static int
add_number(struct buf *out, const struct spec *s, const char *letters, double real, long long whole)
{
	char form[24];

	(void)snprintf(form, sizeof form, "%%%s%s%s%s%s*.*%s", s->left ? "-" : "", s->plus ? "+" : "", s->space ? " " : "",
	    s->hash ? "#" : "", s->zero ? "0" : "", letters);
	return letters[0] == 'l' ? buf_addf(out, form, s->width, s->precision, whole) :
				   buf_addf(out, form, s->width, s->precision, real);
}

/*
 * Appends a whole number. One that no long long can hold is written as a double; digits that the
 * record or the condition has are taken as they are.
 */
static int
add_whole(struct buf *out, const struct spec *s, const struct expr_value *v)
{
	char letters[4] = { 'l', 'l', s->letter, '\0' }, copy[24];
	double real = trunc(expr_as_number(v));
	const char *digits;
	size_t n;

	if (fabs(real) >= EXPR_ROUNDED && !expr_is_missing(v) && v->data != NULL &&
	    number_integer(v->data, v->len, &digits, &n) && n <= 19) {
		long long whole;

		(void)snprintf(copy, sizeof copy, "%s%.*s", real < 0 ? "-" : "", (int)n, digits);
		errno = 0;
		whole = strtoll(copy, NULL, 10);
		if (errno == 0)
			return add_number(out, s, letters, 0, whole);
	}
	if (real > -9223372036854775808.0 && real < 9223372036854775808.0)
		return add_number(out, s, letters, 0, (long long)real);
	{
		struct spec as_real = *s;

		as_real.precision = 0;
		as_real.hash = 0;
		return add_number(out, &as_real, "f", real, 0);
	}
}

/* Appends text[0, len), filled up to the width in characters. */
static int
add_text(struct buf *out, const struct spec *s, const char *text, size_t len, int flags)
{
	size_t has, fill;

	if (s->precision >= 0)
		len = expr_skip(text, len, s->precision, flags);
	has = s->width > 0 ? expr_length(text, len, flags) : 0;
	fill = (size_t)s->width > has ? (size_t)s->width - has : 0;
	if (buf_reserve(out, len + fill + 1) < 0)
		return -1;
	if (!s->left)
		memset(out->data + out->len, ' ', fill);
	if (len > 0)
		memcpy(out->data + out->len + (s->left ? 0 : fill), text, len);
	if (s->left)
		memset(out->data + out->len + len, ' ', fill);
	out->len += len + fill;
	return 0;
}

/* Appends a character: of that number, or the first one of a string. */
static int
add_character(struct buf *out, const struct spec *s, const struct expr_value *v, int flags)
{
	struct spec whole = *s;
	double number = v->number;
	struct buf one = { 0 };
	int result;

	whole.precision = -1;
	if (v->kind != EXPR_IS_NUMBER && v->kind != EXPR_IS_JSON_NUMBER &&
	    !(v->kind == EXPR_IS_INPUT && number_read(v->data, v->len, &number)))
		return add_text(out, &whole, v->data, expr_skip(v->data, v->len, 1, flags), flags);
	if ((flags & EXPR_UTF8) && number >= 0 && number < 0x110000)
		result = buf_addu(&one, (uint32_t)number);
	else
		result = buf_addc(&one, (char)(unsigned char)(fabs(number) < 1e9 ? (long long)number : 0));
	if (result == 0)
		result = add_text(out, &whole, one.data, one.len, flags);
	buf_free(&one);
	return result;
}

static int
add_value(struct expr_program *g, struct buf *out, const struct spec *s, uint32_t kid)
{
	struct expr_value v;
	char letters[2] = { s->letter, '\0' };

	expr_value_of(g, kid, &v);
	if (strchr("eEfFgGaA", s->letter) != NULL)
		return add_number(out, s, letters, expr_as_number(&v), 0);
	if (s->letter != 's' && s->letter != 'c') {
		return add_whole(out, s, &v);
	} else {
		enum expr_kind kind = v.kind;

		expr_string_of(g, kid, &v);
		v.kind = kind;
		return s->letter == 's' ? add_text(out, s, v.data, v.len, g->flags) :
					  add_character(out, s, &v, g->flags);
	}
}

void
expr_call_sprintf(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	const struct buf *format = &g->nodes[t->first].text;
	uint32_t kid = g->nodes[t->first].next;
	int result = 0;

	t->text.len = 0;
	for (size_t i = 0; i < format->len && result == 0;) {
		const char *p = format->data + i, *percent = memchr(p, '%', format->len - i);
		size_t plain = percent != NULL ? (size_t)(percent - p) : format->len - i;
		struct spec s;

		result = buf_add(&t->text, p, plain);
		i += plain + 1;
		if (percent == NULL || result < 0)
			break;
		if (format->data[i] == '%') {
			result = buf_addc(&t->text, '%');
			i++;
			continue;
		}
		(void)read_spec(format->data, format->len, &i, &s);
		result = add_value(g, &t->text, &s, kid);
		kid = g->nodes[kid].next;
		if (t->text.len > EXPR_MADE_MAX) {
			g->undefined = expr_too_long;
			break;
		}
	}
	g->no_memory |= result < 0;
	expr_set_text(v, &t->text);
}
