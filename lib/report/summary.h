#ifndef SUMMARY_H
#define SUMMARY_H

/*
 * summary: what a record stream consists of, counted block by block, as a table for a person or as a JSON object.
 * A struct summary of zeros is the beginning.
 */

#include "base/buf.h"
#include "stream/rec_in.h"

struct summary {
	uint64_t data, losses;        /* blocks of that kind */
	uint64_t summed;              /* data blocks whose checksum covers the payload too */
	uint64_t records;             /* counted here; rec_in has the same number */
	uint64_t first, last;         /* positions, where there are records */
	uint64_t skipped;             /* positions between these two that no record has */
	uint64_t largest, largest_at; /* bytes and position of the first record of that length */
	unsigned char gaps[256];      /* by their length: such a gap was met */
	unsigned char gap_bytes[256]; /* of those of 1 byte, by that byte */
};

/* Takes a block into account that rec_in_block handed out. */
void summary_block(struct summary *, const struct block *);

/*
 * Appends the whole, when the input has ended and before it is freed: some ten rows "name value", or one line of JSON.
 * Names and reasons are made harmless. Return 0, or -1 with errno ENOMEM.
 */
int summary_table(const struct summary *, const struct rec_in *, struct buf *);
int summary_json(const struct summary *, const struct rec_in *, struct buf *);

#endif
