#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "unit/unit.h"

static int
holds(const struct buf *b, const char *bytes, size_t n)
{
	return b->len == n && b->cap >= n && memcmp(b->data, bytes, n) == 0;
}

int
main(void)
{
	static char mirror[40000];
	struct buf b = { 0 }, full = { .len = PTRDIFF_MAX, .cap = PTRDIFF_MAX };
	size_t n = 0, moves = 0, cap = 0;

	/* If nothing is added, nothing is allocated. */
	CHECK(buf_add(&b, NULL, 0) == 0 && buf_adds(&b, "") == 0 && buf_reserve(&b, 0) == 0);
	CHECK(b.data == NULL && b.len == 0 && b.cap == 0);
	CHECK(strcmp(buf_string(&b), "") == 0 && b.len == 0);
	buf_free(&b);
	CHECK(b.data == NULL && b.len == 0 && b.cap == 0);
	buf_free(&b);

	CHECK(buf_adds(&b, "one") == 0 && buf_addc(&b, '\0') == 0 && buf_add(&b, "a\0b", 3) == 0);
	CHECK(holds(&b, "one\0a\0b", 7));
	CHECK(buf_addf(&b, "%d-%s", 42, "x") == 0 && holds(&b, "one\0a\0b42-x", 11));
	CHECK(b.data[b.len] == '\0');
	CHECK(buf_addf(&b, "%1000s|", "y") == 0 && b.len == 1012 &&
	      memcmp(b.data + 1010, "y|", 3) == 0);
	CHECK(buf_string(&b) == b.data && b.len == 1012);
	CHECK(buf_addc(&b, 'z') == 0 && strcmp(buf_string(&b) + 1012, "z") == 0);
	b.len--;

	/* If memory cannot be had, nothing changes. */
	errno = 0;
	CHECK(buf_reserve(&b, SIZE_MAX) == -1 && errno == ENOMEM);
	errno = 0;
	CHECK(buf_reserve(&b, SIZE_MAX / 2 - b.len + 1) == -1 && errno == ENOMEM);
	CHECK(b.len == 1012 && memcmp(b.data, "one", 4) == 0);

	/* If there is no memory for a string, it is "". */
	errno = 0;
	CHECK(buf_terminate(&full) == -1 && errno == ENOMEM);
	CHECK(strcmp(buf_string(&full), "") == 0 && full.data == NULL && full.len == PTRDIFF_MAX);

	buf_free(&b);
	while (n < sizeof(mirror) - 300) {
		size_t k = unit_random(300);

		memset(mirror + n, (int)unit_random(256), k);
		CHECK((k == 1 ? buf_addc(&b, mirror[n]) : buf_add(&b, mirror + n, k)) == 0);
		n += k;
		CHECK(holds(&b, mirror, n));
		moves += b.cap != cap;
		cap = b.cap;
	}
	CHECK(moves <= 12); /* because the memory doubles */
	CHECK(buf_reserve(&b, 100000) == 0 && b.cap - b.len >= 100000 && holds(&b, mirror, n));
	buf_free(&b);
	return unit_end("buf");
}
