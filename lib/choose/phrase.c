/* phrase: see phrase.h. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/delimited.h"
#include "base/status.h"
#include "base/words.h"
#include "choose/phrase.h"
#include "command/opt.h"
#include "os/io.h"

enum { LIST_READ = 65536 }; /* number of bytes of a list that are read at once */

static void
add_text(struct phrase *p, char *text)
{
	char **more = reallocarray(p->texts, p->count + 1, sizeof *more);

	if (more == NULL) {
		p->bad = 1;
		return;
	}
	p->texts = more;
	p->texts[p->count++] = text;
}

static void
add_list(struct phrase *p, int option, const char *path)
{
	struct phrase_list *more = reallocarray(p->lists, p->lists_count + 1, sizeof *more);

	if (more == NULL) {
		p->bad = 1;
		return;
	}
	p->lists = more;
	p->lists[p->lists_count++] = (struct phrase_list){ option, path };
}

/* Takes one of the phrase's own options. Returns 1, or 0 if the option is not one of them. */
static int
take(struct phrase *p, int c, char *argument)
{
	switch (c) {
	case 'e':
		add_text(p, argument);
		break;
	case PHRASE_TEXTS:
	case PHRASE_ERES:
		add_list(p, c, argument);
		break;
	case 'F':
		p->verb.separator = argument;
		break;
	case 'i':
		p->verb.ignore_case = 1;
		break;
	case PHRASE_EACH_LINE:
		p->verb.each_line = 1;
		break;
	default:
		return 0;
	}
	p->options++;
	return 1;
}

/*
 * Returns 1 if the word is a range such as -5, or a condition such as -$1 < 3: an option is a
 * letter, or begins with --.
 */
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
	 * After an operand that the caller has taken, getopt begins anew (optind 0 makes it do so)
	 * with the words from there on: it must not remember a -- from before, nor move the
	 * operand.
	 */
	if (p->ended) {
		p->ended = 0;
		p->skip = optind - 1;
		optind = p->skip;
	}
	do {
		int next = optind > p->skip ? optind : p->skip + 1;

		if (p->verb.verb != NULL && next < argc && is_operand(argv[next])) {
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
	p->status = EX_USAGE;
	return verb_choose(&p->verb, name, name, error);
}

/*
 * Returns 1 if fd reads what standard input reads, so that one would take bytes from the other;
 * else 0.
 */
static int
is_input(int fd)
{
	struct stat records, list;

	return fstat(fd, &list) == 0 && fstat(STDIN_FILENO, &records) == 0 &&
	    (S_ISFIFO(list.st_mode) || S_ISSOCK(list.st_mode)) && list.st_dev == records.st_dev &&
	    list.st_ino == records.st_ino;
}

/* Appends all that fd reads. Returns 0, or -1 with errno. */
static int
read_all(int fd, struct buf *data)
{
	ssize_t n;

	do {
		if (buf_reserve(data, LIST_READ) < 0)
			return -1;
		n = io_read(fd, data->data + data->len, LIST_READ);
		data->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

/*
 * Reads the file at path. Returns 0, or -1 with the reason in error and the status.
 */
static int
read_list(struct phrase *p, const char *path, struct buf *data, struct buf *error)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), result = -1;

	if (fd == STDIN_FILENO || (fd >= 0 && is_input(fd))) {
		(void)buf_adds(error, "the records come from standard input; name a file, a FIFO, or <(PROGRAM) in bash");
	} else if (fd < 0) {
		p->status = errno == EACCES || errno == EPERM ? EX_NOPERM : EX_NOINPUT;
		(void)buf_adds(error, strerror(errno));
	} else if ((result = read_all(fd, data)) < 0) {
		p->status = errno == ENOMEM ? EX_OSERR : errno == EISDIR ? EX_NOINPUT : EX_IOERR;
		(void)buf_adds(error, strerror(errno));
	}
	if (fd > STDIN_FILENO)
		(void)close(fd);
	return result;
}

/* Takes a list of --texts or --eres. Returns as phrase_operands does. */
static int
take_list(struct phrase *p, const struct phrase_list *l, struct buf *error)
{
	int texts = l->option == PHRASE_TEXTS, result = -1;
	const char *option = texts ? "--texts" : "--eres";
	struct buf data = { 0 };
	size_t named;

	if (verb_lists(&p->verb) != (texts ? VERB_LIST_TEXTS : VERB_LIST_ERES)) {
		(void)buf_addf(error, "%s goes with %s", option, texts ? "locate and nlocate" : "match and nmatch");
		return -1;
	}
	(void)buf_addf(error, "%s ", option);
	named = error->len;
	(void)buf_addf(error, "%s: ", l->path);
	if (read_list(p, l->path, &data, error) == 0) {
		error->len = named; /* verb_list names the file with its line */
		result = verb_list(&p->verb, l->path, data.len > 0 ? data.data : "", data.len, error);
		if (result == 0)
			error->len = 0;
	}
	buf_free(&data);
	return result;
}

int
phrase_operands(struct phrase *p, char *const words[], size_t count, struct buf *error)
{
	p->status = EX_USAGE;
	for (size_t i = 0; i < p->count; i++)
		p->bad |= verb_text(&p->verb, p->texts[i]) < 0;
	if (p->bad) {
		p->status = EX_OSERR;
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < p->lists_count; i++)
		if (take_list(p, &p->lists[i], error) < 0)
			return -1;
	if (verb_operands(&p->verb, words, count, error) < 0) {
		int options = 0;

		/* A file after an option that came too late may be the option's argument. */
		for (size_t i = 1; i < count; i++)
			options |= delimited_is_option(words[i]);
		if (!p->verb.range.within && !options && count + p->count + p->lists_count > 1 && count > 0)
			(void)opt_file(words[count - 1], error);
		return -1;
	}
	p->names.used = verb_names(&p->verb);
	return 0;
}

/* ---- a phrase in one string ---- */

/*
 * Divides s into texts: each goes on to the second occurrence of the character that it begins with,
 * and from there to the next space. Returns how many there are.
 */
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

/*
 * Divides the operands in copy, which has the same bytes as rest: they are needed again after a
 * first try. Returns how many there are.
 */
static size_t
divide_operands(const struct phrase *p, const char *rest, char *copy, char **words)
{
	struct range range = { 0 };
	struct buf error = { 0 };
	size_t count = 0, used = 0, at = 0;

	if (verb_takes(&p->verb) == VERB_REST) {
		words[0] = copy;
		return copy[0] != '\0';
	}
	if (verb_takes(&p->verb) == VERB_RANGES) {
		count = words_divide(copy, WORDS_TEXTS, words);
		/* If the ranges are wrong, the verb will report it. */
		if (range_take(&range, words, count, &used, &error) < 0)
			used = count;
		at = used < count ? (size_t)(words[used] - copy) : strlen(rest);
		range_free(&range);
		buf_free(&error);
	}
	memcpy(copy + at, rest + at, strlen(rest + at) + 1);
	return used + divide_texts(copy + at, words + used);
}

/*
 * Returns the phrase's long option of that name, which may be abbreviated; NULL if there is none,
 * or more than one.
 */
static const struct option *
find_long(const char *name, size_t len)
{
	static const struct option longs[] = { PHRASE_LONGS, { NULL, 0, NULL, 0 } };
	const struct option *found = NULL;
	int several = 0;

	for (const struct option *o = longs; o->name != NULL; o++) {
		if (strncmp(o->name, name, len) != 0)
			continue;
		if (o->name[len] == '\0')
			return o;
		several = found != NULL;
		found = o;
	}
	return several ? NULL : found;
}

/*
 * Takes the long option in *word, and perhaps its argument from the next word. Returns the word
 * after it, or NULL with a line in error.
 */
static char **
take_long(struct phrase *p, char **word, struct buf *error)
{
	char *name = *word + 2, *argument = strchr(name, '=');
	const struct option *o = find_long(name, argument != NULL ? (size_t)(argument - name) : strlen(name));

	if (argument != NULL)
		argument++;
	if (o == NULL) {
		(void)buf_addf(error, "%s: not an option of a verb, or ambiguous", *word);
	} else if (o->has_arg == no_argument && argument != NULL) {
		(void)buf_addf(error, "%s: no argument is allowed", *word);
	} else if (o->has_arg == required_argument && argument == NULL && (argument = *++word) == NULL) {
		(void)buf_addf(error, "%s: an argument is needed", word[-1]);
	} else if (o->val == 'H') {
		(void)buf_adds(error, NAMES_NO_HEADER);
	} else {
		(void)take(p, o->val, argument);
		return word + 1;
	}
	return NULL;
}

/* The same for the options in one word of letters, such as -iF. */
static char **
take_short(struct phrase *p, char **word, struct buf *error)
{
	for (char *c = *word + 1; *c != '\0'; c++) {
		const char *letter = *c != ':' ? strchr(PHRASE_LETTERS, *c) : NULL;

		if (letter == NULL) {
			(void)buf_addf(error, "-%c: not an option of a verb", *c);
			return NULL;
		}
		if (*c == 'H') {
			(void)buf_adds(error, NAMES_NO_HEADER);
			return NULL;
		}
		if (letter[1] != ':') {
			(void)take(p, *c, NULL);
			continue;
		}
		if (c[1] == '\0' && *++word == NULL) {
			(void)buf_addf(error, "-%c: an argument is needed", *c);
			return NULL;
		}
		(void)take(p, *c, c[1] != '\0' ? c + 1 : *word);
		break;
	}
	return word + 1;
}

/*
 * Takes options up to the next operand, as phrase_getopt does; NULL ends the words. Returns the
 * operand's place, or NULL with a line in error. (getopt_long would remember where it is in the
 * command line, which is read at the same time.)
 */
static char **
take_options(struct phrase *p, char **word, struct buf *error)
{
	while (word != NULL && *word != NULL && (*word)[0] == '-' && (*word)[1] != '\0') {
		if (strcmp(*word, "--") == 0)
			return word + 1;
		if (p->verb.verb != NULL && is_operand(*word))
			return word;
		word = (*word)[1] == '-' ? take_long(p, word, error) : take_short(p, word, error);
	}
	return word;
}

/*
 * Takes the phrase in words, which words_divide has made of copy, a copy of the string; more has as
 * much room.
 */
static int
take_words(struct phrase *p, const char *string, char **words, const char *copy, char *more, struct buf *error)
{
	const char *rest;
	char **word = take_options(p, words, error);

	if (word == NULL)
		return -1;
	if (*word == NULL) {
		(void)buf_adds(error, "a verb is needed, such as locate");
		return -1;
	}
	if (verb_choose(&p->verb, *word, string + (*word - copy), error) < 0 ||
	    (word = take_options(p, word + 1, error)) == NULL)
		return -1;
	rest = *word != NULL ? string + (*word - copy) : "";
	memcpy(more, rest, strlen(rest) + 1);
	return phrase_operands(p, words, divide_operands(p, rest, more, words), error);
}

int
phrase_string(struct phrase *p, const char *string, struct buf *error)
{
	size_t len = strlen(string);
	char **words = reallocarray(NULL, len / 2 + 2, sizeof *words);
	int result = -1;

	p->verb.range.within = 1;
	p->status = EX_USAGE;
	if (words == NULL || (p->held = malloc(2 * (len + 1))) == NULL) {
		(void)buf_adds(error, "out of memory");
	} else {
		memcpy(p->held, string, len + 1);
		words[words_divide(p->held, WORDS_PLAIN, words)] = NULL;
		result = take_words(p, string, words, p->held, p->held + len + 1, error);
	}
	free(words);
	return result;
}

int
phrase_one_word(const char *string, const char *next, struct buf *error)
{
	size_t n = strlen(next);

	if (strpbrk(string, " \t\n") != NULL)
		return 0;
	if ((n < 2 || next[0] != '/' || next[n - 1] != '/') && (strcmp(string, "where") != 0 || !verb_is_condition(next)))
		return 0;
	(void)buf_addf(error, "%s: a phrase is one word: '%s %s'", next, string, next);
	return -1;
}

/* ---- records ---- */

int
phrase_table(struct phrase *p, const struct table *t, struct command_fault *fault)
{
	struct buf error = { 0 };
	int result = verb_table(&p->verb, t, &error);

	p->names.tabled |= t != NULL;
	if (result < 0)
		command_fail(fault, EX_DATAERR, "%s", buf_string(&error));
	buf_free(&error);
	return result;
}

static int
tabled(struct rec_in *in, const struct table *t)
{
	struct phrase *p = in->tabled_by;

	return phrase_table(p, t, p->fault);
}

void
phrase_follow(struct phrase *p, struct rec_in *in, struct command_fault *fault)
{
	p->fault = fault;
	in->tabled = tabled;
	in->tabled_by = p;
}

uint32_t
phrase_judge(struct phrase *p, const struct block *b, struct command_fault *fault)
{
	uint32_t hits = verb_judge(&p->verb, b);

	names_look(&p->names, b);
	if (p->verb.failed && fault->status == 0)
		command_fail(fault, EX_OSERR, "out of memory");
	return hits;
}

void
phrase_refuse(const struct phrase *p, struct buf *error)
{
	if (p->status == EX_USAGE || p->status == 0)
		die_usage("%s", buf_string(error));
	die(p->status, "%s", buf_string(error));
}

void
phrase_free(struct phrase *p)
{
	(void)names_end(&p->names);
	verb_free(&p->verb);
	free(p->texts);
	free(p->lists);
	free(p->held);
}
