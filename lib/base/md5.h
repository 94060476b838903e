#ifndef MD5_H
#define MD5_H

/*
 * md5: the digest MD5 (RFC 1321). Two texts with one digest can be made at will, so it finds equal
 * texts, and damage by chance, but protects from nobody: sha256.h does.
 */

#include <stddef.h>

#include "base/padded.h"

enum { MD5_SIZE = 16 }; /* bytes of a digest */

/* A digest that is being made, of data in pieces of any size. */
struct md5 {
	/* private */
	struct padded padded;
};

/* Begins a digest, adds data[0, len) to it, and sets digest to it. None of them can fail. */
void md5_begin(struct md5 *);
void md5_add(struct md5 *, const void *data, size_t len);
void md5_end(struct md5 *, unsigned char digest[MD5_SIZE]);

#endif
