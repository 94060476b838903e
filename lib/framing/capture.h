#ifndef CAPTURE_H
#define CAPTURE_H

/*
 * capture: takes what a process writes as records, and keeps them until it is known whether they
 * count: in memory, and above a limit in a temporary file. Bytes become records as they come, so
 * only the open record is held as bytes. Rows (`rows` of framing.h) keep their ends.
 */

#include "framing/framing.h"
#include "record/spool.h"

/* A struct of zeros, but for what the caller sets, is an empty capture. */
struct capture {
	const struct framing *framing; /* set by the caller, borrowed */
	uint64_t record_max;           /* the same: the most bytes that a record may have */
	/*
	 * The same: 1: the first record is a header, and not kept. The framing must have `rows`
	 * set.
	 */
	int heads;
	int together;                  /* the same: all records get one position, else each the next one */
	struct spool kept;             /* limits set by the caller; positions from 0. To be taken if all went well */
	uint64_t records;              /* number of records in it */
	struct buf header;             /* with heads: its bytes, with the end of the row */
	struct buf error;              /* after -1: one line without the program's name; if empty: see errno */

	/* private */
	int headed;        /* the header has come */
	struct framing_split cutter;
	struct framing_found found;
	struct buf bytes;  /* read and not yet cut */
	struct buf placed; /* records of a framing that has no gap, each followed by a newline */
	struct buf zeros;
};

/*
 * Reads what the descriptor, which does not block, has. Returns 1 if more may come, 0 at its end,
 * -1 with error, or if that is empty with errno.
 */
int capture_read(struct capture *, int fd);

/* Takes the last record too. Returns 0, or -1 as above. */
int capture_end(struct capture *);

/* Drops what was captured, for the next process. */
void capture_drop(struct capture *);

void capture_free(struct capture *);

#endif
