/*
 * queue_receive: messages that are visible are taken; see queue.h. What is taken, and how often, is
 * in the log and on the disk before anybody gets a byte of it.
 */

#include <errno.h>
#include <string.h>

#include "base/status.h"
#include "os/random.h"
#include "queue/queue_private.h"

enum { RECEIVE_MOST = 4096 }; /* messages of one frame */

/* A receive that is being put together. */
struct receive {
	struct queue *q;
	const struct queue_want *want;
	const struct queue_times *now;
	struct queue_receive body;
	struct queue_place place;     /* the cursor, as it moves */
	struct queue_message_place m; /* the message that waits there */
	int have;                     /* 1: there is one; 0: none, or not looked yet */
	int looked;
	uint64_t bytes;
	uint64_t fresh;      /* messages without entries for which there is room */
	uint64_t random[32]; /* random numbers, and how many are left */
	size_t left;
};

static int
random_number(struct receive *r, uint64_t *n)
{
	if (r->left == 0) {
		if (random_secret(r->random, sizeof r->random) < 0)
			return -1;
		r->left = sizeof r->random / sizeof r->random[0];
	}
	*n = r->random[--r->left];
	return 0;
}

/* Looks which message waits at the cursor. Returns 0, or -1 with errno. */
static int
look(struct receive *r)
{
	int found;

	if (r->looked)
		return 0;
	r->looked = 1;
	found = r->q->x.state->waiting == 0 ? 0 : queue_walk(r->q, &r->place, 0, &r->m);
	r->have = found > 0;
	return found < 0 ? -1 : 0;
}

/* Adds a message to what is received, and to the body. Returns 0, or -1 with errno. */
static int
add(struct receive *r, const struct queue_taken *t, uint32_t receives, int64_t first)
{
	const struct queue_segment *g = queue_index_segment(&r->q->x, t->lsn);
	struct queue_item item = { .number = t->number,
		.lsn = t->lsn,
		.random = t->random,
		.at = t->at,
		.len = t->len,
		.wall = t->wall,
		.first = first,
		.receives = receives };

	if (r->want->session != NULL)
		item.position = r->body.position + r->body.count;
	if (g != NULL) {
		item.segment = g->number;
		item.base = g->base;
		item.bytes = g->bytes;
	}
	if (queue_item_add(r->q, &item) < 0 || buf_add(&r->q->scratch, t, sizeof *t) < 0)
		return -1;
	r->bytes += t->len;
	r->body.count++;
	return 0;
}

static int
fits(const struct receive *r, uint32_t len)
{
	return r->body.count == 0 || r->bytes + len <= r->want->bytes;
}

/* Takes the next message. Returns 1; 0 if there is none, or no room for it; -1 with errno. */
static int
take_next(struct receive *r)
{
	struct queue *q = r->q;
	struct queue_entry *e;
	struct queue_taken t = { 0 };

	if (look(r) < 0)
		return -1;
	e = queue_index_first(&q->x, QUEUE_READY);
	if (e == NULL && !r->have)
		return 0;
	if (random_number(r, &t.random) < 0)
		return -1;
	if (e != NULL && (!r->have || e->number < r->m.number)) {
		if (!fits(r, e->len))
			return 0;
		t.number = e->number;
		t.lsn = e->lsn;
		t.sent = e->sent;
		t.wall = e->wall;
		t.at = e->at;
		t.len = e->len;
		if (add(r, &t, e->receives + 1, e->first != 0 ? e->first : r->now->wall) < 0)
			return -1;
		/* Out of the way, until the frame is written. */
		queue_index_set(&q->x, e, QUEUE_LEASED, INT64_MAX, QUEUE_NOBODY, 0);
		return 1;
	}
	if (!fits(r, r->m.len) || (!r->want->done && r->fresh == 0))
		return 0;
	r->fresh--;
	t.number = r->m.number;
	t.lsn = r->m.lsn;
	t.sent = r->m.sent;
	t.wall = r->m.wall;
	t.at = (uint32_t)r->m.at;
	t.len = r->m.len;
	if (add(r, &t, 1, r->now->wall) < 0)
		return -1;
	r->place.at++;
	r->place.number++;
	r->looked = 0;
	r->have = 0;
	return 1;
}

/* The frame could not be written: what was put out of the way is visible again. */
static void
put_back(struct queue *q)
{
	for (size_t i = 0; i < q->item_count; i++) {
		struct queue_entry *e = queue_index_find(&q->x, q->items[i].number);

		if (e != NULL && e->state == QUEUE_LEASED && e->due == INT64_MAX)
			queue_index_set(&q->x, e, QUEUE_READY, 0, QUEUE_NOBODY, 0);
	}
	q->item_count = 0;
}

/* Sets what the frame says of all messages. Returns 0, or an exit status. */
static int
begin(struct receive *r)
{
	struct queue *q = r->q;
	const struct queue_state *s = q->x.state;
	int64_t visibility = r->want->visibility < 0 ? (int64_t)s->attributes.visibility : r->want->visibility;
	int status;

	r->place = s->cursor;
	r->body.visibility = (uint32_t)visibility;
	r->body.due = r->now->lease + visibility;
	r->body.done = (uint32_t)r->want->done;
	if (r->want->session != NULL) {
		const struct queue_session *session = &q->x.sessions[q->session];

		if (!q->receives || session->base != q->base)
			return queue_fail(q, EX_UNAVAILABLE,
			    "session %s: it was ended, or another process receives by that name", r->want->session);
		if ((status = queue_session_keep(q, r->now, q->session)) != 0)
			return status;
		session = &q->x.sessions[q->session];
		r->body.session = q->session + 1;
		r->body.position = session->next;
		r->body.visibility = session->visibility;
		r->body.due = session->due;
	}
	q->item_count = 0;
	q->scratch.len = 0;
	return buf_add(&q->scratch, &r->body, sizeof r->body) < 0 ? queue_fail_errno(q, NULL) : 0;
}

static uint64_t
in_flight(const struct queue_state *s)
{
	return s->heaped[QUEUE_LEASED] + s->held;
}

static int
receive(struct queue *q, const struct queue_want *want, const struct queue_times *now, int *full)
{
	struct receive r = { .q = q, .want = want, .now = now };
	uint64_t most = want->count < RECEIVE_MOST ? want->count : RECEIVE_MOST, free_places;
	int status = begin(&r), got = 1;

	if (status != 0)
		return status;
	free_places = q->x.state->attributes.in_flight > in_flight(q->x.state) ?
	    q->x.state->attributes.in_flight - in_flight(q->x.state) :
	    0;
	if (!want->done && free_places < most) {
		most = free_places;
		*full = most == 0;
	}
	/* Those that have entries need no room; and on a full disk fewer are received at a time. */
	r.fresh = want->done || most == 0 ?
	    most :
	    queue_append_entries(q, most < q->x.state->waiting ? most : q->x.state->waiting);
	while (got > 0 && r.body.count < most)
		got = take_next(&r);
	if (got < 0) {
		status = queue_fail_errno(q, NULL);
		put_back(q);
		return status;
	}
	/* queue_append_entries has said why there is no room; acknowledgements will make some. */
	if (r.body.count == 0 && most > 0 && r.have && r.fresh == 0) {
		if (in_flight(q->x.state) == 0)
			return EX_IOERR;
		*full = 1;
	}
	if (*full)
		atomic_store(&q->control.words->full, 1);
	if (r.body.count == 0)
		return 0;
	r.body.cursor = r.place;
	memcpy(q->scratch.data, &r.body, sizeof r.body);
	status = queue_append_body(q, now, QUEUE_RECEIVE, q->scratch.data, q->scratch.len);
	if (status != 0)
		put_back(q);
	else if (!want->done)
		queue_event_in(q, r.body.due - now->lease);
	return status;
}

int
queue_receive(struct queue *q, const struct queue_want *want, size_t *count, int *full)
{
	struct queue_times now;
	struct queue_ticket ticket;
	uint64_t swept;
	int status = queue_lock(q, &now);

	*count = 0;
	*full = 0;
	q->item_count = 0;
	if (status != 0)
		return status;
	q->seen = atomic_load(&q->control.words->events);
	status = receive(q, want, &now, full);
	if (status == 0 && q->item_count == 0 && !*full) {
		/* Perhaps the processes of a session are dead. */
		status = queue_session_sweep(q, &now, &swept);
		if (status == 0 && swept > 0)
			status = receive(q, want, &now, full);
		q->seen = atomic_load(&q->control.words->events);
	}
	q->visible = q->x.state->waiting + q->x.state->heaped[QUEUE_READY];
	ticket = queue_ticket(q);
	queue_unlock(q);
	if (status == 0 && q->item_count > 0 && q->sync != QUEUE_SYNC_NONE)
		status = queue_wait_disk(q, &ticket);
	if (status != 0)
		q->item_count = 0;
	*count = q->item_count;
	return status;
}

uint64_t
queue_visible(const struct queue *q)
{
	return q->visible;
}
