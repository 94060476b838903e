/* utf8: see utf8.h. */

#include <langinfo.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/utf8.h"

size_t
utf8_decode(const char *p, size_t n, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t code, least;
	size_t len;

	if (u[0] < 0x80) {
		len = 1, least = 0, code = u[0];
	} else if (u[0] >= 0xC0 && u[0] < 0xE0) {
		len = 2, least = 0x80, code = u[0] & 0x1F;
	} else if (u[0] >= 0xE0 && u[0] < 0xF0) {
		len = 3, least = 0x800, code = u[0] & 0x0F;
	} else if (u[0] >= 0xF0 && u[0] < 0xF8) {
		len = 4, least = 0x10000, code = u[0] & 0x07;
	} else {
		return 0;
	}
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3F);
	}
	if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		return 0;
	if (c != NULL)
		*c = code;
	return len;
}

/* Returns the first place from p on that is not ASCII, or end. */
static inline const char *
skip_ascii(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		unsigned found = (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));

		if (found != 0)
			return p + __builtin_ctz(found);
	}
#endif
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return p;
}

int
utf8_valid(const char *p, size_t n)
{
	const char *end = p + n;

	while ((p = skip_ascii(p, end)) < end) {
		/* Other alphabets come in runs. */
		do {
			size_t len = utf8_decode(p, (size_t)(end - p), NULL);

			if (len == 0)
				return 0;
			p += len;
		} while (p < end && (unsigned char)*p >= 0x80);
	}
	return 1;
}

size_t
utf8_encode(uint32_t c, char bytes[UTF8_MAX])
{
	size_t n;

	if (c < 0x80) {
		bytes[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		bytes[0] = (char)(0xC0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		bytes[0] = (char)(0xE0 | c >> 12);
		n = 3;
	} else {
		bytes[0] = (char)(0xF0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		bytes[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3F));
	return n;
}

int
utf8_locale(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
