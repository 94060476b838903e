/*
 * rec-only: passes the records that satisfy a phrase through a command, and the others by it.
 * Everything comes out in the order in which it came.
 */

#include <getopt.h>
#include <string.h>

#include "command/command.h"
#include "command/opt.h"
#include "work/only.h"

static const struct die_usage usage = { "rec-only",
	"rec-only [--spill-max SIZE] PHRASE COMMAND [ARG ...]\n",
	"\n"
	"PHRASE: a verb of rec-filter with its operands, in one word: 'locate /ERROR/'\n"
	"COMMAND: a rec command that keeps positions, or sh for a pipeline of them\n"
	"\n"
	"      --spill-max SIZE  the most that may wait in a temporary file (default 1G)\n"
	"  -h, --help; -V, --version\n" };

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "spill-max", required_argument, NULL, 's' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
parse(struct only *only, int argc, char **argv)
{
	struct buf error = { 0 };
	const char *phrase;
	int c;

	opterr = 0;
	only->spill_max = OPT_SPILL_MAX;
	/* A word with a space in it is the phrase, even if it begins with an option. */
	while (optind < argc && strpbrk(argv[optind], " \t\n") == NULL &&
	    (c = getopt_long(argc, argv, "+:hV", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			die_help();
		case 'V':
			die_version();
		case 's':
			only->spill_max = opt_spill_max(optarg);
			break;
		default:
			die_option(c, argv);
		}
	if (optind == argc)
		die_usage("a phrase is needed, such as 'locate /ERROR/'");
	phrase = argv[optind++];
	if (optind < argc && strcmp(argv[optind], "--") == 0)
		optind++;
	if (optind == argc)
		die_usage("a command is needed after the phrase");
	only->argv = argv + optind;
	if (phrase_one_word(phrase, argv[optind], &error) < 0 || phrase_string(&only->phrase, phrase, &error) < 0)
		phrase_refuse(&only->phrase, &error);
	buf_free(&error);
}

int
main(int argc, char **argv)
{
	static struct only only;
	static struct rec_in in;
	static struct rec_out out;
	struct command_fault fault = { 0 };

	command_start_stream(&usage, argv, "");
	parse(&only, argc, argv);
	command_in(&in);
	command_out(&out);
	only.in = &in;
	only.out = &out;
	only.fault = &fault;
	only_run(&only);
	only_free(&only);
	return command_end(NULL, &fault, only.next);
}
