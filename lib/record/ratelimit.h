#ifndef RATELIMIT_H
#define RATELIMIT_H

/*
 * ratelimit: lets records through evenly, at a number of records or of bytes a second.
 *
 * Records go in runs. A run lasts 20 ms at that rate, or is one record that lasts longer; the next
 * run may go when the time of the last one is over. A caller that is late by up to 50 ms catches
 * up, so that late timers do not lower the rate. Longer pauses, in which nothing came, are not made
 * up for.
 */

#include <stdint.h>

#include "record/block.h"

struct ratelimit {
	double rate; /* set by the caller: records or bytes a second, above 0 */
	int bytes;   /* set by the caller, 1: the rate is in bytes, of records and the gaps between them */
	int64_t due; /* private: when the next run may go, as clock_ns gives it */
};

/*
 * Returns the milliseconds until the next run may go, rounded up; 0 if it may go at once. now: what
 * clock_ns returns, here and below.
 */
int ratelimit_wait(const struct ratelimit *, int64_t now);

/*
 * Returns the end of the run that begins with record from of the block: records [from, end) go
 * together. Always more than from.
 */
uint32_t ratelimit_run(const struct ratelimit *, const struct block *, uint32_t from);

/* Takes into account that records [from, to) of the block go now. */
void ratelimit_gone(struct ratelimit *, const struct block *, uint32_t from, uint32_t to, int64_t now);

#endif
