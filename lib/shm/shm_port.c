/* shm_port: see shm_port.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/program.h"
#include "base/status.h"
#include "os/clock.h"
#include "os/signals.h"
#include "shm/shm_port.h"

/*
 * The bounds of a sleep in milliseconds, each twice the one before: short where somebody's death holds us up, long
 * when idle.
 */
enum { SHORT = 2, LONG = 512 };

/* ---- names that go with their users ---- */

static struct shm_port *ends; /* the open ones; looked at by the signal's handler */

/*
 * In the signal's handler, after the last words: removes the names of streams that nobody else uses. This one gives up its place first:
 * the other side may be leaving at the same time, and whoever looks last must find nobody.
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

static void
listed(struct shm_port *e, int on)
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
		(void)buf_addf(error, "shm:%s: it is there already; rec-shm stat shows it, rec-shm rm removes it", name);
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
		(void)buf_addf(error, "shm:%s: its memory is damaged: what stands there makes no sense", name);
		return EX_DATAERR;
	case EIO:
		(void)buf_addf(error, "shm:%s: its memory was truncated", name);
		return EX_OSERR;
	case EBUSY:
		(void)buf_addf(error,
		    "shm:%s: it has a %s already, and is a stream from one to one; for more of them make it by rec-shm create --mode queue or broadcast",
		    name, role == SHM_WRITER ? "writer" : "reader");
		return EX_UNAVAILABLE;
	case EUSERS:
		(void)buf_addf(error, "shm:%s: all of its %d places are taken, or the last one is kept for a %s", name, SHM_PLACES,
		    role == SHM_WRITER ? "reader" : "writer");
		return EX_UNAVAILABLE;
	case EDOM:
		(void)buf_addf(error,
		    role == SHM_WRITER ?
		        "shm:%s: it is a stream from one to one, where no more than one reader can be waited for; for more of them make it by rec-shm create --mode queue or broadcast" :
		        "shm:%s: it is no broadcast, so a reader cannot choose where it begins; one is made by rec-shm create --mode broadcast",
		    name);
		return EX_USAGE;
	case ENOLINK:
		(void)buf_addf(error, "shm:%s: its name was removed, and what was written is read by nobody", name);
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

/* Whether a ring of that mode can do what is wanted. */
static int
suits(const struct shm_want *want, enum shm_mode mode)
{
	return (want->readers <= 1 || mode != SHM_STREAM) && (!want->from || mode == SHM_BROADCAST);
}

/* 1 where the ring is mapped, 0 where it should be tried again, -1 with errno. */
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

/* Comes in, within the gate: 1; 0 where the name has come to mean something else; -1 with errno. */
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
		/* Left behind by a writer that was killed: nobody will go on with it. A reader could still empty it. */
		if (begun)
			return shm_remove(&e->ring.object, e->name);
	}
	if (shm_ring_join(&e->ring, role, start) < 0)
		got = -1;
	return got;
}

static void
grow(unsigned *ms)
{
	*ms = *ms * 2 < LONG ? *ms * 2 : LONG;
}

/*
 * Clears up behind the dead, and looks whether anybody can still come. Whoever comes in has seen the name within the gate, and it is
 * removed there, so behind that those of the other side can only become fewer.
 */
static void
look_around(struct shm_port *e)
{
	(void)shm_ring_watch(&e->ring);
	errno = 0;
	e->nameless = !shm_named(&e->ring.object, e->name) && (errno == 0 || errno == ENOENT);
	if (e->nameless)
		e->deserted = shm_ring_having(&e->ring, e->ring.role == SHM_READER ? SHM_WRITER : SHM_READER) == 0;
}

/* 0, or -1 with errno. */
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
			look_around(e);
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
		/* A name that was made is on the list before a signal could leave it behind. */
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
			listed(e, 1);
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

/* ---- failing ---- */

/* The readers must not take what was put before a failure for all. */
static void
tell_readers(struct shm_port *e)
{
	struct buf reason = { 0 };

	(void)buf_addf(&reason, "%s: %s", program_name(), buf_string(&e->error));
	(void)(e->ring.plan.keep ? shm_ring_break(&e->ring) : shm_ring_fail(&e->ring, (uint32_t)e->status, reason.data, reason.len));
	buf_free(&reason);
}

/* -1 with errno, and what it means. len: bytes of the block that was to be put. */
static int
fail(struct shm_port *e, size_t len)
{
	int error = errno;

	e->error.len = 0;
	if (error == EMSGSIZE) {
		(void)buf_addf(&e->error, "shm:%s: a block of %zu bytes does not fit its ring of %llu; make a larger one by rec-shm create --size",
		    e->name, len, (unsigned long long)e->ring.plan.bytes);
		e->status = EX_IOERR;
	} else {
		e->status = shm_port_tell(e->name, SHM_WRITER, &e->error);
	}
	if (error != ENOLINK)
		tell_readers(e);
	errno = error;
	return -1;
}

/* ---- leaving ---- */

/* Whether something is left in the ring that its reader may still take. If nobody can tell, it has failed. */
static int
left(struct shm_port *e)
{
	struct shm_ring *r = &e->ring;
	int taken;

	if (r->role != SHM_WRITER || r->plan.made || e->status != 0 || e->forsaken || r->object.lost || shm_ring_deserted(r))
		return 0;
	if ((taken = shm_ring_taken(r)) < 0)
		(void)fail(e, 0);
	return taken == 0;
}

/* Whether nobody can come for that, which is then told. Before the last look at what is left: a last reader has been seen by then. */
static int
nobody_comes(struct shm_port *e)
{
	if (!e->deserted)
		return 0;
	errno = ENOLINK;
	e->status = shm_port_tell(e->name, SHM_WRITER, &e->error);
	return 1;
}

static void
linger(struct shm_port *e)
{
	unsigned ms = SHORT;

	while (left(e)) {
		uint32_t heard = shm_ring_listen(&e->ring, SHM_ROOM);

		if (!left(e) || nobody_comes(e))
			break;
		if (!shm_ring_sleep(&e->ring, SHM_ROOM, heard, ms))
			look_around(e);
		grow(&ms);
	}
}

void
shm_port_close(struct shm_port *e)
{
	struct shm_ring *r = &e->ring;
	int gone;

	if (r->role == SHM_NOBODY)
		return;
	linger(e);
	if (r->role == SHM_WRITER && shm_ring_deserted(r))
		(void)shm_ring_abandon(r);
	gone = shm_gate(&r->object) == 0;
	shm_ring_leave(r);
	/*
	 * The last one removes what was not made to stay; who comes now finds no name, or waits at the gate and then
	 * sees that it is gone.
	 */
	if (gone && !r->plan.made && shm_ring_others(r) == 0)
		(void)shm_remove(&r->object, e->name);
	listed(e, 0);
	shm_ring_close(r); /* opens the gate */
}

void
shm_port_free(struct shm_port *e)
{
	buf_free(&e->error);
}

/* ---- waiting by poll ---- */

/* The same, where it was not done for a while. */
static void
watch(struct shm_port *e)
{
	int64_t t = clock_ms();

	if (t - e->watched < LONG)
		return;
	e->watched = t;
	look_around(e);
}

int
shm_port_bell(const struct shm_port *e)
{
	return e->ring.bell;
}

int
shm_port_bound(void)
{
	int bound = -1;

	for (struct shm_port *e = ends; e != NULL; e = e->other)
		/* One that has not waited yet has no bell, and needs none. */
		bound = e->ring.bell < 0 && e->asleep ? SHORT : bound == SHORT ? SHORT : LONG;
	return bound;
}

int
shm_port_dry(struct shm_port *e, struct shm_item *item, enum shm_found *found)
{
	shm_ring_announce(&e->ring, SHM_DATA);
	watch(e);
	*found = shm_port_next(e, item);
	e->asleep = 0;
	return *found == SHM_NONE;
}

/* ---- the writer ---- */

int
shm_port_unmet(const struct shm_port *e)
{
	return e->ring.role == SHM_WRITER && !e->ring.plan.made && !shm_ring_met(&e->ring);
}

void
shm_port_forsake(struct shm_port *e)
{
	e->forsaken = 1;
}

int
shm_port_lingers(struct shm_port *e)
{
	if (!left(e))
		return 0;
	shm_ring_announce(&e->ring, SHM_ROOM);
	watch(e);
	if (!left(e) || nobody_comes(e))
		return 0;
	e->asleep = 1;
	shm_ring_waits(&e->ring, SHM_ROOM);
	return 1;
}

int
shm_port_gone(struct shm_port *e)
{
	return shm_ring_deserted(&e->ring);
}

void
shm_port_last_words(struct shm_port *e, void *mark, size_t n, uint32_t status, const char *reason)
{
	struct iovec iov = { mark, n };

	e->ring.hasty = 1;
	if (e->ring.plan.mode == SHM_STREAM)
		(void)shm_ring_put(&e->ring, &iov, 1, 0);
	else if (!e->ring.plan.keep) /* else readers go on, and the death itself is a loss */
		(void)shm_ring_fail(&e->ring, status, reason, strlen(reason));
}

/*
 * A failed end of a queue or a broadcast, where watermarks and good ends mean nothing: told to all readers at their end; or, where they
 * go on, as the loss of nobody knows how many at its place. 1 where that is now the block under way; 0, or -1 with errno.
 */
static int
failed_end(struct shm_port *e, struct writer *w, const struct block *end)
{
	struct block loss = { .kind = BLOCK_LOSS, .count = BLOCK_LOST_UNKNOWN };

	if (!e->ring.plan.keep)
		return shm_ring_fail(&e->ring, end->status, w->parts > 1 ? w->iov[1].iov_base : NULL, w->parts > 1 ? end->size : 0);
	block_put(&loss, e->loss, NULL);
	writer_drop(w);
	writer_add(w, e->loss, sizeof e->loss);
	return 1;
}

int
shm_port_push(struct shm_port *e, struct writer *w, int wait)
{
	struct shm_ring *r = &e->ring;
	const unsigned char *head = w->iov[0].iov_base;
	struct block b;
	size_t len = 0;
	uint32_t count = 0;
	unsigned ms = SHORT;
	int announced = 0, listens = 0;

	if (block_head(&b, head, BLOCK_RECORD_MAX) == NULL && b.kind != BLOCK_END)
		count = b.count == BLOCK_LOST_UNKNOWN && b.kind == BLOCK_LOSS ? 0 : b.count;
	if (r->plan.mode != SHM_STREAM && (b.kind == BLOCK_END || (b.kind == BLOCK_DATA && b.count == 0))) {
		/* Ends and watermarks are of one writer's stream; readers number what they get by the ring. */
		int loss = b.kind == BLOCK_END && b.status != 0 ? failed_end(e, w, &b) : 0;

		if (loss < 0)
			return fail(e, BLOCK_HEAD);
		if (!loss) {
			writer_drop(w);
			return 1;
		}
	}
	for (int i = 0; i < w->parts; i++)
		len += w->iov[i].iov_len;
	for (int looks = 0;; looks++) {
		uint32_t heard = 0;
		int got;

		if (shm_ring_deserted(r)) {
			errno = EPIPE;
			return -1;
		}
		if (listens)
			heard = shm_ring_listen(r, SHM_ROOM);
		if ((got = shm_ring_put(r, w->iov, w->parts, count)) > 0) {
			writer_drop(w);
			return 1;
		}
		/* Set before the try that found no room: a last reader's has been seen by then. */
		if (got == 0 && e->deserted) {
			errno = ENOLINK;
			got = -1;
		}
		if (got < 0)
			return fail(e, len);
		if (!wait && !announced) {
			announced = 1;
			shm_ring_announce(r, SHM_ROOM);
			continue;
		}
		if (!wait) {
			watch(e);
			e->asleep = 1;
			return 0;
		}
		if (!listens) {
			listens = !spin_again(&e->spin, looks);
			continue;
		}
		spin_sleeps(&e->spin);
		if (!shm_ring_sleep(r, SHM_ROOM, heard, ms))
			look_around(e);
		spin_woken(&e->spin);
		grow(&ms);
	}
}

/* ---- the reader ---- */

/* One loss block holds less than 32 bits of what is known to be lost; the next one tells the rest. */
static enum shm_found
lost(struct shm_port *e, struct shm_item *item)
{
	e->lost = item->unknown || item->count < BLOCK_LOST_UNKNOWN ? 0 : item->count - (BLOCK_LOST_UNKNOWN - 1);
	item->count -= e->lost;
	e->lost_at = item->seq + item->count;
	return SHM_LOST;
}

enum shm_found
shm_port_next(struct shm_port *e, struct shm_item *item)
{
	enum shm_found found;

	if (e->lost > 0) {
		*item = (struct shm_item){ .seq = e->lost_at, .count = e->lost };
		return lost(e, item);
	}
	if (e->too_slow > 0) {
		*item = (struct shm_item){ .count = e->too_slow };
		return SHM_PARTED;
	}
	found = shm_ring_next(&e->ring, item);
	if (found == SHM_PARTED) {
		/* First what was lost, at its place. */
		e->too_slow = item->count;
		found = SHM_LOST;
	}
	if (found == SHM_LOST)
		found = lost(e, item);
	if (found != SHM_NONE)
		e->ms = SHORT;
	/* Set before the look that has found nothing: all that a last writer has put was there by then. */
	return found == SHM_NONE && e->deserted ? SHM_ENDED : found;
}

int
shm_port_spins(struct shm_port *e, int looks)
{
	return spin_again(&e->spin, looks);
}

uint32_t
shm_port_listen(struct shm_port *e)
{
	return shm_ring_listen(&e->ring, SHM_DATA);
}

void
shm_port_sleep(struct shm_port *e, uint32_t heard)
{
	spin_sleeps(&e->spin);
	if (!shm_ring_sleep(&e->ring, SHM_DATA, heard, e->ms))
		look_around(e);
	spin_woken(&e->spin);
	grow(&e->ms);
}

/* ---- from outside ---- */

int
shm_port_figures(const char *name, struct shm_plan *plan, struct shm_figures *f)
{
	struct shm_ring ring;
	int got, error;

	if (shm_ring_find(&ring, name) < 0)
		return -1;
	*plan = ring.plan;
	got = shm_ring_figures(&ring, f);
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
	if ((got = shm_gate(&ring.object)) == 0 && (!stale || (shm_ring_figures(&ring, &f) == 0 && shm_port_stale(&ring.plan, &f))))
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
	/* Another may have removed it meanwhile. */
	return shm_port_remove(name, 1) < 0 && errno != ENOENT ? -1 : 0;
}

int
shm_port_remove_stale(void)
{
	return shm_names(remove_if_stale, NULL);
}
