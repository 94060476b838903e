/*
 * unique: see unique.h.
 *
 * Whether a record is kept may depend on the one behind it (the last of a run): then it is pending until that has come.
 * The records of a block are decided by bits, and go out together; only a pending one that the block ends with is copied.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "unique.h"

/* What may be pending besides a record of the present block. */
enum { NOTHING = -1, HELD = -2 };

struct key {
	const char *data; /* a part of the record, or the bytes in a slot of keys */
	size_t len;
};

int
unique_init(struct unique *u, struct sieve *sieve)
{
	const char *wrong = NULL;

	u->record_max = env_get(&wrong)->record_max; /* command_start has seen that it is there */
	u->sieve = sieve;
	u->pending = NOTHING;
	return u->all ? seen_init(&u->seen) : 0;
}

/* ---- keys ---- */

/* The key of record i. Slot 0 or 1: the key stays valid while only the other one is used. */
static struct key
part(struct unique *u, const struct block *b, uint32_t i, int slot)
{
	struct key k = { b->payload + block_start(b, i), b->ends[i] - block_start(b, i) };
	struct buf *to = &u->keys[slot];

	if (!u->ignore_case)
		return k;
	to->len = 0;
	if (buf_reserve(to, k.len) < 0) {
		u->bad = EX_OSERR;
		return (struct key){ "", 0 };
	}
	for (; to->len < k.len; to->len++) {
		char c = k.data[to->len];

		to->data[to->len] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return (struct key){ to->data, to->len };
}

static int
equal(struct key a, struct key b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ---- runs ---- */

/* A record with the length of its run before it. */
static void
put_counted(struct unique *u, const struct block *b, uint32_t i)
{
	struct rec r = { .pos = block_position(b, i) };
	uint32_t start = block_start(b, i);

	u->counted.len = 0;
	if (buf_addf(&u->counted, "%7" PRIu64 " ", u->run) < 0 || buf_add(&u->counted, b->payload + start, b->ends[i] - start) < 0) {
		u->bad = EX_OSERR;
		return;
	}
	if (u->counted.len > u->record_max) {
		u->bad = EX_DATAERR;
		u->bad_position = r.pos;
		return;
	}
	r.data = u->counted.data;
	r.len = u->counted.len;
	if (u->sieve->kept != NULL)
		rec_out_rec(u->sieve->kept, &r);
}

/* Decides a record: one of the block, or the one that is held. b may be NULL for that. */
static void
decide(struct unique *u, const struct block *b, int64_t which, int keep)
{
	if (which == HELD)
		b = &u->held->block;
	if (u->count) {
		uint32_t i = which == HELD ? 0 : (uint32_t)which;

		if (keep)
			put_counted(u, b, i);
		else
			sieve_copy(u->sieve, 0, b, i, i + 1);
	} else if (which == HELD) {
		sieve_copy(u->sieve, keep, b, 0, 1);
	} else if (keep) {
		bits_set(u->bits, (uint32_t)which);
	}
	if (which == HELD) {
		free(u->held);
		u->held = NULL;
	}
}

static void
end_run(struct unique *u, const struct block *b)
{
	if (u->pending != NOTHING)
		decide(u, b, u->pending, u->kind != UNIQUE_MULTIPLE);
	u->pending = NOTHING;
	u->run = 0;
}

/* Record i is another one of the present run. */
static void
go_on(struct unique *u, const struct block *b, uint32_t i)
{
	int paired = u->pending != NOTHING;

	u->run++;
	/* The first of a run stays pending only to be counted. */
	if (u->kind == UNIQUE_FIRST) {
		decide(u, b, i, 0);
		return;
	}
	if (paired)
		decide(u, b, u->pending, u->kind == UNIQUE_MULTIPLE);
	u->pending = NOTHING;
	if (u->kind == UNIQUE_LAST || (u->kind == UNIQUE_PAIRWISE && !paired))
		u->pending = i;
	else
		decide(u, b, i, u->kind == UNIQUE_MULTIPLE);
}

static void
judge_runs(struct unique *u, const struct block *b)
{
	struct key before = { u->last.data, u->last.len };
	uint32_t to = b->count;

	for (uint32_t i = 0; i < b->count; i++) {
		struct key key = part(u, b, i, i % 2);

		if (u->run > 0 && equal(key, before)) {
			go_on(u, b, i);
		} else {
			end_run(u, b);
			u->run = 1;
			if (u->kind == UNIQUE_FIRST && !u->count)
				decide(u, b, i, 1);
			else
				u->pending = i;
		}
		before = key;
	}
	if (b->count == 0)
		return;
	/* Slots 0 and 1 belong to the present block, so the key that the next one begins with is copied. */
	u->last.len = 0;
	if (buf_add(&u->last, before.data, before.len) < 0)
		u->bad = EX_OSERR;
	if (u->pending >= 0) {
		to = (uint32_t)u->pending;
		if ((u->held = hold_records(b, to, to + 1)) == NULL)
			u->bad = EX_OSERR;
		u->pending = u->held != NULL ? HELD : NOTHING;
	}
	if (!u->count)
		sieve_bits(u->sieve, b, u->bits, 1, to);
}

/* ---- all ---- */

static void
judge_all(struct unique *u, const struct block *b)
{
	enum { AT_ONCE = 16 }; /* so many hashes before the table is looked at, so that its memory can come meanwhile */
	uint64_t hashes[AT_ONCE][2];

	for (uint32_t i = 0; i < b->count; i += AT_ONCE) {
		uint32_t n = b->count - i < AT_ONCE ? b->count - i : AT_ONCE;

		for (uint32_t j = 0; j < n; j++) {
			struct key key = part(u, b, i + j, 0);

			seen_hash(&u->seen, key.data, key.len, hashes[j]);
		}
		for (uint32_t j = 0; j < n; j++) {
			int new = seen_add(&u->seen, hashes[j]);

			if (new < 0)
				u->bad = EX_OSERR;
			else if (new)
				bits_set(u->bits, i + j);
		}
	}
	sieve_bits(u->sieve, b, u->bits, 1, b->count);
}

void
unique_block(struct unique *u, const struct block *b)
{
	if (b->kind == BLOCK_LOSS) {
		/* Nobody knows what stood between the records before it and behind it. */
		end_run(u, NULL);
		sieve_loss(u->sieve, b);
		return;
	}
	memset(u->bits, 0, ((size_t)b->count + 63) / 64 * sizeof u->bits[0]);
	if (u->all)
		judge_all(u, b);
	else
		judge_runs(u, b);
	sieve_mark(u->sieve, u->held != NULL ? u->held->block.base : b->next, b->size);
}

void
unique_end(struct unique *u)
{
	end_run(u, NULL);
}

void
unique_free(struct unique *u)
{
	free(u->held);
	for (int i = 0; i < 2; i++)
		buf_free(&u->keys[i]);
	buf_free(&u->last);
	buf_free(&u->counted);
	seen_free(&u->seen);
}
