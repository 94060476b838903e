/* exact: see exact.h. */

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/exact.h"

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Multiplies by ten to the power n. Returns 1, or 0 if the result does not fit. */
static int
times_ten(exact_wide *units, unsigned n)
{
	exact_wide u = *units;

	if (u == 0)
		return 1;
	if (n > EXACT_DIGITS)
		return 0;
	for (; n >= 9; n -= 9)
		if (__builtin_mul_overflow(u, 1000000000, &u))
			return 0;
	for (; n > 0; n--)
		if (__builtin_mul_overflow(u, 10, &u))
			return 0;
	*units = u;
	return 1;
}

/* Returns ten to the power n, which fits, as a double. */
static double
ten_to(unsigned n)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
		1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

	return n <= 22 ? tens[n] : tens[22] * tens[n - 22];
}

/*
 * Reads the exponent at p, which is after e. Returns the place after it, or NULL if there is none.
 */
static const char *
read_exponent(const char *p, const char *end, int *power)
{
	int minus = 0, n = 0;

	if (p < end && (*p == '-' || *p == '+'))
		minus = *p++ == '-';
	if (p == end || !is_digit(*p))
		return NULL;
	for (; p < end && is_digit(*p); p++)
		if (n < 1000000)
			n = n * 10 + (*p - '0');
	*power = minus ? -n : n;
	return p;
}

int
exact_read(const char *data, size_t len, struct exact *e)
{
	const char *p = data, *end = data + len;
	int minus = 0, point = 0, any = 0, power = 0;
	exact_wide units = 0;
	unsigned scale = 0;

	while (p < end && is_white(*p))
		p++;
	while (p < end && is_white(end[-1]))
		end--;
	if (p < end && (*p == '-' || *p == '+'))
		minus = *p++ == '-';
	for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = 1;
			continue;
		}
		any = 1;
		if (scale == EXACT_DIGITS || __builtin_mul_overflow(units, 10, &units) ||
		    __builtin_add_overflow(units, *p - '0', &units))
			return 0;
		scale += (unsigned)point;
	}
	if (!any)
		return 0;
	if (p < end && ((*p | 32) != 'e' || (p = read_exponent(p + 1, end, &power)) == NULL || p < end))
		return 0;
	if (power < 0 && units != 0) {
		if ((unsigned)-power > EXACT_DIGITS - scale)
			return 0;
		scale += (unsigned)-power;
	} else if (power > 0) {
		unsigned n = (unsigned)power, drop = n < scale ? n : scale;

		scale -= drop;
		if (!times_ten(&units, n - drop))
			return 0;
	}
	*e = (struct exact){ .units = minus ? -units : units, .scale = units != 0 ? scale : 0 };
	return 1;
}

void
exact_set(struct exact *e, double value)
{
	if (fabs(value) < 9007199254740992.0 && value == floor(value))
		*e = (struct exact){ .units = (int64_t)value };
	else
		*e = (struct exact){ .rough = 1, .value = value };
}

double
exact_double(const struct exact *e)
{
	return e->rough ? e->value : (double)e->units / ten_to(e->scale);
}

/* Gives both numbers, which are not rough, one scale. Returns 1, or 0 if they do not fit so. */
static int
align(struct exact *a, struct exact *b)
{
	if (a->scale < b->scale) {
		if (!times_ten(&a->units, b->scale - a->scale))
			return 0;
		a->scale = b->scale;
	} else if (b->scale < a->scale) {
		if (!times_ten(&b->units, a->scale - b->scale))
			return 0;
		b->scale = a->scale;
	}
	return 1;
}

int
exact_compare(const struct exact *a, const struct exact *b)
{
	double x, y;

	if (!a->rough && !b->rough) {
		struct exact c = *a, d = *b;

		if (align(&c, &d))
			return (c.units > d.units) - (c.units < d.units);
		/* The one that does not fit is the greater one by its amount. */
	}
	x = exact_double(a);
	y = exact_double(b);
	return (x > y) - (x < y);
}

void
exact_subtract(const struct exact *a, const struct exact *b, struct exact *out)
{
	struct exact c = *a, d = *b;
	exact_wide difference;

	if (!c.rough && !d.rough && align(&c, &d) && !__builtin_sub_overflow(c.units, d.units, &difference))
		*out = (struct exact){ .units = difference, .scale = c.scale };
	else
		exact_set(out, exact_double(a) - exact_double(b));
}

/* Adds a double, and what is lost by that to low. */
static void
add_rough(struct exact_sum *s, double value)
{
	double sum = s->high + value;

	if (isfinite(sum))
		s->low += fabs(s->high) >= fabs(value) ? s->high - sum + value : value - sum + s->high;
	s->high = sum;
	s->rough = 1;
}

void
exact_add(struct exact_sum *s, const struct exact *e)
{
	struct exact a = { .units = s->units, .scale = s->scale }, b = *e;
	exact_wide sum;

	if (e->rough) {
		add_rough(s, e->value);
	} else if (align(&a, &b) && !__builtin_add_overflow(a.units, b.units, &sum)) {
		s->units = sum;
		s->scale = a.scale;
	} else {
		add_rough(s, exact_double(e));
	}
}

void
exact_total(const struct exact_sum *s, struct exact *out)
{
	*out = (struct exact){ .units = s->units, .scale = s->scale };
	if (s->rough)
		*out = (struct exact){ .rough = 1, .value = exact_double(out) + s->low + s->high };
}

/*
 * Writes a number that a double holds only roughly: with an exponent, and as few digits as give the
 * double again. decimal_write would write digits up to the point, most of them false.
 */
static size_t
write_large(double value, char out[EXACT_MAX])
{
	int n, digits = DBL_DIG;

	do
		n = snprintf(out, EXACT_MAX, "%.*g", digits, value);
	while (digits++ < 17 && strtod(out, NULL) != value);
	return (size_t)n;
}

size_t
exact_write(const struct exact *e, char out[EXACT_MAX])
{
	char digits[EXACT_DIGITS + 2];
	exact_wide u = e->units;
	unsigned scale = e->scale, n = 0, at = 0;

	if (e->rough)
		return isfinite(e->value) && fabs(e->value) >= 0x1p53 ? write_large(e->value, out) :
									decimal_write(e->value, out);
	for (; scale > 0 && u % 10 == 0; scale--)
		u /= 10;
	/* The remainder is taken of the number as it is: the least one has no negative. */
	do {
		int d = (int)(u % 10);

		digits[n++] = (char)('0' + (d < 0 ? -d : d));
		u /= 10;
	} while (u != 0);
	if (e->units < 0)
		out[at++] = '-';
	if (n <= scale) {
		out[at++] = '0';
		out[at++] = '.';
		for (unsigned zeros = scale - n; zeros > 0; zeros--)
			out[at++] = '0';
		scale = 0;
	}
	while (n > 0) {
		out[at++] = digits[--n];
		if (scale > 0 && n == scale)
			out[at++] = '.';
	}
	return at;
}
