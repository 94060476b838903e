#ifndef JSONSTRING_H
#define JSONSTRING_H

/*
 * jsonstring: strings of JSON (RFC 8259, section 7): where one ends, and what it says. Names in quotes within a path (."odd name") are
 * written the same way.
 */

#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/buf.h"

/*
 * p is after the quote that opens a string, and the text goes up to end. Returns where the closing quote is, or NULL if there is none.
 * Sets *escapes (which may be NULL) to whether there is a backslash within. Escapes are not checked.
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
			unsigned found = (unsigned)_mm_movemask_epi8(
			    _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));

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
 * Replaces what is in out by the content of the string p[0, end), which has no quotes around it. Returns 1; 0 if an escape is none of
 * JSON's; -1 with errno ENOMEM. A surrogate without its other half, which UTF-8 cannot hold, becomes U+FFFD.
 */
int jsonstring_decode(struct buf *out, const char *p, const char *end);

#endif
