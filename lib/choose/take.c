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
take_options(struct take *d, struct partition *s, int argc, char **argv, struct buf *error)
{
	int c;

	while ((c = phrase_getopt(&d->phrase, argc, argv, letters, longs)) != -1) {
		if (c == 'A')
			d->after = 1;
		else if (c != 'E')
			return c;
		else if (partition_else(s, optarg, error) < 0)
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
take_parse(struct take *d, struct partition *s, int argc, char **argv, struct buf *error)
{
	const char *word;
	int result;

	opterr = 0;
	if ((result = take_options(d, s, argc, argv, error)) != 0)
		return result;
	if (optind == argc || (strcmp(argv[optind], "until") != 0 && strcmp(argv[optind], "while") != 0))
		return take_number(d, argv + optind, (size_t)(argc - optind), error);
	word = argv[optind++];
	d->how = word[0] == 'u' ? TAKE_UNTIL : TAKE_WHILE;
	if ((result = take_options(d, s, argc, argv, error)) != 0)
		return result;
	if (optind == argc) {
		(void)buf_addf(error, "%s: a verb of rec-filter is needed, such as locate", word);
		return -1;
	}
	if (phrase_verb(&d->phrase, argv[optind++], error) < 0)
		return -1;
	if ((result = take_options(d, s, argc, argv, error)) != 0)
		return result;
	return phrase_operands(&d->phrase, argv + optind, (size_t)(argc - optind), error);
}

/* ---- both ways ---- */

static uint32_t
length(const struct block *b, uint32_t i)
{
	return b->ends[i] - block_start(b, i);
}

/*
 * The next block of the input. The record that names the columns passes here; the block is then a copy of what comes behind it.
 * 0 where there is no more, or where that has failed.
 */
static int
next_block(struct take *d, struct rec_in *in, struct partition *s, struct block *b, struct command_fault *fault)
{
	if (!rec_in_block(in, b))
		return 0;
	if (b->kind != BLOCK_DATA || !phrase_header(&d->phrase, b, fault))
		return 1;
	if (fault->status == 0 && partition_header(s, b, &d->rest) < 0)
		command_fail(fault, EX_OSERR, "out of memory");
	if (fault->status != 0)
		rec_in_enough(in, block_position(b, 0));
	return fault->status == 0;
}

/* ---- from the beginning ---- */

/*
 * How many records of the block belong to the front; *part bytes of the next one do, too, if that is not 0. Returns with *done
 * set where the front ends there.
 */
static uint32_t
front_of(struct take *d, const struct block *b, uint32_t *part, int *done, struct command_fault *fault)
{
	uint64_t left = d->n - d->taken;
	uint32_t i = 0, header;

	*part = 0;
	switch (d->how) {
	case TAKE_RECORDS:
		i = left < b->count ? (uint32_t)left : b->count;
		d->taken += i;
		*done = d->taken == d->n;
		break;
	case TAKE_BYTES:
		for (; i < b->count && left > 0 && length(b, i) <= left; i++)
			left -= length(b, i);
		*done = i < b->count || left == 0;
		if (i < b->count)
			*part = (uint32_t)left;
		d->taken = d->n - left;
		break;
	case TAKE_UNTIL:
	case TAKE_WHILE:
		(void)phrase_judge(&d->phrase, b, &header, fault); /* it has passed before */
		i = bits_next(d->phrase.select.hits, 0, b->count, d->how == TAKE_UNTIL);
		*done = i < b->count;
		if (*done && d->after)
			i++;
		break;
	}
	return i;
}

static void
from_beginning(struct take *d, struct rec_in *in, struct partition *s, struct command_fault *fault)
{
	int front = !d->keep_back, done = d->n == 0 && (d->how == TAKE_RECORDS || d->how == TAKE_BYTES);
	uint64_t next = 0; /* position of the first record of which nothing was taken */
	struct block b;

	for (;;) {
		uint32_t i = 0, part = 0;

		if (done && !d->phrase.select.header && !partition_wants(s, !front)) {
			rec_in_enough(in, next);
			return;
		}
		if (!next_block(d, in, s, &b, fault))
			return;
		if (b.kind == BLOCK_LOSS) {
			partition_loss(s, &b);
			next = b.next;
			continue;
		}
		if (!done) {
			i = front_of(d, &b, &part, &done, fault);
			if (fault->status != 0) {
				rec_in_enough(in, next);
				return;
			}
			partition_run(s, front, &b, 0, i);
			if (part > 0)
				partition_cut(s, front, &b, i++, part);
		}
		partition_run(s, !front, &b, i, b.count);
		next = i < b.count ? block_position(&b, i) : b.next;
		if (!done || partition_wants(s, !front)) {
			next = b.next;
			partition_mark(s, next, b.size);
		}
	}
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
put(struct take *d, struct partition *s, int back, const struct held *h, uint32_t to)
{
	if (h->block.size < HOLD_SMALL)
		partition_copy(s, back == d->keep_back, &h->block, h->from, to);
	else
		partition_run(s, back == d->keep_back, &h->block, h->from, to);
}

/* Lets go what falls out of the records that are held, and the losses that then come first. */
static void
release(struct take *d, struct partition *s)
{
	while (d->first != NULL) {
		struct held *h = d->first;
		uint32_t to;

		if (h->block.kind == BLOCK_LOSS) {
			partition_loss(s, &h->block);
		} else {
			to = fallen(d, &h->block, h->from);
			put(d, s, 0, h, to);
			h->from = to;
			if (to < h->block.count)
				return;
		}
		let_go(d);
	}
}

/* Holds records [from, count) of a data block, or a loss. 0, or -1 with ENOMEM. */
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
	if ((h = held_records(b, from, b->count)) == NULL)
		return -1;
	d->loss_before = b->kind == BLOCK_LOSS && after_loss ? d->end : NULL;
	if (d->first == NULL)
		d->first = h;
	else
		d->end->next = h;
	d->end = h;
	return 0;
}

/* One block of the input: 0, or -1 where there is no memory. */
static int
hold_block(struct take *d, struct partition *s, const struct block *b)
{
	uint32_t i = 0;

	if (b->kind == BLOCK_LOSS) {
		if (d->first != NULL)
			return hold(d, b, 0);
		partition_loss(s, b);
		return 0;
	}
	if (d->how == TAKE_RECORDS)
		d->taken += b->count;
	else
		for (uint32_t j = 0; j < b->count; j++)
			d->taken += length(b, j);
	release(d, s);
	if (d->first == NULL) {
		i = fallen(d, b, 0);
		partition_run(s, !d->keep_back, b, 0, i);
	}
	if (i < b->count && hold(d, b, i) < 0)
		return -1;
	partition_mark(s, d->first == NULL ? b->next : block_position(&d->first->block, d->first->from), b->size);
	return 0;
}

/* The input has ended: what is held is the back, but for the first bytes of a record that the n bytes begin in. */
static void
put_back(struct take *d, struct partition *s)
{
	struct held *h = d->first;

	if (h != NULL && d->how == TAKE_BYTES && d->taken > d->n)
		partition_cut(s, !d->keep_back, &h->block, h->from++, (uint32_t)(d->taken - d->n));
	for (; (h = d->first) != NULL; let_go(d)) {
		if (h->block.kind == BLOCK_LOSS)
			partition_loss(s, &h->block);
		else
			put(d, s, 1, h, h->block.count);
	}
}

static void
from_end(struct take *d, struct rec_in *in, struct partition *s, struct command_fault *fault)
{
	struct block b;

	while (fault->status == 0 && next_block(d, in, s, &b, fault)) {
		if (hold_block(d, s, &b) < 0) {
			command_fail(fault, EX_OSERR, "out of memory for the last records");
			rec_in_enough(in, b.next);
		}
	}
	if (fault->status == 0)
		put_back(d, s);
}

void
take_stream(struct take *d, struct rec_in *in, struct partition *s, struct command_fault *fault)
{
	if (d->last)
		from_end(d, in, s, fault);
	else
		from_beginning(d, in, s, fault);
}

void
take_free(struct take *d)
{
	while (d->first != NULL)
		let_go(d);
	free(d->rest);
	phrase_free(&d->phrase);
}
