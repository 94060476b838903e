/*
 * rec-filter: keep the records that satisfy a verb. Each record is judged by itself alone; a block in which all are kept passes as
 * it lies. Kept records go to standard output, the others to the output of --else, both with their positions.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "endpoint.h"
#include "num.h"
#include "select.h"

static const struct die_usage usage = { "rec-filter",
	"rec-filter [-ciHv] [-e TEXT] [-F SEP] [-n N] [--else ENDPOINT] VERB [OPERAND ...]\n"
	"rec-filter -q [-iHv] [-e TEXT] [-F SEP] VERB [OPERAND ...]\n"
	"rec-filter help [VERB]\n",
	"\nverbs: locate, nlocate, find, nfind, strfind, strnfind; rec-filter help lists their operands\n\n"
	"  -c, --count          write only the number of records kept, as text\n"
	"  -e, --text TEXT      a text as it stands, without delimiters\n"
	"  -F, --separator SEP  what separates fields: , or TAB or ::\n"
	"  -H, --header         the first record names the columns, and is always kept\n"
	"  -i, --ignore-case    the letters A to Z match either case\n"
	"  -n, --limit N        stop after N records kept\n"
	"  -q, --quiet          write nothing; the status tells: 0 found, 1 not\n"
	"  -v, --invert         keep what the verb rejects, reject what it keeps\n"
	"      --else ENDPOINT  where the rejected records go\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:ce:F:hHin:qvV";
static const struct option longs[] = {
	{ "count", no_argument, NULL, 'c' },
	{ "text", required_argument, NULL, 'e' },
	{ "separator", required_argument, NULL, 'F' },
	{ "header", no_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "limit", required_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "invert", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "else", required_argument, NULL, 'E' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct select verb;
	char **texts; /* of -e, taken when -i is known */
	size_t texts_count;
	uint64_t limit;
	const char *other; /* --else */
	int count, quiet, invert;
	struct rec_out *kept, *rejected; /* NULL: not wanted */
	uint64_t found;
};

static void
set_option(struct job *job, int c, char **argv)
{
	switch (c) {
	case 'c':
		job->count = 1;
		break;
	case 'e':
		job->texts[job->texts_count++] = optarg;
		break;
	case 'F':
		job->verb.separator = optarg;
		break;
	case 'H':
		job->verb.header = 1;
		break;
	case 'h':
		die_help();
	case 'i':
		job->verb.ignore_case = 1;
		break;
	case 'n':
		if (num_count(optarg, UINT64_MAX, &job->limit) < 0)
			die_usage("-n %s: not a number of records such as 10 or 5k", optarg);
		break;
	case 'q':
		job->quiet = 1;
		break;
	case 'v':
		job->invert = 1;
		break;
	case 'V':
		die_version();
	case 'E':
		job->other = optarg;
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
	if (select_help(count > 0 ? words[0] : NULL, &text, &error) < 0)
		die_usage("help: %s", error.len > 0 ? buf_string(&error) : "out of memory");
	die_print(text.data, text.len);
	exit(command_close(0));
}

/* Options, the verb, options again, the operands. */
static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c;

	opterr = 0;
	job->limit = UINT64_MAX;
	if ((job->texts = calloc((size_t)argc, sizeof *job->texts)) == NULL)
		die(EX_OSERR, "out of memory");
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		set_option(job, c, argv);
	if (optind == argc)
		die_usage("a verb is needed, such as locate");
	if (strcmp(argv[optind], "help") == 0)
		help(argv + optind + 1, (size_t)(argc - optind - 1));
	if (select_verb(&job->verb, argv[optind++], &error) < 0)
		die_usage("%s", buf_string(&error));
	/* After the verb a word of - and a digit is an operand. */
	while (optind < argc && !(argv[optind][0] == '-' && argv[optind][1] >= '0' && argv[optind][1] <= '9') &&
	    (c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		set_option(job, c, argv);
	if (job->other != NULL && endpoint_check(job->other, 1, &error) != 0)
		die_usage("--else: %s", buf_string(&error));
	if (job->other != NULL && (strcmp(job->other, "-") == 0 || strcmp(job->other, "fd:1") == 0))
		die_usage("--else %s: standard output is taken already", job->other);
	if (job->quiet && (job->count || job->other != NULL || job->limit != UINT64_MAX))
		die_usage("-q writes nothing and stops at the first record: not together with -c, -n or --else");
	for (size_t i = 0; i < job->texts_count; i++)
		if (select_text(&job->verb, job->texts[i]) < 0)
			die(EX_OSERR, "out of memory");
	if (select_operands(&job->verb, argv + optind, (size_t)(argc - optind), &error) < 0)
		die_usage("%s", buf_string(&error));
	buf_free(&error);
}

/* The first record from on whose bit in hits is (not) set; count if there is none. */
static uint32_t
next_bit(const uint64_t *hits, uint32_t from, uint32_t count, int set)
{
	while (from < count) {
		uint64_t word = (set ? hits[from / 64] : ~hits[from / 64]) >> (from % 64);

		if (word != 0) {
			from += (uint32_t)__builtin_ctzll(word);
			return from < count ? from : count;
		}
		from += 64 - from % 64;
	}
	return count;
}

/* Puts the records [from, to) whose bit is (not) set. */
static void
put(struct rec_out *out, const struct block *b, const uint64_t *hits, uint32_t from, uint32_t to, int set)
{
	uint32_t begin, end = from;

	while (out != NULL && (begin = next_bit(hits, end, to, set)) < to) {
		end = next_bit(hits, begin, to, !set);
		rec_out_records(out, b, begin, end);
	}
}

/* How many of the block's records are looked at: all, or as many as hold the last record wanted from on. */
static uint32_t
reach(const struct job *job, const struct block *b, uint32_t from, uint32_t found)
{
	uint32_t at = from;

	if (found < job->limit - job->found)
		return b->count;
	for (uint64_t left = job->limit - job->found; left > 0; left--)
		at = next_bit(job->verb.hits, at, b->count, !job->invert) + 1;
	return at;
}

/* Whether the first record of the block names the columns. It is kept without being judged. */
static uint32_t
take_header(struct job *job, const struct block *b, struct command_fault *fault)
{
	struct buf error = { 0 };

	if (!job->verb.header || b->count == 0)
		return 0;
	job->verb.header = 0;
	if (select_header(&job->verb, b->payload, b->ends[0], &error) < 0)
		command_fail(fault, EX_DATAERR, "%s", buf_string(&error));
	else if (job->kept != NULL)
		rec_out_records(job->kept, b, 0, 1);
	buf_free(&error);
	return 1;
}

static void
filter(struct job *job, struct rec_in *in, struct command_fault *fault)
{
	struct block b;

	if (job->limit == 0 && !job->verb.header)
		rec_in_enough(in, 0);
	while (rec_in_block(in, &b)) {
		uint32_t hits, found, from, to;

		if (b.kind == BLOCK_LOSS) {
			if (job->kept != NULL)
				rec_out_block(job->kept, &b);
			if (job->rejected != NULL)
				rec_out_block(job->rejected, &b);
			continue;
		}
		from = take_header(job, &b, fault);
		hits = fault->status == 0 ? select_judge(&job->verb, &b) : 0;
		if (job->verb.failed)
			command_fail(fault, EX_OSERR, "out of memory");
		if (fault->status != 0) {
			rec_in_enough(in, block_position(&b, 0));
			break;
		}
		hits -= from > 0 && (job->verb.hits[0] & 1);
		found = job->invert ? b.count - from - hits : hits;
		to = reach(job, &b, from, found);
		if (to == b.count && from == 0 && b.count > 0 && found == b.count && job->kept != NULL) {
			rec_out_block(job->kept, &b);
		} else if (to == b.count && from == 0 && b.count > 0 && found == 0 && job->rejected != NULL) {
			rec_out_block(job->rejected, &b);
		} else {
			put(job->kept, &b, job->verb.hits, from, to, !job->invert);
			put(job->rejected, &b, job->verb.hits, from, to, job->invert);
		}
		job->found += found < job->limit - job->found ? found : job->limit - job->found;
		/* With a limit of 0 there is a header, and that may still come. */
		if ((job->found == job->limit && !job->verb.header) || (job->quiet && found > 0)) {
			rec_in_enough(in, to < b.count ? block_position(&b, to) : b.next);
			break;
		}
		if (job->kept != NULL)
			rec_out_mark(job->kept, b.next, b.size);
		if (job->rejected != NULL)
			rec_out_mark(job->rejected, b.next, b.size);
	}
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	static struct rec_out kept, rejected;
	struct endpoint other = { 0 };
	struct command_fault fault = { 0 };
	int status;

	command_start(&usage);
	parse(&job, argc, argv);
	command_in(&in);
	if (!job.count && !job.quiet) {
		command_out(&kept);
		job.kept = &kept;
	}
	if (job.count)
		rec_out_read_on();
	if (job.other != NULL) {
		if ((status = endpoint_rec_out(&other, job.other, &rejected)) != 0)
			command_fail(&fault, status, "%s", buf_string(&other.error));
		job.rejected = &rejected;
	}
	if (fault.status == 0)
		filter(&job, &in, &fault);
	else
		rec_in_enough(&in, 0);
	status = command_end(&in, &fault, in.next);
	if (job.count) {
		struct buf text = { 0 };

		if (buf_addf(&text, "%" PRIu64 "\n", job.found) < 0)
			die(EX_OSERR, "out of memory");
		die_print(text.data, text.len);
		buf_free(&text);
		status = command_close(status);
	}
	endpoint_free(&other);
	select_free(&job.verb);
	free(job.texts);
	return status != 0 ? status : job.quiet && job.found == 0 ? EX_NEGATIVE : 0;
}
