/* partition: see partition.h. */

#include <string.h>

#include "base/bits.h"
#include "choose/partition.h"

int
partition_else(struct partition *s, const char *name, struct buf *error)
{
	struct buf why = { 0 };
	int bad = endpoint_check(name, 1, &why) != 0;

	if (bad)
		(void)buf_addf(error, "--else: %s", buf_string(&why));
	else if ((bad = strcmp(name, "-") == 0 || strcmp(name, "fd:1") == 0))
		(void)buf_addf(error, "--else %s: standard output is taken already", name);
	buf_free(&why);
	s->other = name;
	return bad ? -1 : 0;
}

void
partition_open(struct partition *s, int kept, struct command_fault *fault)
{
	if (kept) {
		command_out(&s->outs[0]);
		s->kept = &s->outs[0];
	}
	if (s->other == NULL)
		return;
	if (command_out_to(&s->endpoint, s->other, &s->outs[1], fault) == 0)
		s->rejected = &s->outs[1];
}

static struct rec_out *
output(const struct partition *s, int keep)
{
	return keep ? s->kept : s->rejected;
}

int
partition_wants(const struct partition *s, int keep)
{
	const struct rec_out *out = output(s, keep);

	return out != NULL && out->state == REC_OUT_OPEN;
}

void
partition_run(struct partition *s, int keep, const struct block *b, uint32_t from, uint32_t to)
{
	struct rec_out *out = output(s, keep);

	if (out == NULL || from >= to)
		return;
	if (from == 0 && to == b->count)
		rec_out_block(out, b);
	else
		rec_out_records(out, b, from, to);
}

void
partition_copy(struct partition *s, int keep, const struct block *b, uint32_t from, uint32_t to)
{
	if (output(s, keep) != NULL && from < to)
		rec_out_records(output(s, keep), b, from, to);
}

void
partition_bits(struct partition *s, const struct block *b, const uint64_t *bits, int set, uint32_t to)
{
	int alone = s->kept == NULL || s->rejected == NULL, keep;
	uint32_t begin = 0, end;

	/* In the order of positions, so that neither output runs ahead of the other by more than what its reader leaves. */
	for (; begin < to; begin = end) {
		keep = bits_get(bits, begin) == (set != 0);
		end = bits_next(bits, begin, to, keep ? !set : set);
		if (!alone)
			rec_out_floor(end < b->count ? block_position(b, end) : b->next);
		partition_run(s, keep, b, begin, end);
	}
}

void
partition_cut(struct partition *s, int keep, const struct block *b, uint32_t i, uint32_t bytes)
{
	uint32_t start = block_start(b, i), end = b->ends[i] - start - bytes;
	struct rec first = { b->payload + start, bytes, block_position(b, i) };
	/* The second part as a block of one record, so that a last line without its newline stays one. */
	struct block second = *b;

	second.count = 1;
	second.base = first.pos;
	second.positions = NULL;
	second.ends = &end;
	second.payload = b->payload + start + bytes;
	second.size = end + (i == b->count - 1 && block_lacks_gap(b) ? 0 : b->gap);
	if (output(s, keep) != NULL)
		rec_out_rec(output(s, keep), &first);
	if (output(s, !keep) != NULL)
		rec_out_records(output(s, !keep), &second, 0, 1);
}

int
partition_header(struct partition *s, struct block *b, struct held **rest)
{
	uint64_t next = b->next;

	if (b->count > 1 && (*rest = held_records(b, 1, b->count)) == NULL)
		return -1;
	partition_copy(s, 1, b, 0, 1);
	if (b->count == 1) {
		*rest = NULL;
		b->count = b->size = 0;
	} else {
		*b = (*rest)->block;
		b->next = next;
	}
	return 0;
}

void
partition_loss(struct partition *s, const struct block *loss)
{
	if (s->kept != NULL)
		rec_out_block(s->kept, loss);
	if (s->rejected != NULL)
		rec_out_block(s->rejected, loss);
}

void
partition_mark(struct partition *s, uint64_t next, uint64_t bytes)
{
	if (s->kept != NULL)
		rec_out_mark(s->kept, next, bytes);
	if (s->rejected != NULL)
		rec_out_mark(s->rejected, next, bytes);
}

void
partition_free(struct partition *s)
{
	endpoint_free(&s->endpoint);
}
