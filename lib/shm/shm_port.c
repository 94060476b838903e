/* shm_port: see shm_port.h. Opening is in shm_port_open.c. */

#include <errno.h>
#include <string.h>

#include "base/program.h"
#include "base/status.h"
#include "match/table.h"
#include "os/clock.h"
#include "shm/shm_port_private.h"

static void
grow(unsigned *ms)
{
	*ms = *ms * 2 < LONG ? *ms * 2 : LONG;
}

void
shm_port_look_around(struct shm_port *e)
{
	(void)shm_ring_watch(&e->ring);
	errno = 0;
	e->nameless = !shm_named(&e->ring.object, e->name) && (errno == 0 || errno == ENOENT);
	if (e->nameless)
		e->deserted = shm_ring_having(&e->ring, e->ring.role == SHM_READER ? SHM_WRITER : SHM_READER) == 0;
}

/* ---- failing ---- */

/*
 * Tells the readers of a failure, so that they do not take what was put before it for everything.
 */
static void
tell_readers(struct shm_port *e)
{
	struct buf reason = { 0 };

	(void)buf_addf(&reason, "%s: %s", program_name(), buf_string(&e->error));
	(void)(e->ring.plan.keep ? shm_ring_break(&e->ring)
				 : shm_ring_fail(&e->ring, (uint32_t)e->status, reason.data, reason.len));
	buf_free(&reason);
}

/*
 * Notes a failure, for errno; len: bytes of the block, or of the table, that was to be put. Returns
 * -1 with the same errno.
 */
static int
fail(struct shm_port *e, size_t len, int table)
{
	int error = errno;

	e->error.len = 0;
	if (error == EMSGSIZE) {
		(void)buf_addf(&e->error,
		    table ? "shm:%s: a table of %zu bytes does not fit the %llu that its ring has for one" :
		            "shm:%s: a block of %zu bytes does not fit its ring of %llu",
		    e->name, len,
		    table ? (unsigned long long)shm_ring_area(&e->ring.plan) : (unsigned long long)e->ring.plan.bytes);
		(void)buf_adds(&e->error, "; make a larger one by rec-shm create --size");
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

/*
 * Returns 1 if something is left in the ring that its reader may still take, else 0. Fails the port
 * if the ring is broken.
 */
static int
left(struct shm_port *e)
{
	struct shm_ring *r = &e->ring;
	int taken;

	if (r->role != SHM_WRITER || r->plan.made || e->status != 0 || e->forsaken || r->object.lost ||
	    shm_ring_deserted(r))
		return 0;
	if ((taken = shm_ring_taken(r)) < 0)
		(void)fail(e, 0, 0);
	return taken == 0;
}

/*
 * Returns 1, with error, if nobody can come to take what is left; else 0. deserted was set before
 * the last look at what is left, so all that a last reader has taken was seen by then.
 */
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
			shm_port_look_around(e);
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
	 * The last participant removes what was not made to stay. One that comes now finds no name;
	 * or it waits at the gate, and then sees that the name is gone.
	 */
	if (gone && !r->plan.made && shm_ring_others(r) == 0)
		(void)shm_remove(&r->object, e->name);
	shm_port_list(e, 0);
	shm_ring_close(r); /* opens the gate */
}

void
shm_port_free(struct shm_port *e)
{
	buf_free(&e->error);
}

/* ---- waiting by poll ---- */

/* Calls shm_port_look_around if the last call was LONG milliseconds ago. */
static void
watch(struct shm_port *e)
{
	int64_t t = clock_ms();

	if (t - e->watched < LONG)
		return;
	e->watched = t;
	shm_port_look_around(e);
}

int
shm_port_bell(const struct shm_port *e)
{
	return e->ring.bell;
}

int
shm_port_sleeps(struct shm_port *e)
{
	/* Asked a second time: the poll came back, perhaps because its time was over. */
	return e->asleep++ == 0;
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

/* The bytes of the block under way after its header; its parts may be one (writer_detach). */
static char *
body_of(const struct writer *w)
{
	return w->parts > 1 ? w->iov[1].iov_base : (char *)w->iov[0].iov_base + BLOCK_HEAD;
}

/*
 * The failed end of a queue or a broadcast, where watermarks and good ends mean nothing: it is
 * reported to all readers at their end; or, if they go on (keep), as a loss of an unknown number of
 * records at its place. Returns 1 if that loss is now the block under way; 0; or -1 with errno.
 */
static int
failed_end(struct shm_port *e, struct writer *w, const struct block *end)
{
	struct block loss = { .kind = BLOCK_LOSS, .count = BLOCK_LOST_UNKNOWN };

	if (!e->ring.plan.keep)
		return shm_ring_fail(&e->ring, end->status, body_of(w), end->size);
	block_put(&loss, e->loss, NULL);
	writer_drop(w);
	writer_add(w, e->loss, sizeof e->loss);
	return 1;
}

/*
 * The records of the writer and those of the ring do not go together, which does not concern the
 * readers. Returns -1 with errno EPROTO.
 */
static int
refuse(struct shm_port *e, const char *why)
{
	e->error.len = 0;
	(void)buf_addf(&e->error, "shm:%s: %s", e->name, why);
	e->status = EX_DATAERR;
	errno = EPROTO;
	return -1;
}

/* The ring has a table already. Returns 1 if the writer's is equal to it, or -1 with errno. */
static int
compare(struct shm_port *e, const char *payload, size_t len)
{
	struct buf there = { 0 };
	struct table *mine = NULL, *rings = NULL;
	const char *rule = NULL;
	int got = shm_ring_table(&e->ring, &there);

	if (got == 0) { /* though there was one: it was changed from elsewhere */
		errno = EBADMSG;
		got = -1;
	}
	if (got > 0 && ((mine = table_parse(payload, len, &rule)) == NULL ||
	                   (rings = table_parse(there.data, there.len, &rule)) == NULL)) {
		errno = rule != NULL ? EBADMSG : ENOMEM;
		got = -1;
	}
	if (got < 0) {
		(void)fail(e, len, 1);
	} else if (!table_equal(mine, rings)) {
		got = refuse(e, "its table differs from that of the ring: ");
		(void)table_difference(mine, rings, &e->error);
		errno = EPROTO;
	}
	table_drop(mine);
	table_drop(rings);
	buf_free(&there);
	return got;
}

/*
 * The writer's records have that table, whose block is len bytes: it becomes that of the ring, or
 * is it. Returns 1, or -1 with errno.
 */
static int
declare(struct shm_port *e, const char *payload, size_t len)
{
	int got = shm_ring_declare(&e->ring, payload, len);

	if (got == 0)
		return compare(e, payload, len);
	if (got < 0 && errno == EPROTO)
		return refuse(e, "it has a table, but the records in the ring have none");
	return got < 0 ? fail(e, len, 1) : 1;
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
	if (r->plan.mode != SHM_STREAM && b.kind == BLOCK_TABLE) {
		int got = declare(e, body_of(w), b.size);

		if (got > 0)
			writer_drop(w);
		return got;
	}
	r->bare = b.kind == BLOCK_DATA && !(b.flags & BLOCK_TABLED);
	if (r->plan.mode != SHM_STREAM && (b.kind == BLOCK_END || (b.kind == BLOCK_DATA && b.count == 0))) {
		/*
		 * Ends and watermarks belong to one writer's stream; readers number what they get
		 * by the ring.
		 */
		int loss = b.kind == BLOCK_END && b.status != 0 ? failed_end(e, w, &b) : 0;

		if (loss < 0)
			return fail(e, BLOCK_HEAD, 0);
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
		/*
		 * deserted was set before the try that found no room: a last reader's room has been
		 * seen by then.
		 */
		if (got == 0 && e->deserted) {
			errno = ENOLINK;
			got = -1;
		}
		if (got < 0 && errno == EPROTO)
			return refuse(e, "its records have no table, but the ring has one");
		if (got < 0)
			return fail(e, len, 0);
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
			shm_port_look_around(e);
		spin_woken(&e->spin);
		grow(&ms);
	}
}

/* ---- the reader ---- */

/* One loss block reports less than 2^32 lost records; the next one reports the rest. */
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
		/* The loss comes first, at its place. */
		e->too_slow = item->count;
		found = SHM_LOST;
	}
	if (found == SHM_LOST)
		found = lost(e, item);
	if (found != SHM_NONE)
		e->ms = SHORT;
	/*
	 * deserted was set before the look that has found nothing: all that a last writer has put
	 * was there by then.
	 */
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
		shm_port_look_around(e);
	spin_woken(&e->spin);
	grow(&e->ms);
}
