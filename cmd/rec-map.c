/*
 * rec-map: makes new records of each record by itself alone, as a verb says: cut, set and others.
 * Order and positions stay.
 */

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/delimited.h"
#include "base/status.h"
#include "change/map.h"
#include "choose/names.h"
#include "command/command.h"
#include "command/opt.h"

static const struct die_usage usage = { "rec-map",
	"rec-map [-iv] [-F SEP] [-O SEP] [--fill] [--need] [--strings] [--else ENDPOINT] [--second ENDPOINT]\n"
	"        [--with RANGES] VERB [OPERAND ...]\n"
	"rec-map help [VERB]\n",
	"\nverbs: rec-map help lists them; rec-range(7) has the parts of a record: .column, f3, w2;\n"
	"rec-expr(7) has expressions\n\n"
	"  -F, --separator SEP  the separator of fields: , or TAB or ::\n"
	"  -i, --ignore-case    in expressions the letters A to Z match either case\n"
	"  -O SEP               the separator in text that is made\n"
	"  -v, --invert         cut: all but these parts\n"
	"      --else ENDPOINT  where records go of which none can be made\n"
	"      --fill           to csv, to tsv: collect the names of all records first\n"
	"      --need           no record of one that lacks a part\n"
	"      --second ENDPOINT  specs: the other stream\n"
	"      --strings        to json, extract: all fields are strings\n"
	"      --with RANGES    split .items[]: members of the record that each element gets\n"
	"  -h, --help; -V, --version\n" };

enum { ELSE = 256, FILL, NEED, SECOND, STRINGS, WITH };

/* What cut, sed and grep have options for. */
static const struct {
	const char *option, *mend;
} habits[] = {
	{ "-f", "fields are cut f1,f3" },
	{ "-c", "bytes are cut 1-8" },
	{ "-d", "the separator is -F" },
	{ "-e", "a string or an expression is written /TEXT/" },
	{ "--complement", "all but these parts are cut -v" },
	{ "--fields", "fields are cut f1,f3" },
	{ "--delimiter", "the separator is -F" },
};

static const char letters[] = "+:F:hHiO:vV";
static const struct option longs[] = {
	{ "else", required_argument, NULL, ELSE },
	{ "fill", no_argument, NULL, FILL },
	{ "header", no_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "invert", no_argument, NULL, 'v' },
	{ "need", no_argument, NULL, NEED },
	{ "second", required_argument, NULL, SECOND },
	{ "separator", required_argument, NULL, 'F' },
	{ "strings", no_argument, NULL, STRINGS },
	{ "version", no_argument, NULL, 'V' },
	{ "with", required_argument, NULL, WITH },
	{ NULL, 0, NULL, 0 },
};

/* Refuses an option that is not known; getopt_long has returned c. */
static _Noreturn void
refuse(int c, char **argv)
{
	for (size_t i = 0; c == '?' && i < sizeof habits / sizeof habits[0]; i++) {
		const char *option = habits[i].option;

		if (option[1] == '-' ? strcmp(option, argv[optind - 1]) == 0 : optopt == option[1])
			die_usage("%s: %s", option, habits[i].mend);
	}
	die_option(c, argv);
}

/* Takes an option. Returns its bit of MAP_, or 0 if all verbs take it. */
static unsigned
set_option(struct map *m, int c, char **argv)
{
	struct buf error = { 0 };

	opt_once(c, letters, longs);
	switch (c) {
	case 'F':
		m->separator = optarg;
		return MAP_F;
	case 'O':
		m->join = optarg;
		return MAP_O;
	case 'i':
		m->ignore_case = 1;
		return MAP_IGNORE_CASE;
	case 'v':
		m->invert = 1;
		return MAP_INVERT;
	case NEED:
		m->need = 1;
		return MAP_NEED;
	case STRINGS:
		m->strings = 1;
		return MAP_STRINGS;
	case FILL:
		m->fill = 1;
		return MAP_FILL;
	case WITH:
		m->with = optarg;
		return MAP_WITH;
	case SECOND:
		m->second = optarg;
		return MAP_SECOND;
	case ELSE:
		if (partition_else(&m->partition, optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		return 0;
	case 'H':
		die_usage("%s", NAMES_NO_HEADER);
	case 'h':
		die_help();
	case 'V':
		die_version();
	default:
		refuse(c, argv);
	}
}

/* rec-map help [VERB] */
static _Noreturn void
help(char *const words[], size_t count)
{
	struct buf text = { 0 }, error = { 0 };

	if (count > 1)
		die_usage("help: %s: one verb is expected, or none", words[1]);
	if (map_help(count > 0 ? words[0] : NULL, &text, &error) < 0)
		die_usage("help: %s", buf_string(&error));
	die_print(text.data, text.len);
	exit(command_close(0));
}

/*
 * Returns 1 if the word is an operand such as -5-* or -.price: an option is a letter, or begins
 * with --.
 */
static int
is_operand(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && word[1] != '-' && !isalpha((unsigned char)word[1]);
}

/*
 * Takes the options after the word at *at, which is in the place of the program's name, so that
 * getopt begins anew. Moves *at to the first word that is none. Returns the bits of those that
 * were given.
 */
static unsigned
take_options(struct map *m, int argc, char **argv, int *at)
{
	unsigned given = 0;
	int c;

	for (optind = 0; argc > 0;) {
		const char *next = argv[*at + (optind > 0 ? optind : 1)];

		if (next == NULL || is_operand(next) ||
		    (c = getopt_long(argc - *at, argv + *at, letters, longs, NULL)) == -1)
			break;
		given |= set_option(m, c, argv + *at);
	}
	*at += optind > 0 ? optind : 1;
	return given;
}

/* Takes options, the verb, options again, and the operands. */
static void
parse(struct map *m, int argc, char **argv)
{
	struct buf error = { 0 };
	unsigned given = 0;
	int c, at;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		given |= set_option(m, c, argv);
	if (optind == argc)
		die_usage("a verb is needed, such as cut; rec-map help lists them");
	at = optind;
	if (strcmp(argv[at], "help") == 0)
		help(argv + at + 1, (size_t)(argc - at - 1));
	if (map_choose(m, argv[at], &error) < 0)
		die_usage("%s", buf_string(&error));
	given |= take_options(m, argc, argv, &at);
	if (m->verb->two_words && at < argc) {
		char *word = argv[at];

		given |= take_options(m, argc, argv, &at);
		argv[--at] = word;
	}
	if (map_compile(m, given, argv + at, (size_t)(argc - at), &error) < 0) {
		for (int i = at + 1; i < argc; i++)
			if (delimited_is_option(argv[i]))
				die_usage("%s: options come before the first operand", argv[i]);
		if (argc - at > 1)
			(void)opt_file(argv[argc - 1], &error);
		die_usage("%s", buf_string(&error));
	}
	buf_free(&error);
}

int
main(int argc, char **argv)
{
	static struct map map;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	int status;

	command_start_stream(&usage, argv, "help");
	parse(&map, argc, argv);
	if (map.second != NULL)
		command_apart((char *[]){ (char *)(uintptr_t)map.second }, 1);
	command_in(&in);
	partition_open(&map.partition, 1, &fault);
	map_stream(&map, &in, &fault);
	status = command_end(&in, &fault, in.next);
	partition_free(&map.partition);
	return status;
}
