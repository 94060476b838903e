#ifndef MD5_H
#define MD5_H

/*
 * md5: the digest MD5 (RFC 1321). Two texts with one digest can be made at will, so it finds equal
 * texts, and damage by chance, but protects from nobody: sha256.h does.
 */

#include <stddef.h>

enum { MD5_SIZE = 16 }; /* bytes of a digest */

/* Sets digest to that of data[0, len). Cannot fail. */
void md5(const void *data, size_t len, unsigned char digest[MD5_SIZE]);

#endif
