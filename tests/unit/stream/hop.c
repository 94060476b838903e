/*
 * hop: rec_out and rec_in over a pipe with rings, by two processes and by one. Readers are killed,
 * and the next reader must get the rest of their blocks. Another process writes anything into the
 * shared memory, which may stop a stream, but must neither crash a side nor keep it for ever.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/die.h"
#include "stream/loop.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "unit/apart.h"
#include "unit/reader.h"

enum { DEADLINE = 60 };
static const struct die_usage usage = { "unit", "unit\n", "\n" };
static char bytes[70000];

/* ---- records that are known by their numbers ---- */

static size_t longest;

static size_t
length(uint64_t i)
{
	return (size_t)(i * 2654435761U % (i % 16 == 0 ? longest : 30));
}

static void
put(struct rec_out *out, uint64_t i)
{
	struct rec r = { .data = bytes, .len = length(i), .pos = i };

	memset(bytes, 'a' + (int)(i % 26), r.len);
	rec_out_rec(out, &r);
}

static int
right(const struct rec *r, uint64_t i)
{
	return r->pos == i && r->len == length(i) &&
	    (r->len == 0 || (r->data[0] == (char)('a' + i % 26) && r->data[r->len - 1] == r->data[0]));
}

static unsigned long placed; /* blocks that were built in the output's memory */

/*
 * Puts some records from i on, built in the output's own memory if it has some. Calls `meanwhile`
 * after it has got that memory and before the block is put. Returns the number of records.
 */
static uint64_t
put_placed(struct rec_out *out, uint64_t i, void (*meanwhile)(void))
{
	static uint32_t ends[9];
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 1 + (uint32_t)unit_random(8),
		.base = i, .ends = ends };
	size_t before = unit_random(2) ? unit_random(200) : unit_random(6000), room, all = 0;
	char *data;

	for (uint32_t k = 0; k < b.count; k++)
		all += length(i + k) + 1;
	rec_out_flush(out);
	if (!rec_out_place(out, before, all + sizeof ends, &data, &room)) {
		put(out, i);
		return 1;
	}
	CHECK((uintptr_t)data % 4096 == 0 && room >= all + sizeof ends);
	meanwhile();
	b.payload = data - before;
	for (uint32_t k = 0; k < b.count; k++) {
		memset(b.payload + b.size, 'a' + (int)((i + k) % 26), length(i + k));
		ends[k] = b.size + (uint32_t)length(i + k);
		b.payload[ends[k]] = '\n';
		b.size = ends[k] + 1;
	}
	b.next = i + b.count;
	rec_out_block(out, &b);
	placed++;
	return b.count;
}

static void
nothing(void)
{
}

enum how { PLAIN, FLUSHED, PLACED };

static void
write_all(int fd, uint64_t n, enum how how)
{
	struct rec_out out;
	const char *why;

	sure(rec_out_open(&out, fd, "out"));
	for (uint64_t i = 0; i < n && !rec_out_stop();) {
		if (how == PLACED && n - i > 8) {
			i += put_placed(&out, i, nothing);
			continue;
		}
		put(&out, i++);
		if (how == FLUSHED)
			rec_out_flush(&out);
	}
	(void)rec_out_end(&out, n, 0, NULL, &why);
	rec_out_linger();
	rec_out_free(&out);
}

static pid_t
writer(int p[2], uint64_t n, enum how how)
{
	pid_t pid;

	sure(pipe2(p, O_CLOEXEC));
	fflush(stdout);
	if ((pid = sure(fork())) == 0) {
		alarm(DEADLINE);
		close(p[0]);
		write_all(p[1], n, how);
		_exit(0);
	}
	close(p[1]);
	return pid;
}

/* ---- all records come ---- */

static void
two_processes(uint64_t n, enum how how, int tries)
{
	struct rec_in in = { 0 }, *const all[] = { &in };
	struct reader by_one = { .in = &in };
	struct block b;
	struct rec r;
	uint64_t i = 0, wrong = 0;
	int p[2], status, got, ring = 0;
	const char *why;
	pid_t pid = writer(p, n, how);

	sure(rec_in_open(&in, p[0], "in"));
	if (tries) {
		while ((got = rec_in_try(&in, &b)) >= 0) {
			ring |= in.hop.reading;
			if (got == 0)
				CHECK(loop_wait(all, 1, NULL, 0, DEADLINE * 1000) == 1);
			for (uint32_t k = 0; got == 1 && b.kind == BLOCK_DATA && k < b.count; k++, i++) {
				uint32_t start = block_start(&b, k);

				r = (struct rec){ b.payload + start, b.ends[k] - start, block_position(&b, k) };
				wrong += !right(&r, i);
			}
		}
	} else {
		while (reader_next(&by_one, &r)) {
			ring |= in.hop.reading;
			wrong += !right(&r, i++);
		}
	}
	CHECK(in.end == REC_IN_GOOD && i == n && wrong == 0 && ring);
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* One process has both ends, and waits only for both together. */
static void
one_process(uint64_t n)
{
	struct rec_in in, *const all[] = { &in };
	struct rec_out out;
	struct block b;
	uint64_t sent = 0, i = 0, wrong = 0;
	int p[2], got, ring = 0;
	const char *why;

	sure(pipe2(p, O_CLOEXEC));
	sure(rec_in_open(&in, p[0], "in"));
	sure(rec_out_open(&out, p[1], "out"));
	while (i < n) {
		if (sent < n && rec_out_settle(&out))
			put(&out, sent++);
		got = rec_in_try(&in, &b);
		ring |= in.hop.reading;
		if (got < 0)
			break;
		if (got == 0 && (sent == n || !rec_out_idle(&out)))
			CHECK(loop_wait(all, 1, NULL, 0, DEADLINE * 1000) == 1);
		for (uint32_t k = 0; got == 1 && b.kind == BLOCK_DATA && k < b.count; k++, i++)
			wrong += block_position(&b, k) != i || b.ends[k] - block_start(&b, k) != length(i);
	}
	CHECK(i == n && wrong == 0 && ring);
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
	(void)rec_out_end(&out, n, 0, NULL, &why);
	rec_out_linger();
	rec_out_free(&out);
}

/* ---- a reader is killed, another goes on ---- */

struct told {
	_Atomic uint64_t next; /* the first record that the killed reader has not seen */
	_Atomic int ring;
};

static void
killed(uint64_t n)
{
	struct told *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rec_in in;
	struct reader by_one = { .in = &in };
	struct rec r;
	int p[2], status;
	const char *why;
	uint64_t first = UINT64_MAX, i = 0, wrong = 0;
	pid_t out = writer(p, n, unit_random(2) ? FLUSHED : PLACED), reader;

	fflush(stdout);
	if ((reader = sure(fork())) == 0) {
		alarm(DEADLINE);
		sure(rec_in_open(&in, p[0], "in"));
		while (reader_next(&by_one, &r)) {
			told->next = r.pos + 1;
			told->ring = in.hop.reading;
		}
		_exit(0);
	}
	while (!told->ring && waitpid(reader, &status, WNOHANG) == 0)
		;
	for (size_t spins = unit_random(20000); spins > 0; spins--)
		__asm__ volatile("");
	kill(reader, SIGKILL);
	(void)waitpid(reader, &status, 0);
	sure(rec_in_open(&in, p[0], "in"));
	while (reader_next(&by_one, &r)) {
		if (first == UINT64_MAX)
			i = first = r.pos;
		wrong += !right(&r, i++);
	}
	/*
	 * At most the block that the reader had when it died is missing. The end mark counts all
	 * records, so it does not match those that this reader got.
	 */
	if (told->ring && told->next < n - 1) {
		CHECK(first >= told->next && first <= told->next + 8);
		CHECK(i == n && wrong == 0 && in.end == REC_IN_DAMAGED);
	}
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
	CHECK(waitpid(out, &status, 0) == out && status == 0);
	munmap(told, sizeof *told);
}

/* ---- a reader is killed while a block is half built in a slot ---- */

static pid_t victim;

static void
kill_victim(void)
{
	int status;

	kill(victim, SIGKILL);
	(void)waitpid(victim, &status, 0);
}

/* This process writes and then reads, so all that goes back must fit the pipe. */
static void
half_built(void)
{
	struct told *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rec_out out;
	struct rec_in in;
	struct reader by_one = { .in = &in };
	struct rec r;
	int p[2];
	const char *why;
	uint64_t n = 0, first = UINT64_MAX, i = 0, wrong = 0;

	longest = 30;
	sure(pipe2(p, O_CLOEXEC));
	fflush(stdout);
	if ((victim = sure(fork())) == 0) {
		alarm(DEADLINE);
		close(p[1]);
		sure(rec_in_open(&in, p[0], "in"));
		while (reader_next(&by_one, &r)) {
			told->next = r.pos + 1;
			told->ring = in.hop.reading;
		}
		_exit(0);
	}
	alarm(DEADLINE);
	sure(rec_out_open(&out, p[1], "out"));
	while (!told->ring)
		n += put_placed(&out, n, nothing);
	placed = 0;
	n += put_placed(&out, n, kill_victim);
	CHECK(placed == 1);
	n += put_placed(&out, n, nothing);
	(void)rec_out_end(&out, n, 0, NULL, &why);
	rec_out_linger();
	rec_out_free(&out);
	rec_out_read_on(); /* there is no output any more */
	sure(rec_in_open(&in, p[0], "in"));
	while (reader_next(&by_one, &r)) {
		if (first == UINT64_MAX)
			i = first = r.pos;
		wrong += !right(&r, i++);
	}
	CHECK(first != UINT64_MAX && first >= told->next && i == n && wrong == 0 && in.end == REC_IN_DAMAGED);
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
	munmap(told, sizeof *told);
}

/* ---- shared memory that another process changes ---- */

static void
scribbled(void)
{
	int p[2], status;
	pid_t out = writer(p, UINT64_MAX, (enum how)unit_random(3)), reader, gone;

	fflush(stdout);
	if ((reader = sure(fork())) == 0) {
		struct rec_in in;
		struct reader by_one = { .in = &in };
		struct rec r;
		pid_t scribbler = 0;
		uint64_t n = 0;

		alarm(DEADLINE);
		sure(rec_in_open(&in, p[0], "in"));
		while (reader_next(&by_one, &r)) {
			if (in.hop.reading && scribbler == 0 && (scribbler = sure(fork())) == 0) {
				struct ring *m = &in.hop.ring;
				int head = unit_random(2) == 0; /* 1: only the counters are changed */

				close(p[0]);
				close(in.hop.back);
				/* The scribbler ends with its parent, or by itself. */
				for (size_t times = 0; times < 300000; times++) {
					size_t at = unit_random((head ? 344 : m->bytes) / 4) * 4;
					uint32_t value = (uint32_t)unit_random(unit_random(2) ? 4 : UINT32_MAX);

					memcpy((char *)m->shared + at, &value, sizeof value);
					if (times % 64 == 0 && getppid() == 1)
						break;
				}
				_exit(0);
			}
			n += r.len > 0 ? (uint64_t)(unsigned char)r.data[r.len - 1] : 0;
		}
		if (scribbler > 0) {
			kill(scribbler, SIGKILL);
			waitpid(scribbler, &status, 0);
		}
		_exit(n == 1);
	}
	close(p[0]);
	/* Such a stream may stop for ever. So one side is ended, and the other must notice. */
	poll(NULL, 0, 5 + (int)unit_random(30));
	gone = unit_random(2) == 0 ? out : reader;
	kill(gone, SIGKILL);
	for (int i = 0; i < 2; i++) {
		pid_t pid = i == 0 ? gone : gone == out ? reader : out;

		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) ? WEXITSTATUS(status) < 2 : pid == gone && WTERMSIG(status) == SIGKILL);
	}
}

/* ---- a process for each case, because settings are a process's ---- */

static void
run(const char *name, void (*fn)(void), const char *ring, const char *block)
{
	char what[200];

	(void)unit_random(2); /* other numbers in each case */
	sure(setenv("REC_HOP", "1", 1));
	sure(setenv("REC_RING", ring, 1));
	sure(setenv("REC_BLOCK", block, 1));
	(void)snprintf(what, sizeof what, "%s, REC_RING=%s REC_BLOCK=%s", name, ring, block);
	unit_apart(what, DEADLINE * 10, fn);
}

static void
passes(void)
{
	for (int how = PLAIN; how <= PLACED; how++)
		for (int tries = 0; tries < 2; tries++)
			two_processes(20000, (enum how)how, tries);
	one_process(3000);
}

static void
kills(void)
{
	longest = 30; /* no large block, which would go through the pipe, and be left there half read */
	for (int i = 0; i < 30; i++)
		killed(5000);
}

static void
scribbles(void)
{
	for (int i = 0; i < 15; i++)
		scribbled();
}

int
main(void)
{
	static const char *const rings[] = { "1", "2", "8" };

	die_start(&usage);
	for (size_t i = 0; i < 3; i++) {
		longest = 3000;
		run("passes", passes, rings[i], "16");
		run("passes", passes, rings[i], "1000");
		longest = sizeof bytes;
		run("passes", passes, rings[i], "20000");
		run("kills", kills, rings[i], "1000");
		run("kills", kills, rings[i], "20000");
		for (int again = 0; again < 20; again++)
			run("half_built", half_built, rings[i], "20000");
		longest = 3000;
		run("scribbles", scribbles, rings[i], i == 0 ? "16" : "1000");
	}
	return unit_end("hop");
}
