/*
 * rec_out: how a command waits, with rec_in and rec_out over pipes (streams.h): idle and full
 * outputs, several at once, and ends by a signal.
 */
#include "unit/stream/streams.h"

/* ---- waiting ---- */

static int
waiting_writer(int in, int a, int b)
{
	struct rec_out first, second;
	const char *why;
	int status = 42;
	char byte;

	sure(rec_out_open(&first, a, "first"));
	sure(rec_out_open(&second, b, "second"));
	rec_out_rec(&first, &(struct rec){ "one", 3, 0 });
	rec_out_mark(&first, 1, 3);
	rec_out_mark(&second, 1, 3);
	/* The bytes of `in` are read one by one; each becomes a record. */
	for (uint64_t pos = 1; rec_out_wait(in, -1) && read(in, &byte, 1) == 1; pos++) {
		rec_out_rec(byte == '1' ? &first : &second, &(struct rec){ &byte, 1, pos });
		rec_out_mark(&first, pos + 1, 1);
		rec_out_mark(&second, pos + 1, 1);
	}
	if (rec_out_stop())
		status = first.state == REC_OUT_GONE && second.state == REC_OUT_GONE && first.error == EPIPE ? 40 : 41;
	if (rec_out_end(&second, 100, 0, NULL, &why) != 0 || rec_out_end(&first, 100, 0, NULL, &why) != 0)
		status = 43;
	rec_out_free(&second);
	rec_out_free(&first);
	return status;
}

/*
 * Records that were put before a wait are written; outputs that got no record write their
 * watermarks.
 */
static void
idle(void)
{
	for (int vanish = 0; vanish < 2; vanish++) {
		int in[2], a[2], b[2];
		struct block one, two;
		pid_t pid;

		sure(pipe2(in, O_CLOEXEC));
		sure(pipe2(a, O_CLOEXEC));
		sure(pipe2(b, O_CLOEXEC));
		pid = start(waiting_writer, in[0], a[1], b[1]);
		close(in[0]);
		close(a[1]);
		close(b[1]);
		CHECK(get_block(a[0], &one) == 1 && one.count == 1 && one.next == 1 &&
		      memcmp(one.payload, "one\n", 4) == 0);
		CHECK(get_block(b[0], &two) == 1 && two.count == 0 && two.base == 1 && two.next == 1);
		sure((int)write(in[1], "2", 1));
		CHECK(get_block(b[0], &two) == 1 && two.count == 1 && two.base == 1 && two.next == 2);
		CHECK(get_block(a[0], &one) == 1 && one.count == 0 && one.base == 2 && one.next == 2);
		/*
		 * The input stays open and silent, while first one reader leaves, then the other.
		 */
		if (vanish) {
			close(b[0]);
			sure((int)write(in[1], "1", 1));
			CHECK(get_block(a[0], &one) == 1 && one.count == 1 && one.base == 2);
			close(a[0]);
			CHECK(finished(pid) == 40);
			close(in[1]);
			continue;
		}
		close(in[1]);
		CHECK(get_block(a[0], &one) == 1 && one.kind == BLOCK_END && one.base == 1 && one.next == 100 &&
		      one.status == 0);
		CHECK(get_block(b[0], &two) == 1 && two.kind == BLOCK_END && two.base == 1 && two.next == 100);
		CHECK(get_block(a[0], &one) == 0 && get_block(b[0], &two) == 0);
		CHECK(finished(pid) == 42);
	}
}

/* A record that lacks its gap. */
static const struct block torn = { .kind = BLOCK_DATA,
	.gap = 1,
	.count = 1,
	.size = 1,
	.status = ';',
	.payload = (char[]){ "x" },
	.ends = (uint32_t[]){ 1, 0 } };

static int
full_and_record(int a, int b, int how)
{
	struct rec_out full, other;

	sure(rec_out_open(&full, a, "full"));
	sure(rec_out_open(&other, b, "other"));
	if (how == -1) {
		rec_out_rec(&other, &(struct rec){ "x", 1, 0 });
	} else if (how == -2) {
		rec_out_mark(&other, 9, 1);
	} else if (how == -3) {
		rec_out_rec(&other, &(struct rec){ junk, 100000, 0 });
	} else {
		rec_out_block(&other, &torn);
		rec_out_rec(&other, &(struct rec){ "y", 1, 4 });
		rec_out_mark(&other, 9, 1);
	}
	fill(&full);
	return end_both(&full, &other);
}

static void
drained(int fd)
{
	struct block b;
	uint64_t records = 0;
	int good = 1;

	while (get_block(fd, &b) == 1 && b.kind == BLOCK_DATA)
		for (uint32_t i = 0; i < b.count; i++, records++)
			good &= memcmp(b.payload + block_start(&b, i), junk + records, 1000) == 0 &&
			        block_position(&b, i) == 10 + records;
	CHECK(good && records == FULL && b.kind == BLOCK_END && b.base == FULL && b.next == 1000 &&
	      get_block(fd, &b) == 0);
}

/*
 * While one output's pipe is full and is not read, the other output writes what was put into it: a
 * record, a watermark, a record larger than a pipe, a new segment.
 */
static void
served(void)
{
	for (int how = -1; how >= -4; how--) {
		int a[2], b[2];
		struct block block;
		pid_t pid;

		sure(pipe2(a, O_CLOEXEC));
		sure(pipe2(b, O_CLOEXEC));
		pid = start(full_and_record, a[1], b[1], how);
		close(a[1]);
		close(b[1]);
		if (how == -1) {
			CHECK(get_block(b[0], &block) == 1 && block.count == 1 && block.base == 0);
		} else if (how == -2) {
			/*
			 * Its mark comes; its watermark waits for what the other output has not
			 * written.
			 */
			CHECK(get_block(b[0], &block) == 1 && block.count == 0 && block.base == 9 && block.next == 0);
		} else if (how == -3) {
			CHECK(get_block(b[0], &block) == 1 && block.count == 1 && block.size == 100001);
		} else {
			CHECK(get_block(b[0], &block) == 1 && block.count == 1 && block_lacks_gap(&block));
			CHECK(get_block(b[0], &block) == 1 && block.kind == BLOCK_END && block.base == 1 &&
			      block.next == 0);
			CHECK(get_block(b[0], &block) == 1 && block.count == 1 && block.base == 4 && block.next == 0);
		}
		drained(a[0]);
		while (get_block(b[0], &block) == 1 && block.kind == BLOCK_DATA)
			CHECK(block.count == 0 && block.next <= 1000);
		CHECK(block.kind == BLOCK_END && block.base == (how != -2) && block.next == 1000);
		CHECK(get_block(b[0], &block) == 0);
		CHECK(finished(pid) == 42);
		close(a[0]);
		close(b[0]);
	}
}

static int
full_and_new_segment(int a, int b, int in)
{
	struct rec_out full, other;
	struct block lacking = { .kind = BLOCK_DATA,
		.gap = 1,
		.count = 1,
		.size = 4096 - BLOCK_HEAD - 8,
		.status = ';',
		.payload = junk,
		.ends = (uint32_t[]){ 4096 - BLOCK_HEAD - 8, 0 } };

	(void)in;
	sure(rec_out_open(&full, a, "full"));
	sure(rec_out_open(&other, b, "other"));
	/* The other output's pipe is filled to its last byte, and the block in it lacks its gap. */
	rec_out_block(&other, &lacking);
	for (uint64_t i = 0; i < 4; i++)
		rec_out_rec(&other, &(struct rec){ junk, 1000, 4 + i });
	fill(&full);
	return end_both(&full, &other);
}

/*
 * Both outputs are full, and the second would begin a new segment. The first must go on as soon as
 * it is read, whatever the second does.
 */
static void
served_across_segments(void)
{
	int a[2], b[2];
	struct block block;
	uint64_t records = 0;
	pid_t pid;

	sure(pipe2(a, O_CLOEXEC));
	sure(pipe2(b, O_CLOEXEC));
	CHECK(sure(fcntl(b[1], F_SETPIPE_SZ, 4096)) == 4096);
	pid = start(full_and_new_segment, a[1], b[1], -1);
	close(a[1]);
	close(b[1]);
	/*
	 * All data of the first output come while the second is not read. Only its end mark comes
	 * later, because it is ended later.
	 */
	while (records < 250 && get_block(a[0], &block) == 1)
		records += block.count;
	CHECK(records >= 250);
	records = 0;
	while (get_block(b[0], &block) == 1)
		records += block.kind == BLOCK_DATA ? block.count : 0;
	CHECK(records == 5 && block.kind == BLOCK_END && block.base == 4 && block.next == 1000);
	while (get_block(a[0], &block) == 1)
		;
	CHECK(block.kind == BLOCK_END && block.base == FULL && finished(pid) == 42);
}

/* Several outputs, each into a small pipe whose reader has a speed of its own, or into a file. */
static void
many_outputs(void)
{
	for (int round = 0; round < 15; round++) {
		enum { OUTS = 4 };
		struct rec_out outs[OUTS];
		struct maker k[OUTS];
		struct tap taps[OUTS];
		size_t n = 2 + unit_random(OUTS - 1);

		for (size_t i = 0; i < n; i++) {
			k[i] = (struct maker){ .out = &outs[i], .longest = unit_random(2) ? 20000 : 100 };
			CHECK(rec_out_open(&outs[i],
				  unit_random(4) == 0 ? tap_file(&taps[i]) : tap_pipe(&taps[i], 4096), "out") == 0);
		}
		for (size_t steps = unit_random(400); steps > 0; steps--)
			put_something(&k[unit_random(n)]);
		CHECK(!rec_out_stop());
		for (size_t i = n; i-- > 0;)
			end_well(&outs[i], k[i].pos);
		for (size_t i = 0; i < n; i++) {
			struct model got = { 0 };

			read_back(tap_end(&taps[i]), &got);
			CHECK(same(&k[i].m, &got));
			model_free(&got);
			model_free(&k[i].m);
		}
	}
}

/* ---- signals ---- */

static int
signalled(int a, int b, int in)
{
	struct rec_out first, second;

	sure(rec_out_open(&first, a, "first"));
	sure(rec_out_open(&second, b, "second"));
	rec_out_block(&first, &torn);
	rec_out_rec(&first, &(struct rec){ "in a second segment", 19, 5 });
	rec_out_flush(&first);
	rec_out_rec(&first, &(struct rec){ "held", 4, 6 }); /* is put out when the process waits */
	rec_out_wait(in, -1);
	return 1;
}

/* Waits until the process sleeps. Returns 1, or 0 if it does not before the deadline. */
static int
asleep(pid_t pid)
{
	char path[64], text[200];
	struct timespec pause = { 0, 1000000 };

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	for (int ms = 0; ms < DEADLINE; ms++) {
		int fd = sure(open(path, O_RDONLY | O_CLOEXEC));
		ssize_t n = read(fd, text, sizeof text - 1);

		close(fd);
		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, ") S ") != NULL)
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static void
end_by_signal(void)
{
	static const struct {
		int number;
		const char *reason;
	} ways[] = { { SIGTERM, "unit: ended by SIGTERM" }, { SIGINT, "unit: ended by SIGINT" },
		{ SIGHUP, "unit: ended by SIGHUP" } };

	for (size_t i = 0; i < 3; i++) {
		int in[2], a[2];
		struct block b;
		pid_t pid;
		int f = file();

		sure(pipe2(in, O_CLOEXEC));
		sure(pipe2(a, O_CLOEXEC));
		pid = start(signalled, a[1], f, in[0]);
		close(a[1]);
		CHECK(get_block(a[0], &b) == 1 && b.count == 1);
		CHECK(get_block(a[0], &b) == 1 && b.kind == BLOCK_END && b.status == 0);
		CHECK(get_block(a[0], &b) == 1 && b.count == 1);
		CHECK(get_block(a[0], &b) == 1 && b.count == 1); /* put out because the process waits now */
		CHECK(asleep(pid));
		sure(kill(pid, ways[i].number));
		CHECK(finished(pid) == -ways[i].number);
		CHECK(get_block(a[0], &b) == 1 && b.kind == BLOCK_END && b.status == 128 + (uint32_t)ways[i].number &&
		      b.base == 2);
		CHECK(b.size == strlen(ways[i].reason) && memcmp(b.payload, ways[i].reason, b.size) == 0);
		CHECK(get_block(a[0], &b) == 0);
		sure((int)lseek(f, 0, SEEK_SET));
		CHECK(get_block(f, &b) == 1 && b.kind == BLOCK_END && b.status == 128 + (uint32_t)ways[i].number &&
		      b.base == 0);
		CHECK(get_block(f, &b) == 0);
		close(in[0]);
		close(in[1]);
		close(a[0]);
		close(f);
	}
}

static int
stuck(int a, int b, int in)
{
	struct rec_out out;

	(void)b;
	(void)in;
	sure(rec_out_open(&out, a, "out"));
	fill(&out);
	return 1;
}

static int
busy(int a, int b, int in)
{
	struct rec_out out, other;
	struct maker k = { .out = &out, .longest = 300 };
	const char *why;

	(void)in;
	sure(rec_out_open(&out, a, "out"));
	sure(rec_out_open(&other, b, "other"));
	for (size_t steps = unit_random(300); steps > 0; steps--) {
		put_something(&k);
		rec_out_flush(&out);
	}
	rec_out_end(&other, 0, 0, NULL, &why);
	rec_out_end(&out, k.pos, 0, NULL, &why);
	rec_out_free(&other);
	rec_out_free(&out);
	model_free(&k.m);
	return 1;
}

/*
 * If the writer is killed at any point, its stream ends with an end mark after a whole block, or is
 * cut off. No end mark is within a block.
 */
static void
killed_anywhere(void)
{
	int ends_met[4] = { 0 };

	for (int round = 0; round < 150; round++) {
		struct model got = { 0 };
		size_t before = unit_random(60000);
		struct rec_in in;
		char bytes[500];
		const char *why;
		int p[2], f = file(), null = sure(open("/dev/null", O_WRONLY | O_CLOEXEC));
		ssize_t n;
		pid_t pid;

		sure(pipe2(p, O_CLOEXEC));
		sure(fcntl(p[1], F_SETPIPE_SZ, round % 2 ? 4096 : MIB));
		pid = start(busy, p[1], null, -1);
		close(p[1]);
		close(null);
		/*
		 * With a small pipe, the number of bytes read before the signal decides where it
		 * comes. With a pipe that is never full, the time does.
		 */
		if (round % 2 == 0) {
			struct pollfd begun = { .fd = p[0], .events = POLLIN };

			poll(&begun, 1, DEADLINE);
			nanosleep(&(struct timespec){ 0, (long)unit_random(500000) }, NULL);
			sure(kill(pid, SIGTERM));
			before = 0;
		}
		while ((n = read(p[0], bytes, sizeof bytes)) > 0) {
			sure((int)write(f, bytes, (size_t)n));
			if (before > (size_t)n) {
				before -= (size_t)n;
			} else if (before > 0) {
				before = 0;
				sure(kill(pid, SIGTERM));
			}
		}
		(void)finished(pid);
		close(p[0]);
		sure((int)lseek(f, 0, SEEK_SET));
		sure(rec_in_open(&in, f, "in"));
		read_into(&in, &got);
		CHECK(in.end == REC_IN_GOOD || in.end == REC_IN_CUT ||
		      (in.end == REC_IN_FAILED && in.status == 128 + SIGTERM));
		if (in.end == REC_IN_DAMAGED || in.end == REC_IN_NOT_STREAM)
			printf("%s\n", buf_string(&in.reason));
		ends_met[in.end == REC_IN_GOOD ? 0 : in.end == REC_IN_CUT ? 1 : 2]++;
		rec_in_close(&in, &why);
		rec_in_free(&in);
		model_free(&got);
	}
	/*
	 * Where the others were killed depends on the machine. end_by_signal and killed_in_block
	 * test each of the two ends.
	 */
	CHECK(ends_met[0] > 0 && ends_met[1] + ends_met[2] > 0);
}

/* Within a block no end mark can be written: the process dies, and the stream is cut off. */
static void
killed_in_block(void)
{
	struct block b;
	char bytes[70000];
	ssize_t n, sum = 0;
	pid_t pid;
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	pid = start(stuck, p[1], -1, -1);
	close(p[1]);
	CHECK(get(p[0], bytes, BLOCK_HEAD) == 1); /* the block is begun, and does not fit the pipe */
	CHECK(block_head(&b, (unsigned char *)bytes, BLOCK_USUAL) == NULL && b.size > 70000);
	sure(kill(pid, SIGTERM));
	CHECK(finished(pid) == -SIGTERM);
	while ((n = read(p[0], bytes, sizeof bytes)) > 0)
		sum += n;
	CHECK(n == 0 && (size_t)sum < block_body(&b));
}

int
main(int argc, char *argv[])
{
	static const char *const sizes[] = { "1", "7", "100", "4096", "131072", "262080" };

	streams_begin(argc, argv);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		RUN(many_outputs, sizes[i], "");
	RUN(idle, "", "");
	RUN(served, "", "");
	RUN(served_across_segments, "", "");
	RUN(end_by_signal, "", "");
	RUN(killed_anywhere, "", "");
	RUN(killed_in_block, "", "");
	return unit_end("rec_wait");
}
