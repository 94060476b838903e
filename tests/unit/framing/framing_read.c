/*
 * framing_read: a pipe through which much comes is made wider, not earlier, and never narrower.
 * rec-split.bats tests that nothing else changes.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framing/framing_read.h"
#include "os/io.h"
#include "unit/unit.h"

enum { PIECE = 32 * 1024, NARROW = 8 * 1024 * 1024, WIDE = 256 * 1024 };

static int
size_of(int fd)
{
	return fcntl(fd, F_GETPIPE_SZ);
}

/* Sends n pieces of lines through the pipe. Returns the number of records, or -1. */
static long
pass(struct framing_read *s, int to, int n)
{
	static char piece[PIECE];
	long records = 0;

	for (int i = 0; i < PIECE; i++)
		piece[i] = i % 64 == 63 ? '\n' : 'x';
	while (n-- > 0) {
		size_t seen = 0;

		if (io_write(to, piece, sizeof piece) < 0)
			return -1;
		while (seen < PIECE) {
			if (framing_read_batch(s) != 1)
				return -1;
			seen += s->found.used;
			records += (long)s->found.count;
		}
	}
	return records;
}

static void
widens(int before, int after)
{
	struct buf error = { 0 };
	struct framing lines;
	struct framing_read s = { 0 };
	int ends[2];

	CHECK(framing_init(&lines, "lines", &error) == 0 && framing_read_init(&s, &lines) == 0);
	CHECK(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[1], F_SETPIPE_SZ, before) == before);
	framing_read_input(&s, ends[0], "a pipe");
	CHECK(pass(&s, ends[1], NARROW / PIECE - 1) == (NARROW - PIECE) / 64);
	CHECK(size_of(ends[0]) == before);
	CHECK(pass(&s, ends[1], 1) == PIECE / 64);
	CHECK(size_of(ends[0]) == after);
	/* A process that narrows it later has its reasons. */
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, 65536) == 65536 && pass(&s, ends[1], 2 * NARROW / PIECE) == 2 * NARROW / 64);
	CHECK(size_of(ends[0]) == 65536);
	close(ends[1]);
	CHECK(framing_read_batch(&s) == 0);
	close(ends[0]);
	framing_read_free(&s);
	framing_free(&lines);
	buf_free(&error);
}

int
main(void)
{
	widens(65536, WIDE);
	widens(4 * WIDE, 4 * WIDE);
	return unit_end("framing_read");
}
