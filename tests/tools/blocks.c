/*
 * blocks: cuts a record stream into its blocks, for tests that look at them or combine them in
 * another way.
 *
 *   blocks list            a line for each block of standard input, as soon as the block has come
 *   blocks pick FILE N...  the blocks of FILE with these numbers, from 1 on, in this order
 *
 * Without arguments it checks itself.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "record/block.h"
#include "unit/unit.h"

/*
 * Reads one block into bytes and the view b; its payload and index are not checked. Returns 1; 0 at
 * the end; or -1 if there is no block.
 */
static int
read_block(FILE *from, struct buf *bytes, struct block *b)
{
	size_t body;

	bytes->len = 0;
	if (buf_reserve(bytes, BLOCK_HEAD) < 0)
		abort();
	bytes->len = fread(bytes->data, 1, BLOCK_HEAD, from);
	if (bytes->len == 0)
		return 0;
	if (bytes->len < BLOCK_HEAD || block_head(b, (unsigned char *)bytes->data, BLOCK_RECORD_MAX) != NULL)
		return -1;
	body = block_body(b);
	if (buf_reserve(bytes, body) < 0)
		abort();
	bytes->len += fread(bytes->data + BLOCK_HEAD, 1, body, from);
	return bytes->len == BLOCK_HEAD + body ? 1 : -1;
}

static int
list(FILE *from)
{
	static const char *const kinds[] = { "", "data", "end", "loss", "offer", "switch", "wake", "table" };
	struct buf bytes = { 0 };
	struct block b;
	int got;

	while ((got = read_block(from, &bytes, &b)) == 1) {
		printf("%s count=%lu size=%lu base=%llu next=%llu status=%lu gap=%u flags=%u\n", kinds[b.kind],
		    (unsigned long)b.count, (unsigned long)b.size, (unsigned long long)b.base,
		    (unsigned long long)b.next, (unsigned long)b.status, b.gap, b.flags);
		if (fflush(stdout) == EOF)
			return 1;
	}
	buf_free(&bytes);
	return got < 0;
}

static int
pick(FILE *from, char *const numbers[], FILE *to)
{
	struct buf bytes = { 0 }, all = { 0 }, offsets = { 0 };
	struct block b;
	size_t at = 0, blocks;
	int got;

	while ((got = read_block(from, &bytes, &b)) == 1) {
		if (buf_add(&offsets, &at, sizeof at) < 0 || buf_add(&all, bytes.data, bytes.len) < 0)
			abort();
		at += bytes.len;
	}
	blocks = offsets.len / sizeof at;
	if (buf_add(&offsets, &at, sizeof at) < 0)
		abort();
	for (; got == 0 && *numbers != NULL; numbers++) {
		size_t n = strtoul(*numbers, NULL, 10), begin, end;

		if (n < 1 || n > blocks) {
			fprintf(stderr, "blocks: %s: there are %zu blocks\n", *numbers, blocks);
			return 1;
		}
		memcpy(&begin, offsets.data + (n - 1) * sizeof begin, sizeof begin);
		memcpy(&end, offsets.data + n * sizeof end, sizeof end);
		if (fwrite(all.data + begin, 1, end - begin, to) != end - begin)
			return 1;
	}
	buf_free(&bytes);
	buf_free(&all);
	buf_free(&offsets);
	return got < 0 || fflush(to) == EOF;
}

/* A stream of three blocks, of which the second has two records, is cut and put together again. */
static void
check_itself(void)
{
	static char payload[] = "one\ntwo\n";
	uint32_t ends[2] = { 3, 7 }, index[2];
	struct block data = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 1, .size = 4, .next = 1,
		.payload = payload, .ends = ends };
	struct block more = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 2, .size = 8, .base = 1, .next = 3,
		.payload = payload, .ends = ends };
	struct block end = { .kind = BLOCK_END, .base = 3, .next = 3 }, b;
	char want[3][80], *numbers[] = { (char[]){ "3" }, (char[]){ "1" }, (char[]){ "2" }, (char[]){ "1" }, NULL };
	size_t len[3] = { 0 };
	struct block *const all[3] = { &data, &more, &end };
	struct buf bytes = { 0 };
	FILE *from = tmpfile(), *to = tmpfile();

	if (from == NULL || to == NULL)
		abort();
	for (int i = 0; i < 3; i++) {
		memset(want[i], 0, sizeof want[i]);
		block_put(all[i], (unsigned char *)want[i], (char *)index);
		memcpy(want[i] + BLOCK_HEAD, payload, all[i]->size);
		memcpy(want[i] + BLOCK_HEAD + all[i]->size + block_pad(all[i]->size), index, block_index(all[i]));
		len[i] = BLOCK_HEAD + block_body(all[i]);
		fwrite(want[i], 1, len[i], from);
	}
	rewind(from);
	for (int i = 0; i < 3; i++) {
		CHECK(read_block(from, &bytes, &b) == 1);
		CHECK(bytes.len == len[i] && memcmp(bytes.data, want[i], len[i]) == 0);
		CHECK(b.kind == all[i]->kind && b.count == all[i]->count && b.next == all[i]->next);
	}
	CHECK(read_block(from, &bytes, &b) == 0);
	rewind(from);
	CHECK(pick(from, numbers, to) == 0);
	rewind(to);
	for (int i = 0; i < 4; i++) {
		int n = numbers[i][0] - '1';

		CHECK(read_block(to, &bytes, &b) == 1);
		CHECK(bytes.len == len[n] && memcmp(bytes.data, want[n], len[n]) == 0);
	}
	CHECK(read_block(to, &bytes, &b) == 0);
	/* An incomplete block is reported. */
	rewind(to);
	fwrite(want[0], 1, len[0] - 1, to);
	fflush(to);
	if (ftruncate(fileno(to), (off_t)len[0] - 1) < 0)
		abort();
	rewind(to);
	CHECK(read_block(to, &bytes, &b) == -1);
	fclose(from);
	fclose(to);
	buf_free(&bytes);
}

int
main(int argc, char **argv)
{
	FILE *from;

	if (argc == 1) {
		check_itself();
		return unit_end("blocks");
	}
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list(stdin);
	if (argc > 3 && strcmp(argv[1], "pick") == 0 && (from = fopen(argv[2], "rb")) != NULL)
		return pick(from, argv + 3, stdout);
	fprintf(stderr, "usage: blocks list <STREAM; blocks pick STREAM N...\n");
	return 64;
}
