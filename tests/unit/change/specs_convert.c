/*
 * specs_convert: conversions of random values, there and back, against models that are written here
 * in another way, mostly by libc; and of random bytes, which must give a value or a reason.
 */

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "change/specs_convert.h"
#include "unit/unit.h"

static struct buf between;

/* Converts by the conversion of that name, into `out`. Returns what specs_convert does. */
static int
convert(const char *name, const void *data, size_t len, struct buf *out, const char **why)
{
	struct specs_conversion c = { 0 };
	struct buf error = { 0 };
	static const char mark[] = "before";
	char *copy = malloc(len + (len == 0)); /* of its exact size */
	int result;

	CHECK(copy != NULL);
	memcpy(copy, data, len);

	CHECK(specs_conversion(&c, name, strlen(name), &error) == 1 && error.len == 0);
	buf_free(&error);
	out->len = 0;
	(void)buf_adds(out, mark);
	*why = NULL;
	result = specs_convert(&c, copy, len, SIZE_MAX, out, &between, why);
	free(copy);
	CHECK(result == 0 || (result == 1 && *why != NULL && strchr(*why, '\n') == NULL && out->len == 6));
	CHECK(out->len >= 6 && memcmp(out->data, mark, 6) == 0);
	memmove(out->data, out->data + 6, out->len - 6);
	out->len -= 6;
	(void)buf_terminate(out);
	return result;
}

/* Checks that the conversion gives exactly those bytes. */
static void
expect(const char *name, const void *data, size_t len, const void *bytes, size_t n)
{
	struct buf out = { 0 };
	const char *why;
	int good = convert(name, data, len, &out, &why) == 0 && out.len == n && memcmp(out.data, bytes, n) == 0;

	CHECK(good);
	if (!good)
		printf("%s of \"%.*s\": \"%s\" instead of \"%.*s\" %s\n", name, (int)len, (const char *)data,
		    buf_string(&out), (int)n, (const char *)bytes, why != NULL ? why : "");
	buf_free(&out);
}

static uint64_t
random_bits(void)
{
	return (uint64_t)unit_random(1u << 31) << 62 ^ (uint64_t)unit_random(1u << 31) << 31 ^ unit_random(1u << 31);
}

/* An integer of a random number of bits, as likely to be negative as not. */
static int64_t
random_integer(unsigned bits)
{
	return (int64_t)(random_bits() << (64 - bits)) >> (64 - bits) >> unit_random(bits);
}

/* ---- bytes ---- */

static void
test_bytes(void)
{
	unsigned char bytes[32];
	char hex[128] = "", bits[512] = "", spaced[128] = "";
	size_t n = 1 + unit_random(sizeof bytes);
	struct buf out = { 0 };
	const char *why;

	for (size_t i = 0; i < n; i++) {
		bytes[i] = (unsigned char)unit_random(256);
		sprintf(hex + strlen(hex), "%02X", bytes[i]);
		sprintf(spaced + strlen(spaced), "%s%02x", unit_random(2) ? " " : "", bytes[i]);
		for (unsigned bit = 128; bit > 0; bit /= 2)
			strcat(bits, bytes[i] & bit ? "1" : "0");
	}
	expect("c2x", bytes, n, hex, strlen(hex));
	expect("C2B", bytes, n, bits, strlen(bits));
	expect("x2c", hex, strlen(hex), bytes, n);
	expect("x2c", spaced, strlen(spaced), bytes, n);
	expect("b2c", bits, strlen(bits), bytes, n);
	expect("x2b", hex, strlen(hex), bits, strlen(bits));
	expect("b2x", bits, strlen(bits), hex, strlen(hex));
	CHECK(convert("x2c", hex, strlen(hex) - 1, &out, &why) == 1);
	CHECK(convert("b2c", bits, strlen(bits) - 1, &out, &why) == 1);
	hex[unit_random(2 * n)] = "gG/:@` "[unit_random(6)];
	CHECK(convert("x2c", hex, strlen(hex), &out, &why) == 1);
	bits[unit_random(8 * n)] = '2';
	CHECK(convert("b2x", bits, strlen(bits), &out, &why) == 1);

	/* strings with their length */
	expect("v2c", bytes, 0, "\0", 2);
	CHECK(convert("v2c", bytes, n, &out, &why) == 0 && out.len == n + 2 && out.data[0] == 0 &&
	    (size_t)(unsigned char)out.data[1] == n && memcmp(out.data + 2, bytes, n) == 0);
	(void)buf_adds(&out, "more");
	expect("c2v", out.data, out.len, bytes, n);
	CHECK(n == 1 || convert("c2v", out.data, n, &between, &why) == 1);
	buf_free(&out);
}

static void
test_lengths(void)
{
	static char large[65536];
	struct specs_conversion x = { 'C', 'X', 0 }, b = { 'C', 'B', 0 }, b2x = { 'B', 'X', 0 };
	struct buf out = { 0 };
	const char *why = NULL;

	CHECK(
	    convert("v2c", large, 65535, &out, &why) == 0 && out.len == 65537 && memcmp(out.data, "\xff\xff", 2) == 0);
	expect("c2v", out.data, out.len, large, 65535);
	CHECK(convert("v2c", large, 65536, &out, &why) == 1);
	out.len = 0;
	CHECK(specs_convert(&x, large, 50, 100, &out, NULL, &why) == 0 && out.len == 100);
	CHECK(specs_convert(&x, large, 51, 100, &out, NULL, &why) == 1 && out.len == 100);
	CHECK(specs_convert(&b, large, 12, 100, &out, NULL, &why) == 0 && out.len == 196);
	CHECK(specs_convert(&b, large, 13, 100, &out, NULL, &why) == 1 && out.len == 196);
	CHECK(specs_convert(&b2x, "0000000000000000", 16, 3, &out, &between, &why) == 1 && out.len == 196);
	buf_free(&out);
}

/* ---- integers ---- */

static void
test_integers(void)
{
	int64_t n = random_integer(32), wide = random_integer(64), value;
	unsigned char bytes[8];
	char text[40], shown[40];
	size_t len = 1 + unit_random(8);
	struct buf out = { 0 };
	const char *why;

	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(n >> (24 - 8 * i));
	sprintf(text, "%s%s%0*" PRId64 "%s", unit_random(2) ? "  " : "", n >= 0 && unit_random(2) ? "+" : "",
	    (int)unit_random(12), n, unit_random(2) ? " " : "");
	expect("d2c", text, strlen(text), bytes, 4);
	sprintf(shown, "%11" PRId64, n);
	expect("c2d", bytes, 4, shown, 11);

	/* of fewer bytes and more: the same number, if they hold it */
	value = len == 8 ? wide : (int64_t)((uint64_t)wide << (64 - 8 * len)) >> (64 - 8 * len);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)((uint64_t)value >> (8 * (len - 1 - i)));
	sprintf(shown, "%*" PRId64, len <= 4 ? 11 : 20, value);
	expect("c2d", bytes, len, shown, strlen(shown));
	sprintf(text, "%" PRId64, wide);
	CHECK(convert("d2c", text, strlen(text), &out, &why) == (wide < INT32_MIN || wide > INT32_MAX));
	text[unit_random(strlen(text))] = "x.-"[unit_random(2)];
	CHECK(convert("d2c", text, strlen(text), &out, &why) == 1);
	buf_free(&out);
}

static void
test_integer_edges(void)
{
	struct buf out = { 0 };
	const char *why;

	expect("d2x", "2147483647", 10, "7FFFFFFF", 8);
	expect("d2x", "-2147483648", 11, "80000000", 8);
	expect("d2x", "-0", 2, "00000000", 8);
	expect("x2d", "8000000000000000", 16, "-9223372036854775808", 20);
	expect("x2d", "7FFFFFFFFFFFFFFF", 16, " 9223372036854775807", 20);
	expect("x2d", "80000000", 8, "-2147483648", 11);
	for (size_t i = 0; i < 6; i++) {
		static const char *const bad[] = { "+", "-", " ", "+-1", "1 2", "--1" };

		CHECK(convert("d2c", bad[i], strlen(bad[i]), &out, &why) == 1);
	}
	buf_free(&out);
}

/* ---- packed decimal ---- */

/* Digits and sign of a number with `scale` digits after the point, packed as text says. */
static void
test_packed(void)
{
	char digits[40], text[80], hex[40], nice[80];
	int n = 1 + (int)unit_random(31), scale = (int)unit_random(40) - 8, minus = (int)unit_random(2), zeros = 0,
	    at = 0;
	char name[16];

	if (scale > 31)
		scale = 0;
	for (int i = 0; i < n; i++)
		digits[i] = (char)('0' + unit_random(10));
	digits[n] = '\0';
	if (unit_random(4) == 0)
		memset(digits, '0', unit_random((size_t)n + 1));
	zeros = (int)strspn(digits, "0");
	if (zeros == n)
		minus = 0;

	/* packed: an odd number of digits without zeros before them, and the sign */
	sprintf(hex, "%s%s%c", (n - zeros) % 2 == 0 ? "0" : "", digits + zeros, minus ? 'D' : 'C');
	/* written: the point put into at least scale + 1 digits */
	if (scale > 0) {
		sprintf(text, "%0*d%s", n > scale ? 0 : scale + 1 - n, 0, digits);
		if (n > scale)
			strcpy(text, digits);
		at = (int)strlen(text) - scale;
		memmove(text + at + 1, text + at, (size_t)scale + 1);
		text[at] = '.';
	} else {
		sprintf(text, "%s%.*s", digits, -scale, "00000000");
	}
	/* as c2p writes it: one digit before the point at least, no zeros before that */
	at = 0;
	while (text[at] == '0' && text[at + 1] != '\0' && text[at + 1] != '.')
		at++;
	sprintf(nice, "%s%s", minus ? "-" : "", text + at);
	if (scale < 0 && zeros == n)
		strcpy(nice, "0");
	if (minus)
		memmove(text + 1, text, strlen(text) + 1), text[0] = '-';
	sprintf(name, "p2x(%d)", scale);
	expect(name, text, strlen(text), hex, strlen(hex));
	sprintf(name, "x2p(%d)", scale);
	expect(name, hex, strlen(hex), nice, strlen(nice));
	hex[strlen(hex) - 1] = minus ? "BD"[unit_random(2)] : "ACEF"[unit_random(4)];
	expect(name, hex, strlen(hex), nice, strlen(nice));
}

static void
test_packed_edges(void)
{
	struct buf out = { 0 };
	const char *why;

	expect("p2x", " +5. ", 5, "5C", 2);
	expect("p2x(1)", ".5", 2, "5C", 2);
	expect("p2x(-1)", "50.00", 5, "5C", 2);
	expect("x2p", "00000000000000000000000000000005D", 0, "", 0);
	CHECK(convert("p2c", ".", 1, &out, &why) == 1);
	CHECK(convert("p2c", "-", 1, &out, &why) == 1);
	CHECK(convert("p2c", "1.2.3", 5, &out, &why) == 1);
	CHECK(convert("p2c(-1)", "55", 2, &out, &why) == 1);
	CHECK(convert("p2c(31)", "1.5", 3, &out, &why) == 1);
	CHECK(convert("x2p", "A1C", 3, &out, &why) == 1);
	CHECK(convert("x2p", "1A1C", 4, &out, &why) == 1);
	CHECK(convert("x2p", "0000000000000000000000000000000005", 34, &out, &why) == 1);
	buf_free(&out);
}

/* ---- floating point ---- */

#if LDBL_MANT_DIG >= 57 && LDBL_MAX_EXP > 1024
typedef long double real;
#define SPLIT frexpl
#define SCALE ldexpl
#define NEAREST rintl
#define REAL "%.*Le"
#else
typedef double real;
#define SPLIT frexp
#define SCALE ldexp
#define NEAREST rint
#define REAL "%.*e"
#endif

/* Writes the hexadecimal number of so many bytes that is nearest to a value. */
static void
model_float(real x, size_t len, unsigned char bytes[8])
{
	int exponent, sixteens;
	real fraction = SPLIT(x < 0 ? -x : x, &exponent);
	uint64_t f;

	memset(bytes, 0, 8);
	if (fraction == 0)
		return;
	sixteens = exponent >= 0 ? (exponent + 3) / 4 : exponent / 4;
	f = (uint64_t)NEAREST(SCALE(fraction, 8 * ((int)len - 1) + exponent - 4 * sixteens));
	if (f >> (8 * (len - 1)) != 0) {
		f >>= 4;
		sixteens++;
	}
	bytes[0] = (unsigned char)((x < 0 ? 128 : 0) + 64 + sixteens);
	for (size_t i = 1; i < len; i++)
		bytes[i] = (unsigned char)(f >> (8 * (len - 1 - i)));
}

static real
random_real(unsigned bits, int exponents)
{
	real x = (real)(random_bits() >> (64 - bits));

	return SCALE(unit_random(2) ? -x : x, (int)unit_random(2 * (size_t)exponents) - exponents - (int)bits);
}

static void
test_floats(void)
{
	static char text[1200];
	unsigned char bytes[8], other[8];
	real x = random_real(53, 200), low, high;
	struct buf out = { 0 };
	const char *why;
	int exponent;

	/*
	 * All digits of a value that has a number of its own give that, and it is written so that
	 * libc reads it
	 */
	model_float(x, 8, bytes);
	sprintf(text, REAL, 700, x);
	expect("f2c", text, strlen(text), bytes, 8);
	CHECK(convert("c2f", bytes, 8, &out, &why) == 0 && strtod(out.data, NULL) == (double)x && out.len <= 24);
	expect("f2c", out.data, out.len, bytes, 8);

	/* 4 bytes */
	x = random_real(21, 100);
	model_float(x, 4, bytes);
	CHECK(convert("c2f", bytes, 4, &out, &why) == 0 && out.len <= 15);
	model_float((real)strtod(out.data, NULL), 4, other);
	CHECK(memcmp(bytes, other, 4) == 0);

	/* Half-way between two numbers: the even one; a little more or less: the nearer one. */
	if (LDBL_MANT_DIG < 57 || LDBL_MAX_EXP <= 1024)
		goto end;
	low = (real)(random_bits() >> 8 | UINT64_C(1) << 55);
	high = low + 1;
	exponent = 4 * ((int)unit_random(60) - 30);
	model_float(SCALE(low, exponent), 8, bytes);
	model_float(SCALE(high, exponent), 8, other);
	sprintf(text, REAL, 700, SCALE(low + 0.5L, exponent));
	expect("f2c", text, strlen(text), (uint64_t)low % 2 == 0 ? bytes : other, 8);
	text[strcspn(text, "e") - 1] = '1';
	expect("f2c", text, strlen(text), other, 8);
	sprintf(text, REAL, 700, SCALE(low + 0.49609375L, exponent));
	expect("f2c", text, strlen(text), bytes, 8);
end:
	buf_free(&out);
}

/*
 * Any bytes are a number; what is written of 8 of them gives them back, but for zeros before the
 * digits.
 */
static void
test_any_float(void)
{
	unsigned char bytes[8];
	struct buf out = { 0 }, again = { 0 };
	const char *why;
	size_t len = 2 + unit_random(7);

	for (size_t i = 0; i < 8; i++)
		bytes[i] = (unsigned char)unit_random(256);
	bytes[1] |= 0x10;
	CHECK(convert("c2f", bytes, 8, &out, &why) == 0);
	expect("f2c", out.data, out.len, bytes, 8);
	for (size_t digits = out.len; digits > 0; digits--)
		if (out.data[digits - 1] == 'E') {
			/* one digit less is another number, unless it was the only one */
			(void)buf_add(&again, out.data, digits - 2);
			(void)buf_add(&again, out.data + digits - 1, out.len - digits + 1);
			if (memchr(out.data, '.', out.len) != NULL) {
				struct buf bytes_again = { 0 };

				CHECK(convert("f2c", again.data, again.len, &bytes_again, &why) == 0 &&
				    memcmp(bytes_again.data, bytes, 8) != 0);
				buf_free(&bytes_again);
			}
		}
	CHECK(convert("c2f", bytes, len, &out, &why) == 0 && out.len > 4);
	buf_free(&out);
	buf_free(&again);
}

static void
test_float_edges(void)
{
	static char zeros[5000];
	struct buf out = { 0 };
	const char *why;

	memset(zeros, '0', sizeof zeros - 1);
	expect("f2x", "1", 1, "4110000000000000", 16);
	expect("f2x", " +1.e0 ", 7, "4110000000000000", 16);
	expect("f2x", ".1E+1", 5, "4110000000000000", 16);
	expect("f2x", "-118.625", 8, "C276A00000000000", 16);
	expect("f2x", "1e-79", 5, "0000000000000000", 16);
	expect("f2x", "-1e-99999999999", 15, "0000000000000000", 16);
	expect("f2x", "0e99999999999", 13, "0000000000000000", 16);
	expect("f2x", "5.397605346934027891E-79", 24, "0010000000000000", 16);
	expect("f2x", zeros, sizeof zeros - 1, "0000000000000000", 16);
	expect("x2f", "C276A000", 8, "-1.18625E+02", 12);
	expect("x2f", "4600000001", 10, "3.90625E-03", 11);
	expect("x2f", "00000000000000F0", 16, "2.87642195232288665E-92", 23);
	memcpy(zeros, "0.", 2);
	memcpy(zeros + sizeof zeros - 10, "1e4989", 7); /* 0.000...1 */
	expect("f2x", zeros, strlen(zeros), "4110000000000000", 16);
	for (size_t i = 0; i < 9; i++) {
		static const char *const bad[] = { ".", "+", "e5", "1e", "1e+", "1 2", "0x1", "inf", "1e5x" };

		CHECK(convert("f2c", bad[i], strlen(bad[i]), &out, &why) == 1);
	}
	CHECK(convert("f2c", "1e999999999999999", 17, &out, &why) == 1);
	CHECK(convert("f2c", "7.24e75", 7, &out, &why) == 1);
	CHECK(convert("f2c", "7.23e75", 7, &out, &why) == 0);
	buf_free(&out);
}

/* ---- times ---- */

static void
test_times(void)
{
	uint64_t us = random_bits() >> 12;
	time_t t = (time_t)(us / 1000000) - 2208988800;
	struct tm tm;
	unsigned char bytes[8];
	char text[64], iso[64];
	struct buf out = { 0 };
	static const char least[] = "00000101000000000000";
	size_t len = 4 + unit_random(17);

	CHECK(gmtime_r(&t, &tm) != NULL);
	strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm);
	sprintf(text + 14, "%06u", (unsigned)(us % 1000000));
	strftime(iso, sizeof iso, "%Y-%m-%dT%H:%M:%S", &tm);
	sprintf(iso + strlen(iso), ".%06uZ", (unsigned)(us % 1000000));
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(us << 12 >> (56 - 8 * i));
	expect("i2c", text, 20, bytes, 8);
	expect("i2c", iso, strlen(iso), bytes, 8);
	bytes[7] = (unsigned char)unit_random(256);
	expect("c2i", bytes, 8, text, 20);

	/*
	 * with some digits left out at the end: the beginning of what is named, unless that is
	 * before 1900
	 */
	if (len < 14)
		len &= ~(size_t)1;
	{
		char whole[21];
		struct specs_conversion c = { 'I', 'C', 0 };
		const char *why;

		memcpy(whole, text, len);
		strcpy(whole + len, least + len);
		CHECK(specs_convert(&c, text, len, SIZE_MAX, &out, &between, &why) == 0);
		expect("i2c", whole, 20, out.data, 8);
		out.len = 0;
		CHECK(len >= 14 || specs_convert(&c, text, len + 1, SIZE_MAX, &out, &between, &why) == 1);
	}
	CHECK(specs_convert_clock((int64_t)t * 1000000000 + (int64_t)(us % 1000000) * 1000, &out) == 0 || t > 0);
	buf_free(&out);
}

static void
test_time_edges(void)
{
	struct buf out = { 0 };
	const char *why;

	expect("i2x", "19000101", 8, "0000000000000000", 16);
	expect("x2i", "FFFFFFFFFFFFFFFF", 16, "20420917235347370495", 20);
	expect("i2x", "1970-01-01T02:00:00+02:00", 25, "7D91048BCA000000", 16);
	for (size_t i = 0; i < 8; i++) {
		static const char *const bad[] = { "197", "19700", "19701301", "19700100", "197001012400001",
			"1970010100006", "19700101000060x", "123456789012345678901" };

		CHECK(convert("i2c", bad[i], strlen(bad[i]), &out, &why) == 1);
	}
	CHECK(
	    specs_convert_clock(0, &out) == 0 && memcmp(out.data + out.len - 8, "\x7D\x91\x04\x8B\xCA\0\0\0", 8) == 0);
	CHECK(specs_convert_clock(1999, &out) == 0 &&
	    memcmp(out.data + out.len - 8, "\x7D\x91\x04\x8B\xCA\0\x1f\xfb", 8) == 0);
	buf_free(&out);
}

/* ---- all, of any bytes ---- */

static void
test_any(void)
{
	static const char forms[] = "BCDFIPVX";
	char name[8] = { forms[unit_random(8)], '2', forms[unit_random(8)], '\0' }, data[24];
	struct specs_conversion c = { 0 };
	struct buf error = { 0 }, out = { 0 };
	size_t len = unit_random(sizeof data + 1);
	const char *why;
	int result;

	for (size_t i = 0; i < len; i++)
		data[i] = unit_random(2) ? (char)unit_random(256) : "0123456789+-.eE \t01"[unit_random(19)];
	result = specs_conversion(&c, name, 3, &error);
	CHECK(result == 1 ? error.len == 0 && c.from == name[0] && c.to == name[2] : result == -1 && error.len > 0);
	if (result == 1) {
		result = convert(name, data, len, &out, &why);
		CHECK(result == 0 || result == 1);
		CHECK(len > 0 ||
		    (result == 0 &&
			out.len ==
			    (name[0] != 'V'        ? 0 :
				    name[2] == 'C' ? 2 :
				    name[2] == 'X' ? 4 :
						     16)));
	}
	buf_free(&error);
	buf_free(&out);
}

static void
test_names(void)
{
	static const struct {
		const char *word;
		int result, scale;
	} names[] = { { "c2x", 1, 0 }, { "C2x", 1, 0 }, { "p2c(2)", 1, 2 }, { "c2p(-31)", 1, -31 }, { "P2C(+3)", 1, 3 },
		{ "c2p(31)", 1, 31 }, { "c2", 0, 0 }, { "c2xx", 0, 0 }, { "1-3", 0, 0 }, { "n.5", 0, 0 },
		{ "12", 0, 0 }, { "c3x", 0, 0 }, { "c2z", -1, 0 }, { "c2c", -1, 0 }, { "c2p()", -1, 0 },
		{ "c2p(-)", -1, 0 }, { "c2p(1", -1, 0 }, { "c2p(99999999999)", -1, 0 }, { "c2x(1)", -1, 0 },
		{ "d2f", -1, 0 }, { "121", 0, 0 }, { "-2-", 0, 0 } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct specs_conversion c = { 0 };
		struct buf error = { 0 };

		CHECK(specs_conversion(&c, names[i].word, strlen(names[i].word), &error) == names[i].result);
		CHECK((names[i].result < 0) == (error.len > 0));
		CHECK(names[i].result <= 0 || c.scale == names[i].scale);
		buf_free(&error);
	}
}

int
main(void)
{
	test_names();
	test_lengths();
	test_integer_edges();
	test_packed_edges();
	test_float_edges();
	test_time_edges();
	while (unit_round()) {
		test_bytes();
		test_integers();
		test_packed();
		test_times();
		test_any();
		if (unit_rounds % 4 == 0) {
			test_floats();
			test_any_float();
		}
	}
	buf_free(&between);
	return unit_end("specs_convert");
}
