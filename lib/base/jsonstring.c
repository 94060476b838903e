/* jsonstring: see jsonstring.h. */

#include <string.h>

#include "base/jsonstring.h"
#include "base/num.h"
#include "base/utf8.h"

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

/*
 * Returns the number of bytes from p on that stay as they are in a string, and are ASCII.
 */
static inline size_t
plain_bytes(const char *p, const char *end)
{
	const char *from = p;

#ifdef __SSE2__
	while (end - p >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Signed: control bytes, and what is not ASCII, is below a space. */
		__m128i odd = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
		    _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
		unsigned found = (unsigned)_mm_movemask_epi8(odd);

		if (found != 0)
			return (size_t)(p - from) + (size_t)__builtin_ctz(found);
		p += 16;
	}
#endif
	while (p < end && (unsigned char)*p >= ' ' && !(*p & 0x80) && *p != '"' && *p != '\\')
		p++;
	return (size_t)(p - from);
}

/* Writes the escape of a quote, a backslash or a control byte. Returns its length. */
static size_t
write_escape(unsigned char c, char *out)
{
	static const char digits[] = "0123456789abcdef", names[] = "btnvfr";

	out[0] = '\\';
	if (c == '"' || c == '\\') {
		out[1] = (char)c;
		return 2;
	}
	/* JSON has no name for a vertical tab. */
	if (c >= '\b' && c <= '\r' && c != '\v') {
		out[1] = names[c - '\b'];
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = digits[c >> 4];
	out[5] = digits[c & 15];
	return 6;
}

int
jsonstring_encode(struct buf *out, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	size_t before = out->len;

	/* Most strings need no more than this, and the room for an escape is there. */
	if (buf_reserve(out, len + 8) < 0)
		return -1;
	out->data[out->len++] = '"';
	while (p < end) {
		size_t n = plain_bytes(p, end);

		if (buf_reserve(out, (size_t)(end - p) + 8) < 0) {
			out->len = before;
			return -1;
		}
		memcpy(out->data + out->len, p, n);
		out->len += n;
		p += n;
		if (p == end)
			break;
		if (!(*p & 0x80)) {
			out->len += write_escape((unsigned char)*p++, out->data + out->len);
		} else if ((n = utf8_decode(p, (size_t)(end - p), NULL)) > 0) {
			memcpy(out->data + out->len, p, n);
			out->len += n;
			p += n;
		} else {
			out->len = before;
			return 0;
		}
	}
	out->data[out->len++] = '"';
	return 1;
}
