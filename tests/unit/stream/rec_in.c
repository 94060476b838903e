/*
 * rec_in over files and pipes (streams.h): how inputs end, damage, how little is read and kept in
 * memory, records one by one.
 */
#include "unit/reader.h"
#include "unit/stream/streams.h"

/* ---- streams that are made ---- */

/* A stream in memory, to which lay adds a block. */
static struct buf made;

static void
lay(struct block b)
{
	static _Alignas(8) char index[8 * BLOCK_RECORDS];
	static const char zeros[8];
	unsigned char head[BLOCK_HEAD];

	block_put(&b, head, index);
	sure(buf_add(&made, head, sizeof head));
	sure(buf_add(&made, b.payload, b.size));
	sure(buf_add(&made, zeros, block_pad(b.size)));
	sure(buf_add(&made, index, block_index(&b)));
}

static void
lay_records(uint64_t base, uint64_t next, int lacks_gap)
{
	lay((struct block){ .kind = BLOCK_DATA,
	    .flags = BLOCK_SUMMED,
	    .gap = 1,
	    .count = 2,
	    .size = 6 - (uint32_t)lacks_gap,
	    .base = base,
	    .next = next,
	    .status = '\n',
	    .payload = (char[]){ "ab\nc\n\n" },
	    .ends = (uint32_t[]){ 2, 5 } });
}

static void
lay_end(uint64_t records, uint64_t next)
{
	lay((struct block){ .kind = BLOCK_END, .base = records, .next = next });
}

static void
lay_failure(uint64_t records, uint64_t next, uint32_t status, const char *reason)
{
	char text[100] = { 0 };

	strncpy(text, reason, sizeof text - 1);
	lay((struct block){ .kind = BLOCK_END,
	    .flags = BLOCK_SUMMED,
	    .base = records,
	    .next = next,
	    .status = status,
	    .size = (uint32_t)strlen(text),
	    .payload = text });
}

static void
lay_hop(enum block_kind kind)
{
	lay((struct block){ .kind = kind, .flags = BLOCK_SUMMED, .size = 20, .payload = (char[20]){ "0123456789" } });
}

static int reads, from_files;

/*
 * Reads what was laid. Returns 1 if it ends in that way, with that number of records, that status,
 * watermark and reason; else 0. Reads it from a pipe and from a file in turn, or only from files,
 * in which all that is asked for comes at once.
 */
static int
ends(enum rec_in_end end, size_t records, int status, uint64_t next, const char *reason)
{
	struct model got = { 0 };
	struct rec_in in;
	const char *why;
	int fd, good;

	if (reads++ % 2 == 0 && !from_files) {
		fd = feed(made.data, made.len, 100);
	} else {
		fd = file();
		sure((int)write(fd, made.data, made.len));
		sure((int)lseek(fd, 0, SEEK_SET));
	}
	sure(rec_in_open(&in, fd, "in"));
	read_into(&in, &got);
	good = in.end == end && count(&got) == records && in.status == status && in.next == next &&
	       strcmp(buf_string(&in.reason), reason) == 0 && rec_in_well(&in) == (end == REC_IN_GOOD);
	if (!good)
		printf("end %d, %zu records, status %d, next %llu: %s\n", in.end, count(&got), in.status,
		    (unsigned long long)in.next, buf_string(&in.reason));
	/* The input stays ended. */
	good &= rec_in_block(&in, &(struct block){ 0 }) == 0;
	CHECK(rec_in_close(&in, &why) == 0);
	rec_in_free(&in);
	model_free(&got);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return good;
}

static void
anew(void)
{
	made.len = 0;
}

static void
read_ends(void)
{
	static const char cut[] = "in: cut off after 2 whole records, without an end mark";
	size_t first;

	lay_end(0, 0);
	CHECK(ends(REC_IN_GOOD, 0, 0, 0, ""));
	anew();
	lay_end(0, 77);
	CHECK(ends(REC_IN_GOOD, 0, 0, 77, ""));
	anew();
	lay_records(0, 2, 0);
	lay_records(10, 12, 1);
	lay_end(4, 20);
	CHECK(ends(REC_IN_GOOD, 4, 0, 20, ""));
	/*
	 * Two more streams follow, one of them empty. Their positions count from 20, and then from
	 * 22.
	 */
	lay_records(0, 2, 0);
	lay_end(2, 2);
	lay_end(0, 3);
	CHECK(ends(REC_IN_GOOD, 6, 0, 25, ""));

	anew();
	lay_records(0, 2, 0);
	CHECK(ends(REC_IN_CUT, 2, 65, 2, cut));
	first = made.len;
	lay_end(2, 2);
	lay_records(0, 2, 0);
	CHECK(ends(REC_IN_CUT, 4, 65, 4, "in: cut off after 4 whole records, without an end mark"));
	made.len = first + BLOCK_HEAD + 1;
	CHECK(ends(REC_IN_CUT, 2, 65, 2, "in: cut off after 2 whole records, in the middle of a block"));
	anew();
	CHECK(ends(REC_IN_CUT, 0, 65, 0,
	    "in: no bytes at all: not even the end mark of an empty stream; what should have written it was not run or "
	    "was killed"));

	/* A failure, also in the middle: nothing after it is read. */
	lay_records(0, 2, 0);
	lay_failure(2, 2, 3, "rec-x: it broke\033[m");
	CHECK(ends(REC_IN_FAILED, 2, 3, 2, "rec-x: it broke^[[m"));
	sure(buf_adds(&made, "anything at all that is no block, more than a header's forty bytes"));
	CHECK(ends(REC_IN_FAILED, 2, 3, 2, "rec-x: it broke^[[m"));
	anew();
	lay_records(0, 2, 0);
	lay_end(2, 50);
	lay_records(0, 2, 0);
	lay_failure(2, 3, 255, "");
	CHECK(ends(REC_IN_FAILED, 4, 255, 53, "no reason given"));

	/* The hop: offers and wakes are ignored, wherever they are; a switch is a fault. */
	anew();
	lay_hop(BLOCK_OFFER);
	lay_records(0, 2, 1);
	lay_hop(BLOCK_WAKE);
	lay_hop(BLOCK_OFFER);
	lay_end(2, 2);
	lay_hop(BLOCK_WAKE);
	CHECK(ends(REC_IN_GOOD, 2, 0, 2, ""));
	lay_hop(BLOCK_SWITCH);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 2, "in: block 7 at byte 352: a switch of a kind that is unknown"));
	anew();
	lay_hop(BLOCK_OFFER);
	CHECK(ends(REC_IN_CUT, 0, 65, 0, "in: cut off after 0 whole records, without an end mark"));

	/* Losses: their records do not count as records of the stream. */
	anew();
	lay_records(0, 2, 1);
	lay((struct block){ .kind = BLOCK_LOSS, .count = 4000000000, .base = 2, .next = 4 });
	lay((struct block){ .kind = BLOCK_LOSS, .count = 4000000000, .base = 4, .next = 4 });
	lay((struct block){ .kind = BLOCK_LOSS, .count = BLOCK_LOST_UNKNOWN, .base = 9, .next = 9 });
	lay_end(2, 9);
	CHECK(ends(REC_IN_GOOD, 2, 0, 9, ""));
}

static void
read_others(void)
{
	static const char text[] = "2026-11-22 a line of a log, longer than a header\nand another\n";

	from_files = 1;
	sure(buf_adds(&made, text));
	CHECK(ends(REC_IN_NOT_STREAM, 0, 65, 0,
	    "in: not a record stream (it begins \"2026-11-22 a line of...\"); put rec-split before it"));
	anew();
	sure(buf_adds(&made, "a"));
	CHECK(ends(REC_IN_NOT_STREAM, 0, 65, 0, "in: not a record stream (it begins \"a\"); put rec-split before it"));
	anew();
	sure(buf_adds(&made, "\n"));
	CHECK(ends(REC_IN_NOT_STREAM, 0, 65, 0, "in: not a record stream (it begins \"^J\"); put rec-split before it"));
	anew();
	sure(buf_adds(&made, "\xab"));
	CHECK(ends(REC_IN_CUT, 0, 65, 0, "in: cut off after 0 whole records, in the middle of a block"));
	anew();
	sure(buf_adds(&made, "\xabre\n"));
	CHECK(ends(
	    REC_IN_NOT_STREAM, 0, 65, 0, "in: not a record stream (it begins \"\\xABre^J\"); put rec-split before it"));
	anew();
	sure(buf_adds(&made, "\033[mone\r\n"));
	CHECK(ends(REC_IN_NOT_STREAM, 0, 65, 0,
	    "in: not a record stream, but records as they are shown on a terminal: let the command before it write "
	    "into a pipe (ssh without -t; not from mpirun, whose ranks write to a terminal)"));

	/* After a good stream it is damage, even one byte of it, however it comes. */
	from_files = 0;
	anew();
	lay_records(0, 2, 0);
	lay_end(2, 2);
	sure(buf_adds(&made, text));
	for (int i = 0; i < 4; i++, made.len = 96 + (size_t)i)
		CHECK(ends(
		    REC_IN_DAMAGED, 2, 65, 2, "in: block 3 at byte 96: no block begins there (the magic is missing)"));
}

/*
 * What block_follow and rebasing refuse, with the block's number and offset. block.c tests the
 * rules of a single block.
 */
static void
read_damage(void)
{
	static const char low[] = "in: block 2 at byte 56: its positions are below those that came before";
	size_t one;

	lay_records(5, 7, 0);
	one = made.len;
	CHECK(one == 56);
	lay_records(5, 7, 0);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 7, low));
	made.len = one;
	lay_records(6, 7, 0);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 7, low));
	made.len = one;
	lay_records(7, 6, 0);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 7, "in: block 2 at byte 56: the watermark goes back"));
	made.len = one;
	lay_end(1, 7);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 7, "in: block 2 at byte 56: the end mark counts other records than came"));
	made.len = one;
	lay_end(2, 6);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 7, "in: block 2 at byte 56: the watermark goes back"));
	anew();
	lay_records(5, 5, 1);
	lay_records(7, 9, 1);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 6, "in: block 2 at byte 56: the block before it lacks its last gap"));
	made.len = one;
	lay_end(2, 5);
	CHECK(ends(REC_IN_DAMAGED, 2, 65, 6, "in: block 2 at byte 56: the watermark is below a record that came"));

	/*
	 * Positions of records, watermarks and losses that pass 64 bits only when an earlier
	 * stream's watermark is added.
	 */
	for (int i = 0; i < 6; i++) {
		static const char past[] = "in: block 2 at byte 40: its positions pass 64 bits";
		const uint64_t top = UINT64_MAX - 9; /* the highest that is right */

		anew();
		lay_end(0, 9);
		if (i == 0)
			lay_records(top, 0, 0);
		if (i == 1)
			lay_records(0, top + 1, 0);
		if (i == 2)
			lay((struct block){ .kind = BLOCK_DATA, .base = top + 1 });
		if (i == 3)
			lay((struct block){ .kind = BLOCK_LOSS, .base = UINT64_MAX, .count = 1 });
		if (i == 4)
			lay((struct block){ .kind = BLOCK_DATA, .base = top, .next = top + 1 });
		if (i == 5)
			lay_end(0, top + 1);
		CHECK(ends(REC_IN_DAMAGED, 0, 65, 9, past));
	}
	anew();
	lay_end(0, 9);
	lay_records(UINT64_MAX - 11, UINT64_MAX - 9, 0);
	lay_end(2, UINT64_MAX - 9);
	CHECK(ends(REC_IN_GOOD, 2, 0, UINT64_MAX, ""));
}

/*
 * A small stream with all that a stream can have is cut at every byte, and each of its bits is
 * changed.
 */
static void
cut_and_turned(void)
{
	struct buf whole = { 0 };
	size_t edges[10], n = 0, records[10] = { 0 };

	edges[n] = 0, records[n++] = 0;
	lay_records(0, 2, 0);
	edges[n] = made.len, records[n++] = 2;
	lay((struct block){ .kind = BLOCK_DATA,
	    .flags = BLOCK_SUMMED | BLOCK_POSITIONS,
	    .count = 1,
	    .size = 1,
	    .base = 4,
	    .next = 5,
	    .payload = (char[]){ "x" },
	    .ends = (uint32_t[]){ 1 },
	    .positions = (uint32_t[]){ 0 } });
	edges[n] = made.len, records[n++] = 3;
	lay((struct block){ .kind = BLOCK_LOSS, .flags = BLOCK_SUMMED, .count = 3, .base = 5, .next = 8 });
	edges[n] = made.len, records[n++] = 3;
	lay_hop(BLOCK_OFFER);
	edges[n] = made.len, records[n++] = 3;
	lay_records(8, 10, 1);
	edges[n] = made.len, records[n++] = 5;
	lay_end(5, 10);
	sure(buf_add(&whole, made.data, made.len));
	CHECK(ends(REC_IN_GOOD, 5, 0, 10, ""));

	for (size_t at = 0; at <= whole.len; at++) {
		struct model got = { 0 };
		struct rec_in in;
		const char *why;
		size_t i = n;
		int fd = file();

		while (edges[--i] > at)
			;
		sure((int)write(fd, whole.data, at));
		sure((int)lseek(fd, 0, SEEK_SET));
		sure(rec_in_open(&in, fd, "in"));
		read_into(&in, &got);
		if (at < whole.len)
			CHECK(in.end == REC_IN_CUT && in.status == 65 && count(&got) == records[i] &&
			      in.offset == edges[i]);
		else
			CHECK(in.end == REC_IN_GOOD);
		rec_in_close(&in, &why);
		rec_in_free(&in);
		model_free(&got);
	}
	for (size_t bit = 0; bit < whole.len * 8; bit++) {
		struct model got = { 0 };
		struct rec_in in;
		const char *why;
		size_t i = n;
		int fd = file();

		while (edges[--i] > bit / 8)
			;
		whole.data[bit / 8] ^= (char)(1u << bit % 8);
		sure((int)write(fd, whole.data, whole.len));
		whole.data[bit / 8] ^= (char)(1u << bit % 8);
		sure((int)lseek(fd, 0, SEEK_SET));
		sure(rec_in_open(&in, fd, "in"));
		read_into(&in, &got);
		/*
		 * The blocks before the changed one are whole. If a length becomes larger, the
		 * stream looks cut.
		 */
		CHECK((in.end == REC_IN_DAMAGED || in.end == REC_IN_CUT || (bit < 32 && in.end == REC_IN_NOT_STREAM)) &&
		      in.status == 65);
		CHECK(count(&got) == records[i] && in.offset == edges[i] && in.reason.len > 0);
		rec_in_close(&in, &why);
		rec_in_free(&in);
		model_free(&got);
	}
	buf_free(&whole);
	buf_free(&made);
}

/* A pipe is made wider once 8 MiB have come through it, and not earlier. */
static void
read_widens(void)
{
	struct block b = { .kind = BLOCK_DATA, .count = 1, .size = 50000, .next = 1, .payload = junk,
		.ends = (uint32_t[]){ 50000 } };
	uint32_t index[2] = { 50000, 0 };
	unsigned char head[BLOCK_HEAD];
	int narrow = 0, wide = 0, fd, usual;
	struct rec_in in;
	const char *why;

	anew();
	for (int i = 0; i < 300; i++) {
		block_put(&b, head, (char *)index);
		sure(buf_add(&made, head, sizeof head));
		sure(buf_add(&made, junk, b.size));
		sure(buf_add(&made, (char *)index, sizeof index));
		b.base = b.next++;
	}
	fd = feed(made.data, made.len, 10000);
	usual = fcntl(fd, F_GETPIPE_SZ);
	sure(rec_in_open(&in, fd, "in"));
	while (rec_in_block(&in, &b) == 1) {
		int is = fcntl(fd, F_GETPIPE_SZ) > usual;

		/* More than in.offset may have been read. */
		CHECK(in.offset < 8 * MIB - 60000 ? !is : in.offset < 8 * MIB || is);
		narrow += !is;
		wide += is;
	}
	CHECK(in.end == REC_IN_CUT && narrow > 150 && wide > 100 && narrow + wide == 300);
	rec_in_close(&in, &why);
	rec_in_free(&in);
}

/*
 * Memory grows as bytes arrive, not by what a header claims; no byte is read after the block that
 * was handed out.
 */
static void
read_little(void)
{
	struct block b, huge = { .kind = BLOCK_DATA, .count = 1, .size = 60 * MIB, .ends = (uint32_t[]){ 60 * MIB } };
	unsigned char head[BLOCK_HEAD];
	static const size_t arrived[] = { 0, 1, 200000, 300000, 1000000 };
	const char *why;
	struct rec_in in;
	char rest[BLOCK_HEAD];
	int fd;

	block_put(&huge, head, (char *)&(uint64_t){ 0 });
	for (size_t i = 0; i < sizeof arrived / sizeof arrived[0]; i++) {
		anew();
		sure(buf_add(&made, head, sizeof head));
		sure(buf_add(&made, junk, arrived[i]));
		sure(rec_in_open(&in, feed(made.data, made.len, 10000), "in"));
		CHECK(rec_in_block(&in, &b) == 0 && in.end == REC_IN_CUT);
		CHECK(in.cap <= (arrived[i] <= BLOCK_USUAL ? BLOCK_USUAL : 2 * arrived[i]));
		rec_in_close(&in, &why);
		rec_in_free(&in);
	}
	anew();
	lay_records(0, 2, 0);
	lay_end(2, 2);
	fd = feed(made.data, made.len, 100);
	sure(rec_in_open(&in, sure(fcntl(fd, F_DUPFD_CLOEXEC, 3)), "in"));
	CHECK(rec_in_block(&in, &b) == 1 && b.count == 2);
	CHECK(
	    get(fd, rest, sizeof rest) == 1 && memcmp(rest, made.data + 56, sizeof rest) == 0 && get(fd, rest, 1) == 0);
	/* An input of which enough was read ends well, wherever the stream is. */
	rec_in_enough(&in, 1);
	CHECK(in.end == REC_IN_GOOD && in.next == 1 && rec_in_well(&in) && rec_in_block(&in, &b) == 0);
	rec_in_close(&in, &why);
	rec_in_free(&in);
	buf_free(&made);

	/* A directory; a descriptor that is not for reading. */
	sure(rec_in_open(&in, sure(open("/", O_RDONLY | O_CLOEXEC)), "/"));
	CHECK(rec_in_block(&in, &b) == 0 && in.end == REC_IN_ERROR && in.error == EISDIR && in.status == 66);
	rec_in_close(&in, &why);
	rec_in_free(&in);
	sure(rec_in_open(&in, sure(open("/dev/null", O_WRONLY | O_CLOEXEC)), "in"));
	CHECK(rec_in_block(&in, &b) == 0 && in.end == REC_IN_ERROR && in.error == EBADF && in.status == 74);
	CHECK(strcmp(buf_string(&in.reason), "in: Bad file descriptor") == 0 && !rec_in_well(&in));
	rec_in_close(&in, &why);
	rec_in_free(&in);
}

/* If a stream is passed on record by record, losses and watermarks keep their places. */
static void
by_records(void)
{
	struct rec_out out;
	struct block b;
	struct tap tap;
	struct rec_in in;
	struct reader reader = { .in = &in, .out = &out };
	struct rec r;
	const char *why;
	int fd;

	lay_records(3, 10, 0);
	lay((struct block){ .kind = BLOCK_LOSS, .count = 4, .base = 12, .next = 20 });
	lay((struct block){ .kind = BLOCK_DATA, .base = 30, .next = 30 });
	lay_records(30, 40, 1);
	lay_end(4, 50);
	sure(rec_in_open(&in, feed(made.data, made.len, 1), "in"));
	sure(rec_out_open(&out, tap_file(&tap), "out"));
	while (reader_next(&reader, &r))
		rec_out_rec(&out, &r);
	CHECK(in.end == REC_IN_GOOD && in.records == 4 && in.lost == 4 && reader_next(&reader, &r) == 0);
	end_well(&out, in.next);
	rec_in_close(&in, &why);
	rec_in_free(&in);
	buf_free(&made);
	fd = tap_end(&tap);
	CHECK(get_block(fd, &b) == 1 && b.count == 2 && b.base == 3 && b.next == 10 &&
	      memcmp(b.payload, "ab\nc\n\n", 6) == 0);
	CHECK(get_block(fd, &b) == 1 && b.kind == BLOCK_LOSS && b.count == 4 && b.base == 12 && b.next == 20);
	do
		CHECK(get_block(fd, &b) == 1);
	while (b.count == 0); /* the watermark may come by itself or with the records */
	CHECK(b.count == 2 && b.base == 30 && b.next >= 31 && !block_lacks_gap(&b));
	while (get_block(fd, &b) == 1 && b.kind == BLOCK_DATA)
		CHECK(b.count == 0);
	CHECK(b.kind == BLOCK_END && b.base == 4 && b.next == 50);
}

int
main(int argc, char *argv[])
{
	streams_begin(argc, argv);
	RUN(read_ends, "", "");
	RUN(read_others, "", "");
	RUN(read_damage, "", "");
	RUN(cut_and_turned, "", "");
	RUN(read_widens, "", "");
	RUN(read_little, "", "");
	RUN(by_records, "", "");
	return unit_end("rec_in");
}
