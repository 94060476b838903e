/*
 * fanout: see fanout.h. The loop does all that can be done without waiting, then waits for anything
 * that could change that. If it needs to know whether a worker has read its input, and no
 * descriptor tells, it waits only for a moment, twice as long each time.
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "base/program.h"
#include "base/status.h"
#include "os/clock.h"
#include "record/position.h"
#include "stream/loop.h"
#include "work/fanout.h"

enum {
	/* Bytes of waiting answers, with order; above that only the first run's worker is read. */
	ANSWERS = 8 * 1024 * 1024,
	AS_THEY_COME = 1024 * 1024, /* the same without order; above that no worker is read */
	COMING = 4,                 /* workers that may be starting up at a time, with spacing */
	PATIENCE = 5000,            /* milliseconds after which a worker that reads nothing is taken to be up */
	LOOK = 20,                  /* milliseconds between two looks at a worker that starts up: no descriptor tells */
	PAUSE_MAX = 512             /* milliseconds of the longest short wait */
};

/* ---- failures ---- */

/* The whole fails: nothing more is dealt; answers to what was sent are waited for. */
static void
give_up(struct fanout *f)
{
	f->failing = 1;
	(void)deal_stop(&f->deal, 0);
	rec_in_enough(f->in, deal_next(&f->deal, f->in->next));
}

static void
out_of_memory(struct fanout *f)
{
	if (!f->failing)
		command_fail(f->fault, EX_OSERR, "out of memory");
	give_up(f);
}

/* A block could not be dealt, with errno. */
static void
fail_block(struct fanout *f)
{
	if (errno != EOVERFLOW)
		out_of_memory(f);
	else if (!f->failing)
		command_fail(f->fault, EX_DATAERR, "%s: the positions of its records are too high to be dealt",
		    f->in->name);
	give_up(f);
}

/* The whole fails because of a worker: says this line, and which records are unanswered. */
static void
fail(struct fanout *f, int status, struct buf *line, const struct deal_left *left)
{
	uint64_t first;

	if (left->count == 1)
		(void)buf_addf(line, ": the record at position %" PRIu64 " is unanswered",
		    position_source(left->first));
	else if (left->count > 0)
		(void)buf_addf(line, ": %" PRIu64 " records at positions %" PRIu64 " to %" PRIu64 " are unanswered",
		    left->count, position_source(left->first), position_source(left->last));
	else if (f->gather.out != NULL && (first = deal_stop(&f->deal, UINT64_MAX)) < UINT64_MAX)
		(void)buf_addf(line, ": records from position %" PRIu64 " on are unanswered", position_source(first));
	command_fail(f->fault, status, "%s", buf_string(line));
	give_up(f);
}

/* Returns 1 if no other worker is left that may take this one's place. */
static int
last_one(const struct fanout *f, const struct worker *w)
{
	size_t n = 0;

	for (size_t i = 0; i < f->deal.count; i++)
		n += &f->deal.workers[i] != w && f->deal.workers[i].state != WORKER_ENOUGH;
	return n == 0 || f->deal.how == DEAL_COPY;
}

/*
 * Returns 1 if the worker is not to be restarted: it has died more than `retries` times without an
 * answer. If records belong to one worker (--key, --round-robin), it is given up one death earlier,
 * so that another worker can still try them.
 */
static int
hopeless(const struct fanout *f, const struct worker *w)
{
	return w->barren > f->retries || (w->barren == f->retries && f->deal.how != DEAL_READY && !last_one(f, w));
}

/*
 * Leaves the records of a worker that only dies, such as one on a host that cannot be reached, to
 * others.
 */
static void
retire(struct fanout *f, struct worker *w)
{
	worker_retire(w);
	(void)deal_again(&f->deal, w, f->retries, NULL);
}

/* A worker has ended: decides what becomes of its records, and of the whole. */
static void
judge(struct fanout *f, struct worker *w)
{
	struct buf line = { 0 };
	struct deal_left unanswered = { 0 };
	uint64_t tries = f->retries;
	int status, left = 1;
	enum worker_end how = worker_over(&f->processes, w, &line, &status);

	/* A sink that passes on a failure of the input is no new failure. */
	if (f->stopping ||
	    (w->sink && how == WORKER_BAD && (f->failing || !rec_in_well(f->in)) && f->in->end != REC_IN_OPEN)) {
		buf_free(&line);
		(void)deal_again(&f->deal, w, 0, NULL);
		return;
	}
	f->owes = f->owes && how == WORKER_BAD && w->barren > 0;
	if (how == WORKER_BAD)
		deal_lose(&f->deal, w);
	if (how == WORKER_EARLY)
		tries = UINT64_MAX;
	if (f->failing)
		tries = 0; /* after the whole has failed, nothing is dealt again */
	if (how != WORKER_GOOD)
		left = deal_again(&f->deal, w, tries, &unanswered);
	if (left < 0) {
		out_of_memory(f);
	} else if (how == WORKER_EARLY && left == 0 && !f->failing) {
		(void)buf_addf(&line, "%s: it has ended early, and left what cannot be dealt again", w->name);
		fail(f, EX_DATAERR, &line, &unanswered);
	} else if (how == WORKER_BAD) {
		int over = hopeless(f, w);

		if (left == 0 || f->failing || f->retries == 0 || w->lost_positions || w->misfit ||
		    (over && last_one(f, w))) {
			fail(f, status, &line, &unanswered);
		} else {
			die_warn("%s: %s", buf_string(&line),
			    over ? "it is not started again" : "what it has not answered is dealt again");
			if (over)
				retire(f, w);
		}
	}
	buf_free(&line);
}

/* ---- workers ---- */

static void
start_one(struct fanout *f, struct worker *w)
{
	struct buf error = { 0 };
	int status = worker_start(&f->processes, w, &f->gather, &error);

	f->born[w - f->deal.workers] = (uint64_t)clock_ms();
	if (status != 0) {
		command_fail(f->fault, status, "%s", buf_string(&error));
		give_up(f);
	}
	buf_free(&error);
}

/* Returns 1 if each worker is in one of these states. */
static int
all(const struct fanout *f, enum worker_state state, enum worker_state other)
{
	for (size_t i = 0; i < f->deal.count; i++)
		if (f->deal.workers[i].state != state && f->deal.workers[i].state != other)
			return 0;
	return 1;
}

/* Returns 1 if all is dealt, but no worker has answered, and none is about to. */
static int
owes(const struct fanout *f)
{
	return f->owes && rec_in_well(f->in) && all(f, WORKER_NONE, WORKER_ENOUGH);
}

/* Returns 1 if there is something to do for a worker that has no process. */
static int
needed(const struct fanout *f, const struct worker *w)
{
	if (deal_waits(&f->deal, w))
		return 1;
	if (f->in->end == REC_IN_OPEN)
		return 1;
	if (!deal_open(&f->deal))
		return (w->lives == 0 && f->spacing == 0) || owes(f);
	/* At the end of the input one worker at a time is enough for what was left unanswered. */
	for (size_t i = 0; i < f->deal.count; i++)
		if (f->deal.workers[i].state == WORKER_LIVE && !deal_shuns(&f->deal, &f->deal.workers[i]))
			return 0;
	return !deal_shuns(&f->deal, w);
}

/*
 * Returns the milliseconds until this worker is taken to be up, at most; 0: it is up. A launcher
 * such as ssh reads its input only after the other side has let it in, and a server drops callers
 * if too many come at once. INT_MAX: it has no records, and could be seen to be up only after it
 * has got some.
 */
static int
coming(const struct fanout *f, struct worker *w)
{
	uint64_t age = (uint64_t)clock_ms() - f->born[w - f->deal.workers], most = PATIENCE;

	if (w->state == WORKER_NONE || w->state == WORKER_ENOUGH || w->process.ended || worker_begun(w))
		return 0;
	if (w->sent_records == 0 && f->deal.how == DEAL_READY && w->state == WORKER_LIVE)
		return INT_MAX;
	if (w->sent_records == 0)
		most = f->spacing;
	return age < most ? (int)(most - age) : 0;
}

/*
 * Returns the milliseconds until another worker may be started: 0: now; -1: after something that
 * ends a wait anyway.
 */
static int
crowded(const struct fanout *f)
{
	int least = LOOK, sent = 0, n = 0;

	for (size_t i = 0; f->spacing > 0 && i < f->deal.count; i++) {
		int left = coming(f, &f->deal.workers[i]);

		n += left > 0;
		sent |= left > 0 && left < INT_MAX;
		if (left > 0 && left < least)
			least = left;
	}
	return n < COMING ? 0 : sent ? least : -1;
}

/*
 * Starts the workers that are needed. Returns the milliseconds until the next one may be started,
 * or -1 if none is to be.
 */
static int
start_workers(struct fanout *f)
{
	int left;

	if (f->endpoints)
		return -1;
	for (size_t i = 0; i < f->deal.count && !f->failing && !f->stopping; i++) {
		struct worker *w = &f->deal.workers[i];

		if (w->state != WORKER_NONE || !needed(f, w))
			continue;
		if ((left = crowded(f)) != 0)
			return left;
		start_one(f, w);
		/* If it is sent something at once, it can be seen to read. */
		if (f->spacing > 0 && deal_step(&f->deal) < 0)
			out_of_memory(f);
	}
	return -1;
}

/* Returns 1 if a process has ended: its output must be looked at once more before a wait. */
static int
reap(struct fanout *f)
{
	struct process *p;
	int moved = 0;

	for (; (p = process_pool_reap(&f->processes)) != NULL; moved = 1)
		for (size_t i = 0; i < f->deal.count; i++)
			if (&f->deal.workers[i].process == p)
				worker_reaped(&f->deal.workers[i]);
	return moved;
}

/* Judges all workers that have ended. Returns 1 if there was one. */
static int
judge_all(struct fanout *f)
{
	int moved = 0;

	for (size_t i = 0; i < f->deal.count; i++)
		if (!f->endpoints && worker_ended(&f->deal.workers[i])) {
			judge(f, &f->deal.workers[i]);
			moved = 1;
		}
	return moved;
}

/* The same for endpoints, which have no process: an output that is no longer open has ended. */
static int
judge_endpoints(struct fanout *f)
{
	int moved = 0;

	for (size_t i = 0; i < f->deal.count; i++) {
		struct worker *w = &f->deal.workers[i];

		if (w->state != WORKER_LIVE || w->out.state == REC_OUT_OPEN)
			continue;
		worker_retire(w);
		moved = 1;
		/*
		 * A reader of a copy may stop early. Otherwise nobody else gets the records that
		 * this one was sent.
		 */
		if (w->out.state == REC_OUT_GONE && f->deal.how != DEAL_COPY && !f->failing)
			command_fail(f->fault, EX_IOERR,
			    "%s: its reader has gone, and records that were dealt to it may be lost", w->name);
		if (w->out.state == REC_OUT_FAILED || f->deal.how != DEAL_COPY) {
			deal_lose(&f->deal, w);
			give_up(f);
		}
		(void)deal_again(&f->deal, w, UINT64_MAX, NULL);
	}
	return moved;
}

/* All is dealt: what endpoints leave unread is found out at their ends. */
static void
watch_endpoints(struct fanout *f)
{
	for (size_t i = 0; i < f->deal.count && f->deal.how != DEAL_COPY; i++)
		worker_watch(&f->deal.workers[i]);
	(void)judge_endpoints(f);
}

/*
 * Returns the reason for the end marks of sinks, which stays the same until they are written; or
 * NULL if nothing has failed.
 */
static const char *
make_reason(struct fanout *f)
{
	struct buf *r = &f->reason, *from = f->fault->status != 0 ? &f->fault->reason : &f->in->reason;

	if (r->len > 0)
		return buf_string(r);
	if (f->in->end == REC_IN_OPEN || (f->fault->status == 0 && rec_in_well(f->in)))
		return NULL;
	if (f->fault->status != 0 || f->in->end != REC_IN_FAILED)
		(void)buf_addf(r, "%s: ", program_name());
	(void)buf_add(r, from->data, from->len);
	if (r->len > BLOCK_REASON) {
		r->len = BLOCK_REASON;
		/* Do not cut a character of UTF-8. */
		while (r->len > 0 && ((unsigned char)r->data[r->len] & 0xc0) == 0x80)
			r->len--;
	}
	return buf_string(r);
}

/* Ends the input of workers that will get no more records. */
static void
end_inputs(struct fanout *f)
{
	const struct rec_in *in = f->in;
	int status = f->fault->status != 0 ? f->fault->status : rec_in_well(in) ? 0 : in->status;
	const char *reason = make_reason(f);
	struct worker *hoarder = deal_hoarder(&f->deal);

	if (hoarder != NULL)
		(void)worker_end(hoarder, 0, 0, NULL);
	for (size_t i = 0; i < f->deal.count; i++) {
		struct worker *w = &f->deal.workers[i];

		if (w->state == WORKER_ENDING ||
		    (w->state == WORKER_LIVE && in->end != REC_IN_OPEN && deal_empty(&f->deal)))
			(void)worker_end(w, in->next, w->sink ? status : 0, w->sink ? reason : NULL);
	}
}

/* ---- the streams ---- */

/*
 * With order, the output's watermark passes neither the input's nor a worker's, even if answers go
 * on after that.
 */
static void
bound_watermark(const struct fanout *f)
{
	uint64_t at = f->in->watermark;

	if (!f->gather.order)
		return;
	for (size_t i = 0; i < f->deal.count; i++) {
		uint64_t safe = worker_safe(&f->deal.workers[i]);

		at = safe < at ? safe : at;
	}
	rec_out_bound(at);
}

/* Returns 1 if answers of the worker are to be read now. */
static int
wanted(const struct fanout *f, const struct worker *w)
{
	const struct batch *front = gather_front(&f->gather);

	if (w->sink || w->state == WORKER_NONE || w->state == WORKER_ENOUGH)
		return 0;
	if (!f->gather.order)
		return f->gather.waiting < AS_THEY_COME;
	/* If no worker has the first run, the one that will get it must be able to go on. */
	return f->gather.waiting < ANSWERS || f->gather.broken ||
	    (gather_starves(&f->gather) && (front->worker == w || front->worker == NULL));
}

/* Reads the answers that have come and are wanted. Returns 1 if any had come. */
static int
take_answers(struct fanout *f)
{
	int moved = 0, got = 0;

	for (size_t i = 0; i < f->deal.count; i++) {
		struct worker *w = &f->deal.workers[i];

		while (wanted(f, w) && (got = worker_take(w, &f->gather)) > 0) {
			moved = 1;
			bound_watermark(f);
			(void)gather_push(&f->gather, deal_next(&f->deal, f->in->next));
		}
		if (got < 0) {
			out_of_memory(f);
			worker_abandon(w);
		}
	}
	return moved;
}

/* Reads the input and deals it, as far as the workers take it. Returns 1 if anything was done. */
static int
deal(struct fanout *f)
{
	struct block b;
	int moved = 0, got;

	while (!f->failing && !f->stopping) {
		if ((got = deal_step(&f->deal)) < 0)
			out_of_memory(f);
		moved |= got;
		/* An output that has just failed would hold up the others, and their watermarks. */
		if (f->endpoints)
			moved |= judge_endpoints(f);
		if (f->in->end != REC_IN_OPEN || !deal_wants(&f->deal) || f->fault->status != 0)
			break;
		if ((got = rec_in_try(f->in, &b)) <= 0) {
			f->dry |= got == 0;
			moved |= got < 0;
			break;
		}
		moved = 1;
		if (deal_block(&f->deal, f->in, &b, f->dry) < 0)
			fail_block(f);
		f->dry = 0;
	}
	for (size_t i = 0; i < f->deal.count && f->gather.out == NULL && !f->failing; i++) {
		struct worker *w = &f->deal.workers[i];

		if (!deal_open(&f->deal) && !deal_waits(&f->deal, w))
			worker_mark(w, f->in->next);
	}
	return moved;
}

/* Waits until something can go on, or for `start` milliseconds at most (-1: without a limit). */
static void
wait_for(struct fanout *f, int start)
{
	struct pollfd *more;
	size_t n = 0, count;
	int timeout = start;

	f->polled[n++] = f->in->end == REC_IN_OPEN && deal_wants(&f->deal) ? f->in : NULL;
	for (size_t i = 0; i < f->deal.count; i++) {
		struct worker *w = &f->deal.workers[i];

		f->polled[n++] = wanted(f, w) ? worker_answers(w) : NULL;
	}
	if (deal_held_up(&f->deal) && (timeout < 0 || (unsigned)timeout > f->pause))
		timeout = (int)f->pause;
	if (f->pause < PAUSE_MAX)
		f->pause *= 2;
	if (f->endpoints) {
		(void)loop_wait(f->polled, n, NULL, 0, timeout);
		return;
	}
	if ((more = process_pool_polled(&f->processes, &count, 0)) == NULL ||
	    loop_wait(f->polled, n, more, count, timeout) < 0)
		out_of_memory(f);
	process_pool_serve(&f->processes);
}

/* Nobody wants the answers, or an output has failed. */
static void
stop(struct fanout *f)
{
	f->stopping = 1;
	(void)deal_stop(&f->deal, 0);
	rec_in_enough(f->in, f->in->next);
	for (size_t i = 0; i < f->deal.count; i++)
		worker_dismiss(&f->processes, &f->deal.workers[i]);
}

/* Returns 1 if all is done. */
static int
done(struct fanout *f)
{
	if (f->endpoints && !f->failing && f->in->end != REC_IN_OPEN && deal_empty(&f->deal)) {
		for (size_t i = 0; i < f->deal.count; i++)
			if (worker_sending(&f->deal.workers[i]))
				return 0;
		return 1;
	}
	if (f->endpoints && f->failing)
		return 1;
	if (all(f, WORKER_ENOUGH, WORKER_ENOUGH) && !f->failing && !f->stopping) {
		uint64_t next = deal_stop(&f->deal, f->in->next);

		if (f->in->end == REC_IN_OPEN || next < f->in->next)
			rec_in_enough(f->in, next);
		return 1;
	}
	return all(f, WORKER_NONE, WORKER_ENOUGH) &&
	    (f->failing || f->stopping || (f->in->end != REC_IN_OPEN && deal_empty(&f->deal) && !owes(f)));
}

uint64_t
fanout_run(struct fanout *f, struct rec_in *in, struct command_fault *fault)
{
	f->in = in;
	f->fault = fault;
	f->pause = 1;
	f->deal.gather = &f->gather;
	deal_follow(&f->deal, in, fault);
	/*
	 * The output's watermark is set here; as a new stream, the output has positions of its own.
	 */
	in->apart = f->owes = f->gather.out != NULL;
	if (f->gather.out != NULL) {
		f->gather.out->apart = !f->gather.order;
		rec_out_own_table(f->gather.out, NULL); /* until an answer declares one */
	}
	f->deal.settles = f->retries > 0;
	f->polled = calloc(f->deal.count + 1, sizeof *f->polled);
	f->born = calloc(f->deal.count, sizeof *f->born);
	if (deal_init(&f->deal) < 0 || f->polled == NULL || f->born == NULL) {
		command_fail(fault, EX_OSERR, "out of memory");
		rec_in_enough(in, in->next);
		return 0;
	}
	for (;;) {
		int start = start_workers(f), moved;

		moved = take_answers(f);
		bound_watermark(f);
		moved |= gather_push(&f->gather, deal_next(&f->deal, in->next));
		if (f->gather.out != NULL && f->gather.out->state != REC_OUT_OPEN && !f->stopping)
			stop(f);
		moved |= deal(f);
		if (!f->endpoints)
			end_inputs(f);
		moved |= reap(f);
		moved |= judge_all(f);
		if (done(f))
			break;
		if (moved)
			f->pause = 1;
		else
			wait_for(f, start);
	}
	if (f->endpoints)
		watch_endpoints(f);
	if (f->gather.out != NULL)
		gather_finish(&f->gather, deal_next(&f->deal, in->next));
	process_pool_wait(&f->processes);
	return f->gather.out == NULL ? in->next : f->gather.next;
}

void
fanout_free(struct fanout *f)
{
	deal_free(&f->deal);
	free(f->polled);
	free(f->born);
	buf_free(&f->reason);
	process_pool_free(&f->processes);
}
