/* interleave: see interleave.h. */

#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "many/interleave.h"

/* The record at the branch's front, where losses before it have been passed on. NULL where there is none at present. */
static struct held *
front(struct interleave *w, struct branch *b)
{
	struct held *h;

	while ((h = branch_front(w->branches, b)) != NULL && h->block.kind == BLOCK_LOSS)
		branch_renumber(b, w->out, &w->number, 0);
	return h;
}

static int
verdict(const struct interleave *w, int open)
{
	rec_out_mark(w->out, w->number, w->branches->bytes);
	w->branches->bytes = 0;
	return w->branches->fault->status != 0 ? -1 : open;
}

/* No branch is needed, as yet. */
static void
need_none(struct interleave *w)
{
	for (size_t i = 0; i < w->branches->count; i++)
		w->branches->all[i].needed = 0;
}

int
interleave_turns(struct interleave *w)
{
	size_t ended = 0; /* so many in a row */

	need_none(w);
	while (w->out->state == REC_OUT_OPEN && w->branches->fault->status == 0) {
		struct branch *b = &w->branches->all[w->turn];

		if (front(w, b) != NULL) {
			branch_renumber(b, w->out, &w->number, 1);
			ended = 0;
		} else if (!b->ended) {
			b->needed = 1;
			break;
		} else if (w->any || ++ended == w->branches->count) {
			return verdict(w, 0);
		}
		w->turn = (w->turn + 1) % w->branches->count;
	}
	return verdict(w, 1);
}

/* ---- rows ---- */

static int
add(struct interleave *w, size_t i, const char *data, size_t len)
{
	if (!w->overlay)
		return (i > 0 ? buf_add(&w->row, w->between, w->between_len) : 0) | buf_add(&w->row, data, len);
	for (size_t k = 0; k < w->row.len && k < len; k++)
		if (w->row.data[k] == ' ')
			w->row.data[k] = data[k];
	return len > w->row.len ? buf_add(&w->row, data + w->row.len, len - w->row.len) : 0;
}

/* Puts a row of the records at the fronts. 0, or -1 with a failure noted. */
static int
put_row(struct interleave *w)
{
	struct rec r;

	w->row.len = 0;
	for (size_t i = 0; i < w->branches->count; i++) {
		struct branch *b = &w->branches->all[i];
		const struct block *block;
		uint32_t start;
		int bad;

		if (b->front == NULL) {
			bad = add(w, i, "", 0);
		} else {
			block = &b->front->block;
			start = block_start(block, b->front->from);
			bad = add(w, i, block->payload + start, block->ends[b->front->from] - start);
			branch_take(b, 1);
		}
		if (bad < 0) {
			command_fail(w->branches->fault, EX_OSERR, "out of memory");
			return -1;
		}
		if (w->row.len > w->record_max) {
			command_fail(w->branches->fault, EX_DATAERR, "record %" PRIu64 " would be longer than REC_MAX (%" PRIu64 " bytes)",
			    w->number, w->record_max);
			return -1;
		}
	}
	r = (struct rec){ w->row.data, w->row.len, w->number++ };
	rec_out_rec(w->out, &r);
	return 0;
}

int
interleave_rows(struct interleave *w)
{
	need_none(w);
	while (w->out->state == REC_OUT_OPEN && w->branches->fault->status == 0) {
		size_t there = 0, ended = 0;

		for (size_t i = 0; i < w->branches->count; i++) {
			struct branch *b = &w->branches->all[i];

			if (front(w, b) != NULL)
				there++;
			else if (b->ended)
				ended++;
			else
				b->needed = 1;
		}
		if (ended == w->branches->count || (w->any && ended > 0))
			return verdict(w, 0);
		if (there + ended < w->branches->count || put_row(w) < 0)
			break;
	}
	return verdict(w, 1);
}

void
interleave_free(struct interleave *w)
{
	buf_free(&w->row);
}
