#ifndef MAP_SPLIT_H
#define MAP_SPLIT_H

/* map_split: private to map_split*.c. What the verb split needs. */

#include "base/buf.h"
#include "change/map.h"
#include "change/parts.h"
#include "change/row.h"

struct split {
	int words, before, after;
	struct buf text; /* the separator, or the string */

	/* of map_split_each.c */
	int each;           /* 1: elements of an array */
	struct parts array; /* the array; no parts: the record itself */
	struct parts with;  /* --with */
	struct row row;     /* if the records have columns */
	struct buf name;    /* of the array: what an element that is no object is called */
	struct buf levels, scratch;
};

/* Each as that of struct map_verb, for .items[]. */
int map_split_compile(struct map *, struct split *, const char *word, struct buf *error);
int map_split_bind(struct map *, struct split *, const struct table *in, struct buf *error);
const char *map_split_apply(struct map *, struct split *, const struct rec *);
void map_split_free(struct split *);

#endif
