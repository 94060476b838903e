#ifndef SHM_PORT_H
#define SHM_PORT_H

/*
 * shm_port: one end of a named ring (shm_ring.h) as rec_in and rec_out use it, and the way in and out: a name that is
 * not there becomes a stream from one writer to one reader, which goes with its last participant; one that rec-shm
 * create made stays.
 */

#include <stdint.h>

#include "base/buf.h"
#include "os/spin.h"
#include "os/writer.h"
#include "record/block.h"
#include "shm/shm_ring.h"

struct shm_port {
	struct shm_ring ring;
	const char *name;  /* borrowed, must outlive the end */
	struct buf error;  /* one line without the program's name, after a failure */
	int status;        /* ... and the exit status that it means */

	/* private */
	struct spin spin;  /* how long to look before a sleep */
	unsigned ms;       /* the next sleep's bound */
	int64_t watched;   /* when it was last looked for the dead */
	int asleep;        /* it has been polled for since it was dry */
	int nameless;      /* its name is gone, so nobody can come */
	int deserted;      /* ... and nobody of the other side is there */
	int forsaken;      /* a writer: its reader is not waited for */
	uint64_t too_slow; /* the reader was cut off after so many lost records */
	uint64_t lost, lost_at; /* so many more records were lost, and where */
	unsigned char loss[BLOCK_HEAD];
	struct shm_port *other;
};

struct shm_want {
	int from;         /* only a broadcast will do, for it was said where the reader begins: */
	int start;        /* ... with what is in the ring; 0: with what comes */
	int waits;        /* a name that is not there is not made but waited for, so many milliseconds */
	uint64_t wait_ms;
	uint64_t readers; /* a writer waits for so many readers; a stream has but one */
};

/* Bytes of a ring unless said otherwise; the least, and the most. */
#define SHM_USUAL (UINT64_C(4) << 20)
#define SHM_LEAST (UINT64_C(1) << 20)
#define SHM_MOST (UINT64_C(1) << 36)

/*
 * Opens an end; want may be NULL. Returns 0, or an exit status with error: 64 for no name, or for more readers than a
 * stream has; 66 or 73 where it cannot be, 77 where it is another user's, 69 where a stream has its writer or reader
 * already, or the name was removed while readers were waited for.
 */
int shm_port_open(struct shm_port *, const char *name, enum shm_role role, const struct shm_want *want);

/* Why a ring could not be found, made or used: an exit status for errno, with a line in error. */
int shm_port_tell(const char *name, enum shm_role role, struct buf *error);

/*
 * Leaves. A writer whose stream goes with it waits until the reader has taken everything, or has gone. With that the
 * name is removed if nobody is left.
 */
void shm_port_close(struct shm_port *);

/*
 * What is known of a ring, for one who has no part in it. Removing a name, also of what is damaged; with stale only
 * where nobody lives on it and it was not made to stay: the gate keeps others from coming in meanwhile. 0, or -1
 * with errno.
 */
int shm_port_figures(const char *name, struct shm_plan *, struct shm_figures *);
int shm_port_remove(const char *name, int stale);
int shm_port_remove_stale(void);
int shm_port_stale(const struct shm_plan *, const struct shm_figures *);

/* Frees error, which outlives the rest. */
void shm_port_free(struct shm_port *);

/*
 * A writer: puts the block under way, whole, as writer_push. -1 with errno, EPIPE where the reader has gone, or else
 * error.
 */
int shm_port_push(struct shm_port *, struct writer *, int wait);

/*
 * In a signal's handler, between two blocks: an end mark of n bytes, with that status and reason, if the ring takes it
 * at once. Nothing is put after it. Async-signal-safe.
 */
void shm_port_last_words(struct shm_port *, void *mark, size_t n, uint32_t status, const char *reason);

/* Whether the stream's reader has gone. */
int shm_port_gone(struct shm_port *);

/*
 * A writer: shm_port_unmet: 1 if no reader has come yet of a stream that goes with its writer. shm_port_forsake: none is waited for any
 * more. shm_port_lingers, after all has been put: 1 as long as shm_port_close would wait for the reader to take it, and then
 * shm_port_bell and shm_port_bound tell what to poll for; else 0, with error if nobody can come for it any more.
 */
int shm_port_unmet(const struct shm_port *);
void shm_port_forsake(struct shm_port *);
int shm_port_lingers(struct shm_port *);

/*
 * For who waits by poll, having been told that there is no room, or nothing (by a push that does not wait; by
 * shm_port_dry, which looks once more: 1 where there is nothing): the descriptor to poll, or -1, for at most
 * shm_port_bound milliseconds (-1: no end is open).
 */
int shm_port_dry(struct shm_port *, struct shm_item *, enum shm_found *);
int shm_port_bell(const struct shm_port *);
int shm_port_bound(void);

/* A reader: as shm_ring_next. */
enum shm_found shm_port_next(struct shm_port *, struct shm_item *);

/*
 * Before a reader sleeps: shm_port_spins: 1 after a moment's pause, to be followed by another shm_port_next; 0 where
 * it should sleep. shm_port_listen, then another shm_port_next, then shm_port_sleep, which also clears up behind the
 * dead.
 */
int shm_port_spins(struct shm_port *, int looks);
uint32_t shm_port_listen(struct shm_port *);
void shm_port_sleep(struct shm_port *, uint32_t heard);

#endif
