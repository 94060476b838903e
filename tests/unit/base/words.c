/*
 * words: strings divided into words, a table for each kind. The words are compared as one string,
 * with a bar after each.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "unit/unit.h"

static void
divided(int line, const char *string, enum words_kind kind, const char *want)
{
	struct words words;
	struct buf all = { 0 };

	CHECK(words_init(&words, string, kind) == 0);
	for (size_t i = 0; i < words.count; i++)
		CHECK(buf_adds(&all, words.list[i]) == 0 && buf_addc(&all, '|') == 0);
	CHECK(buf_terminate(&all) == 0);
	if (strcmp(all.data, want) != 0)
		printf("line %d: %s is %s, not %s\n", line, string, all.data, want);
	CHECK(strcmp(all.data, want) == 0);
	buf_free(&all);
	words_free(&words);
	CHECK(words.list == NULL && words.count == 0);
}

#define PLAIN(string, want) divided(__LINE__, string, WORDS_PLAIN, want)
#define RANGES(string, want) divided(__LINE__, string, WORDS_RANGES, want)
#define TEXTS(string, want) divided(__LINE__, string, WORDS_TEXTS, want)

static void
quoted(const char *word, const char *want)
{
	struct buf out = { 0 };

	CHECK(words_quote(&out, word, strlen(word)) == 0 && strcmp(buf_string(&out), want) == 0);
	buf_free(&out);
}

static void
shown(const char *word, const char *want)
{
	struct buf out = { 0 };

	CHECK(words_show(&out, word) == 0 && strcmp(buf_string(&out), want) == 0);
	buf_free(&out);
}

int
main(void)
{
	shown("sales.csv", "sales.csv");
	shown("csv:a b", "'csv:a b'");
	shown(".qty>4", "'.qty>4'");
	shown("", "''");
	quoted("", "''");
	quoted("a b", "'a b'");
	quoted("it's", "'it'\\''s'");
	quoted("'", "''\\'''");
	PLAIN("", "");
	PLAIN(" \t\n", "");
	PLAIN("a", "a|");
	PLAIN(" a\tb\n c ", "a|b|c|");
	PLAIN(".\"a b\"", ".\"a|b\"|");
	RANGES("w1 f2,3-4", "w1|f2,3-4|");
	RANGES(".\"a b\"", ".\"a b\"|");
	RANGES("w1\n.\"a b\".\"c\td\"[1] w2", "w1|.\"a b\".\"c\td\"[1]|w2|");
	RANGES(".\"a \\\" b\" w2", ".\"a \\\" b\"|w2|");
	RANGES("(w1,.\"a b\" w2)", "(w1,.\"a b\"|w2)|");
	RANGES("csv \"a b\" w2", "csv|\"a b\"|w2|");
	RANGES("csv \"a \"\" b\" w2", "csv|\"a \"\" b\"|w2|");
	RANGES("(CSV \"a b\",w2)", "(CSV|\"a b\",w2)|");
	RANGES("fs \" f2 ws , w1", "fs|\"|f2|ws|,|w1|");
	RANGES("fieldsep .\" f2", "fieldsep|.\"|f2|");
	RANGES("\"a b\"", "\"a|b\"|"); /* no name can be here */
	RANGES(".\"a b", ".\"a|b|");   /* this name is not closed */
	RANGES("csv \"a b", "csv|\"a|b|");
	RANGES(".\". w2 .\"", ".\". w2 .\"|");
	TEXTS(".\". w2 .\"", ".\".|w2|.\"|"); /* a text between dots */
	TEXTS(".\"a b\" /x/", ".\"a b\"|/x/|");
	return unit_end("words");
}
