/* around: see around.h. */

#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/around.h"

/* Pieces with fewer bytes than this are copied into larger blocks. */
#define SMALL 16384

/* ---- what goes out ---- */

/*
 * Notes that records are kept or rejected. Before a kept one it puts what is between groups, if it
 * begins one.
 */
static void
separate(struct around *a, int keep, const struct block *b, uint32_t from)
{
	if (!keep) {
		a->apart = a->any;
		return;
	}
	if (a->apart && a->between != NULL && a->partition.kept != NULL) {
		/* The watermark may have passed the position of the record before it. */
		const struct rec r = { a->between, (uint32_t)strlen(a->between), block_position(b, from) };

		rec_out_rec(a->partition.kept, &r);
	}
	a->apart = 0;
	a->any = 1;
}

/* Puts out the first n of the records that are held, and the losses that are then first. */
static void
release(struct around *a, int keep, uint64_t n)
{
	while (a->tail.first != NULL) {
		struct held *h = a->tail.first;
		const struct block *b = &h->block;
		uint32_t from = h->from;

		if (b->kind == BLOCK_LOSS) {
			partition_loss(&a->partition, b);
		} else {
			h->from += n < b->count - from ? (uint32_t)n : b->count - from;
			n -= h->from - from;
			a->held -= h->from - from;
			if (from < h->from) {
				separate(a, keep, b, from);
				/* A reader that merges both outputs may wait for the other one. */
				if (a->partition.kept != NULL && a->partition.rejected != NULL)
					rec_out_floor(block_position(b, h->from - 1));
				if (b->size < SMALL)
					partition_copy(&a->partition, keep, b, from, h->from);
				else
					partition_run(&a->partition, keep, b, from, h->from);
			}
			if (h->from < b->count)
				return;
		}
		tail_shift(&a->tail);
	}
}

/* Puts out records [0, to) of the block by their bits. */
static void
put(struct around *a, const struct block *b, uint32_t to)
{
	uint32_t begin = 0, end;

	if (a->between == NULL) {
		partition_bits(&a->partition, b, a->bits, 1, 0, to);
		return;
	}
	for (; begin < to; begin = end) {
		int keep = bits_get(a->bits, begin);

		end = bits_next(a->bits, begin, to, !keep);
		separate(a, keep, b, begin);
		partition_bits(&a->partition, b, a->bits, 1, begin, end);
	}
}

/* ---- what is kept ---- */

/*
 * Returns how many records of the block may be found: all, or with a limit those up to the last one
 * that it allows. hits of them satisfy the phrase.
 */
static uint32_t
reach(struct around *a, const struct block *b, uint32_t hits)
{
	uint64_t found = a->invert ? b->count - hits : hits, left = a->limit - a->found;
	uint32_t at = 0;

	if (found < left) {
		a->found += found;
		return b->count;
	}
	for (; left > 0; left--)
		at = bits_next(a->phrase.verb.hits, at, b->count, !a->invert) + 1;
	a->found = a->limit;
	return at;
}

/*
 * Sets the bits of the records that are kept: those found among the first `reached`, and their
 * neighbours. Sets *first to the first one found, or to the number of all records. Returns the
 * record after the last one kept, or 0.
 */
static uint32_t
mark(struct around *a, const struct block *b, uint32_t reached, uint32_t *first)
{
	const uint64_t *hits = a->phrase.verb.hits;
	uint32_t end = a->left < b->count ? (uint32_t)a->left : b->count, i, j = 0;

	memset(a->bits, 0, BITS_WORDS((size_t)b->count) * sizeof a->bits[0]);
	bits_fill(a->bits, 0, end);
	a->left -= end;
	*first = b->count;
	while ((i = bits_next(hits, j, reached, !a->invert)) < reached) {
		j = bits_next(hits, i, reached, a->invert);
		if (*first == b->count)
			*first = i;
		end = b->count - j > a->after ? j + (uint32_t)a->after : b->count;
		bits_fill(a->bits, i > a->before ? i - (uint32_t)a->before : 0, end);
		a->left = a->after - (end - j);
	}
	return end;
}

/*
 * Puts out or holds the records of a block that phrase_judge has judged. Returns the number of
 * these.
 */
static uint32_t
divide(struct around *a, const struct block *b, uint32_t hits)
{
	uint32_t first, end = mark(a, b, reach(a, b, hits), &first), to = b->count, from = end;

	if (first < b->count) {
		uint64_t kept = a->before > first ? a->before - first : 0;

		release(a, 0, a->held > kept ? a->held - kept : 0);
		release(a, 1, a->held);
	}
	/* With the limit reached, nothing will be found later, and so nothing is held for it. */
	if (a->found == a->limit)
		to = end;
	else if (to - end > a->before)
		from = to - (uint32_t)a->before;
	if (a->held > 0 && a->held + (to - from) > a->before)
		release(a, 0, a->held + (to - from) - a->before);
	put(a, b, from);
	if (from == to)
		return to;
	if (tail_add(&a->tail, b, from) < 0) {
		command_fail(a->fault, EX_OSERR, "out of memory for the last records");
		return from;
	}
	a->held += to - from;
	return to;
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct around *a = arg;
	uint32_t hits = phrase_judge(&a->phrase, b, a->fault);
	uint32_t to = a->fault->status == 0 ? divide(a, b, hits) : 0;

	if (a->tail.first != NULL)
		verdict->next = tail_position(&a->tail);
	else if (to < b->count)
		verdict->next = block_position(b, to);
	return 0;
}

/* Holds a loss if it is after a record that is held. */
static int
judge_loss(void *arg, const struct block *loss)
{
	struct around *a = arg;

	if (a->tail.first == NULL)
		return 0;
	if (tail_add(&a->tail, loss, 0) < 0)
		command_fail(a->fault, EX_OSERR, "out of memory for the last records");
	return 1;
}

static int
enough(const void *arg)
{
	const struct around *a = arg;

	return a->found == a->limit && a->left == 0;
}

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *table)
{
	struct around *a = in->tabled_by;

	if (table == NULL || a->between == NULL)
		return phrase_table(&a->phrase, table, a->fault);
	command_fail(a->fault, EX_DATAERR, "--sep: the records have a table, and the text would be one of its rows");
	return -1;
}

void
around_stream(struct around *a, struct rec_in *in, struct command_fault *fault)
{
	const struct partition_judge judges = { .job = a, .block = judge, .loss = judge_loss, .enough = enough };

	a->fault = fault;
	in->tabled = tabled;
	in->tabled_by = a;
	partition_stream(&a->partition, in, &judges, fault);
	if (fault->status == 0)
		release(a, 0, a->held);
	tail_free(&a->tail);
}
