/*
 * queue_cursor: messages that are read without being taken: by cursors, which have names and places
 * of their own, and by peek; see queue.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "queue/queue_private.h"

static uint64_t
lock_of(uint32_t place)
{
	return UINT64_C(2) * QUEUE_SESSION_LOCKS * 8 + place;
}

static int
write_cursor(struct queue *q, const struct queue_times *now, uint32_t place, enum queue_session_do verb,
    const char *name, const struct queue_place *next)
{
	struct queue_cursor_body b = { .next = *next, .place = place, .verb = verb };

	memcpy(b.name, name, strnlen(name, sizeof b.name - 1));
	return queue_append_body(q, now, QUEUE_CURSOR, &b, sizeof b);
}

/* With the lock: finds the cursor, or makes it. */
static int
find(struct queue *q, const struct queue_times *now, const char *name, int at_end)
{
	struct queue_rooms least = q->x.state->rooms;
	struct queue_place first = { 0 };
	int status;

	if (strlen(name) >= QUEUE_NAME || *name == '\0')
		return queue_fail(q, EX_USAGE, "cursor %.40s: a name has from 1 to %d bytes", name, QUEUE_NAME - 1);
	if ((q->reading = queue_index_cursor(&q->x, name)) != QUEUE_NONE)
		return 0;
	for (q->reading = 0; q->reading < least.cursors && q->x.cursors[q->reading].used; q->reading++)
		continue;
	least.cursors = q->reading + 1 > least.cursors ? q->reading + 1 : least.cursors;
	if ((status = queue_room(q, least)) != 0)
		return status;
	if (at_end)
		first = (struct queue_place){ q->x.state->next, q->x.state->end, 0 };
	return write_cursor(q, now, q->reading, QUEUE_OPEN, name, &first);
}

int
queue_cursor_open(struct queue *q, const char *name, int now_only)
{
	struct queue_times now;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	status = find(q, &now, name, now_only);
	if (status == 0 && !queue_control_take(&q->control, lock_of(q->reading)))
		status = queue_fail(q, EX_TEMPFAIL, "cursor %s: another process reads by that name", name);
	q->cursor = status == 0;
	if (status == 0)
		q->read_next = q->x.cursors[q->reading].next;
	queue_unlock(q);
	return status;
}

int
queue_cursor_remove(struct queue *q, const char *name)
{
	struct queue_times now;
	struct queue_place none = { 0 };
	uint32_t place;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	if ((place = queue_index_cursor(&q->x, name)) == QUEUE_NONE)
		status = queue_fail(q, EX_NOINPUT, "cursor %s: there is none of that name", name);
	else if (queue_control_held(&q->control, lock_of(place)))
		status = queue_fail(q, EX_TEMPFAIL, "cursor %s: another process reads by that name", name);
	else
		status = write_cursor(q, &now, place, QUEUE_CLOSE, name, &none);
	queue_unlock(q);
	return status;
}

/* Adds a message to the items. Returns 0, or -1 with errno. */
static int
add(struct queue *q, uint64_t number, uint64_t lsn, uint32_t at, uint32_t len, int64_t wall,
    const struct queue_entry *e)
{
	const struct queue_segment *g = queue_index_segment(&q->x, lsn);
	struct queue_item item = { .number = number,
		.lsn = lsn,
		.at = at,
		.len = len,
		.wall = wall,
		.position = number,
		.state = QUEUE_HEAPS + 1 };

	if (g != NULL) {
		item.segment = g->number;
		item.base = g->base;
		item.bytes = g->bytes;
	}
	if (e != NULL) {
		item.state = e->state;
		item.receives = e->receives;
		item.first = e->first;
		item.random = e->random;
	}
	return queue_item_add(q, &item);
}

int
queue_cursor_next(struct queue *q, size_t most, uint64_t bytes, size_t *count)
{
	struct queue_times now;
	struct queue_message_place m;
	uint64_t sum = 0;
	int r = 0, status = queue_lock(q, &now);
	int64_t retention;

	*count = 0;
	q->item_count = 0;
	if (status != 0)
		return status;
	q->seen = atomic_load(&q->control.words->events);
	retention = (int64_t)q->x.state->attributes.retention;
	while (q->item_count < most && (r = queue_walk(q, &q->read_next, 1, &m)) > 0) {
		const struct queue_entry *e = queue_index_find(&q->x, m.number);

		/* A cursor keeps the order: it waits for a message that is delayed. */
		if ((e != NULL && e->state == QUEUE_LATER) || (sum > 0 && sum + m.len > bytes))
			break;
		if (retention == 0 || m.sent > now.age - retention) {
			if (add(q, m.number, m.lsn, (uint32_t)m.at, m.len, m.wall, e) < 0) {
				r = -1;
				break;
			}
			sum += m.len + 1;
		}
		q->read_next.at++;
		q->read_next.number++;
	}
	if (r < 0)
		status = queue_fail_errno(q, NULL);
	queue_unlock(q);
	*count = status == 0 ? q->item_count : 0;
	return status;
}

int
queue_cursor_moved(struct queue *q)
{
	struct queue_times now;
	struct queue_ticket ticket;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	if (q->x.cursors[q->reading].used)
		status = write_cursor(q, &now, q->reading, QUEUE_RENEW, q->x.cursors[q->reading].name, &q->read_next);
	ticket = queue_ticket(q);
	queue_unlock(q);
	return status != 0 || q->sync == QUEUE_SYNC_NONE ? status : queue_wait_disk(q, &ticket);
}

/* ---- peek ---- */

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Lists the numbers, in order, of entries from `from` on. Returns how many, or SIZE_MAX with
 * errno.
 */
static size_t
numbers_from(const struct queue *q, uint64_t from, uint64_t **all)
{
	size_t n = 0;

	if ((*all = malloc((q->x.state->entries + 1) * sizeof **all)) == NULL)
		return SIZE_MAX;
	for (uint64_t i = 0; i < q->x.state->heaped[QUEUE_AGED]; i++)
		if (q->x.entries[q->x.heap[QUEUE_AGED][i]].number >= from)
			(*all)[n++] = q->x.entries[q->x.heap[QUEUE_AGED][i]].number;
	qsort(*all, n, sizeof **all, by_number);
	return n;
}

int
queue_peek(struct queue *q, struct queue_place *place, size_t most, uint64_t bytes, size_t *count)
{
	struct queue_times now;
	struct queue_message_place m = { 0 };
	struct queue_place at;
	uint64_t *all = NULL, sum = 0;
	size_t n, i = 0;
	int waits, status = queue_lock(q, &now);

	*count = 0;
	q->item_count = 0;
	if (status != 0)
		return status;
	/* The place is a number, and where to look for what waits. */
	at = place->lsn > q->x.state->cursor.lsn ||
		(place->lsn == q->x.state->cursor.lsn && place->at > q->x.state->cursor.at) ?
	    *place :
	    q->x.state->cursor;
	n = numbers_from(q, place->number, &all);
	waits = n == SIZE_MAX ? -1 : q->x.state->waiting > 0 ? queue_walk(q, &at, 0, &m) : 0;
	while (waits >= 0 && q->item_count < most && (i < n || waits > 0) && (sum == 0 || sum < bytes)) {
		if (i < n && (waits == 0 || all[i] < m.number)) {
			const struct queue_entry *e = queue_index_find(&q->x, all[i++]);

			if (add(q, e->number, e->lsn, e->at, e->len, e->wall, e) < 0)
				waits = -1;
			sum += e->len + 1;
			place->number = e->number + 1;
			continue;
		}
		if (add(q, m.number, m.lsn, (uint32_t)m.at, m.len, m.wall, NULL) < 0) {
			waits = -1;
			break;
		}
		sum += m.len + 1;
		place->number = m.number + 1;
		at.at++;
		waits = queue_walk(q, &at, 0, &m);
	}
	place->lsn = at.lsn;
	place->at = at.at;
	if (waits < 0)
		status = queue_fail_errno(q, NULL);
	queue_unlock(q);
	free(all);
	*count = status == 0 ? q->item_count : 0;
	return status;
}

const char *
queue_peek_state(struct queue *q, size_t i)
{
	switch (q->items[i].state) {
	case QUEUE_LEASED:
	case QUEUE_HELD:
		return "in flight";
	case QUEUE_LATER:
		return "delayed";
	default:
		return "visible";
	}
}
