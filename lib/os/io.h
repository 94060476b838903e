#ifndef IO_H
#define IO_H

/*
 * io: read and write loops over descriptors. They never change a descriptor's flags, which other
 * processes share. They also work if another process made the descriptor non-blocking: after EAGAIN
 * they wait by poll. After EINTR they try again.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8 /* of linux/fs.h; musl has no name for it before 1.2.5 */
#endif

enum io_kind { IO_FILE, IO_PIPE, IO_SOCKET, IO_TERMINAL, IO_DIRECTORY, IO_OTHER };

/* Returns what fd is: IO_OTHER also if that cannot be found out. A FIFO is a pipe. */
enum io_kind io_kind(int fd);

/*
 * Reads once, up to n bytes; waits until something is there. Returns the number of bytes, 0 at the
 * end, or -1 with errno.
 */
ssize_t io_read(int fd, void *, size_t);

/*
 * Reads once, up to n bytes, without waiting. Returns the number of bytes, 0 at the end, or -1 with
 * errno: EAGAIN if nothing is there yet, or if fd cannot be read in this way (then only poll shows
 * whether something is there). Any other errno is the input's error. A socket reports its error
 * once, and then looks as if it had ended well, so the caller must keep it. Uses preadv2 with
 * RWF_NOWAIT, which leaves the descriptor's flags alone.
 */
ssize_t io_read_nowait(int fd, void *, size_t);

/*
 * As io_read_nowait, for an fd that no other process reads. It uses poll if there is no other way
 * (a FIFO with a name, some devices), so EAGAIN always means that nothing is there yet.
 */
ssize_t io_read_ready(int fd, void *, size_t);

/*
 * Copies up to n bytes, at most 4096, of what fd reads next, and leaves them to be read. Waits for
 * the first of them as a read does. Returns their number, 0 at the end; or -1 with errno, ENOTSUP
 * if fd is no file, pipe or socket.
 */
ssize_t io_peek(int fd, void *to, size_t n);

/*
 * Writes all n bytes, and waits as often as that takes. Returns 0, or -1 with errno (EPIPE only if
 * SIGPIPE is ignored).
 */
int io_write(int fd, const void *, size_t n);

/*
 * Returns 1 if a write that failed with this errno means that the reader has left (EPIPE,
 * ECONNRESET), or 0.
 */
int io_left(int error);

/*
 * Returns the errno that a write to fd would fail with, after poll has shown POLLERR, POLLHUP or
 * POLLNVAL for it: EPIPE, or the error of a socket. A socket reports its error once, so the caller
 * must keep what is returned.
 */
int io_why(int fd);

/* Returns 1 if a read of fd would return at once, with bytes, the end or an error; or 0. */
int io_readable(int fd);

/*
 * Returns 1 if the pipe or FIFO is empty and no process has it open for writing, or 0. That
 * includes a FIFO that was never opened for writing, which poll does not show.
 */
int io_forlorn(int fd);

/*
 * As poll(2), but entries with fd -1 do not count towards RLIMIT_NOFILE: poll refuses more entries
 * than that. May also fail with errno ENOMEM.
 */
int io_poll(struct pollfd *, nfds_t n, int ms);

/*
 * Memory for entries to poll, kept from call to call. A struct of zeros has none. The owner frees
 * `entries`.
 */
struct io_polled {
	struct pollfd *entries;
	size_t room;
};

/*
 * Returns memory for at least n entries, which keep what they held; it is valid until the next
 * call. Returns NULL with errno ENOMEM, or if n and the room are 0.
 */
struct pollfd *io_polled(struct io_polled *, size_t n);

/*
 * Returns the number of bytes that were written into a pipe and not read, or 0 if that cannot be
 * found out. fd is either end.
 */
size_t io_unread(int fd);

/*
 * Makes a pipe hold at least 256 KiB, if the system grants that: writer and reader then work at the
 * same time, and wait for each other a quarter as often. fd is either end. What is no pipe, or
 * holds as much already, stays as it is. Returns 1 if it holds more now, or 0. The caller must
 * bound the number of such pipes: if all pipes of a user hold more than 64 MiB, his new ones hold a
 * page or two (pipe-user-pages-soft in pipe(7)).
 */
int io_widen(int fd);

/* As io_widen, but only for the first sixteen pipes of the process, which are 4 of the 64 MiB. */
int io_widen_few(int fd);

/*
 * Calls io_widen_few after 8 MiB were read from fd: `got` are the bytes of the last read, and
 * *read, which the caller sets to 0 at first, is their sum. Returns what io_widen_few returns, or
 * 0. Two commands of the family use shared memory before that, so this is for a pipe from another
 * program, which rarely widens the pipe itself; with 64 KiB the two take turns. Measured, cat into
 * rec-split, 1 GiB of lines: 0.87 s with 29,000 context switches before, 0.42 s with 40 after; a
 * record stream by cat into rec-join: 0.87 s before, 0.35 s after.
 */
int io_widen_late(int fd, size_t *read, size_t got);

/*
 * Makes the name of the open file durable, so that it is found after a crash of the machine: fsync
 * of the directory that it is in. The contents need fdatasync besides. Returns 0, or -1 with errno.
 */
int io_sync_name(int fd);

/*
 * Closes fd. Returns 0, or -1 with errno if bytes may have been lost. The descriptor is closed
 * either way.
 */
int io_close(int fd);

#endif
