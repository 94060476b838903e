/*
 * rec-view: records as rows that people read: position, length and content, with everything made
 * visible that could drive the terminal or hide. --info shows a stream's figures instead.
 *
 * Rows are written after each block, so that none waits for more input, and within a large record
 * after each piece, so that memory is bounded.
 */

#include <float.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "match/number.h"
#include "os/term.h"
#include "report/display.h"
#include "report/summary.h"

static const struct die_usage usage = { "rec-view",
	"rec-view [--hex | --lines | --no-table] [-n N] [ENDPOINT ...]\n"
	"rec-view --table [--full] [-n N] [ENDPOINT ...]\n"
	"rec-view --bars RANGE [--max VALUE] [-n N] [ENDPOINT ...]\n"
	"rec-view --info [--json] [ENDPOINT ...]\n",
	"\n"
	"  -n, --limit N  stop after N records of each input\n"
	"      --bars RANGE  draw that part of each record, a number, as a bar\n"
	"      --max VALUE   --bars: the value of a full bar, so that all are shown at once\n"
	"      --hex      show the bytes of each record, in hexadecimal and as text\n"
	"      --lines    show a record of several lines on as many rows\n"
	"      --table    show aligned columns: of tables, and of members of JSON\n"
	"      --full     --table: whole cells and all columns, also if they are wider than the terminal\n"
	"      --no-table show tables as other records are, also on a terminal\n"
	"      --info     show what each stream consists of and how it ended, not its records\n"
	"      --json     --info: as one JSON object for each stream\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:hn:V";
static const struct option longs[] = {
	{ "bars", required_argument, NULL, 'B' },
	{ "full", no_argument, NULL, 'F' },
	{ "help", no_argument, NULL, 'h' },
	{ "hex", no_argument, NULL, 'X' },
	{ "info", no_argument, NULL, 'I' },
	{ "json", no_argument, NULL, 'J' },
	{ "limit", required_argument, NULL, 'n' },
	{ "lines", no_argument, NULL, 'L' },
	{ "max", required_argument, NULL, 'M' },
	{ "no-table", no_argument, NULL, 'N' },
	{ "table", no_argument, NULL, 'T' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct display display;
	int info, json;
	int begun; /* a stream has been shown */
};

/* --max: a number above 0. */
static double
parse_max(const char *text)
{
	double n;

	if (!number_read(text, strlen(text), &n) || n <= 0 || n > DBL_MAX)
		die_usage("--max %s: not a number above 0", text);
	return n;
}

static void
parse_bars(struct display *d)
{
	struct buf error = { 0 };

	if (bars_check(&d->bars, &error) < 0)
		die_usage("--bars: %s", buf_string(&error));
	d->form = DISPLAY_BARS;
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct display *d = &job->display;
	int c, no_table = 0, table = 0, rows;

	opterr = 0;
	d->limit = UINT64_MAX;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'B':
			d->bars.part = optarg;
			break;
		case 'F':
			d->full = 1;
			break;
		case 'h':
			die_help();
		case 'L':
			d->view.lines = 1;
			break;
		case 'n':
			d->limit = opt_records("-n", optarg, 0);
			break;
		case 'M':
			d->bars.full = parse_max(optarg);
			break;
		case 'N':
			no_table = 1;
			break;
		case 'T':
			table = 1;
			break;
		case 'X':
			d->view.hex = 1;
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
	rows = d->view.hex || d->view.lines || no_table;
	d->form = table ? DISPLAY_TABLE : !rows && isatty(STDOUT_FILENO) ? DISPLAY_AUTO : DISPLAY_ROWS;
	if (d->view.hex && d->view.lines)
		die_usage("--hex does not go with --lines");
	if (table && (rows || d->bars.part != NULL))
		die_usage("--table does not go with --hex, --lines, --no-table or --bars");
	if (d->bars.part != NULL && rows)
		die_usage("--bars does not go with --hex, --lines or --no-table");
	if (d->bars.full > 0 && d->bars.part == NULL)
		die_usage("--max goes with --bars");
	if (d->full && !table)
		die_usage("--full goes with --table");
	if (job->info && (rows || table || d->bars.part != NULL || d->limit != UINT64_MAX))
		die_usage("--info does not go with -n, --bars, --table and other displays: it is about the whole stream");
	if (job->json && !job->info)
		die_usage("--json goes with --info");
	if (d->bars.part != NULL)
		parse_bars(d);
	for (int i = optind; i < argc; i++) {
		struct buf error = { 0 };

		if (endpoint_check(argv[i], 0, &error) != 0)
			die_usage("%s", buf_string(&error));
		if (strcmp(argv[i], "-") == 0)
			command_no_terminal();
	}
}

static void
flush(struct view *v)
{
	if (view_flush(v) < 0)
		die(EX_OSERR, "out of memory");
}

/*
 * The input is no record stream: if its name is that of a file of text, the advice is the endpoint
 * that reads it.
 */
static void
advise(struct rec_in *in)
{
	struct buf name = { 0 };

	if (in->end == REC_IN_NOT_STREAM && in->way != 0 && rec_in_is_file(in) && endpoint_show_text(in->name, &name)) {
		in->reason.len = in->way;
		in->way = 0;
		(void)buf_addf(&in->reason, "; rec-view %s shows it", buf_string(&name));
	}
	buf_free(&name);
}

static void
view_records(struct job *job, struct rec_in *in, struct command_fault *fault)
{
	struct display *d = &job->display;

	if (display_records(d, in) < 0)
		die(EX_OSERR, "out of memory");
	if (d->bare > 0 && d->bare == d->records && rec_in_table(in) == NULL)
		die_warn("%s: none of %" PRIu64 " records is a JSON object, and no table is declared; for CSV: rec-split -f csv -H",
		    in->name, d->records);
	if (d->error.len > 0)
		command_fail(fault, EX_DATAERR, "%s: --bars: %s", in->name, buf_string(&d->error));
	else if (d->form == DISPLAY_BARS && d->bars.records > 0 && d->bars.numbers == 0)
		die_warn("%s: none of %" PRIu64 " records has a number at %s", in->name, d->bars.records, d->bars.part);
	advise(in);
}

static void
view_info(struct job *job, struct rec_in *in)
{
	struct summary summary = { 0 };
	struct block b;

	while (rec_in_block(in, &b))
		summary_block(&summary, &b);
	advise(in);
	if (job->json)
		job->display.view.bad |= summary_json(&summary, in, &job->display.view.out);
	else
		job->display.view.bad |= summary_table(&summary, in, &job->display.view.out);
	flush(&job->display.view);
}

/* Shows one stream to its end. Returns its exit status. */
static int
view(struct job *job, struct rec_in *in)
{
	struct command_fault fault = { 0 };

	if (job->info)
		view_info(job, in);
	else
		view_records(job, in, &fault);
	if (in->end == REC_IN_UNWANTED) {
		const char *why;

		/* The input may be a FIFO that was made here and has had no writer yet. */
		(void)rec_in_close(in, &why);
		die_unwritten(rec_out_watch_ended());
	}
	return command_end(in, &fault, in->next);
}

static int
view_endpoint(struct job *job, const char *name, int several)
{
	static struct rec_in in;
	struct endpoint ep;
	int status = endpoint_rec_in(&ep, name, &in);

	if (status != 0) {
		die_warn("%s", buf_string(&ep.error));
	} else {
		if (job->begun && !job->json)
			job->display.view.bad |= buf_addc(&job->display.view.out, '\n');
		job->begun = 1;
		rec_in_own_table(&in); /* each stream may have another */
		if (several && !job->info)
			view_heading(&job->display.view, in.name);
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
	job.display.view.write = die_print;
	job.display.view.colour = term_colour(STDOUT_FILENO);
	rec_out_watch(STDOUT_FILENO);
	command_apart(argv + optind, (size_t)(argc - optind));
	if (optind == argc) {
		command_in(&in);
		status = view(&job, &in);
	}
	for (int i = optind; i < argc; i++) {
		int one = view_endpoint(&job, argv[i], argc - optind > 1);

		status = status != 0 ? status : one;
	}
	status = command_close(status);
	display_free(&job.display);
	return status;
}
