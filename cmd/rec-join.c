/*
 * rec-join: records to bytes, by framing_write. Here is where the bytes go: to standard output at
 * once, or to a place that shows them only at the end (publish.h); and where records go that the
 * framing cannot express.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "framing/framing.h"
#include "framing/framing_write.h"
#include "os/io.h"
#include "os/publish.h"
#include "os/writer.h"
#include "record/position.h"

static const struct die_usage usage = { "rec-join",
	"rec-join [-0p] [-d STR] [-f FRAMING] [--as-is | --strict] [--no-header] [--short] "
	"[--bad ENDPOINT] [--whole | -o FILE]\n",
	"\n"
	"  -f, --framing NAME   how records are written as bytes (rec-framing(7)): unless given, as\n"
	"                       their table declares, or lines\n"
	"  -0                   records end with a NUL byte (-f nul)\n"
	"  -d STR               records end with STR, C escapes understood (-f delim:STR)\n"
	"  -p                   records are paragraphs (-f paragraphs)\n"
	"  -o, --output FILE    write a new file and replace FILE by it if all went well\n"
	"      --whole          write nothing until all has come, and only if all went well\n"
	"      --strict         refuse a record that rec-split would not read back (the default, but for lines and none)\n"
	"      --as-is          write it all the same (the default for lines and none)\n"
	"      --no-header      leave out the header of a table\n"
	"      --bad ENDPOINT   where records go that cannot be written so, and the others are written\n"
	"      --short          -f fixed:N, lines:N: the last record may be shorter\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:0d:f:ho:pV";
static const struct option longs[] = {
	{ "bad", required_argument, NULL, 'B' },
	{ "framing", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "no-header", no_argument, NULL, 'N' },
	{ "output", required_argument, NULL, 'o' },
	{ "as-is", no_argument, NULL, 'A' },
	{ "short", no_argument, NULL, 'S' },
	{ "strict", no_argument, NULL, 'T' },
	{ "whole", no_argument, NULL, 'W' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct framing framing;
	struct framing_write write;
	const char *output;
	int whole;
	struct publish publish;
	struct writer writer;
	const char *bad;        /* the argument of --bad, or NULL */
	struct endpoint endpoint;
	struct rec_out aside;
	uint64_t count;         /* of records that went there */
	struct buf first;       /* why the first one did */
	int piped;              /* the reader of standard output has gone */
	struct command_fault fault;
};

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c, strictness = 0;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case '0':
		case 'd':
		case 'f':
		case 'p':
			if (framing_option(&job->framing, c, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'B':
			if (opt_output("--bad", job->bad = optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'h':
			die_help();
		case 'N':
			job->write.no_header = 1;
			break;
		case 'o':
			if (*optarg == '\0')
				die_usage("-o: an empty name is no file's");
			if (!endpoint_is_path(optarg))
				die_usage("-o %s: a file is expected, which is written ./%s if that is its name",
				    optarg, optarg);
			job->output = optarg;
			break;
		case 'A':
		case 'T':
			if (strictness != 0 && strictness != c)
				die_usage("--as-is does not go with --strict");
			strictness = c;
			break;
		case 'S':
			job->framing.allow_short = 1;
			break;
		case 'W':
			job->whole = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	if (optind < argc)
		opt_operand(argv[optind], "no operand is expected; the file to write is named by -o");
	if (!framing_joins(&job->framing))
		die_usage("%s: %s", framing_name(&job->framing), framing_instead(&job->framing));
	job->write.framing = job->framing.kind != NULL ? framing_name(&job->framing) : NULL;
	job->write.allow_short = job->framing.allow_short;
	job->write.strictness = strictness == 0 ? -1 : strictness == 'A' ? FRAMING_AS_IS : FRAMING_STRICT;
}

static int
write_all(struct writer *w, const void *bytes, size_t n)
{
	int moved = 1;

	writer_add(w, bytes, n);
	while (w->parts > 0 && moved >= 0)
		moved = writer_push(w, 1);
	return moved < 0 ? -1 : 0;
}

/* For framing_write: writes bytes. */
static int
put(void *sink, const void *bytes, size_t n)
{
	struct job *job = sink;
	int held = job->whole || job->output != NULL;

	if (job->piped)
		return 0;
	if ((held ? publish_add(&job->publish, bytes, n) : write_all(&job->writer, bytes, n)) == 0)
		return 0;
	if (io_left(errno) && !held) {
		if (job->bad == NULL)
			die_piped();
		/* The output of --bad still gets what cannot be written. */
		job->piped = 1;
		return 0;
	}
	command_fail(&job->fault, EX_IOERR, "%s: %s",
	    !held ? "standard output" : job->output != NULL ? job->output : "a temporary file", strerror(errno));
	return -1;
}

/* Reports why framing_write has failed with that status, if put has not. */
static int
wrote(struct job *job, int status)
{
	if (status != 0 && job->fault.status == 0)
		command_fail(&job->fault, status, "%s", buf_string(&job->write.error));
	return status == 0 ? 0 : -1;
}

/* For rec_in: the records have this table. */
static int
tabled(struct rec_in *in, const struct table *table)
{
	struct job *job = in->tabled_by;

	return wrote(job, framing_write_table(&job->write, table));
}

/* For framing_write: the record cannot be written in the framing. */
static void
set_aside(void *sink, const struct block *b, uint32_t i, const char *why)
{
	struct job *job = sink;
	uint32_t start = block_start(b, i);
	uint64_t position = block_position(b, i);

	if (job->count++ == 0)
		(void)buf_addf(&job->first, "record %" PRIu64 ": %s", position_source(position), why);
	rec_out_rec(&job->aside, &(struct rec){ b->payload + start, b->ends[i] - start, position });
}

/*
 * Opens the output of --bad. If its reader leaves, the bytes are written all the same. Returns 0,
 * or -1 after a failure that is noted.
 */
static int
open_bad(struct job *job)
{
	command_stream_ends();
	if (command_out_to(&job->endpoint, job->bad, &job->aside, &job->fault) < 0)
		return -1;
	rec_out_read_on();
	job->write.aside = set_aside;
	return 0;
}

/* Writes a block's records, and tells the output of --bad how far the stream has come. */
static void
write_block(struct job *job, struct block *b)
{
	if (b->kind == BLOCK_DATA)
		(void)wrote(job, framing_write_block(&job->write, b));
	else if (job->write.aside != NULL)
		rec_out_block(&job->aside, b);
	if (job->write.aside != NULL && job->fault.status == 0)
		rec_out_mark(&job->aside, b->next, b->size);
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct block b;
	int status;

	command_start(&usage);
	parse(&job, argc, argv);
	command_in(&in);
	in.tabled = tabled;
	in.tabled_by = &job;
	job.write.put = put;
	job.write.sink = &job;
	writer_open(&job.writer, STDOUT_FILENO);
	if (job.output == NULL && !job.whole) {
		command_apart(NULL, 0);
		rec_out_watch(STDOUT_FILENO);
	}
	if (job.output == NULL)
		publish_held(&job.publish, STDOUT_FILENO);
	else if (publish_file(&job.publish, job.output) < 0)
		command_fail(&job.fault, errno == EACCES || errno == EPERM ? EX_NOPERM : EX_CANTCREAT, "%s: %s",
		    job.output, strerror(errno));

	if (job.bad != NULL && job.fault.status == 0)
		(void)open_bad(&job);

	while (job.fault.status == 0 && !(job.piped && job.aside.state == REC_OUT_GONE) && rec_in_block(&in, &b))
		write_block(&job, &b);
	if (in.end == REC_IN_UNWANTED && job.aside.state != REC_OUT_FAILED)
		die_unwritten(rec_out_watch_ended());
	if (job.fault.status != 0 || (job.piped && job.aside.state == REC_OUT_GONE))
		rec_in_enough(&in, in.next);
	status = command_end(&in, &job.fault, in.next);
	if (status == 0 && (job.whole || job.output != NULL) && publish_now(&job.publish) < 0) {
		if (io_left(errno) && job.output == NULL)
			die_piped();
		die_warn("%s: %s", job.output != NULL ? job.output : "standard output", strerror(errno));
		status = EX_IOERR;
	}
	if (job.count > 0)
		status = opt_tell_bad(&job.first, job.count, job.bad, "records that could not be written", status);
	if (job.piped)
		die_piped();
	publish_drop(&job.publish);
	status = command_close(status);
	framing_write_free(&job.write);
	framing_free(&job.framing);
	endpoint_free(&job.endpoint);
	buf_free(&job.first);
	return status;
}
