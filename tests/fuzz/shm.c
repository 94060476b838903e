/*
 * shm: a named ring into which another process writes at random. A writer puts good blocks and a
 * reader reads them by rec_in, in one process; between their steps the input says which bytes of
 * the shared memory change. Whatever they become: nothing outside of the memory is touched, each
 * step ends, and the blocks that the reader hands out obey the rules and lie within the memory or
 * its copy.
 *
 * Input: mode and policy (a byte), a byte without meaning; then steps: put (0 to 3, then a length /
 * 16), take (4 to 7), scribble (8 to 252 and 255: 3 bytes for the place, 1 byte for the number of
 * bytes, at most 8, then those bytes; the place is in the table's area if it was 255, else in head
 * or granules), say that the first bytes of the area are the table (253, then 2 bytes for their
 * number), declare a table (254, then its number of columns).
 */

#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "command/die.h"
#include "fuzz/main.h"
#include "shm/shm_ring_private.h"
#include "stream/rec_in.h"

enum { BYTES = 64 * 1024, SEAL = 253, DECLARE, IN_AREA };

static void
put(struct shm_ring *ring, unsigned n)
{
	static _Alignas(8) char payload[4096 + 8];
	static _Alignas(8) uint32_t index[2];
	static uint64_t position;
	unsigned char head[BLOCK_HEAD];
	size_t size = n * 16 + 1;
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 1, .size = (uint32_t)size + 1,
		.base = position, .next = position, .payload = payload, .ends = index,
		.flags = atomic_load(&ring->shared->table) != 0 ? BLOCK_TABLED : 0 };
	struct iovec iov[3] = { { head, sizeof head }, { payload, size + 1 + block_pad(size + 1) }, { index, 8 } };

	index[0] = (uint32_t)size;
	index[1] = 0;
	payload[size] = '\n';
	memset(payload + size + 1, 0, block_pad(size + 1));
	block_put(&b, head, (char *)index);
	ring->bare = !(b.flags & BLOCK_TABLED);
	if (shm_ring_put(ring, iov, 3, 1) == 1)
		position++;
	payload[size] = 0;
}

static void
declare(struct shm_ring *ring, unsigned columns)
{
	char text[1024] = "{\"framing\":\"csv\"}\na";
	size_t n = strlen(text);

	for (unsigned i = 0; i < columns; i++, n += 2)
		memcpy(text + n, ",b", 2);
	text[n++] = '\n';
	(void)shm_ring_declare(ring, text, n);
}

/* Makes the first n bytes of the area the table, whatever they are. */
static void
seal(struct shm_ring *ring, size_t n)
{
	if (ring->plan.mode != SHM_STREAM)
		atomic_store(&ring->shared->table,
		    (uint64_t)crc32c(0, ring->object.memory + HEAD, n) << 32 | (uint32_t)n);
}

/* Copies the table, as one that looks from outside. */
static void
look(const struct shm_ring *ring)
{
	struct buf table = { 0 };
	int got = shm_ring_table(ring, &table);

	MUST(got == 1 ? table.len > 0 && table.len <= shm_ring_area(&ring->plan) : table.len == 0);
	buf_free(&table);
}

/* Within the mapping or the reader's copy, whole. */
static void
check(const struct shm_ring *ring, const struct block *b)
{
	const char *memory = ring->object.memory, *p = b->payload;
	volatile char last = 0;

	if (b->kind != BLOCK_DATA || b->count == 0)
		return;
	MUST((p >= memory && b->size <= ring->object.bytes && p <= memory + ring->object.bytes - b->size) ||
	    (p >= ring->copy && b->size <= ring->cap && p <= ring->copy + ring->cap - b->size));
	for (uint32_t i = 0; i < b->count; i++) {
		MUST(b->ends[i] <= b->size && block_start(b, i) <= b->ends[i]);
		if (b->ends[i] > 0)
			last = b->payload[b->ends[i] - 1];
	}
	(void)last;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct die_usage usage = { "fuzz", "fuzz\n", "\n" };
	static int started;
	struct shm_plan plan = { .made = 1, .bytes = BYTES };
	struct shm_ring writer;
	struct shm_port end;
	struct rec_in in;
	struct block b;
	const char *why;
	char name[64];
	size_t bytes, area;

	if (len < 2)
		return 0;
	if (!started) {
		started = 1;
		die_start(&usage);
		rec_out_read_on();
	}
	plan.mode = data[0] % 3;
	plan.slow = data[0] / 4 % 3;
	plan.keep = data[0] >> 7;
	snprintf(name, sizeof name, "fuzz.%ld", (long)getpid());
	MUST(shm_ring_make(&writer, name, &plan) == 0);
	MUST(shm_port_open(&end, name, SHM_READER, NULL) == 0);
	MUST(shm_ring_join(&writer, SHM_WRITER, 0) == 0);
	MUST(shm_remove(&writer.object, name) == 0);
	MUST(rec_in_open_shm(&in, &end, "in") == 0);
	rec_in_own_table(&in); /* the one of the last input's does not matter */
	bytes = writer.object.bytes;
	area = shm_ring_area(&plan);
	for (size_t at = 2; at < len;) {
		uint8_t what = data[at++];

		if (what < 4) {
			put(&writer, at < len ? data[at] : 0);
			at++;
		} else if (what == DECLARE) {
			declare(&writer, at < len ? data[at] : 0);
			at++;
		} else if (what == SEAL) {
			if (len - at >= 2)
				seal(&writer, (size_t)data[at] << 8 | data[at + 1]);
			at += 2;
		} else if (what < 8) {
			look(&writer);
			if (in.end == REC_IN_OPEN && rec_in_try(&in, &b) > 0)
				check(&end.ring, &b);
		} else if (len - at > 4) {
			size_t where = (size_t)data[at] << 16 | (size_t)data[at + 1] << 8 | data[at + 2],
			       n = data[at + 3] % 9;

			if (what == IN_AREA && area > 0)
				where = HEAD + where % area;
			else if ((where %= HEAD + BYTES) >= HEAD)
				where += area;

			at += 4;
			if (n > len - at)
				n = len - at;
			if (n > bytes - where)
				n = bytes - where;
			memcpy(writer.object.memory + where, data + at, n);
			at += n;
			/*
			 * If the lock says that a living process holds it, the writer must wait for
			 * that, so it is cleared.
			 */
			atomic_store(&writer.shared->lock, 0);
		}
	}
	MUST(rec_in_close(&in, &why) == 0);
	rec_in_free(&in);
	shm_port_free(&end);
	shm_ring_close(&writer);
	return 0;
}
