/*
 * distinct: streams of blocks by chance, whose positions go on, jump or repeat, against the
 * definition: each record gets its position, or, if that is not above the record's before, the next
 * one; and everything leads back, in whole blocks and record by record. Then the limits.
 */

#include <errno.h>
#include <string.h>

#include "record/position.h"
#include "unit/unit.h"
#include "work/distinct.h"

enum { COUNT_MAX = 300 };

static uint32_t positions[COUNT_MAX], restored[COUNT_MAX];
static uint64_t originals[COUNT_MAX];

/* A block from position `from` on or above. */
static struct block
make(uint64_t from, int repeats)
{
	struct block b = { .kind = BLOCK_DATA, .base = from + unit_random(3) };
	uint32_t last = 0;

	b.count = 1 + (uint32_t)unit_random(unit_random(2) == 0 ? 5 : COUNT_MAX);
	if (unit_random(3) > 0)
		b.positions = positions;
	for (uint32_t i = 0; i < b.count; i++) {
		if (i > 0 && b.positions != NULL)
			last += repeats ? (uint32_t)(unit_random(4) * unit_random(3)) :
					  1 + (uint32_t)(unit_random(5) == 0) * 10;
		else if (i > 0)
			last++;
		positions[i] = last;
		originals[i] = b.base + last;
	}
	return b;
}

static void
try_stream(void)
{
	struct distinct d = { 0 };
	int repeats = unit_random(2) == 0;
	uint64_t next = unit_random(4) == 0 ? unit_random(100000) : 0, before = 0, add = POSITION_SPAN;

	if (unit_random(4) == 0)
		next += POSITION_SPAN, add = 0; /* from another dealer */
	for (int n = 0; n < 20; n++) {
		struct block b = make(next, repeats), back;
		struct leads *leads;
		uint32_t count = b.count;

		next = originals[count - 1] + (repeats ? unit_random(2) : 1);
		CHECK(distinct_block(&d, &b, &leads) == 0 && b.count == count);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t at = block_position(&b, i), want = originals[i] + add;

			if ((n > 0 || i > 0) && want <= before)
				want = before + 1;
			CHECK(at == want);
			CHECK(distinct_original(leads, at) == originals[i]);
			before = at;
		}
		CHECK(d.last == before && (repeats || leads->count == 1));
		back = b;
		distinct_restore(leads, &back, restored);
		for (uint32_t i = 0; i < count; i++)
			CHECK(block_position(&back, i) == originals[i]);
		/* A part of it, as a worker answers it. */
		back = b;
		back.base = block_position(&b, count / 2);
		back.count = 1;
		back.positions = (uint32_t[]){ 0 };
		distinct_restore(leads, &back, restored);
		CHECK(block_position(&back, 0) == originals[count / 2]);
		distinct_drop(leads);
	}
	distinct_free(&d);
}

static int
one(struct distinct *d, uint64_t base)
{
	struct block b = { .kind = BLOCK_DATA, .base = base, .count = 1 };

	return distinct_block(d, &b, NULL);
}

static void
limits(void)
{
	struct distinct d = { 0 };
	uint32_t wide[3] = { 0, UINT32_MAX, UINT32_MAX };
	struct block b = { .kind = BLOCK_DATA, .base = 5, .count = 3, .positions = wide };
	struct leads *leads;

	/*
	 * The last record would not fit in 32 bits: then all records of the block get positions
	 * without gaps.
	 */
	CHECK(distinct_block(&d, &b, &leads) == 0 && d.last == POSITION_SPAN + 7);
	CHECK(b.positions[1] == 1 && b.positions[2] == 2);
	CHECK(distinct_original(leads, POSITION_SPAN + 5) == 5 &&
	    distinct_original(leads, POSITION_SPAN + 7) == UINT64_C(5) + UINT32_MAX);
	distinct_drop(leads);
	distinct_free(&d);

	/* Above the last position there is one for a watermark. */
	CHECK(one(&d, UINT64_MAX - 2) == 0 && d.add == 0 && d.last == UINT64_MAX - 2);
	CHECK(one(&d, UINT64_MAX - 2) == 0 && d.last == UINT64_MAX - 1);
	CHECK(one(&d, UINT64_MAX - 1) == -1 && errno == EOVERFLOW);
	distinct_free(&d);
	CHECK(one(&d, UINT64_MAX) == -1 && errno == EOVERFLOW);
	distinct_free(&d);
	/* What began below goes on from there. */
	CHECK(one(&d, 0) == 0 && one(&d, UINT64_MAX - POSITION_SPAN) == -1 && errno == EOVERFLOW);
	CHECK(one(&d, UINT64_MAX - POSITION_SPAN - 1) == 0 && d.last == UINT64_MAX - 1);
	distinct_free(&d);

	CHECK(position_source(7) == 7 && position_source(POSITION_SPAN + 7) == 7 &&
	    position_source(5 * POSITION_SPAN + 7) == 7);
	CHECK(position_source(POSITION_TOP - 1) == POSITION_SPAN - 1 && position_source(POSITION_TOP) == POSITION_TOP);
	CHECK(position_source(UINT64_MAX) == UINT64_MAX);
	CHECK(distinct_original(NULL, 9) == 9);
}

int
main(void)
{
	for (int i = 0; i < 400; i++)
		try_stream();
	limits();
	return unit_end("distinct");
}
