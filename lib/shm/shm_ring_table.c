/*
 * shm_ring_table: the table of a queue or a broadcast, see shm_ring.h. A writer copies it into its
 * area under the lock, and then says by one word, its length and checksum, that it is there. A
 * writer that is killed before that leaves none, and the next one writes over what it has left.
 */

#include <errno.h>
#include <string.h>

#include "base/crc32c.h"
#include "record/block.h"
#include "shm/shm_ring_private.h"

static uint64_t
word_of(const void *payload, size_t len)
{
	return (uint64_t)crc32c(0, payload, len) << 32 | (uint32_t)len;
}

size_t
shm_ring_area(const struct shm_plan *plan)
{
	uint64_t area = plan->bytes / 16;

	if (plan->mode == SHM_STREAM)
		return 0;
	if (area < SHM_AREA)
		area = SHM_AREA;
	if (area > BLOCK_TABLE_MAX)
		area = BLOCK_TABLE_MAX;
	return (size_t)((area + SHM_GRANULE - 1) / SHM_GRANULE * SHM_GRANULE);
}

int
shm_ring_table_allows(struct shm_ring *r)
{
	if (r->plan.mode == SHM_STREAM || !r->bare || get(&r->shared->table) == 0)
		return 1;
	errno = EPROTO;
	return 0;
}

int
shm_ring_declare(struct shm_ring *r, const void *payload, size_t len)
{
	struct shm_shared *s = r->shared;
	struct state st;
	int result = -1;

	if (shm_ring_enter(r, &st) < 0)
		return -1;
	if (get(&s->table) != 0) {
		result = 0;
	} else if (atomic_load_explicit(&s->bare, memory_order_relaxed)) {
		errno = EPROTO;
	} else if (len == 0 || len > shm_ring_area(&r->plan)) {
		errno = EMSGSIZE;
	} else {
		SHM_STEP();
		memcpy(r->object.memory + HEAD, payload, len);
		SHM_STEP();
		/*
		 * Release: a participant that sees the word sees the table; one that sees what was
		 * put after this sees the word.
		 */
		atomic_store_explicit(&s->table, word_of(payload, len), memory_order_release);
		result = 1;
	}
	shm_ring_unlock(r);
	if (result > 0)
		shm_ring_wake(r, SHM_DATA);
	return result;
}

size_t
shm_ring_table_len(const struct shm_ring *r, uint64_t *word)
{
	size_t len;

	if (r->plan.mode == SHM_STREAM)
		return 0;
	/* Acquire: the partner of the release in shm_ring_declare. */
	*word = atomic_load_explicit(&r->shared->table, memory_order_acquire);
	SHM_STEP();
	len = (uint32_t)*word;
	if (*word == 0 || (len > 0 && len <= shm_ring_area(&r->plan)))
		return len;
	(void)shm_ring_broken(r);
	return SIZE_MAX;
}

int
shm_ring_table_copy(const struct shm_ring *r, uint64_t word, char *to)
{
	size_t len = (uint32_t)word;

	/* The memory is not this process's alone, so what counts is the copy. */
	memcpy(to, r->object.memory + HEAD, len);
	return r->object.lost || word_of(to, len) != word ? shm_ring_broken(r) : 0;
}

int
shm_ring_table(const struct shm_ring *r, struct buf *payload)
{
	uint64_t word;
	size_t len = shm_ring_table_len(r, &word);

	if (len == 0)
		return 0;
	if (len == SIZE_MAX || buf_reserve(payload, len) < 0 ||
	    shm_ring_table_copy(r, word, payload->data + payload->len) < 0)
		return -1;
	payload->len += len;
	return 1;
}
