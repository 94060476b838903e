#ifndef SHA256_H
#define SHA256_H

/* sha256: the digest SHA-256 (FIPS 180-4, section 6.2). */

#include <stddef.h>

enum { SHA256_SIZE = 32 }; /* bytes of a digest */

/* Sets digest to that of data[0, len). Cannot fail. */
void sha256(const void *data, size_t len, unsigned char digest[SHA256_SIZE]);

#endif
