/* expr_value: converts numbers and strings to each other as awk does, and compares them. */

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "base/utf8.h"
#include "match/expr_node.h"
#include "match/number.h"

/* Writes the number as a string. Returns its length. */
static size_t
write_digits(double number, char digits[EXPR_DIGITS])
{
	int n;

	/* 2^63 is the first integer that an int64_t cannot hold. */
	if (number > -9223372036854775808.0 && number < 9223372036854775808.0 && (double)(int64_t)number == number)
		n = snprintf(digits, EXPR_DIGITS, "%lld", (long long)number);
	else if (isnan(number))
		n = snprintf(digits, EXPR_DIGITS, "nan");
	else
		n = snprintf(digits, EXPR_DIGITS, isfinite(number) && floor(number) == number ? "%.0f" : "%.6g",
		    number);
	return (size_t)n;
}

int
expr_digits(struct buf *out, double number)
{
	out->len = 0;
	if (buf_reserve(out, EXPR_DIGITS) < 0)
		return -1;
	out->len = write_digits(number, out->data);
	return 0;
}

double
expr_as_number(const struct expr_value *v)
{
	switch (v->kind) {
	case EXPR_IS_MISSING:
	case EXPR_IS_NO_TIME:
	case EXPR_IS_NULL:
		return 0;
	case EXPR_IS_NUMBER:
	case EXPR_IS_JSON_NUMBER:
	case EXPR_IS_BOOL:
		return v->number;
	default:
		return number_prefix(v->data, v->len, NULL);
	}
}

int
expr_as_truth(const struct expr_value *v)
{
	double number;

	switch (v->kind) {
	case EXPR_IS_MISSING:
	case EXPR_IS_NO_TIME:
	case EXPR_IS_NULL:
		return 0;
	case EXPR_IS_NUMBER:
	case EXPR_IS_JSON_NUMBER:
	case EXPR_IS_BOOL:
		return v->number != 0;
	case EXPR_IS_INPUT:
		return number_read(v->data, v->len, &number) ? number != 0 : v->len > 0;
	default:
		return v->len > 0;
	}
}

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
}

static int
compare_folded(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fold(a[i]) != fold(b[i]))
			return fold(a[i]) < fold(b[i]) ? -1 : 1;
	return 0;
}

static int
compare_strings(const char *a, size_t n, const char *b, size_t m, int flags)
{
	size_t both = n < m ? n : m;
	int order = both == 0 ? 0 : flags & EXPR_IGNORE_CASE ? compare_folded(a, b, both) : memcmp(a, b, both);

	if (order == 0)
		return n < m ? EXPR_LESS : n > m ? EXPR_GREATER : EXPR_EQUAL;
	return order < 0 ? EXPR_LESS : EXPR_GREATER;
}

int
expr_compare_with_string(const struct expr_value *v, const char *text, size_t len, int flags)
{
	switch (v->kind) {
	case EXPR_IS_MISSING:
	case EXPR_IS_NO_TIME:
		return compare_strings("", 0, text, len, flags);
	case EXPR_IS_NULL:
		return EXPR_LESS;
	case EXPR_IS_JSON_NUMBER:
	case EXPR_IS_BOOL:
	case EXPR_IS_TREE:
		return EXPR_UNORDERED;
	default:
		return compare_strings(v->data, v->len, text, len, flags);
	}
}

/*
 * Compares two values that are the numbers x and y. If x and y are equal and so large that rounding
 * could have made them so, the digits of integers decide. That is right, because rounding never
 * reverses an order, and equal numbers have one sign.
 */
static int
compare_numbers(const struct expr_value *a, double x, const struct expr_value *b, double y)
{
	const char *left, *right;
	size_t n, m;
	int order;

	if (x != y || (x < EXPR_ROUNDED && x > -EXPR_ROUNDED) || a->data == NULL || b->data == NULL ||
	    !number_integer(a->data, a->len, &left, &n) || !number_integer(b->data, b->len, &right, &m))
		return expr_compare_numbers(x, y);
	order = n != m ? (n < m ? -1 : 1) : memcmp(left, right, n);
	if (x < 0)
		order = -order;
	return order < 0 ? EXPR_LESS : order > 0 ? EXPR_GREATER : EXPR_EQUAL;
}

enum type { NOTHING, NUMBER, STRING, BOOL, TREE };

/*
 * Returns the type that the value has if it is compared with `other`, one of which is JSON's: a
 * field is a number only if it is compared with a number.
 */
static enum type
type_of(const struct expr_value *v, const struct expr_value *other, double *number)
{
	*number = v->number;
	switch (v->kind) {
	case EXPR_IS_MISSING:
	case EXPR_IS_NO_TIME:
	case EXPR_IS_NULL:
		return NOTHING;
	case EXPR_IS_NUMBER:
	case EXPR_IS_JSON_NUMBER:
		return NUMBER;
	case EXPR_IS_INPUT:
		return other->kind == EXPR_IS_JSON_NUMBER && number_read(v->data, v->len, number) ? NUMBER : STRING;
	case EXPR_IS_BOOL:
		/* A field has true and false only as they are written. */
		return other->kind == EXPR_IS_INPUT ? STRING : BOOL;
	case EXPR_IS_TREE:
		return TREE;
	default:
		return STRING;
	}
}

/* Compares two values of which at least one is JSON's. */
static int
compare_json(const struct expr_value *a, const struct expr_value *b, int flags)
{
	double x, y;
	enum type left = type_of(a, b, &x), right = type_of(b, a, &y);

	if (left == NOTHING && right == NOTHING)
		return EXPR_EQUAL;
	if (left == NOTHING && (right == NUMBER || right == STRING))
		return EXPR_LESS;
	if (right == NOTHING && (left == NUMBER || left == STRING))
		return EXPR_GREATER;
	if (left != right)
		return EXPR_UNORDERED;
	if (left == NUMBER)
		return compare_numbers(a, x, b, y);
	if (left == STRING)
		return compare_strings(a->data, a->len, b->data, b->len, flags);
	return compare_strings(a->data, a->len, b->data, b->len, 0) == EXPR_EQUAL ? EXPR_SAME : EXPR_UNORDERED;
}

/*
 * Returns 1 with the number if the value, one of awk's, is compared as a number with another
 * number; or 0.
 */
static int
is_numeric(const struct expr_value *v, double *number)
{
	*number = v->number;
	return v->kind == EXPR_IS_NUMBER || (v->kind == EXPR_IS_INPUT && number_read(v->data, v->len, number));
}

/* Makes the value, one of awk's, a string: in `digits`, if it is a number without digits. */
static void
as_string(struct expr_value *v, char digits[EXPR_DIGITS])
{
	if (v->kind == EXPR_IS_MISSING || v->kind == EXPR_IS_NO_TIME) {
		v->data = "";
		v->len = 0;
	} else if (v->kind == EXPR_IS_NUMBER && v->data == NULL) {
		v->len = write_digits(v->number, digits);
		v->data = digits;
	}
}

int
expr_compare(const struct expr_value *a, const struct expr_value *b, int flags)
{
	char digits1[EXPR_DIGITS], digits2[EXPR_DIGITS];
	struct expr_value left = *a, right = *b;
	double x, y;

	if (expr_is_json(a) || expr_is_json(b))
		return compare_json(a, b, flags);
	if (is_numeric(a, &x) && is_numeric(b, &y))
		return compare_numbers(a, x, b, y);
	as_string(&left, digits1);
	as_string(&right, digits2);
	return compare_strings(left.data, left.len, right.data, right.len, flags);
}

/* ---- characters ---- */

/* Returns the number of bytes of the character at p; n > 0 bytes are left. */
static inline size_t
character(const char *p, size_t n)
{
	size_t bytes;

	if (!(*p & 0x80))
		return 1;
	bytes = utf8_decode(p, n, NULL);
	return bytes > 0 ? bytes : 1;
}

size_t
expr_length(const char *data, size_t len, int flags)
{
	size_t n = 0;

	if (!(flags & EXPR_UTF8))
		return len;
	for (size_t i = 0; i < len; n++) {
		uint64_t word;

		/* Eight bytes are counted at once if all are ASCII. */
		while (len - i >= sizeof word &&
		       (memcpy(&word, data + i, sizeof word), (word & UINT64_C(0x8080808080808080)) == 0)) {
			i += sizeof word;
			n += sizeof word;
		}
		if (i == len)
			break;
		i += character(data + i, len - i);
	}
	return n;
}

size_t
expr_skip(const char *data, size_t len, double characters, int flags)
{
	size_t i = 0;

	if (!(characters < (double)len))
		return len;
	if (characters <= 0)
		return 0;
	if (!(flags & EXPR_UTF8))
		return (size_t)characters;
	for (size_t n = (size_t)characters; n > 0 && i < len; n--)
		i += character(data + i, len - i);
	return i;
}

size_t
expr_index(const char *data, size_t len, const char *text, size_t n, int flags)
{
	const char *found;

	/* This is what awks return; and data may be NULL, which memmem does not take. */
	if (n == 0)
		return 1;
	if (n > len || (found = memmem(data, len, text, n)) == NULL)
		return 0;
	return expr_length(data, (size_t)(found - data), flags) + 1;
}

int
expr_fold(struct buf *out, const char *data, size_t len)
{
	if (buf_reserve(out, len + 1) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		out->data[out->len + i] = (char)fold(data[i]);
	out->len += len;
	return 0;
}

int
expr_case(struct buf *out, const char *data, size_t len, int upper, int flags)
{
	out->len = 0;
	if (buf_reserve(out, len + 1) < 0)
		return -1;
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char byte = (unsigned char)data[i];
		uint32_t c;

		n = 1;
		if (byte < 0x80)
			byte = (unsigned char)(upper ? byte - 32 * (byte >= 'a' && byte <= 'z') : fold((char)byte));
		else if (!(flags & EXPR_UTF8))
			byte = (unsigned char)(upper ? toupper(byte) : tolower(byte));
		else if ((n = utf8_decode(data + i, len - i, &c)) > 0) {
			if (buf_addu(out, (uint32_t)(upper ? towupper((wint_t)c) : towlower((wint_t)c))) < 0)
				return -1;
			continue;
		} else {
			n = 1;
		}
		if (buf_addc(out, (char)byte) < 0)
			return -1;
	}
	return 0;
}
