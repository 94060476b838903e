#ifndef ERE_PIECES_H
#define ERE_PIECES_H

/*
 * ere_pieces: ere_seek over data that come in pieces, compared with ere_search over all of them.
 */

#include <stdlib.h>
#include <string.h>

#include "match/ere.h"

/* The next match that is not empty, by ere_search. */
static inline int
pieces_whole(struct ere *ere, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	for (; ere_search(ere, data, len, from, start, end) == 1; from = *start + 1)
		if (*end > *start)
			return 1;
	return 0;
}

/*
 * Returns 1 if ere_seek finds the same matches one after the other, in pieces of 1 to most bytes
 * (0: all at once), drawn from seed; else 0. Each call gets a copy of just its bytes, so that a
 * sanitizer sees reads beyond them.
 */
static inline int
pieces_same(struct ere *ere, const char *data, size_t len, size_t most, unsigned seed)
{
	struct ere_seek seek = { 0 };
	size_t at = 0, arrived = most == 0 ? len : 0, from = 0;
	int same = 1, more = 1;

	while (same && more) {
		size_t size = arrived - at, start = 0, end = 0, whole_start = 0, whole_end = 0;
		char *copy = malloc(size + 1);
		int last = arrived == len && (most == 0 || seed >> 20 & 1), found;

		if (copy == NULL)
			abort();
		if (size > 0)
			memcpy(copy, data + at, size);
		found = ere_seek(ere, &seek, copy, size, last ? ERE_SEEK_LAST : ERE_SEEK_MORE, &start, &end);
		free(copy);
		if (found == 1) {
			same = pieces_whole(ere, data, len, from, &whole_start, &whole_end) &&
			    at + start == whole_start && at + end == whole_end && end <= size;
			from = at = at + end;
		} else if (last) {
			same = found == 0 && !pieces_whole(ere, data, len, from, &whole_start, &whole_end);
			more = 0;
		} else {
			/* No match that is still to come may begin before seek.clear. */
			same = seek.clear <= size && (!pieces_whole(ere, data, len, from, &whole_start, &whole_end) ||
			                                 whole_start >= at + seek.clear);
			if (most > 0)
				arrived += 1 + (seed >> 16) % most;
			if (arrived > len)
				arrived = len;
		}
		seed = seed * 1103515245 + 12345;
	}
	ere_seek_free(&seek);
	return same;
}

#endif
