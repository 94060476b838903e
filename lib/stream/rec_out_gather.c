/*
 * rec_out_gather: short runs of records out of several blocks, as a merge makes them. A run costs
 * little more than its bytes: if it fits into the block being built, nothing but its bytes and its
 * ends is written. What does not fit goes the way of all runs, rec_out_records.
 */

#include <string.h>

#include "stream/rec_out_private.h"

/* Bytes that are copied at once: two moves of a vector register. */
enum { SHORT = 32 };

/* Returns 1 if the run goes into the block being built as it is, else 0. */
static inline int
fits(const struct rec_out *out, const struct rec_run *run, uint64_t pos, size_t bytes)
{
	const struct block *b = run->block;

	return out->count > 0 && out->gap == b->gap && out->gap_byte == (b->gap == 1 ? (unsigned char)b->status : 0) &&
	    !out->open_gap && !(run->to == b->count && block_lacks_gap(b)) &&
	    run->to - run->from <= out->room - out->count &&
	    pos + (run->to - run->from) - out->base <= UINT32_MAX && out->payload.len + bytes <= out->target &&
	    out->state == REC_OUT_OPEN && !rec_out_busy(out);
}

static inline void
add(struct rec_out *out, const struct rec_run *run, uint64_t pos, uint32_t begin, size_t bytes)
{
	const struct block *b = run->block;
	char *to = out->payload.data + out->payload.len;
	const char *from = b->payload + begin;
	size_t shift = out->payload.len - begin; /* wraps if it is negative; the sums wrap back */
	uint32_t count = out->count, place = (uint32_t)(pos - out->base);

	if (bytes <= SHORT && b->size - begin >= SHORT && out->payload.cap - out->payload.len >= SHORT)
		memcpy(to, from, SHORT);
	else
		memcpy(to, from, bytes);
	out->jumps |= place != count;
	for (uint32_t i = run->from; i < run->to; i++, count++) {
		out->ends[count] = (uint32_t)(b->ends[i] + shift);
		out->positions[count] = place++;
	}
	out->count = count;
	out->payload.len += bytes;
	out->last = pos + (run->to - run->from) - 1;
}

void
rec_out_gather(struct rec_out *out, const struct rec_run *run, size_t n, uint64_t pos)
{
	for (; n > 0; pos += run->to - run->from, run++, n--) {
		uint32_t begin = block_start(run->block, run->from);
		size_t bytes = run->block->ends[run->to - 1] - begin + run->block->gap;
		struct block numbered;

		if (fits(out, run, pos, bytes)) {
			add(out, run, pos, begin, bytes);
			continue;
		}
		numbered = *run->block;
		numbered.positions = NULL;
		numbered.base = pos - run->from; /* may wrap, and back again in the sum */
		rec_out_records(out, &numbered, run->from, run->to);
	}
}
