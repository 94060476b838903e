/* base64: see base64.h. */

#include <errno.h>
#include <stdint.h>

#include "base/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	char *to;

	if (len > PTRDIFF_MAX / 2) {
		errno = ENOMEM;
		return -1;
	}
	if (len == 0)
		return 0; /* out may have no memory yet */
	if (buf_reserve(out, (len + 2) / 3 * 4) < 0)
		return -1;
	for (to = out->data + out->len; len >= 3; len -= 3, p += 3) {
		uint32_t word = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*to++ = letters[word >> 18];
		*to++ = letters[word >> 12 & 63];
		*to++ = letters[word >> 6 & 63];
		*to++ = letters[word & 63];
	}
	if (len > 0) {
		uint32_t word = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0);

		*to++ = letters[word >> 18];
		*to++ = letters[word >> 12 & 63];
		*to++ = len > 1 ? letters[word >> 6 & 63] : '=';
		*to++ = '=';
	}
	out->len = (size_t)(to - out->data);
	return 0;
}

/* Returns the letter's value, or a number with bit 6 set if it is no letter. */
static inline uint32_t
value(char c)
{
	/* 1 more than the value; 0: no letter. */
	static const unsigned char values[256] = { ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
		['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
		['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23,
		['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31,
		['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39,
		['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47,
		['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
		['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
		['/'] = 64 };
	uint32_t v = values[(unsigned char)c];

	return v > 0 ? v - 1 : 64;
}

int
base64_decode(struct buf *out, const char *text, size_t len)
{
	size_t padding = 0, before = out->len;
	char *to;

	if (len % 4 != 0)
		return 0;
	if (len == 0)
		return 1;
	if (text[len - 1] == '=')
		padding = text[len - 2] == '=' ? 2 : 1;
	if (buf_reserve(out, len / 4 * 3) < 0)
		return -1;
	to = out->data + before;
	for (size_t i = 0; i < len; i += 4) {
		size_t absent = i + 4 == len ? padding : 0;
		uint32_t a = value(text[i]), b = value(text[i + 1]), c = absent > 1 ? 0 : value(text[i + 2]),
			 d = absent > 0 ? 0 : value(text[i + 3]), word = a << 18 | b << 12 | c << 6 | d;

		/* The bits of the bytes that padding replaces are 0. */
		if (((a | b | c | d) & 64) != 0 || (word & ((UINT32_C(1) << 8 * absent) - 1)) != 0)
			return 0;
		*to++ = (char)(word >> 16);
		if (absent < 2)
			*to++ = (char)(word >> 8);
		if (absent < 1)
			*to++ = (char)word;
	}
	out->len = (size_t)(to - out->data);
	return 1;
}
