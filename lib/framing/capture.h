#ifndef CAPTURE_H
#define CAPTURE_H

/*
 * capture: what a process writes, taken as records and kept until it is known whether they count: in memory, and beyond a bound in
 * a temporary file. Bytes become records as they come, so that no more than the open record is held as bytes.
 */

#include "framing/framing.h"
#include "record/spool.h"

/* Zeros besides what the caller sets are an empty one. */
struct capture {
	const struct framing *framing; /* set by the caller, borrowed */
	uint64_t record_max;           /* the same: bytes of one record, at most */
	int together;                  /* the same: all records get one position, else each the next one */
	struct spool kept;             /* its bounds are set by the caller; the blocks' positions count from 0. To be taken out when all is well */
	uint64_t records;              /* in it */
	struct buf error;              /* after -1: one line without the program's name; empty where memory or the file failed: errno */

	/* private */
	struct framing_split cutter;
	struct framing_found found;
	struct buf bytes;  /* read and not yet cut */
	struct buf placed; /* records of a framing that does not let them stand in place, with newlines behind */
	struct buf zeros;
};

/* Takes what the descriptor, which does not wait, has: 1 where more may come, 0 at its end, -1 as above. */
int capture_read(struct capture *, int fd);

/* The end: the last record too. 0, or -1 as above. */
int capture_end(struct capture *);

/* Drops what is in it, for the next process. */
void capture_drop(struct capture *);

void capture_free(struct capture *);

#endif
