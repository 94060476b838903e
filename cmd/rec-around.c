/*
 * rec-around: the records that satisfy a verb of rec-filter, and their neighbours: the
 * next records after each of them, as many as -A says, and the last ones before it, as many as -B
 * says. The others go to the output of --else.
 */

#include <getopt.h>
#include <string.h>

#include "base/delimited.h"
#include "base/status.h"
#include "choose/around.h"
#include "choose/names.h"
#include "command/command.h"
#include "command/opt.h"
#include "record/env.h"

static const struct die_usage usage = { "rec-around",
	"rec-around [-iv] [-A N] [-B N] [-C N] [-e TEXT] [-F SEP] [-n N] [--each-line] [--eres FILE]\n"
	"           [--texts FILE] [--sep TEXT] [--else ENDPOINT] VERB [OPERAND ...]\n",
	"\n"
	"verbs: those of rec-filter, such as locate; -A, -B or -C is needed\n"
	"\n"
	"  -A, --after N        keep N records after each record that the verb keeps, too\n"
	"  -B, --before N       keep N records before it\n"
	"  -C, --context N      both, unless -A or -B says otherwise\n"
	"  -e, --text TEXT      a string as it is, without delimiters\n"
	"  -F, --separator SEP  the separator of fields: , or TAB or ::\n"
	"  -i, --ignore-case    the letters A to Z match either case\n"
	"  -n, --limit N        stop after N records that the verb keeps, and their neighbours\n"
	"  -v, --invert         around the records that the verb rejects\n"
	"      --each-line      match: ^ and $ are the edges of each line of a record too\n"
	"      --else ENDPOINT  where the other records go\n"
	"      --eres FILE      match: each line of FILE is an expression too\n"
	"      --sep TEXT       a record TEXT between records that were not next to each other\n"
	"      --texts FILE     locate: each line of FILE is a string too\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:A:B:C:hn:vV" PHRASE_LETTERS;
static const struct option longs[] = {
	{ "after", required_argument, NULL, 'A' },
	{ "before", required_argument, NULL, 'B' },
	{ "context", required_argument, NULL, 'C' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "invert", no_argument, NULL, 'v' },
	{ "limit", required_argument, NULL, 'n' },
	{ "sep", required_argument, NULL, 'S' },
	{ "version", no_argument, NULL, 'V' },
	PHRASE_LONGS,
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct around around;
	int sides[2];     /* 1: -B was given; -A was given */
	int both;         /* 1: -C was given, */
	uint64_t context; /* with that number */
};

static void
set_option(struct job *job, int c, char **argv)
{
	struct around *a = &job->around;
	struct buf error = { 0 };

	switch (c) {
	case 'A':
		a->after = opt_records("-A", optarg, 0);
		job->sides[1] = 1;
		break;
	case 'B':
		a->before = opt_records("-B", optarg, 0);
		job->sides[0] = 1;
		break;
	case 'C':
		job->context = opt_records("-C", optarg, 0);
		job->both = 1;
		break;
	case 'E':
		if (partition_else(&a->partition, optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		break;
	case 'h':
		die_help();
	case 'H':
		die_usage("%s", NAMES_NO_HEADER);
	case 'n':
		a->limit = opt_records("-n", optarg, 0);
		break;
	case 'S':
		a->between = optarg;
		break;
	case 'v':
		a->invert = 1;
		break;
	case 'V':
		die_version();
	default:
		die_option(c, argv);
	}
}

/* Takes options, the verb, options again, and the operands. */
static void
parse(struct job *job, int argc, char **argv)
{
	struct around *a = &job->around;
	struct buf error = { 0 };
	const char *wrong;
	int c;

	opterr = 0;
	a->limit = UINT64_MAX;
	while ((c = phrase_getopt(&a->phrase, argc, argv, letters, longs)) != -1)
		set_option(job, c, argv);
	if (optind == argc)
		die_usage("a verb of rec-filter is needed, such as locate");
	if (phrase_verb(&a->phrase, argv[optind++], &error) < 0)
		die_usage("%s", buf_string(&error));
	while ((c = phrase_getopt(&a->phrase, argc, argv, letters, longs)) != -1)
		set_option(job, c, argv);
	for (int i = optind + 1; i < argc; i++)
		if (!job->sides[0] && !job->sides[1] && !job->both && delimited_is_option(argv[i]))
			die_usage("%s: options come before the first operand", argv[i]);
	if (!job->sides[0] && !job->sides[1] && !job->both)
		die_usage("-A, -B or -C is needed, the number of neighbours: -C 2 keeps two before and two after");
	if (!job->sides[0])
		a->before = job->context;
	if (!job->sides[1])
		a->after = job->context;
	/* command_start has checked the environment. */
	if (a->between != NULL && strlen(a->between) > env_get(&wrong)->record_max)
		die_usage("--sep: the text is longer than a record may be (REC_MAX)");
	if (phrase_operands(&a->phrase, argv + optind, (size_t)(argc - optind), &error) < 0)
		phrase_refuse(&a->phrase, &error);
	buf_free(&error);
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
	partition_open(&job.around.partition, 1, &fault);
	around_stream(&job.around, &in, &fault);
	status = command_end(&in, &fault, in.next);
	partition_free(&job.around.partition);
	phrase_free(&job.around.phrase);
	return status;
}
