#ifndef SHM_RING_H
#define SHM_RING_H

/*
 * shm_ring: a ring of blocks in a named object of shared memory (shm_object.h), with any number of
 * writers and readers. Any of them can be killed at any instruction: what was published is not
 * lost, what was not published is not seen, and the others go on.
 *
 * The memory: a head with counters and a place for each participant, then granules of SHM_GRANULE
 * bytes. What is put takes a run of granules, its slot. A slot does not wrap around. Its ticket is
 * the number of its first granule, counted from 0. A slot begins with a word: its ticket, its
 * state, and who has claimed it. A writer claims it under a lock that also names its owner, fills
 * it without the lock, and publishes it by compare-and-swap of the word. A participant that proves
 * an owner dead (shm_hold) makes void exactly what that owner had claimed.
 *
 * Between the head and the granules of a queue or a broadcast is the area for a table, which is
 * written under the lock; its length and checksum are in the head, and are written last. A table is
 * bytes here: the payload of a table block (table.h).
 *
 * Modes. stream: one writer and one reader, each record once. queue: each slot goes to one reader.
 * broadcast: each reader has a cursor of its own. In queue and broadcast all records are numbered
 * as they are put; seq is the number of a slot's first record.
 *
 * No participant trusts another: it copies what others have written, and then checks the copy. What
 * makes no sense is a broken ring (errno EBADMSG), never an access outside of the memory. EIO: the
 * object was truncated. A function that can meet either returns -1.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "shm/shm_object.h"

enum { SHM_GRANULE = 256, SHM_SLOT_HEAD = 88, SHM_REASON = 1024 };

enum shm_mode { SHM_STREAM, SHM_QUEUE, SHM_BROADCAST };
enum shm_slow { SHM_WAIT, SHM_SKIP, SHM_CUT };
enum shm_role { SHM_NOBODY, SHM_WRITER, SHM_READER };
enum shm_bell { SHM_DATA, SHM_ROOM }; /* what is waited for */

struct shm_plan {
	uint32_t mode, slow; /* enum shm_mode, enum shm_slow */
	uint32_t keep;       /* the stream does not end when its writers have */
	uint32_t made;       /* by rec-shm create: its last participant does not remove it */
	uint64_t bytes;      /* of all granules */
};

struct shm_shared; /* private */
struct shm_slot;   /* private */

struct shm_ring {
	struct shm object;
	struct shm_plan plan;
	enum shm_role role;
	unsigned place;   /* mine, if role is not SHM_NOBODY */
	uint64_t cursor;  /* reader: the ticket that comes next; in a queue, the one after what it took last */
	uint64_t seq;     /* reader: the number of the record that comes next */
	int bell;         /* shm_ring_announce's; -1: none. shm_ring_close closes it */
	int bare;         /* writer, set by the caller: 1: what it puts next are records without a table */
	int hasty;        /* set by a signal handler: put and fail do nothing (EAGAIN) if another has the lock */

	/* private */
	struct shm_shared *shared;
	char *granule;    /* the first */
	uint64_t granules;
	uint64_t device, inode;
	uint64_t held;    /* granules of the slot that data is in; 0: none */
	uint64_t deaths, failures; /* reader: those that it knows of */
	int knows;        /* reader: 1: it has been given the table, or there can be none */
	int waits;        /* it has waited since it last put or got something */
	char *copy;       /* reader: what was taken out of the ring */
	size_t cap;
};

/*
 * shm_ring_make makes a ring with that name, shm_ring_find finds one. Both map it, take no place in
 * it, and return 0, or -1 with errno: as shm_make or shm_find; EPROTONOSUPPORT for a ring of
 * another version, EBADMSG for something else. If an object has the name already and is no usable
 * ring, shm_ring_make fails as shm_ring_find would. shm_ring_close leaves, unmaps, and closes the
 * descriptors.
 */
int shm_ring_make(struct shm_ring *, const char *name, const struct shm_plan *);
int shm_ring_find(struct shm_ring *, const char *name);
void shm_ring_close(struct shm_ring *);

/*
 * shm_ring_join takes a place, within the gate. start: a reader of a broadcast begins with what is
 * still in the ring, not with what comes. Returns 0, or -1 with errno: EBUSY if a stream has such a
 * participant already, EUSERS if all places are taken.
 *
 * shm_ring_leave ends well. shm_ring_die leaves as if killed: it is async-signal-safe, and only
 * shm_ring_others may be called after it.
 */
int shm_ring_join(struct shm_ring *, enum shm_role, int start);
void shm_ring_leave(struct shm_ring *);
void shm_ring_die(struct shm_ring *);

/*
 * A writer puts a block, given in parts, of count records (or the loss of count records). Returns
 * 1; 0 if there is no room; -1 with errno EMSGSIZE if there never will be, or EPROTO if `bare` is
 * set and the ring has a table.
 */
int shm_ring_put(struct shm_ring *, const struct iovec *, int parts, uint32_t count);

/*
 * The table of a queue or a broadcast is in an area of its own, and stays there as long as the ring
 * does. A writer whose records have a table calls shm_ring_declare before it puts them. It returns
 * 1 if that is the ring's table from now on; 0 if there is one already, which may be another; or -1
 * with errno EPROTO if records have been put without a table, or EMSGSIZE if it is larger than the
 * area. The area has shm_ring_area bytes, a sixteenth of the ring's, but at least 64 KiB, and no
 * more than a table can have; that of a stream, which passes its table as a block, has 0.
 *
 * shm_ring_table appends the table to payload. It returns 1; 0 if there is none; or -1 with errno
 * (EBADMSG: it is not what was written there), and then payload is as before.
 */
int shm_ring_declare(struct shm_ring *, const void *payload, size_t len);
int shm_ring_table(const struct shm_ring *, struct buf *payload);
size_t shm_ring_area(const struct shm_plan *);

/*
 * A writer whose stream has failed tells the readers, if no block can: they end with SHM_FAILED,
 * the status, and at most SHM_REASON of the n bytes of reason. With keep the readers go on:
 * shm_ring_break tells them that what this writer has put ends in the middle, as a death does. Both
 * work in a damaged ring too. They return 0, or -1 with errno.
 */
int shm_ring_fail(struct shm_ring *, uint32_t status, const char *reason, size_t n);
int shm_ring_break(struct shm_ring *);

/*
 * A writer of a deserted stream, before it leaves: discards what is left in the ring, which the
 * next reader would take for the beginning of the next writer's stream. Returns 0, or -1 with
 * errno.
 */
int shm_ring_abandon(struct shm_ring *);

/* A writer: returns 1 if a reader has come since the first writer did, else 0. */
int shm_ring_met(const struct shm_ring *);

/*
 * A writer of a stream. shm_ring_deserted returns 1 if a reader was there and has gone, else 0.
 * shm_ring_taken returns 1 if the reader has taken all, 0 if not, -1 with errno.
 */
int shm_ring_deserted(struct shm_ring *);
int shm_ring_taken(struct shm_ring *);

/* What a reader finds. */
enum shm_found {
	SHM_NONE,   /* nothing has come yet */
	SHM_BLOCK,  /* data, len, count, seq */
	SHM_TABLE,  /* data, len: the ring's table, once, before all else that was put after it */
	SHM_LOST,   /* count records from seq on were lost; if `unknown`, also more that nobody can count */
	SHM_PARTED, /* as SHM_LOST, and the reader was too slow (SHM_CUT): it gets no more */
	SHM_ENDED,  /* no more will come */
	SHM_DIED,   /* no more will come, and a writer has died */
	SHM_FAILED, /* no more will come: a writer's stream has failed; data, len: reason; count: status */
	SHM_BROKEN  /* errno */
};

struct shm_item {
	char *data; /* valid until the next call */
	size_t len;
	uint64_t seq, count;
	int unknown;
};

/*
 * Returns what comes next, in *item. data may be in the ring, and must not be changed, because
 * other readers see it too.
 */
enum shm_found shm_ring_next(struct shm_ring *, struct shm_item *);

/* Gives back the slot that data was in. shm_ring_next does so too. */
void shm_ring_done(struct shm_ring *);

/*
 * A participant that is about to sleep calls shm_ring_listen, looks once more for what it waits
 * for, and then calls shm_ring_sleep with what shm_ring_listen returned. That sleeps for at most ms
 * milliseconds and returns 1 if it was woken, 0 if the time is over. shm_ring_watch clears up after
 * the dead and returns 1 if there were any, else 0.
 */
uint32_t shm_ring_listen(struct shm_ring *, enum shm_bell);
int shm_ring_sleep(struct shm_ring *, enum shm_bell, uint32_t heard, unsigned ms);
int shm_ring_watch(struct shm_ring *);

/* Counts a wait in the figures: once until something is put or got. shm_ring_sleep does so too. */
void shm_ring_waits(struct shm_ring *, enum shm_bell);

/*
 * For waiting by poll: call shm_ring_announce, look once more, then poll for POLLIN of bell, with a
 * time limit too. bell is -1 if no socket could be had; then the poll must be short.
 */
void shm_ring_announce(struct shm_ring *, enum shm_bell);

/* ---- figures ---- */

struct shm_one {
	enum shm_role role;
	uint32_t pid;   /* in its own PID namespace */
	int lives;
	uint64_t records, bytes, waits;
	uint64_t lag, lag_bytes; /* reader of stream or broadcast: what it has not taken */
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

/* Fills in the figures. Returns 0, or -1 with errno. */
int shm_ring_figures(struct shm_ring *, struct shm_figures *);

/* Returns 1 if a writer was ever there, else 0. */
int shm_ring_begun(const struct shm_ring *);

/*
 * Returns the number of participants with that role, including dead ones that nobody has cleared up
 * after.
 */
unsigned shm_ring_having(struct shm_ring *, enum shm_role);

/* Returns the number of other participants that live. */
unsigned shm_ring_others(struct shm_ring *);

#endif
