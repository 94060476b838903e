#ifndef ZONES_H
#define ZONES_H

/*
 * zones: changes what ranges name in a record, or all of it, and leaves the rest byte for byte.
 * Columns of a table are quoted anew if they change, strings of JSON are written anew.
 */

#include <stddef.h>

#include "base/buf.h"
#include "change/edit.h"
#include "change/row.h"
#include "match/range.h"
#include "match/table.h"
#include "stream/rec_out.h"

struct zones_kind; /* private */
struct zones_at;   /* private */

/* A struct of zeros is valid: all of the record. */
struct zones {
	struct range range; /* set by the caller, before zones_bind */

	/* private */
	const struct table *table; /* of columns; or NULL */
	struct table *own;         /* made for fields of CSV in records without a table; or NULL */
	struct zones_kind *kinds;  /* one for each part */
	struct zones_at *at;       /* of the present record */
	size_t count, room;
	int64_t most; /* the last column that can be asked for; 0: any */
	int named;    /* 1: records have names of their own: logfmt, fields */
	int json;     /* 1: there are paths into JSON */
	struct row row;
	struct edit edit;
	struct buf names, scratch, changed, levels, between[2];
};

/*
 * The records that follow have that table, or with NULL none. It must outlive the struct. Returns
 * 0, or an exit status with a line in error.
 */
int zones_bind(struct zones *, const struct table *, struct buf *error);

/*
 * Changes a string data[0, len): appends the new one to out and sets *changed to 1, or leaves both.
 * Returns NULL; or why it cannot be changed, a static string, "" without memory.
 */
typedef const char *zones_change(void *arg, const char *data, size_t len, struct buf *out, int *changed);

/*
 * Appends to out the record with its zones changed, from left to right. Sets *lacks to 1 if it
 * lacks one of the parts. Returns NULL or why not, as the function does; then out may have a part
 * of it.
 */
const char *
zones_apply(struct zones *, const struct rec *, zones_change *change, void *arg, struct buf *out, int *lacks);

/* Frees all memory; the struct is empty again. */
void zones_free(struct zones *);

#endif
