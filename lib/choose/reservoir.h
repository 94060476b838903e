#ifndef RESERVOIR_H
#define RESERVOIR_H

/*
 * reservoir: holds K of all records that come, until the input has ended. Every group of K is as
 * likely as any other (A. Waterman's algorithm R, in D. Knuth, "The Art of Computer Programming",
 * volume 2, 3.4.2).
 */

#include <stddef.h>
#include <stdint.h>

#include "os/random.h"
#include "record/block.h"
#include "record/held.h"
#include "stream/rec_out.h"

enum { RESERVOIR_LOSSES = 4096 }; /* number of losses that keep their exact places among the records */

struct reservoir {
	uint64_t size;        /* K, set by the caller */
	struct random random; /* seeded by the caller */
	uint64_t count;       /* records that came */

	/* private */
	struct reservoir_record {
		struct held *held;
		uint64_t number; /* of records that came before it */
	} *records;    /* as many as came, at most size */
	size_t room; /* number of records that there is memory for */
	/*
	 * The first loss, the last, the one before the last. block.next is the number of records
	 * before it.
	 */
	struct held *losses, *last_loss, *loss_before;
	size_t losses_count;
};

/* The greatest K: above it even empty records would not fit into memory. */
#define RESERVOIR_MAX (SIZE_MAX / sizeof(struct reservoir_record))

/* Takes a data block or a loss. Returns 0, or -1 with errno ENOMEM. */
int reservoir_add(struct reservoir *, const struct block *);

/*
 * Puts out what is held, in the order in which it came, and frees it. out may be NULL: then nothing
 * is put out.
 */
void reservoir_put(struct reservoir *, struct rec_out *out);

#endif
