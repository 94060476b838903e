/*
 * rec-split: bytes to records. The inputs are read one after another as one stream.
 *
 * Where the framing leaves records in place (lines and their like), a block is the input's bytes as they were read, with an
 * index behind them; no record is copied. The bytes of a record that is not complete yet move to the front of the buffer, and the
 * next read goes behind them. Other framings copy their records out.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "endpoint.h"
#include "env.h"
#include "framing.h"
#include "io.h"
#include "num.h"

static const struct die_usage usage = { "rec-split",
	"rec-split [-0p] [-d STR] [-f FRAMING] [-n N] [--raw] [--short] [ENDPOINT ...]\n",
	"\n"
	"  -f, --framing NAME   how records stand in the bytes: lines unless given (rec-framing(7))\n"
	"  -0                   records end with a NUL byte (-f nul)\n"
	"  -d STR               records end with STR, C escapes understood (-f delim:STR)\n"
	"  -p                   records are paragraphs (-f paragraphs)\n"
	"  -n, --limit N        stop after N records\n"
	"      --raw            take input that is a record stream already as plain bytes\n"
	"      --short          -f fixed: the last record may be shorter\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:0d:f:hn:pV";
static const struct option longs[] = {
	{ "framing", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "limit", required_argument, NULL, 'n' },
	{ "raw", no_argument, NULL, 'R' },
	{ "short", no_argument, NULL, 'S' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct framing framing;
	int gap; /* bytes between records that stay in place, -1 where they are copied out */
	unsigned char gap_byte;
	uint64_t limit, record_max;
	int raw;

	struct framing_split split;
	struct framing_found found;
	struct rec_out out;
	struct command_fault fault;
	uint64_t records;

	char *data; /* the input's bytes that are not used yet are data[start, len) */
	size_t start, len, cap, chunk;
};

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf name = { 0 }, error = { 0 };
	int c;

	opterr = 0;
	job->limit = UINT64_MAX;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case '0':
		case 'd':
		case 'f':
		case 'p':
			if (name.len > 0)
				die_usage("more than one framing is named");
			if (buf_addf(&name, "%s%s", c == '0' ? "nul" : c == 'p' ? "paragraphs" : c == 'd' ? "delim:" : "",
			        c == 'd' || c == 'f' ? optarg : "") < 0)
				die(EX_OSERR, "out of memory");
			break;
		case 'h':
			die_help();
		case 'n':
			if (num_count(optarg, UINT64_MAX, &job->limit) < 0)
				die_usage("-n %s: not a number of records such as 10 or 5k", optarg);
			break;
		case 'R':
			job->raw = 1;
			break;
		case 'S':
			job->framing.allow_short = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	if (framing_init(&job->framing, name.len > 0 ? buf_string(&name) : "lines", &error) < 0)
		die_usage("%s", buf_string(&error));
	buf_free(&name);
	job->gap = framing_gap(&job->framing, &job->gap_byte);
}

/* Puts the records found, at most as many as the limit leaves. Returns 0 when the limit is reached. */
static int
put(struct job *job)
{
	struct framing_found *f = &job->found;
	const char *data = job->data + job->start;
	size_t count = f->count < job->limit - job->records ? f->count : (size_t)(job->limit - job->records);

	if (job->gap >= 0 && count > 0) {
		struct block b = { .kind = BLOCK_DATA, .gap = (uint8_t)job->gap, .count = (uint32_t)count, .base = job->records,
			.next = job->records + count, .payload = job->data + job->start, .ends = f->ends };

		b.status = job->gap == 1 ? job->gap_byte : 0;
		b.size = f->ends[count - 1] + (f->lacks_gap && count == f->count ? 0 : (uint32_t)job->gap);
		rec_out_block(&job->out, &b);
	} else {
		for (size_t i = 0; i < count; i++)
			rec_out_rec(&job->out,
			    &(struct rec){ data + f->starts[i], f->ends[i] - f->starts[i], job->records + i });
	}
	job->records += count;
	if (f->lost > 0 && count == f->count) {
		rec_out_loss(&job->out, job->records, f->lost, job->records + f->lost);
		job->records += f->lost;
	}
	return job->records < job->limit;
}

/* Whether a record among those found, or the open one behind them, is larger than allowed. Says so. */
static int
too_large(struct job *job)
{
	const struct framing_found *f = &job->found;
	uint32_t before = 0;
	size_t i;

	/* The usual case at once: all that is held is smaller. */
	if (job->len - job->start > job->record_max)
		for (i = 0; i < f->count; i++) {
			uint32_t from = job->gap < 0 ? f->starts[i] : before;

			if (f->ends[i] - from > job->record_max)
				goto refuse;
			before = f->ends[i] + (uint32_t)(job->gap > 0 ? job->gap : 0);
		}
	i = f->count;
	/* What is behind the records found is one open record only when nothing more can be found in it. */
	if (f->count > 0 || f->used > 0 ||
	    framing_open_length(&job->split, job->data + job->start, job->len - job->start) <= job->record_max)
		return 0;
refuse:
	job->found.count = i;
	job->found.lacks_gap = 0;
	put(job);
	command_fail(&job->fault, EX_DATAERR, "record %" PRIu64 ": larger than REC_MAX, %" PRIu64 " bytes", job->records,
	    job->record_max);
	return 1;
}

/* Cuts what is in the buffer into records and puts them. Returns 0 where the command should stop. */
static int
cut(struct job *job, const char *name, int eof)
{
	struct framing_found *f = &job->found;
	int bad;

	do {
		bad = framing_split(&job->split, job->data + job->start, job->len - job->start, eof, f) < 0;
		if (!bad && too_large(job))
			return 0;
		if (!put(job))
			return 0;
		if (bad) {
			command_fail(&job->fault, EX_DATAERR, "%s: %s", name, buf_string(&job->split.error));
			return 0;
		}
		job->start += f->used;
	} while (!rec_out_stop() && (f->used > 0 || f->count == f->max));
	return !rec_out_stop();
}

/*
 * Makes room for a read behind the bytes that wait for more. The buffer grows with a record that does not fit it, by
 * doubling, as its bytes come.
 */
static void
make_room(struct job *job)
{
	size_t open = job->len - job->start;

	memmove(job->data, job->data + job->start, open);
	job->start = 0;
	job->len = open;
	if (job->cap - open >= job->chunk)
		return;
	job->cap = open + (open > job->chunk ? open : job->chunk);
	if ((job->data = realloc(job->data, job->cap)) == NULL)
		die(EX_OSERR, "out of memory for a record of more than %zu bytes", open);
}

/* Reads one input to its end. Returns 0 where the command should stop before that. */
static int
read_input(struct job *job, int fd, const char *name)
{
	int begun = job->raw, regular = io_kind(fd) == IO_FILE;

	for (;;) {
		size_t had = job->len;
		ssize_t n = 0;

		make_room(job);
		had = job->len;
		/* As much as there is without waiting, up to a chunk. */
		do {
			if (!(regular ? !rec_out_stop() : rec_out_wait(fd)))
				return 0;
			if ((n = io_read(fd, job->data + job->len, job->chunk - (job->len - had))) > 0)
				job->len += (size_t)n;
		} while (n > 0 && job->len - had < job->chunk / 2 && (regular || io_readable(fd)));
		if (n < 0) {
			command_fail(&job->fault, errno == EISDIR ? EX_NOINPUT : EX_IOERR, "%s: %s", name, strerror(errno));
			return 0;
		}
		if (!begun && job->len > 0) {
			size_t known = job->len < 4 ? job->len : 4;

			if (memcmp(job->data, BLOCK_MAGIC, known) != 0) {
				begun = 1;
			} else if (known == 4) {
				command_fail(&job->fault, EX_DATAERR,
				    "%s: already a record stream: leave rec-split out, or give --raw to split it as bytes", name);
				return 0;
			} else if (n > 0) {
				continue;
			}
		}
		if (!cut(job, name, n == 0))
			return 0;
		if (n == 0)
			return 1;
	}
}

/* Opens and reads one input. Returns 0 where the command should stop. */
static int
split_endpoint(struct job *job, const char *name)
{
	struct endpoint ep;
	int status = endpoint_input(&ep, name), going = 1;

	if (strcmp(name, "-") == 0)
		ep.name = name = "standard input";
	if (status != 0) {
		command_fail(&job->fault, status, "%s", buf_string(&ep.error));
	} else {
		job->start = job->len = 0;
		going = read_input(job, ep.fd, name);
		ep.enough = !going;
		framing_split_next(&job->split);
		rec_out_mark(&job->out, job->records, 0);
		if ((status = endpoint_close(&ep)) != 0)
			command_fail(&job->fault, status, "%s", buf_string(&ep.error));
	}
	endpoint_free(&ep);
	return going;
}

int
main(int argc, char **argv)
{
	static struct job job;
	const struct env *env;
	int status;

	command_start(&usage);
	parse(&job, argc, argv);
	env = env_get(NULL);
	job.record_max = env->record_max;
	job.chunk = env->block;
	job.split.framing = &job.framing;
	/* As many records as fit a usual block with chunk bytes of payload. */
	job.found.max = (BLOCK_USUAL - BLOCK_HEAD - 16 - job.chunk) / 4 + 1;
	job.found.ends = calloc(job.found.max + 1, sizeof *job.found.ends);
	job.found.starts = job.gap < 0 ? calloc(job.found.max, sizeof *job.found.starts) : NULL;
	if (job.found.ends == NULL || (job.gap < 0 && job.found.starts == NULL))
		die(EX_OSERR, "out of memory");
	command_out(&job.out);

	if (job.limit > 0 && optind == argc)
		split_endpoint(&job, "-");
	for (; job.limit > 0 && optind < argc && split_endpoint(&job, argv[optind]); optind++)
		;
	status = command_end(NULL, &job.fault, job.records);
	framing_split_free(&job.split);
	framing_free(&job.framing);
	free(job.found.ends);
	free(job.found.starts);
	free(job.data);
	return status;
}
