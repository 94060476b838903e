/*
 * shm_ring: see shm_ring.h.
 *
 * The lock's word is its owner's place. Two things change under the lock. One is the state: what is
 * in the ring. There are two copies of it: the next one is written, then the generation makes it
 * valid, so a death in between changes nothing. The other is the words of slots: a claim is in the
 * slot's word before the state makes it part of the ring. So whatever a dead participant leaves is
 * either not part of the ring or bears its place, where bury finds it. bury works under the byte of
 * the dead one's place (shm_hold), so nobody can have moved in there, and all of it can be done
 * again.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/shm_ring_private.h"

static const char magic[8] = "rec-shm";
enum { LAYOUT = 3, WAITERS = 1 << 16, REST = 50 };

int
shm_ring_broken(const struct shm_ring *r)
{
	errno = r->object.lost ? EIO : EBADMSG;
	return -1;
}

/* ---- state ---- */

static void
fill(struct state *st, struct cell *c)
{
	uint64_t n[5];

	for (int i = 0; i < 5; i++)
		n[i] = get(&c->n[i]);
	*st = (struct state){ n[0], n[1], n[2], n[3], n[4] };
}

static int
sane(const struct shm_ring *r, const struct state *st)
{
	return st->oldest <= st->tail && st->tail - st->oldest <= r->granules && st->take <= st->tail &&
	       st->tail < UINT64_C(1) << 52;
}

/* Under the lock: reads the state. Returns 0, or -1 with errno. */
static int
load(struct shm_ring *r, struct state *st)
{
	uint64_t g = atomic_load_explicit(&r->shared->generation, memory_order_acquire);

	fill(st, &r->shared->cells[g & 1]);
	return sane(r, st) ? 0 : shm_ring_broken(r);
}

/* Under the lock: makes the state valid as a whole. */
void
shm_ring_commit(struct shm_ring *r, const struct state *st)
{
	uint64_t g = get(&r->shared->generation),
		 n[5] = { st->tail, st->tail_seq, st->oldest, st->oldest_seq, st->take };
	struct cell *c = &r->shared->cells[(g + 1) & 1];

	/*
	 * The partner of the fence in shm_ring_look: a reader that sees one of these sees that the
	 * generation before this one has begun.
	 */
	atomic_thread_fence(memory_order_release);
	for (int i = 0; i < 5; i++) {
		set(&c->n[i], n[i]);
		SHM_STEP();
	}
	/* Release: the slots that the state counts are there too. */
	atomic_store_explicit(&r->shared->generation, g + 1, memory_order_release);
	SHM_STEP();
}

/* Without the lock: tries again until no generation has begun meanwhile. */
int
shm_ring_look(struct shm_ring *r, struct state *st)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t g = atomic_load_explicit(&r->shared->generation, memory_order_acquire);

		SHM_STEP();
		fill(st, &r->shared->cells[g & 1]);
		atomic_thread_fence(memory_order_acquire);
		SHM_STEP();
		if (get(&r->shared->generation) == g)
			return sane(r, st) ? 0 : shm_ring_broken(r);
	}
	return shm_ring_broken(r);
}

/* ---- slots ---- */

/* A slot before end, copied and then checked. */
int
shm_ring_view(const struct shm_ring *r, uint64_t ticket, uint64_t end, struct view *v)
{
	struct shm_slot *s = slot_at(r, ticket);

	/*
	 * Acquire: the partner of the release in shm_ring_put: what was filled in before the word
	 * became FULL is seen.
	 */
	*v = (struct view){ .slot = s, .word = atomic_load_explicit(&s->word, memory_order_acquire) };
	v->state = v->word & 7;
	v->owner = (unsigned)(v->word >> 3 & 255);
	v->granules = atomic_load_explicit(&s->granules, memory_order_relaxed);
	v->count = atomic_load_explicit(&s->count, memory_order_relaxed);
	v->len = atomic_load_explicit(&s->len, memory_order_relaxed);
	v->seq = get(&s->seq);
	return v->word >> 11 == ticket && v->granules > 0 && v->granules <= end - ticket &&
	        v->granules <= r->granules - ticket % r->granules && v->state >= CLAIMED && v->state <= VOID &&
	        (v->state == VOID || v->len <= v->granules * SHM_GRANULE - SHM_SLOT_HEAD) ?
	    0 :
	    shm_ring_broken(r);
}

/* ---- the lock ---- */

static int bury(struct shm_ring *, unsigned place);

/*
 * Takes the lock. Takes it over from a dead owner, and clears up what that has left. Returns 0, or
 * -1 with errno.
 */
static int
lock(struct shm_ring *r)
{
	_Atomic uint32_t *word = &r->shared->lock;
	uint32_t me = r->place + 1, seen;
	unsigned ms = 1;

	for (int i = 0; i < 200; i++) {
		seen = 0;
		SHM_STEP();
		/* Acquire: the partner of the release in shm_ring_unlock. */
		if (atomic_compare_exchange_strong_explicit(
			word, &seen, me, memory_order_acquire, memory_order_relaxed))
			return 0;
		if ((seen & ~(uint32_t)WAITERS) > SHM_PLACES || r->object.lost)
			return shm_ring_broken(r);
#ifndef SHM_EXPLORED
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#endif
#else
		break;
#endif
	}
	if (r->hasty) {
		/* The lock may be our own, taken by what the signal has interrupted. */
		errno = EAGAIN;
		return -1;
	}
	for (;; ms = ms < REST ? ms * 2 : ms) {
		unsigned owner;

		seen = atomic_load_explicit(word, memory_order_relaxed);
		SHM_STEP();
		if (seen == 0) {
			/* Others may sleep too: one that has slept leaves the flag to them. */
			if (atomic_compare_exchange_strong_explicit(
				word, &seen, me | WAITERS, memory_order_acquire, memory_order_relaxed))
				return 0;
			continue;
		}
		if ((seen & ~(uint32_t)WAITERS) > SHM_PLACES || (seen & ~(uint32_t)WAITERS) == 0 || r->object.lost)
			return shm_ring_broken(r);
		if (!(seen & WAITERS) &&
		    !atomic_compare_exchange_strong_explicit(
			word, &seen, seen | WAITERS, memory_order_relaxed, memory_order_relaxed))
			continue;
		seen |= WAITERS;
		if (SHM_LOCK_WAIT(word, seen, ms))
			continue;
		owner = (seen & ~(uint32_t)WAITERS) - 1;
		/* Our own place: its last participant died with the lock. */
		if (owner != r->place && !shm_hold(&r->object, owner))
			continue;
		/*
		 * Nobody lives there, and nobody can move in: if the word has not changed, it is
		 * the dead one's.
		 */
		if (atomic_compare_exchange_strong_explicit(
			word, &seen, me | WAITERS, memory_order_acquire, memory_order_relaxed)) {
			int got = owner != r->place ? bury(r, owner) : 0;

			if (owner != r->place)
				shm_let(&r->object, owner);
			return got;
		}
		if (owner != r->place)
			shm_let(&r->object, owner);
	}
}

void
shm_ring_unlock(struct shm_ring *r)
{
	SHM_STEP();
	if (atomic_exchange_explicit(&r->shared->lock, 0, memory_order_release) & WAITERS)
		shm_ring_futex_wake(&r->shared->lock, 1);
	SHM_STEP();
}

int
shm_ring_enter(struct shm_ring *r, struct state *st)
{
	if (lock(r) < 0)
		return -1;
	if (load(r, st) == 0)
		return 0;
	shm_ring_unlock(r);
	return -1;
}

void
shm_ring_died(struct shm_ring *r, const struct state *st)
{
	set(&r->shared->death_tail, st->tail);
	/* Release: a reader that sees the death sees where it was. */
	(void)atomic_fetch_add_explicit(&r->shared->deaths, 1, memory_order_release);
}

/*
 * Under the place's byte and the lock: clears up at a place where nobody lives. What the dead one
 * had claimed becomes void; what it had taken counts as delivered. Each step can be done twice.
 */
static int
bury(struct shm_ring *r, unsigned place)
{
	struct shm_shared *s = r->shared;
	struct place *p = &s->place[place];
	uint32_t role = atomic_load_explicit(&p->role, memory_order_acquire);
	struct state st;
	struct view v;

	if (role == SHM_NOBODY)
		return 0;
	if (load(r, &st) < 0)
		return -1;
	for (uint64_t t = st.oldest; t < st.tail; t += v.granules) {
		if (shm_ring_view(r, t, st.tail, &v) < 0)
			return -1;
		if (v.owner == place + 1 && v.state == CLAIMED)
			(void)change(&v, word_as(&v, 0, VOID));
		else if (v.owner == place + 1 && v.state == TAKEN)
			(void)change(&v, word_as(&v, 0, DONE));
		SHM_STEP();
	}
	if (role == SHM_READER && r->plan.mode == SHM_STREAM) {
		uint64_t to = get(&p->cursor);

		/* What was handed out to it is not handed out again. */
		if (to > get(&s->released) && to <= st.tail)
			set(&s->released, to);
	}
	if (role == SHM_WRITER)
		shm_ring_died(r, &st);
	SHM_STEP();
	atomic_store_explicit(&p->role, SHM_NOBODY, memory_order_release);
	shm_ring_wake(r, SHM_DATA);
	shm_ring_wake(r, SHM_ROOM);
	return 0;
}

/* Returns 1 if another participant has that place and is dead, else 0. */
static int
is_dead(struct shm_ring *r, unsigned place)
{
	return (place != r->place || r->role == SHM_NOBODY) &&
	       atomic_load_explicit(&r->shared->place[place].role, memory_order_acquire) != SHM_NOBODY &&
	       !shm_lives(&r->object, place);
}

int
shm_ring_watch(struct shm_ring *r)
{
	int found = 0;
	unsigned n = shm_ring_known(r), first = 0;

	while (first < n && !is_dead(r, first))
		first++;
	/*
	 * The lock is taken before the byte: a participant that takes the lock over from a dead one
	 * needs that byte too, and gives it back.
	 */
	if (first == n || lock(r) < 0)
		return 0;
	for (unsigned i = first; i < n; i++)
		if (is_dead(r, i) && shm_hold(&r->object, i)) {
			found += bury(r, i) == 0;
			shm_let(&r->object, i);
		}
	shm_ring_unlock(r);
	/* If the lock was taken over, that has cleared up as well. */
	return found > 0 || first < n;
}

/* ---- making, finding, coming and going ---- */

static void
laid_out(struct shm_ring *r)
{
	struct stat st;

	if (fstat(r->object.fd, &st) == 0) {
		r->device = st.st_dev;
		r->inode = st.st_ino;
	}
	r->bell = -1;
	r->shared = (struct shm_shared *)(void *)r->object.memory;
	r->granule = r->object.memory + HEAD + shm_ring_area(&r->plan);
	r->granules = r->plan.bytes / SHM_GRANULE;
	r->knows = r->plan.mode == SHM_STREAM;
}

int
shm_ring_make(struct shm_ring *r, const char *name, const struct shm_plan *plan)
{
	struct begin begin = { .version = LAYOUT, .head = HEAD, .plan = *plan };

	memcpy(begin.magic, magic, sizeof magic);
	*r = (struct shm_ring){ .plan = *plan };
	if (shm_make(&r->object, name, &begin, sizeof begin, HEAD + shm_ring_area(plan) + plan->bytes) < 0) {
		struct shm_ring other;
		int there;

		if (errno != EEXIST)
			return -1;
		/* The object of that name may be no usable ring: then that is the error. */
		if ((there = shm_ring_find(&other, name) == 0))
			shm_ring_close(&other);
		if (there || errno == ENOENT)
			errno = EEXIST;
		return -1;
	}
	laid_out(r);
	return 0;
}

int
shm_ring_find(struct shm_ring *r, const char *name)
{
	struct begin begin = { .version = 0 };
	int error = 0;

	*r = (struct shm_ring){ .object.fd = -1 };
	if (shm_find(&r->object, name, &begin, sizeof begin) < 0) {
		/*
		 * A ring has its whole length from birth, so a shorter one was truncated; or it is
		 * no ring.
		 */
		if (errno == EIO && begin.magic[0] != '\0' && memcmp(begin.magic, magic, sizeof magic) != 0)
			errno = EBADMSG;
		return -1;
	}
	/* From here on only this copy counts. */
	r->plan = begin.plan;
	if (memcmp(begin.magic, magic, sizeof magic) != 0)
		error = EBADMSG;
	else if (begin.version != LAYOUT || begin.head != HEAD)
		error = EPROTONOSUPPORT;
	else if (r->plan.mode > SHM_BROADCAST || r->plan.slow > SHM_CUT || r->plan.bytes == 0 ||
		 r->plan.bytes % SHM_GRANULE != 0 || r->plan.bytes > UINT64_C(1) << 40 ||
		 r->object.bytes > HEAD + shm_ring_area(&r->plan) + r->plan.bytes)
		error = EBADMSG;
	else if (r->object.bytes < HEAD + shm_ring_area(&r->plan) + r->plan.bytes)
		error = EIO;
	else if (shm_map(&r->object) < 0)
		error = errno;
	if (error != 0) {
		shm_close(&r->object);
		errno = error;
		return -1;
	}
	laid_out(r);
	return 0;
}

void
shm_ring_close(struct shm_ring *r)
{
	if (r->role != SHM_NOBODY)
		shm_ring_leave(r);
	shm_close(&r->object);
	if (r->bell >= 0)
		(void)close(r->bell);
	r->bell = -1;
	free(r->copy);
	r->copy = NULL;
	r->shared = NULL;
}

unsigned
shm_ring_having(struct shm_ring *r, enum shm_role role)
{
	unsigned n = 0, known = shm_ring_known(r);

	for (unsigned i = 0; i < known; i++)
		n += atomic_load_explicit(&r->shared->place[i].role, memory_order_acquire) == role;
	return n;
}

/* Under the lock: begins at the place that this participant holds. */
static int
begin(struct shm_ring *r, enum shm_role role, int start)
{
	struct shm_shared *s = r->shared;
	struct place *p = &s->place[r->place];
	struct state st;

	if (load(r, &st) < 0)
		return -1;
	if (r->plan.mode == SHM_STREAM && shm_ring_having(r, role) > 0) {
		errno = EBUSY;
		return -1;
	}
	/*
	 * The last place is kept for the other side if that has none: readers alone would wait for
	 * ever, and so would writers.
	 */
	if (shm_ring_having(r, role == SHM_WRITER ? SHM_READER : SHM_WRITER) == 0 &&
	    shm_ring_having(r, role) >= SHM_PLACES - 1) {
		errno = EUSERS;
		return -1;
	}
	if (role == SHM_WRITER && shm_ring_having(r, SHM_WRITER) == 0 && !r->plan.keep) {
		/* This is a new stream: deaths and failures of the last one are not its own. */
		set(&s->session_deaths, get(&s->deaths));
		set(&s->session_failures, get(&s->failures));
		/* A reader of the last stream has not deserted this one. */
		atomic_store_explicit(&s->read, shm_ring_having(r, SHM_READER) > 0, memory_order_relaxed);
	}
	r->deaths = r->plan.keep ? get(&s->deaths) : get(&s->session_deaths);
	r->failures = r->plan.keep ? get(&s->failures) : get(&s->session_failures);
	r->cursor = r->plan.mode == SHM_STREAM  ? get(&s->released)
	            : r->plan.mode == SHM_QUEUE ? st.take
	            : start                     ? st.oldest
	                                        : st.tail;
	if (r->cursor < st.oldest || r->cursor > st.tail)
		return shm_ring_broken(r);
	r->seq = st.tail_seq;
	if (r->cursor < st.tail) {
		struct view v;

		if (shm_ring_view(r, r->cursor, st.tail, &v) < 0)
			return -1;
		r->seq = v.seq;
	}
	/*
	 * What this reader will read first can be before the death or failure of a writer whose
	 * readers never came, or before a newer stream.
	 */
	if (r->cursor < get(&s->death_tail))
		r->deaths = get(&s->deaths) - 1;
	if (r->cursor < get(&s->fail_tail))
		r->failures = get(&s->failures) - 1;
	set(&p->cursor, r->cursor);
	set(&p->seq, r->seq);
	set(&p->records, 0);
	set(&p->bytes, 0);
	set(&p->waits, 0);
	atomic_store_explicit(&p->polls, 0, memory_order_relaxed);
	atomic_store_explicit(&p->pid, (uint32_t)getpid(), memory_order_relaxed);
	if (r->place >= atomic_load_explicit(&s->places, memory_order_relaxed))
		atomic_store_explicit(&s->places, r->place + 1, memory_order_release);
	/*
	 * Release: the place's members are seen with the role. begun and read come after it: a
	 * participant that sees these sees that somebody is there.
	 */
	atomic_store_explicit(&p->role, role, memory_order_release);
	atomic_store_explicit(role == SHM_WRITER ? &s->begun : &s->read, 1, memory_order_release);
	r->role = role;
	return 0;
}

int
shm_ring_join(struct shm_ring *r, enum shm_role role, int start)
{
	int got, error;

	for (r->place = 0; r->place < SHM_PLACES && !shm_hold(&r->object, r->place); r->place++)
		;
	if (r->place == SHM_PLACES) {
		errno = EUSERS;
		return -1;
	}
	/*
	 * The last participant of this place may have died: then its lock and all else is cleared
	 * up before anything of it could be taken for ours.
	 */
	if ((got = lock(r)) == 0) {
		got = bury(r, r->place);
		shm_ring_unlock(r);
		if (got == 0) {
			(void)shm_ring_watch(r);
			if ((got = lock(r)) == 0) {
				got = begin(r, role, start);
				shm_ring_unlock(r);
			}
		}
	}
	if (got < 0) {
		error = errno;
		shm_let(&r->object, r->place);
		errno = error;
		return -1;
	}
	shm_ring_wake(r, SHM_ROOM);
	shm_ring_wake(r, SHM_DATA);
	return 0;
}

void
shm_ring_done(struct shm_ring *r)
{
	struct place *p = &r->shared->place[r->place];

	if (r->held == 0)
		return;
	r->held = 0;
	/* Release: what was there has been read. This is the partner of the acquire in needed. */
	if (r->plan.mode == SHM_STREAM)
		atomic_store_explicit(&r->shared->released, r->cursor, memory_order_release);
	else
		atomic_store_explicit(&p->cursor, r->cursor, memory_order_release);
	shm_ring_wake(r, SHM_ROOM);
}

void
shm_ring_leave(struct shm_ring *r)
{
	struct place *p = &r->shared->place[r->place];

	if (r->role == SHM_NOBODY)
		return;
	shm_ring_done(r);
	/*
	 * Release: a participant that sees that this one has gone sees all that it has put and is
	 * done with.
	 */
	atomic_store_explicit(&p->role, SHM_NOBODY, memory_order_release);
	shm_ring_wake(r, SHM_DATA);
	shm_ring_wake(r, SHM_ROOM);
	shm_let(&r->object, r->place);
	r->role = SHM_NOBODY;
}

void
shm_ring_die(struct shm_ring *r)
{
	shm_let(&r->object, r->place);
	r->role = SHM_NOBODY;
}
