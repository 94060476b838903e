#ifndef NAMES_H
#define NAMES_H

/*
 * names: says at the end that a name such as .price has found nothing, because the records have no
 * table and none of them is JSON: probably they are rows of CSV; or that no record has a member of
 * that name.
 */

#include <stdint.h>

#include "base/buf.h"
#include "match/range.h"
#include "record/block.h"

/* What the old option -H gets in all commands that had it: a line for die_usage. */
#define NAMES_NO_HEADER                                                                                       \
	"-H: the header is declared at the edge: rec-split -f csv -H \xE2\x80\xA6 | rec-filter where '.price > 9'"

/* A struct of zeros is valid. */
struct names {
	int used;   /* set by the caller, 1: the command looks for names */
	int tabled; /* set by the caller, 1: the records have a table, or had one */
	/*
	 * The number of records, and the names that none of them had (range_lacking, expr_lacking).
	 * A caller that does not use names_look and names_lacking sets both at the end.
	 */
	uint64_t total;
	struct buf lacking;

	/* private */
	int json;         /* a record was JSON */
	uint64_t records; /* so far, while none was */
	struct buf nested;
};

/* Looks at the records of a data block. */
void names_look(struct names *, const struct block *);

/* To be called when all records have come: notes the names of the range that none of them had. */
void names_lacking(struct names *, const struct range *);

/*
 * To be called at the end: prints the line if there is reason to. Returns 1 if it has, else 0.
 * Frees the memory.
 */
int names_end(struct names *);

#endif
