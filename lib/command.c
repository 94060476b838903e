/* command: see command.h. */

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "env.h"
#include "io.h"
#include "show.h"

void
command_start(const struct die_usage *usage)
{
	const char *wrong;

	die_start(usage);
	setlocale(LC_CTYPE, "");
	if (env_get(&wrong) == NULL)
		die_usage("%s", wrong);
}

/* ---- an end before the output is open ---- */

static char *const *words;         /* of the command line */
static const char *stream_unless; /* options with which standard output is no record stream */

/* Whether the word may be meant as that option, also as an abbreviation or among other letters. */
static int
may_be(const char *word, const char *option, size_t len)
{
	size_t n = strcspn(word, "=");

	if (len == 2 && option[0] == '-')
		return word[0] == '-' && word[1] != '-' && strchr(word + 1, option[1]) != NULL;
	return (n == len || (n > 2 && n < len)) && strncmp(word, option, n) == 0;
}

/* Options are looked for in all words, because the one that is wrong may stand before the one that matters. */
static int
writes_stream(void)
{
	static const char *const asks[] = { "-h", "--help", "-V", "--version" };

	for (char *const *word = words; *word != NULL; word++) {
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

/* Returns 1 if standard error goes the same way, as in $(rec-x 2>&1): what is read there is text. */
static int
among_messages(void)
{
	struct stat out, err;

	return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

/* Tells the next command why nothing comes. Only into a pipe: a file or a terminal stays as it is. */
static void
end_stream(int status, const char *reason)
{
	struct block end = { .kind = BLOCK_END, .flags = BLOCK_SUMMED, .status = (uint32_t)status };
	unsigned char head[BLOCK_HEAD];
	enum io_kind kind = io_kind(STDOUT_FILENO);
	struct buf text = { 0 }, mark = { 0 };

	if ((kind != IO_PIPE && kind != IO_SOCKET) || among_messages() || !writes_stream() || rec_out_first() != NULL ||
	    buf_addf(&text, "%s: %s", die_name(), reason) < 0)
		return;
	if (buf_add(&mark, head, sizeof head) == 0) {
		end.size = (uint32_t)show_fit(&mark, buf_string(&text), BLOCK_REASON);
		end.payload = mark.data + BLOCK_HEAD;
		block_put(&end, head, NULL);
		memcpy(mark.data, head, sizeof head);
		/* A reader that has gone needs no reason. */
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
 * Whether an input of that name, the only one or one of several, is the regular file out, and so would be written over or grow while it
 * is read. The only one may be empty or at its end: then nothing of it is read.
 */
static int
is_read(const char *name, int only, const struct stat *out)
{
	struct stat in;
	off_t at;

	if (!endpoint_stat(name, 0, &in) || !S_ISREG(in.st_mode) || in.st_dev != out->st_dev || in.st_ino != out->st_ino)
		return 0;
	at = strcmp(name, "-") == 0 ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
	return !only || at < in.st_size;
}

void
command_apart(char *const names[], size_t count)
{
	static char standard[] = "-";
	char *const usual[] = { standard };
	struct stat out;

	if (fstat(STDOUT_FILENO, &out) < 0 || !S_ISREG(out.st_mode))
		return;
	if (count == 0)
		names = usual;
	for (size_t i = 0; i < (count > 0 ? count : 1); i++)
		if (is_read(names[i], count <= 1, &out))
			die(EX_USAGE, "%s: standard output is the same file, which cannot be read and written at once",
			    strcmp(names[i], "-") == 0 ? "standard input" : names[i]);
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

	/* Before it is opened, which would make the file empty. */
	if (reads_standard && endpoint_stat(name, 1, &st) && is_read("-", 1, &st)) {
		command_fail(fault, EX_USAGE, "%s: standard input is the same file, which cannot be read and written at once", name);
		return -1;
	}
	(void)endpoint_doubt(name, &doubt);
	if ((status = endpoint_rec_out(ep, name, out)) != 0)
		command_fail(fault, status, "%s", buf_string(&ep->error));
	else if (doubt.len > 0)
		warn("%s", buf_string(&doubt));
	buf_free(&doubt);
	return status == 0 ? 0 : -1;
}

void
command_fail(struct command_fault *fault, int status, const char *format, ...)
{
	struct buf line = { 0 };
	va_list args;

	va_start(args, format);
	if (buf_addv(&line, format, args) < 0 || buf_string(&line) == NULL)
		die(EX_OSERR, "out of memory");
	va_end(args);
	warn("%s", line.data);
	if (fault->status != 0) {
		buf_free(&line);
		return;
	}
	fault->status = status;
	fault->reason = line;
}

/* Whether the record stream goes on to another command; on a terminal it ends. */
static int
goes_on(void)
{
	struct rec_out *out = rec_out_first();

	while (out != NULL && out->terminal)
		out = rec_out_after(out);
	return out != NULL;
}

/* What the input's end means for the command. */
static void
judge_input(struct rec_in *in, struct command_fault *fault)
{
	const char *why;
	int status = rec_in_close(in, &why), last = !goes_on();

	switch (in->end) {
	case REC_IN_GOOD:
	case REC_IN_UNWANTED:
		break;
	case REC_IN_FAILED:
		/* The producer has said it; it is said again where the record stream ends. */
		if (last)
			warn("%s: its producer failed: %s", in->name, buf_string(&in->reason));
		if (fault->status == 0 && buf_addf(&fault->passed, "%s", buf_string(&in->reason)) == 0) {
			fault->status = in->status;
			fault->upstream = 1;
		}
		break;
	default:
		command_fail(fault, in->status, "%s", buf_string(&in->reason));
	}
	if (status != 0 && why != NULL)
		command_fail(fault, status, "%s", why);
	if (last && in->lost_unknown)
		warn("%s: records left out on the way: more than %" PRIu64, in->name, in->lost);
	else if (last && in->lost > 0)
		warn("%s: records left out on the way: %" PRIu64, in->name, in->lost);
}

/* The output that is ended next: the last one opened. */
static struct rec_out *
last_output(void)
{
	struct rec_out *out = rec_out_first();

	while (out != NULL && rec_out_after(out) != NULL)
		out = rec_out_after(out);
	return out;
}

void
command_end_input(struct rec_in *in, struct command_fault *fault)
{
	judge_input(in, fault);
	rec_in_free(in);
}

/* Tells of an output that has failed. */
static void
output_failed(const struct rec_out *out, struct command_fault *fault)
{
	if (out->shm != NULL && out->shm->status != 0)
		command_fail(fault, out->shm->status, "%s", buf_string(&out->shm->error));
	else if (out->error == EFAULT)
		/* The kernel's word for what is a SIGBUS here (shm.h): a block was written as it lay there. */
		command_fail(fault, EX_OSERR, "%s: the shared memory that it was to be written from was truncated", out->name);
	else
		command_fail(fault, EX_IOERR, "%s: %s", out->name, strerror(out->error));
}

int
command_end(struct rec_in *in, struct command_fault *fault, uint64_t next)
{
	struct command_fault none = { 0 };
	struct rec_out *out;

	if (fault == NULL)
		fault = &none;
	if (in != NULL)
		command_end_input(in, fault);
	/* So that a full disk is known before the first end mark says that all went well. */
	rec_out_flush_all();
	/* A failed output is a reason for the end marks of the others, so it is told first. */
	for (out = rec_out_first(); out != NULL; out = rec_out_after(out))
		if (out->state == REC_OUT_FAILED)
			output_failed(out, fault);
	/* All end marks tell the same watermark, unless records were given up. */
	for (out = rec_out_first(); out != NULL; out = rec_out_after(out))
		if (!out->apart)
			rec_out_mark(out, next, 0);
	while ((out = last_output()) != NULL) {
		int told = out->state == REC_OUT_FAILED, status;
		const char *why;
		struct buf reason = { 0 };

		if (fault->passed.len > 0)
			(void)buf_add(&reason, fault->passed.data, fault->passed.len);
		else if (fault->reason.len > 0)
			(void)buf_addf(&reason, "%s: %s", die_name(), buf_string(&fault->reason));
		status = rec_out_end(out, next, fault->status, buf_string(&reason), &why);
		if (status < 0 && !told)
			output_failed(out, fault);
		else if (status > 0)
			command_fail(fault, status, "%s", why);
		buf_free(&reason);
		rec_out_free(out);
	}
	rec_out_linger();
	buf_free(&fault->passed);
	buf_free(&fault->reason);
	/* Whatever status the producer had: for this command it means that its input is not whole. */
	return fault->upstream ? EX_DATAERR : fault->status;
}

int
command_close(int status)
{
	if (io_close(STDOUT_FILENO) == 0 || status != 0)
		return status;
	warn("standard output: %s", strerror(errno));
	return EX_IOERR;
}
