/*
 * rec-each: a process for each record, or for each N records. What it writes is read as records,
 * which go out when the process has ended well: a task's output is never truncated, and never mixed
 * with another's.
 */

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "os/cpus.h"
#include "work/each.h"

static const struct die_usage usage = { "rec-each",
	"rec-each [-k] [-j N] [-N N] [--in FRAMING] [--out FRAMING] [--no-header] [--retries N] [--timeout DURATION] "
	"[--else ENDPOINT] [--spill-max SIZE] [--tag] COMMAND [ARG ...]\n",
	"\n"
	"In COMMAND's words {} is the record, {%} the number of the process's place. Without {} the\n"
	"records are its standard input.\n"
	"\n"
	"  -j, --jobs N            number of processes at once; default: one for each processor\n"
	"  -k, --order             their output in the order of the input; with positions\n"
	"  -N, --batch N           number of records for each process: 1 unless given\n"
	"      --in FRAMING        how records are written for a process: lines unless given\n"
	"      --out FRAMING       how records are read from its output: lines unless given\n"
	"      --no-header         write no header of a table for a process, and read none\n"
	"      --retries N         a task that fails is run up to N times more\n"
	"      --timeout DURATION  a process that takes longer has failed\n"
	"      --else ENDPOINT     where the records of tasks that failed go\n"
	"      --spill-max SIZE    the most of one process's output in a temporary file (1G)\n"
	"      --tag               put its position before each line of its standard error\n"
	"  -h, --help; -V, --version\n" };

static const struct option longs[] = {
	{ "batch", required_argument, NULL, 'N' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "in", required_argument, NULL, 'I' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "no-header", no_argument, NULL, 'H' },
	{ "order", no_argument, NULL, 'k' },
	{ "out", required_argument, NULL, 'O' },
	{ "retries", required_argument, NULL, 'R' },
	{ "spill-max", required_argument, NULL, 'S' },
	{ "tag", no_argument, NULL, 'T' },
	{ "timeout", required_argument, NULL, 'M' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct each each;
	struct framing in, out;
	const char *other; /* the argument of --else */
	struct endpoint endpoint;
	struct rec_out outs[2];
};

static uint64_t
number(const char *option, const char *text, uint64_t least, uint64_t most)
{
	uint64_t n = 0;

	if (num_count(text, most, &n) < 0 || n < least)
		die_usage("%s %s: not a number from %" PRIu64 " to %" PRIu64, option, text, least, most);
	return n;
}

static void
take_framing(struct framing *framing, const char *option, const char *name)
{
	struct buf error = { 0 };

	framing_free(framing);
	memset(framing, 0, sizeof *framing);
	if (framing_init(framing, name, &error) < 0)
		die_usage("%s %s", option, buf_string(&error));
	if (strcmp(option, "--in") == 0 && !framing_joins(framing))
		die_usage("--in %s: records cannot be written so, only read", name);
	if (strcmp(option, "--out") == 0 && !framing_splits(framing))
		die_usage("--out %s: records cannot be read so, only written", name);
}

static void
set_option(struct job *job, int c, char **argv)
{
	struct buf error = { 0 };
	struct each *e = &job->each;

	switch (c) {
	case 'E':
		if (opt_else(optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		job->other = optarg;
		break;
	case 'H':
		e->no_header = 1;
		break;
	case 'h':
		die_help();
	case 'I':
		e->in_named = 1;
		take_framing(&job->in, "--in", optarg);
		break;
	case 'j':
		e->jobs = (size_t)number("-j", optarg, 1, 65535);
		break;
	case 'k':
		e->order = 1;
		break;
	case 'M':
		e->timeout = opt_duration("--timeout", optarg, 1, UINT64_C(1000) * 86400 * 1000,
		    "not a time from 1ms to 1000d such as 500ms or 2m");
		break;
	case 'N':
		e->batch = (size_t)number("-N", optarg, 1, UINT32_MAX);
		break;
	case 'O':
		take_framing(&job->out, "--out", optarg);
		break;
	case 'R':
		e->retries = number("--retries", optarg, 0, UINT32_MAX);
		break;
	case 'S':
		e->spill_max = opt_spill_max(optarg);
		break;
	case 'T':
		e->tag = 1;
		break;
	case 'V':
		die_version();
	default:
		die_option(c, argv);
	}
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct each *e = &job->each;
	int c;

	opterr = 0;
	e->jobs = cpus_allowed();
	e->batch = 1;
	e->spill_max = OPT_SPILL_MAX;
	while ((c = getopt_long(argc, argv, "+:hj:kN:V", longs, NULL)) != -1)
		set_option(job, c, argv);
	if (optind == argc)
		die_usage("a command is needed");
	e->command = argv + optind;
	for (int i = optind; i < argc && e->batch > 1; i++)
		if (strcmp(argv[i], "{}") != 0 && strstr(argv[i], "{}") != NULL)
			die_usage("%s: {} within a word does not go with -N %zu: it is one record", argv[i], e->batch);
	e->in_framing = &job->in;
	e->out_framing = &job->out;
}

/* Returns 0, or -1 if the output of --else could not be opened, which it reports. */
static int
open_outputs(struct job *job)
{
	command_out(&job->outs[0]);
	job->each.out = &job->outs[0];
	job->outs[0].apart = !job->each.order;
	if (job->other == NULL)
		return 0;
	if (command_out_to(&job->endpoint, job->other, &job->outs[1], job->each.fault) < 0)
		return -1;
	job->each.rejected = &job->outs[1];
	return 0;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	int status;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	command_in(&in);
	job.each.in = &in;
	job.each.fault = &fault;
	if (open_outputs(&job) == 0)
		each_run(&job.each);
	else
		rec_in_enough(&in, 0);
	status = command_end(&in, &fault, job.each.next);
	/*
	 * The records of failed tasks are certain to be in the output of --else only if nothing of
	 * this command has failed.
	 */
	if (job.each.failed > 0 && status != 0 && !fault.upstream)
		die_warn("%s; tasks that failed: %" PRIu64, buf_string(&job.each.first), job.each.failed);
	else if (job.each.failed == 1)
		die_warn("%s; its record is in %s", buf_string(&job.each.first), job.other);
	else if (job.each.failed > 1)
		die_warn("%s; %" PRIu64 " tasks failed in all, and their records are in %s",
		    buf_string(&job.each.first), job.each.failed, job.other);
	if (status == 0 && job.each.failed > 0)
		status = EX_NEGATIVE;
	each_free(&job.each);
	endpoint_free(&job.endpoint);
	framing_free(&job.in);
	framing_free(&job.out);
	return status;
}
