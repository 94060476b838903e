/*
 * queue_faults: disks that fail or are full, clocks that are turned, reboots, and files that are
 * damaged at any byte. The functions of the C library that matter are replaced here.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "queue/queue_private.h"
#include "unit/unit.h"

static char path[64];
static struct buf error;

/* ---- what is replaced ---- */

enum call { FDATASYNC, PWRITEV, FALLOCATE, FSYNC, CALLS };

static enum call failing = CALLS;
static long fail_after; /* calls of that kind that succeed first; then one fails, or all if fail_errno is ENOSPC */
static int fail_errno;
static uint64_t disk;          /* bytes that the queue's directory may have; 0: any number */
static int64_t clock_added[3]; /* milliseconds: monotonic, boottime, realtime */
static char boot_id[] = "00000000-0000-4000-8000-000000000001\n";

static int
fails(enum call c)
{
	if (failing != c || fail_after-- > 0)
		return 0;
	if (fail_errno != ENOSPC)
		failing = CALLS;
	errno = fail_errno;
	return 1;
}

int
fdatasync(int fd)
{
	return fails(FDATASYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	if (fails(PWRITEV)) {
		/* Some of it is written all the same. */
		(void)syscall(SYS_pwrite64, fd, v[0].iov_base, v[0].iov_len / 2, at);
		errno = fail_errno;
		return -1;
	}
	return syscall(SYS_pwritev, fd, v, (long)n, (long)at, 0L);
}

static uint64_t
bytes_in(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	uint64_t bytes = 0;
	struct stat st;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_blocks * 512;
	if (d != NULL)
		closedir(d);
	return bytes;
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	if (fails(FALLOCATE))
		return -1;
	if (disk != 0 && bytes_in(path) + (uint64_t)n > disk) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, (long)mode, (long)at, (long)n);
}

int
fsync(int fd)
{
	return fails(FSYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, clock, t),
	    which = clock == CLOCK_MONOTONIC ? 0 :
	    clock == CLOCK_BOOTTIME          ? 1 :
					       2;
	int64_t ms = (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000 + clock_added[which];

	if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_REALTIME)
		return r;
	t->tv_sec = (time_t)(ms / 1000);
	t->tv_nsec = (long)(ms % 1000 * 1000000);
	return r;
}

int
open(const char *name, int flags, ...)
{
	va_list args;
	int mode, fds[2];

	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, int) : 0;
	va_end(args);
	if (strcmp(name, "/proc/sys/kernel/random/boot_id") != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, name, flags, mode);
	if (pipe2(fds, O_CLOEXEC) < 0 || write(fds[1], boot_id, strlen(boot_id)) < 0)
		return -1;
	close(fds[1]);
	return fds[0];
}

/* ---- help ---- */

static void
make(uint64_t visibility)
{
	struct queue_attributes a;
	int made;

	queue_defaults(&a);
	a.visibility = visibility;
	error.len = 0;
	CHECK(queue_create(path, &a, 0, -1, &made, &error) == 0 && made);
}

static struct queue *
open_queue(void)
{
	struct queue *q;
	int status;

	error.len = 0;
	status = queue_open(&q, path, QUEUE_SYNC_BATCH, &error);
	CHECK(status == 0);
	if (status != 0)
		printf("%s\n", buf_string(&error));
	return q;
}

static int
send_text(struct queue *q, const char *text, int64_t delay)
{
	uint32_t end = (uint32_t)strlen(text);
	struct queue_batch b = { .payload = text, .ends = &end, .count = 1 };

	return queue_send(q, &b, delay, NULL, NULL);
}

/* Receives one message. Returns 1 with a copy of it, 0 if there is none, -1. */
static int
receive_one(struct queue *q, char text[100], char receipt[1][QUEUE_RECEIPT])
{
	struct queue_want want = { .count = 1, .bytes = 1 << 20, .visibility = -1 };
	struct queue_message m;
	size_t count;
	int full;

	if (queue_receive(q, &want, &count, &full) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (queue_message(q, 0, &m) != 0 || m.data == NULL || m.len > 99)
		return -1;
	memcpy(text, m.data, m.len);
	text[m.len] = '\0';
	if (receipt != NULL)
		memcpy(receipt[0], m.receipt, QUEUE_RECEIPT);
	return 1;
}

static int
done(struct queue *q, char receipt[1][QUEUE_RECEIPT])
{
	unsigned char wrong;
	uint64_t left;

	return queue_finish(q, QUEUE_DONE, 0, receipt, 1, &wrong, &left);
}

static struct queue_stat
look(struct queue *q)
{
	struct queue_stat s;

	CHECK(queue_stat(q, &s) == 0);
	free(s.leases);
	return s;
}

static void
drop(struct queue *q)
{
	queue_close(q);
	error.len = 0;
	CHECK(queue_remove(path, &error) == 0);
}

/* ---- failing calls ---- */

/* Sends, receives and acknowledges while call n of a kind fails. What succeeded is there. */
static void
one_failure(enum call call, long n, int why)
{
	struct queue *q;
	int sent[40] = { 0 }, seen[40] = { 0 }, gone[40] = { 0 };
	char text[100], receipt[1][QUEUE_RECEIPT];

	make(3600000);
	q = open_queue();
	failing = call;
	fail_after = n;
	fail_errno = why;
	for (int i = 0; i < 20; i++) {
		(void)snprintf(text, sizeof text, "%d", i);
		sent[i] = send_text(q, text, -1) == 0;
		if (i % 5 == 4 && receive_one(q, text, receipt) > 0 && done(q, receipt) == 0)
			gone[atoi(text)] = 1;
		if (i == 9) {
			struct queue_times now;

			if (queue_lock(q, &now) == 0) {
				(void)queue_append_switch(q, &now, 0, 1);
				queue_unlock(q);
			}
		}
	}
	failing = CALLS;
	if (n % 2 == 0) {
		queue_close(q);
		q = open_queue();
	}
	for (size_t count = 1; q != NULL && count > 0;) {
		static struct queue_place place;

		CHECK(queue_peek(q, &place, 100, 1 << 20, &count) == 0);
		for (size_t i = 0; i < count; i++) {
			struct queue_message m;

			CHECK(queue_message(q, i, &m) == 0 && m.data != NULL);
			if (m.data != NULL)
				seen[atoi(m.data)]++;
		}
		if (count == 0)
			place = (struct queue_place){ 0 };
	}
	for (int i = 0; i < 20; i++) {
		CHECK(seen[i] <= 1);
		/* Lost is nothing; what failed because the disk did has not happened. */
		CHECK(!sent[i] || gone[i] || seen[i] == 1);
		CHECK(!gone[i] || !seen[i]);
		if (call == FDATASYNC || call == PWRITEV)
			CHECK(sent[i] || seen[i] == 0);
	}
	/* And it goes on. */
	CHECK(send_text(q, "30", -1) == 0);
	drop(q);
}

static void
failures(void)
{
	const long step = unit_setting("REC_LONG", 0) ? 1 : 5;

	for (long n = (long)unit_random((size_t)step); n < 40; n += step) {
		one_failure(FDATASYNC, n, EIO);
		one_failure(PWRITEV, n, EIO);
	}
	for (long n = 0; n < 12; n++) {
		one_failure(FALLOCATE, n, ENOSPC);
		one_failure(FALLOCATE, n, EDQUOT);
		one_failure(FSYNC, n, EIO);
		one_failure(PWRITEV, n, ENOSPC);
	}
}

/* A disk that is full lets the queue drain, message by message. */
static void
full_disk(uint64_t at_a_time)
{
	static char payload[4000];
	uint32_t ends[40];
	struct queue *q;
	struct queue_batch b = { .payload = payload, .ends = ends, .count = 40 };
	uint64_t sent = 0, received = 0;
	int status = 0;

	memset(payload, 'x', sizeof payload);
	for (uint32_t i = 0; i < 40; i++)
		ends[i] = 100 * (i + 1);
	make(3600000);
	q = open_queue();
	queue_close(q);
	error.len = 0;
	CHECK(queue_open(&q, path, QUEUE_SYNC_NONE, &error) == 0);
	disk = bytes_in(path) + (3 << 20);
	while (status == 0 && sent < 10000000) {
		uint32_t n = 0;

		status = queue_send(q, &b, -1, NULL, &n);
		sent += n;
	}
	CHECK(status == EX_IOERR && strstr(queue_error(q), "No space left") != NULL);
	CHECK(sent > 1000);
	/* Not a byte more from now on, but for what is freed. */
	disk = bytes_in(path);
	for (;;) {
		struct queue_want want = { .count = at_a_time, .bytes = 1 << 20, .visibility = -1 };
		static char receipts[100][QUEUE_RECEIPT];
		static unsigned char wrong[100];
		size_t count;
		uint64_t left;
		int full;

		status = queue_receive(q, &want, &count, &full);
		CHECK(status == 0);
		if (status != 0) {
			printf("after %llu of %llu: %s\n", (unsigned long long)received, (unsigned long long)sent,
			    queue_error(q));
			break;
		}
		if (count == 0)
			break;
		for (size_t i = 0; i < count; i++) {
			struct queue_message m;

			CHECK(queue_message(q, i, &m) == 0 && m.data != NULL && m.len == 100);
			memcpy(receipts[i], m.receipt, QUEUE_RECEIPT);
		}
		status = queue_finish(q, QUEUE_DONE, 0, receipts, count, wrong, &left);
		CHECK(status == 0);
		if (status != 0)
			break;
		received += count;
	}
	CHECK(received == sent);
	disk = 0;
	CHECK(send_text(q, "more", -1) == 0);
	drop(q);
}

/* ---- clocks ---- */

#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)

static void
clocks(void)
{
	char text[100];
	struct queue *q;
	const int64_t year = 365 * DAY;

	make(30 * SECOND);
	q = open_queue();
	CHECK(send_text(q, "a", -1) == 0);
	CHECK(send_text(q, "b", 60 * SECOND) == 0);
	CHECK(receive_one(q, text, NULL) == 1 && strcmp(text, "a") == 0);
	/* The time of day is set, years forward and back: nothing ends. */
	clock_added[2] += 10 * year;
	CHECK(look(q).visible == 0 && look(q).in_flight == 1 && look(q).delayed == 1);
	clock_added[2] -= 20 * year;
	CHECK(look(q).visible == 0 && look(q).in_flight == 1 && look(q).delayed == 1);
	clock_added[2] += 10 * year;
	/* The machine sleeps for an hour: the delay is over, the lease is not. */
	clock_added[1] += 3600 * SECOND;
	CHECK(look(q).visible == 1 && look(q).in_flight == 1 && look(q).delayed == 0);
	/* The lease ends, too, when the machine has been awake as long. */
	clock_added[0] += 29 * SECOND;
	clock_added[1] += 29 * SECOND;
	CHECK(look(q).in_flight == 1);
	clock_added[0] += 2 * SECOND;
	clock_added[1] += 2 * SECOND;
	CHECK(look(q).in_flight == 0 && look(q).visible == 2);
	/* Retention: four days, also of a message that is in flight, whoever looks. */
	CHECK(receive_one(q, text, NULL) == 1 && strcmp(text, "a") == 0);
	clock_added[1] += 4 * DAY - 3600 * SECOND - 60 * SECOND;
	CHECK(look(q).visible + look(q).in_flight == 2);
	clock_added[1] += 60 * SECOND;
	CHECK(look(q).visible + look(q).in_flight == 0);
	CHECK(receive_one(q, text, NULL) == 0);
	/* A reboot: the clocks begin anew, and the time of day tells what has passed. */
	CHECK(send_text(q, "c", -1) == 0 && send_text(q, "d", 600 * SECOND) == 0);
	CHECK(receive_one(q, text, NULL) == 1 && strcmp(text, "c") == 0);
	queue_close(q);
	boot_id[35]++;
	clock_added[0] = clock_added[1] = -1000000;
	clock_added[2] += 10 * SECOND;
	q = open_queue();
	CHECK(look(q).in_flight == 1 && look(q).delayed == 1);
	clock_added[0] += 21 * SECOND;
	clock_added[1] += 21 * SECOND;
	CHECK(look(q).in_flight == 0 && look(q).visible == 1 && look(q).delayed == 1);
	/* Another one, and the time of day was set back by a year: nothing is negative. */
	CHECK(receive_one(q, text, NULL) == 1 && strcmp(text, "c") == 0);
	queue_close(q);
	boot_id[35]++;
	clock_added[0] = clock_added[1] = -500000;
	clock_added[2] -= year;
	q = open_queue();
	CHECK(look(q).in_flight == 1 && look(q).delayed == 1);
	clock_added[0] += 31 * SECOND;
	CHECK(look(q).in_flight == 0);
	/*
	 * And forward, after a lease of hours: it lasts at most its own length from the first
	 * open.
	 */
	CHECK(receive_one(q, text, NULL) == 1);
	queue_close(q);
	boot_id[35]++;
	clock_added[2] += year;
	q = open_queue();
	CHECK(look(q).in_flight == 0 && look(q).visible + look(q).delayed == 0);
	/* The same if the index must be made anew. */
	CHECK(send_text(q, "e", -1) == 0 && receive_one(q, text, NULL) == 1);
	queue_close(q);
	boot_id[35]++;
	CHECK(unlink("/tmp/none") < 0);
	(void)snprintf(text, sizeof text, "%s/index", path);
	CHECK(unlink(text) == 0);
	q = open_queue();
	CHECK(look(q).in_flight == 1);
	memset(clock_added, 0, sizeof clock_added);
	drop(q);
}

/* ---- damage ---- */

struct file {
	char name[300];
	char *bytes;
	size_t size;
};

static void
read_file(struct file *f)
{
	struct stat st;
	int fd = open(f->name, O_RDONLY);

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	f->size = (size_t)st.st_size;
	f->bytes = malloc(f->size + 1);
	CHECK(read(fd, f->bytes, f->size) == (ssize_t)f->size);
	close(fd);
}

/* Zeros at the end need not be written. */
static void
write_file(const struct file *f, const char *bytes, size_t size)
{
	int fd = open(f->name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t n = size;

	while (n > 0 && bytes[n - 1] == 0)
		n--;
	CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && ftruncate(fd, (off_t)size) == 0);
	close(fd);
}

static void
write_all(const struct file *files, size_t n)
{
	char command[200];

	/* What was made meanwhile goes. */
	(void)snprintf(command, sizeof command, "%s/index", path);
	for (int i = 1; i < 20; i++) {
		(void)snprintf(command, sizeof command, "%s/%08d.log", path, i);
		(void)unlink(command);
	}
	for (size_t i = 0; i < n; i++)
		write_file(&files[i], files[i].bytes, files[i].size);
}

/* Opens a damaged queue. Messages are those that were sent, or none. Returns how many there are. */
static int
count_messages(int *first_missing)
{
	int seen[10] = { 0 }, n = 0;
	struct queue *q;
	struct queue_place place = { 0 };
	size_t count = 1;

	error.len = 0;
	*first_missing = 0;
	if (queue_open(&q, path, QUEUE_SYNC_NONE, &error) != 0) {
		CHECK(error.len > 0);
		return -1;
	}
	while (count > 0) {
		if (queue_peek(q, &place, 100, 1 << 20, &count) != 0)
			break;
		for (size_t i = 0; i < count; i++) {
			struct queue_message m;

			CHECK(queue_message(q, i, &m) == 0);
			if (m.data == NULL)
				continue;
			CHECK(m.len == 6 && memcmp(m.data, "body ", 5) == 0 && m.data[5] >= '0' && m.data[5] <= '5');
			seen[m.data[5] - '0']++;
			n++;
		}
	}
	for (int i = 0; i < 6; i++)
		CHECK(seen[i] <= 1);
	while (*first_missing < 6 && seen[*first_missing])
		++*first_missing;
	queue_close(q);
	return n;
}

static void
damage(void)
{
	struct file files[3] = { 0 };
	struct queue *q;
	struct queue_times now;
	size_t used[3], step = unit_setting("REC_LONG", 0) ? 1 : 400;
	int missing;

	make(3600000);
	q = open_queue();
	for (int i = 0; i < 6; i++) {
		char text[100];

		(void)snprintf(text, sizeof text, "body %d", i);
		CHECK(send_text(q, text, -1) == 0);
		if (i == 2) {
			CHECK(queue_lock(q, &now) == 0);
			CHECK(queue_append_switch(q, &now, 0, 1) == 0);
			queue_unlock(q);
		}
	}
	for (int i = 0; i < 2; i++)
		used[i] = (size_t)((i == 0 ? q->x.segments[1].base : q->x.state->end) - q->x.segments[i].base);
	queue_close(q);
	(void)snprintf(files[0].name, sizeof files[0].name, "%s/00000001.log", path);
	(void)snprintf(files[1].name, sizeof files[1].name, "%s/00000002.log", path);
	(void)snprintf(files[2].name, sizeof files[2].name, "%s/index", path);
	for (int i = 0; i < 3; i++)
		read_file(&files[i]);
	used[2] = files[2].size;
	CHECK(count_messages(&missing) == 6);
	for (int i = 0; i < 3; i++)
		for (size_t at = unit_random(step); at < used[i]; at += 1 + unit_random(2 * step))
			for (int way = 0; way < 6; way++) {
				size_t zeros = files[i].size - at < 64 ? files[i].size - at : 64;
				char *copy = malloc(files[i].size);
				int n;

				memcpy(copy, files[i].bytes, files[i].size);
				write_all(files, 3);
				/*
				 * A bit, some bytes, or all from there on; with the index, or
				 * without.
				 */
				if (way % 3 == 0)
					copy[at] ^= (char)(1 << unit_random(8));
				else if (way % 3 == 1)
					memset(copy + at, 0, zeros);
				write_file(&files[i], copy, way % 3 == 2 ? at : files[i].size);
				if (way >= 3)
					(void)unlink(files[2].name);
				free(copy);
				n = count_messages(&missing);
				/* The index alone is nothing. */
				CHECK(i != 2 || n == 6);
				/* What was in the other segment is there. */
				CHECK(i != 0 || n >= 3);
				CHECK(i != 1 || missing >= 3);
			}
	write_all(files, 3);
	CHECK(count_messages(&missing) == 6);
	for (int i = 0; i < 3; i++)
		free(files[i].bytes);
	CHECK(queue_remove(path, &error) == 0);
}

int
main(void)
{
	(void)snprintf(path, sizeof path, "/tmp/queue_faults.%ld", (long)getpid());
	failures();
	full_disk(1);
	full_disk(100);
	clocks();
	damage();
	buf_free(&error);
	return unit_end("queue_faults");
}
