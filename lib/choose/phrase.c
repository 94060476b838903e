/* phrase: see phrase.h. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/words.h"
#include "choose/phrase.h"

/* Takes one of the phrase's own options: 1; 0 for another one. */
static int
take(struct phrase *p, int c, char *argument)
{
	char **more;

	switch (c) {
	case 'e':
		if ((more = reallocarray(p->texts, p->count + 1, sizeof *more)) == NULL) {
			p->bad = 1;
			break;
		}
		p->texts = more;
		p->texts[p->count++] = argument;
		break;
	case 'F':
		p->select.separator = argument;
		break;
	case 'H':
		p->select.header = 1;
		return 1;
	case 'i':
		p->select.ignore_case = 1;
		break;
	case PHRASE_EACH_LINE:
		p->select.each_line = 1;
		break;
	default:
		return 0;
	}
	p->options++;
	return 1;
}

/* A range such as -5, or a condition such as -$1 < 3: options are letters, or long. */
static int
is_operand(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && word[1] != '-' && !isalpha((unsigned char)word[1]);
}

int
phrase_getopt(struct phrase *p, int argc, char **argv, const char *letters, const struct option *longs)
{
	int c;

	/*
	 * Behind an operand that the caller has taken getopt begins anew (optind 0 says so), with the words from there on: it must
	 * not remember a -- that stood before, nor put the operand elsewhere.
	 */
	if (p->ended) {
		p->ended = 0;
		p->skip = optind - 1;
		optind = p->skip;
	}
	do {
		int next = optind > p->skip ? optind : p->skip + 1;

		if (p->select.verb != NULL && next < argc && is_operand(argv[next])) {
			optind = next;
			c = -1;
			break;
		}
		optind -= p->skip;
		c = getopt_long(argc - p->skip, argv + p->skip, letters, longs, NULL);
		optind += p->skip;
	} while (c != -1 && take(p, c, optarg));
	p->ended = c == -1;
	return c;
}

int
phrase_verb(struct phrase *p, const char *name, struct buf *error)
{
	return verb_choose(&p->select, name, error);
}

int
phrase_operands(struct phrase *p, char *const words[], size_t count, struct buf *error)
{
	for (size_t i = 0; i < p->count; i++)
		p->bad |= verb_text(&p->select, p->texts[i]) < 0;
	if (p->bad) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	return verb_operands(&p->select, words, count, error);
}

/* ---- a phrase in one string ---- */

/* Divides s into texts, which end where the same character stands again, and then at a blank. Returns how many. */
static size_t
divide_texts(char *s, char **words)
{
	size_t n = 0;

	for (;;) {
		char *close;

		s += strspn(s, " \t\n");
		if (*s == '\0')
			return n;
		words[n++] = s;
		if (isascii((unsigned char)*s) && ispunct((unsigned char)*s))
			s = (close = strchr(s + 1, *s)) != NULL ? close + 1 : s + strlen(s);
		s += strcspn(s, " \t\n");
		if (*s != '\0')
			*s++ = '\0';
	}
}

/* Divides operands: copy holds what rest does, as often as that is wanted. */
static size_t
divide_operands(const struct phrase *p, const char *rest, char *copy, char **words)
{
	struct range range = { 0 };
	struct buf error = { 0 };
	size_t count = 0, used = 0, at = 0;

	if (verb_takes(&p->select) == VERB_REST) {
		words[0] = copy;
		return copy[0] != '\0';
	}
	if (verb_takes(&p->select) == VERB_RANGES) {
		count = words_divide(copy, WORDS_TEXTS, words);
		/* Of wrong ranges the verb will say what is wrong. */
		if (range_take(&range, words, count, &used, &error) < 0)
			used = count;
		at = used < count ? (size_t)(words[used] - copy) : strlen(rest);
		range_free(&range);
		buf_free(&error);
	}
	memcpy(copy + at, rest + at, strlen(rest + at) + 1);
	return used + divide_texts(copy + at, words + used);
}

/* What getopt_long could not use. It has the value of a long option only where an argument is missing, or there is one too many. */
static void
wrong_option(int c, char *const words[], struct buf *error)
{
	/* musl counts an argument that is missing. */
	const char *word = words[optind - 1] != NULL ? words[optind - 1] : words[optind - 2];

	if (c == ':' && strncmp(word, "--", 2) != 0)
		(void)buf_addf(error, "-%c: an argument is needed", optopt);
	else if (c == ':')
		(void)buf_addf(error, "%s: an argument is needed", word);
	else if (optopt == 0)
		(void)buf_addf(error, "%s: not an option of a verb, or ambiguous", word);
	else if (optopt == PHRASE_EACH_LINE || strchr(PHRASE_LETTERS, optopt) != NULL)
		(void)buf_addf(error, "%s: no argument is allowed", word);
	else
		(void)buf_addf(error, "-%c: not an option of a verb", optopt);
}

/* The phrase in words[1, count), which words_divide made of copy; more is as large as that. */
static int
take_words(struct phrase *p, const char *string, char **words, size_t count, const char *copy, char *more, struct buf *error)
{
	static const char letters[] = "+:" PHRASE_LETTERS;
	static const struct option longs[] = { PHRASE_LONGS, { NULL, 0, NULL, 0 } };
	const char *rest;
	int c;

	if ((c = phrase_getopt(p, (int)count, words, letters, longs)) == -1) {
		if (optind == (int)count) {
			(void)buf_adds(error, "a verb is needed, such as locate");
			return -1;
		}
		if (phrase_verb(p, words[optind++], error) < 0)
			return -1;
		c = phrase_getopt(p, (int)count, words, letters, longs);
	}
	if (c != -1) {
		wrong_option(c, words, error);
		return -1;
	}
	rest = optind < (int)count ? string + (words[optind] - copy) : "";
	memcpy(more, rest, strlen(rest) + 1);
	return phrase_operands(p, words, divide_operands(p, rest, more, words), error);
}

int
phrase_string(struct phrase *p, const char *string, struct buf *error)
{
	size_t len = strlen(string), count;
	char **words = reallocarray(NULL, len / 2 + 3, sizeof *words);
	char *argument = optarg;
	int at = optind, option = optopt, result = -1;

	if (words == NULL || len > INT32_MAX || (p->held = malloc(2 * (len + 1))) == NULL) {
		(void)buf_adds(error, "out of memory");
		free(words);
		return -1;
	}
	memcpy(p->held, string, len + 1);
	words[0] = p->held + 2 * len + 1;
	*words[0] = '\0';
	count = 1 + words_divide(p->held, WORDS_PLAIN, words + 1);
	words[count] = NULL;
	opterr = 0;
	optind = 0;
	result = take_words(p, string, words, count, p->held, p->held + len + 1, error);
	/* Where it stopped within a word it must not go on there. */
	optind = 0;
	words[0] = p->held;
	words[1] = NULL;
	(void)getopt_long(1, words, "+", &(struct option){ 0 }, NULL);
	optind = at;
	optarg = argument;
	optopt = option;
	free(words);
	return result;
}

int
phrase_one_word(const char *string, const char *next, struct buf *error)
{
	size_t n = strlen(next);

	if (strpbrk(string, " \t\n") != NULL || n < 2 || next[0] != '/' || next[n - 1] != '/')
		return 0;
	(void)buf_addf(error, "%s: a phrase is one word: '%s %s'", next, string, next);
	return -1;
}

/* ---- records ---- */

uint32_t
phrase_header(struct phrase *p, const struct block *b, struct command_fault *fault)
{
	struct buf error = { 0 };

	if (!p->select.header || b->count == 0)
		return 0;
	p->select.header = 0;
	if (verb_header(&p->select, b->payload, b->ends[0], &error) < 0)
		command_fail(fault, EX_DATAERR, "%s", buf_string(&error));
	buf_free(&error);
	return 1;
}

uint32_t
phrase_judge(struct phrase *p, const struct block *b, uint32_t *header, struct command_fault *fault)
{
	uint32_t hits;

	*header = phrase_header(p, b, fault);
	hits = fault->status == 0 ? verb_judge(&p->select, b) : 0;
	if (p->select.failed)
		command_fail(fault, EX_OSERR, "out of memory");
	if (*header > 0) {
		hits -= p->select.hits[0] & 1;
		p->select.hits[0] &= ~UINT64_C(1);
	}
	return hits;
}

void
phrase_free(struct phrase *p)
{
	verb_free(&p->select);
	free(p->texts);
	free(p->held);
}
