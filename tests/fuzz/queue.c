/*
 * queue: any bytes as frames of a queue's log, whose heads and checksums are right: applied to an
 * index, and kept in checkpoints. Each frame is a byte for its kind, a byte that is added to the
 * number of the next message, two bytes for the size of its body, and the body. What must hold:
 * - nothing outside of the index is touched;
 * - the heaps are heaps, each entry is found by its number, and is in one heap or list, and
 * counted in its
 *   segment, unless a checkpoint came from the input;
 * - an index that is made of its own checkpoint is the same.
 */
#include <string.h>

#include "base/buf.h"
#include "fuzz/main.h"
#include "queue/queue_apply.h"
#include "queue/queue_checkpoint.h"

static struct queue_index x;
static char *memory;
static int foreign; /* 1: a checkpoint of the input was taken: what it counts may be anything */

static void
renew(const struct queue_rooms *rooms)
{
	free(memory);
	memory = calloc(1, queue_index_bytes(rooms));
	MUST(memory != NULL);
	queue_index_format(&x, memory, rooms);
}

static void
begin(void)
{
	struct queue_rooms rooms = { .entries = 64, .segments = 4, .sessions = 4, .cursors = 2 };

	renew(&rooms);
	foreign = 0;
	x.state->next = x.state->dropped = 1;
	x.state->end = 128;
	x.state->segments = 3;
	x.segments[0] = (struct queue_segment){ .number = 1, .base = 64, .bytes = 1000 };
	x.segments[1] = (struct queue_segment){ .number = 2, .base = 1064, .bytes = 3000 };
	x.segments[2] = (struct queue_segment){ .number = 3, .base = 4064, .bytes = UINT64_C(1) << 32 };
}

static void
grow(uint64_t entries)
{
	struct queue_rooms rooms = x.state->rooms;
	struct queue_index to;
	char *larger;

	while (rooms.entries < entries)
		rooms.entries *= 2;
	if (rooms.entries == x.state->rooms.entries)
		return;
	larger = calloc(1, queue_index_bytes(&rooms));
	MUST(larger != NULL);
	queue_index_format(&to, larger, &rooms);
	queue_index_copy(&to, &x);
	free(memory);
	memory = larger;
	x = to;
}

/* ---- what must hold ---- */

static int
before(int heap, const struct queue_entry *a, const struct queue_entry *b)
{
	if ((heap == QUEUE_LEASED || heap == QUEUE_LATER) && a->due != b->due)
		return a->due < b->due;
	return a->number < b->number;
}

static void
check_heaps(void)
{
	uint64_t sum = 0, held = 0;

	for (int h = 0; h < QUEUE_HEAPS; h++) {
		for (uint64_t i = 0; i < x.state->heaped[h]; i++) {
			const struct queue_entry *e = &x.entries[x.heap[h][i]];

			MUST(queue_index_find(&x, e->number) == e);
			MUST(h == QUEUE_AGED ? e->in_aged == i : e->state == (uint32_t)h && e->in_state == i);
			if (i > 0)
				MUST(!before(h, e, &x.entries[x.heap[h][(i - 1) / 2]]));
		}
		sum += h != QUEUE_AGED ? x.state->heaped[h] : 0;
	}
	for (uint32_t s = 0; s < x.state->rooms.sessions; s++) {
		uint64_t n = 0;
		const struct queue_entry *last = NULL;

		for (const struct queue_entry *e = queue_index_held(&x, s); e != NULL;
		     e = e->after == QUEUE_NONE ? NULL : &x.entries[e->after]) {
			MUST(e->state == QUEUE_HELD && e->session == s + 1);
			MUST(last == NULL || last->position <= e->position);
			last = e;
			n++;
		}
		MUST(x.sessions[s].base == 0 || n == x.sessions[s].count);
		held += n;
	}
	MUST(held == x.state->held);
	MUST(sum + held == x.state->entries && x.state->heaped[QUEUE_AGED] == x.state->entries);
}

static void
check_segments(void)
{
	uint64_t waiting = 0, entries = 0;

	for (uint64_t i = 0; i < x.state->segments; i++) {
		waiting += x.segments[i].waiting;
		entries += x.segments[i].entries;
	}
	if (foreign)
		return;
	MUST(waiting == x.state->waiting);
	MUST(entries <= x.state->entries);
}

static void
check_checkpoint(void)
{
	struct buf first = { 0 }, second = { 0 };
	struct queue_rooms rooms;
	struct queue_index again;
	char *other, *table = calloc(1, x.state->table != 0 ? x.state->table_len : 1);

	MUST(table != NULL);
	MUST(queue_checkpoint_put(&first, &x, table) == 0);
	MUST(first.len == queue_checkpoint_bytes(&x));
	MUST(queue_checkpoint_fits(first.data, first.len, &rooms));
	other = calloc(1, queue_index_bytes(&rooms));
	MUST(other != NULL);
	queue_index_format(&again, other, &rooms);
	if (!queue_checkpoint_get(&again, first.data, first.len, 1000))
		MUST(foreign);
	else {
		MUST(again.state->entries == x.state->entries && again.state->held == x.state->held);
		for (int h = 0; h < QUEUE_HEAPS; h++)
			MUST(again.state->heaped[h] == x.state->heaped[h]);
		for (uint64_t i = 0; i < x.state->entries; i++) {
			const struct queue_entry *e = &x.entries[x.heap[QUEUE_AGED][i]];
			const struct queue_entry *same = queue_index_find(&again, e->number);

			MUST(same != NULL && same->state == e->state && same->random == e->random &&
			    same->lsn == e->lsn && same->receives == e->receives && same->session == e->session);
		}
		MUST(queue_checkpoint_put(&second, &again, table) == 0);
		MUST(second.len == first.len);
	}
	free(other);
	free(table);
	buf_free(&first);
	buf_free(&second);
}

/* ---- frames ---- */

static void
take_checkpoint(const char *body, size_t size)
{
	struct queue_rooms rooms;

	if (!queue_checkpoint_fits(body, size, &rooms) || rooms.entries > 4096)
		return;
	renew(&rooms);
	foreign = 1;
	if (!queue_checkpoint_get(&x, body, size, 1000))
		begin();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t at = 0;

	begin();
	while (at + 4 <= len) {
		struct queue_frame f = { .kind = data[at] % QUEUE_KINDS,
			.lsn = x.state->end,
			.age = (int64_t)at,
			.lease = (int64_t)at,
			.wall = (int64_t)at };
		size_t size = data[at + 2] | (size_t)data[at + 3] << 8;
		uint64_t entries;
		char *body;

		f.number = x.state->next + data[at + 1] / 64;
		at += 4;
		size = size < len - at ? size : len - at;
		f.size = size;
		/* In memory of its exact size, so that a sanitizer sees reads beyond it. */
		body = malloc(size > 0 ? size : 1);
		MUST(body != NULL);
		memcpy(body, data + at, size);
		at += size;
		if (f.kind == QUEUE_CHECKPOINT)
			take_checkpoint(body, size);
		else if (f.kind != 0 && f.lsn < UINT64_MAX / 2 &&
		    queue_apply_fits(&f, body, &x.state->rooms, &entries) && x.state->entries + entries <= 65536) {
			grow(x.state->entries + entries);
			queue_apply(&x, &f, body);
			queue_index_due(&x, (int64_t)(at / 2), (int64_t)(at / 3));
		}
		free(body);
		check_heaps();
		check_segments();
	}
	check_checkpoint();
	free(memory);
	memory = NULL;
	return 0;
}
