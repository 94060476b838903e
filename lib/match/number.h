#ifndef NUMBER_H
#define NUMBER_H

/*
 * number: what looks like a number, as awk has it: a decimal number with or without sign, point and
 * exponent, and white space around it. Hexadecimal numbers, infinities and nan are texts.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Returns 1 with the value if data[0, len) is a decimal number, with white space around it or not;
 * else 0.
 */
int number_read(const char *data, size_t len, double *value);

/*
 * The same, for data after which other bytes follow, up to end. Most numbers are short whole ones,
 * of random length: eight digits are worked out at once, as if zeros were before the number,
 * without a branch on how many there are.
 */
static inline int
number_read_before(const char *data, size_t len, const char *end, double *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t zeros = UINT64_C(0x3030303030303030);
	uint64_t word;

	if (len - 1 < 8 && end - data >= 8) {
		memcpy(&word, data, sizeof word);
		word = (word ^ zeros) << (64 - 8 * len);
		if ((((word + UINT64_C(0x7676767676767676)) | word) & UINT64_C(0x8080808080808080)) == 0) {
			word = word * 10 + (word >> 8);
			word = ((word & UINT64_C(0xFF000000FF)) * UINT64_C(0xF424000000064) +
			        (word >> 16 & UINT64_C(0xFF000000FF)) * UINT64_C(0x271000000001)) >> 32;
			*value = (double)(int32_t)word;
			return 1;
		}
	}
#else
	(void)end;
#endif
	return number_read(data, len, value);
}

/*
 * Returns the number at the beginning of data[0, len), or 0 if there is none. Sets *used (used may
 * be NULL) to the number of bytes up to its end, or to 0.
 */
double number_prefix(const char *data, size_t len, size_t *used);

/*
 * Sets *digits and *n to the digits of an integer p[0, len), without leading zeros; white space and
 * a sign may be before them, white space after them. Returns 1; or 0 if it is none, or 0.
 */
int number_integer(const char *p, size_t len, const char **digits, size_t *n);

#endif
