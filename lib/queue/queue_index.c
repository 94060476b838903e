/*
 * queue_index: the state of a queue in memory without pointers; see queue_index.h.
 */

#include <assert.h>
#include <string.h>

#include "base/crc32c.h"
#include "queue/queue_index.h"

#define INDEX_MAGIC "recqidx1"

static_assert(sizeof(struct queue_entry) == 104, "layout");
static_assert(sizeof(struct queue_segment) == 64, "layout");
static_assert(sizeof(struct queue_session) == 48 + QUEUE_NAME, "layout");
static_assert(sizeof(struct queue_cursor) == 32 + QUEUE_NAME, "layout");
static_assert(sizeof(struct queue_state) % 8 == 0 && sizeof(struct queue_state) <= 4096, "layout");

enum { PAGE = 4096 };

/* ---- memory ---- */

uint64_t
queue_index_bytes(const struct queue_rooms *r)
{
	uint64_t bytes = PAGE;

	if (r->entries == 0 || r->entries > UINT32_MAX / 4 || (r->entries & (r->entries - 1)) != 0 ||
	    r->segments > UINT32_MAX || r->sessions > UINT32_MAX / 2 || r->cursors > UINT32_MAX)
		return 0;
	bytes += r->segments * sizeof(struct queue_segment) + r->sessions * sizeof(struct queue_session) +
	    r->cursors * sizeof(struct queue_cursor);
	bytes += r->entries * (sizeof(struct queue_entry) + sizeof(uint32_t) * (2 + QUEUE_HEAPS));
	bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	return bytes > SIZE_MAX / 2 ? 0 : bytes;
}

static void
set_views(struct queue_index *x, char *memory)
{
	const struct queue_rooms *r;

	x->state = (void *)memory;
	r = &x->state->rooms;
	x->segments = (void *)(memory + PAGE);
	x->sessions = (void *)(x->segments + r->segments);
	x->cursors = (void *)(x->sessions + r->sessions);
	x->entries = (void *)(x->cursors + r->cursors);
	x->hash = (void *)(x->entries + r->entries);
	for (int i = 0; i < QUEUE_HEAPS; i++)
		x->heap[i] = x->hash + 2 * r->entries + (uint64_t)i * r->entries;
}

void
queue_index_format(struct queue_index *x, void *memory, const struct queue_rooms *r)
{
	struct queue_state *s = memory;

	memcpy(s->magic, INDEX_MAGIC, sizeof s->magic);
	s->rooms = *r;
	s->bytes = queue_index_bytes(r);
	s->free = QUEUE_NONE;
	set_views(x, memory);
}

int
queue_index_view(struct queue_index *x, void *memory, uint64_t bytes)
{
	const struct queue_state *s = memory;

	if (bytes < PAGE || memcmp(s->magic, INDEX_MAGIC, sizeof s->magic) != 0 || s->bytes != bytes ||
	    queue_index_bytes(&s->rooms) != bytes)
		return 0;
	set_views(x, memory);
	return 1;
}

static uint32_t
hash_of(const struct queue_index *x, uint64_t number)
{
	/* Fibonacci hashing (D. E. Knuth, The Art of Computer Programming 3, 6.4). */
	return (uint32_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (uint32_t)(2 * x->state->rooms.entries - 1);
}

static void
hash_add(struct queue_index *x, uint32_t entry)
{
	uint32_t mask = (uint32_t)(2 * x->state->rooms.entries - 1);
	uint32_t h = hash_of(x, x->entries[entry].number);

	while (x->hash[h] != 0)
		h = (h + 1) & mask;
	x->hash[h] = entry + 1;
}

void
queue_index_copy(struct queue_index *to, const struct queue_index *from)
{
	struct queue_rooms rooms = to->state->rooms;
	uint64_t bytes = to->state->bytes;
	const struct queue_state *s = from->state;

	*to->state = *s;
	to->state->rooms = rooms;
	to->state->bytes = bytes;
	memcpy(to->segments, from->segments, s->segments * sizeof *to->segments);
	memcpy(to->sessions, from->sessions, s->rooms.sessions * sizeof *to->sessions);
	memcpy(to->cursors, from->cursors, s->rooms.cursors * sizeof *to->cursors);
	memcpy(to->entries, from->entries, s->fresh * sizeof *to->entries);
	for (int i = 0; i < QUEUE_HEAPS; i++)
		memcpy(to->heap[i], from->heap[i], s->heaped[i] * sizeof *to->heap[i]);
	for (uint64_t i = 0; i < s->heaped[QUEUE_AGED]; i++)
		hash_add(to, to->heap[QUEUE_AGED][i]);
}

uint64_t
queue_index_sum(const struct queue_index *x)
{
	const char *memory = (const char *)x->state;
	size_t at = offsetof(struct queue_state, clean), after = at + sizeof x->state->clean;

	return UINT64_C(1) << 32 | crc32c(crc32c(0, memory, at), memory + after, x->state->bytes - after);
}

/* ---- entries by number ---- */

/* Returns the place in the table of hashes, or QUEUE_NONE. */
static uint32_t
hash_find(const struct queue_index *x, uint64_t number)
{
	uint32_t mask = (uint32_t)(2 * x->state->rooms.entries - 1);

	for (uint32_t h = hash_of(x, number); x->hash[h] != 0; h = (h + 1) & mask)
		if (x->entries[x->hash[h] - 1].number == number)
			return h;
	return QUEUE_NONE;
}

/* Closes the hole, so that no search ends too early (Knuth, 6.4, algorithm R). */
static void
hash_remove(struct queue_index *x, uint64_t number)
{
	uint32_t mask = (uint32_t)(2 * x->state->rooms.entries - 1);
	uint32_t hole = hash_find(x, number), h = hole;

	for (;;) {
		uint32_t home;

		h = (h + 1) & mask;
		if (x->hash[h] == 0)
			break;
		home = hash_of(x, x->entries[x->hash[h] - 1].number);
		if (((h - home) & mask) >= ((h - hole) & mask)) {
			x->hash[hole] = x->hash[h];
			hole = h;
		}
	}
	x->hash[hole] = 0;
}

struct queue_entry *
queue_index_find(const struct queue_index *x, uint64_t number)
{
	uint32_t h = hash_find(x, number);

	return h == QUEUE_NONE ? NULL : &x->entries[x->hash[h] - 1];
}

/* ---- heaps ---- */

static int
before(enum queue_heap heap, const struct queue_entry *a, const struct queue_entry *b)
{
	if ((heap == QUEUE_LEASED || heap == QUEUE_LATER) && a->due != b->due)
		return a->due < b->due;
	return a->number < b->number;
}

static void
put_at(struct queue_index *x, enum queue_heap heap, uint32_t at, uint32_t entry)
{
	x->heap[heap][at] = entry;
	*(heap == QUEUE_AGED ? &x->entries[entry].in_aged : &x->entries[entry].in_state) = at;
}

/* Moves the entry from place `at`, which is a hole, to where it belongs. */
static void
sift(struct queue_index *x, enum queue_heap heap, uint32_t at, uint32_t entry)
{
	uint32_t *h = x->heap[heap];
	uint32_t n = (uint32_t)x->state->heaped[heap];
	const struct queue_entry *e = &x->entries[entry];

	while (at > 0 && before(heap, e, &x->entries[h[(at - 1) / 2]])) {
		put_at(x, heap, at, h[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < n && before(heap, &x->entries[h[child + 1]], &x->entries[h[child]]))
			child++;
		if (child >= n || !before(heap, &x->entries[h[child]], e))
			break;
		put_at(x, heap, at, h[child]);
		at = child;
	}
	put_at(x, heap, at, entry);
}

static void
heap_put(struct queue_index *x, enum queue_heap heap, uint32_t entry)
{
	sift(x, heap, (uint32_t)x->state->heaped[heap]++, entry);
}

static void
heap_take(struct queue_index *x, enum queue_heap heap, uint32_t at)
{
	uint32_t last = x->heap[heap][--x->state->heaped[heap]];

	if (at < x->state->heaped[heap])
		sift(x, heap, at, last);
}

void
queue_index_reorder(struct queue_index *x, enum queue_heap heap)
{
	uint32_t n = (uint32_t)x->state->heaped[heap];

	/* R. W. Floyd's way (Algorithm 245, 1964): from the last parent to the root. */
	for (uint32_t i = n / 2; i-- > 0;) {
		uint32_t entry = x->heap[heap][i], at = i;

		for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
			child += child + 1 < n &&
			    before(heap, &x->entries[x->heap[heap][child + 1]], &x->entries[x->heap[heap][child]]);
			if (!before(heap, &x->entries[x->heap[heap][child]], &x->entries[entry]))
				break;
			put_at(x, heap, at, x->heap[heap][child]);
		}
		put_at(x, heap, at, entry);
	}
}

struct queue_entry *
queue_index_first(const struct queue_index *x, enum queue_heap heap)
{
	return x->state->heaped[heap] == 0 ? NULL : &x->entries[x->heap[heap][0]];
}

/* ---- the lists of sessions ---- */

/* Positions come in order, so the place is nearly always the end. */
static void
list_put(struct queue_index *x, uint32_t entry)
{
	struct queue_entry *e = &x->entries[entry];
	struct queue_session *s = &x->sessions[e->session - 1];
	uint32_t left = s->last;

	while (left != QUEUE_NONE && x->entries[left].position > e->position)
		left = x->entries[left].before;
	e->before = left;
	e->after = left == QUEUE_NONE ? s->first : x->entries[left].after;
	*(left == QUEUE_NONE ? &s->first : &x->entries[left].after) = entry;
	*(e->after == QUEUE_NONE ? &s->last : &x->entries[e->after].before) = entry;
	s->count++;
	x->state->held++;
}

static void
list_take(struct queue_index *x, const struct queue_entry *e)
{
	struct queue_session *s = &x->sessions[e->session - 1];

	*(e->before == QUEUE_NONE ? &s->first : &x->entries[e->before].after) = e->after;
	*(e->after == QUEUE_NONE ? &s->last : &x->entries[e->after].before) = e->before;
	s->count--;
	x->state->held--;
}

struct queue_entry *
queue_index_held(const struct queue_index *x, uint32_t session)
{
	uint32_t first = x->sessions[session].base != 0 ? x->sessions[session].first : QUEUE_NONE;

	return first == QUEUE_NONE ? NULL : &x->entries[first];
}

/* ---- entries ---- */

/* Takes the entry out of the heap or list of its state. */
static void
leave_state(struct queue_index *x, struct queue_entry *e)
{
	if (e->state == QUEUE_HELD)
		list_take(x, e);
	else
		heap_take(x, e->state, e->in_state);
	e->session = QUEUE_NOBODY;
}

static void
enter_state(struct queue_index *x, struct queue_entry *e, enum queue_heap state, int64_t due)
{
	uint32_t entry = (uint32_t)(e - x->entries);

	e->state = state;
	e->due = due;
	if (state == QUEUE_HELD)
		list_put(x, entry);
	else
		heap_put(x, state, entry);
}

struct queue_entry *
queue_index_add(struct queue_index *x, uint64_t number, int64_t sent, enum queue_heap state, int64_t due)
{
	struct queue_state *s = x->state;
	uint32_t entry = s->free;
	struct queue_entry *e;

	if (entry == QUEUE_NONE)
		entry = (uint32_t)s->fresh++;
	else
		s->free = x->entries[entry].after;
	e = &x->entries[entry];
	*e = (struct queue_entry){ .number = number, .sent = sent };
	s->entries++;
	hash_add(x, entry);
	heap_put(x, QUEUE_AGED, entry);
	enter_state(x, e, state, due);
	return e;
}

void
queue_index_set(struct queue_index *x, struct queue_entry *e, enum queue_heap state, int64_t due, uint32_t session,
    uint64_t position)
{
	leave_state(x, e);
	e->session = session;
	e->position = position;
	enter_state(x, e, state, due);
}

void
queue_index_remove(struct queue_index *x, struct queue_entry *e)
{
	leave_state(x, e);
	heap_take(x, QUEUE_AGED, e->in_aged);
	hash_remove(x, e->number);
	e->after = x->state->free;
	x->state->free = (uint32_t)(e - x->entries);
	x->state->entries--;
}

/* ---- segments, sessions, cursors ---- */

struct queue_segment *
queue_index_segment_from(const struct queue_index *x, uint64_t lsn)
{
	uint64_t low = 0, high = x->state->segments;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (x->segments[middle].base < lsn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < x->state->segments ? &x->segments[low] : NULL;
}

struct queue_segment *
queue_index_segment(const struct queue_index *x, uint64_t lsn)
{
	struct queue_segment *s = queue_index_segment_from(x, lsn + 1);

	s = s == NULL ? x->segments + x->state->segments : s;
	return s > x->segments && lsn < s[-1].base + s[-1].bytes ? s - 1 : NULL;
}

uint32_t
queue_index_session(const struct queue_index *x, const char *name)
{
	for (uint32_t i = 0; i < x->state->rooms.sessions; i++)
		if (x->sessions[i].base != 0 && strncmp(x->sessions[i].name, name, QUEUE_NAME) == 0)
			return i;
	return QUEUE_NONE;
}

uint32_t
queue_index_cursor(const struct queue_index *x, const char *name)
{
	for (uint32_t i = 0; i < x->state->rooms.cursors; i++)
		if (x->cursors[i].used && strncmp(x->cursors[i].name, name, QUEUE_NAME) == 0)
			return i;
	return QUEUE_NONE;
}

uint64_t
queue_index_release(struct queue_index *x, uint32_t session)
{
	uint64_t n = 0;
	struct queue_entry *e;

	for (; (e = queue_index_held(x, session)) != NULL; n++)
		queue_index_set(x, e, QUEUE_READY, 0, QUEUE_NOBODY, 0);
	return n;
}

uint64_t
queue_index_due(struct queue_index *x, int64_t lease, int64_t age)
{
	uint64_t n = 0;
	struct queue_entry *e;

	for (; (e = queue_index_first(x, QUEUE_LEASED)) != NULL && e->due <= lease; n++)
		queue_index_set(x, e, QUEUE_READY, 0, QUEUE_NOBODY, 0);
	for (; (e = queue_index_first(x, QUEUE_LATER)) != NULL && e->due <= age; n++)
		queue_index_set(x, e, QUEUE_READY, 0, QUEUE_NOBODY, 0);
	for (uint32_t i = 0; x->state->held > 0 && i < x->state->rooms.sessions; i++)
		if (x->sessions[i].base != 0 && x->sessions[i].due <= lease)
			n += queue_index_release(x, i);
	return n;
}

void
queue_index_count(struct queue_index *x, const struct queue_entry *e, int add)
{
	struct queue_segment *s = queue_index_segment(x, e->lsn);

	if (s == NULL)
		return;
	if (add > 0) {
		s->entries++;
		s->payload += e->len;
		s->dead = 0;
		return;
	}
	s->entries -= s->entries > 0;
	s->payload -= s->payload < e->len ? s->payload : e->len;
	queue_index_taken(x, s, 0);
}

void
queue_index_taken(struct queue_index *x, struct queue_segment *s, uint64_t n)
{
	n = n < s->waiting ? n : s->waiting;
	s->waiting -= n;
	x->state->waiting -= n < x->state->waiting ? n : x->state->waiting;
	if (s->entries == 0 && s->waiting == 0 && s->dead == 0)
		s->dead = x->state->end;
}
