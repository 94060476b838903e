/*
 * Several texts at once, by each way of searching, compared with a plain loop: small alphabets, so
 * that texts overlap, contain each other and reach into gaps; some texts and hundreds; data right
 * before a page that must not be touched; and texts that would be slow if each place were compared.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "match/scan_many.h"
#include "unit/unit.h"

enum { ROOM = 65536, RECORDS = 400, TEXTS = 300, ROUNDS = 6000 };

static char *room; /* ROOM bytes, then a page without access */
static struct scan_text texts[TEXTS];
static uint32_t ends[RECORDS];
static uint64_t hits[(RECORDS + 63) / 64];

static void
make_room(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + ROOM, page, PROT_NONE) != 0)
		abort();
	room = p;
}

static char
low(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static int
holds(const char *data, size_t len, const struct scan_text *t)
{
	for (size_t i = 0; i + t->len <= len; i++) {
		size_t k = 0;

		while (k < t->len && (t->ignore_case ? low(data[i + k]) : data[i + k]) == t->text[k])
			k++;
		if (k == t->len)
			return 1;
	}
	return 0;
}

static void
add(size_t *count, const char *text, size_t len, int fold)
{
	if (scan_text_init(&texts[(*count)++], text, len, fold) != 0)
		abort();
}

static void
drop(size_t count)
{
	while (count > 0)
		scan_text_free(&texts[--count]);
}

/* Bytes of many kinds: cases, neighbours in one nibble, NUL, and beyond ASCII. */
static const char alphabet[] = "abAB\nq\x81\xC1@`\0x";

/* Returns the number of records that were hit. */
static size_t
judged(void)
{
	static const size_t gaps[] = { 0, 1, 2, 200 };
	size_t letters = 1 + unit_random(sizeof alphabet), longest = 1 + unit_random(30) * unit_random(8),
	       gap = gaps[unit_random(4)];
	size_t records = unit_random(20) == 0 ? unit_random(RECORDS) : unit_random(12);
	size_t size = 0, count = 0, kept = 0, sample;
	size_t most = unit_random(8) == 0 ? TEXTS : 1 + unit_random(24),
	       lens = 1 + unit_random(unit_random(4) ? 9 : 70);
	int fold = (int)unit_random(2);
	struct scan_many m;
	char *data;

	for (size_t i = 0; i < records; i++) {
		size_t n = unit_random(longest + 1);

		if (size + n + gap > ROOM)
			records = i;
		else
			size = (ends[i] = (uint32_t)(size + n)) + gap;
	}
	if (records > 0 && unit_random(2))
		size = ends[records - 1];
	data = room + ROOM - size;
	for (size_t i = 0; i < size; i++)
		data[i] = alphabet[unit_random(letters)];
	while (count < 1 + unit_random(most)) {
		char text[80];
		size_t n = 1 + unit_random(lens);

		/*
		 * Often a text that occurs, in a record or across two; else one that may not occur.
		 */
		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[unit_random(sizeof alphabet)];
		if (size > n && unit_random(3) > 0)
			memcpy(text, data + unit_random(size - n), n);
		add(&count, text, n, fold);
	}
	sample = unit_random(2) ? size : 0;
	CHECK(scan_many_init(&m, texts, count, data, sample) == 0);
	memset(hits, 0, sizeof hits);
	hits[RECORDS / 64] = UINT64_C(1) << 63; /* a bit that belongs to no record stays */
	scan_many_records(&m, data, size, ends, records, gap, hits);
	CHECK(hits[RECORDS / 64] >> 63 == 1);
	hits[RECORDS / 64] &= ~(UINT64_C(1) << 63);
	for (size_t i = 0; i < records; i++) {
		size_t start = i == 0 ? 0 : ends[i - 1] + gap;
		int hit = 0;

		for (size_t t = 0; t < count && !hit; t++)
			hit = holds(data + start, ends[i] - start, &texts[t]);
		CHECK((int)(hits[i / 64] >> i % 64 & 1) == hit);
		CHECK(scan_many(&m, data + start, ends[i] - start) == hit);
		kept += (size_t)hit;
		hits[i / 64] &= ~(UINT64_C(1) << i % 64);
	}
	for (size_t w = 0; w < sizeof hits / sizeof hits[0]; w++)
		CHECK(hits[w] == 0);
	scan_many_free(&m);
	CHECK(m.automaton.table == NULL && m.order == NULL && m.count == 0);
	drop(count);
	return kept;
}

/* Each byte alone, among others that differ from it in one bit. */
static void
each_byte(void)
{
	for (int c = 0; c < 256; c++) {
		char text[2] = { (char)c, (char)(c ^ 0x80) }, *data = room + ROOM - 90;
		size_t count = 0;
		struct scan_many m;

		for (int i = 0; i < 90; i++)
			data[i] = (char)(c ^ 1 << i % 7);
		add(&count, text, 1, 0);
		add(&count, text, 2, 0);
		CHECK(scan_many_init(&m, texts, count, NULL, 0) == 0);
		for (size_t at = 0; at < 90; at += 1 + unit_random(9)) {
			char was = data[at];

			CHECK(!scan_many(&m, data, 90));
			data[at] = (char)c;
			CHECK(scan_many(&m, data, 90) && !scan_many(&m, data, at) && scan_many(&m, data, at + 1));
			data[at] = was;
		}
		scan_many_free(&m);
		drop(count);
	}
}

/* Texts with more states than the table has rows for, and texts that are prefixes of each other. */
static void
deep(void)
{
	size_t count = 0;
	struct scan_many m;

	for (int i = 0; i < TEXTS; i++) {
		char text[64];

		for (size_t k = 0; k < sizeof text; k++)
			text[k] = (char)('!' + unit_random(90));
		memcpy(text, "prefix", unit_random(7));
		add(&count, text, sizeof text, 0);
	}
	CHECK(scan_many_init(&m, texts, count, NULL, 0) == 0);
	CHECK(m.automaton.dense < 5000);
	for (size_t t = 0; t < count; t++) {
		char *data = room + ROOM - 100;

		memset(data, 'p', 100);
		memcpy(data + 30, texts[t].text, 64);
		CHECK(scan_many(&m, data, 100) && !scan_many(&m, data, 93) && !scan_many(&m, data + 31, 69));
		data[30 + unit_random(64)] ^= 1;
		CHECK(!scan_many(&m, data, 100));
	}
	scan_many_free(&m);
	drop(count);
}

/*
 * Each text is at nearly every place, but in no record. To compare them at all these places would
 * take minutes; the automaton takes over, and nothing is lost when it does.
 */
static void
slow(void)
{
	static char text[40000];
	size_t count = 0;
	struct scan_many m;

	memset(room, 'a', ROOM);
	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < 12; i++)
		add(&count, text, sizeof text - i, 0);
	CHECK(scan_many_init(&m, texts, count, room, ROOM) == 0);
	ends[0] = ROOM / 2;
	ends[1] = ROOM;
	for (int i = 0; i < 200; i++) {
		hits[0] = 0;
		scan_many_records(&m, room, ROOM, ends, 2, 0, hits);
		CHECK(hits[0] == 0);
	}
	ends[0] = 10;
	scan_many_records(&m, room, ROOM, ends, 2, 0, hits);
	CHECK(hits[0] == 2);
	hits[0] = 0;
	scan_many_free(&m);
	drop(count);
}

int
main(void)
{
	static const char *const ways[] = { "plain", "sse2", "avx2" };

	make_room();
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		size_t kept = 0;

		if (strcmp(scan_choose(ways[i]), ways[i]) != 0)
			printf("# scan_many: this processor has no %s\n", ways[i]);
		for (int k = 0; k < ROUNDS; k++)
			kept += judged();
		CHECK(kept > ROUNDS);
		each_byte();
		deep();
		slow();
	}
	return unit_end("scan_many");
}
