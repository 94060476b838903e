#ifndef SHM_RING_H
#define SHM_RING_H

/*
 * shm_ring: a ring of blocks in a named object of shared memory (shm_object.h), with any number of writers and readers, of
 * which any can be killed at any instruction: what was published is not lost, what was not is not seen, and the
 * others go on.
 *
 * The memory: a head with counters and a place for each participant, then granules of SHM_GRANULE bytes. What is put
 * takes a run of granules, its slot, that does not wrap around, and has the number of its first granule as its
 * ticket, counted from 0. A slot begins with a word: its ticket, its state, and who has claimed it. It is claimed
 * under a lock that carries its owner, too, filled without the lock, and published by compare-and-swap of its word.
 * Whoever proves an owner dead (shm_hold) makes void exactly what that one had claimed.
 *
 * Modes. stream: one writer and one reader, each record once. queue: each slot goes to one reader. broadcast: each
 * reader has a cursor of its own. In queue and broadcast all records are numbered as they are put: seq is the number
 * of a slot's first one.
 *
 * The others are believed in nothing: what they have written is copied before it is checked, and what makes no sense
 * is a broken ring (errno EBADMSG), never an access outside of the memory. EIO: the object was truncated.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "shm/shm_object.h"

enum { SHM_GRANULE = 256, SHM_SLOT_HEAD = 88, SHM_REASON = 1024 };

enum shm_mode { SHM_STREAM, SHM_QUEUE, SHM_BROADCAST };
enum shm_slow { SHM_WAIT, SHM_SKIP, SHM_CUT };
enum shm_role { SHM_NOBODY, SHM_WRITER, SHM_READER };
enum shm_bell { SHM_DATA, SHM_ROOM }; /* what is waited for */

struct shm_plan {
	uint32_t mode, slow; /* enum shm_mode, enum shm_slow */
	uint32_t keep;       /* the stream does not end when its writers have */
	uint32_t made;       /* by rec-shm create: it is not removed at its end */
	uint64_t bytes;      /* of granules */
};

struct shm_shared; /* private */
struct shm_slot;   /* private */

struct shm_ring {
	struct shm object;
	struct shm_plan plan;
	enum shm_role role;
	unsigned place;   /* mine, where role is not SHM_NOBODY */
	uint64_t cursor;  /* reader: the ticket that comes next; of a queue's reader, the one behind what it took last */
	uint64_t seq;     /* reader: the number of the record that comes next */
	int bell;         /* shm_ring_announce's; -1: none. shm_ring_close closes it */
	int hasty;        /* set by the caller, in a signal's handler: put and fail do nothing (EAGAIN) where another has the lock */

	/* private */
	struct shm_shared *shared;
	char *granule;    /* the first */
	uint64_t granules;
	uint64_t device, inode;
	uint64_t held;    /* granules of the slot that is handed out in place; 0: none */
	uint64_t deaths, failures; /* reader: known already */
	int waits;        /* it has slept since it last put or got something */
	char *copy;       /* reader: what was taken out of the ring */
	size_t cap;
};

/*
 * Makes a ring with that name; or finds one. -1 with errno: those of shm_make and shm_find, of the latter also where a name
 * is taken by what is no ring of this user's; EPROTONOSUPPORT for another version; EBADMSG for something else.
 * shm_ring_close leaves and unmaps.
 */
int shm_ring_make(struct shm_ring *, const char *name, const struct shm_plan *);
int shm_ring_find(struct shm_ring *, const char *name);
void shm_ring_close(struct shm_ring *);

/*
 * Takes a place, within the gate. start: a reader of broadcast begins with what is still in the ring, not with what
 * comes. 0, or -1 with errno: EBUSY where a stream has such a one already, EUSERS where all places are taken.
 * shm_ring_leave: ends well. shm_ring_die: leaves as if killed; async-signal-safe, and nothing else may be called afterwards but
 * shm_ring_others.
 */
int shm_ring_join(struct shm_ring *, enum shm_role, int start);
void shm_ring_leave(struct shm_ring *);
void shm_ring_die(struct shm_ring *);

/*
 * A writer: puts n bytes with so many records (or a loss of so many). Returns 1; 0 where there is no room; -1 with
 * errno EMSGSIZE where there never will be.
 */
int shm_ring_put(struct shm_ring *, const struct iovec *, int parts, uint32_t count);

/*
 * A writer whose stream has failed tells the readers, where no block can: they end with that (SHM_FAILED). With keep they go on:
 * shm_ring_break tells them that what it has put ends in the middle, as a death does. In a damaged ring too. 0, or -1 with errno.
 */
int shm_ring_fail(struct shm_ring *, uint32_t status, const char *reason, size_t n);
int shm_ring_break(struct shm_ring *);

/*
 * A writer of a stream that was deserted, before it leaves: what is left in the ring is nobody's, or the next reader would take it
 * for the beginning of the next writer's stream. 0, or -1 with errno.
 */
int shm_ring_abandon(struct shm_ring *);

/* A writer: whether a reader has come, since it is the first one. */
int shm_ring_met(const struct shm_ring *);

/* A writer of a stream: whether a reader was there and has gone; whether all was taken, or -1 with errno. */
int shm_ring_deserted(struct shm_ring *);
int shm_ring_taken(struct shm_ring *);

/* What a reader finds. */
enum shm_found {
	SHM_NONE,   /* nothing has come yet */
	SHM_BLOCK,  /* data, len, count, seq */
	SHM_LOST,   /* count records from seq on were lost; unknown: nobody knows how many more */
	SHM_PARTED, /* LOST, and the reader was too slow (SHM_CUT): it gets no more */
	SHM_ENDED,  /* no more will come */
	SHM_DIED,   /* no more will come, and a writer has died */
	SHM_FAILED, /* no more will come, and a writer's stream has failed: len bytes of reason in data, status in count */
	SHM_BROKEN  /* errno */
};

struct shm_item {
	char *data; /* valid until the next call */
	size_t len;
	uint64_t seq, count;
	int unknown;
};

/* The next. Where that can be data lies in the ring, and must not be changed: other readers see it, too. */
enum shm_found shm_ring_next(struct shm_ring *, struct shm_item *);

/* Gives back what lies in place. shm_ring_next does so too. */
void shm_ring_done(struct shm_ring *);

/*
 * Before a sleep: shm_ring_listen, then a last look at what is waited for, then shm_ring_sleep, at most so many
 * milliseconds: 1 where it was woken, 0 where the time is over. shm_ring_watch clears up behind the dead: how many.
 */
uint32_t shm_ring_listen(struct shm_ring *, enum shm_bell);
int shm_ring_sleep(struct shm_ring *, enum shm_bell, uint32_t heard, unsigned ms);
int shm_ring_watch(struct shm_ring *);

/* Counts a wait in the figures, once until something is put or got. shm_ring_sleep does so too. */
void shm_ring_waits(struct shm_ring *, enum shm_bell);

/*
 * The same for one who waits by poll: shm_ring_announce, then a last look, then poll for POLLIN of bell (-1: none
 * could be had, the poll must be short), bounded too.
 */
void shm_ring_announce(struct shm_ring *, enum shm_bell);

/* ---- figures ---- */

struct shm_one {
	enum shm_role role;
	uint32_t pid;   /* as its process knows itself */
	int lives;
	uint64_t records, bytes, waits;
	uint64_t lag, lag_bytes; /* reader of stream or broadcast: records and bytes of the ring that it has not taken */
};

struct shm_figures {
	uint64_t used;                        /* bytes of the ring */
	uint64_t records, bytes, waits;       /* put; and how often writers had to wait */
	uint64_t out_records, out_bytes, out_waits;
	uint64_t deaths;
	unsigned writers, readers, dead;      /* at present */
	int begun;                            /* a writer was there */
	unsigned count;
	struct shm_one ones[SHM_PLACES];
};

/* 0, or -1 with errno. */
int shm_ring_figures(struct shm_ring *, struct shm_figures *);

/* Whether a writer was there. */
int shm_ring_begun(const struct shm_ring *);

/* How many have that role, the dead among them that nobody has cleared up behind. */
unsigned shm_ring_having(struct shm_ring *, enum shm_role);

/* How many others live on it. */
unsigned shm_ring_others(struct shm_ring *);

#endif
