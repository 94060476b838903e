/*
 * rec-route: each record to the endpoint of the first phrase that it satisfies; or, with --key, to
 * a file of its own for each value of the key.
 */

#include <getopt.h>
#include <string.h>

#include "base/status.h"
#include "base/words.h"
#include "choose/keyfiles.h"
#include "choose/names.h"
#include "choose/route.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-route",
	"rec-route [-i] [-F SEP] PHRASE ENDPOINT [PHRASE ENDPOINT ...] [ENDPOINT]\n"
	"rec-route --key RANGES [--need] [-F SEP] [--else ENDPOINT] [--memory SIZE] ENDPOINT\n",
	"\n"
	"PHRASE: a verb of rec-filter with its operands, in one word: 'locate /ERROR/'\n"
	"The last ENDPOINT, or standard output, gets the records that satisfy none.\n"
	"With --key ENDPOINT is a path with {}, in whose place the key is put: csv:dir/{}.csv\n"
	"\n"
	"      --else ENDPOINT  where records go that --need rejects\n"
	"  -F, --separator SEP  the separator of fields, for all phrases\n"
	"  -i, --ignore-case    in all phrases the letters A to Z match either case\n"
	"      --key RANGES     a file for each value of these parts: .country, 'f1 f3'\n"
	"      --memory SIZE    with --key: memory for records that are not written yet (64M)\n"
	"      --need           with --key: records that lack one of the parts go to --else\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:F:hHiV";
static const struct option longs[] = {
	{ "else", required_argument, NULL, 'E' },
	{ "header", no_argument, NULL, 'H' }, /* only to refuse it */
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "key", required_argument, NULL, 'K' },
	{ "memory", required_argument, NULL, 'M' },
	{ "need", no_argument, NULL, 'N' },
	{ "separator", required_argument, NULL, 'F' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct route route;
	struct keyfiles keyfiles;
	struct partition partition;
	const char *key; /* --key, or NULL */
	const char *only_key; /* the last option given that goes with --key alone, or NULL */
};

/* The operand of --key. */
static void
parse_key(struct job *job, char *const words[], size_t count)
{
	struct keyfiles *k = &job->keyfiles;
	struct buf error = { 0 };
	struct words parts;

	if (words_init(&parts, job->key, WORDS_RANGES) < 0)
		die(EX_OSERR, "out of memory");
	if (job->route.separator != NULL && range_fields(&k->key, job->route.separator, &error) < 0)
		die_usage("-F %s", buf_string(&error));
	if (range_all(&k->key, parts.list, parts.count, &error) < 0) {
		(void)opt_expression(job->key, &error);
		die_usage("--key: %s", buf_string(&error));
	}
	words_free(&parts);
	if (k->key.count == 0)
		die_usage("--key: the parts that decide are needed, such as .country or 'field 1'");
	if (job->route.ignore_case)
		die_usage("-i goes with phrases, not with --key");
	if (job->partition.other != NULL && !k->need)
		die_usage("--else goes with --need: without it no record is rejected");
	if (count == 0)
		die_usage("--key: a path with {} is needed, such as csv:dir/{}.csv");
	if (keyfiles_take(k, words[0], &error) < 0)
		die_usage("%s", buf_string(&error));
	if (count > 1)
		die_usage("%s: only one endpoint is expected with --key", words[1]);
	if (endpoint_doubt(words[0], &error))
		die_warn("%s", buf_string(&error));
	buf_free(&error);
}

static void
parse_phrases(struct job *job, char *const words[], size_t count)
{
	struct buf error = { 0 };
	int status;

	if (job->only_key != NULL)
		die_usage("%s goes with --key", job->only_key);
	if (count == 0)
		die_usage("a phrase is needed, such as 'locate /ERROR/', and an endpoint after it");
	if (count == 1)
		die_usage("%s: an endpoint is needed after the phrase", words[0]);
	if ((status = route_take(&job->route, words, count, &error)) == EX_USAGE) {
		if (count == 2 && strstr(words[1], "{}") != NULL && range_begins(words[0]))
			die_usage("%s: a file for each value is written --key %s %s", words[0], words[0], words[1]);
		die_usage("%s", buf_string(&error));
	}
	if (status != 0)
		die(status, "%s", buf_string(&error));
	buf_free(&error);
}

static void
option(struct job *job, int c, char **argv)
{
	struct buf error = { 0 };

	opt_once(c, letters, longs);
	switch (c) {
	case 'E':
		job->only_key = "--else";
		if (partition_else(&job->partition, optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		break;
	case 'F':
		job->route.separator = optarg;
		break;
	case 'h':
		die_help();
	case 'H':
		die_usage("%s", NAMES_NO_HEADER);
	case 'i':
		job->route.ignore_case = 1;
		break;
	case 'K':
		opt_key(optarg);
		job->key = optarg;
		break;
	case 'M':
		job->only_key = "--memory";
		job->keyfiles.memory = (size_t)opt_size("--memory", optarg, 1, SIZE_MAX / 2, "not a size such as 64M");
		break;
	case 'N':
		job->only_key = "--need";
		job->keyfiles.need = 1;
		break;
	case 'V':
		die_version();
	default:
		die_option(c, argv);
	}
}

static void
parse(struct job *job, int argc, char **argv)
{
	int c;

	job->keyfiles.memory = 64 << 20;
	opterr = 0;
	/* A word with a space in it is a phrase, even if it begins with an option. */
	while (optind < argc && strpbrk(argv[optind], " \t\n") == NULL &&
	    (c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		option(job, c, argv);
	if (job->key != NULL)
		parse_key(job, argv + optind, (size_t)(argc - optind));
	else
		parse_phrases(job, argv + optind, (size_t)(argc - optind));
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct command_fault *fault = &job.route.fault;
	int status;

	command_start_stream(&usage, argv, "--key");
	parse(&job, argc, argv);
	command_in(&in);
	if (job.key != NULL) {
		/* The files need not show how the input has ended. */
		command_stream_ends();
		if (keyfiles_open(&job.keyfiles, fault) == 0)
			partition_open(&job.partition, 0, fault);
		keyfiles_stream(&job.keyfiles, &in, &job.partition, fault);
	} else {
		route_open(&job.route);
		route_stream(&job.route, &in);
	}
	status = command_end(&in, fault, in.next);
	if (job.key != NULL)
		keyfiles_free(&job.keyfiles);
	partition_free(&job.partition);
	route_free(&job.route);
	return status;
}
