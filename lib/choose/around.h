#ifndef AROUND_H
#define AROUND_H

/*
 * around: rec-around, which keeps the records that satisfy a phrase, and their neighbours:
 * the `before` records right before each of them, and the `after` records right after it. A record
 * that is near several of them is kept once.
 *
 * A record goes out as soon as its fate is known. Only the last `before` records are held (tail.h),
 * as long as one that satisfies the phrase may come after them; a record that is no longer among
 * them is rejected. Losses are not counted as neighbours.
 */

#include <stdint.h>

#include "choose/partition.h"
#include "choose/phrase.h"
#include "command/command.h"
#include "record/tail.h"

/* A struct of zeros is valid, but for the limit. */
struct around {
	/* set by the caller, with the phrase and the argument of --else */
	uint64_t before, after; /* number of neighbours on each side */
	/*
	 * The number of records that satisfy the phrase after which nothing more is read but the
	 * neighbours of the last of them. UINT64_MAX: none.
	 */
	uint64_t limit;
	int invert; /* 1: neighbours are kept of the records that do not satisfy the phrase */
	/*
	 * NULL, or a text that is put as a record of its own between two kept records if others
	 * between them are rejected. It has the position of the second. Records that have a table
	 * are then refused, because it would be one of its rows.
	 */
	const char *between;
	struct phrase phrase;
	struct partition partition;

	/* private */
	struct command_fault *fault;
	struct tail tail; /* the records whose fate is not known */
	uint64_t held;    /* number of these */
	uint64_t left;    /* number of records that are still kept after the last one found */
	uint64_t found;   /* records that satisfy the phrase, up to the limit */
	int any, apart;   /* 1: a record was kept; ... and others rejected since */
	uint64_t bits[BLOCK_RECORDS / 64]; /* bit i: record i of the block is kept */
};

/*
 * Reads the stream and puts its records out. Reports a failure (memory, a name that the table
 * lacks, a table that does not go with `between`), and notes it in the fault. Frees all memory but
 * the outputs', which partition_free frees after command_end, and the phrase's.
 */
void around_stream(struct around *, struct rec_in *, struct command_fault *);

#endif
