/* shm_ring_put: the writer's side of shm_ring.h. */

#include <errno.h>
#include <string.h>

#include "shm/shm_ring_private.h"

/* Returns the ticket at which what readers still need begins. */
static uint64_t
needed(struct shm_ring *r, const struct state *st)
{
	uint64_t least = st->tail;
	unsigned n = shm_ring_known(r);

	if (r->plan.mode == SHM_STREAM) {
		/* Acquire: the reader has read what it gives back. */
		uint64_t released = atomic_load_explicit(&r->shared->released, memory_order_acquire);

		return released < st->tail ? released : st->tail;
	}
	if (r->plan.mode == SHM_QUEUE || r->plan.slow != SHM_WAIT)
		return least;
	for (unsigned i = 0; i < n; i++)
		if (atomic_load_explicit(&r->shared->place[i].role, memory_order_acquire) == SHM_READER) {
			uint64_t cursor = atomic_load_explicit(&r->shared->place[i].cursor, memory_order_acquire);

			if (cursor < least)
				least = cursor;
		}
	return least;
}

/*
 * Under the lock: makes `want` granules free, if nobody needs what is in them. Returns 1, 0 if
 * there is no room, or -1 with errno.
 */
static int
room(struct shm_ring *r, struct state *st, uint64_t want)
{
	uint64_t limit;

	if (st->tail + want - st->oldest <= r->granules)
		return 1;
	limit = needed(r, st);
	while (st->tail + want - st->oldest > r->granules) {
		struct view v;

		if (st->oldest >= limit)
			return 0;
		if (shm_ring_view(r, st->oldest, st->tail, &v) < 0)
			return -1;
		if (v.state == CLAIMED || (r->plan.mode == SHM_QUEUE && v.state != DONE && v.state != VOID))
			return 0;
		/* This slot has a loss that has not been reported to a reader of the queue yet. */
		if (r->plan.mode == SHM_QUEUE && st->oldest >= st->take && r->plan.keep && v.count > 0)
			return 0;
		st->oldest += v.granules;
		st->oldest_seq = v.seq + v.count;
	}
	if (st->take < st->oldest)
		st->take = st->oldest;
	return 1;
}

/* Under the lock: makes a slot, which is part of the ring from now on. */
static void
make_slot(struct shm_ring *r, struct state *st, uint64_t granules, size_t len, uint32_t count, enum slot_state state)
{
	struct shm_slot *s = slot_at(r, st->tail);

	/*
	 * What was given up is no longer part of the ring before it is written over: see
	 * shm_ring_next's second look.
	 */
	shm_ring_commit(r, st);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&s->granules, (uint32_t)granules, memory_order_relaxed);
	atomic_store_explicit(&s->count, count, memory_order_relaxed);
	atomic_store_explicit(&s->len, (uint32_t)len, memory_order_relaxed);
	set(&s->seq, st->tail_seq);
	atomic_store_explicit(
	    &s->word, WORD(st->tail, state == CLAIMED ? r->place + 1 : 0, state), memory_order_relaxed);
	SHM_STEP();
	st->tail += granules;
	st->tail_seq += count;
	shm_ring_commit(r, st);
}

/* Claims a slot. Returns 1 with its view, 0 if there is no room, or -1 with errno. */
static int
claim(struct shm_ring *r, uint64_t granules, size_t len, uint32_t count, struct view *v)
{
	struct state st;
	uint64_t left;
	int got = 1;

	if (shm_ring_enter(r, &st) < 0)
		return -1;
	if (!shm_ring_table_allows(r)) {
		shm_ring_unlock(r);
		return -1;
	}
	/* A slot must not wrap around: the rest of the memory becomes an empty slot. */
	left = r->granules - st.tail % r->granules;
	if (left < granules && (got = room(r, &st, left)) == 1)
		make_slot(r, &st, left, 0, 0, VOID);
	if (got == 1 && (got = room(r, &st, granules)) == 1) {
		*v = (struct view){ .slot = slot_at(r, st.tail), .word = WORD(st.tail, r->place + 1, CLAIMED) };
		make_slot(r, &st, granules, len, count, CLAIMED);
		/* If this writer dies before it has said so, its slot becomes void. */
		if (r->bare && !atomic_load_explicit(&r->shared->bare, memory_order_relaxed))
			atomic_store_explicit(&r->shared->bare, 1, memory_order_relaxed);
	}
	shm_ring_unlock(r);
	return got;
}

int
shm_ring_put(struct shm_ring *r, const struct iovec *iov, int parts, uint32_t count)
{
	size_t len = 0;
	uint64_t granules;
	struct view v;
	char *to;
	int got;

	for (int i = 0; i < parts; i++)
		len += iov[i].iov_len;
	granules = (SHM_SLOT_HEAD + len + SHM_GRANULE - 1) / SHM_GRANULE;
	if (granules > r->granules || len > UINT32_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if ((got = claim(r, granules, len, count, &v)) != 1)
		return got;
	to = (char *)v.slot + SHM_SLOT_HEAD;
	for (int i = 0; i < parts; i++) {
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		to += iov[i].iov_len;
	}
	SHM_STEP();
	if (!change(&v, word_as(&v, 0, FULL)) || r->object.lost)
		return shm_ring_broken(r);
	r->waits = 0;
	count_up(&r->shared->records, count);
	count_up(&r->shared->bytes, len);
	count_up(&r->shared->place[r->place].records, count);
	count_up(&r->shared->place[r->place].bytes, len);
	shm_ring_wake(r, SHM_DATA);
	return 1;
}

/*
 * shm_ring_enter for what must be reported to the readers, above all in a damaged ring. There it
 * does without the lock, and sets the state as if the report came before everything in the ring,
 * because it is not known how much of that is good. Returns 1 with the lock, 0 without it, or -1
 * with errno.
 */
static int
enter_to_tell(struct shm_ring *r, struct state *st)
{
	if (shm_ring_enter(r, st) == 0)
		return 1;
	*st = (struct state){ 0 };
	return errno == EBADMSG ? 0 : -1;
}

int
shm_ring_fail(struct shm_ring *r, uint32_t status, const char *reason, size_t n)
{
	struct shm_shared *s = r->shared;
	struct state st;
	int locked = enter_to_tell(r, &st);

	if (locked < 0)
		return -1;
	set(&s->fail_tail, st.tail);
	if (n > SHM_REASON)
		n = SHM_REASON;
	if (n > 0)
		memcpy(s->reason, reason, n);
	atomic_store_explicit(&s->fail_len, (uint32_t)n, memory_order_relaxed);
	atomic_store_explicit(&s->fail_status, status, memory_order_relaxed);
	/* Release: a reader that sees the failure sees what it is. */
	(void)atomic_fetch_add_explicit(&s->failures, 1, memory_order_release);
	if (locked)
		shm_ring_unlock(r);
	shm_ring_wake(r, SHM_DATA);
	return 0;
}

int
shm_ring_break(struct shm_ring *r)
{
	struct state st;
	int locked = enter_to_tell(r, &st);

	if (locked < 0)
		return -1;
	shm_ring_died(r, &st);
	if (locked)
		shm_ring_unlock(r);
	shm_ring_wake(r, SHM_DATA);
	return 0;
}

int
shm_ring_abandon(struct shm_ring *r)
{
	struct state st;

	if (shm_ring_enter(r, &st) < 0)
		return -1;
	/* Nobody joins while the lock is held. */
	if (shm_ring_deserted(r))
		atomic_store_explicit(&r->shared->released, st.tail, memory_order_release);
	shm_ring_unlock(r);
	return 0;
}

int
shm_ring_met(const struct shm_ring *r)
{
	return atomic_load_explicit(&r->shared->read, memory_order_acquire) != 0;
}

int
shm_ring_deserted(struct shm_ring *r)
{
	return r->plan.mode == SHM_STREAM && !r->plan.keep &&
	       atomic_load_explicit(&r->shared->read, memory_order_acquire) && shm_ring_having(r, SHM_READER) == 0;
}

int
shm_ring_taken(struct shm_ring *r)
{
	struct state st;

	return shm_ring_look(r, &st) < 0 ? -1 : get(&r->shared->released) >= st.tail;
}
