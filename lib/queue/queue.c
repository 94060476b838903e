/*
 * queue: a queue is opened and closed; its attributes and its table. See queue.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/status.h"
#include "queue/queue_private.h"

/* ---- errors ---- */

int
queue_fail(struct queue *q, int status, const char *format, ...)
{
	va_list args;

	q->error.len = 0;
	(void)buf_addf(&q->error, "%s: ", q->path);
	va_start(args, format);
	(void)buf_addv(&q->error, format, args);
	va_end(args);
	return status;
}

int
queue_fail_errno(struct queue *q, const char *what)
{
	int error = errno;

	return queue_fail(q,
	    error == ENOMEM                       ? EX_OSERR :
		error == EACCES || error == EPERM ? EX_NOPERM :
						    EX_IOERR,
	    "%s%s%s", what != NULL ? what : "", what != NULL ? ": " : "",
	    error == EBADMSG ? "the log is damaged: see rec-queue check" : strerror(error));
}

const char *
queue_error(struct queue *q)
{
	return buf_string(&q->error);
}

/* ---- where a queue may be ---- */

/* File systems whose locks or mappings other machines do not see. */
static int
is_network(int dir)
{
	static const uint32_t types[] = {
		0x6969,     /* NFS */
		0x517b,     /* SMB */
		0xff534d42, /* CIFS */
		0xfe534d42, /* SMB2 */
		0x01021997, /* 9P */
		0x65735546, /* FUSE */
		0x00c36400, /* Ceph */
		0x5346414f, /* AFS */
		0x6b414653, /* AFS of the kernel */
		0x73757245, /* Coda */
		0x7461636f, /* OCFS2 */
		0x0bd00bd0, /* Lustre */
		0x47504653, /* GPFS */
		0xaad7aaea, /* PanFS */
		0x19830326, /* FhGFS, BeeGFS */
		0x786f4256  /* VirtualBox */
	};
	struct statfs fs;

	if (fstatfs(dir, &fs) < 0)
		return 0;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if ((uint32_t)fs.f_type == types[i])
			return 1;
	return 0;
}

int
queue_refuse_place(struct queue *q)
{
	const uint32_t one = 1;

	if (*(const char *)&one != 1)
		return queue_fail(q, EX_UNAVAILABLE, "a queue needs a processor with little-endian integers");
	if (is_network(q->dir))
		return queue_fail(q, EX_UNAVAILABLE,
		    "this is a network file system, whose locks and memory other machines do not share: use a local one");
	return 0;
}

/* ---- the file that says what the directory is ---- */

/* Reads the queue's id, and checks that this version may use the queue. */
static int
read_label(struct queue *q)
{
	char text[512], hex[33], wanted[512];
	unsigned version;
	struct buf id = { 0 };
	struct stat st;
	int fd = openat(q->dir, "queue", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -1 : pread(fd, text, sizeof text - 1, 0);

	if (fd >= 0)
		close(fd);
	if (fd < 0 && errno != ENOENT && errno != ELOOP)
		return queue_fail_errno(q, "queue");
	text[n > 0 ? n : 0] = '\0';
	if (n <= 0 || sscanf(text, "rec queue %u\nid %32[0-9a-f]\n", &version, hex) != 2)
		return queue_fail(q, EX_NOINPUT, "this directory is no queue");
	if (version != QUEUE_VERSION)
		return queue_fail(q, EX_UNAVAILABLE, "this queue has format %u, and this rec-queue knows only %d",
		    version, QUEUE_VERSION);
	(void)snprintf(wanted, sizeof wanted, QUEUE_LINES, (unsigned)QUEUE_VERSION, hex);
	if (strcmp(text, wanted) != 0)
		return queue_fail(q, EX_UNAVAILABLE, "this queue has features that this rec-queue does not know");
	if (hex_decode(&id, hex, 32) <= 0 || id.len != sizeof q->log.id) {
		buf_free(&id);
		return queue_fail(q, EX_DATAERR, "queue: the id is damaged");
	}
	memcpy(q->log.id, id.data, sizeof q->log.id);
	memcpy(&q->key, id.data, sizeof q->key);
	buf_free(&id);
	return 0;
}

/* ---- open and close ---- */

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	queue_wait_free(q);
	if (q->memory != NULL)
		munmap(q->memory, q->bytes);
	queue_control_close(&q->control);
	queue_log_close(&q->log);
	if (q->dir >= 0)
		close(q->dir);
	free(q->path);
	free(q->frame);
	free(q->items);
	buf_free(&q->error);
	buf_free(&q->scratch);
	buf_free(&q->checkpoint);
	buf_free(&q->table);
	buf_free(&q->large);
	free(q);
}

struct queue *
queue_new(const char *path, enum queue_sync sync)
{
	struct queue *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->dir = -1;
	q->control.fd = -1;
	q->control.place = QUEUE_PLACES;
	q->sync = sync;
	queue_log_open(&q->log, -1);
	if ((q->path = strdup(path)) == NULL) {
		queue_free(q);
		return NULL;
	}
	return q;
}

static int
open_directory(struct queue *q)
{
	struct stat st;

	q->dir = open(q->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->dir < 0 && errno == ENOENT)
		return queue_fail(q, EX_NOINPUT, "there is no such queue: rec-queue create %s makes it", q->path);
	if (q->dir < 0 && errno == ENOTDIR)
		return queue_fail(q, EX_NOINPUT, "this is no directory, and so no queue");
	if (q->dir < 0 || fstat(q->dir, &st) < 0)
		return queue_fail(q, errno == EACCES ? EX_NOPERM : EX_NOINPUT, "%s", strerror(errno));
	q->mode = (st.st_mode & S_IWGRP) != 0 ? 0660 : 0600;
	q->log.dir = q->dir;
	q->log.mode = q->mode;
	return queue_refuse_place(q);
}

/* Joins those that have the queue open, or is the first one. */
static int
join(struct queue *q)
{
	int alone, status = 0;

	if (queue_control_open(&q->control, q->dir) < 0)
		return errno == ENOENT ? queue_fail(q, EX_NOINPUT, "this directory is no queue") :
					 queue_fail_errno(q, "lock");
	if (queue_control_lock(&q->control) < 0)
		return queue_fail_errno(q, "lock");
	if ((alone = queue_control_enter(&q->control)) < 0)
		status =
		    queue_fail(q, EX_TEMPFAIL, "too many processes have the queue open: at most %d can", QUEUE_PLACES);
	if (alone > 0) {
		atomic_store(&q->control.words->dirty, q->control.place + 1);
		status = queue_first(q);
		q->generation = atomic_load(&q->control.words->generation);
	}
	if (status == 0 && alone > 0)
		atomic_store(&q->control.words->dirty, 0);
	queue_control_unlock(&q->control);
	return status;
}

int
queue_open(struct queue **to, const char *path, enum queue_sync sync, struct buf *error)
{
	struct queue *q = queue_new(path, sync);
	struct queue_times now;
	int status;

	*to = NULL;
	if (q == NULL) {
		(void)buf_adds(error, "out of memory");
		return EX_OSERR;
	}
	status = open_directory(q);
	if (status == 0)
		status = read_label(q);
	if (status == 0)
		status = join(q);
	if (status == 0 && (status = queue_lock(q, &now)) == 0)
		queue_unlock(q);
	if (status == 0) {
		*to = q;
		return 0;
	}
	(void)buf_adds(error, queue_error(q));
	queue_free(q);
	return status;
}

void
queue_close(struct queue *q)
{
	struct queue_times now;

	if (q == NULL)
		return;
	queue_session_give(q);
	/* The last one marks the index as whole. If that fails, the next one makes it anew. */
	if (queue_control_alone(&q->control) && queue_lock(q, &now) == 0) {
		if (queue_control_alone(&q->control))
			queue_last(q);
		queue_unlock(q);
	}
	queue_free(q);
}

/* ---- attributes and the table ---- */

int
queue_attributes_get(struct queue *q, struct queue_attributes *a)
{
	struct queue_times now;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	*a = q->x.state->attributes;
	queue_unlock(q);
	return 0;
}

int
queue_attributes_set(struct queue *q, const struct queue_attributes *a, unsigned which)
{
	struct queue_times now;
	struct queue_ticket ticket;
	struct queue_attributes all;
	const uint64_t *from = (const void *)a;
	uint64_t *to = (void *)&all;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	all = q->x.state->attributes;
	for (unsigned i = 0; i < 6; i++)
		if ((which >> i & 1) != 0)
			to[i] = from[i];
	all.changed = (uint64_t)now.wall;
	status = queue_append_body(q, &now, QUEUE_ATTRIBUTES, &all, sizeof all);
	queue_event_all(q);
	ticket = queue_ticket(q);
	queue_unlock(q);
	return status != 0 ? status : queue_wait_disk(q, &ticket);
}

int
queue_table_get(struct queue *q, const char **bytes, size_t *len)
{
	struct queue_times now;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	status = queue_table_read(q, bytes, len);
	queue_unlock(q);
	return status;
}

int
queue_table_set(struct queue *q, const char *bytes, size_t len)
{
	struct queue_times now;
	struct queue_ticket ticket;
	const char *has;
	size_t has_len;
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	status = queue_table_read(q, &has, &has_len);
	if (status == 0 && (has_len != len || (len > 0 && memcmp(has, bytes, len) != 0))) {
		if (q->x.state->waiting + q->x.state->entries > 0)
			status = queue_fail(
			    q, EX_DATAERR, "the messages in it have %s table", has_len > 0 ? "another" : "no");
		else
			status = queue_append_body(q, &now, QUEUE_TABLE, bytes, len);
	}
	ticket = queue_ticket(q);
	queue_unlock(q);
	return status != 0 ? status : queue_wait_disk(q, &ticket);
}
