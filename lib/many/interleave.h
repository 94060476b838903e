#ifndef INTERLEAVE_H
#define INTERLEAVE_H

/*
 * interleave: branches brought together record by record. Each gives one record in its turn, and
 * these go out one after another, or side by side in one record. The output is a new stream.
 *
 * If each branch has a table, all with one separator, and the caller has set none, a row is a row
 * of a table too, which has the columns of all (table_beside). So that each value stands in its own
 * column, a record that ends early gets empty fields; one with more fields than its table has
 * columns ends its branch, with EX_DATAERR. A branch without records and without a table has no
 * columns.
 */

#include <stdint.h>

#include "base/buf.h"
#include "many/branch.h"
#include "stream/rec_out.h"

/* The caller sets the first group; all else is zeros. */
struct interleave {
	struct branches *branches;
	struct rec_out *out;
	int any;              /* ends with the first branch that ends; else with the last one */
	int overlay;          /* rows: each column is the first of the records' bytes there that is no space */
	const char *separator; /* rows: what is between the records of one row (interleave_init); or NULL */
	uint64_t record_max;  /* rows: a longer one is a failure */

	/* to be read */
	uint64_t number;      /* number of records put */

	/* private */
	const char *between;
	size_t between_len;
	const struct table **tables; /* rows: of the branches, as they have been shown; NULL: not yet */
	const struct table **shown;  /* rows: those of them that there are, as table_beside takes them */
	size_t *width;   /* rows: of the first record of each branch whose table has no names; or of its table */
	int joined;      /* rows: they have a table, made of those that are shown */
	int pending;     /* rows: before the first one: a table that has not come yet decides whether they have one */
	size_t turn;
	struct buf row;
};

/*
 * To be called after the caller's settings: finds what is between records. `separator` is as
 * range_fields takes it, but may be of any length, also empty; NULL is a tab, unless tables say
 * more.
 */
void interleave_init(struct interleave *);

/*
 * Both put what can be put, and set needed in the branches that must be waited for.
 * interleave_turns puts one record of each branch in its turn; interleave_rows puts rows of one
 * record of each branch, and an empty one for a branch that has ended. They return 1; or 0 at the
 * end; or -1 after a failure that is noted as the branches'.
 */
int interleave_turns(struct interleave *);
int interleave_rows(struct interleave *);

void interleave_free(struct interleave *);

#endif
