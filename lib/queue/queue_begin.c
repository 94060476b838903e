/*
 * queue_begin: the queue's lock, and its index: mapped, made anew from the log, grown. See
 * queue_private.h.
 *
 * The index is right in two cases. Another process has the queue open, and nobody has died while he
 * had the lock: `dirty` is 0. Or nobody has it open, and the last process has marked the index with
 * a checksum of all of it, and with the end of the log. A boot id is no proof: a mapped file may
 * come back half old after a shutdown and a mount within one boot.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "queue/queue_private.h"

/* ---- the index's file ---- */

static void
unmap(struct queue *q)
{
	if (q->memory != NULL)
		munmap(q->memory, q->bytes);
	q->memory = NULL;
}

/* Maps the file that is there. Returns 1; 0 if it is no index; -1 with errno. */
static int
map_index(struct queue *q)
{
	int fd = openat(q->dir, "index", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int r;

	unmap(q);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	r = fstat(fd, &st) < 0 ? -1 : S_ISREG(st.st_mode) && st.st_size > 0;
	if (r > 0) {
		q->bytes = (uint64_t)st.st_size;
		q->memory = mmap(NULL, q->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (q->memory == MAP_FAILED) {
			q->memory = NULL;
			r = -1;
		} else if (!queue_index_view(&q->x, q->memory, q->bytes)) {
			unmap(q);
			r = 0;
		}
	}
	close(fd);
	return r;
}

/*
 * Makes a new file of the index, a copy of `from`, with these rooms; it replaces the old one. All
 * of it is allocated before it is mapped: on a full disk a store would be SIGBUS. Returns 0, or -1
 * with errno; then the old one is still mapped.
 */
int
queue_index_replace(struct queue *q, const struct queue_index *from, const struct queue_rooms *rooms)
{
	uint64_t bytes = queue_index_bytes(rooms);
	struct queue_index to;
	void *memory;
	int fd, saved;

	if (bytes == 0) {
		errno = ENOMEM;
		return -1;
	}
	(void)unlinkat(q->dir, "index.new", 0);
	fd = openat(q->dir, "index.new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, q->mode);
	if (fd < 0)
		return -1;
	if (fchmod(fd, q->mode) < 0 || queue_log_allocate(fd, bytes) < 0)
		goto failed;
	if ((memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
		goto failed;
	queue_index_format(&to, memory, rooms);
	queue_index_copy(&to, from);
	to.state->clean = 0;
	if (renameat(q->dir, "index.new", q->dir, "index") < 0) {
		saved = errno;
		munmap(memory, bytes);
		errno = saved;
		goto failed;
	}
	close(fd);
	unmap(q);
	q->memory = memory;
	q->bytes = bytes;
	q->x = to;
	q->generation = atomic_fetch_add(&q->control.words->generation, 1) + 1;
	return 0;
failed:
	saved = errno;
	close(fd);
	(void)unlinkat(q->dir, "index.new", 0);
	errno = saved;
	return -1;
}

uint64_t
queue_room_grown(uint64_t room, uint64_t least)
{
	while (room < least)
		room *= 2;
	return room;
}

int
queue_room(struct queue *q, struct queue_rooms least)
{
	struct queue_rooms r = q->x.state->rooms;

	if (least.entries <= r.entries && least.segments <= r.segments && least.sessions <= r.sessions &&
	    least.cursors <= r.cursors)
		return 0;
	r = (struct queue_rooms){ queue_room_grown(r.entries, least.entries),
		queue_room_grown(r.segments, least.segments), queue_room_grown(r.sessions, least.sessions),
		queue_room_grown(r.cursors, least.cursors) };
	return queue_index_replace(q, &q->x, &r) < 0 ? queue_fail_errno(q, NULL) : 0;
}

/* ---- trust ---- */

/* Returns 1 if the log ends where the index says, else 0; -1 with errno. */
static int
ends_there(struct queue *q)
{
	const struct queue_state *s = q->x.state;
	const struct queue_segment *g;
	struct queue_segment *list;
	struct queue_frame f = { 0 };
	size_t count;
	int r;

	if (s->segments == 0)
		return 0;
	g = &q->x.segments[s->segments - 1];
	if (queue_log_list(&q->log, &list, &count) < 0) {
		free(list);
		return -1;
	}
	r = count > 0 && list[count - 1].number == g->number && list[count - 1].base == g->base;
	free(list);
	if (r)
		r = queue_log_frame(&q->log, g, s->last, s->end, &f);
	if (r > 0)
		r = s->last + queue_frame_bytes(f.size) == s->end;
	if (r > 0 && !s->cut) {
		r = queue_log_frame(&q->log, g, s->end, UINT64_MAX, &f);
		r = r < 0 ? r : !(r > 0 && f.previous == s->last_sum);
	}
	queue_log_forget(&q->log);
	return r;
}

int
queue_first(struct queue *q)
{
	enum queue_why why = QUEUE_WHY_NONE;
	int r = map_index(q), status = 0;

	if (r == 0)
		why = QUEUE_WHY_MISSING;
	else if (r > 0 && (q->x.state->clean == 0 || queue_index_sum(&q->x) != q->x.state->clean))
		why = QUEUE_WHY_UNCLEAN;
	else if (r > 0 && (r = ends_there(q)) == 0)
		why = QUEUE_WHY_UNCLEAN;
	if (r < 0)
		return queue_fail_errno(q, NULL);
	if (why != QUEUE_WHY_NONE)
		status = queue_rebuild(q, why);
	if (status != 0)
		return status;
	q->x.state->clean = 0;
	q->x.state->spares = queue_log_spares(&q->log, &q->x.state->spare_bytes);
	/*
	 * What was written when a process died or the machine stopped may be in memory only. From
	 * here on `durable` is where the log goes back to if a sync fails.
	 */
	if (why != QUEUE_WHY_NONE && queue_log_sync(&q->log, q->x.segments[q->x.state->segments - 1].number) < 0)
		return queue_fail_errno(q, "sync");
	atomic_store(&q->control.words->durable, why != QUEUE_WHY_NONE ? q->x.state->end : q->x.state->durable);
	q->sound = 1;
	return 0;
}

void
queue_last(struct queue *q)
{
	q->x.state->durable = atomic_load(&q->control.words->durable);
	q->x.state->clean = queue_index_sum(&q->x);
}

/* ---- the lock ---- */

/* The clocks of this boot are others than those the queue was used with. */
static int
begin_boot(struct queue *q)
{
	struct queue_boot boot;
	struct queue_times now;
	char id[16];

	if (q->booted)
		return 0;
	q->booted = 1;
	queue_clock_boot(id);
	if (memcmp(id, q->x.state->boot.id, sizeof id) == 0)
		return 0;
	queue_clock_begin(q->x.state, id, &boot);
	q->x.state->boot = boot;
	now = queue_clock_now(q->x.state);
	return queue_append_body(q, &now, QUEUE_BOOT, &boot, sizeof boot);
}

/* With the lock: makes the mapped index the right one. */
static int
make_right(struct queue *q)
{
	struct queue_words *w = q->control.words;
	uint32_t died = atomic_load(&w->dirty);
	int r;

	atomic_store(&w->dirty, q->control.place + 1);
	if (died != 0) {
		int status = queue_rebuild(q, QUEUE_WHY_DIED);

		if (status != 0)
			return status;
		queue_event_all(q);
	}
	if (q->memory == NULL || atomic_load(&w->generation) != q->generation) {
		q->generation = atomic_load(&w->generation);
		if ((r = map_index(q)) < 0)
			return queue_fail_errno(q, NULL);
		if (r == 0)
			return queue_rebuild(q, QUEUE_WHY_MISSING);
	}
	return 0;
}

int
queue_lock(struct queue *q, struct queue_times *now)
{
	struct queue_words *w = q->control.words;
	uint64_t visible;
	int status;

	if (queue_control_lock(&q->control) < 0)
		return queue_fail_errno(q, "lock");
	if (atomic_load(&w->removed)) {
		queue_control_unlock(&q->control);
		return queue_fail(q, EX_UNAVAILABLE, "the queue was removed");
	}
	q->locked = 1;
	q->sound = 0;
	/* A death from here on leaves `dirty`, and whoever comes next makes the index anew. */
	status = make_right(q);
	q->sound = status == 0;
	if (status == 0)
		status = begin_boot(q);
	if (status == 0) {
		*now = queue_clock_now(q->x.state);
		visible = queue_index_due(&q->x, now->lease, now->age);
		if (visible > 0)
			queue_event(q, visible);
		status = queue_expire(q, now);
	}
	if (status != 0)
		queue_unlock(q);
	return status;
}

void
queue_unlock(struct queue *q)
{
	q->locked = 0;
	if (q->sound)
		atomic_store(&q->control.words->dirty, 0);
	queue_control_unlock(&q->control);
}
