#ifndef ARGFILL_H
#define ARGFILL_H

/*
 * argfill: the words of a COMMAND, with records in place of {} and a number in place of {%}. A
 * record is part of one word, or a word, whatever its bytes are: no shell sees it.
 */

#include <stddef.h>

#include "base/buf.h"
#include "record/held.h"

/* Zeros are the beginning. */
struct argfill {
	/* to be read, set by argfill_look */
	char *const *words;
	int takes;          /* some word has {}: the records are arguments */
	int within;         /* some word has {} and other bytes */
	int varies;         /* the first word, which names what is run, has {} or {%} */

	/* private */
	int numbered;       /* some word has {%} */
	struct buf text;    /* the words, each with its NUL */
	struct buf starts;  /* the offsets in text where they begin, size_t each */
	char **argv;
	size_t room;
};

/* Takes the words, with NULL at the end. They are borrowed. */
void argfill_look(struct argfill *, char *const *words);

/*
 * Returns the words for the records of a list (by next). A word that is only {} becomes one word
 * for each record. If {} is within a word, there must be only one record. The words are valid until
 * the next call. Returns NULL with errno: EINVAL if a record has a NUL byte, which no argument can
 * have; ENOMEM.
 */
char *const *argfill_words(struct argfill *, const struct held *records, size_t number);

void argfill_free(struct argfill *);

#endif
