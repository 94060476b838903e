#ifndef ORDER_H
#define ORDER_H

/*
 * order: branches of one stream brought together in the order of their positions: the stream as it was before it was divided. Losses
 * too stand at their places; one that several branches tell in the same words was met before the division, and is told once.
 *
 * A record may go out when nothing below its position can come from any other branch: its first record in the queue is not below it, or
 * nothing is in the queue and its watermark is not, or it has ended. Long runs go out as the blocks that they came in.
 */

#include <stdint.h>

#include "base/heap.h"
#include "many/branch.h"
#include "stream/rec_out.h"

/* The caller sets branches, out and ties; all else is zeros. */
struct order {
	struct branches *branches;
	struct rec_out *out;
	int ties; /* records of one position in several branches go out in the order of the branches; else they are an error */

	/* private */
	struct heap heap;     /* the branches with something in the queue, by its position */
	int put;              /* a record has been put: the last one had position last, and came from branch from */
	uint64_t last;
	const struct branch *from;
	struct block lost;    /* the last loss put; none: count 0 */
};

/* 0, or -1 with errno ENOMEM. */
int order_init(struct order *);

/*
 * Puts out all that may go, with the watermark, and sets needed in those branches that hold back the rest. Returns 1; or 0 where
 * all branches have ended and everything is out; or -1 where one position is in two branches, which is said and noted as
 * the branches' fault, as is a failure of their queues.
 */
int order_put(struct order *);

void order_free(struct order *);

#endif
