/* interleave: see interleave.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "many/interleave.h"
#include "match/columns.h"
#include "record/position.h"

void
interleave_init(struct interleave *il)
{
	const char *given = il->separator;

	if (given == NULL || strcasecmp(given, "TAB") == 0 || strcmp(given, "\\t") == 0)
		given = "\t";
	else if (strcasecmp(given, "BLANK") == 0 || strcasecmp(given, "SPACE") == 0)
		given = " ";
	il->between = given;
	il->between_len = strlen(given);
}

/*
 * Passes losses on, and returns the block with the branch's next record; or NULL if there is none
 * at present.
 */
static struct held *
front(struct interleave *il, struct branch *b)
{
	struct held *h;

	while ((h = branch_front(il->branches, b)) != NULL && h->block.kind == BLOCK_LOSS)
		branch_renumber(b, il->out, &il->number, 0);
	return h;
}

/* Puts out the watermark. Returns what both functions return: open, or -1 after a failure. */
static int
verdict(const struct interleave *il, int open)
{
	rec_out_mark(il->out, il->number, il->branches->bytes);
	il->branches->bytes = 0;
	return il->branches->fault->status != 0 ? -1 : open;
}

/* Takes needed back from all branches. */
static void
need_none(struct interleave *il)
{
	for (size_t i = 0; i < il->branches->count; i++)
		il->branches->all[i].needed = 0;
}

/*
 * Before the first record, if nothing has a table yet: sets needed in the branches that may bring
 * one, because a header goes out even if no record does. Returns 1 if there are such, else 0.
 */
static int
wait_for_table(struct interleave *il)
{
	int wait = 0;

	if (il->number > 0)
		return 0;
	for (size_t i = 0; i < il->branches->count; i++) {
		struct branch *b = &il->branches->all[i];
		int none = front(il, b) == NULL; /* this finds its table, too */

		if (branch_table(b) != NULL)
			return 0;
		if (none && !b->ended)
			wait = b->needed = 1;
	}
	return wait;
}

int
interleave_turns(struct interleave *il)
{
	size_t ended = 0; /* number of ended branches in a row */

	need_none(il);
	while (il->out->state == REC_OUT_OPEN && il->branches->fault->status == 0) {
		struct branch *b = &il->branches->all[il->turn];

		if (front(il, b) != NULL) {
			branch_renumber(b, il->out, &il->number, 1);
			ended = 0;
		} else if (!b->ended) {
			b->needed = 1;
			break;
		} else if (++ended == il->branches->count || (il->any && !wait_for_table(il))) {
			return verdict(il, 0);
		} else if (il->any) {
			break;
		}
		il->turn = (il->turn + 1) % il->branches->count;
	}
	return verdict(il, 1);
}

/* ---- rows ---- */

/* Adds a record to the row, which holds others if `others`. Returns 0, or -1 with ENOMEM. */
static int
add(struct interleave *il, int others, const char *data, size_t len)
{
	if (!il->overlay)
		return (others ? buf_add(&il->row, il->between, il->between_len) : 0) | buf_add(&il->row, data, len);
	for (size_t k = 0; k < il->row.len && k < len; k++)
		if (il->row.data[k] == ' ')
			il->row.data[k] = data[k];
	return len > il->row.len ? buf_add(&il->row, data + il->row.len, len - il->row.len) : 0;
}

/*
 * Returns 1 if the record at the front of branch i can stand in a row of the table that is made of
 * all: as columns_fill has it. Else 0, and the branch has ended.
 */
static int
fits(struct interleave *il, size_t i)
{
	struct branch *b = &il->branches->all[i];
	const struct table *t = il->joined ? il->tables[i] : NULL;
	const struct block *block = &b->front->block;
	uint32_t at = b->front->from, start = block_start(block, at);
	const char *row = block->payload + start, *wrong;
	size_t len = block->ends[at] - start;
	struct buf why = { 0 };

	if (t == NULL)
		return 1;
	if (il->width[i] == 0)
		il->width[i] = t->named ? t->count : columns_count(t, row, len, SIZE_MAX);
	if ((wrong = columns_fill(t, row, len, NULL)) == NULL)
		return 1;
	(void)buf_addf(
	    &why, "the record at position %" PRIu64 ": %s", position_source(block_position(block, at)), wrong);
	branch_misfit(b, block_position(block, at), &why);
	buf_free(&why);
	return 0;
}

/* Adds the fields of branch i that has ended. Returns 0, or -1 with ENOMEM. */
static int
add_ended(struct interleave *il, size_t i, int others)
{
	int bad = add(il, others, "", 0);
	size_t n = !il->joined ? 1 : il->tables[i]->named ? il->tables[i]->count : il->width[i];

	for (size_t k = 1; k < n; k++)
		bad |= buf_add(&il->row, il->between, il->between_len);
	return bad;
}

/* Adds the record at the front of branch i. Returns 0, or -1 with ENOMEM. */
static int
add_front(struct interleave *il, size_t i, int others)
{
	const struct held *front = il->branches->all[i].front;
	uint32_t start = block_start(&front->block, front->from);
	const char *row = front->block.payload + start;
	size_t len = front->block.ends[front->from] - start;

	if (!il->joined)
		return add(il, others, row, len);
	/* It fits, so that memory is all that may be missing. */
	return add(il, others, "", 0) < 0 || columns_fill(il->tables[i], row, len, &il->row) != NULL ? -1 : 0;
}

/* Puts a row of the records at the fronts. Returns 0, or -1 after a failure that is noted. */
static int
put_row(struct interleave *il)
{
	struct rec r;
	int others = 0;

	il->row.len = 0;
	for (size_t i = 0; i < il->branches->count; i++) {
		struct branch *b = &il->branches->all[i];
		int bad;

		if (il->joined && il->tables[i] == NULL)
			continue;
		bad = b->front == NULL ? add_ended(il, i, others) : add_front(il, i, others);
		if (b->front != NULL)
			branch_take(b, 1);
		others = 1;
		if (bad < 0) {
			command_fail(il->branches->fault, EX_OSERR, "out of memory");
			return -1;
		}
		if (il->row.len > il->record_max) {
			command_fail(il->branches->fault, EX_DATAERR,
			    "record %" PRIu64 " would be longer than REC_MAX (%" PRIu64 " bytes)", il->number,
			    il->record_max);
			return -1;
		}
	}
	r = (struct rec){ il->row.data, il->row.len, il->number++ };
	rec_out_rec(il->out, &r);
	return 0;
}

/*
 * Gives the output the table of the rows, made of those of the branches, if `all` have one, except
 * those that have ended without a record. Returns 0, or -1 after a failure that is noted.
 */
static int
join_tables(struct interleave *il, int all)
{
	const char *rule = NULL;
	struct table *t = NULL;
	size_t n = 0;

	for (size_t i = 0; i < il->branches->count; i++)
		if (il->tables[i] != NULL)
			il->shown[n++] = il->tables[i];
	errno = 0;
	if (all && n > 0 && table_has_names(il->shown[0]))
		rule = "records with names of their own would become one; -F SEP joins them as text";
	else if (all && n > 0)
		t = table_beside(il->shown, n, &rule);
	if (t == NULL && rule != NULL)
		command_fail(il->branches->fault, EX_DATAERR, "side by side: %s", rule);
	else if (t == NULL && errno != 0)
		command_fail(il->branches->fault, EX_OSERR, "out of memory");
	if (il->branches->fault->status != 0)
		return -1;
	il->joined = t != NULL;
	if (t != NULL) {
		il->between = il->shown[0]->between;
		il->between_len = il->shown[0]->between_len;
	} else {
		interleave_init(il);
	}
	rec_out_own_table(il->out, t);
	table_drop(t);
	return 0;
}

/*
 * Before the first row: finds the table of the rows, after each branch has shown its own, or that
 * it has none; il->pending tells whether some that matter have shown nothing yet. It is made anew
 * if one of them changes, which only a branch without records can do. Returns 0, or -1 after a
 * failure that is noted.
 */
static int
find_table(struct interleave *il)
{
	size_t count = il->branches->count;
	int changed = il->tables == NULL, known = 1, none = 0;

	if (il->overlay || il->separator != NULL) {
		rec_out_own_table(il->out, NULL);
		return 0;
	}
	if (il->tables == NULL && ((il->tables = calloc(count, sizeof *il->tables)) == NULL ||
	                              (il->shown = calloc(count, sizeof *il->shown)) == NULL ||
	                              (il->width = calloc(count, sizeof *il->width)) == NULL)) {
		command_fail(il->branches->fault, EX_OSERR, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		struct branch *b = &il->branches->all[i];
		const struct table *t = branch_table(b);

		changed |= t != il->tables[i] || b->ended;
		il->tables[i] = t;
		known &= t != NULL || b->ended || front(il, b) != NULL;
		none |= t == NULL && front(il, b) != NULL;
	}
	il->pending = !known && !none;
	return changed ? join_tables(il, known && !none) : 0;
}

int
interleave_rows(struct interleave *il)
{
	need_none(il);
	if (il->number == 0 && find_table(il) < 0)
		return -1;
	while (il->out->state == REC_OUT_OPEN && il->branches->fault->status == 0) {
		size_t there = 0, ended = 0;

		for (size_t i = 0; i < il->branches->count; i++) {
			struct branch *b = &il->branches->all[i];

			if (front(il, b) != NULL && fits(il, i))
				there++;
			else if (b->ended)
				ended++;
			else
				b->needed = 1;
		}
		/* A header goes out even if no row does: the tables of all are waited for. */
		if (ended == il->branches->count || (il->any && ended > 0 && !il->pending))
			return verdict(il, 0);
		if (there + ended < il->branches->count || put_row(il) < 0)
			break;
	}
	return verdict(il, 1);
}

void
interleave_free(struct interleave *il)
{
	buf_free(&il->row);
	free(il->tables);
	free(il->shown);
	free(il->width);
}
