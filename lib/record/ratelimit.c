/* ratelimit: see ratelimit.h. */

#include <limits.h>

#include "record/ratelimit.h"

#define SECOND 1e9
static const double run = 0.02 * SECOND, late = 0.05 * SECOND;

int
ratelimit_wait(const struct ratelimit *p, int64_t now)
{
	int64_t ms = p->due > now ? (p->due - now + 999999) / 1000000 : 0;

	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static double
amount(const struct ratelimit *p, const struct block *b, uint32_t from, uint32_t to)
{
	if (!p->bytes)
		return to - from;
	return (double)((to < b->count ? block_start(b, to) : b->size) - block_start(b, from));
}

uint32_t
ratelimit_run(const struct ratelimit *p, const struct block *b, uint32_t from)
{
	double most = p->rate * run / SECOND;
	uint32_t low = from + 1, high = b->count;

	/*
	 * Searches for the longest run that is not too large. It can bisect, because amounts grow
	 * with the records.
	 */
	while (low < high) {
		uint32_t to = high - (high - low) / 2;

		if (amount(p, b, from, to) <= most)
			low = to;
		else
			high = to - 1;
	}
	return low;
}

void
ratelimit_gone(struct ratelimit *p, const struct block *b, uint32_t from, uint32_t to, int64_t now)
{
	double takes = amount(p, b, from, to) / p->rate * SECOND;

	if ((double)p->due < (double)now - late)
		p->due = now;
	p->due = takes < (double)(INT64_MAX / 2) ? p->due + (int64_t)takes : INT64_MAX / 2;
}
