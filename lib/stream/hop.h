#ifndef HOP_H
#define HOP_H

/*
 * hop: a pipe between two commands of the family that goes through a ring in shared memory (rec-stream(5), "The hop"). Neither side
 * knows the other but by the pipe: the writer offers a ring in the stream, a reader that is allowed to and can takes it up, and
 * from then on the pipe only wakes and brings what is too large for a slot. Whatever happens to one side, the other goes on as it
 * would have with the pipe alone.
 *
 * Linux only (memfd, /proc); elsewhere offers are never made.
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
 * Between two blocks, nothing being under way in the writer: begins, offers or takes up a hop where the time has come. *at counts
 * the bytes of the writer from which on the next one is to be offered; UINT64_MAX: never. No errors: without a hop the pipe does.
 */
void hop_block(struct hop_out **, struct writer *, uint64_t *at);

/* Returns 1 if hop_block has something to do before the next block, 0 if it has nothing before another hop_push or hop_seen. */
int hop_begins(const struct hop_out *);

/*
 * Memory for the payload of the next block, nothing being under way: a slot's, so that the block is not copied. *data is a page's
 * beginning, with before bytes of room in front of it, and *room bytes behind it: at least want, which payload, padding and index
 * can use. What is under way in the writer may point there from then on, its first part being the header. Waits for a free slot. 0
 * where there is no such memory: the pipe is in use, or a slot is too small.
 */
int hop_place(struct hop_out *, struct writer *, size_t before, size_t want, char **data, size_t *room);

/* As writer_push, where *h is not NULL: some of what is under way, in the writer or in the hop, is moved. */
int hop_push(struct hop_out **, struct writer *, int wait, uint64_t *at);

/* Whether something is under way in the hop itself. */
int hop_busy(const struct hop_out *);

/*
 * How many blocks lie in the ring that its reader has not given back, the one that it may be at among them, and in *last the size of the
 * one put last. 0 where the pipe is in use.
 */
size_t hop_used(struct hop_out *, size_t *last);

/*
 * What to poll for before the next hop_push, where something is under way (busy), or else to learn that the reader has gone, and with
 * heeds that it has given back all blocks but the one that it may be at: 1 with it in p; 0 where hop_push should be tried, or there is
 * such news, at once. After the poll hop_seen takes revents into account.
 */
int hop_polled(struct hop_out *, const struct writer *, int busy, int heeds, struct pollfd *p);
void hop_seen(struct hop_out *, short revents);

/*
 * The stream has ended, nothing is under way: hop_done says so in the ring. hop_ended: 1 where the reader has taken everything, or there is nothing left to do for another
 * reason: the pipe can be closed. 0 where hop_polled (busy) and hop_push are to be called first.
 */
void hop_done(struct hop_out *, const struct writer *);
int hop_ended(struct hop_out *);

/* In a signal's handler, between blocks: puts a block into the ring where that can be: 1; 0 where the pipe is the place for it. */
int hop_last_words(struct hop_out *, const struct writer *, const void *bytes, size_t n);

void hop_out_free(struct hop_out *);

/* ---- the reader's side ---- */

struct hop_in {
	struct ring ring;     /* shared NULL: none */
	int back;             /* the write end of the back pipe */
	int reading;          /* from the ring, the writer having switched to it */
	int holding;          /* a slot that has been handed out */
	struct spin spin;     /* how long to look before hop_sleeps */
	int foreign;          /* another reader's ring was switched to and not back again: its token */
	unsigned char token[RING_TOKEN];
	unsigned char woken[BLOCK_HEAD]; /* what of a wake has been read, or of the block behind the last one */
	size_t have;
};

/* An offer has come through the pipe fd: takes it up where that is allowed and possible. */
void hop_accept(struct hop_in *, int fd, const struct block *offer);

/* A switch has come. NULL, or the rule that it breaks. */
const char *hop_switch(struct hop_in *, const struct block *);

/*
 * While reading is set: the next block in the ring: 1 with it as it lies there; HOP_LARGE where it comes through the pipe (then hop_read
 * is to be called when it has been read); 0 where none has come; HOP_OVER where the ring is over and the pipe goes on; -1 where the
 * ring is broken. Gives back the slot handed out before.
 */
enum { HOP_LARGE = 2, HOP_OVER = 3 };
int hop_next(struct hop_in *, char **data, size_t *len);
void hop_read(struct hop_in *);

/* Before a sleep: 1 with the two to poll for, pipe and back pipe; 0 where hop_next has something. */
int hop_sleeps(struct hop_in *, int fd, struct pollfd p[2]);

/*
 * What the pipe has for a reader of the ring: 1: a wake, if anything, has been read; 0: the pipe's writers have gone; -1: something else
 * stands in it, or it cannot be read (errno, or 0). Does not wait.
 */
int hop_drain(struct hop_in *, int fd);

/* After such a -1: the rule that is broken. */
const char *hop_stray(const struct hop_in *);

/*
 * What hop_drain has read and was no wake: it belongs to the block that the pipe goes on with (a large one, or another writer's first),
 * which may have been written before this side awoke. To be called before the pipe is read for that. How many bytes.
 */
size_t hop_rest(struct hop_in *, unsigned char to[BLOCK_HEAD]);

/* Whether the writer has died: the back pipe has no reader any more. */
int hop_widowed(const struct hop_in *);

/* The reader leaves, or is done with the ring. */
void hop_leave(struct hop_in *);

#endif
