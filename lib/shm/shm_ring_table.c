/*
 * shm_ring_table: the table of a queue or a broadcast, see shm_ring.h. A writer that is killed
 * while it copies the table leaves a length of 0, and so none.
 */

#include <errno.h>
#include <string.h>

#include "shm/shm_ring_private.h"

enum { AREA = 64 * 1024 }; /* bytes of the area, at least */

size_t
shm_ring_area(const struct shm_plan *plan)
{
	uint64_t area = plan->bytes / 16;

	if (plan->mode == SHM_STREAM)
		return 0;
	if (area < AREA)
		area = AREA;
	return (size_t)((area + 4095) / 4096 * 4096);
}

static char *
area(const struct shm_ring *r)
{
	return r->object.memory + HEAD;
}

int
shm_ring_table_allows(struct shm_ring *r)
{
	struct shm_shared *s = r->shared;

	if (r->plan.mode == SHM_STREAM || !r->rows || r->tabled)
		return 0;
	if (atomic_load_explicit(&s->table, memory_order_relaxed) > 0) {
		errno = EPROTO;
		return -1;
	}
	atomic_store_explicit(&s->bare, 1, memory_order_relaxed);
	return 0;
}

int
shm_ring_declare(struct shm_ring *r, const void *payload, size_t len)
{
	struct shm_shared *s = r->shared;
	struct state st;
	int result = 1;

	if (shm_ring_enter(r, &st) < 0)
		return -1;
	if (atomic_load_explicit(&s->table, memory_order_relaxed) > 0) {
		result = 0;
	} else if (atomic_load_explicit(&s->bare, memory_order_relaxed)) {
		errno = EPROTO;
		result = -1;
	} else if (len > shm_ring_area(&r->plan)) {
		errno = EMSGSIZE;
		result = -1;
	} else {
		memcpy(area(r), payload, len);
		SHM_STEP();
		/* Release: a reader that sees the length sees the table. */
		atomic_store_explicit(&s->table, (uint32_t)len, memory_order_release);
	}
	shm_ring_unlock(r);
	if (result > 0)
		shm_ring_wake(r, SHM_DATA);
	return result;
}

int
shm_ring_table(const struct shm_ring *r, struct buf *payload)
{
	uint32_t len;

	if (r->plan.mode == SHM_STREAM)
		return 0;
	/* Acquire: the partner of the release in shm_ring_declare. */
	len = atomic_load_explicit(&r->shared->table, memory_order_acquire);
	if (len == 0)
		return 0;
	if (len > shm_ring_area(&r->plan)) {
		errno = EBADMSG;
		return -1;
	}
	/* The memory is not this process's alone, so what counts is the copy. */
	if (buf_add(payload, area(r), len) < 0)
		return -1;
	return r->object.lost ? shm_ring_broken(r) : 1;
}
