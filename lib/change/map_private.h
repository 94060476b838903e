#ifndef MAP_PRIVATE_H
#define MAP_PRIVATE_H

/* map_private: the verbs of rec-map, and what several of them need. */

#include "base/scan.h"
#include "change/map.h"
#include "change/row.h"
#include "match/range.h"

extern const struct map_verb map_change, map_compact, map_cut, map_duplicate, map_extract, map_flatten, map_gsub,
    map_pretty, map_print, map_rename, map_set, map_specs, map_split, map_sub, map_to, map_unflatten, map_xlate;

/* The bind of verbs for JSON, which has no table but of JSON. */
int map_bind_json(struct map *, const struct table *in, struct buf *error);

/*
 * Puts the words together, with spaces between them, for a verb whose operand is all the rest.
 * Returns 0, or -1 with errno ENOMEM.
 */
int map_words(char *const words[], size_t count, struct buf *out);

/*
 * Sets out to the separator of -O, which may be empty; its data is not NULL. Returns 0, or -1
 * with a line in error.
 */
int map_join(const struct map *, struct buf *out, struct buf *error);

/* The two texts of a word /from/to/: views into it. */
struct map_pair {
	struct range_view from, to;
};

/*
 * Takes the ranges at the beginning of the words, with fields separated as -F says, and then the
 * one word that is such a pair. shape says how it is written, for messages. Returns 0, or -1 with a
 * line in error.
 */
int map_pair(struct map *, struct range *, char *const words[], size_t count, struct map_pair *, const char *shape,
    struct buf *error);

/* The same without the pair: sets *used to the number of words taken. */
int map_ranges(struct map *, struct range *, char *const words[], size_t count, size_t *used, struct buf *error);

/* A text that is replaced by another one, at most `most` times in a record. */
struct map_text {
	const struct scan_text *from; /* not empty */
	const char *to;
	size_t to_len;
	uint64_t most; /* more than 0 */
};

/*
 * Returns 1 if the block's gaps are those of the records to come, so that map_text may be called;
 * else 0.
 */
int map_text_can(const struct map *, const struct block *);

/*
 * A verb's run: makes records of the block from `from` on in which the text is replaced. Leaves a
 * record only if the new one would be too long, or memory is lacking.
 */
uint32_t map_text(struct map *, const struct block *, uint32_t from, const struct map_text *);

/*
 * Makes records that are the same as those of the block from `from` on, up to the first whose bit
 * in hits (bits.h) is 1. Returns its number, or count; or MAP_SAME.
 */
uint32_t map_copy(struct map *, const struct block *, uint32_t from, const uint64_t *hits);

/* Adds a line for lack of memory. Returns -1; or the status. */
int map_no_memory(struct buf *error);
int map_no_memory_status(struct buf *error);

#endif
