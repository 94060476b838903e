#ifndef CLOCK_H
#define CLOCK_H

/* clock: the time of CLOCK_MONOTONIC, which only goes on, whatever is done to the clock on the wall. Never fails. */

#include <stdint.h>

int64_t clock_ns(void);
int64_t clock_ms(void); /* rounded down */

#endif
