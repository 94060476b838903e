#ifndef SHA1_H
#define SHA1_H

/*
 * sha1: the digest SHA-1 (FIPS 180-4, section 6.1; RFC 3174). Two texts with one digest have been
 * made: where someone may want that, sha256.h is the one to use.
 */

#include <stddef.h>

#include "base/padded.h"

enum { SHA1_SIZE = 20 }; /* bytes of a digest */

/* A digest that is being made, of data in pieces of any size. */
struct sha1 {
	/* private */
	struct padded padded;
};

/* Begins a digest, adds data[0, len) to it, and sets digest to it. None of them can fail. */
void sha1_begin(struct sha1 *);
void sha1_add(struct sha1 *, const void *data, size_t len);
void sha1_end(struct sha1 *, unsigned char digest[SHA1_SIZE]);

#endif
