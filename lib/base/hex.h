#ifndef HEX_H
#define HEX_H

/* hex: bytes as two hexadecimal digits each (RFC 4648, section 8). */

#include <stddef.h>

#include "base/buf.h"

/* Appends data[0, len) in lower case. Returns 0, or -1 with errno ENOMEM. */
int hex_encode(struct buf *out, const void *data, size_t len);

/*
 * Appends the bytes of which text[0, len) has the digits, in either case and with nothing between
 * them. Returns 1; 0 if it has not, and out is as before; -1 with errno ENOMEM.
 */
int hex_decode(struct buf *out, const char *text, size_t len);

#endif
