/*
 * loop: see loop.h. All is waited for by one poll. It polls nothing that the caller would not act
 * on, so the caller never spins.
 */

#include "os/clock.h"
#include "os/io.h"
#include "stream/loop.h"
#include "stream/rec_group.h"

/*
 * Returns 1 if the reader of one of the outputs with rec_out_heed has taken what was in its ring,
 * else 0.
 */
static int
heeded(void)
{
	int news = 0;

	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		news |= rec_out_heeded(o);
	return news;
}

/*
 * Polls once all that loop_wait was given. Returns as loop_wait does, or 2 if only a part of a
 * block has been written.
 */
static int
wait_once(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout)
{
	static struct io_polled memory;
	struct pollfd *polled = io_polled(&memory, more_count + ins_count * REC_IN_POLLS);
	unsigned long lost = rec_group_lost;
	size_t n;
	int ready, news = 0;

	if (polled == NULL && more_count + ins_count > 0)
		return -1;
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
	if (ready == 2)
		return 1; /* the caller may wait for what the signal reports */
	for (n = 0; n < more_count; n++)
		news |= (more[n].revents = polled[n].revents) != 0;
	for (size_t i = 0; i < ins_count; i++)
		for (size_t j = 0; j < REC_IN_POLLS; j++, n++)
			if (polled[n].revents != 0) {
				ins[i]->dry = 0;
				news = 1;
			}
	news |= heeded();
	return rec_out_go_on() || news || rec_group_lost != lost ? 1 : 2;
}

int
loop_wait(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout)
{
	int64_t end = timeout > 0 ? clock_ms() + timeout : 0, left;
	int got = rec_out_go_on() ? 1 : 2;

	/*
	 * Pieces of a block that are written one by one must not make the wait longer than timeout.
	 */
	while (got == 2 && (got = wait_once(ins, ins_count, more, more_count, timeout)) == 2)
		if (timeout > 0)
			timeout = (left = end - clock_ms()) > 0 ? (int)left : 0;
	rec_out_heed_none();
	return got;
}
