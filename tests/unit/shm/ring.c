/*
 * ring: lib/shm/ring.c by two threads over one mapping, as fast as they can, for tools that watch
 * threads: make BUILD=build-tsan SAN=thread CFLAGS='-O1 -g -Wno-tsan' build-tsan/unit/shm/ring
 * (gcc's tool does not know fences, but everything in a slot is passed by release and acquire); and
 * what ring_make and ring_map refuse.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/ring.h"
#include "unit/unit.h"

enum { SIZE = 200, SHIFT = 64 };
static int wakes[2], rings[2]; /* the pipe and the back pipe */
static const uint64_t id[2] = { 5, 7 };
static uint64_t most; /* REC_LONG=1: more */

static void
sleep_at(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char many[64];

	poll(&p, 1, -1);
	while (read(fd, many, sizeof many) > 0)
		;
}

static void
bell(int fd)
{
	(void)!write(fd, "", 1); /* if the pipe is full of bells, that does too */
}

static size_t
length(uint64_t i)
{
	return 8 + (size_t)(i * 31 % (SIZE - 8));
}

static void *
writer(void *given)
{
	struct ring *r = given;

	for (uint64_t i = 0; i < most; i++) {
		char *to;

		while ((to = ring_room(r)) == NULL)
			if (ring_writer_sleeps(r, r->slots))
				sleep_at(rings[0]);
		to += i % SHIFT; /* anywhere in the room */
		memcpy(to, &i, sizeof i);
		memset(to + 8, (int)(i & 255), length(i) - 8);
		if (ring_put(r, to, (long)length(i)))
			bell(wakes[1]);
	}
	if (ring_done(r))
		bell(wakes[1]);
	while (ring_used(r) != 0)
		if (ring_writer_sleeps(r, 1))
			sleep_at(rings[0]);
	return NULL;
}

static void
both(size_t slots)
{
	struct ring out, in;
	pthread_t thread;
	int fd, holding = 0, got;
	uint64_t wrong = 0, i = 0, value;

	CHECK(ring_make(&out, &fd, slots, SIZE + SHIFT, id) == 0);
	in = out; /* the same addresses, so that a tool recognizes them */
	CHECK(ring_attach(&in) && !ring_attach(&in) && ring_attached(&out));
	CHECK(pipe2(wakes, O_NONBLOCK | O_CLOEXEC) == 0 && pipe2(rings, O_NONBLOCK | O_CLOEXEC) == 0);
	if (pthread_create(&thread, NULL, writer, &out) != 0)
		exit(99);
	if (ring_begin(&in))
		bell(rings[1]);
	for (;;) {
		char *data;
		long len;

		if (holding && ring_release(&in))
			bell(rings[1]);
		holding = 0;
		if ((got = ring_next(&in, &data, &len)) == 1) {
			ring_take(&in);
			holding = 1;
			memcpy(&value, data, sizeof value);
			wrong += value != i || len != (long)length(i) || (len > 8 && data[len - 1] != (char)(i & 255));
			i++;
		} else if (got != 0) {
			break;
		} else if (ring_reader_sleeps(&in)) {
			sleep_at(wakes[0]);
		}
	}
	CHECK(got == 2 && i == most && wrong == 0);
	pthread_join(thread, NULL);
	for (int end = 0; end < 2; end++) {
		close(wakes[end]);
		close(rings[end]);
	}
	close(fd);
	ring_free(&out);
}

/* Returns 1 if a memfd with this first page and size would be mapped, else 0. */
static int
maps(const void *head, off_t size, int seals)
{
	struct ring r = { 0 };
	uint64_t named[2];
	int fd = memfd_create("unit", MFD_ALLOW_SEALING | MFD_CLOEXEC), mapped;

	CHECK(ftruncate(fd, size) == 0 && pwrite(fd, head, 4096, 0) == 4096 && fcntl(fd, F_ADD_SEALS, seals) == 0);
	mapped = ring_map(&r, fd, (const unsigned char *)head + 40, named) == 0;
	CHECK(mapped || errno == EBADMSG);
	close(fd);
	ring_free(&r);
	return mapped;
}

static void
refusals(void)
{
	static _Alignas(8) unsigned char head[4096], changed[4096];
	enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW };
	struct ring r, other;
	uint64_t named[2] = { 0 };
	uint32_t slots;
	uint64_t size;
	int fd, status;
	off_t bytes;
	pid_t pid;

	CHECK(ring_make(&r, &fd, 3, 100, id) == 0);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(ring_map(&other, fd, ring_token(&r), named) == 0 && named[0] == 5 && named[1] == 7);
	ring_free(&other);
	CHECK(ring_map(&other, fd, (const unsigned char *)"another token...", named) < 0 && errno == EBADMSG);
	CHECK(pread(fd, head, sizeof head, 0) == sizeof head);
	bytes = lseek(fd, 0, SEEK_END);
	CHECK(ftruncate(fd, 1) < 0 && errno == EPERM);
	close(fd);
	ring_free(&r);
	/* The token is where maps looks for it. */
	CHECK(maps(head, bytes, SEALS));
	CHECK(!maps(head, bytes, F_SEAL_GROW));
	CHECK(!maps(head, bytes + 1, SEALS));
	CHECK(!maps(head, bytes - 64, SEALS));
	for (int i = 0; i < 12; i++) {
		memcpy(changed, head, sizeof head);
		changed[i] ^= 1;
		CHECK(!maps(changed, bytes, SEALS));
	}
	/* Products above 32 or 64 bits, and no slots at all, never fit the size. */
	for (int i = 0; i < 2000; i++) {
		static const uint64_t sizes[] = { 0, 1, 56, 57, 100, UINT32_MAX - 71, UINT32_MAX - 7, UINT32_MAX,
			UINT64_MAX - 71, UINT64_MAX, UINT64_MAX / 3 - 71, (UINT64_C(1) << 58) - 8, 16 * 1024 * 1024,
			16 * 1024 * 1024 + 1 };
		static const uint32_t counts[] = { 0, 1, 2, 3, 64, 65, 4096, 65536, 65537, 1U << 26, 1U << 31,
			UINT32_MAX };

		size = sizes[unit_random(sizeof sizes / sizeof sizes[0])];
		slots = counts[unit_random(sizeof counts / sizeof counts[0])];
		if (slots == 3 && size >= 1 && size <= RING_PAGE - RING_SLOT_HEAD)
			continue; /* as many pages */
		memcpy(changed, head, sizeof head);
		memcpy(changed + 12, &slots, sizeof slots);
		memcpy(changed + 16, &size, sizeof size);
		CHECK(!maps(changed, bytes, SEALS));
	}
	CHECK(ring_make(&r, &fd, 0, 10, id) < 0 && errno == EINVAL && fd == -1);
	CHECK(ring_make(&r, &fd, 65537, 10, id) < 0 && errno == EINVAL);
	CHECK(ring_make(&r, &fd, 65536, 16 * 1024 * 1024, id) < 0 && errno == EINVAL);

	/* A limit of file sizes is an error, not the signal that would end the process. */
	fflush(stdout);
	if ((pid = fork()) == 0) {
		struct rlimit limit = { 8192, 8192 };

		signal(SIGXFSZ, SIG_IGN);
		_exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 && ring_make(&r, &fd, 8, 4096, id) < 0 && errno == EFBIG
			  ? 0
			  : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
	most = unit_setting("REC_LONG", 0) != 0 ? 200000 : 20000;
	for (size_t slots = 1; slots <= 8; slots *= 2)
		both(slots);
	refusals();
	return unit_end("ring");
}
