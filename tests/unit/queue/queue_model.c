/*
 * queue_model: random sends, receives, acknowledgements, releases, delays, sessions, purges and
 * expiry, compared with a plain model; in between the queue is closed, its index removed or
 * spoiled, or a process dies with the lock. What the queue holds must be what the model holds.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "queue/queue_private.h"
#include "unit/unit.h"

enum { MESSAGES = 4000, PATH = 64 };

enum state { GONE, WAITS, TAKEN, HELD, DELAYED };

static struct message {
	enum state state;
	uint32_t receives, len;
	char receipt[QUEUE_RECEIPT];
	uint64_t number, position;
} model[MESSAGES];

static size_t sent;
static uint64_t base;
static struct queue *q;
static char path[PATH];
static struct buf error;

/* The bytes of message i. */
static void
fill(char *to, size_t i, uint32_t len)
{
	for (uint32_t k = 0; k < len; k++)
		to[k] = (char)(i * 7 + k * 13 + (k >> 8));
}

static void
reopen(void)
{
	if (q != NULL)
		queue_close(q);
	error.len = 0;
	CHECK(queue_open(&q, path, QUEUE_SYNC_NONE, &error) == 0);
	if (q == NULL) {
		printf("%s\n", buf_string(&error));
		exit(1);
	}
}

static void
send_some(void)
{
	static char payload[2000000];
	uint32_t ends[64], n = 1 + (uint32_t)unit_random(20), len = 0;
	uint64_t numbers[64];
	int64_t delay = unit_random(10) == 0 ? 3600000 : 0;
	struct queue_batch b = { .payload = payload, .ends = ends, .gap = 1, .gap_byte = '\n' };

	if (unit_random(40) == 0)
		n = 1;
	for (b.count = 0; b.count < n && sent + b.count < MESSAGES; b.count++) {
		struct message *m = &model[sent + b.count];

		m->len = (uint32_t)unit_random(unit_random(8) == 0 ? 3000 : 100);
		if (n == 1 && unit_random(4) == 0)
			m->len = 300000 + (uint32_t)unit_random(300000);
		fill(payload + len, sent + b.count, m->len);
		len += m->len;
		ends[b.count] = len;
		payload[len++] = '\n';
		m->state = delay > 0 ? DELAYED : WAITS;
		m->receives = 0;
	}
	if (b.count == 0)
		return;
	CHECK(queue_send(q, &b, delay, numbers, NULL) == 0);
	for (uint32_t i = 0; i < b.count; i++)
		model[sent + i].number = numbers[i];
	sent += b.count;
}

static struct message *
by_number(uint64_t number)
{
	for (size_t i = 0; i < sent; i++)
		if (model[i].number == number)
			return &model[i];
	return NULL;
}

static void
receive_some(int session)
{
	static char expected[2000000];
	struct queue_want want = {
		.count = 1 + unit_random(30), .bytes = 1 << 20, .visibility = 7200000, .session = session ? "s" : NULL
	};
	size_t count, i, least = 0;
	int full;

	want.done = !session && unit_random(5) == 0;
	CHECK(queue_receive(q, &want, &count, &full) == 0);
	for (i = 0; i < count; i++) {
		struct queue_message got;
		struct message *m;

		CHECK(queue_message(q, i, &got) == 0);
		m = by_number(got.number);
		CHECK(m != NULL && m->state == WAITS);
		if (m == NULL)
			continue;
		/* The oldest one that is visible. */
		for (; &model[least] < m; least++)
			CHECK(model[least].state != WAITS);
		fill(expected, (size_t)(m - model), m->len);
		CHECK(got.data != NULL && got.len == m->len && memcmp(got.data, expected, m->len) == 0);
		CHECK(want.done || got.receives == m->receives + 1);
		m->receives++;
		m->state = want.done ? GONE : session ? HELD : TAKEN;
		m->position = got.position;
		memcpy(m->receipt, got.receipt, QUEUE_RECEIPT);
	}
}

static void
finish_some(void)
{
	char receipts[40][QUEUE_RECEIPT];
	struct message *of[40];
	unsigned char wrong[40];
	size_t n = 0;
	uint64_t left;
	enum queue_verdict verdict = unit_random(3) == 0 ? QUEUE_AGAIN : QUEUE_DONE;

	for (size_t i = 0; i < sent && n < 40; i++)
		if ((model[i].state == TAKEN || model[i].state == HELD) && unit_random(3) == 0) {
			memcpy(receipts[n], model[i].receipt, QUEUE_RECEIPT);
			of[n++] = &model[i];
		}
	if (n == 0)
		return;
	CHECK(queue_finish(q, verdict, 0, receipts, n, wrong, &left) == 0);
	CHECK(left == 0);
	for (size_t i = 0; i < n; i++) {
		CHECK(!wrong[i]);
		of[i]->state = verdict == QUEUE_DONE ? GONE : WAITS;
	}
}

static void
begin_session(void)
{
	if (q->receives)
		queue_session_give(q);
	CHECK(queue_session_receive(q, "s", 7200000, &base) == 0);
	for (size_t i = 0; i < sent; i++)
		if (model[i].state == HELD)
			model[i].state = WAITS;
}

static void
commit_some(void)
{
	uint64_t below = base + unit_random(200), done, expected = 0;

	for (size_t i = 0; i < sent; i++)
		if (model[i].state == HELD && model[i].position < below) {
			model[i].state = GONE;
			expected++;
		}
	CHECK(queue_session_done(q, "s", base, below, &done) == 0);
	CHECK(done == expected);
}

static void
compare(void)
{
	struct queue_stat stat;
	uint64_t n[5] = { 0 };

	for (size_t i = 0; i < sent; i++)
		n[model[i].state]++;
	CHECK(queue_stat(q, &stat) == 0);
	CHECK(stat.visible == n[WAITS]);
	CHECK(stat.in_flight == n[TAKEN] + n[HELD]);
	CHECK(stat.delayed == n[DELAYED]);
	CHECK(stat.lost == 0);
	free(stat.leases);
}

/* A process dies while it has the lock. */
static void
die(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct queue *other;
		struct queue_times now;

		if (queue_open(&other, path, QUEUE_SYNC_NONE, &error) == 0 && queue_lock(other, &now) == 0)
			_exit(0);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
spoil(void)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY), fd;

	queue_close(q);
	q = NULL;
	if (unit_random(2) == 0)
		CHECK(unlinkat(dir, "index", 0) == 0);
	else {
		fd = openat(dir, "index", O_WRONLY);
		CHECK(pwrite(fd, "spoilt", 6, (off_t)unit_random(20000)) == 6);
		close(fd);
	}
	close(dir);
	reopen();
}

static void
one_round(void)
{
	struct queue_attributes a;
	uint64_t count;
	int made;

	queue_defaults(&a);
	sent = 0;
	(void)snprintf(path, sizeof path, "/tmp/queue_model.%ld", (long)getpid());
	error.len = 0;
	CHECK(queue_create(path, &a, 0, -1, &made, &error) == 0 && made);
	reopen();
	begin_session();
	for (int steps = 50 + (int)unit_random(300); steps > 0; steps--) {
		switch (unit_random(16)) {
		case 0:
		case 1:
		case 2:
		case 3:
			send_some();
			break;
		case 4:
		case 5:
		case 6:
			receive_some(0);
			break;
		case 7:
		case 8:
			receive_some(1);
			break;
		case 9:
		case 10:
			finish_some();
			break;
		case 11:
			commit_some();
			break;
		case 12:
			reopen();
			begin_session();
			break;
		case 13:
			if (unit_random(2) == 0) {
				die();
				break;
			}
			spoil();
			begin_session();
			break;
		case 14:
			if (unit_random(10) == 0) {
				CHECK(queue_purge(q, &count) == 0);
				for (size_t i = 0; i < sent; i++)
					model[i].state = GONE;
			}
			break;
		default: {
			struct queue_times now;

			/* A new segment now and then. */
			CHECK(queue_lock(q, &now) == 0);
			CHECK(queue_append_switch(q, &now, 0, 1) == 0);
			queue_unlock(q);
			break;
		}
		}
		compare();
	}
	queue_close(q);
	q = NULL;
	error.len = 0;
	CHECK(queue_remove(path, &error) == 0);
}

int
main(void)
{
	while (unit_round())
		one_round();
	buf_free(&error);
	return unit_end("queue_model");
}
