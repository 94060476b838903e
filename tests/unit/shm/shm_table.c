/*
 * shm_table: the area of a named ring in which its table is: how large it is, what comes first, and
 * what of it is found out if other processes write there.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "record/block.h"
#include "shm/shm_port.h"
#include "shm/shm_ring_private.h"
#include "stream/rec_in.h"
#include "unit/unit.h"

#define TABLE "{\"framing\":\"csv\"}\nid,price\n"
enum { LEN = sizeof TABLE - 1, BYTES = 1 << 20 };

static char name[32];

static void
sizes(void)
{
	struct shm_plan plan = { .mode = SHM_QUEUE };

	static const struct {
		uint64_t bytes;
		size_t area;
	} sized[] = { { SHM_LEAST, 65536 }, { SHM_GRANULE, 65536 }, { SHM_LEAST + SHM_GRANULE, 65792 },
		{ SHM_USUAL, 262144 }, { 16 * SHM_LEAST, BLOCK_TABLE_MAX }, { SHM_MOST, BLOCK_TABLE_MAX } };

	for (size_t i = 0; i < sizeof sized / sizeof sized[0]; i++)
		for (plan.mode = SHM_STREAM; plan.mode <= SHM_BROADCAST; plan.mode++) {
			plan.bytes = sized[i].bytes;
			CHECK(shm_ring_area(&plan) == (plan.mode == SHM_STREAM ? 0 : sized[i].area));
		}
}

/* Makes a ring with a writer, and finds it for a reader. */
static void
begin(struct shm_ring *writer, struct shm_ring *reader, enum shm_mode mode, enum shm_slow slow)
{
	struct shm_plan plan = { .mode = mode, .slow = slow, .made = 1, .bytes = BYTES };

	CHECK(shm_ring_make(writer, name, &plan) == 0);
	CHECK(shm_ring_find(reader, name) == 0);
	CHECK(shm_remove(&writer->object, name) == 0);
	CHECK(shm_ring_join(writer, SHM_WRITER, 0) == 0);
	CHECK(shm_ring_join(reader, SHM_READER, 1) == 0);
}

static int
put(struct shm_ring *r)
{
	static char record[] = "record";
	struct iovec iov = { record, 6 };

	return shm_ring_put(r, &iov, 1, 1);
}

static int
is_table(const struct shm_item *item)
{
	return item->len == LEN && memcmp(item->data, TABLE, LEN) == 0;
}

static void
order(enum shm_mode mode, enum shm_slow slow)
{
	struct shm_ring w, r;
	struct shm_item item;
	struct buf there = { 0 };

	/* A reader that waits, and one that finds records. */
	for (int waits = 0; waits < 2; waits++) {
		begin(&w, &r, mode, slow);
		CHECK(shm_ring_table(&r, &there) == 0 && there.len == 0);
		CHECK(!waits || shm_ring_next(&r, &item) == SHM_NONE);
		CHECK(shm_ring_declare(&w, TABLE, LEN) == 1);
		CHECK(!waits || (shm_ring_next(&r, &item) == SHM_TABLE && is_table(&item)));
		CHECK(put(&w) == 1);
		CHECK(waits || (shm_ring_next(&r, &item) == SHM_TABLE && is_table(&item)));
		CHECK(shm_ring_next(&r, &item) == SHM_BLOCK && item.seq == 0 && item.len == 6);
		CHECK(shm_ring_next(&r, &item) == SHM_NONE);
		/* The first one stays. */
		CHECK(shm_ring_declare(&w, "other", 5) == 0);
		CHECK(shm_ring_table(&r, &there) == 1 && there.len == LEN && memcmp(there.data, TABLE, LEN) == 0);
		there.len = 0;
		w.bare = 1;
		CHECK(put(&w) == -1 && errno == EPROTO);
		shm_ring_leave(&w);
		CHECK(shm_ring_next(&r, &item) == SHM_ENDED);
		shm_ring_close(&w);
		shm_ring_close(&r);
	}
	/* The end, a death and a lost record come after the table. */
	begin(&w, &r, mode, slow);
	CHECK(shm_ring_declare(&w, TABLE, LEN) == 1);
	shm_ring_leave(&w);
	CHECK(shm_ring_next(&r, &item) == SHM_TABLE && is_table(&item));
	CHECK(shm_ring_next(&r, &item) == SHM_ENDED);
	shm_ring_close(&w);
	shm_ring_close(&r);
	begin(&w, &r, mode, slow);
	CHECK(shm_ring_declare(&w, TABLE, LEN) == 1);
	shm_ring_die(&w);
	CHECK(shm_ring_watch(&r) == 1);
	CHECK(shm_ring_next(&r, &item) == SHM_TABLE && is_table(&item));
	CHECK(shm_ring_next(&r, &item) == SHM_DIED);
	shm_ring_close(&w);
	shm_ring_close(&r);
	/* Records without a table, and then one with it. */
	begin(&w, &r, mode, slow);
	w.bare = 1;
	CHECK(put(&w) == 1);
	CHECK(shm_ring_declare(&w, TABLE, LEN) == -1 && errno == EPROTO);
	CHECK(shm_ring_next(&r, &item) == SHM_BLOCK);
	CHECK(shm_ring_declare(&w, TABLE, LEN) == -1 && errno == EPROTO);
	shm_ring_close(&w);
	shm_ring_close(&r);
	/* A full ring: what could not be put is no record. */
	begin(&w, &r, mode, slow);
	if (mode == SHM_QUEUE) {
		static char large[BYTES - SHM_SLOT_HEAD];
		struct iovec iov = { large, sizeof large };

		CHECK(shm_ring_put(&w, &iov, 1, 1) == 1);
		w.bare = 1;
		CHECK(put(&w) == 0);
		w.bare = 0;
		CHECK(shm_ring_declare(&w, TABLE, LEN) == 1);
	}
	/* The largest one, and one byte more. */
	shm_ring_close(&w);
	shm_ring_close(&r);
	begin(&w, &r, mode, slow);
	{
		static char large[65537];

		memset(large, 'x', sizeof large);
		CHECK(shm_ring_declare(&w, large, 0) == -1 && errno == EMSGSIZE);
		CHECK(shm_ring_declare(&w, large, 65537) == -1 && errno == EMSGSIZE);
		CHECK(shm_ring_declare(&w, large, 65536) == 1);
		CHECK(shm_ring_next(&r, &item) == SHM_TABLE && item.len == 65536);
		CHECK(memcmp(item.data, large, item.len) == 0);
		/* The first granule is after it. */
		CHECK(put(&w) == 1);
		CHECK(shm_ring_table(&r, &there) == 1);
	}
	shm_ring_close(&w);
	shm_ring_close(&r);
	buf_free(&there);
}

static void
slow_reader(void)
{
	struct shm_ring w, r;
	struct shm_item item;

	begin(&w, &r, SHM_BROADCAST, SHM_SKIP);
	CHECK(shm_ring_declare(&w, TABLE, LEN) == 1);
	for (unsigned i = 0; i < 3 * BYTES / SHM_GRANULE; i++)
		CHECK(put(&w) == 1);
	CHECK(shm_ring_next(&r, &item) == SHM_TABLE && is_table(&item));
	CHECK(shm_ring_next(&r, &item) == SHM_LOST && item.seq == 0 && item.count > 0);
	CHECK(shm_ring_next(&r, &item) == SHM_BLOCK);
	shm_ring_close(&w);
	shm_ring_close(&r);
}

/* ---- damage ---- */

enum { LONG, LONGER, SHORT, EMPTY, CHANGED, NO_TABLE, NO_TABLE_AT_ALL, WITHDRAWN, KINDS };

static void
damage(struct shm_ring *r, int kind)
{
	char *area = r->object.memory + HEAD;
	uint64_t word = r->shared->table;

	switch (kind) {
	case LONG:
		word++;
		break;
	case LONGER:
		word |= UINT32_MAX;
		break;
	case SHORT:
		word--;
		break;
	case EMPTY:
		word = word >> 32 << 32;
		break;
	case CHANGED:
		area[LEN - 2] ^= 1;
		break;
	case NO_TABLE:
		area[2] = 'F';
		word = (uint64_t)crc32c(0, area, LEN) << 32 | LEN;
		break;
	case NO_TABLE_AT_ALL:
		memset(area, 0, 65536);
		word = (uint64_t)crc32c(0, area, 65536) << 32 | 65536;
		break;
	default: /* WITHDRAWN */
		word = 0;
	}
	r->shared->table = word;
}

/* Puts a block of one record, with the flag of a table. */
static void
put_block(struct shm_ring *r)
{
	static char payload[8] = "record\n";
	static uint32_t ends[2] = { 6, 0 };
	unsigned char head[BLOCK_HEAD];
	struct block b = { .kind = BLOCK_DATA, .flags = BLOCK_TABLED, .gap = 1, .status = '\n', .count = 1, .size = 7,
		.payload = payload, .ends = ends };
	struct iovec iov[3] = { { head, sizeof head }, { payload, 8 }, { ends, 8 } };

	block_put(&b, head, (char *)ends);
	CHECK(shm_ring_put(r, iov, 3, 1) == 1);
}

/* What a reader, a writer and a look from outside make of a table that was damaged. */
static void
damaged(enum shm_mode mode, int kind, int waits)
{
	struct shm_plan plan = { .mode = mode, .made = 1, .bytes = BYTES };
	struct buf there = { 0 };
	struct shm_ring w;
	struct shm_port end;
	struct rec_in in;
	struct block b;
	const char *why;
	int got;

	CHECK(shm_ring_make(&w, name, &plan) == 0);
	CHECK(shm_port_open(&end, name, SHM_READER, NULL) == 0);
	CHECK(shm_ring_join(&w, SHM_WRITER, 0) == 0);
	CHECK(shm_remove(&w.object, name) == 0);
	CHECK(rec_in_open_shm(&in, &end, "in") == 0);
	rec_in_own_table(&in);
	CHECK(shm_ring_declare(&w, TABLE, LEN) == 1);
	if (kind == KINDS) {
		/* No damage: the table, then a record, without waiting. */
		CHECK(rec_in_try(&in, &b) == 0 && in.dry && rec_in_table(&in) != NULL);
		put_block(&w);
		CHECK(rec_in_try(&in, &b) == 1 && b.kind == BLOCK_DATA && b.count == 1);
		CHECK(rec_in_try(&in, &b) == 0);
	} else {
		damage(&w, kind);
		put_block(&w);
		got = waits ? (rec_in_block(&in, &b) ? 1 : -1) : rec_in_try(&in, &b);
		CHECK(got == -1 && in.end == REC_IN_DAMAGED && in.status == 65);
		if (kind <= CHANGED)
			CHECK(strstr(buf_string(&in.reason), "its memory is damaged") != NULL);
		if (kind == NO_TABLE || kind == NO_TABLE_AT_ALL)
			CHECK(strstr(buf_string(&in.reason), "block 1 at byte 0: ") != NULL);
		if (kind == WITHDRAWN)
			CHECK(strstr(buf_string(&in.reason), "table is missing") != NULL);
		errno = 0;
		got = shm_ring_table(&w, &there);
		if (kind <= CHANGED)
			CHECK(got == -1 && errno == EBADMSG && there.len == 0);
		else
			CHECK(got == (kind != WITHDRAWN));
		if (kind != WITHDRAWN)
			CHECK(shm_ring_declare(&w, TABLE, LEN) == 0);
	}
	buf_free(&there);
	CHECK(rec_in_close(&in, &why) == 0);
	rec_in_free(&in);
	shm_port_free(&end);
	shm_ring_close(&w);
}

/* A ring of the layout before tables, and one whose object is too short for its area. */
static void
others(void)
{
	struct shm_plan plan = { .mode = SHM_QUEUE, .made = 1, .bytes = BYTES };
	struct shm_ring w, r;

	CHECK(shm_ring_make(&w, name, &plan) == 0);
	w.shared->begin.version = 2;
	CHECK(shm_ring_find(&r, name) == -1 && errno == EPROTONOSUPPORT);
	w.shared->begin.version = 3;
	CHECK(shm_ring_find(&r, name) == 0);
	shm_ring_close(&r);
	w.shared->begin.plan.mode = SHM_STREAM;
	CHECK(shm_ring_find(&r, name) == -1 && errno == EBADMSG);
	CHECK(shm_remove(&w.object, name) == 0);
	shm_ring_close(&w);
	plan.mode = SHM_STREAM;
	CHECK(shm_ring_make(&w, name, &plan) == 0);
	w.shared->begin.plan.mode = SHM_QUEUE;
	CHECK(shm_ring_find(&r, name) == -1 && errno == EIO);
	CHECK(shm_remove(&w.object, name) == 0);
	shm_ring_close(&w);
}

int
main(void)
{
	snprintf(name, sizeof name, "table.%ld", (long)getpid());
	sizes();
	order(SHM_QUEUE, SHM_WAIT);
	order(SHM_BROADCAST, SHM_WAIT);
	order(SHM_BROADCAST, SHM_SKIP);
	slow_reader();
	for (int kind = 0; kind <= KINDS; kind++)
		for (int waits = 0; waits < 2; waits++) {
			damaged(SHM_QUEUE, kind, waits);
			damaged(SHM_BROADCAST, kind, waits);
		}
	others();
	return unit_end("shm_table");
}
