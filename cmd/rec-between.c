/*
 * rec-between: groups of records. A group begins with a record that begins with FROM, and ends with the next one behind it that
 * begins with TO, or when it has N records; in between FROM means nothing. Groups go to standard output, what lies between them
 * to the output of --else.
 */

#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "num.h"
#include "sieve.h"
#include "text.h"

static const struct die_usage usage = { "rec-between",
	"rec-between [-iv] [-e TEXT] [--inside] [--else ENDPOINT] [FROM] [TO | N]\n",
	"\n"
	"FROM and TO are each a /text/ or xHEX, or given by -e\n"
	"\n"
	"  -e, --text TEXT      FROM, the second time TO, as it stands, without delimiters\n"
	"  -i, --ignore-case    the letters A to Z match either case\n"
	"  -v, --invert         keep what is in no group\n"
	"      --inside         the records that FROM and TO are found in do not belong to the group\n"
	"      --else ENDPOINT  where the other records go\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:e:hivV";
static const struct option longs[] = {
	{ "text", required_argument, NULL, 'e' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "inside", no_argument, NULL, 'I' },
	{ "invert", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct sieve sieve;
	struct buf from, to;
	uint64_t n;    /* records in a group, or 0 where TO ends it */
	int ignore_case, invert, inside;
	int open;      /* within a group */
	uint64_t left; /* records that the group still lacks */
	uint64_t bits[BLOCK_RECORDS / 64];
};

static void
add_text(struct buf *text, const char *word)
{
	if (buf_adds(text, word) < 0)
		die(EX_OSERR, "out of memory");
}

/* FROM, or TO or N, whichever is not there yet. */
static void
operand(struct job *job, int number, const char *word)
{
	struct buf error = { 0 };

	if (number == 1 && isdigit((unsigned char)word[0])) {
		if (num_count(word, UINT64_MAX, &job->n) < 0 || job->n == 0)
			die_usage("%s: not a number of records such as 10 or 5k, from 1 on; a text is /%s/", word, word);
	} else if (text_parse(word, number == 0 ? &job->from : &job->to, &error) < 0) {
		die_usage("%s: %s", number == 0 ? "FROM" : "TO", buf_string(&error));
	}
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
			add_text(have++ == 0 ? &job->from : &job->to, optarg);
			break;
		case 'E':
			if (sieve_else(&job->sieve, optarg, &error) < 0)
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
			die_usage("%s: nothing is expected behind FROM and TO or N", argv[optind]);
		operand(job, have++, argv[optind]);
	}
	if (have < 2)
		die_usage("%s", have == 0 ? "FROM and TO are needed, each a text such as /begin/; or FROM and N, a number" :
		                            "behind FROM a text that ends a group is needed, such as /end/, or how many records it has");
}

static int
begins(const struct job *job, const struct block *b, uint32_t i, const struct buf *text)
{
	uint32_t start = block_start(b, i);

	if (b->ends[i] - start < text->len)
		return 0;
	if (!job->ignore_case)
		return text->len == 0 || memcmp(b->payload + start, text->data, text->len) == 0;
	/* Only the letters of ASCII, in any locale. */
	for (size_t j = 0; j < text->len; j++) {
		unsigned char x = (unsigned char)b->payload[start + j], y = (unsigned char)text->data[j];

		if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return 0;
	}
	return 1;
}

/* Whether record i is in a group, and may be seen there. */
static int
judge(struct job *job, const struct block *b, uint32_t i)
{
	if (!job->open) {
		if (!begins(job, b, i, &job->from))
			return 0;
		job->open = job->n != 1;
		job->left = job->n - 1;
		return !job->inside;
	}
	if (job->n > 0) {
		job->open = --job->left > 0;
		return 1;
	}
	job->open = !begins(job, b, i, &job->to);
	return job->open || !job->inside;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	struct command_fault fault = { 0 };
	struct block b;
	int status;

	command_start(&usage);
	parse(&job, argc, argv);
	command_in(&in);
	sieve_open(&job.sieve, 1, &fault);
	if (fault.status != 0)
		rec_in_enough(&in, 0);
	while (rec_in_block(&in, &b)) {
		if (b.kind == BLOCK_LOSS) {
			sieve_loss(&job.sieve, &b);
			continue;
		}
		memset(job.bits, 0, ((size_t)b.count + 63) / 64 * sizeof job.bits[0]);
		for (uint32_t i = 0; i < b.count; i++)
			if (judge(&job, &b, i))
				bits_set(job.bits, i);
		sieve_bits(&job.sieve, &b, job.bits, !job.invert, b.count);
		sieve_mark(&job.sieve, b.next, b.size);
	}
	status = command_end(&in, &fault, in.next);
	sieve_free(&job.sieve);
	buf_free(&job.from);
	buf_free(&job.to);
	return status;
}
