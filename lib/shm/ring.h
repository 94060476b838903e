#ifndef RING_H
#define RING_H

/*
 * ring: a ring of block slots in shared memory, with one writer and one reader. This room knows the memory and the counters, not
 * how the two sides wait or find each other: hop does that for a pipe.
 *
 * A ring is one object of memory: a page with the counters, then slots of one size. What is put gets a ticket, counted from 0 in
 * 64 bits, and lies in slot ticket modulo slots. A slot is the writer's until published, then the reader's until released.
 * The other side is believed in nothing: what it has written is copied before it is checked, and a counter of its that makes no
 * sense is a broken ring (errno EBADMSG), never an access outside of the memory.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RING_TOKEN = 16,    /* random bytes that make a ring known */
	RING_LARGE = -1,    /* length of what does not fit a slot and comes another way */
	RING_PAGE = 4096,   /* where slots begin */
	RING_SLOT_HEAD = 8 /* bytes of a slot before what it can hold */
};

struct ring_shared; /* private: the first page */

struct ring {
	struct ring_shared *shared; /* NULL: no ring */
	size_t bytes;               /* of the mapping */
	size_t slots, size;         /* how many, and how many bytes each can hold */
	char *first;                /* the first slot */
	uint64_t mine;    /* writer: the next ticket; reader: the next one to look at */
	uint64_t theirs;  /* what was last known of the other side's counter */
};

/*
 * Makes a ring of slots that hold size bytes each in a memfd, whose descriptor (close-on-exec, sealed against any change of size) is
 * *fd, the caller's. The memory is there: a later lack of it cannot end in SIGBUS. id: two numbers that the reader can ask for.
 * Returns 0, or -1 with errno.
 */
int ring_make(struct ring *, int *fd, size_t slots, size_t size, const uint64_t id[2]);

/*
 * Maps the ring of fd (which stays the caller's) for its reader: only if it is a sealed memfd of this layout with that token. Returns
 * 0, or -1 with errno.
 */
int ring_map(struct ring *, int fd, const unsigned char token[RING_TOKEN], uint64_t id[2]);

/* The random bytes of a ring that was made. */
const unsigned char *ring_token(const struct ring *);

/* Unmaps. */
void ring_free(struct ring *);

/* ---- the writer ---- */

/* Whether a reader has attached; whether it has begun to read here; whether it has left (ring_leave). */
int ring_attached(const struct ring *);
int ring_begun(const struct ring *);
int ring_left(const struct ring *);

/*
 * Where the next one is to be put: size bytes, which begin RING_SLOT_HEAD bytes behind a multiple of RING_PAGE. They are the writer's
 * until ring_put. NULL where all slots are taken, with errno 0, or EBADMSG.
 */
char *ring_room(struct ring *);

/*
 * Publishes it: len bytes from data on, which lies anywhere in the room; or RING_LARGE. Returns 1 where the reader waits and must be
 * woken, else 0.
 */
int ring_put(struct ring *, const char *data, long len);

/* Whether the memory is a slot's of this ring. */
int ring_holds(const struct ring *, const void *);

/* No more will come. Returns as ring_put. */
int ring_done(struct ring *);

/*
 * Before the writer sleeps until fewer than so many slots are in use, and the reader has begun: 1 where it may sleep: the reader
 * then rings. 0 where it need not, or the ring is broken.
 */
int ring_writer_sleeps(struct ring *, size_t fewer);

/* How many slots are in use; -1 with errno EBADMSG. */
int64_t ring_used(struct ring *);

/*
 * What a reader that is no longer there has not taken: the ticket of the first such; and what the slot of a ticket holds, NULL with errno
 * EBADMSG where the reader has scribbled over it.
 */
uint64_t ring_untaken(struct ring *);
char *ring_slot(const struct ring *, uint64_t ticket, long *len);

/* ---- the reader ---- */

/* Claims the ring for this process: 1; 0 where somebody else has. */
int ring_attach(struct ring *);

/* Says that the reader reads here from now on. Returns 1 where the writer waits and must be rung for, else 0. */
int ring_begin(struct ring *);

/*
 * The next one that was put: 1 with its place and length, which stay its until ring_release; 0 where there is none yet; -1 with errno
 * EBADMSG; 2 where none will come. ring_take says that it has been handed out. ring_release gives its slot back and returns 1 where
 * the writer waits and must be rung for, else 0.
 */
int ring_next(struct ring *, char **data, long *len);
void ring_take(struct ring *);
int ring_release(struct ring *);

/* Before the reader sleeps: 1 where it may: the writer then wakes it. 0 where there is something to read. */
int ring_reader_sleeps(struct ring *);

/* The reader wants no more. What it has not taken is the writer's again. */
void ring_leave(struct ring *);

#endif
