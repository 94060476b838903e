#ifndef EXACT_H
#define EXACT_H

/*
 * exact: decimal numbers and their sums without any rounding: an integer of 128 bits and the number
 * of its digits after the point. 0.1 added ten times is 1. What does not fit (too many digits, the
 * result of a division) is a double; a sum of such numbers is compensated (A. Neumaier, 1974): its
 * error does not grow with their number.
 *
 * On processors without integers of 128 bits they have 64.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/decimal.h"

#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 exact_wide;
enum { EXACT_DIGITS = 38 }; /* any number of so many digits fits */
#else
typedef int64_t exact_wide;
enum { EXACT_DIGITS = 18 };
#endif

enum { EXACT_MAX = DECIMAL_MAX }; /* bytes of the longest number that is written */

struct exact {
	exact_wide units; /* the number is units / 10^scale, */
	unsigned scale;   /* at most EXACT_DIGITS; */
	int rough;        /* or, if rough is 1, value */
	double value;
};

/* A struct of zeros is the sum of no numbers. */
struct exact_sum {
	/* private */
	exact_wide units;
	double high, low; /* of what units cannot hold */
	unsigned scale;
	int rough; /* 1: there is such */
};

/*
 * Reads data[0, len): digits with or without sign, point and exponent, and white space around them.
 * Returns 1; or 0 if it is none, or one that does not fit: then number_read (match) tells which.
 */
int exact_read(const char *data, size_t len, struct exact *);

/* Sets the number to a double, exactly if it is a whole number below 2^53. */
void exact_set(struct exact *, double);

/* Returns the double that is next to the number, or almost so. */
double exact_double(const struct exact *);

/* Returns a number below, equal to or above 0 if a is less than, equal to or greater than b. */
int exact_compare(const struct exact *a, const struct exact *b);

/* Sets out to a - b. */
void exact_subtract(const struct exact *a, const struct exact *b, struct exact *out);

void exact_add(struct exact_sum *, const struct exact *);

/* Sets out to the sum. */
void exact_total(const struct exact_sum *, struct exact *out);

/*
 * Writes the number with as few digits as it has: 1.50 as 1.5; a double as decimal_write does, but
 * with an exponent from 2^53 on.
 * Returns the number of bytes.
 */
size_t exact_write(const struct exact *, char out[EXACT_MAX]);

/*
 * Reads 1 to 8 digits alone, if 8 bytes can be read before end. Returns 1 with the value, or 0 if
 * the bytes are something else. Eight digits are worked out at once, as number_read_before does.
 */
static inline int
exact_digits(const char *data, size_t len, const char *end, uint32_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t word;

	if (len - 1 >= 8 || end - data < 8)
		return 0;
	memcpy(&word, data, sizeof word);
	word = (word ^ UINT64_C(0x3030303030303030)) << (64 - 8 * len);
	if ((((word + UINT64_C(0x7676767676767676)) | word) & UINT64_C(0x8080808080808080)) != 0)
		return 0;
	word = word * 10 + (word >> 8);
	word = ((word & UINT64_C(0xFF000000FF)) * UINT64_C(0xF424000000064) +
		   (word >> 16 & UINT64_C(0xFF000000FF)) * UINT64_C(0x271000000001)) >>
	    32;
	*value = (uint32_t)word;
	return 1;
#else
	(void)data, (void)len, (void)end, (void)value;
	return 0;
#endif
}

/* Adds a whole number. */
static inline void
exact_add_whole(struct exact_sum *s, int64_t n)
{
	exact_wide sum;

	if (s->scale == 0 && !__builtin_add_overflow(s->units, n, &sum)) {
		s->units = sum;
	} else {
		struct exact e = { .units = n };

		exact_add(s, &e);
	}
}

#endif
