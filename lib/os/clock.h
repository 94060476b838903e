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

/* Returns the time of day instead: nanoseconds since 1970-01-01T00:00:00Z. It may be set back. */
int64_t clock_since_1970(void);

#endif
