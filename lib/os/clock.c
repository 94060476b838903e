/* clock: see clock.h. */

#include <time.h>

#include "os/clock.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_since_1970(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_ms(void)
{
	return clock_ns() / 1000000;
}
