/*
 * queue_log: the files of a queue's log; see queue_log.h.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "os/io.h"
#include "os/random.h"
#include "queue/queue_log.h"

enum { FILE_NAME = 32 };

static int
full(void)
{
	if (errno == EDQUOT || errno == EFBIG)
		errno = ENOSPC;
	return -1;
}

static const char *
name_of(uint64_t number, char name[FILE_NAME])
{
	(void)snprintf(name, FILE_NAME, "%08llu.log", (unsigned long long)number);
	return name;
}

/* ---- open files ---- */

void
queue_log_open(struct queue_log *log, int dir)
{
	log->dir = dir;
	for (int i = 0; i < QUEUE_FILES; i++)
		log->files[i].fd = -1;
}

static void
forget(struct queue_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

void
queue_log_close(struct queue_log *log)
{
	for (int i = 0; i < QUEUE_FILES; i++)
		forget(&log->files[i]);
	free(log->window);
	log->window = NULL;
	log->room = 0;
	log->from = log->to = 0;
}

/* Returns the file that is open with that number, or else the one to be closed for it. */
static struct queue_file *
choose(struct queue_log *log, uint64_t number)
{
	struct queue_file *oldest = &log->files[0];

	for (struct queue_file *f = log->files; f < log->files + QUEUE_FILES; f++) {
		if (f->fd >= 0 && f->number == number)
			return f;
		if (oldest->fd >= 0 && (f->fd < 0 || f->used < oldest->used))
			oldest = f;
	}
	forget(oldest);
	return oldest;
}

struct queue_file *
queue_log_file(struct queue_log *log, uint64_t number)
{
	struct queue_file *f = choose(log, number);
	struct queue_segment_head h;
	char name[FILE_NAME];

	f->used = ++log->uses;
	if (f->fd >= 0)
		return f;
	f->fd = openat(log->dir, name_of(number, name), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (f->fd < 0)
		return NULL;
	if (pread(f->fd, &h, sizeof h, 0) != (ssize_t)sizeof h || !queue_frame_valid_segment(&h) ||
	    h.number != number || memcmp(h.id, log->id, sizeof h.id) != 0) {
		forget(f);
		errno = EBADMSG;
		return NULL;
	}
	f->number = number;
	f->base = h.base;
	f->random = h.random;
	return f;
}

/* ---- reading ---- */

const char *
queue_log_bytes(struct queue_log *log, const struct queue_segment *s, uint64_t lsn, size_t n, uint64_t end)
{
	struct queue_file *f;
	uint64_t from = lsn & ~UINT64_C(7);
	size_t want = (size_t)(lsn + n - from);
	ssize_t got = 0;

	if (log->number == s->number && lsn >= log->from && lsn + n <= log->to)
		return log->window + (lsn - log->from);
	end = end < s->base + s->bytes ? end : s->base + s->bytes;
	if (lsn < s->base || n > end || lsn > end - n) {
		errno = EBADMSG;
		return NULL;
	}
	log->to = log->from = 0;
	if (want < QUEUE_WINDOW)
		want = end - from < QUEUE_WINDOW ? (size_t)(end - from) : QUEUE_WINDOW;
	if (want > log->room) {
		free(log->window);
		log->room = want > QUEUE_WINDOW ? want : QUEUE_WINDOW;
		if ((log->window = malloc(log->room)) == NULL) {
			log->room = 0;
			return NULL;
		}
	}
	if ((f = queue_log_file(log, s->number)) == NULL)
		return NULL;
	for (size_t have = 0; have < want; have += (size_t)got) {
		got = pread(f->fd, log->window + have, want - have, (off_t)(from - f->base + have));
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0) {
			want = have;
			break;
		}
	}
	if (from + want < lsn + n) {
		errno = got < 0 ? errno : EBADMSG;
		return NULL;
	}
	log->number = s->number;
	log->from = from;
	log->to = from + want;
	return log->window + (lsn - from);
}

void
queue_log_forget(struct queue_log *log)
{
	log->from = log->to = 0;
}

int
queue_log_frame(struct queue_log *log, const struct queue_segment *s, uint64_t lsn, uint64_t end, struct queue_frame *f)
{
	uint64_t to = s->base + s->bytes < end ? s->base + s->bytes : end;
	const char *bytes;
	struct queue_file *file;

	if (lsn < s->base + QUEUE_HEAD || lsn > to || to - lsn < QUEUE_HEAD)
		return 0;
	if ((bytes = queue_log_bytes(log, s, lsn, QUEUE_HEAD, to)) == NULL)
		return errno == EBADMSG ? 0 : -1;
	memcpy(f, bytes, sizeof *f);
	if ((file = queue_log_file(log, s->number)) == NULL)
		return -1;
	return queue_frame_valid(f, file->random, lsn, to - lsn);
}

uint64_t
queue_log_find(struct queue_log *log, const struct queue_segment *s, uint64_t lsn, uint64_t end)
{
	struct queue_frame f;

	for (end = s->base + s->bytes < end ? s->base + s->bytes : end; lsn < end; lsn += 8)
		if (queue_log_frame(log, s, lsn, end, &f) > 0)
			return lsn;
	return end;
}

/* ---- writing ---- */

static int
write_all(int fd, struct iovec *v, int parts, off_t at)
{
	while (parts > 0) {
		ssize_t n = pwritev(fd, v, parts, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return full();
		at += n;
		for (; parts > 0 && (size_t)n >= v->iov_len; v++, parts--)
			n -= (ssize_t)v->iov_len;
		if (parts > 0) {
			v->iov_base = (char *)v->iov_base + n;
			v->iov_len -= (size_t)n;
		}
	}
	return 0;
}

int
queue_log_write(struct queue_log *log, const struct queue_segment *s, uint64_t lsn, struct iovec *v, int parts)
{
	struct queue_file *f = queue_log_file(log, s->number);

	return f == NULL ? -1 : write_all(f->fd, v, parts, (off_t)(lsn - f->base));
}

int
queue_log_sync(struct queue_log *log, uint64_t number)
{
	struct queue_file *f = queue_log_file(log, number);

	return f == NULL ? -1 : fdatasync(f->fd) < 0 ? full() : 0;
}

int
queue_log_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	const unsigned no_replace = 1; /* RENAME_NOREPLACE of linux/fs.h */

	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, no_replace);
}

int
queue_log_allocate(int fd, uint64_t bytes)
{
	static const char zeros[64 * 1024];
	struct stat st;

	if (fallocate(fd, 0, 0, (off_t)bytes) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return full();
	if (fstat(fd, &st) < 0)
		return -1;
	for (uint64_t at = (uint64_t)st.st_size; at < bytes;) {
		uint64_t n = bytes - at < sizeof zeros ? bytes - at : sizeof zeros;
		struct iovec v = { .iov_base = (void *)zeros, .iov_len = n };

		if (write_all(fd, &v, 1, (off_t)at) < 0)
			return -1;
		at += n;
	}
	return 0;
}

static void
spare_name(unsigned i, char name[FILE_NAME])
{
	(void)snprintf(name, FILE_NAME, "spare%u", i);
}

/*
 * Opens a spare file for a segment, or a new file. Sets its name. Returns the descriptor, or -1
 * with errno.
 */
static int
begin_file(struct queue_log *log, uint64_t bytes, int spare, char name[FILE_NAME])
{
	int fd = -1;

	for (unsigned i = QUEUE_SPARES; spare && fd < 0 && i-- > 0;) {
		spare_name(i, name);
		fd = openat(log->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	}
	if (spare) {
		errno = fd < 0 ? ENOSPC : 0;
		return fd;
	}
	strcpy(name, "new");
	(void)unlinkat(log->dir, name, 0);
	fd = openat(log->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, log->mode);
	if (fd >= 0 && (fchmod(fd, log->mode) < 0 || queue_log_allocate(fd, bytes) < 0)) {
		int saved = errno;

		close(fd);
		(void)unlinkat(log->dir, name, 0);
		errno = saved;
		fd = -1;
	}
	return fd < 0 ? full() : fd;
}

int
queue_log_make(struct queue_log *log, uint64_t number, uint64_t base, uint64_t bytes, uint64_t spare,
    struct queue_frame *f, const void *body, struct queue_segment *made)
{
	static const char zeros[8];
	struct queue_segment_head h = { .base = base, .number = number };
	char temporary[FILE_NAME], name[FILE_NAME];
	struct iovec v[4] = { { &h, sizeof h }, { f, sizeof *f }, { (void *)body, f->size },
		{ (void *)zeros, -f->size & 7 } };
	int fd, error;

	bytes = spare != 0 ? spare : bytes;
	if (QUEUE_HEAD + queue_frame_bytes(f->size) > bytes) {
		errno = ENOSPC;
		return -1;
	}
	if (random_secret(&h.random, sizeof h.random) < 0 || (fd = begin_file(log, bytes, spare != 0, temporary)) < 0)
		return -1;
	memcpy(h.id, log->id, sizeof h.id);
	queue_frame_seal_segment(&h);
	f->lsn = base + QUEUE_HEAD;
	f->body = crc32c(0, body, f->size);
	queue_frame_seal(f, h.random);
	/*
	 * A crash before the rename leaves a file that nobody looks at; after it, all of this is
	 * there.
	 */
	error = write_all(fd, v, 4, 0) < 0 || fdatasync(fd) < 0 ||
		queue_log_rename(log->dir, temporary, log->dir, name_of(number, name)) < 0 ?
	    errno :
	    0;
	close(fd);
	made->number = error == 0 ? number : 0;
	if (error == 0 && fsync(log->dir) < 0) {
		error = errno;
		(void)unlinkat(log->dir, name, 0);
	} else if (error != 0 && spare == 0)
		(void)unlinkat(log->dir, temporary, 0);
	if (error != 0) {
		errno = error;
		return full();
	}
	*made = (struct queue_segment){ .number = number, .base = base, .bytes = bytes };
	return 0;
}

int
queue_log_reserve(struct queue_log *log, uint64_t bytes)
{
	for (unsigned i = 0; i < QUEUE_SPARES; i++) {
		char name[FILE_NAME];
		struct stat st = { 0 };
		int fd, r;

		spare_name(i, name);
		fd = openat(log->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, log->mode);
		if (fd < 0)
			return full();
		r = fchmod(fd, log->mode) < 0 || fstat(fd, &st) < 0 ||
			((uint64_t)st.st_size < bytes && queue_log_allocate(fd, bytes) < 0) ?
		    -1 :
		    0;
		close(fd);
		if (r < 0) {
			int saved = errno;

			if (st.st_size == 0)
				(void)unlinkat(log->dir, name, 0);
			errno = saved;
			return full();
		}
	}
	return 0;
}

unsigned
queue_log_spares(struct queue_log *log, uint64_t *bytes)
{
	unsigned n = 0;

	*bytes = UINT64_MAX;
	for (unsigned i = 0; i < QUEUE_SPARES; i++) {
		char name[FILE_NAME];
		struct stat st;

		spare_name(i, name);
		if (fstatat(log->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			continue;
		n++;
		*bytes = (uint64_t)st.st_size < *bytes ? (uint64_t)st.st_size : *bytes;
	}
	*bytes = n == 0 ? 0 : *bytes;
	return n;
}

int
queue_log_shorten(struct queue_log *log, const struct queue_segment *s, uint64_t lsn)
{
	struct queue_file *f = queue_log_file(log, s->number);

	/* A small file may become a spare one, which must have its size. */
	if (f == NULL || s->base + s->bytes - lsn < QUEUE_WINDOW)
		return 0;
	/* If it fails, the file is larger than it needs to be, until it goes. */
	return ftruncate(f->fd, (off_t)(lsn - f->base)) == 0;
}

/* The file of a segment is not the same any more. */
static void
forget_number(struct queue_log *log, uint64_t number)
{
	for (struct queue_file *f = log->files; f < log->files + QUEUE_FILES; f++)
		if (f->fd >= 0 && f->number == number)
			forget(f);
}

int
queue_log_recycle(struct queue_log *log, uint64_t number)
{
	char name[FILE_NAME], spare[FILE_NAME];

	forget_number(log, number);
	for (unsigned i = 0; i < QUEUE_SPARES; i++) {
		spare_name(i, spare);
		if (queue_log_rename(log->dir, name_of(number, name), log->dir, spare) == 0)
			return 1;
	}
	return 0;
}

int
queue_log_remove(struct queue_log *log, uint64_t number)
{
	char name[FILE_NAME];

	forget_number(log, number);
	return unlinkat(log->dir, name_of(number, name), 0);
}

/* ---- the list of segments ---- */

static int
by_number(const void *a, const void *b)
{
	const struct queue_segment *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Adds the segment of that name, if it is one. Returns 0, or -1 with errno. */
static int
list_one(struct queue_log *log, const char *name, struct queue_segment **list, size_t *count)
{
	unsigned long long number;
	char same[FILE_NAME];
	struct queue_file *f;
	struct queue_segment *more;
	struct stat st;

	if (sscanf(name, "%llu.log", &number) != 1 || strcmp(name_of(number, same), name) != 0)
		return 0;
	if ((*count & (*count + 1)) == 0) {
		if ((more = realloc(*list, (2 * *count + 2) * sizeof *more)) == NULL)
			return -1;
		*list = more;
	}
	(*list)[*count] = (struct queue_segment){ .number = number, .base = UINT64_MAX };
	if (fstatat(log->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		(*list)[*count].bytes = (uint64_t)st.st_size;
	if ((f = queue_log_file(log, number)) != NULL)
		(*list)[*count].base = f->base;
	else if (errno != EBADMSG)
		return -1;
	++*count;
	return 0;
}

int
queue_log_list(struct queue_log *log, struct queue_segment **list, size_t *count)
{
	int fd = openat(log->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0;

	*count = 0;
	*list = malloc(sizeof **list);
	if (d == NULL || *list == NULL) {
		if (d != NULL)
			closedir(d);
		else if (fd >= 0)
			close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, e = readdir(d)) != NULL)
		r = list_one(log, e->d_name, list, count);
	if (r == 0 && errno != 0)
		r = -1;
	closedir(d);
	if (r == 0)
		qsort(*list, *count, sizeof **list, by_number);
	return r;
}
