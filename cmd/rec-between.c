/*
 * rec-between: groups of records. A group begins with a record that begins with FROM. It ends with
 * the next record that begins with TO, or when it has N records; within a group FROM has no
 * meaning. With --match both are regular expressions, which match anywhere. Groups go to standard
 * output, records between them to the output of --else.
 */

#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "base/bits.h"
#include "base/num.h"
#include "base/delimited.h"
#include "base/status.h"
#include "choose/partition.h"
#include "command/opt.h"
#include "match/ere.h"
#include "match/range.h"

static const struct die_usage usage = { "rec-between",
	"rec-between [-iv] [-e TEXT] [--inside] [--else ENDPOINT] [FROM] [TO | N]\n"
	"rec-between --match [-iv] [-e ERE] [--each-line] [--inside] [--else ENDPOINT] [FROM] [TO | N]\n",
	"\n"
	"FROM and TO are each a /string/ or xHEX, or given by -e\n"
	"\n"
	"  -e, --text TEXT      FROM, the second time TO, as it is, without delimiters\n"
	"  -i, --ignore-case    the letters A to Z match either case\n"
	"  -v, --invert         keep the records that are in no group\n"
	"      --each-line      with --match: ^ and $ are the edges of each line of a record too\n"
	"      --inside         the records that FROM and TO are found in do not belong to the group\n"
	"      --match          FROM and TO are extended regular expressions, which match anywhere in a record\n"
	"      --else ENDPOINT  where the other records go\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:e:hivV";
static const struct option longs[] = {
	{ "text", required_argument, NULL, 'e' },
	{ "each-line", no_argument, NULL, 'L' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "inside", no_argument, NULL, 'I' },
	{ "invert", no_argument, NULL, 'v' },
	{ "match", no_argument, NULL, 'M' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* FROM or TO. */
struct edge {
	struct buf text; /* or the expression */
	struct ere ere;
	int known; /* hits are of the present block */
	uint64_t hits[BLOCK_RECORDS / 64];
};

struct job {
	struct partition partition;
	struct edge from, to;
	uint64_t n; /* number of records in a group, or 0 if TO ends it */
	int match, ignore_case, each_line, invert, inside;
	int open;      /* the last record so far belongs to a group that goes on */
	uint64_t left; /* number of records that the group still lacks */
	uint64_t bits[BLOCK_RECORDS / 64];
};

static void
add_text(struct buf *text, const char *word)
{
	if (buf_adds(text, word) < 0)
		die(EX_OSERR, "out of memory");
}

/* Takes operand number 0, FROM, or number 1, TO or N. */
static void
operand(struct job *job, int number, const char *word)
{
	struct buf error = { 0 };

	if (number == 1 && isdigit((unsigned char)word[0])) {
		if (num_count(word, UINT64_MAX, &job->n) < 0 || job->n == 0)
			die_usage("%s: not a number of records such as 10 or 5k, from 1 on; a string is /%s/",
			    word, word);
	} else if (*word == '.' && range_begins(word)) {
		die_usage("%s: %s: ranges are not taken, records are matched whole; a string is /%s/",
		    number == 0 ? "FROM" : "TO", word, word);
	} else if (delimited_parse(word, number == 0 ? &job->from.text : &job->to.text, &error) < 0) {
		die_usage("%s: %s", number == 0 ? "FROM" : "TO", buf_string(&error));
	}
}

static void
compile(const struct job *job, struct edge *edge, const char *name)
{
	int flags = ere_locale_flags() | (job->ignore_case ? ERE_IGNORE_CASE : 0) |
	    (job->each_line ? ERE_EACH_LINE : 0);
	struct buf error = { 0 };

	if (ere_compile(&edge->ere, edge->text.len > 0 ? edge->text.data : "", edge->text.len, flags, &error) < 0)
		die_usage("%s: %s", name, buf_string(&error));
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	int c, have = 0;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'e':
			if (have == 2)
				die_usage("-e %s: FROM and TO have been given already", optarg);
			add_text(have++ == 0 ? &job->from.text : &job->to.text, optarg);
			break;
		case 'E':
			if (partition_else(&job->partition, optarg, &error) < 0)
				die_usage("%s", buf_string(&error));
			break;
		case 'h':
			die_help();
		case 'i':
			job->ignore_case = 1;
			break;
		case 'I':
			job->inside = 1;
			break;
		case 'L':
			job->each_line = 1;
			break;
		case 'M':
			job->match = 1;
			break;
		case 'v':
			job->invert = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	for (; optind < argc; optind++) {
		if (have == 2)
			opt_operand(argv[optind], "no operand is expected after FROM and TO, or FROM and N");
		operand(job, have++, argv[optind]);
	}
	if (have == 0)
		die_usage("FROM and TO are needed, each a string such as /begin/; or FROM and N, a number");
	if (have == 1)
		die_usage("TO or N is needed after FROM: a string that ends a group, such as /end/, "
		    "or its number of records");
	if (job->each_line && !job->match)
		die_usage("--each-line goes with --match");
	if (job->match) {
		compile(job, &job->from, "FROM");
		if (job->n == 0)
			compile(job, &job->to, "TO");
	}
}

static int
begins(const struct job *job, const struct block *b, uint32_t i, const struct buf *text)
{
	uint32_t start = block_start(b, i);

	if (b->ends[i] - start < text->len)
		return 0;
	if (!job->ignore_case)
		return text->len == 0 || memcmp(b->payload + start, text->data, text->len) == 0;
	/* Only letters of ASCII match either case, in any locale. */
	for (size_t j = 0; j < text->len; j++) {
		unsigned char x = (unsigned char)b->payload[start + j], y = (unsigned char)text->data[j];

		if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return 0;
	}
	return 1;
}

/*
 * Returns the first record from i on that FROM, or TO, is found in, or count if there is none. An
 * expression is searched for in the whole block at once, but only if it is needed: a block within a
 * long group is never searched for FROM.
 */
static uint32_t
find(const struct job *job, struct edge *edge, const struct block *b, uint32_t i)
{
	if (!job->match) {
		while (i < b->count && !begins(job, b, i, &edge->text))
			i++;
		return i;
	}
	if (!edge->known) {
		memset(edge->hits, 0, ((size_t)b->count + 63) / 64 * sizeof edge->hits[0]);
		ere_match_all(&edge->ere, b->payload, b->size, b->ends, b->count, b->gap, edge->hits);
		edge->known = 1;
	}
	return bits_next(edge->hits, i, b->count, 1);
}

/* Sets the bits of the records that belong to a group: with --inside, without its edges. */
static void
find_groups(struct job *job, const struct block *b)
{
	uint32_t i = 0;

	job->from.known = job->to.known = 0;
	memset(job->bits, 0, ((size_t)b->count + 63) / 64 * sizeof job->bits[0]);
	while (i < b->count) {
		uint32_t begin = i;

		if (!job->open) {
			if ((i = find(job, &job->from, b, i)) == b->count)
				return;
			job->open = job->n != 1;
			job->left = job->n - 1;
			begin = i + (job->inside != 0);
			i++;
		}
		if (job->n > 0) {
			uint64_t more = job->left < b->count - i ? job->left : b->count - i;

			i += (uint32_t)more;
			job->left -= more;
			job->open = job->left > 0;
			bits_fill(job->bits, begin, i);
		} else if ((i = find(job, &job->to, b, i)) < b->count) {
			job->open = 0;
			i++;
			bits_fill(job->bits, begin, i - (job->inside != 0));
		} else {
			bits_fill(job->bits, begin, i);
		}
	}
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct job *job = arg;

	find_groups(job, b);
	verdict->bits = job->bits;
	verdict->set = !job->invert;
	return b->count;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	const struct partition_judge judges = { .job = &job, .block = judge };
	int status;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	command_in(&in);
	partition_open(&job.partition, 1, &fault);
	partition_stream(&job.partition, &in, &judges, &fault);
	status = command_end(&in, &fault, in.next);
	partition_free(&job.partition);
	buf_free(&job.from.text);
	buf_free(&job.to.text);
	ere_free(&job.from.ere);
	ere_free(&job.to.ere);
	return status;
}
