#ifndef PHRASE_H
#define PHRASE_H

/*
 * phrase: a verb of rec-filter's with its options and operands, as every command takes it that has one:
 *
 *   [options] VERB [options] [OPERAND ...]
 *
 * The phrase's own options are in the macros below, which a command puts into its tables for getopt_long, so that an option of
 * the verbs is added in one place.
 */

#include <getopt.h>
#include <stddef.h>

#include "buf.h"
#include "select.h"

#define PHRASE_LETTERS "e:i"
#define PHRASE_LONGS { "text", required_argument, NULL, 'e' }, { "ignore-case", no_argument, NULL, 'i' }

/* A struct of zeros is the beginning. */
struct phrase {
	struct select select;
	int options; /* how many options of the phrase's own have been given */

	/* private */
	char **texts; /* of -e: an array of its own, the texts borrowed. Taken when -i is known */
	size_t count;
	int bad;   /* there was no memory for one */
	int ended; /* the last call of getopt has found an operand */
	int skip;  /* words before those that getopt sees */
};

/*
 * getopt_long for a command with a phrase (letters begin "+:"): takes the phrase's own options and returns the next one that is
 * the command's, or -1 before the next operand. Once the verb is known, a word of - and a digit is an operand.
 */
int phrase_getopt(struct phrase *, int argc, char **argv, const char *letters, const struct option *longs);

/* The verb; then, when the options behind it have been taken, the words that are left. 0, or -1 with a line in error. */
int phrase_verb(struct phrase *, const char *name, struct buf *error);
int phrase_operands(struct phrase *, char *const words[], size_t count, struct buf *error);

void phrase_free(struct phrase *);

#endif
