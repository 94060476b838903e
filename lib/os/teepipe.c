/* teepipe: see teepipe.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/io.h"
#include "os/teepipe.h"

/*
 * Bytes of a block. Shared pages are not filled up by the next bytes, so small blocks would take
 * much of a pipe's room.
 */
enum { LEAST = 32 * 1024 };

/* Makes the pipe, if that was not done. Returns 1, or 0 if it cannot be made. */
static int
make(struct teepipe *s)
{
	if (s->off)
		return 0;
	if (s->ends[1] > 0)
		return 1;
	if (pipe2(s->ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		s->ends[0] = s->ends[1] = 0;
		s->off = 1;
		return 0;
	}
	(void)io_widen(s->ends[1]);
	return 1;
}

/* Throws away what is in the pipe. */
static void
empty(struct teepipe *s)
{
	char bytes[512];
	ssize_t n;

	while (s->left > 0) {
		if ((n = read(s->ends[0], bytes, sizeof bytes)) > 0)
			s->left -= (size_t)n;
		else if (errno != EINTR)
			break;
	}
	if (s->left == 0)
		return;
	/* This should never be reached. A pipe with unknown bytes in it must not be used again. */
	teepipe_free(s);
	s->off = 1;
}

void
teepipe_next(struct teepipe *s)
{
	empty(s);
	s->parts = s->tried = 0;
	s->before = s->asked;
	s->asked = 0;
}

static size_t
length(const struct iovec *iov, int n)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += iov[i].iov_len;
	return sum;
}

/* Returns 1 if these parts are the present block, else 0. */
static int
same(const struct teepipe *s, const struct iovec *iov, int n)
{
	if (n != s->parts || iov[0].iov_len != s->is[0].iov_len ||
	    memcmp(iov[0].iov_base, s->head, iov[0].iov_len) != 0)
		return 0;
	for (int i = 1; i < n; i++)
		if (iov[i].iov_base != s->is[i].iov_base || iov[i].iov_len != s->is[i].iov_len)
			return 0;
	return 1;
}

/*
 * The block is wanted for the first time: puts it into the pipe, if at least two writers wanted the
 * block before it.
 */
static void
fill(struct teepipe *s)
{
	ssize_t put;

	s->tried = 1;
	if (s->before < 2 || !make(s))
		return;
	s->is[0].iov_base = s->head;
	do
		put = writev(s->ends[1], s->is, s->parts);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return;
	s->left = (size_t)put;
	if (s->left < length(s->is, s->parts))
		empty(s);
}

ssize_t
teepipe_write(struct teepipe *s, int fd, const struct iovec *iov, int n, int *asked)
{
	ssize_t put;

	if (n == 0 || iov[0].iov_len > sizeof s->head || length(iov, n) < LEAST)
		return 0;
	if (s->parts == 0) {
		memcpy(s->is, iov, (size_t)n * sizeof *iov);
		memcpy(s->head, iov[0].iov_base, iov[0].iov_len);
		s->parts = n;
	}
	if (!same(s, iov, n))
		return 0;
	s->asked += !*asked;
	*asked = 1;
	if (!s->tried)
		fill(s);
	if (s->left == 0)
		return 0;
	if (s->asked < s->before)
		return tee(s->ends[0], fd, s->left, SPLICE_F_NONBLOCK);
	/* The last writer gets the pages themselves. */
	if ((put = splice(s->ends[0], NULL, fd, NULL, s->left, SPLICE_F_NONBLOCK)) > 0) {
		s->left -= (size_t)put;
		s->parts = -1;
	}
	return put;
}

void
teepipe_free(struct teepipe *s)
{
	if (s->ends[1] > 0) {
		close(s->ends[0]);
		close(s->ends[1]);
	}
	*s = (struct teepipe){ 0 };
}
