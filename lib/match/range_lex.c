/*
 * range_lex: see range_lex.h.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "base/num.h"
#include "match/range_lex.h"
#include "match/range_step.h"

static const struct {
	const char *word;
	enum range_keyword keyword;
} keywords[] = {
	{ "w", RANGE_KEY_WORD }, { "word", RANGE_KEY_WORD }, { "words", RANGE_KEY_WORD },
	{ "f", RANGE_KEY_FIELD }, { "field", RANGE_KEY_FIELD }, { "fields", RANGE_KEY_FIELD },
	{ "csv", RANGE_KEY_CSV },
	{ "ws", RANGE_KEY_WS }, { "wordsep", RANGE_KEY_WS }, { "wordseparator", RANGE_KEY_WS },
	{ "fs", RANGE_KEY_FS }, { "fieldsep", RANGE_KEY_FS }, { "fieldseparator", RANGE_KEY_FS },
	{ "substr", RANGE_KEY_SUBSTR }, { "substring", RANGE_KEY_SUBSTR },
};

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t
range_token(const char *p)
{
	return strcspn(p, " \t\n,()");
}

static enum range_keyword
find_keyword(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (strlen(keywords[i].word) == n && strncasecmp(p, keywords[i].word, n) == 0)
			return keywords[i].keyword;
	return RANGE_KEY_NONE;
}

int
range_is_number(const char *p)
{
	return is_digit(*p) || *p == '*' || (*p == '-' && is_digit(p[1]));
}

/* Returns 1 if p begins a part, to judge by its first few characters, or 0. */
static int
begins(const char *p)
{
	while (range_is_space(*p))
		p++;
	if (*p == '(' || range_is_number(p) || find_keyword(p, range_token(p)) != RANGE_KEY_NONE)
		return 1;
	if (*p == '.')
		return p[1] != '\0' &&
		       (isalnum((unsigned char)p[1]) || strchr("_\"[$@", p[1]) != NULL || (p[1] & 0x80) != 0);
	return (*p == 'w' || *p == 'W' || *p == 'f' || *p == 'F') && range_is_number(p + 1);
}

int
range_begins(const char *word)
{
	return !delimited_is(word) && begins(word);
}

/* ---- messages ---- */

int
range_wrong(struct range_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)buf_addv(r->error, format, args);
	va_end(args);
	return -1;
}

int
range_wrong_word(struct range_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)buf_addv(r->error, format, args);
	va_end(args);
	if (r->texts && r->at < r->count) {
		char d = delimited_delimiter(r->words[r->at]);

		(void)buf_addf(r->error, "; a string is %c%s%c", d, r->words[r->at], d);
	}
	return -1;
}

int
range_no_memory(struct range_reader *r)
{
	return range_wrong(r, "out of memory");
}

/* ---- reading ---- */

int
range_skip_spaces(struct range_reader *r)
{
	for (;;) {
		if (r->at == r->count)
			return 0;
		while (range_is_space(*r->p))
			r->p++;
		if (*r->p != '\0')
			return 1;
		if (++r->at < r->count)
			r->p = r->words[r->at];
	}
}

const char *
range_read_number(const char *p, int64_t *value, int64_t asterisk, int sign)
{
	char digits[11];
	uint64_t n;
	size_t len;
	int minus = sign && *p == '-';

	if (*p == '*') {
		*value = asterisk;
		return asterisk != 0 ? p + 1 : NULL;
	}
	p += minus;
	len = strspn(p, "0123456789");
	if (len == 0 || len >= sizeof digits)
		return NULL;
	memcpy(digits, p, len);
	digits[len] = '\0';
	if (num_digits(digits, UINT32_MAX, &n) < 0)
		return NULL;
	*value = minus ? -(int64_t)n : (int64_t)n;
	return p + len;
}

int
range_read_span(struct range_reader *r, struct range_step *step, const char *word)
{
	const char *begin = r->p, *end = begin + range_token(begin), *p;
	int64_t from, to;
	int n = (int)(end - word);

	if ((p = range_read_number(begin, &from, 1, 1)) == NULL)
		goto strange;
	if (p == end) {
		to = *begin == '*' ? RANGE_LAST : from;
	} else if (*p == '.') {
		if (*begin == '*' || (p = range_read_number(p + 1, &to, 0, 0)) != end)
			goto strange;
		if (to == 0)
			return range_wrong_word(r, "%.*s: a length is 1 or more", n, word);
		/* A range that is counted from the end ends with the last unit at the latest. */
		to = from < 0 && from + to >= 0 ? -1 : from + to - 1;
	} else if (*p == '-' || *p == ':' || *p == ';') {
		char between = *p;

		if ((p = range_read_number(p + 1, &to, RANGE_LAST, 1)) != end)
			goto strange;
		if (between == '-' && to < 0)
			return range_wrong_word(r, "%.*s: a number from the end is written after a colon: %lld:%lld", n,
			    word, (long long)from, (long long)to);
	} else {
		goto strange;
	}
	if (from == 0 || to == 0)
		return range_wrong_word(r, "%.*s: columns, words and fields are counted from 1", n, word);
	if ((from > 0) == (to > 0) && to < from)
		return range_wrong_word(r, "%.*s: its end is before its beginning", n, word);
	step->from = from;
	step->to = to;
	r->p = end;
	return 0;
strange:
	if (n > 1 && isdigit((unsigned char)end[-2]) && end[-1] == '-')
		return range_wrong_word(r, "%.*s: up to the last one is %.*s*", n, word, n, word);
	return range_wrong_word(r, "%.*s: not a range such as 3, 3-8, 3-*, 3.5 or -8:-1", n, word);
}

int
range_read_value(struct range_reader *r, struct buf *out, enum range_keyword keyword)
{
	const char *name = keyword == RANGE_KEY_CSV ? "csv" : keyword == RANGE_KEY_WS ? "ws" : "fs", *begin;
	size_t n;

	if (*r->p == '\0' && ++r->at < r->count)
		r->p = r->words[r->at];
	else
		range_skip_spaces(r);
	if (r->at == r->count)
		return range_wrong(r, "%s: %s is expected after it", name,
		    keyword == RANGE_KEY_CSV ? "the number of a column" : "a separator");
	begin = r->p;
	if (keyword == RANGE_KEY_CSV && *begin == '"') {
		for (r->p++;; r->p++) {
			if (*r->p == '\0')
				return range_wrong(r, "%s %s: the quote is not closed", name, begin);
			if (*r->p == '"' && *++r->p != '"')
				return 1;
			if (buf_addc(out, *r->p) < 0)
				return range_no_memory(r);
		}
	}
	n = strcspn(begin, " \t\n");
	if (keyword == RANGE_KEY_CSV && range_is_number(begin))
		n = range_token(begin);
	else if (keyword == RANGE_KEY_CSV && r->depth > 0)
		n = begin == r->words[r->at] ? strcspn(begin, ",)") : range_token(begin);
	else if (begin == r->words[r->at])
		n = strlen(begin);
	else if (keyword == RANGE_KEY_CSV)
		n = range_token(begin);
	r->p += n;
	return buf_add(out, begin, n) < 0 ? range_no_memory(r) : 0;
}

enum range_keyword
range_read_keyword(struct range_reader *r)
{
	size_t n = range_token(r->p);
	enum range_keyword keyword = find_keyword(r->p, n);

	if (keyword != RANGE_KEY_NONE)
		r->p += n;
	return keyword;
}
