/* command: see command.h. */

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "env.h"
#include "io.h"

void
command_start(const struct die_usage *usage)
{
	const char *wrong;

	die_start(usage);
	setlocale(LC_CTYPE, "");
	if (env_get(&wrong) == NULL)
		die_usage("%s", wrong);
}

void
command_no_terminal(void)
{
	if (isatty(STDIN_FILENO))
		die_usage("standard input: a terminal, not a record stream; put rec-split before this command");
}

void
command_in(struct rec_in *in)
{
	command_no_terminal();
	if (rec_in_open(in, STDIN_FILENO, "standard input") < 0)
		die(EX_OSERR, "standard input: %s", strerror(errno));
}

void
command_out(struct rec_out *out)
{
	if (rec_out_open(out, STDOUT_FILENO, "standard output") < 0)
		die(EX_OSERR, "standard output: %s", strerror(errno));
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
