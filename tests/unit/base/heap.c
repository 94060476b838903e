/*
 * heap: by chance things are added, change and are taken out. The first and the second are compared
 * with a search through all.
 */

#include <string.h>

#include "base/heap.h"
#include "unit/unit.h"

enum { MOST = 40 };

struct thing {
	unsigned key, number;
};

/* Equal keys come in the order of the numbers. context may reverse the order of the keys. */
static int
before(const void *context, const void *a, const void *b)
{
	const struct thing *x = a, *y = b;
	const int *descending = context;

	if (x->key != y->key)
		return *descending ? x->key > y->key : x->key < y->key;
	return x->number < y->number;
}

/* Returns the first of the things that are there, not counting `other`. */
static const struct thing *
lowest(const struct thing *things, const int *there, const struct thing *other, const int *descending)
{
	const struct thing *best = NULL;

	for (int i = 0; i < MOST; i++)
		if (there[i] && &things[i] != other && (best == NULL || before(descending, &things[i], best)))
			best = &things[i];
	return best;
}

static void
round_by_chance(void)
{
	struct thing things[MOST];
	int there[MOST] = { 0 }, descending = (int)unit_random(2);
	unsigned keys = 1 + (unsigned)unit_random(50);
	struct heap h;
	size_t count = 0;

	CHECK(heap_init(&h, MOST) == 0);
	for (int step = 0; step < 300; step++) {
		unsigned i = (unsigned)unit_random(MOST);
		struct thing *first = h.count > 0 ? h.at[0] : NULL;

		if (!there[i]) {
			things[i] = (struct thing){ (unsigned)unit_random(keys), i };
			there[i] = 1;
			count++;
			heap_add(&h, &things[i], before, &descending);
		} else if (unit_random(2) == 0) {
			/* The first thing may only change to come later. */
			if (descending)
				first->key -= (unsigned)unit_random(first->key + 1);
			else
				first->key += (unsigned)unit_random(keys);
			heap_changed(&h, before, &descending);
		} else {
			there[first->number] = 0;
			count--;
			heap_drop(&h, before, &descending);
		}
		CHECK(h.count == count);
		CHECK(count == 0 || h.at[0] == lowest(things, there, NULL, &descending));
		CHECK(heap_second(&h, before, &descending) ==
		    (count > 1 ? lowest(things, there, h.at[0], &descending) : NULL));
	}
	heap_free(&h);
	CHECK(h.count == 0 && h.at == NULL);
}

int
main(void)
{
	struct heap zeros = { 0 };

	heap_free(&zeros);
	while (unit_round())
		round_by_chance();
	return unit_end("heap");
}
