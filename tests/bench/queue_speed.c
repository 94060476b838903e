/*
 * queue_speed: how fast a queue is, beside loops that write the same bytes to a preallocated file.
 *
 *   queue_speed DIR RUNS    prints rows: messages a second of the queue and of the loop, their
 *                           ratio, and what was done
 *
 * Each row is the median of RUNS runs, in which the two take turns. The last line is the time from
 * before a send to when a process that waits has received it, at a thousand sends a second.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "queue/queue.h"

enum { LEN = 140, MOST_RUNS = 99 };

static char dir[4000], path[4100];
static char payload[1000 * (LEN + 1)];
static uint32_t ends[1000];
static struct buf error;

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct queue *
open_queue(enum queue_sync sync)
{
	struct queue *q;

	error.len = 0;
	if (queue_open(&q, path, sync, &error) != 0) {
		fprintf(stderr, "%s\n", buf_string(&error));
		exit(1);
	}
	return q;
}

static void
send_n(struct queue *q, uint32_t batch)
{
	struct queue_batch b = { .payload = payload, .ends = ends, .count = batch, .gap = 1, .gap_byte = '\n' };

	if (queue_send(q, &b, -1, NULL, NULL) != 0) {
		fprintf(stderr, "%s\n", queue_error(q));
		exit(1);
	}
}

/* ---- what is measured: each does its work `times` times ---- */

static void
queue_sends(uint32_t batch, int times)
{
	struct queue *q = open_queue(QUEUE_SYNC_BATCH);

	while (times-- > 0)
		send_n(q, batch);
	queue_close(q);
}

static void
queue_sends_unsynced(uint32_t batch, int times)
{
	struct queue *q = open_queue(QUEUE_SYNC_NONE);

	while (times-- > 0)
		send_n(q, batch);
	queue_close(q);
}

/* Receives and acknowledges. */
static void
queue_receives(uint32_t batch, int times)
{
	static char receipts[1000][QUEUE_RECEIPT];
	static unsigned char wrong[1000];
	struct queue *q = open_queue(QUEUE_SYNC_BATCH);
	struct queue_want want = { .count = batch, .bytes = UINT64_MAX, .visibility = -1 };

	while (times-- > 0) {
		size_t count;
		uint64_t left;
		int full;

		if (queue_receive(q, &want, &count, &full) != 0 || count != batch)
			fail("receive");
		for (size_t i = 0; i < count; i++) {
			struct queue_message m;

			if (queue_message(q, i, &m) != 0 || m.data == NULL)
				fail("message");
			memcpy(receipts[i], m.receipt, QUEUE_RECEIPT);
		}
		if (queue_finish(q, QUEUE_DONE, 0, receipts, count, wrong, &left) != 0)
			fail("ack");
	}
	queue_close(q);
}

static int
loop_file(size_t bytes)
{
	char name[4200];
	int fd;

	(void)snprintf(name, sizeof name, "%s/loop.%ld", dir, (long)getpid());
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(name) < 0 || fallocate(fd, 0, 0, (off_t)bytes + (1 << 20)) < 0 || fdatasync(fd) < 0)
		fail(name);
	return fd;
}

static void
loop_syncs(uint32_t batch, int times)
{
	size_t n = batch * (LEN + 1);
	int fd = loop_file(n * (size_t)times);

	for (off_t at = 0; times-- > 0; at += (off_t)n)
		if (pwrite(fd, payload, n, at) != (ssize_t)n || fdatasync(fd) < 0)
			fail("loop");
	close(fd);
}

static void
loop_locks(uint32_t batch, int times)
{
	size_t n = batch * (LEN + 1);
	int fd = loop_file(n * (size_t)times);

	for (off_t at = 0; times-- > 0; at += (off_t)n)
		if (flock(fd, LOCK_EX) < 0 || pwrite(fd, payload, n, at) != (ssize_t)n || flock(fd, LOCK_UN) < 0)
			fail("loop");
	close(fd);
}

/* ---- measuring ---- */

/* Returns messages a second. */
static double
measure(void (*work)(uint32_t, int), uint32_t batch, int times, int processes)
{
	int64_t begin = clock_ns();
	int status;

	for (int i = 0; i < processes; i++)
		if (fork() == 0) {
			work(batch, times);
			_exit(0);
		}
	for (int i = 0; i < processes; i++)
		if (wait(&status) < 0 || status != 0)
			exit(1);
	return (double)batch * times * processes * 1e9 / (double)(clock_ns() - begin);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
fill(uint32_t batch, int times)
{
	while (times > 0) {
		queue_sends_unsynced(1000, 1);
		times -= (int)(1000 / batch);
	}
}

static void
row(const char *what, void (*work)(uint32_t, int), void (*loop)(uint32_t, int), uint32_t batch, int times,
    int processes, int runs)
{
	double a[MOST_RUNS] = { 0 }, b[MOST_RUNS] = { 0 };

	for (int i = 0; i < runs; i++) {
		struct queue_attributes attributes;
		int made;

		queue_defaults(&attributes);
		error.len = 0;
		if (queue_create(path, &attributes, 0, -1, &made, &error) != 0)
			exit(1);
		if (work == queue_receives)
			fill(batch, times * processes + 1000);
		a[i] = measure(work, batch, times, processes);
		b[i] = measure(loop, batch, times, processes);
		if (queue_remove(path, &error) != 0)
			exit(1);
	}
	qsort(a, (size_t)runs, sizeof a[0], by_size);
	qsort(b, (size_t)runs, sizeof b[0], by_size);
	printf("%12.0f %12.0f %8.2f  %s\n", a[runs / 2], b[runs / 2], a[runs / 2] / b[runs / 2], what);
	fflush(stdout);
}

/* ---- latency ---- */

enum { LETTERS = 2000 };

/*
 * Receives all letters, each of which is the time when it was sent, and prints how long they took.
 */
static void
waiter(void)
{
	static double took[LETTERS];
	struct queue *q = open_queue(QUEUE_SYNC_BATCH);
	struct queue_want want = { .count = 1, .bytes = UINT64_MAX, .visibility = -1, .done = 1 };
	size_t count, n = 0;
	int full, may;

	while (n < LETTERS) {
		struct queue_message m;
		int64_t sent;

		if (queue_receive(q, &want, &count, &full) != 0)
			fail("receive");
		if (count == 0 && queue_wait(q, -1, NULL, NULL, &may) != 0)
			fail("wait");
		if (count == 0)
			continue;
		if (queue_message(q, 0, &m) != 0 || m.len != sizeof sent)
			fail("message");
		memcpy(&sent, m.data, sizeof sent);
		took[n++] = (double)(clock_ns() - sent) / 1000;
	}
	qsort(took, LETTERS, sizeof took[0], by_size);
	printf("%12.0f %12.0f           latency at 1,000 a second, microseconds: median, 99 of 100\n",
	    took[LETTERS / 2], took[LETTERS / 100 * 99]);
	fflush(stdout);
	queue_close(q);
}

static void
latency(void)
{
	struct queue_attributes attributes;
	struct queue *q;
	int64_t begin;
	int made;

	queue_defaults(&attributes);
	error.len = 0;
	if (queue_create(path, &attributes, 0, -1, &made, &error) != 0)
		exit(1);
	if (fork() == 0) {
		waiter();
		_exit(0);
	}
	q = open_queue(QUEUE_SYNC_BATCH);
	begin = clock_ns();
	for (int64_t i = 0; i < LETTERS; i++) {
		int64_t now;
		uint32_t end = sizeof now;
		struct queue_batch b = { .payload = (const char *)&now, .ends = &end, .count = 1 };

		while ((now = clock_ns()) < begin + i * 1000000)
			usleep(50);
		if (queue_send(q, &b, -1, NULL, NULL) != 0)
			fail("send");
	}
	if (wait(NULL) < 0)
		fail("wait");
	queue_close(q);
	if (queue_remove(path, &error) != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	int runs;

	if (argc != 3 || (runs = atoi(argv[2])) < 1 || runs > MOST_RUNS)
		return 64;
	(void)snprintf(dir, sizeof dir, "%s", argv[1]);
	(void)snprintf(path, sizeof path, "%s/queue_speed.%ld", dir, (long)getpid());
	for (uint32_t i = 0; i < 1000; i++) {
		memset(payload + i * (LEN + 1), 'a' + (int)(i % 26), LEN);
		payload[i * (LEN + 1) + LEN] = '\n';
		ends[i] = i * (LEN + 1) + LEN;
	}
	row("send, one by one", queue_sends, loop_syncs, 1, 300, 1, runs);
	row("send, batches of 100", queue_sends, loop_syncs, 100, 200, 1, runs);
	row("send, 4 processes", queue_sends, loop_syncs, 1, 150, 4, runs);
	row("send, 8 processes", queue_sends, loop_syncs, 1, 100, 8, runs);
	row("receive and ack, one by one", queue_receives, loop_syncs, 1, 150, 1, runs);
	row("receive and ack, batches of 1000", queue_receives, loop_syncs, 1000, 50, 1, runs);
	row("send without sync, beside flock", queue_sends_unsynced, loop_locks, 1, 50000, 1, runs);
	latency();
	return 0;
}
