/*
 * block: any bytes as a record stream. The first byte chooses how they arrive, what is repaired in
 * them beforehand (the checksums, so that the checks after them are reached) and how they are put
 * out again. What must hold:
 * - a second reader, written from rec-stream(5) alone and only to be plain, comes to the same end
 *   at the same byte, and to the same blocks, records and positions;
 * - memory is bounded by what has come;
 * - put out again, by whole blocks, runs or single records, the stream is good for both readers,
 *   with equal records, positions, losses, watermark, table and end.
 * What the payload of a table says is read by table.h, which table.c tries.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command/die.h"
#include "fuzz/main.h"
#include "stream/rec_group.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "unit/reader.h"

/* Bits of the first byte. */
enum {
	MEND_SUMS = 1,   /* checksums and padding */
	MEND_HEADS = 2,  /* magic and version */
	MEND_TOTALS = 4, /* the number of records in end marks */
	BY_PIPE = 8,
	WAY = 0x30 /* 0 blocks, 1 runs of records, 2 each record, 3 each record as reader.h gives it */
};

enum { LONGEST = 3000 }; /* REC_MAX */

/* ---- the plain reader ---- */

struct item {
	unsigned kind;
	uint64_t base, next;
	uint32_t count;
	size_t first; /* data: its first record */
};

struct one {
	const uint8_t *data;
	size_t len;
	uint64_t pos;
};

struct plain {
	enum rec_in_end end;
	size_t fault; /* offset of the faulty block; at a good end the length of the stream */
	unsigned status;
	uint64_t next; /* of the end mark, or of the last block */
	struct item *items;
	struct one *ones;
	size_t n_items, n_ones;
	struct table *table; /* of all records to come, from its block on */
	int bare;            /* 1: records without a table have come */
};

static uint64_t
number(const uint8_t *p, unsigned bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | p[bytes];
	return n;
}

static void
put_number(uint8_t *p, unsigned bytes, uint64_t n)
{
	for (unsigned i = 0; i < bytes; i++, n >>= 8)
		p[i] = (uint8_t)n;
}

/* CRC-32C, one bit after another. */
static uint32_t
sum_byte(uint32_t sum, uint8_t byte)
{
	static uint32_t table[256];

	if (table[1] == 0)
		for (uint32_t i = 0; i < 256; i++) {
			table[i] = i;
			for (int bit = 0; bit < 8; bit++)
				table[i] = table[i] & 1 ? table[i] >> 1 ^ 0x82F63B78 : table[i] >> 1;
		}
	return sum >> 8 ^ table[(sum ^ byte) & 0xFF];
}

static uint64_t
up8(uint64_t n)
{
	return (n + 7) / 8 * 8;
}

/* The places of the parts of the block at p, by its header. */
static uint64_t
words_of(const uint8_t *p)
{
	return p[5] != 1 ? 0 : number(p + 8, 4) * (p[6] & 2 ? 2 : 1);
}

static uint64_t
index_at(const uint8_t *p)
{
	return 40 + up8(number(p + 12, 4));
}

static uint64_t
whole(const uint8_t *p)
{
	return index_at(p) + up8(words_of(p) * 4);
}

static uint32_t
sum_of(const uint8_t *p)
{
	uint32_t sum = 0xFFFFFFFF;

	for (uint64_t i = 0; i < whole(p); i++)
		if (i < 40 || i >= index_at(p) || p[6] & 1)
			sum = sum_byte(sum, i >= 36 && i < 40 ? 0 : p[i]);
	return ~sum;
}

static int
utf8(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
		unsigned len = p[i] < 0x80   ? 1
		               : p[i] < 0xC0 ? 0
		               : p[i] < 0xE0 ? 2
		               : p[i] < 0xF0 ? 3
		               : p[i] < 0xF8 ? 4
		                             : 0;
		uint32_t c = len == 1 ? p[i] : p[i] & (0x7Fu >> len);

		if (len == 0 || i + len > n)
			return 0;
		for (unsigned k = 1; k < len; k++) {
			if (p[i + k] >> 6 != 2)
				return 0;
			c = c << 6 | (p[i + k] & 0x3F);
		}
		if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return 0;
		i += len;
	}
	return 1;
}

/* The rules of a header. */
static int
head_good(const uint8_t *p)
{
	unsigned kind = p[5], flags = p[6], gap = p[7];
	uint64_t count = number(p + 8, 4), size = number(p + 12, 4), base = number(p + 16, 8),
		 status = number(p + 32, 4);

	if (memcmp(p, "\xABrec\1", 5) != 0 || kind < 1 || kind > 7 || flags > 7)
		return 0;
	switch (kind) {
	case 1:
		if (count == 0)
			return size == 0 && gap == 0 && status == 0 && !(flags & 2);
		if (count > 65536 || size > 256 * 1024 + gap)
			return 0;
		if (!(flags & 2) && base + count - 1 < base)
			return 0;
		return gap == 1 ? status < 256 : status == 0;
	case 2:
		return !(flags & 2) && gap == 0 && count == 0 && status < 256 && size <= (status == 0 ? 0 : 1024);
	case 3:
		return !(flags & 2) && gap == 0 && size == 0 && status == 0;
	case 7:
		return flags == 1 && gap == 0 && count == 0 && status == 0 && size <= 1 << 20 && base == 0 &&
		       number(p + 24, 8) == 0;
	default:
		return !(flags & 6) && gap == 0 && count == 0 && status == 0 && size <= 256 && base == 0 &&
		       number(p + 24, 8) == 0;
	}
}

/*
 * The rules of a body, all of which is there. Gives the records with the positions that the block
 * has.
 */
static int
body_good(const uint8_t *p, struct one *ones)
{
	uint64_t count = number(p + 8, 4), size = number(p + 12, 4), base = number(p + 16, 8), start = 0, end = 0,
		 pos = 0;
	const uint8_t *ends = p + index_at(p), *positions = ends + count * 4;

	for (uint64_t i = 40 + size; i < index_at(p); i++)
		if (p[i] != 0)
			return 0;
	for (uint64_t i = index_at(p) + words_of(p) * 4; i < whole(p); i++)
		if (p[i] != 0)
			return 0;
	if (sum_of(p) != number(p + 36, 4))
		return 0;
	if (p[5] == 2)
		return utf8(p + 40, size);
	if (p[5] != 1 || count == 0)
		return 1;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t before = pos;

		end = number(ends + i * 4, 4);
		if (end < start || end > size || end - start > LONGEST)
			return 0;
		pos = p[6] & 2 ? number(positions + i * 4, 4) : i;
		if ((i == 0 && pos != 0) || pos < before || base + pos < base)
			return 0;
		ones[i] = (struct one){ p + 40 + start, end - start, base + pos };
		start = end + p[7];
	}
	return size == end || size == end + p[7];
}

/* Takes a table. Returns 1, or 0 if it is none, or differs from the one before. */
static int
take_table(struct plain *r, const uint8_t *p)
{
	const char *rule;
	struct table *t = table_parse((const char *)p + 40, number(p + 12, 4), &rule);
	int good = t != NULL && (r->table == NULL || table_equal(r->table, t));

	if (good && r->table == NULL && !r->bare)
		r->table = table_share(t);
	table_drop(t);
	return good;
}

/* Records have come in a segment with a table, or without one. Returns 1, or 0 if others differ. */
static int
take_records(struct plain *r, int tabled)
{
	if (tabled ? r->bare : r->table != NULL)
		return 0;
	r->bare |= !tabled;
	return 1;
}

static void
read_plainly(const uint8_t *p, size_t n, struct plain *r)
{
	uint64_t origin = 0, position = 0, mark = 0, records = 0;
	int after_end = 0, lacking = 0, tabled = 0, begun = 0;
	size_t at = 0;

	*r =
	    (struct plain){ .items = calloc(n / 40 + 1, sizeof *r->items), .ones = calloc(n / 4 + 1, sizeof *r->ones) };
	MUST(r->items != NULL && r->ones != NULL);
	for (;;) {
		const uint8_t *b = p + at;
		size_t left = n - at;
		uint64_t base, next, count, last;

		r->fault = at;
		r->end = at > 0 ? REC_IN_DAMAGED : REC_IN_NOT_STREAM;
		if (memcmp(b, "\xABrec", left < 4 ? left : 4) != 0)
			return;
		r->end = left == 0 && after_end ? REC_IN_GOOD : REC_IN_CUT;
		if (left < 40)
			return;
		r->end = REC_IN_DAMAGED;
		if (!head_good(b))
			return;
		r->end = REC_IN_CUT;
		if (left < whole(b))
			return;
		r->end = REC_IN_DAMAGED;
		if (!body_good(b, r->ones + r->n_ones) || b[5] == 5)
			return;
		if (b[5] == 4 || b[5] == 6) {
			at += whole(b);
			continue;
		}
		if (b[5] == 7) {
			if (begun || !take_table(r, b))
				return;
			at += whole(b);
			tabled = begun = 1;
			after_end = 0;
			continue;
		}
		if (tabled != b[6] >> 2)
			return;
		at += whole(b);

		count = number(b + 8, 4);
		base = number(b + 16, 8);
		next = number(b + 24, 8);
		last = b[5] == 1 && count > 0 ? r->ones[r->n_ones + count - 1].pos : position;
		if (next < mark || origin + next < origin || origin + last < origin)
			return;
		if (b[5] == 2) {
			r->status = (unsigned)number(b + 32, 4);
			if (base != records || (next < position && r->status == 0))
				return;
			if (r->next < origin + next)
				r->next = origin + next;
			r->end = REC_IN_FAILED;
			r->fault = at;
			if (r->status != 0)
				return;
			origin += next;
			position = mark = records = 0;
			lacking = tabled = begun = 0;
			after_end = 1;
			continue;
		}
		if (base < position || base < mark || origin + base < origin || (b[5] == 1 && count > 0 && lacking))
			return;
		if (b[5] == 1 && count > 0 && !take_records(r, tabled))
			return;
		begun = 1;
		r->items[r->n_items++] =
		    (struct item){ b[5], origin + base, 0, (uint32_t)count, r->n_ones };
		position = b[5] == 1 && count > 0 ? last : base;
		r->next = r->items[r->n_items - 1].next = origin + (next > position ? next : position);
		mark = next;
		after_end = 0;
		if (b[5] == 1 && count > 0) {
			for (uint64_t i = 0; i < count; i++)
				r->ones[r->n_ones + i].pos += origin;
			r->n_ones += count;
			records += count;
			lacking = b[7] > 0 && number(b + 12, 4) == number(b + index_at(b) + (count - 1) * 4, 4);
		}
	}
}

static void
plain_free(struct plain *r)
{
	free(r->items);
	free(r->ones);
	table_drop(r->table);
}

/* ---- the bytes ---- */

/* Repairs what the mode says, block by block, as far as whole ones come. */
static void
mend(uint8_t *p, size_t n, unsigned mode)
{
	uint64_t records = 0;

	for (size_t at = 0; n - at >= 40; at += whole(p + at)) {
		uint8_t *b = p + at;

		if (mode & MEND_HEADS)
			memcpy(b, "\xABrec\1", 5);
		if (n - at < whole(b))
			return;
		if (b[5] == 1)
			records += number(b + 8, 4);
		if (b[5] == 2 && mode & MEND_TOTALS)
			put_number(b + 16, 8, records);
		if (b[5] == 2)
			records = 0;
		if (mode & MEND_SUMS) {
			memset(b + 40 + number(b + 12, 4), 0, index_at(b) - 40 - number(b + 12, 4));
			memset(b + index_at(b) + words_of(b) * 4, 0, whole(b) - index_at(b) - words_of(b) * 4);
			put_number(b + 36, 4, sum_of(b));
		}
	}
}

static int
as_file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("block", MFD_CLOEXEC);

	MUST(fd >= 0);
	MUST(n == 0 || write(fd, p, n) == (ssize_t)n);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Returns a pipe that holds all of it or, if it cannot, a file. */
static int
as_pipe(const uint8_t *p, size_t n)
{
	int fds[2];

	MUST(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
	if (n > 0 && write(fds[1], p, n) != (ssize_t)n) {
		close(fds[0]);
		close(fds[1]);
		return as_file(p, n);
	}
	close(fds[1]);
	return fds[0];
}

/* ---- what rec_in says, compared with that ---- */

static void
check_one(const struct plain *want, size_t i, const struct rec *r)
{
	MUST(i < want->n_ones);
	MUST(r->len == want->ones[i].len && r->pos == want->ones[i].pos);
	MUST(r->len == 0 || memcmp(r->data, want->ones[i].data, r->len) == 0);
}

static void
check_block(const struct plain *want, size_t i, const struct block *b)
{
	const struct item *item = &want->items[i];

	MUST(i < want->n_items);
	MUST(b->kind == item->kind && b->base == item->base && b->next == item->next && b->count == item->count);
	for (uint32_t k = 0; b->kind == BLOCK_DATA && k < b->count; k++) {
		struct rec r = { b->payload + block_start(b, k), b->ends[k] - block_start(b, k), block_position(b, k) };

		check_one(want, item->first + k, &r);
	}
}

static void
check_end(const struct plain *want, struct rec_in *in, size_t n)
{
	MUST(
	    in->end == want->end && in->offset == want->fault && in->records == want->n_ones && in->next == want->next);
	MUST(in->end != REC_IN_GOOD || in->offset == n);
	MUST((in->end == REC_IN_GOOD) == (in->status == 0) && (in->end == REC_IN_GOOD) == (in->reason.len == 0));
	MUST(in->end != REC_IN_FAILED || in->status == (int)want->status);
	MUST(in->end == REC_IN_GOOD || in->end == REC_IN_FAILED || in->status == 65);
	MUST(table_equal(rec_in_table(in), want->table));
}

static void
check_memory(const struct rec_in *in, size_t n)
{
	MUST(in->cap <= (n < BLOCK_USUAL ? BLOCK_USUAL : 2 * n));
}

/* Reads all of a stream and compares. */
static void
compare(int fd, const struct plain *want, size_t n)
{
	struct rec_in in;
	struct block b;
	const char *why;
	size_t i = 0;

	MUST(rec_in_open(&in, fd, "in") == 0);
	while (rec_in_block(&in, &b)) {
		check_block(want, i++, &b);
		check_memory(&in, n);
	}
	check_memory(&in, n);
	MUST(i == want->n_items);
	check_end(want, &in, n);
	MUST(rec_in_block(&in, &b) == 0);
	MUST(rec_in_close(&in, &why) == 0);
	rec_in_free(&in);
	declared_free(&rec_group_default.declared);
}

/* ---- and out again ---- */

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
put_again(struct rec_in *in, struct rec_out *out, const struct plain *want, unsigned way, unsigned seed)
{
	struct reader reader = { .in = in, .out = out };
	struct block b;
	struct rec r;
	size_t i = 0;

	if (way == 3) {
		while (reader_next(&reader, &r)) {
			check_one(want, i++, &r);
			rec_out_rec(out, &r);
		}
		MUST(i == want->n_ones);
		return;
	}
	while (rec_in_block(in, &b)) {
		if (way == 0 || b.kind == BLOCK_LOSS) {
			rec_out_block(out, &b);
			continue;
		}
		for (uint32_t from = 0, to; from < b.count; from = to) {
			seed = seed * 1103515245 + 12345;
			to = from + 1;
			if (way == 1) {
				to = from + 1 + (seed >> 16) % (b.count - from);
				rec_out_records(out, &b, from, to);
			} else {
				r = (struct rec){ b.payload + block_start(&b, from),
					b.ends[from] - block_start(&b, from), block_position(&b, from) };
				rec_out_rec(out, &r);
			}
		}
		rec_out_mark(out, b.next, b.size);
	}
}

/* Two streams that both readers took, and that must be the same. */
static void
check_again(const struct plain *want, const struct plain *got, unsigned way)
{
	uint64_t mark = 0, last = 0, lost[2] = { 0, 0 };
	int unknown[2] = { 0, 0 };

	MUST(got->n_ones == want->n_ones);
	for (size_t i = 0; i < want->n_ones; i++)
		check_one(
		    want, i, &(struct rec){ (const char *)got->ones[i].data, got->ones[i].len, got->ones[i].pos });
	for (int which = 0; which < 2; which++) {
		const struct plain *r = which ? got : want;

		for (size_t i = 0; i < r->n_items; i++) {
			unknown[which] |= r->items[i].kind == 3 && r->items[i].count == UINT32_MAX;
			lost[which] += r->items[i].kind != 3 || r->items[i].count == UINT32_MAX ? 0 : r->items[i].count;
		}
	}
	MUST(lost[0] == lost[1] && unknown[0] == unknown[1]);
	MUST(table_equal(got->table, want->table));
	/*
	 * Whole blocks stay what they are; a watermark may only be raised to what the records say
	 * already.
	 */
	MUST(way != 0 || got->n_items == want->n_items);
	for (size_t i = 0; way == 0 && i < want->n_items; i++) {
		const struct item *a = &want->items[i], *b = &got->items[i];

		if (a->kind == 1 && a->count > 0)
			last = want->ones[a->first + a->count - 1].pos;
		mark = most(mark, most(a->next, last));
		MUST(a->kind == b->kind && a->base == b->base && a->count == b->count && b->next == mark);
	}
	if (want->n_ones > 0)
		last = want->ones[want->n_ones - 1].pos;
	/*
	 * A failure's end mark has the watermark, which may lag behind the positions that were
	 * told.
	 */
	last = most(want->next, last);
	MUST(got->next == last || (want->end != REC_IN_GOOD && got->next < last));
	if (want->end == REC_IN_GOOD) {
		MUST(got->end == REC_IN_GOOD);
	} else {
		MUST(got->end == REC_IN_FAILED);
		MUST(got->status == (want->end == REC_IN_FAILED ? want->status : 65));
	}
}

static void
again(int fd, const struct plain *want, unsigned way, unsigned seed)
{
	struct rec_in in;
	struct rec_out out;
	struct plain got;
	const char *why;
	uint8_t *bytes;
	int made = as_file(NULL, 0), copy = fcntl(made, F_DUPFD_CLOEXEC, 3);
	off_t n;

	MUST(copy >= 0);
	MUST(rec_in_open(&in, fd, "in") == 0);
	MUST(rec_out_open(&out, copy, "out") == 0);
	put_again(&in, &out, want, way, seed);
	check_end(want, &in, in.offset);
	MUST(buf_terminate(&in.reason) == 0);
	MUST(rec_out_end(&out, in.next, in.status, in.reason.data, &why) == 0 && out.state == REC_OUT_CLOSED);
	rec_out_free(&out);
	MUST(rec_in_close(&in, &why) == 0);
	rec_in_free(&in);
	declared_free(&rec_group_default.declared);

	n = lseek(made, 0, SEEK_END);
	MUST(n > 0 && lseek(made, 0, SEEK_SET) == 0);
	bytes = malloc((size_t)n);
	MUST(bytes != NULL);
	MUST(pread(made, bytes, (size_t)n, 0) == (ssize_t)n);
	read_plainly(bytes, (size_t)n, &got);
	check_again(want, &got, way);
	compare(made, &got, (size_t)n);
	plain_free(&got);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct die_usage usage = { "fuzz", "fuzz\n", "\n" };
	static int started;
	struct plain want;
	unsigned mode = len > 0 ? data[0] : 0;
	size_t n = len > 0 ? len - 1 : 0;
	uint8_t *bytes;

	if (!started) {
		started = 1;
		MUST(setenv("REC_MAX", "3000", 1) == 0 && setenv("REC_BLOCK", "64", 1) == 0 &&
		     unsetenv("REC_CHECKSUM") == 0);
		die_start(&usage);
		rec_out_read_on(); /* inputs are read when all outputs have been closed, too */
	}
	bytes = malloc(n > 0 ? n : 1);
	MUST(bytes != NULL);
	if (n > 0)
		memcpy(bytes, data + 1, n);
	mend(bytes, n, mode);
	read_plainly(bytes, n, &want);
	compare(mode & BY_PIPE ? as_pipe(bytes, n) : as_file(bytes, n), &want, n);
	again(mode & BY_PIPE ? as_pipe(bytes, n) : as_file(bytes, n), &want, (mode & WAY) >> 4, (unsigned)n);
	plain_free(&want);
	free(bytes);
	return 0;
}
