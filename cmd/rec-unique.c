/*
 * rec-unique: of each run of adjacent equal records the last one, or the first, or those that stand alone, or those that do not;
 * with --all, the first of equal records wherever they are. The others go to the output of --else.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "unique.h"

static const struct die_usage usage = { "rec-unique",
	"rec-unique [-ci] [--else ENDPOINT] [last | first | singles | multiple | pairwise]\n"
	"rec-unique --all [-i] [--else ENDPOINT] [first]\n",
	"\n"
	"keeps of each run of equal records: the last one (unless something else is given), the first one,\n"
	"those that stand alone, those that do not, or the last one of a run of odd length\n"
	"\n"
	"  -c, --count          put the length of the run before each record (last, first, singles)\n"
	"  -i, --ignore-case    records that differ only in the case of A to Z are equal\n"
	"      --all            the first of equal records, wherever they are\n"
	"      --else ENDPOINT  where the other records go\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+chiV";
static const struct option longs[] = {
	{ "all", no_argument, NULL, 'A' },
	{ "count", no_argument, NULL, 'c' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char *const names[] = { [UNIQUE_LAST] = "last", [UNIQUE_FIRST] = "first", [UNIQUE_SINGLES] = "singles",
	[UNIQUE_MULTIPLE] = "multiple", [UNIQUE_PAIRWISE] = "pairwise" };
enum { KINDS = sizeof names / sizeof names[0] };

struct job {
	struct sieve sieve;
	struct unique unique;
};

static void
parse(struct job *job, int argc, char **argv)
{
	struct unique *u = &job->unique;
	struct buf error = { 0 };
	int c, kind = 0;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'A':
			u->all = 1;
			break;
		case 'c':
			u->count = 1;
			break;
		case 'E':
			if (sieve_else(&job->sieve, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'h':
			die_help();
		case 'i':
			u->ignore_case = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	if (optind < argc) {
		while (kind < KINDS && strcmp(names[kind], argv[optind]) != 0)
			kind++;
		if (kind == KINDS)
			die_usage("%s: expected is last, first, singles, multiple or pairwise", argv[optind]);
		if (++optind < argc)
			die_usage("%s: nothing is expected behind %s", argv[optind], names[kind]);
		if (u->all && kind != UNIQUE_FIRST)
			die_usage("--all keeps the first of equal records: not together with %s", names[kind]);
	}
	if (u->all && u->count)
		die_usage("--all passes a record before it can know how many there are: not together with -c");
	if (u->count && (kind == UNIQUE_MULTIPLE || kind == UNIQUE_PAIRWISE))
		die_usage("-c counts runs of which one record is kept: not together with %s", names[kind]);
	u->kind = (enum unique_kind)kind;
}

/* Whether that went well. */
static void
judge(const struct unique *u, struct command_fault *fault)
{
	if (u->bad == EX_DATAERR)
		command_fail(fault, u->bad, "record %" PRIu64 ": with its count it is longer than REC_MAX allows", u->bad_position);
	else if (u->bad != 0)
		command_fail(fault, u->bad, "out of memory");
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	struct block b;
	int status;

	command_start(&usage);
	parse(&job, argc, argv);
	if (unique_init(&job.unique, &job.sieve) < 0)
		die(EX_OSERR, "no memory or no random key for hashes: %s", strerror(errno));
	command_in(&in);
	sieve_open(&job.sieve, 1, &fault);
	while (fault.status == 0 && rec_in_block(&in, &b)) {
		unique_block(&job.unique, &b);
		judge(&job.unique, &fault);
	}
	if (fault.status == 0) {
		unique_end(&job.unique);
		judge(&job.unique, &fault);
	}
	if (fault.status != 0)
		rec_in_enough(&in, in.next);
	status = command_end(&in, &fault, in.next);
	sieve_free(&job.sieve);
	unique_free(&job.unique);
	return status;
}
