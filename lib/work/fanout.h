#ifndef FANOUT_H
#define FANOUT_H

/*
 * fanout: a stream dealt to workers (deal.h, worker.h), and what they answer gathered (gather.h): the loop that does it, starts
 * workers, ends them, and says what becomes of the whole when one of them fails.
 *
 * A worker that fails is the failure of the whole, after the others have answered what they were sent; with retries, others
 * get what it has not answered, and another one takes its place. One that ends well but early leaves that to the
 * others too; when all have, nobody wants the rest of the input.
 */

#include <stddef.h>
#include <stdint.h>

#include "command/command.h"
#include "os/process.h"
#include "work/worker.h"
#include "work/deal.h"
#include "work/gather.h"

struct fanout {
	/* set by the caller, besides how, batch, key, workers and count of deal, order and out of gather, tag of pool */
	struct deal deal;
	struct gather gather; /* out NULL: workers only take */
	struct process_pool pool;
	uint64_t retries;
	unsigned spacing;     /* not 0: a few at a time are started; one that there are no records for is not waited for longer than these
	                         milliseconds */
	int endpoints;        /* the workers are open outputs (worker_endpoint), not processes */

	/* private */
	struct rec_in *in;
	struct command_fault *fault;
	struct rec_in **polled;
	struct buf reason;
	int failing, stopping;
	int dry;              /* the input has been waited for since the last block */
	unsigned pause;
	uint64_t *born;       /* for each worker: when its process was started, in milliseconds */
};

/*
 * Deals the whole input. Faults are noted and said. Returns the watermark for the end marks. Then no process is left; outputs
 * are still open.
 */
uint64_t fanout_run(struct fanout *, struct rec_in *, struct command_fault *);

void fanout_free(struct fanout *);

#endif
