#ifndef BRANCH_PRIVATE_H
#define BRANCH_PRIVATE_H

/* branch_private: what branch.c and branch_align.c share; see branch.h. */

#include "many/branch.h"

/*
 * Makes the front of a branch that is aligned from the first block of its queue: that block itself,
 * or its next records, moved, in a block of their own, which the caller owns. Returns it; or NULL
 * with the reason in why, which names the record, or, if there is no memory, with none.
 */
struct held *branch_align(struct branches *, struct branch *, struct held *, struct buf *why);

#endif
