/*
 * specs_float: numbers with an exponent, and hexadecimal floating point: a sign, 7 bits of an
 * exponent of 16 plus 64, and a fraction below 1 (IBM System/360 Principles of Operation). All is
 * worked out in integers of many digits, so each result is the nearest one. A part of
 * specs_convert.h.
 */

#include <string.h>

#include "change/specs_convert.h"

enum {
	WORDS = 64,   /* of an integer. The largest is one of DIGITS digits, moved to the left to be divided */
	DIGITS = 340, /* that count: no number half-way between two has more */
	MOST = 80,
	LEAST = -90,   /* powers of 10 above and below all numbers */
	SHORTEST = 18, /* digits that always suffice for 56 bits */
	BIAS = 64
};

/* An integer, its least significant word first. */
struct big {
	uint32_t word[WORDS];
	unsigned n; /* of words; the last one is not 0 */
};

static void
times(struct big *b, uint32_t factor, uint32_t plus)
{
	uint64_t carry = plus;

	for (unsigned i = 0; i < b->n; i++) {
		carry += (uint64_t)b->word[i] * factor;
		b->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry > 0)
		b->word[b->n++] = (uint32_t)carry;
}

/* Returns the remainder. */
static uint32_t
divide(struct big *b, uint32_t by)
{
	uint64_t rest = 0;

	for (unsigned i = b->n; i-- > 0;) {
		rest = rest << 32 | b->word[i];
		b->word[i] = (uint32_t)(rest / by);
		rest %= by;
	}
	while (b->n > 0 && b->word[b->n - 1] == 0)
		b->n--;
	return (uint32_t)rest;
}

static void
shift_left(struct big *b, unsigned bits)
{
	unsigned words = bits / 32;

	if (b->n == 0)
		return;
	times(b, UINT32_C(1) << bits % 32, 0);
	memmove(b->word + words, b->word, b->n * sizeof b->word[0]);
	memset(b->word, 0, words * sizeof b->word[0]);
	b->n += words;
}

static int
bits_of(const struct big *b)
{
	return b->n == 0 ? 0 : (int)b->n * 32 - __builtin_clz(b->word[b->n - 1]);
}

static unsigned
bit(const struct big *b, int i)
{
	return i < 0 || i >= (int)b->n * 32 ? 0 : b->word[i / 32] >> (i % 32) & 1;
}

/* Returns 1 if a bit below the i-th is 1, or 0. */
static int
any_below(const struct big *b, int i)
{
	for (int k = 0; k < i && k < (int)b->n * 32; k++)
		if (bit(b, k))
			return 1;
	return 0;
}

/*
 * A value: fraction, of so many bits of which one of the first four is 1, times 16 to the exponent.
 */
struct hexadecimal {
	uint64_t fraction; /* 0: the value is 0, whatever the exponent is */
	int exponent;
};

/* A decimal number: digits without zeros before them, times 10 to the exponent. */
struct decimal {
	char digits[DIGITS + 1]; /* the last one for a digit that is not 0 after DIGITS of them */
	int n;
	int exponent;
};

/*
 * Rounds b, and if `more` a part of 1 besides, times 2 to the exponent: half-way, to the even one.
 */
static struct hexadecimal
round_to(const struct big *b, int more, int exponent, int bits)
{
	int top = bits_of(b) + exponent, below; /* the value is below 2 to this */
	struct hexadecimal h = { 0, (top + (top > 0 ? 3 : 0)) / 4 };

	below = bits_of(b) - (bits - (4 * h.exponent - top)); /* bits that are cut off */
	for (int i = bits_of(b) - 1; i >= below; i--)
		h.fraction = h.fraction << 1 | bit(b, i);
	if (bit(b, below - 1) && (more || any_below(b, below - 1) || (h.fraction & 1)))
		h.fraction++;
	if (h.fraction >> bits != 0) {
		h.fraction >>= 4;
		h.exponent++;
	}
	return h;
}

static struct hexadecimal
from_decimal(const struct decimal *d, int bits)
{
	struct big b = { { 0 }, 0 };
	int more = 0, exponent = 0;

	if (d->n == 0 || d->n + d->exponent < LEAST)
		return (struct hexadecimal){ 0, 0 };
	if (d->n + d->exponent > MOST)
		return (struct hexadecimal){ 1, BIAS };
	for (int i = 0; i < d->n; i++)
		times(&b, 10, (uint32_t)(d->digits[i] - '0'));
	for (int i = 0; i < d->exponent; i++)
		times(&b, 10, 0);
	if (d->exponent < 0) {
		/* 10 to the n has less than 10 * n / 3 + 1 bits: 68 are left, at least. */
		int left = 68 + 10 * -d->exponent / 3 + 1 - bits_of(&b);

		exponent = left > 0 ? -left : 0;
		if (left > 0)
			shift_left(&b, (unsigned)left);
		for (int i = d->exponent; i < 0; i++)
			more |= divide(&b, 10) != 0;
	}
	return round_to(&b, more, exponent, bits);
}

/* Rounds to so many digits. */
static void
round_decimal(const struct decimal *d, int digits, struct decimal *to)
{
	int up, i;

	*to = *d;
	if (d->n <= digits)
		return;
	to->n = digits;
	to->exponent += d->n - digits;
	up = d->digits[digits] > '5';
	if (d->digits[digits] == '5') {
		up = (d->digits[digits - 1] & 1) != 0;
		for (i = digits + 1; i < d->n; i++)
			up |= d->digits[i] != '0';
	}
	for (i = digits - 1; up && i >= 0; i--) {
		up = to->digits[i] == '9';
		to->digits[i] = (char)(up ? '0' : to->digits[i] + 1);
	}
	if (up) {
		to->digits[0] = '1'; /* and zeros, all of which were nines */
		to->exponent++;
	}
}

/* The same value: a fraction of so many bits, times 16 to the exponent. */
static void
to_decimal(uint64_t fraction, int bits, int exponent, struct decimal *d)
{
	struct big b = { { (uint32_t)fraction, (uint32_t)(fraction >> 32) }, 2 };
	int twos = 4 * exponent - bits;
	int at = DIGITS;

	d->exponent = twos < 0 ? twos : 0;
	while (b.n > 0 && b.word[b.n - 1] == 0)
		b.n--;
	if (twos > 0)
		shift_left(&b, (unsigned)twos);
	for (; twos < 0; twos++)
		times(&b, 5, 0);
	while (b.n > 0)
		d->digits[--at] = (char)('0' + divide(&b, 10));
	d->n = DIGITS - at;
	memmove(d->digits, d->digits + at, (size_t)d->n);
}

/* ---- texts ---- */

enum { FAR = 1000000 }; /* powers of 10 that are not told apart from greater ones */

static void
move_exponent(int *exponent, int by)
{
	*exponent += by;
	if (*exponent > FAR || *exponent < -FAR)
		*exponent = *exponent > 0 ? FAR : -FAR;
}

/*
 * Reads E, a sign or none, and digits, which must be all of [p, end). Returns 1, or 0 if it is
 * none.
 */
static int
read_exponent(const char *p, const char *end, int *exponent)
{
	int minus, n = 0;

	if (p == end)
		return 1;
	if ((*p++ & ~32) != 'E')
		return 0;
	minus = p < end && *p == '-';
	if (p < end && (minus || *p == '+'))
		p++;
	if (p == end)
		return 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		n = n < FAR ? n * 10 + (*p - '0') : n;
	move_exponent(exponent, minus ? -n : n);
	return p == end;
}

/* Reads 3, -3.14 or 3e-5. Returns 1, or 0 if it is none. */
static int
read_decimal(const char *data, size_t len, struct decimal *d, int *minus)
{
	int seen = 0, point = 0, cut = 0;
	size_t i = 0;

	specs_convert_strip(&data, &len);
	*minus = len > 0 && data[0] == '-';
	if (len > 0 && (*minus || data[0] == '+'))
		i++;
	d->n = d->exponent = 0;
	for (; i < len && ((data[i] >= '0' && data[i] <= '9') || (data[i] == '.' && !point)); i++) {
		if (data[i] == '.') {
			point = 1;
			continue;
		}
		seen = 1;
		/* The exponent is that of the last digit that is kept. */
		if (d->n == DIGITS) {
			cut |= data[i] != '0';
			move_exponent(&d->exponent, !point);
			continue;
		}
		if (d->n > 0 || data[i] != '0')
			d->digits[d->n++] = data[i];
		move_exponent(&d->exponent, -point);
	}
	if (cut) { /* a digit that is not 0, for all that are cut off */
		d->digits[d->n++] = '1';
		d->exponent--;
	}
	return seen && read_exponent(data + i, data + len, &d->exponent);
}

static int
write_decimal(const struct decimal *d, int minus, struct buf *out)
{
	int n = d->n, exponent = d->n - 1 + d->exponent;

	while (n > 1 && d->digits[n - 1] == '0')
		n--;
	return buf_addf(out, "%s%c%s%.*sE%c%02d", minus ? "-" : "", d->digits[0], n > 1 ? "." : "", n - 1,
	    d->digits + 1, exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

int
specs_convert_f2c(const char *data, size_t len, struct buf *out, const char **why)
{
	struct decimal d;
	struct hexadecimal h;
	char bytes[8] = { 0 };
	int minus;

	if (!read_decimal(data, len, &d, &minus)) {
		*why = "it is not a number";
		return 1;
	}
	h = from_decimal(&d, 56);
	if (h.fraction != 0 && h.exponent + BIAS > 127) {
		*why = "it is above the numbers of hexadecimal floating point, which end at 7E+75";
		return 1;
	}
	if (h.fraction != 0 && h.exponent + BIAS >= 0) {
		bytes[0] = (char)(h.exponent + BIAS + (minus ? 128 : 0));
		for (unsigned i = 1; i < 8; i++)
			bytes[i] = (char)(h.fraction >> (56 - 8 * i));
	}
	return buf_add(out, bytes, sizeof bytes);
}

int
specs_convert_c2f(const char *data, size_t len, struct buf *out, const char **why)
{
	struct decimal all, d;
	int bits = 8 * ((int)len - 1), exponent = (data[0] & 127) - BIAS, low = 1, high = SHORTEST;
	uint64_t fraction = 0;

	if (len < 2 || len > 8) {
		*why = "it is not the 2 to 8 bytes of hexadecimal floating point";
		return 1;
	}
	for (size_t i = 1; i < len; i++)
		fraction = fraction << 8 | (unsigned char)data[i];
	if (fraction == 0)
		return buf_adds(out, "0E+00");
	for (; fraction >> (bits - 4) == 0; exponent--)
		fraction <<= 4;
	to_decimal(fraction, bits, exponent, &all);
	/* If some digits suffice, so do more: they are nearer. */
	while (low < high) {
		int middle = (low + high) / 2;
		struct hexadecimal h;

		round_decimal(&all, middle, &d);
		h = from_decimal(&d, bits);
		if (h.fraction == fraction && h.exponent == exponent)
			high = middle;
		else
			low = middle + 1;
	}
	round_decimal(&all, low, &d);
	return write_decimal(&d, (data[0] & 128) != 0, out);
}
