#ifndef BARS_H
#define BARS_H

/*
 * bars: a number of each record as a bar: a row has a label (the other columns or members, or the
 * rest of the record), the value as it stands, and the bar, whose scale is that of the largest
 * value. A value that is no number has no bar. Everything is made harmless (vis.h).
 *
 * Unless a value for the full bar is given, rows are kept, BARS_WINDOW bytes at most, until
 * bars_settle; they make the scale. After that a row that goes beyond the scale makes a new one,
 * and a row says so. A given scale stays: a bar that is longer has a `>` at its end.
 */

#include "match/range.h"
#include "record/block.h"
#include "report/cells.h"
#include "report/view.h"

enum { BARS_WINDOW = 1024 * 1024 };

struct bars {
	/* set by the caller */
	struct view *view;
	const char *part;  /* RANGE: one part of a record */
	double full;       /* the value of a full bar; 0: the largest one's */
	/* to be read */
	uint64_t records;  /* that have come since bars_begin */
	uint64_t numbers;  /* of these, those that have a number there */
	/* private */
	struct table *table; /* a share */
	struct range range;
	struct cells cells;
	struct buf rows, text; /* kept: struct bar, and what it shows */
	size_t laid;       /* the width for which the rows have their form; 0: they have none */
	size_t label_most, value_most; /* columns that they would take */
	size_t label, value, bar; /* columns of each; no bar: 0 */
	double low, high;  /* the scale */
	struct buf joined; /* a label, before it is cut */
};

/* Reads part. To be called first. Returns 0, or -1 with a line in error. */
int bars_check(struct bars *, struct buf *error);

/*
 * Begins with a table, to which it adds a share, or with NULL. What is kept is shown before.
 * Returns 0; or -1 with a line in error, if the table has no such column. Faults of memory are in
 * view->bad.
 */
int bars_begin(struct bars *, struct table *, struct buf *error);

/* Takes the first n records of a block, and shows them or keeps what is to be shown of them. */
void bars_block(struct bars *, const struct block *, uint32_t n);

/* Shows what is kept. */
void bars_settle(struct bars *);

void bars_free(struct bars *);

#endif
