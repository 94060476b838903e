/*
 * each: see each.h.
 *
 * Tasks are in a list in the order of the input until they are over. A slot runs a task's process,
 * feeds it, and captures what it writes. If the process exits with 0 and all processes have closed
 * the pipe, that becomes the task's output; else it is dropped. So a task's output is whole or not
 * there at all, whatever becomes of the process.
 *
 * Bounds: no process is started while too many tasks, bytes or files wait to go out, because of a
 * slow reader or, with order, a slow task. Records of failed tasks go out in the order of the
 * input, and wait for that likewise.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "os/clock.h"
#include "record/env.h"
#include "record/position.h"
#include "stream/loop.h"
#include "work/each_private.h"

enum {
	TASKS = 65536,            /* on the list */
	HELD = 8 * 1024 * 1024,   /* bytes that wait in memory; files are used from half of them on */
	SMALL = 64 * 1024,        /* bytes of one process's output that stay in memory even then */
	FILES = 64,               /* tasks with files; this number of small outputs is the other half */
	MERCY = 2000              /* milliseconds from TERM to KILL */
};

struct each_slot {
	struct process process;  /* must be first: process_pool_reap returns it */
	struct each_slot *other; /* the next idle slot */
	struct task *task;
	struct capture capture;
	struct buf input;
	size_t fed;
	uint64_t deadline;      /* UINT64_MAX: none */
	enum { ON_TIME, TERMED, KILLED } late;
	int dropped;            /* its output could not be kept, which has been said */
	char name[64];
	char rank[32], size[32], position[40];
	const char *settings[4];
	char **env;
	size_t polled[2];       /* index of the polled ends to feed and to drain; SIZE_MAX: not polled */
};

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- processes ---- */

static void
name_slot(struct each_slot *s)
{
	const struct task *t = s->task;

	if (t->count == 1)
		snprintf(s->name, sizeof s->name, "position %" PRIu64, position_source(t->end));
	else
		snprintf(s->name, sizeof s->name, "positions %" PRIu64 " to %" PRIu64, position_source(t->begin),
		    position_source(t->end));
	snprintf(s->position, sizeof s->position, "REC_POSITION=%" PRIu64, position_source(t->begin));
}

/* Frees the slot. Its task has been taken care of. */
static void
leave(struct each *e, struct each_slot *s)
{
	close_end(&s->process.to);
	close_end(&s->process.from);
	capture_drop(&s->capture);
	s->input.len = s->fed = 0;
	s->task = NULL;
	s->other = e->idle;
	e->idle = s;
}

/*
 * The task in the slot has failed for good: its records go to rejected or, without that, the
 * command fails.
 */
static void
give_up(struct each *e, struct each_slot *s, int status, const char *how)
{
	struct task *t = s->task;

	if (e->rejected != NULL) {
		if (e->failed++ == 0)
			(void)buf_adds(&e->first, how);
		t->state = TASK_FAILED;
		each_waits(e, t);
	} else {
		command_fail(e->fault, status, "%s", how);
		each_lost(e, t);
	}
	leave(e, s);
}

/*
 * Makes the input of the process: all its records in the framing. Returns 0, or -1 with a line in
 * why, or with no line: ENOMEM.
 */
static int
fill_input(const struct each *e, struct each_slot *s, struct buf *why)
{
	struct framing_join join = { .framing = e->in_framing, .strictness = framing_usual(e->in_framing) };
	int result = 0;

	s->input.len = s->fed = 0;
	if (e->in_named && rec_in_table(e->in) != NULL)
		return each_table_fill(e, s->task, s->name, &s->input, why);
	for (const struct held *h = s->task->records; h != NULL && result == 0; h = h->next)
		for (uint32_t i = 0; i < h->block.count && result == 0; i++) {
			uint32_t start = block_start(&h->block, i);

			result = framing_join(&join, h->block.payload + start, h->block.ends[i] - start, &s->input);
		}
	if (result < 0 && join.why != NULL)
		(void)buf_addf(why, "%s: %s", s->name, join.why);
	else if (result == 0)
		result = framing_join_flush(&join, &s->input);
	framing_join_free(&join);
	return result;
}

/* Writes what the process takes now. A process that closes its input has all it wanted. */
static void
feed(struct each_slot *s)
{
	while (s->process.to >= 0) {
		ssize_t n = 0;

		if (s->fed < s->input.len)
			n = write(s->process.to, s->input.data + s->fed, s->input.len - s->fed);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		s->fed += n > 0 ? (size_t)n : 0;
		if (n < 0 || s->fed == s->input.len)
			close_end(&s->process.to);
	}
}

/*
 * A process could not be started: decides what that means. Returns 1 if it is to be tried again
 * after another process has ended, else 0.
 */
static int
not_started(struct each *e, struct each_slot *s, int status, struct buf *why)
{
	struct buf text = { 0 };

	if (status == EX_OSERR && e->running > 0) {
		e->waiting = s->task;
		leave(e, s);
		return 1;
	}
	if (s->process.error == E2BIG) {
		(void)buf_addf(&text, "%s: too long for the arguments of a process", s->name);
		give_up(e, s, EX_DATAERR, buf_terminate(&text) == 0 ? text.data : s->name);
	} else if (status != EX_OSERR && e->fill.varies) {
		(void)buf_addf(&text, "%s: %s", s->name, buf_terminate(why) == 0 ? why->data : "");
		give_up(e, s, status, buf_terminate(&text) == 0 ? text.data : s->name);
	} else {
		/* All tasks would fail like this, so it is the command's failure. */
		command_fail(e->fault, status, "%s", buf_terminate(why) == 0 ? why->data : "out of memory");
		each_lost(e, s->task);
		leave(e, s);
	}
	buf_free(&text);
	return 0;
}

/* Starts the process of the slot's task. Returns 1 if that is to be tried again later, else 0. */
static int
start(struct each *e, struct each_slot *s)
{
	struct buf why = { 0 };
	int status, later = 0;

	s->task->tries++;
	s->late = ON_TIME;
	s->dropped = 0;
	s->capture.heads = e->headed;
	s->deadline = e->timeout > 0 ? (uint64_t)clock_ms() + e->timeout : UINT64_MAX;
	s->process.argv = argfill_words(&e->fill, s->task->records, (size_t)(s - e->slots) + 1);
	if (s->process.argv == NULL && errno == EINVAL)
		(void)buf_addf(&why, "%s: it holds a NUL byte, which no argument can", s->name);
	else if (s->process.argv != NULL && s->process.feeds)
		(void)fill_input(e, s, &why);
	if (why.len > 0) {
		give_up(e, s, EX_DATAERR, buf_terminate(&why) == 0 ? why.data : s->name);
	} else if (s->process.argv == NULL) {
		each_no_memory(e);
		each_lost(e, s->task);
		leave(e, s);
	} else if ((status = process_start(&e->processes, &s->process, &why)) != 0) {
		later = not_started(e, s, status, &why);
	} else {
		e->running++;
		/*
		 * The process's own ends are other open file descriptions, so these flags do not
		 * reach them.
		 */
		(void)fcntl(s->process.from, F_SETFL, O_NONBLOCK);
		if (s->process.feeds) {
			(void)fcntl(s->process.to, F_SETFL, O_NONBLOCK);
			feed(s);
		}
	}
	buf_free(&why);
	return later;
}

/* The process has failed: starts it once more, or gives its task up. */
static void
failed(struct each *e, struct each_slot *s, int status, const char *how)
{
	close_end(&s->process.to);
	close_end(&s->process.from);
	capture_drop(&s->capture);
	if (s->task->tries <= e->retries && e->fault->status == 0 && !rec_out_stop()) {
		if (start(e, s))
			e->waiting->tries--;
	} else {
		give_up(e, s, status, how);
	}
}

/* The process has ended well, and its output is whole. */
static void
good(struct each *e, struct each_slot *s)
{
	struct task *t = s->task;

	t->output = s->capture.kept;
	s->capture.kept = (struct spool){ .memory_max = t->output.memory_max, .file_max = t->output.file_max };
	t->state = TASK_GOOD;
	if (t->output.blocks == 0) {
		each_over(e, t);
	} else {
		each_waits(e, t);
		each_task_drop_records(t);
		if (!e->order) {
			*e->ready_tail = t;
			e->ready_tail = &t->ready;
		}
	}
	leave(e, s);
}

/*
 * The slot's process has ended: decides what becomes of its task, unless other processes still have
 * its output open.
 */
static void
finish(struct each *e, struct each_slot *s)
{
	struct buf how = { 0 };
	int status = process_verdict(&s->process);

	if (s->process.signal == SIGINT)
		command_moment();
	if (s->late != ON_TIME)
		(void)buf_addf(&how, "%s: not done in time (--timeout)", s->name);
	else if (s->capture.error.len > 0)
		(void)buf_addf(&how, "%s: %s", s->name, buf_string(&s->capture.error));
	else if (s->process.status != 0)
		process_tell(&s->process, &how);
	else if (s->process.from >= 0)
		return; /* others have its output still open */
	else if (capture_end(&s->capture) < 0)
		(void)buf_addf(&how, "%s: %s", s->name,
		    s->capture.error.len > 0 ? buf_string(&s->capture.error) : strerror(errno));
	else if (s->capture.header.len > 0 && !rec_out_stop())
		(void)each_table_check(e, &s->capture.header, s->name, &how);
	e->running--;
	process_forget(&e->processes, &s->process);
	if (s->dropped || rec_out_stop()) {
		/*
		 * This command has ended the process by SIGPIPE or TERM, and nobody needs its
		 * output.
		 */
		each_lost(e, s->task);
		leave(e, s);
	} else if (how.len > 0) {
		failed(e, s, s->late != ON_TIME ? EX_DATAERR : status, buf_terminate(&how) == 0 ? how.data : s->name);
	} else {
		good(e, s);
	}
	buf_free(&how);
}

/* Reads what the process has written. */
static void
drain(struct each *e, struct each_slot *s)
{
	int got;

	if (s->process.from < 0)
		return;
	s->capture.kept.memory_max = e->held < HELD / 2 && HELD / 2 / e->jobs > SMALL ? HELD / 2 / e->jobs : SMALL;
	if ((got = capture_read(&s->capture, s->process.from)) > 0)
		return;
	close_end(&s->process.from);
	if (got < 0 && s->capture.error.len == 0) {
		if (errno == ENOBUFS)
			(void)buf_adds(&s->capture.error, "its output is larger than --spill-max allows");
		else if (e->fault->status == 0)
			command_fail(e->fault, errno == ENOMEM ? EX_OSERR : EX_IOERR, "%sthe output of %s: %s",
			    errno == ENOMEM ? "" : "the temporary file for ", s->name, strerror(errno));
		s->dropped = s->capture.error.len == 0;
	}
	/* Its output does not count any more, so it need not go on. */
	if (got < 0)
		process_end(&s->process, SIGTERM);
}

/* ---- all together ---- */

static int
set_up(struct each *e)
{
	const char *wrong = NULL;

	e->record_max = env_get(&wrong)->record_max;
	argfill_look(&e->fill, e->command);
	e->tail = &e->head;
	e->ready_tail = &e->ready;
	e->processes.tag = e->tag;
	e->processes.errors_own = !e->tag;
	if ((e->slots = calloc(e->jobs, sizeof *e->slots)) == NULL)
		return -1;
	for (size_t i = e->jobs; i-- > 0;) {
		struct each_slot *s = &e->slots[i];

		snprintf(s->rank, sizeof s->rank, "REC_RANK=%zu", i);
		snprintf(s->size, sizeof s->size, "REC_SIZE=%zu", e->jobs);
		s->settings[0] = s->rank;
		s->settings[1] = s->size;
		s->settings[2] = s->position;
		snprintf(s->position, sizeof s->position, "REC_POSITION=");
		s->process = (struct process){ .name = s->name, .feeds = !e->fill.takes, .drains = 1,
			.to = -1, .from = -1 };
		s->capture.framing = e->out_framing;
		s->capture.record_max = e->record_max;
		s->capture.together = e->order;
		s->capture.kept = (struct spool){ .memory_max = SMALL, .file_max = e->spill_max };
		s->other = e->idle;
		e->idle = s;
	}
	return 0;
}

static int
stopped(const struct each *e)
{
	return e->fault->status != 0 || rec_out_stop();
}

static int
may_start(const struct each *e)
{
	return e->idle != NULL && e->tasks < TASKS && e->held < HELD && e->files < FILES && !stopped(e);
}

static void
start_some(struct each *e)
{
	while (may_start(e)) {
		struct task *t = e->waiting != NULL ? e->waiting : each_next(e);
		struct each_slot *s = e->idle;

		if (t == NULL)
			return;
		/*
		 * A slot's environment is made on its first use: there may be many slots and few
		 * tasks.
		 */
		if (s->env == NULL && (s->env = process_environment(s->settings)) == NULL) {
			each_no_memory(e);
			return;
		}
		s->process.env = s->env;
		e->waiting = NULL;
		e->idle = s->other;
		s->task = t;
		name_slot(s);
		if (start(e, s)) {
			t->tries--;
			return;
		}
	}
}

/*
 * Ends processes that take too long. Returns the milliseconds until the next one does, or -1 if
 * none will.
 */
static int
watch(struct each *e)
{
	uint64_t at = 0, least = UINT64_MAX;

	for (size_t i = 0; e->timeout > 0 && i < e->jobs; i++) {
		struct each_slot *s = &e->slots[i];

		if (s->task == NULL)
			continue;
		at = at == 0 ? (uint64_t)clock_ms() : at;
		if (s->deadline <= at) {
			process_end(&s->process, s->late == ON_TIME ? SIGTERM : SIGKILL);
			s->deadline = s->late == ON_TIME ? at + MERCY : UINT64_MAX;
			s->late = s->late == ON_TIME ? TERMED : KILLED;
			if (s->process.ended)
				finish(e, s); /* only its output was still open */
			least = s->task == NULL ? at : least; /* nothing else might end the wait */
		}
		if (s->task != NULL && s->deadline < least)
			least = s->deadline;
	}
	if (least == UINT64_MAX)
		return -1;
	return least - at > 1000000 ? 1000000 : (int)(least - at);
}

static void
reap(struct each *e)
{
	struct process *p;

	while ((p = process_pool_reap(&e->processes)) != NULL) {
		struct each_slot *s = (struct each_slot *)(void *)p;

		/* All that it has written is in the pipe. */
		if (p->status == 0)
			drain(e, s);
		finish(e, s);
	}
}

/* Waits for whatever comes first, and acts on it. */
static void
wait_for_more(struct each *e)
{
	int reads = may_start(e) && e->waiting == NULL && e->in->end == REC_IN_OPEN, ms = watch(e);
	size_t n;
	struct pollfd *p = process_pool_polled(&e->processes, &n, 2 * e->jobs);

	if (p == NULL) {
		each_no_memory(e);
		process_pool_wait(&e->processes);
		return;
	}
	for (size_t i = 0; i < e->jobs; i++) {
		struct each_slot *s = &e->slots[i];
		const int ends[2] = { s->process.to, s->process.from };

		for (int j = 0; j < 2; j++) {
			s->polled[j] = SIZE_MAX;
			if (s->task == NULL || ends[j] < 0)
				continue;
			s->polled[j] = n;
			p[n++] = (struct pollfd){ .fd = ends[j], .events = j == 0 ? POLLOUT : POLLIN };
		}
	}
	if (loop_wait(&e->in, reads ? 1 : 0, p, n, ms) < 0) {
		each_no_memory(e);
		return;
	}
	for (size_t i = 0; i < e->jobs; i++) {
		struct each_slot *s = &e->slots[i];

		if (s->task == NULL)
			continue;
		if (s->polled[0] != SIZE_MAX && p[s->polled[0]].revents != 0)
			feed(s);
		if (s->polled[1] != SIZE_MAX && p[s->polled[1]].revents != 0) {
			drain(e, s);
			if (s->process.ended)
				finish(e, s);
		}
	}
	if (p[0].revents != 0)
		reap(e);
	if (e->tag)
		process_pool_serve(&e->processes);
}

/* Nobody wants the output: processes that still write some see that by a closed pipe. */
static void
close_outputs(struct each *e)
{
	for (size_t i = 0; i < e->jobs; i++)
		if (e->slots[i].task != NULL) {
			close_end(&e->slots[i].process.from);
			if (e->slots[i].process.ended)
				finish(e, &e->slots[i]);
		}
}

void
each_run(struct each *e)
{
	if (set_up(e) < 0) {
		each_no_memory(e);
		rec_in_enough(e->in, 0);
		return;
	}
	each_table_begin(e);
	for (;;) {
		each_release(e);
		start_some(e);
		if (rec_out_stop())
			close_outputs(e);
		/*
		 * Again, so that no task that is over is waited for. If an output fails here, the
		 * next round closes the pipes.
		 */
		each_release(e);
		if (rec_out_stop() && e->running > 0 && !e->closed) {
			e->closed = 1;
			continue;
		}
		if (e->running > 0 || (e->head != NULL && e->waiting == NULL)) {
			wait_for_more(e);
			continue;
		}
		if (stopped(e) ||
		    (e->in->end != REC_IN_OPEN && e->head == NULL && e->filling == NULL && e->at == e->block.count))
			break;
		wait_for_more(e);
	}
	if (stopped(e))
		rec_in_enough(e->in, each_low(e));
	e->next = e->order ? e->in->next : e->records;
}

void
each_free(struct each *e)
{
	for (struct task *t = e->head, *next; t != NULL; t = next) {
		next = t->next;
		each_task_free(t);
	}
	each_task_free(e->filling);
	for (size_t i = 0; e->slots != NULL && i < e->jobs; i++) {
		capture_free(&e->slots[i].capture);
		buf_free(&e->slots[i].input);
		free(e->slots[i].env);
	}
	free(e->slots);
	process_pool_free(&e->processes);
	argfill_free(&e->fill);
	each_table_free(e);
	buf_free(&e->first);
}
