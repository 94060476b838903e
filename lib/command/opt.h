#ifndef OPT_H
#define OPT_H

/*
 * opt: arguments of options, read and checked. A command passes the option as it is written
 * ("--size") and the argument that the user gave. A wrong argument ends the process by die_usage
 * with "OPTION ARGUMENT: wrong", so a function that returns has a good value. num.h has the
 * syntaxes.
 */

#include <stdint.h>

#include "base/buf.h"

/*
 * Return the number of bytes (64K, 2G), of things (10, 5k), or the decimal number, from least to
 * most.
 */
uint64_t opt_size(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong);
uint64_t opt_count(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong);
uint64_t opt_digits(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong);

/* Returns the milliseconds (500ms, 2m), from least to most. */
uint64_t opt_duration(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong);

/*
 * -n, --every and their like: returns a number of records of at least `least`, with a message of
 * its own.
 */
uint64_t opt_records(const char *option, const char *argument, uint64_t least);

/*
 * --spill-max SIZE: returns how many bytes a temporary file may have. OPT_SPILL_MAX is the usual
 * value.
 */
#define OPT_SPILL_MAX (UINT64_C(1) << 30)
uint64_t opt_spill_max(const char *argument);

/*
 * To be called for each option that getopt_long returns: ends the process if it takes an argument
 * and was given before. The letters and the list are those of getopt_long.
 */
struct option;
void opt_once(int c, const char *letters, const struct option *longs);

/* Options of other commands, "-k" or "--by", and what is written instead. */
struct opt_habit {
	const char *option, *mend;
};

/* As die_option, but tells what is written instead of an option in the list. */
_Noreturn void opt_unknown(int c, char *const argv[], const struct opt_habit *habits, size_t count);

/* --key: ends the process if the argument is an option, since the argument was left out. */
void opt_key(const char *argument);

/*
 * A word that is no part of a record: if it is an expression, replaces error by a line that tells
 * how rec-map makes a part of it. Returns 1 if so, else 0.
 */
int opt_expression(const char *word, struct buf *error);

/* --until any or all: returns 1 for any, 0 for all. */
int opt_until_any(const char *argument);

/*
 * --else ENDPOINT, which phrases have too, so the process does not end. Returns 0 if the endpoint
 * may be the second output; or -1 and appends a line to error if it is none, or is standard output.
 */
int opt_else(const char *argument, struct buf *error);

/* The same for another option, such as --bad. */
int opt_output(const char *option, const char *argument, struct buf *error);

/*
 * The last line of a command with --bad: `first` is what was wrong with the first of count records
 * that went to the endpoint `name`, count > 0, and status the exit status so far. Only if that is 0
 * they are certain to be there; else the line gives their number, after `what`. Returns the exit
 * status.
 */
int opt_tell_bad(struct buf *first, uint64_t count, const char *name, const char *what, int status);

/*
 * An operand that a filter does not take: if it names a regular file, replaces error by a line that
 * says how the command reads that. Returns 1 if so, else 0.
 */
int opt_file(const char *operand, struct buf *error);

/*
 * Ends the process by die_usage with that line or, if it names no file, with "OPERAND: wrong"; or
 * says that options come first, if it looks like one.
 */
_Noreturn void opt_operand(const char *operand, const char *wrong);

#endif
