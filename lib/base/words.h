#ifndef WORDS_H
#define WORDS_H

/*
 * words: divides a string into the words that a shell would give: an option's RANGES (--key,
 * --merge), or a phrase in one string. Words are separated by spaces, tabs and newlines. In a
 * range, a name in quotes (."odd name", csv "odd name") is not divided.
 */

#include <stddef.h>

#include "base/buf.h"

enum words_kind {
	WORDS_PLAIN,  /* each of these divides */
	WORDS_RANGES, /* but none within a name in quotes */
	WORDS_TEXTS   /* as WORDS_RANGES, but a word that is a text (delimited.h) up to the next space ends there */
};

/*
 * Divides s in place: ends each word by a NUL, and stores pointers to them, into s, in words, which
 * has room for strlen(s) / 2 + 1 of them. Returns the number of words. Cannot fail.
 */
size_t words_divide(char *s, enum words_kind, char **words);

/* Appends the word in quotes of the shell. Returns 0, or -1 with errno ENOMEM. */
int words_quote(struct buf *, const char *word, size_t len);

/* The same for a message: without quotes if the shell takes the word as it is. */
int words_show(struct buf *, const char *word);

/* The words of a copy of a string. A struct of zeros is valid and has no words. */
struct words {
	char **list;
	size_t count;
	char *copy; /* private */
};

/*
 * Copies and divides a string. Returns 0; or -1 with errno ENOMEM, and then there are no words.
 * words_free frees the copy.
 */
int words_init(struct words *, const char *string, enum words_kind);
void words_free(struct words *);

#endif
