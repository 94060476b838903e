#ifndef DIE_H
#define DIE_H

/*
 * die: the program's name, usage, messages and exits. The only room that prints a message or ends the process.
 *
 * A message is one line on standard error, "rec-x: what: reason", written by one write(2), at most PIPE_BUF bytes. Whatever
 * it names (a file, an argument, a column, the reason in an end mark) is shown as vis.h has it: a newline as ^J, a byte that is no
 * UTF-8 as \xHH, a C1 control as \u{9B}. So it stays one line and cannot drive a terminal.
 */

/* What a command says of itself. synopsis: its lines without "usage:", as the page's SYNOPSIS has them, each ended by a
 * newline; options: what -h shows below them. Both must outlive the program (string literals). */
struct die_usage {
	const char *name;
	const char *synopsis;
	const char *options;
};

/*
 * To be called first in main: takes the usage, fills descriptors 0, 1 and 2 where they are closed so that using them
 * fails (EBADF) instead of reaching whatever file is opened next, and sets the signals to what every command needs, whatever its
 * parent has left: it ignores SIGPIPE and SIGXFSZ, so that a reader that has gone and a limit of a file's size are errors of the
 * write (EPIPE, EFBIG) which each output is judged by; SIGCHLD and SIGBUS come through.
 */
void die_start(const struct die_usage *);

void die_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Has die and die_usage call this with the message, after it is printed: for what the command leaves behind. */
void die_at_end(void (*)(int status, const char *reason));

/* Ends with EX_USAGE after one line: the message and "(rec-x -h shows the usage)". */
_Noreturn void die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * What getopt_long (with opterr 0 and an option string that begins "+:") could not use: c is what it returned, '?' or ':'.
 * Names the option and ends with EX_USAGE.
 */
_Noreturn void die_option(int c, char *const argv[]);

/* The answers to -h and -V on standard output; end with 0, or EX_IOERR if they could not be written. */
_Noreturn void die_help(void);
_Noreturn void die_version(void);

/* The end of a command whose bytes, not records, have lost their reader: death by SIGPIPE as any Unix filter's, or EX_PIPED
 * where SIGPIPE was ignored when the program started. No message. */
_Noreturn void die_piped(void);

/* The end of a command that could not write bytes to standard output, for this errno: die_piped if the reader has left (io_left; 0 too),
 * else a message and EX_IOERR. */
_Noreturn void die_unwritten(int error);

/* Writes a report of the command (a count, a table) to standard output, all of it. die_piped where the reader has gone, EX_IOERR
 * on any other error. */
void die_print(const char *bytes, unsigned long len);

#endif
