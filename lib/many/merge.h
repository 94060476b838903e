#ifndef MERGE_H
#define MERGE_H

/*
 * merge: sorted branches brought together into one sorted stream, a new one. Records with the same
 * key go out in the order of their branches, and within a branch as they came: the merge is stable.
 * If a branch turns out not to be sorted, that is a failure.
 *
 * Keys are those of sortkey.h.
 */

#include <stdint.h>

#include "base/heap.h"
#include "choose/names.h"
#include "many/branch.h"
#include "match/sortkey.h"
#include "stream/rec_out.h"

enum { MERGE_RUNS = 128 };

/* The caller sets the first group; all else is zeros. */
struct merge {
	struct branches *branches;
	struct rec_out *out;

	/* to be read */
	uint64_t number; /* number of records put */

	/* private */
	struct merge_key *keys; /* of each branch */
	struct names names;
	struct heap heap; /* the branches whose next key is known, by that */
	struct rec_run runs[MERGE_RUNS]; /* taken from the branches, but not put yet: the last of the `number` */
	size_t run_count;
	uint64_t first; /* the number of the first record of runs */
};

/*
 * words: those of the keys; separator: of fields, may be NULL (sortkey_parse). Returns 0, or -1
 * with a line in error.
 */
int merge_init(struct merge *, const char *separator, char *const words[], size_t count, struct buf *error);

/*
 * Puts what can be put, and sets needed in the branches that must be waited for. Returns 1; or 0 at
 * the end; or -1 after a failure that is noted as the branches'.
 */
int merge_put(struct merge *);

/* Frees all memory. Before that, it says that no name was found, if so (names.h). */
void merge_free(struct merge *);

#endif
