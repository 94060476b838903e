/*
 * rec-join: records to bytes.
 *
 * If the framing ends every record with the same bytes, and the gaps of a block have room for them,
 * the terminators are written into the gaps (or are there already), and the payload is written
 * without a copy. Other framings are put together record by record. A terminator that the last
 * record came without is owed: it is written if more records follow.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "command/command.h"
#include "endpoint/endpoint.h"
#include "framing/framing.h"
#include "os/io.h"
#include "os/publish.h"
#include "os/writer.h"
#include "record/position.h"

static const struct die_usage usage = { "rec-join",
	"rec-join [-0p] [-d STR] [-f FRAMING] [--as-is | --strict] [--short] [--whole | -o FILE]\n",
	"\n"
	"  -f, --framing NAME   how records are written as bytes: lines unless given (rec-framing(7))\n"
	"  -0                   records end with a NUL byte (-f nul)\n"
	"  -d STR               records end with STR, C escapes understood (-f delim:STR)\n"
	"  -p                   records are paragraphs (-f paragraphs)\n"
	"  -o, --output FILE    write a new file and replace FILE by it if all went well\n"
	"      --whole          write nothing until all has come, and only if all went well\n"
	"      --strict         refuse a record that rec-split would not read back (the default, except for lines)\n"
	"      --as-is          write it all the same (the default for lines)\n"
	"      --short          -f fixed: the last record may be shorter\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:0d:f:ho:pV";
static const struct option longs[] = {
	{ "framing", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
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
	struct framing_join join;
	const char *end; /* what follows each record, if that is always the same */
	size_t end_len;
	int terminated; /* end is set */
	int owed;       /* the last record was written without end */
	const char *output;
	int whole;
	struct publish publish;
	struct writer writer;
	struct buf bytes;
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
		case 'h':
			die_help();
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
		die_usage("%s: no operand is expected; the file to write is named by -o", argv[optind]);
	if (!framing_joins(&job->framing))
		die_usage("regex: it only splits bytes, because it does not say what to write; "
		    "-d STR writes STR after each record");
	job->join.framing = &job->framing;
	job->join.strictness = strictness == 0 ? framing_usual(&job->framing) :
	    strictness == 'A'                  ? FRAMING_AS_IS :
	                                         FRAMING_STRICT;
	job->terminated = framing_terminator(&job->framing, &job->end, &job->end_len);
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

static void
put(struct job *job, const void *bytes, size_t n)
{
	int held = job->whole || job->output != NULL;

	if (job->fault.status != 0 || n == 0)
		return;
	if ((held ? publish_add(&job->publish, bytes, n) : write_all(&job->writer, bytes, n)) == 0)
		return;
	if (io_left(errno) && !held)
		die_piped();
	command_fail(&job->fault, EX_IOERR, "%s: %s",
	    !held ? "standard output" : job->output != NULL ? job->output : "a temporary file", strerror(errno));
}

static void
refuse(struct job *job, const struct block *b, uint32_t i)
{
	if (job->fault.status == 0)
		command_fail(&job->fault, EX_DATAERR, "record %" PRIu64 ": %s", position_source(block_position(b, i)),
		    job->join.why);
}

/*
 * Writes the terminator into every gap of a block; gaps are as long as it. Returns 1 if all gaps
 * had it before, and the header too, which counts if the block has no whole gap; else 0.
 */
static int
fill_gaps(const struct job *job, struct block *b)
{
	int same = b->gap != 1 || (unsigned char)b->status == (unsigned char)*job->end;

	for (uint32_t i = 0; i < b->count - (uint32_t)block_lacks_gap(b); i++) {
		char *gap = b->payload + b->ends[i];

		if (b->gap == 1 && *gap == *job->end)
			continue; /* the usual case, without a call */
		if (memcmp(gap, job->end, job->end_len) != 0) {
			memcpy(gap, job->end, job->end_len);
			same = 0;
		}
	}
	b->status = b->gap == 1 ? (unsigned char)*job->end : 0;
	return same;
}

static void
put_copied(struct job *job, const struct block *b, uint32_t count)
{
	job->bytes.len = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t start = block_start(b, i);

		if (buf_add(&job->bytes, b->payload + start, b->ends[i] - start) < 0 ||
		    (!(i == b->count - 1 && block_lacks_gap(b)) && buf_add(&job->bytes, job->end, job->end_len) < 0))
			die(EX_OSERR, "out of memory");
	}
	put(job, job->bytes.data, job->bytes.len);
}

static void
join_terminated(struct job *job, struct block *b)
{
	int in_place = b->gap == job->end_len, same = in_place && fill_gaps(job, b);
	uint32_t count = job->join.strictness == FRAMING_AS_IS ? b->count : framing_check_block(&job->join, b);

	if (count > 0) {
		int whole = count < b->count || !block_lacks_gap(b);

		if (job->owed)
			put(job, job->end, job->end_len);
		if (in_place)
			put(job, b->payload, b->ends[count - 1] + (whole ? job->end_len : 0));
		else
			put_copied(job, b, count);
		/*
		 * A last line that came without a newline is written without one; any other last
		 * record gets its terminator.
		 */
		job->owed = !whole && same && b->ends[count - 1] > block_start(b, count - 1);
		if (!whole && !job->owed)
			put(job, job->end, job->end_len);
	}
	if (count < b->count)
		refuse(job, b, count);
}

static void
join_framed(struct job *job, const struct block *b)
{
	uint32_t i;
	int good = 1;

	job->bytes.len = 0;
	for (i = 0; i < b->count && good; i++) {
		uint32_t start = block_start(b, i);

		good = framing_join(&job->join, b->payload + start, b->ends[i] - start, &job->bytes) == 0;
		if (!good && job->join.why == NULL)
			die(EX_OSERR, "out of memory");
	}
	if (framing_join_flush(&job->join, &job->bytes) < 0)
		die(EX_OSERR, "out of memory");
	put(job, job->bytes.data, job->bytes.len);
	if (!good)
		refuse(job, b, i - 1);
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

	while (job.fault.status == 0 && rec_in_block(&in, &b)) {
		if (b.kind != BLOCK_DATA || b.count == 0)
			continue;
		if (job.terminated)
			join_terminated(&job, &b);
		else
			join_framed(&job, &b);
	}
	if (in.end == REC_IN_UNWANTED)
		die_unwritten(rec_out_watch_ended());
	if (job.fault.status != 0)
		rec_in_enough(&in, in.next);
	status = command_end(&in, &job.fault, in.next);
	if (status == 0 && (job.whole || job.output != NULL) && publish_now(&job.publish) < 0) {
		if (io_left(errno) && job.output == NULL)
			die_piped();
		die_warn("%s: %s", job.output != NULL ? job.output : "standard output", strerror(errno));
		status = EX_IOERR;
	}
	publish_drop(&job.publish);
	status = command_close(status);
	buf_free(&job.bytes);
	framing_join_free(&job.join);
	framing_free(&job.framing);
	return status;
}
