/*
 * rec_out_end: which outputs the process has, whether anybody wants them, and how they end (rec_out.h).
 *
 * An end has three steps: it is told (the end mark written, the descriptor closed), it is over (the reader has taken what lies in
 * shared memory, and has itself ended if that counts), and the output is taken off the list. Only the last one, rec_out_end, waits for
 * what is missing; so a command that goes through the first two with all its outputs keeps no reader waiting for another.
 */

#include <errno.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/io.h"
#include "os/signals.h"
#include "stream/rec_out_private.h"

static struct rec_out *outs; /* the open ones, in the order of opening */
static int stoppable;        /* the command ends when no output is wanted */
static int reads_on;         /* but not this one */
static int ended_wanted;     /* an output has ended whose reader wanted all, as far as is known */
static int ended_unwanted;   /* standard output has, and its reader had left before */
static int watched = -1;     /* an output of bytes */
static int watched_gone;     /* an errno: it takes no more */

/* ---- which there are ---- */

struct rec_out *
rec_out_first(void)
{
	return outs;
}

struct rec_out *
rec_out_after(const struct rec_out *out)
{
	return out->sibling;
}

void
rec_out_listed(struct rec_out *out, int on)
{
	struct rec_out **at = &outs;

	signals_hold();
	while (*at != NULL && *at != out)
		at = &(*at)->sibling;
	if (on) {
		if (outs == NULL)
			rec_out_begin_marks();
		*at = out;
		stoppable = 1;
	} else if (*at != NULL) {
		*at = out->sibling;
	}
	signals_release();
}

/* ---- whether they are wanted ---- */

int
rec_out_deserted(void)
{
	int left = ended_unwanted || watched_gone != 0;

	for (const struct rec_out *o = outs; o != NULL; o = o->sibling) {
		left |= o->state == REC_OUT_GONE && o->fd == STDOUT_FILENO;
		if (o->state == REC_OUT_OPEN && o->reader && (o->shm == NULL || !shm_port_unmet(o->shm)))
			return 0;
	}
	return left && !ended_wanted;
}

int
rec_out_lonely(const struct rec_out *out)
{
	static int64_t since;

	if (out->shm == NULL || out->state != REC_OUT_OPEN || !shm_port_unmet(out->shm))
		return 0;
	if (!rec_out_deserted()) {
		since = 0;
		return 0;
	}
	if (since == 0)
		since = clock_ms();
	return clock_ms() - since >= REC_OUT_GRACE;
}

int
rec_out_stop(void)
{
	int wanted = watched_gone == 0 && (!stoppable || reads_on);

	for (struct rec_out *o = outs; o != NULL; o = o->sibling) {
		if (o->state == REC_OUT_FAILED)
			return 1;
		wanted |= o->state == REC_OUT_OPEN && !rec_out_lonely(o);
	}
	return !wanted;
}

void
rec_out_read_on(void)
{
	reads_on = 1;
}

void
rec_out_watch(int fd)
{
	watched = fd;
}

int
rec_out_watched(void)
{
	return watched;
}

void
rec_out_unwatched(int error)
{
	watched_gone = error;
	watched = -1;
}

int
rec_out_watch_ended(void)
{
	return watched_gone;
}

/* ---- their end ---- */

/* All is written: closes what the reader sees the end by. A ring stays until it has been emptied, or its reader has gone. */
static void
close_output(struct rec_out *out)
{
	/* Before the close, so that who learns of the end can count on the file, whatever the machine does then. */
	if (out->durable && out->state == REC_OUT_OPEN && fdatasync(out->fd) < 0)
		rec_out_fail(out, errno);
	out->told = 1;
	hop_done(out->hop, &out->writer);
	if (out->shm != NULL) {
		writer_close(&out->writer);
	} else if (!hop_ended(out->hop)) {
		rec_out_keep(out);
	} else {
		hop_out_free(out->hop);
		out->hop = NULL;
		writer_close(&out->writer);
		if (io_close(out->fd) < 0 && out->state == REC_OUT_OPEN)
			rec_out_fail(out, errno);
	}
}

int
rec_out_tell(struct rec_out *out, uint64_t next, int status, const char *reason)
{
	if (out->told)
		return 1;
	if (out->terminal) {
		rec_out_drain(out);
	} else if (out->state == REC_OUT_OPEN) {
		if (!out->ending && out->rest != NULL && !out->rest(out))
			return 0;
		if (!out->apart)
			rec_out_mark(out, next, 0);
		rec_out_push(out);
		while (!rec_out_begin_end(out, next, status, reason))
			if (rec_out_busy(out))
				return 0;
		if (!rec_out_push(out))
			return 0;
	}
	close_output(out);
	return 1;
}

int
rec_out_over(struct rec_out *out, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = -1 };
	if (out->shm != NULL) {
		if (rec_out_lonely(out))
			rec_out_fail(out, EPIPE);
		if (out->state == REC_OUT_OPEN && shm_port_lingers(out->shm))
			return 0;
	}
	return !rec_out_kept(out) && (out->waits == NULL || !out->waits(out, p));
}

int
rec_out_end(struct rec_out *out, uint64_t next, int status, const char *reason, const char **why)
{
	int verdict = 0;

	*why = NULL;
	/* Those of a command's end; processes that it feeds end otherwise, and want nothing of their own. */
	if (out->told) {
		ended_wanted |= out->reader && out->state == REC_OUT_OPEN;
		ended_unwanted |= out->fd == STDOUT_FILENO && out->state == REC_OUT_GONE;
	} else {
		rec_out_drain(out);
		if (!out->terminal)
			(void)rec_out_begin_end(out, next, status, reason);
		rec_out_drain(out);
		close_output(out);
	}
	if (out->shm != NULL) {
		/* Its descriptor goes with it. What a failure was is needed longer. */
		shm_port_close(out->shm);
		if (out->shm->status != 0 && out->state == REC_OUT_OPEN)
			rec_out_fail(out, ENOLINK);
	}
	rec_out_forget(out, out->closed != NULL);
	if (out->closed != NULL && (verdict = out->closed(out, why)) != 0 && !out->apart)
		rec_out_give_up(out->safe);
	/* Not before: while it is on the list, the watermarks of the others wait for what has become of its records. */
	rec_out_listed(out, 0);
	if (out->state == REC_OUT_FAILED)
		return -1;
	out->state = REC_OUT_CLOSED;
	return verdict;
}
