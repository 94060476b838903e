/*
 * verb: see verb.h.
 *
 * locate searches the whole payload of a block at once, for several strings by scan_many, and looks
 * up in the index which record was hit. A hit that is not within one record, because part of it is
 * in a gap, does not count: the search goes on at the beginning of the record that the hit reaches
 * into. With ranges, that search only finds the records that are worth a closer look, because a
 * string in a part of a record is in the record too, except if the record writes it with escapes.
 */

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/delimited.h"
#include "base/words.h"
#include "match/spell.h"
#include "match/verb.h"

struct verb_kind {
	const char *name;
	const char *operands_are; /* the synopsis, without the name */
	const char *keeps;        /* what the verb keeps, for the help */
	int (*operands)(struct verb *, char *const words[], size_t count, struct buf *error);
	void (*judge)(struct verb *, const struct block *); /* sets bits in hits, which are 0 before */
	int negated;                                          /* 1: the records without a bit satisfy the verb */
	enum verb_takes takes;
};

static void
judge_text(struct verb *s, const struct block *b)
{
	const struct scan_text *text = &s->texts[0];
	size_t at = 0;
	uint32_t i = 0;

	while ((at = scan_text(text, b->payload, b->size, at)) != SIZE_MAX) {
		if ((i = (uint32_t)scan_ends(b->ends, i, b->count, at + text->len)) == b->count)
			break;
		if (at < block_start(b, i)) {
			at = block_start(b, i);
			continue;
		}
		bits_set(s->hits, i);
		if (++i == b->count)
			break;
		at = block_start(b, i);
	}
}

/*
 * Makes scan_many ready for all strings when the first data is judged: all strings are known then,
 * and the data shows which bytes are frequent in it. Returns 0, or -1 without memory.
 */
static int
need_many(struct verb *s, const char *data, size_t len)
{
	if (s->many.count == s->count)
		return 0;
	scan_many_free(&s->many);
	if (scan_many_init(&s->many, s->texts, s->count, data, len) == 0)
		return 0;
	scan_many_free(&s->many);
	s->failed = 1;
	return -1;
}

/*
 * Marks the records that contain one of the strings. There is at least one string, and none is
 * empty.
 */
static void
judge_texts(struct verb *s, const struct block *b)
{
	if (s->count == 1)
		judge_text(s, b);
	else if (need_many(s, b->payload, b->size) == 0)
		scan_many_records(&s->many, b->payload, b->size, b->ends, b->count, b->gap, s->hits);
}

static int
holds_text(struct verb *s, const char *data, size_t len)
{
	if (s->count == 1)
		return scan_text(&s->texts[0], data, len, 0) != SIZE_MAX;
	return need_many(s, data, len) == 0 && scan_many(&s->many, data, len);
}

/* Marks the records that contain the byte. */
static void
judge_byte(struct verb *s, const struct block *b, char c)
{
	size_t at = 0;
	uint32_t i = 0;

	while ((at = scan_byte(b->payload, b->size, at, c)) < b->size) {
		if ((i = (uint32_t)scan_ends(b->ends, i, b->count, at + 1)) == b->count)
			break;
		if (at >= block_start(b, i))
			bits_set(s->hits, i);
		/*
		 * From a hit in the gap before record i go on in that record; from one in the
		 * record, after it.
		 */
		at = at < block_start(b, i) ? block_start(b, i) : b->ends[i];
	}
}

static int
has_empty_text(const struct verb *s)
{
	for (size_t t = 0; t < s->count; t++)
		if (s->texts[t].len == 0)
			return 1;
	return 0;
}

/*
 * Returns 1 if a part of the record contains one of the strings, or, with `any`, if the record has
 * one of the parts at all; else 0.
 */
static int
look(struct verb *s, const struct block *b, uint32_t i, int any)
{
	uint32_t start = block_start(b, i);

	for (size_t part = 0; part < s->range.count; part++) {
		struct range_view view;
		int there = range_view(&s->range, part, b->payload + start, b->ends[i] - start, &view);

		s->failed |= there < 0;
		if (there <= 0)
			continue;
		if (any)
			return 1;
		if (holds_text(s, view.data, view.len))
			return 1;
	}
	return 0;
}

static void
judge_ranges(struct verb *s, const struct block *b)
{
	/* Every part that is there contains the empty string. */
	if (s->count == 0 || has_empty_text(s)) {
		for (uint32_t i = 0; i < b->count; i++)
			if (look(s, b, i, 1))
				bits_set(s->hits, i);
		return;
	}
	judge_texts(s, b);
	if (s->range.escapes & RANGE_BACKSLASH)
		judge_byte(s, b, '\\');
	if (s->range.escapes & RANGE_QUOTE)
		judge_byte(s, b, '"');
	for (uint32_t w = 0; w < (b->count + 63) / 64; w++)
		for (uint64_t left = s->hits[w]; left != 0; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(left);

			if (!look(s, b, w * 64 + bit, 0))
				s->hits[w] &= ~(UINT64_C(1) << bit);
		}
}

static void
judge_locate(struct verb *s, const struct block *b)
{
	if (s->range.count > 0) {
		judge_ranges(s, b);
		return;
	}
	/*
	 * Without a string, records that are not empty satisfy it. Every record contains the empty
	 * string.
	 */
	if (s->count == 0) {
		for (uint32_t i = 0; i < b->count; i++)
			if (b->ends[i] > block_start(b, i))
				bits_set(s->hits, i);
		return;
	}
	if (has_empty_text(s)) {
		for (uint32_t i = 0; i < b->count; i++)
			bits_set(s->hits, i);
		return;
	}
	judge_texts(s, b);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/*
 * Returns 1 if data begins with the string, which is in lower case if case is ignored; or 0. If
 * wild, a space in the string matches any byte, and an underscore a space.
 */
static int
begins_with(const struct scan_text *text, const char *data, int wild)
{
	if (!wild && !text->ignore_case)
		return text->len == 0 || memcmp(data, text->text, text->len) == 0;
	for (size_t i = 0; i < text->len; i++) {
		char want = text->text[i], have = text->ignore_case ? lower(data[i]) : data[i];

		if (wild && want == ' ')
			continue;
		if (have != (wild && want == '_' ? ' ' : want))
			return 0;
	}
	return 1;
}

static void
judge_beginning(struct verb *s, const struct block *b, int wild)
{
	const struct scan_text *text = &s->texts[0];

	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t start = block_start(b, i);

		if (b->ends[i] - start >= text->len && begins_with(text, b->payload + start, wild))
			bits_set(s->hits, i);
	}
}

static void
judge_find(struct verb *s, const struct block *b)
{
	judge_beginning(s, b, s->literals == 0);
}

static void
judge_strfind(struct verb *s, const struct block *b)
{
	judge_beginning(s, b, 0);
}

static void
judge_match(struct verb *s, const struct block *b)
{
	if (s->range.count == 0) {
		ere_match_all(&s->ere, b->payload, b->size, b->ends, b->count, b->gap, s->hits);
		return;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t start = block_start(b, i);

		for (size_t part = 0; part < s->range.count; part++) {
			struct range_view view;
			int there = range_view(&s->range, part, b->payload + start, b->ends[i] - start, &view);

			s->failed |= there < 0;
			if (there > 0 && ere_match(&s->ere, view.data, view.len)) {
				bits_set(s->hits, i);
				break;
			}
		}
	}
}

static void
judge_where(struct verb *s, const struct block *b)
{
	expr_judge_all(&s->expr, b, s->hits);
	s->failed |= s->expr.failed;
}

static int
add_text(struct verb *s, const char *text, size_t len)
{
	struct scan_text *more = reallocarray(s->texts, s->count + 1, sizeof *more);

	if (more == NULL)
		return -1;
	s->texts = more;
	if (scan_text_init(&s->texts[s->count], text, len, s->ignore_case) < 0)
		return -1;
	s->count++;
	return 0;
}

/*
 * Reads the text words[i]; if it is none, says how the column is written that it may name, by
 * itself or with the word before it. Returns as delimited_parse does.
 */
static int
read_text(struct verb *s, char *const words[], size_t i, struct buf *bytes, struct buf *error)
{
	const char *word = words[i];
	struct buf column = { 0 };
	int ranges = s->verb->takes == VERB_RANGES, within = s->range.within, result;

	if (ranges && *word == '.' && !delimited_is(word) && spell_meant(&column, word, within)) {
		char d = delimited_delimiter(word);

		(void)buf_addf(error, "%s: a column is %s, a string %c%s%c", word, buf_string(&column), d, word, d);
		buf_free(&column);
		return -1;
	}
	result = delimited_parse(word, bytes, error);
	if (result < 0 && ranges && spell_meant(&column, word, within)) {
		(void)buf_addf(error, "; a column is %s", buf_string(&column));
		(void)spell_joined(error, i > 0 ? words[i - 1] : "", word, within);
	}
	buf_free(&column);
	return result;
}

static int
take_text(struct verb *s, char *const words[], size_t i, struct buf *error)
{
	struct buf bytes = { 0 };
	int result = read_text(s, words, i, &bytes, error);

	if (result == 0 && (result = add_text(s, bytes.data != NULL ? bytes.data : "", bytes.len)) < 0)
		(void)buf_adds(error, "out of memory");
	buf_free(&bytes);
	return result;
}

static int
take_locate(struct verb *s, char *const words[], size_t count, struct buf *error)
{
	size_t i = 0;

	if (range_take(&s->range, words, count, &i, error) < 0)
		return -1;
	for (; i < count; i++) {
		if (range_begins(words[i])) {
			(void)buf_addf(error, "%s: ranges come before the strings; a string is %c%s%c", words[i],
			    delimited_delimiter(words[i]), words[i], delimited_delimiter(words[i]));
			return -1;
		}
		if (take_text(s, words, i, error) < 0)
			return -1;
	}
	return 0;
}

static int
take_match(struct verb *s, char *const words[], size_t count, struct buf *error)
{
	int flags = ere_locale_flags() | (s->ignore_case ? ERE_IGNORE_CASE : 0) | (s->each_line ? ERE_EACH_LINE : 0);
	struct buf bytes = { 0 };
	size_t i = 0;
	int result;

	if (range_take(&s->range, words, count, &i, error) < 0)
		return -1;
	if (s->literals + (count - i) == 0) {
		(void)buf_adds(error, "an expression is needed, such as '/^a.*[0-9]$/'");
		return -1;
	}
	result = count > i ? read_text(s, words, i, &bytes, error) : buf_adds(&bytes, s->expression);
	if (result == 0 && s->literals + (count - i) != 1) {
		(void)buf_addf(error, "%s: one expression is expected, not %zu", count > i ? words[count - 1] : "-e",
		    s->literals + (count - i));
		result = -1;
	}
	if (result == 0 && bytes.len == 0)
		result = ere_compile(&s->ere, "", 0, flags, error);
	else if (result == 0)
		result = ere_compile(&s->ere, bytes.data, bytes.len, flags, error);
	buf_free(&bytes);
	return result;
}

static int
take_where(struct verb *s, char *const words[], size_t count, struct buf *error)
{
	int flags = (ere_locale_flags() != 0 ? EXPR_UTF8 : 0) | (s->ignore_case ? EXPR_IGNORE_CASE : 0);
	const char *text = count > 0 ? words[0] : s->expression;
	struct buf wrong = { 0 };
	int result;

	if (s->literals + count != 1) {
		(void)buf_addf(error,
		    s->literals + count == 0 ? "a condition is needed, one word of the shell: '$3 > 100'"
					     : "%s: one condition is expected, one word of the shell, not %zu",
		    count > 0 ? words[count - 1] : "-e", s->literals + count);
		return -1;
	}
	result = expr_compile(&s->expr, text, strlen(text), flags, s->separator, &wrong);
	if (result < 0)
		(void)buf_adds(error, buf_string(&wrong));
	buf_free(&wrong);
	return result;
}

static int
take_find(struct verb *s, char *const words[], size_t count, struct buf *error)
{
	/*
	 * A word that is no string, such as a range, is reported rather than a wrong number of
	 * words.
	 */
	if (count > 0 && take_text(s, words, 0, error) < 0)
		return -1;
	if (s->literals + count == 1)
		return 0;
	if (s->literals + count == 0)
		(void)buf_adds(error, "a string is needed");
	else
		(void)buf_addf(error, "%s: one string is expected, not %zu", count > 0 ? words[count - 1] : "-e",
		    s->literals + count);
	return -1;
}

static const struct verb_kind verbs[] = {
	{ "locate", "[RANGE ...] [TEXT ...]",
	    "records that contain at least one of the strings, in at least one of the ranges if any is given; "
	    "with ranges only, those long enough to contain at least one of them; "
	    "with neither, those that are not empty",
	    take_locate, judge_locate, 0, VERB_RANGES },
	{ "nlocate", "[RANGE ...] [TEXT ...]", "the records that locate rejects", take_locate, judge_locate, 1,
	    VERB_RANGES },
	{ "find", "TEXT",
	    "records that begin with TEXT, in which a space matches any byte, and an underscore a space; "
	    "with -e both match themselves",
	    take_find, judge_find, 0, VERB_TEXTS },
	{ "nfind", "TEXT", "the records that find rejects", take_find, judge_find, 1, VERB_TEXTS },
	{ "strfind", "TEXT", "records that begin with exactly this string", take_find, judge_strfind, 0, VERB_TEXTS },
	{ "strnfind", "TEXT", "the records that strfind rejects", take_find, judge_strfind, 1, VERB_TEXTS },
	{ "match", "[RANGE ...] ERE",
	    "records in which the extended regular expression, written like a TEXT, "
	    "matches anywhere, or in one of the ranges",
	    take_match, judge_match, 0, VERB_RANGES },
	{ "nmatch", "[RANGE ...] ERE", "the records that match rejects", take_match, judge_match, 1, VERB_RANGES },
	{ "where", "EXPR",
	    "records that satisfy the condition, which is one word of the shell, as awk has it: "
	    "'$3 >= 100 && $1 == \"GET\"'; see rec-expr(7)",
	    take_where, judge_where, 0, VERB_REST },
};

int
verb_is_condition(const char *text)
{
	struct buf why = { 0 };
	struct expr e;
	int good = !delimited_is(text) && strpbrk(text, "=<>~!&|") != NULL &&
	    expr_compile(&e, text, strlen(text), 0, NULL, &why) == 0;

	if (good)
		expr_free(&e);
	buf_free(&why);
	return good;
}

/* Adds a word to error as it must be written: within a word of the shell as it is. */
static void
show_word(const struct verb *s, const char *word, struct buf *error)
{
	(void)(s->range.within ? buf_adds(error, word) : words_show(error, word));
}

int
verb_choose(struct verb *s, const char *name, const char *all, struct buf *error)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, name) == 0) {
			s->verb = &verbs[i];
			return 0;
		}
	if (verb_is_condition(all)) {
		(void)buf_addf(error, "%s: no such verb; a condition is where ", all);
		show_word(s, all, error);
	} else if (delimited_is(name) || range_begins(name)) {
		(void)buf_addf(error, "%s: no such verb; a string is found by locate ", name);
		show_word(s, name, error);
		(void)buf_adds(error, delimited_is(name) ? "" : " /TEXT/");
	} else {
		(void)buf_addf(error, "%s: no such verb; there are", name);
		for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
			(void)buf_addf(error, "%s %s", i > 0 ? "," : "", verbs[i].name);
	}
	return -1;
}

enum verb_takes
verb_takes(const struct verb *s)
{
	return s->verb->takes;
}

int
verb_text(struct verb *s, const char *text)
{
	if (add_text(s, text, strlen(text)) < 0)
		return -1;
	s->literals++;
	s->expression = text;
	return 0;
}

int
verb_operands(struct verb *s, char *const words[], size_t count, struct buf *error)
{
	if (s->separator != NULL) {
		(void)buf_adds(error, "-F ");
		if (range_fields(&s->range, s->separator, error) < 0)
			return -1;
		error->len = 0;
	}
	(void)buf_addf(error, "%s: ", s->verb->name);
	if (s->verb->operands(s, words, count, error) == 0) {
		error->len = 0;
		return 0;
	}
	(void)buf_addf(error, "; the synopsis is %s %s", s->verb->name, s->verb->operands_are);
	return -1;
}

int
verb_table(struct verb *s, const struct table *t, struct buf *error)
{
	size_t len = error->len;

	(void)buf_addf(error, "%s: ", s->verb->name);
	if (range_table(&s->range, t, error) < 0)
		return -1;
	if (s->expr.program != NULL && expr_table(&s->expr, t, error) < 0) {
		struct buf none = { 0 };

		(void)range_table(&s->range, NULL, &none);
		buf_free(&none);
		return -1;
	}
	error->len = len;
	return 0;
}

int
verb_names(const struct verb *s)
{
	return range_names(&s->range) || expr_names(&s->expr);
}

int
verb_help(const char *name, struct buf *out, struct buf *error)
{
	static struct verb one; /* static, because it would fill most of a small stack */

	if (name == NULL) {
		for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
			if (buf_addf(out, "%s %s\n", verbs[i].name, verbs[i].operands_are) < 0)
				return -1;
		return buf_adds(out, "\nA TEXT is /text/ or xHEX, or the argument of -e; "
		                     "a RANGE is 1-8, w2, f3, csv 4 or .user.id: see rec-range(7).\n");
	}
	memset(&one, 0, sizeof one);
	if (verb_choose(&one, name, name, error) < 0)
		return -1;
	return buf_addf(out, "%s %s\n%s\n", one.verb->name, one.verb->operands_are, one.verb->keeps);
}

uint32_t
verb_judge(struct verb *s, const struct block *b)
{
	size_t words = ((size_t)b->count + 63) / 64;
	uint32_t found = 0;

	memset(s->hits, 0, words * sizeof s->hits[0]);
	s->verb->judge(s, b);
	for (size_t w = 0; w < words; w++) {
		if (s->verb->negated) {
			s->hits[w] = ~s->hits[w];
			if (w == words - 1 && b->count % 64 != 0)
				s->hits[w] &= (UINT64_C(1) << (b->count % 64)) - 1;
		}
		found += (uint32_t)__builtin_popcountll(s->hits[w]);
	}
	return found;
}

void
verb_free(struct verb *s)
{
	for (size_t t = 0; t < s->count; t++)
		scan_text_free(&s->texts[t]);
	free(s->texts);
	scan_many_free(&s->many);
	range_free(&s->range);
	ere_free(&s->ere);
	expr_free(&s->expr);
}
