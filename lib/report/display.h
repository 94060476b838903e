#ifndef DISPLAY_H
#define DISPLAY_H

/*
 * display: the records of an input for a person: as rows with position, length and content, as a
 * table with aligned columns (grid.h), or as bars (bars.h). Rows are shown as soon as they arrive,
 * but for bars whose scale is not known yet. If the view has a write function, a struct of zeros is
 * ready.
 */

#include "report/bars.h"
#include "report/grid.h"
#include "report/view.h"
#include "stream/rec_in.h"

enum display_form {
	DISPLAY_ROWS,
	DISPLAY_TABLE,
	DISPLAY_BARS,
	DISPLAY_AUTO /* a table if one is declared, else rows */
};

struct display {
	struct view view;        /* set by the caller, but for its width */
	enum display_form form;
	int full;                /* 1: the rows of a table have no limit */
	uint64_t limit;          /* records of an input */
	struct bars bars;        /* BARS: part and full set by the caller, and bars_check called */
	/* to be read, after display_records */
	struct buf error;        /* BARS: what is wrong with the table for them; else empty */
	uint64_t records, bare;  /* shown as a table; and of these, those that have no cells */
	/* private */
	struct grid grid;
	int gridded;             /* the records that come now are shown as a table */
};

/*
 * Shows the records of an input, in the width of standard output, until it ends or the limit is
 * reached. Takes the input's `tabled`. Returns 0, or -1 without memory.
 */
int display_records(struct display *, struct rec_in *);

/* Frees all memory, the view's too. */
void display_free(struct display *);

#endif
