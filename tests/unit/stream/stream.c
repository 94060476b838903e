/*
 * rec_in and rec_out over files and pipes. Each case runs in a process of its own, because the open outputs, the
 * environment's settings and the signal handlers are a process's; REC_BLOCK and REC_CHECKSUM are set for each.
 *
 * Streams are made by a maker, which puts random records, runs, blocks, losses and watermarks and notes in a model what
 * a reader must get; they are read back from a file, into which another process copies what goes through a pipe.
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
#include "unit/unit.h"

enum {
	DEADLINE = 20000, /* milliseconds: far beyond what anything here takes */
	BLOCK_BODY = 1024 * 1024,
	MIB = 1024 * 1024,
	WIDE_GAP = 'G' /* the bytes of gaps of more than one */
};

static const struct die_usage usage = { "unit", "unit\n", "\n" };

/* ---- processes ---- */

/* Ends the process where the system itself fails the test. */
static int
sure(int result)
{
	if (result >= 0)
		return result;
	perror("stream");
	exit(99);
}

static const char *only; /* the one case to run; NULL: all */

/* Runs a case in a child, adds up its checks. */
#define RUN(fn, block, sums) run(#fn, fn, block, sums)

static void
run(const char *name, void (*fn)(void), const char *block, const char *sums)
{
	unsigned long counts[2] = { 0, 0 };
	int p[2], status;
	pid_t pid;

	if (only != NULL && strcmp(only, name) != 0)
		return;
	(void)unit_random(2); /* other numbers in each case */
	fflush(stdout);
	sure(pipe2(p, O_CLOEXEC));
	if ((pid = sure(fork())) == 0) {
		alarm(DEADLINE / 1000 * 3);
		close(p[0]);
		sure(setenv("REC_BLOCK", block, 1));
		sure(setenv("REC_CHECKSUM", sums, 1));
		unit_checks = unit_failures = 0;
		fn();
		fflush(stdout);
		counts[0] = unit_checks;
		counts[1] = unit_failures;
		sure((int)write(p[1], counts, sizeof counts));
		exit(0);
	}
	close(p[1]);
	CHECK(read(p[0], counts, sizeof counts) == sizeof counts && counts[0] > 0);
	close(p[0]);
	sure(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (status != 0 || counts[1] > 0)
		printf("in %s, REC_BLOCK=%s REC_CHECKSUM=%s, wait status %#x\n", name, block, sums, (unsigned)status);
	unit_checks += counts[0];
	unit_failures += counts[1];
}

/* Closes what a helping process has inherited and must not hold open: all but two descriptors. */
static void
keep_only(int a, int b)
{
	for (int fd = 3; fd < 256; fd++)
		if (fd != a && fd != b)
			close(fd);
}

static int
file(void)
{
	return sure(memfd_create("stream", MFD_CLOEXEC));
}

/* A pipe or a file that an output writes to; what it gets is found in a file. */
struct tap {
	int file;
	pid_t pid; /* of the process that copies from the pipe; 0: none */
};

static int
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

static int
tap_file(struct tap *t)
{
	t->pid = 0;
	t->file = file();
	return sure(fcntl(t->file, F_DUPFD_CLOEXEC, 3));
}

/* When the output has been closed: the file, at its beginning. */
static int
tap_end(struct tap *t)
{
	int status;

	if (t->pid != 0)
		sure(waitpid(t->pid, &status, 0));
	sure((int)lseek(t->file, 0, SEEK_SET));
	return t->file;
}

/* A pipe out of which these bytes come, in pieces of random sizes. */
static int
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

/* Reads exactly n bytes before the deadline: 1; 0 at the end before the first; else -1. */
static int
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

/* The next block, by nothing but block.h. */
static int
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

static const struct item *
items(const struct model *m)
{
	return (const struct item *)(const void *)m->items.data;
}

static size_t
count(const struct model *m)
{
	return m->items.len / sizeof(struct item);
}

static void
note(struct model *m, const char *data, size_t len, uint64_t pos)
{
	struct item item = { m->data.len, len, pos };

	sure(buf_add(&m->data, data, len));
	sure(buf_add(&m->items, &item, sizeof item));
	if (pos > m->next)
		m->next = pos;
}

static void
model_free(struct model *m)
{
	buf_free(&m->data);
	buf_free(&m->items);
	*m = (struct model){ 0 };
}

static int
same_bytes(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static int
same(const struct model *a, const struct model *b)
{
	return same_bytes(&a->items, &b->items) && same_bytes(&a->data, &b->data) && a->lost == b->lost &&
	       a->lost_unknown == b->lost_unknown;
}

/* Whether what stands between the records is what the header says; in a larger gap, which it does not tell, what a
 * maker put. */
static int
gaps_good(const struct block *b)
{
	for (uint32_t i = 0; i + (uint32_t)block_lacks_gap(b) < b->count; i++)
		for (uint32_t k = 0; k < b->gap; k++)
			if ((unsigned char)b->payload[b->ends[i] + k] != (b->gap == 1 ? b->status : WIDE_GAP))
				return 0;
	return 1;
}

/* Reads a stream into a model and checks what every reader relies on. The input stays open. */
static void
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

/* Reads a whole stream from fd, which ends well, and closes it. */
static void
read_back(int fd, struct model *m)
{
	struct rec_in in;
	const char *why;

	rec_out_read_on(); /* this process has had outputs, and they are closed */
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

static void
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

static size_t
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

static void
put_rec(struct maker *k)
{
	struct rec r = { junk + unit_random(MIB), random_len(k), k->pos };

	if (r.len == 0)
		r.data = NULL; /* zero is valid and empty */
	rec_out_rec(k->out, &r);
	note(&k->m, r.data, r.len, r.pos);
	move_on(&k->pos);
}

/* Records of a block made by hand: all of it, or runs, or one by one. */
static void
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
	/* The caller's block is as it was. */
	CHECK(memcmp(copy, payload, b.size) == 0 && memcmp(saved, ends, b.count * sizeof *ends) == 0);
}

static void
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

static void
end_well(struct rec_out *out, uint64_t next)
{
	const char *why = "";

	CHECK(out->state == REC_OUT_OPEN);
	CHECK(rec_out_end(out, next, 0, NULL, &why) == 0 && why == NULL);
	CHECK(out->state == REC_OUT_CLOSED);
	rec_out_free(out);
}

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

/* Only single records, so many that blocks are filled, and a look at how they were filled. */
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
	/* About one step in twenty jumps past 32 bits, which starts a block; the others are filled, but where one
	 * record's payload leaves no room for the index of a second. */
	CHECK(target < 4096 || target > BLOCK_USUAL / 2 || blocks < 100000 / 10);
	sure((int)lseek(fd, 0, SEEK_SET));
	read_back(fd, &got);
	CHECK(same(&k.m, &got));
	model_free(&got);
	model_free(&k.m);
}

/* Streams one behind another, some lacking their last gap, go through an output, which numbers them on. */
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
			rec_in_pass(&in, &out);
			while (rec_in_rec(&in, &r))
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

/* ---- what a stream looks like from outside ---- */

/* A command that keeps nothing, or little: its watermark follows the input. */
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

/* Which payloads are checksummed: those into files and sockets, unless the environment says so of all. */
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

/* ---- what is read ---- */

/* A stream in memory, block by block. */
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
 * Reads what was laid: whether it ends so, with those records, status, watermark and line. Through pipe and file in
 * turn, or only from files, where all that is asked for comes at once.
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
	/* It stays ended. */
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
	/* Another stream behind it counts on from 20; three in all; the middle one empty. */
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

	/* A failure, also in the middle: nothing behind it is looked at. */
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

	/* The hop: offers and wakes are passed over wherever they stand, a switch is a fault. */
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

	/* Losses: their records are no records of the stream. */
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

	/* Behind a good stream it is damage, even one byte of it, however it comes. */
	from_files = 0;
	anew();
	lay_records(0, 2, 0);
	lay_end(2, 2);
	sure(buf_adds(&made, text));
	for (int i = 0; i < 4; i++, made.len = 96 + (size_t)i)
		CHECK(ends(
		    REC_IN_DAMAGED, 2, 65, 2, "in: block 3 at byte 96: no block begins there (the magic is missing)"));
}

/* What block_follow and rebasing refuse, with the block's number and offset; the rules of one block are block.c's
 * business. */
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

	/* Positions that pass 64 bits only when they are moved up behind another stream: of records, watermarks and
	 * losses. */
	for (int i = 0; i < 6; i++) {
		static const char past[] = "in: block 2 at byte 40: its positions pass 64 bits";
		const uint64_t top = UINT64_MAX - 9; /* the last that is right */

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

/* A small stream with all that a stream can have, cut at every byte, and with every bit turned. */
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
		/* What came before it is whole. A length turned larger reads as a cut. */
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

/* A pipe that much comes by is made wider, and not before. */
static void
read_widens(void)
{
	struct block b = { .kind = BLOCK_DATA, .count = 1, .size = 50000, .next = 1, .payload = junk, .ends = (uint32_t[]){ 50000 } };
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

		/* Some more than the block may have been read. */
		CHECK(in.offset < 8 * MIB - 60000 ? !is : in.offset < 8 * MIB || is);
		narrow += !is;
		wide += is;
	}
	CHECK(in.end == REC_IN_CUT && narrow > 150 && wide > 100 && narrow + wide == 300);
	rec_in_close(&in, &why);
	rec_in_free(&in);
}

/* Memory grows with what comes, not with what a header claims; nothing is read behind the block that was handed out. */
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
	/* One that has enough ends well, wherever the stream stands. */
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

/* ---- waiting ---- */

/* Starts a process that calls fn with these descriptors and exits with what fn returns. */
static pid_t
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

static int
finished(pid_t pid)
{
	int status;

	sure(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

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
	/* The bytes of in are read one by one; each becomes a record. */
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

/* A record passes a command that waits; so do watermarks, on the outputs that got no record. */
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
		/* Its input stays open and silent, and first the one, then the other reader leaves. */
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

enum { FULL = 300 }; /* records of 1,000 bytes: more than a pipe holds */

static void
fill(struct rec_out *out)
{
	for (uint64_t i = 0; i < FULL; i++)
		rec_out_rec(out, &(struct rec){ junk + i, 1000, 10 + i });
}

static int
end_both(struct rec_out *one, struct rec_out *two)
{
	const char *why;
	int good = rec_out_end(two, 1000, 0, NULL, &why) == 0 && rec_out_end(one, 1000, 0, NULL, &why) == 0;

	rec_out_free(two);
	rec_out_free(one);
	return good ? 42 : 43;
}

static int
full_and_record(int a, int b, int how)
{
	struct rec_out full, other;
	struct block lacking = { .kind = BLOCK_DATA,
		.gap = 1,
		.count = 1,
		.size = 1,
		.status = ';',
		.payload = (char[]){ "x" },
		.ends = (uint32_t[]){ 1, 0 } };

	sure(rec_out_open(&full, a, "full"));
	sure(rec_out_open(&other, b, "other"));
	if (how == -1) {
		rec_out_rec(&other, &(struct rec){ "x", 1, 0 });
	} else if (how == -2) {
		rec_out_mark(&other, 9, 1);
	} else if (how == -3) {
		rec_out_rec(&other, &(struct rec){ junk, 100000, 0 });
	} else {
		rec_out_block(&other, &lacking);
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
 * While one output's pipe is full and nobody reads it, the other gets what was put for it: a record, a watermark, a
 * record larger than a pipe, a new segment.
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
			/* How far it has come; its watermark waits for what the other one has not got. */
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
	/* The other's pipe is filled to its last byte, and the block in it lacks its gap. */
	rec_out_block(&other, &lacking);
	for (uint64_t i = 0; i < 4; i++)
		rec_out_rec(&other, &(struct rec){ junk, 1000, 4 + i });
	fill(&full);
	return end_both(&full, &other);
}

/* Both are full, and the second would begin a new segment: the first must go on as soon as it is read, whatever the
 * second does. */
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
	/* All of the first's data can be had while nobody reads the second; only its end mark comes later, being ended
	 * later. */
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

/* Several outputs, each into a small pipe with a reader of its own pace. */
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

	/* A full disk: failed, for the command to stop; nothing more is tried. */
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
	/* The same where only the end mark meets it. */
	sure(rec_out_open(&out, sure(open("/dev/full", O_WRONLY | O_CLOEXEC)), "out"));
	CHECK(rec_out_end(&out, 0, 0, NULL, &why) == -1 && out.error == ENOSPC);
	rec_out_free(&out);
	/* A descriptor that is not for writing. */
	sure(rec_out_open(&out, sure(open("/dev/null", O_RDONLY | O_CLOEXEC)), "out"));
	CHECK(rec_out_end(&out, 0, 0, NULL, &why) == -1 && out.error == EBADF);
	rec_out_free(&out);

	/* A reader that has gone: no failure. The command stops when none is left. */
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

	/* What read it failed. */
	sure(rec_out_open(&out, tap_file(&tap), "out"));
	out.closed = closed_with;
	out.owner = &out;
	CHECK(rec_out_end(&out, 0, 0, NULL, &why) == 7 && strcmp(why, "what read it said no") == 0);
	rec_out_free(&out);
}

/* The reason of a failure goes through; what does not fit or is no text is made to. */
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

/* Records passed through record by record keep losses and watermarks at their places. */
static void
by_records(void)
{
	struct rec_out out;
	struct block b;
	struct tap tap;
	struct rec_in in;
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
	rec_in_pass(&in, &out);
	while (rec_in_rec(&in, &r))
		rec_out_rec(&out, &r);
	CHECK(in.end == REC_IN_GOOD && in.records == 4 && in.lost == 4 && rec_in_rec(&in, &r) == 0);
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
	while (b.count == 0); /* that watermark may come by itself or with the records */
	CHECK(b.count == 2 && b.base == 30 && b.next >= 31 && !block_lacks_gap(&b));
	while (get_block(fd, &b) == 1 && b.kind == BLOCK_DATA)
		CHECK(b.count == 0);
	CHECK(b.kind == BLOCK_END && b.base == 4 && b.next == 50);
}

/* ---- signals ---- */

static int
signalled(int a, int b, int in)
{
	struct rec_out first, second;
	struct block lacking = { .kind = BLOCK_DATA,
		.gap = 1,
		.count = 1,
		.size = 1,
		.status = ';',
		.payload = (char[]){ "x" },
		.ends = (uint32_t[]){ 1, 0 } };

	sure(rec_out_open(&first, a, "first"));
	sure(rec_out_open(&second, b, "second"));
	rec_out_block(&first, &lacking);
	rec_out_rec(&first, &(struct rec){ "in a second segment", 19, 5 });
	rec_out_flush(&first);
	rec_out_rec(&first, &(struct rec){ "held", 4, 6 }); /* never put out, so never counted */
	rec_out_wait(in, -1);
	return 1;
}

/* Waits until the process sleeps. */
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

/* Killed at any point, a stream is whole up to a block's edge, or cut; never does a mark stand where none may stand. */
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
		/* What is read before the signal decides where it strikes; in a pipe that is never full, the time does.
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
	/* Where in a block the others were struck depends on the machine; end_by_signal and killed_in_block make sure
	 * of each. */
	CHECK(ends_met[0] > 0 && ends_met[1] + ends_met[2] > 0);
}

/* In the middle of a block no mark can be written: the stream is cut, and the process gone. */
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

	setenv("REC_HOP", "0", 1); /* what stands in the pipes is looked at here; tests/unit/hop.c is for the other way */
	die_start(&usage);
	only = argc > 1 ? argv[1] : NULL;
	for (size_t i = 0; i < sizeof junk; i++)
		junk[i] = (char)unit_random(256);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		RUN(round_trips, sizes[i], i % 2 ? "1" : "");
		RUN(segments, sizes[i], "");
		RUN(filled, sizes[i], "0");
		RUN(many_outputs, sizes[i], "");
	}
	RUN(watermarks, "", "");
	RUN(checksums, "", "");
	RUN(checksums, "", "0");
	RUN(checksums, "", "1");
	RUN(read_ends, "", "");
	RUN(read_others, "", "");
	RUN(read_damage, "", "");
	RUN(cut_and_turned, "", "");
	RUN(read_widens, "", "");
	RUN(read_little, "", "");
	RUN(idle, "", "");
	RUN(served, "", "");
	RUN(served_across_segments, "", "");
	RUN(broken_outputs, "", "");
	RUN(reasons, "", "");
	RUN(by_records, "", "");
	RUN(end_by_signal, "", "");
	RUN(killed_anywhere, "", "");
	RUN(killed_in_block, "", "");
	return unit_end("stream");
}
