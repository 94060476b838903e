/*
 * rec-sort: sorts records by keys, parts of them with letters that say how they are compared; or
 * turns a stream around, or shuffles it; or checks that it is sorted.
 */

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "base/num.h"
#include "base/status.h"
#include "change/sort.h"
#include "command/command.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-sort",
	"rec-sort [-F SEP] [-n N] [--memory SIZE] [--unique [first | last]] [KEY ...]\n"
	"rec-sort --check [-F SEP] [--unique] [KEY ...]\n"
	"rec-sort --random [-n N] [--memory SIZE] [--seed S]\n"
	"rec-sort --tac [-n N] [--memory SIZE]\n",
	"\n"
	"a KEY is a range, such as .price, w2 or f3, and, after a colon, letters: .price:nr\n"
	"n numbers, f any case, V versions, t times, r reversed; without keys the whole record is one\n"
	"\n"
	"  -F, --separator SEP  the separator of fields: , or TAB or ::\n"
	"  -n, --limit N        only the first N records of the order\n"
	"      --check          only see if the records are sorted: 0 if so, else 1\n"
	"      --memory SIZE    memory before records go to a temporary file, such as 500M\n"
	"      --random         in a random order\n"
	"      --seed S         a number: the same one gives the same order again\n"
	"      --tac            the last record first\n"
	"      --unique [first | last]\n"
	"                       only the first (or last) of the records with the same key\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:F:hHn:V";
static const struct option longs[] = {
	{ "check", no_argument, NULL, 'C' },
	{ "header", no_argument, NULL, 'H' }, /* only to refuse it */
	{ "help", no_argument, NULL, 'h' },
	{ "limit", required_argument, NULL, 'n' },
	{ "memory", required_argument, NULL, 'M' },
	{ "random", no_argument, NULL, 'R' },
	{ "seed", required_argument, NULL, 'S' },
	{ "separator", required_argument, NULL, 'F' },
	{ "tac", no_argument, NULL, 'T' },
	{ "unique", optional_argument, NULL, 'U' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What those write who know sort(1). */
#define NUMBERS "numbers are a letter after the key: w2:n, *:n for the whole record"
#define REVERSED "reversed is a letter after the key: w2:r, .price:nr, *:r for the whole record"
#define FOLDED "any case is a letter after the key: w2:f, *:f for the whole record"
#define KEY "a key is an operand: w2:n, or with -F f2:n"
#define MERGE "sorted streams are merged by rec-fanin --merge"

static const struct opt_habit habits[] = {
	{ "-b", "a key is a part without the blanks around it, such as w2" },
	{ "-c", "it is written --check" },
	{ "-f", FOLDED },
	{ "--ignore-case", FOLDED },
	{ "-g", NUMBERS },
	{ "-n", "after -n comes a number of records; " NUMBERS }, /* without an argument */
	{ "--numeric", NUMBERS },
	{ "--numeric-sort", NUMBERS },
	{ "--general-numeric-sort", NUMBERS },
	{ "--human-numeric-sort", "sizes such as 2K are a letter after the key: w2:h" },
	{ "-k", KEY },
	{ "--key", KEY },
	{ "-m", MERGE },
	{ "--merge", MERGE },
	{ "-M", "no letter is for names of months: rec-map set makes numbers of them before it" },
	{ "--month-sort", "no letter is for names of months: rec-map set makes numbers of them before it" },
	{ "-o", "the output is written >FILE" },
	{ "--output", "the output is written >FILE" },
	{ "-r", REVERSED },
	{ "--reverse", REVERSED },
	{ "-R", "it is written --random" },
	{ "-s", "records with the same key stay in their order anyway" },
	{ "--stable", "records with the same key stay in their order anyway" },
	{ "-S", "it is written --memory" },
	{ "-t", "the separator of fields is -F" },
	{ "--field-separator", "the separator of fields is -F" },
	{ "-T", "the folder of temporary files is TMPDIR" },
	{ "-u", "it is written --unique" },
	{ "--version-sort", "versions are a letter after the key: w2:V" },
	{ "-z", "rec-split -0 makes records of what ends with a NUL" },
};

struct job {
	struct sort sort;
	int check, seeded;
	const char *separator;
	uint64_t seed;
};

/* Refuses -.price, which is .price:r. */
static void
refuse_minus(const char *word)
{
	if (word != NULL && word[0] == '-' && word[1] == '.')
		die_usage("%s: reversed is a letter after the key: %s:r", word, word + 1);
}

/* Refuses an option that is not known; getopt_long has returned c. */
static _Noreturn void
refuse(int c, char **argv)
{
	if (c == '?' && optopt == '.') {
		refuse_minus(argv[optind]);
		refuse_minus(argv[optind - 1]);
	}
	opt_unknown(c, argv, habits, sizeof habits / sizeof habits[0]);
}

/* Refuses what is no key; error says why. Words of other commands get a line of their own. */
static _Noreturn void
refuse_keys(char *const words[], size_t count, struct buf *error)
{
	for (size_t i = 0; i < count; i++) {
		refuse_minus(words[i]);
		if (i > 0 && (strcasecmp(words[i], "desc") == 0 || strcasecmp(words[i], "descending") == 0))
			die_usage("%s: reversed is a letter after the key: %s:r", words[i], words[i - 1]);
		if (i > 0 && (strcasecmp(words[i], "asc") == 0 || strcasecmp(words[i], "ascending") == 0))
			die_usage("%s: that is the order of a key without a letter: %s", words[i], words[i - 1]);
		if (opt_expression(words[i], error))
			die_usage("%s", buf_string(error));
	}
	if (count > 0)
		(void)opt_file(words[count - 1], error);
	die_usage("%s", buf_string(error));
}

/* -n N; as habit has it, numbers: -n .price, -nr .price. */
static void
set_limit(struct job *job, char **argv)
{
	const char *key = argv[optind] != NULL && argv[optind][0] != '-' ? argv[optind] : "w2";
	uint64_t n;

	if (num_count(optarg, UINT64_MAX, &n) < 0 && errno == EINVAL) {
		if (range_begins(optarg))
			die_usage(
			    "-n %s: after -n comes a number of records; a key of numbers is %s:n", optarg, optarg);
		if (strspn(optarg, "nrfVt") == strlen(optarg))
			die_usage("-n%s: after -n comes a number of records; letters come after the key: %s:n%s",
			    optarg, key, optarg);
	}
	job->sort.limit = opt_records("-n", optarg, 0);
}

/* --unique, --unique first, --unique=first */
static void
set_unique(struct job *job, char **argv)
{
	const char *which = optarg;

	if (which == NULL && argv[optind] != NULL &&
	    (strcmp(argv[optind], "first") == 0 || strcmp(argv[optind], "last") == 0))
		which = argv[optind++];
	if (which != NULL && strcmp(which, "first") != 0 && strcmp(which, "last") != 0)
		die_usage("--unique=%s: first or last is expected", which);
	job->sort.unique = which != NULL && *which == 'l' ? SORT_LAST : SORT_FIRST;
}

static void
set_way(struct job *job, enum sort_way way)
{
	if (job->sort.way != SORT_KEYS && job->sort.way != way)
		die_usage("--random does not go with --tac");
	job->sort.way = way;
}

static void
set_option(struct job *job, int c, char **argv)
{
	opt_once(c, letters, longs);
	switch (c) {
	case 'C':
		job->check = 1;
		break;
	case 'F':
		job->separator = optarg;
		break;
	case 'h':
		die_help();
	case 'H':
		die_usage("%s", NAMES_NO_HEADER);
	case 'M':
		job->sort.memory = (size_t)opt_size(
		    "--memory", optarg, SORT_MEMORY_LEAST, SIZE_MAX / 2, "not a size from 64K on, such as 500M");
		break;
	case 'n':
		set_limit(job, argv);
		break;
	case 'R':
		set_way(job, SORT_RANDOM);
		break;
	case 'S':
		job->seeded = 1;
		job->seed = opt_digits("--seed", optarg, 0, UINT64_MAX, "not a whole number below 2^64");
		break;
	case 'T':
		set_way(job, SORT_TAC);
		break;
	case 'U':
		set_unique(job, argv);
		break;
	case 'V':
		die_version();
	default:
		refuse(c, argv);
	}
}

static void
set_keys(struct job *job, char **words, size_t count)
{
	const char *way = job->sort.way == SORT_TAC ? "--tac" : "--random";
	struct buf error = { 0 };

	for (size_t i = 0; i < count; i++)
		if (delimited_is_option(words[i]))
			die_usage("%s: options come before the first operand", words[i]);
	if (sortkey_parse(&job->sort.key, job->separator, words, count, &error) < 0)
		refuse_keys(words, count, &error);
	buf_free(&error);
	if (job->sort.way != SORT_KEYS && (count > 0 || job->separator != NULL))
		die_usage("%s: %s takes no keys", count > 0 ? words[0] : "-F", way);
	if (job->sort.way != SORT_KEYS && job->sort.unique != SORT_ALL)
		die_usage("--unique does not go with %s, which looks at no keys", way);
}

static void
parse(struct job *job, int argc, char **argv)
{
	int c;

	opterr = 0;
	job->sort.limit = UINT64_MAX;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		set_option(job, c, argv);
	set_keys(job, argv + optind, (size_t)(argc - optind));
	if (job->seeded && job->sort.way != SORT_RANDOM)
		die_usage("--seed goes with --random");
	if (job->check && (job->sort.way != SORT_KEYS || job->sort.limit != UINT64_MAX || job->sort.memory > 0))
		die_usage("--check goes only with keys, -F and --unique");
	if (job->sort.way == SORT_RANDOM && !job->seeded && random_secret(&job->seed, sizeof job->seed) < 0)
		die(EX_OSERR, "no random seed: %s", strerror(errno));
	random_seed(&job->sort.random, job->seed);
}

/* Returns the exit status. */
static int
check(struct job *job, struct rec_in *in, struct command_fault *fault)
{
	struct buf why = { 0 };
	int good = sort_check(&job->sort, in, fault, &why), status;

	if (!good)
		die_warn("%s is not sorted: %s", in->name, buf_string(&why));
	status = command_end(in, fault, in->next);
	buf_free(&why);
	return status == 0 && !good ? 1 : status;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	static struct rec_out out;
	struct command_fault fault = { 0 };
	int status;

	command_start_stream(&usage, argv, "--check");
	parse(&job, argc, argv);
	command_in(&in);
	if (job.check) {
		status = check(&job, &in, &fault);
	} else {
		command_out(&out);
		sort_stream(&job.sort, &in, &out, &fault);
		status = command_end(&in, &fault, job.sort.number);
	}
	sort_free(&job.sort);
	return status;
}
