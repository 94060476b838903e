/*
 * writer: writer_detach copies what is left of the parts, whose memory may then be used for other
 * bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/writer.h"
#include "unit/unit.h"

enum { ROOM = 4096, PARTS = 4, MOST = 20000 };

static void
detached(struct buf *rest)
{
	static char parts[PARTS][MOST / PARTS], want[MOST], got[MOST];
	struct writer w;
	int ends[2];
	size_t wanted = 0, have = 0;
	ssize_t n;

	CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(ends[1], F_SETPIPE_SZ, ROOM) == ROOM);
	writer_open(&w, ends[1]);
	for (int i = 0; i < PARTS; i++) {
		size_t len = unit_random(unit_random(2) == 0 ? 50 : sizeof parts[i]);

		for (size_t k = 0; k < len; k++)
			parts[i][k] = (char)unit_random(256);
		memcpy(want + wanted, parts[i], len);
		wanted += len;
		writer_add(&w, parts[i], len);
	}
	if (w.parts > 0 && unit_random(4) > 0)
		CHECK(writer_push(&w, 0) == 1);
	CHECK(writer_detach(&w, rest) == 0 && w.parts == (rest->len > 0) && rest->len + ROOM >= wanted);
	memset(parts, 0, sizeof parts);
	for (;;) {
		if (w.parts > 0)
			CHECK(writer_push(&w, 0) >= 0);
		if ((n = read(ends[0], got + have, 1 + unit_random(ROOM))) > 0)
			have += (size_t)n;
		else if (w.parts == 0)
			break;
	}
	CHECK(have == wanted && memcmp(want, got, have) == 0);
	writer_close(&w);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	struct buf rest = { 0 };

	for (int i = 0; i < 2000; i++)
		detached(&rest);
	buf_free(&rest);
	return unit_end("writer");
}
