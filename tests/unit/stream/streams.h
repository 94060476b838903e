#ifndef UNIT_STREAM_STREAMS_H
#define UNIT_STREAM_STREAMS_H

/*
 * streams: what the tests of rec_in and rec_out over files and pipes share. Each case runs in a
 * process of its own, because a process has one set of open outputs, settings of the environment,
 * and signal handlers. REC_BLOCK and REC_CHECKSUM are set for each case.
 *
 * A maker makes streams: it puts random records, runs, blocks, losses and watermarks, and notes in
 * a model what a reader must get. A stream is read back from a file. If it goes through a pipe,
 * another process copies it from there into the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command/die.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "unit/apart.h"

enum {
	DEADLINE = 20000, /* milliseconds: much more than anything here takes */
	BLOCK_BODY = 1024 * 1024,
	MIB = 1024 * 1024,
	WIDE_GAP = 'G' /* each byte of a gap of more than one */
};

static const struct die_usage usage = { "unit", "unit\n", "\n" };

/* ---- processes ---- */

static const char *only; /* the one case to run; NULL: all */

/* Runs a case in a child, and adds its checks to those of this process. */
#define RUN(fn, block, sums) run(#fn, fn, block, sums)

static inline void
run(const char *name, void (*fn)(void), const char *block, const char *sums)
{
	char what[200];

	if (only != NULL && strcmp(only, name) != 0)
		return;
	(void)unit_random(2); /* other numbers in each case */
	sure(setenv("REC_BLOCK", block, 1));
	sure(setenv("REC_CHECKSUM", sums, 1));
	(void)snprintf(what, sizeof what, "%s, REC_BLOCK=%s REC_CHECKSUM=%s", name, block, sums);
	unit_apart(what, DEADLINE / 1000 * 3, fn);
}

/* In a helping process: closes all inherited descriptors but these two. */
static inline void
keep_only(int a, int b)
{
	for (int fd = 3; fd < 256; fd++)
		if (fd != a && fd != b)
			close(fd);
}

static inline int
file(void)
{
	return sure(memfd_create("stream", MFD_CLOEXEC));
}

/*
 * A pipe or a file that an output writes to. The bytes that were written are in `file` afterwards.
 */
struct tap {
	int file;
	pid_t pid; /* of the process that copies from the pipe; 0: none */
};

static inline int
tap_pipe(struct tap *t, int size)
{
	char bytes[5000];
	ssize_t n;
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	if (size > 0)
		sure(fcntl(p[1], F_SETPIPE_SZ, size));
	t->file = file();
	fflush(stdout);
	if ((t->pid = sure(fork())) == 0) {
		keep_only(p[0], t->file);
		while ((n = read(p[0], bytes, 1 + unit_random(unit_random(2) ? 50 : sizeof bytes))) > 0)
			sure((int)write(t->file, bytes, (size_t)n));
		_exit(0);
	}
	close(p[0]);
	return p[1];
}

static inline int
tap_file(struct tap *t)
{
	t->pid = 0;
	t->file = file();
	return sure(fcntl(t->file, F_DUPFD_CLOEXEC, 3));
}

/* Returns the file, at its beginning, after the output has been closed. */
static inline int
tap_end(struct tap *t)
{
	int status;

	if (t->pid != 0)
		sure(waitpid(t->pid, &status, 0));
	sure((int)lseek(t->file, 0, SEEK_SET));
	return t->file;
}

/*
 * Returns the read end of a pipe into which another process writes these bytes, in pieces of random
 * sizes.
 */
static inline int
feed(const void *bytes, size_t n, size_t longest)
{
	const char *at = bytes;
	int p[2];

	sure(pipe2(p, O_CLOEXEC));
	fflush(stdout);
	if (sure(fork()) == 0) {
		keep_only(p[1], -1);
		while (n > 0) {
			size_t piece = 1 + unit_random(longest);
			ssize_t put = write(p[1], at, piece < n ? piece : n);

			if (put < 0)
				_exit(0);
			at += put;
			n -= (size_t)put;
		}
		_exit(0);
	}
	close(p[1]);
	return p[0];
}

/*
 * Reads exactly n bytes before the deadline. Returns 1, 0 if the end comes before the first byte,
 * or -1.
 */
static inline int
get(int fd, void *to, size_t n)
{
	size_t have = 0;

	while (have < n) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got = poll(&p, 1, DEADLINE) == 1 ? read(fd, (char *)to + have, n - have) : -1;

		if (got <= 0)
			return got == 0 && have == 0 ? 0 : -1;
		have += (size_t)got;
	}
	return 1;
}

static _Alignas(8) char got_body[BLOCK_BODY];

/* Reads the next block, by block.h alone. Returns as `get` does. */
static inline int
get_block(int fd, struct block *b)
{
	unsigned char head[BLOCK_HEAD];
	int result = get(fd, head, sizeof head);

	if (result <= 0)
		return result;
	if (block_head(b, head, BLOCK_USUAL) != NULL || block_body(b) > sizeof got_body)
		return -1;
	if (block_body(b) > 0 && get(fd, got_body, block_body(b)) != 1)
		return -1;
	return block_check(b, head, got_body, BLOCK_USUAL) == NULL ? 1 : -1;
}

/* ---- models ---- */

struct item {
	size_t at, len;
	uint64_t pos;
};

struct model {
	struct buf data, items;
	uint64_t lost;
	int lost_unknown;
	uint64_t next; /* the watermark at the end */
};

static inline const struct item *
items(const struct model *m)
{
	return (const struct item *)(const void *)m->items.data;
}

static inline size_t
count(const struct model *m)
{
	return m->items.len / sizeof(struct item);
}

static inline void
note(struct model *m, const char *data, size_t len, uint64_t pos)
{
	struct item item = { m->data.len, len, pos };

	sure(buf_add(&m->data, data, len));
	sure(buf_add(&m->items, &item, sizeof item));
	if (pos > m->next)
		m->next = pos;
}

static inline void
model_free(struct model *m)
{
	buf_free(&m->data);
	buf_free(&m->items);
	*m = (struct model){ 0 };
}

static inline int
same_bytes(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static inline int
same(const struct model *a, const struct model *b)
{
	return same_bytes(&a->items, &b->items) && same_bytes(&a->data, &b->data) && a->lost == b->lost &&
	       a->lost_unknown == b->lost_unknown;
}

/*
 * Returns 1 if the gaps between the records have the byte of the header, or, if they are longer
 * than one byte, the bytes that a maker puts; else 0.
 */
static inline int
gaps_good(const struct block *b)
{
	for (uint32_t i = 0; i + (uint32_t)block_lacks_gap(b) < b->count; i++)
		for (uint32_t k = 0; k < b->gap; k++)
			if ((unsigned char)b->payload[b->ends[i] + k] != (b->gap == 1 ? b->status : WIDE_GAP))
				return 0;
	return 1;
}

/* Reads a stream into a model, and checks what every reader relies on. The input stays open. */
static inline void
read_into(struct rec_in *in, struct model *m)
{
	struct block b;
	uint64_t mark = 0, last = 0;
	int ordered = 1, gaps = 1;

	while (rec_in_block(in, &b)) {
		ordered &= b.base >= mark && b.base >= last && b.next >= mark && in->next == b.next;
		mark = b.next;
		if (b.kind == BLOCK_LOSS) {
			m->lost_unknown |= b.count == BLOCK_LOST_UNKNOWN;
			m->lost += b.count == BLOCK_LOST_UNKNOWN ? 0 : b.count;
			continue;
		}
		gaps &= gaps_good(&b);
		for (uint32_t i = 0; i < b.count; i++) {
			ordered &= block_position(&b, i) >= last;
			last = block_position(&b, i);
			note(m, b.payload + block_start(&b, i), b.ends[i] - block_start(&b, i), last);
		}
	}
	m->next = in->next;
	CHECK(ordered && in->next >= mark);
	CHECK(gaps);
	CHECK(in->records == count(m) && in->lost == m->lost && in->lost_unknown == m->lost_unknown);
}

/* Reads a whole stream, which must end well, from fd, and closes it. */
static inline void
read_back(int fd, struct model *m)
{
	struct rec_in in;
	const char *why;

	rec_out_read_on(); /* this process has had outputs, which are closed by now */
	CHECK(rec_in_open(&in, fd, "in") == 0);
	read_into(&in, m);
	CHECK(in.end == REC_IN_GOOD && rec_in_well(&in) && in.status == 0 && in.reason.len == 0);
	if (in.end != REC_IN_GOOD)
		printf("%d: %s\n", in.end, buf_string(&in.reason));
	CHECK(rec_in_close(&in, &why) == 0 && why == NULL);
	rec_in_free(&in);
}

/* ---- makers ---- */

struct maker {
	struct rec_out *out;
	struct model m;
	uint64_t pos;   /* the next record's, at least */
	size_t longest; /* bytes of a record */
};

static char junk[2 * MIB];

static inline void
move_on(uint64_t *pos)
{
	switch (unit_random(40)) {
	case 0:
		*pos += (UINT64_C(1) << 32) - 2 + unit_random(4);
		break;
	case 1:
		*pos += UINT64_C(1) << 40;
		break;
	case 2:
		break;
	case 3:
		*pos += unit_random(1000);
		break;
	default:
		(*pos)++;
	}
}

static inline size_t
random_len(const struct maker *k)
{
	switch (unit_random(10)) {
	case 0:
		return 0;
	case 1:
		return unit_random(k->longest + 1);
	default:
		return unit_random((k->longest < 60 ? k->longest : 60) + 1);
	}
}

static inline void
put_rec(struct maker *k)
{
	struct rec r = { junk + unit_random(MIB), random_len(k), k->pos };

	if (r.len == 0)
		r.data = NULL; /* zero is valid and empty */
	rec_out_rec(k->out, &r);
	note(&k->m, r.data, r.len, r.pos);
	move_on(&k->pos);
}

/* Puts records of a block made by hand: the whole block, or runs, or single records. */
static inline void
put_block(struct maker *k)
{
	static const uint8_t gaps[] = { 0, 1, 1, 2, 200 };
	static char payload[4 * MIB], copy[4 * MIB];
	static uint32_t ends[64], positions[64], saved[64];
	struct block b = { .kind = BLOCK_DATA, .count = (uint32_t)unit_random(50), .payload = payload, .ends = ends };
	uint32_t at = 0, way = (uint32_t)unit_random(3), i;
	size_t longest = k->longest;
	int jumps = 0;

	if (k->longest > 20000)
		k->longest = 20000;
	b.gap = b.count > 0 ? gaps[unit_random(5)] : 0;
	b.status = b.gap == 1 ? (uint32_t)unit_random(3) : 0;
	b.base = k->pos;
	for (i = 0; i < b.count; i++) {
		size_t len = random_len(k);

		memcpy(payload + at, junk + unit_random(MIB), len);
		ends[i] = at += (uint32_t)len;
		memset(payload + at, b.gap == 1 ? (int)b.status : WIDE_GAP, b.gap);
		at += b.gap;
		if (k->pos - b.base > UINT32_MAX)
			k->pos = b.base + UINT32_MAX;
		positions[i] = (uint32_t)(k->pos - b.base);
		jumps |= positions[i] != i;
		move_on(&k->pos);
	}
	k->longest = longest;
	b.size = b.count > 0 && unit_random(3) == 0 ? ends[b.count - 1] : at;
	if (jumps)
		b.positions = positions;
	b.next = b.count == 0 || unit_random(2) ? k->pos : b.base;
	memcpy(copy, payload, b.size);
	memcpy(saved, ends, sizeof ends);

	if (way == 0 || b.count == 0) {
		rec_out_block(k->out, &b);
		for (i = 0; i < b.count; i++)
			note(&k->m, payload + block_start(&b, i), ends[i] - block_start(&b, i), block_position(&b, i));
	} else {
		uint32_t from, to = 0;

		while ((from = to + (uint32_t)unit_random(4)) < b.count) {
			to = way == 1 ? from + 1 + (uint32_t)unit_random(b.count - from)
			              : from + (uint32_t)unit_random(2);
			rec_out_records(k->out, &b, from, to);
			for (i = from; i < to; i++)
				note(&k->m, payload + block_start(&b, i), ends[i] - block_start(&b, i),
				    block_position(&b, i));
		}
		rec_out_mark(k->out, b.next, b.size);
	}
	if (b.next > k->m.next)
		k->m.next = b.next;
	/* The caller's block must be unchanged. */
	CHECK(memcmp(copy, payload, b.size) == 0 && memcmp(saved, ends, b.count * sizeof *ends) == 0);
}

static inline void
put_something(struct maker *k)
{
	uint32_t lost = unit_random(10) == 0 ? BLOCK_LOST_UNKNOWN : (uint32_t)unit_random(100);

	switch (unit_random(12)) {
	case 0:
		k->pos += unit_random(5);
		rec_out_mark(k->out, k->pos, unit_random(3) * 1000);
		break;
	case 1:
		rec_out_flush(k->out);
		return;
	case 2:
		rec_out_loss(k->out, k->pos, lost, k->pos + 7);
		k->pos += 7;
		k->m.lost_unknown |= lost == BLOCK_LOST_UNKNOWN;
		k->m.lost += lost == BLOCK_LOST_UNKNOWN ? 0 : lost;
		break;
	case 3:
	case 4:
	case 5:
		put_block(k);
		return;
	default:
		put_rec(k);
		return;
	}
	if (k->m.next < k->pos)
		k->m.next = k->pos;
}

static inline void
end_well(struct rec_out *out, uint64_t next)
{
	const char *why = "";

	CHECK(out->state == REC_OUT_OPEN);
	CHECK(rec_out_end(out, next, 0, NULL, &why) == 0 && why == NULL);
	CHECK(out->state == REC_OUT_CLOSED);
	rec_out_free(out);
}

/* ---- other processes, and full outputs ---- */

enum { FULL = 300 }; /* records of 1,000 bytes: more than a pipe holds */

static inline void
fill(struct rec_out *out)
{
	for (uint64_t i = 0; i < FULL; i++)
		rec_out_rec(out, &(struct rec){ junk + i, 1000, 10 + i });
}

static inline int
end_both(struct rec_out *one, struct rec_out *two)
{
	const char *why;
	int good = rec_out_end(two, 1000, 0, NULL, &why) == 0 && rec_out_end(one, 1000, 0, NULL, &why) == 0;

	rec_out_free(two);
	rec_out_free(one);
	return good ? 42 : 43;
}

/*
 * Starts a process that calls fn with these descriptors, and exits with the status that fn returns.
 */
static inline pid_t
start(int (*fn)(int, int, int), int a, int b, int c)
{
	pid_t pid;

	fflush(stdout);
	if ((pid = sure(fork())) == 0) {
		for (int fd = 3; fd < 256; fd++)
			if (fd != a && fd != b && fd != c)
				close(fd);
		_exit(fn(a, b, c));
	}
	return pid;
}

static inline int
finished(pid_t pid)
{
	int status;

	sure(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A test's main begins with this. */
static inline void
streams_begin(int argc, char *argv[])
{
	setenv("REC_HOP", "0", 1); /* because these tests read the pipes; hop.c tests rings */
	die_start(&usage);
	only = argc > 1 ? argv[1] : NULL;
	for (size_t i = 0; i < sizeof junk; i++)
		junk[i] = (char)unit_random(256);
}

#endif
