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
#include <unistd.h>

#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "framing/framing.h"
#include "many/aside.h"
#include "many/sources.h"

static const struct die_usage usage = { "rec-split",
	"rec-split [-0Hpz] [-d STR] [-f FRAMING] [-F SEP] [--regex ERE] [--start ERE] [--end ERE] [--names LIST] "
	"[--align] [--name[=COLUMN]] [--bad ENDPOINT] [--strict] [--idle DURATION] [-n N] [--raw] [--short] "
	"[ENDPOINT ...]\n",
	"\n"
	"  -f, --framing NAME   how records are written: lines unless given; csv, tsv, json and more, rec-framing(7)\n"
	"  -0                   records end with a NUL byte (-f nul)\n"
	"  -d STR               records end with STR, C escapes understood (-f delim:STR)\n"
	"  -p                   records are paragraphs (-f paragraphs)\n"
	"      --regex ERE      what the expression matches separates records (-f regex:ERE)\n"
	"      --start ERE      a record begins at a line that matches (-f start:ERE)\n"
	"      --end ERE        a record ends with a line that matches (-f end:ERE)\n"
	"  -H, --header         the first record of each input is its header, which names the columns\n"
	"      --names LIST     the names of the columns of inputs without a header, such as id,price\n"
	"  -F, --separator SEP  what separates fields; WORDS: runs of blanks, and the last column takes the rest\n"
	"      --align          put the columns of all inputs in one order, that of the first\n"
	"      --name[=COLUMN]  add the input's name as the last column, or member of JSON; file unless named\n"
	"      --bad ENDPOINT   where what is not in the framing goes, with its file, line and reason\n"
	"      --strict         csv, tsv: each row has the header's fields, nothing follows a closing quote\n"
	"      --idle DURATION  close an open record if no input has come for this time\n"
	"  -n, --limit N        stop after N records\n"
	"      --raw            take input that is a record stream already as plain bytes\n"
	"      --short          -f fixed:N, lines:N: the last record may be shorter\n"
	"  -z, --decompress     decompress what gzip, zstd, xz, bzip2 or lz4 has compressed\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:0d:f:F:hHn:pVz";
static const struct option longs[] = {
	{ "align", no_argument, NULL, 'A' },
	{ "bad", required_argument, NULL, 'B' },
	{ "decompress", no_argument, NULL, 'z' },
	{ "end", required_argument, NULL, FRAMING_END },
	{ "framing", required_argument, NULL, 'f' },
	{ "header", no_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ "idle", required_argument, NULL, 'I' },
	{ "limit", required_argument, NULL, 'n' },
	{ "name", optional_argument, NULL, 'C' },
	{ "names", required_argument, NULL, 'N' },
	{ "raw", no_argument, NULL, 'R' },
	{ "regex", required_argument, NULL, FRAMING_REGEX },
	{ "separator", required_argument, NULL, 'F' },
	{ "short", no_argument, NULL, 'S' },
	{ "start", required_argument, NULL, FRAMING_START },
	{ "strict", no_argument, NULL, 'T' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct sources in;
	uint64_t limit;
	struct rec_out out;
	struct aside bad;
	struct command_fault fault;
	uint64_t records;  /* number of records put out */
	uint64_t position; /* of the next record; a text that was left out has a position too */
	uint64_t lost, first_lost; /* json-seq: number of texts left out, and the position of the first of them */
};

/* Sets what an option without an argument says. Returns 1, or 0 if it is another option. */
static int
set_flag(struct sources *in, int c)
{
	switch (c) {
	case 'A':
		in->reshape.align = 1;
		return 1;
	case 'H':
		in->columns.header = 1;
		return 1;
	case 'R':
		in->raw = 1;
		return 1;
	case 'S':
		in->framing.allow_short = 1;
		return 1;
	case 'T':
		in->strict = 1;
		return 1;
	case 'z':
		in->decompress = 1;
		return 1;
	default:
		return 0;
	}
}

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
			if (framing_option(&job->in.framing, c, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'B':
			if (aside_option(&job->bad, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			job->in.aside = 1;
			break;
		case 'C':
			job->in.reshape.column = optarg != NULL ? optarg : "file";
			job->in.column_given = optarg != NULL;
			break;
		case 'F':
			job->in.columns.separator = optarg;
			break;
		case 'h':
			die_help();
		case 'I':
			job->in.idle = (int)opt_duration(
			    "--idle", optarg, 1, INT_MAX, "not a time from 1ms to 24d such as 500ms or 2s");
			break;
		case 'n':
			job->limit = opt_records("-n", optarg, 0);
			break;
		case 'N':
			job->in.columns.names = optarg;
			break;
		case 'V':
			die_version();
		default:
			if (!set_flag(&job->in, c))
				die_option(c, argv);
		}
	}
	if (optind < argc && strcmp(argv[optind - 1], "--name") == 0 && endpoint_is_path(argv[optind]) &&
	    access(argv[optind], F_OK) != 0)
		die_usage("--name %s: there is no such file; the name of the column is given by --name=%s", argv[optind],
		    argv[optind]);
	for (int i = optind; i < argc; i++)
		if (endpoint_check(argv[i], 0, &error) != 0)
			die_usage("%s", buf_string(&error));
	if (job->in.idle > 0 && !framing_idles(&job->in.framing))
		die_usage("--idle goes with a framing whose records are known to end by what follows: "
		    "paragraphs, fields, indented, regex, start, end");
	job->in.names = argv + optind;
	job->in.count = (size_t)(argc - optind);
	if (sources_check(&job->in, &error) < 0)
		die_usage("%s", buf_string(&error));
}

/*
 * Puts out the records of the batch, at most as many as the limit leaves, and what was set aside
 * after them. Returns 0 if the limit is reached, or after a failure, else 1.
 */
static int
put(struct job *job)
{
	const struct framing_found *f = &job->in.read->found;
	size_t most = f->count < job->limit - job->records ? f->count : (size_t)(job->limit - job->records), count;
	int bad = f->bad && job->records + f->count < job->limit, failed = 0;

	/* First, because the batch's bytes may be in the output's memory. */
	if (bad)
		failed = aside_take(&job->bad, job->in.read, job->in.file, &job->fault) < 0;
	aside_floor(&job->bad, job->position + most);
	count = sources_put(&job->in, most, job->position);
	job->records += count;
	job->position += count;
	if (bad && !failed && count == most)
		aside_put(&job->bad, job->position++);
	rec_out_mark(&job->out, job->position, f->used);
	aside_mark(&job->bad, job->position, f->used);
	if (failed)
		return 0;
	if (f->lost > 0 && count == f->count && job->records < job->limit) {
		if (job->lost == 0)
			job->first_lost = job->position;
		job->lost += f->lost;
		rec_out_loss(&job->out, job->position, f->lost, job->position + f->lost);
		job->position += f->lost;
	}
	return job->records < job->limit;
}

int
main(int argc, char **argv)
{
	static struct job job;
	const char *unmatched;
	int status, more = 1;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	command_apart(argv + optind, (size_t)(argc - optind));
	if (job.bad.name != NULL)
		command_apart_from(job.bad.name, argv + optind, (size_t)(argc - optind));
	command_out(&job.out);
	job.in.out = &job.out;
	job.in.fault = &job.fault;
	if (sources_init(&job.in) < 0)
		die(EX_OSERR, "out of memory");

	if (aside_open(&job.bad, &job.fault) < 0)
		job.in.count = 0;
	else if (job.limit == 0)
		sources_declare(&job.in);
	while (job.limit > 0 && (more = sources_next(&job.in)) && put(&job) && !rec_out_stop())
		;
	if (!more && job.fault.status == 0 && !rec_out_stop() && (unmatched = sources_unmatched(&job.in)) != NULL)
		die_warn("%s", unmatched);
	sources_close(&job.in);
	if (job.lost > 0)
		command_fail(&job.fault, EX_DATAERR,
		    "record %" PRIu64 ": truncated or malformed, left out (%" PRIu64 " such in all)", job.first_lost,
		    job.lost);
	status = command_end(NULL, &job.fault, job.position);
	if (job.bad.count > 0)
		status = opt_tell_bad(&job.bad.first, job.bad.count, job.bad.name, "not in the framing", status);
	aside_free(&job.bad);
	sources_free(&job.in);
	return status;
}
