/*
 * byteset: both ways, compared with plain loops, for all kinds of sets, at the edges of windows,
 * and at the end of memory.
 */

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/byteset.h"
#include "base/scan.h"
#include "unit/unit.h"

enum { ROOM = 4096, MAX = 2 * BYTESET_WINDOW };

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

static void
some_set(struct byteset *s)
{
	unsigned lo = (unsigned)unit_random(256), hi = (unsigned)unit_random(256), dense = (unsigned)unit_random(100);

	*s = (struct byteset){ 0 };
	switch (unit_random(4)) {
	case 0:
		for (unsigned c = lo; c <= hi; c++)
			byteset_add(s, (unsigned char)c);
		return;
	case 1:
		byteset_add(s, (unsigned char)lo);
		return;
	case 2:
		for (unsigned c = '0'; c <= '9'; c++)
			byteset_add(s, (unsigned char)c);
		return;
	default:
		for (unsigned c = 0; c < 256; c++)
			if (unit_random(100) < dense)
				byteset_add(s, (unsigned char)c);
	}
}

/* The spans from a place on, all of them, by the definition. Returns their number. */
static size_t
plain_spans(const struct byteset *s, const char *data, size_t len, size_t from, int each, struct byteset_span *spans)
{
	size_t count = 0;

	for (size_t i = from; i < len; i++) {
		if (!s->has[(unsigned char)data[i]])
			continue;
		if (each || count == 0 || spans[count - 1].end < i)
			spans[count++].start = i;
		spans[count - 1].end = i + 1;
	}
	return count;
}

static void
compare(const struct byteset *s, const char *data, size_t len)
{
	static struct byteset_span want[ROOM];
	struct byteset_span got[MAX];
	size_t from = unit_random(2) ? 0 : unit_random(len + 2), stop = len, at, n, count;
	int each = (int)unit_random(2), ascii = (int)unit_random(2);

	for (at = from; at < len && !s->has[(unsigned char)data[at]];)
		at++;
	CHECK(byteset_find(s, data, len, from) == (from < len ? at : len));
	CHECK(byteset_find(s, data, len, SIZE_MAX) == len);
	if (from > len)
		from = len;
	if (ascii)
		for (stop = from; stop < len && (data[stop] & 0x80) == 0;)
			stop++;
	count = plain_spans(s, data, stop, from, each, want);
	/* A run before the byte at which it stops is not known to be whole. */
	if (stop < len && !each && count > 0 && want[count - 1].end == stop)
		stop = want[--count].start;
	at = from;
	n = 0;
	do {
		size_t before = at, found = byteset_spans(s, data, len, &at, each, ascii, got, MAX);

		CHECK(found <= MAX && found <= count - n);
		if (found > count - n || (found == 0 && at < stop))
			break;
		for (size_t i = 0; i < found; i++, n++)
			CHECK(got[i].start == want[n].start && got[i].end == want[n].end);
		CHECK(at >= before && (found == 0 || at >= got[found - 1].end));
	} while (at < stop);
	CHECK(at == stop && n == count);
}

int
main(void)
{
	static const char *const ways[] = { "plain", "avx2" };
	char *room = guarded();

	while (unit_round())
		for (int i = 0; i < 100; i++) {
			struct byteset s;
			size_t len = unit_random(3) == 0 ? unit_random(ROOM) : unit_random(200);
			char *data = unit_random(2) ? room : room + ROOM - len;
			unsigned above = unit_random(2) ? 0 : 100;

			(void)scan_choose(ways[i & 1]); /* or the best there is */
			some_set(&s);
			for (size_t k = 0; k < len; k++)
				data[k] = (char)unit_random(unit_random(1000) < above ? 256 : 128);
			for (size_t k = 1; k < len && unit_random(20) > 0; k++) /* a long run */
				data[k] = data[0];
			compare(&s, data, len);
		}
	return unit_end("byteset");
}
