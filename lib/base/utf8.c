/* utf8: see utf8.h. */

#include <langinfo.h>
#include <string.h>

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
