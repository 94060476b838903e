/*
 * decimal: see decimal.h. The numbers of everyday life, from 0.0001 to 10^15, are scaled by a power
 * of ten to an integer of 15 digits in 128 bits: exactly, so that the rounding is printf's, to the
 * nearest and from the middle to the even one. All others are left to printf.
 */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"

enum { DIGITS = 15 };

static const uint64_t power_of_ten[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
	10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
	100000000000000000, 1000000000000000000, UINT64_C(10000000000000000000) };

/* Writes the digits of n, `least` of them at least. Returns their number. */
static size_t
write_whole(uint64_t n, size_t least, char *out)
{
	char digits[20];
	size_t count = 0;

	while (n > 0 || count < least) {
		digits[sizeof digits - ++count] = (char)('0' + n % 10);
		n /= 10;
	}
	memcpy(out, digits + sizeof digits - count, count);
	return count;
}

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 wide;

/*
 * Writes a positive number between 10^-4 and 10^15 that is not whole. Returns the number of bytes.
 */
static size_t
write_fraction(double number, char *out)
{
	int exponent, places = DIGITS;
	unsigned shift;
	uint64_t whole, rounded;
	wide scaled, half;
	size_t n;

	for (whole = (uint64_t)number; places > 0 && whole >= power_of_ten[DIGITS - places]; places--)
		continue;
	/* Zeros right after the point are not significant. */
	for (int zeros = 1; whole == 0 && zeros < 4 && number * (double)power_of_ten[zeros] < 1; zeros++)
		places++;
	for (;;) {
		/* number is a 53-bit integer divided by 2^shift; 10^18 * 2^53 is below 2^113. */
		scaled = (uint64_t)ldexp(frexp(number, &exponent), 53);
		shift = (unsigned)(53 - exponent);
		scaled *= power_of_ten[places];
		half = (wide)1 << (shift - 1);
		rounded = (uint64_t)(scaled >> shift);
		scaled &= (half << 1) - 1;
		rounded += scaled > half || (scaled == half && (rounded & 1));
		/* Rounding may have made one more digit. */
		if (rounded < power_of_ten[DIGITS] || places == 0)
			break;
		places--;
	}
	n = write_whole(rounded / power_of_ten[places], 1, out);
	rounded %= power_of_ten[places];
	if (rounded == 0)
		return n;
	out[n++] = '.';
	n += write_whole(rounded, (size_t)places, out + n);
	while (out[n - 1] == '0')
		n--;
	return n;
}

#endif

size_t
decimal_write(double number, char out[DECIMAL_MAX])
{
	size_t sign = number < 0;

	if (isnan(number))
		return (size_t)snprintf(out, DECIMAL_MAX, "nan");
	/* 2^63 is the first integer that an int64_t cannot hold. */
	if (number > -9223372036854775808.0 && number < 9223372036854775808.0) {
		double size = sign ? -number : number;

		out[0] = '-';
		if ((double)(uint64_t)size == size)
			return sign + write_whole((uint64_t)size, 1, out + sign);
#ifdef __SIZEOF_INT128__
		if (size >= 0.0001 && size < 1e15)
			return sign + write_fraction(size, out + sign);
#endif
	}
	return (size_t)snprintf(
	    out, DECIMAL_MAX, isfinite(number) && floor(number) == number ? "%.0f" : "%.15g", number);
}
