/*
 * level: an ordered gather without any room. It holds one block of each of several streams, and
 * reads only the stream that it needs, through pipes of one page. Outputs that a command writes in
 * the order of positions come through it; if one output runs ahead of another by more, both hang.
 *
 *   level FILE ...    writes the records of all of them, in the order of positions, a line each
 *
 * Without arguments it checks itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream/rec_in.h"
#include "unit/unit.h"

struct branch {
	struct rec_in in;
	struct block block;
	uint32_t at;
	uint64_t bound; /* the position of its next record, or a position that its next record is not below */
};

static void
look(struct branch *b)
{
	while (b->at < b->block.count && b->block.kind == BLOCK_DATA) {
		b->bound = block_position(&b->block, b->at);
		return;
	}
	b->bound = b->in.end == REC_IN_OPEN ? b->in.next : UINT64_MAX;
}

/* Returns 0, or 1 if a stream is not good. */
static int
gather(struct branch *branches, size_t n, FILE *out)
{
	for (;;) {
		struct branch *least = branches;

		for (size_t i = 0; i < n; i++) {
			struct branch *b = &branches[i];

			look(b);
			/* If a stream may still have a record of that position, it comes first. */
			if (b->bound < least->bound || (b->bound == least->bound && b->at == b->block.count))
				least = b;
		}
		if (least->bound == UINT64_MAX)
			break;
		if (least->at < least->block.count && least->block.kind == BLOCK_DATA) {
			uint32_t start = block_start(&least->block, least->at);

			fwrite(least->block.payload + start, 1, least->block.ends[least->at] - start, out);
			fputc('\n', out);
			least->at++;
			continue;
		}
		least->at = 0;
		if (!rec_in_block(&least->in, &least->block))
			least->block.count = 0;
	}
	for (size_t i = 0; i < n; i++)
		if (branches[i].in.end != REC_IN_GOOD)
			return 1;
	return 0;
}

static void
put(int fd, const char *first, const char *second)
{
	struct rec_out out;
	const char *why;

	CHECK(rec_out_open(&out, fd, "a pipe") == 0);
	rec_out_rec(&out, &(struct rec){ first, strlen(first), (uint64_t)(*first - '0') });
	rec_out_rec(&out, &(struct rec){ second, strlen(second), (uint64_t)(*second - '0') });
	CHECK(rec_out_end(&out, 9, 0, NULL, &why) == 0);
	rec_out_free(&out);
}

static int
check(void)
{
	struct branch two[2] = { 0 };
	char got[16] = "";
	FILE *out = fmemopen(got, sizeof got, "w");
	int a[2], b[2];

	rec_out_read_on();
	CHECK(out != NULL && pipe(a) == 0 && pipe(b) == 0);
	put(a[1], "0", "3");
	put(b[1], "1", "2");
	CHECK(rec_in_open(&two[0].in, a[0], "a") == 0 && rec_in_open(&two[1].in, b[0], "b") == 0);
	CHECK(gather(two, 2, out) == 0);
	fclose(out);
	CHECK(strcmp(got, "0\n1\n2\n3\n") == 0);
	rec_in_free(&two[0].in);
	rec_in_free(&two[1].in);
	return unit_end("level");
}

int
main(int argc, char **argv)
{
	size_t n = (size_t)argc - 1;
	struct branch *branches;
	int result;

	if (n == 0)
		return check();
	if ((branches = calloc(n, sizeof *branches)) == NULL)
		return 71;
	for (size_t i = 0; i < n; i++) {
		int fd = open(argv[i + 1], O_RDONLY);

		(void)fcntl(fd, F_SETPIPE_SZ, 4096);
		if (fd < 0 || rec_in_open(&branches[i].in, fd, argv[i + 1]) < 0) {
			fprintf(stderr, "level: %s: %s\n", argv[i + 1], strerror(errno));
			return 66;
		}
	}
	result = gather(branches, n, stdout);
	for (size_t i = 0; i < n; i++)
		rec_in_free(&branches[i].in);
	free(branches);
	return fflush(stdout) != 0 || result;
}
