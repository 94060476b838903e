/*
 * teepipe: what several pipes get is compared with what was put, however much of a block each takes
 * at a time, and in whatever order they are read.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/io.h"
#include "os/teepipe.h"
#include "os/writer.h"
#include "unit/unit.h"

enum { PAGE = 4096, HEAD = 40, MOST = 256 * 1024, PIPES = 4 };

struct reader {
	int ends[2];
	struct writer writer;
	char *want, *got; /* the bytes that were put; those that have been read */
	size_t wanted, have, room;
};

static char head[HEAD], block[MOST];

static void
begin(struct reader *r, struct teepipe *s, int size)
{
	memset(r, 0, sizeof *r);
	CHECK(pipe2(r->ends, O_CLOEXEC) == 0);
	CHECK(fcntl(r->ends[1], F_SETPIPE_SZ, size) == size);
	writer_open(&r->writer, r->ends[1]);
	r->writer.teepipe = s;
}

static void
end(struct reader *r)
{
	writer_close(&r->writer);
	close(r->ends[0]);
	close(r->ends[1]);
	free(r->want);
	free(r->got);
}

/* Makes the block the one under way. */
static void
put(struct reader *r, size_t n)
{
	size_t all = r->wanted + HEAD + n;

	if (all > r->room) {
		r->room = all * 2;
		r->want = realloc(r->want, r->room);
		r->got = realloc(r->got, r->room);
		if (r->want == NULL || r->got == NULL)
			abort();
	}
	memcpy(r->want + r->wanted, head, HEAD);
	memcpy(r->want + r->wanted + HEAD, block, n);
	r->wanted = all;
	writer_add(&r->writer, head, HEAD);
	writer_add(&r->writer, block, n);
}

static void
take(struct reader *r, size_t n)
{
	ssize_t got = io_read_nowait(r->ends[0], r->got + r->have, n);

	if (got > 0)
		r->have += (size_t)got;
}

static void
push(struct reader *r)
{
	while (r->writer.parts > 0 && writer_push(&r->writer, 0) > 0)
		;
}

static int
right(const struct reader *r)
{
	return r->have == r->wanted && memcmp(r->got, r->want, r->have) == 0;
}

/* The memory is changed as soon as all have written it, and the header often stays the same. */
static void
at_random(unsigned rounds, int first)
{
	struct teepipe s = { 0 };
	struct reader r[PIPES];
	unsigned shared = 0;

	for (int i = 0; i < PIPES; i++)
		begin(&r[i], &s, i < 2 ? first : MOST);
	for (unsigned k = 0; k < rounds; k++) {
		size_t n = 1 + unit_random(unit_random(4) == 0 ? 3000 : MOST - HEAD);
		int under_way = 1, missing = unit_random(4) == 0 ? (int)unit_random(PIPES) : -1;

		teepipe_next(&s);
		for (size_t i = 0; i < n; i += 1 + unit_random(64))
			block[i] = (char)unit_random(256);
		if (unit_random(2) == 0)
			head[unit_random(HEAD)]++;
		for (int i = 0; i < PIPES; i++)
			if (i != missing)
				put(&r[i], n);
		while (under_way) {
			under_way = 0;
			for (int i = 0; i < PIPES; i++) {
				if (unit_random(3) > 0)
					push(&r[i]);
				shared += s.left > 0;
				take(&r[i], r[i].wanted - r[i].have < 2 ? 1 : unit_random(r[i].wanted - r[i].have));
				under_way |= r[i].writer.parts > 0;
			}
		}
	}
	CHECK(shared > rounds);
	for (int i = 0; i < PIPES; i++) {
		take(&r[i], r[i].wanted - r[i].have);
		CHECK(right(&r[i]));
		end(&r[i]);
	}
	teepipe_free(&s);
}

/*
 * The second block for two pipes is shared. If a reader moves the pages of its pipe into another
 * one, they keep what was put.
 */
static void
passed_on(void)
{
	struct teepipe s = { 0 };
	struct reader r[2];
	int on[2];
	const size_t n = MOST / 4;

	CHECK(pipe2(on, O_CLOEXEC) == 0 && fcntl(on[1], F_SETPIPE_SZ, MOST) == MOST);
	for (int i = 0; i < 2; i++)
		begin(&r[i], &s, MOST);
	for (int k = 0; k < 3; k++) {
		teepipe_next(&s);
		memset(block, 'a' + k, n);
		for (int i = 0; i < 2; i++) {
			put(&r[i], n);
			CHECK(writer_push(&r[i].writer, 0) == 1 && r[i].writer.parts == 0);
			CHECK(s.left == (k > 0 && i == 0 ? HEAD + n : 0));
			CHECK(s.asked == (unsigned)i + 1);
		}
		/*
		 * The first reader moves the pages to another pipe: its own is empty then, and they
		 * are still to be read.
		 */
		if (k == 1)
			CHECK(splice(r[0].ends[0], NULL, on[1], NULL, 2 * (HEAD + n), 0) > 0);
	}
	r[0].have = (size_t)read(on[0], r[0].got, HEAD + n);
	CHECK(r[0].have == HEAD + n && memcmp(r[0].got, r[0].want, r[0].have) == 0);
	CHECK(read(on[0], r[0].got, HEAD + n) > 0);
	CHECK(r[0].got[HEAD - 1] == head[HEAD - 1] && r[0].got[HEAD] == 'b' &&
	    memcmp(r[0].got, r[0].want + HEAD + n, PAGE) == 0);
	for (int i = 0; i < 2; i++)
		end(&r[i]);
	close(on[0]);
	close(on[1]);
	teepipe_free(&s);
}

/*
 * A full pipe takes nothing, a pipe without a reader is reported, and a descriptor that cannot
 * share is written in the usual way.
 */
static void
others(void)
{
	struct teepipe s = { 0 };
	struct reader r[3];
	const size_t n = MOST / 4;
	FILE *file = tmpfile();
	struct writer w;

	for (int i = 0; i < 3; i++)
		begin(&r[i], &s, MOST);
	CHECK(file != NULL);
	writer_open(&w, fileno(file));
	w.teepipe = &s;
	for (int k = 0; k < 2; k++) {
		teepipe_next(&s);
		for (int i = 0; i < 3; i++)
			put(&r[i], n);
		writer_add(&w, head, HEAD);
		writer_add(&w, block, n);
		if (k == 1) {
			static char full[MOST];

			close(r[0].ends[0]);
			CHECK(writer_push(&r[0].writer, 0) == -1 && errno == EPIPE);
			writer_drop(&r[0].writer);
			take(&r[1], n + HEAD);
			CHECK(write(r[1].ends[1], full, MOST) == MOST);
			CHECK(writer_push(&r[1].writer, 0) == 0);
			CHECK(writer_push(&r[1].writer, 0) == 0);
			CHECK(s.asked == 2 && s.left == HEAD + n);
		}
		for (int i = k; i < 3; i++)
			if (k == 0 || i == 2)
				push(&r[i]);
		CHECK(writer_push(&w, 0) == 1 && w.parts == 0);
	}
	CHECK(lseek(fileno(file), 0, SEEK_END) == (off_t)(2 * (HEAD + n)));
	take(&r[2], r[2].wanted);
	CHECK(right(&r[2]));
	writer_close(&w);
	fclose(file);
	r[0].ends[0] = -1;
	for (int i = 0; i < 3; i++)
		end(&r[i]);
	teepipe_free(&s);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	passed_on();
	others();
	at_random(600, PAGE);
	at_random(600, 16 * PAGE);
	return unit_end("teepipe");
}
