#ifndef SHM_RING_PRIVATE_H
#define SHM_RING_PRIVATE_H

/*
 * shm_ring_private: private to shm_ring*.c: shm_ring.c has the lock, the state, the places and the dead; shm_ring_bell.c sleeps and
 * wakes, shm_ring_put.c puts, shm_ring_next.c takes.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/shm_ring.h"

/*
 * A test that explores how participants can interleave defines these: a place where others may run, and waiting for
 * the lock.
 */
#ifndef SHM_STEP
#define SHM_STEP()
#define SHM_LOCK_WAIT(word, seen, ms) shm_ring_futex(word, seen, ms)
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

/* What is in the ring: tickets, and the numbers of the records there. */
struct state {
	uint64_t tail, tail_seq, oldest, oldest_seq, take;
};

struct cell {
	_Atomic uint64_t n[5]; /* a struct state */
};

/* cursor: reader: up to there it was handed out. */
struct place {
	_Alignas(2 * LINE) _Atomic uint32_t role, pid;
	_Atomic uint32_t polls; /* a bit for each bell that is waited for by poll */
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
	_Alignas(LINE) _Atomic uint64_t released; /* stream: the reader has done with what lies before */
	_Alignas(LINE) _Atomic uint32_t begun, read; /* a writer, a reader was there */
	_Atomic uint32_t places;                     /* that were ever in use */
	_Atomic uint64_t deaths, death_tail, session_deaths;
	_Atomic uint64_t failures, fail_tail, session_failures;
	_Atomic uint32_t fail_status, fail_len;
	char reason[SHM_REASON];
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
	 * Release: what was read or written of the slot before is done. Fails only where another has proved this one
	 * dead, or scribbles.
	 */
	return atomic_compare_exchange_strong_explicit(&v->slot->word, &v->word, to, memory_order_acq_rel, memory_order_relaxed);
}

static inline uint64_t
word_as(const struct view *v, unsigned owner, enum slot_state state)
{
	return WORD(v->word >> 11, owner, state);
}

/*
 * Sleeps while the word is what was seen, for at most ms milliseconds. Returns 0 if that time is over, else 1. shm_ring_futex_wake
 * wakes at most that many sleepers.
 */
int shm_ring_futex(_Atomic uint32_t *word, uint32_t seen, unsigned ms);
void shm_ring_futex_wake(_Atomic uint32_t *word, int most);

/* Rings where somebody listens. After what was changed. */
void shm_ring_wake(struct shm_ring *, enum shm_bell);

/* -1 with errno EBADMSG, or EIO where the object was truncated. */
int shm_ring_broken(const struct shm_ring *);

/* Under the lock: what a writer has put ends in the middle where the ring now ends. */
void shm_ring_died(struct shm_ring *, const struct state *);

/* The lock: 0, or -1 with errno. That of one who has died is taken over, and what it left cleared up. */
int shm_ring_lock(struct shm_ring *);
void shm_ring_unlock(struct shm_ring *);

/* The state: under the lock, and made anew; without the lock. 0, or -1 where it makes no sense. */
int shm_ring_load(struct shm_ring *, struct state *);
void shm_ring_commit(struct shm_ring *, const struct state *);
int shm_ring_look(struct shm_ring *, struct state *);

/* The lock, with the state: 0; or -1, without it. */
int shm_ring_enter(struct shm_ring *, struct state *);

/* A slot that begins before end, copied and checked: 0, or -1. */
int shm_ring_view(const struct shm_ring *, uint64_t ticket, uint64_t end, struct view *);

/* Returns a number of places: only those below it were ever in use. */
static inline unsigned
shm_ring_known(struct shm_ring *r)
{
	uint32_t n = atomic_load_explicit(&r->shared->places, memory_order_acquire);

	return n < SHM_PLACES ? n : SHM_PLACES;
}

#endif
