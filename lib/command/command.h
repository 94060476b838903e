#ifndef COMMAND_H
#define COMMAND_H

/*
 * command: how every command of the family begins and ends (rec(7)): how its input ended and what
 * became of its outputs, made into messages, end marks and the exit status, in one place.
 */

#include <stddef.h>

#include "command/die.h"
#include "endpoint/endpoint.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

/*
 * To be called first in main: die_start, the locale, and the environment's settings. Ends with
 * EX_USAGE if one of these is wrong.
 */
void command_start(const struct die_usage *);

/*
 * The same for a command that writes a record stream to standard output. As long as no output is
 * open, die and die_usage then also write an end mark with the status and the message there, if it
 * is a pipe or socket, so that the next command knows why nothing comes.
 *
 * unless: options and words with which the command writes something else, such as "-c --count
 * help": if one may be among argv, nothing is written. NULL: it writes no record stream at all.
 * argv and unless are borrowed, and must outlive the program.
 */
void command_start_stream(const struct die_usage *, char *const argv[], const char *unless);

/*
 * Open standard input and standard output as record streams. They end the process if that is
 * impossible (EX_USAGE for a terminal as the input: nothing was read or written).
 * command_no_terminal makes only that check, for a command whose operand names standard input.
 */
void command_in(struct rec_in *);
void command_no_terminal(void);
void command_out(struct rec_out *);

/*
 * Ends the process (EX_USAGE) if one of these inputs, or standard input if count is 0, is the
 * regular file that standard output goes to, by whatever name: it would grow while it is read, or
 * be overwritten. An empty file is allowed if it is the only input.
 *
 * To be called before anything is read or written, for inputs that operands name, and before bytes
 * are written. command_out does so for standard input.
 */
void command_apart(char *const names[], size_t count);

/*
 * The same, but for what an option writes to the endpoint `output`, before it is opened: beside the
 * records, so that the file of a framing (csv:x), which is replaced only at the end, would lose
 * them, too.
 */
void command_apart_from(const char *output, char *const names[], size_t count);

/*
 * A failure, for the command's end marks: its own, with a status and one line without the program's
 * name; or that of an input's producer. Zeros: none.
 */
struct command_fault {
	int status; /* 0: none */
	struct buf reason;
	struct buf passed; /* private: what the input's end mark says, which is passed on unchanged */
	int upstream;      /* to be read: the status is the producer's */
};

/* Prints the message, and notes the failure if it is the first one. */
void command_fail(struct command_fault *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Opens an output that an option or operand names, and warns if it is probably a mistake
 * (endpoint_doubt). Returns 0; or -1 after a failure that is noted, such as that it is the file
 * that standard input is read from. To be called after command_in.
 */
int command_out_to(struct endpoint *, const char *name, struct rec_out *, struct command_fault *);

/* Reports, by command_fail, that an output has failed, and why. */
void command_out_failed(const struct rec_out *, struct command_fault *);

/*
 * Gives a Ctrl-C the time to end this process too, before it reports what the death of another one
 * means for it: the processes of a pipeline do not get that signal at one moment. Waits 30 ms, but
 * only once in the life of the process, and only if its job has the terminal.
 */
void command_moment(void);

/*
 * Ends one of several inputs: closes and frees it, reports what is wrong with it, and notes that.
 * To be called before command_end.
 */
void command_end_input(struct rec_in *, struct command_fault *);

/*
 * Ends a command: closes in, ends every open output with an end mark that says how it went, and
 * prints a line for each fault that is found here. Standard output is last. in is NULL if the
 * command has no record input, or has ended its inputs by command_end_input; fault may be NULL.
 * next: the watermark for the end marks (in->next if there is an input).
 *
 * If the record stream ends in this command (it has no output), it also reports what the input's
 * end mark says, and losses. Returns the exit status.
 */
int command_end(struct rec_in *, struct command_fault *, uint64_t next);

/*
 * To be called before that by a command in which the record stream ends although it has a record
 * output, for what is left of it.
 */
void command_stream_ends(void);

/*
 * After that, if a command has written bytes to standard output: closes it. Returns status; or
 * EX_IOERR, with a message, if status is 0 and closing failed.
 */
int command_close(int status);

#endif
