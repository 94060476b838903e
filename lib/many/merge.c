/*
 * merge: see merge.h. A heap holds the branches by the keys of their next records. The key of each
 * record is looked up once, into one of two ranges in turn, so that it can be compared with the key
 * before it. The block of that is kept until then.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "many/merge.h"
#include "record/position.h"

struct merge_key {
	struct range ranges[2];
	struct range_view whole[2]; /* the keys if the range has no parts */
	int now;                    /* index of the present record's key in both; the other is of the record before */
	const struct table *table;  /* that the ranges are bound to */
	int known;                  /* the present record's key has been looked up */
	int any;                    /* there has been a record before */
	struct held *kept;          /* the block of the record before, if it has left the queue; NULL: it has not */
};

int
merge_init(struct merge *m, const char *separator, char *const words[], size_t count, struct buf *error)
{
	m->keys = calloc(m->branches->count, sizeof *m->keys);
	if (m->keys == NULL || heap_init(&m->heap, m->branches->count) < 0) {
		(void)buf_adds(error, strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < 2 * m->branches->count; i++) {
		struct range *r = &m->keys[i / 2].ranges[i % 2];

		if ((separator != NULL && range_fields(r, separator, error) < 0) ||
		    range_all(r, words, count, error) < 0)
			return -1;
	}
	m->names.used = range_names(&m->keys[0].ranges[0]);
	return 0;
}

void
merge_free(struct merge *m)
{
	(void)names_end(&m->names);
	for (size_t i = 0; m->keys != NULL && i < m->branches->count; i++) {
		range_free(&m->keys[i].ranges[0]);
		range_free(&m->keys[i].ranges[1]);
		held_drop(m->keys[i].kept);
	}
	free(m->keys);
	heap_free(&m->heap);
}

/* ---- comparing ---- */

struct number {
	int negative;
	/* Digits: before the point, without leading zeros; after it, without zeros at the end. */
	const char *whole, *part;
	size_t whole_len, part_len;
};

static struct number
read_number(const char *s, size_t len)
{
	const char *end = s + len;
	struct number n = { 0 };

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (s < end && *s == '-') {
		n.negative = 1;
		s++;
	}
	while (s < end && *s == '0')
		s++;
	for (n.whole = s; s < end && *s >= '0' && *s <= '9'; s++)
		n.whole_len++;
	if (s < end && *s == '.')
		s++;
	for (n.part = s; s < end && *s >= '0' && *s <= '9'; s++)
		n.part_len++;
	while (n.part_len > 0 && n.part[n.part_len - 1] == '0')
		n.part_len--;
	if (n.whole_len + n.part_len == 0)
		n.negative = 0; /* there is one zero */
	return n;
}

static int
compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int order = n > 0 ? memcmp(a, b, n) : 0;

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/*
 * Compares two numbers as they are written: spaces and tabs, perhaps a minus, digits, perhaps a
 * point and digits. Bytes after that do not count, and what begins otherwise is 0. Exact, whatever
 * their length. Returns a number below 0, 0, or above.
 */
static int
compare_numbers(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct number x = read_number(a, a_len), y = read_number(b, b_len);
	int order;

	if (x.negative != y.negative)
		return x.negative ? -1 : 1;
	if (x.whole_len != y.whole_len)
		order = x.whole_len < y.whole_len ? -1 : 1;
	else if ((order = compare_bytes(x.whole, x.whole_len, y.whole, y.whole_len)) == 0)
		order = compare_bytes(x.part, x.part_len, y.part, y.part_len);
	return x.negative ? -order : order;
}

static const struct range_view *
views(const struct merge_key *k, int which)
{
	return k->ranges[which].count > 0 ? k->ranges[which].views : &k->whole[which];
}

static int
compare(const struct merge *m, const struct range_view *a, const struct range_view *b)
{
	size_t parts = m->keys[0].ranges[0].count > 0 ? m->keys[0].ranges[0].count : 1;
	int order = 0;

	for (size_t i = 0; i < parts && order == 0; i++) {
		if (a[i].data == NULL || b[i].data == NULL)
			order = (a[i].data != NULL) - (b[i].data != NULL);
		else if (m->numeric)
			order = compare_numbers(a[i].data, a[i].len, b[i].data, b[i].len);
		else
			order = compare_bytes(a[i].data, a[i].len, b[i].data, b[i].len);
	}
	return m->descending ? -order : order;
}

/* Returns 1 if the present record of branch x goes out before that of branch y. */
static int
before(const void *context, const void *x, const void *y)
{
	const struct merge *m = context;
	const struct branch *a = x, *b = y;
	const struct merge_key *k = &m->keys[a->number], *l = &m->keys[b->number];
	int order = compare(m, views(k, k->now), views(l, l->now));

	return order != 0 ? order < 0 : a->number < b->number;
}

/* ---- keys ---- */

/*
 * Looks up the key of record i of the branch's front, which becomes the present one. Returns 0, or
 * -1 if the branch is not sorted or memory is short; that is noted.
 */
static int
look_up(struct merge *m, struct branch *b, uint32_t i)
{
	struct merge_key *k = &m->keys[b->number];
	const struct block *block = &b->front->block;
	uint32_t start = block_start(block, i);
	const char *data = block->payload + start;
	size_t len = block->ends[i] - start;

	k->now = !k->now;
	if (k->ranges[k->now].count == 0) {
		k->whole[k->now] = (struct range_view){ data, len };
	} else if (range_views(&k->ranges[k->now], data, len) < 0) {
		command_fail(m->branches->fault, EX_OSERR, "out of memory");
		return -1;
	}
	if (k->any && compare(m, views(k, k->now), views(k, !k->now)) < 0) {
		command_fail(m->branches->fault, EX_DATAERR,
		    "%s is not sorted: the record at position %" PRIu64 " belongs before the one before it", b->name,
		    position_source(block_position(block, i)));
		return -1;
	}
	k->any = k->known = 1;
	held_drop(k->kept);
	k->kept = NULL;
	return 0;
}

/* Binds the ranges of a branch to its table. Returns 0, or -1 after a failure that is noted. */
static int
bind(struct merge *m, struct branch *b)
{
	struct merge_key *k = &m->keys[b->number];
	const struct table *t = branch_table(b);
	struct buf error = { 0 };
	int bad = 0;

	for (int i = 0; i < 2 && bad == 0 && t != k->table; i++)
		bad = range_table(&k->ranges[i], t, &error);
	k->table = t;
	m->names.tabled |= t != NULL;
	if (bad < 0)
		command_fail(m->branches->fault, EX_DATAERR, "--merge: %s", buf_string(&error));
	buf_free(&error);
	return bad;
}

/*
 * Makes the key of the branch's next record known. Returns 1; or 0 if no record is there; or -1
 * after a failure that is noted.
 */
static int
know(struct merge *m, struct branch *b)
{
	struct held *h;

	while ((h = branch_front(m->branches, b)) != NULL && h->block.kind == BLOCK_LOSS)
		branch_renumber(b, m->out, &m->number, 0);
	if (bind(m, b) < 0)
		return -1;
	if (h == NULL || m->keys[b->number].known)
		return h != NULL;
	return look_up(m, b, h->from) < 0 ? -1 : 1;
}

/* ---- putting ---- */

/*
 * Puts a run of records of the first branch in the heap: all that go out before the second branch's
 * record. Returns 0, or -1 after a failure that is noted.
 */
static int
put_run(struct merge *m)
{
	struct branch *b = m->heap.at[0];
	const struct branch *other = heap_second(&m->heap, before, m);
	struct merge_key *k = &m->keys[b->number];
	struct held *h = b->front;
	uint32_t from = h->from, i = from;
	int bad = 0;

	do {
		i++;
		k->known = 0;
	} while (i < h->block.count && (bad = look_up(m, b, i)) == 0 && (other == NULL || before(m, b, other)));
	if (i == h->block.count) {
		names_look(&m->names, &h->block);
		k->kept = held_share(h);
	}
	branch_renumber(b, m->out, &m->number, i - from);
	return bad;
}

int
merge_put(struct merge *m)
{
	int waits = 0, bad = 0;

	m->heap.count = 0;
	for (size_t i = 0; i < m->branches->count && bad == 0; i++) {
		struct branch *b = &m->branches->all[i];
		int known = know(m, b);

		b->needed = known == 0 && !b->ended;
		waits |= b->needed;
		bad = known < 0;
		if (known > 0)
			heap_add(&m->heap, b, before, m);
	}
	while (m->heap.count > 0 && !waits && !bad && m->out->state == REC_OUT_OPEN) {
		struct branch *b = m->heap.at[0];
		int known;

		if ((bad = put_run(m) < 0 || (known = know(m, b)) < 0))
			break;
		b->needed = waits = known == 0 && !b->ended;
		if (known == 0)
			heap_drop(&m->heap, before, m);
		else
			heap_changed(&m->heap, before, m);
	}
	rec_out_mark(m->out, m->number, m->branches->bytes);
	m->branches->bytes = 0;
	return bad || m->branches->fault->status != 0 ? -1 : waits || m->heap.count > 0;
}
