#ifndef LOOP_H
#define LOOP_H

/*
 * loop: waiting for many streams at once, for commands that have several inputs, or processes that they feed and read. Such a
 * command never waits for one stream: it reads by rec_in_try, writes by rec_out_begin and rec_out_push, and when it can do
 * nothing more it calls loop_wait.
 */

#include <poll.h>
#include <stddef.h>

#include "stream/rec_in.h"
#include "stream/rec_out.h"

/*
 * Waits until something can be done: one of the inputs has bytes or has ended (its dry is then 0); an output of the process,
 * which had a block under way, is idle, or one has lost its reader or failed; one of more[] has what its events ask for (revents
 * is set, as by poll); or timeout milliseconds are over (-1: never).
 *
 * Give only the inputs that would be read now: those that are NULL, have ended or are not dry are left out. Before it sleeps all
 * outputs are flushed, with their watermarks. Returns 1; or 0 when the time is over; or -1 with errno ENOMEM.
 */
int loop_wait(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout);

#endif
