/* verb: see verb.h. The verbs and their words; verb_judge.c judges, verb_list.c reads lists. */

#include <stdlib.h>
#include <string.h>

#include "base/delimited.h"
#include "base/words.h"
#include "match/spell.h"
#include "match/verb.h"
#include "match/verb_private.h"

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

	if (result == 0 && (result = verb_add_text(s, bytes.data != NULL ? bytes.data : "", bytes.len)) < 0)
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
	struct buf bytes = { 0 };
	size_t i = 0, given;
	int result;

	if (range_take(&s->range, words, count, &i, error) < 0)
		return -1;
	given = s->literals + (count - i);
	if (given == 0 && s->listed)
		return 0;
	if (given == 0) {
		(void)buf_adds(error, "an expression is needed, such as '/^a.*[0-9]$/'");
		return -1;
	}
	result = count > i ? read_text(s, words, i, &bytes, error) : buf_adds(&bytes, s->expression);
	if (result == 0 && given != 1) {
		(void)buf_addf(error, "%s: one expression is expected, not %zu", count > i ? words[count - 1] : "-e", given);
		result = -1;
	}
	if (result == 0)
		result = verb_add_ere(s, bytes.len > 0 ? bytes.data : "", bytes.len, error);
	s->no_sieve = 1;
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
	    take_locate, verb_judge_locate, 0, VERB_RANGES, VERB_LIST_TEXTS },
	{ "nlocate", "[RANGE ...] [TEXT ...]", "the records that locate rejects", take_locate, verb_judge_locate, 1,
	    VERB_RANGES, VERB_LIST_TEXTS },
	{ "find", "TEXT",
	    "records that begin with TEXT, in which a space matches any byte, and an underscore a space; "
	    "with -e both match themselves",
	    take_find, verb_judge_find, 0, VERB_TEXTS, VERB_NO_LIST },
	{ "nfind", "TEXT", "the records that find rejects", take_find, verb_judge_find, 1, VERB_TEXTS, VERB_NO_LIST },
	{ "strfind", "TEXT", "records that begin with exactly this string", take_find, verb_judge_strfind, 0, VERB_TEXTS, VERB_NO_LIST },
	{ "strnfind", "TEXT", "the records that strfind rejects", take_find, verb_judge_strfind, 1, VERB_TEXTS, VERB_NO_LIST },
	{ "match", "[RANGE ...] ERE",
	    "records in which the extended regular expression, written like a TEXT, "
	    "matches anywhere, or in one of the ranges",
	    take_match, verb_judge_match, 0, VERB_RANGES, VERB_LIST_ERES },
	{ "nmatch", "[RANGE ...] ERE", "the records that match rejects", take_match, verb_judge_match, 1, VERB_RANGES, VERB_LIST_ERES },
	{ "where", "EXPR",
	    "records that satisfy the condition, which is one word of the shell, as awk has it: "
	    "'$3 >= 100 && $1 == \"GET\"'; see rec-expr(7)",
	    take_where, verb_judge_where, 0, VERB_REST, VERB_NO_LIST },
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
	int texts = s->verb->list != VERB_LIST_ERES && s->verb->takes != VERB_REST;

	if (texts && verb_add_text(s, text, strlen(text)) < 0)
		return -1;
	s->literals++;
	s->expression = text;
	return 0;
}

/*
 * Returns 0; or -1, with a line in error, if a word after the first looks like an option. The verb
 * itself would count it, or the word after it, as one operand too many.
 */
static int
refuse_options(struct verb *s, char *const words[], size_t count, struct buf *error)
{
	struct buf bytes = { 0 };
	int result = 0;

	for (size_t i = 1; i < count && result == 0; i++)
		if (delimited_is_option(words[i])) {
			if (s->verb->takes == VERB_REST)
				(void)buf_addf(error, "%s: options come before the condition", words[i]);
			else
				(void)delimited_parse(words[i], &bytes, error);
			result = -1;
		}
	buf_free(&bytes);
	return result;
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
	if (refuse_options(s, words, count, error) == 0 && s->verb->operands(s, words, count, error) == 0) {
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
	for (size_t e = 0; e < s->eres_count; e++)
		ere_free(&s->eres[e]);
	free(s->eres);
	expr_free(&s->expr);
}
