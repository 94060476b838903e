/* escape: see escape.h. */

#include <string.h>

#include "base/escape.h"
#include "base/num.h"

/*
 * Reads the escape at *p, after its backslash, and moves *p past it. Returns the byte that it
 * means, or -1 if it is no escape.
 */
static int
unescape(const char **p)
{
	static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	const char *name;
	int value = 0, i, high;

	if (**p >= '0' && **p <= '7') {
		for (i = 0; i < 3 && **p >= '0' && **p <= '7'; i++)
			value = value * 8 + (*(*p)++ - '0');
		return value <= 255 ? value : -1;
	}
	if (**p == 'x') {
		if ((high = num_hex((*p)[1])) == -1 || (value = num_hex((*p)[2])) == -1)
			return -1;
		*p += 3;
		return high << 4 | value;
	}
	if (**p == '\0' || (name = strchr(names, **p)) == NULL)
		return -1;
	++*p;
	return (unsigned char)values[name - names];
}

const char *
escape_decode(struct buf *out, const char *text)
{
	while (*text != '\0') {
		const char *escape = text;
		int c = (unsigned char)*text++;

		if (c == '\\' && (c = unescape(&text)) == -1)
			return escape;
		if (buf_addc(out, (char)c) == -1)
			return "";
	}
	return NULL;
}
