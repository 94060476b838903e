/* route: see route.h. */

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/route.h"
#include "endpoint/endpoint.h"

struct route_target {
	const char *name;
	struct endpoint endpoint;
	struct rec_out out;
};

struct route_way {
	struct phrase phrase;
	struct rec_out *out;
};

/* ---- the operands ---- */

/* Returns the output of that name, or NULL with a line in error. Standard output is - or fd:1. */
static struct rec_out *
target(struct route *route, const char *name, struct buf *error)
{
	size_t i = 0;

	if (endpoint_check(name, 1, error) != 0)
		return NULL;
	if (strcmp(name, "fd:1") == 0)
		name = "-";
	while (i < route->outputs && strcmp(route->targets[i].name, name) != 0)
		i++;
	if (i == route->outputs)
		route->targets[route->outputs++].name = name;
	return &route->targets[i].out;
}

/*
 * Refuses a phrase without an endpoint after it: it would become a file with a strange name.
 * Returns 0, or an exit status with error.
 */
static int
refuse_phrase(const char *word, struct buf *error)
{
	struct phrase *phrase = calloc(1, sizeof *phrase);
	struct buf wrong = { 0 };
	int is;

	if (phrase == NULL) {
		(void)buf_adds(error, "out of memory");
		return EX_OSERR;
	}
	is = strpbrk(word, " \t\n") != NULL && phrase_string(phrase, word, &wrong) == 0;
	if (is)
		(void)buf_addf(error,
		    "%s: an endpoint is needed after the phrase (a file of that name is written ./%s)", word, word);
	phrase_free(phrase);
	free(phrase);
	buf_free(&wrong);
	return is ? EX_USAGE : 0;
}

int
route_take(struct route *route, char *const words[], size_t count, struct buf *error)
{
	int status;

	route->count = count / 2;
	route->ways = calloc(route->count + 1, sizeof *route->ways);
	route->targets = calloc(route->count + 1, sizeof *route->targets);
	if (route->ways == NULL || route->targets == NULL) {
		(void)buf_adds(error, "out of memory");
		return EX_OSERR;
	}
	for (size_t i = 0; i < route->count; i++) {
		struct phrase *phrase = &route->ways[i].phrase;

		phrase->verb.separator = route->separator;
		phrase->verb.ignore_case = route->ignore_case;
		if (phrase_one_word(words[2 * i], words[2 * i + 1], error) < 0 ||
		    phrase_string(phrase, words[2 * i], error) < 0)
			return phrase->status != 0 ? phrase->status : EX_USAGE;
		if ((route->ways[i].out = target(route, words[2 * i + 1], error)) == NULL)
			return EX_USAGE;
	}
	if (count % 2 != 0 && (status = refuse_phrase(words[count - 1], error)) != 0)
		return status;
	route->ways[route->count].out = target(route, count % 2 != 0 ? words[count - 1] : "-", error);
	return route->ways[route->count].out == NULL ? EX_USAGE : 0;
}

/*
 * Opens the outputs in the order of the operands, but standard output first, because the first one
 * is ended last.
 */
void
route_open(struct route *route)
{
	for (size_t i = 0; i < route->outputs; i++)
		if (strcmp(route->targets[i].name, "-") == 0)
			command_out(&route->targets[i].out);
	for (size_t i = 0; i < route->outputs && route->fault.status == 0; i++) {
		struct route_target *t = &route->targets[i];

		if (strcmp(t->name, "-") != 0)
			(void)command_out_to(&t->endpoint, t->name, &t->out, &route->fault);
	}
}

/* ---- the records ---- */

static void
put(struct rec_out *out, const struct block *b, uint32_t from, uint32_t to)
{
	if (from == 0 && to == b->count)
		rec_out_block(out, b);
	else
		rec_out_records(out, b, from, to);
}

/* Judges the block by the phrases. Each way's hits are then the records that go there. */
static void
judge(struct route *route, const struct block *b)
{
	static uint64_t left[BLOCK_RECORDS / 64];
	size_t words = ((size_t)b->count + 63) / 64;
	uint32_t open = b->count;

	memset(left, 0xff, words * sizeof left[0]);
	for (size_t i = 0; i < route->count && route->fault.status == 0; i++) {
		struct phrase *phrase = &route->ways[i].phrase;
		uint64_t *hits = phrase->verb.hits;

		if (open == 0) {
			memset(hits, 0, words * sizeof *hits);
			continue;
		}
		(void)phrase_judge(phrase, b, &route->fault);
		for (size_t w = 0; w < words; w++) {
			hits[w] &= left[w];
			left[w] &= ~hits[w];
			open -= (uint32_t)__builtin_popcountll(hits[w]);
		}
	}
	memcpy(route->ways[route->count].phrase.verb.hits, left, words * sizeof left[0]);
}

static void
deal(const struct route *route, const struct block *b)
{
	for (uint32_t from = 0, end; from < b->count; from = end) {
		const struct route_way *way = route->ways;
		const uint64_t *hits;

		while (!bits_get(way->phrase.verb.hits, from))
			way++;
		hits = way->phrase.verb.hits;
		end = bits_next(hits, from, b->count, 0);
		rec_out_floor(end < b->count ? block_position(b, end) : b->next);
		put(way->out, b, from, end);
	}
}

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct route *route = in->tabled_by;

	for (size_t i = 0; i < route->count; i++)
		if (phrase_table(&route->ways[i].phrase, t, &route->fault) < 0)
			return -1;
	return 0;
}

void
route_stream(struct route *route, struct rec_in *in)
{
	struct block b;

	in->tabled = tabled;
	in->tabled_by = route;
	if (route->fault.status != 0) {
		rec_in_enough(in, 0);
		return;
	}
	while (rec_in_block(in, &b)) {
		if (b.kind == BLOCK_LOSS) {
			for (size_t i = 0; i < route->outputs; i++)
				rec_out_block(&route->targets[i].out, &b);
			continue;
		}
		if (b.count > 0)
			judge(route, &b);
		if (route->fault.status != 0) {
			rec_in_enough(in, block_position(&b, 0));
			break;
		}
		deal(route, &b);
		for (size_t i = 0; i < route->outputs; i++)
			rec_out_mark(&route->targets[i].out, b.next, b.size);
	}
}

void
route_free(struct route *route)
{
	int said = 0;

	for (size_t i = 0; i < route->outputs; i++)
		endpoint_free(&route->targets[i].endpoint);
	for (size_t i = 0; i < route->count; i++) {
		/* One phrase says enough. */
		if (said)
			route->ways[i].phrase.names.used = 0;
		said |= names_end(&route->ways[i].phrase.names);
		route->ways[i].phrase.names.used = 0;
		phrase_free(&route->ways[i].phrase);
	}
	free(route->ways);
	free(route->targets);
}
