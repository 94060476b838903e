/*
 * shm_port_open: opens an end of a named ring; has the messages for what can go wrong, and what can
 * be done to a ring from outside. See shm_port.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "os/clock.h"
#include "os/signals.h"
#include "shm/shm_port_private.h"

/* ---- names that go with their users ---- */

static struct shm_port *ends; /* the open ones; the signal handler reads the list */

/*
 * In the signal handler, after the last words: removes the names of streams that no other process
 * uses. This end gives up its place first: the other side may be leaving at the same time, and the
 * one that looks last must find no other.
 */
static void
remove_names(int signal)
{
	(void)signal;
	for (struct shm_port *e = ends; e != NULL; e = e->other)
		if (!e->ring.plan.made && e->ring.role != SHM_NOBODY) {
			shm_ring_die(&e->ring);
			if (shm_ring_others(&e->ring) == 0)
				(void)shm_remove(&e->ring.object, e->name);
		}
}

static struct signals_call on_signal = { .fn = remove_names, .late = 1 };

void
shm_port_list(struct shm_port *e, int on)
{
	signals_on(&on_signal);
	signals_hold();
	for (struct shm_port **at = &ends; *at != NULL; at = &(*at)->other)
		if (*at == e) {
			*at = e->other;
			break;
		}
	if (on) {
		e->other = ends;
		ends = e;
	}
	signals_release();
}

int
shm_port_bound(void)
{
	int bound = -1;

	for (struct shm_port *e = ends; e != NULL; e = e->other)
		/* An end that has not waited yet has no bell, and needs none. */
		bound = e->ring.bell < 0 && e->asleep ? SHORT : bound == SHORT ? SHORT : LONG;
	return bound;
}

/* ---- opening ---- */

int
shm_port_tell(const char *name, enum shm_role role, struct buf *error)
{
	int no = role == SHM_WRITER ? EX_CANTCREAT : EX_NOINPUT;

	switch (errno) {
	case ENOENT:
		(void)buf_addf(error, "shm:%s: there is no such shared memory", name);
		return no;
	case EEXIST:
		(void)buf_addf(error, "shm:%s: it is there already; rec-shm stat shows it, rec-shm rm removes it",
		    name);
		return EX_CANTCREAT;
	case ELOOP:
	case EPERM:
	case EISDIR:
	case ENXIO:
		(void)buf_addf(error, "shm:%s: what has its name in /dev/shm is not a file of this user alone", name);
		return EX_NOPERM;
	case EACCES:
		(void)buf_addf(error, "shm:%s: %s", name, strerror(errno));
		return EX_NOPERM;
	case EPROTONOSUPPORT:
		(void)buf_addf(error, "shm:%s: made by another version of rec-shm; rec-shm rm removes it", name);
		return no;
	case EBADMSG:
		(void)buf_addf(error, "shm:%s: its memory is damaged: its contents make no sense", name);
		return EX_DATAERR;
	case EIO:
		(void)buf_addf(error, "shm:%s: its memory was truncated", name);
		return EX_OSERR;
	case EBUSY:
		(void)buf_addf(error,
		    "shm:%s: it has a %s already, and is a stream from one to one; "
		    "for more of them make it by rec-shm create --mode queue or broadcast",
		    name, role == SHM_WRITER ? "writer" : "reader");
		return EX_UNAVAILABLE;
	case EUSERS:
		(void)buf_addf(error, "shm:%s: all of its %d places are taken, or the last one is kept for a %s", name,
		    SHM_PLACES, role == SHM_WRITER ? "reader" : "writer");
		return EX_UNAVAILABLE;
	case EDOM:
		(void)buf_addf(error,
		    role == SHM_WRITER ?
		        "shm:%s: it is a stream from one to one, and only one reader can be waited for; "
		        "for more of them make it by rec-shm create --mode queue or broadcast" :
		        "shm:%s: it is no broadcast, so a reader cannot choose where it begins; "
		        "one is made by rec-shm create --mode broadcast",
		    name);
		return EX_USAGE;
	case ENOLINK:
		(void)buf_addf(error, "shm:%s: its name was removed, and no reader is left for what was written", name);
		return EX_UNAVAILABLE;
	case ENODEV:
		(void)buf_addf(error, "shm:%s: /dev/shm: %s", name, strerror(ENOENT));
		return no;
	case ENOSPC:
	case EFBIG:
		(void)buf_addf(error, "shm:%s: no room for it in /dev/shm: %s", name, strerror(errno));
		return EX_CANTCREAT;
	default:
		(void)buf_addf(error, "shm:%s: %s", name, strerror(errno));
		return errno == ENOMEM || errno == EMFILE || errno == ENFILE ? EX_OSERR : no;
	}
}

static void
pause_ms(unsigned ms)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = (long)ms * 1000000 }, NULL);
}

/* Returns 1 if a ring of that mode can do what is wanted, else 0. */
static int
suits(const struct shm_want *want, enum shm_mode mode)
{
	return (want->readers <= 1 || mode != SHM_STREAM) && (!want->from || mode == SHM_BROADCAST);
}

/* Returns 1 if the ring is mapped, 0 if this has to be tried again, -1 with errno. */
static int
find_or_make(struct shm_port *e, const struct shm_want *want, int64_t until)
{
	struct shm_plan plan = { .mode = SHM_STREAM, .bytes = SHM_USUAL };

	if (shm_ring_find(&e->ring, e->name) == 0) {
		if (suits(want, e->ring.plan.mode))
			return 1;
		shm_ring_close(&e->ring);
		errno = EDOM;
		return -1;
	}
	if (errno != ENOENT)
		return -1;
	if (!suits(want, want->waits ? SHM_BROADCAST : SHM_STREAM)) {
		errno = EDOM;
		return -1;
	}
	if (want->waits) {
		if (clock_ms() >= until) {
			errno = ENOENT;
			return -1;
		}
		pause_ms(20);
		return 0;
	}
	if (shm_ring_make(&e->ring, e->name, &plan) == 0)
		return 1;
	return errno == EEXIST ? 0 : -1;
}

/*
 * Joins, within the gate. Returns 1; 0 if the name leads to something else by now; -1 with errno.
 */
static int
enter(struct shm_port *e, enum shm_role role, int start)
{
	struct shm_figures *f;
	int got = 1, begun;

	if (!shm_named(&e->ring.object, e->name))
		return 0;
	if (role == SHM_WRITER && !e->ring.plan.made && shm_ring_others(&e->ring) == 0) {
		if ((f = malloc(sizeof *f)) == NULL)
			return -1;
		begun = shm_ring_figures(&e->ring, f) < 0 || f->begun;
		free(f);
		/*
		 * A writer that was killed has left it: nobody will go on with it, though a reader
		 * could still empty it.
		 */
		if (begun)
			return shm_remove(&e->ring.object, e->name);
	}
	if (shm_ring_join(&e->ring, role, start) < 0)
		got = -1;
	return got;
}

/* Waits until that many readers have come. Returns 0, or -1 with errno. */
static int
await_readers(struct shm_port *e, uint64_t readers)
{
	while (!e->ring.object.lost) {
		uint32_t heard = shm_ring_listen(&e->ring, SHM_ROOM);

		if (shm_ring_having(&e->ring, SHM_READER) >= readers)
			break;
		if (e->nameless) {
			errno = ENOLINK;
			return -1;
		}
		if (!shm_ring_sleep(&e->ring, SHM_ROOM, heard, LONG))
			shm_port_look_around(e);
	}
	return 0;
}

int
shm_port_open(struct shm_port *e, const char *name, enum shm_role role, const struct shm_want *want)
{
	static const struct shm_want none;
	int64_t until;
	int got = 0;

	*e = (struct shm_port){ .name = name, .ms = SHORT, .ring.object.fd = -1 };
	if (want == NULL)
		want = &none;
	if (shm_check(name, &e->error) < 0)
		return EX_USAGE;
	until = want->waits ? clock_ms() + (int64_t)want->wait_ms : 0;
	while (got == 0) {
		/* The name is on the list before a signal could leave it there. */
		signals_hold();
		if ((got = find_or_make(e, want, until)) != 1) {
			signals_release();
			continue;
		}
		if ((got = shm_gate(&e->ring.object)) == 0) {
			got = enter(e, role, want->start);
			shm_ungate(&e->ring.object);
		}
		if (got != 1) {
			int error = errno;

			shm_ring_close(&e->ring);
			errno = error;
		} else {
			shm_port_list(e, 1);
		}
		signals_release();
	}
	if (got < 0)
		return e->status = shm_port_tell(name, role, &e->error);
	if (await_readers(e, want->readers) == 0)
		return 0;
	e->status = shm_port_tell(name, role, &e->error);
	shm_port_close(e);
	return e->status;
}

/* ---- from outside ---- */

int
shm_port_figures(const char *name, struct shm_plan *plan, struct shm_figures *f, struct buf *table)
{
	struct shm_ring ring;
	int got, error;

	if (shm_ring_find(&ring, name) < 0)
		return -1;
	*plan = ring.plan;
	got = shm_ring_figures(&ring, f);
	if (got == 0 && table != NULL && shm_ring_table(&ring, table) < 0)
		got = -1;
	error = errno;
	shm_ring_close(&ring);
	errno = error;
	return got;
}

int
shm_port_stale(const struct shm_plan *plan, const struct shm_figures *f)
{
	return !plan->made && f->writers + f->readers == 0;
}

int
shm_port_remove(const char *name, int stale)
{
	static struct shm_figures f;
	struct shm_ring ring;
	char nothing[1];
	int got, error, readable = shm_ring_find(&ring, name) == 0;

	if (!readable && stale)
		return 0;
	if (!readable && shm_find(&ring.object, name, nothing, 0) < 0)
		return -1;
	if ((got = shm_gate(&ring.object)) == 0 &&
	    (!stale || (shm_ring_figures(&ring, &f) == 0 && shm_port_stale(&ring.plan, &f))))
		got = shm_remove(&ring.object, name);
	error = errno;
	shm_close(&ring.object);
	errno = error;
	return got;
}

static int
remove_if_stale(const char *name, void *arg)
{
	(void)arg;
	/* Another process may have removed it meanwhile. */
	return shm_port_remove(name, 1) < 0 && errno != ENOENT ? -1 : 0;
}

int
shm_port_remove_stale(void)
{
	return shm_names(remove_if_stale, NULL);
}
