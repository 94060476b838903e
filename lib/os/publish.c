/* publish: see publish.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/io.h"
#include "os/publish.h"
#include "os/signals.h"
#include "os/tempfile.h"

/* Those that have a file beside, for the signal's handler. */
static struct publish *unfinished;

static void
remove_beside(int signal)
{
	(void)signal;
	for (const struct publish *p = unfinished; p != NULL; p = p->next)
		unlink(p->beside.data);
}

static struct signals_call on_signal = { .fn = remove_beside };

void
publish_held(struct publish *p, int target)
{
	*p = (struct publish){ .target = target, .temporary = -1 };
}

/* Creates the file beside path, with the mode that the finished file is to have. */
static int
begin_beside(struct publish *p, const char *path, const struct stat *old)
{
	const char *slash = strrchr(path, '/');
	mode_t mask;

	if (buf_adds(&p->path, path) < 0 || buf_terminate(&p->path) < 0 ||
	    buf_add(&p->beside, path, slash != NULL ? (size_t)(slash + 1 - path) : 0) < 0 ||
	    buf_adds(&p->beside, ".rec.XXXXXX") < 0 || buf_terminate(&p->beside) < 0)
		return -1;
	signals_on(&on_signal);
	signals_hold();
	if ((p->temporary = mkostemp(p->beside.data, O_CLOEXEC)) >= 0) {
		p->next = unfinished;
		unfinished = p;
	}
	signals_release();
	if (p->temporary < 0)
		return -1;
	umask(mask = umask(0));
	if (old != NULL && geteuid() == 0 && fchown(p->temporary, old->st_uid, old->st_gid) < 0)
		return -1;
	return fchmod(p->temporary, old != NULL ? old->st_mode & 0777 : 0666 & ~mask);
}

/*
 * Appends to real, as a string, the path that path leads to. Symbolic links of its last part are
 * followed, also to a file that does not exist yet. Returns 0, or -1 with errno.
 */
static int
follow(const char *path, struct buf *real)
{
	static char to[PATH_MAX];
	ssize_t n;

	if (buf_adds(real, path) < 0)
		return -1;
	for (int links = 0; buf_terminate(real) == 0 && (n = readlink(real->data, to, sizeof to)) >= 0; links++) {
		const char *slash = strrchr(real->data, '/');

		if (links == 40 || n == (ssize_t)sizeof to) {
			errno = ELOOP;
			return -1;
		}
		real->len = to[0] != '/' && slash != NULL ? (size_t)(slash + 1 - real->data) : 0;
		if (buf_add(real, to, (size_t)n) < 0)
			return -1;
	}
	return buf_terminate(real) == 0 ? 0 : -1;
}

int
publish_file(struct publish *p, const char *path)
{
	struct stat st;
	struct buf real = { 0 };
	int there = stat(path, &st) == 0, result = -1;

	*p = (struct publish){ .target = -1, .temporary = -1 };
	/*
	 * Reported now: a name that is too long would be refused only by rename, after all has been
	 * read.
	 */
	if (!there && errno != ENOENT)
		return -1;
	if (there && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (there && !S_ISREG(st.st_mode)) {
		p->own = 1;
		return (p->target = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)) < 0 ? -1 : 0;
	}
	/*
	 * To replace a file needs no right to write into it. But a user who took that right away
	 * does not want it replaced.
	 */
	if ((!there || access(path, W_OK) == 0) && follow(path, &real) == 0)
		result = begin_beside(p, real.data, there ? &st : NULL);
	buf_free(&real);
	return result;
}

/*
 * Finds the folder that the path of a file is in. Returns the last part of the path; or NULL, also
 * if there is no such folder.
 */
static const char *
folder_of(const char *path, struct stat *folder)
{
	const char *slash = strrchr(path, '/'), *last = slash != NULL ? slash + 1 : path;
	struct buf name = { 0 };
	int found = buf_add(&name, path, (size_t)(last - path)) == 0 && (last > path || buf_addc(&name, '.') == 0) &&
	    buf_terminate(&name) == 0 && stat(name.data, folder) == 0;

	buf_free(&name);
	return found ? last : NULL;
}

static int
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int
publish_replaces(const char *path, const struct stat *there)
{
	struct buf real = { 0 };
	struct stat folder, other;
	const char *last = NULL, *its;
	int same = 0;

	if (there == NULL && unfinished != NULL && follow(path, &real) == 0)
		last = folder_of(real.data, &folder);
	for (const struct publish *p = unfinished; p != NULL && !same; p = p->next) {
		if (stat(p->path.data, &other) == 0)
			same = there != NULL && same_file(there, &other);
		else if (last != NULL && (its = folder_of(p->path.data, &other)) != NULL)
			same = same_file(&folder, &other) && strcmp(last, its) == 0;
	}
	buf_free(&real);
	return same;
}

int
publish_fd(const struct publish *p)
{
	return p->beside.len > 0 ? p->temporary : -1;
}

static int
spill(struct publish *p)
{
	if (p->temporary < 0 && (p->temporary = tempfile_open("/tmp")) < 0)
		return -1;
	if (io_write(p->temporary, p->held.data, p->held.len) < 0)
		return -1;
	p->held.len = 0;
	return 0;
}

int
publish_add(struct publish *p, const void *bytes, size_t n)
{
	size_t most = p->beside.len > 0 ? 0 : PUBLISH_MEMORY;

	if (p->held.len + n > most && p->held.len > 0 && spill(p) < 0)
		return -1;
	if (n <= most)
		return buf_add(&p->held, bytes, n);
	if (p->temporary < 0 && spill(p) < 0)
		return -1;
	return io_write(p->temporary, bytes, n);
}

static int
copy_out(struct publish *p)
{
	static char part[64 * 1024];
	ssize_t n;

	if (lseek(p->temporary, 0, SEEK_SET) < 0)
		return -1;
	while ((n = io_read(p->temporary, part, sizeof part)) > 0)
		if (io_write(p->target, part, (size_t)n) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

/* Takes it off the list. Signals are held. Returns 1 if it was there, else 0. */
static int
take_off(const struct publish *p)
{
	struct publish **at = &unfinished;

	while (*at != NULL && *at != p)
		at = &(*at)->next;
	if (*at == NULL)
		return 0;
	*at = p->next;
	return 1;
}

int
publish_now(struct publish *p)
{
	int failed;

	if (p->beside.len == 0) {
		if (p->temporary >= 0 && copy_out(p) < 0)
			return -1;
		if (io_write(p->target, p->held.data, p->held.len) < 0)
			return -1;
		if (!p->own)
			return 0;
		/* Some devices report only now that they could not take all bytes. */
		failed = io_close(p->target) < 0;
		p->target = -1;
		return failed ? -1 : 0;
	}
	if (fsync(p->temporary) < 0 && errno != EINVAL && errno != ENOTSUP)
		return -1;
	failed = io_close(p->temporary) < 0;
	p->temporary = -1;
	if (failed)
		return -1;
	signals_hold();
	if ((failed = rename(p->beside.data, p->path.data) < 0) == 0) {
		take_off(p);
		p->beside.len = 0;
	}
	signals_release();
	return failed ? -1 : 0;
}

void
publish_drop(struct publish *p)
{
	if (p->temporary >= 0)
		close(p->temporary);
	p->temporary = -1;
	if (p->own && p->target >= 0)
		close(p->target);
	p->target = -1;
	signals_hold();
	if (take_off(p))
		unlink(p->beside.data);
	signals_release();
	buf_free(&p->held);
	buf_free(&p->beside);
	buf_free(&p->path);
}
