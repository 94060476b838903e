/*
 * reduce_fast: the usual case, in a tenth of the time: the key and the parts are fields that one
 * byte separates, and the operations keep sums and their like. A field is found by a mask of the
 * separators in the record's first 64 bytes. Records are taken in batches: the keys are hashed, and
 * the memory that each hash needs is fetched, before the first of them is looked up, and so are the
 * groups if there are many. What is not as
 * usual (a quote, a longer record, an empty field, a new group) is left to reduce_record.
 */

#include <string.h>

#include "base/bytemask.h"
#include "change/reduce_private.h"

enum {
	BATCH = 32,
	FIELDS = 4,
	MANY = 8192 /* groups, which are fetched */
};

struct cell {
	int whole; /* 1: its number is value; 0: it is exact */
	uint32_t value;
	struct exact exact;
};

struct line {
	struct keytable_key key;
	struct cell cells[FIELDS]; /* of the parts */
	int plain;                 /* 0: it is left to reduce_record */
};

static int
is_fast(const struct reduce_part *p)
{
	return p->range.count == 1 && (p->way == RANGE_FIELD || p->way == RANGE_QUOTED) && p->n <= 64;
}

int
reduce_fast_can(const struct reduce *r)
{
	if (!r->plain || r->sorted || r->running || r->batch > 0 || r->parts_count > FIELDS || !is_fast(&r->keys[0]) ||
	    r->json)
		return 0;
	for (size_t i = 0; i < r->parts_count; i++)
		if (!is_fast(&r->parts[i]) || r->parts[i].separator != r->keys[0].separator ||
		    r->parts[i].way != r->keys[0].way)
			return 0;
	for (size_t i = 0; i < r->ops_count; i++)
		switch (r->ops[i].kind) {
		case REDUCE_MIN:
		case REDUCE_MAX:
			if (r->ops[i].as_text)
				return 0;
			break;
		case REDUCE_COUNT:
		case REDUCE_SUM:
		case REDUCE_MEAN:
		case REDUCE_STDEV:
			break;
		default:
			return 0;
		}
	return 1;
}

/*
 * Finds field n in a record of len bytes, by the mask of its separators. Returns 0 if it is not
 * there.
 */
static inline int
find(uint64_t mask, uint32_t len, uint32_t n, uint32_t *begin, uint32_t *stop)
{
	*begin = 0;
	for (; n > 1 && mask != 0; n--) {
		*begin = (uint32_t)__builtin_ctzll(mask) + 1;
		mask &= mask - 1;
	}
	*stop = mask != 0 ? (uint32_t)__builtin_ctzll(mask) : len;
	return n == 1;
}

/* Reads the fields of a record p[0, len). Its block's payload ends at end. */
static inline void
read_line(const struct reduce *r, struct line *l, const char *p, uint32_t len, const char *end)
{
	const struct reduce_part *key = &r->keys[0];
	uint64_t mask, inside = len < 64 ? (UINT64_C(1) << len) - 1 : ~UINT64_C(0);
	uint32_t begin, stop;

	l->plain = 0;
	if (len > 64 || len == 0 || end - p < 64)
		return;
	mask = bytemask_of_64(p, key->separator) & inside;
	if (key->way == RANGE_QUOTED && (bytemask_of_64(p, '"') & inside) != 0)
		return;
	if (!find(mask, len, key->n, &begin, &stop))
		return;
	keytable_key(&r->groups, p + begin, stop - begin, end, &l->key);
	for (size_t i = 0; i < r->parts_count; i++) {
		struct cell *c = &l->cells[i];

		if (!find(mask, len, r->parts[i].n, &begin, &stop))
			return;
		c->whole = exact_digits(p + begin, stop - begin, end, &c->value);
		if (!c->whole && !exact_read(p + begin, stop - begin, &c->exact))
			return;
	}
	l->plain = 1;
}

/* Takes a record that was read. Returns 1, or 0 if it is left. */
static inline int
take_line(struct reduce *r, const struct line *l)
{
	void *entry;

	if (!l->plain || (entry = keytable_find(&r->groups, &l->key)) == NULL)
		return 0;
	for (size_t i = 0; i < r->ops_count; i++) {
		const struct reduce_op *op = &r->ops[i];

		if (op->borrows)
			continue;
		if (op->part == REDUCE_NONE || l->cells[op->part].whole)
			reduce_op_whole(op, entry, op->part != REDUCE_NONE ? l->cells[op->part].value : 0);
		else
			reduce_op_exact(op, entry, &l->cells[op->part].exact);
	}
	return 1;
}

uint32_t
reduce_fast(struct reduce *r, const struct block *b, uint32_t from, const char **why)
{
	const char *end = b->payload + b->size;
	struct line lines[BATCH];

	for (; from < b->count; from += BATCH) {
		uint32_t n = b->count - from < BATCH ? b->count - from : BATCH, start = block_start(b, from);

		for (uint32_t i = 0; i < n; i++) {
			read_line(r, &lines[i], b->payload + start, b->ends[from + i] - start, end);
			start = b->ends[from + i] + b->gap;
		}
		for (uint32_t i = 0; i < n && r->groups.count >= MANY; i++)
			if (lines[i].plain)
				keytable_fetch(&r->groups, &lines[i].key);
		for (uint32_t i = 0; i < n; i++) {
			struct rec of;

			if (take_line(r, &lines[i]))
				continue;
			start = block_start(b, from + i);
			of = (struct rec){ b->payload + start, b->ends[from + i] - start, block_position(b, from + i) };
			if ((*why = reduce_record(r, &of)) != NULL)
				return from + i;
		}
		r->changed = 1;
	}
	return b->count;
}
