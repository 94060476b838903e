/* take: see take.h. */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/delimited.h"
#include "base/num.h"
#include "base/status.h"
#include "choose/take.h"
#include "command/opt.h"

/* Pieces with fewer bytes than this are copied into larger blocks. */
#define SMALL 16384

/* ---- the command line ---- */

static const char letters[] = "+:hV" PHRASE_LETTERS;
static const struct option longs[] = {
	{ "after", no_argument, NULL, 'A' },
	{ "else", required_argument, NULL, 'E' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	PHRASE_LONGS,
	{ NULL, 0, NULL, 0 },
};

/* Takes options up to the next operand. Returns as take_parse. */
static int
take_options(struct take *t, int argc, char **argv, struct buf *error)
{
	int c;

	while ((c = phrase_getopt(&t->phrase, argc, argv, letters, longs)) != -1) {
		if (c == 'H') {
			(void)buf_adds(error, NAMES_NO_HEADER);
			return -1;
		}
		if (c == 'A')
			t->after = 1;
		else if (c != 'E')
			return c;
		else if (partition_else(&t->partition, optarg, error) < 0)
			return -1;
	}
	return 0;
}

/* [first | last] N [bytes] */
static int
take_number(struct take *t, char *const words[], size_t count, struct buf *error)
{
	size_t i = 0;
	int bytes;

	if (t->after || t->phrase.options > 0) {
		(void)buf_adds(error, "-e, -F, -i, --after, --each-line, --eres and --texts go with until or while and a verb");
		return -1;
	}
	if (count > 0 && (strcmp(words[0], "first") == 0 || strcmp(words[0], "last") == 0))
		t->last = words[i++][0] == 'l';
	if (i == count) {
		(void)buf_addf(error,
		    "%s%sa number is needed, such as 10, last 10 or 64K bytes; or until or while with a verb",
		    i > 0 ? words[0] : "", i > 0 ? ": " : "");
		return -1;
	}
	bytes = count > i + 1 && strcmp(words[i + 1], "bytes") == 0;
	t->how = bytes ? TAKE_BYTES : TAKE_RECORDS;
	if (bytes ? num_size(words[i], UINT64_MAX, &t->n) < 0 : num_count(words[i], UINT64_MAX, &t->n) < 0) {
		(void)buf_addf(error, "%s: not a number of %s", words[i],
		    bytes ? "bytes such as 100 or 64K" :
		    i > 0 ? "records such as 10 or 5k" : "records such as 10 or 5k, nor until or while");
		return -1;
	}
	if (count > i + 1 + (size_t)bytes) {
		if (delimited_is_option(words[i + 1 + (size_t)bytes])) {
			(void)buf_addf(error, "%s: options come before the first operand", words[i + 1 + (size_t)bytes]);
			return -1;
		}
		if (opt_file(words[count - 1], error))
			return -1;
		(void)buf_addf(error, "%s: no operand is expected after %s%s", words[i + 1 + (size_t)bytes], words[i],
		    bytes ? " bytes" : " but bytes");
		return -1;
	}
	return 0;
}

int
take_parse(struct take *t, int argc, char **argv, struct buf *error)
{
	const char *word;
	int result;

	opterr = 0;
	if ((result = take_options(t, argc, argv, error)) != 0)
		return result;
	if (optind == argc || (strcmp(argv[optind], "until") != 0 && strcmp(argv[optind], "while") != 0))
		return take_number(t, argv + optind, (size_t)(argc - optind), error);
	word = argv[optind++];
	t->how = word[0] == 'u' ? TAKE_UNTIL : TAKE_WHILE;
	if ((result = take_options(t, argc, argv, error)) != 0)
		return result;
	if (optind == argc) {
		(void)buf_addf(error, "%s: a verb of rec-filter is needed, such as locate", word);
		return -1;
	}
	if (phrase_verb(&t->phrase, argv[optind++], error) < 0)
		return -1;
	if ((result = take_options(t, argc, argv, error)) != 0)
		return result;
	return phrase_operands(&t->phrase, argv + optind, (size_t)(argc - optind), error);
}

/* ---- from the beginning and from the end ---- */

static uint32_t
length(const struct block *b, uint32_t i)
{
	return b->ends[i] - block_start(b, i);
}

/* ---- from the beginning ---- */

/*
 * Returns how many records of the block belong to the front; *part bytes of the next record do,
 * too, if that is not 0. Sets done if the front ends there.
 */
static uint32_t
front_of(struct take *t, const struct block *b, uint32_t *part)
{
	uint64_t left = t->n - t->taken;
	uint32_t i = 0;

	*part = 0;
	switch (t->how) {
	case TAKE_RECORDS:
		i = left < b->count ? (uint32_t)left : b->count;
		t->taken += i;
		t->done = t->taken == t->n;
		break;
	case TAKE_BYTES:
		for (; i < b->count && left > 0 && length(b, i) <= left; i++)
			left -= length(b, i);
		t->done = i < b->count || left == 0;
		if (i < b->count)
			*part = (uint32_t)left;
		t->taken = t->n - left;
		break;
	case TAKE_UNTIL:
	case TAKE_WHILE:
		(void)phrase_judge(&t->phrase, b, &t->fault);
		i = bits_next(t->phrase.verb.hits, 0, b->count, t->how == TAKE_UNTIL);
		t->done = i < b->count;
		if (t->done && t->after)
			i++;
		break;
	}
	return i;
}

/* Puts records out in two runs, without bits. */
static uint32_t
judge_first(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct take *t = arg;
	struct partition *p = &t->partition;
	int front = !t->keep_back;
	uint32_t i = 0, part = 0;

	if (!t->done)
		i = front_of(t, b, &part);
	if (t->fault.status != 0)
		return 0;
	partition_run(p, front, b, 0, i);
	if (part > 0)
		partition_cut(p, front, b, i++, part);
	partition_run(p, !front, b, i, b->count);
	if (t->done && i < b->count && !partition_wants(p, !front))
		verdict->next = block_position(b, i);
	return 0;
}

/* The front is complete, and nobody wants the back. */
static int
enough(const void *arg)
{
	const struct take *t = arg;

	return t->done && !partition_wants(&t->partition, t->keep_back);
}

/* ---- from the end ---- */

/*
 * Returns 1 if the first record that is held, of that length, belongs to the front: the n are
 * complete without it.
 */
static int
falls_out(const struct take *t, uint32_t len)
{
	if (t->how == TAKE_RECORDS)
		return t->taken > t->n;
	return t->taken >= len && t->taken - len >= t->n;
}

/*
 * Takes the records that fall out, from record `from` of the block on, out of the count. Returns
 * the first that does not.
 */
static uint32_t
fallen(struct take *t, const struct block *b, uint32_t from)
{
	uint32_t i = from;

	for (; i < b->count && falls_out(t, length(b, i)); i++)
		t->taken -= t->how == TAKE_RECORDS ? 1 : length(b, i);
	return i;
}

/*
 * Puts out the records of a piece before record to. Small pieces become large blocks: by now nobody
 * waits for the first record more than for the others.
 */
static void
put(struct take *t, int back, const struct held *h, uint32_t to)
{
	if (h->block.size < SMALL)
		partition_copy(&t->partition, back == t->keep_back, &h->block, h->from, to);
	else
		partition_run(&t->partition, back == t->keep_back, &h->block, h->from, to);
}

/* Puts out the held records that fall out, and the losses that are then first; and frees them. */
static void
release(struct take *t)
{
	while (t->tail.first != NULL) {
		struct held *h = t->tail.first;
		uint32_t to;

		if (h->block.kind == BLOCK_LOSS) {
			partition_loss(&t->partition, &h->block);
		} else {
			to = fallen(t, &h->block, h->from);
			put(t, 0, h, to);
			h->from = to;
			if (to < h->block.count)
				return;
		}
		tail_shift(&t->tail);
	}
}

/* Holds records [from, count) of a data block, or a loss. Returns 0, or -1 after a fault. */
static int
hold(struct take *t, const struct block *b, uint32_t from)
{
	if (tail_add(&t->tail, b, from) == 0)
		return 0;
	command_fail(&t->fault, EX_OSERR, "out of memory for the last records");
	return -1;
}

static uint32_t
judge_last(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct take *t = arg;
	uint32_t i = 0;

	if (t->how == TAKE_RECORDS)
		t->taken += b->count;
	else
		for (uint32_t j = 0; j < b->count; j++)
			t->taken += length(b, j);
	release(t);
	if (t->tail.first == NULL) {
		i = fallen(t, b, 0);
		partition_run(&t->partition, !t->keep_back, b, 0, i);
	}
	if (i < b->count && hold(t, b, i) < 0)
		return 0;
	if (t->tail.first != NULL)
		verdict->next = tail_position(&t->tail);
	return 0;
}

/* Holds a loss if it is after a record that is held. */
static int
judge_loss(void *arg, const struct block *loss)
{
	struct take *t = arg;

	if (t->tail.first == NULL)
		return 0;
	(void)hold(t, loss, 0);
	return 1;
}

/*
 * The input has ended. All that is held is the back, except the first bytes of a record that the n
 * bytes begin in.
 */
static void
put_back(struct take *t)
{
	struct held *h = t->tail.first;

	if (h != NULL && t->how == TAKE_BYTES && t->taken > t->n)
		partition_cut(&t->partition, !t->keep_back, &h->block, h->from++, (uint32_t)(t->taken - t->n));
	for (; (h = t->tail.first) != NULL; tail_shift(&t->tail)) {
		if (h->block.kind == BLOCK_LOSS)
			partition_loss(&t->partition, &h->block);
		else
			put(t, 1, h, h->block.count);
	}
}

/* ---- all of it ---- */

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *table)
{
	struct take *t = in->tabled_by;

	if (t->how == TAKE_UNTIL || t->how == TAKE_WHILE)
		return phrase_table(&t->phrase, table, &t->fault);
	if (table == NULL || t->how == TAKE_RECORDS)
		return 0;
	command_fail(&t->fault, EX_DATAERR, "bytes: a table is divided between rows: give a number of records");
	return -1;
}

int
take_run(struct take *t, enum take_side side)
{
	static struct rec_in in;
	const struct partition_judge first = { .job = t, .block = judge_first, .enough = enough };
	const struct partition_judge last = { .job = t, .block = judge_last, .loss = judge_loss };
	int status;

	t->keep_back = t->last == (side == TAKE_TAKE);
	t->done = t->n == 0 && (t->how == TAKE_RECORDS || t->how == TAKE_BYTES);
	command_in(&in);
	in.tabled = tabled;
	in.tabled_by = t;
	partition_open(&t->partition, 1, &t->fault);
	partition_stream(&t->partition, &in, t->last ? &last : &first, &t->fault);
	if (t->last && t->fault.status == 0)
		put_back(t);
	status = command_end(&in, &t->fault, in.next);
	tail_free(&t->tail);
	partition_free(&t->partition);
	phrase_free(&t->phrase);
	return status;
}
