/*
 * only: see only.h. One loop puts out what it can, reads answers, feeds the process, and reads the
 * input; none of these waits by itself. There is no deadlock with the process, because its answers
 * are always read: the records that go out before them have been read from the input already.
 *
 * Functions that return 0 or -1 have noted the failure.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/bits.h"
#include "base/program.h"
#include "base/status.h"
#include "os/clock.h"
#include "os/io.h"
#include "stream/loop.h"
#include "work/only_private.h"

enum { GRACE = 500 }; /* milliseconds that a process has to end before it is ended */

/* Notes that there is no memory. Returns -1. */
static int
fail_memory(struct only *o)
{
	command_fail(o->fault, EX_OSERR, "out of memory");
	return -1;
}

int
only_queue(struct only *o, struct branch *b, struct held *h)
{
	if (h == NULL)
		return fail_memory(o);
	if (b != NULL ? branch_put(b, h) > 0 : spool_put(&o->map, h) == 0)
		return 0;
	if (errno == ENOBUFS)
		command_fail(o->fault, EX_TEMPFAIL,
		    "the other records wait for %s, which gives nothing back, and more than --spill-max (%" PRIu64
		    " bytes) has come meanwhile", o->process.name, o->spill_max);
	else
		command_fail(o->fault, EX_IOERR, "the temporary file: %s", strerror(errno));
	held_drop(h);
	return -1;
}

/* ---- the process ---- */

/* Starts the process. */
static int
start(struct only *o)
{
	struct buf error = { 0 };
	int status;

	o->process = (struct process){ .name = o->argv[0], .argv = o->argv, .feeds = 1, .drains = 1 };
	o->processes.errors_own = 1;
	if ((status = process_start(&o->processes, &o->process, &error)) != 0) {
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
			rec_in_together(&o->answers);
			o->feeding = o->answering = 1;
			return 0;
		}
	}
	process_abandon(&o->process);
	return fail_memory(o);
}

/*
 * Begins the end mark for the process. Returns 1 after it is written. It is not waited for: the
 * pipe or ring may be full because the process waits for its answers to be read.
 */
static int
told_end(struct only *o)
{
	struct buf reason = { 0 };
	int begun, status = o->in->end != REC_IN_OPEN ? o->in->status : 0;

	if (status != 0 && o->in->end != REC_IN_FAILED)
		(void)buf_addf(&reason, "%s: ", program_name());
	if (status != 0 && o->in->reason.len > 0)
		(void)buf_add(&reason, o->in->reason.data, o->in->reason.len);
	begun = rec_out_begin_end(&o->feed, o->end, status, buf_string(&reason));
	buf_free(&reason);
	return begun && rec_out_idle(&o->feed);
}

/* Ends the input of the process: with an end mark if that can be written, else without. */
static void
end_feed(struct only *o)
{
	const char *why;

	if (o->feed.state == REC_OUT_OPEN && !told_end(o))
		rec_out_left(&o->feed);
	/* A failure of the process's input does not count: the process's status decides. */
	(void)rec_out_end(&o->feed, o->end, 0, NULL, &why);
	held_drop(o->pending);
	held_drop(o->under_way);
	o->pending = o->under_way = NULL;
	o->feeding = 0;
}

/* Feeds the process. Returns 1 if something was done, else 0. */
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
	held_drop(o->under_way); /* it is written, or rec_out_begin would have returned 0 */
	o->under_way = o->pending;
	o->pending = NULL;
	return 1;
}

/* ---- answers ---- */

/* Notes that the answers are no good record stream. */
static void
fail_garbage(struct only *o)
{
	if (o->answers.end == REC_IN_NOT_STREAM)
		command_fail(o->fault, EX_DATAERR,
		    "%s gives back something else than a record stream (rec-each runs any program)", o->process.name);
	else
		command_fail(o->fault, EX_DATAERR, "%s", buf_string(&o->answers.reason));
}

/* Gives the process a while to end by itself. Returns 1 if it has ended. */
static int
ends_soon(struct only *o)
{
	int64_t until = clock_ms() + GRACE, left = GRACE;
	struct pollfd *polled;
	size_t n;

	/* A signal ends a poll; the next turn of the loop sees what it was about. */
	while (!o->process.ended && process_pool_reap(&o->processes) == NULL && left > 0 &&
	    (polled = process_pool_polled(&o->processes, &n, 0)) != NULL) {
		(void)io_poll(polled, (nfds_t)n, (int)left);
		left = until - clock_ms();
	}
	return o->process.ended;
}

/*
 * The answers and the process have ended: nothing more is waited for. If the process has failed,
 * nothing after its first unanswered record goes out, and no more of the input is read.
 */
static void
end_answers(struct only *o)
{
	struct branch *b = &o->branches.all[ONLY_ANSWERS];

	o->failed = o->process.status != 0 || !rec_in_well(&o->answers);
	b->ended = !o->failed;
	if (!o->failed)
		return;
	if (only_advance(o) == 0 && o->unfed < b->next)
		b->next = o->unfed;
	if (b->watermark > b->next)
		b->watermark = b->next;
	rec_out_give_up(b->watermark);
	if (o->in->end == REC_IN_OPEN)
		rec_in_enough(o->in, o->in->next);
}

/* Reads the answers. Returns 1 if something has come or the process has ended, else 0. */
static int
answer(struct only *o)
{
	struct block b;
	int got;

	if (o->branches.all[ONLY_ANSWERS].ended || o->failed)
		return 0;
	if (o->answering) {
		got = rec_in_try(&o->answers, &b);
		/*
		 * All that a failed process wrote has come. Others with its pipe are not waited
		 * for.
		 */
		if (got == 0 && o->process.ended && o->process.status != 0) {
			rec_in_enough(&o->answers, o->answers.next);
			got = -1;
		}
		if (got > 0) {
			o->spilling = 0;
			if (b.kind == BLOCK_LOSS)
				(void)only_take_loss(o, &b);
			else if (b.count > 0)
				(void)only_take(o, &b);
		}
		if (got < 0) {
			const char *why;

			o->answering = 0;
			if (o->answers.end == REC_IN_FAILED || o->answers.end == REC_IN_CUT)
				(void)rec_in_close(&o->answers, &why);
			if (o->feeding)
				end_feed(o); /* at once, even if the process still runs and reads no more */
			/*
			 * It may write garbage for ever. If it fails by itself, its status says
			 * more.
			 */
			if (o->answers.end != REC_IN_GOOD && o->answers.end != REC_IN_FAILED &&
			    o->answers.end != REC_IN_CUT && !ends_soon(o))
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

/* Takes records that the phrase selects: notes their positions; they are the next to be fed. */
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
	if (only_queue(o, NULL, held_records(&b, 0, n)) < 0) {
		held_drop(h);
		return -1;
	}
	if (distinct_block(&o->distinct, &h->block, NULL) < 0) {
		command_fail(o->fault, EX_DATAERR, "%s: the positions of its records are too high to be dealt",
		    o->in->name);
		held_drop(h);
		return -1;
	}
	if (o->end == 0)
		o->begin = h->block.base;
	o->end = o->distinct.last + 1;
	o->pending = h;
	return 0;
}

/* Divides a block of the input between the process and the queue of records that pass by. */
static int
divide(struct only *o, const struct block *b)
{
	struct branch *passing = &o->branches.all[ONLY_PASSING];
	const uint64_t *hits = o->phrase.verb.hits;
	uint32_t n = phrase_judge(&o->phrase, b, o->fault);
	int bad = o->fault->status != 0;

	if (!bad && n == 0)
		return only_queue(o, passing, rec_in_hold(o->in, b));
	if (!bad && n < b->count)
		bad = only_queue(o, passing, held_bits(b, hits, 0, b->count - n)) < 0;
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

/* Returns 1 if the input is to be read now. Sets *full if only room in memory is missing. */
static int
wants_input(const struct only *o, int *full)
{
	if (o->in->end != REC_IN_OPEN || o->pending != NULL)
		return 0;
	/* After the answers have ended, the process's end decides if the rest is read. */
	if (!o->answering && !o->branches.all[ONLY_ANSWERS].ended)
		return 0;
	if (branch_roomy(&o->branches.all[ONLY_PASSING]) || o->spilling)
		return 1;
	*full = 1;
	return 0;
}

/* Reads the input. Returns 1 if something has come or it has ended, else 0. */
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
			(void)only_queue(o, passing, rec_in_hold(o->in, &b));
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
	struct pollfd *more = process_pool_polled(&o->processes, &count, 0);
	struct rec_in *ins[2] = { o->answering ? &o->answers : NULL, wants_input(o, &full) ? o->in : NULL };

	if (more == NULL) {
		fail_memory(o);
		return;
	}
	if ((got = loop_wait(ins, 2, more, count, full ? BRANCH_PATIENCE : -1)) < 0)
		command_fail(o->fault, EX_OSERR, "%s", strerror(errno));
	if (got == 0)
		o->spilling = 1;
	(void)process_pool_reap(&o->processes);
}

/* The loop. Returns after everything is out, or after a failure. */
static void
work(struct only *o)
{
	for (;;) {
		o->branches.all[ONLY_PASSING].ended = o->in->end != REC_IN_OPEN;
		if ((!o->failed && only_advance(o) < 0) || order_put(&o->order) <= 0 || o->out->state != REC_OUT_OPEN ||
		    o->failed)
			return;
		if (!(answer(o) | feed(o) | input(o)) && o->fault->status == 0)
			wait_for_more(o);
		if (o->fault->status != 0)
			return;
	}
}

/* Judges the end of the process. A failure of the input was noted before, and may be its reason. */
static void
judge(struct only *o)
{
	struct buf text = { 0 };
	const char *why;
	int bad = o->process.status != 0 && o->answers.end != REC_IN_FAILED;

	if (bad) {
		if (o->process.signal == SIGINT)
			command_moment();
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
 * Nobody wants the answers any more, and their pipe is closed. A process that writes, or polls its
 * output while it waits, sees that, and ends by itself. Its input stays open meanwhile, so that it
 * has nothing to complain of. One that does not end gets a signal.
 */
static void
dismiss(struct only *o)
{
	const char *why;

	(void)rec_in_close(&o->answers, &why);
	rec_in_free(&o->answers);
	if (!ends_soon(o))
		process_pool_end(&o->processes, SIGPIPE);
	/* It may ignore the signal, look at its output only to write, and wait for input. */
	if (o->feeding)
		end_feed(o);
	process_pool_wait(&o->processes);
}

void
only_run(struct only *o)
{
	int unwanted;

	if (branches_init(&o->branches, 2, o->spill_max, o->fault) < 0) {
		fail_memory(o);
		return;
	}
	o->map = (struct spool){ .memory_max = o->branches.memory, .file_max = o->spill_max };
	o->order.branches = &o->branches;
	o->order.out = o->out;
	o->order.ties = 1;
	o->unfed = UINT64_MAX;
	if (order_init(&o->order) < 0) {
		fail_memory(o);
		return;
	}
	o->in->apart = 1; /* order sets the watermark */
	phrase_follow(&o->phrase, o->in, o->fault);
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
		process_pool_wait(&o->processes);
		judge(o);
	}
}

void
only_free(struct only *o)
{
	(void)branches_end(&o->branches, 0);
	spool_free(&o->map);
	order_free(&o->order);
	process_pool_free(&o->processes);
	phrase_free(&o->phrase);
	rec_out_free(&o->feed);
}
