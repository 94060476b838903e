/*
 * block: blocks built by hand go through block_put, block_head, block_check and block_follow. Then
 * each rule is broken by one change at a time, with the checksum made right again, and the rule
 * must be named.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "record/block.h"
#include "unit/unit.h"

enum { BODY = 1024 * 1024, AT_SUM = 36 };

static unsigned char head[BLOCK_HEAD];
static _Alignas(8) char body[BODY], judged[BODY];
static uint64_t record_max = 1000;
static struct block view;

static int
is(const char *got, const char *want)
{
	if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
		return 1;
	printf("the rule was: %s\n      wanted: %s\n", got != NULL ? got : "none", want != NULL ? want : "none");
	return 0;
}

static void
set(unsigned char *p, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

static size_t
padded(size_t n)
{
	return (n + 7) / 8 * 8;
}

/*
 * Puts the block into head and body as it would be in a stream. Returns the number of bytes of the
 * body.
 */
static size_t
lay(const struct block *b)
{
	size_t index = padded(b->size);

	memset(body, 0, index);
	if (b->size > 0)
		memcpy(body, b->payload, b->size);
	block_put(b, head, body + index);
	return index + block_index(b);
}

/* Makes the checksum right, as rec-stream(5) describes it. */
static void
mend_sum(const struct block *b)
{
	static const unsigned char zeros[4];
	uint32_t sum = crc32c(crc32c(0, head, AT_SUM), zeros, sizeof zeros);

	if (b->flags & BLOCK_SUMMED)
		sum = crc32c(sum, body, padded(b->size));
	sum = crc32c(sum, body + padded(b->size), block_index(b));
	set(head + AT_SUM, 4, sum);
}

/*
 * Returns the rule that is broken, or NULL. Checks a copy, because a big-endian host converts the
 * index in place.
 */
static const char *
judge(void)
{
	const char *rule = block_head(&view, head, record_max);

	if (rule == NULL && block_body(&view) > BODY)
		return "larger than the test's memory";
	if (rule != NULL)
		return rule;
	memcpy(judged, body, block_body(&view));
	return block_check(&view, head, judged, record_max);
}

/* ---- good blocks come back ---- */

static int
same(const struct block *a, const struct block *b)
{
	return a->kind == b->kind && a->flags == b->flags && a->gap == b->gap && a->count == b->count &&
	       a->size == b->size && a->base == b->base && a->next == b->next && a->status == b->status &&
	       (a->size == 0 || memcmp(a->payload, b->payload, a->size) == 0) &&
	       (a->kind != BLOCK_DATA || a->count == 0 || memcmp(a->ends, b->ends, a->count * sizeof *a->ends) == 0) &&
	       (a->positions == NULL) == (b->positions == NULL) &&
	       (a->positions == NULL || memcmp(a->positions, b->positions, a->count * sizeof *a->positions) == 0);
}

static void
round_trips(void)
{
	static const uint8_t gaps[] = { 0, 1, 2, 200, 255 };
	static char payload[40000];
	static uint32_t ends[100], positions[100];

	for (int round = 0; round < 3000; round++) {
		struct block b = { .kind = BLOCK_DATA, .payload = payload, .ends = ends };
		uint32_t at = 0, pos = 0;

		b.gap = gaps[unit_random(5)];
		b.flags = unit_random(2) ? BLOCK_SUMMED : 0;
		b.count = 1 + (uint32_t)unit_random(100);
		b.base = unit_random(3) == 0 ? UINT64_MAX - UINT32_MAX - 100 : unit_random(1000);
		b.next = unit_random(1000000);
		b.status = b.gap == 1 ? (uint32_t)unit_random(256) : 0;
		for (uint32_t i = 0; i < b.count; i++) {
			at += (uint32_t)unit_random(5) * (uint32_t)unit_random(20);
			ends[i] = at;
			at += b.gap;
			positions[i] = pos;
			pos += (uint32_t)(unit_random(10) == 0 ? unit_random(UINT32_MAX / 100) : unit_random(3));
		}
		b.size = unit_random(2) ? at : ends[b.count - 1];
		if (unit_random(2)) {
			b.flags |= BLOCK_POSITIONS;
			b.positions = positions;
		}
		for (uint32_t i = 0; i < b.size; i++)
			payload[i] = (char)unit_random(256);
		lay(&b);
		CHECK(is(judge(), NULL) && same(&view, &b));
		CHECK(block_lacks_gap(&view) == (b.gap > 0 && b.size == ends[b.count - 1]));
		for (uint32_t i = 0; i < b.count; i++) {
			CHECK(block_position(&view, i) == b.base + (b.positions != NULL ? positions[i] : i));
			CHECK(block_start(&view, i) == (i == 0 ? 0 : ends[i - 1] + b.gap));
		}
	}
	for (unsigned kind = BLOCK_END; kind <= BLOCK_WAKE; kind++) {
		struct block b = { .kind = (enum block_kind)kind };

		lay(&b);
		CHECK(is(judge(), NULL) && same(&view, &b) && block_body(&view) == 0);
	}
	CHECK(block_lacks_gap(&(struct block){ .kind = BLOCK_END }) == 0);
}

/* Every byte of a block, by hand: these functions must read what another program would write. */
static void
by_hand(void)
{
	static const unsigned char bytes[] = "\xABrec\1\1\3\1"  /* data, summed, with positions, gap 1 */
					     "\2\0\0\0\6\0\0\0" /* 2 records, 6 bytes */
					     "\7\0\0\0\1\0\0\0\x0a\0\0\0\1\0\0\0" /* base, next */
					     "\x0a\0\0\0\0\0\0\0" /* the gap is a newline; the checksum comes below */
					     "ab\nc\0\n\0\0"
					     "\2\0\0\0\5\0\0\0\0\0\0\0\2\0\0\0";

	CHECK(sizeof bytes - 1 == BLOCK_HEAD + 24);
	memcpy(head, bytes, BLOCK_HEAD);
	memcpy(body, bytes + BLOCK_HEAD, 24);
	set(head + AT_SUM, 4, crc32c(0, bytes, sizeof bytes - 1));
	CHECK(is(judge(), NULL));
	CHECK(view.kind == BLOCK_DATA && view.flags == 3 && view.gap == 1 && view.count == 2 && view.size == 6);
	CHECK(view.base == 0x100000007 && view.next == 0x10000000a && view.status == '\n');
	CHECK(view.payload == judged && memcmp(view.payload, "ab\nc\0\n", 6) == 0);
	CHECK(view.ends[0] == 2 && view.ends[1] == 5 && view.positions[0] == 0 && view.positions[1] == 2);
	CHECK(block_position(&view, 1) == 0x100000009 && block_start(&view, 1) == 3 && !block_lacks_gap(&view));
	CHECK(block_body(&view) == 24 && block_index(&view) == 16);
}

/* ---- one field wrong ---- */

struct change {
	size_t at;
	unsigned width;
	uint64_t value;
	const char *rule;
};

static const char unused[] = "an unused field is not 0", sum_wrong[] = "the checksum does not match",
		  large[] = "its payload is larger than REC_MAX allows",
		  end_off[] = "its last record does not end where its payload does",
		  passes[] = "its positions pass 64 bits", unordered[] = "the ends of its records are out of order",
		  padding[] = "its padding is not 0", magic[] = "no block begins there (the magic is missing)";

/* Three records of 2, 0 and 4 bytes, a newline after each, positions 5, 5 and 9. */
static const struct block *
model(void)
{
	static char payload[] = "ab\n\ncdef\n";
	static uint32_t ends[] = { 2, 3, 8 }, positions[] = { 0, 0, 4 };
	static const struct block b = { .kind = BLOCK_DATA,
		.flags = BLOCK_SUMMED | BLOCK_POSITIONS,
		.gap = 1,
		.count = 3,
		.size = 9,
		.base = 5,
		.next = 10,
		.status = '\n',
		.payload = payload,
		.ends = ends,
		.positions = positions };

	return &b;
}

static void
wrong_data(void)
{
	static const struct change heads[] = {
		{ 0, 1, 0xAA, magic },
		{ 1, 1, 'R', magic },
		{ 2, 1, 'f', magic },
		{ 3, 1, 0, magic },
		{ 4, 1, 0, "the version is not 1" },
		{ 4, 1, 2, "the version is not 1" },
		{ 5, 1, 0, "the kind of block is unknown" },
		{ 5, 1, 8, "the kind of block is unknown" },
		{ 6, 1, 8 | 3, "a flag is unknown" },
		{ 6, 1, 0x83, "a flag is unknown" },
		{ 8, 4, 65537, "it counts more than 65536 records" },
		{ 8, 4, UINT32_MAX, "it counts more than 65536 records" },
		{ 8, 4, 0, "it has a payload but no records" },
		{ 12, 4, BLOCK_USUAL + 2, large },
		{ 12, 4, UINT32_MAX, large },
		{ 12, 4, BLOCK_USUAL + 1, unordered }, /* as large as allowed, but other bytes came */
		{ 12, 4, 10, end_off },
		{ 12, 4, 16, end_off },
		{ 32, 4, 256, "the gap's value is not a byte" },
		{ 7, 1, 0, unused },
		{ 7, 1, 2, unused },
		{ 16, 8, UINT64_MAX - 3, passes },
		{ 16, 8, UINT64_MAX, passes },
		{ 16, 8, UINT64_MAX - 4, NULL },
		{ 24, 8, 0, NULL },
		{ 24, 8, UINT64_MAX, NULL },
		{ 0, 1, 0xAB, NULL },
	};
	/* Offsets in the body: 9 bytes of payload, 7 of padding, ends at 16, positions at 28. */
	static const struct change bodies[] = {
		{ 9, 1, 1, padding },
		{ 15, 1, 0x80, padding },
		{ 16, 4, 3, unordered },
		{ 16, 4, 4, unordered },
		{ 16, 4, UINT32_MAX, unordered },
		{ 20, 4, 2, unordered },
		{ 20, 4, 0, unordered },
		{ 20, 4, UINT32_MAX, unordered },
		{ 20, 4, 8, unordered },
		{ 24, 4, 3, unordered },
		{ 24, 4, 7, end_off },
		{ 24, 4, 10, end_off },
		{ 24, 4, UINT32_MAX, end_off },
		{ 24, 4, 9, NULL }, /* lacks its gap */
		{ 16, 4, 1, NULL },
		{ 16, 4, 0, NULL },
		{ 20, 4, 7, NULL },
		{ 28, 4, 1, "its first position is not its base" },
		{ 32, 4, 5, "its positions are out of order" },
		{ 36, 4, UINT32_MAX, NULL },
		{ 0, 1, 0, NULL },
	};

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct block v;

		lay(model());
		set(head + heads[i].at, heads[i].width, heads[i].value);
		if (block_head(&v, head, record_max) == NULL)
			mend_sum(&v);
		CHECK(is(judge(), heads[i].rule));
	}
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		lay(model());
		set((unsigned char *)body + bodies[i].at, bodies[i].width, bodies[i].value);
		mend_sum(model());
		CHECK(is(judge(), bodies[i].rule));
	}
}

/* Blocks without positions, without records, of gap 0. */
static void
wrong_shapes(void)
{
	static char payload[2000];
	static uint32_t ends[2] = { 4, 8 };
	struct block b = { .kind = BLOCK_DATA, .count = 2, .size = 8, .payload = payload, .ends = ends };
	struct block empty = { .kind = BLOCK_DATA, .base = UINT64_MAX, .next = 3 };
	static const struct change nones[] = { { 12, 4, 1, "it has a payload but no records" },
		{ 6, 1, 2, "it has a payload but no records" }, { 7, 1, 5, "it has a payload but no records" },
		{ 32, 4, 1, unused } };

	lay(&b);
	CHECK(is(judge(), NULL));
	b.size = 9; /* no gap to lack */
	lay(&b);
	CHECK(is(judge(), end_off));
	b.size = 8;
	b.status = 10;
	lay(&b);
	CHECK(is(judge(), unused));
	b.status = 0;
	b.base = UINT64_MAX - 1;
	lay(&b);
	CHECK(is(judge(), NULL));
	b.base = UINT64_MAX;
	lay(&b);
	CHECK(is(judge(), passes));
	/* With positions it is right: both records have the last position that there is. */
	b.flags = BLOCK_POSITIONS;
	b.positions = (uint32_t[]){ 0, 0 };
	lay(&b);
	CHECK(is(judge(), NULL) && block_position(&view, 1) == UINT64_MAX);

	/* A block without an index may have none in memory. */
	b = (struct block){ .kind = BLOCK_DATA };
	block_seal(&b, head, NULL);
	CHECK(is(block_head(&view, head, 1000), NULL) && is(block_check_apart(&view, head, body, NULL, 1000), NULL));

	/* An odd number of ends is padded, and the padding must be 0. */
	b = (struct block){ .kind = BLOCK_DATA, .count = 1, .size = 4, .payload = payload, .ends = ends };
	lay(&b);
	CHECK(is(judge(), NULL));
	body[12] = 1;
	mend_sum(&b);
	CHECK(is(judge(), padding));

	/* The longest record; one byte more; the same as the second of two records. */
	b.size = ends[0] = 1000;
	lay(&b);
	CHECK(is(judge(), NULL));
	b.size = ends[0] = 1001;
	lay(&b);
	CHECK(is(judge(), "a record is longer than REC_MAX allows"));
	b.count = 2;
	ends[0] = 0;
	b.size = ends[1] = 1001;
	lay(&b);
	CHECK(is(judge(), "a record is longer than REC_MAX allows"));

	lay(&empty);
	CHECK(is(judge(), NULL) && same(&view, &empty));
	for (size_t i = 0; i < sizeof nones / sizeof nones[0]; i++) {
		lay(&empty);
		set(head + nones[i].at, nones[i].width, nones[i].value);
		CHECK(is(judge(), nones[i].rule));
	}
}

static void
largest(void)
{
	uint32_t *ends = calloc(BLOCK_RECORDS, sizeof *ends);
	char *payload = calloc(1, 300000);
	struct block b = { .kind = BLOCK_DATA, .count = BLOCK_RECORDS, .payload = payload, .ends = ends };

	CHECK(ends != NULL && payload != NULL);
	if (ends == NULL || payload == NULL)
		return;
	lay(&b);
	CHECK(is(judge(), NULL) && block_position(&view, BLOCK_RECORDS - 1) == BLOCK_RECORDS - 1);
	/* A payload of REC_MAX and one gap, if that is more than a usual block. */
	record_max = 299800;
	b.count = 1;
	b.gap = 200;
	b.size = 300000;
	ends[0] = 299800;
	lay(&b);
	CHECK(is(judge(), NULL));
	record_max--;
	CHECK(is(judge(), large));
	record_max = 1000;
	/* The number of bytes that a usual block has, and a gap. */
	b.count = 2;
	b.size = BLOCK_USUAL + 200;
	ends[0] = BLOCK_USUAL / 2;
	ends[1] = BLOCK_USUAL;
	lay(&b);
	CHECK(is(judge(), "a record is longer than REC_MAX allows"));
	record_max = BLOCK_USUAL / 2;
	CHECK(is(judge(), NULL));
	record_max = 1000;
	/* The largest block that a machine of this kind takes: the arithmetic must not wrap. */
	set(head + 12, 4, BLOCK_RECORD_MAX + 255);
	head[7] = 255;
	CHECK(is(block_head(&view, head, BLOCK_RECORD_MAX), NULL));
	CHECK(block_body(&view) == BLOCK_RECORD_MAX + 255 + 1 + 8);
	head[7] = 254;
	CHECK(is(block_head(&view, head, BLOCK_RECORD_MAX), large));
	free(ends);
	free(payload);
}

static void
wrong_marks(void)
{
	static char text[BLOCK_REASON + 8];
	struct block end = {
		.kind = BLOCK_END, .flags = BLOCK_SUMMED, .base = 7, .next = 9, .status = 65, .size = 3, .payload = text
	};
	struct block loss = { .kind = BLOCK_LOSS, .count = BLOCK_LOST_UNKNOWN, .base = 3, .next = 4 };
	static const struct change ends[] = { { 6, 1, 3, unused }, { 6, 1, 2, unused }, { 7, 1, 1, unused },
		{ 8, 4, 1, unused }, { 32, 4, 256, "the status is not an exit status" }, { 32, 4, 255, NULL },
		{ 32, 4, 0, "the reason is too long" }, { 12, 4, BLOCK_REASON + 1, "the reason is too long" } };
	static const struct change losses[] = { { 6, 1, 2, unused }, { 6, 1, 1, NULL }, { 7, 1, 1, unused },
		{ 12, 4, 1, unused }, { 32, 4, 1, unused }, { 8, 4, 0, NULL } };
	static const struct change hops[] = { { 6, 1, 2, unused }, { 7, 1, 1, unused }, { 8, 4, 1, unused },
		{ 16, 8, 1, unused }, { 24, 8, 1, unused }, { 32, 4, 1, unused },
		{ 12, 4, BLOCK_HOP + 1, "its payload is too long" } };
	static const char *const good[] = { "abc", "\xc3\xa4.", "\xef\xbf\xbd", "\0\x7f\n" };
	static const char *const bad[] = { "ab\xc3", "\x80.x", "\xc0\x80.", "\xed\xa0\x80", "a\xff." };

	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		end.payload = (char[]){ good[i][0], good[i][1], good[i][2] };
		lay(&end);
		CHECK(is(judge(), NULL) && same(&view, &end));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		end.payload = (char[]){ bad[i][0], bad[i][1], bad[i][2] };
		lay(&end);
		CHECK(is(judge(), "the reason is not UTF-8"));
	}
	end.payload = text;
	end.size = BLOCK_REASON;
	lay(&end);
	CHECK(is(judge(), NULL));
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		lay(&end);
		set(head + ends[i].at, ends[i].width, ends[i].value);
		mend_sum(&end);
		CHECK(is(judge(), ends[i].rule));
	}
	for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
		lay(&loss);
		set(head + losses[i].at, losses[i].width, losses[i].value);
		mend_sum(&loss);
		CHECK(is(judge(), losses[i].rule));
	}
	for (unsigned kind = BLOCK_OFFER; kind <= BLOCK_WAKE; kind++) {
		struct block hop = {
			.kind = (enum block_kind)kind, .flags = BLOCK_SUMMED, .size = BLOCK_HOP, .payload = text
		};

		lay(&hop);
		CHECK(is(judge(), NULL) && same(&view, &hop));
		for (size_t i = 0; i < sizeof hops / sizeof hops[0]; i++) {
			lay(&hop);
			set(head + hops[i].at, hops[i].width, hops[i].value);
			mend_sum(&hop);
			CHECK(is(judge(), hops[i].rule));
		}
	}
}

/* A table: every field that it does not use; its checksum; how long it may be. */
static void
wrong_tables(void)
{
	static char text[BLOCK_TABLE_MAX] = "{\"framing\":\"csv\"}\nid,price\n";
	/* The first stream of rec-stream(5) begins with these bytes. */
	static const unsigned char bytes[] = "\xABrec\1\7\1\0\0\0\0\0\x1b\0\0\0"
					     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
					     "\0\0\0\0\xfa\x2a\x5a\x72{\"framing\":\"csv\"}\nid,price\n\0\0\0\0\0";
	static const char sums_part[] = "the checksum of a table does not cover it";
	static const struct change heads[] = { { 6, 1, 0, sums_part }, { 6, 1, 2, unused }, { 6, 1, 3, unused },
		{ 6, 1, 4, unused }, { 6, 1, 5, unused }, { 6, 1, 9, "a flag is unknown" }, { 7, 1, 1, unused },
		{ 8, 4, 1, unused }, { 16, 8, 1, unused }, { 24, 8, 1, unused }, { 32, 4, 1, unused },
		{ 12, 4, BLOCK_TABLE_MAX + 1, "the table is larger than 1 MiB" }, { 36, 4, 0, sum_wrong } };
	struct block table = { .kind = BLOCK_TABLE, .flags = BLOCK_SUMMED, .size = 27, .payload = text };

	CHECK(lay(&table) == 32 && sizeof bytes - 1 == BLOCK_HEAD + 32);
	CHECK(memcmp(head, bytes, BLOCK_HEAD) == 0 && memcmp(body, bytes + BLOCK_HEAD, 32) == 0);
	CHECK(is(judge(), NULL) && same(&view, &table) && block_index(&view) == 0 && !block_lacks_gap(&view));
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		lay(&table);
		set(head + heads[i].at, heads[i].width, heads[i].value);
		if (heads[i].at != AT_SUM)
			mend_sum(&table);
		CHECK(is(judge(), heads[i].rule));
	}
	lay(&table);
	body[27] = 1;
	mend_sum(&table);
	CHECK(is(judge(), padding));
	lay(&table);
	body[18] ^= 1;
	CHECK(is(judge(), sum_wrong));
	/* REC_MAX does not bound it. */
	table.size = BLOCK_TABLE_MAX;
	block_seal(&table, head, NULL);
	CHECK(is(block_head(&view, head, 1000), NULL) && is(block_check_apart(&view, head, text, NULL, 1000), NULL));
	/* What a table says is table.h's. */
	table.size = 0;
	lay(&table);
	CHECK(is(judge(), NULL));
}

/*
 * Each bit of a block is changed. If the checksum covers all, no change passes, else only changes
 * of the payload do.
 */
static void
flips(void)
{
	for (int summed = 0; summed < 2; summed++) {
		struct block b = *model();
		size_t n, passed = 0;

		b.flags = (uint8_t)(BLOCK_POSITIONS | (summed ? BLOCK_SUMMED : 0));
		n = BLOCK_HEAD + lay(&b);
		for (size_t bit = 0; bit < n * 8; bit++) {
			unsigned char *at =
			    bit / 8 < BLOCK_HEAD ? head + bit / 8 : (unsigned char *)body + (bit / 8 - BLOCK_HEAD);
			int of_payload = bit / 8 >= BLOCK_HEAD && bit / 8 < BLOCK_HEAD + b.size;

			*at ^= (unsigned char)(1u << bit % 8);
			CHECK((judge() == NULL) == (of_payload && !summed));
			passed += judge() == NULL;
			*at ^= (unsigned char)(1u << bit % 8);
		}
		CHECK(passed == (summed ? 0 : b.size * 8));
		CHECK(is(judge(), NULL));
	}
	lay(model());
	head[AT_SUM] ^= 1;
	CHECK(is(judge(), sum_wrong));
}

/* ---- from one block to the next ---- */

static void
follows(void)
{
	static uint32_t two[] = { 1, 3 };
	struct block data = {
		.kind = BLOCK_DATA, .gap = 1, .count = 2, .size = 4, .base = 10, .next = 11, .ends = two
	};
	struct block none = { .kind = BLOCK_DATA, .base = 20, .next = 20 };
	struct block loss = { .kind = BLOCK_LOSS, .count = 5, .base = 20, .next = 25 };
	struct block end = { .kind = BLOCK_END, .base = 2, .next = 11 }, b;
	struct block_order start = { 0 }, o;
	static const char low[] = "its positions are below those that came before", back[] = "the watermark goes back",
			  total[] = "the end mark counts other records than came",
			  below[] = "the watermark is below a record that came",
			  gapless[] = "the block before it lacks its last gap";

	CHECK(is(block_follow(&start, &data), NULL));
	CHECK(start.position == 11 && start.next == 11 && start.records == 2 && !start.lacks_gap);

	o = start;
	CHECK(is(block_follow(&o, &end), NULL));
	for (uint64_t count = 0; count < 5; count++) {
		o = start;
		b = end;
		b.base = count;
		CHECK(is(block_follow(&o, &b), count == 2 ? NULL : total));
	}
	/*
	 * A block twice; equal to the last record; the watermark goes back; below the base of a
	 * block without records.
	 */
	o = start;
	CHECK(is(block_follow(&o, &data), low));
	b = data;
	b.base = 11;
	CHECK(is(block_follow(&o, &b), NULL));
	b = none;
	b.next = 10;
	o = start;
	CHECK(is(block_follow(&o, &b), back));
	b = none;
	CHECK(is(block_follow(&o, &b), NULL));
	CHECK(o.next == 20 && o.position == none.base && o.records == 2);
	b = data;
	b.next = 30;
	b.base = 19;
	CHECK(is(block_follow(&o, &b), low));
	b.base = 20;
	CHECK(is(block_follow(&o, &b), NULL));
	CHECK(o.position == 21 && o.next == 30 && o.records == 4);
	b = loss;
	CHECK(is(block_follow(&o, &b), back));
	b.next = 30;
	CHECK(is(block_follow(&o, &b), low));
	b.base = 30;
	CHECK(is(block_follow(&o, &b), NULL) && o.records == 4);
	b = none;
	b.next = 31;
	b.base = 29;
	CHECK(is(block_follow(&o, &b), low));
	/* No record comes below a loss, whatever its watermark, nor does a good end mark. */
	o = (struct block_order){ 0 };
	b = loss;
	b.next = 5;
	CHECK(is(block_follow(&o, &b), NULL) && o.position == 20 && o.next == 5);
	CHECK(is(block_follow(&o, &data), low));
	b = end;
	b.base = 0;
	b.next = 19;
	CHECK(is(block_follow(&o, &b), below));
	b.next = 20;
	CHECK(is(block_follow(&o, &b), NULL));

	/* Below the last record, if the watermark is lower still. */
	for (uint64_t base = 9; base < 13; base++) {
		o = (struct block_order){ 0 };
		b = data;
		b.next = 0;
		CHECK(is(block_follow(&o, &b), NULL));
		b.base = base;
		CHECK(is(block_follow(&o, &b), base < 11 ? low : NULL));
	}

	/* The end mark's watermark: neither below the last one nor below a record. */
	o = start;
	b = end;
	b.next = 10;
	CHECK(is(block_follow(&o, &b), back));
	o = (struct block_order){ 0 };
	b = data;
	b.next = 0;
	CHECK(is(block_follow(&o, &b), NULL));
	b = end;
	b.next = 10;
	CHECK(is(block_follow(&o, &b), below));
	/* With a failure it may be below a record: that one was given up. */
	b.status = 65;
	{
		struct block_order failed = o;

		CHECK(is(block_follow(&failed, &b), NULL));
	}
	b.status = 0;
	b.next = 11;
	CHECK(is(block_follow(&o, &b), NULL));

	/*
	 * After a block that lacks its gap: watermarks, losses and the end may come, but no record.
	 */
	o = (struct block_order){ 0 };
	b = data;
	b.size = 3;
	CHECK(is(block_follow(&o, &b), NULL) && o.lacks_gap);
	CHECK(is(block_follow(&o, &none), NULL));
	CHECK(is(block_follow(&o, &loss), NULL));
	b = data;
	b.base = b.next = 40;
	CHECK(is(block_follow(&o, &b), gapless));
	b = end;
	b.next = 40;
	CHECK(is(block_follow(&o, &b), NULL));
	/* Positions count, not the number of records. */
	o = (struct block_order){ 0 };
	b = data;
	b.positions = (uint32_t[]){ 0, 500 };
	CHECK(is(block_follow(&o, &b), NULL) && o.position == 510);
}

/* Returns what a segment says of its last block; the others are right. */
static const char *
last(const struct block *const *blocks)
{
	struct block_order o = { 0 };
	const char *rule = NULL;

	for (; *blocks != NULL; blocks++) {
		CHECK(rule == NULL);
		rule = block_follow(&o, *blocks);
	}
	return rule;
}

#define LAST(...) last((const struct block *const[]){ __VA_ARGS__, NULL })

/* A table is the first block of its segment, and all others say that there is one, or none does. */
static void
follows_tables(void)
{
	static uint32_t ends[] = { 1 };
	static const char second[] = "a second table in one stream",
			  late[] = "a table that is not the stream's first block",
			  missing[] = "the stream's table is missing (has another command read it?)",
			  foreign[] = "it does not belong to the table before it";
	const struct block table = { .kind = BLOCK_TABLE, .flags = BLOCK_SUMMED };
	const struct block data = { .kind = BLOCK_DATA, .count = 1, .size = 1, .ends = ends },
			   mark = { .kind = BLOCK_DATA, .base = 5, .next = 5 },
			   loss = { .kind = BLOCK_LOSS, .count = 1 },
			   end = { .kind = BLOCK_END }, failed = { .kind = BLOCK_END, .status = 65 };
	const struct block *const without[] = { &data, &mark, &loss, &end, &failed };

	CHECK(is(LAST(&table), NULL) && is(LAST(&table, &table), second));
	for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
		struct block bare = *without[i], tabled = bare;

		tabled.flags |= BLOCK_TABLED;
		CHECK(is(LAST(&bare), NULL) && is(LAST(&tabled), missing));
		CHECK(is(LAST(&table, &tabled), NULL) && is(LAST(&table, &bare), foreign));
		if (bare.kind == BLOCK_END)
			continue;
		CHECK(is(LAST(&bare, &table), late) && is(LAST(&table, &tabled, &table), second));
		CHECK(is(LAST(&bare, &tabled), missing) && is(LAST(&table, &tabled, &bare), foreign));
	}
	/* It moves no watermark and counts for nothing. */
	{
		struct block_order o = { 0 };
		struct block b = data;

		CHECK(block_follow(&o, &table) == NULL && o.position == 0 && o.next == 0 && o.records == 0);
		b.flags = BLOCK_TABLED;
		CHECK(block_follow(&o, &b) == NULL && o.records == 1 && o.position == 0);
	}
}

int
main(void)
{
	round_trips();
	by_hand();
	wrong_data();
	wrong_shapes();
	largest();
	wrong_marks();
	wrong_tables();
	flips();
	follows();
	follows_tables();
	return unit_end("block");
}
