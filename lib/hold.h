#ifndef HOLD_H
#define HOLD_H

/*
 * hold: records that a command keeps for later, when the block that they came in is gone: a copy of a run of records as a
 * block of its own, with its gaps and positions, so that they go out as they came.
 */

#include "block.h"

struct hold {
	struct hold *next;  /* the caller's, to make a list */
	struct block block; /* data with at least one record, or a loss */
	uint32_t from;      /* the caller's, how many records have been taken from it; 0 at first */
};

/*
 * A copy of records [from, to) of a data block, from < to; or of a loss (from and to are not looked at). One piece of memory,
 * which free() gives back: the records, their gaps, 4 bytes for each record (8 where there are positions) and sizeof (struct
 * hold). NULL with errno ENOMEM.
 */
struct hold *hold_records(const struct block *, uint32_t from, uint32_t to);

#endif
