/* shm_ring_next: the reader's side of shm_ring.h, and the figures. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shm/shm_ring_private.h"

/* Goes on after a slot. If data is in the slot, that stays the reader's until shm_ring_done. */
static void
go_on(struct shm_ring *r, const struct view *v)
{
	struct place *p = &r->shared->place[r->place];

	r->cursor += v->granules;
	r->seq = v->seq + v->count;
	r->held = v->granules;
	set(&p->seq, r->seq);
	if (r->plan.mode == SHM_STREAM)
		atomic_store_explicit(&p->cursor, r->cursor, memory_order_release);
}

static void
deliver(struct shm_ring *r, const struct view *v, struct shm_item *item)
{
	struct place *p = &r->shared->place[r->place];

	item->len = v->len;
	item->seq = v->seq;
	item->count = v->count;
	r->waits = 0;
	count_up(&r->shared->out_records, v->count);
	count_up(&r->shared->out_bytes, v->len);
	count_up(&p->records, v->count);
	count_up(&p->bytes, v->len);
}

/* Makes room for a copy of len bytes. Returns 0, or -1 with errno ENOMEM. */
static int
reserve(struct shm_ring *r, size_t len)
{
	char *more;

	if (len <= r->cap)
		return 0;
	if ((more = realloc(r->copy, len)) == NULL)
		return -1;
	r->copy = more;
	r->cap = len;
	return 0;
}

static char *
copy(struct shm_ring *r, const struct view *v)
{
	/* If len is 0, copy may be NULL. */
	if (v->len > 0)
		memcpy(r->copy, (char *)v->slot + SHM_SLOT_HEAD, v->len);
	return r->copy;
}

/*
 * Finds the ring's table, if it has not been given yet. Before something that others have done is
 * reported, this is to be called after it was seen: then a table that was there before it is found.
 */
static enum shm_found
declared(struct shm_ring *r, struct shm_item *item)
{
	uint64_t word;
	size_t len;

	if (r->knows || (len = shm_ring_table_len(r, &word)) == 0)
		return SHM_NONE;
	if (len == SIZE_MAX || reserve(r, len) < 0 || shm_ring_table_copy(r, word, r->copy) < 0)
		return SHM_BROKEN;
	r->knows = 1;
	*item = (struct shm_item){ .data = r->copy, .len = len };
	return SHM_TABLE;
}

/* Fills in the item with the failure of a writer's stream. */
static enum shm_found
failure(struct shm_ring *r, struct shm_item *item)
{
	struct shm_shared *s = r->shared;
	uint32_t n = atomic_load_explicit(&s->fail_len, memory_order_relaxed);

	n = n < SHM_REASON ? n : SHM_REASON;
	if (reserve(r, SHM_REASON) < 0)
		return SHM_BROKEN;
	memcpy(r->copy, s->reason, n);
	*item = (struct shm_item){ .data = r->copy,
		.len = n,
		.count = atomic_load_explicit(&s->fail_status, memory_order_relaxed) };
	return SHM_FAILED;
}

/*
 * What the end is for a reader that has taken all before its cursor, or SHM_NONE if it has not
 * come.
 */
static enum shm_found
ended(struct shm_ring *r, struct shm_item *item)
{
	struct shm_shared *s = r->shared;

	if (r->plan.keep || !atomic_load_explicit(&s->begun, memory_order_acquire) ||
	    shm_ring_having(r, SHM_WRITER) > 0)
		return SHM_NONE;
	if (atomic_load_explicit(&s->failures, memory_order_acquire) != r->failures)
		return failure(r, item);
	return atomic_load_explicit(&s->deaths, memory_order_acquire) != r->deaths ? SHM_DIED : SHM_ENDED;
}

/*
 * A death or failure that a reader reaches. In a stream it is the end, because what follows it is
 * another writer's. With keep, a death is reported as a loss of an unknown number of records.
 */
static enum shm_found
death(struct shm_ring *r, struct shm_item *item)
{
	struct shm_shared *s = r->shared;
	uint64_t deaths = atomic_load_explicit(&s->deaths, memory_order_acquire);
	enum shm_found found = declared(r, item);

	if (found != SHM_NONE)
		return found;
	if (r->plan.mode == SHM_STREAM && !r->plan.keep &&
	    atomic_load_explicit(&s->failures, memory_order_acquire) != r->failures && r->cursor >= get(&s->fail_tail))
		return failure(r, item);
	if (deaths == r->deaths || r->cursor < get(&s->death_tail))
		return SHM_NONE;
	if (r->plan.keep) {
		r->deaths = deaths;
		*item = (struct shm_item){ .seq = r->seq, .unknown = 1 };
		return SHM_LOST;
	}
	return r->plan.mode == SHM_STREAM ? SHM_DIED : SHM_NONE;
}

static enum shm_found
queue_next(struct shm_ring *r, struct shm_item *item)
{
	enum shm_found found = SHM_NONE;
	struct state st;
	struct view v;
	uint64_t taken;

	/* If nothing is there, that is found without the lock, which the writers need. */
	if (shm_ring_look(r, &st) < 0)
		return SHM_BROKEN;
	/*
	 * What others have taken, or nobody could take, is before the cursor all the same: a death
	 * after it has been reached.
	 */
	if (st.take == st.tail) {
		r->cursor = st.take;
		return SHM_NONE;
	}
	if (shm_ring_view(r, st.take, st.tail, &v) == 0 && reserve(r, v.len) < 0)
		return SHM_BROKEN;
	if (shm_ring_enter(r, &st) < 0)
		return SHM_BROKEN;
	taken = st.take;
	found = declared(r, item);
	while (found == SHM_NONE && st.take < st.tail) {
		if (shm_ring_view(r, st.take, st.tail, &v) < 0) {
			found = SHM_BROKEN;
			break;
		}
		if (v.state == CLAIMED || v.state == TAKEN || (v.state == FULL && v.len > r->cap))
			break;
		if (v.state == FULL) {
			if (!change(&v, word_as(&v, r->place + 1, TAKEN))) {
				found = SHM_BROKEN;
				(void)shm_ring_broken(r);
				break;
			}
			v.word = word_as(&v, r->place + 1, TAKEN);
			SHM_STEP();
			found = SHM_BLOCK;
		} else if (v.state == VOID && v.count > 0 && r->plan.keep) {
			(void)change(&v, word_as(&v, 0, DONE));
			*item = (struct shm_item){ .seq = v.seq, .count = v.count };
			r->seq = v.seq + v.count;
			found = SHM_LOST;
		}
		st.take += v.granules;
	}
	if (found != SHM_BROKEN && st.take != taken) {
		shm_ring_commit(r, &st);
		r->cursor = st.take;
	}
	shm_ring_unlock(r);
	if (found == SHM_BLOCK) {
		item->data = copy(r, &v);
		SHM_STEP();
		/* It is given back at once, so that a slow reader delays nobody. */
		if (!change(&v, word_as(&v, 0, DONE))) {
			(void)shm_ring_broken(r);
			return SHM_BROKEN;
		}
		deliver(r, &v, item);
		r->seq = v.seq + v.count;
		shm_ring_wake(r, SHM_ROOM);
	}
	return found;
}

/* Finds the next item in a stream or a broadcast. */
static enum shm_found
cursor_next(struct shm_ring *r, struct shm_item *item)
{
	int overrun = r->plan.mode == SHM_BROADCAST && r->plan.slow != SHM_WAIT;

	for (int tries = 0; tries < TRIES;) {
		struct state st, after;
		struct view v;
		uint64_t begins = r->cursor;
		enum shm_found found;

		if (shm_ring_look(r, &st) < 0 || r->cursor > st.tail)
			return (void)shm_ring_broken(r), SHM_BROKEN;
		if ((found = declared(r, item)) != SHM_NONE)
			return found;
		if (r->cursor < st.oldest) {
			if (!overrun || st.oldest_seq < r->seq)
				return (void)shm_ring_broken(r), SHM_BROKEN;
			*item = (struct shm_item){ .seq = r->seq, .count = st.oldest_seq - r->seq };
			r->cursor = st.oldest;
			r->seq = st.oldest_seq;
			return r->plan.slow == SHM_CUT ? SHM_PARTED : SHM_LOST;
		}
		if (r->cursor == st.tail)
			return SHM_NONE;
		if (shm_ring_view(r, r->cursor, st.tail, &v) < 0 ||
		    (v.state == FULL && overrun && reserve(r, v.len) < 0)) {
			if (errno == ENOMEM || !overrun)
				return SHM_BROKEN;
			tries++; /* writers overran it meanwhile; if not, it is broken */
			continue;
		}
		if (v.state == CLAIMED)
			return SHM_NONE;
		item->data = (char *)v.slot + SHM_SLOT_HEAD;
		if (overrun) {
			/* A writer may write over it at any time. */
			if (v.state == FULL)
				item->data = copy(r, &v);
			/*
			 * Looks again: if the slot is still part of the ring, it was not written
			 * over before.
			 */
			atomic_thread_fence(memory_order_acquire);
			if (shm_ring_look(r, &after) < 0)
				return SHM_BROKEN;
			if (after.oldest > begins)
				continue;
		}
		go_on(r, &v);
		if (overrun || v.state != FULL)
			shm_ring_done(r);
		if (v.state == FULL) {
			deliver(r, &v, item);
			return SHM_BLOCK;
		}
		if (v.state == VOID && v.count > 0 && r->plan.keep) {
			*item = (struct shm_item){ .seq = v.seq, .count = v.count };
			return SHM_LOST;
		}
	}
	return (void)shm_ring_broken(r), SHM_BROKEN;
}

enum shm_found
shm_ring_next(struct shm_ring *r, struct shm_item *item)
{
	enum shm_found found, end;

	shm_ring_done(r);
	*item = (struct shm_item){ 0 };
	if ((found = death(r, item)) != SHM_NONE)
		return found;
	/*
	 * The end is looked for before the next slot: a reader that sees that all writers have gone
	 * sees all that they have put.
	 */
	end = ended(r, item);
	SHM_STEP();
	found = r->plan.mode == SHM_QUEUE ? queue_next(r, item) : cursor_next(r, item);
	if (r->object.lost)
		return (void)shm_ring_broken(r), SHM_BROKEN;
	if (found == SHM_NONE && r->plan.mode == SHM_QUEUE && (found = death(r, item)) != SHM_NONE)
		return found;
	if (found == SHM_NONE && end != SHM_NONE) {
		struct state st;

		if ((found = declared(r, item)) != SHM_NONE)
			return found;
		/* A slot can be there that a dead writer had claimed and that is not void yet. */
		if (shm_ring_look(r, &st) < 0)
			return SHM_BROKEN;
		if ((r->plan.mode == SHM_QUEUE ? st.take : r->cursor) != st.tail)
			return SHM_NONE;
		/* What a void slot has left in the item and in the copy is not part of the end. */
		*item = (struct shm_item){ 0 };
		return end == SHM_FAILED ? failure(r, item) : end;
	}
	return found;
}

/* ---- figures ---- */

unsigned
shm_ring_others(struct shm_ring *r)
{
	unsigned n = 0, known = shm_ring_known(r);

	/* The locks are counted, not what the places hold. */
	for (unsigned i = 0; i < known; i++)
		n += (r->role == SHM_NOBODY || i != r->place) && shm_lives(&r->object, i);
	return n;
}

int
shm_ring_begun(const struct shm_ring *r)
{
	return atomic_load_explicit(&r->shared->begun, memory_order_acquire) != 0;
}

int
shm_ring_figures(struct shm_ring *r, struct shm_figures *f)
{
	struct shm_shared *s = r->shared;
	unsigned known = shm_ring_known(r);
	struct state st;
	uint64_t from;

	memset(f, 0, sizeof *f);
	if (shm_ring_look(r, &st) < 0)
		return -1;
	f->records = get(&s->records);
	f->bytes = get(&s->bytes);
	f->waits = get(&s->waits);
	f->out_records = get(&s->out_records);
	f->out_bytes = get(&s->out_bytes);
	f->out_waits = get(&s->out_waits);
	f->deaths = get(&s->deaths);
	f->begun = atomic_load_explicit(&s->begun, memory_order_relaxed) != 0;
	if (r->plan.mode == SHM_STREAM)
		from = get(&s->released);
	else
		from = r->plan.mode == SHM_QUEUE ? st.take : st.oldest;
	f->used = (st.tail - from) * SHM_GRANULE;
	if (f->used > r->plan.bytes)
		return shm_ring_broken(r);
	for (unsigned i = 0; i < known; i++) {
		struct place *p = &s->place[i];
		struct shm_one *one = &f->ones[f->count];
		uint64_t cursor = get(&p->cursor), seq = get(&p->seq);

		one->role = atomic_load_explicit(&p->role, memory_order_acquire);
		if (one->role != SHM_WRITER && one->role != SHM_READER)
			continue;
		one->pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
		one->lives = shm_lives(&r->object, i);
		one->records = get(&p->records);
		one->bytes = get(&p->bytes);
		one->waits = get(&p->waits);
		if (one->role == SHM_READER && r->plan.mode != SHM_QUEUE && cursor <= st.tail && seq <= st.tail_seq) {
			one->lag = st.tail_seq - seq;
			one->lag_bytes = (st.tail - cursor) * SHM_GRANULE;
		}
		f->writers += one->lives && one->role == SHM_WRITER;
		f->readers += one->lives && one->role == SHM_READER;
		f->dead += !one->lives;
		f->count++;
	}
	return r->object.lost ? shm_ring_broken(r) : 0;
}
