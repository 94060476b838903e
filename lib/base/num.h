#ifndef NUM_H
#define NUM_H

/*
 * num: numbers, sizes, counts and durations as people write them (rec(7), OPTIONS).
 *
 * All are strict: no sign, no space, nothing after the unit. Each returns 0 and stores the value;
 * or -1 with errno EINVAL if the text is no number of that kind, ERANGE if it is above max or 64
 * bits do not hold it. Then the value is unchanged.
 */

#include <stdint.h>

/* Reads decimal digits. */
int num_digits(const char *text, uint64_t max, uint64_t *value);

/* Reads a number of bytes: digits, then nothing, K, M, G or T (powers of 1024). */
int num_size(const char *text, uint64_t max, uint64_t *bytes);

/* Reads a number of things: digits, then nothing, k, M or G (powers of 1000). */
int num_count(const char *text, uint64_t max, uint64_t *count);

/* Reads a time: digits, then ms, s, m, h or d (24 hours). Stores milliseconds. */
int num_duration(const char *text, uint64_t max, uint64_t *ms);

/*
 * Reads a number of records or of bytes. Records: digits, then nothing, k, M or G, then "rec".
 * Bytes: digits, then nothing, K, M, G or T, then "B". Digits alone, or with k, are records; M, G
 * and T alone could mean either, and are EINVAL. Sets *bytes to 1 for bytes, 0 for records, also if
 * it fails.
 */
int num_amount(const char *text, uint64_t max, uint64_t *n, int *bytes);

/* Returns the value of the hexadecimal digit c, or -1 if it is none. */
static inline int
num_hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/*
 * Writes n for a person, its digits in groups of three ("1,234,567"), to text, as a string. Returns
 * text.
 */
enum { NUM_GROUPED = 27 };
char *num_grouped(uint64_t n, char text[NUM_GROUPED]);

#endif
