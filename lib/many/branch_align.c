/*
 * branch_align: rows of several tables under one (branch.h, align.h). The front of a branch whose
 * rows are moved is a copy of some records of the queue's first block, with their fields in other
 * places.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "many/branch_private.h"
#include "record/env.h"
#include "record/position.h"

enum { PIECE = 128 * 1024 }; /* bytes of a front after which no further record is added */

/* Returns 1 if the branch has shown its table, or that it has none. */
static int
is_known(const struct branch *b)
{
	return b->ended || rec_in_table(&b->in) != NULL || b->in.records > 0;
}

/* Adds the tables of all branches that have one. Returns 0, or -1 after a failure that is noted. */
static int
add_tables(struct branches *bs)
{
	struct buf why = { 0 };
	int bad = 0;

	errno = 0;
	for (size_t i = 0; i < bs->count && bad == 0; i++) {
		struct branch *b = &bs->all[i];
		struct table *t = rec_in_table(&b->in);

		if (t == NULL && b->in.records == 0)
			continue;
		bad = -1;
		if (t == NULL)
			(void)buf_adds(&why, "its records have no table");
		else
			bad = align_add(&bs->aligned, t, b->name, &why);
		b->input = bs->tables++;
		if (bad != 0)
			command_fail(bs->fault, why.len > 0 ? EX_DATAERR : EX_OSERR, "%s: %s", b->name,
			    why.len > 0 ? buf_string(&why) : "out of memory");
	}
	buf_free(&why);
	return bad == 0 ? 0 : -1;
}

int
branches_align(struct branches *bs)
{
	struct buf why = { 0 };
	struct table *merged;
	int waits, any = 0;

	if ((bs->row_ends = calloc(BLOCK_RECORDS, 2 * sizeof *bs->row_ends)) == NULL) {
		command_fail(bs->fault, EX_OSERR, "out of memory");
		return -1;
	}
	bs->row_positions = bs->row_ends + BLOCK_RECORDS;
	do {
		waits = 0;
		for (size_t i = 0; i < bs->count; i++)
			waits |= bs->all[i].needed = !is_known(&bs->all[i]);
	} while (waits && branches_wait(bs));
	if (waits)
		return -1;
	for (size_t i = 0; i < bs->count; i++)
		any |= rec_in_table(&bs->all[i].in) != NULL;
	if (!any)
		return 0;
	if (add_tables(bs) < 0)
		return -1;
	if ((merged = align_table(&bs->aligned, &why)) == NULL)
		command_fail(bs->fault, why.len > 0 ? EX_DATAERR : EX_OSERR, "--align: %s",
		    why.len > 0 ? buf_string(&why) : "out of memory");
	else
		rec_out_own_table(bs->out, merged);
	buf_free(&why);
	for (size_t i = 0; i < bs->count && merged != NULL; i++)
		if (rec_in_table(&bs->all[i].in) != NULL)
			bs->all[i].merged = merged;
	return merged != NULL ? 0 : -1;
}

/*
 * Appends record i of a block to bs->rows, moved; or nothing if rows of the branch pass as they
 * are. Returns 0, or -1 with the reason in why, or, if there is no memory, with none. why may be
 * NULL.
 */
static int
move_record(struct branches *bs, const struct branch *b, const struct block *block, uint32_t i, struct buf *why)
{
	uint32_t start = block_start(block, i);
	const char *wrong = NULL;
	size_t before = bs->rows.len;
	int got = align_row(&bs->aligned, b->input, block->payload + start, block->ends[i] - start, &bs->rows);

	if (got < 0 && errno == EINVAL)
		wrong = bs->aligned.wrong;
	else if (got > 0 && bs->rows.len - before > env_get(&wrong)->record_max)
		wrong = "with the columns of all it is longer than REC_MAX allows";
	if (wrong != NULL && why != NULL)
		(void)buf_addf(why, "the record at position %" PRIu64 ": %s",
		    position_source(block_position(block, i)), wrong);
	return got < 0 || wrong != NULL ? -1 : 0;
}

/*
 * Returns the number of records of the block, from `from` on, that can be the next front. If rows
 * of the branch are moved, these are in bs->rows. If the number is 0, the reason why not is in why,
 * or there is no memory.
 */
static uint32_t
move_records(struct branches *bs, const struct branch *b, const struct block *block, uint32_t from, struct buf *why)
{
	int moves = align_moves(&bs->aligned, b->input);
	uint32_t i = from;

	bs->rows.len = 0;
	while (i < block->count && (i == from || bs->rows.len < PIECE)) {
		size_t before = bs->rows.len;
		uint32_t end = block->ends[i];
		int whole = i + 1 < block->count || !block_lacks_gap(block);

		/* What is wrong with a later one is said when that comes to be the first. */
		if (move_record(bs, b, block, i, i == from ? why : NULL) < 0) {
			bs->rows.len = before;
			break;
		}
		bs->row_ends[i - from] = (uint32_t)bs->rows.len;
		if (moves && whole && buf_add(&bs->rows, block->payload + end, block->gap) < 0)
			return 0;
		i++;
	}
	return i - from;
}

/* Returns a copy of n records of the block, from `from` on, as they are in bs->rows; or NULL. */
static struct held *
hold_moved(struct branches *bs, const struct block *block, uint32_t from, uint32_t n)
{
	struct block v = *block;

	v.count = n;
	v.payload = bs->rows.data;
	v.size = (uint32_t)bs->rows.len;
	v.ends = bs->row_ends;
	v.base = block_position(block, from);
	if (block->positions != NULL) {
		for (uint32_t i = 0; i < n; i++)
			bs->row_positions[i] = (uint32_t)(block_position(block, from + i) - v.base);
		v.positions = bs->row_positions;
	}
	return held_records(&v, 0, n);
}

struct held *
branch_align(struct branches *bs, struct branch *b, struct held *h, struct buf *why)
{
	const struct block *block = &h->block;
	uint32_t n = move_records(bs, b, block, b->at, why);
	struct held *made;

	if (n == 0)
		return NULL;
	if (align_moves(&bs->aligned, b->input))
		made = hold_moved(bs, block, b->at, n);
	else if (n == block->count)
		return h;
	else
		made = held_records(block, b->at, b->at + n);
	if (made == NULL)
		return NULL;
	b->at += n;
	b->left = block->count - b->at;
	return made;
}
