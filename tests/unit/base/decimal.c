/* Doubles in decimal digits, against printf. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "unit/unit.h"

static void
is(double number, const char *want)
{
	char out[DECIMAL_MAX];
	size_t n = decimal_write(number, out);

	if (n != strlen(want) || memcmp(out, want, n) != 0)
		printf("%.17g is written %.*s, not %s\n", number, (int)n, out, want);
	CHECK(n == strlen(want) && memcmp(out, want, n) == 0);
}

/* As printf writes it; whole numbers with all digits. */
static void
as_printf(double number)
{
	char want[DECIMAL_MAX];

	(void)snprintf(want, sizeof want, floor(number) == number ? "%.0f" : "%.15g", number);
	is(number, strcmp(want, "-0") == 0 ? "0" : want);
}

int
main(void)
{
	is(0, "0");
	is(-0.0, "0");
	is(1, "1");
	is(-12, "-12");
	is(0.1 + 0.2, "0.3");
	is(1.1 * 1.1, "1.21");
	is(-0.5, "-0.5");
	is(0.0001, "0.0001");
	is(0.00001, "1e-05");
	is(999999999999999.9, "1000000000000000");
	is(99999999999999.95, "100000000000000"); /* the double is a little more */
	is(0.99999999999999999, "1");
	is(9.999999999999996, "10");
	is(0.09999999999999999, "0.1");
	is(1234567.891, "1234567.891");
	is(9007199254740993.0, "9007199254740992");
	is(1e20, "100000000000000000000");
	is(-1e20, "-100000000000000000000");
	is(1e-300, "1e-300");
	is(INFINITY, "inf");
	is(-INFINITY, "-inf");
	is(NAN, "nan");
	/* In the middle between two numbers of 15 digits. */
	as_printf(0.5 + 4503599627370.0 + 1.0 / 1024);
	as_printf(100000000000000.5);
	as_printf(100000000000001.5);
	as_printf(2.5);
	while (unit_round())
		for (int i = 0; i < 2000; i++) {
			double number = (double)unit_random(1u << 30) * 1073741824.0 + (double)unit_random(1u << 30);
			int places = (int)unit_random(24) - 2;
			uint64_t bits;

			number /= pow(10, places);
			as_printf(unit_random(2) ? number : -number);
			as_printf(rint(number * 100) / 100);
			as_printf(ldexp((double)unit_random(1u << 20), -(int)unit_random(34)));
			bits = (uint64_t)unit_random(1u << 31) << 33 ^ (uint64_t)unit_random(1u << 31) << 10;
			memcpy(&number, &bits, sizeof number);
			if (isfinite(number))
				as_printf(number);
		}
	return unit_end("decimal");
}
