#ifndef HEAP_H
#define HEAP_H

/*
 * heap: a binary heap (J. W. J. Williams, 1964): a set of things, given by pointers, that always
 * knows which of them comes first. A change costs a number of comparisons that grows with the
 * logarithm of the number of things.
 *
 * before(context, a, b) returns 1 if thing a comes before b, else 0. It orders all things, no two
 * of them the same, and is the same in all calls for one heap. The functions that compare are
 * inline: if before is a function that the compiler sees, no call is left. A call by pointer made
 * rec-fanin -k of single records 8 % slower.
 */

#include <stddef.h>

struct heap {
	/* to be read */
	void **at;    /* at[0] comes first; borrowed */
	size_t count; /* the caller may set it to 0, to take all out */

	/* The children of at[i] are at[2i + 1] and at[2i + 2], and do not come before it. */
};

/* Makes an empty heap with room for this number of things. Returns 0, or -1 with errno ENOMEM. */
int heap_init(struct heap *, size_t room);

/* Frees the memory. A heap of zeros may be freed. */
void heap_free(struct heap *);

/* Adds a thing, for which there must be room. */
static inline void
heap_add(struct heap *h, void *thing, int (*before)(const void *, const void *, const void *), const void *context)
{
	size_t i = h->count++;

	while (i > 0 && before(context, thing, h->at[(i - 1) / 2])) {
		h->at[i] = h->at[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->at[i] = thing;
}

/* The first thing has changed, and may now come later: finds the place where it belongs. */
static inline void
heap_changed(struct heap *h, int (*before)(const void *, const void *, const void *), const void *context)
{
	void *thing = h->at[0];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < h->count && before(context, h->at[child + 1], h->at[child]))
			child++;
		if (child >= h->count || !before(context, h->at[child], thing))
			break;
		h->at[i] = h->at[child];
		i = child;
	}
	h->at[i] = thing;
}

/* Takes the first thing out. There must be one. */
static inline void
heap_drop(struct heap *h, int (*before)(const void *, const void *, const void *), const void *context)
{
	h->at[0] = h->at[--h->count];
	if (h->count > 0)
		heap_changed(h, before, context);
}

/* Returns the thing that comes right after the first one, or NULL if there are fewer than two. */
static inline void *
heap_second(const struct heap *h, int (*before)(const void *, const void *, const void *), const void *context)
{
	if (h->count < 2)
		return NULL;
	return h->count > 2 && before(context, h->at[2], h->at[1]) ? h->at[2] : h->at[1];
}

#endif
