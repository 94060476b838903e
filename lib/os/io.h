#ifndef IO_H
#define IO_H

/*
 * io: read and write loops over descriptors. They never change a descriptor's flags (other processes share them), so they
 * also cope with one that somebody else made non-blocking: EAGAIN is waited out by poll. EINTR is tried again.
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

/* What fd is; IO_OTHER also where it cannot be asked. A FIFO is a pipe. */
enum io_kind io_kind(int fd);

/* One read(2), again after EINTR and EAGAIN. Bytes, 0 at the end, or -1 with errno. */
ssize_t io_read(int fd, void *, size_t);

/*
 * The same without waiting: -1 with errno EAGAIN if nothing is there yet, or if fd cannot be asked so (then only poll can tell). Any
 * other errno is what became of the input: a socket tells it once, and then looks as if it had ended well. By preadv2 with RWF_NOWAIT, which leaves the descriptor's flags alone.
 */
ssize_t io_read_nowait(int fd, void *, size_t);

/*
 * The same where nobody else reads fd, and then also where only poll can tell: -1 with errno EAGAIN means that nothing is there. A FIFO
 * with a name and some devices cannot be asked otherwise.
 */
ssize_t io_read_ready(int fd, void *, size_t);

/* Writes all n bytes. 0, or -1 with errno (EPIPE where SIGPIPE is ignored). */
int io_write(int fd, const void *, size_t n);

/* Returns 1 if a write that failed with that errno says that the reader has left: EPIPE, or a connection that was reset. Else 0. */
int io_left(int error);

/*
 * Returns the errno that a write to fd would meet, once poll has shown POLLERR, POLLHUP or POLLNVAL of it: EPIPE, or what became of a
 * socket. A socket tells that once, so what is returned has to be kept.
 */
int io_why(int fd);

/* Whether a read of fd would return at once: bytes, the end or an error. */
int io_readable(int fd);

/* Returns 1 if a pipe or FIFO is empty and nobody has it open for writing, also if nobody ever had, of which poll is silent; else 0. */
int io_forlorn(int fd);

/*
 * poll, also where there are more entries than descriptors that the process may have (RLIMIT_NOFILE), which poll refuses: those of -1
 * do not count here. -1 also with errno ENOMEM.
 */
int io_poll(struct pollfd *, nfds_t n, int ms);

/* Bytes that have been written into a pipe and not read; 0 where that cannot be told. fd is either end. */
size_t io_unread(int fd);

/*
 * Makes a pipe hold 256 KiB at least where that is granted: writer and reader then work side by side, and wait for each other a
 * quarter as often. fd is either end; what is no pipe, or is larger, stays as it is. 1 where it holds more now, else 0. The caller
 * bounds how many there are: where all pipes of a user hold more than 64 MiB, his new ones hold a page or two (pipe-user-pages-soft in
 * pipe(7)).
 */
int io_widen(int fd);

/* The same, but for no more than sixteen pipes in the life of the process: 4 of the 64 MiB. */
int io_widen_few(int fd);

/*
 * io_widen_few once 8 MiB have been read from fd, by when two commands of these have gone on in shared memory; read counts the bytes, from 0,
 * and got are those of the last read. For what comes from anything else, which rarely does so itself, and in 64 KiB the two take turns.
 * Measured, cat into rec-split, 1 GiB of lines: 0.87 s with 29,000 context switches, and 0.42 s with 40; a record stream by cat into
 * rec-join: 0.87 s and 0.35.
 */
int io_widen_late(int fd, size_t *read, size_t got);

/*
 * Makes the name of the open file durable, by which it can be found after a crash of the machine: fsync of the directory that it is
 * in. Its contents are fdatasync's. 0, or -1 with errno.
 */
int io_sync_name(int fd);

/* Closes fd, checked: 0, or -1 with errno where bytes may have been lost. The descriptor is gone either way. */
int io_close(int fd);

#endif
