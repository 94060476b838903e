#ifndef MAP_PRIVATE_H
#define MAP_PRIVATE_H

/* map_private: the verbs of rec-map, and what several of them need. */

#include "change/map.h"
#include "change/row.h"
#include "match/range.h"

extern const struct map_verb map_compact, map_cut, map_flatten, map_pretty, map_print, map_rename, map_set, map_specs,
    map_to, map_unflatten;

/* The bind of verbs for JSON, which has no table but of JSON. */
int map_bind_json(struct map *, const struct table *in, struct buf *error);

/*
 * Puts the words together, with spaces between them, for a verb whose operand is all the rest.
 * Returns 0, or -1 with errno ENOMEM.
 */
int map_words(char *const words[], size_t count, struct buf *out);

/*
 * Sets out to the separator of -O, which may be empty; its data is not NULL. Returns 0, or -1 with a
 * line in error.
 */
int map_join(const struct map *, struct buf *out, struct buf *error);

/* Adds a line for lack of memory. Returns -1; or the status. */
int map_no_memory(struct buf *error);
int map_no_memory_status(struct buf *error);

#endif
