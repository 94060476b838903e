/*
 * framing_read_found: what a batch has: its records, as they are or as a block, the bytes that were
 * set aside, and what is wrong with a record. See framing_read.h.
 */

#include <inttypes.h>

#include "base/scan.h"
#include "base/status.h"
#include "framing/framing_private.h"
#include "framing/framing_read_private.h"

/*
 * Returns the offset in data at which record i of the batch begins, or what follows the last one.
 */
static size_t
begins(const struct framing_read *s, size_t i)
{
	const struct framing_found *f = &s->found;
	size_t gap = s->framing->rows ? f->gap : (size_t)(s->gap > 0 ? s->gap : 0);
	size_t first = s->framing->rows ? f->first : 0;

	if (i == f->count)
		return f->used;
	if (!s->in_place)
		return f->starts[i];
	return first + (i > 0 ? f->ends[i - 1] + gap : 0);
}

void
framing_read_blame(struct framing_read *s, size_t i, int at, const char *why)
{
	size_t start = begins(s, i);
	struct buf text = { 0 };
	int bad = buf_addf(&text, "record %" PRIu64,
	    s->cutter.record - (size_t)s->found.bad - s->found.count + i);

	if (at)
		bad |= buf_addf(&text, " at byte %" PRIu64, s->cutter.offset - s->found.used + start);
	if (s->framing->rows || (at && framing_numbers_lines(s->framing)))
		bad |= buf_addf(&text, " (line %" PRIu64 ")",
		    s->cutter.line - scan_count(s->data + start, s->found.used - start, '\n') + 1);
	bad |= buf_addf(&text, ": %s", why);
	(void)framing_read_stop(s, EX_DATAERR, bad == 0 ? buf_string(&text) : why);
	buf_free(&text);
}

void
framing_read_record(const struct framing_read *s, size_t i, struct range_view *v)
{
	size_t start = begins(s, i), first = s->framing->rows ? s->found.first : 0;

	*v = (struct range_view){ s->data + start, first + s->found.ends[i] - start };
}

int
framing_read_bad(struct framing_read *s, struct framing_bad *bad)
{
	const struct framing_found *f = &s->found;
	const char *message = buf_string(&s->cutter.error);

	s->error.len = 0;
	if (buf_addf(&s->error, "%s: %s", s->name, message) < 0)
		return -1;
	*bad = (struct framing_bad){
		.bytes = { s->data + f->bad_from, f->bad_to - f->bad_from },
		.line = s->cutter.bad_line,
		.why = message + s->cutter.why,
		.message = s->error.data,
	};
	return 0;
}

void
framing_read_refuse(struct framing_read *s, size_t i, const char *why)
{
	if (s->status == 0)
		framing_read_blame(s, i, 1, why);
}

int
framing_read_block(const struct framing_read *s, size_t count, uint64_t position, struct block *b)
{
	const struct framing_found *f = &s->found;
	int rows = s->framing->rows;

	if (!s->in_place)
		return 0;
	*b = (struct block){ .kind = BLOCK_DATA,
		.gap = rows ? f->gap : (uint8_t)s->gap,
		.count = (uint32_t)count,
		.base = position,
		.next = position + count,
		.payload = s->data + (rows ? f->first : 0),
		.ends = f->ends };
	if (b->gap == 1)
		b->status = rows ? '\n' : s->gap_byte;
	b->size = f->ends[count - 1] + (f->lacks_gap && count == f->count ? 0 : b->gap);
	return 1;
}
