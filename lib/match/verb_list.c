/*
 * verb_list: the strings and expressions of a verb, one by one and in lists. The expressions of a
 * list are joined to alternatives of a few automata. If each has a text that all its matches
 * contain, these texts, the sieve, are searched for first, and the automata only judge the records
 * that have one.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/ere_parse.h"
#include "match/verb.h"
#include "match/verb_private.h"

int
verb_add_text(struct verb *s, const char *text, size_t len)
{
	if (s->count == s->room) {
		size_t room = s->room > 0 ? 2 * s->room : 4;
		struct scan_text *more = reallocarray(s->texts, room, sizeof *more);

		if (more == NULL)
			return -1;
		s->texts = more;
		s->room = room;
	}
	if (scan_text_init(&s->texts[s->count], text, len, s->ignore_case) < 0)
		return -1;
	s->count++;
	s->empty_text |= len == 0;
	return 0;
}

static int
ere_flags(const struct verb *s)
{
	return ere_locale_flags() | (s->ignore_case ? ERE_IGNORE_CASE : 0) | (s->each_line ? ERE_EACH_LINE : 0);
}

int
verb_add_ere(struct verb *s, const char *pattern, size_t len, struct buf *error)
{
	struct ere *more = reallocarray(s->eres, s->eres_count + 1, sizeof *more);

	if (more == NULL) {
		(void)buf_adds(error, "out of memory");
		errno = ENOMEM;
		return -1;
	}
	s->eres = more;
	if (ere_compile(&s->eres[s->eres_count], pattern, len, ere_flags(s), error) < 0)
		return -1;
	s->eres_count++;
	return 0;
}

/* ---- lists ---- */

/*
 * Number of expressions of one automaton, at most. The states that data leads to hold all that may
 * have begun, so those of more expressions would not fit into its memory: 1,000 in one took more
 * than 30 times as long as in 16.
 */
enum { TOGETHER = 64 };

/* The lines of a list. */
struct list {
	const char *name;
	const char *data;
	size_t *ends; /* line i is data[ends[i - 1] + 1, ends[i]); the first one begins at 0 */
	size_t count;
};

static size_t
start_of(const struct list *l, size_t i)
{
	return i == 0 ? 0 : l->ends[i - 1] + 1;
}

/* Puts before the line of error, which begins at `from`, the line of the list that it is about. */
static int
blame(const struct list *l, size_t i, struct buf *error, size_t from)
{
	struct buf why = { 0 };

	if (buf_add(&why, error->data + from, error->len - from) == 0) {
		error->len = from;
		(void)buf_addf(error, "%s: line %zu: %s", l->name, i + 1, buf_string(&why));
	}
	buf_free(&why);
	return -1;
}

/* Finds the lines. Returns 0, or -1 with errno ENOMEM. */
static int
find_lines(struct list *l, const char *data, size_t len)
{
	size_t newlines = scan_count(data, len, '\n'), at = 0;

	l->data = data;
	l->count = newlines + (len > 0 && data[len - 1] != '\n');
	if (l->count == 0)
		return 0;
	if ((l->ends = calloc(l->count, sizeof *l->ends)) == NULL)
		return -1;
	for (size_t i = 0; i < l->count; i++) {
		l->ends[i] = scan_byte(data, len, at, '\n');
		at = l->ends[i] + 1;
	}
	return 0;
}

/*
 * Adds to the sieve a text that every match of an expression contains, or notes that there is none.
 * Returns 0, or -1 with errno ENOMEM.
 */
static int
sift(struct verb *s, const struct ere_tree *tree)
{
	struct ere_literals literals = { 0 };
	int result = ere_parse_literals(tree, &literals);
	const struct buf *longest = &literals.text[literals.longest];

	if (result == 0 && literals.count > 0)
		result = verb_add_text(s, longest->data, longest->len);
	else
		s->no_sieve = 1;
	ere_literals_free(&literals);
	return result;
}

/*
 * Parses each expression by itself, so that an error is that of its line, and so that a bracket of
 * one cannot be closed by another.
 */
static int
parse(struct verb *s, const struct list *l, struct buf *error)
{
	for (size_t i = 0; i < l->count; i++) {
		struct ere_tree tree = { 0 };
		size_t start = start_of(l, i), from = error->len;
		int result = ere_parse(&tree, l->data + start, l->ends[i] - start, ere_flags(s), error), cause = errno;

		if (result < 0 && cause != ENOMEM) {
			(void)blame(l, i, error, from);
		} else if (result == 0 && !s->no_sieve && (result = sift(s, &tree)) < 0) {
			error->len = 0;
			(void)buf_adds(error, "out of memory");
		}
		ere_tree_free(&tree);
		if (result < 0)
			return -1;
	}
	return 0;
}

/*
 * Compiles the expressions of lines [from, to) to one automaton, or to several if one would be too
 * large. A newline between two is replaced by a |, which binds less than all else.
 */
static int
compile(struct verb *s, const struct list *l, size_t from, size_t to, struct buf *error)
{
	size_t start = start_of(l, from), len = l->ends[to - 1] - start, had = error->len;
	size_t middle = from + (to - from) / 2;
	struct buf joined = { 0 };
	int result;

	if ((to - from <= TOGETHER && len <= ERE_PATTERN_MAX) || to - from == 1) {
		if (buf_add(&joined, l->data + start, len) < 0) {
			(void)buf_adds(error, "out of memory");
			return -1;
		}
		for (size_t i = from; i < to - 1; i++)
			joined.data[l->ends[i] - start] = '|';
		result = verb_add_ere(s, len > 0 ? joined.data : "", len, error);
		buf_free(&joined);
		if (result == 0 || errno != E2BIG)
			return result;
		if (to - from == 1)
			return blame(l, from, error, had);
		error->len = had;
	}
	result = compile(s, l, from, middle, error);
	return result < 0 ? result : compile(s, l, middle, to, error);
}

enum verb_list
verb_lists(const struct verb *s)
{
	return s->verb->list;
}

int
verb_list(struct verb *s, const char *name, const char *data, size_t len, struct buf *error)
{
	struct list l = { .name = name };
	int result = find_lines(&l, data, len);

	s->listed = 1;
	if (result < 0) {
		(void)buf_adds(error, "out of memory");
	} else if (s->verb->list == VERB_LIST_ERES) {
		if ((result = parse(s, &l, error)) == 0 && l.count > 0)
			result = compile(s, &l, 0, l.count, error);
	} else {
		for (size_t i = 0; i < l.count && result == 0; i++)
			result = verb_add_text(s, data + start_of(&l, i), l.ends[i] - start_of(&l, i));
		if (result < 0)
			(void)buf_adds(error, "out of memory");
	}
	free(l.ends);
	return result;
}
