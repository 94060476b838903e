/* partition: see partition.h. */

#include <stdlib.h>

#include "base/bits.h"
#include "choose/partition.h"
#include "command/opt.h"

int
partition_else(struct partition *p, const char *name, struct buf *error)
{
	p->other = name;
	return opt_else(name, error);
}

void
partition_open(struct partition *p, int kept, struct command_fault *fault)
{
	if (kept) {
		command_out(&p->outs[0]);
		p->kept = &p->outs[0];
	}
	if (p->other == NULL)
		return;
	if (command_out_to(&p->endpoint, p->other, &p->outs[1], fault) == 0)
		p->rejected = &p->outs[1];
}

static struct rec_out *
output(const struct partition *p, int keep)
{
	return keep ? p->kept : p->rejected;
}

int
partition_wants(const struct partition *p, int keep)
{
	const struct rec_out *out = output(p, keep);

	return out != NULL && out->state == REC_OUT_OPEN;
}

void
partition_run(struct partition *p, int keep, const struct block *b, uint32_t from, uint32_t to)
{
	struct rec_out *out = output(p, keep);

	if (out == NULL || from >= to)
		return;
	if (from == 0 && to == b->count)
		rec_out_block(out, b);
	else
		rec_out_records(out, b, from, to);
}

void
partition_copy(struct partition *p, int keep, const struct block *b, uint32_t from, uint32_t to)
{
	if (output(p, keep) != NULL && from < to)
		rec_out_records(output(p, keep), b, from, to);
}

void
partition_cut(struct partition *p, int keep, const struct block *b, uint32_t i, uint32_t bytes)
{
	uint32_t start = block_start(b, i), end = b->ends[i] - start - bytes;
	struct rec first = { b->payload + start, bytes, block_position(b, i) };
	/*
	 * The second part as a block of one record, so that a last line without its newline stays
	 * one.
	 */
	struct block second = *b;

	second.count = 1;
	second.base = first.pos;
	second.positions = NULL;
	second.ends = &end;
	second.payload = b->payload + start + bytes;
	second.size = end + (i == b->count - 1 && block_lacks_gap(b) ? 0 : b->gap);
	if (output(p, keep) != NULL)
		rec_out_rec(output(p, keep), &first);
	if (output(p, !keep) != NULL)
		rec_out_records(output(p, !keep), &second, 0, 1);
}

void
partition_loss(struct partition *p, const struct block *loss)
{
	if (p->kept != NULL)
		rec_out_block(p->kept, loss);
	if (p->rejected != NULL)
		rec_out_block(p->rejected, loss);
}

static void
put_mark(struct partition *p, uint64_t next, uint64_t bytes)
{
	if (p->kept != NULL)
		rec_out_mark(p->kept, next, bytes);
	if (p->rejected != NULL)
		rec_out_mark(p->rejected, next, bytes);
}

void
partition_bits(struct partition *p, const struct block *b, const uint64_t *bits, int set, uint32_t from, uint32_t to)
{
	int alone = p->kept == NULL || p->rejected == NULL, keep;
	uint32_t begin = from, end;

	/*
	 * In the order of positions, so that neither output gets ahead of the other by more than
	 * its reader leaves unread.
	 */
	for (; begin < to; begin = end) {
		keep = bits_get(bits, begin) == (set != 0);
		end = bits_next(bits, begin, to, keep ? !set : set);
		if (!alone)
			rec_out_floor(end < b->count ? block_position(b, end) : b->next);
		partition_run(p, keep, b, begin, end);
	}
}

static int
has_enough(const struct partition_judge *judge)
{
	return judge->enough != NULL && judge->enough(judge->job);
}

void
partition_stream(struct partition *p, struct rec_in *in, const struct partition_judge *judge,
    struct command_fault *fault)
{
	uint64_t next = 0;
	struct block b;

	if (fault->status == 0 && has_enough(judge))
		rec_in_begin(in); /* the table passes, even if no record is wanted */
	for (;;) {
		struct partition_verdict verdict = { .set = 1 };
		uint32_t n;

		if (fault->status != 0 || has_enough(judge)) {
			rec_in_enough(in, next);
			return;
		}
		if (!rec_in_block(in, &b))
			return;
		if (b.kind == BLOCK_LOSS) {
			/* A loss is held after records that are held: next must not pass these. */
			if (judge->loss == NULL || !judge->loss(judge->job, &b)) {
				partition_loss(p, &b);
				next = b.next;
			}
			continue;
		}
		verdict.next = b.next;
		n = judge->block(judge->job, &b, &verdict);
		next = verdict.next;
		if (fault->status != 0)
			continue;
		partition_bits(p, &b, verdict.bits, verdict.set, 0, n);
		if (!has_enough(judge))
			put_mark(p, next, b.size);
	}
}

void
partition_free(struct partition *p)
{
	endpoint_free(&p->endpoint);
}
