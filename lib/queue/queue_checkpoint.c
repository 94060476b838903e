/*
 * queue_checkpoint: the state of a queue as bytes; see queue_checkpoint.h. Entries come in the
 * order of the sessions' lists, so that each is put at the end of its list again.
 */

#include <string.h>

#include "queue/queue_checkpoint.h"

/* Returns the bytes before the entries. */
static uint64_t
before_entries(const struct queue_state *s)
{
	return sizeof *s + s->segments * sizeof(struct queue_segment) +
	    s->rooms.sessions * sizeof(struct queue_session) + s->rooms.cursors * sizeof(struct queue_cursor);
}

uint64_t
queue_checkpoint_bytes(const struct queue_index *x)
{
	return before_entries(x->state) + x->state->entries * sizeof(struct queue_entry) +
	    (x->state->table != 0 ? x->state->table_len : 0);
}

int
queue_checkpoint_put(struct buf *out, const struct queue_index *x, const char *table)
{
	const struct queue_state *s = x->state;

	if (buf_reserve(out, queue_checkpoint_bytes(x)) < 0)
		return -1;
	(void)buf_add(out, s, sizeof *s);
	(void)buf_add(out, x->segments, s->segments * sizeof *x->segments);
	(void)buf_add(out, x->sessions, s->rooms.sessions * sizeof *x->sessions);
	(void)buf_add(out, x->cursors, s->rooms.cursors * sizeof *x->cursors);
	for (uint32_t i = 0; i < s->rooms.sessions; i++)
		for (const struct queue_entry *e = queue_index_held(x, i); e != NULL;
		     e = e->after == QUEUE_NONE ? NULL : &x->entries[e->after])
			(void)buf_add(out, e, sizeof *e);
	for (int h = 0; h < QUEUE_AGED; h++)
		for (uint64_t i = 0; i < s->heaped[h]; i++)
			(void)buf_add(out, &x->entries[x->heap[h][i]], sizeof(struct queue_entry));
	return s->table == 0 ? 0 : buf_add(out, table, s->table_len);
}

static uint64_t
power_of_two(uint64_t least, uint64_t n)
{
	while (least < n)
		least *= 2;
	return least;
}

int
queue_checkpoint_fits(const char *body, uint64_t size, struct queue_rooms *rooms)
{
	struct queue_state s;

	if (size < sizeof s)
		return 0;
	memcpy(&s, body, sizeof s);
	if (s.rooms.sessions > size / sizeof(struct queue_session) ||
	    s.rooms.cursors > size / sizeof(struct queue_cursor) || s.segments > size / sizeof(struct queue_segment) ||
	    s.entries > size / sizeof(struct queue_entry))
		return 0;
	if (before_entries(&s) + s.entries * sizeof(struct queue_entry) + (s.table != 0 ? s.table_len : 0) != size ||
	    s.table_len > size)
		return 0;
	*rooms = (struct queue_rooms){ .entries = power_of_two(64, s.entries),
		.segments = power_of_two(16, s.segments),
		.sessions = s.rooms.sessions,
		.cursors = s.rooms.cursors };
	return queue_index_bytes(rooms) != 0;
}

static int
get_entry(struct queue_index *x, const struct queue_entry *old)
{
	struct queue_entry *e;
	int held = old->state == QUEUE_HELD;

	if (old->state > QUEUE_HELD || old->state == QUEUE_AGED || queue_index_find(x, old->number) != NULL ||
	    (held &&
		(old->session == 0 || old->session > x->state->rooms.sessions ||
		    x->sessions[old->session - 1].base == 0)))
		return 0;
	e = queue_index_add(x, old->number, old->sent, held ? QUEUE_READY : (enum queue_heap)old->state, old->due);
	e->lsn = old->lsn;
	e->at = old->at;
	e->random = old->random;
	e->wall = old->wall;
	e->first = old->first;
	e->len = old->len;
	e->receives = old->receives;
	e->visibility = old->visibility;
	if (held)
		queue_index_set(x, e, QUEUE_HELD, old->due, old->session, old->position);
	return 1;
}

int
queue_checkpoint_get(struct queue_index *x, const char *body, uint64_t size, uint64_t lsn)
{
	struct queue_state s, *to = x->state;
	struct queue_entry old;
	const char *p = body + sizeof s;
	uint64_t n;

	memcpy(&s, body, sizeof s);
	memcpy(x->segments, p, s.segments * sizeof *x->segments);
	p += s.segments * sizeof *x->segments;
	memcpy(x->sessions, p, s.rooms.sessions * sizeof *x->sessions);
	p += s.rooms.sessions * sizeof *x->sessions;
	memcpy(x->cursors, p, s.rooms.cursors * sizeof *x->cursors);
	p += s.rooms.cursors * sizeof *x->cursors;
	memcpy(s.magic, to->magic, sizeof s.magic);
	s.bytes = to->bytes;
	s.rooms = to->rooms;
	s.free = QUEUE_NONE;
	s.fresh = s.held = 0;
	memset(s.heaped, 0, sizeof s.heaped);
	if (s.table != 0)
		s.table = lsn + size - s.table_len;
	n = s.entries;
	s.entries = 0;
	*to = s;
	for (uint64_t i = 0; i < s.rooms.sessions; i++) {
		x->sessions[i].first = x->sessions[i].last = QUEUE_NONE;
		x->sessions[i].count = 0;
		x->sessions[i].name[QUEUE_NAME - 1] = '\0';
	}
	for (uint64_t i = 0; i < s.rooms.cursors; i++)
		x->cursors[i].name[QUEUE_NAME - 1] = '\0';
	for (uint64_t i = 0; i < n; i++, p += sizeof old) {
		memcpy(&old, p, sizeof old);
		if (!get_entry(x, &old))
			return 0;
	}
	for (uint64_t i = 1; i < s.segments; i++)
		if (x->segments[i].base < x->segments[i - 1].base)
			return 0;
	return 1;
}
