#ifndef QUEUE_CHECKPOINT_H
#define QUEUE_CHECKPOINT_H

/*
 * queue_checkpoint: the whole state of a queue as the body of a frame, from which an index is made
 * without the log before it.
 */

#include "base/buf.h"
#include "queue/queue_index.h"

/*
 * Appends the body: struct queue_state, the segments, sessions and cursors, the entries, and the
 * bytes of the table. Returns 0, or -1 with errno ENOMEM.
 */
int queue_checkpoint_put(struct buf *out, const struct queue_index *, const char *table);

/* Returns the bytes that queue_checkpoint_put appends. */
uint64_t queue_checkpoint_bytes(const struct queue_index *);

/*
 * Checks a body, and sets the rooms that an index needs for it. Returns 1, or 0 if the sizes in it
 * do not fit.
 */
int queue_checkpoint_fits(const char *body, uint64_t size, struct queue_rooms *);

/*
 * Fills an empty index with those rooms, or larger ones. lsn: of the body. Returns 1; or 0 if the
 * body contradicts itself, and then the index is void.
 */
int queue_checkpoint_get(struct queue_index *, const char *body, uint64_t size, uint64_t lsn);

#endif
