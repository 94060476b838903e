#ifndef RANGE_LEX_H
#define RANGE_LEX_H

/*
 * range_lex: private to range*.c. Reads keywords, numbers and separators from the words of the
 * shell that name parts of a record.
 *
 * The words are read one after another as if spaces were between them, so "(w1 w3)" and "w1 w3" may
 * be one word or several. Only an operand of csv, ws or fs that begins a word of the shell is that
 * whole word: a column's name may have spaces in it.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/range.h"
#include "match/range_step.h"

struct range_reader {
	struct range *range; /* what is built */
	char *const *words;
	size_t count;        /* of words */
	size_t at;           /* words[at] is being read; count at the end */
	const char *p;       /* the next character, in words[at] */
	int texts;           /* 1: after the parts there may be words that are no parts, such as /text/ */
	int depth;           /* number of parentheses that are open */
	int nested;          /* number of substr that are open */
	struct buf *error;   /* gets a line if something is wrong */
};

enum range_keyword {
	RANGE_KEY_NONE,
	RANGE_KEY_WORD,
	RANGE_KEY_FIELD,
	RANGE_KEY_CSV,
	RANGE_KEY_WS, /* the separator of words */
	RANGE_KEY_FS, /* the separator of fields */
	RANGE_KEY_SUBSTR
};

static inline int
range_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * Returns the length of the token at p, which ends before a space, tab, newline, comma or
 * parenthesis.
 */
size_t range_token(const char *p);

/* Returns 1 if p begins as a range of numbers does, or 0. */
int range_is_number(const char *p);

/*
 * Each adds a message to r->error and returns -1. range_wrong_word adds how a text is written, if
 * the whole word may have been meant as one.
 */
int range_wrong(struct range_reader *, const char *format, ...) __attribute__((format(printf, 2, 3)));
int range_wrong_word(struct range_reader *, const char *format, ...) __attribute__((format(printf, 2, 3)));
int range_no_memory(struct range_reader *);

/*
 * Skips spaces, over the ends of words too. Returns 1 if r->p is at something to read, or 0 if
 * there is no more.
 */
int range_skip_spaces(struct range_reader *);

/* Reads a keyword at r->p. Returns it, or RANGE_KEY_NONE, with r->p as before, if there is none. */
enum range_keyword range_read_keyword(struct range_reader *);

/*
 * Reads a number of at most 32 bits at p, with a minus if sign is 1. An asterisk is read as the
 * value `asterisk`, unless that is 0. Returns the place after the number, or NULL if there is none.
 */
const char *range_read_number(const char *p, int64_t *value, int64_t asterisk, int sign);

/*
 * Reads the token at r->p as n, n-m, n-*, n.length, n:m, n;m or *, into from and to of the step.
 * Messages show the text from `word` on, which is r->p or before it. Returns 0; or -1 with a
 * message.
 */
int range_read_span(struct range_reader *, struct range_step *, const char *word);

/*
 * Appends to out the operand of csv, ws or fs. An operand that begins a word of the shell is that
 * whole word; any other ends before a space, tab or newline. That of csv may be in quotes. If it is
 * not in quotes, and is a number, or is in a list or does not begin a word, it ends as any part
 * does. Returns 0, or 1 if it was in quotes; or -1 with a message.
 */
int range_read_value(struct range_reader *, struct buf *out, enum range_keyword);

/* ---- range_refuse.c ---- */

/*
 * Each adds a message that says how what may have been meant is written, and returns -1: csv price,
 * csv(price), and csv(3), which only expressions have; .3 and .3rd; at r->p a dot and n bytes that
 * are no name without quotes, in the path that begins at `path`; and what is no part at all.
 */
int range_refuse_csv(struct range_reader *, const struct buf *name);
int range_refuse_digit(struct range_reader *, const char *path);
int range_refuse_name(struct range_reader *, const char *path, size_t n);
int range_refuse_word(struct range_reader *);

#endif
