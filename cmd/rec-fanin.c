/*
 * rec-fanin: several record streams into one: one after another, as records come, in the order of
 * positions or of keys, one record of each in turn, or side by side. While it waits for one input,
 * it goes on reading the others (branch.h).
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/words.h"
#include "command/command.h"
#include "command/opt.h"
#include "many/merge.h"
#include "many/order.h"
#include "many/interleave.h"
#include "record/env.h"

static const struct die_usage usage = { "rec-fanin",
	"rec-fanin [--any] [--align] [--spill-max SIZE] ENDPOINT ...\n"
	"rec-fanin -k [--ties] [--align] [--spill-max SIZE] ENDPOINT ...\n"
	"rec-fanin --merge KEYS [-F SEP] [--align] [--spill-max SIZE] ENDPOINT ...\n"
	"rec-fanin --round-robin [--until any | all] [--align] [--spill-max SIZE] ENDPOINT ...\n"
	"rec-fanin --zip [-F SEP] [--overlay] [--until any | all] [--spill-max SIZE] ENDPOINT ...\n",
	"\nwithout any of these, all of the first stream, then all of the next\n\n"
	"  -F, --separator SEP   merge: the separator of fields; zip: what is between records\n"
	"  -k, --order           by position: branches of one stream, as it was before\n"
	"      --align           put the columns of all tables in one order, that of the first\n"
	"      --any             as they come\n"
	"      --merge KEYS      sorted streams into one, by the keys of rec-sort ('' is the whole record)\n"
	"      --overlay         zip: over one another, column by column\n"
	"      --round-robin     one record of each in turn\n"
	"      --spill-max SIZE  the most that may wait in a temporary file for each (default 1G)\n"
	"      --ties            order: records at one position in the order of the operands\n"
	"      --until any|all   round-robin, zip: end with the first stream that ends, or the last\n"
	"      --zip             records side by side\n"
	"  -h, --help; -V, --version\n" };

enum { ALIGN = 256, ANY, DESCENDING, MERGE, NUMERIC, OVERLAY, ROUND_ROBIN, SPILL_MAX, TIES, UNTIL, ZIP };

static const struct option longs[] = {
	{ "align", no_argument, NULL, ALIGN },
	{ "any", no_argument, NULL, ANY },
	{ "descending", no_argument, NULL, DESCENDING }, /* this and numeric only to refuse them */
	{ "help", no_argument, NULL, 'h' },
	{ "merge", required_argument, NULL, MERGE },
	{ "numeric", no_argument, NULL, NUMERIC },
	{ "order", no_argument, NULL, 'k' },
	{ "overlay", no_argument, NULL, OVERLAY },
	{ "round-robin", no_argument, NULL, ROUND_ROBIN },
	{ "separator", required_argument, NULL, 'F' },
	{ "spill-max", required_argument, NULL, SPILL_MAX },
	{ "ties", no_argument, NULL, TIES },
	{ "until", required_argument, NULL, UNTIL },
	{ "version", no_argument, NULL, 'V' },
	{ "zip", no_argument, NULL, ZIP },
	{ NULL, 0, NULL, 0 },
};

struct job {
	int align;
	int how; /* 0: one after another; else the option that was given */
	const char *until;
	char *keys;
	uint64_t spill_max;
	struct branches branches;
	struct rec_out out;
	struct order order;
	struct merge merge;
	struct interleave interleave;
	size_t turn;     /* one after another: the branch that is put out now */
	uint64_t number; /* number of records put out with new positions */
};

/* ---- the command line ---- */

static void
set_how(struct job *job, int how)
{
	if (job->how != 0 && job->how != how)
		die_usage("only one of --any, --order, --merge, --round-robin and --zip");
	job->how = how;
}

static void
set_option(struct job *job, int c, char **argv)
{
	switch (c) {
	case ALIGN:
		job->align = 1;
		break;
	case ANY:
	case 'k':
	case ROUND_ROBIN:
	case ZIP:
		set_how(job, c);
		break;
	case MERGE:
		set_how(job, c);
		job->keys = optarg;
		break;
	case DESCENDING:
		die_usage("--descending: it is a letter after each key: --merge w2:r, or '*:r' for the whole record");
	case NUMERIC:
		die_usage("--numeric: it is a letter after each key: --merge w2:n");
	case OVERLAY:
		job->interleave.overlay = 1;
		break;
	case TIES:
		job->order.ties = 1;
		break;
	case UNTIL:
		job->until = optarg;
		job->interleave.any = opt_until_any(optarg);
		break;
	case 'F':
		job->interleave.separator = optarg;
		break;
	case SPILL_MAX:
		job->spill_max = opt_spill_max(optarg);
		break;
	case 'h':
		die_help();
	case 'V':
		die_version();
	default:
		die_option(c, argv);
	}
}

/* Refuses an option of one way (or two) of bringing streams together if another was chosen. */
static void
check_belongs(const struct job *job, int given, const char *option, int how, int other)
{
	static const char *const names[] = {
		['k'] = "-k", [MERGE] = "--merge", [ROUND_ROBIN] = "--round-robin", [ZIP] = "--zip"
	};

	if (given && job->how != how && job->how != other)
		die_usage("%s goes with %s%s%s", option, names[how], other != how ? " or " : "",
		    other != how ? names[other] : "");
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c, standard = 0, records = 0;

	opterr = 0;
	job->spill_max = OPT_SPILL_MAX;
	while ((c = getopt_long(argc, argv, "+:F:hkV", longs, NULL)) != -1)
		set_option(job, c, argv);
	check_belongs(job, job->order.ties, "--ties", 'k', 'k');
	check_belongs(job, job->interleave.overlay, "--overlay", ZIP, ZIP);
	check_belongs(job, job->until != NULL, "--until", ROUND_ROBIN, ZIP);
	check_belongs(job, job->interleave.separator != NULL, "-F", MERGE, ZIP);
	if (job->interleave.overlay && job->interleave.separator != NULL)
		die_usage("--overlay does not go with -F: it puts nothing between records");
	if (job->align && job->how == ZIP)
		die_usage("--align does not go with --zip, whose rows have the columns of each");
	if (optind == argc)
		die_usage("an endpoint is needed, such as - or fifo:b");
	for (int i = optind; i < argc; i++) {
		if (endpoint_check(argv[i], 0, &error) != 0)
			die_usage("%s", buf_string(&error));
		if (!endpoint_is_standard(argv[i], 0))
			continue;
		if (standard++ > 0)
			die_usage("%s: standard input can be read only once", argv[i]);
		records = endpoint_framing(argv[i]) == NULL;
	}
	if (records)
		command_no_terminal();
}

static void
set_keys(struct job *job)
{
	struct buf error = { 0 };
	struct words words;

	if (words_init(&words, job->keys, WORDS_RANGES) < 0)
		die(EX_OSERR, "out of memory");
	if (merge_init(&job->merge, job->interleave.separator, words.list, words.count, &error) < 0)
		die_usage("--merge: %s", buf_string(&error));
	words_free(&words);
}

/* ---- the ways ---- */

/* Puts out all that a branch has queued. Returns 1 if more may come, else 0. */
static int
put_all(struct job *job, struct branch *b)
{
	struct held *h;

	while (job->out.state == REC_OUT_OPEN && (h = branch_front(&job->branches, b)) != NULL)
		branch_renumber(b, &job->out, &job->number, h->block.count - h->from);
	b->needed = !b->ended;
	return b->needed;
}

static int
put_in_turn(struct job *job)
{
	while (job->turn < job->branches.count) {
		if (put_all(job, &job->branches.all[job->turn]))
			return 1;
		job->turn++;
	}
	return 0;
}

static int
put_any(struct job *job)
{
	int open = 0;

	for (size_t i = 0; i < job->branches.count; i++)
		open |= put_all(job, &job->branches.all[i]);
	return open;
}

/* Puts out what can go out now. Returns 1; 0 at the end; -1 after a failure that is noted. */
static int
put(struct job *job)
{
	switch (job->how) {
	case 'k':
		return order_put(&job->order);
	case MERGE:
		return merge_put(&job->merge);
	case ROUND_ROBIN:
		return interleave_turns(&job->interleave);
	case ZIP:
		return interleave_rows(&job->interleave);
	case ANY:
		return put_any(job);
	default:
		return put_in_turn(job);
	}
}

/* Returns the watermark of a stream with new positions; with -k the branches have it. */
static uint64_t
reached(const struct job *job)
{
	if (job->how == MERGE)
		return job->merge.number;
	return job->how == ROUND_ROBIN || job->how == ZIP ? job->interleave.number : job->number;
}

int
main(int argc, char **argv)
{
	static struct job job;
	struct command_fault fault = { 0 };
	const char *wrong = NULL;
	uint64_t next;
	size_t count;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	count = (size_t)(argc - optind);
	if (branches_init(&job.branches, count, job.spill_max, &fault) < 0)
		die(EX_OSERR, "out of memory");
	job.order.branches = job.merge.branches = job.interleave.branches = &job.branches;
	job.order.out = job.merge.out = job.interleave.out = &job.out;
	job.interleave.record_max = env_get(&wrong)->record_max;
	interleave_init(&job.interleave);
	if (job.how == MERGE)
		set_keys(&job);
	if (order_init(&job.order) < 0)
		die(EX_OSERR, "out of memory");
	command_apart(argv + optind, count);
	command_out(&job.out);
	job.out.apart = job.how != 'k';
	job.branches.out = job.how != ZIP ? &job.out : NULL;
	if (branches_open(&job.branches, argv + optind) == 0 && (!job.align || branches_align(&job.branches) == 0))
		while (put(&job) > 0 && branches_wait(&job.branches))
			;
	next = branches_end(&job.branches, 0);
	if (job.how != 'k')
		next = reached(&job);
	order_free(&job.order);
	merge_free(&job.merge);
	interleave_free(&job.interleave);
	return command_end(NULL, &fault, next);
}
