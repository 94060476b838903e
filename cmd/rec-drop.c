/*
 * rec-drop: all but the first records, or all but the last ones, or all but those up to a record
 * that a verb decides, to standard output; dropped records to the output of --else.
 */

#include "choose/take.h"

static const struct die_usage usage = { "rec-drop",
	"rec-drop [--else ENDPOINT] [first | last] N [bytes]\n"
	"rec-drop [-i] [-e TEXT] [-F SEP] [--after] [--each-line] [--eres FILE] [--texts FILE]\n"
	"         [--else ENDPOINT] {until | while} VERB [OPERAND ...]\n",
	"\n"
	"verbs: those of rec-filter, such as locate\n"
	"\n"
	"      --after          the record that ends them is dropped too (until, while)\n"
	"      --else ENDPOINT  where the dropped records go\n"
	"  -e, --text TEXT      a string as it is, without delimiters\n"
	"  -F, --separator SEP  the separator of fields: , or TAB or ::\n"
	"  -i, --ignore-case    the letters A to Z match either case\n"
	"      --each-line      match: ^ and $ are the edges of each line of a record too\n"
	"      --eres FILE      match: each line of FILE is an expression too\n"
	"      --texts FILE     locate: each line of FILE is a string too\n"
	"  -h, --help; -V, --version\n" };

int
main(int argc, char **argv)
{
	static struct take take;
	struct buf error = { 0 };
	int status;

	command_start_stream(&usage, argv, "");
	switch (status = take_parse(&take, argc, argv, &error)) {
	case 0:
		break;
	case -1:
		phrase_refuse(&take.phrase, &error);
	case 'h':
		die_help();
	case 'V':
		die_version();
	default:
		die_option(status, argv);
	}
	buf_free(&error);
	return take_run(&take, TAKE_DROP);
}
