/*
 * queue_create: a queue's directory is made, and removed. See queue.h. It is filled under a hidden
 * name, is on the disk, and then gets its own name, without replacing anything.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/hex.h"
#include "base/status.h"
#include "os/io.h"
#include "os/random.h"
#include "queue/queue_private.h"

void
queue_defaults(struct queue_attributes *a)
{
	*a = (struct queue_attributes){
		.visibility = 30000, .retention = 4 * UINT64_C(86400000), .message_max = QUEUE_MIB, .in_flight = 120000
	};
}

/* Writes a file of the new directory. Returns 0, or -1 with errno. */
static int
write_file(int dir, const char *name, unsigned mode, const void *bytes, size_t n)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int r = fd < 0 || fchmod(fd, mode) < 0 || io_write(fd, bytes, n) < 0 || fsync(fd) < 0 ? -1 : 0;
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return r;
}

/* Fills the new directory q->dir. Returns 0, or -1 with errno. */
static int
fill(struct queue *q, const struct queue_attributes *a)
{
	struct queue_rooms rooms = QUEUE_FIRST_ROOMS;
	uint64_t bytes = queue_index_bytes(&rooms);
	struct queue_frame f = { .kind = QUEUE_CHECKPOINT, .number = 1 };
	struct queue_segment made = { 0 };
	struct queue_times now;
	struct buf hex = { 0 }, body = { 0 };
	char label[256];
	void *memory;
	int r = -1;

	if (random_secret(q->log.id, sizeof q->log.id) < 0 || hex_encode(&hex, q->log.id, sizeof q->log.id) < 0)
		return -1;
	(void)snprintf(label, sizeof label, QUEUE_LINES, (unsigned)QUEUE_VERSION, buf_string(&hex));
	buf_free(&hex);
	if ((memory = calloc(1, bytes)) == NULL)
		return -1;
	queue_index_format(&q->x, memory, &rooms);
	q->x.state->next = q->x.state->dropped = 1;
	q->x.state->end = QUEUE_HEAD; /* no lsn is 0 */
	queue_clock_boot(q->x.state->boot.id);
	now = queue_clock_now(q->x.state);
	q->x.state->age = now.age;
	q->x.state->lease = now.lease;
	q->x.state->wall = now.wall;
	q->x.state->attributes = *a;
	q->x.state->attributes.created = q->x.state->attributes.changed = (uint64_t)now.wall;
	f.age = now.age;
	f.lease = now.lease;
	f.wall = now.wall;
	if (queue_checkpoint_put(&body, &q->x, NULL) == 0) {
		f.size = body.len;
		r = queue_log_make(
		    &q->log, 1, QUEUE_HEAD, QUEUE_SEGMENT_LEAST + queue_frame_bytes(f.size), 0, &f, body.data, &made);
	}
	if (r == 0)
		r = queue_log_reserve(&q->log, 128 * 1024);
	if (r == 0) {
		/*
		 * The index is there, too, and marked as whole: who comes first need not make it.
		 */
		q->x.state->segments = 1;
		q->x.segments[0] = made;
		q->x.segments[0].dead = q->x.state->last = f.lsn;
		q->x.state->last_sum = f.sum;
		q->x.state->end = q->x.state->durable = f.lsn + queue_frame_bytes(f.size);
		q->x.state->cursor.lsn = q->x.state->end;
		q->x.state->clean = queue_index_sum(&q->x);
		r = write_file(q->dir, "index", q->mode, memory, bytes);
	}
	if (r == 0)
		r = queue_control_make(q->dir, q->mode);
	if (r == 0)
		r = write_file(q->dir, "queue", q->mode, label, strlen(label));
	if (r == 0)
		r = fsync(q->dir);
	buf_free(&body);
	free(memory);
	q->x = (struct queue_index){ 0 };
	return r;
}

/* Removes the files of a queue, and its directory: `name` in `parent`. */
static int
remove_files(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(fd, e->d_name, 0);
	closedir(d);
	return unlinkat(parent, name, AT_REMOVEDIR);
}

/*
 * Splits a path: opens the directory that it is in, and returns the last part of the name, or NULL
 * with errno.
 */
static const char *
open_parent(char *path, int *parent)
{
	size_t len = strlen(path);
	char *slash;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		*parent = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else {
		*slash = '\0';
		*parent = open(slash == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		*slash = '/';
	}
	return *parent < 0 ? NULL : slash == NULL ? path : slash + 1;
}

/* A name beside that nobody has. */
static int
hidden_name(char name[64])
{
	uint64_t random;

	if (random_secret(&random, sizeof random) < 0)
		return -1;
	(void)snprintf(name, 64, ".rec-queue-%016" PRIx64, random);
	return 0;
}

/* There is something of that name: a queue with the same attributes is as good. */
static int
compare(struct queue *q, const struct queue_attributes *wanted, unsigned which, struct buf *error)
{
	struct queue_attributes is;
	const uint64_t *a = (const void *)&is, *b = (const void *)wanted;
	struct queue *old;
	int other = 0;
	int status = queue_open(&old, q->path, QUEUE_SYNC_BATCH, error);

	if (status == EX_NOINPUT) {
		error->len = 0;
		return queue_fail(q, EX_CANTCREAT, "this is there already, and is no queue");
	}
	if (status != 0)
		return queue_fail(q, status, "%s", buf_string(error) + strlen(q->path) + 2);
	status = queue_attributes_get(old, &is);
	for (unsigned i = 0; status == 0 && i < 6; i++)
		other |= (which >> i & 1) != 0 && a[i] != b[i];
	if (status != 0)
		(void)queue_fail(q, status, "%s", queue_error(old) + strlen(q->path) + 2);
	else if (other)
		status = queue_fail(
		    q, EX_CANTCREAT, "the queue is there already, with other attributes: see rec-queue stat");
	queue_close(old);
	return status;
}

static int
make(struct queue *q, int parent, const char *name, const struct queue_attributes *a, unsigned which, long group,
    int *made, struct buf *error)
{
	char hidden[64];
	int status = 0, saved;

	if (hidden_name(hidden) < 0 || mkdirat(parent, hidden, 0700) < 0)
		return queue_fail(q, errno == EACCES ? EX_NOPERM : EX_CANTCREAT, "%s", strerror(errno));
	q->dir = openat(parent, hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	q->log.dir = q->dir;
	q->log.mode = q->mode = group >= 0 ? 0660 : 0600;
	if (q->dir >= 0)
		status = queue_refuse_place(q);
	if (status == 0 && q->dir >= 0 && group >= 0 &&
	    (fchown(q->dir, (uid_t)-1, (gid_t)group) < 0 || fchmod(q->dir, 02770) < 0))
		status = queue_fail(q, errno == EPERM ? EX_NOPERM : EX_CANTCREAT, "--group: %s", strerror(errno));
	if (status == 0 &&
	    (q->dir < 0 || fill(q, a) < 0 || queue_log_rename(parent, hidden, parent, name) < 0 || fsync(parent) < 0)) {
		saved = errno;
		(void)remove_files(parent, hidden);
		if (saved == EEXIST || saved == ENOTEMPTY)
			return compare(q, a, which, error);
		return queue_fail(q, saved == ENOSPC ? EX_IOERR : EX_CANTCREAT, "%s", strerror(saved));
	}
	if (status != 0)
		(void)remove_files(parent, hidden);
	*made = status == 0;
	return status;
}

int
queue_create(
    const char *path, const struct queue_attributes *a, unsigned which, long group, int *made, struct buf *error)
{
	struct queue *q = queue_new(path, QUEUE_SYNC_BATCH);
	struct stat st;
	const char *name;
	int parent = -1, status;

	*made = 0;
	if (q == NULL) {
		(void)buf_adds(error, "out of memory");
		return EX_OSERR;
	}
	if ((name = open_parent(q->path, &parent)) == NULL)
		status = queue_fail(q, EX_CANTCREAT, "%s", strerror(errno));
	else if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "/") == 0)
		status = queue_fail(q, EX_USAGE, "a queue is a directory that is to be made: its name is needed");
	else {
		/*
		 * What was there may be gone when it is looked at: others make and remove queues,
		 * too.
		 */
		for (int tries = 0; tries < 100; tries++) {
			status = fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ?
			    compare(q, a, which, error) :
			    make(q, parent, name, a, which, group, made, error);
			if (status != EX_CANTCREAT || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
				break;
		}
	}
	error->len = 0;
	if (status != 0)
		(void)buf_adds(error, queue_error(q));
	if (parent >= 0)
		close(parent);
	queue_free(q);
	return status;
}

/* ---- remove ---- */

/* A file that no queue has would be lost with the others. */
static int
has_strangers(struct queue *q)
{
	int fd = openat(q->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	unsigned long long n;
	int status = 0;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return queue_fail_errno(q, NULL);
	}
	while (status == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strncmp(e->d_name, "spare", 5) != 0 && strncmp(e->d_name, "index", 5) != 0 &&
		    strcmp(e->d_name, "queue") != 0 && strcmp(e->d_name, "lock") != 0 &&
		    strcmp(e->d_name, "new") != 0 && sscanf(e->d_name, "%llu.log", &n) != 1)
			status = queue_fail(
			    q, EX_CANTCREAT, "there is a file %s in it, which is not the queue's", e->d_name);
	closedir(d);
	return status;
}

int
queue_remove(const char *path, struct buf *error)
{
	struct queue *q;
	struct queue_times now;
	char hidden[64];
	const char *name;
	int parent = -1, status = queue_open(&q, path, QUEUE_SYNC_BATCH, error);

	if (status != 0)
		return status;
	status = has_strangers(q);
	if (status == 0 && ((name = open_parent(q->path, &parent)) == NULL || hidden_name(hidden) < 0))
		status = queue_fail_errno(q, NULL);
	if (status == 0 && (status = queue_lock(q, &now)) == 0) {
		/* From here on nobody finds it; those that have it open see `removed`. */
		if (renameat(parent, name, parent, hidden) < 0)
			status = queue_fail_errno(q, NULL);
		else {
			atomic_store(&q->control.words->removed, 1);
			queue_event_all(q);
		}
		queue_unlock(q);
		if (status == 0 && (remove_files(parent, hidden) < 0 || fsync(parent) < 0))
			status = queue_fail_errno(q, NULL);
	}
	if (status != 0)
		(void)buf_adds(error, queue_error(q));
	if (parent >= 0)
		close(parent);
	queue_free(q);
	return status;
}
