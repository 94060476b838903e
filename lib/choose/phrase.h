#ifndef PHRASE_H
#define PHRASE_H

/*
 * phrase: a verb of rec-filter's with its options and operands, as every command takes it that has one:
 *
 *   [options] VERB [options] [OPERAND ...]
 *
 * in words of the command line, or all of it in one string. The phrase's own options are in the macros below, which a command
 * puts into its tables for getopt_long, so that an option of the verbs is added in one place.
 */

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "command/command.h"
#include "match/verb.h"
#include "record/block.h"

enum { PHRASE_EACH_LINE = 256 }; /* of no letter */

#define PHRASE_LETTERS "e:F:Hi"
#define PHRASE_LONGS                                                                                          \
	{ "text", required_argument, NULL, 'e' }, { "separator", required_argument, NULL, 'F' },              \
	    { "header", no_argument, NULL, 'H' }, { "ignore-case", no_argument, NULL, 'i' },                  \
	    { "each-line", no_argument, NULL, PHRASE_EACH_LINE }

/* A struct of zeros is the beginning. */
struct phrase {
	struct verb select;
	int options; /* how many options of the phrase's own have been given, but for -H, which means something without a verb, too */

	/* private */
	char **texts; /* of -e: an array of its own, the texts borrowed. Taken when -i is known */
	size_t count;
	char *held;   /* the words of phrase_string */
	int bad;      /* there was no memory for one */
	int ended;    /* the last call of getopt has found an operand */
	int skip;     /* words before those that getopt sees */
};

/*
 * getopt_long for a command with a phrase (letters begin "+:"): takes the phrase's own options and returns the next one that is
 * the command's, or -1 before the next operand. Once the verb is known, a word of - and no letter is an operand.
 */
int phrase_getopt(struct phrase *, int argc, char **argv, const char *letters, const struct option *longs);

/* The verb; then, when the options behind it have been taken, the words that are left. 0, or -1 with a line in error. */
int phrase_verb(struct phrase *, const char *name, struct buf *error);
int phrase_operands(struct phrase *, char *const words[], size_t count, struct buf *error);

/*
 * A whole phrase as one string, such as "-F , locate f3 /a b/", in place of all of the above. 0, or -1 with a line in error. The
 * string is copied. getopt's variables are afterwards as they were, but opterr is 0: to be called between options or behind them.
 *
 * Its words stand between blanks (spaces, tabs, newlines). Options and their arguments, the verb, and ranges are such words;
 * in a range, a name in quotes (."odd name", csv "odd name") is not divided. Where the ranges end is decided by range_take.
 * Behind them, and with a verb that takes none, a word that begins with punctuation is a text as delimited.h has it, and goes on up to where the same character
 * stands again, blanks included (and from there to the next blank, for a message; without a second one, to the end of the
 * string). A verb whose operand is all the rest (VERB_REST) gets what stands behind the blanks that follow the verb, or
 * the last option behind that, as it stands.
 */
int phrase_string(struct phrase *, const char *string, struct buf *error);

/*
 * 0; -1 with a line in error where that string and the word next behind it look like a phrase that is not in one word, such as
 * locate /a/: a verb alone, and then what can be neither a file nor a program, since it ends in a slash.
 */
int phrase_one_word(const char *string, const char *next, struct buf *error);

/*
 * With -H the first record of a stream names the columns, and always passes: it is not judged. Returns 1 where it is the first
 * one of this data block, takes it into account and sets select.header to 0; else 0. For commands that do not call phrase_judge, for
 * each data block. Where the record lacks a name that is needed, that is said, and noted in the fault.
 */
uint32_t phrase_header(struct phrase *, const struct block *, struct command_fault *);

/*
 * Judges the records of a data block: verb_judge, with phrase_header before it. *header is what that returned: where it is 1, the
 * first record's bit is 0 in select.hits. Returns how many records satisfy the phrase; what fails (the header; memory) is
 * said, and noted in the fault, and then the bits mean nothing.
 */
uint32_t phrase_judge(struct phrase *, const struct block *, uint32_t *header, struct command_fault *);

void phrase_free(struct phrase *);

#endif
