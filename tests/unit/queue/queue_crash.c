/*
 * queue_crash: a process is killed at each of its system calls, and after any number of its
 * instructions, while it sends, receives, acknowledges, begins segments and removes them. What it
 * had reported before is in the queue, what it had not begun is not, and a batch is there wholly
 * or not at all.
 *
 * The child is traced (ptrace(2)): it stops at each system call, or after each instruction. While
 * it stands there, perhaps with the lock, another process sends; then it is killed.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "queue/queue_private.h"
#include "unit/unit.h"

enum { BATCH = 3, ALL = 100000 };

/* What the child tells: what it is about to do, and what is done. */
struct note {
	char verb;      /* b: a batch of sends begins; s: it is sent; a: an acknowledgement begins; d: it is done */
	uint64_t first; /* batch: its number among all batches; else the message's number in the queue */
	uint64_t numbers[BATCH]; /* s: the messages' */
};

enum life { NEVER, BEGUN, SENT, GOING, GONE };

static enum life batches[ALL];
static uint64_t number_of[ALL][BATCH]; /* the messages of a batch; 0: not known */
static uint64_t batch_count;
static char path[64];
static int notes[2];

/* Acknowledgements by number: the last one may or may not have happened. */
static uint64_t going;
static unsigned char *gone;
static size_t gone_room;

static void
note(char verb, uint64_t first, const uint64_t *numbers)
{
	struct note n = { .verb = verb, .first = first };

	if (numbers != NULL)
		memcpy(n.numbers, numbers, sizeof n.numbers);

	if (write(notes[1], &n, sizeof n) != (ssize_t)sizeof n)
		_exit(3);
}

/* ---- the child ---- */

static void
send_batch(struct queue *q, uint64_t batch)
{
	char payload[BATCH * 40];
	uint32_t ends[BATCH];
	uint64_t numbers[BATCH];
	size_t len = 0;
	struct queue_batch b = { .payload = payload, .ends = ends, .count = BATCH, .gap = 1, .gap_byte = '\n' };

	for (int i = 0; i < BATCH; i++) {
		len += (size_t)sprintf(payload + len, "%llu.%d", (unsigned long long)batch, i);
		ends[i] = (uint32_t)len;
		payload[len++] = '\n';
	}
	note('b', batch, NULL);
	if (queue_send(q, &b, -1, numbers, NULL) != 0)
		_exit(4);
	note('s', batch, numbers);
}

static void
receive(struct queue *q, size_t n)
{
	struct queue_want want = { .count = n, .bytes = 1 << 20, .visibility = 3600000 };
	struct queue_message m;
	unsigned char wrong;
	uint64_t left;
	size_t count;
	int full;

	if (queue_receive(q, &want, &count, &full) != 0)
		_exit(5);
	for (size_t i = 0; i < count; i++) {
		char receipt[1][QUEUE_RECEIPT];

		if (queue_message(q, i, &m) != 0 || m.data == NULL)
			_exit(6);
		memcpy(receipt[0], m.receipt, QUEUE_RECEIPT);
		if (i % 2 == 1) {
			if (queue_finish(q, QUEUE_AGAIN, 0, receipt, 1, &wrong, &left) != 0)
				_exit(7);
			continue;
		}
		note('a', m.number, NULL);
		if (queue_finish(q, QUEUE_DONE, 0, receipt, 1, &wrong, &left) != 0)
			_exit(7);
		note('d', m.number, NULL);
	}
}

static void
child(uint64_t batch, int syscalls)
{
	struct buf error = { 0 };
	struct queue *q;
	struct queue_times now;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(9);
	raise(SIGSTOP);
	if (queue_open(&q, path, syscalls % 2 == 0 ? QUEUE_SYNC_NONE : QUEUE_SYNC_BATCH, &error) != 0)
		_exit(2);
	send_batch(q, batch);
	receive(q, 4);
	send_batch(q, batch + 1);
	if (queue_lock(q, &now) != 0)
		_exit(8);
	if (queue_append_switch(q, &now, 0, 1) != 0)
		_exit(8);
	queue_unlock(q);
	send_batch(q, batch + 2);
	receive(q, 3);
	queue_close(q);
	_exit(0);
}

/* The other process: sends one batch, whatever becomes of the child. */
static void
other(uint64_t batch)
{
	struct buf error = { 0 };
	struct queue *q;

	if (queue_open(&q, path, QUEUE_SYNC_BATCH, &error) != 0)
		_exit(2);
	send_batch(q, batch);
	queue_close(q);
	_exit(0);
}

/* ---- the parent ---- */

/*
 * Runs a child, and kills it so many instructions after its n-th stop at a system call. Returns 1
 * if it was killed, 0 if it ended before that, -1 if it cannot be traced.
 */
static int
run(uint64_t n, uint64_t instructions, int beside)
{
	int status;
	pid_t pid, second = 0;

	CHECK(pipe2(notes, O_CLOEXEC) == 0);
	(void)fcntl(notes[1], F_SETPIPE_SZ, 1 << 16);
	fflush(stdout);
	if ((pid = fork()) == 0)
		child(batch_count, (int)(n & 1));
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	for (uint64_t i = 0;; i++) {
		if (i == n + instructions) {
			if (beside && (second = fork()) == 0)
				other(batch_count + 3);
			/* It gets as far as it can; time is only for that. */
			if (beside)
				nanosleep(&(struct timespec){ .tv_nsec = (long)unit_random(4000000) }, NULL);
			kill(pid, SIGKILL);
			while (waitpid(pid, &status, 0) == pid && !WIFEXITED(status) && !WIFSIGNALED(status))
				continue;
			if (second > 0)
				CHECK(waitpid(second, &status, 0) == second && WIFEXITED(status) &&
				    WEXITSTATUS(status) == 0);
			close(notes[1]);
			return 1;
		}
		if (ptrace(i >= n ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, pid, NULL, NULL) < 0 ||
		    waitpid(pid, &status, 0) != pid)
			return -1;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			close(notes[1]);
			return 0;
		}
	}
}

static void
mark_gone(uint64_t number)
{
	if (number >= gone_room) {
		size_t room = number * 2 + 1000;

		unsigned char *more = realloc(gone, room);

		if (more == NULL)
			exit(1);
		gone = more;
		memset(gone + gone_room, 0, room - gone_room);
		gone_room = room;
	}
	gone[number] = 1;
}

static void
read_notes(void)
{
	struct note n;

	going = 0;
	while (read(notes[0], &n, sizeof n) == (ssize_t)sizeof n) {
		if (n.verb == 'b') {
			batches[n.first] = BEGUN;
			batch_count = n.first + 1 > batch_count ? n.first + 1 : batch_count;
		} else if (n.verb == 's') {
			batches[n.first] = SENT;
			memcpy(number_of[n.first], n.numbers, sizeof n.numbers);
		} else if (n.verb == 'a')
			going = n.first;
		else {
			going = 0;
			mark_gone(n.first);
		}
	}
	close(notes[0]);
}

/* Reads the queue as it is, and compares it with what was told. */
static void
compare(void)
{
	static unsigned char seen[ALL][BATCH];
	struct buf error = { 0 };
	struct queue_place place = { 0 };
	struct queue *q;
	size_t count = 1, live = 0;

	CHECK(queue_open(&q, path, QUEUE_SYNC_NONE, &error) == 0);
	if (q == NULL) {
		printf("%s\n", buf_string(&error));
		exit(1);
	}
	memset(seen, 0, batch_count * sizeof seen[0]);
	while (count > 0) {
		CHECK(queue_peek(q, &place, 100, 1 << 20, &count) == 0);
		for (size_t i = 0; i < count; i++) {
			struct queue_message m;
			unsigned long long batch;
			char text[40];
			int at;

			CHECK(queue_message(q, i, &m) == 0 && m.data != NULL && m.len < sizeof text);
			if (m.data == NULL)
				continue;
			memcpy(text, m.data, m.len);
			text[m.len] = '\0';
			CHECK(sscanf(text, "%llu.%d", &batch, &at) == 2 && batch < batch_count && at < BATCH);
			CHECK(batches[batch] == BEGUN || batches[batch] == SENT);
			CHECK(!seen[batch][at]);
			CHECK(m.number >= gone_room || !gone[m.number]);
			seen[batch][at] = 1;
			number_of[batch][at] = m.number;
			live++;
		}
	}
	for (uint64_t b = 0; b < batch_count; b++) {
		int there = 0;

		for (int i = 0; i < BATCH; i++)
			there += number_of[b][i] != 0;
		/* It was seen wholly, at some time, or never. */
		CHECK(there == 0 || there == BATCH);
		CHECK(batches[b] != SENT || there == BATCH);
		for (int i = 0; i < BATCH && there == BATCH; i++)
			CHECK(seen[b][i] || number_of[b][i] == going || gone[number_of[b][i]]);
		if (there == 0)
			batches[b] = NEVER;
		for (int i = 0; i < BATCH && there == BATCH; i++)
			if (!seen[b][i] && number_of[b][i] == going)
				mark_gone(going);
	}
	queue_close(q);
}

/*
 * Messages that were acknowledged at once are never seen by compare: they are known by their
 * notes.
 */
static void
forget(void)
{
	struct buf error = { 0 };
	int made;
	struct queue_attributes a;

	(void)queue_remove(path, &error);
	buf_free(&error);
	memset(batches, 0, sizeof batches);
	memset(number_of, 0, batch_count * sizeof number_of[0]);
	batch_count = 0;
	free(gone);
	gone = NULL;
	gone_room = 0;
	queue_defaults(&a);
	CHECK(queue_create(path, &a, 0, -1, &made, &error) == 0 && made);
	mark_gone(1);
	gone[1] = 0;
}

int
main(void)
{
	struct buf error = { 0 };
	uint64_t stops;
	int killed = 1;

	(void)snprintf(path, sizeof path, "/tmp/queue_crash.%ld", (long)getpid());
	forget();
	/* Each system call. */
	for (stops = 1; killed > 0 && stops < 5000; stops++) {
		killed = run(stops, 0, 0);
		if (killed < 0)
			break;
		read_notes();
		compare();
		if (stops % 16 == 0)
			forget();
	}
	if (killed < 0) {
		printf("ok queue_crash: 1 checks\n# skipped: no process can be traced here\n");
		return 0;
	}
	/* Any instruction. */
	while (unit_round()) {
		if (unit_random(16) == 0)
			forget();
		if (run(1 + unit_random(stops), unit_random(2) * (1 + unit_random(2000)), (int)unit_random(3) > 0) < 0)
			break;
		read_notes();
		compare();
	}
	CHECK(queue_remove(path, &error) == 0);
	free(gone);
	return unit_end("queue_crash");
}
