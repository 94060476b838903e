/*
 * specs_convert: see specs_convert.h. Bits, hexadecimal digits, integers and strings are here;
 * numbers with a point are in specs_float.c and specs_packed.c, and times in specs_clock.c.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "change/specs_convert.h"

#define TOO_LONG "the result is longer than a record may be"

enum { STRING_MAX = 65535 };

void
specs_convert_strip(const char **data, size_t *len)
{
	while (*len > 0 && (*data)[0] == ' ') {
		(*data)++;
		(*len)--;
	}
	while (*len > 0 && (*data)[*len - 1] == ' ')
		(*len)--;
}

int
specs_convert_number(int64_t n, size_t columns, struct buf *out)
{
	char text[21], *p = text + sizeof text;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
	size_t len;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (n < 0)
		*--p = '-';
	len = (size_t)(text + sizeof text - p);
	if (columns < len)
		columns = len;
	if (buf_reserve(out, columns) < 0)
		return -1;
	memset(out->data + out->len, ' ', columns - len);
	memcpy(out->data + out->len + columns - len, p, len);
	out->len += columns;
	return 0;
}

/* ---- hexadecimal digits and bits ---- */

static int
c2x(const char *data, size_t len, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	char *p;

	if (buf_reserve(out, 2 * len) < 0)
		return -1;
	p = out->data + out->len;
	for (size_t i = 0; i < len; i++) {
		*p++ = digits[(unsigned char)data[i] >> 4];
		*p++ = digits[data[i] & 15];
	}
	out->len += 2 * len;
	return 0;
}

static int
c2b(const char *data, size_t len, struct buf *out)
{
	char *p;

	if (buf_reserve(out, 8 * len) < 0)
		return -1;
	p = out->data + out->len;
	for (size_t i = 0; i < len; i++)
		for (int bit = 7; bit >= 0; bit--)
			*p++ = (char)('0' + (((unsigned char)data[i] >> bit) & 1));
	out->len += 8 * len;
	return 0;
}

/* Reads digits of `bits` bits each, which make whole bytes. Blanks may be between bytes. */
static int
digits_to_bytes(const char *data, size_t len, int bits, struct buf *out, const char **why)
{
	size_t i = 0;
	char *p;

	if (buf_reserve(out, len / (8 / (unsigned)bits) + 1) < 0)
		return -1;
	p = out->data + out->len;
	for (;;) {
		int byte = 0;

		while (i < len && (data[i] == ' ' || data[i] == '\t'))
			i++;
		if (i == len)
			break;
		for (int have = 0; have < 8; have += bits, i++) {
			int digit = i < len ? num_hex(data[i]) : -1;

			if (digit < 0 || digit >> bits != 0) {
				*why = bits == 4 ? "it is not pairs of hexadecimal digits" :
						   "it is not groups of eight digits 0 or 1";
				return 1;
			}
			byte = byte << bits | digit;
		}
		*p++ = (char)byte;
	}
	out->len = (size_t)(p - out->data);
	return 0;
}

/* ---- integers ---- */

static int
d2c(const char *data, size_t len, struct buf *out, const char **why)
{
	uint32_t value = 0, most = INT32_MAX;
	size_t i = 0;
	char bytes[4];
	int minus, large = 0;

	specs_convert_strip(&data, &len);
	minus = len > 0 && data[0] == '-';
	if (len > 0 && (minus || data[0] == '+'))
		i++;
	most += (uint32_t)minus;
	if (i == len)
		goto strange;
	for (; i < len; i++) {
		uint32_t digit = (uint32_t)(unsigned char)data[i] - '0';

		if (digit > 9)
			goto strange;
		large |= value > (most - digit) / 10;
		value = value * 10 + digit;
	}
	if (large) {
		*why = "it has no place in the 4 bytes of d2c";
		return 1;
	}
	if (minus)
		value = -value;
	for (i = 0; i < 4; i++)
		bytes[i] = (char)(value >> (24 - 8 * i));
	return buf_add(out, bytes, 4);
strange:
	*why = "it is not a decimal integer";
	return 1;
}

static int
c2d(const char *data, size_t len, struct buf *out, const char **why)
{
	uint64_t value;

	if (len > 8) {
		*why = "it is longer than the 8 bytes of an integer";
		return 1;
	}
	value = ((unsigned char)data[0] & 0x80) != 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | (unsigned char)data[i];
	return specs_convert_number((int64_t)value, len <= 4 ? 11 : 20, out);
}

/* ---- strings ---- */

static int
v2c(const char *data, size_t len, struct buf *out, const char **why)
{
	char length[2] = { (char)(len >> 8), (char)len };
	size_t before = out->len;

	if (len > STRING_MAX) {
		*why = "it is longer than the 65,535 bytes of v2c";
		return 1;
	}
	if (buf_add(out, length, 2) == 0 && buf_add(out, data, len) == 0)
		return 0;
	out->len = before;
	return -1;
}

static int
c2v(const char *data, size_t len, struct buf *out, const char **why)
{
	size_t length = len < 2 ? 0 : (size_t)((unsigned char)data[0] << 8 | (unsigned char)data[1]);

	if (len < 2 || length > len - 2) {
		*why = "it is shorter than the length in its first 2 bytes says";
		return 1;
	}
	return buf_add(out, data + 2, length);
}

/* ---- all ---- */

static int
to_internal(const struct specs_conversion *c, const char *data, size_t len, struct buf *out, const char **why)
{
	switch (c->from) {
	case 'B':
		return digits_to_bytes(data, len, 1, out, why);
	case 'D':
		return d2c(data, len, out, why);
	case 'F':
		return specs_convert_f2c(data, len, out, why);
	case 'I':
		return specs_convert_i2c(data, len, out, why);
	case 'P':
		return specs_convert_p2c(data, len, c->scale, out, why);
	case 'V':
		return v2c(data, len, out, why);
	default:
		return digits_to_bytes(data, len, 4, out, why);
	}
}

static int
from_internal(
    const struct specs_conversion *c, const char *data, size_t len, size_t max, struct buf *out, const char **why)
{
	if (len == 0)
		return 0;
	if (len > max / (c->to == 'B' ? 8 : c->to == 'X' ? 2 : 1)) {
		*why = TOO_LONG;
		return 1;
	}
	switch (c->to) {
	case 'B':
		return c2b(data, len, out);
	case 'D':
		return c2d(data, len, out, why);
	case 'F':
		return specs_convert_c2f(data, len, out, why);
	case 'I':
		return specs_convert_c2i(data, len, out, why);
	case 'P':
		return specs_convert_c2p(data, len, c->scale, out, why);
	case 'V':
		return c2v(data, len, out, why);
	default:
		return c2x(data, len, out);
	}
}

int
specs_convert(const struct specs_conversion *c, const char *data, size_t len, size_t max, struct buf *out,
    struct buf *between, const char **why)
{
	int result;

	if (len == 0 && c->from != 'V')
		return 0;
	if (c->from == 'C')
		return from_internal(c, data, len, max, out, why);
	if (c->to == 'C')
		return to_internal(c, data, len, out, why);
	between->len = 0;
	if ((result = to_internal(c, data, len, between, why)) != 0)
		return result;
	return from_internal(c, between->data, between->len, max, out, why);
}

/* ---- their names ---- */

/* Reads "(2)" or nothing. Returns 1 if it is one of these, or 0. */
static int
read_scale(struct specs_conversion *c, const char *p, const char *end)
{
	int minus, n = 0;

	if (p == end)
		return 1;
	if (*p++ != '(' || p == end)
		return 0;
	minus = *p == '-';
	p += minus || *p == '+';
	if (p == end || *p == ')')
		return 0;
	for (; p < end && *p >= '0' && *p <= '9' && n <= SPECS_SCALE; p++)
		n = n * 10 + (*p - '0');
	c->scale = minus ? -n : n;
	return n <= SPECS_SCALE && end - p == 1 && *p == ')';
}

int
specs_conversion(struct specs_conversion *c, const char *word, size_t len, struct buf *error)
{
	static const char forms[] = "BCDFIPVX";
	char from, to;

	if (len < 3 || word[1] != '2' || (len > 3 && word[3] != '('))
		return 0;
	from = (char)(word[0] & ~32);
	to = (char)(word[2] & ~32);
	if (from < 'A' || from > 'Z' || to < 'A' || to > 'Z')
		return 0;
	if (strchr(forms, from) == NULL || strchr(forms, to) == NULL || from == to) {
		(void)buf_addf(
		    error, "%.*s: no such conversion: c2X and X2c are, X one of b d f i p v x", (int)len, word);
		return -1;
	}
	if (from != 'C' && to != 'C' && strchr("BX", from) == NULL && strchr("BX", to) == NULL) {
		(void)buf_addf(
		    error, "%.*s: no such conversion: one of the two forms must be c, x or b", (int)len, word);
		return -1;
	}
	*c = (struct specs_conversion){ from, to, 0 };
	if (len > 3 && from != 'P' && to != 'P') {
		(void)buf_addf(error, "%.*s: only conversions from and to p have a scale", (int)len, word);
		return -1;
	}
	if (!read_scale(c, word + 3, word + len)) {
		(void)buf_addf(error, "%.*s: the scale is written %.3s(2), from -31 to 31", (int)len, word, word);
		return -1;
	}
	return 1;
}
