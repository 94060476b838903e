#ifndef WORDS_H
#define WORDS_H

/*
 * words: a string divided into words as the shell would give them to range_all: an option's RANGES (--key, --merge), and a phrase in
 * one string. Words stand between blanks (spaces, tabs, newlines); in a range a name in quotes (."odd name", csv "odd name") is not
 * divided.
 */

#include <stddef.h>

enum words_kind {
	WORDS_PLAIN,  /* divided at each blank */
	WORDS_RANGES, /* ranges: not within a name in quotes */
	WORDS_TEXTS   /* the same, but a word that is a text by itself (delimited.h) ends at the next blank */
};

/* Divides s in place. words has room for strlen(s) / 2 + 1 of them, which point into s. Returns how many there are. */
size_t words_divide(char *s, enum words_kind, char **words);

/* A copy of a string, divided. A struct of zeros is valid and has no words. */
struct words {
	char **list;
	size_t count;
	char *copy; /* private */
};

/* Returns 0, or -1 with errno ENOMEM. */
int words_init(struct words *, const char *string, enum words_kind);
void words_free(struct words *);

#endif
