/* command: see command.h. */

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/program.h"
#include "base/scan.h"
#include "base/status.h"
#include "base/vis.h"
#include "base/words.h"
#include "command/command.h"
#include "os/clock.h"
#include "os/io.h"
#include "os/term.h"
#include "record/env.h"

void
command_start(const struct die_usage *usage)
{
	const struct env *env;
	const char *wrong;

	die_start(usage);
	setlocale(LC_CTYPE, "");
	if ((env = env_get(&wrong)) == NULL)
		die_usage("%s", wrong);
	else if (env->scan != NULL)
		(void)scan_choose(env->scan);
}

/* ---- an end before the output is open ---- */

static char *const *words;        /* of the command line */
static const char *stream_unless; /* options with which standard output is no record stream */

/*
 * Returns 1 if the word may be meant as that option, also as an abbreviation or among other
 * letters; else 0.
 */
static int
may_be(const char *word, const char *option, size_t len)
{
	size_t n = strcspn(word, "=");

	if (len == 2 && option[0] == '-')
		return word[0] == '-' && word[1] != '-' && strchr(word + 1, option[1]) != NULL;
	return (n == len || (n > 2 && n < len)) && strncmp(word, option, n) == 0;
}

/*
 * Returns 1 if the command would write a record stream. Looks for options in all words up to --,
 * because the wrong option may come before the one that matters.
 */
static int
writes_stream(void)
{
	static const char *const asks[] = { "-h", "--help", "-V", "--version" };

	for (char *const *word = words; *word != NULL && strcmp(*word, "--") != 0; word++) {
		const char *option = stream_unless;

		for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
			if (strcmp(*word, asks[i]) == 0)
				return 0;
		for (size_t n; *(option += strspn(option, " ")) != '\0'; option += n)
			if (may_be(*word, option, n = strcspn(option, " ")))
				return 0;
	}
	return 1;
}

/*
 * Returns 1 if standard error goes to the same place, as in $(rec-x 2>&1): its reader expects text.
 */
static int
among_messages(void)
{
	struct stat out, err;

	return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 && out.st_dev == err.st_dev &&
	    out.st_ino == err.st_ino;
}

/*
 * Tells the next command why nothing comes, if standard output is a pipe or socket: a file or a
 * terminal is left as it is.
 */
static void
end_stream(int status, const char *reason)
{
	struct block end = { .kind = BLOCK_END, .flags = BLOCK_SUMMED, .status = (uint32_t)status };
	unsigned char head[BLOCK_HEAD];
	enum io_kind kind = io_kind(STDOUT_FILENO);
	struct buf text = { 0 }, mark = { 0 };

	if ((kind != IO_PIPE && kind != IO_SOCKET) || among_messages() || !writes_stream() || rec_out_first() != NULL ||
	    buf_addf(&text, "%s: %s", program_name(), reason) < 0)
		return;
	if (buf_add(&mark, head, sizeof head) == 0) {
		end.size = (uint32_t)vis_fit(&mark, buf_string(&text), BLOCK_REASON);
		end.payload = mark.data + BLOCK_HEAD;
		block_put(&end, head, NULL);
		memcpy(mark.data, head, sizeof head);
		/* If the reader has gone, it needs no reason. */
		if (buf_add(&mark, "\0\0\0\0\0\0\0", block_body(&end) - end.size) == 0)
			(void)io_write(STDOUT_FILENO, mark.data, mark.len);
	}
	buf_free(&text);
	buf_free(&mark);
}

void
command_start_stream(const struct die_usage *usage, char *const argv[], const char *unless)
{
	words = argv + (argv[0] != NULL);
	stream_unless = unless;
	if (unless != NULL)
		die_at_end(end_stream);
	command_start(usage);
}

/* ---- inputs and outputs ---- */

void
command_no_terminal(void)
{
	if (isatty(STDIN_FILENO))
		die_usage("standard input: a terminal, not a record stream; put rec-split before this command");
}

static int reads_standard; /* standard input is an input */

void
command_in(struct rec_in *in)
{
	command_no_terminal();
	if (rec_in_open(in, STDIN_FILENO, "standard input") < 0)
		die(EX_OSERR, "standard input: %s", strerror(errno));
	reads_standard = 1;
}

/*
 * Returns 1 if an input of that name is the regular file out, and so would be overwritten or grow
 * while it is read; else 0. only: it is the only input, which may be empty or at its end: then
 * nothing of it is read.
 */
static int
is_read(const char *name, int only, const struct stat *out)
{
	struct stat in;
	off_t at;

	if (!endpoint_stat(name, 0, &in) || !S_ISREG(in.st_mode) || in.st_dev != out->st_dev ||
	    in.st_ino != out->st_ino)
		return 0;
	at = strcmp(name, "-") == 0 ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
	return !only || at < in.st_size;
}

/* Ends the process if the regular file out, which messages call `output`, is one of the inputs. */
static void
keep_apart(char *const names[], size_t count, const struct stat *out, const char *output)
{
	static char standard[] = "-";
	char *const usual[] = { standard };

	if (count == 0)
		names = usual;
	for (size_t i = 0; i < (count > 0 ? count : 1); i++)
		if (is_read(names[i], count <= 1, out))
			die(EX_USAGE, "%s: %s is the same file, which cannot be read and written at once",
			    strcmp(names[i], "-") == 0 ? "standard input" : names[i], output);
}

void
command_apart(char *const names[], size_t count)
{
	struct stat out;

	if (fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(out.st_mode))
		keep_apart(names, count, &out, "standard output");
}

void
command_apart_from(const char *output, char *const names[], size_t count)
{
	struct stat out;

	if (endpoint_stat(output, 1, &out) && S_ISREG(out.st_mode))
		keep_apart(names, count, &out, output);
}

void
command_out(struct rec_out *out)
{
	if (reads_standard)
		command_apart(NULL, 0);
	if (rec_out_open(out, STDOUT_FILENO, "standard output") < 0)
		die(EX_OSERR, "standard output: %s", strerror(errno));
}

int
command_out_to(struct endpoint *ep, const char *name, struct rec_out *out, struct command_fault *fault)
{
	struct stat st;
	struct buf doubt = { 0 };
	int status;

	/* Before it is opened, which would empty the file; csv:FILE replaces it in the end. */
	if (reads_standard && endpoint_framing(name) == NULL && endpoint_stat(name, 1, &st) && is_read("-", 1, &st)) {
		command_fail(fault, EX_USAGE,
		    "%s: standard input is the same file, which cannot be read and written at once", name);
		return -1;
	}
	(void)endpoint_doubt(name, &doubt);
	if ((status = endpoint_rec_out(ep, name, out)) != 0)
		command_fail(fault, status, "%s", buf_string(&ep->error));
	else if (doubt.len > 0)
		die_warn("%s", buf_string(&doubt));
	buf_free(&doubt);
	return status == 0 ? 0 : -1;
}

void
command_fail(struct command_fault *fault, int status, const char *format, ...)
{
	struct buf line = { 0 };
	va_list args;

	va_start(args, format);
	if (buf_addv(&line, format, args) < 0 || buf_terminate(&line) < 0)
		die(EX_OSERR, "out of memory");
	va_end(args);
	die_warn("%s", line.data);
	if (fault->status != 0) {
		buf_free(&line);
		return;
	}
	fault->status = status;
	fault->reason = line;
}

static int ends_here;

void
command_stream_ends(void)
{
	ends_here = 1;
}

/* Returns 1 if the record stream goes on to another command, else 0. On a terminal it ends. */
static int
goes_on(void)
{
	struct rec_out *out = !ends_here ? rec_out_first() : NULL;

	while (out != NULL && rec_out_is_terminal(out))
		out = rec_out_after(out);
	return out != NULL;
}

void
command_moment(void)
{
	enum { MOMENT = 30 }; /* milliseconds */
	static int waited;
	int64_t left = waited || !term_foreground() ? 0 : MOMENT, until = clock_ms() + left;

	waited = 1;
	/* A child's death ends a poll, too. */
	for (; left > 0; left = until - clock_ms())
		(void)poll(NULL, 0, (int)left);
}

/*
 * The input is no record stream, and a file that an operand names: the advice is the operand that
 * reads it.
 */
static void
advise(struct rec_in *in)
{
	struct buf word = { 0 };
	struct stat st;

	if (in->end != REC_IN_NOT_STREAM || in->way == 0 || !rec_in_is_file(in) || !endpoint_is_path(in->name) ||
	    stat(in->name, &st) != 0)
		return;
	in->reason.len = in->way;
	(void)buf_adds(&in->reason, "; the operand is ");
	if (endpoint_show_text(in->name, &in->reason))
		return;
	(void)buf_adds(&word, "cmd:rec-split ");
	(void)words_show(&word, in->name);
	(void)words_show(&in->reason, buf_string(&word));
	buf_free(&word);
}

/* Reports and notes what the input's end means for the command. */
static void
judge_input(struct rec_in *in, struct command_fault *fault)
{
	const char *why;
	int status = rec_in_close(in, &why), last = !goes_on();

	if (!rec_in_well(in) && !rec_in_is_file(in))
		command_moment();

	switch (in->end) {
	case REC_IN_GOOD:
	case REC_IN_UNWANTED:
		break;
	case REC_IN_FAILED:
		/* The producer has reported it; it is repeated where the record stream ends. */
		if (last)
			die_warn("%s: its producer failed: %s", in->name, buf_string(&in->reason));
		if (fault->status == 0 && buf_addf(&fault->passed, "%s", buf_string(&in->reason)) == 0) {
			fault->status = in->status;
			fault->upstream = 1;
		}
		break;
	default:
		advise(in);
		command_fail(fault, in->status, "%s", buf_string(&in->reason));
	}
	if (status != 0 && why != NULL)
		command_fail(fault, status, "%s", why);
	if (last && in->lost_unknown)
		die_warn("%s: records left out on the way: more than %" PRIu64, in->name, in->lost);
	else if (last && in->lost > 0)
		die_warn("%s: records left out on the way: %" PRIu64, in->name, in->lost);
}

void
command_end_input(struct rec_in *in, struct command_fault *fault)
{
	judge_input(in, fault);
	rec_in_free(in);
}

void
command_out_failed(const struct rec_out *out, struct command_fault *fault)
{
	const char *why;
	int status = rec_out_verdict(out, &why);

	if (status != 0)
		command_fail(fault, status, "%s", why);
	else if (out->error == EFAULT)
		/*
		 * The kernel's errno for what is a SIGBUS in this process (shm_object.h): a block
		 * was written from where it lay.
		 */
		command_fail(fault, EX_OSERR, "%s: the shared memory that it was to be written from was truncated",
		    out->name);
	else
		command_fail(fault, EX_IOERR, "%s: %s", out->name, strerror(out->error));
}

/* Reports the outputs that have failed since the last call. */
static void
note_failures(struct command_fault *fault)
{
	for (struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out))
		if (out->state == REC_OUT_FAILED && !out->noted) {
			command_out_failed(out, fault);
			out->noted = 1;
		}
}

/* Returns the output opened before out, or the last one if out is NULL; NULL before the first. */
static struct rec_out *
output_before(const struct rec_out *out)
{
	struct rec_out *o = rec_out_first();

	if (o == out)
		return NULL;
	while (o != NULL && rec_out_after(o) != out)
		o = rec_out_after(o);
	return o;
}

/* One step of telling an output its end. Returns 1 if it has been told, else 0. */
static int
tell(struct rec_out *out, struct command_fault *fault, uint64_t next)
{
	struct buf reason = { 0 };
	int told;

	if (fault->passed.len > 0)
		(void)buf_add(&reason, fault->passed.data, fault->passed.len);
	else if (fault->reason.len > 0)
		(void)buf_addf(&reason, "%s: %s", program_name(), buf_string(&fault->reason));
	told = rec_out_tell(out, next, fault->status, buf_string(&reason));
	buf_free(&reason);
	note_failures(fault);
	return told;
}

/*
 * When an output is told its end. EARLY: at once, because its reader may wait for the end before it
 * goes on, perhaps to another output. LATE: when it is known how the commands that read the others
 * have ended, because this end reports that. That is right for a file, whose end nobody waits for,
 * and for standard output, which is the command's own stream. REPLACED: also then, but before
 * those, because they report, too, that a file could not be replaced. With --durable files come
 * first.
 */
enum turn { DURABLE, EARLY, REPLACED, LATE };

static enum turn
turn_of(const struct rec_out *out)
{
	if (out->durable)
		return DURABLE;
	if (out->fd != STDOUT_FILENO && out->reader)
		return EARLY;
	return out->late ? REPLACED : LATE;
}

/*
 * Tells all outputs of that turn their end, the last opened first. Returns 1 if all have been told,
 * else 0.
 */
static int
tell_turn(enum turn turn, struct command_fault *fault, uint64_t next)
{
	int told = 1;

	for (struct rec_out *out = output_before(NULL); out != NULL; out = output_before(out))
		if (!rec_out_told(out) && turn_of(out) == turn)
			told &= tell(out, fault, next);
	return told;
}

/*
 * Collects what to poll for while it is not known how the outputs that the late ones wait for have
 * ended; all: how any output has. Returns the number of such outputs.
 */
static size_t
undecided(struct pollfd *polled, int all)
{
	size_t n = 0;

	for (struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out))
		if (all || (out->late && out->waits != NULL)) {
			polled[n] = (struct pollfd){ .fd = -1 };
			n += (size_t)(!rec_out_told(out) || !rec_out_over(out, &polled[n]));
		}
	return n;
}

/* Ends the outputs whose end is known, and notes what became of them. */
static void
decide(struct command_fault *fault)
{
	struct rec_out *before;

	for (struct rec_out *out = output_before(NULL); out != NULL; out = before) {
		struct pollfd p;
		const char *why;
		int status;

		before = output_before(out);
		if (!rec_out_told(out) || !rec_out_over(out, &p))
			continue;
		note_failures(fault);
		if ((status = rec_out_end(out, 0, 0, NULL, &why)) > 0)
			command_fail(fault, status, "%s", why);
		else if (status < 0 && !out->noted)
			command_out_failed(out, fault);
		rec_out_free(out);
	}
}

/* Meanwhile the late ones take what is held for them. */
static void
go_on_late(void)
{
	for (struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out))
		if (!rec_out_told(out) && out->rest != NULL && turn_of(out) > EARLY)
			(void)out->rest(out);
}

/*
 * Returns 1 if an output that could not be told its end has nothing under way any more, or takes no
 * more: what was done for the others meanwhile has moved it on, and no poll would report that.
 * early, known: those of that turn have been tried. Returns 0 if there is none.
 */
static int
moved_on(int early, int known)
{
	for (const struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out)) {
		enum turn turn = turn_of(out);

		if (!rec_out_told(out) && (turn == DURABLE || (turn == EARLY ? early : known)) &&
		    (out->state != REC_OUT_OPEN || rec_out_idle(out)))
			return 1;
	}
	return 0;
}

static void
end_outputs(struct command_fault *fault, uint64_t next)
{
	enum { LOOK = 20 }; /* milliseconds, if only time tells */
	struct pollfd *polled;
	size_t count = 0;
	int known = 0;

	for (struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out))
		count++;
	if ((polled = calloc(count + 1, sizeof *polled)) == NULL)
		die(EX_OSERR, "out of memory");
	/* So a full disk is known before the first end mark says that all went well. */
	for (struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out))
		(void)rec_out_settle(out);
	note_failures(fault);
	/*
	 * All end marks have the same watermark, unless records were given up. What somebody still
	 * holds for an output comes first.
	 */
	for (struct rec_out *out = rec_out_first(); out != NULL; out = rec_out_after(out))
		if (!out->apart && out->rest == NULL)
			rec_out_mark(out, next, 0);
	while (rec_out_first() != NULL) {
		size_t n;
		int ms = -1, early = tell_turn(DURABLE, fault, next);

		if (early)
			(void)tell_turn(EARLY, fault, next);
		n = undecided(polled, 0);
		if (n == 0 && !known) {
			known = 1;
			decide(fault);
		}
		if (!known)
			go_on_late();
		else if (tell_turn(REPLACED, fault, next))
			(void)tell_turn(LATE, fault, next);
		if (known && (n = undecided(polled, 1)) == 0) {
			decide(fault);
			continue;
		}
		if (moved_on(early, known))
			continue;
		for (size_t i = 0; i < n; i++)
			if (polled[i].fd < 0 && polled[i].events != 0)
				ms = LOOK;
		if (rec_out_poll(polled, n, ms) < 0)
			die(EX_OSERR, "out of memory");
		(void)rec_out_go_on();
	}
	free(polled);
}

int
command_end(struct rec_in *in, struct command_fault *fault, uint64_t next)
{
	struct command_fault none = { 0 };

	if (fault == NULL)
		fault = &none;
	if (in != NULL)
		command_end_input(in, fault);
	end_outputs(fault, next);
	rec_out_linger();
	buf_free(&fault->passed);
	buf_free(&fault->reason);
	/*
	 * Whatever status the producer had, for this command it means that its input is incomplete.
	 */
	return fault->upstream ? EX_DATAERR : fault->status;
}

int
command_close(int status)
{
	if (io_close(STDOUT_FILENO) == 0 || status != 0)
		return status;
	die_warn("standard output: %s", strerror(errno));
	return EX_IOERR;
}
