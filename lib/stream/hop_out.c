/*
 * hop_out: the writer's side of hop.h.
 *
 * The writer offers a ring (OFFERED). When it sees, between two blocks, that a reader has attached,
 * it sends the switch and goes on in the ring (RING). If a block is too large for a slot, the
 * writer announces it in the ring (ANNOUNCED); when the reader has come to the announcement, the
 * block goes through the pipe (LARGE). If the reader leaves or dies, the writer sends a switch back
 * and all that the reader has not taken through the pipe (BACK), and last a block that was being
 * built in a slot (LAST). So the next reader of the pipe sees what it would have seen without a
 * ring.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/io.h"
#include "record/env.h"
#include "stream/hop.h"
#include "stream/hop_private.h"

struct hop_out {
	enum { OFFERED, RING, ANNOUNCED, LARGE, BACK, LAST } state;
	struct ring ring;
	int fd;             /* the ring's memory; -1 once a reader has attached */
	int back[2];        /* the back pipe; [1] is -1 once a reader has attached */
	int gone;           /* 1: the reader has left or died */
	int narrow;         /* 1: the pipe is still wide, and is to be narrowed */
	struct writer side; /* offers, switches and unread slots on their way through the pipe */
	unsigned char control[HOP_CONTROL];
	uint64_t resend;    /* BACK: the next ticket to go through the pipe */
	size_t last;        /* bytes of the block put last */
	struct spin spin;
};

void
hop_out_free(struct hop_out *h)
{
	if (h == NULL)
		return;
	ring_free(&h->ring);
	if (h->fd >= 0)
		close(h->fd);
	for (int i = 0; i < 2; i++)
		if (h->back[i] >= 0)
			close(h->back[i]);
	writer_close(&h->side);
	free(h);
}

/* ---- beginning ---- */

static void
control(struct hop_out *h, enum block_kind kind, const unsigned char *payload, size_t size)
{
	writer_add(&h->side, h->control, hop_wire_block(h->control, kind, payload, size));
}

static void
send_switch(struct hop_out *h, int back)
{
	unsigned char payload[HOP_SWITCH_SIZE] = { 0 };

	memcpy(payload, ring_token(&h->ring), RING_TOKEN);
	payload[RING_TOKEN] = (unsigned char)back;
	control(h, BLOCK_SWITCH, payload, sizeof payload);
}

/* Makes a ring and offers it. Returns NULL if that is not possible. */
static struct hop_out *
offer(const struct writer *w)
{
	unsigned char payload[HOP_OFFER_SIZE] = { 0 };
	const char *wrong = NULL;
	const struct env *env = env_get(&wrong);
	struct hop_out *h;
	struct stat pipe, back;
	uint64_t id[2];

	if (fstat(w->fd, &pipe) < 0 || (h = calloc(1, sizeof *h)) == NULL)
		return NULL;
	h->fd = h->back[0] = h->back[1] = -1;
	h->narrow = 1;
	writer_open(&h->side, w->fd);
	if (pipe2(h->back, O_CLOEXEC | O_NONBLOCK) == 0 && fstat(h->back[0], &back) == 0) {
		id[0] = back.st_dev;
		id[1] = back.st_ino;
		if (ring_make(&h->ring, &h->fd, env->ring, env->slot, id) == 0) {
			hop_wire_offer(payload, (uint32_t)getpid(), (uint32_t)h->fd, (uint32_t)h->back[1],
			    ring_token(&h->ring), pipe.st_dev, pipe.st_ino);
			control(h, BLOCK_OFFER, payload, sizeof payload);
			return h;
		}
	}
	hop_out_free(h);
	return NULL;
}

/*
 * Sets h->gone if the reader has left or died, and returns it. Reads what the reader has rung, and
 * drops it.
 */
static int
look(struct hop_out *h)
{
	struct pollfd p = { .fd = h->back[0], .events = POLLIN };
	char rung[64];

	if (h->gone || ring_left(&h->ring))
		return h->gone = 1;
	if (poll(&p, 1, 0) > 0) {
		if (p.revents & POLLIN)
			while (read(h->back[0], rung, sizeof rung) > 0)
				;
		h->gone = (p.revents & (POLLHUP | POLLERR)) != 0;
	}
	return h->gone;
}

/*
 * Ends a hop. The blocks go through the pipe from here on, and another ring may be offered later.
 */
static void
drop(struct hop_out **h, struct writer *w, uint64_t *at)
{
	const char *wrong = NULL;
	struct hop_out *old = *h;

	*h = NULL; /* before it is freed: a signal's handler may look */
	hop_out_free(old);
	w->widened = w->fd != STDOUT_FILENO; /* the pipe of standard output was narrowed, and may be widened again */
	*at = w->sent + env_get(&wrong)->hop;
}

void
hop_block(struct hop_out **hop, struct writer *w, uint64_t *at)
{
	struct hop_out *h = *hop;

	if (h == NULL) {
		if (w->sent < *at || !w->pipe)
			return;
		/*
		 * If a ring cannot be made now, it cannot be made later (no /proc or memfd, no
		 * memory, no descriptors).
		 */
		if ((*hop = offer(w)) == NULL)
			*at = UINT64_MAX;
		return;
	}
	if (h->state == LARGE)
		h->state = RING;
	if (h->state != OFFERED || h->side.parts > 0 || !ring_attached(&h->ring))
		return;
	close(h->fd);
	h->fd = -1;
	/* From here on the reader alone holds this end, so its death is seen at the other end. */
	close(h->back[1]);
	h->back[1] = -1;
	h->state = RING;
	if (look(h))
		drop(hop, w, at);
	else
		send_switch(h, 0);
}

int
hop_begins(const struct hop_out *h)
{
	return h->state == OFFERED || h->state == LARGE;
}

/* ---- moving ---- */

/*
 * Wakes the reader, which polls the pipe. Less than a page is written whole, and a pipe beside a
 * ring has room for it.
 */
static void
wake(const struct writer *w)
{
	unsigned char block[HOP_CONTROL];

	(void)io_write(w->fd, block, hop_wire_block(block, BLOCK_WAKE, NULL, 0));
}

/* Narrows the pipe once the reader reads the ring, because a user has at most 64 wide pipes. */
static void
narrow(struct hop_out *h, struct writer *w)
{
	if (h->narrow && ring_begun(&h->ring)) {
		writer_narrow(w);
		h->narrow = 0;
	}
}

/*
 * If `wait`: looks for a while and then sleeps, until fewer than `fewer` slots are in use; returns
 * 1. If not: asks the reader to ring when that is so; returns 0 if the caller must poll for that,
 * or 1 if it can go on at once. Then it does not look again and again, because the command has
 * other streams to serve, and polls for all at once.
 */
static int
await(struct hop_out *h, size_t fewer, int wait)
{
	struct pollfd p = { .fd = h->back[0], .events = POLLIN };

	for (int looks = 0; wait && spin_again(&h->spin, looks); looks++) {
		int64_t used = ring_used(&h->ring);

		if (used < 0 || ((size_t)used < fewer && ring_begun(&h->ring)))
			return 1;
	}
	if (!wait)
		return !ring_writer_sleeps(&h->ring, fewer) || look(h);
	if (ring_writer_sleeps(&h->ring, fewer)) {
		spin_sleeps(&h->spin);
		poll(&p, 1, -1);
		spin_woken(&h->spin);
	}
	look(h);
	return 1;
}

/* Returns 1 if the block under way is in a slot, else 0. */
static int
placed(const struct hop_out *h, const struct writer *w)
{
	return w->parts > 1 && ring_holds(&h->ring, w->iov[1].iov_base);
}

int
hop_place(struct hop_out *h, struct writer *w, size_t before, size_t want, char **data, size_t *room)
{
	size_t gap = (before + RING_SLOT_HEAD + BLOCK_HEAD + RING_PAGE - 1) / RING_PAGE * RING_PAGE - RING_SLOT_HEAD;
	char *to = NULL;

	if (h == NULL || h->state != RING || h->side.parts > 0 || gap > h->ring.size || h->ring.size - gap < want)
		return 0;
	narrow(h, w);
	while (!look(h) && (to = ring_room(&h->ring)) == NULL && errno == 0)
		await(h, h->ring.slots, 1);
	if (h->gone || to == NULL)
		return 0; /* the next hop_push turns back */
	*data = to + gap;
	*room = h->ring.size - gap;
	return 1;
}

/* The reader has gone: begins to send what it has not taken through the pipe. */
static void
turn_back(struct hop_out *h)
{
	h->state = BACK;
	h->resend = ring_untaken(&h->ring);
	send_switch(h, 1);
}

/* Resends one block. Returns 1, or 0 if all have been resent. */
static int
resend(struct hop_out *h)
{
	while (h->resend < h->ring.mine) {
		long len;
		const char *data = ring_slot(&h->ring, h->resend++, &len);

		/* Large blocks have gone, or go now, through the pipe anyway. */
		if (data != NULL && len > 0) {
			writer_add(&h->side, data, (size_t)len);
			return 1;
		}
	}
	return 0;
}

/*
 * Puts the block under way, of len bytes, into a slot, and publishes it; or, if it is too large for
 * one, announces it. Returns 1; or 0, with errno as ring_room sets it, if no slot is free.
 */
static int
put(struct hop_out *h, struct writer *w, size_t len)
{
	char *room = ring_room(&h->ring), *begin, *to;

	if (room == NULL)
		return 0;
	begin = to = placed(h, w) ? (char *)w->iov[1].iov_base - w->iov[0].iov_len : room;
	if (len > h->ring.size - (size_t)(begin - room)) {
		h->state = ANNOUNCED;
		if (ring_put(&h->ring, room, RING_LARGE))
			wake(w);
		return 1;
	}
	for (int i = 0; i < w->parts; i++) {
		if (w->iov[i].iov_base != to)
			memcpy(to, w->iov[i].iov_base, w->iov[i].iov_len);
		to += w->iov[i].iov_len;
	}
	w->parts = 0;
	h->last = len;
	if (ring_put(&h->ring, begin, (long)len))
		wake(w);
	return 1;
}

static size_t
length(const struct writer *w)
{
	size_t n = 0;

	for (int i = 0; i < w->parts; i++)
		n += w->iov[i].iov_len;
	return n;
}

int
hop_push(struct hop_out **hop, struct writer *w, int wait, uint64_t *at)
{
	struct hop_out *h = *hop;
	int64_t used;
	int moved;

	if (h->side.parts > 0)
		return writer_push(&h->side, wait);
	switch (h->state) {
	case OFFERED:
	case LARGE:
		return w->parts > 0 ? writer_push(w, wait) : 1;
	case BACK:
		if (resend(h))
			return 1;
		if (!placed(h, w)) {
			drop(hop, w, at);
			return 1;
		}
		h->state = LAST;
		/* fallthrough */
	case LAST:
		moved = w->parts > 0 ? writer_push(w, wait) : 1;
		if (w->parts == 0)
			drop(hop, w, at);
		return moved;
	case ANNOUNCED:
		used = ring_used(&h->ring);
		if (used < 1)
			h->gone = 1; /* the reader has given back what it cannot have read, and is not waited for */
		if (look(h)) {
			turn_back(h);
			return 1;
		}
		if (used == 1 && ring_begun(&h->ring))
			h->state = LARGE;
		else
			return await(h, 2, wait);
		return 1;
	case RING:
		break;
	}
	if (look(h)) {
		turn_back(h);
		return 1;
	}
	narrow(h, w);
	if (w->parts == 0 || put(h, w, length(w)))
		return 1;
	if (errno != 0) {
		h->gone = 1; /* the reader's counters make no sense, and it is not waited for any more */
		return 1;
	}
	return await(h, h->ring.slots, wait);
}

/* ---- waiting and ending ---- */

int
hop_busy(const struct hop_out *h)
{
	return h != NULL && (h->side.parts > 0 || h->state == BACK || h->state == ANNOUNCED);
}

size_t
hop_used(struct hop_out *h, size_t *last)
{
	int64_t used = h != NULL && h->state == RING ? ring_used(&h->ring) : 0;

	*last = used > 0 ? h->last : 0;
	return used > 0 ? (size_t)used : 0;
}

int
hop_polled(struct hop_out *h, const struct writer *w, int busy, int heeds, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = w->fd, .events = busy ? POLLOUT : 0 };
	if (h->side.parts > 0) {
		p->events = POLLOUT;
		return 1;
	}
	switch (h->state) {
	case OFFERED:
	case LARGE:
	case LAST:
		return 1;
	case BACK:
		return 0;
	case ANNOUNCED:
	case RING:
		break;
	}
	*p = (struct pollfd){ .fd = h->back[0], .events = busy || heeds ? POLLIN : 0 };
	if (h->gone)
		return 0;
	if (!busy && !heeds)
		return 1;
	return ring_writer_sleeps(&h->ring, h->state == ANNOUNCED || !busy ? 2 : w->parts > 0 ? h->ring.slots : 1);
}

void
hop_seen(struct hop_out *h, short revents)
{
	if ((h->state == RING || h->state == ANNOUNCED) && h->side.parts == 0 && revents != 0 && look(h))
		turn_back(h);
}

int
hop_ended(struct hop_out *h)
{
	int64_t used;

	if (h == NULL)
		return 1;
	if (h->side.parts > 0 || h->state == BACK || h->state == ANNOUNCED)
		return 0;
	if (h->state == OFFERED || h->state == LARGE || (used = ring_used(&h->ring)) == 0)
		return 1; /* all is in the pipe, or was taken from the ring */
	if (used < 0)
		h->gone = 1; /* as in hop_push */
	if (look(h))
		turn_back(h);
	return 0;
}

void
hop_done(struct hop_out *h, const struct writer *w)
{
	if (h != NULL && (h->state == RING || h->state == LARGE) && ring_done(&h->ring))
		wake(w);
}

int
hop_last_words(struct hop_out *h, const struct writer *w, const void *bytes, size_t n)
{
	char *to;

	if (h == NULL || (h->state == OFFERED && h->side.parts == 0))
		return 0;
	/*
	 * LARGE: the last block has gone through the pipe whole, and after it the reader looks at
	 * the ring again.
	 */
	if ((h->state != RING && h->state != LARGE) || h->side.parts > 0)
		return 1; /* there is no place for it now */
	if ((to = ring_room(&h->ring)) != NULL && n <= h->ring.size) {
		memcpy(to, bytes, n);
		(void)ring_put(&h->ring, to, (long)n);
	}
	(void)ring_done(&h->ring);
	wake(w);
	return 1;
}
