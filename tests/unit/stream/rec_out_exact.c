/*
 * rec_out: blocks of any shape, put from memory that has nothing to spare. The payload and the
 * index each end with the last byte before a page that may not be touched, and both are read-only
 * while they are put. So code that pads, swaps or terminates anything in place is caught in any
 * build, not only under ASan. Blocks are put whole, in pieces cut anywhere as rec-fanout deals
 * them, as copies of runs or of chosen records, and record by record; into a file, and into a pipe
 * with a ring beside it.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/held.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "unit/reader.h"
#include "unit/unit.h"
#include "work/batch.h"

/* ---- memory that ends at a wall ---- */

struct wall {
	char *begin;
	size_t usable; /* bytes before the wall */
};

static struct wall
wall_of(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct wall w = { .usable = (bytes + page - 1) / page * page };

	w.begin = mmap(NULL, w.usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (w.begin == MAP_FAILED || mprotect(w.begin + w.usable, page, PROT_NONE) < 0)
		abort();
	return w;
}

/* Returns the last n bytes before the wall. */
static char *
last_bytes(const struct wall *w, size_t n)
{
	return w->begin + w->usable - n;
}

static void
protect(const struct wall *w, int how)
{
	if (mprotect(w->begin, w->usable, how) < 0)
		abort();
}

/* ---- a block ---- */

enum { COUNT_MAX = 3000, LEN_MAX = 40000, BYTES_MAX = 400000, ITEMS_MAX = 40000 };

static struct wall payload_wall, index_wall;

struct item {
	uint64_t pos;
	uint32_t len, sum;
};

static struct item items[ITEMS_MAX];
static size_t wanted;

static uint32_t
sum_of(const char *data, size_t len)
{
	uint32_t h = 2166136261;

	while (len-- > 0)
		h = (h ^ (unsigned char)*data++) * 16777619;
	return h;
}

static void
want(const struct block *b, uint32_t i)
{
	uint32_t start = block_start(b, i);

	items[wanted++] = (struct item){ block_position(b, i), b->ends[i] - start,
		sum_of(b->payload + start, b->ends[i] - start) };
}

/* Makes a random block, with positions from base on. */
static struct block
make(uint64_t base)
{
	static uint32_t ends[COUNT_MAX], positions[COUNT_MAX];
	static char payload[BYTES_MAX + LEN_MAX + 8];
	struct block b = { .kind = BLOCK_DATA, .base = base };
	size_t few = 1 + unit_random(3) * unit_random(20) + (unit_random(20) == 0) * unit_random(COUNT_MAX - 60);
	size_t longest = unit_random(10) == 0 ? LEN_MAX : unit_random(4) == 0 ? 1 : 30;
	int jumps = unit_random(2) == 0, apart = unit_random(4) == 0;
	uint32_t at = 0, last = 0;

	b.gap = (uint8_t)(unit_random(2) == 0 ? 1 : unit_random(4));
	b.status = b.gap == 1 ? (uint32_t)unit_random(256) : 0;
	for (uint32_t i = 0; i < few && at < BYTES_MAX; i++) {
		uint32_t len = (uint32_t)unit_random(longest);

		for (uint32_t k = 0; k < len; k++)
			payload[at++] = (char)unit_random(256);
		ends[i] = at;
		last += i > 0 ? 1 + (uint32_t)unit_random(3) : 0;
		positions[i] = last;
		memset(payload + at, (int)b.status, b.gap);
		at += b.gap;
		b.count++;
	}
	if (unit_random(8) == 0)
		at -= b.gap;
	b.size = at;
	b.next = base + (jumps ? last : b.count - 1) + unit_random(2);
	protect(&payload_wall, PROT_READ | PROT_WRITE);
	protect(&index_wall, PROT_READ | PROT_WRITE);
	b.payload = last_bytes(&payload_wall, at);
	memcpy(b.payload, payload, at);
	b.ends = (uint32_t *)(void *)last_bytes(&index_wall, b.count * (jumps && !apart ? 8 : 4));
	memcpy(b.ends, ends, b.count * 4);
	if (jumps) {
		b.positions = apart ? positions : b.ends + b.count;
		if (!apart)
			memcpy(b.positions, positions, b.count * 4);
	}
	return b;
}

/* Returns a held block over the block's own memory, which held_drop does not free. */
static struct held *
held(const struct block *b)
{
	struct held *h = calloc(1, sizeof *h);

	if (h == NULL)
		abort();
	h->block = *b;
	return h;
}

/* ---- the ways to put a block ---- */

static void
finish(struct rec_out *out)
{
	while (!rec_out_push(out) && out->state == REC_OUT_OPEN)
		(void)rec_out_poll(NULL, 0, -1);
}

static void
put_begun(struct rec_out *out, const struct block *b)
{
	protect(&payload_wall, PROT_READ);
	protect(&index_wall, PROT_READ);
	while (!rec_out_begin(out, b))
		(void)rec_out_poll(NULL, 0, -1);
	finish(out);
	protect(&index_wall, PROT_READ | PROT_WRITE);
}

/* Puts a block as rec-fanout deals it: in batches, of which some are dealt again in part. */
static void
put_dealt(struct rec_out *out, const struct block *b)
{
	struct batch_source source;

	batch_source(&source, held(b), NULL);
	for (uint32_t i = 0; i < b->count; i++)
		want(b, i);
	while (source.held != NULL) {
		uint32_t left = b->count - source.from;
		uint32_t most = unit_random(3) == 0 ? 1 : 1 + (uint32_t)unit_random(left + 1);
		struct batch *p = batch_take(&source, most), *rest;
		struct block part;

		if (p == NULL)
			abort();
		if (unit_random(3) > 0) {
			put_begun(out, &p->block);
			batch_drop(p);
			continue;
		}
		/* The first records are answered and put; the rest is put as a copy. */
		part = p->block;
		p->answered = (uint32_t)unit_random(part.count);
		if ((rest = batch_rest(p)) == NULL)
			abort();
		part.count = p->answered;
		part.size = part.count > 0 ? part.ends[part.count - 1] + part.gap : 0;
		part.next = part.base;
		if (part.count > 0)
			put_begun(out, &part);
		put_begun(out, &rest->block);
		batch_drop(p);
		batch_drop(rest);
	}
}

static void
put_copies(struct rec_out *out, const struct block *b)
{
	uint32_t to;

	for (uint32_t i = 0; i < b->count; i++)
		want(b, i);
	protect(&payload_wall, PROT_READ);
	protect(&index_wall, PROT_READ);
	for (uint32_t from = 0; from < b->count; from = to) {
		struct held *h;

		to = from + 1 + (uint32_t)unit_random(b->count - from);
		if ((h = held_records(b, from, to)) == NULL)
			abort();
		rec_out_block(out, &h->block);
		held_drop(h);
	}
}

static void
put_chosen(struct rec_out *out, const struct block *b)
{
	static uint64_t bits[COUNT_MAX / 64 + 1];
	int set = (int)unit_random(2);
	struct held *h;
	uint32_t n = 0;

	memset(bits, 0, sizeof bits);
	for (uint32_t i = 0; i < b->count; i++) {
		int chosen = unit_random(3) == 0 || (i + 1 == b->count && n == 0);

		bits[i / 64] |= (uint64_t)(chosen == set) << (i % 64);
		n += (uint32_t)chosen;
		if (chosen)
			want(b, i);
	}
	protect(&payload_wall, PROT_READ);
	protect(&index_wall, PROT_READ);
	if ((h = held_bits(b, bits, set, n)) == NULL)
		abort();
	rec_out_block(out, &h->block);
	held_drop(h);
}

static void
put_records(struct rec_out *out, const struct block *b)
{
	uint32_t from = (uint32_t)unit_random(b->count), to = from + 1 + (uint32_t)unit_random(b->count - from);

	for (uint32_t i = from; i < to; i++)
		want(b, i);
	protect(&payload_wall, PROT_READ);
	protect(&index_wall, PROT_READ);
	rec_out_records(out, b, from, to);
}

static void
put_whole(struct rec_out *out, const struct block *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		want(b, i);
	protect(&payload_wall, PROT_READ);
	protect(&index_wall, PROT_READ);
	rec_out_block(out, b);
}

static void (*const ways[])(struct rec_out *, const struct block *) = { put_dealt, put_dealt, put_copies, put_chosen,
	put_records, put_whole };

/* ---- streams ---- */

static uint64_t pos;

static void
write_stream(int fd, int blocks, unsigned long made[6])
{
	struct rec_out out;
	const char *why;

	if (rec_out_open(&out, fd, "output") < 0)
		abort();
	for (int i = 0; i < blocks && wanted + COUNT_MAX < ITEMS_MAX; i++) {
		struct block b = make(pos);
		size_t way = unit_random(6);

		pos = block_position(&b, b.count - 1) + 1;
		ways[way](&out, &b);
		made[way]++;
	}
	CHECK(rec_out_end(&out, pos, 0, NULL, &why) == 0);
	rec_out_linger();
	rec_out_free(&out);
}

/* Returns 1 if the records that come are those that are wanted, else 0. */
static int
read_stream(int fd)
{
	struct rec_in in;
	struct reader reader = { .in = &in };
	struct rec r;
	const char *why;
	size_t n = 0;
	int good = 1;

	if (rec_in_open(&in, fd, "input") < 0)
		return 0;
	for (; reader_next(&reader, &r); n++)
		good &= n < wanted && items[n].pos == r.pos && items[n].len == r.len &&
		    items[n].sum == sum_of(r.data, r.len);
	good &= n == wanted && in.end == REC_IN_GOOD;
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
	return good;
}

static void
through_file(unsigned long made[6])
{
	int fd = memfd_create("stream", MFD_CLOEXEC), copy = dup(fd);

	pos = wanted = 0;
	write_stream(copy, 1 + (int)unit_random(6), made);
	lseek(fd, 0, SEEK_SET);
	CHECK(read_stream(fd));
}

/*
 * A child reads. It gets the list of wanted records afterwards, because chance decides it while the
 * stream is written.
 */
static void
through_pipe(unsigned long made[6])
{
	int ends[2], back[2], status;
	pid_t child;

	if (pipe(ends) < 0 || pipe(back) < 0)
		abort();
	pos = wanted = 0;
	if ((child = fork()) == 0) {
		size_t got = 0;
		ssize_t n;
		struct rec_in in;
		struct reader reader = { .in = &in };
		struct rec r;
		static struct item came[ITEMS_MAX];

		close(ends[1]);
		close(back[1]);
		if (rec_in_open(&in, ends[0], "input") < 0)
			_exit(2);
		for (; reader_next(&reader, &r) && got < ITEMS_MAX; got++)
			came[got] = (struct item){ r.pos, (uint32_t)r.len, sum_of(r.data, r.len) };
		if (in.end != REC_IN_GOOD)
			_exit(3);
		for (wanted = 0; (n = read(back[0], (char *)items + wanted, sizeof items - wanted)) > 0;
		    wanted += (size_t)n)
			;
		_exit(wanted != got * sizeof *items || memcmp(came, items, wanted) != 0);
	}
	close(ends[0]);
	close(back[0]);
	write_stream(ends[1], 2 + (int)unit_random(6), made);
	for (size_t put = 0; put < wanted * sizeof *items;) {
		ssize_t n = write(back[1], (char *)items + put, wanted * sizeof *items - put);

		if (n <= 0)
			break;
		put += (size_t)n;
	}
	close(back[1]);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int
main(void)
{
	const char *set = getenv("REC_TEST_CASES");
	unsigned long cases = set != NULL ? strtoul(set, NULL, 10) : 400, made[6] = { 0 };

	setenv("REC_HOP", "1", 1);
	setenv("REC_RING", "2", 1);
	payload_wall = wall_of(BYTES_MAX + LEN_MAX + 8);
	index_wall = wall_of(COUNT_MAX * 8);
	rec_out_read_on();
	for (unsigned long i = 0; i < cases; i++) {
		through_file(made);
		if (i % 4 == 0)
			through_pipe(made);
	}
	/* None of the ways was left out. */
	for (size_t i = 0; i < 6; i++)
		CHECK(made[i] > 0);
	return unit_end("rec_out_exact");
}
