#ifndef BOM_H
#define BOM_H

/*
 * bom: the byte order mark U+FEFF that some programs write before text (The Unicode Standard,
 * section 23.8). It is not part of the text: RFC 8259, section 8.1, lets a reader of JSON skip it.
 */

#include <stddef.h>
#include <string.h>

enum { BOM_UTF8 = 3 }; /* its length in UTF-8 */

/* Returns BOM_UTF8 if p[0, n) begins with the mark in UTF-8, or 0. */
static inline size_t
bom_utf8(const char *p, size_t n)
{
	return n >= BOM_UTF8 && memcmp(p, "\xEF\xBB\xBF", BOM_UTF8) == 0 ? BOM_UTF8 : 0;
}

/* Returns 1 if p[0, n) begins with the mark in UTF-16, of either byte order, or 0. */
static inline int
bom_utf16(const char *p, size_t n)
{
	return n >= 2 && (memcmp(p, "\xFF\xFE", 2) == 0 || memcmp(p, "\xFE\xFF", 2) == 0);
}

#endif
