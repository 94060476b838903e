/*
 * slow: see slow.h. A block goes into the queue and from there, when out is idle, under way. Most
 * blocks do so at once, without a copy, because all outputs share the held block (held.h). A loss
 * block for what was left out is put when the queue takes the next block, or has run empty. Blocks
 * of no records are not kept: only the last watermark counts, and it goes out after the queue.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "base/status.h"
#include "stream/slow.h"

static const char *const names[] = { [SLOW_WAIT] = "wait", [SLOW_SKIP] = "skip", [SLOW_SPILL] = "spill",
	[SLOW_CUT] = "cut" };

int
slow_policy(const char *name, enum slow_policy *policy)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0) {
			*policy = (enum slow_policy)i;
			return 0;
		}
	return -1;
}

const char *
slow_operand(const char *operand, enum slow_policy *policy)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(operand, names[i], n) == 0 && operand[n] == ':') {
			*policy = (enum slow_policy)i;
			return operand + n + 1;
		}
	}
	return operand;
}

void
slow_open(struct slow *s, struct rec_out *out, size_t memory, uint64_t file)
{
	s->out = out;
	out->lossy = s->policy == SLOW_SKIP || s->policy == SLOW_CUT;
	/*
	 * With the other policies nothing waits for the reader, not even to learn how it has ended.
	 */
	out->late &= s->policy == SLOW_WAIT;
	s->queue.memory_max = s->policy == SLOW_WAIT ? SIZE_MAX : memory;
	s->queue.file_max = s->policy == SLOW_SPILL ? file : 0;
}

int
slow_wanted(const struct slow *s)
{
	return s->out->state == REC_OUT_OPEN && !s->cut;
}

/* ---- losses ---- */

static void
leave_out(struct slow *s, const struct block *b)
{
	if (!s->losing) {
		s->losing = 1;
		s->base = b->base;
		s->next = b->base;
	}
	if (b->kind == BLOCK_LOSS && b->count == BLOCK_LOST_UNKNOWN)
		s->unknown = 1;
	else
		s->lost += b->count;
	if (b->kind == BLOCK_DATA && b->count > 0) {
		uint64_t last = block_position(b, b->count - 1);

		s->left_out += b->count;
		if (last > s->next)
			s->next = last;
	}
	if (b->next > s->next)
		s->next = b->next;
}

/*
 * Returns the next loss block to put: first for the known number of records, of which a block can
 * have BLOCK_LOST_UNKNOWN - 1.
 */
static struct block
loss_of(const struct slow *s)
{
	struct block b = { .kind = BLOCK_LOSS, .base = s->base, .next = s->next, .count = (uint32_t)s->lost };

	if (s->lost == 0 && s->unknown)
		b.count = BLOCK_LOST_UNKNOWN;
	else if (s->lost >= BLOCK_LOST_UNKNOWN)
		b.count = BLOCK_LOST_UNKNOWN - 1;
	if (s->lost > b.count || (s->lost > 0 && s->unknown))
		b.next = s->base; /* another one follows */
	return b;
}

static void
told(struct slow *s, const struct block *loss)
{
	if (loss->count == BLOCK_LOST_UNKNOWN)
		s->unknown = 0;
	else
		s->lost -= loss->count;
	s->losing = s->lost > 0 || s->unknown;
}

/*
 * Puts the losses into the queue, before the block that comes after them. Returns 0, or -1 if there
 * is no room.
 */
static int
queue_losses(struct slow *s)
{
	while (s->losing) {
		struct block b = loss_of(s);
		struct held *h;

		if (!spool_roomy(&s->queue) || (h = held_records(&b, 0, 0)) == NULL)
			return -1;
		if (spool_put(&s->queue, h) < 0) {
			held_drop(h);
			return -1;
		}
		told(s, &b);
	}
	return 0;
}

/* ---- the queue ---- */

void
slow_forget(struct slow *s)
{
	spool_free(&s->queue);
	held_drop(s->over);
	s->over = NULL;
	s->whole = NULL;
	s->losing = 0;
}

static void
empty(struct slow *s)
{
	slow_forget(s);
	held_drop(s->under);
	s->under = NULL;
}

/* An error on this side: the output fails. */
static void
broken(struct slow *s, int error)
{
	rec_out_broken(s->out, error);
	empty(s);
}

static void
cut_off(struct slow *s)
{
	s->cut = 1;
	/* The block under way must be written to its end before the end mark. */
	slow_forget(s);
}

void
slow_put(struct slow *s, const struct block *b, struct held *h)
{
	int error;

	if (!slow_wanted(s))
		return;
	if (h == NULL) {
		s->whole = b;
		return;
	}
	if (b->kind == BLOCK_DATA && b->count == 0) {
		if (s->losing && b->next > s->next)
			s->next = b->next;
		s->mark = b->next;
		return;
	}
	if (queue_losses(s) < 0) {
		leave_out(s, b);
		return;
	}
	if (spool_put(&s->queue, held_share(h)) == 0)
		return;
	error = errno;
	switch (s->policy) {
	case SLOW_WAIT:
		held_drop(h);
		broken(s, error);
		break;
	case SLOW_SKIP:
		held_drop(h);
		leave_out(s, b);
		break;
	case SLOW_SPILL:
		s->over = h;
		s->full = error;
		break;
	case SLOW_CUT:
		held_drop(h);
		cut_off(s);
		break;
	}
}

/*
 * Begins the next block on the idle output. Returns 1, or 0 if there is none, or it cannot begin
 * yet.
 */
static int
begin_next(struct slow *s)
{
	struct held *h;

	if (s->whole != NULL) {
		if (!rec_out_begin(s->out, s->whole))
			return 0;
		s->whole = NULL;
		return 1;
	}
	if (s->over != NULL && spool_put(&s->queue, s->over) == 0)
		s->over = NULL;
	if ((h = spool_first(&s->queue)) != NULL) {
		if (!rec_out_begin(s->out, &h->block))
			return 0;
		s->under = held_share(h);
		spool_shift(&s->queue);
		return 1;
	}
	if (errno != 0) {
		broken(s, errno);
		return 0;
	}
	if (s->losing) {
		struct block loss = loss_of(s);

		if (!rec_out_begin(s->out, &loss))
			return 0;
		told(s, &loss);
		return 1;
	}
	rec_out_mark(s->out, s->mark, 0);
	return 0;
}

void
slow_push(struct slow *s)
{
	while (rec_out_push(s->out)) {
		held_drop(s->under);
		s->under = NULL;
		if (s->out->state != REC_OUT_OPEN) {
			empty(s);
			return;
		}
		if (s->cut) {
			struct buf reason = { 0 };

			if (s->ending)
				return;
			(void)buf_addf(&reason, "%s: its reader was too slow and was cut off", program_name());
			s->ending = rec_out_begin_end(s->out, 0, EX_TEMPFAIL, buf_string(&reason));
			buf_free(&reason);
			return;
		}
		if (!begin_next(s))
			return;
	}
}

int
slow_news(struct slow *s, struct buf *line)
{
	if (s->cut && !s->cut_told) {
		s->cut_told = 1;
		(void)buf_addf(line, "%s: its reader is too slow and is cut off", s->out->name);
		return 1;
	}
	if (s->full == 0 || s->full_told)
		return 0;
	s->full_told = 1;
	(void)buf_addf(line, "%s: its reader lags too far, and is waited for from now on: ", s->out->name);
	if (s->full == ENOBUFS)
		(void)buf_adds(line, "--spill-max is reached");
	else
		(void)buf_addf(line, "the temporary file: %s", strerror(s->full));
	return 1;
}

int
slow_sync(struct slow *s)
{
	slow_push(s); /* a file takes everything at once */
	if (s->out->state == REC_OUT_OPEN && fdatasync(s->out->fd) < 0)
		broken(s, errno);
	return s->out->state == REC_OUT_OPEN ? 0 : -1;
}

int
slow_ready(const struct slow *s)
{
	if (!slow_wanted(s) || s->policy == SLOW_SKIP || s->policy == SLOW_CUT)
		return 1;
	if (s->policy == SLOW_SPILL)
		return s->over == NULL;
	return s->whole == NULL && s->queue.blocks == 0 && rec_out_idle(s->out);
}

/* Copies what was not written of the caller's block. */
static void
keep(struct slow *s)
{
	const struct block *b = s->whole;
	struct held *h;

	if (s->under == NULL && s->out->state == REC_OUT_OPEN && rec_out_detach(s->out, &s->kept) < 0)
		broken(s, ENOMEM);
	s->whole = NULL;
	if (b == NULL)
		return;
	s->mark = b->next;
	if (b->kind == BLOCK_DATA && b->count == 0)
		return;
	if ((h = held_records(b, 0, b->count)) != NULL)
		h->block.next = b->next;
	if (h == NULL || spool_put(&s->queue, h) < 0) {
		held_drop(h);
		broken(s, ENOMEM);
	}
}

/* rec_out's rest: returns 1 if all that was put before the end is written. */
static int
rest(struct rec_out *out)
{
	struct slow *s = out->holder;

	slow_push(s);
	return !slow_wanted(s) ||
	    (s->over == NULL && s->queue.blocks == 0 && !s->losing && rec_out_idle(s->out));
}

void
slow_end(struct slow *s)
{
	if (s->cut) {
		if (!rec_out_idle(s->out))
			rec_out_left(s->out);
		empty(s);
	} else {
		keep(s);
	}
	s->out->rest = rest;
	s->out->holder = s;
}

void
slow_free(struct slow *s)
{
	empty(s);
	buf_free(&s->kept);
}
