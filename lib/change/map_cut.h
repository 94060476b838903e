#ifndef MAP_CUT_H
#define MAP_CUT_H

/* map_cut: private to map_cut*.c. What the verb cut needs. */

#include "change/edit.h"
#include "change/map.h"
#include "change/parts.h"
#include "change/row.h"

/* How -v leaves parts out, if it is not by other columns. */
enum cut_way {
	CUT_NOT,   /* what is left is a list of columns, or there is no -v */
	CUT_NAMES, /* members, keys or fields by their names */
	CUT_VIEWS  /* what ranges find in the record, with what separates it from its neighbour */
};

struct cut {
	struct parts parts;
	struct row row;
	struct buf levels;           /* for json_valid */
	struct buf join;             /* -O */
	struct map_cut_block *block; /* map_cut_block.c's own; NULL: records are cut one by one */
	enum cut_way way;
	struct edit edit;            /* NAMES */
	struct buf between[2];       /* NAMES: what is left after one of them */
	struct range_view *spans;    /* VIEWS: the record's parts, from left to right */
	struct range_view separator; /* VIEWS: of fields; data is NULL: of words, white space; len 0: nothing */
};

/* ---- map_cut_drop.c: bind and apply with -v ---- */

/*
 * To be called after parts_bind. Changes the list of items to the other columns, or sets the way.
 * Returns 0, or an exit status with a line in error.
 */
int map_cut_bind(struct map *, struct cut *, const struct table *, struct buf *error);

const char *map_cut_apply(struct map *, struct cut *, const struct rec *);

/* ---- map_cut_block.c ---- */

/*
 * To be called when the row is bound. Makes ready to cut many records at a time, if the parts are
 * such. Returns 0, or -1 with errno ENOMEM.
 */
int map_cut_block_bind(struct cut *);

/* The verb's run. */
uint32_t map_cut_block(struct map *, const struct block *, uint32_t from);

void map_cut_block_free(struct cut *);

#endif
