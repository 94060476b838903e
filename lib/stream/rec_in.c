/*
 * rec_in: see rec_in.h.
 *
 * A block is received header first, then exactly its body, and checked by the rules of block.h, each against the one before.
 * Whatever goes wrong ends the input with one of the ends of rec_in.h and a reason of one line.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "os/io.h"
#include "record/env.h"
#include "stream/rec_in.h"

int
rec_in_open(struct rec_in *in, int fd, const char *name)
{
	const char *wrong;
	const struct env *env = env_get(&wrong);

	if (env == NULL) {
		errno = EINVAL;
		return -1;
	}
	memset(in, 0, sizeof *in);
	in->fd = fd;
	in->name = name;
	in->record_max = env->record_max;
	in->file = io_kind(fd) == IO_FILE;
	return 0;
}

/* ---- how it ends ---- */

static int __attribute__((format(printf, 4, 5)))
finish(struct rec_in *in, enum rec_in_end end, int status, const char *format, ...)
{
	va_list args;

	in->end = end;
	in->status = status;
	if (format != NULL) {
		va_start(args, format);
		/* Without memory for the reason the status still tells. */
		(void)buf_adds(&in->reason, in->name);
		(void)buf_adds(&in->reason, ": ");
		(void)buf_addv(&in->reason, format, args);
		va_end(args);
	}
	return 0;
}

static int
damaged(struct rec_in *in, const char *rule)
{
	return finish(in, REC_IN_DAMAGED, EX_DATAERR, "block %" PRIu64 " at byte %" PRIu64 ": %s", in->blocks + 1, in->offset, rule);
}

static int
cut(struct rec_in *in)
{
	if (rec_in_mute(in))
		return finish(in, REC_IN_CUT, EX_DATAERR,
		    "no bytes at all: not even the end mark of an empty stream; what should have written it was not run or was killed");
	return finish(in, REC_IN_CUT, EX_DATAERR, "cut off after %" PRIu64 " whole records, %s", in->records,
	    in->have_head > 0 ? "in the middle of a block" : "without an end mark");
}

/* The input begins with something else than a block: says what, and the way out. */
static int
not_stream(struct rec_in *in)
{
	struct buf text = { 0 };
	size_t shown = vis_bytes(&text, (const char *)in->head, in->have_head, 20, 0, NULL);

	if (in->have_head >= strlen(VIS_MARK) && memcmp(in->head, VIS_MARK, strlen(VIS_MARK)) == 0) {
		buf_free(&text);
		return finish(in, REC_IN_NOT_STREAM, EX_DATAERR,
		    "not a record stream, but records as they are shown on a terminal: let the command before it write into a pipe (ssh without -t; not from mpirun, whose ranks write to a terminal)");
	}
	if (shown == SIZE_MAX || buf_terminate(&text) < 0)
		finish(in, REC_IN_NOT_STREAM, EX_DATAERR, "not a record stream");
	else
		finish(in, REC_IN_NOT_STREAM, EX_DATAERR, "not a record stream (it begins \"%s%s\")", text.data,
		    shown < in->have_head ? "..." : "");
	in->way = in->reason.len;
	(void)buf_adds(&in->reason, "; put rec-split before it");
	buf_free(&text);
	return 0;
}

/* ---- bytes ---- */

/* io_read where it would not wait, else -1 with errno EAGAIN. */
static ssize_t
read_nowait(struct rec_in *in, void *to, size_t n)
{
	return in->file ? io_read(in->fd, to, n) : io_read_ready(in->fd, to, n);
}

/*
 * A read of the pipe beside a ring, or after one has been taken up: a writer that died is seen at the back pipe, even where others still
 * hold the pipe open. One that has gone between two streams may be followed by another.
 */
static ssize_t
read_beside(struct rec_in *in, void *to, size_t n)
{
	struct pollfd p[2] = { { .fd = in->fd, .events = POLLIN }, { .fd = in->hop.back } };
	ssize_t got;

	if (!in->nowait && rec_out_stop()) {
		errno = ECANCELED;
		return -1;
	}
	while ((got = read_nowait(in, to, n)) < 0 && errno == EAGAIN) {
		if (p[1].fd >= 0 && hop_widowed(&in->hop)) {
			/* What it has written before is there by now. */
			if ((got = read_nowait(in, to, n)) >= 0 || errno != EAGAIN)
				return got;
			if (in->hop.reading || !in->after_end || in->have_head > 0)
				return 0;
			hop_leave(&in->hop);
			p[1].fd = -1;
		}
		if (in->nowait) {
			errno = EAGAIN;
			return -1;
		}
		if (rec_out_await(p, 2, -1) == 0) {
			errno = ECANCELED;
			return -1;
		}
	}
	return got;
}

/*
 * Whether the FIFO has, or had, a writer: before one has opened it poll is silent, and a read would find an end that is none. Else
 * waits, or sets dry.
 */
static int
writer_came(struct rec_in *in)
{
	void (*arrived)(struct rec_in *) = in->arrived;

	if (in->nowait && !io_readable(in->fd)) {
		in->dry = 1;
		return 0;
	}
	if (!in->nowait && !rec_out_wait(in->fd, -1)) {
		finish(in, REC_IN_UNWANTED, 0, NULL);
		return 0;
	}
	in->arrived = NULL;
	arrived(in);
	return 1;
}

/*
 * The one place where bytes come in from the descriptor: reads up to n of them. Returns how many, 0 at the end of the input, -1
 * where the input has ended by a fault or because nobody wants it, or, in rec_in_try, where nothing has come.
 */
static ssize_t
receive(struct rec_in *in, void *to, size_t n)
{
	ssize_t got;

	if (in->arrived != NULL && !writer_came(in))
		return -1;
	got = in->hop.ring.shared != NULL ? read_beside(in, to, n) :
	    in->nowait                    ? read_nowait(in, to, n) :
	                                    rec_out_read(in->fd, in->file, to, n, -1);

	if (got >= 0) {
		/* Beside a ring little comes by the pipe, and its writer has given it back; where the ring comes, it does so before. */
		if (in->hop.ring.shared == NULL)
			(void)io_widen_late(in->fd, &in->read, (size_t)got);
		return got;
	}
	if (in->nowait && errno == EAGAIN) {
		in->dry = 1;
		return -1;
	}
	if (errno == ECANCELED) {
		finish(in, REC_IN_UNWANTED, 0, NULL);
		return -1;
	}
	in->error = errno;
	finish(in, REC_IN_ERROR, in->error == EISDIR ? EX_NOINPUT : EX_IOERR, "%s", strerror(in->error));
	return -1;
}

/* 1 when the header is whole; 0 at the end of the input before its first byte; -1 where the input has ended otherwise. */
static int
receive_head(struct rec_in *in)
{
	static const char magic[] = BLOCK_MAGIC;

	while (in->have_head < BLOCK_HEAD) {
		ssize_t n = receive(in, in->head + in->have_head, BLOCK_HEAD - in->have_head);
		size_t known;

		if (n < 0)
			return -1;
		in->have_head += (size_t)n;
		known = in->have_head < 4 ? in->have_head : 4;
		/* What is no block is said at once, not when 40 bytes of it have come; and it is not one that was cut off. */
		if (memcmp(in->head, magic, known) != 0) {
			if (in->offset == 0)
				not_stream(in);
			else
				damaged(in, block_head(&(struct block){ 0 }, in->head, in->record_max));
			return -1;
		}
		if (n == 0) {
			if (in->have_head == 0)
				return 0;
			cut(in);
			return -1;
		}
	}
	return 1;
}

/* More memory for a body of want bytes. 1, or -1. */
static int
grow(struct rec_in *in, size_t want)
{
	size_t cap = in->cap == 0 ? BLOCK_USUAL : in->cap * 2;
	char *body;

	if (in->cap > 0 && cap > want)
		cap = want + block_pad(want);
	if ((body = realloc(in->body, cap)) == NULL) {
		finish(in, REC_IN_ERROR, EX_OSERR, "out of memory for a block of %zu bytes", want);
		return -1;
	}
	in->body = body;
	in->cap = cap;
	return 1;
}

/* Receives the body of the block; memory grows only with what has come. 1, or -1. */
static int
receive_body(struct rec_in *in, size_t want)
{
	while (in->have < want) {
		ssize_t n;

		if (in->have == in->cap && grow(in, want) < 0)
			return -1;
		n = receive(in, in->body + in->have, (want < in->cap ? want : in->cap) - in->have);
		if (n < 0)
			return -1;
		if (n == 0) {
			cut(in);
			return -1;
		}
		in->have += (size_t)n;
	}
	return 1;
}

/* ---- blocks ---- */

/* The input's watermark. If it is lower than what its positions have come to, those of the outputs must not pass it. */
static void
set_watermark(struct rec_in *in, uint64_t watermark)
{
	in->watermark = watermark;
	if (in->next < watermark)
		in->next = watermark;
	in->bounds |= !in->apart && in->watermark < in->next;
	if (in->bounds)
		rec_out_bound(in->watermark);
}

/* An end mark: a failure ends the input, a good one may stand before another stream, whose positions then count on. */
static int
end_mark(struct rec_in *in, const struct block *b)
{
	set_watermark(in, in->origin + b->next);
	if (b->status != 0) {
		in->end = REC_IN_FAILED;
		in->status = (int)b->status;
		/* A stream from elsewhere could have a reason that drives the terminal. */
		if (vis_bytes(&in->reason, b->payload, b->size, 0, 0, NULL) == SIZE_MAX || (b->size == 0 && buf_adds(&in->reason, "no reason given") < 0))
			in->reason.len = 0;
		return 0;
	}
	in->origin = in->watermark;
	in->order = (struct block_order){ 0 };
	in->after_end = 1;
	/*
	 * What comes behind this mark may be another writer's. One that has offered a ring, and not switched to it, may go now, and that
	 * must not be taken for the death of the next one. If it has more, it finds the ring left, and comes back to the pipe.
	 */
	if (!in->hop.reading)
		hop_leave(&in->hop);
	return 1;
}

/* The next block from the descriptor, checked by itself: 1; 0 where there is none, as rec_in_block and rec_in_try say it. */
static int
pipe_block(struct rec_in *in, struct block *b)
{
	static _Alignas(8) char nothing[8]; /* the body of a first block that has none */
	const char *rule;
	int got = receive_head(in);

	if (got < 0)
		return 0;
	if (got == 0) {
		/* What went into another reader's ring is lost, if its writer has not come back from there. */
		in->over = in->after_end && !in->hop.foreign;
		return in->over ? finish(in, REC_IN_GOOD, 0, NULL) : cut(in);
	}
	if ((rule = block_head(b, in->head, in->record_max)) != NULL)
		return damaged(in, rule);
	if (receive_body(in, block_body(b)) < 0)
		return 0;
	in->whole = 1;
	if ((rule = block_check(b, in->head, in->body != NULL ? in->body : nothing, in->record_max)) != NULL)
		return damaged(in, rule);
	if (in->large && b->kind != BLOCK_WAKE) {
		in->large = 0;
		hop_read(&in->hop);
	}
	return 1;
}

/*
 * A block in a slot. Its header and its index are copied before they are checked, because the memory is the writer's too; the payload
 * stays where it lies.
 */
static int
slot_block(struct rec_in *in, struct block *b, char *data, size_t len)
{
	const char *rule;
	size_t index;

	in->slotted = in->whole = 1;
	if (len < BLOCK_HEAD)
		return damaged(in, "it is shorter than a header");
	memcpy(in->head, data, BLOCK_HEAD);
	if ((rule = block_head(b, in->head, in->record_max)) != NULL)
		return damaged(in, rule);
	if (BLOCK_HEAD + block_body(b) != len)
		return damaged(in, "its length is not what its header says");
	index = block_index(b);
	while (index > in->cap)
		if (grow(in, index) < 0)
			return 0;
	if (index > 0)
		memcpy(in->body, data + len - index, index);
	if ((rule = block_check_apart(b, in->head, data + BLOCK_HEAD, in->body, in->record_max)) != NULL)
		return damaged(in, rule);
	return 1;
}

/*
 * The next block from the ring: 1, or 0 as pipe_block; BY_PIPE where it comes from there. A writer that has gone, or something in the
 * pipe that should not be there, counts only after one more look at the ring: all that was published comes first.
 */
enum { BY_PIPE = 2 };

static int
ring_block(struct rec_in *in, struct block *b)
{
	struct pollfd p[2];
	int looks = 0, gone = 0, strange = 0;

	if (!in->nowait && rec_out_stop())
		return finish(in, REC_IN_UNWANTED, 0, NULL);
	for (;;) {
		char *data;
		size_t len;
		int got = hop_next(&in->hop, &data, &len);

		if (got == 1)
			return slot_block(in, b, data, len);
		if (got == HOP_LARGE || got == HOP_OVER) {
			in->large = got == HOP_LARGE;
			in->have_head = hop_rest(&in->hop, in->head);
			return BY_PIPE;
		}
		if (got < 0)
			return damaged(in, "the ring that it comes through is broken");
		if (strange)
			return damaged(in, hop_stray(&in->hop));
		if (gone)
			return cut(in);
		if (!in->nowait && spin_again(&in->hop.spin, looks++))
			continue;
		if (in->nowait) {
			int drained = hop_drain(&in->hop, in->fd);

			strange = drained < 0;
			gone = drained == 0 || hop_widowed(&in->hop);
			if (strange || gone)
				continue;
			in->dry = 1;
			return 0;
		}
		if (!hop_sleeps(&in->hop, in->fd, p))
			continue;
		spin_sleeps(&in->hop.spin);
		if (rec_out_await(p, 2, -1) == 0)
			return finish(in, REC_IN_UNWANTED, 0, NULL);
		spin_woken(&in->hop.spin);
		if (p[0].revents != 0) {
			int drained = hop_drain(&in->hop, in->fd);

			strange = drained < 0;
			gone = drained == 0;
		}
		gone |= p[1].revents != 0;
	}
}

/* What a named ring says instead of a block: 1 with a loss, or 0. */
static int
shm_verdict(struct rec_in *in, struct block *b, enum shm_found found, const struct shm_item *item)
{
	switch (found) {
	case SHM_LOST:
		*b = (struct block){ .kind = BLOCK_LOSS, .base = item->seq, .next = item->seq + item->count,
			.count = item->unknown ? BLOCK_LOST_UNKNOWN : (uint32_t)item->count };
		if (in->shm->ring.plan.mode != SHM_STREAM)
			return 1;
		/* What comes next is another writer's stream, which counts from here on as behind an end mark. */
		in->origin = in->next;
		in->order = (struct block_order){ 0 };
		b->base = b->next = 0;
		return 1;
	case SHM_PARTED:
		return finish(in, REC_IN_CUT, EX_DATAERR,
		    "cut off after %" PRIu64 " whole records: it was too slow for the writers, and %" PRIu64 " records were lost", in->records, item->count);
	case SHM_ENDED:
		return in->after_end || in->shm->ring.plan.mode != SHM_STREAM ? finish(in, REC_IN_GOOD, 0, NULL) : cut(in);
	case SHM_DIED:
		if (in->after_end && in->shm->ring.plan.mode == SHM_STREAM)
			return finish(in, REC_IN_GOOD, 0, NULL);
		return finish(in, REC_IN_CUT, EX_DATAERR, "cut off after %" PRIu64 " whole records: a writer was killed before its end", in->records);
	case SHM_FAILED:
		in->end = REC_IN_FAILED;
		in->status = item->count > 0 && item->count < 256 ? (int)item->count : EX_DATAERR;
		if (vis_bytes(&in->reason, item->data, item->len, 0, 0, NULL) == SIZE_MAX)
			in->reason.len = 0;
		return 0;
	default:
		in->error = errno;
		if (errno == EBADMSG)
			return finish(in, REC_IN_DAMAGED, EX_DATAERR, "its memory is damaged: what stands there makes no sense");
		return finish(in, REC_IN_ERROR, EX_OSERR, "%s", errno == EIO ? "its memory was truncated" : strerror(errno));
	}
}

/*
 * A block from a named ring. Those of queue and broadcast come from several writers, each with positions of its own: they get those of
 * the ring, and each may be a last one that lacks its gap.
 */
static int
shm_taken(struct rec_in *in, struct block *b, const struct shm_item *item)
{
	if (!slot_block(in, b, item->data, item->len))
		return 0;
	if (in->shm->ring.plan.mode == SHM_STREAM)
		return 1;
	if ((b->kind != BLOCK_DATA && b->kind != BLOCK_LOSS) || item->seq > UINT64_MAX - b->count)
		return damaged(in, "it is of a kind that does not belong there");
	b->positions = NULL;
	b->base = item->seq;
	b->next = item->seq + item->count;
	in->order.lacks_gap = 0;
	return b->kind == BLOCK_DATA && item->count != b->count ? damaged(in, "its slot tells another number of records") : 1;
}

/* As ring_block, from a named ring. */
static int
shm_block(struct rec_in *in, struct block *b)
{
	struct shm_item item;
	enum shm_found found;
	int flushed = 0;

	for (int looks = 0; (found = shm_port_next(in->shm, &item)) == SHM_NONE; looks++) {
		uint32_t heard;

		if (in->nowait) {
			if (!shm_port_dry(in->shm, &item, &found))
				break;
			in->dry = 1;
			return 0;
		}
		if (shm_port_spins(in->shm, looks))
			continue;
		if (!flushed)
			rec_out_flush_all();
		flushed = 1;
		/* The sleep is bounded, and each time it is asked whether anybody still wants what will come. */
		(void)rec_out_go_on();
		(void)rec_out_poll(NULL, 0, 0);
		if (rec_out_stop())
			return finish(in, REC_IN_UNWANTED, 0, NULL);
		heard = shm_port_listen(in->shm);
		if ((found = shm_port_next(in->shm, &item)) != SHM_NONE)
			break;
		shm_port_sleep(in->shm, heard);
	}
	return found == SHM_BLOCK ? shm_taken(in, b, &item) : shm_verdict(in, b, found, &item);
}

static int
next_block(struct rec_in *in, struct block *b)
{
	const char *rule;

	if (in->end != REC_IN_OPEN)
		return 0;
	for (;;) {
		int got = BY_PIPE;

		if (in->whole)
			in->have_head = in->have = 0;
		in->whole = in->slotted = 0;
		if (in->shm != NULL)
			got = shm_block(in, b);
		else if (in->hop.reading && !in->large)
			got = ring_block(in, b);
		if (got == BY_PIPE)
			got = pipe_block(in, b);
		if (got == 0)
			return 0;
		if (b->kind == BLOCK_SWITCH && (rule = hop_switch(&in->hop, b)) != NULL)
			return damaged(in, rule);
		if (b->kind == BLOCK_OFFER && in->shm == NULL)
			hop_accept(&in->hop, in->fd, b);
		if (b->kind == BLOCK_DATA || b->kind == BLOCK_LOSS || b->kind == BLOCK_END) {
			if (in->hop.foreign)
				return damaged(in, "a ring that its reader has not agreed on was switched to (two readers at once?)");
			if ((rule = block_follow(&in->order, b)) != NULL)
				return damaged(in, rule);
			if (b->next > UINT64_MAX - in->origin || in->order.position > UINT64_MAX - in->origin ||
			    (b->kind != BLOCK_END && b->base > UINT64_MAX - in->origin))
				return damaged(in, "its positions pass 64 bits");
		}
		in->offset += BLOCK_HEAD + block_body(b);
		in->blocks++;
		if (b->kind == BLOCK_END) {
			in->ends++;
			if (!end_mark(in, b))
				return 0;
		} else if (b->kind == BLOCK_DATA || b->kind == BLOCK_LOSS) {
			break;
		}
	}
	in->after_end = 0;
	b->base += in->origin;
	in->next = in->origin + in->order.position;
	set_watermark(in, in->origin + b->next);
	b->next = in->next;
	if (b->kind == BLOCK_LOSS && b->count == BLOCK_LOST_UNKNOWN) {
		in->lost_unknown = 1;
	} else if (b->kind == BLOCK_LOSS) {
		in->lost += b->count;
	} else {
		in->records += b->count;
		in->bytes += b->size;
	}
	return 1;
}

int
rec_in_block(struct rec_in *in, struct block *b)
{
	int got = next_block(in, b);

	/* An input that has ended takes nothing more: its writer must not wait for that until this process closes it. */
	if (!got && in->end != REC_IN_OPEN) {
		hop_leave(&in->hop);
		if (in->shm != NULL)
			shm_port_close(in->shm);
	}
	return got;
}

int
rec_in_sleeps(struct rec_in *in, struct pollfd p[REC_IN_POLLS])
{
	if (in->shm != NULL) {
		p[0] = (struct pollfd){ .fd = shm_port_bell(in->shm), .events = POLLIN };
		p[1] = (struct pollfd){ .fd = -1 };
		/* Asked a second time: the poll came back, perhaps because its time was over. */
		return in->shm->asleep++ == 0;
	}
	if (in->hop.reading && !in->large)
		return hop_sleeps(&in->hop, in->fd, p);
	p[0] = (struct pollfd){ .fd = in->fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = in->hop.ring.shared != NULL ? in->hop.back : -1 };
	return 1;
}

int
rec_in_try(struct rec_in *in, struct block *b)
{
	struct block next; /* b stays as it is where only a header has come */
	int got;

	in->nowait = 1;
	in->dry = 0;
	got = rec_in_block(in, &next);
	in->nowait = 0;
	if (got) {
		*b = next;
		return 1;
	}
	return in->end == REC_IN_OPEN ? 0 : -1;
}

void
rec_in_enough(struct rec_in *in, uint64_t next)
{
	if (in->end == REC_IN_OPEN)
		in->end = REC_IN_GOOD;
	in->next = next;
}

int
rec_in_close(struct rec_in *in, const char **why)
{
	*why = NULL;
	if (in->fd < 0)
		return 0;
	hop_leave(&in->hop);
	if (in->shm != NULL)
		shm_port_close(in->shm);
	else
		(void)io_close(in->fd); /* nothing that was read can be lost by it */
	in->fd = -1;
	return in->closed != NULL ? in->closed(in, why) : 0;
}

void
rec_in_free(struct rec_in *in)
{
	free(in->body);
	buf_free(&in->reason);
}
