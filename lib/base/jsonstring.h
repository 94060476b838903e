#ifndef JSONSTRING_H
#define JSONSTRING_H

/*
 * jsonstring: strings of JSON (RFC 8259, section 7): finds their ends, decodes and writes them.
 * Names in quotes within a path (."odd name") are strings of JSON too.
 */

#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/buf.h"

/*
 * Finds the end of the string whose opening quote is right before p, in [p, end). Returns the place
 * of its closing quote, or NULL if there is none. If there is one, sets *escapes (which may be
 * NULL) to 1 if the string has a backslash, else to 0. Escapes are not checked.
 */
static inline const char *
jsonstring_end(const char *p, const char *end, int *escapes)
{
	int escaped = 0;

	while (p < end) {
#ifdef __SSE2__
		/* Most strings are short: a call of memchr would cost more than the search. */
		if (end - p >= 16) {
			__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
			__m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
			__m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
			unsigned found = (unsigned)_mm_movemask_epi8(_mm_or_si128(quotes, backslashes));

			if (found == 0) {
				p += 16;
				continue;
			}
			p += __builtin_ctz(found);
		}
#endif
		if (*p == '"') {
			if (escapes != NULL)
				*escapes = escaped;
			return p;
		}
		if (*p++ == '\\') {
			escaped = 1;
			if (p++ == end)
				break;
		}
	}
	return NULL;
}

/*
 * Decodes the string [p, end), given without its quotes, into out, whose bytes before are dropped.
 * Returns 1; 0 if an escape is not one of JSON's; or -1 with errno ENOMEM. A surrogate without its
 * other half, which UTF-8 cannot hold, becomes U+FFFD.
 */
int jsonstring_decode(struct buf *out, const char *p, const char *end);

/*
 * Appends data[0, len) as a string of JSON, with its quotes. Escaped are quotes, backslashes and
 * control bytes below 0x20. Returns 1; 0 if the bytes are not UTF-8, which JSON cannot hold, and
 * then nothing is appended; or -1 with errno ENOMEM. (json_quote is for messages and reports: it
 * also makes the text harmless to a terminal, and replaces what is not UTF-8.)
 */
int jsonstring_encode(struct buf *out, const char *data, size_t len);

#endif
