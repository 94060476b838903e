/*
 * only: see only.h. One loop: put out what can be, read the answers, feed, read the input; nothing waits by itself. The process cannot
 * be waited for in vain: its answers are always read, because what they wait for has been read from the input before.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/program.h"
#include "base/status.h"
#include "os/clock.h"
#include "os/io.h"
#include "stream/loop.h"
#include "work/only.h"

enum { GRACE = 500 }; /* milliseconds for a process that nobody wants any more */

static int
fail_memory(struct only *o)
{
	command_fail(o->fault, EX_OSERR, "out of memory");
	return -1;
}

static int
loses(struct only *o)
{
	command_fail(o->fault, EX_DATAERR,
	    "%s loses positions: it gives records back under others than it got (rec-each -k keeps them for any program)", o->process.name);
	return -1;
}

/* Puts the hold into the queue, or says why that is impossible. 0 or -1. */
static int
queue(struct only *o, struct spool *s, struct held *h)
{
	if (h == NULL)
		return fail_memory(o);
	if (spool_put(s, h) == 0)
		return 0;
	if (errno == ENOBUFS)
		command_fail(o->fault, EX_TEMPFAIL, "the other records wait for %s, which gives nothing back, and more than --spill-max (%" PRIu64
		    " bytes) has come meanwhile", o->process.name, o->spill_max);
	else
		command_fail(o->fault, EX_IOERR, "the temporary file: %s", strerror(errno));
	held_drop(h);
	return -1;
}

/* ---- the process ---- */

static int
start(struct only *o)
{
	struct buf error = { 0 };
	int status;

	o->process = (struct process){ .name = o->argv[0], .argv = o->argv, .feeds = 1, .drains = 1 };
	o->pool.errors_own = 1;
	if ((status = process_start(&o->pool, &o->process, &error)) != 0) {
		command_fail(o->fault, status, "%s", buf_string(&error));
		buf_free(&error);
		return -1;
	}
	buf_free(&error);
	o->started = 1;
	if (rec_in_open(&o->answers, o->process.from, o->process.name) == 0) {
		o->process.from = -1; /* closed with the stream */
		if (rec_out_open(&o->feed, o->process.to, o->process.name) == 0) {
			o->feed.apart = o->answers.apart = 1;
			o->feeding = o->answering = 1;
			return 0;
		}
	}
	process_abandon(&o->process);
	return fail_memory(o);
}

/*
 * Tells the process that no more comes. Whether it has taken that: it is not waited for, since the process may wait for its answers to
 * be read, with the pipe or the ring full before it.
 */
static int
told_end(struct only *o)
{
	struct buf reason = { 0 };
	int status = o->in->end != REC_IN_OPEN ? o->in->status : 0;

	if (status != 0 && o->in->end != REC_IN_FAILED)
		(void)buf_addf(&reason, "%s: ", program_name());
	if (status != 0 && o->in->reason.len > 0)
		(void)buf_add(&reason, o->in->reason.data, o->in->reason.len);
	(void)rec_out_begin_end(&o->feed, o->end, status, buf_string(&reason));
	buf_free(&reason);
	return o->feed.ending && rec_out_idle(&o->feed);
}

/* Ends what the process reads: with the end mark where it can be written, or else without. */
static void
end_feed(struct only *o)
{
	const char *why;

	if (o->feed.state == REC_OUT_OPEN && !told_end(o))
		rec_out_left(&o->feed);
	/* Nothing that happens to the process's input is a failure of this command's: how it ends tells. */
	(void)rec_out_end(&o->feed, o->end, 0, NULL, &why);
	held_drop(o->pending);
	held_drop(o->under_way);
	o->pending = o->under_way = NULL;
	o->feeding = 0;
}

/* Whether something has been done. */
static int
feed(struct only *o)
{
	struct block v;

	if (!o->feeding)
		return 0;
	if (o->under_way != NULL && rec_out_idle(&o->feed)) {
		held_drop(o->under_way);
		o->under_way = NULL;
	}
	if (o->feed.state != REC_OUT_OPEN) {
		held_drop(o->pending);
		o->pending = NULL;
	}
	if (o->pending == NULL) {
		if (o->in->end == REC_IN_OPEN || (o->feed.state == REC_OUT_OPEN && !told_end(o)))
			return 0;
		end_feed(o);
		return 1;
	}
	v = o->pending->block;
	v.next = o->end;
	if (!rec_out_begin(&o->feed, &v))
		return 0;
	held_drop(o->under_way); /* written meanwhile, or this one could not have been begun */
	o->under_way = o->pending;
	o->pending = NULL;
	return 1;
}

/* ---- answers ---- */

/*
 * Looks at the first block of the map, in which the original positions are: the positions that the process got come of them by the same
 * way again. 0, or -1 where the queue cannot be read.
 */
static int
find_front(struct only *o)
{
	struct held *h;

	errno = 0;
	if ((h = spool_first(&o->map)) == NULL) {
		command_fail(o->fault, EX_IOERR, "the temporary file: %s", strerror(errno != 0 ? errno : EIO));
		return -1;
	}
	o->originals = o->front = h->block;
	o->at = 0;
	if (h->block.positions != NULL)
		o->front.positions = memcpy(o->front_positions, h->block.positions, h->block.count * sizeof *h->block.positions);
	return distinct_block(&o->mapped, &o->front, NULL);
}

/*
 * The original position of the first record that the process got at position at or above, if that is not above all. Records below are
 * forgotten. exact: there must be one just there. -1 if there is none, or the queue cannot be read.
 */
static int
original(struct only *o, uint64_t at, int exact, uint64_t *position)
{
	while (o->front.count == 0 || at > block_position(&o->front, o->front.count - 1)) {
		if (o->front.count > 0)
			spool_shift(&o->map);
		o->front.count = 0;
		if (find_front(o) < 0)
			return -1;
	}
	if (o->front.positions == NULL)
		o->at = at > o->front.base ? (uint32_t)(at - o->front.base) : 0;
	else
		while (block_position(&o->front, o->at) < at) /* positions never decrease */
			o->at++;
	if (exact && block_position(&o->front, o->at) != at)
		return loses(o);
	*position = block_position(&o->originals, o->at);
	return 0;
}

/* A data block of answers gets its positions back and is queued. 0 or -1. */
static int
take_answers(struct only *o, const struct block *b)
{
	struct block v = *b;
	uint32_t from = 0;
	uint64_t at = 0;

	if (block_position(b, 0) < o->begin || block_position(b, b->count - 1) >= o->end)
		return loses(o);
	v.positions = o->positions;
	for (uint32_t i = 0; i < b->count; i++) {
		if ((i == 0 || block_position(b, i) != block_position(b, i - 1)) && original(o, block_position(b, i), 1, &at) < 0)
			return -1;
		if (i > from && at - v.base > UINT32_MAX) {
			if (queue(o, &o->branches.all[ONLY_ANSWERS].queue, held_records(&v, from, i)) < 0)
				return -1;
			from = i;
		}
		if (i == from)
			v.base = at;
		o->positions[i] = (uint32_t)(at - v.base);
	}
	return queue(o, &o->branches.all[ONLY_ANSWERS].queue, held_records(&v, from, b->count));
}

/* A loss that the process tells. */
static int
take_loss(struct only *o, const struct block *b)
{
	struct block v = *b;

	if (b->base < o->begin || b->base > o->end)
		return loses(o);
	if (b->base == o->end)
		v.base = o->in->next;
	else if (original(o, b->base, 0, &v.base) < 0)
		return -1;
	return queue(o, &o->branches.all[ONLY_ANSWERS].queue, held_records(&v, 0, 0));
}

/*
 * How far the process has come, in original positions. Where it has answered all it got, it can give nothing back below what the
 * input has not brought yet.
 */
static int
advance(struct only *o)
{
	struct branch *b = &o->branches.all[ONLY_ANSWERS];
	uint64_t at = o->answers.next > 0 ? o->answers.next : o->begin;

	if (at < o->begin || at > o->end)
		return loses(o);
	if (at == o->end)
		b->next = o->in->next;
	else if (original(o, at, 0, &b->next) < 0)
		return -1;
	/* A lower watermark of the answers cannot be translated any more; what it was before holds. */
	if (o->answers.watermark == o->answers.next)
		b->watermark = b->next;
	return 0;
}

static void
fail_garbage(struct only *o)
{
	if (o->answers.end == REC_IN_NOT_STREAM)
		command_fail(o->fault, EX_DATAERR, "%s gives back something else than a record stream (rec-each runs any program)",
		    o->process.name);
	else
		command_fail(o->fault, EX_DATAERR, "%s", buf_string(&o->answers.reason));
}

/* Gives the process a while to end, for whoever is about to end it. Whether it has. */
static int
ends_soon(struct only *o)
{
	int64_t until = clock_ms() + GRACE, left = GRACE;
	struct pollfd *polled;
	size_t n;

	/* A signal ends a poll, and what it was about is seen by the next look. */
	while (!o->process.ended && process_pool_reap(&o->pool) == NULL && left > 0 && (polled = process_pool_polled(&o->pool, &n, 0)) != NULL) {
		(void)io_poll(polled, (nfds_t)n, (int)left);
		left = until - clock_ms();
	}
	return o->process.ended;
}

/*
 * The answers have ended, and the process too: nothing more is waited for. If it has failed, what it has left unanswered still holds
 * back what came after that; and no more is read.
 */
static void
end_answers(struct only *o)
{
	struct branch *b = &o->branches.all[ONLY_ANSWERS];

	o->failed = o->process.status != 0 || !rec_in_well(&o->answers);
	b->ended = !o->failed;
	if (!o->failed)
		return;
	if (advance(o) == 0 && o->unfed < b->next)
		b->next = o->unfed;
	if (b->watermark > b->next)
		b->watermark = b->next;
	rec_out_give_up(b->watermark);
	if (o->in->end == REC_IN_OPEN)
		rec_in_enough(o->in, o->in->next);
}

/* Whether something has come, or the process has ended. */
static int
answer(struct only *o)
{
	struct block b;
	int got;

	if (o->branches.all[ONLY_ANSWERS].ended || o->failed)
		return 0;
	if (o->answering) {
		got = rec_in_try(&o->answers, &b);
		/* All that it wrote has come; whoever else still holds the pipe of one that has failed is not waited for. */
		if (got == 0 && o->process.ended && o->process.status != 0) {
			rec_in_enough(&o->answers, o->answers.next);
			got = -1;
		}
		if (got > 0) {
			o->spilling = 0;
			if (b.kind == BLOCK_LOSS)
				(void)take_loss(o, &b);
			else if (b.count > 0)
				(void)take_answers(o, &b);
		}
		if (got < 0) {
			const char *why;

			o->answering = 0;
			if (o->answers.end == REC_IN_FAILED || o->answers.end == REC_IN_CUT)
				(void)rec_in_close(&o->answers, &why);
			if (o->feeding)
				end_feed(o); /* at once, even if the process reads no more and still runs */
			/* It may go on writing for ever what nobody understands; if it fails by itself, its status says more. */
			if (o->answers.end != REC_IN_GOOD && o->answers.end != REC_IN_FAILED && o->answers.end != REC_IN_CUT && !ends_soon(o))
				fail_garbage(o);
		}
		return got != 0;
	}
	if (o->feeding || !o->process.ended)
		return 0;
	end_answers(o);
	return 1;
}

/* ---- the input ---- */

/* Records that the phrase selects: to be fed, and their positions noted. Without a process that reads them they are dropped. */
static int
deal(struct only *o, struct held *h)
{
	struct block b;
	uint32_t n;

	if (h == NULL)
		return fail_memory(o);
	b = h->block;
	n = b.count;
	memset(o->positions, 0, n * sizeof *o->positions); /* ends of records of no bytes */
	b.ends = o->positions;
	b.size = b.gap = 0;
	b.status = 0;
	if (queue(o, &o->map, held_records(&b, 0, n)) < 0) {
		held_drop(h);
		return -1;
	}
	if (distinct_block(&o->distinct, &h->block, NULL) < 0) {
		command_fail(o->fault, EX_DATAERR, "%s: the positions of its records are too high to be dealt", o->in->name);
		held_drop(h);
		return -1;
	}
	if (o->end == 0)
		o->begin = h->block.base;
	o->end = o->distinct.last + 1;
	o->pending = h;
	return 0;
}

static int
divide(struct only *o, const struct block *b)
{
	struct spool *passing = &o->branches.all[ONLY_PASSING].queue;
	const uint64_t *hits = o->phrase.verb.hits;
	uint32_t header, n = phrase_judge(&o->phrase, b, &header, o->fault);
	int bad = o->fault->status != 0;

	if (!bad && n == 0)
		return queue(o, passing, rec_in_hold(o->in, b));
	if (!bad && n < b->count)
		bad = queue(o, passing, held_bits(b, hits, 0, b->count - n)) < 0;
	if (!bad && o->feeding) {
		bad = deal(o, n == b->count ? rec_in_hold(o->in, b) : held_bits(b, hits, 1, n)) < 0;
	} else if (!bad && o->unfed == UINT64_MAX) {
		uint32_t i = 0;

		while (!bits_get(hits, i))
			i++;
		o->unfed = block_position(b, i);
	}
	return bad ? -1 : 0;
}

/* Whether the input is read now; *full: only for want of memory it is not. */
static int
wants_input(const struct only *o, int *full)
{
	if (o->in->end != REC_IN_OPEN || o->pending != NULL)
		return 0;
	/* Whether the process, when it stops answering, has failed decides whether the rest is read. */
	if (!o->answering && !o->branches.all[ONLY_ANSWERS].ended)
		return 0;
	if (spool_roomy(&o->branches.all[ONLY_PASSING].queue) || o->spilling)
		return 1;
	*full = 1;
	return 0;
}

/* Whether something has come. */
static int
input(struct only *o)
{
	struct branch *passing = &o->branches.all[ONLY_PASSING];
	struct block b;
	int full, got;

	if (!wants_input(o, &full))
		return 0;
	got = rec_in_try(o->in, &b);
	if (got > 0) {
		o->branches.bytes += b.size;
		if (b.kind == BLOCK_LOSS)
			(void)queue(o, &passing->queue, rec_in_hold(o->in, &b));
		else if (b.count > 0)
			(void)divide(o, &b);
	}
	passing->next = o->in->next;
	passing->watermark = o->in->watermark;
	if (got < 0 && !rec_in_well(o->in))
		rec_out_give_up(passing->watermark);
	return got != 0;
}

/* ---- all of it ---- */

static void
wait_for_more(struct only *o)
{
	int full = 0, got;
	size_t count;
	struct pollfd *more = process_pool_polled(&o->pool, &count, 0);
	struct rec_in *ins[2] = { o->answering ? &o->answers : NULL, wants_input(o, &full) ? o->in : NULL };

	if (more == NULL) {
		fail_memory(o);
		return;
	}
	if ((got = loop_wait(ins, 2, more, count, full ? BRANCH_PATIENCE : -1)) < 0)
		command_fail(o->fault, EX_OSERR, "%s", strerror(errno));
	if (got == 0)
		o->spilling = 1;
	(void)process_pool_reap(&o->pool);
}

static void
work(struct only *o)
{
	for (;;) {
		o->branches.all[ONLY_PASSING].ended = o->in->end != REC_IN_OPEN;
		if ((!o->failed && advance(o) < 0) || order_put(&o->order) <= 0 || o->out->state != REC_OUT_OPEN || o->failed)
			return;
		if (!(answer(o) | feed(o) | input(o)) && o->fault->status == 0)
			wait_for_more(o);
		if (o->fault->status != 0)
			return;
	}
}

/* What the process's end means. An input that failed stands before it, and is the reason of what follows. */
static void
judge(struct only *o)
{
	struct buf text = { 0 };
	const char *why;
	int bad = o->process.status != 0 && o->answers.end != REC_IN_FAILED;

	if (bad) {
		process_tell(&o->process, &text);
		command_fail(o->fault, process_verdict(&o->process), "%s", buf_string(&text));
		buf_free(&text);
	} else if (o->answers.end == REC_IN_NOT_STREAM && o->fault->status == 0) {
		fail_garbage(o);
	}
	if (bad || o->fault->status != 0) {
		(void)rec_in_close(&o->answers, &why);
		rec_in_free(&o->answers);
	} else {
		command_end_input(&o->answers, o->fault);
	}
}

/*
 * Nobody wants the answers any more. A process that writes, or looks at its output while it waits, learns that when the other end is
 * closed, and ends as it likes, with its input still open, so that it has nothing to complain of; one that does not is told so.
 */
static void
dismiss(struct only *o)
{
	const char *why;

	(void)rec_in_close(&o->answers, &why);
	rec_in_free(&o->answers);
	if (!ends_soon(o))
		process_pool_end(&o->pool, SIGPIPE);
	/* One that ignores the signal, and looks at its output only when it writes, may wait for input for ever. */
	if (o->feeding)
		end_feed(o);
	process_pool_wait(&o->pool);
}

void
only_run(struct only *o)
{
	int unwanted;

	if (branches_init(&o->branches, 2, o->spill_max, o->fault) < 0) {
		fail_memory(o);
		return;
	}
	o->map = (struct spool){ .memory_max = o->branches.all[0].queue.memory_max, .file_max = o->spill_max };
	o->order.branches = &o->branches;
	o->order.out = o->out;
	o->order.ties = 1;
	o->unfed = UINT64_MAX;
	if (order_init(&o->order) < 0) {
		fail_memory(o);
		return;
	}
	o->in->apart = 1; /* order says what the watermark is */
	if (start(o) == 0) {
		o->branches.all[ONLY_PASSING].name = o->in->name;
		o->branches.all[ONLY_ANSWERS].name = o->process.name;
		work(o);
	}
	unwanted = o->out->state != REC_OUT_OPEN || o->fault->status != 0;
	if (o->in->end == REC_IN_OPEN)
		rec_in_enough(o->in, o->in->next);
	o->next = o->failed || o->fault->status != 0 ? o->branches.all[ONLY_ANSWERS].next : o->in->next;
	if (o->started && unwanted)
		dismiss(o);
	if (o->feeding)
		end_feed(o);
	command_end_input(o->in, o->fault);
	if (o->started && !unwanted) {
		process_pool_wait(&o->pool);
		judge(o);
	}
}

void
only_free(struct only *o)
{
	(void)branches_end(&o->branches, 0);
	spool_free(&o->map);
	order_free(&o->order);
	process_pool_free(&o->pool);
	phrase_free(&o->phrase);
	rec_out_free(&o->feed);
}
