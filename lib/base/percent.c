/* percent: see percent.h. */

#include <errno.h>
#include <stdint.h>

#include "base/num.h"
#include "base/percent.h"

/* Returns 1 if c is written as it is ("unreserved"), or 0. Not by the locale. */
static int
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
	    c == '_' || c == '~';
}

int
percent_encode(struct buf *out, const char *data, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	if (len > PTRDIFF_MAX / 3) {
		errno = ENOMEM;
		return -1;
	}
	if (buf_reserve(out, 3 * len) < 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)data[i];

		if (is_plain(data[i])) {
			out->data[out->len++] = data[i];
			continue;
		}
		out->data[out->len++] = '%';
		out->data[out->len++] = digits[byte >> 4];
		out->data[out->len++] = digits[byte & 15];
	}
	return 0;
}

int
percent_decode(struct buf *out, const char *text, size_t len)
{
	size_t before = out->len;

	if (buf_reserve(out, len) < 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			out->data[out->len++] = text[i];
			continue;
		}
		high = i + 2 < len ? num_hex(text[i + 1]) : -1;
		low = high >= 0 ? num_hex(text[i + 2]) : -1;
		if (low < 0) {
			out->len = before;
			return 0;
		}
		out->data[out->len++] = (char)(high << 4 | low);
		i += 2;
	}
	return 1;
}
