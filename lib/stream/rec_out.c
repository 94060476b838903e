/*
 * rec_out: see rec_out.h.
 *
 * A block is built in payload and index (`room` ends, then the positions), or passed as it lies.
 * send_block gives its header, payload, index and their padding to the writer, and push has them
 * written. With one output that write may wait. With several none may wait while another could go
 * on, so each piece is written without waiting, and poll waits for all of them at once.
 *
 * Segments: a block that lacks its last gap (the last line without its newline) may only be before
 * an end mark. If more records follow it (cat a.rec b.rec), it has gone out already, because
 * records do not wait. Then the output itself becomes what its input was, one stream after another:
 * it puts a good end mark, and begins a new segment whose positions count from the watermark of
 * that mark (origin). Every reader adds the origin again. A table, too, can only come at the
 * beginning of a segment (rec_out_table.c).
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vis.h"
#include "os/io.h"
#include "record/env.h"
#include "stream/rec_group.h"
#include "stream/rec_out_private.h"

/* ---- opening ---- */

int
rec_out_open_by(struct rec_out *out, struct rec_group *group, const struct transport_out *via, void *port, int fd,
    const char *name)
{
	const char *wrong;
	const struct env *env = env_get(&wrong);
	enum io_kind kind = io_kind(fd);

	if (env == NULL) {
		errno = EINVAL;
		return -1;
	}
	memset(out, 0, sizeof *out);
	out->group = group;
	out->via = via != NULL ? via : &rec_out_pipe;
	out->port = port;
	out->fd = fd;
	out->name = name;
	out->terminal = kind == IO_TERMINAL;
	out->reader = kind == IO_PIPE || kind == IO_SOCKET || kind == IO_TERMINAL;
	out->sums = env->checksum >= 0 ? env->checksum : kind != IO_PIPE;
	writer_open(&out->writer, fd);
	out->begins_at = out->via->begin != NULL && env->hop > 0 && kind == IO_PIPE ? env->hop : UINT64_MAX;
	out->target = env->block;
	out->room = (uint32_t)((BLOCK_USUAL - BLOCK_HEAD - 16 - (out->target + block_pad(out->target))) / 8);
	if (out->room == 0)
		out->room = 1;
	if (buf_reserve(&out->payload, out->target + 2 * UINT8_MAX) < 0 ||
	    buf_reserve(&out->index, (out->room + 1) * 8) < 0)
		return -1;
	out->ends = (uint32_t *)(void *)out->index.data;
	out->positions = out->ends + out->room;
	out->between = 1;
	out->limit = UINT64_MAX;
	rec_out_heed_signals();
	rec_group_listed(out, 1);
	return 0;
}

int
rec_out_open(struct rec_out *out, int fd, const char *name)
{
	return rec_out_open_by(out, &rec_group_default, NULL, NULL, fd, name);
}

/* ---- writing ---- */

void
rec_out_fail(struct rec_out *out, int error)
{
	rec_group_lost += out->state == REC_OUT_OPEN;
	out->state = io_left(error) ? REC_OUT_GONE : REC_OUT_FAILED;
	out->error = error;
	writer_drop(&out->writer);
	out->begins_at = UINT64_MAX;
	if (out->via->failed != NULL)
		out->via->failed(out);
	out->count = 0;
	out->payload.len = 0;
	if (out->state == REC_OUT_FAILED && !out->apart)
		rec_group_give_up(out->group, out->safe);
}

int
rec_out_piece(struct rec_out *out, int wait)
{
	int moved = out->via->push(out, wait);

	if (moved < 0)
		rec_out_fail(out, errno);
	if (!rec_out_busy(out))
		out->between = out->state == REC_OUT_OPEN && !out->ending;
	return moved != 0;
}

static void send_mark(struct rec_out *);

/* Returns 1 if no other output could go on while this one is waited for, else 0. */
static int
alone(const struct rec_out *out)
{
	return rec_group_served(NULL) == out && rec_group_served(out) == NULL;
}

/* Writes the block under way to its end. */
static void
push(struct rec_out *out)
{
	while (rec_out_busy(out)) {
		if (alone(out))
			rec_out_piece(out, 1);
		else if (!rec_out_piece(out, 0))
			rec_out_serve(out);
	}
}

/* ---- blocks ---- */

/* Remembers what has been put out with the block. */
static void
note(struct rec_out *out, const struct block *b)
{
	out->lag = 0;
	out->begun = b->kind != BLOCK_END;
	if (b->kind != BLOCK_DATA)
		return;
	out->records += b->count;
	if (b->count > 0)
		out->lacks_gap = block_lacks_gap(b);
}

void
rec_out_bytes(struct rec_out *out)
{
	out->terminal = 0;
}

void
rec_out_leaves(struct rec_out *out, int left)
{
	out->pending = left;
}

/* Makes the block the one under way; no other may be. Its parts must stay until push is done. */
static void
send_block(struct rec_out *out, struct block *b)
{
	static const char zeros[8];
	const char *index = NULL;
	char *packed = NULL;
	size_t entries = 0;

	if (out->state != REC_OUT_OPEN)
		return;
	if (out->terminal) {
		rec_out_terminal(out, b);
		return;
	}
	rec_group_put(out);
	if (b->kind == BLOCK_TABLE) {
		b->flags = BLOCK_SUMMED;
	} else {
		rec_out_set_watermark(out, b);
		b->flags = (uint8_t)((out->sums || b->kind == BLOCK_END ? BLOCK_SUMMED : 0) |
		    (b->positions != NULL ? BLOCK_POSITIONS : 0) | (out->sent != NULL ? BLOCK_TABLED : 0));
	}
	if (out->via->take != NULL) {
		note(out, b);
		out->via->take(out, b, out->ending);
		return;
	}
	if (b->kind == BLOCK_DATA && b->count > 0) {
		/*
		 * The index is copied unless its halves are together and in the stream's byte
		 * order.
		 */
		entries = (size_t)b->count * (b->positions != NULL ? 8 : 4);
		index = (const char *)b->ends;
		if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ ||
		    (b->positions != NULL && b->positions != b->ends + b->count)) {
			out->packed.len = 0;
			if (buf_reserve(&out->packed, block_index(b)) < 0) {
				rec_out_fail(out, ENOMEM);
				return;
			}
			packed = out->packed.data;
		}
	}
	/* From here on a signal puts no end mark: the counters no longer match what was written. */
	out->between = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (b->kind == BLOCK_DATA || b->kind == BLOCK_LOSS)
		b->base -= out->origin;
	if (b->kind != BLOCK_TABLE)
		b->next -= out->origin;
	if (packed != NULL)
		block_put(b, out->head, packed);
	else
		block_seal(b, out->head, index);
	note(out, b);
	if (out->writer.sent >= out->begins_at)
		out->via->begin(out);
	writer_add(&out->writer, out->head, BLOCK_HEAD);
	writer_add(&out->writer, b->payload, b->size);
	writer_add(&out->writer, zeros, block_pad(b->size));
	writer_add(&out->writer, packed != NULL ? packed : index, entries);
	writer_add(&out->writer, zeros, block_pad(entries));
}

/*
 * A good end mark in the middle becomes the block under way, and the next positions count from its
 * watermark. origin and records change at once, not when the mark is written: nothing else is put
 * before that, and a signal after it finds the new segment begun.
 */
static void
end_segment(struct rec_out *out)
{
	struct block end = { .kind = BLOCK_END, .base = out->records, .next = out->sent_mark };

	out->lacks_gap = 0;
	send_block(out, &end);
	out->origin = out->sent_mark;
	out->records = 0;
	table_drop(out->sent);
	out->sent = NULL;
}

/*
 * Puts under way what must come before the block: the end of a segment that cannot go on with it,
 * or the table with which a segment begins. Nothing may be under way. Returns 1 if it did, and must
 * be called again when that has been written; else 0.
 */
static int
prelude(struct rec_out *out, const struct block *b)
{
	struct block table = { .kind = BLOCK_TABLE };
	int due = rec_out_table_due(out);

	if ((due && out->begun) || (out->lacks_gap && b->kind == BLOCK_DATA && b->count > 0)) {
		end_segment(out);
		return 1;
	}
	if (!due)
		return 0;
	/*
	 * From here on a signal puts no end mark: it would have the flag of a table that has not
	 * gone out.
	 */
	out->between = 0;
	atomic_signal_fence(memory_order_seq_cst);
	/* The share keeps the table's memory while it is written. */
	out->sent = table_share(rec_out_table(out));
	table.payload = (char *)(uintptr_t)out->sent->payload;
	table.size = (uint32_t)out->sent->len;
	send_block(out, &table);
	return 1;
}

/*
 * The block being built becomes the one under way; or first the end mark that must come before it.
 * Nothing here waits, because rec_out_serve builds for one output while another one is waited for.
 */
static void
build(struct rec_out *out)
{
	struct block b = { .kind = BLOCK_DATA, .gap = out->gap, .count = out->count, .size = (uint32_t)out->payload.len,
		.base = out->base, .next = out->mark > out->last ? out->mark : out->last,
		.status = out->gap == 1 ? out->gap_byte : 0, .payload = out->payload.data, .ends = out->ends };

	if (prelude(out, &b))
		return;
	if (out->jumps) {
		memmove(out->ends + out->count, out->positions, out->count * sizeof *out->positions);
		b.positions = out->ends + out->count;
	}
	out->count = 0;
	out->payload.len = 0;
	send_block(out, &b);
}

/* After this no block is being built. */
void
rec_out_drain(struct rec_out *out)
{
	push(out);
	while (out->count > 0) {
		build(out);
		push(out);
	}
}

/* Puts a block of no records under way if the mark or the watermark has not gone out. */
static void
send_mark(struct rec_out *out)
{
	struct block b = { .kind = BLOCK_DATA };

	if (out->state == REC_OUT_OPEN && !out->ending && rec_out_news(out, &b) && !prelude(out, &b))
		send_block(out, &b);
}

void
rec_out_build(struct rec_out *out)
{
	rec_out_raise(out);
	if (out->count > 0)
		build(out);
	else
		send_mark(out);
}

void
rec_out_flush(struct rec_out *out)
{
	rec_out_drain(out);
	while (send_mark(out), rec_out_busy(out))
		push(out);
}

void
rec_out_flush_all(void)
{
	/* All records first, because the watermarks wait for them. */
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		rec_out_drain(o);
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		rec_out_flush(o);
}

void
rec_out_block(struct rec_out *out, const struct block *block)
{
	struct block b = *block;

	rec_out_drain(out);
	while (prelude(out, &b))
		push(out);
	if (b.next > out->mark)
		out->mark = b.next;
	send_block(out, &b);
	push(out);
}

int
rec_out_place(struct rec_out *out, size_t before, size_t want, char **data, size_t *room)
{
	/* The other outputs could not be served while place waits. */
	if (!alone(out) || out->state != REC_OUT_OPEN || out->lacks_gap || !rec_out_idle(out) || rec_out_table_due(out))
		return 0;
	return out->via->place != NULL && out->via->place(out, before, want, data, room);
}

int
rec_out_idle(const struct rec_out *out)
{
	return !rec_out_busy(out) && out->count == 0;
}

int
rec_out_push(struct rec_out *out)
{
	while (rec_out_busy(out) && rec_out_piece(out, 0))
		;
	return rec_out_idle(out);
}

int
rec_out_settle(struct rec_out *out)
{
	while (rec_out_push(out), !rec_out_busy(out)) {
		rec_out_build(out);
		if (!rec_out_busy(out))
			return 1;
	}
	return 0;
}

int
rec_out_detach(struct rec_out *out, struct buf *memory)
{
	return writer_detach(&out->writer, memory);
}

int
rec_out_begin(struct rec_out *out, const struct block *block)
{
	struct block b = *block;

	while (rec_out_push(out), !rec_out_busy(out) && out->count > 0)
		build(out);
	if (rec_out_busy(out))
		return 0;
	while (prelude(out, &b))
		if (!rec_out_push(out))
			return 0;
	if ((out->ending = b.kind == BLOCK_END))
		b.base = out->records;
	if (b.next > out->mark)
		out->mark = b.next;
	send_block(out, &b);
	rec_out_push(out);
	return 1;
}

int
rec_out_begin_end(struct rec_out *out, uint64_t next, int status, const char *reason)
{
	struct block end = { .kind = BLOCK_END, .status = (uint32_t)status, .next = next };

	if (out->ending || out->state != REC_OUT_OPEN)
		return 1;
	if (rec_out_busy(out))
		return 0;
	/* What was put is written first, because it may use packed. */
	if (out->count > 0) {
		build(out);
		if (!rec_out_push(out))
			return 0;
	}
	out->packed.len = 0;
	if (status != 0 && reason != NULL)
		end.size = (uint32_t)vis_fit(&out->packed, reason, BLOCK_REASON);
	end.payload = out->packed.data;
	return rec_out_begin(out, &end);
}

void
rec_out_loss(struct rec_out *out, uint64_t base, uint32_t count, uint64_t next)
{
	struct block b = { .kind = BLOCK_LOSS, .count = count, .base = base, .next = next };

	rec_out_block(out, &b);
}

/* ---- single records and runs of them ---- */

/*
 * Makes the block being built ready for records of that gap, the first of them at position pos and
 * `first` bytes long. If they cannot go into one block with what is there, that block is written
 * first; also if its last record lacks a gap whose bytes are not known. Returns 0 if the output
 * takes no more, else 1.
 */
static int
prepare(struct rec_out *out, uint8_t gap, unsigned char gap_byte, uint64_t pos, size_t first)
{
	push(out); /* payload and index may still be under way, if another output was waited for */
	if (out->count > 0 && (out->gap != gap || out->gap_byte != gap_byte || out->count >= out->room ||
	        pos - out->base > UINT32_MAX || out->payload.len + first > out->target || (out->open_gap && gap > 1))) {
		if (pos > out->mark)
			out->mark = pos; /* no record to come has a position below it */
		rec_out_drain(out);
	}
	if (out->state != REC_OUT_OPEN)
		return 0;
	if (out->count == 0) {
		rec_group_put(out);
		out->gap = gap;
		out->gap_byte = gap_byte;
		out->base = pos;
		out->jumps = 0;
		out->open_gap = 0;
		if (buf_reserve(&out->payload, first + gap) < 0) {
			rec_out_fail(out, ENOMEM);
			return 0;
		}
	}
	if (out->open_gap) {
		memset(out->payload.data + out->payload.len, gap_byte, gap);
		out->payload.len += gap;
		out->open_gap = 0;
	}
	return 1;
}

static void
put_end(struct rec_out *out, size_t end, uint64_t pos)
{
	out->ends[out->count] = (uint32_t)end;
	out->positions[out->count] = (uint32_t)(pos - out->base);
	out->jumps |= out->positions[out->count] != out->count;
	out->count++;
	out->last = pos;
}

void
rec_out_rec(struct rec_out *out, const struct rec *r)
{
	const struct table *t = rec_out_table(out);
	int crlf = t != NULL && t->row_end_len == 2 && memcmp(t->row_end, "\r\n", 2) == 0;
	uint8_t gap = crlf ? 2 : 1;
	char *to;

	if (!prepare(out, gap, crlf ? 0 : '\n', r->pos, r->len))
		return;
	to = out->payload.data + out->payload.len;
	if (r->len > 0) /* memcpy must not see the NULL of an empty view */
		memcpy(to, r->data, r->len);
	memcpy(to + r->len, crlf ? "\r\n" : "\n", gap);
	put_end(out, out->payload.len + r->len, r->pos);
	out->payload.len += r->len + gap;
}

void
rec_out_records(struct rec_out *out, const struct block *b, uint32_t from, uint32_t to)
{
	unsigned char gap_byte = b->gap == 1 ? (unsigned char)b->status : 0;

	while (from < to) {
		uint32_t begin = block_start(b, from), i = from;
		size_t room, bytes, shift;

		if (!prepare(out, b->gap, gap_byte, block_position(b, from), b->ends[from] - begin))
			return;
		/* Takes as many records as fit, but at least one. */
		room = out->target > out->payload.len ? out->target - out->payload.len : 0;
		shift = out->payload.len - begin; /* wraps if it is negative; the sums wrap back */
		do {
			put_end(out, b->ends[i] + shift, block_position(b, i));
			i++;
		} while (i < to && b->ends[i] - begin <= room && out->count < out->room &&
		    block_position(b, i) - out->base <= UINT32_MAX);
		bytes = b->ends[i - 1] - begin;
		if (i == b->count && block_lacks_gap(b))
			out->open_gap = 1;
		else
			bytes += b->gap;
		memcpy(out->payload.data + out->payload.len, b->payload + begin, bytes);
		out->payload.len += bytes;
		from = i;
	}
}

void
rec_out_free(struct rec_out *out)
{
	buf_free(&out->payload);
	buf_free(&out->index);
	buf_free(&out->packed);
	table_drop(out->table);
	table_drop(out->sent);
	out->table = out->sent = NULL; /* it may be freed twice */
}
