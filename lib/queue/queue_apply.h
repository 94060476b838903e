#ifndef QUEUE_APPLY_H
#define QUEUE_APPLY_H

/*
 * queue_apply: what a frame of the log does to the index. Both who writes a frame and who reads the
 * log again use it, so an index that was kept and one that was made anew are the same.
 *
 * A body may be damaged or forged although its checksum fits: nothing outside of the index is
 * touched, whatever it holds.
 */

#include "queue/queue_frame.h"
#include "queue/queue_index.h"

/*
 * Checks a body against its own sizes. Of MESSAGES and COPY only the beginning is read, up to the
 * payload. Returns 1 if the frame may be applied to an index with rooms as these (those for entries
 * do not matter), else 0. *entries: the entries that it may add.
 */
int queue_apply_fits(const struct queue_frame *, const char *body, const struct queue_rooms *, uint64_t *entries);

/*
 * Applies a frame that fits, but for CHECKPOINT, which changes nothing. The index has room for the
 * entries. A frame whose messages have higher numbers than expected tells that others were lost.
 */
void queue_apply(struct queue_index *, const struct queue_frame *, const char *body);

/*
 * Returns the bytes of MESSAGES or COPY before the payload; 0 if `size` bytes cannot be such a
 * body.
 */
uint64_t queue_apply_lead(const struct queue_frame *, const struct queue_messages *);

/* Returns the ends of messages, or of their attributes (NULL: they have none), in such a body. */
const uint32_t *queue_apply_ends(const char *body);
const uint32_t *queue_apply_attribute_ends(const char *body);

/*
 * Checks the ends that the two return. Returns 1 if they are in order and within the payload and
 * the attributes, else 0.
 */
int queue_apply_ends_fit(const char *body);

#endif
