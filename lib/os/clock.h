#ifndef CLOCK_H
#define CLOCK_H

/*
 * clock: the time of CLOCK_MONOTONIC, which never goes back, whatever is done to the time of day.
 * Its beginning means nothing: only differences do. Never fails.
 */

#include <stdint.h>

/* Returns nanoseconds. */
int64_t clock_ns(void);

/* Returns milliseconds, rounded down. */
int64_t clock_ms(void);

#endif
