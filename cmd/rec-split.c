/*
 * rec-split: bytes to records. The inputs are read one after another as one stream.
 *
 * If the framing leaves records in place (lines and others), a block is the input's bytes as they
 * were read, followed by an index; no record is copied. Other framings copy their records.
 */

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "framing/framing.h"
#include "framing/framing_read.h"
#include "framing/framing_table.h"

static const struct die_usage usage = { "rec-split",
	"rec-split [-0Hp] [-d STR] [-f FRAMING] [-F SEP] [--regex ERE] [--start ERE] [--end ERE] [--names LIST] "
	"[--idle DURATION] [-n N] [--raw] [--short] [ENDPOINT ...]\n",
	"\n"
	"  -f, --framing NAME   how records are written as bytes: lines unless given (rec-framing(7))\n"
	"  -0                   records end with a NUL byte (-f nul)\n"
	"  -d STR               records end with STR, C escapes understood (-f delim:STR)\n"
	"  -p                   records are paragraphs (-f paragraphs)\n"
	"      --regex ERE      what the expression matches separates records (-f regex:ERE)\n"
	"      --start ERE      a record begins at a line that matches (-f start:ERE)\n"
	"      --end ERE        a record ends with a line that matches (-f end:ERE)\n"
	"  -H, --header         the first record of each input is its header, which names the columns\n"
	"      --names LIST     the names of the columns of inputs without a header, such as id,price\n"
	"  -F, --separator SEP  what separates fields; WORDS: runs of blanks, and the last column takes the rest\n"
	"      --idle DURATION  close an open record if no input has come for this time\n"
	"  -n, --limit N        stop after N records\n"
	"      --raw            take input that is a record stream already as plain bytes\n"
	"      --short          -f fixed: the last record may be shorter\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:0d:f:F:hHn:pV";
static const struct option longs[] = {
	{ "end", required_argument, NULL, FRAMING_END },
	{ "framing", required_argument, NULL, 'f' },
	{ "header", no_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ "idle", required_argument, NULL, 'I' },
	{ "limit", required_argument, NULL, 'n' },
	{ "names", required_argument, NULL, 'N' },
	{ "raw", no_argument, NULL, 'R' },
	{ "regex", required_argument, NULL, FRAMING_REGEX },
	{ "separator", required_argument, NULL, 'F' },
	{ "short", no_argument, NULL, 'S' },
	{ "start", required_argument, NULL, FRAMING_START },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* How an input is read: as the options say, or as the framing before its name says. */
struct source {
	struct framing framing;
	struct framing_table columns;
	struct framing_read split;
};

struct job {
	struct source usual, named;
	struct source *source; /* of the present input */
	struct buf header;
	uint64_t limit;
	struct rec_out out;
	struct command_fault fault;
	uint64_t records;  /* number of records put out */
	uint64_t position; /* of the next record; a text that was left out has a position too */
	uint64_t lost, first_lost; /* json-seq: number of texts left out, and the position of the first of them */
};

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c;

	opterr = 0;
	job->limit = UINT64_MAX;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case '0':
		case 'd':
		case 'f':
		case 'p':
		case FRAMING_REGEX:
		case FRAMING_START:
		case FRAMING_END:
			if (framing_option(&job->usual.framing, c, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'F':
			job->usual.columns.separator = optarg;
			break;
		case 'H':
			job->usual.columns.header = 1;
			break;
		case 'h':
			die_help();
		case 'I':
			job->usual.split.idle = (int)opt_duration(
			    "--idle", optarg, 1, INT_MAX, "not a time from 1ms to 24d such as 500ms or 2s");
			break;
		case 'n':
			job->limit = opt_records("-n", optarg, 0);
			break;
		case 'N':
			job->usual.columns.names = optarg;
			break;
		case 'R':
			job->usual.split.raw = 1;
			break;
		case 'S':
			job->usual.framing.allow_short = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	for (int i = optind; i < argc; i++)
		if (endpoint_check(argv[i], 0, &error) != 0)
			die_usage("%s", buf_string(&error));
	if (job->usual.split.idle > 0 && !framing_idles(&job->usual.framing))
		die_usage("--idle goes with a framing whose records are known to end by what follows: "
		    "paragraphs, indented, regex, start, end");
	if (framing_table_init(&job->usual.columns, &job->usual.framing, &error) < 0)
		die_usage("%s", buf_string(&error));
}

/*
 * Puts out the records of the batch, at most as many as the limit leaves. Returns 0 if the limit is
 * reached, else 1.
 */
static int
put(struct job *job)
{
	const struct framing_found *f = &job->source->split.found;
	const char *data = job->source->split.data;
	size_t count = f->count < job->limit - job->records ? f->count : (size_t)(job->limit - job->records);
	struct block b;

	if (count > 0 && framing_read_block(&job->source->split, count, job->position, &b)) {
		rec_out_block(&job->out, &b);
	} else {
		for (size_t i = 0; i < count; i++)
			rec_out_rec(&job->out,
			    &(struct rec){ data + f->starts[i], f->ends[i] - f->starts[i], job->position + i });
	}
	job->records += count;
	job->position += count;
	rec_out_mark(&job->out, job->position, f->used);
	if (f->lost > 0 && count == f->count && job->records < job->limit) {
		if (job->lost == 0)
			job->first_lost = job->position;
		job->lost += f->lost;
		rec_out_loss(&job->out, job->position, f->lost, job->position + f->lost);
		job->position += f->lost;
	}
	return job->records < job->limit;
}

/*
 * Declares the table of an input, if there is one. Returns 1; 0 if the input has no bytes, and so
 * no table; or -1 after a failure.
 */
static int
declare(struct job *job, const char *name)
{
	struct buf why = { 0 };
	struct table *table;
	int got = 1;

	if (!framing_table_declares(&job->source->columns))
		return 1;
	job->header.len = 0;
	got = job->source->columns.header ? framing_read_header(&job->source->split, &job->header) :
					    framing_read_any(&job->source->split);
	if (got <= 0)
		return got;
	if ((table = framing_table_make(&job->source->columns, &job->source->framing, &job->header, &why)) == NULL &&
	    why.len == 0)
		die(EX_OSERR, "out of memory");
	if (table == NULL || rec_out_declare(table, name, &why) < 0) {
		command_fail(&job->fault, EX_DATAERR, "%s: %s", name, buf_string(&why));
		got = -1;
	}
	table_drop(table);
	buf_free(&why);
	return got;
}

/* Chooses how the input of that name is read. */
static void
choose_source(struct job *job, const char *name)
{
	struct source *s = &job->named;
	const char *framing = endpoint_framing(name);
	struct buf error = { 0 };

	job->source = &job->usual;
	if (framing == NULL)
		return;
	job->source = s;
	framing_read_free(&s->split);
	framing_table_free(&s->columns);
	framing_free(&s->framing);
	*s = (struct source){ .split = { .raw = job->usual.split.raw, .out = &job->out } };
	if (framing_init(&s->framing, framing, &error) == 0) {
		s->columns.header = framing_table_usual(&s->framing);
		if (framing_table_init(&s->columns, &s->framing, &error) == 0 &&
		    framing_read_init(&s->split, &s->framing) == 0)
			return;
	}
	die(EX_OSERR, "out of memory");
}

/* Opens and reads one input. Returns 0 if the command should stop, else 1. */
static int
split_endpoint(struct job *job, const char *name)
{
	struct endpoint ep;
	int status = endpoint_input(&ep, name), more = 1;

	choose_source(job, name);
	if (strcmp(name, "-") == 0)
		ep.name = name = "standard input";
	if (status != 0) {
		command_fail(&job->fault, status, "%s", buf_string(&ep.error));
	} else {
		framing_read_input(&job->source->split, ep.fd, name);
		if ((more = declare(job, name)) > 0)
			while ((more = framing_read_batch(&job->source->split)) > 0 && put(job) && !rec_out_stop())
				;
		if (more < 0 && job->source->split.status != 0)
			command_fail(
			    &job->fault, job->source->split.status, "%s", buf_string(&job->source->split.error));
		ep.enough = more != 0;
		if ((status = endpoint_close(&ep)) != 0)
			command_fail(&job->fault, status, "%s", buf_string(&ep.error));
		more = more == 0;
	}
	endpoint_free(&ep);
	return more;
}

int
main(int argc, char **argv)
{
	static struct job job;
	int status;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	if (framing_read_init(&job.usual.split, &job.usual.framing) < 0)
		die(EX_OSERR, "out of memory");
	command_apart(argv + optind, (size_t)(argc - optind));
	command_out(&job.out);
	job.usual.split.out = &job.out;

	if (job.limit > 0 && optind == argc)
		split_endpoint(&job, "-");
	for (; job.limit > 0 && optind < argc && split_endpoint(&job, argv[optind]); optind++)
		;
	if (job.lost > 0)
		command_fail(&job.fault, EX_DATAERR,
		    "record %" PRIu64 ": truncated or malformed, left out (%" PRIu64 " such in all)", job.first_lost,
		    job.lost);
	status = command_end(NULL, &job.fault, job.position);
	buf_free(&job.header);
	framing_read_free(&job.usual.split);
	framing_table_free(&job.usual.columns);
	framing_free(&job.usual.framing);
	framing_read_free(&job.named.split);
	framing_table_free(&job.named.columns);
	framing_free(&job.named.framing);
	return status;
}
