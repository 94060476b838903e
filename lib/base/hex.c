/* hex: see hex.h. */

#include <errno.h>
#include <stdint.h>

#include "base/hex.h"
#include "base/num.h"

int
hex_encode(struct buf *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	if (len > PTRDIFF_MAX / 2) {
		errno = ENOMEM;
		return -1;
	}
	if (buf_reserve(out, 2 * len) < 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		out->data[out->len++] = digits[p[i] >> 4];
		out->data[out->len++] = digits[p[i] & 15];
	}
	return 0;
}

int
hex_decode(struct buf *out, const char *text, size_t len)
{
	size_t before = out->len;

	if (len % 2 != 0)
		return 0;
	if (buf_reserve(out, len / 2) < 0)
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		int high = num_hex(text[i]), low = num_hex(text[i + 1]);

		if (high < 0 || low < 0) {
			out->len = before;
			return 0;
		}
		out->data[out->len++] = (char)(high << 4 | low);
	}
	return 1;
}
