/*
 * merge: see merge.h. A heap holds the branches by the keys of their next records. The key of each
 * record is made once, into one of two places in turn, so that it can be compared with the key
 * before it. The block of that is kept until then.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "many/merge.h"
#include "record/position.h"

/* A record's key. */
struct made {
	struct range_view bytes;
	uint64_t prefix; /* sortkey_prefix, */
	int more;        /* and sortkey_more */
	struct buf memory;
};

struct merge_key {
	struct sortkey key;
	struct made keys[2];
	int now;                   /* index of the present record's key; the other is of the record before */
	const struct table *table; /* that the keys are bound to */
	int known;                 /* the present record's key has been made */
	int any;                   /* there has been a record before */
	struct held *kept;         /* the block of the record before, if it has left the queue; NULL: it has not */
};

int
merge_init(struct merge *m, const char *separator, char *const words[], size_t count, struct buf *error)
{
	m->keys = calloc(m->branches->count, sizeof *m->keys);
	if (m->keys == NULL || heap_init(&m->heap, m->branches->count) < 0) {
		(void)buf_adds(error, strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < m->branches->count; i++)
		if (sortkey_parse(&m->keys[i].key, separator, words, count, error) < 0)
			return -1;
	m->names.used = sortkey_names(&m->keys[0].key);
	return 0;
}

void
merge_free(struct merge *m)
{
	(void)names_end(&m->names);
	for (size_t i = 0; m->keys != NULL && i < m->branches->count; i++) {
		sortkey_free(&m->keys[i].key);
		buf_free(&m->keys[i].keys[0].memory);
		buf_free(&m->keys[i].keys[1].memory);
		held_drop(m->keys[i].kept);
	}
	free(m->keys);
	heap_free(&m->heap);
}

/* ---- comparing ---- */

static inline int
compare(const struct sortkey *k, const struct made *a, const struct made *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return (a->more | b->more) != 0 ? sortkey_compare(k, &a->bytes, &b->bytes, sizeof a->prefix) : 0;
}

/* Returns 1 if the present record of branch x goes out before that of branch y. */
static inline int
before(const void *context, const void *x, const void *y)
{
	const struct merge *m = context;
	const struct branch *a = x, *b = y;
	const struct merge_key *k = &m->keys[a->number], *l = &m->keys[b->number];
	int order = compare(&k->key, &k->keys[k->now], &l->keys[l->now]);

	return order != 0 ? order < 0 : a->number < b->number;
}

/* ---- keys ---- */

static int
out_of_memory(struct merge *m)
{
	command_fail(m->branches->fault, EX_OSERR, "out of memory");
	return -1;
}

/*
 * Makes the key of record i of the branch's front, which becomes the present one. Returns 0, or -1
 * if the branch is not sorted or memory is short; that is noted.
 */
static inline int
look_up(struct merge *m, struct branch *b, uint32_t i)
{
	struct merge_key *k = &m->keys[b->number];
	struct made *made = &k->keys[k->now = !k->now];
	const struct block *block = &b->front->block;
	uint32_t start = block_start(block, i);

	if (sortkey_make(&k->key, block->payload + start, block->ends[i] - start, &made->memory, &made->bytes) < 0)
		return out_of_memory(m);
	made->prefix = sortkey_prefix(&k->key, made->bytes.data, made->bytes.len, 0);
	made->more = sortkey_more(&k->key, made->bytes.data, made->bytes.len, 0);
	if (k->any && compare(&k->key, made, &k->keys[!k->now]) < 0) {
		command_fail(m->branches->fault, EX_DATAERR,
		    "%s is not sorted: the record at position %" PRIu64 " belongs before the one before it", b->name,
		    position_source(block_position(block, i)));
		return -1;
	}
	k->any = k->known = 1;
	if (k->kept != NULL) {
		held_drop(k->kept);
		k->kept = NULL;
	}
	return 0;
}

/* Binds the keys of a branch to its table. Returns 0, or -1 after a failure that is noted. */
static int
bind(struct merge *m, struct branch *b)
{
	struct merge_key *k = &m->keys[b->number];
	const struct table *t = branch_table(b);
	struct buf error = { 0 };
	int bad = t != k->table ? sortkey_table(&k->key, t, &error) : 0;

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

	if (b->front != NULL && m->keys[b->number].known)
		return 1;
	while ((h = branch_front(m->branches, b)) != NULL && h->block.kind == BLOCK_LOSS)
		branch_renumber(b, m->out, &m->number, 0);
	if (bind(m, b) < 0)
		return -1;
	if (h == NULL || m->keys[b->number].known)
		return h != NULL;
	return look_up(m, b, h->from) < 0 ? -1 : 1;
}

/* ---- putting ---- */

/* Puts the runs that were taken. Their blocks must still be there. */
static void
put_runs(struct merge *m)
{
	rec_out_gather(m->out, m->runs, m->run_count, m->first);
	rec_out_mark(m->out, m->number, 0);
	m->run_count = 0;
	m->first = m->number;
}

/*
 * Takes a run of records of the first branch in the heap: all that go out before the second
 * branch's record. Puts it, with those before it, if the block would go. Returns 0, or -1 after a
 * failure that is noted.
 */
static int
take_run(struct merge *m)
{
	struct branch *b = m->heap.at[0];
	const struct branch *other = heap_second(&m->heap, before, m);
	struct merge_key *k = &m->keys[b->number], *l = other != NULL ? &m->keys[other->number] : NULL;
	const struct made *limit = l != NULL ? &l->keys[l->now] : NULL;
	int first = other == NULL || b->number < other->number; /* among records with the same key */
	struct held *h = b->front;
	uint32_t from = h->from, i = from;
	int bad = 0;

	do {
		i++;
		k->known = 0;
	} while (i < h->block.count && (bad = look_up(m, b, i)) == 0 &&
	    (limit == NULL || compare(&k->key, &k->keys[k->now], limit) < first));
	if (i == h->block.count) {
		put_runs(m);
		names_look(&m->names, &h->block);
		k->kept = held_share(h);
		branch_renumber(b, m->out, &m->number, i - from);
		m->first = m->number;
		return bad;
	}
	m->runs[m->run_count++] = (struct rec_run){ .block = &h->block, .from = from, .to = i };
	m->number += i - from;
	branch_take(b, i - from);
	if (m->run_count == MERGE_RUNS)
		put_runs(m);
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

		if ((bad = take_run(m) < 0 || (known = know(m, b)) < 0))
			break;
		b->needed = waits = known == 0 && !b->ended;
		if (known == 0)
			heap_drop(&m->heap, before, m);
		else
			heap_changed(&m->heap, before, m);
	}
	put_runs(m);
	rec_out_mark(m->out, m->number, m->branches->bytes);
	m->branches->bytes = 0;
	return bad || m->branches->fault->status != 0 ? -1 : waits || m->heap.count > 0;
}
