/*
 * die: see die.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/program.h"
#include "base/status.h"
#include "base/vis.h"
#include "command/die.h"
#include "os/io.h"

static const struct die_usage *use;
static void (*at_end)(int status, const char *reason);
static int pipe_ignored; /* SIGPIPE was ignored when the program started */

void
die_start(const struct die_usage *u)
{
	struct sigaction old, ignore = { .sa_handler = SIG_IGN }, normal = { .sa_handler = SIG_DFL };
	sigset_t needed;

	use = u;
	program_set_name(u->name);
	if (sigaction(SIGPIPE, &ignore, &old) == 0)
		pipe_ignored = old.sa_handler == SIG_IGN;
	(void)sigaction(SIGXFSZ, &ignore, NULL);
	/* If a parent ignores it, the kernel would discard the children's statuses. */
	(void)sigaction(SIGCHLD, &normal, NULL);
	sigemptyset(&needed);
	sigaddset(&needed, SIGCHLD);
	sigaddset(&needed, SIGBUS); /* shm_object.c */
	(void)sigprocmask(SIG_UNBLOCK, &needed, NULL);
	/*
	 * open(2) returns the lowest free number: so each closed one is filled in turn, by a
	 * descriptor of the wrong direction.
	 */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

void
die_at_end(void (*called)(int status, const char *reason))
{
	at_end = called;
}

enum { LINE = PIPE_BUF }; /* the most bytes of a message: so one into a pipe or a log arrives in one piece */

/* Prints the message if there is no memory: what is not ASCII becomes '?'. */
static void
warn_barely(const char *format, va_list args)
{
	char line[256];
	int at = snprintf(line, sizeof line, "%s: ", use->name),
	    n = vsnprintf(line + at, sizeof line - (size_t)at - 1, format, args);

	n = n < 0 ? at : (size_t)(at + n) > sizeof line - 2 ? (int)sizeof line - 2 : at + n;
	for (int i = at; i < n; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	line[n] = '\n';
	(void)io_write(STDERR_FILENO, line, (size_t)n + 1);
}

static void
vwarn(const char *format, va_list args)
{
	struct buf text = { 0 }, line = { 0 };
	va_list again;

	va_copy(again, args);
	if (buf_addv(&text, format, args) == 0 && buf_terminate(&text) == 0 &&
	    buf_addf(&line, "%s: ", use->name) == 0 && vis_fit(&line, text.data, LINE - 1 - line.len) > 0 &&
	    buf_addc(&line, '\n') == 0)
		/* If standard error itself fails, nobody is left to report it to. */
		(void)io_write(STDERR_FILENO, line.data, line.len);
	else
		warn_barely(format, again);
	va_end(again);
	buf_free(&text);
	buf_free(&line);
}

void
die_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarn(format, args);
	va_end(args);
}

/* Ends with a message. hint follows it on standard error only. */
static _Noreturn void
end(int status, struct buf *text, const char *hint)
{
	const char *reason = text->len > 0 ? buf_string(text) : NULL;

	if (reason == NULL)
		reason = strerror(ENOMEM);
	die_warn("%s%s", reason, hint);
	if (at_end != NULL)
		at_end(status, reason);
	exit(status);
}

void
die(int status, const char *format, ...)
{
	struct buf text = { 0 };
	va_list args;

	va_start(args, format);
	(void)buf_addv(&text, format, args);
	va_end(args);
	end(status, &text, "");
}

void
die_usage(const char *format, ...)
{
	struct buf text = { 0 };
	va_list args;
	char hint[64];

	va_start(args, format);
	(void)buf_addv(&text, format, args);
	va_end(args);
	snprintf(hint, sizeof hint, " (%s -h shows the usage)", use->name);
	end(EX_USAGE, &text, hint);
}

void
die_option(int c, char *const argv[])
{
	extern int optind, optopt;
	const char *word = optind > 0 ? argv[optind - 1] : "";

	/* musl has counted the missing argument. */
	if (word == NULL)
		word = argv[optind - 2];
	/*
	 * For a long option optopt is 0, or the value of an option that lacks or must not have an
	 * argument.
	 */
	if (strncmp(word, "--", 2) == 0 && word[2] != '\0') {
		if (c == ':')
			die_usage("%s: an argument is needed", word);
		if (optopt != 0)
			die_usage("%s: no argument is allowed", word);
		die_usage("%s: unknown or ambiguous option", word);
	}
	if (c == ':')
		die_usage("-%c: an argument is needed", optopt);
	die_usage("-%c: unknown option", optopt);
}

void
die_piped(void)
{
	struct sigaction fatal = { .sa_handler = SIG_DFL };

	if (!pipe_ignored && sigaction(SIGPIPE, &fatal, NULL) == 0)
		raise(SIGPIPE);
	exit(EX_PIPED);
}

void
die_print(const char *bytes, unsigned long len)
{
	if (io_write(STDOUT_FILENO, bytes, len) == 0)
		return;
	die_unwritten(errno);
}

void
die_unwritten(int error)
{
	if (error == 0 || io_left(error))
		die_piped();
	die(EX_IOERR, "standard output: %s", strerror(error));
}

static _Noreturn void
answer(struct buf *text)
{
	die_print(text->data, text->len);
	if (io_close(STDOUT_FILENO) < 0)
		die(EX_IOERR, "standard output: %s", strerror(errno));
	exit(0);
}

void
die_help(void)
{
	struct buf text = { 0 };
	const char *line = use->synopsis, *end;

	for (int first = 1; (end = strchr(line, '\n')) != NULL; line = end + 1, first = 0)
		if (buf_addf(&text, "%s %.*s\n", first ? "usage:" : "      ", (int)(end - line), line) < 0)
			die(EX_OSERR, "out of memory");
	if (buf_adds(&text, use->options) < 0)
		die(EX_OSERR, "out of memory");
	answer(&text);
}

void
die_version(void)
{
	struct buf text = { 0 };

	if (buf_addf(&text, "%s %s\n", use->name, VERSION) < 0)
		die(EX_OSERR, "out of memory");
	answer(&text);
}
