#ifndef LOOP_H
#define LOOP_H

/*
 * loop: waits for many streams at once, for commands that have several inputs, or processes that
 * they feed and read. Such a command never waits for one stream: it reads by rec_in_try, writes by
 * rec_out_begin and rec_out_push, and calls loop_wait when it can do nothing more.
 */

#include <poll.h>
#include <stddef.h>

#include "stream/rec_in.h"
#include "stream/rec_out.h"

/*
 * Waits until something can be done:
 *  - one of the inputs has bytes or has ended; its dry is then 0;
 *  - an output that had a block under way is idle, or an output has lost its reader or failed;
 *  - one of more[] has what its events ask for; revents is set, as by poll;
 *  - timeout milliseconds are over; -1: as long as it takes.
 * All outputs, with their watermarks, are flushed before a sleep. Returns 1, 0 if the time is over,
 * or -1 with errno ENOMEM.
 *
 * ins[] must be the inputs that the caller would read now. Those that are NULL, have ended or are
 * not dry are left out.
 */
int loop_wait(struct rec_in *const ins[], size_t ins_count, struct pollfd more[], size_t more_count, int timeout);

#endif
