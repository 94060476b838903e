#ifndef SHM_PORT_H
#define SHM_PORT_H

/*
 * shm_port: one end of a named ring (shm_ring.h), as rec_in and rec_out use it, and how it comes in
 * and leaves. A name that does not exist becomes a stream from one writer to one reader, which is
 * removed with its last participant. A ring that rec-shm create made stays.
 */

#include <stdint.h>

#include "base/buf.h"
#include "os/spin.h"
#include "os/writer.h"
#include "record/block.h"
#include "shm/shm_ring.h"

struct shm_port {
	struct shm_ring ring;
	const char *name;  /* borrowed, must outlive the port */
	struct buf error;  /* one line without the program's name, after a failure */
	int status;        /* ... and the exit status that it means */

	/* private */
	struct spin spin;  /* how long to look before a sleep */
	unsigned ms;       /* bound of the next sleep */
	int64_t watched;   /* when it last looked for the dead, in ms */
	int asleep;        /* poll has waited for it since it was dry */
	int nameless;      /* its name was removed, so nobody can come any more */
	int deserted;      /* ... and the other side has nobody left */
	int forsaken;      /* writer: it does not wait for its reader */
	uint64_t too_slow; /* number of lost records after which the reader was cut off; 0: it was not */
	uint64_t lost, lost_at; /* number of lost records that are still to be reported, and their position */
	unsigned char loss[BLOCK_HEAD];
	struct shm_port *other; /* the list of open ends */
};

struct shm_want {
	int from;         /* the reader chooses where it begins, so the ring must be a broadcast: */
	int start;        /* 1: with what is in the ring; 0: with what comes */
	int waits;        /* if the name does not exist, wait for it ... */
	uint64_t wait_ms; /* ... for this many milliseconds, and do not make it */
	uint64_t readers; /* a writer waits until this many readers have come; a stream has only one */
};

/* Bytes of a ring: the default, the least and the most. */
#define SHM_USUAL (UINT64_C(4) << 20)
#define SHM_LEAST (UINT64_C(1) << 20)
#define SHM_MOST (UINT64_C(1) << 36)

/*
 * Opens an end; want may be NULL. Returns 0; or an exit status with error: 64 for a name that is
 * none, for more readers than a stream has, or for a start in what is no broadcast; 66 (reader) or
 * 73 (writer) if it cannot be opened or made; 65 if its memory is damaged; 71 if memory or
 * descriptors are lacking; 77 if it is another user's; 69 if a stream has its writer or reader
 * already, if all places are taken, or if the name was removed while readers were waited for. The
 * caller ends it by shm_port_close, and frees error by shm_port_free.
 */
int shm_port_open(struct shm_port *, const char *name, enum shm_role role, const struct shm_want *want);

/*
 * Appends to error one line that says why a ring could not be found, made or used, by errno.
 * Returns the exit status for it.
 */
int shm_port_tell(const char *name, enum shm_role role, struct buf *error);

/*
 * Leaves. A writer of a stream that nobody made by rec-shm create first waits until the reader has
 * taken everything or has gone. Removes the name of such a stream if nobody else is left. What
 * failed on the way is in status and error.
 */
void shm_port_close(struct shm_port *);

/*
 * Figures and removal, for a process that has no part in the ring. All return 0, or -1 with errno.
 *
 * shm_port_figures fills in the plan and the figures, and appends to table (unless NULL) the ring's
 * table, if it has one. shm_port_remove removes a name, also that of a damaged ring; if `stale`,
 * only if the ring is stale. shm_port_remove_stale does so for all rings of this user. The gate
 * keeps others out meanwhile.
 *
 * A ring is stale if nobody lives on it and it was not made to stay: shm_port_stale returns 1 then,
 * else 0.
 */
int shm_port_figures(const char *name, struct shm_plan *, struct shm_figures *, struct buf *table);
int shm_port_remove(const char *name, int stale);
int shm_port_remove_stale(void);
int shm_port_stale(const struct shm_plan *, const struct shm_figures *);

/* Frees error. To be called after shm_port_close, or after shm_port_open failed. */
void shm_port_free(struct shm_port *);

/*
 * For a writer: puts the block under way as a whole, as writer_push does. If `wait`: waits for
 * room. Returns 1; 0 if there is no room and it may not wait; or -1 with errno: EPIPE if the reader
 * has gone, else with error and status. If the records of a queue or a broadcast have another table
 * than these, or one has a table and the other none, that is EPROTO and status 65, and does not
 * concern the readers. They learn of all other failures, also of a table that is too large (74).
 */
int shm_port_push(struct shm_port *, struct writer *, int wait);

/*
 * For a signal handler, between two blocks: puts an end mark of n bytes, with that status and
 * reason, if the ring takes it at once. Nothing may be put after it. Async-signal-safe.
 */
void shm_port_last_words(struct shm_port *, void *mark, size_t n, uint32_t status, const char *reason);

/* Returns 1 if the stream's reader has come and gone, else 0. */
int shm_port_gone(struct shm_port *);

/*
 * For a writer that waits for its reader. shm_port_unmet returns 1 if no reader has come yet to a
 * stream that is removed with its writer, else 0. After shm_port_forsake, the writer does not wait
 * for its reader any more. shm_port_lingers, after all has been put, returns 1 as long as
 * shm_port_close would wait, with shm_port_bell and shm_port_bound to poll for; else 0, with error
 * if nobody can come any more to take what is left.
 */
int shm_port_unmet(const struct shm_port *);
void shm_port_forsake(struct shm_port *);
int shm_port_lingers(struct shm_port *);

/*
 * For waiting by poll, after a push that did not wait found no room, or after shm_port_dry found
 * nothing. shm_port_dry looks once more, as shm_port_next: it returns 1 if there is nothing, and
 * otherwise 0 with what was found. shm_port_bell returns the descriptor to poll for POLLIN, or -1
 * if there is none. shm_port_sleeps, before each poll of a reader, returns 1 at the first poll
 * after shm_port_dry, and then 0: shm_port_dry is to be called again. shm_port_bound returns the
 * number of milliseconds that the poll may last at most, for all open ends; -1 if none is open.
 */
int shm_port_dry(struct shm_port *, struct shm_item *, enum shm_found *);
int shm_port_bell(const struct shm_port *);
int shm_port_sleeps(struct shm_port *);
int shm_port_bound(void);

/*
 * For a reader: returns what comes next, as shm_ring_next does. A loss is divided so that each part
 * fits a loss block.
 */
enum shm_found shm_port_next(struct shm_port *, struct shm_item *);

/*
 * Before a reader sleeps, it calls shm_port_spins: if that returns 1, a short pause is over and it
 * calls shm_port_next again. On 0 it calls shm_port_listen, shm_port_next once more, and then
 * shm_port_sleep with what shm_port_listen returned. shm_port_sleep also clears up after the dead.
 */
int shm_port_spins(struct shm_port *, int looks);
uint32_t shm_port_listen(struct shm_port *);
void shm_port_sleep(struct shm_port *, uint32_t heard);

#endif
