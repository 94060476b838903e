/*
 * spool: see spool.h. Blocks have the same format in the file as in a stream, so they are checked
 * in the same way when they are read back. The file is in TMPDIR or in /var/tmp, which is not in
 * memory as /tmp may be. The room of blocks that were read back is given back to the file system.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/tempfile.h"
#include "record/block.h"
#include "record/env.h"
#include "record/spool.h"

enum { PUNCH = 4 * 1024 * 1024 }; /* bytes that are given back at a time */

static int
make_file(struct spool *s)
{
	const char *wrong;
	const struct env *env;

	if ((s->fd = tempfile_open("/var/tmp")) < 0)
		return -1;
	env = env_get(&wrong); /* not NULL: command_start has checked it */
	s->record_max = env->record_max;
	s->sums = env->checksum != 0;
	s->made = 1;
	return 0;
}

static int
write_all(int fd, struct iovec *iov, int n, uint64_t at)
{
	while (n > 0) {
		ssize_t put = pwritev(fd, iov, n, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		at += (uint64_t)put;
		while (n > 0 && (size_t)put >= iov->iov_len) {
			put -= (ssize_t)iov->iov_len;
			iov++;
			n--;
		}
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + put;
			iov->iov_len -= (size_t)put;
		}
	}
	return 0;
}

static int
read_all(int fd, void *to, size_t n, uint64_t at)
{
	char *p = to;

	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got < 0 ? errno : EIO;
			return -1;
		}
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int
file_put(struct spool *s, const struct held *h)
{
	unsigned char head[BLOCK_HEAD];
	static const char zeros[8];
	struct block b = h->block;
	size_t index, bytes;
	char *packed;
	struct iovec iov[4];

	b.flags = b.positions != NULL ? BLOCK_POSITIONS : 0;
	index = block_index(&b);
	bytes = BLOCK_HEAD + block_body(&b);
	if (bytes > s->file_max || s->file_bytes > s->file_max - bytes) {
		errno = ENOBUFS;
		return -1;
	}
	if (!s->made && make_file(s) < 0)
		return -1;
	if ((packed = malloc(index > 0 ? index : 1)) == NULL)
		return -1;
	b.flags |= s->sums ? BLOCK_SUMMED : 0;
	block_put(&b, head, packed);
	iov[0] = (struct iovec){ head, BLOCK_HEAD };
	iov[1] = (struct iovec){ b.payload, b.size };
	iov[2] = (struct iovec){ (void *)(uintptr_t)zeros, block_pad(b.size) };
	iov[3] = (struct iovec){ packed, index };
	if (write_all(s->fd, iov, 4, s->end) < 0) {
		int saved = errno;

		free(packed);
		errno = saved;
		return -1;
	}
	free(packed);
	s->end += bytes;
	s->file_bytes += bytes;
	s->filed++;
	return 0;
}

/* Reads the file's first block back. Returns it, or NULL with errno. */
static struct held *
file_first(struct spool *s)
{
	unsigned char head[BLOCK_HEAD];
	struct held *h = calloc(1, sizeof *h);
	size_t body;
	int error;

	if (h == NULL)
		return NULL;
	if (read_all(s->fd, head, BLOCK_HEAD, s->begin) == 0) {
		if (block_head(&h->block, head, s->record_max) == NULL) {
			body = block_body(&h->block);
			s->front_bytes = BLOCK_HEAD + body;
			h->cap = body + 8;
			if ((h->memory = malloc(h->cap)) != NULL &&
			    read_all(s->fd, h->memory, body, s->begin + BLOCK_HEAD) == 0) {
				if (block_check(&h->block, head, h->memory, s->record_max) == NULL)
					return h;
				errno = EIO;
			}
		} else {
			errno = EIO;
		}
	}
	error = errno;
	held_drop(h);
	errno = error;
	return NULL;
}

int
spool_roomy(const struct spool *s)
{
	return s->filed == 0 && (s->blocks == 0 || s->memory < s->memory_max);
}

static int
more_room(struct spool *s)
{
	size_t room = s->room > 0 ? s->room * 2 : 8;
	struct held **more = reallocarray(NULL, room, sizeof *more);

	if (more == NULL)
		return -1;
	for (size_t i = 0; i < s->holds; i++)
		more[i] = s->held[(s->begins + i) % s->room];
	free(s->held);
	s->held = more;
	s->room = room;
	s->begins = 0;
	return 0;
}

int
spool_put(struct spool *s, struct held *h)
{
	if (!spool_roomy(s)) {
		if (file_put(s, h) < 0)
			return -1;
		held_drop(h);
	} else {
		if (s->holds == s->room && more_room(s) < 0)
			return -1;
		s->held[(s->begins + s->holds++) % s->room] = h;
		s->memory += held_bytes(h);
	}
	s->blocks++;
	return 0;
}

struct held *
spool_first(struct spool *s)
{
	errno = 0;
	if (s->holds > 0)
		return s->held[s->begins];
	if (s->front == NULL && s->filed > 0)
		s->front = file_first(s);
	return s->front;
}

static void
file_shift(struct spool *s)
{
	size_t bytes = s->front_bytes;

	s->begin += bytes;
	s->file_bytes -= bytes;
	s->filed--;
	if (s->filed == 0) {
		/*
		 * Begins at offset 0 again, so that the file is never longer than what was in it at
		 * one time.
		 */
		(void)!ftruncate(s->fd, 0);
		s->begin = s->end = s->punched = 0;
	} else if (s->begin - s->punched >= PUNCH) {
		(void)fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)s->punched,
		    (off_t)(s->begin - s->punched));
		s->punched = s->begin;
	}
}

void
spool_shift(struct spool *s)
{
	struct held *h;

	if (s->holds > 0) {
		h = s->held[s->begins];
		s->begins = (s->begins + 1) % s->room;
		s->holds--;
		s->memory -= held_bytes(h);
	} else if ((h = s->front) != NULL) {
		file_shift(s);
		s->front = NULL;
	} else {
		return;
	}
	s->blocks--;
	held_drop(h);
}

void
spool_free(struct spool *s)
{
	for (; s->holds > 0; s->holds--) {
		held_drop(s->held[s->begins]);
		s->begins = (s->begins + 1) % s->room;
	}
	free(s->held);
	held_drop(s->front);
	if (s->made)
		close(s->fd);
	*s = (struct spool){ .memory_max = s->memory_max, .file_max = s->file_max };
}
