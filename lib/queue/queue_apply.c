/*
 * queue_apply: frames of the log applied to the index; see queue_apply.h.
 */

#include <string.h>

#include "queue/queue_apply.h"

/* A message that is copied forward: its number, and what else its entry does not say. */
static const uint64_t *
old_numbers(const struct queue_frame *f, const char *body)
{
	struct queue_messages m;

	memcpy(&m, body, sizeof m);
	return (const void *)(body + queue_apply_lead(f, &m) - m.count * sizeof(uint64_t));
}

uint64_t
queue_apply_lead(const struct queue_frame *f, const struct queue_messages *m)
{
	uint64_t lead = sizeof *m + (uint64_t)m->count * sizeof(uint32_t) * (m->attributes != 0 ? 2 : 1);

	lead += -lead & 7;
	if (f->kind == QUEUE_COPY)
		lead += (uint64_t)m->count * sizeof(uint64_t);
	if (m->count == 0 || m->zero != 0 || lead > f->size || m->attributes > f->size - lead ||
	    (m->large == 0 && m->payload != f->size - lead - m->attributes) ||
	    (m->large != 0 && (m->attributes != f->size - lead || m->count != 1 || f->kind != QUEUE_MESSAGES)))
		return 0;
	return lead;
}

const uint32_t *
queue_apply_ends(const char *body)
{
	return (const void *)(body + sizeof(struct queue_messages));
}

const uint32_t *
queue_apply_attribute_ends(const char *body)
{
	struct queue_messages m;

	memcpy(&m, body, sizeof m);
	return m.attributes == 0 ? NULL : queue_apply_ends(body) + m.count;
}

static int
in_order(const uint32_t *ends, uint32_t count, uint64_t gap, uint64_t size)
{
	uint64_t least = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (ends[i] < least)
			return 0;
		least = (uint64_t)ends[i] + gap;
	}
	return ends[count - 1] <= size;
}

int
queue_apply_ends_fit(const char *body)
{
	struct queue_messages m;

	memcpy(&m, body, sizeof m);
	return in_order(queue_apply_ends(body), m.count, m.gap, m.payload) &&
	    (m.attributes == 0 || in_order(queue_apply_attribute_ends(body), m.count, 0, m.attributes));
}

static int
is_name(const char *name)
{
	return name[0] != '\0' && memchr(name, '\0', QUEUE_NAME) != NULL;
}

int
queue_apply_fits(const struct queue_frame *f, const char *body, const struct queue_rooms *rooms, uint64_t *entries)
{
	struct queue_messages m;
	struct queue_receive r;
	struct queue_runs runs;

	*entries = 0;
	switch ((enum queue_kind)f->kind) {
	case QUEUE_CHECKPOINT:
	case QUEUE_LARGE:
	case QUEUE_TABLE:
		return 1;
	case QUEUE_MESSAGES:
	case QUEUE_COPY:
		if (f->size < sizeof m)
			return 0;
		memcpy(&m, body, sizeof m);
		if (queue_apply_lead(f, &m) == 0 || !queue_apply_ends_fit(body))
			return 0;
		*entries = m.due != 0 ? m.count : 0;
		return f->number <= UINT64_MAX - m.count;
	case QUEUE_RECEIVE:
		if (f->size < sizeof r)
			return 0;
		memcpy(&r, body, sizeof r);
		*entries = r.count;
		return f->size == sizeof r + (uint64_t)r.count * sizeof(struct queue_taken) &&
		    r.session <= rooms->sessions;
	case QUEUE_REMOVE:
	case QUEUE_VISIBILITY:
		if (f->size < sizeof runs)
			return 0;
		memcpy(&runs, body, sizeof runs);
		return f->size == sizeof runs + (uint64_t)runs.count * sizeof(struct queue_run);
	case QUEUE_DROP:
		return f->size == sizeof(struct queue_drop);
	case QUEUE_ATTRIBUTES:
		return f->size == sizeof(struct queue_attributes);
	case QUEUE_SESSION: {
		const struct queue_session_body *s = (const void *)body;

		return f->size == sizeof *s && s->place < rooms->sessions && is_name(s->name) && s->base != 0;
	}
	case QUEUE_CURSOR: {
		const struct queue_cursor_body *c = (const void *)body;

		return f->size == sizeof *c && c->place < rooms->cursors && is_name(c->name);
	}
	case QUEUE_BOOT:
		return f->size == sizeof(struct queue_boot);
	case QUEUE_KINDS:
		break;
	}
	return 0;
}

static void
apply_messages(struct queue_index *x, const struct queue_frame *f, const char *body)
{
	struct queue_state *s = x->state;
	struct queue_segment *segment = queue_index_segment(x, f->lsn);
	const uint32_t *ends = queue_apply_ends(body);
	struct queue_messages m;

	memcpy(&m, body, sizeof m);
	if (f->number > s->next)
		s->lost += f->number - s->next;
	if (f->number < s->next || segment == NULL)
		return;
	s->sent += m.count;
	segment->newest = f->age;
	if (m.due == 0) {
		if (s->waiting == 0)
			s->cursor = (struct queue_place){ f->number, f->lsn, 0 };
		s->waiting += m.count;
		segment->waiting += m.count;
		segment->dead = 0;
	}
	for (uint32_t i = 0; m.due != 0 && i < m.count; i++) {
		struct queue_entry *e = queue_index_add(x, f->number + i, f->age, QUEUE_LATER, m.due);

		e->lsn = f->lsn;
		e->at = i;
		e->wall = f->wall;
		e->len = ends[i] - (i > 0 ? ends[i - 1] + m.gap : 0);
		queue_index_count(x, e, 1);
	}
	s->next = f->number + m.count;
}

static void
apply_copy(struct queue_index *x, const struct queue_frame *f, const char *body)
{
	const uint64_t *numbers = old_numbers(f, body);
	struct queue_messages m;

	memcpy(&m, body, sizeof m);
	for (uint32_t i = 0; i < m.count; i++) {
		struct queue_entry *e = queue_index_find(x, numbers[i]);

		if (e == NULL)
			continue;
		queue_index_count(x, e, -1);
		e->lsn = f->lsn;
		e->at = i;
		queue_index_count(x, e, 1);
	}
}

/* Removes the message of an entry. */
static void
remove_entry(struct queue_index *x, struct queue_entry *e)
{
	queue_index_count(x, e, -1);
	queue_index_remove(x, e);
	x->state->removed++;
}

static void
take(struct queue_index *x, const struct queue_frame *f, const struct queue_receive *r, const struct queue_taken *t,
    uint64_t position)
{
	struct queue_state *s = x->state;
	struct queue_entry *e = queue_index_find(x, t->number);

	if (e == NULL) {
		struct queue_segment *segment = queue_index_segment(x, t->lsn);

		/* Neither waiting nor with an entry: it has expired since. */
		if (t->number < s->dropped || t->number < s->cursor.number || t->number >= s->next || segment == NULL)
			return;
		queue_index_taken(x, segment, 1);
		if (r->done) {
			s->removed++;
			return;
		}
		segment->dead = 0;
		e = queue_index_add(x, t->number, t->sent, QUEUE_READY, 0);
		e->lsn = t->lsn;
		e->at = t->at;
		e->len = t->len;
		e->wall = t->wall;
		queue_index_count(x, e, 1);
	}
	if (r->done) {
		remove_entry(x, e);
		return;
	}
	e->random = t->random;
	e->receives += e->receives < UINT32_MAX;
	e->first = e->first != 0 ? e->first : f->wall;
	e->visibility = r->visibility;
	if (r->session != QUEUE_NOBODY && x->sessions[r->session - 1].base != 0)
		queue_index_set(x, e, QUEUE_HELD, r->due, r->session, position);
	else
		queue_index_set(x, e, QUEUE_LEASED, r->due, QUEUE_NOBODY, 0);
}

static void
apply_receive(struct queue_index *x, const struct queue_frame *f, const char *body)
{
	const struct queue_taken *taken = (const void *)(body + sizeof(struct queue_receive));
	struct queue_receive r;

	memcpy(&r, body, sizeof r);
	for (uint32_t i = 0; i < r.count; i++)
		take(x, f, &r, &taken[i], r.position + i);
	if (r.session != QUEUE_NOBODY && x->sessions[r.session - 1].base != 0 &&
	    x->sessions[r.session - 1].next < r.position + r.count)
		x->sessions[r.session - 1].next = r.position + r.count;
	x->state->cursor = r.cursor;
	x->state->received += r.count;
}

static void
change_one(struct queue_index *x, const struct queue_frame *f, const struct queue_runs *r, struct queue_entry *e)
{
	if (f->kind == QUEUE_REMOVE) {
		remove_entry(x, e);
		return;
	}
	e->visibility = r->visibility;
	queue_index_set(x, e, r->due == 0 ? QUEUE_READY : QUEUE_LEASED, r->due, QUEUE_NOBODY, 0);
}

static void
apply_runs(struct queue_index *x, const struct queue_frame *f, const char *body)
{
	const struct queue_run *run = (const void *)(body + sizeof(struct queue_runs));
	struct queue_runs r;

	memcpy(&r, body, sizeof r);
	for (uint32_t i = 0; i < r.count; i++) {
		uint64_t from = run[i].first < x->state->dropped ? x->state->dropped : run[i].first;
		uint64_t to =
		    run[i].count > x->state->next - run[i].first ? x->state->next : run[i].first + run[i].count;

		/* No run that a queue writes is longer. */
		if (run[i].first >= x->state->next || run[i].count > x->state->rooms.entries)
			continue;
		for (; from < to; from++) {
			struct queue_entry *e = queue_index_find(x, from);

			if (e != NULL)
				change_one(x, f, &r, e);
		}
	}
}

static void
apply_drop(struct queue_index *x, const char *body)
{
	struct queue_state *s = x->state;
	struct queue_drop d;
	struct queue_entry *e;
	struct queue_segment *last;

	memcpy(&d, body, sizeof d);
	s->expiry = 0;
	while ((e = queue_index_first(x, QUEUE_AGED)) != NULL && (e->number < d.below || e->sent <= d.until))
		remove_entry(x, e);
	if (s->dropped < d.below)
		s->dropped = d.below < s->next ? d.below : s->next;
	if (d.cursor.lsn < s->cursor.lsn || (d.cursor.lsn == s->cursor.lsn && d.cursor.at <= s->cursor.at))
		return;
	last = queue_index_segment(x, d.cursor.lsn);
	if (last == NULL && s->segments > 0)
		last = &x->segments[s->segments - 1];
	for (struct queue_segment *g = x->segments; g < x->segments + s->segments && g <= last; g++) {
		uint64_t gone = g == last ? g->waiting - (d.left < g->waiting ? d.left : g->waiting) : g->waiting;

		s->removed += gone;
		queue_index_taken(x, g, gone);
	}
	s->cursor = d.cursor;
}

static void
apply_session(struct queue_index *x, const char *body)
{
	const struct queue_session_body *b = (const void *)body;
	struct queue_session *s = &x->sessions[b->place];

	switch (b->verb) {
	case QUEUE_OPEN:
		if (s->base != 0)
			queue_index_release(x, b->place);
		*s =
		    (struct queue_session){ .base = b->base, .next = b->base, .first = QUEUE_NONE, .last = QUEUE_NONE };
		memcpy(s->name, b->name, QUEUE_NAME);
		/* FALLTHROUGH */
	case QUEUE_RENEW:
		s->due = b->due;
		s->visibility = b->visibility;
		break;
	case QUEUE_CLOSE:
		if (s->base != 0)
			queue_index_release(x, b->place);
		s->base = 0;
		break;
	default:
		break;
	}
}

static void
apply_cursor(struct queue_index *x, const char *body)
{
	const struct queue_cursor_body *b = (const void *)body;
	struct queue_cursor *c = &x->cursors[b->place];

	if (b->verb == QUEUE_OPEN)
		memcpy(c->name, b->name, QUEUE_NAME);
	c->used = b->verb == QUEUE_OPEN || (b->verb == QUEUE_RENEW && c->used);
	c->next = b->next;
}

/* After a reboot a lease lasts at most its own full length. */
static void
apply_boot(struct queue_index *x, const struct queue_frame *f, const char *body)
{
	memcpy(&x->state->boot, body, sizeof x->state->boot);
	for (uint64_t i = 0; i < x->state->heaped[QUEUE_LEASED]; i++) {
		struct queue_entry *e = &x->entries[x->heap[QUEUE_LEASED][i]];

		if (e->due - f->lease > e->visibility)
			e->due = f->lease + e->visibility;
	}
	queue_index_reorder(x, QUEUE_LEASED);
	for (uint64_t i = 0; i < x->state->rooms.sessions; i++)
		if (x->sessions[i].due - f->lease > x->sessions[i].visibility)
			x->sessions[i].due = f->lease + x->sessions[i].visibility;
}

void
queue_apply(struct queue_index *x, const struct queue_frame *f, const char *body)
{
	struct queue_state *s = x->state;

	s->last = f->lsn;
	s->last_sum = f->sum;
	s->end = f->lsn + queue_frame_bytes(f->size);
	s->age = f->age;
	s->lease = f->lease;
	s->wall = f->wall;
	switch ((enum queue_kind)f->kind) {
	case QUEUE_MESSAGES:
		apply_messages(x, f, body);
		break;
	case QUEUE_COPY:
		apply_copy(x, f, body);
		break;
	case QUEUE_RECEIVE:
		apply_receive(x, f, body);
		break;
	case QUEUE_REMOVE:
	case QUEUE_VISIBILITY:
		apply_runs(x, f, body);
		break;
	case QUEUE_DROP:
		apply_drop(x, body);
		break;
	case QUEUE_ATTRIBUTES:
		memcpy(&s->attributes, body, sizeof s->attributes);
		s->expiry = 0;
		break;
	case QUEUE_TABLE:
		s->table = f->size == 0 ? 0 : f->lsn + QUEUE_HEAD;
		s->table_len = f->size;
		s->table_sum = f->body;
		break;
	case QUEUE_SESSION:
		apply_session(x, body);
		break;
	case QUEUE_CURSOR:
		apply_cursor(x, body);
		break;
	case QUEUE_BOOT:
		apply_boot(x, f, body);
		break;
	case QUEUE_CHECKPOINT:
	case QUEUE_LARGE:
	case QUEUE_KINDS:
		break;
	}
}
