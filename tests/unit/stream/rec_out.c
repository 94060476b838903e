/*
 * rec_out over files and pipes (streams.h): what is put comes back; the blocks that are written;
 * outputs that fail.
 */
#include "unit/reader.h"
#include "unit/stream/streams.h"

/* ---- round trips ---- */

static void
round_trip(int piped, size_t longest, size_t steps)
{
	struct maker k = { .longest = longest, .pos = unit_random(2) ? 0 : UINT64_C(1) << 50 };
	struct model got = { 0 };
	struct rec_out out;
	struct tap tap;

	CHECK(rec_out_open(&out, piped ? tap_pipe(&tap, 4096) : tap_file(&tap), "out") == 0);
	k.out = &out;
	for (size_t i = 0; i < steps; i++)
		put_something(&k);
	end_well(&out, k.pos);
	read_back(tap_end(&tap), &got);
	CHECK(same(&k.m, &got));
	CHECK(got.next == (k.pos > k.m.next ? k.pos : k.m.next));
	model_free(&got);
	model_free(&k.m);
}

static void
round_trips(void)
{
	size_t block = strtoul(getenv("REC_BLOCK"), NULL, 10);

	for (int i = 0; i < 30; i++) {
		round_trip(i % 2, block + 3, unit_random(300));
		round_trip(i % 2, 100, unit_random(300));
	}
	round_trip(1, MIB, 200);
	round_trip(0, MIB, 200);
	round_trip(0, 10, 0);
	round_trip(1, 10, 0);
}

/* Puts only single records, enough to fill blocks, and looks at how full the blocks are. */
static void
filled(void)
{
	size_t target = strtoul(getenv("REC_BLOCK"), NULL, 10), blocks = 0;
	struct maker k = { .longest = 30 };
	struct model got = { 0 };
	struct rec_out out;
	struct block b;
	struct tap tap;
	int fd, limits = 1;

	CHECK(rec_out_open(&out, tap_file(&tap), "out") == 0);
	k.out = &out;
	for (int i = 0; i < 100000; i++)
		put_rec(&k);
	end_well(&out, k.pos);
	fd = tap_end(&tap);
	while (get_block(fd, &b) == 1 && b.kind == BLOCK_DATA) {
		limits &= BLOCK_HEAD + block_body(&b) <= BLOCK_USUAL;
		limits &= b.count == 1 || b.size <= target + 1;
		blocks++;
	}
	CHECK(b.kind == BLOCK_END && b.base == 100000 && b.next == k.pos && get_block(fd, &b) == 0);
	CHECK(limits && blocks > 0);
	/*
	 * About one record in twenty has a position that is more than 32 bits away, which begins a
	 * block. All other blocks are full, unless the payload of one record leaves no room for the
	 * index of a second.
	 */
	CHECK(target < 4096 || target > BLOCK_USUAL / 2 || blocks < 100000 / 10);
	sure((int)lseek(fd, 0, SEEK_SET));
	read_back(fd, &got);
	CHECK(same(&k.m, &got));
	model_free(&got);
	model_free(&k.m);
}

/*
 * Streams one after another, some without their last gap, go through an output, in which their
 * positions count on.
 */
static void
segments(void)
{
	for (int round = 0; round < 40; round++) {
		struct model want = { 0 }, got = { 0 };
		uint64_t origin = 0;
		struct tap tap, again;
		struct rec_out out;
		struct rec_in in;
		struct block b;
		struct rec r;
		int fd = tap_file(&tap), way = (int)unit_random(3);
		const char *why;

		for (size_t left = 1 + unit_random(5); left > 0; left--) {
			struct maker k = { .longest = 100 };

			CHECK(rec_out_open(&out, sure(fcntl(fd, F_DUPFD_CLOEXEC, 3)), "one") == 0);
			k.out = &out;
			for (size_t steps = unit_random(30); steps > 0; steps--)
				put_something(&k);
			end_well(&out, k.pos);
			for (size_t i = 0; i < count(&k.m); i++)
				note(&want, items(&k.m)[i].len > 0 ? k.m.data.data + items(&k.m)[i].at : NULL,
				    items(&k.m)[i].len, origin + items(&k.m)[i].pos);
			want.lost += k.m.lost;
			want.lost_unknown |= k.m.lost_unknown;
			origin += k.pos > k.m.next ? k.pos : k.m.next;
			model_free(&k.m);
		}
		close(fd);
		fd = tap_end(&tap);
		read_back(sure(fcntl(fd, F_DUPFD_CLOEXEC, 3)), &got);
		CHECK(same(&want, &got) && got.next == origin);
		model_free(&got);

		sure((int)lseek(fd, 0, SEEK_SET));
		CHECK(rec_in_open(&in, fd, "in") == 0);
		CHECK(rec_out_open(&out, round % 2 ? tap_pipe(&again, 4096) : tap_file(&again), "out") == 0);
		if (way == 2) {
			struct reader reader = { .in = &in, .out = &out };

			while (reader_next(&reader, &r))
				rec_out_rec(&out, &r);
		} else {
			while (rec_in_block(&in, &b)) {
				if (way == 0 || b.kind == BLOCK_LOSS || unit_random(2)) {
					rec_out_block(&out, &b);
					continue;
				}
				for (uint32_t from = 0, to; from < b.count; from = to)
					rec_out_records(
					    &out, &b, from, to = from + 1 + (uint32_t)unit_random(b.count - from));
				rec_out_mark(&out, b.next, b.size);
			}
		}
		CHECK(in.end == REC_IN_GOOD);
		end_well(&out, in.next);
		CHECK(rec_in_close(&in, &why) == 0);
		rec_in_free(&in);
		read_back(tap_end(&again), &got);
		CHECK(same(&want, &got) && got.next == origin);
		model_free(&want);
		model_free(&got);
	}
}

/* ---- the blocks that are written ---- */

/* If a command keeps no records, or few, its watermark follows the input. */
static void
watermarks(void)
{
	struct rec_out out;
	struct tap tap;
	struct block b;
	uint64_t pos = 0, told = 0, unsaid = 0, worst = 0, blocks = 0;
	unsigned char head[BLOCK_HEAD];
	int ordered = 1;
	off_t at = 0; /* where the last look at the file ended */

	CHECK(rec_out_open(&out, tap_file(&tap), "out") == 0);
	for (int i = 0; i < 4000; i++) {
		size_t bytes = unit_random(128 * 1024);

		if (unit_random(200) == 0)
			rec_out_rec(&out, &(struct rec){ "kept", 4, pos });
		pos += 1 + unit_random(1000);
		unsaid += bytes;
		rec_out_mark(&out, pos, bytes);
		while (pread(tap.file, head, sizeof head, at) == (ssize_t)sizeof head) {
			CHECK(block_head(&b, head, BLOCK_USUAL) == NULL);
			ordered &= b.next >= told && b.base >= told;
			told = b.next;
			unsaid = 0;
			blocks++;
			at += BLOCK_HEAD + (off_t)block_body(&b);
		}
		if (unsaid > worst)
			worst = unsaid;
	}
	CHECK(ordered && worst <= MIB && worst > MIB / 2);
	CHECK(blocks > 100 && blocks < 1000);
	end_well(&out, pos);
}

static void
sums_of(int fd, int reader, int want)
{
	struct rec_out out;
	struct block b;

	CHECK(rec_out_open(&out, fd, "out") == 0);
	rec_out_rec(&out, &(struct rec){ "abc", 3, 0 });
	rec_out_flush(&out);
	CHECK(get_block(reader, &b) == 1 && b.kind == BLOCK_DATA && b.count == 1);
	CHECK((b.flags & BLOCK_SUMMED) == (want ? BLOCK_SUMMED : 0));
	rec_out_rec(&out, &(struct rec){ "abc", 3, 1 });
	end_well(&out, 2);
	CHECK(get_block(reader, &b) == 1 && (b.flags & BLOCK_SUMMED) == (want ? BLOCK_SUMMED : 0));
	CHECK(get_block(reader, &b) == 1 && b.kind == BLOCK_END && get_block(reader, &b) == 0);
}

/*
 * Payloads into files and sockets are checksummed, unless the environment has a setting for all
 * outputs.
 */
static void
checksums(void)
{
	const char *set = getenv("REC_CHECKSUM");
	char path[] = "/tmp/stream.XXXXXX";
	int p[2], s[2], f = sure(mkstemp(path)), all = *set == '1', none = *set == '0';

	sure(pipe2(p, O_CLOEXEC));
	sums_of(p[1], p[0], all);
	sure(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
	sums_of(s[1], s[0], !none);
	sums_of(f, sure(open(path, O_RDONLY | O_CLOEXEC)), !none);
	sure(unlink(path));
}

/* ---- outputs that fail, and those whose reader has gone ---- */

static int
closed_with(struct rec_out *out, const char **why)
{
	*why = "what read it said no";
	return out->owner != NULL ? 7 : 0;
}

static void
broken_outputs(void)
{
	struct rec_out out, good;
	struct model got = { 0 };
	struct tap tap;
	const char *why;
	int p[2];

	/*
	 * A full disk: the output has failed, the command is to stop, and no further write is
	 * tried.
	 */
	CHECK(!rec_out_stop());
	CHECK(rec_out_open(&out, sure(open("/dev/full", O_WRONLY | O_CLOEXEC)), "out") == 0 && rec_out_first() == &out);
	rec_out_rec(&out, &(struct rec){ "a", 1, 0 });
	CHECK(out.state == REC_OUT_OPEN && !rec_out_stop());
	rec_out_flush(&out);
	CHECK(out.state == REC_OUT_FAILED && out.error == ENOSPC && rec_out_stop());
	rec_out_rec(&out, &(struct rec){ "a", 1, 1 });
	rec_out_flush(&out);
	CHECK(rec_out_end(&out, 2, 0, NULL, &why) == -1 && out.state == REC_OUT_FAILED && out.error == ENOSPC);
	CHECK(rec_out_first() == NULL);
	rec_out_free(&out);
	/* The same, if only the end mark is written. */
	sure(rec_out_open(&out, sure(open("/dev/full", O_WRONLY | O_CLOEXEC)), "out"));
	CHECK(rec_out_end(&out, 0, 0, NULL, &why) == -1 && out.error == ENOSPC);
	rec_out_free(&out);
	/* A descriptor that is not for writing. */
	sure(rec_out_open(&out, sure(open("/dev/null", O_RDONLY | O_CLOEXEC)), "out"));
	CHECK(rec_out_end(&out, 0, 0, NULL, &why) == -1 && out.error == EBADF);
	rec_out_free(&out);

	/* A reader that has gone is no failure. The command stops when no reader is left. */
	for (int alone = 0; alone < 2; alone++) {
		sure(pipe2(p, O_CLOEXEC));
		sure(rec_out_open(&out, p[1], "gone"));
		if (!alone)
			sure(rec_out_open(&good, tap_pipe(&tap, 4096), "good"));
		CHECK(rec_out_first() == &out && rec_out_after(&out) == (alone ? NULL : &good));
		close(p[0]);
		fill(&out);
		CHECK(out.state == REC_OUT_GONE && out.error == EPIPE && rec_out_stop() == alone);
		if (!alone) {
			rec_out_rec(&good, &(struct rec){ "still", 5, 3 });
			end_well(&good, 4);
			CHECK(rec_out_stop());
		}
		out.closed = closed_with;
		CHECK(rec_out_end(&out, 400, 0, NULL, &why) == 0 && out.state == REC_OUT_CLOSED);
		rec_out_free(&out);
	}
	read_back(tap_end(&tap), &got);
	CHECK(count(&got) == 1 && got.next == 4 && memcmp(got.data.data, "still", 5) == 0);
	model_free(&got);

	/* The program that read the output failed. */
	sure(rec_out_open(&out, tap_file(&tap), "out"));
	out.closed = closed_with;
	out.owner = &out;
	CHECK(rec_out_end(&out, 0, 0, NULL, &why) == 7 && strcmp(why, "what read it said no") == 0);
	rec_out_free(&out);
}

/*
 * The reason of a failure comes back. If it is too long it is shortened, and control characters are
 * made harmless.
 */
static void
reasons(void)
{
	char longer[3 * BLOCK_REASON + 1];

	for (int i = 0; i < 5; i++) {
		struct model got = { 0 };
		struct rec_out out;
		struct rec_in in;
		struct tap tap;
		const char *why;
		int fd;

		memset(longer, 'x', sizeof longer);
		longer[sizeof longer - 1] = '\0';
		if (i == 2)
			memset(longer, '\n', sizeof longer - 1); /* shown as two characters each */
		sure(rec_out_open(&out, tap_file(&tap), "out"));
		rec_out_rec(&out, &(struct rec){ "a", 1, 5 });
		CHECK(rec_out_end(&out, 7, 65 + i,
			  i == 0   ? "rec-x: why"
			  : i < 3  ? longer
			  : i == 3 ? NULL
				   : "",
			  &why) == 0);
		rec_out_free(&out);
		fd = tap_end(&tap);
		rec_out_read_on();
		sure(rec_in_open(&in, fd, "in"));
		read_into(&in, &got);
		CHECK(in.end == REC_IN_FAILED && in.status == 65 + i && count(&got) == 1 && in.next == 7 &&
		      !rec_in_well(&in));
		CHECK(in.reason.len == (size_t)(i == 0 ? 10 : i < 3 ? BLOCK_REASON : 15));
		if (i == 0 || i > 2)
			CHECK(strcmp(buf_string(&in.reason), i == 0 ? "rec-x: why" : "no reason given") == 0);
		else
			CHECK(memcmp(in.reason.data, i == 1 ? "xxxx" : "^J^J", 4) == 0);
		rec_in_close(&in, &why);
		rec_in_free(&in);
		model_free(&got);
	}
}

int
main(int argc, char *argv[])
{
	static const char *const sizes[] = { "1", "7", "100", "4096", "131072", "262080" };

	streams_begin(argc, argv);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		RUN(round_trips, sizes[i], i % 2 ? "1" : "");
		RUN(segments, sizes[i], "");
		RUN(filled, sizes[i], "0");
	}
	RUN(watermarks, "", "");
	RUN(checksums, "", "");
	RUN(checksums, "", "0");
	RUN(checksums, "", "1");
	RUN(broken_outputs, "", "");
	RUN(reasons, "", "");
	return unit_end("rec_out");
}
