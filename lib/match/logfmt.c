/*
 * logfmt: see logfmt.h. Lines are checked sixteen bytes at a time, and only a line in which
 * something seems to be wrong is read pair by pair. A key is looked for in the same way: quotes are
 * skipped, and what is a key in the rest begins after a blank.
 */

#include <string.h>

#include "base/jsonstring.h"
#include "match/logfmt.h"

static inline int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Returns 1 if c is a blank or a control byte, else 0. */
static inline int
is_low(char c)
{
	return (unsigned char)c <= ' ';
}

static inline int
is_key(char c)
{
	return !is_low(c) && c != '=' && c != '"';
}

int
logfmt_is_key(const char *name, size_t len)
{
	size_t i = 0;

	while (i < len && is_key(name[i]))
		i++;
	return len > 0 && i == len;
}

/* Returns what is wrong with c, which does not go on with a key or a value. */
static const char *
wrong_byte(char c, const char *quote)
{
	return c == '"' ? quote : "a control byte outside of quotes";
}

/*
 * Reads the value at *p, after the =, and moves *p past it, or to what is wrong. Returns NULL, or
 * what is wrong.
 */
static const char *
read_value(const char **p, const char *end, struct logfmt_pair *pair)
{
	const char *from = *p, *stop = from;

	if (from < end && *from == '"') {
		if ((stop = jsonstring_end(++from, end, &pair->escapes)) == NULL)
			return "a quote that is never closed";
		*p = stop + 1;
		if (*p < end && !is_blank(**p))
			return "no blank after the quote that closes a value";
	} else {
		while (stop < end && !is_low(*stop) && *stop != '"')
			stop++;
		*p = stop;
		if (stop < end && !is_blank(*stop))
			return wrong_byte(*stop, "a quote within a value that does not begin with one");
	}
	pair->value = (struct range_view){ from, (size_t)(stop - from) };
	return NULL;
}

/*
 * Reads the pair at *p, which is no blank, and moves *p past it, or to what is wrong. Returns NULL,
 * or what is wrong.
 */
static const char *
read_pair(const char **p, const char *end, struct logfmt_pair *pair)
{
	const char *from = *p, *stop = from;

	while (stop < end && is_key(*stop))
		stop++;
	*p = stop;
	*pair = (struct logfmt_pair){ .key = { from, (size_t)(stop - from) } };
	if (stop == from)
		return *stop == '=' ? "a value without a key" : wrong_byte(*stop, "a quote before a key");
	if (stop == end || is_blank(*stop))
		return NULL;
	if (*stop != '=')
		return wrong_byte(*stop, "a quote within a key");
	++*p;
	return read_value(p, end, pair);
}

/* Returns the first backslash in [p, end) that begins no escape of JSON, or NULL. */
static const char *
wrong_escape(const char *p, const char *end)
{
	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		size_t n = p[1] == 'u' ? 6 : 2;

		if (p[1] == '\0' || strchr("\"\\/bfnrtu", p[1]) == NULL || (size_t)(end - p) < n)
			return p;
		for (size_t i = 2; i < n; i++)
			if (p[i] == '\0' || strchr("0123456789abcdefABCDEF", p[i]) == NULL)
				return p;
		p += n;
	}
	return NULL;
}

/* Checks the line from p on, where no pair is under way, pair by pair. */
static const char *
check_pairs(const char *p, const char *end, const char **at)
{
	struct logfmt_pair pair;
	const char *wrong;

	for (;;) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			return NULL;
		wrong = read_pair(&p, end, &pair);
		*at = p;
		if (wrong != NULL)
			return wrong;
		if (pair.escapes && (*at = wrong_escape(pair.value.data, pair.value.data + pair.value.len)) != NULL)
			return "an escape that JSON does not have";
	}
}

#ifdef __SSE2__

/* Loads up to 16 bytes from p on; blanks follow after the end. */
static inline __m128i
load(const char *p, const char *end)
{
	char few[16];

	if (end - p >= 16)
		return _mm_loadu_si128((const __m128i *)(const void *)p);
	memset(few, ' ', sizeof few);
	memcpy(few, p, (size_t)(end - p));
	return _mm_loadu_si128((const __m128i *)(const void *)few);
}

static inline unsigned
equals(__m128i bytes, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

/* Blanks and control bytes. */
static inline unsigned
lows(__m128i bytes)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ')), bytes));
}

/* Returns 1 if the quote at p, on a line that begins at begin, is right after a key and its =. */
static int
opens_value(const char *begin, const char *p)
{
	if (p - begin < 2 || p[-1] != '=' || !is_key(p[-2]))
		return 0;
	for (p -= 2; p > begin && is_key(p[-1]);)
		p--;
	return p == begin || is_blank(p[-1]);
}

const char *
logfmt_check(const char *p, const char *end, const char **at)
{
	const char *begin = p, *stop;
	unsigned before = 1; /* 1: a blank is before p */

	while (p < end) {
		__m128i bytes = load(p, end);
		unsigned blank = equals(bytes, ' ') | equals(bytes, '\t') | equals(bytes, '\r'),
			 quote = equals(bytes, '"');
		unsigned bad = (lows(bytes) & ~blank) | (equals(bytes, '=') & (blank << 1 | before));
		int escapes = 0;

		if (quote == 0) {
			if (bad != 0)
				return check_pairs(begin, end, at);
			before = blank >> 15;
			p = end - p > 16 ? p + 16 : end;
			continue;
		}
		if ((bad & ((quote & -quote) - 1)) != 0)
			return check_pairs(begin, end, at);
		p += __builtin_ctz(quote);
		if (!opens_value(begin, p) || (stop = jsonstring_end(p + 1, end, &escapes)) == NULL ||
		    (escapes && wrong_escape(p + 1, stop) != NULL) || (stop + 1 < end && !is_blank(stop[1])))
			return check_pairs(begin, end, at);
		p = stop + 1;
		before = 0;
	}
	return NULL;
}

/* Returns the place after the last such key in the record, or NULL. */
static const char *
find_key(const char *name, size_t len, const char *p, const char *end)
{
	const char *found = NULL;
	unsigned before = 1;

	while (p < end) {
		__m128i bytes = load(p, end);
		unsigned low = lows(bytes), quote = equals(bytes, '"');
		unsigned begins = equals(bytes, name[0]) & (low << 1 | before);

		if (quote != 0)
			begins &= (quote & -quote) - 1;
		for (; begins != 0; begins &= begins - 1) {
			const char *key = p + __builtin_ctz(begins), *after = key + len;

			if ((size_t)(end - key) >= len && memcmp(key, name, len) == 0 &&
			    (after == end || *after == '=' || is_low(*after)))
				found = after;
		}
		before = low >> 15 & 1;
		if (quote == 0) {
			p = end - p > 16 ? p + 16 : end;
			continue;
		}
		if ((p = jsonstring_end(p + __builtin_ctz(quote) + 1, end, NULL)) == NULL)
			break;
		p++;
		before = 0;
	}
	return found;
}

#else

const char *
logfmt_check(const char *p, const char *end, const char **at)
{
	return check_pairs(p, end, at);
}

static const char *
find_key(const char *name, size_t len, const char *p, const char *end)
{
	const char *found = NULL;
	int begins = 1;

	for (; p < end; begins = is_low(*p), p++) {
		if (*p == '"' && (p = jsonstring_end(p + 1, end, NULL)) == NULL)
			break;
		if (begins && (size_t)(end - p) >= len && memcmp(p, name, len) == 0 &&
		    (p + len == end || p[len] == '=' || is_low(p[len])))
			found = p + len;
	}
	return found;
}

#endif

int
logfmt_next(const char **p, const char *end, struct logfmt_pair *pair)
{
	while (*p < end && is_blank(**p))
		++*p;
	return *p < end && read_pair(p, end, pair) == NULL;
}

int
logfmt_value(const struct logfmt_pair *pair, struct range_view *v, struct buf *scratch)
{
	int result;

	*v = pair->value;
	if (v->data == NULL)
		*v = (struct range_view){ "true", 4 };
	if (!pair->escapes)
		return 1;
	if ((result = jsonstring_decode(scratch, v->data, v->data + v->len)) > 0)
		*v = (struct range_view){ scratch->data, scratch->len };
	return result;
}

int
logfmt_find(const char *name, size_t len, const char *p, const char *end, struct range_view *v, struct buf *scratch)
{
	struct logfmt_pair pair = { .escapes = 0 };

	if ((p = find_key(name, len, p, end)) == NULL)
		return 0;
	if (p < end && *p == '=') {
		p++;
		/* What is wrong with the value is after its bytes, unless a quote is not closed. */
		(void)read_value(&p, end, &pair);
		if (pair.value.data == NULL)
			return 0;
	}
	return logfmt_value(&pair, v, scratch);
}
