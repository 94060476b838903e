/*
 * unique: see unique.h.
 *
 * The decision about a record may depend on the record after it (is it the last of a run?). Then it
 * is pending until that record has come. The records of a block are decided by bits, and go out
 * together. Only the last record of a block, if it is pending, is copied.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/unique.h"
#include "record/env.h"
#include "record/position.h"

/* Values of pending that are not a record of the present block: none, or the record in held. */
enum { NOTHING = -1, HELD = -2 };

struct key {
	const char *data; /* in the record, or in one of unique.keys */
	size_t len;
};

int
unique_init(struct unique *u)
{
	const char *wrong = NULL;

	u->record_max = env_get(&wrong)->record_max; /* command_start has checked it */
	u->pending = NOTHING;
	return u->all ? keyset_init(&u->keys_before) : 0;
}

static void
no_memory(struct unique *u)
{
	if (u->fault->status == 0)
		command_fail(u->fault, EX_OSERR, "out of memory");
}

/* ---- keys ---- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Adds bytes to a key: unchanged, or in lower case if case is ignored. */
static void
add_part(struct unique *u, struct buf *key, const char *data, size_t len)
{
	if (buf_reserve(key, len) < 0) {
		no_memory(u);
		return;
	}
	if (!u->ignore_case && len > 0)
		memcpy(key->data + key->len, data, len);
	for (size_t i = 0; u->ignore_case && i < len; i++)
		key->data[key->len + i] = lower(data[i]);
	key->len += len;
}

/*
 * Returns the key of record i, made in keys[slot], and valid until that slot is used again. Before
 * each part is its length plus 1, so that a and bc differ from ab and c; before a missing part is a
 * 0, so that it differs from an empty one.
 */
static struct key
part(struct unique *u, const struct block *b, uint32_t i, int slot)
{
	struct key whole = { b->payload + block_start(b, i), b->ends[i] - block_start(b, i) };
	struct buf *key = &u->keys[slot];

	key->len = 0;
	if (u->range.count == 0)
		add_part(u, key, whole.data, whole.len);
	for (size_t k = 0; k < u->range.count; k++) {
		struct range_view view;
		int there = range_view(&u->range, k, whole.data, whole.len, &view);
		size_t len = there > 0 ? view.len + 1 : 0;

		if (there < 0 || buf_add(key, &len, sizeof len) < 0)
			no_memory(u);
		else if (there > 0)
			add_part(u, key, view.data, view.len);
	}
	return (struct key){ key->data != NULL ? key->data : "", key->len };
}

static inline uint64_t
eight(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

/*
 * Different keys of the same length mostly differ in their first or last bytes: that is found
 * without a call of memcmp.
 */
static inline int
equal(const char *a, const char *b, size_t len)
{
	if (len < 8)
		return len == 0 || memcmp(a, b, len) == 0;
	if (((eight(a) ^ eight(b)) | (eight(a + len - 8) ^ eight(b + len - 8))) != 0)
		return 0;
	return len <= 16 || memcmp(a + 8, b + 8, len - 16) == 0;
}

static int
equal_folded(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
			return 0;
	return 1;
}

/* Fills u->same, and keeps the last key for the next block. */
static void
compare(struct unique *u, const struct block *b)
{
	struct key before = { u->last.data, u->last.len };
	uint32_t start = 0;
	uint64_t word = 0;

	for (uint32_t i = 0; i < b->count; i++) {
		struct key key = { b->payload + start, b->ends[i] - start };
		int same;

		start = b->ends[i] + b->gap;
		if (u->range.count > 0)
			key = part(u, b, i, i % 2);
		if (key.len != before.len || (i == 0 && u->run == 0))
			same = 0;
		else if (u->range.count > 0 || !u->ignore_case)
			same = equal(key.data, before.data, key.len);
		else
			same = equal_folded(key.data, before.data, key.len);
		word |= (uint64_t)same << i % 64;
		if (i % 64 == 63 || i == b->count - 1) {
			u->same[i / 64] = word;
			word = 0;
		}
		before = key;
	}
	/* The key's bytes may be in the block, which is gone when the next one comes. */
	u->last.len = 0;
	if (buf_add(&u->last, before.data, before.len) < 0)
		no_memory(u);
}

static int
is_same(const struct unique *u, uint32_t i)
{
	return bits_get(u->same, i);
}

/* ---- runs ---- */

/*
 * Adds the column before a record: in a table followed by its separator, without one as wide as
 * uniq -c has it.
 */
static int
add_column_count(struct unique *u)
{
	const struct table *t = u->columns;

	if (t == NULL)
		return buf_addf(&u->counted, "%7" PRIu64 " ", u->run);
	if (buf_addf(&u->counted, "%" PRIu64, u->run) < 0)
		return -1;
	return t->format == TABLE_WORDS ? buf_addc(&u->counted, ' ') : buf_add(&u->counted, t->between, t->between_len);
}

/*
 * Adds the record with its count. If records have names of their own, that is one more: where it
 * counts, if the record has a count already, which is the last one of logfmt, and the first of
 * fields.
 */
static int
add_counted(struct unique *u, const char *data, size_t len)
{
	const struct table *t = u->columns;
	const char *newline;

	u->counted.len = 0;
	if (t != NULL && t->format == TABLE_LOGFMT)
		return buf_add(&u->counted, data, len) | buf_addf(&u->counted, " count=%" PRIu64, u->run);
	if (t == NULL || t->format != TABLE_FIELDS)
		return add_column_count(u) | buf_add(&u->counted, data, len);
	newline = memchr(data, '\n', len);
	return buf_addf(&u->counted, "count: %" PRIu64 "%s\n", u->run,
	    (newline != NULL ? newline > data && newline[-1] == '\r' : len > 0 && data[len - 1] == '\r') ? "\r" : "") |
	    buf_add(&u->counted, data, len);
}

/* Puts out a record with the length of its run before it. */
static void
put_counted(struct unique *u, const struct block *b, uint32_t i)
{
	struct rec r = { .pos = block_position(b, i) };
	uint32_t start = block_start(b, i);

	if (add_counted(u, b->payload + start, b->ends[i] - start) < 0) {
		no_memory(u);
		return;
	}
	if (u->counted.len > u->record_max) {
		command_fail(u->fault, EX_DATAERR,
		    "record %" PRIu64 ": with its count it is longer than REC_MAX allows", position_source(r.pos));
		return;
	}
	r.data = u->counted.data;
	r.len = u->counted.len;
	if (u->partition->kept != NULL)
		rec_out_rec(u->partition->kept, &r);
}

/*
 * Decides record `which` of the block, or, if it is HELD, the record that is held; then b may be
 * NULL.
 */
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
			partition_copy(u->partition, 0, b, i, i + 1);
	} else if (which == HELD) {
		partition_copy(u->partition, keep, b, 0, 1);
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

/* Record i belongs to the present run too. */
static void
go_on(struct unique *u, const struct block *b, uint32_t i)
{
	int paired = u->pending != NOTHING;

	u->run++;
	/* The first record of a run is pending only because its run is counted. */
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

/* Holds record `to`, which the next block decides. */
static void
hold(struct unique *u, const struct block *b, uint32_t to)
{
	if ((u->held = held_records(b, to, to + 1)) == NULL)
		no_memory(u);
	u->pending = u->held != NULL ? HELD : NOTHING;
}

/*
 * Returns to: records [0, to) have been decided. If the last record of the block is held, the block
 * is made to end before it, so that the rest can pass unchanged.
 */
static uint32_t
decided(struct block *b, uint32_t to)
{
	if (to < b->count && to > 0) {
		b->next = block_position(b, to);
		b->size = block_start(b, to);
		b->count = to;
	}
	return to;
}

/* Judges one record after another, if runs are counted. Returns as partition_judge.block. */
static uint32_t
judge_counting(struct unique *u, struct block *b)
{
	uint32_t to = b->count;

	memset(u->bits, 0, ((size_t)b->count + 63) / 64 * sizeof u->bits[0]);
	for (uint32_t i = 0; i < b->count && u->fault->status == 0; i++) {
		if (is_same(u, i)) {
			go_on(u, b, i);
			continue;
		}
		end_run(u, b);
		u->run = 1;
		u->pending = i;
	}
	if (u->pending >= 0) {
		to = (uint32_t)u->pending;
		hold(u, b, to);
	}
	return u->count ? 0 : decided(b, to);
}

/*
 * Judges 64 records at once: a record and the next one decide whether it is kept. Returns as
 * partition_judge.block.
 */
static uint32_t
judge_runs(struct unique *u, struct block *b)
{
	uint32_t last = b->count - 1, words = last / 64 + 1, to = b->count;

	if (u->pending == HELD)
		decide(u, NULL, HELD, is_same(u, 0) == (u->kind == UNIQUE_MULTIPLE));
	u->pending = NOTHING;
	for (uint32_t w = 0; w < words; w++) {
		uint64_t same = u->same[w], next = same >> 1 | (w + 1 < words ? u->same[w + 1] << 63 : 0);

		if (u->kind == UNIQUE_LAST)
			u->bits[w] = ~next;
		else if (u->kind == UNIQUE_FIRST)
			u->bits[w] = ~same;
		else
			u->bits[w] = u->kind == UNIQUE_MULTIPLE ? same | next : ~(same | next);
	}
	/*
	 * With singles and multiple, a last record that equals the one before it is decided
	 * already.
	 */
	if (u->kind == UNIQUE_LAST || (u->kind != UNIQUE_FIRST && !is_same(u, last)))
		hold(u, b, to = last);
	u->run = 1;
	return decided(b, to);
}

/* ---- all ---- */

static uint32_t
judge_all(struct unique *u, const struct block *b)
{
	/*
	 * Number of hashes that are computed before the table is read, so that its memory is
	 * fetched meanwhile.
	 */
	enum { AT_ONCE = 16 };
	uint64_t hashes[AT_ONCE][2];

	memset(u->bits, 0, ((size_t)b->count + 63) / 64 * sizeof u->bits[0]);
	for (uint32_t i = 0; i < b->count; i += AT_ONCE) {
		uint32_t n = b->count - i < AT_ONCE ? b->count - i : AT_ONCE;

		for (uint32_t j = 0; j < n; j++) {
			struct key key = { b->payload + block_start(b, i + j), b->ends[i + j] - block_start(b, i + j) };

			if (u->range.count > 0 || u->ignore_case)
				key = part(u, b, i + j, 0);
			keyset_hash(&u->keys_before, key.data, key.len, hashes[j]);
		}
		for (uint32_t j = 0; j < n; j++) {
			int new = keyset_add(&u->keys_before, hashes[j]);

			if (new < 0)
				no_memory(u);
			else if (new)
				bits_set(u->bits, i + j);
		}
	}
	return b->count;
}

/* Gives standard output the table with the column count. Returns 0, or -1 with a line in error. */
static int
add_column(struct unique *u, const struct table *t, struct buf *error)
{
	const char *rule = NULL;
	int result = 0;

	table_drop(u->columns);
	errno = 0;
	u->columns = t != NULL ? table_before(t, "count", &rule) : NULL;
	if (u->columns == NULL && (rule != NULL || errno != 0)) {
		(void)buf_addf(error, "-c: with one more column, %s", rule != NULL ? rule : "there is no memory for the table");
		result = -1;
	}
	/* After a failure too: the input's table is not that of this output. */
	if (u->partition->kept != NULL)
		rec_out_own_table(u->partition->kept, u->columns);
	return result;
}

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct unique *u = in->tabled_by;
	struct buf error = { 0 };
	int result = range_table(&u->range, t, &error);

	u->names.tabled |= t != NULL;
	if (result == 0 && u->count && add_column(u, t, &error) < 0)
		result = -1;
	if (result < 0)
		command_fail(u->fault, EX_DATAERR, "%s", buf_string(&error));
	buf_free(&error);
	return result;
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	struct unique *u = arg;
	uint32_t n = 0;

	names_look(&u->names, b);
	if (b->count > 0) {
		if (u->all) {
			n = judge_all(u, b);
		} else {
			compare(u, b);
			n = u->count || u->kind == UNIQUE_PAIRWISE ? judge_counting(u, b) : judge_runs(u, b);
		}
	}
	if (u->held != NULL && u->fault->status == 0)
		verdict->next = u->held->block.base;
	verdict->bits = u->bits;
	return n;
}

/*
 * Nobody knows what was between the records before a loss and those after it, so it ends the run.
 */
static int
judge_loss(void *arg, const struct block *loss)
{
	(void)loss;
	end_run(arg, NULL);
	return 0;
}

void
unique_stream(struct unique *u, struct rec_in *in, struct partition *partition, struct command_fault *fault)
{
	const struct partition_judge judges = { .job = u, .block = judge, .loss = judge_loss };

	u->partition = partition;
	u->fault = fault;
	u->names.used = range_names(&u->range);
	in->tabled = tabled;
	in->tabled_by = u;
	partition_stream(partition, in, &judges, fault);
	if (fault->status == 0)
		end_run(u, NULL);
	if (rec_in_whole(in))
		names_lacking(&u->names, &u->range);
}

void
unique_free(struct unique *u)
{
	(void)names_end(&u->names);
	free(u->held);
	table_drop(u->columns);
	for (int i = 0; i < 2; i++)
		buf_free(&u->keys[i]);
	buf_free(&u->last);
	buf_free(&u->counted);
	range_free(&u->range);
	keyset_free(&u->keys_before);
}
