/*
 * queue_session: messages that one process receives and another one acknowledges by position; see
 * queue.h. Each of the two holds a lock of the session for life. If nobody has either, what the
 * session holds is visible at once.
 */

#include <errno.h>
#include <string.h>

#include "base/status.h"
#include "os/random.h"
#include "queue/queue_private.h"

static uint64_t
lock_of(uint32_t place, int commits)
{
	return QUEUE_SESSION_LOCKS + 2 * (uint64_t)place + (uint64_t)commits;
}

static int
write_session(struct queue *q, const struct queue_times *now, uint32_t place, enum queue_session_do verb,
    const char *name, uint64_t base, int64_t visibility)
{
	struct queue_session_body b = { .base = base,
		.due = now->lease + visibility,
		.place = place,
		.verb = verb,
		.visibility = (uint32_t)visibility };

	memcpy(b.name, name, strnlen(name, sizeof b.name - 1));
	return queue_append_body(q, now, QUEUE_SESSION, &b, sizeof b);
}

/* A random multiple of 2^20 from 2^40 to 2^48. */
static int
new_base(struct queue *q, uint64_t *base)
{
	do {
		if (random_secret(base, sizeof *base) < 0)
			return queue_fail_errno(q, NULL);
		*base &= (UINT64_C(1) << 48) - (UINT64_C(1) << 20);
	} while (*base < UINT64_C(1) << 40);
	return 0;
}

/*
 * Returns the place of the session, or one that is free, in *place. Returns 0, or an exit status.
 */
static int
find_place(struct queue *q, const char *name, uint32_t *place)
{
	struct queue_rooms least = q->x.state->rooms;

	if (strlen(name) >= QUEUE_NAME || *name == '\0')
		return queue_fail(q, EX_USAGE, "session %.40s: a name has from 1 to %d bytes", name, QUEUE_NAME - 1);
	if ((*place = queue_index_session(&q->x, name)) != QUEUE_NONE)
		return 0;
	for (*place = 0; *place < least.sessions; ++*place)
		if (q->x.sessions[*place].base == 0 && !queue_control_held(&q->control, lock_of(*place, 0)) &&
		    !queue_control_held(&q->control, lock_of(*place, 1)))
			return 0;
	least.sessions++;
	return queue_room(q, least);
}

int
queue_session_receive(struct queue *q, const char *name, int64_t visibility, uint64_t *base)
{
	struct queue_times now;
	uint64_t held;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	visibility = visibility < 0 ? (int64_t)q->x.state->attributes.visibility : visibility;
	status = find_place(q, name, &q->session);
	if (status == 0 && !queue_control_take(&q->control, lock_of(q->session, 0)))
		status = queue_fail(q, EX_TEMPFAIL, "session %s: another process receives by that name", name);
	else if (status == 0)
		q->receives = 1;
	if (status == 0)
		status = new_base(q, base);
	if (status == 0) {
		held = q->x.sessions[q->session].base != 0 ? q->x.sessions[q->session].count : 0;
		status = write_session(q, &now, q->session, QUEUE_OPEN, name, *base, visibility);
		q->base = *base;
		if (held > 0)
			queue_event(q, held);
	}
	queue_unlock(q);
	return status;
}

int
queue_session_commit(struct queue *q, const char *name)
{
	struct queue_times now;
	uint64_t base;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	status = find_place(q, name, &q->session);
	if (status == 0 && !queue_control_take(&q->control, lock_of(q->session, 1)))
		status = queue_fail(q, EX_TEMPFAIL, "session %s: another process commits by that name", name);
	else if (status == 0)
		q->commits = 1;
	if (status == 0 && q->x.sessions[q->session].base == 0 && (status = new_base(q, &base)) == 0)
		status = write_session(
		    q, &now, q->session, QUEUE_OPEN, name, base, (int64_t)q->x.state->attributes.visibility);
	queue_unlock(q);
	return status;
}

int
queue_session_commits(const struct queue *q, const char *name)
{
	(void)name; /* this process receives by it */
	return q->receives && queue_control_held(&q->control, lock_of(q->session, 1));
}

int
queue_session_lives(struct queue *q)
{
	struct queue_times now;
	int lives;

	if (!q->receives || queue_lock(q, &now) != 0)
		return 0;
	lives = q->x.sessions[q->session].base == q->base;
	queue_unlock(q);
	return lives;
}

void
queue_session_give(struct queue *q)
{
	if (q->receives)
		queue_control_give(&q->control, lock_of(q->session, 0));
	if (q->commits)
		queue_control_give(&q->control, lock_of(q->session, 1));
	q->receives = q->commits = 0;
}

int
queue_session_range(struct queue *q, const char *name, uint64_t *base, uint64_t *next)
{
	struct queue_times now;
	uint32_t place;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	place = queue_index_session(&q->x, name);
	*base = place == QUEUE_NONE ? 0 : q->x.sessions[place].base;
	*next = place == QUEUE_NONE ? 0 : q->x.sessions[place].next;
	queue_unlock(q);
	return 0;
}

/* With the lock: the place of that run of the session, or QUEUE_NONE with a line. */
static uint32_t
find_run(struct queue *q, const char *name, uint64_t base)
{
	uint32_t place = queue_index_session(&q->x, name);

	if (place != QUEUE_NONE && q->x.sessions[place].base == base)
		return place;
	(void)queue_fail(q, EX_DATAERR, "session %s: the records belong to an earlier run of it", name);
	return QUEUE_NONE;
}

int
queue_session_done(struct queue *q, const char *name, uint64_t base, uint64_t below, uint64_t *done)
{
	struct queue_times now;
	struct queue_ticket ticket;
	uint32_t place;
	int status = queue_lock(q, &now);

	*done = 0;
	if (status != 0)
		return status;
	if ((place = find_run(q, name, base)) == QUEUE_NONE) {
		queue_unlock(q);
		return EX_DATAERR;
	}
	status = queue_run_begin(q) < 0 ? queue_fail_errno(q, NULL) : 0;
	for (const struct queue_entry *e = queue_index_held(&q->x, place);
	     status == 0 && e != NULL && e->position < below;
	     e = e->after == QUEUE_NONE ? NULL : &q->x.entries[e->after]) {
		++*done;
		if (queue_run_add(q, e->number) < 0)
			status = queue_fail_errno(q, NULL);
	}
	if (status == 0)
		status = queue_run_write(q, &now, QUEUE_REMOVE, 0, 0);
	ticket = queue_ticket(q);
	queue_unlock(q);
	if (status == 0 && *done > 0 && q->sync != QUEUE_SYNC_NONE)
		status = queue_wait_disk(q, &ticket);
	return status;
}

int
queue_session_keep(struct queue *q, const struct queue_times *now, uint32_t place)
{
	struct queue_session s = q->x.sessions[place];

	if (s.base == 0 || s.due - now->lease >= (int64_t)s.visibility * 2 / 3)
		return 0;
	return write_session(q, now, place, QUEUE_RENEW, s.name, s.base, s.visibility);
}

int
queue_session_renew(struct queue *q, const char *name)
{
	struct queue_times now;
	uint32_t place;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	place = queue_index_session(&q->x, name);
	if (place != QUEUE_NONE)
		status = queue_session_keep(q, &now, place);
	queue_unlock(q);
	return status;
}

int
queue_session_end(struct queue *q, const char *name, uint64_t base)
{
	struct queue_times now;
	struct queue_ticket ticket;
	uint64_t held = 0;
	uint32_t place;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	place = queue_index_session(&q->x, name);
	if (place != QUEUE_NONE && q->x.sessions[place].base == base) {
		held = q->x.sessions[place].count;
		status = write_session(q, &now, place, QUEUE_CLOSE, name, base, 0);
		if (status == 0 && held > 0)
			queue_event(q, held);
	}
	ticket = queue_ticket(q);
	queue_unlock(q);
	if (status == 0 && held > 0 && q->sync != QUEUE_SYNC_NONE)
		status = queue_wait_disk(q, &ticket);
	return status;
}

int
queue_session_sweep(struct queue *q, const struct queue_times *now, uint64_t *n)
{
	int status = 0;

	*n = 0;
	for (uint32_t i = 0; status == 0 && i < q->x.state->rooms.sessions; i++) {
		struct queue_session s = q->x.sessions[i];

		if (s.base == 0 || (i == q->session && (q->receives || q->commits)) ||
		    queue_control_held(&q->control, lock_of(i, 0)) || queue_control_held(&q->control, lock_of(i, 1)))
			continue;
		*n += s.count;
		status = write_session(q, now, i, QUEUE_CLOSE, s.name, s.base, 0);
	}
	if (status == 0 && *n > 0)
		queue_event(q, *n);
	return status;
}
