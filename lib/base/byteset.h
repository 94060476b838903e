#ifndef BYTESET_H
#define BYTESET_H

/*
 * byteset: finds bytes of a set, such as the digits, and runs of them. It has two ways, AVX2 and
 * plain C; scan_way says which. Method of the first: W. Mula, "SIMD byte lookup" (2018); a byte's
 * low half chooses a row of bits in a register, its high half a bit of that row. No byte outside of
 * the given ones is read, and nothing fails.
 */

#include <stddef.h>
#include <stdint.h>

enum { BYTESET_WINDOW = 64 };

/* A struct of zeros is the empty set. */
struct byteset {
	unsigned char has[256]; /* 1: the byte is in the set */

	/* private */
	unsigned char low[16], high[16]; /* rows: of the bytes below 0x80 and of the others, by the low half */
};

/* A part of the data: [start, end). */
struct byteset_span {
	size_t start, end;
};

void byteset_add(struct byteset *, unsigned char byte);

/*
 * Returns the offset of the first byte of data[from, len) that is in the set, or len if there is
 * none or from is above len.
 */
size_t byteset_find(const struct byteset *, const char *data, size_t len, size_t from);

/*
 * Finds the longest runs of bytes of the set in data[*from, len), or with each 1 all such bytes one
 * by one, in order, until spans[0, max) has no room for BYTESET_WINDOW + 1 more. With ascii 1 it
 * stops at the first byte above 0x7F, and before a run that reaches it. Returns the number of
 * spans, and sets *from to the place from which a caller goes on: len if all were found.
 */
size_t byteset_spans(const struct byteset *, const char *data, size_t len, size_t *from, int each, int ascii,
    struct byteset_span *spans, size_t max);

#endif
