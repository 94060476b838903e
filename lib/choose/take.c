/* take: see take.h. */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/num.h"
#include "base/status.h"
#include "choose/take.h"

/* Bytes of records that are rather copied than written by themselves. */
#define HOLD_SMALL 16384

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

/* Options up to the next operand; returns as take_parse. */
static int
take_options(struct take *d, int argc, char **argv, struct buf *error)
{
	int c;

	while ((c = phrase_getopt(&d->phrase, argc, argv, letters, longs)) != -1) {
		if (c == 'A')
			d->after = 1;
		else if (c != 'E')
			return c;
		else if (partition_else(&d->partition, optarg, error) < 0)
			return -1;
	}
	return 0;
}

/* [first | last] N [bytes] */
static int
take_number(struct take *d, char *const words[], size_t count, struct buf *error)
{
	size_t i = 0;
	int bytes;

	if (d->after || d->phrase.options > 0) {
		(void)buf_adds(error, "-e, -F, -i, --after and --each-line go with until or while and a verb");
		return -1;
	}
	if (count > 0 && (strcmp(words[0], "first") == 0 || strcmp(words[0], "last") == 0))
		d->last = words[i++][0] == 'l';
	if (i == count) {
		(void)buf_addf(error, "%s%sa number is needed, such as 10, last 10 or 64K bytes; or until or while with a verb",
		    i > 0 ? words[0] : "", i > 0 ? ": " : "");
		return -1;
	}
	bytes = count > i + 1 && strcmp(words[i + 1], "bytes") == 0;
	d->how = bytes ? TAKE_BYTES : TAKE_RECORDS;
	if (bytes ? num_size(words[i], UINT64_MAX, &d->n) < 0 : num_count(words[i], UINT64_MAX, &d->n) < 0) {
		(void)buf_addf(error, "%s: not a number of %s", words[i],
		    bytes ? "bytes such as 100 or 64K" :
		    i > 0 ? "records such as 10 or 5k" : "records such as 10 or 5k, nor until or while");
		return -1;
	}
	if (count > i + 1 + (size_t)bytes) {
		(void)buf_addf(error, "%s: nothing is expected behind %s%s", words[i + 1 + (size_t)bytes], words[i],
		    bytes ? " bytes" : " but bytes");
		return -1;
	}
	return 0;
}

int
take_parse(struct take *d, int argc, char **argv, struct buf *error)
{
	const char *word;
	int result;

	opterr = 0;
	if ((result = take_options(d, argc, argv, error)) != 0)
		return result;
	if (optind == argc || (strcmp(argv[optind], "until") != 0 && strcmp(argv[optind], "while") != 0))
		return take_number(d, argv + optind, (size_t)(argc - optind), error);
	word = argv[optind++];
	d->how = word[0] == 'u' ? TAKE_UNTIL : TAKE_WHILE;
	if ((result = take_options(d, argc, argv, error)) != 0)
		return result;
	if (optind == argc) {
		(void)buf_addf(error, "%s: a verb of rec-filter is needed, such as locate", word);
		return -1;
	}
	if (phrase_verb(&d->phrase, argv[optind++], error) < 0)
		return -1;
	if ((result = take_options(d, argc, argv, error)) != 0)
		return result;
	return phrase_operands(&d->phrase, argv + optind, (size_t)(argc - optind), error);
}

/* ---- both ways ---- */

static uint32_t
length(const struct block *b, uint32_t i)
{
	return b->ends[i] - block_start(b, i);
}

/* Passes the record that names the columns, if it is in this block; the block becomes a copy of the records after it. */
static void
pass_header(struct take *d, struct block *b, struct partition_verdict *verdict)
{
	if (!phrase_header(&d->phrase, b, &d->fault))
		return;
	if (d->fault.status != 0)
		verdict->next = block_position(b, 0);
	else if (partition_header(&d->partition, b) < 0)
		command_fail(&d->fault, EX_OSERR, "out of memory");
}

/* ---- from the beginning ---- */

/*
 * Returns how many records of the block belong to the front; *part bytes of the next record do, too, if that is not 0. Sets done if
 * the front ends there.
 */
static uint32_t
front_of(struct take *d, const struct block *b, uint32_t *part)
{
	uint64_t left = d->n - d->taken;
	uint32_t i = 0, header;

	*part = 0;
	switch (d->how) {
	case TAKE_RECORDS:
		i = left < b->count ? (uint32_t)left : b->count;
		d->taken += i;
		d->done = d->taken == d->n;
		break;
	case TAKE_BYTES:
		for (; i < b->count && left > 0 && length(b, i) <= left; i++)
			left -= length(b, i);
		d->done = i < b->count || left == 0;
		if (i < b->count)
			*part = (uint32_t)left;
		d->taken = d->n - left;
		break;
	case TAKE_UNTIL:
	case TAKE_WHILE:
		(void)phrase_judge(&d->phrase, b, &header, &d->fault); /* the header has passed before */
		i = bits_next(d->phrase.verb.hits, 0, b->count, d->how == TAKE_UNTIL);
		d->done = i < b->count;
		if (d->done && d->after)
			i++;
		break;
	}
	return i;
}

/* Puts records out in two runs, without bits. */
static uint32_t
judge_first(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct take *d = arg;
	struct partition *p = &d->partition;
	int front = !d->keep_back;
	uint32_t i = 0, part = 0;

	pass_header(d, b, verdict);
	if (d->fault.status == 0 && !d->done)
		i = front_of(d, b, &part);
	if (d->fault.status != 0)
		return 0;
	partition_run(p, front, b, 0, i);
	if (part > 0)
		partition_cut(p, front, b, i++, part);
	partition_run(p, !front, b, i, b->count);
	if (d->done && i < b->count && !partition_wants(p, !front))
		verdict->next = block_position(b, i);
	return 0;
}

/* The front is complete, and nobody wants the back. */
static int
enough(const void *arg)
{
	const struct take *d = arg;

	return d->done && !d->phrase.verb.header && !partition_wants(&d->partition, d->keep_back);
}

/* ---- from the end ---- */

/* Whether a record of that length, the first of what is held, is certainly of the front: the n are there without it. */
static int
falls_out(const struct take *d, uint32_t len)
{
	if (d->how == TAKE_RECORDS)
		return d->taken > d->n;
	return d->taken >= len && d->taken - len >= d->n;
}

/* How many of the records [from, count) fall out. */
static uint32_t
fallen(struct take *d, const struct block *b, uint32_t from)
{
	uint32_t i = from;

	for (; i < b->count && falls_out(d, length(b, i)); i++)
		d->taken -= d->how == TAKE_RECORDS ? 1 : length(b, i);
	return i;
}

static void
let_go(struct take *d)
{
	struct held *h = d->first;

	d->first = h->next;
	if (h == d->loss_before)
		d->loss_before = NULL;
	free(h);
}

/*
 * Puts records of what is held. What came in small blocks goes out in large ones, since nobody waits for the first of them any
 * more than for the others.
 */
static void
put(struct take *d, int back, const struct held *h, uint32_t to)
{
	if (h->block.size < HOLD_SMALL)
		partition_copy(&d->partition, back == d->keep_back, &h->block, h->from, to);
	else
		partition_run(&d->partition, back == d->keep_back, &h->block, h->from, to);
}

/* Lets go what falls out of the records that are held, and the losses that then come first. */
static void
release(struct take *d)
{
	while (d->first != NULL) {
		struct held *h = d->first;
		uint32_t to;

		if (h->block.kind == BLOCK_LOSS) {
			partition_loss(&d->partition, &h->block);
		} else {
			to = fallen(d, &h->block, h->from);
			put(d, 0, h, to);
			h->from = to;
			if (to < h->block.count)
				return;
		}
		let_go(d);
	}
}

/* Holds records [from, count) of a data block, or a loss. Returns 0, or -1 after a fault. */
static int
hold(struct take *d, const struct block *b, uint32_t from)
{
	int after_loss = d->first != NULL && d->end->block.kind == BLOCK_LOSS;
	struct held *h;

	/* Losses without a record between them are one, or two, so that they take no more memory than the records. */
	if (b->kind == BLOCK_LOSS && after_loss && (held_add_loss(d->end, b) || (d->loss_before != NULL && held_add_loss(d->loss_before, b)))) {
		d->end->block.next = b->next;
		return 0;
	}
	if ((h = held_records(b, from, b->count)) == NULL) {
		command_fail(&d->fault, EX_OSERR, "out of memory for the last records");
		return -1;
	}
	d->loss_before = b->kind == BLOCK_LOSS && after_loss ? d->end : NULL;
	if (d->first == NULL)
		d->first = h;
	else
		d->end->next = h;
	d->end = h;
	return 0;
}

static uint32_t
judge_last(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct take *d = arg;
	uint32_t i = 0;

	pass_header(d, b, verdict);
	if (d->fault.status != 0)
		return 0;
	if (d->how == TAKE_RECORDS)
		d->taken += b->count;
	else
		for (uint32_t j = 0; j < b->count; j++)
			d->taken += length(b, j);
	release(d);
	if (d->first == NULL) {
		i = fallen(d, b, 0);
		partition_run(&d->partition, !d->keep_back, b, 0, i);
	}
	if (i < b->count && hold(d, b, i) < 0)
		return 0;
	if (d->first != NULL)
		verdict->next = block_position(&d->first->block, d->first->from);
	return 0;
}

/* Holds a loss if it is after a record that is held. */
static int
judge_loss(void *arg, const struct block *loss)
{
	struct take *d = arg;

	if (d->first == NULL)
		return 0;
	(void)hold(d, loss, 0);
	return 1;
}

/* The input has ended. All that is held is the back, except the first bytes of a record that the n bytes begin in. */
static void
put_back(struct take *d)
{
	struct held *h = d->first;

	if (h != NULL && d->how == TAKE_BYTES && d->taken > d->n)
		partition_cut(&d->partition, !d->keep_back, &h->block, h->from++, (uint32_t)(d->taken - d->n));
	for (; (h = d->first) != NULL; let_go(d)) {
		if (h->block.kind == BLOCK_LOSS)
			partition_loss(&d->partition, &h->block);
		else
			put(d, 1, h, h->block.count);
	}
}

/* ---- all of it ---- */

int
take_run(struct take *d, enum take_side side)
{
	static struct rec_in in;
	const struct partition_judge first = { .job = d, .block = judge_first, .enough = enough };
	const struct partition_judge last = { .job = d, .block = judge_last, .loss = judge_loss };
	int status;

	d->keep_back = d->last == (side == TAKE_TAKE);
	d->done = d->n == 0 && (d->how == TAKE_RECORDS || d->how == TAKE_BYTES);
	command_in(&in);
	partition_open(&d->partition, 1, &d->fault);
	partition_stream(&d->partition, &in, d->last ? &last : &first, &d->fault);
	if (d->last && d->fault.status == 0)
		put_back(d);
	status = command_end(&in, &d->fault, in.next);
	while (d->first != NULL)
		let_go(d);
	partition_free(&d->partition);
	phrase_free(&d->phrase);
	return status;
}
