/*
 * worker: see worker.h. A worker that has died may leave others behind that hold its output (a shell's pipeline); they are not waited
 * for, but what had come by then counts.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "os/io.h"
#include "record/position.h"
#include "work/worker.h"

/* Opens the streams to and from the process. 0, or -1 with errno. */
static int
open_streams(struct worker *w)
{
	const char *why;
	int saved;

	if (rec_out_open(&w->out, w->process.to, w->name) == 0) {
		w->process.to = -1; /* the stream's now */
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
worker_start(struct process_pool *pool, struct worker *w, struct buf *error)
{
	int status;

	w->process = (struct process){ .name = w->name, .argv = w->argv, .settings = w->settings, .feeds = 1, .drains = !w->sink };
	if ((status = process_start(pool, &w->process, error)) != 0)
		return status;
	/* A few may hold a whole block; of many workers' pipes the sum would be what a user may have. */
	if (w->wide)
		(void)io_widen(w->process.to);
	w->sent_records = w->answered = w->touched = 0;
	w->jump = w->begin = w->end = 0;
	w->put = w->unread = 0;
	w->lost_positions = w->told = w->unsafe = 0;
	w->kept = -1;
	w->last_bytes = 0;
	if (open_streams(w) < 0) {
		(void)buf_addf(error, "%s: %s", w->name, strerror(errno));
		/* It would wait for its input as long as this process lives. Its end is no news, and process_pool_wait sees it. */
		process_abandon(&w->process);
		process_forget(pool, &w->process);
		return EX_OSERR;
	}
	w->out.apart = w->in.apart = !w->sink;
	w->lives++;
	w->state = WORKER_LIVE;
	w->fed = 1;
	w->drained = !w->sink;
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

/* That it has not read enough is noted where it was seen, for by the time of the wait it may have. */
static int
behind(struct worker *w, int is)
{
	w->behind |= is;
	return is;
}

int
worker_ready(struct worker *w)
{
	if (w->state != WORKER_LIVE || w->out.state != REC_OUT_OPEN || w->to_begin || !rec_out_idle(&w->out))
		return 0;
	return w->sink || w->sent.count < 2 || !behind(w, rec_out_load(&w->out) >= w->last_bytes);
}

size_t
worker_load(struct worker *w)
{
	return w->sink ? rec_out_load(&w->out) : w->sent.count > 0 ? w->sent.bytes + 1 : 0;
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
	return w->state == WORKER_LIVE && w->out.state == REC_OUT_OPEN && rec_out_idle(&w->out) && !behind(w, !rec_out_taken(&w->out));
}

/* What must be added to positions from first to last, so that they go on. UINT64_MAX: nothing can. */
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

	p->tries++;
	p->worker = w;
	p->answered = 0;
	w->last_bytes = BLOCK_HEAD + block_body(&b);
	if (!w->sink) {
		p->jump = w->jump = jump(w, p->block.base, p->top);
		b.base += p->jump;
		w->end = b.next = p->top + p->jump + 1;
	}
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
	/* A named ring knows by its parts what the block under way is: it cannot be detached. */
	if (w->out.shm != NULL || !rec_out_begin(&w->out, b))
		return 0;
	w->last_bytes = BLOCK_HEAD + block_body(b);
	count_sent(w, b);
	if (!rec_out_idle(&w->out) && rec_out_detach(&w->out, &w->rest) < 0)
		return -1;
	return 1;
}

/* Closes its input. What it leaves unread is seen through a read end, which must be there before the write end has gone. */
static void
close_input(struct worker *w)
{
	char path[32];
	const char *why;

	if (!w->fed)
		return;
	w->put = rec_out_put(&w->out);
	if (w->out.state == REC_OUT_OPEN) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", w->out.fd);
		w->kept = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	} else {
		w->unread = io_unread(w->out.fd);
	}
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

/* ---- its output ---- */

/* Returns 1 if the watermark is 0, as of whoever has taken nothing, or lies where what it was sent does. */
static int
known_mark(const struct worker *w, uint64_t next)
{
	return next == 0 || (next >= w->begin && next <= w->end);
}

/* Returns 1 if the positions are those of records that it was sent. */
static int
known(const struct worker *w, const struct block *b)
{
	const struct batch *p = w->sent.first;
	uint32_t to;

	if (!known_mark(w, b->next))
		return 0;
	if (b->kind == BLOCK_LOSS)
		return b->base >= w->begin && b->base <= w->end;
	for (uint32_t from = 0; from < b->count; from = to) {
		while (p != NULL && block_position(b, from) > p->top + p->jump)
			p = p->next;
		if (p == NULL)
			return 0;
		to = b->count;
		if (block_position(b, to - 1) > p->top + p->jump)
			for (to = from + 1; block_position(b, to) <= p->top + p->jump; to++)
				;
		if (!batch_knows(p, b, from, to))
			return 0;
	}
	return 1;
}

/* Notes where the watermark stays behind, before the records there are forgotten as answered. */
static void
note_safety(struct worker *w)
{
	const struct batch *p = w->sent.first;
	uint64_t watermark = w->in.watermark;

	/* With retries only what is below the watermark is answered. */
	if (w->settles || watermark >= w->in.next) {
		w->unsafe = 0;
		return;
	}
	while (p != NULL && batch_before(p, watermark) == p->block.count)
		p = p->next;
	/* Where it stays behind for longer, the first record that it stayed at is as good, for nothing passes that. */
	if (w->unsafe || p == NULL)
		return;
	w->unsafe = 1;
	w->safe = p->held != NULL ? batch_position(p, batch_before(p, watermark)) : p->first;
}

/* All below this position of its stream has been answered. */
static void
advance(struct worker *w, uint64_t next)
{
	struct batch *p;

	if (next > w->answered && next > w->begin) {
		w->answered = next;
		w->barren = 0;
	}
	while ((p = w->sent.first) != NULL) {
		uint32_t n = batch_before(p, w->answered);

		if (n > p->answered)
			p->answered = n;
		if (p->answered < p->block.count)
			return;
		batch_drop(batch_shift(&w->sent));
	}
}

/* Gives those answers of the tail to the gather that are below the watermark, or all. -1 with ENOMEM. */
static int
settle(struct worker *w, struct gather *g, uint64_t next, int all)
{
	while (w->tail != NULL) {
		struct held *h = w->tail, *part;
		struct block *b = &h->block;
		uint32_t n = 0;

		if (all || b->kind != BLOCK_DATA || b->count == 0 || block_position(b, b->count - 1) < next)
			n = b->count;
		else
			while (block_position(b, n) < next)
				n++;
		if (n == b->count) {
			w->tail = h->next;
			if (gather_answer(g, &w->sent, h) < 0)
				return -1;
			continue;
		}
		if (n == 0)
			return 0;
		if ((part = held_records(b, 0, n)) == NULL || gather_answer(g, &w->sent, part) < 0 ||
		    (part = held_records(b, n, b->count)) == NULL)
			return -1;
		part->next = h->next;
		w->tail = part;
		held_drop(h);
	}
	return 0;
}

static int
answer(struct worker *w, struct gather *g, const struct block *b)
{
	struct held **at = &w->tail, *h;
	uint64_t next = w->settles ? w->in.watermark : b->next; /* the block may be in other memory behind this */

	if (b->count > 0 || b->kind == BLOCK_LOSS) {
		if ((h = rec_in_hold(&w->in, b)) == NULL)
			return -1;
		while (*at != NULL)
			at = &(*at)->next;
		h->next = NULL;
		*at = h;
		if (h->block.kind == BLOCK_DATA)
			w->touched = block_position(&h->block, h->block.count - 1);
	}
	if (settle(w, g, next, !w->settles) < 0)
		return -1;
	note_safety(w);
	advance(w, next);
	return 0;
}

int
worker_take(struct worker *w, struct gather *g)
{
	struct block b;
	const char *why;
	int got;

	if (!w->drained || w->in.end != REC_IN_OPEN)
		return 0;
	got = rec_in_try(&w->in, &b);
	if (got == 0) {
		/* All that it wrote has come; whoever else still holds the pipe is not waited for. */
		if (w->process.ended && w->process.status != 0)
			worker_abandon(w);
		return 0;
	}
	if (got > 0) {
		if (known(w, &b))
			return answer(w, g, &b) < 0 ? -1 : 1;
		w->lost_positions = 1;
		worker_abandon(w);
		return 1;
	}
	/* The end mark's own watermark counts as any other. */
	if (w->in.end == REC_IN_GOOD || w->in.end == REC_IN_FAILED) {
		if (!known_mark(w, w->in.next))
			w->lost_positions = 1;
		else if (settle(w, g, w->in.watermark, 0) < 0)
			return -1;
		note_safety(w);
		if (!w->lost_positions)
			advance(w, w->in.watermark);
		/* It ends well, so what it has answered to is answered, though it stopped right behind that. */
		if (!w->settles && w->in.end == REC_IN_GOOD && w->touched > 0)
			advance(w, w->touched + 1);
	}
	if (w->in.end != REC_IN_GOOD && w->in.end != REC_IN_FAILED && w->in.end != REC_IN_CUT)
		worker_abandon(w);
	else if (w->in.end != REC_IN_GOOD)
		(void)rec_in_close(&w->in, &why);
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
	/* Closed pipes end whoever uses them; one that works for itself is told. */
	child_end(&w->process.child, SIGTERM);
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
	return w->state != WORKER_NONE && w->state != WORKER_ENOUGH && w->process.ended && (!w->drained || w->in.end != REC_IN_OPEN);
}

/* What was wrong with what it wrote. The way out that the reason names is not for what a COMMAND gives back. */
static void
complain_output(struct worker *w, struct buf *error)
{
	const char *reason = buf_string(&w->in.reason);

	if (w->in.end == REC_IN_CUT && rec_in_mute(&w->in))
		(void)buf_addf(error, "%s: no bytes at all, not even an end mark (--sink is for a COMMAND that writes none)", w->name);
	else if (w->in.way > 0)
		(void)buf_addf(error, "%.*s (rec-each runs any program)", (int)w->in.way, reason);
	else
		(void)buf_addf(error, "%s%s%s", w->in.end == REC_IN_FAILED ? w->name : "", w->in.end == REC_IN_FAILED ? ": " : "", reason);
}

/* A line that says what was wrong with it. */
static void
complain(struct worker *w, struct buf *error, int *status)
{
	int own = w->process.signal != 0 || w->process.status != 0;

	*status = process_verdict(&w->process);
	if (w->lost_positions) {
		*status = EX_DATAERR;
		(void)buf_addf(error, "%s: COMMAND loses positions: it makes a new stream of its input; rec-each -k keeps them", w->name);
	} else if (!w->sink && (w->in.end == REC_IN_DAMAGED || w->in.end == REC_IN_NOT_STREAM || w->in.end == REC_IN_ERROR)) {
		*status = EX_DATAERR;
		complain_output(w, error);
	} else if (own) {
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
	w->untouched = w->unread >= w->put; /* more: an offer of a ring lies there too */
	if (w->drained)
		(void)rec_in_close(&w->in, &why);
	w->drained = 0;
	well = w->process.status == 0 && !w->lost_positions && (w->sink || w->in.end == REC_IN_GOOD);
	/* Whatever read all and went by its positions has a watermark above 0. */
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
