/*
 * queue_many: eight processes send to a queue and eight receive from it, and any of them is killed
 * at any time. What was sent is done once at least, or is still there; what was done does not come
 * again; nothing comes that was not sent. And: of fifty that wait, one message wakes three at most;
 * no sender keeps a receiver from its turn.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "queue/queue_private.h"
#include "unit/queuejournal.h"

enum { SENDERS = 8, RECEIVERS = 8 };

static char path[64], journal[64];
static struct buf error;

/* What all processes see. */
static struct shared {
	_Atomic uint64_t next; /* the text of the next message */
	_Atomic uint64_t woken, waiting, turns, turns_receiver;
	_Atomic int stop;
} * shared;

static void
send_some(struct queue *q, unsigned n)
{
	journal_send(q, atomic_fetch_add(&shared->next, n), n);
}

static void
sender(void)
{
	struct queue *q = journal_open(path, QUEUE_SYNC_NONE);

	while (!atomic_load(&shared->stop))
		send_some(q, 1 + (unsigned)unit_random(8));
	queue_close(q);
	_exit(0);
}

static void
receiver(void)
{
	struct queue *q = journal_open(path, QUEUE_SYNC_NONE);

	while (!atomic_load(&shared->stop))
		journal_receive(q);
	queue_close(q);
	_exit(0);
}

static pid_t
start(int sends, uint64_t seed)
{
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		unit_random_from(seed);
		if (sends)
			sender();
		receiver();
	}
	return pid;
}

static void
killing(void)
{
	pid_t pids[SENDERS + RECEIVERS];
	int64_t end = clock_ms() + 700;
	uint64_t texts;
	int status;

	atomic_store(&shared->next, 0);
	atomic_store(&shared->stop, 0);
	journal_fd = open(journal, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	CHECK(journal_fd >= 0);
	for (int i = 0; i < SENDERS + RECEIVERS; i++)
		pids[i] = start(i < SENDERS, unit_random(1000000));
	while (clock_ms() < end && atomic_load(&shared->next) < JOURNAL_MOST - 1000) {
		int i = (int)unit_random(SENDERS + RECEIVERS);

		nanosleep(&(struct timespec){ .tv_nsec = (long)unit_random(20000000) }, NULL);
		kill(pids[i], SIGKILL);
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		pids[i] = start(i < SENDERS, unit_random(1000000));
	}
	atomic_store(&shared->stop, 1);
	for (int i = 0; i < SENDERS + RECEIVERS; i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(journal_fd);
	journal_read(journal);
	journal_look(path);
	texts = atomic_load(&shared->next);
	CHECK(journal_faults(texts) == 0);
	CHECK(texts > 100);
}

/* ---- waiting ---- */

static void
waiter(void)
{
	struct queue *q = journal_open(path, QUEUE_SYNC_NONE);
	struct queue_want want = { .count = 1, .bytes = 1, .visibility = 3600000 };
	size_t count = 0;
	int full, may = 1;

	while (count == 0 && may > 0) {
		if (queue_receive(q, &want, &count, &full) != 0)
			_exit(0);
		if (count > 0)
			break;
		atomic_fetch_add(&shared->waiting, 1);
		if (queue_wait(q, 30000, NULL, NULL, &may) != 0)
			_exit(0);
		atomic_fetch_add(&shared->woken, 1);
	}
	queue_close(q);
	_exit(0);
}

static void
waiting(void)
{
	pid_t pids[50];
	struct queue *q = journal_open(path, QUEUE_SYNC_NONE);
	struct queue_stat stat;
	uint64_t woken;
	int status, ended = 0;

	atomic_store(&shared->waiting, 0);
	for (int i = 0; i < 50; i++) {
		fflush(stdout);
		if ((pids[i] = fork()) == 0)
			waiter();
	}
	for (int i = 0;
	     i < 6000 && (atomic_load(&shared->waiting) < 50 || atomic_load(&q->control.words->waiters) < 50); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	CHECK(atomic_load(&shared->waiting) >= 50);
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	atomic_store(&shared->woken, 0);
	send_some(q, 1);
	for (int i = 0; i < 6000 && !ended; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
		for (int k = 0; k < 50; k++)
			if (pids[k] > 0 && waitpid(pids[k], &status, WNOHANG) == pids[k]) {
				pids[k] = 0;
				ended++;
			}
	}
	woken = atomic_load(&shared->woken);
	CHECK(ended == 1);
	CHECK(woken >= 1 && woken <= 3);
	CHECK(queue_stat(q, &stat) == 0 && stat.in_flight >= 1);
	free(stat.leases);
	/* The others end when the queue is removed. */
	queue_close(q);
	error.len = 0;
	CHECK(queue_remove(path, &error) == 0);
	for (int k = 0; k < 50; k++)
		if (pids[k] > 0)
			CHECK(waitpid(pids[k], &status, 0) == pids[k] && WIFEXITED(status));
}

/* ---- turns ---- */

static void
take_turns(int counts)
{
	struct queue *q = journal_open(path, QUEUE_SYNC_NONE);
	struct queue_times now;

	while (!atomic_load(&shared->stop)) {
		if (queue_lock(q, &now) != 0)
			_exit(2);
		atomic_fetch_add(&shared->turns, 1);
		if (counts)
			atomic_fetch_add(&shared->turns_receiver, 1);
		queue_unlock(q);
	}
	queue_close(q);
	_exit(0);
}

static void
turns(void)
{
	pid_t pids[9];
	int status;

	atomic_store(&shared->stop, 0);
	for (int i = 0; i < 9; i++) {
		fflush(stdout);
		if ((pids[i] = fork()) == 0)
			take_turns(i == 8);
	}
	/* From when the receiver has had its first turn. */
	for (int i = 0; i < 6000 && atomic_load(&shared->turns_receiver) == 0; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	atomic_store(&shared->turns, 0);
	atomic_store(&shared->turns_receiver, 0);
	for (int i = 0; i < 6000 && atomic_load(&shared->turns) < 200000; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	atomic_store(&shared->stop, 1);
	for (int i = 0; i < 9; i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(atomic_load(&shared->turns) >= 200000);
	CHECK(atomic_load(&shared->turns_receiver) * 20 >= atomic_load(&shared->turns));
	printf("# %llu of %llu turns were the receiver's\n", (unsigned long long)atomic_load(&shared->turns_receiver),
	    (unsigned long long)atomic_load(&shared->turns));
}

int
main(void)
{
	struct queue_attributes a;
	int made;

	(void)snprintf(path, sizeof path, "/tmp/queue_many.%ld", (long)getpid());
	(void)snprintf(journal, sizeof journal, "/tmp/queue_many.%ld.journal", (long)getpid());
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	queue_defaults(&a);
	while (unit_round()) {
		error.len = 0;
		CHECK(queue_create(path, &a, 0, -1, &made, &error) == 0 && made);
		killing();
		CHECK(queue_remove(path, &error) == 0);
	}
	CHECK(queue_create(path, &a, 0, -1, &made, &error) == 0 && made);
	turns();
	journal_fd = open(journal, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	waiting();
	close(journal_fd);
	(void)unlink(journal);
	buf_free(&error);
	return unit_end("queue_many");
}
