/*
 * scan: every way that the processor has, compared with plain loops. The sizes are near those of
 * the vectors and windows, with all alignments, and data often begins or ends at a page that must
 * not be touched.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/scan.h"
#include "unit/unit.h"

enum { ROOM = 65536, CASES = 15000 };

/* Returns ROOM bytes between two pages without access. */
static char *
guarded(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + page, ROOM, PROT_READ | PROT_WRITE) != 0)
		abort();
	return p + page;
}

/* Returns a place for len bytes: at the room's start, at its end, or anywhere. */
static char *
place(char *room, size_t len)
{
	switch (unit_random(4)) {
	case 0:
		return room + unit_random(ROOM - len + 1);
	case 1:
		return room;
	default:
		return room + ROOM - len;
	}
}

static size_t
some_length(void)
{
	static const size_t edges[] = { 0, 1, 8, 16, 32, 48, 64, 96, 128, 192, 256, 1024 };

	if (unit_random(4) == 0)
		return unit_random(3000);
	return edges[unit_random(sizeof(edges) / sizeof(edges[0]))] + unit_random(5);
}

/*
 * Fills data with few kinds of bytes, so that much is found. A wrong fold makes '@' equal '`', or
 * '\x81' 'a'.
 */
static void
fill(char *data, size_t len)
{
	static const char few[] = "aAbB\n\x81\xC1@`";
	size_t first = unit_random(sizeof(few)), kinds = 1 + unit_random(sizeof(few));
	size_t rare = 1 + unit_random(unit_random(2) ? 3 : 200);

	for (size_t i = 0; i < len; i++)
		data[i] =
		    unit_random(rare) == 0 ? few[(first + unit_random(kinds)) % sizeof(few)] : 'x';
}

static void
bytes(char *room, uint32_t *array)
{
	static uint32_t want[ROOM];
	size_t len = some_length(), n = 0, used = 9, max, got;
	char *data = place(room, len), c = "\nabx"[unit_random(4)];
	uint32_t base = unit_random(2) ? 0 : (uint32_t)(UINT32_MAX - len), *at;

	fill(data, len);
	for (size_t i = 0; i < len; i++) {
		if (data[i] == c)
			want[n++] = base + (uint32_t)i;
	}
	CHECK(scan_count(data, len, c) == n);

	/* The array, too, ends at a page that must not be touched. */
	max = unit_random(3) == 0 ? n : unit_random(n + 70);
	at = array + ROOM / sizeof(*at) - max;
	got = scan_bytes(data, len, c, base, at, max, &used);
	CHECK(got == (n < max ? n : max));
	CHECK(memcmp(at, want, got * sizeof(*at)) == 0);
	CHECK(used == (n <= max ? len : got == 0 ? 0 : want[got - 1] - base + 1));

	for (size_t from = 0, i = 0; from <= len; i++) {
		size_t next = scan_byte(data, len, from, c);

		CHECK(next == (i < n ? want[i] - base : len));
		from = next + 1;
	}
	CHECK(scan_byte(data, len, len + 1, c) == len);
}

static char
low(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static size_t
text_naive(const char *text, size_t n, int ignore_case, const char *data, size_t len, size_t from)
{
	for (size_t i = from; i <= len && n <= len - i; i++) {
		size_t k = 0;

		for (; k < n; k++) {
			char c = data[i + k];

			if (c != text[k] && !(ignore_case && low(c) == low(text[k])))
				break;
		}
		if (k == n)
			return i;
	}
	return SIZE_MAX;
}

static void
texts(char *room)
{
	size_t n = unit_random(4) ? unit_random(6) : unit_random(100);
	size_t len = some_length(), from = 0;
	int ignore_case = (int)unit_random(2);
	char *data = place(room, len), text[100];
	struct scan_text t;

	fill(data, len);
	if (n <= len && unit_random(3) > 0) /* a text that occurs */
		memcpy(text, data + unit_random(len - n + 1), n);
	else
		fill(text, n);
	if (scan_text_init(&t, text, n, ignore_case) != 0)
		abort();
	CHECK(t.len == n && (n == 0 || (t.rare1 < n && t.rare2 < n)));
	CHECK(n < 2 || t.rare1 != t.rare2);
	do {
		size_t want = text_naive(text, n, ignore_case, data, len, from);

		CHECK(scan_text(&t, data, len, from) == want);
		from = want == SIZE_MAX ? want : want + 1;
	} while (from <= len);
	CHECK(scan_text(&t, data, len, len + 1) == SIZE_MAX);
	CHECK(scan_text(&t, data, len, SIZE_MAX) == SIZE_MAX);
	scan_text_free(&t);
	CHECK(t.text == NULL && t.len == 0);
}

/* Finds each of the 256 bytes, alone among bytes that differ from it in one bit. */
static void
each_byte(char *room)
{
	for (int c = 0; c < 256; c++) {
		struct scan_text t;
		char text = (char)c;
		size_t used;
		uint32_t at[65];

		for (int i = 0; i < 80; i++)
			room[i] = (char)(i == 70 ? c : c ^ 1 << i % 8);
		CHECK(scan_bytes(room, 80, text, 0, at, 65, &used) == 1 && at[0] == 70);
		CHECK(scan_count(room, 80, text) == 1 && scan_byte(room, 80, 0, text) == 70);
		for (int ignore_case = 0; ignore_case < 2; ignore_case++) {
			if (scan_text_init(&t, &text, 1, ignore_case) != 0)
				abort();
			used = text_naive(&text, 1, ignore_case, room, 80, 0);
			CHECK(scan_text(&t, room, 80, 0) == used);
			scan_text_free(&t);
		}
	}
}

int
main(void)
{
	static const char *const ways[] = { "plain", "sse2", "avx2" };
	char *room = guarded();
	uint32_t *array = (uint32_t *)(void *)guarded();
	const char *best;

	best = scan_choose(NULL);
	CHECK(strcmp(scan_choose("none such"), best) == 0 && strcmp(scan_way(), best) == 0);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(scan_choose(ways[i]), ways[i]) != 0) {
			CHECK(strcmp(ways[i], "plain") != 0 && strcmp(scan_way(), best) == 0);
			printf("# scan: this processor has no %s\n", ways[i]);
			continue;
		}
		for (int k = 0; k < CASES; k++) {
			bytes(room, array);
			texts(room);
		}
		each_byte(room);
	}
	return unit_end("scan");
}
