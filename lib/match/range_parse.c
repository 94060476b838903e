/*
 * range_parse: words to parts. The words of the shell are read one after another as if blanks stood between them, so that
 * "(w1 w3)" and "w1 w3" may be one word or several. Only what follows csv, ws and fs, and begins a word of the shell, is
 * taken as that whole word: a column's name may have blanks in it.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/jsonstring.h"
#include "base/num.h"
#include "base/delimited.h"
#include "match/range_step.h"

struct reader {
	struct range *range;
	char *const *words;
	size_t count;
	size_t at;     /* words[at] is being read */
	const char *p; /* in words[at]; its end where it has been read */
	int texts;     /* texts may follow the parts */
	int depth;     /* within so many parentheses */
	int nested;    /* within so many substr */
	struct buf *error;
};

enum { NESTED = 16 }; /* substr of substr, at most */

enum keyword { NONE, WORD, FIELD, CSV, WORD_SEPARATOR, FIELD_SEPARATOR, SUBSTR };

static const struct {
	const char *word;
	enum keyword keyword;
} keywords[] = {
	{ "w", WORD }, { "word", WORD }, { "words", WORD },
	{ "f", FIELD }, { "field", FIELD }, { "fields", FIELD },
	{ "csv", CSV },
	{ "ws", WORD_SEPARATOR }, { "wordsep", WORD_SEPARATOR }, { "wordseparator", WORD_SEPARATOR },
	{ "fs", FIELD_SEPARATOR }, { "fieldsep", FIELD_SEPARATOR }, { "fieldseparator", FIELD_SEPARATOR },
	{ "substr", SUBSTR }, { "substring", SUBSTR },
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of the token at p: up to a blank, a comma or a parenthesis. */
static size_t
token(const char *p)
{
	return strcspn(p, " \t\n,()");
}

static enum keyword
find_keyword(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (strlen(keywords[i].word) == n && strncasecmp(p, keywords[i].word, n) == 0)
			return keywords[i].keyword;
	return NONE;
}

/* Whether something at p begins as a range of numbers does. */
static int
is_number(const char *p)
{
	return is_digit(*p) || *p == '*' || (*p == '-' && is_digit(p[1]));
}

/* Whether p begins a part, by its first few characters. */
static int
begins(const char *p)
{
	while (is_blank(*p))
		p++;
	if (*p == '(' || is_number(p) || find_keyword(p, token(p)) != NONE)
		return 1;
	if (*p == '.')
		return p[1] != '\0' && (isalpha((unsigned char)p[1]) || strchr("_\"[$@", p[1]) != NULL || (p[1] & 0x80) != 0);
	return (*p == 'w' || *p == 'W' || *p == 'f' || *p == 'F') && is_number(p + 1);
}

int
range_begins(const char *word)
{
	return !delimited_is(word) && begins(word);
}

/* ---- messages ---- */

static int __attribute__((format(printf, 2, 3)))
wrong(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)buf_addv(r->error, format, args);
	va_end(args);
	return -1;
}

/* The same where the whole word could have been meant as a text. */
static int __attribute__((format(printf, 2, 3)))
wrong_word(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)buf_addv(r->error, format, args);
	va_end(args);
	if (r->texts && r->at < r->count) {
		char d = delimited_delimiter(r->words[r->at]);

		(void)buf_addf(r->error, "; a text is %c%s%c", d, r->words[r->at], d);
	}
	return -1;
}

static int
no_memory(struct reader *r)
{
	return wrong(r, "out of memory");
}

/* ---- reading ---- */

/* Skips blanks, and goes on to the next word of the shell where this one has been read. 0 where there is no more. */
static int
skip_blanks(struct reader *r)
{
	for (;;) {
		if (r->at == r->count)
			return 0;
		while (is_blank(*r->p))
			r->p++;
		if (*r->p != '\0')
			return 1;
		if (++r->at < r->count)
			r->p = r->words[r->at];
	}
}

static int
add(struct reader *r, struct range_part *part, const struct range_step *step)
{
	struct range_step *more = reallocarray(part->steps, part->count + 1, sizeof *more);

	if (more == NULL)
		return no_memory(r);
	part->steps = more;
	part->steps[part->count++] = *step;
	return 0;
}

/* Digits, with a sign where that is allowed, or an asterisk. Returns behind it, or NULL. */
static const char *
read_number(const char *p, int64_t *value, int64_t asterisk, int sign)
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

/* n, n-m, n-*, n.len, n:m, n;m, *: the token at p. word: where what a message names begins, at p or before it. */
static int
read_span(struct reader *r, struct range_step *step, const char *word)
{
	const char *begin = r->p, *end = begin + token(begin), *p;
	int64_t from, to;
	int n = (int)(end - word);

	if ((p = read_number(begin, &from, 1, 1)) == NULL)
		goto strange;
	if (p == end) {
		to = *begin == '*' ? RANGE_LAST : from;
	} else if (*p == '.') {
		if (*begin == '*' || (p = read_number(p + 1, &to, 0, 0)) != end)
			goto strange;
		if (to == 0)
			return wrong_word(r, "%.*s: a length is 1 or more", n, word);
		/* Counted from the end, a range ends there at the latest. */
		to = from < 0 && from + to >= 0 ? -1 : from + to - 1;
	} else if (*p == '-' || *p == ':' || *p == ';') {
		char between = *p;

		if ((p = read_number(p + 1, &to, RANGE_LAST, 1)) != end)
			goto strange;
		if (between == '-' && to < 0)
			return wrong_word(r, "%.*s: a number from the end stands behind a colon: %lld:%lld", n, word, (long long)from,
			    (long long)to);
	} else {
		goto strange;
	}
	if (from == 0 || to == 0)
		return wrong_word(r, "%.*s: columns, words and fields are counted from 1", n, word);
	if ((from > 0) == (to > 0) && to < from)
		return wrong_word(r, "%.*s: its end lies before its beginning", n, word);
	step->from = from;
	step->to = to;
	r->p = end;
	return 0;
strange:
	return wrong_word(r, "%.*s: not a range such as 3, 3-8, 3-*, 3.5 or -8:-1", n, word);
}

/*
 * The operand of csv, ws or fs, into out: at the beginning of a word of the shell all of that, else up to a blank. Of csv it
 * may be quoted, and ends as any part does where it is a number or stands in a list. 1 where it was quoted.
 */
static int
read_value(struct reader *r, struct buf *out, enum keyword keyword)
{
	const char *name = keyword == CSV ? "csv" : keyword == WORD_SEPARATOR ? "ws" : "fs", *begin;
	size_t n;

	if (*r->p == '\0' && ++r->at < r->count)
		r->p = r->words[r->at];
	else
		skip_blanks(r);
	if (r->at == r->count)
		return wrong(r, "%s: %s is expected behind it", name, keyword == CSV ? "the number or the name of a column" : "a separator");
	begin = r->p;
	if (keyword == CSV && *begin == '"') {
		for (r->p++;; r->p++) {
			if (*r->p == '\0')
				return wrong(r, "%s %s: the quote is not closed", name, begin);
			if (*r->p == '"' && *++r->p != '"')
				return 1;
			if (buf_addc(out, *r->p) < 0)
				return no_memory(r);
		}
	}
	n = strcspn(begin, " \t\n");
	if (keyword == CSV && is_number(begin))
		n = token(begin);
	else if (keyword == CSV && r->depth > 0)
		n = begin == r->words[r->at] ? strcspn(begin, ",)") : token(begin);
	else if (begin == r->words[r->at])
		n = strlen(begin);
	else if (keyword == CSV)
		n = token(begin);
	r->p += n;
	return buf_add(out, begin, n) < 0 ? no_memory(r) : 0;
}

static int
copy(struct reader *r, char **to, size_t *len, const char *bytes, size_t n)
{
	if ((*to = malloc(n + 1)) == NULL)
		return no_memory(r);
	if (n > 0)
		memcpy(*to, bytes, n);
	(*to)[n] = '\0';
	*len = n;
	return 0;
}

/* The member's name, as it is and in quotes. */
static int
set_member(struct reader *r, struct range_step *step, const char *name, size_t n)
{
	step->unit = RANGE_MEMBER;
	if (copy(r, &step->text, &step->len, name, n) < 0)
		return -1;
	if ((step->quoted = malloc(n + 2)) == NULL) {
		free(step->text);
		return no_memory(r);
	}
	step->quoted[0] = step->quoted[n + 1] = '"';
	if (n > 0)
		memcpy(step->quoted + 1, name, n);
	for (size_t i = 0; i < n; i++)
		step->odd |= (unsigned char)name[i] < 0x20 || name[i] == '"' || name[i] == '\\' || name[i] == '/';
	return 0;
}

/* The separator in force, into the step. */
static int
set_separator(struct reader *r, struct range_step *step)
{
	const struct buf *b = &r->range->words;

	if (step->unit == RANGE_WORDS)
		return b->len == 0 ? 0 : copy(r, &step->text, &step->len, b->data, b->len);
	b = &r->range->fields;
	if (b->len == 0)
		return copy(r, &step->text, &step->len, step->unit == RANGE_CSV ? "," : "\t", 1);
	if (step->unit == RANGE_CSV && memchr(b->data, '"', b->len) != NULL)
		return wrong(r, "csv: a quote cannot separate csv fields");
	return copy(r, &step->text, &step->len, b->data, b->len);
}

static int
read_csv(struct reader *r, struct range_step *step)
{
	struct buf name = { 0 };
	int result = read_value(r, &name, CSV);

	r->range->escapes |= RANGE_QUOTE;
	if (result >= 0 && buf_terminate(&name) < 0)
		result = no_memory(r);
	if (result == 0 && is_number(name.data)) {
		struct reader number = { .range = r->range, .error = r->error, .p = name.data };

		result = read_span(&number, step, number.p);
		if (result < 0)
			(void)wrong(r, "; a column of that name is written csv '\"%s\"'", name.data);
	} else if (result >= 0) {
		result = copy(r, &step->name, &step->name_len, name.data, name.len);
		if (result == 0 && r->range->named == NULL)
			r->range->named = step->name;
	}
	buf_free(&name);
	return result;
}

/* ."odd name", with the escapes of JSON: r->p is at the dot. */
static int
read_name(struct reader *r, struct range_step *step, const char *path)
{
	const char *begin = r->p + 2, *quote = jsonstring_end(begin, begin + strlen(begin), NULL);
	struct buf name = { 0 };
	int result;

	if (quote == NULL)
		return wrong(r, "%s: the quote is not closed", path);
	r->p = quote + 1;
	if ((result = jsonstring_decode(&name, begin, quote)) < 0)
		(void)no_memory(r);
	else if (result == 0)
		result = wrong(r, "%s: a backslash in a name begins an escape of JSON; itself it is \\\\", path);
	else
		result = set_member(r, step, name.data, name.len);
	buf_free(&name);
	return result;
}

/* .user.id, .items[0].sku, ."odd name": r->p is at the dot. */
static int
read_path(struct reader *r, struct range_part *part)
{
	const char *begin = r->p;
	struct range_step step;

	r->range->escapes |= RANGE_BACKSLASH;
	while (*r->p == '.' || *r->p == '[') {
		memset(&step, 0, sizeof step);
		if (*r->p == '.' && r->p[1] == '[')
			r->p++;
		if (*r->p == '[') {
			step.unit = RANGE_ELEMENT;
			r->p = read_number(r->p + 1, &step.from, 0, 1);
			if (r->p == NULL || *r->p++ != ']')
				return wrong(r, "%s: an element of an array is written [0], the last one [-1]", begin);
		} else if (r->p[1] == '"') {
			if (read_name(r, &step, begin) < 0)
				return -1;
		} else {
			size_t n = strcspn(r->p + 1, " \t\n,().[]\"");

			if (n == 0)
				return wrong_word(r, "%s: the name of a member is expected behind each dot, such as .user.id or .\"odd name\"",
				    begin);
			if (set_member(r, &step, r->p + 1, n) < 0)
				return -1;
			r->p += 1 + n;
		}
		if (add(r, part, &step) < 0) {
			free(step.text);
			free(step.quoted);
			return -1;
		}
	}
	memset(&step, 0, sizeof step);
	step.unit = RANGE_VALUE;
	return add(r, part, &step);
}

/* What stands in a part: one or several steps. keyword has been read, if any. */
static int
read_simple(struct reader *r, struct range_part *part, enum keyword keyword)
{
	const char *name = keyword == FIELD ? "field" : "word";
	struct range_step step = { .unit = RANGE_COLUMNS };
	const char *begin = r->p;
	int result;

	if (keyword == NONE && *r->p == '.')
		return read_path(r, part);
	if (keyword == NONE && (*r->p == 'w' || *r->p == 'W' || *r->p == 'f' || *r->p == 'F') && is_number(r->p + 1)) {
		step.unit = *r->p == 'w' || *r->p == 'W' ? RANGE_WORDS : RANGE_FIELDS;
		r->p++;
	} else if (keyword == WORD || keyword == FIELD) {
		step.unit = keyword == WORD ? RANGE_WORDS : RANGE_FIELDS;
		if (!skip_blanks(r) || !is_number(r->p))
			return wrong(r, "%s: a number is expected behind it: %s 2, %ss 3-5%s%s%s", name, name, name,
			    r->texts ? "; that word itself is /" : "", r->texts ? name : "", r->texts ? "/" : "");
		begin = r->p;
	} else if (keyword == CSV) {
		step.unit = RANGE_CSV;
	} else if (!is_number(r->p)) {
		if (r->texts && r->p == r->words[r->at] && delimited_is(r->p))
			return wrong(r, "%s: a part of the record is expected before the text%s", r->p,
			    r->depth > 0 ? ", or the parenthesis that closes the list" : "");
		return wrong_word(r, "%.*s: not a part of a record such as 1-8, w2, f3, csv 4 or .user.id", (int)token(r->p), r->p);
	}
	result = step.unit == RANGE_CSV ? read_csv(r, &step) : read_span(r, &step, begin);
	if (result == 0 && step.unit != RANGE_COLUMNS)
		result = set_separator(r, &step);
	if (result == 0)
		result = add(r, part, &step);
	if (result < 0) {
		free(step.text);
		free(step.name);
	}
	return result;
}

/* Reads a keyword, where one stands there. */
static enum keyword
read_keyword(struct reader *r)
{
	size_t n = token(r->p);
	enum keyword keyword = find_keyword(r->p, n);

	if (keyword != NONE)
		r->p += n;
	return keyword;
}

/* Settings, as many as there are; then the keyword of what follows them. -1, or a keyword. */
static int
read_settings(struct reader *r)
{
	for (;;) {
		enum keyword keyword;
		struct buf value = { 0 };
		int result;

		if (!skip_blanks(r))
			return wrong(r, "%s: a range is expected behind it, such as w2", r->words[r->count - 1]);
		keyword = read_keyword(r);
		if (keyword != WORD_SEPARATOR && keyword != FIELD_SEPARATOR)
			return (int)keyword;
		result = read_value(r, &value, keyword);
		if (result == 0)
			result = range_separator(keyword == WORD_SEPARATOR ? &r->range->words : &r->range->fields, value.data != NULL ? value.data : "",
			    value.len, r->error);
		buf_free(&value);
		if (result < 0)
			return -1;
	}
}

static void
free_part(struct range_part *part)
{
	for (size_t i = 0; i < part->count; i++) {
		free(part->steps[i].text);
		free(part->steps[i].quoted);
		free(part->steps[i].name);
		buf_free(&part->steps[i].scratch);
	}
	free(part->steps);
}

/* One part, with substr ... of before it as often as it stands there: the steps of what is named last come first. */
static int
read_part(struct reader *r, struct range_part *part)
{
	struct range_part inner = { 0 };
	int keyword = read_settings(r), result;

	if (keyword < 0)
		return -1;
	if (keyword != SUBSTR)
		return read_simple(r, part, (enum keyword)keyword);
	if ((keyword = read_settings(r)) < 0)
		return -1;
	if (keyword == SUBSTR || r->nested == NESTED)
		return wrong(r, keyword == SUBSTR ? "substr: the part of a part is written substr 1-3 of w2" : "substr: nested too deep");
	if (read_simple(r, &inner, (enum keyword)keyword) < 0) {
		free_part(&inner);
		return -1;
	}
	if (!skip_blanks(r) || token(r->p) != 2 || strncasecmp(r->p, "of", 2) != 0) {
		free_part(&inner);
		return wrong(r, "substr: \"of\" is expected behind the part: substr 1-3 of w2");
	}
	r->p += 2;
	r->nested++;
	result = read_part(r, part);
	r->nested--;
	if (result == 0)
		for (size_t i = 0; i < inner.count && result == 0; i++) {
			if ((result = add(r, part, &inner.steps[i])) == 0) {
				inner.steps[i].text = NULL;
				inner.steps[i].quoted = NULL;
				inner.steps[i].name = NULL;
			}
		}
	free_part(&inner);
	return result;
}

static int
add_part(struct reader *r)
{
	struct range *range = r->range;
	struct range_part *parts = reallocarray(range->parts, range->count + 1, sizeof *parts);
	struct range_view *views;

	if (parts == NULL)
		return no_memory(r);
	range->parts = parts;
	if ((views = reallocarray(range->views, range->count + 1, sizeof *views)) == NULL)
		return no_memory(r);
	range->views = views;
	memset(&parts[range->count], 0, sizeof *parts);
	views[range->count].data = NULL;
	return read_part(r, &parts[range->count++]);
}

/* Whether the next thing to be read begins a word of the shell, which may be empty. */
static int
at_word(struct reader *r)
{
	if (r->at == r->count || r->p == r->words[r->at])
		return r->at < r->count;
	while (is_blank(*r->p))
		r->p++;
	if (*r->p != '\0' || ++r->at == r->count)
		return 0;
	r->p = r->words[r->at];
	return 1;
}

/* Parts, within parentheses or not, up to where no more can follow. */
static int
read_list(struct reader *r)
{
	int comma = 0, parts = 0;

	for (;;) {
		/* Outside of a list a new word of the shell may be a text, or nothing of ours. */
		if (at_word(r) && r->depth == 0 && !comma && r->texts) {
			if (!range_begins(r->p))
				return 0;
			if (strspn(r->p, "0123456789") == strlen(r->p))
				return wrong(r, "%s: a column range is %s-%s or %s-*, a text is /%s/", r->p, r->p, r->p, r->p, r->p);
		}
		if (!skip_blanks(r)) {
			if (r->depth > 0)
				return wrong(r, "%s: the list is not closed by a parenthesis", r->words[r->count - 1]);
			return comma ? wrong(r, "%s: a part is expected behind the comma", r->words[r->count - 1]) : 0;
		}
		if (*r->p == ',') {
			if (comma || !parts)
				return wrong(r, "%s: a part is expected before the comma", r->words[r->at]);
			comma = 1;
			r->p++;
			continue;
		}
		if (*r->p == ')') {
			if (r->depth == 0 || comma || !parts)
				return wrong_word(r, "%s: %s", r->words[r->at],
				    r->depth == 0 ? "a parenthesis is closed that is not open" : "a part is expected before the parenthesis");
			r->depth--;
			r->p++;
			continue;
		}
		if (*r->p == '(') {
			if (r->depth > 0)
				return wrong_word(r, "%s: a list in a list", r->words[r->at]);
			r->depth++;
			r->p++;
			parts = comma = 0;
			continue;
		}
		if (add_part(r) < 0)
			return -1;
		parts = 1;
		comma = 0;
		if (r->at < r->count && *r->p != '\0' && !is_blank(*r->p) && *r->p != ',' && *r->p != ')')
			return wrong_word(r, "%s: a part cannot be followed by %s", r->words[r->at], r->p);
	}
}

int
range_take(struct range *range, char *const words[], size_t count, size_t *used, struct buf *error)
{
	struct reader r = { .range = range, .words = words, .count = count, .texts = 1, .error = error };

	if (count > 0)
		r.p = words[0];
	if (read_list(&r) < 0)
		return -1;
	*used = r.at;
	return 0;
}

int
range_all(struct range *range, char *const words[], size_t count, struct buf *error)
{
	struct reader r = { .range = range, .words = words, .count = count, .error = error };

	if (count > 0)
		r.p = words[0];
	return read_list(&r);
}

void
range_free(struct range *range)
{
	for (size_t i = 0; i < range->count; i++)
		free_part(&range->parts[i]);
	free(range->parts);
	free(range->views);
	buf_free(&range->words);
	buf_free(&range->fields);
	memset(range, 0, sizeof *range);
}
