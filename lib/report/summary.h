#ifndef SUMMARY_H
#define SUMMARY_H

/*
 * summary: what a record stream consists of, counted block by block, as a table for a person or as
 * a JSON object. A struct of zeros is the beginning; nothing is to be freed.
 */

#include "base/buf.h"
#include "stream/rec_in.h"

struct summary {
	uint64_t data, losses;        /* blocks of that kind */
	uint64_t summed;              /* data blocks whose checksum covers the payload too */
	uint64_t records;             /* counted here; rec_in has the same number */
	uint64_t first, last;         /* positions, if there are records */
	uint64_t skipped;             /* positions between these two that no record has */
	uint64_t largest, largest_at; /* bytes and position of the first record of that length */
	unsigned char gaps[256];      /* [n]: a gap of n bytes was met */
	unsigned char gap_bytes[256]; /* [c]: a gap of the one byte c was met */
};

/* Counts a block that rec_in_block has returned. */
void summary_block(struct summary *, const struct block *);

/*
 * Append everything, after the input has ended and before it is freed: about ten rows "name value",
 * or one line of JSON. A table that the stream declares is shown as table.h has it. Names and
 * reasons are made harmless (vis.h). They return 0, or -1 with errno ENOMEM.
 */
int summary_table(const struct summary *, const struct rec_in *, struct buf *);
int summary_json(const struct summary *, const struct rec_in *, struct buf *);

#endif
