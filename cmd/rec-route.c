/*
 * rec-route: each record to the endpoint of the first phrase that it satisfies. The phrases judge a
 * block one after another, as long as it has records that satisfied none. Then its records go out
 * in runs, in their order; a block whose records all go the same way passes unchanged.
 */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/names.h"
#include "choose/phrase.h"
#include "choose/partition.h"
#include "command/command.h"
#include "endpoint/endpoint.h"

static const struct die_usage usage = { "rec-route",
	"rec-route [-i] [-F SEP] PHRASE ENDPOINT [PHRASE ENDPOINT ...] [ENDPOINT]\n",
	"\n"
	"PHRASE: a verb of rec-filter with its operands, in one word: 'locate /ERROR/'\n"
	"The last ENDPOINT, or standard output, gets the records that satisfy none.\n"
	"\n"
	"  -F, --separator SEP  the separator of fields, for all phrases\n"
	"  -i, --ignore-case    in all phrases the letters A to Z match either case\n"
	"  -h, --help; -V, --version\n" };

static const struct option longs[] = {
	{ "header", no_argument, NULL, 'H' }, /* only to refuse it */
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-case", no_argument, NULL, 'i' },
	{ "separator", required_argument, NULL, 'F' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* An output, which several phrases may share. */
struct target {
	const char *name;
	struct endpoint endpoint;
	struct rec_out out;
};

struct route {
	struct phrase phrase;
	struct rec_out *out;
};

struct job {
	struct route *routes; /* the last one has no phrase: it gets the rest */
	size_t count;         /* number of routes with a phrase */
	struct target *targets;
	size_t outputs;
	int ignore_case;
	const char *separator;
	struct command_fault fault;
};

/* Returns the output of that name. Standard output is - or fd:1. */
static struct rec_out *
target(struct job *job, const char *name)
{
	struct buf error = { 0 };
	size_t i = 0;

	if (endpoint_check(name, 1, &error) != 0)
		die_usage("%s", buf_string(&error));
	if (strcmp(name, "fd:1") == 0)
		name = "-";
	while (i < job->outputs && strcmp(job->targets[i].name, name) != 0)
		i++;
	if (i == job->outputs)
		job->targets[job->outputs++].name = name;
	return &job->targets[i].out;
}

/* Refuses a phrase without an endpoint after it: it would become a file with a strange name. */
static void
refuse_phrase(const char *word)
{
	struct phrase *phrase = calloc(1, sizeof *phrase);
	struct buf error = { 0 };

	if (phrase == NULL)
		die(EX_OSERR, "out of memory");
	if (strpbrk(word, " \t\n") != NULL && phrase_string(phrase, word, &error) == 0)
		die_usage("%s: an endpoint is needed after the phrase (a file of that name is written ./%s)",
		    word, word);
	phrase_free(phrase);
	free(phrase);
	buf_free(&error);
}

static void
parse(struct job *job, int argc, char **argv)
{
	struct buf error = { 0 };
	size_t words;
	int c;

	opterr = 0;
	/* A word with a space in it is a phrase, even if it begins with an option. */
	while (optind < argc && strpbrk(argv[optind], " \t\n") == NULL &&
	    (c = getopt_long(argc, argv, "+:F:hHiV", longs, NULL)) != -1)
		switch (c) {
		case 'F':
			job->separator = optarg;
			break;
		case 'h':
			die_help();
		case 'H':
			die_usage("%s", NAMES_NO_HEADER);
		case 'i':
			job->ignore_case = 1;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	words = (size_t)(argc - optind);
	if (words == 0)
		die_usage("a phrase is needed, such as 'locate /ERROR/', and an endpoint after it");
	if (words == 1)
		die_usage("%s: an endpoint is needed after the phrase", argv[optind]);
	job->count = words / 2;
	job->routes = calloc(job->count + 1, sizeof *job->routes);
	job->targets = calloc(job->count + 1, sizeof *job->targets);
	if (job->routes == NULL || job->targets == NULL)
		die(EX_OSERR, "out of memory");
	for (size_t i = 0; i < job->count; i++) {
		struct verb *verb = &job->routes[i].phrase.verb;
		const char *phrase = argv[optind + 2 * (int)i], *name = argv[optind + 2 * (int)i + 1];

		verb->separator = job->separator;
		verb->ignore_case = job->ignore_case;
		if (phrase_one_word(phrase, name, &error) < 0 ||
		    phrase_string(&job->routes[i].phrase, phrase, &error) < 0)
			phrase_refuse(&job->routes[i].phrase, &error);
		job->routes[i].out = target(job, name);
	}
	if (words % 2 != 0)
		refuse_phrase(argv[argc - 1]);
	job->routes[job->count].out = target(job, words % 2 != 0 ? argv[argc - 1] : "-");
	buf_free(&error);
}

/*
 * Opens the outputs in the order of the operands, but standard output first, because the first one
 * is ended last.
 */
static void
open_outputs(struct job *job)
{
	for (size_t i = 0; i < job->outputs; i++)
		if (strcmp(job->targets[i].name, "-") == 0)
			command_out(&job->targets[i].out);
	for (size_t i = 0; i < job->outputs && job->fault.status == 0; i++) {
		struct target *t = &job->targets[i];

		if (strcmp(t->name, "-") != 0)
			(void)command_out_to(&t->endpoint, t->name, &t->out, &job->fault);
	}
}

static void
put(struct rec_out *out, const struct block *b, uint32_t from, uint32_t to)
{
	if (from == 0 && to == b->count)
		rec_out_block(out, b);
	else
		rec_out_records(out, b, from, to);
}

/* Judges the block by the phrases. Each route's hits are then the records that go there. */
static void
judge(struct job *job, const struct block *b)
{
	static uint64_t left[BLOCK_RECORDS / 64];
	size_t words = ((size_t)b->count + 63) / 64;
	uint32_t open = b->count;

	memset(left, 0xff, words * sizeof left[0]);
	for (size_t i = 0; i < job->count && job->fault.status == 0; i++) {
		struct phrase *phrase = &job->routes[i].phrase;
		uint64_t *hits = phrase->verb.hits;

		if (open == 0) {
			memset(hits, 0, words * sizeof *hits);
			continue;
		}
		(void)phrase_judge(phrase, b, &job->fault);
		for (size_t w = 0; w < words; w++) {
			hits[w] &= left[w];
			left[w] &= ~hits[w];
			open -= (uint32_t)__builtin_popcountll(hits[w]);
		}
	}
	memcpy(job->routes[job->count].phrase.verb.hits, left, words * sizeof left[0]);
}

static void
deal(const struct job *job, const struct block *b)
{
	for (uint32_t from = 0, end; from < b->count; from = end) {
		const struct route *r = job->routes;
		const uint64_t *hits;

		while (!bits_get(r->phrase.verb.hits, from))
			r++;
		hits = r->phrase.verb.hits;
		end = bits_next(hits, from, b->count, 0);
		rec_out_floor(end < b->count ? block_position(b, end) : b->next);
		put(r->out, b, from, end);
	}
}

static void
route(struct job *job, struct rec_in *in)
{
	struct block b;

	while (rec_in_block(in, &b)) {
		if (b.kind == BLOCK_LOSS) {
			for (size_t i = 0; i < job->outputs; i++)
				rec_out_block(&job->targets[i].out, &b);
			continue;
		}
		if (b.count > 0)
			judge(job, &b);
		if (job->fault.status != 0) {
			rec_in_enough(in, block_position(&b, 0));
			break;
		}
		deal(job, &b);
		for (size_t i = 0; i < job->outputs; i++)
			rec_out_mark(&job->targets[i].out, b.next, b.size);
	}
}

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct job *job = in->tabled_by;

	for (size_t i = 0; i < job->count; i++)
		if (phrase_table(&job->routes[i].phrase, t, &job->fault) < 0)
			return -1;
	return 0;
}

int
main(int argc, char **argv)
{
	static struct job job;
	static struct rec_in in;
	int status, said = 0;

	command_start_stream(&usage, argv, "");
	parse(&job, argc, argv);
	command_in(&in);
	in.tabled = tabled;
	in.tabled_by = &job;
	open_outputs(&job);
	if (job.fault.status == 0)
		route(&job, &in);
	else
		rec_in_enough(&in, 0);
	status = command_end(&in, &job.fault, in.next);
	for (size_t i = 0; i < job.outputs; i++)
		endpoint_free(&job.targets[i].endpoint);
	for (size_t i = 0; i < job.count; i++) {
		/* One phrase says enough. */
		if (said)
			job.routes[i].phrase.names.used = 0;
		said |= names_end(&job.routes[i].phrase.names);
		job.routes[i].phrase.names.used = 0;
		phrase_free(&job.routes[i].phrase);
	}
	free(job.routes);
	free(job.targets);
	return status;
}
