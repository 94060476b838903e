/* publish_folder: see publish_folder.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/publish_folder.h"
#include "os/signals.h"

/* Those that have a folder beside, for the signal's handler. */
static struct publish_folder *unfinished;

/*
 * Removes all files in the folder beside, and the folder. Async-signal-safe: readdir is not, but
 * the system call below it is.
 */
static void
remove_beside(const struct publish_folder *f)
{
	struct entry {
		uint64_t ino;
		int64_t off;
		unsigned short len;
		unsigned char type;
		char name[];
	};
	_Alignas(struct entry) char part[8 * 1024];
	long n;

	/*
	 * Some file systems leave entries out while others are removed: they are found by a further
	 * look.
	 */
	for (int looks = 0; looks < 100; looks++) {
		(void)lseek(f->beside, 0, SEEK_SET);
		while ((n = syscall(SYS_getdents64, f->beside, part, sizeof part)) > 0)
			for (long at = 0; at < n;) {
				const struct entry *e = (const struct entry *)(const void *)(part + at);

				(void)unlinkat(f->beside, e->name, 0); /* . and .. are folders, and stay */
				at += e->len;
			}
		if (unlinkat(f->fd, f->name.data, AT_REMOVEDIR) == 0 || errno != ENOTEMPTY)
			return;
	}
}

static void
remove_all(int signal)
{
	(void)signal;
	for (const struct publish_folder *f = unfinished; f != NULL; f = f->next)
		remove_beside(f);
}

static struct signals_call on_signal = { .fn = remove_all };

/* Makes the hidden folder. Returns 0, or -1 with errno. */
static int
make_beside(struct publish_folder *f, const char *path)
{
	struct buf full = { 0 };
	int made = 0;

	if (buf_adds(&full, path) < 0 || buf_adds(&full, ".rec.XXXXXX") < 0 || buf_terminate(&full) < 0) {
		buf_free(&full);
		return -1;
	}
	signals_on(&on_signal);
	signals_hold();
	if (mkdtemp(full.data) != NULL && buf_adds(&f->name, full.data + strlen(path)) == 0 &&
	    buf_terminate(&f->name) == 0) {
		f->beside = openat(f->fd, f->name.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		made = f->beside >= 0;
		if (!made)
			(void)unlinkat(f->fd, f->name.data, AT_REMOVEDIR);
	}
	if (made) {
		f->next = unfinished;
		unfinished = f;
	}
	signals_release();
	buf_free(&full);
	return made ? 0 : -1;
}

int
publish_folder_open(struct publish_folder *f, const char *path, int hidden)
{
	long most;

	*f = (struct publish_folder){ .fd = -1, .beside = -1 };
	if ((f->fd = open(*path != '\0' ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	most = fpathconf(f->fd, _PC_NAME_MAX);
	f->name_max = most > 0 && most < NAME_MAX ? (size_t)most : NAME_MAX;
	return hidden ? make_beside(f, path) : 0;
}

/* Returns 0, and the mode of the file that has the name, if it is one; or -1 with errno. */
static int
look(const struct publish_folder *f, const char *name, struct stat *st)
{
	if (fstatat(f->fd, name, st, AT_SYMLINK_NOFOLLOW) < 0) {
		st->st_mode = 0;
		return errno == ENOENT ? 0 : -1;
	}
	if (!S_ISREG(st->st_mode)) {
		errno = S_ISDIR(st->st_mode) ? EISDIR : S_ISLNK(st->st_mode) ? ELOOP : EINVAL;
		return -1;
	}
	/*
	 * To replace a file needs no right to write into it. But a user who took that right away
	 * does not want it replaced.
	 */
	return faccessat(f->fd, name, W_OK, 0);
}

int
publish_folder_begin(struct publish_folder *f, const char *name)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, fd;
	struct stat st;

	if (look(f, name, &st) < 0)
		return -1;
	if (f->beside < 0)
		return openat(f->fd, name, flags, 0666);
	if ((fd = openat(f->beside, name, flags | O_EXCL, 0666)) < 0 || st.st_mode == 0)
		return fd;
	if ((geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) < 0) || fchmod(fd, st.st_mode & 0777) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int
publish_folder_append(struct publish_folder *f, const char *name)
{
	int folder = f->beside >= 0 ? f->beside : f->fd;

	return openat(folder, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
}

/*
 * Syncs the files: each alone, or, if there are many, their file system, which is one wait instead
 * of one for each. Returns 0, or -1 with errno.
 */
static int
sync_all(struct publish_folder *f, const char *(*name)(const void *, size_t), const void *owner, size_t count)
{
	enum { FEW = 8 };

	if (count > FEW)
		return syncfs(f->beside);
	for (size_t i = 0; i < count; i++) {
		int fd = publish_folder_append(f, name(owner, i)), error;

		if (fd < 0)
			return -1;
		error = fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
		if (close(fd) < 0 && error == 0)
			error = errno;
		if (error != 0) {
			errno = error;
			return -1;
		}
	}
	return 0;
}

int
publish_folder_now(struct publish_folder *f, const char *(*name)(const void *, size_t), const void *owner, size_t count,
    size_t *failed)
{
	size_t i;

	*failed = count;
	if (sync_all(f, name, owner, count) < 0)
		return -1;
	signals_hold();
	for (i = 0; i < count && renameat(f->beside, name(owner, i), f->fd, name(owner, i)) == 0; i++)
		;
	signals_release();
	*failed = i;
	return i < count ? -1 : 0;
}

void
publish_folder_drop(struct publish_folder *f)
{
	struct publish_folder **at = &unfinished;

	signals_hold();
	while (*at != NULL && *at != f)
		at = &(*at)->next;
	if (*at != NULL) {
		*at = f->next;
		remove_beside(f);
	}
	signals_release();
	if (f->beside >= 0)
		close(f->beside);
	if (f->fd >= 0)
		close(f->fd);
	f->beside = f->fd = -1;
	buf_free(&f->name);
}
