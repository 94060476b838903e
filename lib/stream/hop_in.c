/*
 * hop_in: the reader's side of hop.h. An offer is believed only as far as it can be checked: the
 * pipe must be the one that is read, the memory a sealed memfd of this user with the token in it,
 * the back pipe the one that the ring names. Each is first looked at through O_PATH, because
 * another process would notice that its FIFO is opened.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/io.h"
#include "record/env.h"
#include "stream/hop.h"
#include "stream/hop_private.h"

/*
 * Opens descriptor `number` of process pid if it is of this type, this user's, and, if id is not
 * NULL, of that device and inode. Returns the new descriptor, or -1.
 */
static int
open_theirs(uint32_t pid, uint32_t number, mode_t type, int flags, const uint64_t id[2])
{
	char path[64];
	struct stat st;
	int look, fd = -1;

	snprintf(path, sizeof path, "/proc/%u/fd/%u", pid, number);
	if ((look = open(path, O_PATH | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(look, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	    (id == NULL || (st.st_dev == id[0] && st.st_ino == id[1]))) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", look);
		fd = open(path, flags | O_CLOEXEC);
	}
	close(look);
	return fd;
}

void
hop_accept(struct hop_in *h, int fd, const struct block *b)
{
	const unsigned char *offer = (const unsigned char *)b->payload;
	const char *wrong = NULL;
	uint32_t pid;
	uint64_t id[2];
	struct stat pipe;
	int memory;

	if (env_get(&wrong)->hop == 0 || b->size != HOP_OFFER_SIZE || h->reading)
		return;
	hop_leave(h); /* if it has a ring, the writer has never switched to it, and has gone */
	pid = (uint32_t)hop_wire_get(offer, 4);
	if (fstat(fd, &pipe) < 0 || !S_ISFIFO(pipe.st_mode) || pipe.st_dev != hop_wire_get(offer + 32, 8) ||
	    pipe.st_ino != hop_wire_get(offer + 40, 8))
		return;
	if ((memory = open_theirs(pid, (uint32_t)hop_wire_get(offer + 4, 4), S_IFREG, O_RDWR, NULL)) < 0)
		return;
	h->back = -1;
	if (ring_map(&h->ring, memory, offer + 16, id) == 0 &&
	    (h->back = open_theirs(pid, (uint32_t)hop_wire_get(offer + 8, 4), S_IFIFO,
	        O_WRONLY | O_NONBLOCK, id)) >= 0 &&
	    ring_attach(&h->ring)) {
		memcpy(h->token, offer + 16, RING_TOKEN);
		h->reading = h->holding = 0;
		h->have = 0;
	} else {
		if (h->back >= 0)
			close(h->back);
		ring_free(&h->ring);
	}
	close(memory);
}

/* Wakes the writer by a byte in the back pipe. */
static void
ring_back(struct hop_in *h)
{
	/* If the pipe is full the writer wakes too. If the writer has died, it need not wake. */
	while (write(h->back, "", 1) < 0 && errno == EINTR)
		;
}

const char *
hop_switch(struct hop_in *h, const struct block *b)
{
	const unsigned char *p = (const unsigned char *)b->payload;
	int back;

	if (b->size != HOP_SWITCH_SIZE || p[RING_TOKEN] > 1)
		return "a switch of a kind that is unknown";
	back = p[RING_TOKEN];
	if (h->ring.shared != NULL && memcmp(p, h->token, RING_TOKEN) == 0) {
		if (back)
			return "it switches back from a ring that its reader has not left";
		h->reading = 1;
		if (ring_begin(&h->ring))
			ring_back(h);
		return NULL;
	}
	/*
	 * The switch is to the ring of an earlier reader of this pipe, which has left. A switch
	 * back says that the pipe goes on.
	 */
	if (back) {
		h->foreign = 0;
		return NULL;
	}
	if (h->foreign)
		return "it switches to a ring, and has not come back from another one";
	h->foreign = 1;
	return NULL;
}

static void
release(struct hop_in *h)
{
	h->holding = 0;
	if (ring_release(&h->ring))
		ring_back(h);
}

int
hop_next(struct hop_in *h, char **data, size_t *len)
{
	long n;
	int got;

	if (h->holding)
		release(h);
	if ((got = ring_next(&h->ring, data, &n)) < 0)
		return -1;
	if (got == 2) {
		hop_leave(h);
		return HOP_OVER;
	}
	if (got == 0)
		return 0;
	if (n == RING_LARGE)
		return HOP_LARGE;
	ring_take(&h->ring);
	h->holding = 1;
	*len = (size_t)n;
	return 1;
}

void
hop_read(struct hop_in *h)
{
	ring_take(&h->ring);
	release(h);
}

int
hop_sleeps(struct hop_in *h, int fd, struct pollfd p[2])
{
	p[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = h->back };
	return ring_reader_sleeps(&h->ring);
}

int
hop_drain(struct hop_in *h, int fd)
{
	struct block b;
	ssize_t n = 1;

	/* The header of another block stays here until hop_rest, however often this is called. */
	if (h->have < BLOCK_HEAD) {
		n = io_read_ready(fd, h->woken + h->have, BLOCK_HEAD - h->have);
		if (n < 0)
			return errno == EAGAIN ? 1 : -1;
		h->have += (size_t)n;
	}
	if (h->have == BLOCK_HEAD) {
		if (block_head(&b, h->woken, BLOCK_USUAL) != NULL || b.kind != BLOCK_WAKE || b.size != 0) {
			errno = 0;
			return -1;
		}
		h->have = 0;
	}
	return n > 0;
}

const char *
hop_stray(const struct hop_in *h)
{
#define COMES " comes through the pipe before the end of the ring (two writers at once?)"
	static const char *const kinds[] = { [BLOCK_DATA] = "a data block" COMES, [BLOCK_END] = "an end mark" COMES,
		[BLOCK_LOSS] = "a loss block" COMES, [BLOCK_OFFER] = "an offer" COMES,
		[BLOCK_SWITCH] = "a switch" COMES };
	unsigned kind = h->woken[5]; /* as the header says, unchecked */

	if (h->have < BLOCK_HEAD)
		return "the pipe beside its ring cannot be read";
	return kind < sizeof kinds / sizeof kinds[0] && kinds[kind] != NULL ? kinds[kind] : "another block" COMES;
#undef COMES
}

size_t
hop_rest(struct hop_in *h, unsigned char to[BLOCK_HEAD])
{
	size_t had = h->have;

	memcpy(to, h->woken, had);
	h->have = 0;
	return had;
}

int
hop_widowed(const struct hop_in *h)
{
	struct pollfd p = { .fd = h->back };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLNVAL)) != 0;
}

void
hop_leave(struct hop_in *h)
{
	if (h->ring.shared == NULL)
		return;
	ring_leave(&h->ring);
	ring_free(&h->ring);
	close(h->back);
	h->reading = h->holding = 0;
}
