/*
 * rec-reduce: makes one record of each group of records that have a key in common: the key, and the
 * results of operations such as count, sum and list. With --running each record gets the results of
 * its group so far.
 */

#include <getopt.h>
#include <string.h>

#include "base/delimited.h"
#include "base/status.h"
#include "change/reduce.h"
#include "choose/names.h"
#include "command/command.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-reduce",
	"rec-reduce [-F SEP] [-N N] [-O SEP] [--key RANGES] [--need] [--running | --sorted] [--top N]\n"
	"           [--interval DURATION] [--memory SIZE] [--else ENDPOINT] OP ...\n",
	"\n"
	"makes one record of each group: the key, then a value for each OP, which is\n"
	"  [NAME=] count sum min max mean median percentile:P stdev first last distinct list[:SEP] mode\n"
	"  min:text max:text; with --running also delta previous,\n"
	"and then a range such as .price or f4, or an expression: '.price * .n'\n"
	"\n"
	"  -F, --separator SEP      the separator of fields: , or TAB or ::\n"
	"  -N, --batch N            every N records are a group\n"
	"  -O SEP                   the separator in text that is made\n"
	"      --else ENDPOINT      where records go with a value that is no number\n"
	"      --interval DURATION  running results, whenever that time is over\n"
	"      --key RANGES         what the records of a group have in common\n"
	"      --memory SIZE        memory for groups; records of others go to a temporary file (256M)\n"
	"      --need               leave out records that lack a part of the key\n"
	"      --running            each record, with the results of its group so far\n"
	"      --sorted             groups are adjacent: each is put out when the next one begins\n"
	"      --top N              the N groups whose first result is the largest\n"
	"  -h, --help; -V, --version\n" };

enum { ELSE = 256, INTERVAL, KEY, MEMORY, NEED, RUNNING, SORTED, TOP };

static const char letters[] = "+:F:hHN:O:V";
static const struct option longs[] = {
	{ "batch", required_argument, NULL, 'N' },
	{ "else", required_argument, NULL, ELSE },
	{ "header", no_argument, NULL, 'H' }, /* only to refuse it */
	{ "help", no_argument, NULL, 'h' },
	{ "interval", required_argument, NULL, INTERVAL },
	{ "key", required_argument, NULL, KEY },
	{ "memory", required_argument, NULL, MEMORY },
	{ "need", no_argument, NULL, NEED },
	{ "running", no_argument, NULL, RUNNING },
	{ "separator", required_argument, NULL, 'F' },
	{ "sorted", no_argument, NULL, SORTED },
	{ "top", required_argument, NULL, TOP },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What those write who know datamash, mlr and others. */
#define BY "what the records of a group have in common is --key: --key .customer"

static const struct opt_habit habits[] = {
	{ "-b", BY },
	{ "-g", BY },
	{ "-k", BY },
	{ "--by", BY },
	{ "--group", BY },
	{ "--group-by", BY },
	{ "-t", "the separator of fields is -F" },
	{ "-W", "the separator of fields is -F; w2 are words between blanks" },
};

static void
set_option(struct reduce *r, const char **key, int c, char **argv)
{
	struct buf error = { 0 };

	opt_once(c, letters, longs);
	switch (c) {
	case 'F':
		r->separator = optarg;
		break;
	case 'N':
		r->batch = opt_records("-N", optarg, 1);
		break;
	case 'O':
		r->join = optarg;
		break;
	case ELSE:
		if (partition_else(&r->partition, optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		break;
	case INTERVAL:
		r->interval = opt_duration("--interval", optarg, 1, UINT64_C(1) << 40, "a time such as 5s is expected");
		break;
	case KEY:
		opt_key(optarg);
		*key = optarg;
		break;
	case MEMORY:
		r->memory = opt_size(
		    "--memory", optarg, 64 << 10, SIZE_MAX / 2, "a size of at least 64K is expected, such as 512M");
		break;
	case NEED:
		r->need = 1;
		break;
	case RUNNING:
		r->running = 1;
		break;
	case SORTED:
		r->sorted = 1;
		break;
	case TOP:
		r->top = opt_records("--top", optarg, 1);
		break;
	case 'H':
		die_usage("%s", NAMES_NO_HEADER);
	case 'h':
		die_help();
	case 'V':
		die_version();
	default:
		opt_unknown(c, argv, habits, sizeof habits / sizeof habits[0]);
	}
}

static void
parse(struct reduce *r, int argc, char **argv)
{
	struct buf error = { 0 };
	const char *key = NULL;
	int c;

	opterr = 0;
	r->memory = UINT64_C(256) << 20;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		set_option(r, &key, c, argv);
	/* After -F, wherever that is. */
	if (key != NULL && reduce_key(r, key, &error) < 0)
		die_usage("--key: %s", buf_string(&error));
	if (reduce_ops(r, argv + optind, (size_t)(argc - optind), &error) < 0) {
		for (int i = optind + 1; i < argc; i++)
			if (delimited_is_option(argv[i]))
				die_usage("%s: options come before the first operand", argv[i]);
		if (argc - optind > 0)
			(void)opt_file(argv[argc - 1], &error);
		die_usage("%s", buf_string(&error));
	}
	if (reduce_check(r, &error) < 0)
		die_usage("%s", buf_string(&error));
	buf_free(&error);
}

int
main(int argc, char **argv)
{
	static struct reduce reduce;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	int status;

	command_start_stream(&usage, argv, "");
	parse(&reduce, argc, argv);
	command_in(&in);
	partition_open(&reduce.partition, 1, &fault);
	reduce_stream(&reduce, &in, &fault);
	status = command_end(&in, &fault, reduce.next);
	reduce_free(&reduce);
	partition_free(&reduce.partition);
	return status;
}
