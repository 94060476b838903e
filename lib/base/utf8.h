#ifndef UTF8_H
#define UTF8_H

/*
 * utf8: characters in UTF-8 (RFC 3629), decoded and encoded.
 */

#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX = 4 }; /* bytes of a character, at most */

/* Returns 1 if the byte can only continue a character (0x80 to 0xBF), or 0. */
static inline int
utf8_continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/*
 * Returns the length in bytes, 1 to UTF8_MAX, of the character that begins at p[0, n), n > 0, and
 * sets *c (which may be NULL) to its code point. Returns 0, with *c as before, if the bytes are no
 * valid character: overlong, a surrogate, above U+10FFFF, or cut short.
 */
size_t utf8_decode(const char *p, size_t n, uint32_t *c);

/* Returns 1 if all of p[0, n) is valid UTF-8, else 0. What is ASCII costs little. */
int utf8_valid(const char *p, size_t n);

/*
 * Returns 1 if the encoding of the locale is UTF-8, else 0. The caller must have called setlocale.
 */
int utf8_locale(void);

/*
 * Writes the character of code point c, which is below 0x110000, to bytes. Returns its length, 1 to
 * UTF8_MAX. Surrogates are encoded like the others, though utf8_decode refuses them.
 */
size_t utf8_encode(uint32_t c, char bytes[UTF8_MAX]);

#endif
