/*
 * transport: rec_in and rec_out over transports that exist only here: memory, as bytes and as whole
 * blocks. So rec_in and rec_out use a transport (transport.h) that is neither a pipe nor a ring.
 * The bytes that come out must be those that a file would have got.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command/die.h"
#include "stream/loop.h"
#include "stream/rec_group.h"
#include "stream/rec_in_private.h"
#include "stream/rec_out_private.h"
#include "unit/apart.h"

static const struct die_usage usage = { "unit", "unit\n", "\n" };

/* ---- memory that is written ---- */

struct sink {
	struct buf bytes;
	size_t fails_at; /* a push that would pass this number of bytes fails with error; 0: none does */
	int error;
	int slow;        /* 1: a push that does not wait takes a part, or nothing */
	unsigned long pushes, failures, closes, ends;
};

static int
sink_push(struct rec_out *out, int wait)
{
	struct sink *s = out->port;
	struct iovec *v = out->writer.iov;
	int parts = out->writer.parts;

	s->pushes++;
	if (s->slow && !wait && unit_random(3) == 0)
		return 0;
	for (int i = 0; i < parts; i++) {
		size_t n = s->slow && !wait ? unit_random(v[i].iov_len + 1) : v[i].iov_len;

		if (s->fails_at > 0 && s->bytes.len + n > s->fails_at) {
			errno = s->error;
			return -1;
		}
		sure(buf_add(&s->bytes, v[i].iov_base, n));
		v[i].iov_base = (char *)v[i].iov_base + n;
		v[i].iov_len -= n;
		if (v[i].iov_len > 0) {
			memmove(v, v + i, (size_t)(parts - i) * sizeof *v);
			out->writer.parts = parts - i;
			return 1;
		}
	}
	writer_drop(&out->writer);
	return 1;
}

static int
sink_polled(struct rec_out *out, int busy, struct pollfd *p)
{
	(void)out;
	(void)p;
	return !busy; /* no descriptor shows when there is room: push is to be tried again */
}

static void
sink_failed(struct rec_out *out)
{
	((struct sink *)out->port)->failures++;
}

static void
sink_close(struct rec_out *out)
{
	((struct sink *)out->port)->closes++;
}

static void
sink_end(struct rec_out *out)
{
	((struct sink *)out->port)->ends++;
}

static int
sink_verdict(const struct rec_out *out, const char **why)
{
	*why = "the sink is full";
	return out->error == EDQUOT ? 75 : 0;
}

static const struct transport_out to_sink = { .push = sink_push, .polled = sink_polled, .failed = sink_failed,
	.close = sink_close, .end = sink_end, .verdict = sink_verdict };

static int nowhere; /* a descriptor of a file, for the outputs' checksums; nothing is written there */

static void
open_sink(struct rec_out *out, struct sink *s)
{
	sure(rec_out_open_by(out, &rec_group_default, &to_sink, s, nowhere, "sink"));
}

/* ---- memory that is read ---- */

struct source {
	const char *bytes;
	size_t len, at;
	size_t here;   /* the number of bytes that have come so far */
	size_t piece;  /* the longest read */
	unsigned long nexts, leaves, closes;
};

static ssize_t
source_read(struct rec_in *in, void *to, size_t n)
{
	struct source *s = in->port;
	size_t left = s->here - s->at, most = 1 + unit_random(s->piece);

	if (left == 0 && s->here < s->len) {
		errno = EAGAIN; /* then the test calls loop_wait */
		return -1;
	}
	n = n < most ? n : most;
	n = n < left ? n : left;
	memcpy(to, s->bytes + s->at, n);
	s->at += n;
	return (ssize_t)n;
}

static int
source_next(struct rec_in *in, struct block *b)
{
	((struct source *)in->port)->nexts++;
	return rec_in_receive(in, b);
}

/* Takes a whole block at a time, which is checked in place. */
static int
block_next(struct rec_in *in, struct block *b)
{
	struct source *s = in->port;
	struct block head;
	size_t n;

	s->nexts++;
	if (s->at == s->len)
		return in->after_end ? rec_in_finish(in, REC_IN_GOOD, 0, NULL) : rec_in_cut(in);
	if (s->len - s->at < BLOCK_HEAD ||
	    block_head(&head, (const unsigned char *)s->bytes + s->at, BLOCK_RECORD_MAX) != NULL)
		return rec_in_damaged(in, "not a block");
	if ((n = BLOCK_HEAD + block_body(&head)) > s->len - s->at)
		return rec_in_cut(in);
	s->at += n;
	return rec_in_adopt(in, b, (char *)(uintptr_t)s->bytes + s->at - n, n);
}

/*
 * No descriptor shows when more has come. So each call lets some bytes come, and says that `next`
 * is to be called.
 */
static int
source_sleeps(struct rec_in *in, struct pollfd p[2])
{
	struct source *s = in->port;

	p[0].fd = p[1].fd = -1;
	s->here += 1 + unit_random(200);
	if (s->here > s->len)
		s->here = s->len;
	return 0;
}

static void
source_leave(struct rec_in *in)
{
	((struct source *)in->port)->leaves++;
}

static void
source_close(struct rec_in *in)
{
	((struct source *)in->port)->closes++;
}

static const struct transport_in from_bytes = { .next = source_next, .read = source_read, .sleeps = source_sleeps,
	.leave = source_leave, .close = source_close };
static const struct transport_in from_blocks = { .next = block_next, .sleeps = source_sleeps, .leave = source_leave,
	.close = source_close };

/* ---- what is put, and whether it comes back ---- */

static char letters[5000];

enum { STEPS = 60 };

/*
 * Puts the same records, losses and watermarks into `out` each time. Returns the watermark for the
 * end.
 */
static uint64_t
fill(struct rec_out *out)
{
	uint64_t pos = 0;

	for (int i = 0; i < STEPS; i++) {
		rec_out_rec(out, &(struct rec){ letters + i, (size_t)(i * 83 % 4900), pos });
		pos += 1 + (uint64_t)(i % 3);
		if (i % 7 == 3)
			rec_out_flush(out);
		if (i % 20 == 9) {
			rec_out_loss(out, pos, 5, pos + 5);
			pos += 5;
		}
	}
	return pos;
}

/* Compares an input with what fill has put. */
static void
compare(struct rec_in *in, uint64_t next)
{
	struct rec_in *ins[1] = { in };
	struct block b;
	size_t records = 0;
	int got, same = 1;

	while ((got = rec_in_try(in, &b)) >= 0) {
		if (got == 0) {
			CHECK(in->dry && loop_wait(ins, 1, NULL, 0, -1) == 1 && !in->dry);
			continue;
		}
		for (uint32_t i = 0; b.kind == BLOCK_DATA && i < b.count; i++, records++) {
			size_t len = b.ends[i] - block_start(&b, i);

			same &= len == records * 83 % 4900 &&
			    memcmp(b.payload + block_start(&b, i), letters + records, len) == 0;
		}
	}
	CHECK(in->end == REC_IN_GOOD && same && records == STEPS);
	CHECK(in->lost == 15 && in->next == next && in->ends == 1);
}

static void
good(void)
{
	struct rec_out out;
	const char *why;

	for (int round = 0; round < 20; round++) {
		int file = sure(memfd_create("transport", MFD_CLOEXEC));
		struct sink s = { .slow = round % 2 };
		uint64_t next;
		ssize_t size;
		char *bytes;

		/* The same bytes as in a file. */
		sure(rec_out_open(&out, sure(fcntl(file, F_DUPFD_CLOEXEC, 3)), "file"));
		next = fill(&out);
		CHECK(rec_out_end(&out, next, 0, NULL, &why) == 0);
		rec_out_free(&out);
		open_sink(&out, &s);
		CHECK(!rec_out_is_shm(&out) && rec_out_load(&out) == 0 && rec_out_taken(&out));
		fill(&out);
		CHECK(rec_out_end(&out, next, 0, NULL, &why) == 0 && s.closes == 1 && s.ends == 1 && s.failures == 0);
		rec_out_free(&out);
		size = lseek(file, 0, SEEK_END);
		sure((bytes = malloc((size_t)size)) == NULL ? -1 : 0);
		CHECK(pread(file, bytes, (size_t)size, 0) == size);
		CHECK((size_t)size == s.bytes.len && memcmp(bytes, s.bytes.data, s.bytes.len) == 0);
		close(file);

		rec_out_read_on(); /* the outputs of this process are closed */
		for (int how = 0; how < 3; how++) {
			struct source from = { .bytes = bytes, .len = (size_t)size, .here = how == 1 ? 0 : (size_t)size,
				.piece = round < 10 ? 50 : 100000 };
			struct rec_in in;

			sure(rec_in_open_by(&in, how < 2 ? &from_bytes : &from_blocks, &from, nowhere, "source"));
			compare(&in, next);
			CHECK(!rec_in_is_shm(&in) && !rec_in_unmet(&in) && from.leaves > 0);
			/* `next` was called once for each block, and once for the end. */
			CHECK(how == 1 || from.nexts == in.blocks + 1);
			CHECK(rec_in_close(&in, &why) == 0 && from.closes == 1);
			rec_in_free(&in);
		}
		free(bytes);
		buf_free(&s.bytes);
	}
}

/* A whole block is written by one push. */
static void
one_push(void)
{
	struct sink s = { 0 };
	struct rec_out out;
	const char *why;
	uint32_t ends[2] = { 2, 5 };
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 2, .size = 6, .payload = letters,
		.ends = ends };

	open_sink(&out, &s);
	for (int i = 0; i < 10; i++) {
		b.base = (uint64_t)i * 2;
		b.next = b.base + 2;
		rec_out_block(&out, &b);
	}
	CHECK(s.pushes == 10);
	CHECK(rec_out_end(&out, 20, 0, NULL, &why) == 0 && s.pushes == 11);
	rec_out_free(&out);
	buf_free(&s.bytes);
}

static void
cut_and_damaged(void)
{
	struct sink s = { 0 };
	struct rec_out out;
	const char *why;
	uint64_t next;

	open_sink(&out, &s);
	next = fill(&out);
	CHECK(rec_out_end(&out, next, 0, NULL, &why) == 0);
	rec_out_free(&out);
	for (int round = 0; round < 200; round++) {
		int how = round % 2, damage = round % 4 / 2;
		struct source from = { .bytes = s.bytes.data, .piece = 3000 };
		struct rec_in in;
		struct block b;
		size_t at = unit_random(s.bytes.len);

		from.len = from.here = damage ? s.bytes.len : at;
		if (damage)
			s.bytes.data[at] = (char)(s.bytes.data[at] ^ 0x20);
		sure(rec_in_open_by(&in, how ? &from_bytes : &from_blocks, &from, nowhere, "source"));
		while (rec_in_block(&in, &b))
			;
		if (damage)
			s.bytes.data[at] = (char)(s.bytes.data[at] ^ 0x20);
		CHECK(in.end != REC_IN_GOOD && in.end != REC_IN_OPEN && in.status == 65 && in.reason.len > 0);
		CHECK(damage || in.end == REC_IN_CUT || (!how && in.end == REC_IN_DAMAGED));
		CHECK(from.leaves == 1 && rec_in_close(&in, &why) == 0 && from.closes == 1);
		rec_in_free(&in);
	}
	buf_free(&s.bytes);
}

static void
failing(void)
{
	static const struct {
		int error, status;
		enum rec_out_state state;
	} cases[] = { { EPIPE, 0, REC_OUT_GONE }, { EIO, 0, REC_OUT_FAILED }, { EDQUOT, 75, REC_OUT_FAILED } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sink s = { .fails_at = 20000, .error = cases[i].error };
		struct rec_out out;
		const char *why;
		uint64_t next;

		open_sink(&out, &s);
		next = fill(&out);
		CHECK(out.state == cases[i].state && out.error == cases[i].error && s.failures == 1);
		CHECK(rec_out_verdict(&out, &why) == cases[i].status);
		CHECK(s.bytes.len <= s.fails_at && s.bytes.len > 0);
		CHECK(rec_out_end(&out, next, 0, NULL, &why) == (out.error == EPIPE ? 0 : -1));
		CHECK(s.ends == 1 && s.failures == 1);
		rec_out_free(&out);
		buf_free(&s.bytes);
	}
}

int
main(void)
{
	die_start(&usage);
	for (size_t i = 0; i < sizeof letters; i++)
		letters[i] = (char)('a' + unit_random(26));
	nowhere = sure(memfd_create("nowhere", MFD_CLOEXEC));
	good();
	one_push();
	cut_and_damaged();
	failing();
	return unit_end("transport");
}
