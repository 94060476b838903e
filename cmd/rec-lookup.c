/*
 * rec-lookup: joins the records of a stream to those of another one, the masters, that have the
 * same key: each goes out once for each of its masters, with what these add to it.
 */

#include <getopt.h>
#include <string.h>

#include "base/delimited.h"
#include "base/status.h"
#include "change/lookup.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-lookup",
	"rec-lookup [--left | --semi | -v] [--need] [--prefix P] [-F SEP] [-O SEP] [--else ENDPOINT]\n"
	"           [--unused ENDPOINT] [--memory SIZE] [--sorted] KEY[=MASTERKEY][,...] MASTERS\n",
	"\n"
	"joins each record to the records of MASTERS, an endpoint such as csv:customers.csv, whose\n"
	"MASTERKEY is its KEY: .customer=.id\n"
	"\n"
	"  -F, --separator SEP    the separator of fields, of records without a table\n"
	"  -O SEP                 what is between the parts of text (a space, or that of -F)\n"
	"  -v, --invert           only records without a master, unchanged\n"
	"      --else ENDPOINT    where the other records go\n"
	"      --left             records without a master too, what it would add being empty\n"
	"      --memory SIZE      memory for the masters (1G)\n"
	"      --need             records that lack a part of the key, or have it empty, go to --else\n"
	"      --prefix P         put P before names of the masters that the record has, too\n"
	"      --semi             only records with a master, unchanged\n"
	"      --sorted           both streams are in the order of their keys, and may be of any size\n"
	"      --unused ENDPOINT  where masters go that no record has asked for\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+F:hO:vV";
static const struct option longs[] = {
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "invert", no_argument, NULL, 'v' },
	{ "left", no_argument, NULL, 'L' },
	{ "memory", required_argument, NULL, 'M' },
	{ "need", no_argument, NULL, 'N' },
	{ "prefix", required_argument, NULL, 'P' },
	{ "semi", no_argument, NULL, 'S' },
	{ "separator", required_argument, NULL, 'F' },
	{ "sorted", no_argument, NULL, 'D' },
	{ "unused", required_argument, NULL, 'U' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What those write who know join(1) and others. */
#define KEYS "KEY=MASTERKEY is one operand: join -1 3 -2 1 is w3=w1, with -F f3=f1; a column is .customer=.id"

static const struct opt_habit habits[] = {
	{ "-1", KEYS },
	{ "-2", KEYS },
	{ "-j", KEYS },
	{ "--key", KEYS },
	{ "--on", KEYS },
	{ "-a", "join -a 1 is written --left; the masters of -a 2 go to --unused" },
	{ "-o", "rec-map cut after it chooses the parts" },
	{ "-t", "the separator of fields is -F" },
	{ "--anti", "it is written -v" },
	{ "--full", "it is written --left, and --unused is where masters go that no record has asked for" },
	{ "--outer", "it is written --left, and --unused is where masters go that no record has asked for" },
	{ "--inner", "that is what it does without an option" },
	{ "--how", "it is written --left, --semi or -v; an inner join has no option" },
	{ "--right", "--unused is where masters go that no record has asked for" },
};

/* The option says what becomes of the records. */
static void
choose(struct lookup *l, const char *option, enum lookup_kind kind, int left, const char **chosen)
{
	if (*chosen != NULL && strcmp(*chosen, option) != 0)
		die_usage("%s does not go with %s", option, *chosen);
	*chosen = option;
	l->kind = kind;
	l->left = left;
}

static void
option(struct lookup *l, int c, char **argv)
{
	static const char *chosen;
	struct buf error = { 0 };

	opt_once(c, letters, longs);
	switch (c) {
	case 'D':
		l->sorted = 1;
		break;
	case 'E':
		if (partition_else(&l->partition, optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		break;
	case 'F':
		l->fields = optarg;
		break;
	case 'h':
		die_help();
	case 'L':
		choose(l, "--left", LOOKUP_ADD, 1, &chosen);
		break;
	case 'M':
		l->memory = opt_size("--memory", optarg, 1, INT64_MAX, "not a size such as 64M");
		break;
	case 'N':
		l->need = 1;
		break;
	case 'O':
		l->separator = optarg;
		break;
	case 'P':
		l->prefix = optarg;
		break;
	case 'S':
		choose(l, "--semi", LOOKUP_SEMI, 0, &chosen);
		break;
	case 'U':
		if (opt_output("--unused", optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		l->unused = optarg;
		break;
	case 'v':
		choose(l, "-v", LOOKUP_WITHOUT, 0, &chosen);
		break;
	case 'V':
		die_version();
	default:
		opt_unknown(c, argv, habits, sizeof habits / sizeof habits[0]);
	}
}

static void
parse(struct lookup *l, int argc, char **argv)
{
	struct buf error = { 0 };
	int c;

	l->memory = UINT64_C(1) << 30;
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		option(l, c, argv);
	for (int i = optind + 1; i < argc; i++)
		if (delimited_is_option(argv[i]))
			die_usage("%s: options come before the first operand", argv[i]);
	if (argc - optind < 2)
		die_usage("%s are needed, such as .customer=.id csv:customers.csv",
		    optind == argc ? "KEY and MASTERS" : "after KEY the MASTERS");
	if (argc - optind > 2 && l->kind == LOOKUP_WITHOUT &&
	    (strcmp(argv[optind], "1") == 0 || strcmp(argv[optind], "2") == 0))
		die_usage("%s: join -v 1 is written -v, and the masters of -v 2 go to --unused", argv[optind]);
	if (argc - optind > 2)
		die_usage("%s: only KEY and MASTERS are expected; several parts of a key have commas between them",
		    argv[optind + 2]);
	if (lookup_take(l, argv[optind], &error) < 0) {
		(void)opt_expression(argv[optind], &error);
		die_usage("%s", buf_string(&error));
	}
	l->masters = argv[optind + 1];
	if (endpoint_check(l->masters, 0, &error) != 0)
		die_usage("%s", buf_string(&error));
	if (endpoint_is_standard(l->masters, 0))
		die_usage("%s: the records come from standard input, and the masters cannot", l->masters);
	if (l->kind != LOOKUP_ADD && (l->prefix != NULL || l->separator != NULL))
		die_usage("%s: nothing is added to the records", l->prefix != NULL ? "--prefix" : "-O");
	buf_free(&error);
}

/* The masters must be no file that this command writes, unless it is replaced only at the end. */
static void
keep_apart(const struct lookup *l, char *masters)
{
	static char standard[] = "-";
	char *const inputs[] = { standard, masters };
	const char *const outputs[] = { l->partition.other, l->unused };

	command_apart(inputs, 2);
	for (size_t i = 0; i < 2; i++)
		if (outputs[i] != NULL && endpoint_framing(outputs[i]) == NULL)
			command_apart_from(outputs[i], inputs, 2);
}

int
main(int argc, char **argv)
{
	static struct lookup lookup;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	int status;

	command_start_stream(&usage, argv, "");
	parse(&lookup, argc, argv);
	command_in(&in);
	keep_apart(&lookup, argv[argc - 1]);
	lookup_stream(&lookup, &in, &fault);
	status = command_end(&in, &fault, in.next);
	lookup_free(&lookup);
	return status;
}
