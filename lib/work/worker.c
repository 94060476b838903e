/* worker: see worker.h. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "command/command.h"
#include "os/io.h"
#include "record/position.h"
#include "work/worker.h"

/* ---- its beginning ---- */

/* Opens the streams to and from the process. Returns 0, or -1 with errno. */
static int
open_streams(struct worker *w)
{
	const char *why;
	int saved;

	if (rec_out_open(&w->out, w->process.to, w->name) == 0) {
		w->process.to = -1; /* out owns it now */
		if (w->sink || rec_in_open(&w->in, w->process.from, w->name) == 0)
			return 0;
		saved = errno;
		rec_out_left(&w->out);
		(void)rec_out_end(&w->out, 0, 0, NULL, &why);
		errno = saved;
	}
	saved = errno;
	rec_out_free(&w->out);
	errno = saved;
	return -1;
}

int
worker_start(struct process_pool *pool, struct worker *w, struct gather *g, struct buf *error)
{
	int status;

	w->process = (struct process){
		.name = w->name, .argv = w->argv, .settings = w->settings, .feeds = 1, .drains = !w->sink
	};
	if ((status = process_start(pool, &w->process, error)) != 0)
		return status;
	/*
	 * Wide pipes of many workers together would take all the pipe memory that a user may have.
	 */
	if (w->wide)
		(void)io_widen(w->process.to);
	w->sent_records = w->answered = w->touched = 0;
	w->jump = w->begin = w->end = 0;
	w->put = w->unread = 0;
	w->lost_positions = w->misfit = w->told = w->unsafe = 0;
	w->kept = -1;
	w->last_bytes = 0;
	if (open_streams(w) < 0) {
		(void)buf_addf(error, "%s: %s", w->name, strerror(errno));
		/*
		 * The process would wait for its input for as long as this one lives. Its end needs
		 * no message: process_pool_wait reaps it.
		 */
		process_abandon(&w->process);
		process_forget(pool, &w->process);
		return EX_OSERR;
	}
	w->out.apart = w->in.apart = !w->sink;
	if (!w->sink)
		gather_from(g, &w->in);
	w->lives++;
	w->state = WORKER_LIVE;
	w->fed = 1;
	w->drained = !w->sink;
	return 0;
}

int
worker_endpoint(struct worker *w, struct endpoint *ep, const char *name, struct command_fault *fault)
{
	if (command_out_to(ep, name, &w->out, fault) < 0)
		return -1;
	w->name = w->out.name;
	w->sink = w->fed = 1;
	w->waited = endpoint_is_cmd(ep);
	w->state = WORKER_LIVE;
	return 0;
}

/* ---- its input ---- */

void
worker_push(struct worker *w)
{
	if (!w->fed)
		return;
	if (w->to_begin && rec_out_begin(&w->out, &w->block))
		w->to_begin = 0;
	if (!w->to_begin && rec_out_push(&w->out)) {
		batch_drop(w->under_way);
		w->under_way = NULL;
		w->rest.len = 0;
	}
}

int
worker_sending(const struct worker *w)
{
	return w->under_way != NULL || w->rest.len > 0;
}

void
worker_mark(struct worker *w, uint64_t next)
{
	if (w->fed && !w->told && !w->to_begin)
		rec_out_mark(&w->out, next, 0);
}

/*
 * Notes that the worker has unread input, if it has: by the time of the wait it may have read that.
 * Returns the same.
 */
static int
behind(struct worker *w, int is)
{
	w->behind |= is;
	return is;
}

enum worker_may
worker_may_take(struct worker *w, size_t *load)
{
	if (w->state != WORKER_LIVE || w->out.state != REC_OUT_OPEN || w->to_begin || !rec_out_idle(&w->out))
		return WORKER_NO;
	if (!w->sink && w->sent.count > 1 && behind(w, rec_out_load(&w->out) >= w->last_bytes))
		return WORKER_NO;
	if (load == NULL)
		return WORKER_YES;
	*load = w->sink ? rec_out_load(&w->out) : w->sent.count > 0 ? w->sent.bytes + 1 : 0;
	return *load > 0 ? WORKER_YES : WORKER_IDLE;
}

int
worker_begun(struct worker *w)
{
	if (w->answered > 0 || (w->drained && w->in.offset > 0))
		return 1;
	if (!w->fed)
		return w->kept < 0 || io_unread(w->kept) == 0;
	if (w->out.state != REC_OUT_OPEN)
		return 1;
	return w->sent_records > 0 && !w->to_begin && rec_out_idle(&w->out) && rec_out_load(&w->out) < w->last_bytes;
}

int
worker_hungry(struct worker *w)
{
	return w->state == WORKER_LIVE && w->out.state == REC_OUT_OPEN && rec_out_idle(&w->out) &&
	    !behind(w, !rec_out_taken(&w->out));
}

int
worker_held_up(struct worker *w)
{
	int is = w->behind && !rec_out_heed(&w->out);

	w->behind = 0;
	return is;
}

/*
 * Returns what must be added to positions from first to last to make them follow what was sent;
 * UINT64_MAX: nothing can.
 */
static uint64_t
jump(const struct worker *w, uint64_t first, uint64_t last)
{
	uint64_t by = w->jump, most = last < POSITION_TOP - 1 ? POSITION_TOP - 1 - last : 0;

	if (by <= most && first + by < w->end)
		by += ((w->end - first - by - 1) / POSITION_SPAN + 1) * POSITION_SPAN;
	return by <= most ? by : UINT64_MAX;
}

int
worker_fits(const struct worker *w, uint64_t first, uint64_t last)
{
	return w->sink || jump(w, first, last) != UINT64_MAX;
}

static void
count_sent(struct worker *w, const struct block *b)
{
	if (b->kind != BLOCK_DATA)
		return;
	if (w->sent_records == 0)
		w->begin = b->base;
	w->sent_records += b->count;
}

void
worker_send(struct worker *w, struct batch *p)
{
	struct block b = p->block;

	w->last_bytes = BLOCK_HEAD + block_body(&b);
	if (!w->sink) {
		w->jump = jump(w, p->block.base, p->top);
		b.base += w->jump;
		w->end = b.next = p->top + w->jump + 1;
	}
	batch_sent(p, w, w->jump);
	count_sent(w, &b);
	w->block = b;
	w->to_begin = 1;
	w->under_way = p;
	if (!w->sink) {
		p->shares++;
		batch_put(&w->sent, p);
	}
	worker_push(w);
}

int
worker_pass(struct worker *w, const struct block *b)
{
	/* A block in a named ring cannot be detached: the ring knows it by its parts. */
	if (rec_out_is_shm(&w->out) || !rec_out_begin(&w->out, b))
		return 0;
	w->last_bytes = BLOCK_HEAD + block_body(b);
	count_sent(w, b);
	if (!rec_out_idle(&w->out) && rec_out_detach(&w->out, &w->rest) < 0)
		return -1;
	return 1;
}

/* Opens a read end of the pipe of its input, by which what is left unread there can be seen. */
static void
keep(struct worker *w)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", w->out.fd);
	w->kept = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/*
 * Closes its input. The read end must be there before the write end is closed: the last end takes
 * the pipe with it.
 */
static void
close_input(struct worker *w)
{
	const char *why;

	if (!w->fed)
		return;
	w->put = rec_out_put(&w->out);
	if (w->out.state == REC_OUT_OPEN)
		keep(w);
	else
		w->unread = io_unread(w->out.fd);
	(void)rec_out_end(&w->out, 0, 0, NULL, &why);
	rec_out_free(&w->out);
	batch_drop(w->under_way);
	w->under_way = NULL;
	buf_free(&w->rest);
	w->to_begin = 0;
	w->fed = 0;
}

int
worker_end(struct worker *w, uint64_t next, int status, const char *reason)
{
	if (!w->fed)
		return 1;
	if (!w->told && w->out.state == REC_OUT_OPEN) {
		if (w->to_begin || !rec_out_idle(&w->out))
			return 0;
		w->told = rec_out_begin_end(&w->out, w->sink ? next : w->end, status, reason);
	}
	w->state = WORKER_ENDING;
	if (!w->told && w->out.state == REC_OUT_OPEN)
		return 0;
	if (!rec_out_push(&w->out))
		return 0;
	close_input(w);
	return 1;
}

/* ---- its end ---- */

void
worker_abandon(struct worker *w)
{
	const char *why;

	if (w->fed) {
		rec_out_left(&w->out);
		close_input(w);
	}
	if (w->drained)
		(void)rec_in_close(&w->in, &why);
	w->drained = 0;
	w->state = WORKER_ENDING;
	/* Closed pipes end a process that uses them. One that does not needs the signal. */
	process_end(&w->process, SIGTERM);
}

void
worker_dismiss(struct process_pool *pool, struct worker *w)
{
	if (w->state != WORKER_LIVE && w->state != WORKER_ENDING)
		return;
	process_forget(pool, &w->process);
	worker_abandon(w);
}

void
worker_retire(struct worker *w)
{
	w->state = WORKER_ENOUGH;
}

void
worker_reaped(struct worker *w)
{
	if (w->fed && !(w->told && rec_out_idle(&w->out)))
		rec_out_left(&w->out);
}

int
worker_ended(const struct worker *w)
{
	return w->state != WORKER_NONE && w->state != WORKER_ENOUGH && w->process.ended &&
	    (!w->drained || w->in.end != REC_IN_OPEN);
}

/*
 * Says what was wrong with the worker's output. The way out that the reason names does not fit the
 * output of a COMMAND.
 */
static void
complain_output(struct worker *w, struct buf *error)
{
	const char *reason = buf_string(&w->in.reason);

	if (w->in.end == REC_IN_CUT && rec_in_mute(&w->in))
		(void)buf_addf(error,
		    "%s: no bytes at all, not even an end mark (--sink is for a COMMAND that writes none)", w->name);
	else if (w->in.way > 0)
		(void)buf_addf(error, "%.*s (rec-each runs any program)", (int)w->in.way, reason);
	else
		(void)buf_addf(error, "%s%s%s", w->in.end == REC_IN_FAILED ? w->name : "",
		    w->in.end == REC_IN_FAILED ? ": " : "", reason);
}

/* Says in one line what was wrong with the worker. */
static void
complain(struct worker *w, struct buf *error, int *status)
{
	int own = w->process.signal != 0 || w->process.status != 0;

	*status = process_verdict(&w->process);
	if (w->lost_positions) {
		*status = EX_DATAERR;
		(void)buf_addf(error,
		    "%s: COMMAND loses positions: it makes a new stream of its input; rec-each -k keeps them", w->name);
	} else if (!w->sink &&
	    (w->in.end == REC_IN_DAMAGED || w->in.end == REC_IN_NOT_STREAM || w->in.end == REC_IN_ERROR)) {
		*status = EX_DATAERR;
		complain_output(w, error);
	} else if (own) {
		if (w->process.signal == SIGINT)
			command_moment();
		process_tell(&w->process, error);
		if (!w->sink && w->in.end == REC_IN_FAILED)
			(void)buf_addf(error, " (%s)", buf_string(&w->in.reason));
	} else if (w->sink) {
		(void)buf_addf(error, "%s: it ended before it had read all that it was sent", w->name);
	} else {
		complain_output(w, error);
	}
}

enum worker_end
worker_over(struct process_pool *pool, struct worker *w, struct buf *error, int *status)
{
	int told = w->told && (!w->fed || (w->out.state == REC_OUT_OPEN && rec_out_idle(&w->out))), well;
	enum worker_end how = WORKER_GOOD;
	const char *why;

	close_input(w);
	if (w->kept >= 0) {
		w->unread = io_unread(w->kept);
		close(w->kept);
		w->kept = -1;
	}
	w->untouched = w->unread >= w->put; /* above: the offer of a ring is in the pipe too */
	if (w->drained)
		(void)rec_in_close(&w->in, &why);
	w->drained = 0;
	well = w->process.status == 0 && !w->lost_positions && (w->sink || w->in.end == REC_IN_GOOD);
	/* A worker that has read all of its input and keeps positions has a watermark above 0. */
	if (well && !w->sink && w->in.next == 0 && told && w->unread == 0 && w->sent_records > 0) {
		w->lost_positions = 1;
		well = 0;
	}
	if (w->sink && (!told || w->unread > 0))
		well = 0;
	if (!well)
		how = WORKER_BAD;
	else if (!told || w->sent.count > 0)
		how = WORKER_EARLY;
	w->misfit = !w->sink && w->in.misfit;
	if (!well)
		complain(w, error, status);
	w->barren += how == WORKER_BAD && w->answered == 0;
	while (w->tail != NULL) {
		struct held *h = w->tail;

		w->tail = h->next;
		held_drop(h);
	}
	if (!w->sink)
		rec_in_free(&w->in);
	process_forget(pool, &w->process);
	w->state = how == WORKER_EARLY ? WORKER_ENOUGH : WORKER_NONE;
	return how;
}

/* ---- the end of an endpoint ---- */

/* The output's closed: what the command of a cmd: has left unread in its pipe is lost. */
static int
endpoint_over(struct rec_out *out, const char **why)
{
	struct worker *w = (struct worker *)(void *)((char *)out - offsetof(struct worker, out));
	int status = w->closed(out, why), left = 0;

	if (w->kept >= 0) {
		left = (int)io_unread(w->kept);
		close(w->kept);
	}
	if (status != 0 || left == 0)
		return status;
	(void)buf_addf(&w->why, "%s: it ended before it had read all that was dealt to it", w->name);
	*why = buf_string(&w->why);
	return EX_IOERR;
}

void
worker_watch(struct worker *w)
{
	struct pollfd gone = { .fd = w->out.fd };

	if (w->out.state != REC_OUT_OPEN)
		return;
	if (w->out.reader && poll(&gone, 1, 0) > 0 && (gone.revents & POLLERR))
		rec_out_left(&w->out);
	if (!w->waited)
		return;
	keep(w);
	w->closed = w->out.closed;
	w->out.closed = endpoint_over;
}
