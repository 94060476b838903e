#ifndef DECIMAL_H
#define DECIMAL_H

/*
 * decimal: writes a double in decimal digits, for people and for other programs: a whole number
 * with all its digits, any other with 15 significant ones, as printf's %.15g. So a decimal number
 * of up to 15 digits, read and written again, is what it was (DBL_DIG in <float.h>), and 0.1 +
 * 0.2 is 0.3.
 */

#include <stddef.h>

enum { DECIMAL_MAX = 320 }; /* bytes of the longest number: a double has up to 309 digits before the point */

/*
 * Writes the number. Returns the number of bytes. What is not finite is nan, inf or -inf; zero is
 * 0, also if it is negative.
 */
size_t decimal_write(double number, char out[DECIMAL_MAX]);

#endif
