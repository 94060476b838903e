/*
 * rec-fanout: deals a record stream out to copies of COMMAND, or to endpoints. What the copies
 * write comes together as it comes, or in the original order.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/status.h"
#include "base/words.h"
#include "command/command.h"
#include "command/opt.h"
#include "os/launch.h"
#include "os/cpus.h"
#include "work/fanout.h"

static const struct die_usage usage = { "rec-fanout",
	"rec-fanout [-k] [-j N] [-N N] [-F SEP] [--key RANGES | --round-robin | --copy] [--retries N] [--sink] [--tag]"
	" [--hosts LIST] [--launch LAUNCHER] COMMAND [ARG ...]\n"
	"rec-fanout [-N N] [-F SEP] [--key RANGES | --round-robin | --copy] --to ENDPOINT ...\n",
	"\n"
	"  -j, --jobs N          number of copies of COMMAND; default: one for each processor\n"
	"  -k, --order           gather in the original order\n"
	"  -N, --batch N         deal N records at a time\n"
	"  -F, --separator SEP   the separator of fields: , or TAB or ::\n"
	"      --key RANGES      records that are equal in RANGES go to the same copy\n"
	"      --round-robin     deal to each in turn\n"
	"      --copy            every record to every copy\n"
	"      --to ENDPOINT     deal to ENDPOINT, and to the others so named, instead of copies of COMMAND\n"
	"      --sink            COMMAND writes no records back\n"
	"      --retries N       deal the unanswered records of a failed copy again, at most N times\n"
	"      --tag             put the copy's name before each line of its standard error\n"
	"      --hosts LIST      copies on other machines: a,4/b,: or @FILE\n"
	"      --launch LAUNCHER how they are started there: 'ssh {host}' unless given\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:F:hj:kN:V";
static const struct option longs[] = {
	{ "batch", required_argument, NULL, 'N' },
	{ "copy", no_argument, NULL, 'C' },
	{ "help", no_argument, NULL, 'h' },
	{ "hosts", required_argument, NULL, 'H' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "key", required_argument, NULL, 'K' },
	{ "launch", required_argument, NULL, 'L' },
	{ "order", no_argument, NULL, 'k' },
	{ "retries", required_argument, NULL, 'r' },
	{ "round-robin", no_argument, NULL, 'R' },
	{ "separator", required_argument, NULL, 'F' },
	{ "sink", no_argument, NULL, 'S' },
	{ "tag", no_argument, NULL, 'T' },
	{ "to", required_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

enum { JOBS_MAX = 4096, WIDE_MAX = 16 };

struct job {
	struct fanout fanout;
	struct rec_out out;
	struct range key;
	const char *parts, *separator;
	const char *list, *launcher;
	struct launch_hosts hosts;
	const char **to; /* the arguments of --to */
	struct endpoint *endpoints;
	size_t ends;
	uint64_t jobs, batch;
	int sink, has_retries;
	char *const *command;
};

static void
set_how(struct job *job, enum deal_how how)
{
	if (job->fanout.deal.how != DEAL_READY)
		die_usage("only one of --key, --round-robin and --copy, and once");
	job->fanout.deal.how = how;
}

static void
set_option(struct job *job, int c, char **argv)
{
	struct buf error = { 0 };

	switch (c) {
	case 'C':
		set_how(job, DEAL_COPY);
		break;
	case 'F':
		job->separator = optarg;
		break;
	case 'H':
		job->list = optarg;
		break;
	case 'K':
		set_how(job, DEAL_KEY);
		job->parts = optarg;
		break;
	case 'L':
		job->launcher = optarg;
		if (launch_check(optarg, &error) < 0)
			die_usage("--launch: %s", buf_string(&error));
		break;
	case 'N':
		job->batch = opt_count("-N", optarg, 1, BLOCK_RECORDS, "not a number of records from 1 to 65,536");
		break;
	case 'R':
		set_how(job, DEAL_ROUND);
		break;
	case 'S':
		job->sink = 1;
		break;
	case 'T':
		job->fanout.processes.tag = 1;
		break;
	case 'h':
		die_help();
	case 'j':
		if (num_digits(optarg, JOBS_MAX, &job->jobs) < 0 || job->jobs == 0)
			die_usage("-j %s: not a number of processes from 1 to %d", optarg, JOBS_MAX);
		break;
	case 'k':
		job->fanout.gather.order = 1;
		break;
	case 'r':
		job->fanout.retries = opt_digits("--retries", optarg, 0, UINT32_MAX, "not a whole number");
		job->has_retries = 1;
		break;
	case 't':
		if (endpoint_check(optarg, 1, &error) != 0)
			die_usage("--to: %s", buf_string(&error));
		if ((job->to = reallocarray(job->to, job->ends + 1, sizeof *job->to)) == NULL)
			die(EX_OSERR, "out of memory");
		job->to[job->ends++] = optarg;
		break;
	case 'V':
		die_version();
	default:
		die_option(c, argv);
	}
}

static void
parse_key(struct job *job)
{
	struct buf error = { 0 };
	struct words words;

	if (words_init(&words, job->parts, WORDS_RANGES) < 0)
		die(EX_OSERR, "out of memory");
	if (job->separator != NULL && range_fields(&job->key, job->separator, &error) < 0)
		die_usage("-F: %s", buf_string(&error));
	if (range_all(&job->key, words.list, words.count, &error) < 0)
		die_usage("--key: %s", buf_string(&error));
	if (job->key.count == 0)
		die_usage("--key: the parts that decide are needed, such as 'field 1'");
	job->fanout.deal.key = &job->key;
	words_free(&words);
}

static void
check(const struct job *job)
{
	int gathers = !job->sink && job->ends == 0;

	if (job->ends > 0 && job->command != NULL)
		die_usage("%s: COMMAND does not go with --to", job->command[0]);
	if (job->ends == 0 && job->command == NULL)
		die_usage("a COMMAND is needed, or --to ENDPOINT");
	if (job->ends > 0 && (job->sink || job->jobs > 0 || job->list != NULL || job->fanout.processes.tag))
		die_usage("--sink, -j, --hosts and --tag go with COMMAND, not with --to");
	if (!gathers && job->fanout.gather.order)
		die_usage("-k does not go with %s: nothing is gathered", job->sink ? "--sink" : "--to");
	if (!gathers && job->has_retries)
		die_usage("--retries does not go with %s: nobody knows which records were done",
		    job->sink ? "--sink" : "--to");
	if (job->fanout.gather.order && job->fanout.deal.how == DEAL_COPY)
		die_usage("-k does not go with --copy: each record has as many answers as there are copies");
	if (job->batch > 0 && (job->fanout.deal.how == DEAL_COPY || job->fanout.deal.how == DEAL_KEY))
		die_usage("-N does not go with --copy or --key");
	if (job->separator != NULL && job->fanout.deal.how != DEAL_KEY)
		die_usage("-F goes with --key");
	if (job->launcher != NULL && job->list == NULL)
		die_usage("--launch goes with --hosts");
	if (job->list != NULL && job->jobs > 0)
		die_usage("-j does not go with --hosts: the list gives the numbers, as 4/host");
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		set_option(job, c, argv);
	if (optind < argc)
		job->command = argv + optind;
	check(job);
	if (job->parts != NULL)
		parse_key(job);
	if (job->list != NULL && launch_hosts(&job->hosts, job->list, &error) < 0) {
		if (errno == 0)
			die_usage("--hosts: %s", buf_string(&error));
		die(errno == ENOMEM ? EX_OSERR : EX_NOINPUT, "--hosts: %s", buf_string(&error));
	}
	if (job->launcher == NULL)
		job->launcher = LAUNCH_SSH;
	job->fanout.deal.batch = (uint32_t)job->batch;
}

static char *
text(const char *format, size_t n, const char *host)
{
	char *made;

	if (asprintf(&made, format, n, host) < 0)
		die(EX_OSERR, "out of memory");
	return made;
}

/* Makes the names, words and settings of the workers. They live as long as the process. */
static void
make_workers(struct job *job)
{
	struct deal *d = &job->fanout.deal;

	if (job->ends > 0)
		d->count = job->ends;
	else if (job->list != NULL)
		d->count = job->hosts.count;
	else
		d->count = job->jobs > 0 ? job->jobs : cpus_allowed();
	d->workers = calloc(d->count, sizeof *d->workers);
	job->endpoints = calloc(d->count, sizeof *job->endpoints);
	if (d->workers == NULL || job->endpoints == NULL)
		die(EX_OSERR, "out of memory");
	for (size_t i = 0; i < d->count && job->ends == 0; i++) {
		const char *host = job->list != NULL ? job->hosts.names[i] : NULL;
		struct worker *w = &d->workers[i];

		w->settings[0] = text("REC_RANK=%zu", i, NULL);
		w->settings[1] = text("REC_SIZE=%zu", d->count, NULL);
		w->name = host != NULL ? text("worker %zu (host %s)", i + 1, host) : text("worker %zu", i + 1, NULL);
		w->argv = launch_argv(job->launcher, host, job->command, i + 1, d->count);
		w->sink = job->sink;
		w->wide = d->count <= WIDE_MAX;
		w->settles = job->fanout.retries > 0;
		if (w->argv == NULL)
			die(EX_OSERR, "out of memory");
	}
	job->fanout.spacing = job->list != NULL ? 100 : 0;
	job->fanout.endpoints = job->ends > 0;
}

static void
open_endpoints(struct job *job, struct command_fault *fault)
{
	for (size_t i = 0; i < job->ends && fault->status == 0; i++)
		(void)worker_endpoint(&job->fanout.deal.workers[i], &job->endpoints[i], job->to[i], fault);
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	uint64_t next = 0;

	command_start_stream(&usage, argv, "--sink --to");
	parse(&job, argc, argv);
	command_in(&in);
	make_workers(&job);
	if (!job.sink && job.ends == 0) {
		command_out(&job.out);
		job.fanout.gather.out = &job.out;
	}
	open_endpoints(&job, &fault);
	if (fault.status != 0)
		rec_in_enough(&in, 0);
	if (fault.status == 0)
		next = fanout_run(&job.fanout, &in, &fault);
	fanout_free(&job.fanout);
	range_free(&job.key);
	return command_end(&in, &fault, next);
}
