#ifndef ALIGN_H
#define ALIGN_H

/*
 * align: rows of several inputs, whose tables have columns in different orders, into rows of one
 * table: the columns of the first input, then the new ones of the others in the order met. Fields
 * are moved as they are written; a column that an input does not have is an empty field. For
 * --align of rec-split and rec-fanin.
 *
 * The tables of all inputs come first (align_add), then the one that all rows have (align_table),
 * then rows in any order. JSON names its members in each record, so these stay as they are.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/table.h"

struct align_input; /* private */

struct align {           /* { 0 }: no input */
	/* to be read */
	const char *wrong;       /* after align_row with EINVAL: what to say of the row, "it has ..."; static */
	/* private */
	struct align_input *inputs;
	size_t count;            /* of inputs */
	struct table *first;     /* a share */
	const char *from;        /* the first input's name */
	struct table *merged;    /* a share, once it is known */
	struct range_view *more; /* the names that are not among the first's; they belong to the inputs' tables */
	size_t more_count;
	struct range_view *fields; /* of one row */
};

/*
 * Adds the table of the next input, and a share of it; from is the input's name, which is borrowed.
 * Inputs are numbered from 0. Returns 0; or -1 with the reason appended to why, or, with errno
 * ENOMEM, nothing: the table has no names, or one twice; or it is not of the first one's framing or
 * separator.
 */
int align_add(struct align *, struct table *, const char *from, struct buf *why);

/*
 * Returns the table of the rows of all inputs, of which there must be one at least: the first
 * input's if that has all columns. It belongs to the struct. Returns NULL as align_add returns -1,
 * but the reason begins with the name of an input; then there is nothing to do but align_free.
 */
struct table *align_table(struct align *, struct buf *why);

/* Returns 1 if rows of the input need moving, 0 if all pass as they are; after align_table. */
int align_moves(const struct align *, size_t input);

/*
 * Appends a row of the input to out, moved, after align_table. Returns 1; 0 if the row passes as it
 * is, and nothing was appended; or -1 with errno: ENOMEM, or EINVAL if it has more fields than the
 * input's table has columns, or cannot be moved (columns_last).
 */
int align_row(struct align *, size_t input, const char *row, size_t len, struct buf *out);

void align_free(struct align *);

#endif
