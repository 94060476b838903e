/*
 * loop: see loop.h. One poll over everything; nothing is polled that nobody would act on, so it never spins.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loop.h"

/* Memory for n descriptors, kept from call to call. */
static struct pollfd *
room(size_t n)
{
	static struct pollfd *polled;
	static size_t have;

	if (n > have) {
		struct pollfd *more = reallocarray(polled, n, sizeof *more);

		if (more == NULL)
			return NULL;
		polled = more;
		have = n;
	}
	return polled;
}

/* Writes what can be written. Whether one that was busy is idle now, or takes no more. */
static int
settle(void)
{
	int news = 0;

	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o)) {
		int busy = !rec_out_idle(o);

		if (o->state == REC_OUT_OPEN)
			news |= (rec_out_settle(o) && busy) || o->state != REC_OUT_OPEN;
	}
	return news;
}

/* Milliseconds of a clock that only goes on. */
static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One poll of all that loop_wait was given. Returns as it does, or 2 where only a part of a block has gone on. */
static int
wait_once(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout)
{
	struct pollfd *polled;
	size_t n = more_count + ins_count, i;
	int ready, news = 0;

	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		n++;
	if ((polled = room(n)) == NULL)
		return -1;
	if (more_count > 0)
		memcpy(polled, more, more_count * sizeof *more);
	n = more_count;
	for (i = 0; i < ins_count; i++)
		polled[n++] = (struct pollfd){ .events = POLLIN,
			.fd = ins[i] != NULL && ins[i]->end == REC_IN_OPEN && ins[i]->dry ? ins[i]->fd : -1 };
	/* An idle output is watched too: POLLERR is a reader that has gone. A file is always ready and never gone. */
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		polled[n++] = (struct pollfd){ .events = o->writer.parts > 0 ? POLLOUT : 0,
			.fd = o->state == REC_OUT_OPEN && !o->writer.file ? o->fd : -1 };
	if ((ready = poll(polled, n, timeout)) <= 0)
		return ready < 0 && errno == EINTR ? 1 : ready < 0 ? -1 : 0;
	if (more_count > 0)
		memcpy(more, polled, more_count * sizeof *more);
	for (i = 0; i < more_count; i++)
		news |= more[i].revents != 0;
	for (i = 0; i < ins_count; i++)
		if (polled[more_count + i].revents != 0) {
			ins[i]->dry = 0;
			news = 1;
		}
	n = more_count + ins_count;
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o), n++)
		if (polled[n].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			rec_out_left(o);
			news = 1;
		}
	return settle() || news ? 1 : 2;
}

int
loop_wait(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout)
{
	int64_t end = timeout > 0 ? now() + timeout : 0, left;
	int got;

	if (settle())
		return 1;
	/* Pieces of a block that go on one by one must not put off the end of the time. */
	while ((got = wait_once(ins, ins_count, more, more_count, timeout)) == 2)
		if (timeout > 0)
			timeout = (left = end - now()) > 0 ? (int)left : 0;
	return got;
}
