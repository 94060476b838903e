/* sortkey_text: keys of strings, numbers, sizes, versions and times. See sortkey_private.h. */

#include <string.h>

#include "base/timestamp.h"
#include "match/sortkey_private.h"

static inline int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline int
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char *
put_64(char *to, uint64_t n)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*to++ = (char)(n >> shift);
	return to;
}

/* ---- strings ---- */

/* A zero becomes 00 FF, and the end is 00 00, which no string has. */
int
sortkey_put_string(struct buf *out, const char *data, size_t len, unsigned letters)
{
	const char *end = data + len;
	char *to;

	if (buf_reserve(out, 2 * len + 2) < 0)
		return -1;
	to = out->data + out->len;
	if ((letters & SORTKEY_FOLDED) != 0) {
		for (; data < end; data++) {
			*to++ = *data >= 'a' && *data <= 'z' ? (char)(*data - 32) : *data;
			if (*data == '\0')
				*to++ = (char)0xFF;
		}
	} else {
		while (data < end) {
			const char *zero = memchr(data, '\0', (size_t)(end - data));
			size_t n = (size_t)((zero != NULL ? zero + 1 : end) - data);

			memcpy(to, data, n);
			to += n;
			data += n;
			if (zero != NULL)
				*to++ = (char)0xFF;
		}
	}
	*to++ = '\0';
	*to++ = '\0';
	out->len = (size_t)(to - out->data);
	return 0;
}

/* ---- numbers ---- */

/*
 * A number is 0.ddd * 10^exponent; digits come in two runs, before the point and after it, without
 * zeros at the beginning of the first run and at the end of the last one.
 */
struct decimal {
	int negative;
	const char *whole, *part;
	size_t whole_len, part_len;
	int64_t exponent;
};

enum { ZERO = 0x80, SMALL = 0x81, USUAL = 0xA0, LARGE = 0xDD, USUAL_LEAST = -30, USUAL_MOST = 60 };

#define EXPONENT_MOST INT64_C(1000000000000000000)

/* Reads an exponent at p, which may be none. */
static int64_t
read_exponent(const char *p, const char *end)
{
	int64_t n = 0;
	int negative;

	if (p == end || (*p | 32) != 'e')
		return 0;
	p++;
	negative = p < end && *p == '-';
	p += p < end && (*p == '-' || *p == '+');
	for (; p < end && is_digit(*p); p++)
		if (n < EXPONENT_MOST / 10)
			n = n * 10 + (*p - '0');
		else
			n = EXPONENT_MOST;
	return negative ? -n : n;
}

static void
read_decimal(const char *p, const char *end, struct decimal *d)
{
	const char *begin;
	size_t digits;

	*d = (struct decimal){ 0 };
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n'))
		p++;
	if (p < end && (*p == '-' || *p == '+'))
		d->negative = *p++ == '-';
	begin = p;
	while (p < end && *p == '0')
		p++;
	for (d->whole = p; p < end && is_digit(*p); p++)
		;
	d->whole_len = (size_t)(p - d->whole);
	digits = (size_t)(p - begin);
	d->part = p;
	if (p < end && *p == '.') {
		for (d->part = ++p; p < end && is_digit(*p); p++)
			;
		d->part_len = (size_t)(p - d->part);
		digits += d->part_len;
	}
	d->exponent = (int64_t)d->whole_len + (digits > 0 ? read_exponent(p, end) : 0);
	while (d->part_len > 0 && d->part[d->part_len - 1] == '0')
		d->part_len--;
	if (d->part_len == 0) {
		while (d->whole_len > 0 && d->whole[d->whole_len - 1] == '0')
			d->whole_len--;
	} else if (d->whole_len == 0) {
		for (; *d->part == '0'; d->part++, d->part_len--)
			d->exponent--;
	}
}

static inline int
digit(const struct decimal *d, size_t i)
{
	return (i < d->whole_len ? d->whole[i] : d->part[i - d->whole_len]) - '0';
}

int
sortkey_put_number(struct buf *out, const char *data, size_t len)
{
	struct decimal d;
	size_t digits;
	char *begin, *to;

	read_decimal(data, data + len, &d);
	digits = d.whole_len + d.part_len;
	if (buf_reserve(out, digits / 2 + 16) < 0)
		return -1;
	begin = to = out->data + out->len;
	if (digits == 0) {
		*to++ = (char)ZERO; /* without a sign: there is one zero */
		out->len++;
		return 0;
	}
	if (d.exponent >= USUAL_LEAST && d.exponent <= USUAL_MOST) {
		*to++ = (char)(USUAL + d.exponent);
	} else {
		*to++ = (char)(d.exponent < 0 ? SMALL : LARGE);
		to = put_64(to, (uint64_t)d.exponent ^ UINT64_C(1) << 63);
	}
	for (size_t i = 0; i < digits; i += 2)
		*to++ = (char)(1 + 10 * digit(&d, i) + (i + 1 < digits ? digit(&d, i + 1) : 0));
	*to++ = '\0';
	if (d.negative)
		for (char *p = begin; p < to; p++)
			*p = (char)~*p;
	out->len = (size_t)(to - out->data);
	return 0;
}

/* ---- sizes ---- */

/* Units compare as in "sort -h" of GNU: 2000K is less than 1M, and -1M less than -2000K. */
int
sortkey_put_human(struct buf *out, const char *data, size_t len)
{
	static const char units[] = "KMGTPEZYRQ";
	const char *p = data, *end = data + len, *unit;
	int negative = 0, order = 0, zero = 1;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n'))
		p++;
	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	for (int point = 0; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
		point |= *p == '.';
		zero &= *p == '0' || *p == '.';
	}
	if (!zero && p < end && *p != '\0' && (unit = strchr(units, *p == 'k' ? 'K' : *p)) != NULL)
		order = (int)(unit - units) + 1;
	if (buf_addc(out, (char)(0x80 + (negative ? -order : order))) < 0)
		return -1;
	return sortkey_put_number(out, data, (size_t)(p - data));
}

/* ---- versions ---- */

/*
 * GNU's order (coreutils manual, "Version sort ordering"): a version is texts and numbers in turn.
 * In a text '~' comes first, then its end, letters, other bytes. Numbers have no leading zeros, and
 * one that is not there is 0.
 */
enum { TILDE = 1, TEXT_ENDS, LETTERS, OTHERS = LETTERS + 52, LONG_NUMBER = 0xFF };

static char
text_code(char c)
{
	unsigned char u = (unsigned char)c;

	if (c == '~')
		return TILDE;
	if (c >= 'A' && c <= 'Z')
		return (char)(LETTERS + (c - 'A'));
	if (c >= 'a' && c <= 'z')
		return (char)(LETTERS + 26 + (c - 'a'));
	/*
	 * The others in their order: ten digits, and the letters and '~' before them, are left
	 * out.
	 */
	return (char)(OTHERS + u - (u > '9' ? 10 : 0) - (u > 'Z' ? 26 : 0) - (u > 'z' ? 26 : 0) - (u > '~' ? 1 : 0));
}

/* Room: 3 bytes for each byte, and 11. */
static char *
put_version(char *to, const char *p, const char *end)
{
	while (p < end) {
		const char *begin;
		size_t n;

		while (p < end && !is_digit(*p))
			*to++ = text_code(*p++);
		*to++ = TEXT_ENDS;
		while (p < end && *p == '0')
			p++;
		for (begin = p; p < end && is_digit(*p); p++)
			;
		n = (size_t)(p - begin);
		*to++ = (char)(n < LONG_NUMBER ? n : LONG_NUMBER);
		if (n >= LONG_NUMBER)
			to = put_64(to, n);
		memcpy(to, begin, n);
		to += n;
	}
	*to++ = TEXT_ENDS;
	return to;
}

/*
 * Returns the length without the suffixes of a file's name, which are each a point, a letter or
 * '~', and letters, digits and '~'; the first byte is never part of one.
 */
static size_t
without_suffix(const char *p, size_t len)
{
	size_t i = len, from = len;

	while (i > 1) {
		size_t k = i;

		while (k > 0 && (is_letter(p[k - 1]) || is_digit(p[k - 1]) || p[k - 1] == '~'))
			k--;
		if (k < 2 || p[k - 1] != '.' || k == i || is_digit(p[k]))
			break;
		i = from = k - 1;
	}
	return from;
}

/* Names that begin with a point are before others, first of them "." and "..". */
int
sortkey_put_version(struct buf *out, const char *data, size_t len)
{
	size_t body = without_suffix(data, len);
	int class = 5;
	char *to;

	if (len == 0)
		class = 1;
	else if (data[0] == '.')
		class = len == 1 ? 2 : len == 2 && data[1] == '.' ? 3 : 4;
	if (buf_reserve(out, 6 * len + 32) < 0)
		return -1;
	to = out->data + out->len;
	*to++ = (char)class;
	/* The whole name decides only if all is equal before the suffixes. */
	if (class >= 4) {
		to = put_version(to, data, data + body);
		to = put_version(to, data, data + len);
	}
	out->len = (size_t)(to - out->data);
	return 0;
}

/* ---- times ---- */

int
sortkey_put_time(struct buf *out, const char *data, size_t len)
{
	struct timestamp t;
	int is_time;
	char *to;

	if (buf_reserve(out, 16) < 0)
		return -1;
	to = out->data + out->len;
	if ((is_time = timestamp_read_iso(data, len, &t)) != 0) {
		*to++ = 2;
		to = put_64(to, (uint64_t)t.seconds ^ UINT64_C(1) << 63);
		for (int shift = 24; shift >= 0; shift -= 8)
			*to++ = (char)(t.nanoseconds >> shift);
	} else {
		*to++ = 1;
	}
	out->len = (size_t)(to - out->data);
	return !is_time;
}
