/*
 * json_valid: checks a whole text at once, or the value at the beginning of some bytes. It keeps no
 * state between calls, and so is faster than json_scan: strings are read 16 bytes at a time, and
 * the levels are bits of a word, which are moved to memory 64 at a time.
 */
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/jsonstring.h"
#include "base/num.h"
#include "base/utf8.h"
#include "match/json.h"

static inline const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static int
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

/*
 * Returns the first byte from p on that is not a plain character of a string, or end if there is
 * none.
 */
static inline const char *
plain(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
		    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
		unsigned found;

		stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes));
		if ((found = (unsigned)_mm_movemask_epi8(stop)) != 0)
			return p + __builtin_ctz(found);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/*
 * Reads the string whose opening quote is right before p. Returns the place after the closing
 * quote, or NULL.
 */
static inline const char *
string(const char *p, const char *end)
{
	while ((p = plain(p, end)) < end) {
		if (*p == '"')
			return p + 1;
		if (*p++ != '\\' || p == end)
			return NULL;
		if (*p == 'u') {
			if (end - p < 5 || num_hex(p[1]) < 0 || num_hex(p[2]) < 0 || num_hex(p[3]) < 0 ||
			    num_hex(p[4]) < 0)
				return NULL;
			p += 5;
		} else if (memchr("\"\\/bfnrt", *p++, 8) == NULL) {
			return NULL;
		}
	}
	return NULL;
}

static inline const char *
digits(const char *p, const char *end)
{
	const char *begin = p;

	while (p < end && is_digit(*p))
		p++;
	return p > begin ? p : NULL;
}

static inline const char *
number(const char *p, const char *end)
{
	p += *p == '-';
	if (p < end && *p == '0')
		p++;
	else if ((p = digits(p, end)) == NULL)
		return NULL;
	if (p < end && *p == '.' && (p = digits(p + 1, end)) == NULL)
		return NULL;
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		p = digits(p, end);
	}
	return p;
}

static const char *
literal(const char *p, const char *end, const char *text, size_t n)
{
	return (size_t)(end - p) >= n && memcmp(p, text, n) == 0 ? p + n : NULL;
}

/*
 * Reads a value at p, before end, that is neither an object nor an array. Returns the place after
 * it, or NULL.
 */
static inline const char *
scalar(const char *p, const char *end)
{
	switch (*p) {
	case '"':
		return string(p + 1, end);
	case 't':
		return literal(p, end, "true", 4);
	case 'f':
		return literal(p, end, "false", 5);
	case 'n':
		return literal(p, end, "null", 4);
	default:
		return number(p, end);
	}
}

/* Reads a member's name and the colon. Returns the place at which the value must begin, or NULL. */
static inline const char *
name(const char *p, const char *end)
{
	if (p == end || *p != '"' || (p = string(p + 1, end)) == NULL)
		return NULL;
	p = skip_space(p, end);
	return p < end && *p == ':' ? skip_space(p + 1, end) : NULL;
}

/*
 * Reads a value, and white space before it. Returns 1, and sets *at to the place after it; 0 if
 * there is none, or it does not end; -1 with errno ENOMEM.
 */
static inline int
read_value(const char **at, const char *end, struct buf *levels)
{
	const char *p = *at;
	uint64_t level = 0; /* 1: an object; the innermost one is the lowest bit */
	size_t depth = 0;

	levels->len = 0;
	for (;;) {
		p = skip_space(p, end);
		if ((level & 1) != 0 && (p = name(p, end)) == NULL)
			return 0;
		if (p == end)
			return 0;
		if (*p == '{' || *p == '[') {
			if (depth % 64 == 0 && depth > 0 && buf_add(levels, &level, sizeof level) < 0)
				return -1;
			level = level << 1 | (*p == '{');
			depth++;
			p = skip_space(p + 1, end);
			if (p < end && *p != ((level & 1) != 0 ? '}' : ']'))
				continue;
		} else if ((p = scalar(p, end)) == NULL) {
			return 0;
		}
		/*
		 * A value is complete here; read the ends of the objects and arrays around it too.
		 */
		for (;; p++) {
			if (depth == 0) {
				*at = p;
				return 1;
			}
			p = skip_space(p, end);
			if (p == end)
				return 0;
			if (*p == ',')
				break;
			if (*p != ((level & 1) != 0 ? '}' : ']'))
				return 0;
			level >>= 1;
			if (--depth % 64 == 0 && depth > 0) {
				levels->len -= sizeof level;
				memcpy(&level, levels->data + levels->len, sizeof level);
			}
		}
		p++;
	}
}

int
json_valid(const char *data, size_t len, struct buf *levels)
{
	const char *p = data, *end = data + len;
	int got = read_value(&p, end, levels);

	return got == 1 ? skip_space(p, end) == end : got;
}

int
json_value(const char *data, size_t len, struct buf *levels, size_t *used)
{
	const char *p = data, *end = data + len;
	int got;

	if (skip_space(p, end) != p)
		return 0;
	if ((got = read_value(&p, end, levels)) != 1)
		return got;
	if (*data != '{' && *data != '[' && *data != '"' && (p == end || memchr(" \t\r\n,]}", *p, 7) == NULL))
		return 0;
	*used = (size_t)(p - data);
	return utf8_valid(data, *used);
}

int
json_compact(struct buf *out, const char *data, size_t len)
{
	const char *p = data, *end = data + len, *from = data;

	if (buf_reserve(out, len) < 0)
		return -1;
	while (p < end) {
		if (*p == '"') {
			p = jsonstring_end(p + 1, end, NULL);
			p = p != NULL ? p + 1 : end;
		} else if ((unsigned char)*p <= ' ' && skip_space(p, p + 1) != p) {
			(void)buf_add(out, from, (size_t)(p - from));
			from = p = skip_space(p, end);
		} else {
			p++;
		}
	}
	return buf_add(out, from, (size_t)(p - from));
}
