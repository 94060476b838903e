#ifndef HOP_H
#define HOP_H

/*
 * hop: a ring in shared memory beside a pipe between two commands of the family (rec-stream(5),
 * "The hop"). The two sides know each other only by the pipe. The writer offers a ring in the
 * stream. A reader that may and can takes it up. From then on the pipe only wakes the reader, and
 * brings the blocks that are too large for a slot. Whatever happens to one side, the other goes on
 * as it would have with the pipe alone.
 *
 * Linux only (memfd, /proc); elsewhere no ring is ever offered.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "os/spin.h"
#include "os/writer.h"
#include "record/block.h"
#include "shm/ring.h"

/* ---- the writer's side ---- */

struct hop_out; /* private; NULL: there is no hop at present */

/*
 * Called between two blocks, when nothing is under way in the writer. Offers a ring, or switches to
 * the one that was offered if a reader has taken it up. *at: a ring is offered once the writer has
 * sent that number of bytes; UINT64_MAX: never. There are no errors: without a ring the blocks go
 * through the pipe.
 */
void hop_block(struct hop_out **, struct writer *, uint64_t *at);

/*
 * Returns 1 if hop_block has something to do before the next block, or 0 if it has nothing before
 * another hop_push or hop_seen.
 */
int hop_begins(const struct hop_out *);

/*
 * Finds memory for the payload of the next block in a slot, so that the block need not be copied.
 * Nothing may be under way. Waits for a free slot. Returns 1, or 0 if there is no such memory: the
 * pipe is in use, or a slot is too small. *data is then the beginning of a page, with `before`
 * bytes of room before it; *room is the number of bytes from *data on, at least `want`: for
 * payload, padding and index. The writer's parts after the first, the header, may be there.
 */
int hop_place(struct hop_out *, struct writer *, size_t before, size_t want, char **data, size_t *room);

/*
 * Moves some of what is under way, in the writer or in the hop. Returns as writer_push does. The
 * hop must not be NULL before; it is NULL afterwards if it has ended.
 */
int hop_push(struct hop_out **, struct writer *, int wait, uint64_t *at);

/* Returns 1 if something is under way in the hop itself, else 0. */
int hop_busy(const struct hop_out *);

/*
 * Returns the number of blocks in the ring that the reader has not given back, including the one
 * that it may be working on, with the size of the last one in *last; or 0 if the pipe is in use.
 */
size_t hop_used(struct hop_out *, size_t *last);

/*
 * Before a poll. If `busy`, something is under way, and the poll is to end when hop_push can go on.
 * Otherwise it is to end when the reader has gone, or, if `heeds`, when the reader has given back
 * all blocks but the one that it may be working on. Returns 1 with the descriptor and events in *p,
 * or 0 if hop_push should be called at once, or the news is there already. After the poll hop_seen
 * takes revents into account.
 */
int hop_polled(struct hop_out *, const struct writer *, int busy, int heeds, struct pollfd *p);
void hop_seen(struct hop_out *, short revents);

/*
 * The stream has ended, and nothing is under way. hop_done says so in the ring. hop_ended returns 1
 * if the pipe can be closed, because the reader has taken everything or there is nothing left to do
 * for another reason; or 0 if hop_polled (busy) and hop_push must be called first.
 */
void hop_done(struct hop_out *, const struct writer *);
int hop_ended(struct hop_out *);

/*
 * Puts a block into the ring if it can, in a signal's handler, between two blocks. Returns 0 if the
 * block must go through the pipe instead, else 1.
 */
int hop_last_words(struct hop_out *, const struct writer *, const void *bytes, size_t n);

void hop_out_free(struct hop_out *);

/* ---- the reader's side ---- */

struct hop_in {
	struct ring ring; /* shared is NULL: none */
	int back;         /* the write end of the back pipe */
	int reading;      /* 1: the writer has switched to the ring, and blocks are read there */
	int holding;      /* 1: a slot has been handed out */
	struct spin spin; /* how long to look before hop_sleeps */
	int foreign;      /* 1: the writer has switched to another reader's ring, and not back yet */
	unsigned char token[RING_TOKEN]; /* of ring */
	unsigned char woken[BLOCK_HEAD]; /* what has been read of a wake, or of the block that follows the last wake */
	size_t have;                     /* the number of bytes in it */
};

/* An offer has come through the pipe fd: takes it up if that is allowed and possible. */
void hop_accept(struct hop_in *, int fd, const struct block *offer);

/* A switch has come. Returns NULL, or the rule that it breaks. */
const char *hop_switch(struct hop_in *, const struct block *);

/*
 * Gives back the slot that was handed out before, and looks for the next block in the ring. To be
 * called only while `reading` is set. Returns 1 with the block as it lies there; 0 if none has
 * come; HOP_LARGE if the block comes through the pipe (when it has been read, hop_read must be
 * called); HOP_OVER if the ring is over, and the pipe goes on; or -1 if the ring is broken.
 */
enum { HOP_LARGE = 2, HOP_OVER = 3 };
int hop_next(struct hop_in *, char **data, size_t *len);
void hop_read(struct hop_in *);

/*
 * Before a sleep. Returns 1 with the two to poll for, pipe and back pipe; or 0 if hop_next has
 * something.
 */
int hop_sleeps(struct hop_in *, int fd, struct pollfd p[2]);

/*
 * Reads a wake from the pipe if one is there, without waiting. Returns 1; 0 if the pipe's writers
 * have gone; or -1 if something else than a wake is in the pipe (errno is 0), or it cannot be read
 * (errno says why).
 */
int hop_drain(struct hop_in *, int fd);

/* After such a -1: returns the rule that is broken. */
const char *hop_stray(const struct hop_in *);

/*
 * Moves what hop_drain has read, if it was no wake, to `to`. Returns the number of bytes. They
 * belong to the block that the pipe goes on with (a large one, or another writer's first), which
 * may have been written before this side awoke. To be called before the pipe is read for that
 * block.
 */
size_t hop_rest(struct hop_in *, unsigned char to[BLOCK_HEAD]);

/* Returns 1 if the writer has died (the back pipe has no reader any more), else 0. */
int hop_widowed(const struct hop_in *);

/* The reader leaves, or is done with the ring. */
void hop_leave(struct hop_in *);

#endif
