/* shm_places: a ring that is full of one side's participants has a place for the other side. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shm/shm_ring.h"
#include "unit/unit.h"

static struct shm_ring rings[SHM_PLACES + 1];
static char name[32];

/* Opens the ring once more, for a participant of that role. Returns 0, or -1 with errno. */
static int
join(struct shm_ring *r, enum shm_role role)
{
	int got, error;

	if (shm_ring_find(r, name) < 0)
		return -1;
	if ((got = shm_ring_join(r, role, 0)) < 0) {
		error = errno;
		shm_ring_close(r);
		errno = error;
	}
	return got;
}

static void
full_of(enum shm_mode mode, enum shm_role many, enum shm_role other)
{
	struct shm_plan plan = { .mode = mode, .made = 1, .bytes = 1 << 20 };
	struct shm_ring ring, one;
	int in = 0;

	CHECK(shm_ring_make(&ring, name, &plan) == 0);
	while (in < SHM_PLACES && join(&rings[in], many) == 0)
		in++;
	CHECK(in == SHM_PLACES - 1 && errno == EUSERS);
	CHECK(join(&one, other) == 0);
	CHECK(join(&rings[in], many) == -1 && errno == EUSERS);
	CHECK(join(&rings[in], other) == -1 && errno == EUSERS);
	shm_ring_close(&one);
	CHECK(join(&rings[in], many) == -1 && errno == EUSERS);
	CHECK(join(&one, other) == 0);
	/* If both sides have somebody, all places can be taken. */
	shm_ring_close(&rings[0]);
	CHECK(join(&rings[0], many) == 0 && shm_ring_having(&ring, many) == SHM_PLACES - 1);
	shm_ring_close(&one);
	for (int i = 0; i < in; i++)
		shm_ring_close(&rings[i]);
	(void)shm_remove(&ring.object, name);
	shm_ring_close(&ring);
}

int
main(void)
{
	snprintf(name, sizeof name, "places.%ld", (long)getpid());
	full_of(SHM_BROADCAST, SHM_READER, SHM_WRITER);
	full_of(SHM_QUEUE, SHM_READER, SHM_WRITER);
	full_of(SHM_QUEUE, SHM_WRITER, SHM_READER);
	return unit_end("shm_places");
}
