/*
 * rec_out_end: which outputs the process has, whether they are wanted, and how they end
 * (rec_out.h).
 *
 * An end has three steps: it is told (the end mark is written, the descriptor closed); it is over
 * (the reader has taken what is in shared memory, and has itself ended if that counts); the output
 * is taken off the list. Only the last step, rec_out_end, waits. So a command that makes the first
 * two steps with all its outputs keeps no reader waiting for another reader.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "os/clock.h"
#include "os/io.h"
#include "os/signals.h"
#include "stream/rec_group.h"
#include "stream/rec_out_private.h"

static int watched = -1;     /* the descriptor that rec_out_watch was given */
static int watched_gone;     /* not 0: it takes no more, for the reason of this errno */

/* ---- the outputs ---- */

struct rec_out *
rec_out_first(void)
{
	return rec_group_default.outs;
}

struct rec_out *
rec_out_after(const struct rec_out *out)
{
	return out->sibling;
}

/* ---- whether they are wanted ---- */

int
rec_out_deserted(void)
{
	const struct rec_group *g = &rec_group_default;
	int left = g->ended_unwanted || watched_gone != 0;

	for (const struct rec_out *o = g->outs; o != NULL; o = o->sibling) {
		left |= o->state == REC_OUT_GONE && o->fd == STDOUT_FILENO;
		if (o->state == REC_OUT_OPEN && o->reader && (o->via->unmet == NULL || !o->via->unmet(o)))
			return 0;
	}
	return left && !g->ended_wanted;
}

int
rec_out_lonely(const struct rec_out *out)
{
	static int64_t since;

	if (out->state != REC_OUT_OPEN || out->via->unmet == NULL || !out->via->unmet(out))
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
	return rec_group_stop(&rec_group_default);
}

void
rec_out_read_on(void)
{
	rec_group_default.reads_on = 1;
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
	/* The command has an output less, and no reason of its own to read on. */
	rec_group_default.stoppable = 1;
	rec_group_default.reads_on = 0;
}

int
rec_out_watch_ended(void)
{
	return watched_gone;
}

/* ---- dying by a signal ---- */

/*
 * In a signal's handler: puts an end mark with a failure, if that is possible at once, between two
 * blocks.
 */
static void
interrupt(struct rec_out *out, int sig)
{
	static const char *const reasons[] = { [SIGHUP] = "ended by SIGHUP", [SIGINT] = "ended by SIGINT",
		[SIGTERM] = "ended by SIGTERM" };
	unsigned char mark[BLOCK_HEAD + 64] = { 0 };
	struct block b = { .kind = BLOCK_END, .flags = BLOCK_SUMMED, .status = 128 + (uint32_t)sig };
	char *text = (char *)mark + BLOCK_HEAD;

	if (!out->between || out->terminal || out->state != REC_OUT_OPEN || out->via->last_words == NULL)
		return;
	strncpy(text, program_name(), 30);
	strcat(text, ": ");
	strcat(text, reasons[sig]);
	b.flags |= out->sent != NULL ? BLOCK_TABLED : 0;
	b.size = (uint32_t)strlen(text);
	b.payload = text;
	b.base = out->records;
	b.next = out->sent_next - out->origin;
	block_put(&b, mark, NULL);
	out->via->last_words(out, mark, BLOCK_HEAD + block_body(&b), b.status, text);
}

static void
interrupted(int sig)
{
	int saved = errno;

	for (const struct rec_group *g = rec_group_all(); g != NULL; g = g->next)
		for (struct rec_out *o = g->outs; o != NULL; o = o->sibling)
			interrupt(o, sig);
	errno = saved;
}

void
rec_out_heed_signals(void)
{
	static struct signals_call on_signal = { .fn = interrupted };

	signals_on(&on_signal);
}

/* ---- news from elsewhere ---- */

void
rec_out_left(struct rec_out *out)
{
	rec_out_fail(out, EPIPE);
}

void
rec_out_broken(struct rec_out *out, int error)
{
	rec_out_fail(out, error);
}

/* ---- questions ---- */

int
rec_out_verdict(const struct rec_out *out, const char **why)
{
	*why = NULL;
	return out->via->verdict != NULL ? out->via->verdict(out, why) : 0;
}

int
rec_out_is_file(const struct rec_out *out)
{
	return out->writer.file;
}

int
rec_out_is_terminal(const struct rec_out *out)
{
	return out->terminal;
}

int
rec_out_builds(const struct rec_out *out)
{
	return out->count > 0;
}

int
rec_out_fits(const struct rec_out *out, const struct block *b)
{
	return b->kind == BLOCK_DATA && b->gap == out->gap && (b->gap != 1 || b->status == out->gap_byte) &&
	    b->size <= out->target - out->payload.len && b->count <= out->room - out->count;
}

int
rec_out_borrows(const struct rec_out *out)
{
	return out->writer.parts > 0;
}

void
rec_out_share(struct rec_out *out, struct teepipe *teepipe)
{
	out->writer.teepipe = teepipe;
}

/* ---- their end ---- */

/* All is written: closes the output, by which the reader sees the end. */
static void
close_output(struct rec_out *out)
{
	/*
	 * Synced before the close: a program that learns of the end can count on the file, even if
	 * the machine stops then.
	 */
	if (out->durable && out->state == REC_OUT_OPEN && fdatasync(out->fd) < 0)
		rec_out_fail(out, errno);
	out->told = 1;
	out->via->close(out);
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
rec_out_told(const struct rec_out *out)
{
	return out->told;
}

int
rec_out_over(struct rec_out *out, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = -1 };
	if (rec_out_lonely(out))
		rec_out_fail(out, EPIPE);
	if (out->state == REC_OUT_OPEN && out->via->lingers != NULL && out->via->lingers(out))
		return 0;
	return !rec_out_hop_keeps(out) && (out->waits == NULL || !out->waits(out, p));
}

int
rec_out_end(struct rec_out *out, uint64_t next, int status, const char *reason, const char **why)
{
	int verdict = 0;

	*why = NULL;
	/*
	 * These are a command's outputs. Outputs to processes that it feeds end without
	 * rec_out_tell, and do not count.
	 */
	if (out->told) {
		out->group->ended_wanted |= out->reader && out->state == REC_OUT_OPEN;
		out->group->ended_unwanted |= out->fd == STDOUT_FILENO && out->state == REC_OUT_GONE;
	} else {
		rec_out_drain(out);
		if (!out->terminal)
			while (!rec_out_begin_end(out, next, status, reason))
				rec_out_drain(out);
		rec_out_drain(out);
		close_output(out);
	}
	if (out->via->end != NULL)
		out->via->end(out);
	rec_out_hop_forget(out, out->closed != NULL);
	if (out->closed != NULL && (verdict = out->closed(out, why)) != 0 && !out->apart)
		rec_group_give_up(out->group, out->safe);
	/*
	 * Not earlier: as long as it is on the list, the watermarks of the others wait until the
	 * fate of its records is known.
	 */
	rec_group_listed(out, 0);
	if (out->state == REC_OUT_FAILED)
		return -1;
	out->state = REC_OUT_CLOSED;
	return verdict;
}
