#ifndef QUEUE_CLOCK_H
#define QUEUE_CLOCK_H

/*
 * queue_clock: the times of a queue. Each counts milliseconds from a beginning of its own:
 *
 *   age    goes on while the machine sleeps (CLOCK_BOOTTIME): delays and retention
 *   lease  stands still while it sleeps (CLOCK_MONOTONIC): a closed lid must not let a lease end
 *   wall   the time of day since 1970, which a person may set: only shown, and measured across a
 *          reboot
 *
 * A step of the wall clock within a boot changes neither age nor lease. In another boot they go on
 * by what the wall clock says has passed, or from where they were if it was set back.
 */

#include <stdint.h>

#include "queue/queue_index.h"

struct queue_times {
	int64_t age, lease, wall;
};

/* Sets id to that of the system's present boot (/proc/sys/kernel/random/boot_id), or to zeros. */
void queue_clock_boot(char id[16]);

/* Returns the times of the present moment. No age is lower than that of the last frame. */
struct queue_times queue_clock_now(const struct queue_state *);

/*
 * Sets what must be added to the clocks of this boot, for a queue that was last used in another
 * one.
 */
void queue_clock_begin(const struct queue_state *, const char id[16], struct queue_boot *);

#endif
