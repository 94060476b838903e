#ifndef SHA256_H
#define SHA256_H

/* sha256: the digest SHA-256 (FIPS 180-4, section 6.2). */

#include <stddef.h>

#include "base/padded.h"

enum { SHA256_SIZE = 32 }; /* bytes of a digest */

/* A digest that is being made, of data in pieces of any size. */
struct sha256 {
	/* private */
	struct padded padded;
};

/* Begins a digest, adds data[0, len) to it, and sets digest to it. None of them can fail. */
void sha256_begin(struct sha256 *);
void sha256_add(struct sha256 *, const void *data, size_t len);
void sha256_end(struct sha256 *, unsigned char digest[SHA256_SIZE]);

#endif
