#ifndef ESCAPE_H
#define ESCAPE_H

/*
 * escape: the escapes of C strings (ISO C11, 6.4.4.4) in a word of the user: \a \b \f \n \r \t \v
 * \\, \ooo of up to three octal digits, \xHH of exactly two hexadecimal digits.
 */

#include "base/buf.h"

/*
 * Appends the string with its escapes replaced. Returns NULL; or the place of the backslash that
 * begins no escape; or "" if there is no memory.
 */
const char *escape_decode(struct buf *out, const char *text);

#endif
