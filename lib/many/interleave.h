#ifndef INTERLEAVE_H
#define INTERLEAVE_H

/*
 * interleave: branches brought together record by record, each one of the streams giving one in its turn: one behind another, or side by
 * side in one record. What comes out is a new stream.
 */

#include <stdint.h>

#include "base/buf.h"
#include "many/branch.h"
#include "stream/rec_out.h"

/* The caller sets the first group; all else is zeros. */
struct interleave {
	struct branches *branches;
	struct rec_out *out;
	int any;              /* ends with the first branch that has no more, else with the last one */
	int overlay;          /* rows: column by column the first byte that is not blank */
	const char *between;  /* rows: what stands between the records of one row; borrowed */
	size_t between_len;
	uint64_t record_max;  /* rows: a longer one is a failure */

	uint64_t number; /* of records put */

	/* private */
	size_t turn;
	struct buf row;
};

/*
 * Put what can be put, one record of each branch in its turn, or rows of one record of each, where a branch that has ended gives
 * an empty one; and set needed in the branches that are waited for. Return 1; 0 at the end; -1 where a failure has been
 * noted as the branches'.
 */
int interleave_turns(struct interleave *);
int interleave_rows(struct interleave *);

void interleave_free(struct interleave *);

#endif
