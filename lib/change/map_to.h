#ifndef MAP_TO_H
#define MAP_TO_H

/* map_to: private to map_to*.c. What the verb to needs. */

#include "change/keytable.h"
#include "change/map.h"
#include "change/pairs.h"
#include "change/parts.h"
#include "change/row.h"

enum to_format { TO_CSV, TO_TSV, TO_JSON, TO_LINES, TO_FORMATS };

enum to_way { TO_PARTS, TO_NAMED, TO_FIELDS };

/* A column of records with names of their own. */
struct to_slot {
	struct buf name, value;
	struct range_view view; /* of the present record, in `value` unless it is JSON; data is NULL: none */
	uint64_t record;        /* to json: the number of the last record that had it */
};

struct to {
	enum to_format format;
	enum to_way way;
	struct parts parts;
	struct row row;
	struct table *like;        /* a table of the format; or NULL */
	const struct table *table; /* of the input, borrowed */
	struct buf join;           /* -O */
	struct buf levels, scratch;
	int strings;
	int paths; /* 1: there are paths, so records without a table must be JSON */

	/* TO_NAMED */
	struct pairs pairs;
	struct to_slot *slots;
	size_t slot_count, slot_room;
	size_t *order;           /* to json: the slots of the present record, in their order there; slot_room */
	uint64_t record;         /* to json: its number, from 1 */
	struct keytable by_name; /* entry i is the name of slot i, in small letters if case does not count */
	struct buf folded;
	int known; /* 1: the columns are */
};

/*
 * Makes the row and its table of that many parts; columns as of a row_shape. Returns 0, or a status
 * with a line in error.
 */
int map_to_bind_row(
    struct map *, struct to *, const struct range_view *names, const size_t *columns, size_t count, struct buf *error);

/* ---- map_to_named.c: bind and apply for records with names of their own ---- */

int map_to_bind(struct map *, struct to *, struct buf *error);
const char *map_to_apply(struct map *, struct to *, const struct rec *);

#endif
