/* writer: see writer.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/io.h"
#include "os/writer.h"

/* The size of standard output's pipe, after the first PIPE_NARROW bytes. */
#define PIPE_WIDE (1024 * 1024)
#define PIPE_NARROW (64 * 1024)

/*
 * Bounds a write that may wait to a quarter of the pipe. A write of the pipe's whole size waits
 * until the reader has emptied it, and the two take turns instead of working at the same time
 * (measured, into a pipe of 64 KiB: 0.85 GB/s with writes of 64 KiB, 3.4 with writes of 16 KiB).
 */
static void
set_piece(struct writer *w)
{
	int size = fcntl(w->fd, F_GETPIPE_SZ);

	w->piece = size > 0 ? (size_t)size / 4 : PIPE_BUF;
}

void
writer_open(struct writer *w, int fd)
{
	enum io_kind kind = io_kind(fd);

	*w = (struct writer){ .fd = fd, .own = -1, .file = kind == IO_FILE, .pipe = kind == IO_PIPE };
	w->widened = !w->pipe || fd != STDOUT_FILENO;
	if (kind == IO_PIPE)
		set_piece(w);
}

void
writer_add(struct writer *w, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	/*
	 * Once more than a little has gone through it, standard output's pipe is made larger, so
	 * that writer and reader wait for each other less often. Only this pipe: a user can own 64
	 * pipes of 1 MiB before his new ones become tiny.
	 */
	if (!w->widened && w->sent > PIPE_NARROW) {
		w->widened = 1;
		if (fcntl(w->fd, F_SETPIPE_SZ, PIPE_WIDE) >= 0)
			set_piece(w);
	}
	if (w->parts == 0) {
		w->whole = 1;
		w->asked = 0;
	}
	w->iov[w->parts++] = (struct iovec){ (void *)(uintptr_t)bytes, n };
	w->sent += n;
}

/*
 * Opens a pipe once more, non-blocking, if that was not done. A FIFO with a name knows no
 * RWF_NOWAIT (pwritev2 says EOPNOTSUPP), but a descriptor of our own may be non-blocking, because
 * no other process shares it. Returns it, or -1.
 */
static int
own_descriptor(struct writer *w)
{
	char path[32];

	if (w->own < 0 && w->pipe) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", w->fd);
		w->own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		w->pipe = w->own >= 0;
	}
	return w->own;
}

/*
 * Writes without waiting. Returns the number of bytes, or -1 with errno, EAGAIN if nothing can be
 * taken at present.
 */
static ssize_t
write_nowait(struct writer *w, const struct iovec *iov, int n)
{
	struct pollfd p = { .fd = w->fd, .events = POLLOUT };
	struct iovec page;
	ssize_t put;

	if (w->own < 0) {
		put = syscall(SYS_pwritev2, w->fd, iov, (long)n, -1L, -1L, (long)RWF_NOWAIT);
		if (put >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
			return put;
	}
	if (own_descriptor(w) >= 0)
		return writev(w->own, iov, n);
	/* Neither way is possible. POLLOUT promises room for one page, and no more. */
	if (poll(&p, 1, 0) <= 0) { /* below 0: it was interrupted, and the answer is not known */
		errno = EAGAIN;
		return -1;
	}
	page = iov[0];
	if (page.iov_len > PIPE_BUF)
		page.iov_len = PIPE_BUF;
	return writev(w->fd, &page, 1);
}

/*
 * Sets piece to the first bytes of what is under way, at most w->piece. Returns the number of its
 * parts.
 */
static int
take_piece(const struct writer *w, struct iovec piece[WRITER_PARTS])
{
	size_t left = w->piece > 0 ? w->piece : SIZE_MAX;
	int n = 0;

	for (int i = 0; i < w->parts && left > 0; i++) {
		piece[n] = w->iov[i];
		if (piece[n].iov_len > left)
			piece[n].iov_len = left;
		left -= piece[n++].iov_len;
	}
	return n;
}

static void
advance(struct writer *w, size_t n)
{
	int i = 0;

	w->whole &= n == 0;
	while (i < w->parts && n >= w->iov[i].iov_len)
		n -= w->iov[i++].iov_len;
	memmove(w->iov, w->iov + i, (size_t)(w->parts - i) * sizeof w->iov[0]);
	w->parts -= i;
	if (w->parts > 0) {
		w->iov[0].iov_base = (char *)w->iov[0].iov_base + n;
		w->iov[0].iov_len -= n;
	}
}

/* Makes one write that may wait. */
static ssize_t
write_piece(const struct writer *w)
{
	struct iovec piece[WRITER_PARTS];
	int n = take_piece(w, piece);

	return writev(w->fd, piece, n);
}

/*
 * Makes one write that does not wait, of all that is under way: the pipe takes as much as it has
 * room for.
 */
static ssize_t
write_all(struct writer *w)
{
	ssize_t put = 0;

	if (w->teepipe != NULL && w->whole && w->pipe)
		put = teepipe_write(w->teepipe, w->fd, w->iov, w->parts, &w->asked);
	return put != 0 ? put : write_nowait(w, w->iov, w->parts);
}

int
writer_push(struct writer *w, int wait)
{
	struct pollfd p = { .fd = w->fd, .events = POLLOUT };
	ssize_t put = wait || w->file ? write_piece(w) : write_all(w);

	if (put >= 0) {
		advance(w, (size_t)put);
		return 1;
	}
	if (errno == EINTR)
		return 1;
	if (errno != EAGAIN)
		return -1;
	if (!wait)
		return 0;
	poll(&p, 1, -1); /* another process has made the descriptor non-blocking */
	return 1;
}

int
writer_detach(struct writer *w, struct buf *memory)
{
	memory->len = 0;
	for (int i = 0; i < w->parts; i++)
		if (buf_add(memory, w->iov[i].iov_base, w->iov[i].iov_len) < 0)
			return -1;
	if (w->parts > 0)
		w->iov[0] = (struct iovec){ memory->data, memory->len };
	w->parts = w->parts > 0;
	w->whole = 0;
	return 0;
}

void
writer_narrow(struct writer *w)
{
	if (w->pipe && w->fd == STDOUT_FILENO && fcntl(w->fd, F_SETPIPE_SZ, PIPE_NARROW) >= 0)
		set_piece(w);
}

uint64_t
writer_put(const struct writer *w)
{
	uint64_t put = w->sent;

	for (int i = 0; i < w->parts; i++)
		put -= w->iov[i].iov_len;
	return put;
}

void
writer_drop(struct writer *w)
{
	w->sent = writer_put(w);
	w->parts = 0;
}

void
writer_last_words(const struct writer *w, const void *bytes, size_t n)
{
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	struct writer copy = *w;

	copy.pipe = 0; /* no descriptor is opened in a handler; one page is enough */
	if (w->file)
		(void)!writev(w->fd, &iov, 1);
	else
		(void)write_nowait(&copy, &iov, 1);
}

void
writer_close(struct writer *w)
{
	writer_drop(w);
	if (w->own >= 0)
		(void)close(w->own); /* fd says whether bytes were lost */
	w->own = -1;
}
