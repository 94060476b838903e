/* made: see made.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change/made.h"
#include "record/env.h"

static const char too_long[] = "it would be longer than REC_MAX allows", no_memory[] = "";

int
made_init(struct made *m, struct rec_out *out)
{
	const char *wrong;
	const struct env *env = env_get(&wrong);

	*m = (struct made){ .out = out, .most = env->record_max, .target = env->block, .room = BLOCK_RECORDS };
	made_table(m, NULL);
	/* Only what is used of it is ever touched. */
	if ((m->ends = malloc((size_t)m->room * 2 * sizeof *m->ends)) == NULL)
		return -1;
	m->positions = m->ends + m->room;
	return 0;
}

void
made_table(struct made *m, const struct table *t)
{
	int crlf = t != NULL && t->row_end_len == 2 && memcmp(t->row_end, "\r\n", 2) == 0;

	made_put(m, m->last);
	m->gap = crlf ? 2 : 1;
	memcpy(m->gaps, crlf ? "\r\n" : "\n", 2);
}

/* Puts the first n records, which have len bytes with their gaps. */
static void
put(struct made *m, uint32_t n, size_t len, uint64_t next)
{
	struct block b = { .kind = BLOCK_DATA,
		.gap = m->gap,
		.count = n,
		.size = (uint32_t)len,
		.base = m->base,
		.next = next,
		.status = m->gap == 1 ? (unsigned char)m->gaps[0] : 0,
		.payload = m->payload.data,
		.ends = m->ends };

	if (m->out == NULL || n == 0)
		return;
	if (m->jumps)
		b.positions = m->positions;
	if (len < m->target / 2) {
		rec_out_records(m->out, &b, 0, n);
		return;
	}
	/* The index goes out as it lies if its halves are together. */
	if (m->jumps && n == m->count) {
		b.positions = m->ends + n;
		memmove(b.positions, m->positions, n * sizeof *m->positions);
	}
	rec_out_block(m->out, &b);
}

/* Drops the first n records, which have len bytes and have been put; the others stay. */
static void
drop(struct made *m, uint32_t n, size_t len)
{
	uint64_t shift = n < m->count ? m->positions[n] : 0;

	if (n == 0)
		return;
	memmove(m->payload.data, m->payload.data + len, m->payload.len - len);
	m->payload.len -= len;
	m->begun -= len;
	m->jumps = 0;
	for (uint32_t i = n; i < m->count; i++) {
		m->ends[i - n] = m->ends[i] - (uint32_t)len;
		m->positions[i - n] = m->positions[i] - (uint32_t)shift;
		m->jumps |= m->positions[i - n] != i - n;
	}
	m->base += shift;
	m->count -= n;
	m->from_count = 0;
	m->from_len = 0;
}

/* Makes place for one more record, of n bytes. Most often it is there. */
static void
make_place(struct made *m, size_t n, uint64_t position)
{
	size_t limit = block_payload_max(m->most);

	if (m->count == 0 || (m->count < m->room && m->begun + n <= limit && position - m->base <= UINT32_MAX))
		return;
	if (m->from_count > 0) {
		uint32_t before = m->from_count;
		size_t len = m->from_len;

		put(m, before, len, m->from_last);
		drop(m, before, len);
		m->from_jumps = 0;
	}
	if (m->count == 0 || (m->count < m->room && m->begun + n <= limit && position - m->base <= UINT32_MAX))
		return;
	put(m, m->count, m->begun, position);
	drop(m, m->count, m->begun);
	m->from_count = UINT32_MAX; /* it cannot be taken back any more */
}

const char *
made_record(struct made *m, uint64_t position)
{
	size_t n = m->payload.len - m->begun;

	if (n > m->most) {
		m->payload.len = m->begun;
		return too_long;
	}
	make_place(m, n, position);
	if (buf_add(&m->payload, m->gaps, m->gap) < 0) {
		m->payload.len = m->begun;
		return no_memory;
	}
	made_note(m, m->payload.len - m->gap, position);
	return NULL;
}

int
made_undo(struct made *m)
{
	if (m->from_count == UINT32_MAX) {
		m->payload.len = m->begun;
		return 0;
	}
	m->count = m->from_count;
	m->payload.len = m->begun = m->from_len;
	m->last = m->from_last;
	m->jumps = m->from_jumps;
	return 1;
}

int
made_reserve(struct made *m, size_t bytes, uint32_t records)
{
	if (m->count > 0 && (records > m->room - m->count || m->begun + bytes > block_payload_max(m->most)))
		made_put(m, m->last);
	return buf_reserve(&m->payload, bytes);
}

void
made_run(struct made *m, const struct block *b, uint32_t from, uint32_t to, size_t shift)
{
	uint32_t n = to - from, *ends = m->ends + m->count, *positions = m->positions + m->count;
	uint64_t above;

	if (n == 0)
		return;
	if (m->count == 0)
		m->base = block_position(b, from);
	for (uint32_t i = 0; i < n; i++)
		ends[i] = b->ends[from + i] + (uint32_t)shift;
	above = b->base - m->base; /* wraps if it is negative; the sums wrap back */
	for (uint32_t i = 0; i < n; i++)
		positions[i] = (uint32_t)above + (b->positions != NULL ? b->positions[from + i] : from + i);
	m->jumps |= positions[0] != m->count;
	for (uint32_t i = 0; i < n && b->positions != NULL; i++)
		m->jumps |= positions[i] != m->count + i;
	m->count += n;
	m->last = block_position(b, to - 1);
	m->begun = m->payload.len = ends[n - 1] + m->gap;
}

void
made_put(struct made *m, uint64_t next)
{
	put(m, m->count, m->begun, next);
	m->count = 0;
	m->payload.len = m->begun = 0;
	m->jumps = 0;
	made_next(m);
}

void
made_free(struct made *m)
{
	free(m->ends);
	buf_free(&m->payload);
	*m = (struct made){ 0 };
}
