#ifndef NUM_H
#define NUM_H

/*
 * num: numbers, sizes, counts and durations as people write them (DESIGN: options).
 * All are strict: no sign, no blank, nothing behind. Each returns 0 and stores the value, or -1 with errno EINVAL (not a
 * number of that kind) or ERANGE (above max, or past 64 bits).
 */

#include <stdint.h>

/* Decimal digits. */
int num_digits(const char *text, uint64_t max, uint64_t *value);

/* Bytes: digits, then nothing, K, M, G or T (powers of 1024). */
int num_size(const char *text, uint64_t max, uint64_t *bytes);

/* A number of things: digits, then nothing, k, M or G (powers of 1000). */
int num_count(const char *text, uint64_t max, uint64_t *count);

/* Time: digits, then ms, s, m, h or d. Milliseconds. */
int num_duration(const char *text, uint64_t max, uint64_t *ms);

/*
 * Records or bytes: digits, then k, M, G or nothing and "rec" for records; or K, M, G, T or nothing and "B" for bytes (*bytes is then
 * 1, else 0). A number with nothing behind it, or k, is of records; M, G and T alone could mean either, and are EINVAL.
 */
int num_amount(const char *text, uint64_t max, uint64_t *n, int *bytes);

/* Returns the value of a hexadecimal digit, or -1 if c is none. */
static inline int
num_hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The other way, for a person: digits in groups of three, "1,234,567". Returns text. */
enum { NUM_GROUPED = 27 };
char *num_grouped(uint64_t n, char text[NUM_GROUPED]);

#endif
