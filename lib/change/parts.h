#ifndef PARTS_H
#define PARTS_H

/*
 * parts: the parts of a record that a command makes records of, each with the name that its value
 * gets: columns of the table, or what ranges name.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/range.h"
#include "match/table.h"

struct parts_item {
	int64_t column; /* the column, counted from 1; 0: part `part` of the range */
	size_t part;
	struct range_view name; /* data is NULL: it has none */
	int given;              /* 1: the name was given to it */
};

/* A struct of zeros is valid and has no parts. */
struct parts {
	struct range range;       /* set by the caller */
	struct range_view *named; /* owned; for each part of the range a name that was given, or NULL */
	/* to be read after parts_bind */
	struct parts_item *items;
	size_t count;
	int64_t most;              /* the highest column */
	struct range_view *fields; /* after parts_divide: `most` entries, as they stand; data is NULL if absent */
	const struct table *table; /* borrowed */

	/* private */
	size_t named_count; /* after a failure the range may have more parts */
	size_t room;
	struct buf names, scratch;
};

/*
 * Adds the parts that words name, as for range_all, but NAME=RANGE gives one the name NAME. Returns
 * 0, or -1 with a line in error.
 */
int parts_words(struct parts *, char *const words[], size_t count, struct buf *error);

/*
 * Binds the parts to the table of the records, or NULL, and makes the list of items: f2-4 is three
 * columns, if their number is known. Without parts and with `all`, those are all columns that have
 * names. Returns 0, or an exit status with a line in error.
 */
int parts_bind(struct parts *, const struct table *, int all, struct buf *error);

/*
 * Makes the list of items anew: all columns of a table with names but those whose entry in
 * `without` is not 0. Returns 0, or -1 with errno ENOMEM.
 */
int parts_columns(struct parts *, const struct table *, const char without[]);

/*
 * Returns what separates the parts as text: what is between them in a record, if all are of one
 * kind, else a tab. Sets *csv to 1 if they are fields of CSV, else to 0.
 */
struct range_view parts_between(const struct parts *, int *csv);

/*
 * Finds the record's columns, up to the highest that is wanted. Returns 0, or -1 with errno
 * ENOMEM.
 */
int parts_divide(struct parts *, const char *data, size_t len);

/*
 * Looks up an item that is no column. Sets *json to 1 if it is a value of JSON, as it is written,
 * else to 0. Returns 1 with the view, 0 if the record lacks it, -1 with errno ENOMEM.
 */
int parts_view(struct parts *, const struct parts_item *, const char *data, size_t len, struct range_view *, int *json);

/* Frees all memory. */
void parts_free(struct parts *);

#endif
