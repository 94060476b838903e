/*
 * number: see number.h.
 *
 * Most numbers in records are short. Up to 19 digits are gathered in an integer. If that is below
 * 2^53, and a double holds the power of ten exactly by which it is multiplied or divided, one
 * operation gives the nearest double (W. Clinger, "How to read floating point numbers accurately",
 * 1990). All other numbers are given to strtod, in a copy of bounded size that ends with a NUL. 800
 * digits decide how any double is rounded; of those after them it matters only whether one is not
 * 0.
 */

#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "match/number.h"

enum { DECIDING = 800 };

static int
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

static int
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns the value of the digits, and perhaps a point, of [p, end), times ten to the power. */
static double
convert(const char *p, const char *end, int64_t power)
{
	char copy[DECIDING + 32];
	size_t n = 0;
	int point = 0, more = 0;

	for (; p < end; p++) {
		if (*p == '.') {
			point = 1;
			continue;
		}
		if (n == 0 && *p == '0') {
			power -= point;
			continue;
		}
		if (n < DECIDING) {
			copy[n++] = *p;
			power -= point;
		} else {
			more |= *p != '0';
			power += !point;
		}
	}
	if (n == 0)
		return 0;
	if (more) {
		copy[n++] = '1';
		power--;
	}
	/* Beyond these powers the value is 0 or infinite, whatever the digits. */
	power = power > 100000 ? 100000 : power < -100000 ? -100000 : power;
	(void)snprintf(copy + n, sizeof copy - n, "e%d", (int)power);
	return strtod(copy, NULL);
}

/* Reads the decimal number at p. Returns the place after it, or p if there is none. */
static const char *
read_decimal(const char *p, const char *end, double *value)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
		1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	const char *begin = p, *digits, *stop;
	uint64_t n = 0;
	int64_t power = 0, written = 0;
	int minus = 0;
	double result;

	if (p < end && (*p == '-' || *p == '+'))
		minus = *p++ == '-';
	digits = p;
	for (; p < end && is_digit(*p); p++)
		n = n * 10 + (uint64_t)(*p - '0');
	stop = p;
	if (p < end && *p == '.') {
		for (p++; p < end && is_digit(*p); p++)
			n = n * 10 + (uint64_t)(*p - '0');
		power = -(p - stop - 1);
		if (p == digits + 1)
			return begin;
		stop = p;
	} else if (p == digits) {
		return begin;
	}
	if (p < end && (*p | 32) == 'e') {
		int less = 0;

		if (++p < end && (*p == '-' || *p == '+'))
			less = *p++ == '-';
		if (p < end && is_digit(*p)) {
			for (; p < end && is_digit(*p); p++)
				if (written < INT32_MAX)
					written = written * 10 + (*p - '0');
			written = less ? -written : written;
		} else {
			p = stop;
		}
	}
	power += written;
	/*
	 * With at most 19 digits n has not overflowed. The operation must be one of doubles, not
	 * one of an x87's wider registers.
	 */
	if (stop - digits <= 19 && n < UINT64_C(1) << 53 && power >= -22 && power <= 22 && FLT_EVAL_METHOD == 0)
		result = power < 0 ? (double)n / tens[-power] : (double)n * tens[power];
	else
		result = convert(digits, stop, written);
	*value = minus ? -result : result;
	return p;
}

int
number_read(const char *data, size_t len, double *value)
{
	const char *end = data + len, *p;

	while (data < end && is_white(*data))
		data++;
	while (end > data && is_white(end[-1]))
		end--;
	if (data == end)
		return 0;
	p = read_decimal(data, end, value);
	return p == end;
}

double
number_prefix(const char *data, size_t len, size_t *used)
{
	const char *end = data + len, *p = data, *stop;
	double value = 0;

	while (p < end && is_white(*p))
		p++;
	stop = read_decimal(p, end, &value);
	if (used != NULL)
		*used = stop > p ? (size_t)(stop - data) : 0;
	return value;
}

int
number_integer(const char *p, size_t len, const char **digits, size_t *n)
{
	const char *end = p + len, *stop;

	while (p < end && is_white(*p))
		p++;
	while (end > p && is_white(end[-1]))
		end--;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	while (p < end && *p == '0')
		p++;
	for (stop = p; stop < end && is_digit(*stop);)
		stop++;
	*digits = p;
	*n = (size_t)(stop - p);
	return stop == end && stop > p;
}
