/*
 * specs_packed: decimal numbers and packed decimal, of which each half of a byte is a digit, and
 * the last one the sign (IBM System/360 Principles of Operation, "Decimal Arithmetic"). A part of
 * specs_convert.h.
 */

#include <string.h>

#include "change/specs_convert.h"

enum { BYTES = 16, DIGITS = 2 * BYTES - 1 }; /* of the longest number */

/* A number as it is written: its digits without the point, and how many of them come after it. */
struct written {
	const char *data;
	size_t len;      /* with the point */
	size_t fraction; /* digits after the point */
	int minus;
};

static int
read_number(const char *data, size_t len, struct written *w)
{
	size_t digits = 0, i = 0;
	int point = 0;

	specs_convert_strip(&data, &len);
	w->minus = len > 0 && data[0] == '-';
	if (len > 0 && (w->minus || data[0] == '+'))
		i++;
	w->data = data + i;
	w->len = len - i;
	w->fraction = 0;
	for (; i < len; i++) {
		if (data[i] == '.' && !point) {
			point = 1;
		} else if (data[i] >= '0' && data[i] <= '9') {
			digits++;
			w->fraction += (size_t)point;
		} else {
			return 0;
		}
	}
	return digits > 0;
}

/*
 * Takes the digits of the number times 10 to the power of scale, without zeros before them. Returns
 * their number; -1 if others than zeros come after them; -2 if there are too many.
 */
static int
take_digits(const struct written *w, int scale, unsigned char digits[DIGITS])
{
	/*
	 * Places from the right, of the number as written; those below 0 are zeros that it lacks.
	 */
	long place = (long)(w->len - (w->len > 0 && memchr(w->data, '.', w->len) != NULL)) - 1;
	long last = (long)w->fraction - scale;
	int n = 0;

	for (size_t i = 0; i < w->len; i++) {
		if (w->data[i] == '.')
			continue;
		if (place-- < last) {
			if (w->data[i] != '0')
				return -1;
		} else if (n > 0 || w->data[i] != '0') {
			if (n == DIGITS)
				return -2;
			digits[n++] = (unsigned char)(w->data[i] - '0');
		}
	}
	for (; n > 0 && last < 0; last++) {
		if (n == DIGITS)
			return -2;
		digits[n++] = 0;
	}
	return n;
}

int
specs_convert_p2c(const char *data, size_t len, int scale, struct buf *out, const char **why)
{
	unsigned char digits[DIGITS], bytes[BYTES] = { 0 };
	struct written w;
	size_t size;
	int n;

	if (!read_number(data, len, &w)) {
		*why = "it is not a decimal number";
		return 1;
	}
	if ((n = take_digits(&w, scale, digits)) < 0) {
		*why = n == -1 ? "it has more digits after the point than the scale of p2c says" :
				 "it has more than the 31 digits of packed decimal";
		return 1;
	}
	size = n == 0 ? 1 : (size_t)n / 2 + 1;
	bytes[size - 1] = w.minus && n > 0 ? 0xD : 0xC;
	for (size_t i = 0; i < (size_t)n; i++) {
		size_t half = 2 * size - 2 - i; /* counted from the left */

		bytes[half / 2] |= (unsigned char)(digits[(size_t)n - 1 - i] << (half % 2 == 0 ? 4 : 0));
	}
	return buf_add(out, bytes, size);
}

/*
 * Takes the digits of packed decimal, without zeros before them. Returns their number, or -1 if one
 * of them is none.
 */
static int
unpack(const char *data, size_t len, char digits[DIGITS])
{
	int n = 0;

	for (size_t half = 0; half < 2 * len - 1; half++) {
		int digit = (unsigned char)data[half / 2] >> (half % 2 == 0 ? 4 : 0) & 15;

		if (digit > 9)
			return -1;
		if (n > 0 || digit != 0)
			digits[n++] = (char)('0' + digit);
	}
	return n;
}

int
specs_convert_c2p(const char *data, size_t len, int scale, struct buf *out, const char **why)
{
	char digits[DIGITS], text[3 + DIGITS + SPECS_SCALE], *p = text;
	int sign = data[len - 1] & 15, n, whole;

	if (len > BYTES) {
		*why = "it is longer than the 16 bytes of packed decimal";
		return 1;
	}
	if (sign < 10 || (n = unpack(data, len, digits)) < 0) {
		*why = "it is not packed decimal: digits, and a sign in the last half of a byte";
		return 1;
	}
	if (n > 0 && (sign == 0xB || sign == 0xD))
		*p++ = '-';
	whole = scale < 0 ? n : n - scale; /* digits before the point */
	if (whole <= 0)
		*p++ = '0';
	for (int i = 0; i < whole; i++)
		*p++ = digits[i];
	for (int i = scale; i < 0 && n > 0; i++)
		*p++ = '0';
	if (scale > 0) {
		*p++ = '.';
		for (int i = n - scale; i < n; i++)
			*p++ = i < 0 ? '0' : digits[i];
	}
	return buf_add(out, text, (size_t)(p - text));
}
