#ifndef DIE_H
#define DIE_H

/*
 * die: the program's name, usage, messages and exits. The only room that prints a message or ends
 * the process.
 *
 * A message is one line on standard error, "rec-x: what: reason", written by one write(2), of at
 * most PIPE_BUF bytes. Whatever it names (a file, an argument, a column, the reason in an end mark)
 * is shown as vis.h has it: a newline as ^J, a byte that is not UTF-8 as \xHH, a C1 control as
 * \u{9B}. So it stays one line and cannot drive a terminal. Formats are printf's.
 */

/*
 * What a command says of itself. synopsis: its lines without "usage:", as the page's SYNOPSIS has
 * them, each ended by a newline. options: what -h shows below them. All are borrowed, and must
 * outlive the program (string literals).
 */
struct die_usage {
	const char *name;
	const char *synopsis;
	const char *options;
};

/*
 * To be called first in main. Takes the usage. Fills descriptors 0, 1 and 2 if they are closed, so
 * that using them fails (EBADF) instead of reaching the file that is opened next. Sets the signals
 * to what every command needs, whatever its parent has left: SIGPIPE and SIGXFSZ are ignored, so
 * that a reader that has gone and a limit on a file's size are errors of the write (EPIPE, EFBIG);
 * SIGCHLD and SIGBUS come through.
 */
void die_start(const struct die_usage *);

/* die_warn prints a message. die prints it and ends with the status. */
void die_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Makes die and die_usage call this with the status and the message, after the message is printed:
 * for what the command leaves.
 */
void die_at_end(void (*)(int status, const char *reason));

/* Ends with EX_USAGE after one line: the message and "(rec-x -h shows the usage)". */
_Noreturn void die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Ends with EX_USAGE and names the option that getopt_long (with opterr 0 and an option string that
 * begins "+:") could not use. c is what it returned, '?' or ':'.
 */
_Noreturn void die_option(int c, char *const argv[]);

/*
 * Answer -h and -V on standard output. End with 0, or with EX_IOERR if that could not be written.
 */
_Noreturn void die_help(void);
_Noreturn void die_version(void);

/*
 * Ends a command that writes bytes, not records, and has lost their reader: by SIGPIPE, as any Unix
 * filter, or with EX_PIPED if SIGPIPE was ignored when the program started. Prints no message.
 */
_Noreturn void die_piped(void);

/*
 * Ends a command that could not write bytes to standard output, with this errno: as die_piped if
 * the reader has left (io_left; 0 too), else with a message and EX_IOERR.
 */
_Noreturn void die_unwritten(int error);

/*
 * Writes a report of the command (a count, a table) to standard output, all of it. If that fails,
 * ends as die_unwritten does.
 */
void die_print(const char *bytes, unsigned long len);

#endif
