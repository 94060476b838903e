/*
 * loop: see loop.h. One poll over everything; nothing is polled that nobody would act on, so it never spins.
 */

#include <errno.h>
#include <stdlib.h>
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

static size_t
open_outputs(void)
{
	size_t n = 0;

	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		n += o->state == REC_OUT_OPEN;
	return n;
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
loop_wait(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout)
{
	struct pollfd *polled = room(more_count + ins_count * REC_IN_POLLS);
	size_t n, open = open_outputs();
	int64_t until = timeout > 0 ? now() + timeout : 0;
	int ready, news = 0;

	if (polled == NULL)
		return -1;
	do {
		if (rec_out_go_on())
			return 1;
		for (n = 0; n < more_count; n++)
			polled[n] = more[n];
		for (size_t i = 0; i < ins_count; i++, n += REC_IN_POLLS) {
			for (size_t j = 0; j < REC_IN_POLLS; j++)
				polled[n + j] = (struct pollfd){ .fd = -1 };
			if (ins[i] != NULL && ins[i]->end == REC_IN_OPEN && ins[i]->dry && !rec_in_sleeps(ins[i], polled + n)) {
				ins[i]->dry = 0;
				return 1;
			}
		}
		if ((ready = rec_out_poll(polled, n, timeout)) <= 0)
			return ready;
		for (n = 0; n < more_count; n++)
			news |= (more[n].revents = polled[n].revents) != 0;
		for (size_t i = 0; i < ins_count; i++)
			for (size_t j = 0; j < REC_IN_POLLS; j++, n++)
				if (polled[n].revents != 0) {
					ins[i]->dry = 0;
					news = 1;
				}
		/* A poll may end before its time is over. */
		if (timeout > 0 && !news && (timeout = (int)(until - now())) <= 0)
			return 0;
	} while (!news && open_outputs() == open);
	return 1;
}
