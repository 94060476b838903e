/* io: see io.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/io.h"

enum io_kind
io_kind(int fd)
{
	struct stat st;

	if (isatty(fd))
		return IO_TERMINAL;
	if (fstat(fd, &st) < 0)
		return IO_OTHER;
	if (S_ISREG(st.st_mode))
		return IO_FILE;
	if (S_ISFIFO(st.st_mode))
		return IO_PIPE;
	if (S_ISSOCK(st.st_mode))
		return IO_SOCKET;
	if (S_ISDIR(st.st_mode))
		return IO_DIRECTORY;
	return IO_OTHER;
}

/*
 * Returns 1 if the call that failed should be made again, else 0. If fd is non-blocking and was not
 * ready, waits first.
 */
static int
again(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		poll(&p, 1, -1);
		return 1;
	}
	return errno == EINTR;
}

ssize_t
io_read(int fd, void *to, size_t n)
{
	ssize_t got;

	while ((got = read(fd, to, n)) < 0 && again(fd, POLLIN))
		;
	return got;
}

/*
 * Returns 1 if the call itself was refused, by this kind of file, by an old kernel, or by a filter
 * of system calls; else 0. The caller then tries a read, which reports any other error again.
 */
static int
cannot_ask(int error)
{
	return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL || error == EPERM || error == ESPIPE;
}

ssize_t
io_read_nowait(int fd, void *to, size_t n)
{
	struct iovec iov = { .iov_base = to, .iov_len = n };
	ssize_t got;

	/*
	 * A system call, because musl has the function only since 1.2.5. Offset -1 means the
	 * descriptor's own.
	 */
	do
		got = syscall(SYS_preadv2, fd, &iov, 1L, -1L, -1L, (long)RWF_NOWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0 && cannot_ask(errno))
		errno = EAGAIN;
	return got;
}

ssize_t
io_read_ready(int fd, void *to, size_t n)
{
	ssize_t got = io_read_nowait(fd, to, n);

	if (got >= 0 || errno != EAGAIN)
		return got;
	if (io_readable(fd))
		return io_read(fd, to, n);
	errno = EAGAIN; /* a signal may have come into the poll */
	return -1;
}

/* A pipe's bytes are copied into another pipe, which no process reads but this one. */
static ssize_t
peek_pipe(int fd, void *to, size_t n)
{
	int ends[2], saved;
	ssize_t got;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	while ((got = tee(fd, ends[1], n, 0)) < 0 && again(fd, POLLIN))
		;
	if (got > 0)
		got = read(ends[0], to, (size_t)got);
	saved = errno;
	(void)close(ends[0]);
	(void)close(ends[1]);
	errno = saved;
	return got;
}

ssize_t
io_peek(int fd, void *to, size_t n)
{
	ssize_t got;
	off_t at;

	switch (io_kind(fd)) {
	case IO_FILE:
		return (at = lseek(fd, 0, SEEK_CUR)) < 0 ? -1 : pread(fd, to, n, at);
	case IO_PIPE:
		return peek_pipe(fd, to, n);
	case IO_SOCKET:
		while ((got = recv(fd, to, n, MSG_PEEK)) < 0 && again(fd, POLLIN))
			;
		return got;
	default:
		errno = ENOTSUP;
		return -1;
	}
}

int
io_write(int fd, const void *from, size_t n)
{
	const char *p = from;

	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && !again(fd, POLLOUT))
			return -1;
		if (put > 0) {
			p += put;
			n -= (size_t)put;
		}
	}
	return 0;
}

int
io_left(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

int
io_why(int fd)
{
	int error = 0;
	socklen_t n = sizeof error;

	/*
	 * Only a socket has an error of its own: its reader may be there, and only the link is
	 * lost.
	 */
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error != 0 ? error : EPIPE;
}

int
io_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	/* A signal interrupts even a poll that does not wait, and then the answer is not known. */
	while ((n = poll(&p, 1, 0)) < 0 && errno == EINTR)
		;
	return n != 0;
}

int
io_forlorn(int fd)
{
	ssize_t got;
	int p[2];

	if (io_readable(fd) || pipe2(p, O_CLOEXEC) < 0)
		return 0;
	/* tee finds an end as a read does, but leaves in the pipe what may have come meanwhile. */
	got = tee(fd, p[1], 1, SPLICE_F_NONBLOCK);
	(void)close(p[0]);
	(void)close(p[1]);
	return got == 0;
}

int
io_poll(struct pollfd *p, nfds_t n, int ms)
{
	int ready = poll(p, n, ms);
	struct pollfd *open;
	nfds_t count = 0;

	if (ready >= 0 || errno != EINVAL)
		return ready;
	if ((open = malloc(n * sizeof *open)) == NULL)
		return -1;
	for (nfds_t i = 0; i < n; i++)
		if (p[i].fd >= 0)
			open[count++] = p[i];
	ready = poll(open, count, ms);
	for (nfds_t i = n; i-- > 0;)
		p[i].revents = p[i].fd >= 0 && ready >= 0 ? open[--count].revents : 0;
	free(open);
	return ready;
}

struct pollfd *
io_polled(struct io_polled *polled, size_t n)
{
	if (n > polled->room) {
		struct pollfd *more = reallocarray(polled->entries, n, sizeof *more);

		if (more == NULL)
			return NULL;
		polled->entries = more;
		polled->room = n;
	}
	return polled->entries;
}

size_t
io_unread(int fd)
{
	int n = 0;

	return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

int
io_widen(int fd)
{
	enum { WIDE = 256 * 1024 };
	int size = fcntl(fd, F_GETPIPE_SZ);

	return size >= 0 && size < WIDE && fcntl(fd, F_SETPIPE_SZ, WIDE) >= WIDE;
}

int
io_widen_few(int fd)
{
	enum { FEW = 16 };
	static int widened;
	int is = widened < FEW && io_widen(fd);

	widened += is;
	return is;
}

int
io_widen_late(int fd, size_t *read, size_t got)
{
	enum { MUCH = 8 * 1024 * 1024 };

	return *read < MUCH && (*read += got) >= MUCH && io_widen_few(fd);
}

int
io_sync_name(int fd)
{
	static char path[4096];
	char link[32], *slash;
	ssize_t n;
	int folder, result, error;

	/*
	 * The kernel's name for the file, because it may have been opened by a symbolic link, or as
	 * /dev/fd/N.
	 */
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if ((n = readlink(link, path, sizeof path - 1)) < 0)
		return -1;
	path[n] = '\0';
	if ((slash = strrchr(path, '/')) == NULL) {
		errno = ENOENT;
		return -1;
	}
	slash[slash == path] = '\0';
	if ((folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	result = fsync(folder);
	error = errno;
	close(folder);
	errno = error;
	return result;
}

int
io_close(int fd)
{
	/*
	 * After EINTR Linux has closed the descriptor, too. To close it again could close a new one
	 * of that number.
	 */
	return close(fd) < 0 && errno != EINTR ? -1 : 0;
}
