#ifndef RATELIMIT_H
#define RATELIMIT_H

/*
 * ratelimit: records let through evenly, at so many a second or so many bytes a second.
 *
 * What goes at once is a run of records that lasts 20 ms at that rate, or one record where that lasts longer; the next may go when
 * the time of the run before is over. Who is late by up to 50 ms catches up, so that a late timer does not lower the rate;
 * time in which nothing came is not made up for.
 */

#include <stdint.h>

#include "record/block.h"

struct ratelimit {
	double rate; /* set by the caller: a second, above 0 */
	int bytes;   /* set by the caller: the rate is of bytes of records, with what stands between them */
	int64_t due; /* private: nanoseconds */
};

/* Milliseconds until the next run may go, rounded up: 0 where it may at once. now is clock_ns, here and below. */
int ratelimit_wait(const struct ratelimit *, int64_t now);

/* Which records of the block, from the record from on, go as one run: up to the one returned. */
uint32_t ratelimit_run(const struct ratelimit *, const struct block *, uint32_t from);

/* Records [from, to) of the block go now. */
void ratelimit_gone(struct ratelimit *, const struct block *, uint32_t from, uint32_t to, int64_t now);

#endif
