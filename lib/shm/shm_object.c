/* shm_object: see shm_object.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/shm_object.h"

#define DIRECTORY "/dev/shm"

/*
 * Bytes of a name's path. They are fewer than PATH_MAX, because two functions with so large an
 * array would fill a small stack.
 */
enum { PATH = sizeof DIRECTORY + 32 + NAME_MAX + 1 };

/*
 * The bytes that are locked, far beyond the end of any object: the gate's, then one for each place.
 */
#define GATE (INT64_C(1) << 40)

#ifndef F_OFD_GETLK /* of linux/fcntl.h; old libcs have no names for them */
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif

/* ---- names ---- */

int
shm_check(const char *name, struct buf *error)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
	size_t n = strlen(name);

	if (n > 0 && n <= SHM_NAME && strspn(name, good) == n && *name != '.')
		return 0;
	if (n > 4 && n <= SHM_NAME && memcmp(name, "shm:", 4) == 0 && name[4] != '.' && strspn(name + 4, good) == n - 4) {
		(void)buf_addf(error, "%s: only the name is expected: %s", name, name + 4);
		return -1;
	}
	(void)buf_addf(error,
	    "%.*s: not a name of shared memory: 1 to %d letters, digits, '_', '+', '-' and '.', "
	    "which does not come first",
	    SHM_NAME, name, SHM_NAME);
	return -1;
}

static void
prefix(char to[32])
{
	snprintf(to, 32, "rec-%lu-", (unsigned long)geteuid());
}

static const char *
path_of(const char *name, char path[PATH])
{
	char own[32];

	prefix(own);
	snprintf(path, PATH, DIRECTORY "/%s%s", own, name);
	return path;
}

/*
 * Sets errno to ENODEV if there is no /dev/shm, which is another error than a name that is not in
 * it.
 */
static int
no_directory(int error)
{
	return error == ENOENT ? ENODEV : error;
}

/* ---- truncated objects ---- */

static struct shm *mapped; /* all; the signal handler reads the list */

static void
on_bus(int signal, siginfo_t *info, void *context)
{
	char *at = info->si_addr;

	(void)signal;
	(void)context;
	for (struct shm *s = mapped; s != NULL; s = s->other)
		if (at >= s->memory && at < s->memory + s->bytes &&
		    /* A plain system call, so allowed here. The access is then made again. */
		    mmap(s->memory, s->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
			MAP_FAILED) {
			s->lost = 1;
			return;
		}
	/*
	 * The address is in no object: the access is made again, and ends the process as without
	 * this handler.
	 */
	(void)sigaction(SIGBUS, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}

int
shm_map(struct shm *s)
{
	static int caught;
	void *memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);

	if (memory == MAP_FAILED)
		return -1;
	if (!caught) {
		struct sigaction act = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

		if (sigaction(SIGBUS, &act, NULL) < 0) {
			(void)munmap(memory, s->bytes);
			return -1;
		}
		caught = 1;
	}
	s->memory = memory;
	s->other = mapped;
	mapped = s;
	return 0;
}

void
shm_close(struct shm *s)
{
	for (struct shm **at = &mapped; *at != NULL; at = &(*at)->other)
		if (*at == s) {
			*at = s->other;
			break;
		}
	if (s->memory != NULL)
		(void)munmap(s->memory, s->bytes);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->memory = NULL;
	s->fd = -1;
}

/* ---- making and finding ---- */

/*
 * Gives an unnamed file its name. Without CAP_DAC_READ_SEARCH that needs /proc, see open(2) on
 * O_TMPFILE.
 */
static int
give_name(int fd, const char *path)
{
	char own[64];

	if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

int
shm_make(struct shm *s, const char *name, const void *begin, size_t begin_bytes, size_t bytes)
{
	char path[PATH];
	int error;

	*s = (struct shm){ .fd = open(DIRECTORY, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), .bytes = bytes };
	if (s->fd < 0) {
		errno = no_directory(errno);
		return -1;
	}
	/*
	 * The memory is reserved, not only the length set: else a full /dev/shm would be a SIGBUS
	 * later.
	 */
	while ((error = posix_fallocate(s->fd, 0, (off_t)bytes)) == EINTR)
		;
	if (error == 0 && (fchmod(s->fd, 0600) < 0 || shm_map(s) < 0))
		error = errno;
	if (error == 0) {
		memcpy(s->memory, begin, begin_bytes);
		if (give_name(s->fd, path_of(name, path)) < 0)
			error = errno;
	}
	if (error == 0)
		return 0;
	shm_close(s);
	errno = error;
	return -1;
}

int
shm_find(struct shm *s, const char *name, void *begin, size_t begin_bytes)
{
	char path[PATH];
	struct stat st;
	int error = 0;

	/* O_NONBLOCK: another file of that name could be a FIFO. */
	*s = (struct shm){ .fd = open(path_of(name, path), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) };
	if (s->fd < 0)
		return -1;
	if (fstat(s->fd, &st) < 0)
		error = errno;
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		error = EPERM;
	else if (pread(s->fd, begin, begin_bytes, 0) != (ssize_t)begin_bytes)
		error = EIO;
	s->bytes = error == 0 ? (size_t)st.st_size : 0;
	if (error == 0)
		return 0;
	shm_close(s);
	errno = error;
	return -1;
}

/* ---- life ---- */

static int
lock(const struct shm *s, int command, int type, int64_t at)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1 };
	int got;

	while ((got = fcntl(s->fd, command, &l)) < 0 && errno == EINTR)
		;
	return command == F_OFD_GETLK && got == 0 ? l.l_type != F_UNLCK : got;
}

int
shm_gate(struct shm *s)
{
	return lock(s, F_OFD_SETLKW, F_WRLCK, GATE);
}

void
shm_ungate(struct shm *s)
{
	(void)lock(s, F_OFD_SETLK, F_UNLCK, GATE);
}

int
shm_hold(struct shm *s, unsigned place)
{
	return lock(s, F_OFD_SETLK, F_WRLCK, GATE + 1 + place) == 0;
}

void
shm_let(struct shm *s, unsigned place)
{
	(void)lock(s, F_OFD_SETLK, F_UNLCK, GATE + 1 + place);
}

int
shm_lives(struct shm *s, unsigned place)
{
	return lock(s, F_OFD_GETLK, F_WRLCK, GATE + 1 + place) != 0;
}

/* ---- removing ---- */

int
shm_named(const struct shm *s, const char *name)
{
	char path[PATH];
	struct stat st, named;

	return fstat(s->fd, &st) == 0 && lstat(path_of(name, path), &named) == 0 && st.st_ino == named.st_ino &&
	       st.st_dev == named.st_dev;
}

int
shm_remove(struct shm *s, const char *name)
{
	char path[PATH];

	/*
	 * The remover holds the gate, and the name becomes free for another object only by removal:
	 * so it cannot change here.
	 */
	return shm_named(s, name) ? unlink(path_of(name, path)) : 0;
}

int
shm_names(int (*each)(const char *name, void *arg), void *arg)
{
	char own[32];
	struct dirent **found;
	size_t n;
	int count = scandir(DIRECTORY, &found, NULL, alphasort), got = 0;

	if (count < 0) {
		errno = no_directory(errno);
		return -1;
	}
	prefix(own);
	n = strlen(own);
	for (int i = 0; i < count; i++) {
		struct buf wrong = { 0 };

		/* Anybody can put a file there, under any name. */
		if (got == 0 && strncmp(found[i]->d_name, own, n) == 0 && shm_check(found[i]->d_name + n, &wrong) == 0)
			got = each(found[i]->d_name + n, arg);
		buf_free(&wrong);
		free(found[i]);
	}
	free(found);
	return got;
}
