/*
 * rec_out_mark: the mark of an output, up to which it has come, and its watermark, which may be
 * lower: see rec_out_give_up in rec_out.h.
 */

#include "stream/rec_group.h"
#include "stream/rec_out_private.h"

/* Bytes of input after which the mark goes out by itself: rec-stream(5). */
#define LAG (1024 * 1024)

void
rec_out_mark(struct rec_out *out, uint64_t next, uint64_t bytes)
{
	if (next > out->mark) {
		out->mark = next;
		rec_group_put(out);
	}
	out->lag += bytes;
	if (out->lag >= LAG)
		rec_out_flush(out);
}

uint64_t
rec_out_marked(const struct rec_out *out)
{
	return out->mark;
}

void
rec_out_floor(uint64_t next)
{
	rec_group_floor(&rec_group_default, next);
}

void
rec_out_raise(struct rec_out *out)
{
	if (out->group->lowest > out->mark)
		out->mark = out->group->lowest;
}

/*
 * Returns a position: all records below it have been written to the output. While something is
 * under way, that is the position that was returned last.
 */
static uint64_t
safe(struct rec_out *out)
{
	uint64_t lowest = out->group->lowest, mark = lowest > out->mark ? lowest : out->mark;

	if (!out->late && rec_out_idle(out) && mark > out->safe)
		out->safe = mark;
	return out->safe;
}

/* Returns the greatest watermark that the output may put out at present. */
static uint64_t
allowed(const struct rec_out *out)
{
	uint64_t most = out->limit;

	if (out->apart)
		return most;
	if (out->group->bound < most)
		most = out->group->bound;
	for (struct rec_out *o = rec_group_first(out->group); o != NULL; o = rec_out_after(o)) {
		/*
		 * An output whose reader has left holds back no watermark; but if a command read
		 * it, that command's failure still counts.
		 */
		if (o == out || o->apart || o->lossy || (o->state != REC_OUT_OPEN && !o->late))
			continue;
		/*
		 * A file does not wait for files and pipes: no reader acknowledges by a file while
		 * it is written. So a copy in a file can have the same bytes as the original.
		 */
		if (out->writer.file && (o->writer.file || o->writer.pipe) && !o->late)
			continue;
		if (safe(o) < most)
			most = o->safe;
	}
	return most;
}

void
rec_out_bound(uint64_t watermark)
{
	rec_group_bound(&rec_group_default, watermark);
}

void
rec_out_give_up(uint64_t position)
{
	rec_group_give_up(&rec_group_default, position);
}

void
rec_out_set_watermark(struct rec_out *out, struct block *b)
{
	uint64_t told = b->kind != BLOCK_END ? b->base : 0, most;

	if (b->kind == BLOCK_DATA && b->count > 0)
		told = block_position(b, b->count - 1);
	if (b->next < told)
		b->next = told;
	if (b->next < out->sent_mark)
		b->next = out->sent_mark;
	/*
	 * A good end mark keeps the watermark that it asks for, because the positions after it
	 * count from there.
	 */
	if ((b->kind != BLOCK_END || b->status != 0) && b->next > (most = allowed(out)))
		b->next = most > out->sent_next ? most : out->sent_next;
	out->sent_next = b->next;
	if (b->next > told)
		told = b->next;
	if (told > out->sent_mark)
		out->sent_mark = told;
}

int
rec_out_news(const struct rec_out *out, struct block *b)
{
	b->base = b->next = out->mark > out->sent_mark ? out->mark : out->sent_mark;
	return rec_out_table_due(out) || b->base > out->sent_mark ||
	    (out->sent_next < b->next && allowed(out) > out->sent_next);
}
