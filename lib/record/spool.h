#ifndef SPOOL_H
#define SPOOL_H

/*
 * spool: a queue of blocks, first in first out, in memory up to a bound and behind that in an unlinked temporary file up to another.
 * For readers that are slower than what they read: nothing is lost, nobody waits, and memory stays bounded.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/held.h"

/* Zeros besides the bounds are an empty spool. */
struct spool {
	size_t memory_max; /* set by the caller: bytes of blocks in memory; one block is taken in any case */
	uint64_t file_max; /* set by the caller: bytes of blocks in the file; 0: no file */

	/* to be read */
	size_t blocks;       /* in the queue */
	size_t memory;       /* bytes in memory */
	uint64_t file_bytes; /* bytes in the file */

	/* private */
	struct held **held; /* in memory, a ring of room entries; those in the file come behind them */
	size_t room, begins, holds;
	struct held *front;        /* read from the file */
	size_t front_bytes;        /* that it takes there */
	size_t filed;              /* blocks in the file */
	int fd;                    /* the file, while made is set */
	int made;
	uint64_t begin, end, punched; /* offsets in the file */
	uint64_t record_max;
	int sums;                  /* payloads are checksummed in the file */
};

/*
 * Puts a block at the end of the queue; with 0 it becomes the spool's (held_drop). -1 with errno: ENOBUFS where both bounds are
 * reached, or what the file's system says (ENOSPC); then it stays the caller's and the queue is as before.
 */
int spool_put(struct spool *, struct held *);

/* Whether spool_put would keep the next block in memory. */
int spool_roomy(const struct spool *);

/*
 * The block at the front, which stays there; it may be changed as a hold may. NULL with errno 0 where the queue is empty; NULL with
 * errno where the file could not be read.
 */
struct held *spool_first(struct spool *);

/* Takes the front off the queue and drops it. The hold may have been shared before. */
void spool_shift(struct spool *);

/* Drops what is in the queue, and closes the file; with its bounds it is an empty spool again. */
void spool_free(struct spool *);

#endif
