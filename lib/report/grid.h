#ifndef GRID_H
#define GRID_H

/*
 * grid: records as a table with aligned columns: a header, then a row for each record, with the
 * cells of cells.h. A column of numbers stands to the right. Everything is made harmless (vis.h).
 *
 * The first rows, of GRID_WINDOW bytes at most, are kept until grid_settle, and make the columns as
 * wide as their cells need. Later on a column only becomes wider, from one block to the next, and
 * the header comes again if the columns are others. If the view has a width, no row is wider: the
 * widest columns are cut, and the last ones are left out if they have not even GRID_LEAST columns.
 * Without a width all cells are whole, and a column is at most GRID_WIDEST wide: a longer cell
 * moves the rest of its row.
 */

#include "record/block.h"
#include "report/cells.h"
#include "report/view.h"

enum {
	GRID_WINDOW = 1024 * 1024,
	GRID_LEAST = 4,
	GRID_WIDEST = 80,
	GRID_AGAIN = 20 /* rows, at least, before a header that has moved is shown again */
};

struct grid_column {
	uint32_t need;  /* the widest cell or name so far */
	uint32_t width; /* on the screen */
	int text;       /* 1: a cell is no number */
};

struct grid {
	struct view *view; /* set by the caller */
	/* to be read */
	uint64_t records;  /* that have come since grid_begin */
	uint64_t bare;     /* of these, those that have no cells */
	/* private */
	struct table *table; /* a share */
	struct cells cells;
	struct grid_column *columns;
	size_t count, room; /* of columns */
	size_t shown;       /* columns that have a place; the others are left out */
	size_t laid;        /* the view's width when the columns got theirs */
	int past;           /* 1: nothing is kept any more */
	int settled;        /* 1: the columns have their widths */
	size_t headed;      /* columns that the last header had */
	int begun;          /* 1: a header has been shown */
	int moved;          /* 1: the columns are wider than at the last header */
	uint64_t since;     /* rows after it */
	struct buf kept, ends; /* the first records, as in a block without gaps */
	struct buf rows;    /* of the batch */
	struct buf scratch;
	size_t pad;         /* blanks before the next cell of the row */
};

/*
 * Begins with a table, to which it adds a share, or with NULL for JSON. What is kept is shown
 * before. Faults of memory are in view->bad.
 */
void grid_begin(struct grid *, struct table *);

/* Takes the first n records of a block, and shows them or keeps them, copied. */
void grid_block(struct grid *, const struct block *, uint32_t n);

/* Returns 1 if records are kept that could be shown, or 0. */
int grid_pending(const struct grid *);

/* Shows what is kept: the input is silent, or something else is to be shown. */
void grid_settle(struct grid *);

/* The records have ended: shows what is kept, and at least a table's header. */
void grid_end(struct grid *);

void grid_free(struct grid *);

#endif
