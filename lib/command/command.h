#ifndef COMMAND_H
#define COMMAND_H

/*
 * command: how every command of the family begins and ends (DESIGN section 5): from how its input ended and how its outputs
 * fared to messages, end marks and the exit status, in one place.
 */

#include <stddef.h>

#include "command/die.h"
#include "endpoint/endpoint.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

/* To be called first in main: die_start, the locale, and the environment's settings (EX_USAGE where one is wrong). */
void command_start(const struct die_usage *);

/*
 * The same for a command that writes a record stream to standard output: then die and die_usage, as long as no output is open, write an
 * end mark with the status and message there if it is a pipe or socket, so that the next command knows why nothing comes. unless: options and words with which it
 * writes something else, such as "-c --count help": if one may be among argv, nothing is written. NULL: it writes none at all.
 */
void command_start_stream(const struct die_usage *, char *const argv[], const char *unless);

/* Standard input and standard output as record streams. End the process where that is impossible (EX_USAGE for a terminal
 * as the input: nothing was read or written). */
void command_in(struct rec_in *);
void command_no_terminal(void); /* only that check, where standard input is named by an operand */
void command_out(struct rec_out *);

/*
 * Ends the process (EX_USAGE) if one of these inputs, or standard input if count is 0, is the regular file that standard output goes to,
 * by whatever name: it would grow while it is read, or be written over. Before anything is read or written. command_out does so for
 * standard input; for inputs that operands name, and before bytes are written, it is to be called. An empty file is no matter if it
 * is the only input.
 */
void command_apart(char *const names[], size_t count);

/* A failure, for the command's end marks: of its own, status and one line without the program's name; or an input's producer's. */
struct command_fault {
	int status; /* 0: none */
	struct buf reason;
	struct buf passed; /* private: what the input's end mark says, which is passed on as it stands */
	int upstream;      /* private: the status is the producer's */
};

/* Notes a failure; the first one stays. Says it on standard error. */
void command_fail(struct command_fault *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Opens an output that an option or operand names, and warns if it is hardly meant so (endpoint_doubt). Returns 0; or -1 after a failure
 * that is noted: also if it is the file that standard input is read from. command_in comes before.
 */
int command_out_to(struct endpoint *, const char *name, struct rec_out *, struct command_fault *);

/* The end of one of several inputs: closes and frees it, says what is wrong with it, and notes that. Before command_end. */
void command_end_input(struct rec_in *, struct command_fault *);

/*
 * The end of a command: closes in (NULL: the command has no record input, or several, see above), ends every open output, the last opened first and
 * so standard output last, each with an end mark that tells how it went, and prints a line for each fault found here.
 * next: the watermark for the end marks (in's, where there is in: give in->next). Where the record stream ends in this
 * command (no output), what the input's end mark tells is printed, and losses are.
 * Returns the exit status.
 */
int command_end(struct rec_in *, struct command_fault *, uint64_t next);

/* After that, where a command has written bytes to standard output: closes it. Returns status; or EX_IOERR where status is 0
 * and closing failed, which it says. */
int command_close(int status);

#endif
