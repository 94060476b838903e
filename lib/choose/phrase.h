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
#include "choose/names.h"
#include "command/command.h"
#include "match/verb.h"
#include "record/block.h"
#include "stream/rec_in.h"

enum { PHRASE_EACH_LINE = 256, PHRASE_TEXTS, PHRASE_ERES }; /* options without a letter */

#define PHRASE_LETTERS "e:F:Hi" /* -H: only to refuse it */
#define PHRASE_LONGS                                                                                          \
	{ "text", required_argument, NULL, 'e' }, { "separator", required_argument, NULL, 'F' },              \
	    { "header", no_argument, NULL, 'H' }, { "ignore-case", no_argument, NULL, 'i' },                  \
	    { "each-line", no_argument, NULL, PHRASE_EACH_LINE },                                             \
	    { "texts", required_argument, NULL, PHRASE_TEXTS }, { "eres", required_argument, NULL, PHRASE_ERES }

/* A struct of zeros is valid. */
struct phrase {
	struct verb verb;
	int options; /* number of the phrase's own options given */
	struct names names;
	int status; /* after -1 of a function here: the exit status, EX_USAGE or what a file demands */

	/* private */
	char **texts; /* arguments of -e, borrowed; the array is owned. The verb gets them when -i is known */
	size_t count;
	struct phrase_list {
		int option;
		const char *path; /* borrowed */
	} *lists; /* the same of --texts and --eres */
	size_t lists_count;
	char *held;   /* the words of phrase_string */
	int bad;      /* there was no memory for a text or a list */
	int ended;    /* the last call of getopt has found an operand */
	int skip;     /* number of words before those that getopt sees */
	struct command_fault *fault; /* of phrase_follow */
};

/*
 * getopt_long for a command with a phrase (letters begin with "+:"): takes the phrase's own
 * options, and returns the next option that is the command's, or -1 before the next operand. Once
 * the verb is known, a word that begins with - and no letter is an operand. 'H' is returned for the
 * old option -H, which all commands refuse with NAMES_NO_HEADER.
 */
int phrase_getopt(struct phrase *, int argc, char **argv, const char *letters, const struct option *longs);

/*
 * Takes the verb; then, after the options that follow it, the words that are left, and reads the
 * files of --texts and --eres. Each returns 0, or -1 with a line in error and the status.
 */
int phrase_verb(struct phrase *, const char *name, struct buf *error);
int phrase_operands(struct phrase *, char *const words[], size_t count, struct buf *error);

/*
 * Takes a whole phrase in one string, such as "-F , locate f3 /a b/", instead of all of the above.
 * Copies the string; does not use getopt. Returns 0, or -1 with a line in error and the status.
 *
 * Spaces, tabs and newlines divide the string into words. Options and their arguments, the verb,
 * and ranges are such words; in a range, a name in quotes (."odd name") is not divided. range_take
 * decides where the ranges end. After them, or after a verb that takes none, a word that begins
 * with punctuation is a text (delimited.h): it goes on, spaces included, to the second occurrence
 * of that character, and from there to the next space, so that a message can show it; to the end of
 * the string if there is no second one. A verb whose operand is all the rest (VERB_REST) gets the
 * string from the first word after the verb, or after the last option that follows it, to its end,
 * undivided.
 */
int phrase_string(struct phrase *, const char *string, struct buf *error);

/*
 * Returns -1 with a line in error if that string and the next word look like a phrase that is not
 * in one word, such as locate /a/: a verb alone, and then a word that can be neither a file nor a
 * program, because it ends in a slash, or, after where, a condition. Returns 0 if they do not. To
 * be called before phrase_string.
 */
int phrase_one_word(const char *string, const char *next, struct buf *error);

/*
 * The records that follow have that table, or with NULL none: for the hook `tabled` of the input.
 * Returns 0; or -1 after it has reported why the phrase does not go with the table, and noted that
 * in the fault.
 */
int phrase_table(struct phrase *, const struct table *, struct command_fault *);

/* Sets the hook of an open input to do just that. Phrase and fault must live as long as it does. */
void phrase_follow(struct phrase *, struct rec_in *, struct command_fault *);

/*
 * Judges the records of a data block. Returns how many satisfy the phrase: those whose bits in
 * verb.hits are 1. Reports a lack of memory, and notes it in the fault; then the bits mean nothing.
 */
uint32_t phrase_judge(struct phrase *, const struct block *, struct command_fault *);

/* Reports that, a line and the status of the phrase, and ends the process. */
_Noreturn void phrase_refuse(const struct phrase *, struct buf *error);

/* Frees all memory. Before that, it says that no name was found, if so (names.h). */
void phrase_free(struct phrase *);

#endif
