/*
 * Exact numbers: what is read and written, and random decimals whose sums, differences and order
 * are worked out in whole hundredths of a thousandth.
 */
#include <stdlib.h>
#include <string.h>

#include "base/exact.h"
#include "unit/unit.h"

/* text is read, and written as want; NULL: it does not fit, or is no number. */
static void
reads_at(int line, const char *text, const char *want)
{
	char out[EXACT_MAX + 1];
	struct exact e;
	int got = exact_read(text, strlen(text), &e);

	if (got)
		out[exact_write(&e, out)] = '\0';
	if (got != (want != NULL) || (got && strcmp(out, want) != 0))
		printf("line %d: %s: %s\n", line, text, got ? out : "not read");
	CHECK(got == (want != NULL));
	CHECK(!got || strcmp(out, want) == 0);
}

#define reads(text, want) reads_at(__LINE__, text, want)

static void
test_texts(void)
{
	reads("0", "0");
	reads("-0", "0");
	reads("-0.000", "0");
	reads("007", "7");
	reads("+1.50", "1.5");
	reads(" \t-.5\n", "-0.5");
	reads("5.", "5");
	reads("1e3", "1000");
	reads("1.25E1", "12.5");
	reads("125e-5", "0.00125");
	reads("-1.5e-3", "-0.0015");
	reads("0e999999999", "0");
	reads("", NULL);
	reads(".", NULL);
	reads("-", NULL);
	reads("1e", NULL);
	reads("1 2", NULL);
	reads("0x10", NULL);
	reads("1..2", NULL);
	reads("nan", NULL);
	reads("1e400", NULL);
	reads("1e-400", NULL);
	reads("170141183460469231731687303715884105728", NULL);
#ifdef __SIZEOF_INT128__
	reads("170141183460469231731687303715884105727", "170141183460469231731687303715884105727");
	reads("-0.00000000000000000000000000000000000001", "-0.00000000000000000000000000000000000001");
#endif
}

static void
test_doubles(void)
{
	struct exact_sum s = { 0 };
	char out[EXACT_MAX];
	struct exact e;

	/* What a sum of doubles loses without compensation. */
	exact_set(&e, 1e100);
	exact_add(&s, &e);
	exact_set(&e, 0.5);
	exact_add(&s, &e);
	exact_set(&e, -1e100);
	exact_add(&s, &e);
	exact_total(&s, &e);
	CHECK(e.rough && e.value == 0.5);
	exact_set(&e, 3);
	exact_add(&s, &e);
	exact_total(&s, &e);
	CHECK(exact_double(&e) == 3.5);
	CHECK(exact_write(&e, out) == 3 && memcmp(out, "3.5", 3) == 0);
}

/* Writes units / 10^5 as some text that means it. Returns its length. */
static size_t
random_text(int64_t units, char *out)
{
	unsigned long long amount = (unsigned long long)llabs((long long)units);
	int n;

	if (unit_random(4) == 0)
		n = sprintf(out, "%s%llue-5", units < 0 ? "-" : "", amount);
	else
		n = sprintf(out, "%s%llu.%05llu", units < 0 ? "-" : "", amount / 100000, amount % 100000);
	return (size_t)n;
}

static void
test_random(void)
{
	struct exact_sum s = { 0 };
	struct exact total, before = { .units = 0 };
	int64_t sum = 0, last = 0;

	for (int i = 0; i < 200; i++) {
		int64_t units = (int64_t)(unit_state >> (24 + unit_random(40))) * (unit_random(2) ? 1 : -1);
		char text[64], want[64], out[EXACT_MAX + 1];
		size_t len = random_text(units, text);
		struct exact e, difference, other;

		CHECK(exact_read(text, len, &e));
		exact_add(&s, &e);
		sum += units;
		exact_total(&s, &total);
		CHECK(exact_read(want, (size_t)sprintf(want, "%llde-5", (long long)sum), &other));
		CHECK(exact_compare(&total, &other) == 0);
		exact_subtract(&e, &before, &difference);
		CHECK(exact_read(want, (size_t)sprintf(want, "%llde-5", (long long)(units - last)), &other));
		CHECK(exact_compare(&difference, &other) == 0);
		CHECK(exact_compare(&e, &before) == (units > last) - (units < last));
		/*
		 * What is written is read as the same number, and ends with no zero after a point.
		 */
		len = exact_write(&total, out);
		out[len] = '\0';
		CHECK(exact_read(out, len, &other) && exact_compare(&total, &other) == 0);
		CHECK(strchr(out, '.') == NULL || (out[len - 1] != '0' && out[len - 1] != '.'));
		before = e;
		last = units;
	}
}

static void
test_digits(void)
{
	for (int i = 0; i < 1000; i++) {
		char text[24] = "";
		uint32_t value = 0;
		size_t len = 1 + unit_random(8);
		int good = 1;

		for (size_t k = 0; k < len; k++)
			text[k] = (char)(unit_random(50) ? '0' + unit_random(10) : unit_random(255) + 1);
		for (size_t k = 0; k < len; k++)
			good &= text[k] >= '0' && text[k] <= '9';
		text[len] = '5';
		if (exact_digits(text, len, text + sizeof text, &value)) {
			text[len] = '\0';
			CHECK(good && value == strtoul(text, NULL, 10));
		} else {
			CHECK(!good || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__);
		}
	}
}

int
main(void)
{
	test_texts();
	test_doubles();
	test_digits();
	while (unit_round())
		test_random();
	return unit_end("exact");
}
