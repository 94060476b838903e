#ifndef SPOOL_H
#define SPOOL_H

/*
 * spool: a queue of blocks, first in first out. It is in memory up to one bound, and after that in
 * a temporary file (tempfile.h) up to another. It is for readers that are slower than their source:
 * nothing is lost, the source does not wait, and memory stays bounded.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/held.h"

/* A struct of zeros but for the bounds is an empty spool. */
struct spool {
	/*
	 * Set by the caller: bytes of blocks in memory. The first block is kept there even if it is
	 * larger.
	 */
	size_t memory_max;
	uint64_t file_max; /* set by the caller: bytes of blocks in the file; 0: no file */

	/* to be read */
	size_t blocks;       /* in the queue */
	size_t memory;       /* bytes in memory */
	uint64_t file_bytes; /* bytes in the file */

	/* private */
	struct held **held; /* in memory, a ring of room entries; the blocks in the file come after them */
	size_t room, begins, holds;
	struct held *front;        /* the first block of the file, if it has been read */
	size_t front_bytes;        /* bytes that it takes there */
	size_t filed;              /* blocks in the file */
	int fd;                    /* the file, while made is set */
	int made;
	uint64_t begin, end, punched; /* offsets in the file */
	uint64_t record_max;
	int sums;                  /* 1: payloads are checksummed in the file */
};

/*
 * Puts a block at the end of the queue. Returns 0, and then the spool owns it; or -1 with errno,
 * ENOBUFS if both bounds are reached, ENOMEM, or what the file system says (ENOSPC). Then the block
 * stays the caller's, and the queue is as before.
 */
int spool_put(struct spool *, struct held *);

/* Returns 1 if spool_put would keep the next block in memory, or 0. */
int spool_roomy(const struct spool *);

/*
 * Returns the first block of the queue, which stays there and stays the spool's; the caller may
 * change it as it may any held block. Returns NULL with errno 0 if the queue is empty, or NULL with
 * another errno if the file could not be read (EIO if its content is wrong).
 */
struct held *spool_first(struct spool *);

/*
 * Takes the first block off the queue and drops it. A caller that wants to keep it calls held_share
 * before.
 */
void spool_shift(struct spool *);

/*
 * Drops what is in the queue and closes the file. The spool is empty again, with the same bounds.
 */
void spool_free(struct spool *);

#endif
