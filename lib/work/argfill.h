#ifndef ARGFILL_H
#define ARGFILL_H

/*
 * argfill: the words of a COMMAND with records in the place of {}, and a number in the place of {%}. What stands in a record is part of one
 * word, or a word, whatever it is: no shell sees it.
 */

#include <stddef.h>

#include "base/buf.h"
#include "record/held.h"

/* Zeros are the beginning. */
struct argfill {
	char *const *words; /* set by argfill_look */
	int takes;          /* some word holds {}: the records are arguments */
	int within;         /* ... and one in which it is not alone */
	int varies;         /* ... the first, which names what is run */

	/* private */
	int numbered;       /* some word holds {%} */
	struct buf text;    /* the words, each with its NUL */
	struct buf starts;  /* where they begin, size_t each */
	char **argv;
	size_t room;
};

/* Takes the words, borrowed, NULL at the end. */
void argfill_look(struct argfill *, char *const *words);

/*
 * The words for the records of a list of holds (by next): where {} is a whole word it becomes one for each record; else there must be only one
 * record. Valid until the next call. NULL with errno: EINVAL where a record holds a NUL byte, which no argument can; ENOMEM.
 */
char *const *argfill_words(struct argfill *, const struct held *records, size_t number);

void argfill_free(struct argfill *);

#endif
