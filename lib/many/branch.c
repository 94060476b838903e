/* branch: see branch.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "many/branch_private.h"
#include "os/clock.h"
#include "stream/loop.h"

/* Bytes in memory: of all queues together, and of one queue at most and at least. */
enum { MEMORY_ALL = 16 * 1024 * 1024, MEMORY_MOST = 4 * 1024 * 1024, MEMORY_LEAST = 128 * 1024 };

/* Bytes; a smaller block is copied after others into a larger one. */
enum { COPIED = 16 * 1024 };

/*
 * Milliseconds in which a writer must open a FIFO or a ring after another input has failed without
 * a record.
 */
enum { GRACE = 5000 };

int
branches_init(struct branches *bs, size_t count, uint64_t spill_max, struct command_fault *fault)
{
	size_t memory = MEMORY_ALL / count;

	if (memory > MEMORY_MOST)
		memory = MEMORY_MOST;
	if (memory < MEMORY_LEAST)
		memory = MEMORY_LEAST;
	*bs = (struct branches){ .count = count, .memory = memory, .spill_max = spill_max, .fault = fault };
	bs->all = calloc(count, sizeof *bs->all);
	bs->ins = calloc(count, sizeof *bs->ins);
	if (bs->all == NULL || bs->ins == NULL) {
		free(bs->all);
		free(bs->ins);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		bs->all[i].number = i;
		bs->all[i].fed = 1;
		bs->all[i].queue = (struct spool){ .memory_max = memory, .file_max = spill_max };
	}
	return 0;
}

/* The hook of an input. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct branch *b = in->tabled_by;

	(void)t;
	b->news = 1;
	return 0;
}

int
branches_open(struct branches *bs, char *const names[])
{
	int good = 0;

	if (bs->out != NULL)
		rec_out_own_table(bs->out, NULL);
	bs->declared.together = 1;
	/*
	 * All are opened, also after a failure: their writers then see by the close that nobody
	 * reads.
	 */
	for (size_t i = 0; i < bs->count; i++) {
		struct branch *b = &bs->all[i];
		int status = endpoint_rec_in(&b->endpoint, names[i], &b->in);

		if (status != 0) {
			command_fail(bs->fault, status, "%s", buf_string(&b->endpoint.error));
			good = -1;
			continue;
		}
		rec_in_own_table(&b->in);
		b->in.tabled = tabled;
		b->in.tabled_by = b;
		b->in.apart = 1;
		b->fed = 0;
		b->name = b->in.name;
	}
	return good;
}

/* ---- queues ---- */

int
branch_put(struct branch *b, struct held *h)
{
	if (spool_put(&b->queue, h) == 0)
		return 1;
	return errno == ENOBUFS ? 0 : -1;
}

int
branch_roomy(const struct branch *b)
{
	return spool_roomy(&b->queue);
}

const struct table *
branch_table(const struct branch *b)
{
	return b->fed ? NULL : b->merged != NULL ? b->merged : rec_in_table(&b->in);
}

/* The front is no longer needed. */
static void
drop_front(struct branch *b)
{
	if (b->at > 0)
		held_drop(b->front);
	b->front = NULL;
}

/* Its writer must see that the branch is no longer read: it may write other branches, too. */
void
branch_misfit(struct branch *b, uint64_t at, struct buf *why)
{
	const char *closed;

	rec_out_give_up(at < b->watermark ? at : b->watermark);
	b->in.reason.len = 0;
	rec_in_give_up(&b->in, EX_DATAERR, "%s", buf_string(why));
	(void)rec_in_close(&b->in, &closed);
	drop_front(b);
	spool_free(&b->queue);
	b->ended = 1;
	b->needed = 0;
}

/* Compares the table of a branch, if it has come, and if records are at the front, theirs. */
static void
compare(struct branches *bs, struct branch *b)
{
	struct table *t = rec_in_table(&b->in);
	int rows = b->front != NULL && b->front->block.kind == BLOCK_DATA;
	struct buf why = { 0 };
	int news = 0, none = 0;

	if (t != NULL && t != b->told && bs->tables == 0)
		news = declared_table(&bs->declared, t, b->name, &why);
	b->told = t;
	if (rows && bs->tables > 0 && t == NULL) {
		(void)buf_adds(&why, "its records have no table");
		none = -1;
	} else if (rows && bs->tables == 0 && news >= 0) {
		none = declared_records(&bs->declared, t, b->name, &why);
	}
	b->fits = rows;
	if (news < 0 || none < 0)
		branch_misfit(b, rows ? block_position(&b->front->block, b->front->from) : b->watermark, &why);
	else if (news > 0)
		rec_out_own_table(bs->out, bs->declared.table);
	buf_free(&why);
}

/* Makes the next records of the queue the front. Failures are noted. */
static void
find_front(struct branches *bs, struct branch *b)
{
	struct held *h = spool_first(&b->queue);
	struct buf why = { 0 };

	if (h == NULL) {
		if (bs->fault->status == 0)
			command_fail(bs->fault, EX_IOERR, "%s: the temporary file: %s", b->name, strerror(errno));
		return;
	}
	if (b->merged == NULL || h->block.kind != BLOCK_DATA) {
		b->front = h;
		return;
	}
	if ((b->front = branch_align(bs, b, h, &why)) == NULL && why.len > 0)
		branch_misfit(b, block_position(&h->block, b->at), &why);
	else if (b->front == NULL && bs->fault->status == 0)
		command_fail(bs->fault, EX_OSERR, "out of memory");
	buf_free(&why);
}

struct held *
branch_front(struct branches *bs, struct branch *b)
{
	if (b->front == NULL && b->queue.blocks > 0)
		find_front(bs, b);
	if (bs->out != NULL && !b->fits && !b->fed)
		compare(bs, b);
	return b->front;
}

void
branch_take(struct branch *b, uint32_t n)
{
	struct held *h = b->front;

	h->from += n;
	if (h->from < h->block.count && h->block.kind == BLOCK_DATA)
		return;
	drop_front(b);
	if (b->at > 0 && b->left > 0)
		return;
	b->at = 0;
	spool_shift(&b->queue);
}

void
branch_renumber(struct branch *b, struct rec_out *out, uint64_t *number, uint32_t n)
{
	uint32_t from = b->front->from;
	struct block v = b->front->block;

	if (v.kind == BLOCK_LOSS) {
		rec_out_loss(out, *number, v.count, *number);
	} else {
		v.positions = NULL;
		v.base = *number - from; /* may wrap, and back again in the sum */
		*number += n;
		v.next = *number;
		if (n == v.count && v.size >= COPIED && !block_lacks_gap(&v))
			rec_out_block(out, &v);
		else
			rec_out_records(out, &v, from, from + n);
		rec_out_mark(out, *number, 0);
	}
	branch_take(b, n);
}

/* ---- reading ---- */

/*
 * Reads one block, if one has come. Returns 1 if something has come, a table too, or the branch has
 * ended; else 0; or -1 after a failure that is noted.
 */
static int
read_block(struct branches *bs, struct branch *b)
{
	struct block block;
	struct held *h;
	int got = rec_in_try(&b->in, &block), news = b->news, put;

	b->news = 0;
	b->next = b->in.next;
	b->watermark = b->in.watermark;
	if (got < 0) {
		b->ended = 1;
		if (!rec_in_well(&b->in))
			rec_out_give_up(b->watermark);
	}
	if (got <= 0)
		return got < 0 || news;
	bs->bytes += block.size;
	if (block.kind == BLOCK_DATA && block.count == 0)
		return 1;
	if ((h = rec_in_hold(&b->in, &block)) == NULL) {
		command_fail(bs->fault, EX_OSERR, "out of memory");
		return -1;
	}
	if ((put = branch_put(b, h)) > 0)
		return 1;
	held_drop(h);
	if (put < 0) {
		command_fail(bs->fault, EX_IOERR, "%s: the temporary file: %s", b->name, strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < bs->count; i++)
		if (bs->all[i].needed && !bs->all[i].ended) {
			command_fail(bs->fault, EX_TEMPFAIL,
			    "%s waits for %s, which sends nothing, and more than --spill-max (%" PRIu64
			    " bytes) has come meanwhile",
			    b->name, bs->all[i].name, bs->spill_max);
			break;
		}
	return -1;
}

/*
 * Returns 1 if the branch is not needed now and may be read ahead. Sets *full if only room is
 * missing for that.
 */
static int
ahead(const struct branches *bs, const struct branch *b, int *full)
{
	if (b->needed || b->ended || b->fed || rec_in_is_file(&b->in))
		return 0;
	if (branch_roomy(b) || bs->spilling)
		return 1;
	*full = 1;
	return 0;
}

/* ---- inputs that nobody will open ---- */

/*
 * If a producer has died, or was not run, before it had opened all of its outputs, one of them has
 * no bytes, or only an end mark that reports a failure. Another one is a FIFO or a ring that nobody
 * will open. Nobody should wait for that.
 *
 * Returns 1 if the input, which has ended, comes from a producer that cannot have opened another
 * output: it was not run, was called with wrong options, could not open an output, or was ended by
 * a signal.
 */
static int
never_began(const struct rec_in *in)
{
	if (in->end == REC_IN_CUT)
		return rec_in_mute(in);
	return in->end == REC_IN_FAILED && in->records == 0 &&
	       (in->status == EX_USAGE || in->status == EX_CANTCREAT || in->status == EX_NOPERM || in->status > 128);
}

/*
 * Returns 1 if the branch is a FIFO or a ring, and no writer has opened it yet. (A file is there
 * without its writer.)
 */
static int
lonely(const struct branch *b)
{
	return !b->ended && !b->fed && rec_in_unmet(&b->in);
}

/*
 * Gives lonely branches up, because the branch `nothing` brought nothing; if needed is set, only
 * needed ones. Returns 1 if there was one.
 */
static int
give_up(struct branches *bs, const struct branch *nothing, int needed)
{
	int given = 0;

	for (size_t i = 0; i < bs->count; i++) {
		struct branch *b = &bs->all[i];

		if ((needed && !b->needed) || !lonely(b))
			continue;
		/*
		 * The FIFO's name goes too, whichever side made it, because that may be the one
		 * that died.
		 */
		rec_in_give_up(&b->in, EX_DATAERR, "no writer has opened it, and %s %s", nothing->name,
		    nothing->in.records > 0 ? "has failed" : "brought nothing");
		b->ended = 1;
		rec_out_give_up(0);
		given = 1;
	}
	return given;
}

/*
 * The branch has ended. If its producer failed, other branches may have no writer: the producer had
 * not opened them yet; or it had made a ring and died before this command opened that, so that a
 * new ring waits here. A producer that passes on another's failure cannot be told from one that has
 * opened all outputs and then failed by itself. In the second case a writer from elsewhere may
 * still come, so the branches are given some time.
 */
static void
see_end(struct branches *bs, const struct branch *b)
{
	if (rec_in_well(&b->in))
		return;
	if (never_began(&b->in)) {
		(void)give_up(bs, b, 0);
	} else if (bs->nothing == NULL) {
		bs->nothing = b;
		bs->until = clock_ms() + GRACE;
	}
}

/* ---- waiting ---- */

/*
 * Reads a block of each branch that is needed or, if needed is 0, that may be read ahead. Returns
 * 1, 0 or -1 as read_block.
 */
static int
read_some(struct branches *bs, int needed)
{
	int came = 0, full;

	for (size_t i = 0; i < bs->count; i++) {
		struct branch *b = &bs->all[i];
		int got;

		if (needed ? !b->needed || b->ended : !ahead(bs, b, &full))
			continue;
		if ((got = read_block(bs, b)) < 0)
			return -1;
		if (b->ended)
			see_end(bs, b);
		came |= got;
	}
	return came;
}

int
branches_wait(struct branches *bs)
{
	for (;;) {
		int full = 0, wait = -1, got;
		int64_t left = bs->nothing != NULL ? bs->until - clock_ms() : 0;

		if (rec_out_stop() || bs->fault->status != 0)
			return 0;
		if ((got = read_some(bs, 1)) != 0)
			bs->spilling = 0;
		else
			got = read_some(bs, 0);
		if (got != 0)
			return got > 0;
		if (bs->nothing != NULL && left <= 0 && give_up(bs, bs->nothing, 1))
			return 1;
		for (size_t i = 0; i < bs->count; i++) {
			struct branch *b = &bs->all[i];

			bs->ins[i] = (b->needed && !b->ended) || ahead(bs, b, &full) ? &b->in : NULL;
		}
		if (left > 0)
			wait = (int)left;
		if (full && (wait < 0 || wait > BRANCH_PATIENCE))
			wait = BRANCH_PATIENCE;
		if ((got = loop_wait(bs->ins, bs->count, NULL, 0, wait)) < 0)
			command_fail(bs->fault, EX_OSERR, "%s", strerror(errno));
		if (got == 0 && full)
			bs->spilling = 1;
	}
}

static void
end_input(struct branches *bs, struct branch *b)
{
	if (b->in.end == REC_IN_OPEN)
		rec_in_enough(&b->in, b->in.next);
	command_end_input(&b->in, bs->fault);
}

uint64_t
branches_end(struct branches *bs, uint64_t next)
{
	/*
	 * Named rings last: a writer that opens its ring after the reader has left finds no ring.
	 * It must see then that its other outputs have lost their readers.
	 */
	for (size_t i = 0; i < bs->count; i++)
		if (!bs->all[i].fed && !rec_in_is_shm(&bs->all[i].in))
			end_input(bs, &bs->all[i]);
	for (size_t i = 0; i < bs->count; i++) {
		struct branch *b = &bs->all[i];

		if (!b->fed && rec_in_is_shm(&b->in))
			end_input(bs, b);
		if (b->next > next)
			next = b->next;
		drop_front(b);
		endpoint_free(&b->endpoint);
		spool_free(&b->queue);
	}
	declared_free(&bs->declared);
	align_free(&bs->aligned);
	buf_free(&bs->rows);
	free(bs->row_ends);
	free(bs->all);
	free(bs->ins);
	return next;
}
