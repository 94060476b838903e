/*
 * spool and held: random puts and shifts, compared with a model, which is a row of numbers: from
 * each number the block can be made again. Then bounds, full disks, and the queue after a put that
 * failed.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "record/spool.h"
#include "unit/unit.h"

enum { RECORDS_MAX = 40, KINDS = 6, LARGE = 300 * 1024 };

static uint64_t state;

static uint64_t
number(uint64_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % below;
}

/* Makes block number n, which is always the same. Its memory is static. */
static void
make(uint64_t n, struct block *b)
{
	static char payload[LARGE * 2];
	static uint32_t index[2 * RECORDS_MAX + 1];
	uint32_t at = 0, position = 0;

	state = n * 7919 + 1;
	*b = (struct block){ .kind = BLOCK_DATA, .payload = payload, .ends = index, .base = n * 1000000000000, .gap = 1,
		.status = '\n' };
	b->count = 1 + (uint32_t)number(RECORDS_MAX);
	switch (n % KINDS) {
	case 0: /* a loss */
		*b = (struct block){ .kind = BLOCK_LOSS, .base = b->base, .next = b->base + 7,
			.count = n % 12 == 0 ? BLOCK_LOST_UNKNOWN : 7 };
		return;
	case 1: /* a watermark */
		*b = (struct block){ .kind = BLOCK_DATA, .base = b->base, .next = b->base };
		return;
	case 2:
		b->positions = index + b->count;
		break;
	case 3:
		b->gap = (uint8_t)number(256);
		b->status = b->gap == 1 ? 7 : 0;
		break;
	case 4: /* one large record */
		b->count = n % 30 == 4 ? 1 : b->count;
		break;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t len = b->count == 1 && n % 30 == 4 ? LARGE : (uint32_t)number(i == 0 ? 2 : 300);

		for (uint32_t k = 0; k < len; k++)
			payload[at + k] = (char)(n + i + k);
		index[i] = at += len;
		memset(payload + at, b->status != 0 ? (int)b->status : 'g', b->gap);
		at += b->gap;
		if (b->positions != NULL)
			b->positions[i] = position;
		position += (uint32_t)number(100000);
	}
	b->size = n % 5 == 0 ? b->ends[b->count - 1] : at; /* some lack the last gap */
	b->next = b->base + position + 5;
}

static int
equal(const struct block *a, const struct block *b)
{
	if (a->kind != b->kind || a->count != b->count || a->size != b->size || a->base != b->base ||
	    a->next != b->next || a->gap != b->gap || a->status != b->status ||
	    (a->positions == NULL) != (b->positions == NULL))
		return 0;
	if (a->kind != BLOCK_DATA || a->count == 0)
		return 1;
	return memcmp(a->payload, b->payload, a->size) == 0 && memcmp(a->ends, b->ends, a->count * 4) == 0 &&
	       (a->positions == NULL || memcmp(a->positions, b->positions, a->count * 4) == 0);
}

static struct held *
held(uint64_t n)
{
	struct block b;
	struct held *h;

	make(n, &b);
	h = held_records(&b, 0, b.count);
	if (h != NULL)
		h->block.next = b.next;
	return h;
}

/* Returns 1 if the first block of the queue is block n, else 0. */
static int
front_is(struct spool *s, uint64_t n)
{
	struct held *h = spool_first(s);
	struct block want;

	make(n, &want);
	return h != NULL && equal(&h->block, &want);
}

static void
held_blocks(void)
{
	struct block b, part;
	struct held *h;

	for (uint64_t n = 0; n < 3000; n++) {
		uint32_t from, to;

		make(n, &b);
		if (b.kind != BLOCK_DATA || b.count == 0)
			continue;
		from = (uint32_t)unit_random(b.count);
		to = from + 1 + (uint32_t)unit_random(b.count - from);
		h = held_records(&b, from, to);
		CHECK(h != NULL && held_bytes(h) >= sizeof *h + h->block.size);
		if (h == NULL)
			return;
		part = h->block;
		CHECK(part.count == to - from && part.next == block_position(&b, to - 1));
		CHECK(block_lacks_gap(&part) == (to == b.count && block_lacks_gap(&b)));
		for (uint32_t i = 0; i < part.count; i++) {
			uint32_t len = part.ends[i] - block_start(&part, i);

			CHECK(block_position(&part, i) == block_position(&b, from + i));
			CHECK(len == b.ends[from + i] - block_start(&b, from + i) &&
			    memcmp(part.payload + block_start(&part, i), b.payload + block_start(&b, from + i), len) ==
			        0);
		}
		/* Of two owners the first to drop the block takes nothing from the second. */
		CHECK(held_share(h) == h);
		held_drop(h);
		CHECK(h->block.count == part.count && h->block.payload == part.payload);
		held_drop(h);
	}
	held_drop(NULL);
}

/* Random puts and shifts. A block that was refused is put again later, so the order stays. */
static void
random_run(size_t memory, uint64_t file)
{
	struct spool s = { .memory_max = memory, .file_max = file };
	uint64_t put = 0, taken = 0, refused = 0, in_file = 0, drained = 0;
	struct held *h;

	while (taken < 4000) {
		size_t puts = unit_random(60), shifts = unit_random(60);

		for (size_t i = 0; i < puts && put < 4000; i++) {
			size_t before = s.blocks;
			int roomy = spool_roomy(&s);
			uint64_t file_before = s.file_bytes;

			h = held(put);
			errno = 0;
			if (spool_put(&s, h) < 0) {
				refused++;
				CHECK(errno == ENOBUFS && !roomy && s.blocks == before && s.file_bytes == file_before);
				CHECK(h->block.base == put * 1000000000000);
				held_drop(h);
				break;
			}
			CHECK(s.blocks == before + 1 && roomy == (s.file_bytes == file_before));
			in_file += s.file_bytes > file_before;
			put++;
		}
		CHECK(s.file_bytes <= file);
		for (size_t i = 0; i < shifts && taken < put; i++) {
			CHECK(front_is(&s, taken));
			h = unit_random(3) == 0 ? held_share(spool_first(&s)) : NULL;
			spool_shift(&s);
			if (h != NULL) { /* outlives the queue's own share */
				struct block want;

				make(taken, &want);
				CHECK(equal(&h->block, &want));
				held_drop(h);
			}
			taken++;
			CHECK(s.blocks == put - taken);
		}
		if (taken == put) {
			CHECK(spool_first(&s) == NULL && errno == 0 && s.memory == 0 && s.file_bytes == 0);
			spool_shift(&s); /* nothing to take: nothing happens */
			drained += in_file > 0;
		}
	}
	CHECK(put == 4000 && s.blocks == 0);
	CHECK((in_file > 0) == (file > 1000) && (refused > 0) == (file < UINT64_C(1) << 40) &&
	    (file <= 1000 || drained > 0));
	spool_free(&s);
}

/* A file that cannot grow: the put fails with the system's reason, and the queue is as before. */
static void
full_disk(void)
{
	struct spool s = { .memory_max = 1, .file_max = UINT64_MAX };
	struct rlimit was, less;
	uint64_t put = 0, taken = 0;
	struct held *h = NULL;

	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
	less = was;
	less.rlim_cur = 100001;
	CHECK(setrlimit(RLIMIT_FSIZE, &less) == 0);
	for (int round = 0; round < 3; round++) {
		errno = 0;
		while ((h = held(put)) != NULL && spool_put(&s, h) == 0)
			put++;
		CHECK(errno == EFBIG && h != NULL && s.blocks == put - taken);
		held_drop(h);
		CHECK(s.file_bytes > 0 && s.file_bytes <= 100001);
		/* After the queue has run empty, it takes the same number of bytes again. */
		for (; taken < put; taken++) {
			CHECK(front_is(&s, taken));
			spool_shift(&s);
		}
		CHECK(s.blocks == 0 && s.file_bytes == 0);
	}
	CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
	spool_free(&s);
}

/* There is no folder for the file; and a file is cut short, or changed. */
static void
no_file(void)
{
	struct spool s = { .memory_max = 1, .file_max = UINT64_MAX };
	struct held *h = held(2);
	const char *was = getenv("TMPDIR");

	CHECK(setenv("TMPDIR", "/nowhere/at/all", 1) == 0);
	CHECK(spool_put(&s, held(3)) == 0);
	CHECK(spool_put(&s, h) < 0 && errno == ENOENT && s.blocks == 1);
	CHECK(was != NULL ? setenv("TMPDIR", was, 1) == 0 : unsetenv("TMPDIR") == 0);
	CHECK(spool_put(&s, h) == 0);
	CHECK(spool_put(&s, held(4)) == 0);
	CHECK(front_is(&s, 3));
	spool_shift(&s);
	CHECK(front_is(&s, 2));
	spool_shift(&s);
	CHECK(ftruncate(s.fd, (off_t)(s.begin + BLOCK_HEAD + 3)) == 0);
	CHECK(spool_first(&s) == NULL && errno == EIO);
	/* After spool_free it is an empty spool with the same bounds. */
	spool_free(&s);
	CHECK(s.blocks == 0 && s.file_bytes == 0 && s.memory_max == 1 && s.file_max == UINT64_MAX);
	CHECK(spool_put(&s, held(8)) == 0 && spool_put(&s, held(9)) == 0 && s.file_bytes > 0);
	CHECK(front_is(&s, 8));
	spool_shift(&s);
	CHECK(front_is(&s, 9));
	/* A changed byte in the file is found. */
	CHECK(spool_put(&s, held(10)) == 0);
	spool_shift(&s);
	CHECK(pwrite(s.fd, "!", 1, (off_t)(s.begin + BLOCK_HEAD + 9)) == 1);
	CHECK(spool_first(&s) == NULL && errno == EIO);
	spool_free(&s);
}

/* A queue that never runs empty gives the room of blocks that were read back to the file system. */
static void
stays_small(void)
{
	struct spool s = { .memory_max = 1, .file_max = 8 << 20 };
	uint64_t put = 0, taken = 0;

	for (; put < 20000; put++) {
		CHECK(spool_put(&s, held(put * 3 + 2)) == 0);
		if (put >= 100) {
			CHECK(front_is(&s, taken * 3 + 2));
			spool_shift(&s);
			taken++;
		}
	}
	CHECK(s.end > 32 << 20 && s.punched > s.end - (16 << 20) && s.file_bytes < 8 << 20);
	spool_free(&s);
}

int
main(void)
{
	unsetenv("REC_CHECKSUM");
	held_blocks();
	random_run(50000, UINT64_C(1) << 40);
	random_run(1, UINT64_C(1) << 40);
	random_run(20000, 60000 + LARGE);
	random_run(100000, 0);
	full_disk();
	no_file();
	stays_small();
	return unit_end("spool");
}
