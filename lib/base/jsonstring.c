/* jsonstring: see jsonstring.h. */

#include <string.h>

#include "base/jsonstring.h"
#include "base/num.h"

/* Returns the value of the four hexadecimal digits at p, or -1 if there are not four. */
static int32_t
hex4(const char *p, const char *end)
{
	int32_t value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = num_hex(p[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

int
jsonstring_decode(struct buf *out, const char *p, const char *end)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";

	out->len = 0;
	while (p < end) {
		const char *back = memchr(p, '\\', (size_t)(end - p)), *name;
		int32_t c, low;

		if (buf_add(out, p, (size_t)((back != NULL ? back : end) - p)) < 0)
			return -1;
		if (back == NULL)
			break;
		p = back + 1;
		if (p == end)
			return 0;
		if (*p != 'u') {
			if ((name = memchr(names, *p, sizeof names - 1)) == NULL)
				return 0;
			if (buf_addc(out, values[name - names]) < 0)
				return -1;
			p++;
			continue;
		}
		if ((c = hex4(p + 1, end)) < 0)
			return 0;
		p += 5;
		if (c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
		    (low = hex4(p + 2, end)) >= 0xDC00 && low < 0xE000) {
			c = 0x10000 + ((c - 0xD800) << 10 | (low - 0xDC00));
			p += 6;
		} else if (c >= 0xD800 && c < 0xE000) {
			c = 0xFFFD;
		}
		if (buf_addu(out, (uint32_t)c) < 0)
			return -1;
	}
	return 1;
}
