/* lookup_masters: see lookup.h and lookup_private.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/status.h"
#include "change/lookup_private.h"
#include "choose/keyparts.h"
#include "record/position.h"

void
lookup_no_memory(struct lookup *l)
{
	if (l->fault->status == 0)
		command_fail(l->fault, EX_OSERR, "out of memory");
}

/* For the input's hook: the masters' table. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct lookup *l = in->tabled_by;
	struct buf error = { 0 };
	int result = range_table(&l->master_key, t, &error);

	if (result < 0)
		command_fail(l->fault, EX_DATAERR, "%s: %s", l->masters, buf_string(&error));
	buf_free(&error);
	table_drop(l->table);
	l->table = table_share(rec_in_table(in));
	return result;
}

void
lookup_open(struct lookup *l)
{
	int status = endpoint_rec_in(&l->masters_at, l->masters, &l->in);

	if (status != 0) {
		command_fail(l->fault, status, "%s", buf_string(&l->masters_at.error));
		return;
	}
	l->opened = 1;
	rec_in_own_table(&l->in);
	l->in.apart = 1;
	l->in.tabled = tabled;
	l->in.tabled_by = l;
	if (l->unused != NULL && command_out_to(&l->unused_at, l->unused, &l->unused_out, l->fault) == 0) {
		l->unused_out.apart = 1; /* it has the positions of the masters */
		rec_out_own_table(&l->unused_out, NULL);
	}
}

/* ---- rows in memory ---- */

int
lookup_allows(struct lookup *l, size_t n)
{
	uint64_t all = l->bytes.len + n + l->room * sizeof *l->rows +
	    (l->unused != NULL ? l->room * sizeof *l->positions : 0) + (l->sorted ? 0 : keymap_bytes(&l->map));

	if (all <= l->memory)
		return 1;
	command_fail(l->fault, EX_DATAERR, "%s: the masters%s need more than --memory allows%s", l->masters,
	    l->sorted ? " of one key" : "",
	    l->sorted ? "" : "; if both streams are sorted by the key, --sorted needs little");
	return 0;
}

/* Rows are read in any order, which with small pages costs as much again for the addresses. */
static void
large_pages(char *data, size_t n)
{
	const size_t page = 2 << 20;
	size_t skip = -(uintptr_t)data & (page - 1);

	if (n >= 2 * page)
		(void)madvise(data + skip, (n - skip) / page * page, MADV_HUGEPAGE);
}

/* Makes room for n bytes and a row. Returns 0; or -1 after a failure. */
static int
reserve(struct lookup *l, size_t n)
{
	size_t cap;

	if (l->count == l->room) {
		uint32_t room = l->room > 0 ? l->room * 2 : 1024;
		struct lookup_master *rows = room < KEYMAP_NONE ? reallocarray(l->rows, room, sizeof *rows) : NULL;
		uint64_t *positions = l->positions;

		if (rows != NULL) {
			l->rows = rows;
			large_pages((char *)rows, room * sizeof *rows);
		}
		if (rows == NULL ||
		    (l->unused != NULL && (positions = reallocarray(positions, room, sizeof *positions)) == NULL)) {
			lookup_no_memory(l);
			return -1;
		}
		l->positions = positions;
		l->room = room;
	}
	if (!lookup_allows(l, n))
		return -1;
	cap = l->bytes.cap;
	if (buf_reserve(&l->bytes, n) < 0) {
		lookup_no_memory(l);
		return -1;
	}
	if (l->bytes.cap > cap)
		large_pages(l->bytes.data, l->bytes.cap);
	return 0;
}

/* Adds a row. Returns its number, or KEYMAP_NONE after a failure. */
static uint32_t
add(struct lookup *l, const char *data, size_t len, uint64_t position)
{
	if (reserve(l, len) < 0)
		return KEYMAP_NONE;
	l->rows[l->count] = (struct lookup_master){ .at = l->bytes.len, .len = (uint32_t)len, .next = l->count };
	if (l->unused != NULL)
		l->positions[l->count] = position;
	(void)buf_add(&l->bytes, data, len);
	return l->count++;
}

/* Puts row `new` into the ring, after its last one. */
static void
link_row(struct lookup *l, uint32_t last, uint32_t new)
{
	l->rows[new].next = l->rows[last].next;
	l->rows[last].next = new;
}

void
lookup_ask(struct lookup *l, uint32_t last)
{
	uint32_t row = last;

	if (l->unused == NULL || (l->rows[last].at & LOOKUP_ASKED))
		return;
	do {
		row = l->rows[row].next;
		l->rows[row].at |= LOOKUP_ASKED;
	} while (row != last);
}

/* Adds record i of a block, with the hash of its key. Returns 0, or -1 after a failure. */
static int
add_record(struct lookup *l, const struct block *b, uint32_t i, const uint64_t hash[2], int lacks)
{
	uint32_t start = block_start(b, i), last;
	uint32_t row = add(l, b->payload + start, b->ends[i] - start, block_position(b, i));

	if (row == KEYMAP_NONE)
		return -1;
	/* No record asks for a master that lacks a part of the key. */
	if (lacks)
		return 0;
	if ((last = keymap_add(&l->map, hash, row)) == KEYMAP_NONE) {
		lookup_no_memory(l);
		return -1;
	}
	if (last != row) {
		link_row(l, last, row);
		keymap_change(&l->map, hash, row);
	}
	return 0;
}

/*
 * Notes if a master has all parts of the key: lookup_key has returned `there`. Returns 1 if it
 * lacks one, else 0.
 */
static int
note_key(struct lookup *l, const char *data, size_t len, int there)
{
	int lacks = (size_t)there < l->master_key.count;

	if (lacks && !l->missing) {
		l->part = lookup_first_missing(&l->master_key, there);
		l->json = len > 0 && *data == '{';
	}
	l->missing |= lacks;
	l->whole |= !lacks;
	return lacks;
}

/* If there are masters, but none has the key, it is misspelt: that is a failure. */
static void
need_whole(struct lookup *l)
{
	struct buf key = { 0 }, master_key = { 0 }, names = { 0 };
	size_t count;

	if (l->fault->status != 0 || l->whole || !l->missing)
		return;
	if (lookup_show_part(l, l->part, &key, &master_key) < 0) {
		lookup_no_memory(l);
	} else if (l->master_key.count > 1) {
		command_fail(l->fault, EX_DATAERR, "%s: no master has all parts of the key; the first one has no %s",
		    l->masters, buf_string(&master_key));
	} else if (l->table == NULL && !l->json && range_path(&l->master_key, 0, &names, &count) > 0) {
		command_fail(l->fault, EX_DATAERR,
		    "%s: no master has %s: they are no JSON and have no table; if the key is their first word: %s=w1; "
		    "the whole of them: %s=*",
		    l->masters, buf_string(&master_key), buf_string(&key), buf_string(&key));
	} else {
		command_fail(l->fault, EX_DATAERR, "%s: no master has %s", l->masters, buf_string(&master_key));
	}
	buf_free(&key);
	buf_free(&master_key);
	buf_free(&names);
}

/* Adds the records of a block. Some hashes are computed before the map's memory is needed. */
static void
add_block(struct lookup *l, const struct block *b)
{
	enum { AT_ONCE = 32 };
	uint64_t hashes[AT_ONCE][2];
	int lacks[AT_ONCE];

	for (uint32_t i = 0, n; i < b->count; i += n) {
		n = b->count - i < AT_ONCE ? b->count - i : AT_ONCE;
		for (uint32_t j = 0; j < n; j++) {
			uint32_t start = block_start(b, i + j);
			struct range_view key;
			int there =
			    lookup_key(&l->master_key, b->payload + start, b->ends[i + j] - start, &l->scratch, &key);

			if (there < 0) {
				lookup_no_memory(l);
				return;
			}
			lacks[j] = note_key(l, b->payload + start, b->ends[i + j] - start, there);
			keymap_hash(&l->map, key.data, key.len, hashes[j]);
		}
		for (uint32_t j = 0; j < n; j++)
			if (add_record(l, b, i + j, hashes[j], lacks[j]) < 0)
				return;
	}
}

/* Reports how the masters have ended, once. */
static void
end_input(struct lookup *l)
{
	if (!l->input_ended)
		command_end_input(&l->in, l->fault);
	l->input_ended = 1;
}

/* Reads the next block of masters. Returns 1, or 0 if there is none. */
static int
next_block(struct lookup *l, struct block *b)
{
	while (l->fault->status == 0 && !l->masters_end) {
		if (!rec_in_block(&l->in, b)) {
			l->masters_end = 1;
			end_input(l);
			return 0;
		}
		if (b->kind == BLOCK_DATA && b->count > 0)
			return 1;
	}
	return 0;
}

/* Sorted: returns 1 if there is a next master, record l->at of l->block; else 0. */
static int
peek(struct lookup *l)
{
	while (l->at >= l->block.count) {
		l->at = 0;
		if (!next_block(l, &l->block)) {
			l->block.count = 0;
			return 0;
		}
	}
	return 1;
}

/* ---- masters that nobody has asked for ---- */

static void
put_unused(struct lookup *l, const char *data, size_t len, uint64_t position)
{
	struct rec r = { .data = data, .len = len, .pos = position };

	rec_out_own_table(&l->unused_out, l->table);
	rec_out_rec(&l->unused_out, &r);
}

static void
put_rows(struct lookup *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (!(l->rows[i].at & LOOKUP_ASKED))
			put_unused(l, l->bytes.data + LOOKUP_AT(&l->rows[i]), l->rows[i].len, l->positions[i]);
}

/* ---- sorted ---- */

/* Finds the key of the master that is next. Returns 1; or 0 if there is none. */
static int
peek_key(struct lookup *l, const char **data, size_t *len, struct range_view *key)
{
	int there;

	if (!peek(l))
		return 0;
	*data = l->block.payload + block_start(&l->block, l->at);
	*len = l->block.ends[l->at] - block_start(&l->block, l->at);
	if ((there = lookup_key(&l->master_key, *data, *len, &l->upcoming, key)) < 0) {
		lookup_no_memory(l);
		return 0;
	}
	l->lacks = note_key(l, *data, *len, there);
	return 1;
}

/*
 * Adds the next master to those in memory, if it has their key. Returns 1; 0 if it has not, and
 * then they are complete; or -1 after a failure.
 */
static int
add_same(struct lookup *l)
{
	struct range_view key, group = { l->group.data != NULL ? l->group.data : "", l->group.len };
	const char *data;
	size_t len;
	int order = 1;
	uint32_t row;

	if (peek_key(l, &data, &len, &key))
		order = keyparts_compare(&key, &group, l->master_key.count);
	if (l->fault->status != 0)
		return -1;
	if (order < 0) {
		command_fail(l->fault, EX_DATAERR,
		    "%s: record %" PRIu64 ": its key is below that of the record before it: --sorted needs both "
		    "streams in the order of their keys",
		    l->masters, position_source(block_position(&l->block, l->at)));
		return -1;
	}
	if (order > 0) {
		l->complete = 1;
		return 0;
	}
	if ((row = add(l, data, len, block_position(&l->block, l->at))) == KEYMAP_NONE)
		return -1;
	/* No record asks for a master that lacks a part of the key. */
	if (!l->lacks) {
		if (l->last != KEYMAP_NONE) {
			/* A record that needs only one master has asked for the others, too. */
			l->rows[row].at |= l->rows[l->last].at & LOOKUP_ASKED;
			link_row(l, l->last, row);
		}
		l->last = row;
	}
	l->at++;
	return 1;
}

/*
 * Goes on to the next key of the masters, which are read when they are asked for, instead of those
 * in memory. Returns 1; or 0 if there are no more, or after a failure.
 */
static int
next_group(struct lookup *l)
{
	struct range_view key;
	const char *data;
	size_t len;

	while (l->grouped && !l->complete)
		if (add_same(l) < 0)
			return 0;
	if (l->unused != NULL)
		put_rows(l);
	l->count = 0;
	l->bytes.len = 0;
	l->last = KEYMAP_NONE;
	l->grouped = l->complete = 0;
	if (!peek_key(l, &data, &len, &key))
		return 0;
	l->group.len = 0;
	if (buf_add(&l->group, key.data, key.len) < 0) {
		lookup_no_memory(l);
		return 0;
	}
	l->grouped = 1;
	return 1;
}

/*
 * Returns the last master of the present key. If records only ask for whether there is one, no
 * further ones are waited for.
 */
static uint32_t
last_of_group(struct lookup *l)
{
	while (!l->complete && (l->kind == LOOKUP_ADD || l->last == KEYMAP_NONE))
		if (add_same(l) < 0)
			return KEYMAP_NONE;
	return l->last;
}

void
lookup_read(struct lookup *l)
{
	struct block b;

	if (l->sorted) {
		/* The table of the masters must be known before that of the records comes. */
		while (!l->whole && next_group(l))
			;
		need_whole(l);
		return;
	}
	if (keymap_init(&l->map) < 0) {
		command_fail(l->fault, EX_OSERR, "no memory or no random key for hashes: %s", strerror(errno));
		return;
	}
	while (next_block(l, &b))
		add_block(l, &b);
	need_whole(l);
}

uint32_t
lookup_advance(struct lookup *l, const struct range_view *key)
{
	for (;;) {
		struct range_view group = { l->group.data != NULL ? l->group.data : "", l->group.len };
		int order = l->grouped ? keyparts_compare(&group, key, l->key.count) : -1;

		if (order == 0)
			return last_of_group(l);
		if (order > 0 || !next_group(l))
			return KEYMAP_NONE;
	}
}

void
lookup_end_masters(struct lookup *l, int well)
{
	if (well && l->unused != NULL && l->fault->status == 0) {
		rec_out_own_table(&l->unused_out, l->table);
		if (!l->sorted)
			put_rows(l);
		else
			while (next_group(l))
				;
	}
	if (!l->opened)
		return;
	if (!l->masters_end)
		rec_in_enough(&l->in, 0);
	end_input(l);
}
