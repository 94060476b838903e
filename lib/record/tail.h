#ifndef TAIL_H
#define TAIL_H

/*
 * tail: the last records of a stream, whose fate is not known yet, and the losses between them.
 * They are held in pieces of the blocks that they came in (held.h), and leave in the order in which
 * they came. A struct of zeros is empty.
 */

#include <stdint.h>

#include "record/block.h"
#include "record/held.h"

struct tail {
	struct held *first; /* to be read: the first piece, or NULL; `next` of each is the one after it */

	/* private */
	struct held *end;
	/*
	 * If not NULL: end is a loss, and this is one right before it; the number of one of them is
	 * unknown.
	 */
	struct held *loss_before;
};

/*
 * Holds a copy of records [from, count) of a data block, from < count, or a loss. Losses without a
 * record between them become one or two, so that they need no more memory than the records do.
 * Returns 0, or -1 with errno ENOMEM; then all is as before.
 */
int tail_add(struct tail *, const struct block *, uint32_t from);

/*
 * Takes the first piece off and frees it; there must be one. Of a piece that is used in parts the
 * caller counts the records that are done with in its `from`.
 */
void tail_shift(struct tail *);

/* Returns the position of the first record that is not done with. The first piece must be data. */
uint64_t tail_position(const struct tail *);

/* Frees all. The tail is empty again. */
void tail_free(struct tail *);

#endif
