/* opt: see opt.h. */

#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/delimited.h"
#include "base/num.h"
#include "base/program.h"
#include "base/status.h"
#include "base/words.h"
#include "command/die.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "record/block.h"

typedef int read_fn(const char *text, uint64_t max, uint64_t *value);

static uint64_t
take(read_fn *read, const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong)
{
	uint64_t n = 0;

	if (read(argument, most, &n) < 0 || n < least)
		die_usage("%s %s: %s", option, argument, wrong);
	return n;
}

uint64_t
opt_size(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong)
{
	return take(num_size, option, argument, least, most, wrong);
}

uint64_t
opt_count(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong)
{
	return take(num_count, option, argument, least, most, wrong);
}

uint64_t
opt_digits(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong)
{
	return take(num_digits, option, argument, least, most, wrong);
}

uint64_t
opt_duration(const char *option, const char *argument, uint64_t least, uint64_t most, const char *wrong)
{
	return take(num_duration, option, argument, least, most, wrong);
}

uint64_t
opt_records(const char *option, const char *argument, uint64_t least)
{
	return opt_count(option, argument, least, UINT64_MAX,
	    least == 0 ? "not a number of records such as 10 or 5k" :
			 "not a number of records such as 10 or 5k, from 1 on");
}

uint64_t
opt_spill_max(const char *argument)
{
	return opt_size("--spill-max", argument, 0, UINT64_MAX, "not a size such as 100M or 2G");
}

void
opt_once(int c, const char *letters, const struct option *longs)
{
	static unsigned char seen[512];
	const char *letter = c > 0 && c < 128 && c != ':' && c != '+' ? strchr(letters, c) : NULL;
	const char *more;

	while (longs->name != NULL && longs->val != c)
		longs++;
	if (c <= 0 || (size_t)c >= sizeof seen || c == '?' || c == ':')
		return;
	if (letter != NULL ? letter[1] != ':' : longs->name == NULL || longs->has_arg != required_argument)
		return;
	more = longs->name != NULL && strcmp(longs->name, "key") == 0 ? ": write --key a,b" : "";
	if (seen[c] && letter != NULL)
		die_usage("-%c: given twice%s", c, more);
	if (seen[c])
		die_usage("--%s: given twice%s", longs->name, more);
	seen[c] = 1;
}

void
opt_unknown(int c, char *const argv[], const struct opt_habit *habits, size_t count)
{
	const char *word = optind > 0 && argv[optind - 1] != NULL ? argv[optind - 1] : "";
	const char *next = argv[optind];
	/* Within several letters the word is still the next one. */
	int within = next != NULL && next[0] == '-' && next[1] != '-' && optopt > 0 && strchr(next, optopt) != NULL;
	int is_long = !within && strncmp(word, "--", 2) == 0 && word[2] != '\0';
	char letter[3] = { '-', (char)optopt, '\0' };
	const char *option = is_long ? word : letter;
	size_t len = is_long ? strcspn(word, "=") : 2;

	for (size_t i = 0; i < count && (is_long ? c == '?' && optopt == 0 : optopt != 0); i++)
		if (strlen(habits[i].option) == len && memcmp(habits[i].option, option, len) == 0)
			die_usage("%s: %s", habits[i].option, habits[i].mend);
	die_option(c, argv);
}

void
opt_key(const char *argument)
{
	if (delimited_is_option(argument))
		die_usage("--key %s: --key needs a value, such as .customer", argument);
}

int
opt_expression(const char *word, struct buf *error)
{
	static const char *const operators[] = { " + ", " - ", " * ", " / ", " % ", " ? " };
	const char *p = word;
	int is;

	while (isalpha((unsigned char)*p))
		p++;
	is = p > word && *p == '(';
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		is |= strchr(word, '"') == NULL && strstr(word, operators[i]) != NULL;
	if (!is)
		return 0;
	error->len = 0;
	(void)buf_addf(
	    error, "%s: a part of a record is expected; an expression becomes one, .t, by rec-map set ", word);
	(void)buf_adds(error, "t=");
	(void)words_show(error, word);
	(void)buf_adds(error, " before this command");
	return 1;
}

int
opt_until_any(const char *argument)
{
	int any = strcmp(argument, "any") == 0;

	if (!any && strcmp(argument, "all") != 0)
		die_usage("--until %s: any or all is expected", argument);
	return any;
}

int
opt_output(const char *option, const char *argument, struct buf *error)
{
	struct buf why = { 0 };
	int bad = endpoint_check(argument, 1, &why) != 0;

	if (bad)
		(void)buf_addf(error, "%s: %s", option, buf_string(&why));
	else if ((bad = endpoint_is_standard(argument, 1)))
		(void)buf_addf(error, "%s %s: standard output is taken already", option, argument);
	buf_free(&why);
	return bad ? -1 : 0;
}

int
opt_tell_bad(struct buf *first, uint64_t count, const char *name, const char *what, int status)
{
	const char *line = buf_string(first);

	if (status != 0)
		die_warn("%s; %s: %" PRIu64, line, what, count);
	else if (count == 1)
		die_warn("%s; it is in %s", line, name);
	else
		die_warn("%s; %" PRIu64 " such in all, which are in %s", line, count, name);
	return status != 0 ? status : EX_NEGATIVE;
}

int
opt_else(const char *argument, struct buf *error)
{
	return opt_output("--else", argument, error);
}

/* Returns 1 if the file begins as a record stream does, else 0. */
static int
is_stream(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), is = 0;
	unsigned char begin[4];

	if (fd < 0)
		return 0;
	is = read(fd, begin, sizeof begin) == (ssize_t)sizeof begin && memcmp(begin, BLOCK_MAGIC, sizeof begin) == 0;
	(void)close(fd);
	return is;
}

int
opt_file(const char *operand, struct buf *error)
{
	struct stat st;

	if (stat(operand, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	error->len = 0;
	(void)buf_addf(error, "%s: a file is no operand: ", operand);
	if (is_stream(operand)) {
		(void)buf_addf(error, "%s ... <", program_name());
		(void)words_show(error, operand);
	} else {
		(void)buf_adds(error, "rec-split ");
		if (!endpoint_show_text(operand, error))
			(void)words_show(error, operand);
		(void)buf_addf(error, " | %s ...", program_name());
	}
	return 1;
}

void
opt_operand(const char *operand, const char *wrong)
{
	struct buf error = { 0 };

	if (delimited_is_option(operand))
		(void)buf_addf(&error, "%s: options come before the first operand", operand);
	else if (!opt_file(operand, &error))
		(void)buf_addf(&error, "%s: %s", operand, wrong);
	die_usage("%s", buf_string(&error));
}
