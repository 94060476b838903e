/*
 * loop: waiting for several streams. Each case runs in a process of its own, because the open
 * outputs are a process's. Another process moves the streams meanwhile. It waits for what it can
 * see; only if the time is tested, it waits for a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command/die.h"
#include "os/clock.h"
#include "stream/loop.h"
#include "unit/apart.h"

enum { DEADLINE = 20, LONG = 20000 };

static const struct die_usage usage = { "unit", "unit\n", "\n" };

static void
run(const char *name, void (*fn)(void))
{
	unit_apart(name, DEADLINE * 3, fn);
}

static double
cpu(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* Writes a block with this record, and, if `end`, the end mark. */
static void
put_stream(int fd, const char *text, uint64_t position, int end)
{
	unsigned char bytes[256] = { 0 };
	uint32_t index[2] = { (uint32_t)strlen(text), 0 };
	struct block b = { .kind = BLOCK_DATA, .count = 1, .size = index[0], .base = position, .next = position };
	size_t n = BLOCK_HEAD + index[0] + block_pad(index[0]);

	b.payload = (char *)bytes + BLOCK_HEAD;
	b.ends = index;
	memcpy(b.payload, text, b.size);
	block_put(&b, bytes, (char *)bytes + n);
	n += 8;
	if (end) {
		struct block mark = { .kind = BLOCK_END, .base = position + 1, .next = position };

		block_put(&mark, bytes + n, NULL);
		n += BLOCK_HEAD;
	}
	sure((int)write(fd, bytes, n));
}

/*
 * A block that comes in two pieces, cut anywhere, is not handed out before it is whole: the
 * caller's struct stays as it is.
 */
static void
pieces(void)
{
	struct rec_in in;
	struct block block, before;
	unsigned char stream[256];
	int p[2], q[2];
	ssize_t n;

	sure(pipe2(q, O_CLOEXEC));
	put_stream(q[1], "a record", 3, 0);
	n = read(q[0], stream, sizeof stream);
	CHECK(n == BLOCK_HEAD + 16);
	for (ssize_t cut = 1; cut < n; cut++) {
		sure(pipe2(p, O_CLOEXEC));
		CHECK(rec_in_open(&in, p[0], "in") == 0);
		memset(&block, 0xA5, sizeof block);
		memcpy(&before, &block, sizeof block);
		CHECK(write(p[1], stream, (size_t)cut) == cut);
		for (int again = 0; again < 2; again++)
			CHECK(rec_in_try(&in, &block) == 0 && in.dry && memcmp(&block, &before, sizeof block) == 0);
		CHECK(write(p[1], stream + cut, (size_t)(n - cut)) == n - cut);
		CHECK(rec_in_try(&in, &block) == 1 && block.count == 1 && block.size == 8 &&
		    memcmp(block.payload, "a record", 8) == 0);
		close(p[1]);
		CHECK(rec_in_try(&in, &block) == -1 && in.end == REC_IN_CUT && in.records == 1);
		rec_in_free(&in);
		close(p[0]);
	}
}

static void
two_pipes(void)
{
	struct rec_in a, b;
	struct rec_in *ins[3] = { &a, NULL, &b };
	struct block block;
	int p[2], q[2];
	double used = cpu();

	sure(pipe2(p, O_CLOEXEC));
	sure(pipe2(q, O_CLOEXEC));
	CHECK(rec_in_open(&a, p[0], "a") == 0 && rec_in_open(&b, q[0], "b") == 0);
	CHECK(rec_in_try(&a, &block) == 0 && a.dry && rec_in_try(&b, &block) == 0 && b.dry);
	/* Nothing comes: the time ends, and both stay dry. */
	int64_t begun = clock_ms();
	CHECK(loop_wait(ins, 3, NULL, 0, 50) == 0 && clock_ms() - begun >= 50 && a.dry && b.dry);
	CHECK(loop_wait(ins, 3, NULL, 0, 0) == 0);

	put_stream(q[1], "b", 0, 0);
	CHECK(loop_wait(ins, 3, NULL, 0, LONG) == 1 && a.dry && !b.dry);
	CHECK(rec_in_try(&a, &block) == 0 && rec_in_try(&b, &block) == 1 && block.count == 1 &&
	    block.payload[0] == 'b');
	/*
	 * Inputs that the caller would not read now do not end the wait; nor does an input that is
	 * not dry.
	 */
	put_stream(q[1], "c", 1, 0);
	ins[2] = NULL;
	CHECK(loop_wait(ins, 3, NULL, 0, 20) == 0 && a.dry);
	ins[2] = &b;
	CHECK(!b.dry && loop_wait(ins, 3, NULL, 0, 20) == 0);
	CHECK(rec_in_try(&b, &block) == 1 && block.payload[0] == 'c' && rec_in_try(&b, &block) == 0 && b.dry);

	/* Half a header is taken, and the input is dry again. */
	sure((int)write(p[1], BLOCK_MAGIC, 4));
	CHECK(loop_wait(ins, 3, NULL, 0, LONG) == 1 && !a.dry && rec_in_try(&a, &block) == 0 && a.dry);
	/* An end ends the wait, and an input that has ended is not waited for. */
	close(p[1]);
	CHECK(loop_wait(ins, 3, NULL, 0, LONG) == 1 && !a.dry && rec_in_try(&a, &block) == -1 && a.end == REC_IN_CUT);
	CHECK(loop_wait(ins, 3, NULL, 0, 20) == 0);
	/* A block and the end come at once. */
	put_stream(q[1], "d", 2, 0);
	close(q[1]);
	CHECK(loop_wait(ins, 3, NULL, 0, LONG) == 1 && rec_in_try(&b, &block) == 1 && rec_in_try(&b, &block) == -1);
	CHECK(cpu() - used < 1);
	rec_in_free(&a);
	rec_in_free(&b);
}

/* The caller has descriptors of its own. */
static void
others(void)
{
	struct pollfd more[2];
	int p[2], q[2];

	sure(pipe2(p, O_CLOEXEC));
	sure(pipe2(q, O_CLOEXEC));
	more[0] = (struct pollfd){ .fd = p[0], .events = POLLIN };
	more[1] = (struct pollfd){ .fd = -1, .events = POLLIN };
	CHECK(loop_wait(NULL, 0, more, 2, 20) == 0);
	sure((int)write(p[1], "x", 1));
	CHECK(loop_wait(NULL, 0, more, 2, LONG) == 1 && more[0].revents == POLLIN && more[1].revents == 0);
	more[0].fd = -1;
	more[1].fd = q[0];
	close(q[1]);
	CHECK(loop_wait(NULL, 0, more, 2, LONG) == 1 && more[0].revents == 0 && more[1].revents == POLLHUP);
}

static volatile sig_atomic_t rang;

static void
ring(int signal)
{
	(void)signal;
	rang = 1;
}

/* A signal that the command handles ends the wait, because there may be something else to do. */
static void
interrupted(void)
{
	struct sigaction act = { .sa_handler = ring };
	pid_t parent = getpid(), pid;
	struct rec_in in;
	struct rec_in *ins[1] = { &in };
	struct block block;
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	CHECK(rec_in_open(&in, p[0], "in") == 0 && rec_in_try(&in, &block) == 0);
	sure(sigaction(SIGUSR1, &act, NULL));
	if ((pid = sure(fork())) == 0) {
		/* Again and again, because the first signal may come before the wait. */
		for (int i = 0; i < 1000 && kill(parent, SIGUSR1) == 0; i++)
			poll(NULL, 0, 10);
		_exit(0);
	}
	CHECK(loop_wait(ins, 1, NULL, 0, LONG) == 1 && rang && in.dry);
	sure(kill(pid, SIGKILL));
	sure(waitpid(pid, NULL, 0));
}

static char big[200 * 1024];

static struct block
block_of(uint32_t *end, uint64_t position)
{
	struct block b = { .kind = BLOCK_DATA, .count = 1, .size = sizeof big, .base = position, .next = position };

	*end = sizeof big;
	b.payload = big;
	b.ends = end;
	return b;
}

/*
 * With a slow reader the wait ends when the block is written, not before; the other output is
 * served meanwhile.
 */
static void
slow_reader(void)
{
	static struct rec_out slow, fast;
	int p[2], q[2];
	uint32_t end[2];
	struct block b = block_of(end, 0);
	pid_t pids[2];
	double used = cpu();
	int64_t begun;

	sure(pipe2(p, O_CLOEXEC));
	sure(pipe2(q, O_CLOEXEC));
	CHECK(rec_out_open(&slow, p[1], "slow") == 0 && rec_out_open(&fast, q[1], "fast") == 0);
	CHECK(rec_out_begin(&slow, &b) && !rec_out_idle(&slow));
	CHECK(!rec_out_begin(&slow, &b)); /* one at a time */
	CHECK(loop_wait(NULL, 0, NULL, 0, 30) == 0 && !rec_out_idle(&slow));

	/*
	 * A reader that takes 4 KiB every 2 ms makes the output move all the time, but the wait is
	 * not longer for that.
	 */
	if ((pids[0] = sure(fork())) == 0) {
		static char page[4096];

		for (int i = 0; i < 20 && read(p[0], page, sizeof page) > 0; i++)
			poll(NULL, 0, 2);
		poll(NULL, 0, 300);
		while (read(p[0], page, sizeof page) > 0)
			;
		_exit(0);
	}
	begun = clock_ms();
	CHECK(loop_wait(NULL, 0, NULL, 0, 100) == 0 && clock_ms() - begun >= 100 && clock_ms() - begun < 5000);
	CHECK(!rec_out_idle(&slow));
	if ((pids[1] = sure(fork())) == 0) {
		static char page[65536];

		close(q[1]);
		close(p[1]);
		while (read(q[0], page, sizeof page) > 0)
			;
		_exit(0);
	}
	CHECK(rec_out_begin(&fast, &b));
	for (int i = 0; i < 3 && !(rec_out_idle(&slow) && rec_out_idle(&fast)); i++)
		CHECK(loop_wait(NULL, 0, NULL, 0, LONG) == 1);
	CHECK(rec_out_idle(&slow) && rec_out_idle(&fast));
	CHECK(loop_wait(NULL, 0, NULL, 0, 20) == 0);
	CHECK(cpu() - used < 2);
	sure(kill(pids[0], SIGKILL));
	sure(kill(pids[1], SIGKILL));
}

/*
 * A reader that leaves ends the wait, of an idle output and of one with a block under way. After
 * that its output is not waited for.
 */
static void
reader_leaves(void)
{
	static struct rec_out idle, busy;
	int p[2], q[2];
	uint32_t end[2];
	struct block b = block_of(end, 0);

	signal(SIGPIPE, SIG_IGN);
	sure(pipe2(p, O_CLOEXEC));
	sure(pipe2(q, O_CLOEXEC));
	CHECK(rec_out_open(&idle, p[1], "idle") == 0 && rec_out_open(&busy, q[1], "busy") == 0);
	CHECK(rec_out_begin(&busy, &b) && !rec_out_idle(&busy));
	CHECK(loop_wait(NULL, 0, NULL, 0, 20) == 0);
	close(p[0]);
	CHECK(loop_wait(NULL, 0, NULL, 0, LONG) == 1 && idle.state == REC_OUT_GONE && busy.state == REC_OUT_OPEN);
	CHECK(loop_wait(NULL, 0, NULL, 0, 20) == 0);
	close(q[0]);
	CHECK(loop_wait(NULL, 0, NULL, 0, LONG) == 1 && busy.state == REC_OUT_GONE && rec_out_idle(&busy));
	CHECK(rec_out_begin(&busy, &b) && rec_out_idle(&busy)); /* it takes no more, which only its state shows */
	CHECK(loop_wait(NULL, 0, NULL, 0, 20) == 0);
}

/* A watermark goes out before the wait. */
static void
watermark(void)
{
	static struct rec_out out;
	struct rec_in in;
	struct rec_in *ins[1] = { &in };
	struct block b;
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	CHECK(rec_out_open(&out, p[1], "out") == 0 && rec_in_open(&in, p[0], "in") == 0);
	rec_out_mark(&out, 77, 5);
	CHECK(rec_in_try(&in, &b) == 0);
	CHECK(loop_wait(ins, 1, NULL, 0, LONG) == 1);
	CHECK(rec_in_try(&in, &b) == 1 && b.count == 0 && b.next == 77);
	rec_in_free(&in);
}

/* An end mark is begun for one output. Nothing follows it, and rec_out_end adds none. */
static void
given_up(void)
{
	static char reason[] = "unit: given up";
	struct block b = { .kind = BLOCK_END, .status = 75, .size = sizeof reason - 1, .payload = reason };
	static struct rec_out out;
	struct rec_in in;
	struct block got;
	const char *why;
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	CHECK(rec_out_open(&out, p[1], "out") == 0 && rec_in_open(&in, p[0], "in") == 0);
	rec_out_rec(&out, &(struct rec){ "x", 1, 41 });
	CHECK(!rec_out_idle(&out) && rec_out_begin(&out, &b) && rec_out_idle(&out));
	rec_out_mark(&out, 99, 0);
	CHECK(loop_wait(NULL, 0, NULL, 0, 0) == 0);
	CHECK(rec_out_end(&out, 99, 0, NULL, &why) == 0 && out.state == REC_OUT_CLOSED);
	rec_out_read_on();
	CHECK(rec_in_block(&in, &got) && got.count == 1 && block_position(&got, 0) == 41);
	CHECK(!rec_in_block(&in, &got) && in.end == REC_IN_FAILED && in.status == 75 && in.next == 41);
	CHECK(strcmp(buf_string(&in.reason), reason) == 0 && read(p[0], reason, 1) == 0);
	rec_in_free(&in);
	rec_out_free(&out);
}

int
main(void)
{
	die_start(&usage);
	unsetenv("REC_BLOCK");
	unsetenv("REC_CHECKSUM");
	unsetenv("REC_MAX");
	run("two_pipes", two_pipes);
	run("pieces", pieces);
	run("others", others);
	run("interrupted", interrupted);
	run("slow_reader", slow_reader);
	run("reader_leaves", reader_leaves);
	run("watermark", watermark);
	run("given_up", given_up);
	return unit_end("loop");
}
