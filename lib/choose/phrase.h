#ifndef PHRASE_H
#define PHRASE_H

/*
 * phrase: one of rec-filter's verbs with its options and operands, for all commands that take it:
 *
 *   [options] VERB [options] [OPERAND ...]
 *
 * either in words of the command line, or all of it in one string. The phrase's own options are in
 * the macros below. A command puts them into its tables for getopt_long, so that a new option of
 * the verbs is added in one place.
 */

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "command/command.h"
#include "match/verb.h"
#include "record/block.h"

enum { PHRASE_EACH_LINE = 256 }; /* an option without a letter */

#define PHRASE_LETTERS "e:F:Hi"
#define PHRASE_LONGS                                                                                          \
	{ "text", required_argument, NULL, 'e' }, { "separator", required_argument, NULL, 'F' },              \
	    { "header", no_argument, NULL, 'H' }, { "ignore-case", no_argument, NULL, 'i' },                  \
	    { "each-line", no_argument, NULL, PHRASE_EACH_LINE }

/* A struct of zeros is valid. */
struct phrase {
	struct verb verb;
	int options; /* number of the phrase's own options given, without -H, which needs no verb */

	/* private */
	char **texts; /* arguments of -e, borrowed; the array is owned. The verb gets them when -i is known */
	size_t count;
	char *held;   /* the words of phrase_string */
	int bad;      /* there was no memory for a text */
	int ended;    /* the last call of getopt has found an operand */
	int skip;     /* number of words before those that getopt sees */
};

/*
 * getopt_long for a command with a phrase (letters begin with "+:"): takes the phrase's own
 * options, and returns the next option that is the command's, or -1 before the next operand. Once
 * the verb is known, a word that begins with - and no letter is an operand.
 */
int phrase_getopt(struct phrase *, int argc, char **argv, const char *letters, const struct option *longs);

/*
 * Takes the verb; then, after the options that follow it, the words that are left. Each returns 0,
 * or -1 with a line in error.
 */
int phrase_verb(struct phrase *, const char *name, struct buf *error);
int phrase_operands(struct phrase *, char *const words[], size_t count, struct buf *error);

/*
 * Takes a whole phrase in one string, such as "-F , locate f3 /a b/", instead of all of the above.
 * Copies the string; does not use getopt. Returns 0, or -1 with a line in error.
 *
 * Spaces, tabs and newlines divide the string into words. Options and their arguments, the verb,
 * and ranges are such words; in a range, a name in quotes (."odd name", csv "odd name") is not
 * divided. range_take decides where the ranges end. After them, or after a verb that takes none, a
 * word that begins with punctuation is a text (delimited.h): it goes on, spaces included, to the
 * second occurrence of that character, and from there to the next space, so that a message can show
 * it; to the end of the string if there is no second one. A verb whose operand is all the rest
 * (VERB_REST) gets the string from the first word after the verb, or after the last option that
 * follows it, to its end, undivided.
 */
int phrase_string(struct phrase *, const char *string, struct buf *error);

/*
 * Returns -1 with a line in error if that string and the next word look like a phrase that is not
 * in one word, such as locate /a/: a verb alone, and then a word that can be neither a file nor a
 * program, because it ends in a slash. Returns 0 if they do not.
 */
int phrase_one_word(const char *string, const char *next, struct buf *error);

/*
 * With -H the first record of a stream names the columns: it always passes, and is not judged.
 * Returns 1 if that record is the first of this data block, takes it into account, and sets
 * verb.header to 0; else returns 0. A command that does not call phrase_judge calls this for each
 * data block. If the record lacks a name that is needed, reports that and notes it in the fault.
 */
uint32_t phrase_header(struct phrase *, const struct block *, struct command_fault *);

/*
 * Judges the records of a data block: phrase_header, then verb_judge. *header is what phrase_header
 * returned; if it is 1, the first record's bit in verb.hits is 0. Returns how many records satisfy
 * the phrase. Reports a failure (the header, memory) and notes it in the fault; then the bits mean
 * nothing.
 */
uint32_t phrase_judge(struct phrase *, const struct block *, uint32_t *header, struct command_fault *);

void phrase_free(struct phrase *);

#endif
