#ifndef SHA1_H
#define SHA1_H

/*
 * sha1: the digest SHA-1 (FIPS 180-4, section 6.1; RFC 3174). Two texts with one digest have been
 * made: where someone may want that, sha256.h is the one to use.
 */

#include <stddef.h>

enum { SHA1_SIZE = 20 }; /* bytes of a digest */

/* Sets digest to that of data[0, len). Cannot fail. */
void sha1(const void *data, size_t len, unsigned char digest[SHA1_SIZE]);

#endif
