#ifndef PERCENT_H
#define PERCENT_H

/*
 * percent: bytes in a URL (RFC 3986, section 2.1). Letters, digits and - . _ ~ stay as
 * they are, and each other byte is %HH. A plus is a plus, not a space as in forms of HTML.
 */

#include <stddef.h>

#include "base/buf.h"

/* Appends data[0, len), encoded. Returns 0, or -1 with errno ENOMEM. */
int percent_encode(struct buf *out, const char *data, size_t len);

/*
 * Appends text[0, len) with each %HH replaced; all other bytes stay. Returns 1; 0 if a % has not
 * two hexadecimal digits after it, and out is as before; -1 with errno ENOMEM.
 */
int percent_decode(struct buf *out, const char *text, size_t len);

#endif
