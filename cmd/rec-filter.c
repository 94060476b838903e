/*
 * rec-filter: keeps the records that satisfy a verb. Each record is judged by itself. Kept records
 * go to standard output, the others to the output of --else, both with their positions; a block
 * whose records are all kept passes unchanged.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/names.h"
#include "choose/phrase.h"
#include "choose/partition.h"
#include "command/command.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-filter",
	"rec-filter [-civ] [-e TEXT] [-F SEP] [-n N] [--each-line] [--eres FILE] [--texts FILE]\n"
	"           [--else ENDPOINT] VERB [OPERAND ...]\n"
	"rec-filter -q [-iv] [-e TEXT] [-F SEP] [--each-line] [--eres FILE] [--texts FILE] VERB [OPERAND ...]\n"
	"rec-filter help [VERB]\n",
	"\nverbs: locate, nlocate, find, nfind, strfind, strnfind, match, nmatch, where;\n"
	"rec-filter help lists their operands; rec-range(7) has the parts of a record: w2, f3, .column\n\n"
	"  -c, --count          write only the number of records kept, as text\n"
	"  -e, --text TEXT      a string as it is, without delimiters\n"
	"  -F, --separator SEP  the separator of fields: , or TAB or ::\n"
	"  -i, --ignore-case    the letters A to Z match either case\n"
	"  -n, --limit N        stop after N records kept\n"
	"  -q, --quiet          write nothing; the status is 0 if found, 1 if not\n"
	"  -v, --invert         keep what the verb rejects, reject what it keeps\n"
	"      --each-line      match: ^ and $ are the edges of each line of a record too\n"
	"      --else ENDPOINT  where the rejected records go\n"
	"      --eres FILE      match: each line of FILE is an expression too\n"
	"      --texts FILE     locate: each line of FILE is a string too\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:chn:qvV" PHRASE_LETTERS;
static const struct option longs[] = {
	{ "count", no_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "limit", required_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "invert", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "else", required_argument, NULL, 'E' },
	PHRASE_LONGS,
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct phrase phrase;
	struct partition partition;
	struct command_fault fault;
	uint64_t limit;
	int count, quiet, invert;
	uint64_t found; /* records kept so far */
};

static void
set_option(struct job *job, int c, char **argv)
{
	struct buf error = { 0 };

	switch (c) {
	case 'c':
		job->count = 1;
		break;
	case 'h':
		die_help();
	case 'n':
		job->limit = opt_records("-n", optarg, 0);
		break;
	case 'H':
		die_usage("%s", NAMES_NO_HEADER);
	case 'q':
		job->quiet = 1;
		break;
	case 'v':
		job->invert = 1;
		break;
	case 'V':
		die_version();
	case 'E':
		if (partition_else(&job->partition, optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		break;
	default:
		die_option(c, argv);
	}
}

/* rec-filter help [VERB] */
static _Noreturn void
help(char *const words[], size_t count)
{
	struct buf text = { 0 }, error = { 0 };

	if (count > 1)
		die_usage("help: %s: one verb is expected, or none", words[1]);
	if (verb_help(count > 0 ? words[0] : NULL, &text, &error) < 0)
		die_usage("help: %s", error.len > 0 ? buf_string(&error) : "out of memory");
	die_print(text.data, text.len);
	exit(command_close(0));
}

/* Takes options, the verb, options again, and the operands. */
static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c;

	opterr = 0;
	job->limit = UINT64_MAX;
	while ((c = phrase_getopt(&job->phrase, argc, argv, letters, longs)) != -1)
		set_option(job, c, argv);
	if (optind == argc)
		die_usage("a verb is needed, such as locate");
	if (strcmp(argv[optind], "help") == 0)
		help(argv + optind + 1, (size_t)(argc - optind - 1));
	if (phrase_verb(&job->phrase, argv[optind++], &error) < 0)
		die_usage("%s", buf_string(&error));
	while ((c = phrase_getopt(&job->phrase, argc, argv, letters, longs)) != -1)
		set_option(job, c, argv);
	if (job->quiet && (job->count || job->partition.other != NULL || job->limit != UINT64_MAX))
		die_usage("-q does not go with -c, -n or --else: it writes nothing and stops at the first record");
	if (phrase_operands(&job->phrase, argv + optind, (size_t)(argc - optind), &error) < 0)
		phrase_refuse(&job->phrase, &error);
	buf_free(&error);
}

/*
 * Returns how many records of the block are looked at: all, or with -n as many as it takes to find
 * the last one wanted. found of them are kept.
 */
static uint32_t
reach(const struct job *job, const struct block *b, uint32_t found)
{
	uint32_t at = 0;

	if (found < job->limit - job->found)
		return b->count;
	for (uint64_t left = job->limit - job->found; left > 0; left--)
		at = bits_next(job->phrase.verb.hits, at, b->count, !job->invert) + 1;
	return at;
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct job *job = arg;
	uint32_t hits = phrase_judge(&job->phrase, b, &job->fault), found, to;

	if (job->fault.status != 0) {
		verdict->next = block_position(b, 0);
		return 0;
	}
	found = job->invert ? b->count - hits : hits;
	to = reach(job, b, found);
	job->found += found < job->limit - job->found ? found : job->limit - job->found;
	verdict->bits = job->phrase.verb.hits;
	verdict->set = !job->invert;
	if (to < b->count)
		verdict->next = block_position(b, to);
	return to;
}

static int
enough(const void *arg)
{
	const struct job *job = arg;

	return job->found == job->limit || (job->quiet && job->found > 0);
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	const struct partition_judge judges = { .job = &job, .block = judge, .enough = enough };
	int status;

	command_start_stream(&usage, argv, "-c --count -q --quiet help");
	parse(&job, argc, argv);
	command_in(&in);
	phrase_follow(&job.phrase, &in, &job.fault);
	if (job.count) {
		rec_out_read_on();
		rec_out_watch(STDOUT_FILENO);
	}
	partition_open(&job.partition, !job.count && !job.quiet, &job.fault);
	partition_stream(&job.partition, &in, &judges, &job.fault);
	status = command_end(&in, &job.fault, in.next);
	if (job.count) {
		struct buf text = { 0 };

		if (buf_addf(&text, "%" PRIu64 "\n", job.found) < 0)
			die(EX_OSERR, "out of memory");
		die_print(text.data, text.len);
		buf_free(&text);
		status = command_close(status);
	}
	partition_free(&job.partition);
	phrase_free(&job.phrase);
	return status != 0 ? status : job.quiet && job.found == 0 ? EX_NEGATIVE : 0;
}
