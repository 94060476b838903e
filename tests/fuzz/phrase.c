/*
 * phrase: a phrase as one string: the input's words, which zeros divide, joined by spaces. Whatever
 * it is, the result is a phrase or one line in error, and getopt is not touched. If the same words
 * are a phrase on a command line, and each word with spaces in it is a text after the ranges, both
 * ways must have the same result.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "choose/phrase.h"
#include "fuzz/main.h"

enum { WORDS = 24 };

static const char letters[] = "+:" PHRASE_LETTERS;
static const struct option longs[] = { PHRASE_LONGS, { NULL, 0, NULL, 0 } };

static int
by_words(struct phrase *p, int argc, char **argv, struct buf *error)
{
	opterr = 0;
	optind = 0;
	if (phrase_getopt(p, argc, argv, letters, longs) != -1 || optind == argc ||
	    phrase_verb(p, argv[optind++], error) < 0 || phrase_getopt(p, argc, argv, letters, longs) != -1)
		return -1;
	return phrase_operands(p, argv + optind, (size_t)(argc - optind), error);
}

static int
ends_in(const char *word, const char *end)
{
	size_t n = strlen(word), k = strlen(end);

	return n >= k && strcasecmp(word + n - k, end) == 0;
}

/*
 * Returns 1 if a string can contain the word after the word `before`, by the rules of delimited.h
 * and phrase.h; else 0.
 */
static int
can_say(const char *word, const char *before)
{
	static const char *const takers[] = { "csv", "ws", "wordsep", "wordseparator", "fs", "fieldsep",
		"fieldseparator" };

	if (word[0] != '\0' && word[strcspn(word, " \t\n")] == '\0')
		return 1;
	if (!delimited_is(word) || !ispunct((unsigned char)word[0]) || strchr("*-.(\"", word[0]) != NULL ||
	    before[0] == '-')
		return 0;
	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
		if (ends_in(before, takers[i]))
			return 0;
	return 1;
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct phrase a, b;
	char *argv[WORDS + 2] = { (char[]){ "x" } }, *words, *string;
	struct buf error = { 0 }, ignored = { 0 };
	int argc = 1, sayable = 1, taken;

	words = malloc(len + 1);
	string = malloc(len + 1);
	MUST(words != NULL && string != NULL);
	if (len > 0)
		memcpy(words, data, len);
	words[len] = '\0';
	for (size_t at = 0; at < len; at += strlen(words + at) + 1) {
		if (argc > WORDS)
			words[len = at] = '\0';
		else
			argv[argc++] = words + at;
	}
	argv[argc] = NULL;
	for (int i = 1; i < argc; i++)
		sayable &= can_say(argv[i], argv[i - 1]);
	memcpy(string, words, len + 1);
	for (size_t i = 0; i < len; i++)
		if (string[i] == '\0')
			string[i] = ' ';
	/* No file is read that the input names. */
	if (strstr(string, "--er") != NULL || strstr(string, "--texts") != NULL) {
		free(words);
		free(string);
		return 0;
	}

	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	optind = 3;
	taken = phrase_string(&b, string, &error);
	MUST(optind == 3 && (taken == 0 ? error.len == 0 : taken == -1 && error.len > 0));
	if (sayable && by_words(&a, argc, argv, &ignored) == 0) {
		MUST(taken == 0);
		MUST(a.verb.verb == b.verb.verb && a.verb.ignore_case == b.verb.ignore_case);
		MUST(a.names.used == b.names.used && a.verb.each_line == b.verb.each_line);
		MUST(same(a.verb.separator, b.verb.separator));
		MUST(a.verb.range.count == b.verb.range.count && a.verb.count == b.verb.count);
		for (size_t i = 0; i < a.verb.count; i++)
			MUST(a.verb.texts[i].len == b.verb.texts[i].len &&
			    memcmp(a.verb.texts[i].text, b.verb.texts[i].text, a.verb.texts[i].len) == 0);
	}
	phrase_free(&a);
	phrase_free(&b);
	buf_free(&error);
	buf_free(&ignored);
	free(words);
	free(string);
	return 0;
}
