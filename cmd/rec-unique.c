/*
 * rec-unique: keeps of each run of adjacent equal records the last one, or the first, or those that
 * are alone, or those that are not; with --all, the first of equal records wherever they are. With
 * ranges, records are equal if these parts of them are. The others go to the output of --else.
 */

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/delimited.h"
#include "base/status.h"
#include "choose/names.h"
#include "choose/unique.h"
#include "command/opt.h"
#include "match/spell.h"

static const struct die_usage usage = { "rec-unique",
	"rec-unique [-ci] [-F SEP] [--else ENDPOINT] [last | first | singles | multiple | pairwise] [RANGE ...]\n"
	"rec-unique --all [-i] [-F SEP] [--else ENDPOINT] [first] [RANGE ...]\n",
	"\n"
	"keeps of each run of equal records: the last one (unless something else is given), the first one,\n"
	"runs of one record, runs of several, or the last one of a run of odd length;\n"
	"with ranges, records are equal if these parts of them are\n"
	"\n"
	"  -c, --count          put the length of the run before each record (last, first, singles)\n"
	"  -F, --separator SEP  the separator of fields: , or TAB or ::\n"
	"  -i, --ignore-case    records that differ only in the case of A to Z are equal\n"
	"      --all            the first of equal records, wherever they are\n"
	"      --else ENDPOINT  where the other records go\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+cF:hHiV";
static const struct option longs[] = {
	{ "all", no_argument, NULL, 'A' },
	{ "count", no_argument, NULL, 'c' },
	{ "else", required_argument, NULL, 'E' },
	{ "header", no_argument, NULL, 'H' }, /* only to refuse it */
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "separator", required_argument, NULL, 'F' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char *const names[] = { [UNIQUE_LAST] = "last", [UNIQUE_FIRST] = "first", [UNIQUE_SINGLES] = "singles",
	[UNIQUE_MULTIPLE] = "multiple", [UNIQUE_PAIRWISE] = "pairwise" };
enum { KINDS = sizeof names / sizeof names[0] };

struct job {
	struct partition partition;
	struct unique unique;
};

/* [last | first | singles | multiple | pairwise] [RANGE ...] */
static void
operands(struct unique *u, char *const words[], size_t count)
{
	struct buf error = { 0 };
	size_t i = 0, kind = 0;

	for (size_t k = 1; k < count; k++)
		if (delimited_is_option(words[k]))
			die_usage("%s: options come before the first operand", words[k]);
	if (count > 0) {
		while (kind < KINDS && strcmp(names[kind], words[0]) != 0)
			kind++;
		if (kind == KINDS && !range_begins(words[0])) {
			if (opt_file(words[count - 1], &error))
				die_usage("%s", buf_string(&error));
			(void)buf_adds(&error, "; a column is ");
			die_usage("%s: last, first, singles, multiple or pairwise is expected, "
			    "or a range such as w2 or f3%s", words[0],
			    spell_meant(&error, words[0], 0) ? buf_string(&error) : "");
		}
		i = kind < KINDS;
		if (i > 0 && u->all && kind != UNIQUE_FIRST)
			die_usage("--all does not go with %s: it keeps the first of equal records", names[kind]);
		kind %= KINDS; /* the default is the first of the names */
	}
	u->kind = (enum unique_kind)kind;
	if (range_all(&u->range, words + i, count - i, &error) < 0) {
		(void)opt_file(words[count - 1], &error);
		die_usage("%s", buf_string(&error));
	}
	buf_free(&error);
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct unique *u = &job->unique;
	struct buf error = { 0 };
	int c;

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
			if (partition_else(&job->partition, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'F':
			if (range_fields(&u->range, optarg, &error) < 0)
				die_usage("-F %s", buf_string(&error));
			break;
		case 'H':
			die_usage("%s", NAMES_NO_HEADER);
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
	operands(u, argv + optind, (size_t)(argc - optind));
	if (u->all && u->count)
		die_usage("--all does not go with -c: it passes a record before it can know how many there are");
	if (u->count && (u->kind == UNIQUE_MULTIPLE || u->kind == UNIQUE_PAIRWISE))
		die_usage("-c does not go with %s: it counts runs of which one record is kept", names[u->kind]);
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
	if (unique_init(&job.unique) < 0)
		die(EX_OSERR, "no memory or no random key for hashes: %s", strerror(errno));
	command_in(&in);
	partition_open(&job.partition, 1, &fault);
	unique_stream(&job.unique, &in, &job.partition, &fault);
	status = command_end(&in, &fault, in.next);
	partition_free(&job.partition);
	unique_free(&job.unique);
	return status;
}
