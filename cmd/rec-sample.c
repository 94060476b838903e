/*
 * rec-sample: some of the records: each Nth, each with the probability P, or K of them, any K as
 * likely as any other. The first two judge a record when it comes. The reservoir holds K records
 * until the input has ended, and puts them out in their order.
 */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/reservoir.h"
#include "choose/partition.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-sample",
	"rec-sample --every N [--offset M] [--else ENDPOINT]\n"
	"rec-sample --rate P [--seed S] [--else ENDPOINT]\n"
	"rec-sample --reservoir K [--seed S]\n",
	"\n"
	"      --every N        the first record and each Nth after it\n"
	"      --offset M       begin after the first M records\n"
	"      --rate P         each record with the probability P, from 0 to 1: 0.01 or 1%\n"
	"      --reservoir K    K records, all groups of K equally likely\n"
	"      --seed S         a number: the same one chooses the same records again\n"
	"      --else ENDPOINT  where the other records go\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:hV";
static const struct option longs[] = {
	{ "every", required_argument, NULL, 'N' },
	{ "offset", required_argument, NULL, 'M' },
	{ "rate", required_argument, NULL, 'P' },
	{ "reservoir", required_argument, NULL, 'K' },
	{ "seed", required_argument, NULL, 'S' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct partition partition;
	struct command_fault fault;
	int way; /* 'N': --every, 'P': --rate, 'K': --reservoir */
	uint64_t n, offset, seed;
	int has_offset, has_seed;
	double rate;
	uint64_t count; /* number of records that came */
	uint64_t bits[BLOCK_RECORDS / 64];
	struct reservoir reservoir; /* --rate uses its random numbers too */
};

/* Takes a probability from 0 to 1, such as 0.25 or 25%. Returns 0, or -1. */
static int
parse_rate(const char *text, double *rate)
{
	size_t n = strspn(text, "0123456789."), digits = strspn(text, "0123456789");
	const char *point = strchr(text, '.');
	int percent = text[n] == '%';

	/*
	 * At least one digit, at most one point; and no sign or exponent, which strtod would take.
	 */
	if (text[n + (size_t)percent] != '\0' || n == 0 || (n == 1 && digits == 0) ||
	    (point != NULL && strchr(point + 1, '.') != NULL))
		return -1;
	*rate = strtod(text, NULL) / (percent ? 100 : 1);
	return *rate <= 1 ? 0 : -1;
}

static void
set_way(struct job *job, int c)
{
	if (job->way != 0)
		die_usage("only one of --every, --rate and --reservoir, and once");
	job->way = c;
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'N':
			set_way(job, c);
			job->n = opt_records("--every", optarg, 1);
			break;
		case 'M':
			job->has_offset = 1;
			job->offset = opt_records("--offset", optarg, 0);
			break;
		case 'P':
			set_way(job, c);
			if (parse_rate(optarg, &job->rate) < 0)
				die_usage("--rate %s: not a probability from 0 to 1, such as 0.01 or 1%%", optarg);
			break;
		case 'K':
			set_way(job, c);
			job->reservoir.size = opt_count("--reservoir", optarg, 0, RESERVOIR_MAX,
			    "not a number of records such as 10 or 5k");
			break;
		case 'S':
			job->has_seed = 1;
			job->seed = opt_digits("--seed", optarg, 0, UINT64_MAX, "not a whole number below 2^64");
			break;
		case 'E':
			if (partition_else(&job->partition, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'h':
			die_help();
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	if (optind < argc)
		opt_operand(argv[optind], "no operand is expected; K records by chance are --reservoir K");
	if (job->way == 0)
		die_usage("one of --every N, --rate P and --reservoir K is needed");
	if (job->has_offset && job->way != 'N')
		die_usage("--offset goes with --every");
	if (job->has_seed && job->way == 'N')
		die_usage("--seed goes with --rate and --reservoir: --every leaves nothing to chance");
	if (job->way == 'K' && job->partition.other != NULL)
		die_usage("--else does not go with --reservoir: "
		    "a record that was in it may be put out of it long after later ones");
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct job *job = arg;

	memset(job->bits, 0, ((size_t)b->count + 63) / 64 * sizeof job->bits[0]);
	if (job->way == 'N') {
		uint64_t past = job->count - job->offset; /* used only if the offset has been passed */
		uint64_t i = job->count <= job->offset ? job->offset - job->count : (job->n - past % job->n) % job->n;

		for (; i < b->count; i += job->n) {
			bits_set(job->bits, (uint32_t)i);
			if (job->n >= b->count)
				break; /* the sum could exceed 64 bits */
		}
	} else {
		/* The upper 53 bits make a number from 0 up to, but not including, 1. */
		for (uint32_t i = 0; i < b->count; i++)
			if ((double)(random_next(&job->reservoir.random) >> 11) * 0x1p-53 < job->rate)
				bits_set(job->bits, i);
	}
	job->count += b->count;
	verdict->bits = job->bits;
	return b->count;
}

/* ---- --reservoir ---- */

static int
add(struct job *job, const struct block *b)
{
	if (reservoir_add(&job->reservoir, b) == 0)
		return 0;
	command_fail(&job->fault, EX_OSERR, "out of memory for the reservoir");
	return -1;
}

static uint32_t
hold(void *arg, struct block *b, struct partition_verdict *verdict)
{
	if (add(arg, b) == 0)
		verdict->next = 0; /* nothing has gone out yet */
	return 0;
}

static int
hold_loss(void *arg, const struct block *loss)
{
	(void)add(arg, loss);
	return 1;
}

static int
no_room(const void *arg)
{
	const struct job *job = arg;

	return job->reservoir.size == 0;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct partition_judge judges = { .job = &job, .block = judge };
	int status;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	if (job.way != 'N' && !job.has_seed && random_secret(&job.seed, sizeof job.seed) < 0)
		die(EX_OSERR, "no random numbers: %s", strerror(errno));
	random_seed(&job.reservoir.random, job.seed);
	command_in(&in);
	partition_open(&job.partition, 1, &job.fault);
	if (job.way == 'K') {
		judges.block = hold;
		judges.loss = hold_loss;
		judges.enough = no_room;
	}
	partition_stream(&job.partition, &in, &judges, &job.fault);
	if (job.way == 'K')
		reservoir_put(&job.reservoir, job.partition.kept);
	status = command_end(&in, &job.fault, in.next);
	partition_free(&job.partition);
	return status;
}
