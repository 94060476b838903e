/*
 * rec_group: groups of outputs, as a server uses them: a failure in one group does not concern the
 * others, and idle groups cost nothing. This program has a poll of its own, which counts the
 * descriptors that it is called with.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command/die.h"
#include "stream/loop.h"
#include "stream/rec_group.h"
#include "unit/apart.h"

static const struct die_usage usage = { "unit", "unit\n", "\n" };

static unsigned long polls, polled;

int
poll(struct pollfd *p, nfds_t n, int ms)
{
	int ready = (int)syscall(SYS_poll, p, n, ms);

	polls++;
	for (nfds_t i = 0; i < n; i++)
		polled += p[i].fd >= 0;
	return ready;
}

struct client {
	struct rec_group group;
	struct rec_out out;
	int reader; /* the pipe's other end; -1: closed, or none */
	uint64_t next;
};

static void
open_pipe(struct client *c, int size)
{
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	if (size > 0)
		sure(fcntl(p[1], F_SETPIPE_SZ, size));
	c->reader = p[0];
	sure(rec_group_open(&c->group, &c->out, p[1], "client"));
}

static void
put(struct client *c, size_t len)
{
	static char bytes[100000];

	memset(bytes, 'x', len);
	rec_out_rec(&c->out, &(struct rec){ bytes, len, c->next });
	c->next++;
}

/* Lets all outputs write as much as their pipes take. */
static void
settle(void)
{
	while (loop_wait(NULL, 0, NULL, 0, 0) != 0)
		;
}

/* Reads what is in the pipe, and appends it to *got. */
static void
take(struct client *c, struct buf *got)
{
	char bytes[65536];
	ssize_t n;

	while (sure(fcntl(c->reader, F_SETFL, O_NONBLOCK)), (n = read(c->reader, bytes, sizeof bytes)) > 0)
		sure(buf_add(got, bytes, (size_t)n));
}

/* Returns 1 if these bytes are a whole stream of that number of records, else 0. */
static int
whole(const struct buf *got, uint64_t records)
{
	int file = sure(memfd_create("stream", MFD_CLOEXEC)), good;
	struct rec_in in;
	struct block b;
	const char *why;

	CHECK(write(file, got->data, got->len) == (ssize_t)got->len && lseek(file, 0, SEEK_SET) == 0);
	sure(rec_in_open(&in, file, "back"));
	while (rec_in_block(&in, &b))
		;
	good = in.end == REC_IN_GOOD && in.records == records && in.watermark == records;
	rec_in_close(&in, &why);
	rec_in_free(&in);
	return good;
}

/* ---- two groups, of which one fails ---- */

static void
two(void)
{
	static struct client good, bad, gone;
	struct buf got = { 0 };
	const char *why;

	CHECK(!rec_out_stop());
	open_pipe(&good, 0);
	open_pipe(&gone, 0);
	sure(rec_group_open(&bad.group, &bad.out, sure(open("/dev/full", O_WRONLY | O_CLOEXEC)), "full"));
	CHECK(rec_group_first(&good.group) == &good.out && rec_out_after(&good.out) == NULL && rec_out_first() == NULL);
	put(&good, 10);
	put(&bad, 10);
	put(&gone, 10);
	close(gone.reader);
	settle();
	CHECK(bad.out.state == REC_OUT_FAILED && bad.out.error == ENOSPC && rec_group_stop(&bad.group));
	CHECK(gone.out.state == REC_OUT_GONE && rec_group_stop(&gone.group));
	CHECK(good.out.state == REC_OUT_OPEN && !rec_group_stop(&good.group) && !rec_out_stop());
	/* The good output's watermark does not wait for what failed in another group. */
	for (int i = 0; i < 5; i++)
		put(&good, 1000);
	CHECK(rec_out_end(&good.out, good.next, 0, NULL, &why) == 0);
	rec_out_free(&good.out);
	CHECK(rec_out_end(&bad.out, bad.next, 0, NULL, &why) == -1);
	CHECK(rec_out_end(&gone.out, gone.next, 0, NULL, &why) == 0);
	rec_out_free(&bad.out);
	rec_out_free(&gone.out);
	CHECK(rec_group_first(&bad.group) == NULL && !rec_out_stop());
	take(&good, &got);
	CHECK(whole(&got, 6));
	close(good.reader);
	buf_free(&got);
}

/* Within one group the watermarks of the outputs wait for each other. */
static void
one(void)
{
	static struct client c;
	struct rec_out other;
	const char *why;

	open_pipe(&c, 0);
	sure(rec_group_open(&c.group, &other, sure(open("/dev/full", O_WRONLY | O_CLOEXEC)), "full"));
	rec_out_rec(&other, &(struct rec){ "a", 1, 0 });
	put(&c, 10);
	settle();
	CHECK(other.state == REC_OUT_FAILED && rec_group_stop(&c.group));
	CHECK(c.out.state == REC_OUT_OPEN && c.out.sent_next == 0);
	CHECK(rec_out_end(&other, 1, 0, NULL, &why) == -1 && rec_out_end(&c.out, 1, 74, "full", &why) == 0);
	rec_out_free(&other);
	rec_out_free(&c.out);
	close(c.reader);
}

/* ---- a server with many clients ---- */

enum { CLIENTS = 200, ROUNDS = 30 };

static void
many(void)
{
	static struct client c[CLIENTS];
	static struct buf got[CLIENTS];
	const char *why;
	size_t failed = 0, complete = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		open_pipe(&c[i], 4096);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < CLIENTS; i++) {
			/*
			 * Half of the readers leave, one after another, with something under way or
			 * without.
			 */
			if (i % 2 && round == 5 + (int)(i % 10) && c[i].reader >= 0) {
				close(c[i].reader);
				c[i].reader = -1;
			}
			/* A client whose pipe is full gets no more before it has been read. */
			if (c[i].out.state == REC_OUT_OPEN && rec_out_push(&c[i].out))
				put(&c[i], unit_random(3000));
		}
		settle();
		for (size_t i = 0; i < CLIENTS; i++) {
			CHECK(!rec_group_stop(&c[i].group) == (c[i].out.state == REC_OUT_OPEN));
			if (i % 2 == 0)
				CHECK(c[i].out.state == REC_OUT_OPEN);
			if (c[i].reader >= 0 && (round + (int)i) % 3 == 0)
				take(&c[i], &got[i]);
		}
	}
	CHECK(!rec_out_stop());
	for (int ended = 0; ended < CLIENTS; settle()) {
		ended = 0;
		for (size_t i = 0; i < CLIENTS; i++) {
			if (c[i].reader >= 0)
				take(&c[i], &got[i]);
			ended += rec_out_tell(&c[i].out, c[i].next, 0, NULL);
		}
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		failed += c[i].out.state == REC_OUT_GONE;
		CHECK(rec_out_end(&c[i].out, 0, 0, NULL, &why) == 0);
		rec_out_free(&c[i].out);
		if (c[i].reader < 0)
			continue;
		take(&c[i], &got[i]);
		complete += (size_t)whole(&got[i], c[i].next);
		buf_free(&got[i]);
		close(c[i].reader);
	}
	CHECK(failed == CLIENTS / 2 && complete == CLIENTS / 2);
	for (size_t i = 0; i < CLIENTS; i++)
		buf_free(&got[i]);
}

/*
 * Finds what one wait costs, with that number of idle groups beside a busy one: the numbers of
 * descriptors polled and of polls.
 */
static void
cost(size_t idle, unsigned long *descriptors, unsigned long *calls)
{
	static struct client c[CLIENTS], busy;
	const char *why;
	struct buf got = { 0 };

	for (size_t i = 0; i < idle; i++) {
		open_pipe(&c[i], 0);
		put(&c[i], 100);
	}
	settle(); /* all have written, and become idle */
	settle();
	busy = (struct client){ .next = 0 };
	open_pipe(&busy, 4096);
	put(&busy, 90000); /* more than its pipe holds */
	polls = polled = 0;
	CHECK(!rec_out_settle(&busy.out) && loop_wait(NULL, 0, NULL, 0, 1) == 0);
	*descriptors = polled;
	*calls = polls;
	while (!rec_out_tell(&busy.out, busy.next, 0, NULL))
		take(&busy, &got);
	CHECK(rec_out_end(&busy.out, 0, 0, NULL, &why) == 0);
	rec_out_free(&busy.out);
	close(busy.reader);
	buf_free(&got);
	for (size_t i = 0; i < idle; i++) {
		CHECK(rec_out_end(&c[i].out, 1, 0, NULL, &why) == 0);
		rec_out_free(&c[i].out);
		take(&c[i], &got);
		CHECK(whole(&got, 1));
		close(c[i].reader);
		got.len = 0;
		c[i] = (struct client){ .next = 0 };
	}
	buf_free(&got);
}

static void
costs(void)
{
	unsigned long few[2], many_[2];

	cost(1, &few[0], &few[1]);
	cost(CLIENTS, &many_[0], &many_[1]);
	CHECK(few[0] > 0 && few[0] == many_[0] && few[1] == many_[1]);
}

int
main(void)
{
	struct rlimit files;

	setenv("REC_HOP", "0", 1); /* the readers here read bytes */
	die_start(&usage);
	sure(getrlimit(RLIMIT_NOFILE, &files));
	files.rlim_cur = files.rlim_max < 1024 ? files.rlim_max : 1024;
	sure(setrlimit(RLIMIT_NOFILE, &files));
	two();
	one();
	many();
	costs();
	return unit_end("rec_group");
}
