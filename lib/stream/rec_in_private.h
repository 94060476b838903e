#ifndef REC_IN_PRIVATE_H
#define REC_IN_PRIVATE_H

/*
 * rec_in_private: private to rec_in*.c and to tests of transports: what a transport (transport.h)
 * needs of an input. rec_in.c knows streams, and what blocks follow each other; rec_in_pipe.c
 * receives blocks from a descriptor, rec_in_hop.c from the ring beside a pipe, rec_in_shm.c from a
 * named ring.
 */

#include "stream/rec_in.h"
#include "stream/transport.h"

extern const struct transport_in rec_in_pipe;

/* Another segment begins: its positions and its table are its own. */
void rec_in_segment(struct rec_in *);

/*
 * As rec_in_finish, for two reasons. rec_in_damaged: the block that is being read breaks that rule.
 * rec_in_cut: the stream has no end mark.
 */
int rec_in_damaged(struct rec_in *, const char *rule);
int rec_in_cut(struct rec_in *);

/*
 * Enlarges in->body, for a block's body of want bytes. One call may not be enough: the memory
 * doubles. Returns 1, or -1 if the input has ended for lack of memory.
 */
int rec_in_grow(struct rec_in *, size_t want);

/*
 * Receives a whole block by the transport's `read`: its header, then exactly its body, and memory
 * grows only as bytes arrive. Returns as `next` does.
 */
int rec_in_receive(struct rec_in *, struct block *);

/*
 * Makes a block of the len bytes at data, which must stay there until the next block. Other
 * processes may change them meanwhile, so header and index are copied before they are checked.
 * Returns 1, or 0 if the input has ended, because a rule is broken.
 */
int rec_in_adopt(struct rec_in *, struct block *, char *data, size_t len);

/*
 * Looks at a block that came through a pipe or in place of one: takes up an offer or a switch
 * (hop.h). Returns 1; or 0 if the input has ended, because a rule is broken.
 */
int rec_in_hop_control(struct rec_in *, const struct block *);

/* Reads as io_read does, if that does not wait. Returns -1 with errno EAGAIN if it would. */
ssize_t rec_in_pipe_ready(struct rec_in *, void *to, size_t n);

#endif
