/*
 * rec_out_wait: how a command waits (rec_out.h): for its inputs with its outputs flushed, for one
 * output with the others served, for a reader that has enough to work on, and at its end for the
 * readers of rings.
 */

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/io.h"
#include "stream/rec_group.h"
#include "stream/rec_out_private.h"

/* ---- one poll ---- */

/*
 * Returns memory for n descriptors and those of all outputs, which is kept from call to call; or
 * NULL with errno ENOMEM.
 */
static struct pollfd *
room(size_t n)
{
	static struct io_polled polled;

	for (struct rec_out *o = rec_group_served(NULL); o != NULL; o = rec_group_served(o))
		n++;
	return io_polled(&polled, n + rec_out_hop_kept() + 1); /* 1 for rec_out_watched */
}

/*
 * Sets what to poll for, for each output: idle ones wait for their reader to go. Returns 1, or 0 if
 * one of them can go on at once.
 */
static int
add_outputs(struct pollfd *p)
{
	for (struct rec_out *o = rec_group_served(NULL); o != NULL; o = rec_group_served(o), p++) {
		*p = (struct pollfd){ .fd = -1 };
		if (o->state == REC_OUT_OPEN && !o->via->polled(o, rec_out_busy(o), p))
			return 0;
	}
	return rec_out_hop_kept_polled(p);
}

static void
see_outputs(const struct pollfd *p)
{
	struct rec_out *next;

	for (struct rec_out *o = rec_group_served(NULL); o != NULL; o = next, p++) {
		next = rec_group_served(o);
		if (p->revents != 0 && !o->told && o->via->seen != NULL)
			o->via->seen(o, p);
	}
	rec_out_hop_kept_seen(p);
}

int
rec_out_poll(struct pollfd more[], size_t n, int ms)
{
	struct pollfd *polled = room(n);
	nfds_t all = n;
	int ready, bound = shm_port_bound(), bounded = bound >= 0 && (ms < 0 || ms > bound);

	if (polled == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		polled[i] = more[i];
		polled[i].revents = more[i].revents = 0;
	}
	if (!add_outputs(polled + n))
		return 1;
	for (struct rec_out *o = rec_group_served(NULL); o != NULL; o = rec_group_served(o))
		all++;
	all += rec_out_hop_kept();
	polled[all] = (struct pollfd){ .fd = rec_out_watched() };
	if ((ready = io_poll(polled, all + 1, bounded ? bound : ms)) <= 0)
		return ready < 0 && errno == EINTR ? 2 : ready == 0 && bounded ? 1 : ready;
	for (size_t i = 0; i < n; i++)
		more[i].revents = polled[i].revents;
	see_outputs(polled + n);
	if (polled[all].revents & (POLLERR | POLLHUP))
		rec_out_unwatched(io_why(polled[all].fd));
	return 1;
}

/* ---- what a reader has not taken yet ---- */

static size_t
unread(const struct rec_out *out)
{
	/* Of a file io_unread would return the number of bytes after its offset. */
	return out->writer.pipe ? io_unread(out->fd) : 0;
}

/*
 * Returns the number of blocks in shared memory that the reader has not given back, and in *last
 * the size of the last one.
 */
static size_t
used(struct rec_out *out, size_t *last)
{
	*last = 0;
	return out->via->used != NULL ? out->via->used(out, last) : 0;
}

size_t
rec_out_load(struct rec_out *out)
{
	size_t last, blocks = used(out, &last);

	return blocks > 0 ? (blocks - 1) * last : unread(out);
}

int
rec_out_taken(struct rec_out *out)
{
	size_t last;

	return used(out, &last) == 0 && unread(out) == 0;
}

int
rec_out_heed(struct rec_out *out)
{
	size_t last;

	return out->heeds = used(out, &last) > 1;
}

int
rec_out_heeded(struct rec_out *out)
{
	size_t last;

	/*
	 * Returns 1 also if the ring is no longer in use, because nothing would show the news then.
	 */
	return out->heeds && used(out, &last) <= 1;
}

void
rec_out_heed_none(void)
{
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		o->heeds = 0;
}

uint64_t
rec_out_put(const struct rec_out *out)
{
	return writer_put(&out->writer);
}

/* ---- waiting for one output ---- */

void
rec_out_serve(struct rec_out *out)
{
	for (;;) {
		int moved = 0, others = 0;

		for (struct rec_out *o = rec_group_served(NULL); o != NULL; o = rec_group_served(o)) {
			/*
			 * Watermarks too: out's reader may wait for those of others (a gather in
			 * the original order).
			 */
			if (o != out && o->state == REC_OUT_OPEN && !o->told && !rec_out_busy(o))
				rec_out_build(o);
			if (!rec_out_busy(o) || !rec_out_piece(o, 0))
				continue;
			if (o == out)
				moved = 1;
			else
				others = 1;
		}
		rec_out_hop_step();
		if (rec_out_lonely(out))
			rec_out_fail(out, EPIPE);
		if (moved || !rec_out_busy(out))
			return;
		/* An output that has taken something may take more. */
		if (!others && rec_out_poll(NULL, 0, -1) < 0)
			rec_out_fail(out, errno);
	}
}

/* ---- waiting for inputs ---- */

int
rec_out_go_on(void)
{
	int news = 0;

	rec_out_hop_step();
	for (struct rec_out *o = rec_group_served(NULL); o != NULL; o = rec_group_served(o)) {
		int busy = !rec_out_idle(o);

		if (o->told)
			continue;
		/*
		 * No poll shows that the reader of an idle output into a named ring has gone: only
		 * a look does.
		 */
		if (o->state == REC_OUT_OPEN && o->via->gone != NULL && (o->via->gone(o) || rec_out_lonely(o))) {
			rec_out_fail(o, EPIPE);
			news = 1;
		}
		if (o->state == REC_OUT_OPEN)
			news |= (rec_out_settle(o) && busy) || o->state != REC_OUT_OPEN;
	}
	rec_group_rest();
	return news;
}

/*
 * Returns the number of milliseconds that are left until a time of clock_ns; or -1 if ms is below
 * 0.
 */
static int
time_left(int ms, int64_t until)
{
	int64_t left;

	if (ms < 0)
		return -1;
	/*
	 * Rounded up: poll must not be called again and again for the last part of a millisecond.
	 */
	left = (until - clock_ns() + 999999) / 1000000;
	return left > 0 ? (int)left : 0;
}

int
rec_out_await(struct pollfd mine[], size_t n, int ms)
{
	struct pollfd all[2];
	int64_t until;

	rec_out_flush_all();
	until = ms >= 0 ? clock_ns() + (int64_t)ms * 1000000 : 0;
	while (!rec_out_stop()) {
		int ready, came = 0;

		memcpy(all, mine, n * sizeof *mine);
		(void)rec_out_go_on();
		if ((ready = rec_out_poll(all, n, time_left(ms, until))) < 0)
			return 1; /* there is no memory to poll, and the read waits instead */
		if (ready == 0 && time_left(ms, until) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		for (size_t i = 0; i < n; i++)
			came |= (mine[i].revents = all[i].revents) != 0;
		/*
		 * If a reader has gone at the same moment, that may be why something has come, such
		 * as an end: then the command stops.
		 */
		if (came && !rec_out_stop())
			return 1;
	}
	return 0;
}

int
rec_out_wait(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (rec_out_stop())
		return 0;
	return io_readable(fd) ? 1 : rec_out_await(&p, 1, ms);
}

ssize_t
rec_out_read(int fd, int file, void *to, size_t n, int ms)
{
	ssize_t got;
	int ready;

	if (!rec_out_stop()) {
		if (file)
			return io_read(fd, to, n);
		if ((got = io_read_nowait(fd, to, n)) >= 0 || errno != EAGAIN)
			return got;
		if ((ready = rec_out_wait(fd, ms)) != 0)
			return ready > 0 ? io_read(fd, to, n) : -1;
	}
	errno = ECANCELED;
	return -1;
}
