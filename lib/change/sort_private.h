#ifndef SORT_PRIVATE_H
#define SORT_PRIVATE_H

/*
 * sort_private: private to sort*.c. A record is kept as an item: its length and where its key is,
 * then its bytes, its gap, and its key, if that is no part of the record. Items are in one piece of
 * memory, one after another, in the order in which they came; runs have them, too. An entry is what
 * is sorted: eight bytes of the key, and the item's place.
 */

#include <stddef.h>

#include "change/sort.h"
#include "record/position.h"

/* Followed by its bytes. At an address that is a multiple of 4. */
struct sort_item {
	uint32_t len;
	uint32_t key_at, key_len; /* the key, from the record's first byte on */
	uint8_t gap;              /* bytes after the record */
	uint8_t keyed;            /* 0: the part that is the key is not there */
	uint8_t made;             /* 1: the key is after the gap */
	uint8_t lacks;            /* 1: it came without the gap, and is to go out so if it is the last one */
};

struct sort_entry {
	uint64_t prefix; /* sortkey_prefix */
	uint64_t place;  /* of the item; plus 1: there is more of the key (sortkey_more) */
};

static inline const char *
sort_data(const struct sort_item *i)
{
	return (const char *)(i + 1);
}

/* Returns the number of bytes of the item, a multiple of 4. */
static inline size_t
sort_bytes(const struct sort_item *i)
{
	size_t n = sizeof *i + (size_t)i->len + i->gap + (i->made ? i->key_len : 0);

	return n + (-n & 3);
}

static inline struct range_view
sort_key(const struct sort_item *i)
{
	return (struct range_view){ i->keyed ? sort_data(i) + i->key_at : NULL, i->key_len };
}

static inline const struct sort_item *
sort_at(const char *base, const struct sort_entry *e)
{
	return (const struct sort_item *)(const void *)(base + (e->place & ~UINT64_C(1)));
}

/* Sets an entry's prefix, from `from` on, and whether there is more. */
static inline void
sort_set(const struct sortkey *k, const char *base, struct sort_entry *e, size_t from)
{
	const struct sort_item *i = sort_at(base, e);
	const char *key = i->keyed ? sort_data(i) + i->key_at : NULL;

	e->prefix = sortkey_prefix(k, key, i->key_len, from);
	e->place = (e->place & ~UINT64_C(1)) | (uint64_t)sortkey_more(k, key, i->key_len, from);
}

/*
 * Returns 1 if entry a comes before entry b, else 0: their keys are equal up to `from`, where the
 * prefixes begin. Of equal keys the one that came first does.
 */
static inline int
sort_before(
    const struct sortkey *k, const char *base, const struct sort_entry *a, const struct sort_entry *b, size_t from)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	if (((a->place | b->place) & 1) != 0) {
		struct range_view x = sort_key(sort_at(base, a)), y = sort_key(sort_at(base, b));
		int order = sortkey_compare(k, &x, &y, from + sizeof a->prefix);

		if (order != 0)
			return order < 0;
	}
	return a->place < b->place;
}

/* ---- sort.c ---- */

/* Notes that memory is short. Returns -1. */
int sort_no_memory(struct sort *);

/* Prepares the input, whose table the keys get. */
void sort_begin(struct sort *, struct rec_in *, struct command_fault *);

/* ---- sort_entries.c ---- */

/* Sorts entries [0, n), whose prefixes are those from 0 on. */
void sort_entries(const struct sortkey *, const char *base, struct sort_entry *, size_t n);

/*
 * Sorts them by two threads, if that is worth it. Returns m: entries [0, m) and [m, n) are each
 * sorted.
 */
size_t sort_halves(const struct sortkey *, const char *base, struct sort_entry *, size_t n);

/* ---- sort_put.c ---- */

/* What takes items in their order: the output, or a run. Zeros, but for sort. */
struct sort_sink {
	struct sort *sort;
	int file;       /* 1: a run, at the end of the file; 0: the output */
	uint64_t count; /* of items taken */
	uint64_t begin; /* of the run */
	char *block;    /* the block of the run that is being made, with its head */
	size_t used, room;
	struct buf last; /* with unique: the item that was taken last, or that waits */
};

/* Prepares it. Returns 0, or -1 after a failure that is noted. */
int sort_sink_open(struct sort_sink *);

/* Returns 1; 0 if it takes no more; or -1 after a failure that is noted. */
int sort_sink_put(struct sort_sink *, const struct sort_item *);

/* Ends it: a run is then one of the sort's. Returns 0, or -1 after a failure that is noted. */
int sort_sink_end(struct sort_sink *);

/*
 * Puts the record that waits because it came without its gap, if there is one: it is the last
 * one.
 */
void sort_put_last(struct sort *);

/* Frees its memory. */
void sort_sink_free(struct sort_sink *);

/* Returns the bytes of a block of a run. */
size_t sort_block(const struct sort *);

/* ---- sort_run.c ---- */

/* The head of a block of a run, followed by items. */
struct sort_head {
	uint32_t sum; /* CRC-32C of what follows */
	uint32_t unused;
	uint64_t bytes; /* of items */
};

/*
 * Writes bytes at the end of the file, which is made if need be. Returns 0, or -1 after a failure
 * that is noted.
 */
int sort_write(struct sort *, const void *, size_t n);

/* Adds a run, from begin to the end of the file. Returns likewise. */
int sort_add_run(struct sort *, uint64_t begin);

/* Puts all runs out, merged. Returns likewise. */
int sort_merge(struct sort *);

/* Keeps the position of the first record, i of the block, whose key is no time, if it is that. */
static inline void
sort_note_time(struct sort *s, const struct block *b, uint32_t i)
{
	if (s->key.untimed > 0 && !s->any_untimed) {
		s->any_untimed = 1;
		s->untimed = position_source(block_position(b, i));
	}
}

#endif
