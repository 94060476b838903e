/*
 * rec-view: records to a person's eyes. A row has the position, the length and the content of a record, with whatever
 * could drive the terminal or hide made visible; --info has a stream's figures instead.
 *
 * What is shown goes out after each block, so that nothing waits for input, and within a large record after each piece,
 * so that memory is bounded.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "endpoint.h"
#include "num.h"
#include "show.h"
#include "summary.h"
#include "term.h"

static const struct die_usage usage = { "rec-view",
	"rec-view [--hex | --lines] [-n N] [ENDPOINT ...]\n"
	"rec-view --info [--json] [ENDPOINT ...]\n",
	"\n"
	"  -n, --limit N  stop after N records of each input\n"
	"      --hex      show the bytes of each record, in hexadecimal and as text\n"
	"      --lines    show a record of several lines on as many rows\n"
	"      --info     show what each stream consists of and how it ended, not its records\n"
	"      --json     --info: as one JSON object for each stream\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:hn:V";
static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "hex", no_argument, NULL, 'X' },
	{ "info", no_argument, NULL, 'I' },
	{ "json", no_argument, NULL, 'J' },
	{ "limit", required_argument, NULL, 'n' },
	{ "lines", no_argument, NULL, 'L' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

#define RED "\033[31m"
#define GREEN "\033[32m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[m"

enum { PIECE = 16 * 1024 }; /* bytes of a record that are made visible before they are written */

struct job {
	int hex, lines, info, json;
	uint64_t limit;
	int colour;
	size_t width;   /* columns of a row; 0: no limit */
	struct buf out; /* made visible, not yet written */
	int bad;        /* no memory for it */
	int begun;      /* a stream was shown */
};

static void
parse(struct job *job, int argc, char **argv)
{
	int c;

	opterr = 0;
	job->limit = UINT64_MAX;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'h':
			die_help();
		case 'L':
			job->lines = 1;
			break;
		case 'n':
			if (num_count(optarg, UINT64_MAX, &job->limit) < 0)
				die_usage("-n %s: not a number of records such as 10 or 5k", optarg);
			break;
		case 'X':
			job->hex = 1;
			break;
		case 'I':
			job->info = 1;
			break;
		case 'J':
			job->json = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	if (job->hex && job->lines)
		die_usage("--hex and --lines do not go together");
	if (job->info && (job->hex || job->lines || job->limit != UINT64_MAX))
		die_usage("--info is about the whole stream: not together with --hex, --lines or -n");
	if (job->json && !job->info)
		die_usage("--json is for --info");
	for (int i = optind; i < argc; i++) {
		struct buf error = { 0 };

		if (endpoint_check(argv[i], 0, &error) != 0)
			die_usage("%s", buf_string(&error));
		if (strcmp(argv[i], "-") == 0)
			command_no_terminal();
	}
}

/* ---- rows ---- */

static void
flush(struct job *job)
{
	if (job->bad != 0)
		die(EX_OSERR, "out of memory");
	if (job->out.len > 0)
		die_print(job->out.data, job->out.len);
	job->out.len = 0;
}

static void
add(struct job *job, const char *colour, const char *text, int len)
{
	job->bad |= buf_addf(&job->out, "%s%.*s%s", job->colour ? colour : "", len, text, job->colour ? PLAIN : "");
}

/* Position and length, or the word for what stands in a record's place. Returns the columns used. */
static int
show_place(struct job *job, uint64_t pos, const char *what)
{
	char text[64];
	int at = snprintf(text, sizeof text, "%6" PRIu64, pos);
	int len = snprintf(text + at, sizeof text - (size_t)at, " %7s", what);

	add(job, GREEN, text, at);
	add(job, DIM, text + at, len);
	return at + len;
}

/* One row of content, which begins at column begin, so many blanks from here. */
static void
show_row(struct job *job, const char *data, size_t len, int begin, int blanks)
{
	int flags = (job->lines ? SHOW_NEWLINES : 0) | (job->colour ? SHOW_COLOUR : 0);
	size_t width = job->width == 0 ? 0 : job->width > (size_t)begin ? job->width - (size_t)begin : 1;

	if (len > 0)
		job->bad |= buf_addf(&job->out, "%*s", blanks, "");
	while (width == 0 && len > PIECE) {
		size_t n = PIECE;

		/* Not within a character: its first byte is at most three before its last. */
		while (n > PIECE - 3 && ((unsigned char)data[n] & 0xC0) == 0x80)
			n--;
		if (((unsigned char)data[n] & 0xC0) == 0x80)
			n = PIECE;
		job->bad |= show_bytes(&job->out, data, n, 0, flags, NULL) == SIZE_MAX;
		flush(job);
		data += n;
		len -= n;
	}
	job->bad |= show_cut(&job->out, data, len, width, flags);
	job->bad |= buf_addc(&job->out, '\n');
	if (job->out.len > PIECE)
		flush(job);
}

static void
show_record(struct job *job, const struct block *b, uint32_t i)
{
	const char *data = b->payload + block_start(b, i), *newline;
	size_t len = b->ends[i] - block_start(b, i);
	char number[32];
	int used, begin, blanks;

	snprintf(number, sizeof number, "%zu", len);
	used = show_place(job, block_position(b, i), number);
	if (job->hex) {
		job->bad |= buf_addc(&job->out, '\n');
		for (size_t at = 0; at < len; at += SHOW_HEX) {
			job->bad |= show_hex(&job->out, at, data + at, len - at < SHOW_HEX ? len - at : SHOW_HEX);
			if (job->out.len > PIECE)
				flush(job);
		}
		return;
	}
	begin = (used + 2 + 7) / 8 * 8; /* a multiple of 8, as tabs want */
	blanks = begin - used;
	for (; job->lines && (newline = memchr(data, '\n', len)) != NULL; blanks = begin) {
		show_row(job, data, (size_t)(newline - data), begin, blanks);
		len -= (size_t)(newline + 1 - data);
		data = newline + 1;
	}
	show_row(job, data, len, begin, blanks);
}

static void
show_loss(struct job *job, const struct block *b)
{
	char text[64] = "an unknown number of records";

	(void)show_place(job, b->base, "lost");
	if (b->count != BLOCK_LOST_UNKNOWN)
		snprintf(text, sizeof text, "%" PRIu32 " record%s", b->count, b->count == 1 ? "" : "s");
	job->bad |= buf_adds(&job->out, "  ");
	add(job, RED, text, (int)strlen(text));
	job->bad |= buf_addc(&job->out, '\n');
}

static void
show_heading(struct job *job, const char *name)
{
	struct buf text = { 0 };

	job->bad |= buf_adds(&text, "==> ");
	job->bad |= show_bytes(&text, name, strlen(name), 0, 0, NULL) == SIZE_MAX;
	job->bad |= buf_adds(&text, " <==");
	add(job, BOLD, text.data, (int)text.len);
	job->bad |= buf_addc(&job->out, '\n');
	buf_free(&text);
	flush(job);
}

/* ---- streams ---- */

static void
view_records(struct job *job, struct rec_in *in)
{
	uint64_t left = job->limit;
	struct block b;

	while (left > 0 && rec_in_block(in, &b)) {
		job->width = term_width(STDOUT_FILENO);
		if (b.kind == BLOCK_LOSS)
			show_loss(job, &b);
		for (uint32_t i = 0; b.kind == BLOCK_DATA && i < b.count && left > 0; i++, left--)
			show_record(job, &b, i);
		flush(job);
	}
	if (left == 0)
		rec_in_enough(in, in->next);
}

static void
view_info(struct job *job, struct rec_in *in)
{
	struct summary summary = { 0 };
	struct block b;

	while (rec_in_block(in, &b))
		summary_block(&summary, &b);
	job->bad |= job->json ? summary_json(&summary, in, &job->out) : summary_table(&summary, in, &job->out);
	flush(job);
}

/* Shows one stream to its end. Returns its exit status. */
static int
view(struct job *job, struct rec_in *in)
{
	struct command_fault fault = { 0 };

	if (job->info)
		view_info(job, in);
	else
		view_records(job, in);
	if (in->end == REC_IN_UNWANTED)
		die_piped();
	return command_end(in, &fault, in->next);
}

static int
view_endpoint(struct job *job, const char *name, int several)
{
	static struct rec_in in;
	struct endpoint ep;
	int status = endpoint_rec_in(&ep, name, &in);

	if (status != 0) {
		warn("%s", buf_string(&ep.error));
	} else {
		if (job->begun && !job->json)
			job->bad |= buf_addc(&job->out, '\n');
		job->begun = 1;
		if (several && !job->info)
			show_heading(job, in.name);
		status = view(job, &in);
	}
	endpoint_free(&ep);
	return status;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	int status = 0;

	command_start(&usage);
	parse(&job, argc, argv);
	job.colour = term_colour(STDOUT_FILENO);
	rec_out_watch(STDOUT_FILENO);
	if (optind == argc) {
		command_in(&in);
		status = view(&job, &in);
	}
	for (int i = optind; i < argc; i++) {
		int one = view_endpoint(&job, argv[i], argc - optind > 1);

		status = status != 0 ? status : one;
	}
	status = command_close(status);
	buf_free(&job.out);
	return status;
}
