#ifndef BASE64_H
#define BASE64_H

/*
 * base64: bytes as 64 letters (RFC 4648, section 4: with + and /, and padding). Strict, as section
 * 3 recommends: in what is decoded nothing but these letters is accepted, no line ends; padding
 * must be there, and the bits that no byte needs must be 0. So each text of bytes has one encoding.
 */

#include <stddef.h>

#include "base/buf.h"

/* Appends the encoding of data[0, len). Returns 0, or -1 with errno ENOMEM. */
int base64_encode(struct buf *out, const void *data, size_t len);

/*
 * Appends the bytes of which text[0, len) is the encoding. Returns 1; 0 if it is none, and out is
 * as before; -1 with errno ENOMEM.
 */
int base64_decode(struct buf *out, const char *text, size_t len);

#endif
