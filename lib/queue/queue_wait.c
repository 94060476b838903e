/*
 * queue_wait: sleeping until something is visible; see queue.h. All sleep on one word, `events`. A
 * send wakes as many as it has messages. One of the sleepers is the watchman: he wakes when the
 * next lease or delay ends, and looks each second whether the processes of a session are dead, and
 * whether a message is left that somebody was woken for who has died since. The others look each
 * second whether he lives.
 *
 * If a descriptor must be watched, too, a thread sleeps on the word and rings an eventfd: inotify
 * does not see stores into mapped memory, and a user has few instances of it.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/status.h"
#include "os/clock.h"
#include "queue/queue_private.h"

enum { LOOK = 1000 /* milliseconds */ };

struct queue_bell {
	pthread_t thread;
	struct queue_control *control;
	_Atomic uint32_t armed; /* futex: 1: ring when events is not `seen` any more; 2: end */
	_Atomic uint32_t seen;
	int fd;
};

/* ---- events ---- */

void
queue_event(struct queue *q, uint64_t n)
{
	struct queue_words *w = q->control.words;

	atomic_fetch_add(&w->events, 1);
	if (n > 0 && atomic_load(&w->waiters) > 0)
		queue_control_wake(&w->events, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
}

void
queue_event_all(struct queue *q)
{
	queue_event(q, UINT32_MAX);
}

void
queue_event_in(struct queue *q, int64_t ms)
{
	struct queue_words *w = q->control.words;

	if (atomic_load(&w->waiters) > 0 && clock_ms() + ms < atomic_load(&w->alarm))
		queue_event_all(q);
}

/* ---- the bell ---- */

static void *
ring(void *arg)
{
	struct queue_bell *b = arg;
	struct queue_words *w = b->control->words;
	uint64_t one = 1;

	for (;;) {
		uint32_t armed = atomic_load(&b->armed), seen;

		if (armed == 2)
			return NULL;
		if (armed == 0) {
			(void)queue_control_sleep(&b->armed, 0, 3600 * 1000);
			continue;
		}
		seen = atomic_load(&b->seen);
		/* It also ends by queue_wait_free, which wakes all that sleep. */
		if (!queue_control_sleep(&w->events, seen, LOOK)) {
			(void)atomic_compare_exchange_strong(&b->seen, &seen, atomic_load(&w->events));
			continue;
		}
		if (atomic_load(&w->events) == seen)
			continue;
		armed = 1;
		if (atomic_compare_exchange_strong(&b->armed, &armed, 0) && write(b->fd, &one, sizeof one) < 0)
			return NULL;
	}
}

static struct queue_bell *
bell(struct queue *q)
{
	struct queue_bell *b = q->bell;
	sigset_t all, old;
	int error;

	if (b != NULL)
		return b;
	if ((b = calloc(1, sizeof *b)) == NULL)
		return NULL;
	b->control = &q->control;
	if ((b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
		free(b);
		return NULL;
	}
	/* Signals are for the command's own thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	error = pthread_create(&b->thread, NULL, ring, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		close(b->fd);
		free(b);
		errno = error;
		return NULL;
	}
	return q->bell = b;
}

void
queue_wait_free(struct queue *q)
{
	struct queue_bell *b = q->bell;

	if (b == NULL)
		return;
	atomic_store(&b->armed, 2);
	queue_control_wake(&b->armed, 1);
	queue_control_wake(&q->control.words->events, UINT32_MAX);
	pthread_join(b->thread, NULL);
	close(b->fd);
	free(b);
	q->bell = NULL;
}

/* Waits by `await`. Returns as that does. */
static int
await_bell(struct queue *q, int64_t ms, int (*await)(int fd, int ms, void *arg), void *arg)
{
	struct queue_bell *b = bell(q);
	uint64_t n;
	int r;

	if (b == NULL)
		return await(-1, ms < 50 ? (int)ms : 50, arg);
	if (read(b->fd, &n, sizeof n) < 0 && errno != EAGAIN)
		return -1;
	atomic_store(&b->seen, q->seen);
	atomic_store(&b->armed, 1);
	queue_control_wake(&b->armed, 1);
	r = await(b->fd, (int)ms, arg);
	atomic_store(&b->armed, 0);
	return r;
}

/* ---- the watchman ---- */

/* Tries to become the watchman: there is none, or he is dead. Returns 1 if so, else 0. */
static int
become_watchman(struct queue *q)
{
	struct queue_words *w = q->control.words;
	uint32_t who = atomic_load(&w->watchman), mine = q->control.place + 1;

	if (who == mine)
		return 1;
	if (who != 0 && queue_control_lives(&q->control, who - 1))
		return 0;
	return atomic_compare_exchange_strong(&w->watchman, &who, mine);
}

static void
leave_watch(struct queue *q)
{
	struct queue_words *w = q->control.words;
	uint32_t mine = q->control.place + 1;

	if (atomic_compare_exchange_strong(&w->watchman, &mine, 0) && atomic_load(&w->waiters) > 0)
		queue_control_wake(&w->events, 1);
}

static int64_t
sooner(int64_t ms, int64_t other)
{
	other = other < 0 ? 0 : other;
	return other < ms ? other : ms;
}

/*
 * Ends what is over, which wakes those that wait for it. Sets the time until the next such end, at
 * most LOOK. Returns 0, or an exit status.
 */
static int
watch(struct queue *q, int64_t *ms)
{
	struct queue_times now;
	const struct queue_entry *e;
	uint64_t swept;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	status = queue_session_sweep(q, &now, &swept);
	if (q->x.state->waiting + q->x.state->heaped[QUEUE_READY] > 0 &&
	    atomic_load(&q->control.words->events) == q->seen)
		queue_event(q, 1);
	*ms = LOOK;
	if ((e = queue_index_first(&q->x, QUEUE_LEASED)) != NULL)
		*ms = sooner(*ms, e->due - now.lease);
	if ((e = queue_index_first(&q->x, QUEUE_LATER)) != NULL)
		*ms = sooner(*ms, e->due - now.age);
	for (uint64_t i = 0; i < q->x.state->rooms.sessions; i++)
		if (q->x.sessions[i].base != 0 && q->x.sessions[i].count > 0)
			*ms = sooner(*ms, q->x.sessions[i].due - now.lease);
	atomic_store(&q->control.words->alarm, clock_ms() + *ms);
	queue_unlock(q);
	return status;
}

int
queue_wait(struct queue *q, int64_t ms, int (*await)(int fd, int ms, void *arg), void *arg, int *may)
{
	struct queue_words *w = q->control.words;
	int64_t end = ms < 0 ? INT64_MAX : clock_ms() + ms, left;
	int status = 0;

	*may = 0;
	atomic_fetch_add(&w->waiters, 1);
	for (;;) {
		int64_t nap = LOOK;
		int r = 0;

		if (become_watchman(q))
			status = watch(q, &nap);
		/* The watchman himself may have made something visible. */
		if (status != 0 ||
		    (atomic_load(&w->watchman) == q->control.place + 1 && atomic_load(&w->events) != q->seen))
			break;
		if (atomic_load(&w->removed)) {
			status = queue_fail(q, EX_UNAVAILABLE, "the queue was removed");
			break;
		}
		if ((left = end - clock_ms()) <= 0)
			break;
		nap = nap < left ? nap + 1 : left;
		r = await == NULL ? queue_control_sleep(&w->events, q->seen, nap) : await_bell(q, nap, await, arg);
		if (r < 0) {
			*may = -1;
			break;
		}
		if (r > 0 && atomic_load(&w->events) != q->seen)
			break;
		/*
		 * Others were woken for what has happened since; if one of them dies, the watchman
		 * knows.
		 */
		q->seen = atomic_load(&w->events);
	}
	if (status == 0 && *may == 0 && (end - clock_ms() > 0 || atomic_load(&w->events) != q->seen))
		*may = 1;
	atomic_fetch_sub(&w->waiters, 1);
	leave_watch(q);
	return status;
}
