/* reduce: see reduce.h. The loop of rec-reduce. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "change/reduce_private.h"
#include "os/clock.h"
#include "record/position.h"
#include "stream/loop.h"

/* ---- outputs ---- */

/*
 * No row to come has a position below this: that of the present group, if rows have the position of
 * their group's last record.
 */
static uint64_t
rows_from(const struct reduce *r, uint64_t next)
{
	if (r->numbered)
		return r->rows;
	return !r->running && r->groups.count > 0 && r->last < next ? r->last : next;
}

static void
put_rows(struct reduce *r, uint64_t next)
{
	if (!r->numbered && r->partition.rejected != NULL && r->partition.kept != NULL)
		rec_out_floor(rows_from(r, next));
	made_put(&r->made, rows_from(r, next));
}

static void
mark(struct reduce *r, uint64_t next, uint64_t bytes)
{
	if (r->partition.kept != NULL)
		rec_out_mark(r->partition.kept, rows_from(r, next), bytes);
	if (r->partition.rejected != NULL)
		rec_out_mark(r->partition.rejected, next, bytes);
}

/* ---- records ---- */

/* Record i was refused. Returns 0, or -1 if the stream ends before it. */
static int
reject(struct reduce *r, const struct block *b, uint32_t i, const char *why)
{
	uint64_t position = block_position(b, i);

	if (why == reduce_failed || r->fault->status != 0)
		return -1;
	if (*why == '\0') {
		reduce_no_memory(r);
		return -1;
	}
	if (why == reduce_lacks && r->partition.other == NULL)
		return 0;
	if (r->partition.other == NULL) {
		command_fail(r->fault, EX_DATAERR, "record %" PRIu64 ": %s%s%s", position_source(position),
		    r->part != NULL ? r->part : "", r->part != NULL ? ": " : "", why);
		return -1;
	}
	if (r->made.count > 0)
		put_rows(r, position);
	partition_run(&r->partition, 0, b, i, i + 1);
	return 0;
}

/*
 * Takes the records of a block, and puts the rows that are ready. Returns 0, or -1 with `next` set:
 * the stream ends before a record.
 */
static int
take_block(struct reduce *r, const struct block *b, uint64_t *next)
{
	int result = 0;

	for (uint32_t i = 0; i < b->count && result == 0; i++) {
		const char *why = NULL;

		if (r->fast) {
			i = reduce_fast(r, b, i, &why);
		} else {
			uint32_t start = block_start(b, i);
			struct rec of = { b->payload + start, b->ends[i] - start, block_position(b, i) };

			why = reduce_record(r, &of);
		}
		if ((why != NULL && reject(r, b, i, why) < 0) || r->fault->status != 0) {
			*next = block_position(b, i < b->count ? i : b->count - 1);
			result = -1;
		}
	}
	put_rows(r, *next);
	return result;
}

/* ---- rows ---- */

/* Puts all rows, also those of groups whose records are in the temporary file. */
static void
put_all(struct reduce *r, uint64_t next)
{
	reduce_rows(r, r->last);
	if (r->full && r->fault->status == 0 && !rec_out_stop())
		(void)reduce_spill_rest(r);
	if (r->top > 0)
		reduce_rows_top(r);
	made_put(&r->made, r->numbered ? r->rows : next);
}

/* Without a key there is one group, even of no records. */
static void
put_last(struct reduce *r, const struct rec_in *in)
{
	struct keytable_key k;

	if (!r->bound && (rec_in_well(in) ? reduce_bind(r, NULL) < 0 : 1))
		return;
	if (r->running)
		return;
	if (r->keys_count == 0 && r->groups.count == 0 && r->batch == 0 && r->rows == 0 && rec_in_well(in)) {
		keytable_key(&r->groups, "", 0, NULL, &k);
		if (keytable_add(&r->groups, &k, SIZE_MAX) == NULL)
			reduce_no_memory(r);
		r->changed = 1;
	}
	if (r->interval == 0 || r->changed)
		put_all(r, in->next);
}

/* ---- the stream ---- */

static int
tabled(struct rec_in *in, const struct table *t)
{
	return reduce_bind(in->tabled_by, t);
}

/*
 * Nobody knows what was between the records before a loss and those after it: it ends a group of
 * adjacent ones.
 */
static void
take_loss(struct reduce *r, const struct block *loss)
{
	if (!r->numbered && !r->running && r->groups.count > 0)
		reduce_rows(r, r->last);
	if (r->sorted && r->running)
		reduce_op_clear(r);
	r->in_batch = 0;
	made_put(&r->made, rows_from(r, loss->base));
	if (r->partition.rejected != NULL)
		rec_out_block(r->partition.rejected, loss);
	if (r->partition.kept != NULL && r->numbered)
		rec_out_loss(r->partition.kept, r->rows, loss->count, r->rows);
	else if (r->partition.kept != NULL)
		rec_out_block(r->partition.kept, loss);
}

/*
 * Reads the next block; puts rows whenever the interval is over and something has changed. Returns
 * 1, or 0 at the end.
 */
static int
next_block(struct reduce *r, struct rec_in *in, struct block *b, int64_t *due)
{
	if (r->interval == 0)
		return rec_in_block(in, b);
	for (;;) {
		int64_t now = clock_ms();
		int got;

		if (now >= *due) {
			*due += ((now - *due) / (int64_t)r->interval + 1) * (int64_t)r->interval;
			if (r->changed)
				put_all(r, 0);
			if (r->partition.kept != NULL)
				rec_out_flush(r->partition.kept);
		}
		if (r->fault->status != 0 || rec_out_stop()) {
			rec_in_enough(in, in->next);
			return 0;
		}
		if ((got = rec_in_try(in, b)) != 0)
			return got > 0;
		now = *due - clock_ms();
		if (loop_wait(&in, 1, NULL, 0,
			!r->changed ? -1 :
			    now > 0 ? (int)(now < INT32_MAX ? now : INT32_MAX) :
				      0) < 0)
			reduce_no_memory(r);
	}
}

static void
read_stream(struct reduce *r, struct rec_in *in)
{
	int64_t due = clock_ms() + (int64_t)r->interval;
	uint64_t next = 0;
	struct block b;

	for (;;) {
		if (r->fault->status != 0) {
			rec_in_enough(in, next);
			return;
		}
		if (!next_block(r, in, &b, &due))
			return;
		next = b.next;
		if (b.kind == BLOCK_LOSS) {
			take_loss(r, &b);
			continue;
		}
		if (b.count > 0 && !r->bound && reduce_bind(r, NULL) < 0)
			continue;
		if (take_block(r, &b, &next) == 0)
			mark(r, next, b.size);
	}
}

/* Notes the names that no record had. */
static void
find_lacking(struct reduce *r)
{
	for (size_t i = 0; i < r->keys_count + r->parts_count; i++) {
		const struct reduce_part *p = i < r->keys_count ? &r->keys[i] : &r->parts[i - r->keys_count];

		names_lacking(&r->names, &p->range);
		if (p->range.count == 0 && r->names.total > 0)
			(void)expr_lacking(&p->expr, r->names.total, &r->names.lacking);
	}
}

void
reduce_stream(struct reduce *r, struct rec_in *in, struct command_fault *fault)
{
	r->fault = fault;
	r->numbered = !r->sorted && !r->running && r->batch == 0;
	in->tabled = tabled;
	in->tabled_by = r;
	if (r->numbered && r->partition.kept != NULL) {
		r->partition.kept->apart = 1;
		in->apart = 1;
	}
	if (made_init(&r->made, r->partition.kept) < 0 || keytable_init(&r->groups, reduce_op_layout(r)) < 0 ||
	    keytable_init(&r->values, 2 * sizeof(uint64_t)) < 0)
		command_fail(fault, EX_OSERR, "no memory or no random key for hashes: %s", strerror(errno));
	read_stream(r, in);
	if (rec_in_whole(in) && fault->status == 0)
		find_lacking(r);
	if (fault->status == 0)
		put_last(r, in);
	/* What a failure has left unfinished is no result. */
	r->next = r->numbered && r->rows > in->next ? r->rows : in->next;
	(void)names_end(&r->names);
	reduce_op_clear(r);
	reduce_rows_free(r);
	keytable_free(&r->groups);
	keytable_free(&r->values);
	made_free(&r->made);
	row_free(&r->row);
	table_drop(r->table);
	r->table = NULL;
	reduce_spill_free(r);
	buf_free(&r->join_bytes);
	buf_free(&r->between[0]);
	buf_free(&r->between[1]);
	buf_free(&r->levels);
	buf_free(&r->key);
	buf_free(&r->scratch);
	buf_free(&r->why);
}
