/*
 * short: a library to preload into a command. It makes its reads and writes behave as badly as they
 * may.
 *
 *   REC_FAULT_SEED=N
 *       short counts from 1 byte on and EINTR, at random, the same for the same N
 *   REC_FAULT_READ=FD:BYTES:ERRNO
 *       reads of FD fail so after BYTES bytes; EOF for ERRNO: it ends there
 *   REC_FAULT_WRITE=FD:BYTES:ERRNO
 *       writes to FD fail so after BYTES bytes, the one that reaches them being cut short
 *   REC_FAULT_CLOSE=FD:ERRNO
 *       closing FD fails so
 *   REC_FAULT_SYNC=FD:CALLS:ERRNO
 *       fdatasync of FD fails so after CALLS of them
 *   REC_FAULT_LOG=FILE
 *       at the end a line "SHORT INTERRUPTED FAILED" is appended: the numbers of calls that were
 *       cut short, interrupted, and failed
 *
 * FD may be * (any but 0 to 2). ERRNO is a name: EIO, ENOSPC, EPIPE, EAGAIN, EFBIG, EDQUOT,
 * ECONNRESET, ETIMEDOUT, EHOSTUNREACH. Standard error is left alone, so that messages stay whole.
 * Covered are read, readv, write, writev, preadv2 and pwritev2, also by syscall(2), tee and splice
 * (as writes), poll (EINTR only, and only if it would wait), fdatasync and close, if the command
 * itself calls them; calls within libc, such as stdio's, are not covered.
 * An EAGAIN by REC_FAULT_WRITE lasts for one call.
 *
 * LD_PRELOAD is taken out of the environment, so that a command's children (which may be of another
 * libc) run without.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PARTS = 16 }; /* of an iovec that are passed on in one call: fewer than given is a short count too */

static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_readv)(int, const struct iovec *, int);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_preadv2)(int, const struct iovec *, int, off_t, int);
static ssize_t (*real_pwritev2)(int, const struct iovec *, int, off_t, int);
static ssize_t (*real_tee)(int, int, size_t, unsigned);
static ssize_t (*real_splice)(int, off64_t *, int, off64_t *, size_t, unsigned);
static int (*real_poll)(struct pollfd *, nfds_t, int);
static int (*real_close)(int);
static int (*real_fdatasync)(int);
static long (*real_syscall)(long, ...);

/* An error that comes after this number of bytes. */
struct limit {
	int on, fd, error;
	_Atomic uint64_t left;
};

static struct limit read_limit, write_limit, close_limit, sync_limit;
static int random_on;
static _Atomic uint64_t state;
static atomic_ulong shortened, interrupted, failed;

/*
 * The next number of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014); threads may share its state.
 */
static uint64_t
next_random(void)
{
	uint64_t z = atomic_fetch_add(&state, UINT64_C(0x9E3779B97F4A7C15)) + UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static void
quit(const char *name, const char *value)
{
	fprintf(stderr, "short.so: %s=%s: not understood\n", name, value);
	_exit(125);
}

static void
limit_from(struct limit *limit, const char *name, int has_bytes)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EPIPE", EPIPE }, { "EAGAIN", EAGAIN },
		{ "EFBIG", EFBIG }, { "EDQUOT", EDQUOT }, { "ECONNRESET", ECONNRESET }, { "ETIMEDOUT", ETIMEDOUT },
		{ "EHOSTUNREACH", EHOSTUNREACH }, { "EOF", 0 } };
	const char *value = getenv(name), *p = value;
	char *end;

	if (value == NULL)
		return;
	limit->fd = -1;
	if (*p == '*')
		end = (char *)p + 1;
	else
		limit->fd = (int)strtol(p, &end, 10);
	if (end == p || *end != ':')
		quit(name, value);
	p = end + 1;
	if (has_bytes) {
		atomic_init(&limit->left, strtoull(p, &end, 10));
		if (end == p || *end != ':')
			quit(name, value);
		p = end + 1;
	}
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(p, errors[i].name) == 0) {
			limit->error = errors[i].error;
			limit->on = 1;
		}
	if (!limit->on)
		quit(name, value);
}

static void *
find(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (symbol == NULL)
		quit("symbol", name);
	return symbol;
}

/*
 * Before the command's own start. A library that is loaded earlier may call first, so every wrapper
 * comes here.
 */
static void __attribute__((constructor))
start(void)
{
	const char *seed = getenv("REC_FAULT_SEED");

	if (real_read != NULL)
		return;
	*(void **)&real_write = find("write");
	*(void **)&real_readv = find("readv");
	*(void **)&real_writev = find("writev");
	*(void **)&real_tee = find("tee");
	*(void **)&real_splice = find("splice");
	*(void **)&real_poll = find("poll");
	*(void **)&real_close = find("close");
	*(void **)&real_fdatasync = find("fdatasync");
	*(void **)&real_syscall = find("syscall");
	*(void **)&real_preadv2 = dlsym(RTLD_NEXT, "preadv2"); /* not in every libc */
	*(void **)&real_pwritev2 = dlsym(RTLD_NEXT, "pwritev2");
	*(void **)&real_read = find("read");
	if (seed != NULL) {
		random_on = 1;
		atomic_init(&state, strtoull(seed, NULL, 10));
	}
	limit_from(&read_limit, "REC_FAULT_READ", 1);
	limit_from(&write_limit, "REC_FAULT_WRITE", 1);
	limit_from(&close_limit, "REC_FAULT_CLOSE", 0);
	limit_from(&sync_limit, "REC_FAULT_SYNC", 1);
	unsetenv("LD_PRELOAD");
}

static void __attribute__((destructor))
finish(void)
{
	const char *path = getenv("REC_FAULT_LOG");
	char line[80];
	int n, fd;

	if (path == NULL || (fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) < 0)
		return;
	n = snprintf(line, sizeof line, "%lu %lu %lu\n", atomic_load(&shortened), atomic_load(&interrupted),
	    atomic_load(&failed));
	real_write(fd, line, (size_t)n);
	real_close(fd);
}

/* ---- what happens to a call ---- */

static int
meant(const struct limit *limit, int fd)
{
	return limit->on && (limit->fd == fd || (limit->fd < 0 && fd > STDERR_FILENO));
}

static int
interrupt(int fd)
{
	if (!random_on || fd == STDERR_FILENO || next_random() % 10 != 0)
		return 0;
	atomic_fetch_add(&interrupted, 1);
	errno = EINTR;
	return 1;
}

/*
 * Returns how many of n bytes the call may move: for half of the calls all; for the others a number
 * with a random number of binary digits, so that few bytes are as likely as many. Returns SIZE_MAX,
 * with errno, if the call is to fail.
 */
static size_t
allow(struct limit *limit, int fd, size_t n)
{
	size_t most = n;

	if (interrupt(fd))
		return SIZE_MAX;
	if (random_on && fd != STDERR_FILENO && n > 1) {
		uint64_t dice = next_random();

		if (dice & 1) {
			uint64_t drawn = 1 + (next_random() & ((UINT64_C(1) << (dice >> 1) % 18) - 1));

			most = drawn < n ? (size_t)drawn : n;
		}
	}
	if (meant(limit, fd) && n > 0) {
		uint64_t left = atomic_load(&limit->left);

		if (left == 0) {
			atomic_fetch_add(&failed, 1);
			if (limit->error == EAGAIN)
				limit->on = 0;
			errno = limit->error;
			return limit->error == 0 ? 0 : SIZE_MAX;
		}
		if (most > left)
			most = (size_t)left;
	}
	if (most < n)
		atomic_fetch_add(&shortened, 1);
	return most;
}

static ssize_t
moved(struct limit *limit, int fd, ssize_t n)
{
	if (n > 0 && meant(limit, fd))
		atomic_fetch_sub(&limit->left, (uint64_t)n);
	return n;
}

static size_t
total(const struct iovec *iov, int n)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += iov[i].iov_len;
	return sum;
}

/* Takes the first bytes of the iovec as at most PARTS parts. Returns the number of parts. */
static int
first(struct iovec *to, const struct iovec *iov, int n, size_t most)
{
	int parts = 0;

	for (int i = 0; i < n && parts < PARTS && most > 0; i++) {
		to[parts] = iov[i];
		if (to[parts].iov_len > most)
			to[parts].iov_len = most;
		most -= to[parts++].iov_len;
	}
	return parts;
}

/* ---- the calls ---- */

ssize_t
read(int fd, void *to, size_t n)
{
	size_t most;

	start();
	if ((most = allow(&read_limit, fd, n)) == SIZE_MAX)
		return -1;
	return most == 0 && n > 0 ? 0 : moved(&read_limit, fd, real_read(fd, to, most));
}

/* What read becomes if the compiler fortifies the sources (-D_FORTIFY_SOURCE). */
ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t
__read_chk(int fd, void *to, size_t n, size_t room)
{
	if (n > room)
		abort();
	return read(fd, to, n);
}

ssize_t
write(int fd, const void *from, size_t n)
{
	size_t most;

	start();
	if ((most = allow(&write_limit, fd, n)) == SIZE_MAX)
		return -1;
	return moved(&write_limit, fd, real_write(fd, from, most));
}

ssize_t
readv(int fd, const struct iovec *iov, int n)
{
	struct iovec part[PARTS];
	size_t most, all = total(iov, n);

	start();
	if ((most = allow(&read_limit, fd, all)) == SIZE_MAX)
		return -1;
	return most == 0 && all > 0 ? 0 : moved(&read_limit, fd, real_readv(fd, part, first(part, iov, n, most)));
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	struct iovec part[PARTS];
	size_t most;

	start();
	if ((most = allow(&write_limit, fd, total(iov, n))) == SIZE_MAX)
		return -1;
	return moved(&write_limit, fd, real_writev(fd, part, first(part, iov, n, most)));
}

ssize_t preadv2(int, const struct iovec *, int, off_t, int);
ssize_t
preadv2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	struct iovec part[PARTS];
	size_t most, all = total(iov, n);

	start();
	if (real_preadv2 == NULL) {
		errno = ENOSYS;
		return -1;
	}
	if ((most = allow(&read_limit, fd, all)) == SIZE_MAX)
		return -1;
	if (most == 0 && all > 0)
		return 0;
	return moved(&read_limit, fd, real_preadv2(fd, part, first(part, iov, n, most), at, flags));
}

ssize_t pwritev2(int, const struct iovec *, int, off_t, int);
ssize_t
pwritev2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	struct iovec part[PARTS];
	size_t most;

	start();
	if (real_pwritev2 == NULL) {
		errno = ENOSYS;
		return -1;
	}
	if ((most = allow(&write_limit, fd, total(iov, n))) == SIZE_MAX)
		return -1;
	return moved(&write_limit, fd, real_pwritev2(fd, part, first(part, iov, n, most), at, flags));
}

ssize_t
tee(int from, int fd, size_t n, unsigned flags)
{
	size_t most;

	start();
	if ((most = allow(&write_limit, fd, n)) == SIZE_MAX)
		return -1;
	return moved(&write_limit, fd, real_tee(from, fd, most, flags));
}

ssize_t
splice(int from, off64_t *at, int fd, off64_t *to, size_t n, unsigned flags)
{
	size_t most;

	start();
	if ((most = allow(&write_limit, fd, n)) == SIZE_MAX)
		return -1;
	return moved(&write_limit, fd, real_splice(from, at, fd, to, most, flags));
}

/*
 * libc's own function, too, reads six arguments though fewer may be given; they all come in
 * registers.
 */
long
syscall(long number, ...)
{
	struct iovec part[PARTS];
	const struct iovec *iov;
	struct limit *limit = number == SYS_preadv2 ? &read_limit : &write_limit;
	long arg[6];
	size_t most, all;
	va_list args;
	int fd, n;

	start();
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	if (number != SYS_preadv2 && number != SYS_pwritev2)
		return real_syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	/* The upper half of an argument that was given as an int is undefined. */
	fd = (int)arg[0];
	iov = (const struct iovec *)arg[1];
	all = total(iov, (int)arg[2]);
	if ((most = allow(limit, fd, all)) == SIZE_MAX)
		return -1;
	if (most == 0 && all > 0)
		return 0;
	n = first(part, iov, (int)arg[2], most);
	return (long)moved(limit, fd, real_syscall(number, (long)fd, part, (long)n, arg[3], arg[4], arg[5]));
}

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	start();
	if (timeout != 0 && interrupt(-1))
		return -1;
	return real_poll(fds, n, timeout);
}

int
fdatasync(int fd)
{
	start();
	if (meant(&sync_limit, fd) && atomic_load(&sync_limit.left) == 0) {
		atomic_fetch_add(&failed, 1);
		errno = sync_limit.error;
		return -1;
	}
	return (int)moved(&sync_limit, fd, real_fdatasync(fd) == 0) - 1;
}

int
close(int fd)
{
	int result;

	start();
	result = real_close(fd);
	if (result == 0 && meant(&close_limit, fd)) {
		atomic_fetch_add(&failed, 1);
		errno = close_limit.error;
		return -1;
	}
	return result;
}
