#ifndef DEAL_PRIVATE_H
#define DEAL_PRIVATE_H

/* deal_private: what deal.c and deal_queue.c share; see deal.h. */

#include "work/deal.h"

/*
 * Returns the worker that gets the records for worker i: itself or, if that takes no more, the next
 * one that does. NULL: no worker does.
 */
struct worker *deal_heir(const struct deal *, size_t i);

/* Returns the queue of a worker. */
struct batch_queue *deal_queue(const struct deal *, const struct worker *);

/*
 * Puts a share of what is held, which becomes theirs, into the queues of all workers that take
 * records. Returns 0, or -1 with errno ENOMEM.
 */
int deal_copy(struct deal *, struct held *, struct leads *);

/*
 * Divides a data block among the workers by key or in turn: a batch for each goes into its queue,
 * and its runs to the gather. Returns 0, or -1 with errno ENOMEM.
 */
int deal_divide(struct deal *, struct rec_in *, const struct block *, struct leads *);

#endif
