#ifndef MERGE_H
#define MERGE_H

/*
 * merge: sorted branches brought together into one sorted stream, a new one. Records with the same key go out in the order of
 * their branches, and within a branch as they came: the merge is stable. A branch that turns out not to be sorted is a failure.
 *
 * A key is the parts of a range, or the whole record where it has none; they are compared one after another, byte by byte, a part
 * that is the beginning of another before that; or as decimal numbers. A part that a record does not reach comes before an
 * empty one.
 */

#include <stdint.h>

#include "base/heap.h"
#include "many/branch.h"
#include "match/range.h"
#include "stream/rec_out.h"

/* The caller sets the first group; all else is zeros. */
struct merge {
	struct branches *branches;
	struct rec_out *out;
	int descending, numeric;

	uint64_t number; /* of records put */

	/* private */
	struct merge_key *keys; /* of each branch */
	struct heap heap;       /* the branches whose next key is known, by that */
};

/* words: those of the range; separator: of its fields, or NULL. 0, or -1 with a line in error. */
int merge_init(struct merge *, const char *separator, char *const words[], size_t count, struct buf *error);

/* Puts what can be put, and sets needed in the branches that are waited for. 1; 0 at the end; -1 where a failure has been noted as
 * the branches'. */
int merge_put(struct merge *);

void merge_free(struct merge *);

#endif
