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
make(struct teepipe *t)
{
	if (t->off)
		return 0;
	if (t->ends[1] > 0)
		return 1;
	if (pipe2(t->ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		t->ends[0] = t->ends[1] = 0;
		t->off = 1;
		return 0;
	}
	(void)io_widen(t->ends[1]);
	return 1;
}

/* Throws away what is in the pipe. */
static void
empty(struct teepipe *t)
{
	char bytes[512];
	ssize_t n;

	while (t->left > 0) {
		if ((n = read(t->ends[0], bytes, sizeof bytes)) > 0)
			t->left -= (size_t)n;
		else if (errno != EINTR)
			break;
	}
	if (t->left == 0)
		return;
	/* This should never be reached. A pipe with unknown bytes in it must not be used again. */
	teepipe_free(t);
	t->off = 1;
}

void
teepipe_next(struct teepipe *t)
{
	empty(t);
	t->parts = t->tried = 0;
	t->before = t->asked;
	t->asked = 0;
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
same(const struct teepipe *t, const struct iovec *iov, int n)
{
	if (n != t->parts || iov[0].iov_len != t->is[0].iov_len ||
	    memcmp(iov[0].iov_base, t->head, iov[0].iov_len) != 0)
		return 0;
	for (int i = 1; i < n; i++)
		if (iov[i].iov_base != t->is[i].iov_base || iov[i].iov_len != t->is[i].iov_len)
			return 0;
	return 1;
}

/*
 * The block is wanted for the first time: puts it into the pipe, if at least two writers wanted the
 * block before it.
 */
static void
fill(struct teepipe *t)
{
	ssize_t put;

	t->tried = 1;
	if (t->before < 2 || !make(t))
		return;
	t->is[0].iov_base = t->head;
	do
		put = writev(t->ends[1], t->is, t->parts);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return;
	t->left = (size_t)put;
	if (t->left < length(t->is, t->parts))
		empty(t);
}

ssize_t
teepipe_write(struct teepipe *t, int fd, const struct iovec *iov, int n, int *asked)
{
	ssize_t put;

	if (n == 0 || iov[0].iov_len > sizeof t->head || length(iov, n) < LEAST)
		return 0;
	if (t->parts == 0) {
		memcpy(t->is, iov, (size_t)n * sizeof *iov);
		memcpy(t->head, iov[0].iov_base, iov[0].iov_len);
		t->parts = n;
	}
	if (!same(t, iov, n))
		return 0;
	t->asked += !*asked;
	*asked = 1;
	if (!t->tried)
		fill(t);
	if (t->left == 0)
		return 0;
	if (t->asked < t->before)
		return tee(t->ends[0], fd, t->left, SPLICE_F_NONBLOCK);
	/* The last writer gets the pages themselves. */
	if ((put = splice(t->ends[0], NULL, fd, NULL, t->left, SPLICE_F_NONBLOCK)) > 0) {
		t->left -= (size_t)put;
		t->parts = -1;
	}
	return put;
}

void
teepipe_free(struct teepipe *t)
{
	if (t->ends[1] > 0) {
		close(t->ends[0]);
		close(t->ends[1]);
	}
	*t = (struct teepipe){ 0 };
}
