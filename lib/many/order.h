#ifndef ORDER_H
#define ORDER_H

/*
 * order: branches of one stream brought together in the order of their positions: the stream as it
 * was before it was divided. Losses keep their places too. If several branches report the same
 * loss, it was there before the division, and goes out once.
 *
 * A record may go out if no other branch can bring a lower position: the first record in that
 * branch's queue is not lower; or its queue is empty, and its watermark is not lower; or it has
 * ended. Long runs go out as the blocks that they came in.
 */

#include <stdint.h>

#include "base/heap.h"
#include "many/branch.h"
#include "stream/rec_out.h"

/*
 * The number of losses at one position that are compared. Further ones go out as often as they
 * come.
 */
enum { ORDER_LOSSES = 64 };

/* The caller sets branches, out and ties; all else is zeros. */
struct order {
	struct branches *branches;
	struct rec_out *out;
	int ties; /* equal positions in several branches go out in the order of these; else they are an error */

	/* private */
	struct heap heap;          /* the branches with something in the queue, by its position */
	int put;                   /* a record has been put: */
	uint64_t last;             /* the position of the last one, */
	const struct branch *from; /* and the branch that it came from */
	uint64_t lost_at;          /* the position of the last losses put, */
	size_t losses;             /* the number of losses there, */
	uint32_t lost[ORDER_LOSSES]; /* and the number of records of each */
};

/* Returns 0, or -1 with errno ENOMEM. */
int order_init(struct order *);

/*
 * Puts out all that may go, with the watermark, and sets needed in the branches that hold back the
 * rest. Returns 1; or 0 if all branches have ended and everything is out; or -1 after a failure
 * that is said and noted as the branches': one position is in two branches, or a queue cannot be
 * read.
 */
int order_put(struct order *);

void order_free(struct order *);

#endif
