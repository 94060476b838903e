#ifndef RESERVOIR_H
#define RESERVOIR_H

/*
 * reservoir: K of all records that come, every group of K as likely as any other, held until the input has ended
 * (A. Waterman's algorithm R, in D. Knuth, "The Art of Computer Programming", volume 2, 3.4.2).
 */

#include <stddef.h>
#include <stdint.h>

#include "os/random.h"
#include "record/block.h"
#include "record/held.h"
#include "stream/rec_out.h"

enum { RESERVOIR_LOSSES = 4096 }; /* losses that keep their exact place among the records */

struct reservoir {
	uint64_t size;        /* K, set by the caller */
	struct random random; /* seeded by the caller */
	uint64_t count;       /* records that came */

	/* private */
	struct reservoir_record {
		struct held *held;
		uint64_t number; /* records that came before it */
	} *records;              /* as many as came, at most size */
	size_t room;
	struct held *losses, *last_loss, *loss_before; /* each with the number of records before it in its watermark; the last two */
	size_t losses_count;
};

/* K above this would not fit into memory whatever the records are. */
#define RESERVOIR_MAX (SIZE_MAX / sizeof(struct reservoir_record))

/* Takes a data block or a loss in. 0, or -1 with errno ENOMEM. */
int reservoir_add(struct reservoir *, const struct block *);

/* Puts what is held out, in the order in which it came, and frees it; out may be NULL. */
void reservoir_put(struct reservoir *, struct rec_out *out);

#endif
