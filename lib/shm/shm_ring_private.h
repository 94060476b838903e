#ifndef SHM_RING_PRIVATE_H
#define SHM_RING_PRIVATE_H

/*
 * shm_ring_private: what shm_ring*.c share. shm_ring.c has the state, the lock, the places and the
 * dead; shm_ring_bell.c sleeps and wakes, shm_ring_put.c puts, shm_ring_next.c takes, and
 * shm_ring_table.c has the table.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/shm_ring.h"

/*
 * A test that explores how participants can interleave defines these three: SHM_STEP, a point where
 * another participant may run; SHM_LOCK_WAIT, how to wait for the lock; and SHM_AREA, the least
 * number of bytes for a table.
 */
#ifndef SHM_STEP
#define SHM_STEP()
#define SHM_LOCK_WAIT(word, seen, ms) shm_ring_futex(word, seen, ms)
#define SHM_AREA (64 * 1024)
#endif

enum { LINE = 64, TRIES = 1000 };

/* A slot's word: ticket, owner's place + 1, state. */
enum slot_state { CLAIMED = 1, FULL, TAKEN, DONE, VOID };
#define WORD(ticket, owner, state) ((uint64_t)(ticket) << 11 | (uint64_t)(owner) << 3 | (uint64_t)(state))

struct shm_slot {
	_Atomic uint64_t word, seq;
	_Atomic uint32_t granules, count, len;
};
_Static_assert(sizeof(struct shm_slot) <= SHM_SLOT_HEAD, "the word and its companions fit before the block");

/*
 * What is in the ring: tickets, and the numbers of the records at them. take: what a queue's next
 * reader takes.
 */
struct state {
	uint64_t tail, tail_seq, oldest, oldest_seq, take;
};

struct cell {
	_Atomic uint64_t n[5]; /* a struct state */
};

/* cursor: a reader's: everything before this ticket was handed out to it. */
struct place {
	_Alignas(2 * LINE) _Atomic uint32_t role, pid;
	_Atomic uint32_t polls; /* a bit for each bell that it waits for by poll */
	_Atomic uint64_t cursor, seq, records, bytes, waits;
};

struct bell {
	_Alignas(LINE) _Atomic uint32_t rung, sleepers, pollers;
};

struct begin {
	char magic[8];
	uint32_t version, head;
	struct shm_plan plan;
};

struct shm_shared {
	struct begin begin;
	_Alignas(LINE) _Atomic uint32_t lock;
	_Alignas(LINE) _Atomic uint64_t generation;
	struct cell cells[2];
	struct bell bells[2];
	_Alignas(LINE) _Atomic uint64_t released; /* stream: the reader is done with everything before this ticket */
	_Alignas(LINE) _Atomic uint32_t begun, read; /* a writer, a reader was ever there */
	_Atomic uint32_t places;                     /* only places below this number were ever in use */
	_Atomic uint64_t deaths, death_tail, session_deaths;
	_Atomic uint64_t failures, fail_tail, session_failures;
	_Atomic uint32_t fail_status, fail_len;
	char reason[SHM_REASON];
	/*
	 * Readers look at this line all the time, so it is written at most twice. table: its
	 * checksum << 32 | its length; 0: none. bare: 1: records without a table have been put.
	 */
	_Alignas(LINE) _Atomic uint64_t table;
	_Atomic uint32_t bare;
	_Alignas(LINE) _Atomic uint64_t records, bytes, waits;
	_Alignas(LINE) _Atomic uint64_t out_records, out_bytes, out_waits;
	struct place place[SHM_PLACES];
};

#define HEAD ((sizeof(struct shm_shared) + 4095) / 4096 * 4096)

static inline uint64_t
get(_Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static inline void
set(_Atomic uint64_t *n, uint64_t to)
{
	atomic_store_explicit(n, to, memory_order_relaxed);
}

static inline void
count_up(_Atomic uint64_t *n, uint64_t by)
{
	(void)atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

struct view {
	struct shm_slot *slot;
	enum slot_state state;
	unsigned owner;
	uint64_t word, granules, count, seq;
	size_t len;
};

static inline struct shm_slot *
slot_at(const struct shm_ring *r, uint64_t ticket)
{
	return (struct shm_slot *)(void *)(r->granule + (size_t)(ticket % r->granules) * SHM_GRANULE);
}

static inline int
change(struct view *v, uint64_t to)
{
	/*
	 * Release: what was read or written of the slot before this is done. Fails only if another
	 * participant has proved this one dead, or scribbles.
	 */
	return atomic_compare_exchange_strong_explicit(
	    &v->slot->word, &v->word, to, memory_order_acq_rel, memory_order_relaxed);
}

static inline uint64_t
word_as(const struct view *v, unsigned owner, enum slot_state state)
{
	return WORD(v->word >> 11, owner, state);
}

/*
 * Under the lock: a writer is about to put something. Returns 1; or 0 with errno EPROTO if these
 * are records without a table, and the ring has one.
 */
int shm_ring_table_allows(struct shm_ring *);

/*
 * shm_ring_table_len returns the number of bytes of the table, with its word; 0 if there is none;
 * or SIZE_MAX with errno EBADMSG. shm_ring_table_copy copies it, and checks the copy. Returns 0, or
 * -1 with errno.
 */
size_t shm_ring_table_len(const struct shm_ring *, uint64_t *word);
int shm_ring_table_copy(const struct shm_ring *, uint64_t word, char *to);

/*
 * shm_ring_futex sleeps while the word is `seen`, for at most ms milliseconds. Returns 0 if that
 * time is over, else 1. shm_ring_futex_wake wakes at most `most` sleepers.
 */
int shm_ring_futex(_Atomic uint32_t *word, uint32_t seen, unsigned ms);
void shm_ring_futex_wake(_Atomic uint32_t *word, int most);

/* Rings the bell for those that listen. To be called after the change that they wait for. */
void shm_ring_wake(struct shm_ring *, enum shm_bell);

/* Returns -1, with errno EBADMSG, or EIO if the object was truncated. */
int shm_ring_broken(const struct shm_ring *);

/*
 * Under the lock: notes that what a writer has put ends in the middle, at the present end of the
 * ring.
 */
void shm_ring_died(struct shm_ring *, const struct state *);

/*
 * shm_ring_enter takes the lock and reads the state. Returns 0; or -1 with errno, without the lock.
 * shm_ring_commit, under the lock, makes the state valid as a whole. shm_ring_unlock gives the lock
 * back. shm_ring_look reads the state without the lock. Returns 0, or -1 with errno.
 */
int shm_ring_enter(struct shm_ring *, struct state *);
void shm_ring_commit(struct shm_ring *, const struct state *);
void shm_ring_unlock(struct shm_ring *);
int shm_ring_look(struct shm_ring *, struct state *);

/* Copies and checks the slot at ticket, which begins before end. Returns 0, or -1 with errno. */
int shm_ring_view(const struct shm_ring *, uint64_t ticket, uint64_t end, struct view *);

/* Returns a number of places: only those below it were ever in use. */
static inline unsigned
shm_ring_known(struct shm_ring *r)
{
	uint32_t n = atomic_load_explicit(&r->shared->places, memory_order_acquire);

	return n < SHM_PLACES ? n : SHM_PLACES;
}

#endif
