/*
 * order: see order.h. A heap holds the branches that have something queued, by its position. The
 * lowest branch gives a run of records: up to the record of the second lowest one, and up to the
 * lowest watermark of the branches with an empty queue (the gate). The end of a run is found by
 * steps that double, then by halving.
 */

#include <errno.h>
#include <inttypes.h>

#include "base/status.h"
#include "many/order.h"
#include "record/position.h"

/* Bytes; a smaller piece is copied after others into a larger block. */
enum { COPIED = 16 * 1024 };

int
order_init(struct order *o)
{
	return heap_init(&o->heap, o->branches->count);
}

void
order_free(struct order *o)
{
	heap_free(&o->heap);
}

/* ---- the heap ---- */

static uint64_t
head(const struct branch *b)
{
	return block_position(&b->front->block, b->front->block.kind == BLOCK_DATA ? b->front->from : 0);
}

/*
 * Returns 1 if branch x goes out before branch y. A loss comes before records of its position, and
 * is no tie.
 */
static int
before(const void *context, const void *x, const void *y)
{
	const struct branch *a = x, *b = y;
	uint64_t at = head(a), bt = head(b);
	int al = a->front->block.kind == BLOCK_LOSS, bl = b->front->block.kind == BLOCK_LOSS;

	(void)context;
	if (at != bt)
		return at < bt;
	return al != bl ? al : a->number < b->number;
}

/*
 * Makes the heap anew. Returns the gate: of the branches that have an empty queue and may send
 * more, the one that has come least far; NULL: there is none. The lowest watermark of all branches
 * bounds the output's.
 */
static struct branch *
fill(struct order *o)
{
	struct branch *gate = NULL;
	uint64_t watermark = UINT64_MAX;

	o->heap.count = 0;
	for (size_t i = 0; i < o->branches->count; i++) {
		struct branch *b = &o->branches->all[i];

		b->needed = 0;
		if (branch_front(o->branches, b) != NULL)
			heap_add(&o->heap, b, before, NULL);
		else if (!b->ended && (gate == NULL || b->next < gate->next))
			gate = b;
		if ((b->front != NULL || !b->ended) && b->watermark < watermark)
			watermark = b->watermark;
	}
	rec_out_bound(watermark);
	return gate;
}

/* ---- runs ---- */

/*
 * Returns 1 if the gate lets this position of the branch through; then *most is lowered to the last
 * position that it lets through.
 */
static int
gate_lets(const struct order *o, const struct branch *gate, const struct branch *b, uint64_t at, uint64_t *most)
{
	/*
	 * A record at just the watermark may still come. With ties it goes first if its branch is
	 * the first.
	 */
	int first = o->ties && gate->number < b->number && b->front->block.kind == BLOCK_DATA;

	if (at > gate->next || (first && at == gate->next))
		return 0;
	if (gate->next - first < *most)
		*most = gate->next - first;
	return 1;
}

/*
 * Returns the number of records, from record `from` on, whose positions are at most `most`; the
 * first one's is.
 */
static uint32_t
reach(const struct block *b, uint32_t from, uint64_t most)
{
	uint32_t in = from, out, step = 1;

	if (block_position(b, b->count - 1) <= most)
		return b->count - from;
	/* Record `in` is one of them, and record `out` is not. */
	while (b->count - in > step && block_position(b, in + step) <= most) {
		in += step;
		step *= 2;
	}
	out = b->count - in > step ? in + step : b->count - 1;
	while (out - in > 1) {
		uint32_t middle = in + (out - in) / 2;

		if (block_position(b, middle) <= most)
			in = middle;
		else
			out = middle;
	}
	return out - from;
}

static int
tied(struct order *o, const struct branch *a, const struct branch *b, uint64_t at)
{
	if (b->number < a->number) {
		const struct branch *swap = a;

		a = b;
		b = swap;
	}
	command_fail(o->branches->fault, EX_DATAERR,
	    "%s and %s both have a record at position %" PRIu64 " (--ties takes them in their order)", a->name, b->name,
	    position_source(at));
	return -1;
}

/*
 * Returns 1 if a loss in the same words, at the same position, has gone out already because another
 * branch has reported it; else 0. All branches report what was lost before the division in one
 * order.
 */
static int
put_before(struct order *o, struct branch *b, const struct block *loss)
{
	if (o->lost_at != loss->base) {
		o->lost_at = loss->base;
		o->losses = 0;
		for (size_t i = 0; i < o->branches->count; i++)
			o->branches->all[i].losses = 0;
	}
	for (size_t i = b->losses; i < o->losses; i++)
		if (o->lost[i] == loss->count) {
			b->losses = i + 1;
			return 1;
		}
	if (o->losses < ORDER_LOSSES)
		o->lost[o->losses++] = loss->count;
	b->losses = o->losses;
	return 0;
}

static void
put_loss(struct order *o, struct branch *b)
{
	const struct block *loss = &b->front->block;

	if (!put_before(o, b, loss))
		rec_out_loss(o->out, loss->base, loss->count, loss->base);
	branch_take(b, 0);
}

static void
put_run(struct order *o, struct branch *b, uint32_t n)
{
	struct block v = b->front->block;
	uint32_t from = b->front->from;

	/*
	 * The branch's watermark is not the output's. If more follows a lacking gap,
	 * rec_out_records supplies the gap; a whole block would not.
	 */
	v.next = block_position(&v, from + n - 1);
	if (n == v.count && v.size >= COPIED && !block_lacks_gap(&v))
		rec_out_block(o->out, &v);
	else
		rec_out_records(o->out, &v, from, from + n);
	o->put = 1;
	o->last = v.next;
	o->from = b;
	branch_take(b, n);
}

/*
 * Puts one run, or loss, of the lowest branch. Returns 1; or 0 if the gate lets nothing through; or
 * -1 at a tie, which is noted.
 */
static int
put_lowest(struct order *o, const struct branch *gate)
{
	struct branch *b = o->heap.at[0];
	const struct branch *other = heap_second(&o->heap, before, NULL);
	uint64_t at = head(b), most = UINT64_MAX;

	if (gate != NULL && !gate_lets(o, gate, b, at, &most))
		return 0;
	if (b->front->block.kind == BLOCK_LOSS) {
		put_loss(o, b);
		return 1;
	}
	if (!o->ties && o->put && o->last == at && o->from != b)
		return tied(o, b, o->from, at);
	if (other != NULL) {
		uint64_t that = head(other);
		int joined = o->ties && b->number < other->number;

		if (that == at && !o->ties)
			return tied(o, b, other, at);
		/* `that` is not below this one's position, so it can be 0 only if both are tied. */
		if (that - !joined < most)
			most = that - !joined;
	}
	put_run(o, b, reach(&b->front->block, b->front->from, most));
	return 1;
}

/* Puts out how far the branches have come together. Returns 0 if nothing is to come. */
static int
mark(struct order *o)
{
	uint64_t next = UINT64_MAX;
	int open = 0;

	for (size_t i = 0; i < o->branches->count; i++) {
		const struct branch *b = &o->branches->all[i];
		uint64_t low = b->front != NULL ? head(b) : b->next;

		if (b->front == NULL && b->ended)
			continue;
		open = 1;
		if (low < next)
			next = low;
	}
	if (open)
		rec_out_mark(o->out, next, o->branches->bytes);
	o->branches->bytes = 0;
	return open;
}

int
order_put(struct order *o)
{
	struct branch *gate = fill(o);
	int moved = 1;

	while (o->heap.count > 0 && o->out->state == REC_OUT_OPEN && o->branches->fault->status == 0) {
		struct branch *b = o->heap.at[0];

		if ((moved = put_lowest(o, gate)) <= 0)
			break;
		if (b->front != NULL || branch_front(o->branches, b) != NULL)
			heap_changed(&o->heap, before, NULL);
		else
			gate = fill(o);
	}
	if (moved < 0 || o->branches->fault->status != 0) {
		/* What has not been put will not be. */
		rec_out_give_up(rec_out_marked(o->out));
		return -1;
	}
	/* Needed are the branches that hold back the lowest one or, if nothing is queued, all. */
	for (size_t i = 0; i < o->branches->count; i++) {
		struct branch *b = &o->branches->all[i];
		uint64_t most = UINT64_MAX;

		if (b->front == NULL && !b->ended)
			b->needed = o->heap.count == 0 || !gate_lets(o, b, o->heap.at[0], head(o->heap.at[0]), &most);
	}
	return mark(o);
}
