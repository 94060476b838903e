#ifndef SPECS_CONVERT_H
#define SPECS_CONVERT_H

/*
 * specs_convert: the conversions of CMS Pipelines' specs (CMS/TSO Pipelines Author's Edition,
 * "specs"). A conversion is a word such as c2x. C is the internal form of a value, its bytes as a
 * mainframe has them in memory, the most significant byte first; each other letter is a form that
 * people read:
 *
 *   X  hexadecimal digits, two for a byte. Written in upper case. Blanks may be between bytes
 *   B  bits, 0 and 1, eight for a byte. Blanks may be between bytes
 *   D  a decimal integer. C is two's complement: 4 bytes are made, and 1 to 8 are read. Written to
 *      the right of 11 columns, or, if C has more than 4 bytes, of 20
 *   F  a number with a point and an exponent or without. C is hexadecimal floating point (IBM
 *      System/360 Principles of Operation, "Floating-Point Arithmetic"): 8 bytes are made, rounded
 *      to the nearest, and 2 to 8 are read. Written as 3.14E+00, with the least digits that are
 *      read as the same value again
 *   P  a decimal number with `scale` digits after the point, as in c2p(2). C is packed decimal: the
 *      least number of bytes that hold the digits is made, with the sign C or D, and 1 to 16 bytes
 *      with the sign A to F are read. A scale below 0 says how many zeros at the end are left out
 *   V  a string. C has its length before it, in 2 bytes. What comes after the string is ignored
 *   I  a date and time in UTC, yyyymmddhhmmss and six digits of microseconds. C is the clock of
 *      System/370: 8 bytes, of which bit 51 counts microseconds since 1900; it ends in 2042. Read
 *      are 4 to 20 digits, of which those at the end that are missing are the beginning of the
 *      year, the month ...; or a text of ISO 8601 (timestamp.h)
 *
 * All are to C or from it, or from one to another through C, of which one is X or B: d2x is d2c and
 * c2x. Nothing at all is converted to nothing, but v2c writes its length.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { SPECS_SCALE = 31 }; /* of a conversion, at most, and as much below 0 */

/* A struct of zeros is valid: no conversion. */
struct specs_conversion {
	char from, to; /* in upper case; or 0 */
	int scale;     /* P: digits after the point, -SPECS_SCALE to SPECS_SCALE */
};

/*
 * Reads a conversion, such as c2x or P2C(2). Returns 1; 0 if the word does not look like one; or -1
 * with a line in error if it does, but there is no such conversion.
 */
int specs_conversion(struct specs_conversion *, const char *word, size_t len, struct buf *error);

/*
 * Appends what the conversion makes of data[0, len) to out. between is the caller's, for what is
 * between two steps. Returns 0; 1 with a line without the value in *why, a constant, if the bytes
 * are none of the form that it reads, or the other form cannot hold their value, or the result has
 * more than max bytes; or -1 with errno ENOMEM. Unless it returns 0, out is as before.
 */
int specs_convert(const struct specs_conversion *, const char *data, size_t len, size_t max, struct buf *out,
    struct buf *between, const char **why);

/*
 * ---- parts of it: each appends what it makes of data[0, len), and returns as specs_convert does
 * ----
 */

int specs_convert_f2c(const char *data, size_t len, struct buf *out, const char **why);
int specs_convert_c2f(const char *data, size_t len, struct buf *out, const char **why);
int specs_convert_p2c(const char *data, size_t len, int scale, struct buf *out, const char **why);
int specs_convert_c2p(const char *data, size_t len, int scale, struct buf *out, const char **why);
int specs_convert_i2c(const char *data, size_t len, struct buf *out, const char **why);
int specs_convert_c2i(const char *data, size_t len, struct buf *out, const char **why);

/*
 * Appends the clock of System/370 at a time, in nanoseconds since 1970: 8 bytes. Returns 0, or -1.
 */
int specs_convert_clock(int64_t since_1970, struct buf *out);

/* Appends n to the right of so many columns. It may need more. Returns 0, or -1. */
int specs_convert_number(int64_t n, size_t columns, struct buf *out);

/* Leaves out spaces before and after the bytes. */
void specs_convert_strip(const char **data, size_t *len);

#endif
