#ifndef RING_H
#define RING_H

/*
 * ring: a ring of block slots in shared memory, with one writer and one reader. This room knows the
 * memory and the counters, not how the two sides wait or find each other: hop does that for a pipe.
 *
 * A ring is one object of memory: a page with the counters, then slots of one size. What is put
 * gets a ticket, counted from 0 in 64 bits, and is in slot ticket modulo slots. A slot is the
 * writer's until it is published, then the reader's until it is released. Neither side trusts the
 * other: it copies what the other has written before it checks it, and a counter that makes no
 * sense is a broken ring (errno EBADMSG), never an access outside of the memory.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RING_TOKEN = 16,    /* random bytes by which a reader knows the ring */
	RING_LARGE = -1,    /* the length of a block that does not fit a slot and comes another way */
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
	uint64_t theirs;  /* the other side's counter, as last seen */
};

/*
 * Makes a ring in a memfd, of slots that hold size bytes each. *fd is its descriptor, which the
 * caller owns: close-on-exec, and sealed against any change of size. The memory is reserved, so no
 * access can end in SIGBUS. id: two numbers that the reader can ask for. Returns 0, or -1 with
 * errno.
 */
int ring_make(struct ring *, int *fd, size_t slots, size_t size, const uint64_t id[2]);

/*
 * Maps the ring of fd for its reader, if fd is a sealed memfd of this layout with that token. fd
 * stays the caller's. Returns 0 with the writer's id; or -1 with errno.
 */
int ring_map(struct ring *, int fd, const unsigned char token[RING_TOKEN], uint64_t id[2]);

/* Returns the RING_TOKEN random bytes of a ring that was made. They live as long as the mapping. */
const unsigned char *ring_token(const struct ring *);

/* Unmaps. A struct of zeros may be freed too. */
void ring_free(struct ring *);

/* ---- the writer ---- */

/*
 * Return 1 if a reader has attached; if it has begun to read here; if it has left (ring_leave).
 * Else 0.
 */
int ring_attached(const struct ring *);
int ring_begun(const struct ring *);
int ring_left(const struct ring *);

/*
 * Returns where the next block is to be put: size bytes, which begin RING_SLOT_HEAD bytes after a
 * multiple of RING_PAGE. They are the writer's until ring_put. Returns NULL if all slots are taken,
 * with errno 0, or EBADMSG.
 */
char *ring_room(struct ring *);

/*
 * Publishes len bytes at data, which is anywhere in the room; or RING_LARGE, with data in the room
 * too. Returns 1 if the reader waits and must be woken, else 0.
 */
int ring_put(struct ring *, const char *data, long len);

/* Returns 1 if the memory belongs to a slot of this ring, else 0. */
int ring_holds(const struct ring *, const void *);

/*
 * Tells the reader that no more will come. Returns 1 if the reader waits and must be woken, else 0.
 */
int ring_done(struct ring *);

/*
 * Before the writer sleeps until fewer than `fewer` slots are in use and the reader has begun.
 * Returns 1 if it may sleep: the reader then rings. Returns 0 if it need not, or if the ring is
 * broken.
 */
int ring_writer_sleeps(struct ring *, size_t fewer);

/* Returns the number of slots in use, or -1 with errno EBADMSG. */
int64_t ring_used(struct ring *);

/*
 * What a reader that has gone has not taken. ring_untaken returns the ticket of the first such
 * block. ring_slot returns what the slot of a ticket holds, and its length in *len; or NULL with
 * errno EBADMSG if the reader has scribbled over it.
 */
uint64_t ring_untaken(struct ring *);
char *ring_slot(const struct ring *, uint64_t ticket, long *len);

/* ---- the reader ---- */

/* Claims the ring for this process. Returns 1, or 0 if another has it. */
int ring_attach(struct ring *);

/*
 * Tells the writer that the reader reads here from now on. Returns 1 if the writer waits and must
 * be rung for, else 0.
 */
int ring_begin(struct ring *);

/*
 * ring_next looks for the next block. Returns 1 with its place and length (or RING_LARGE), which
 * stay the reader's until ring_release; 0 if there is none yet; 2 if none will come; -1 with errno
 * EBADMSG. ring_take notes that the block has been handed out. ring_release gives its slot back and
 * returns 1 if the writer waits and must be rung for, else 0.
 */
int ring_next(struct ring *, char **data, long *len);
void ring_take(struct ring *);
int ring_release(struct ring *);

/*
 * Before the reader sleeps. Returns 1 if it may: the writer then wakes it. Returns 0 if there is
 * something to read.
 */
int ring_reader_sleeps(struct ring *);

/*
 * Tells the writer that the reader wants no more. What the reader has not taken is the writer's
 * again.
 */
void ring_leave(struct ring *);

#endif
