#ifndef FANOUT_H
#define FANOUT_H

/*
 * fanout: the loop that deals a stream to workers (deal.h, worker.h) and gathers their answers
 * (gather.h). It starts and ends the workers, and decides what becomes of the whole if one of them
 * fails.
 *
 * If a worker fails, the whole fails, after the others have answered what they were sent. With
 * retries, its unanswered records go to other workers, and another process takes its place. If a
 * worker ends well but early, its unanswered records go to others too. If all have ended early,
 * nobody wants the rest of the input.
 */

#include <stddef.h>
#include <stdint.h>

#include "command/command.h"
#include "os/process.h"
#include "work/worker.h"
#include "work/deal.h"
#include "work/gather.h"

struct fanout {
	/* set by the caller */
	struct deal deal;         /* of this: how, batch, key, workers and count */
	struct gather gather;     /* of this: order and out; out NULL: the workers are sinks */
	struct process_pool processes; /* of this: tag */
	uint64_t retries;         /* how often records are dealt again after a worker has died of them */
	/* Not 0: few workers are started at a time; milliseconds that one without records gets. */
	unsigned spacing;
	int endpoints;            /* the workers are open outputs (worker_endpoint), not processes */

	/* private */
	struct rec_in *in;
	struct command_fault *fault;
	struct rec_in **polled;
	struct buf reason;
	int failing;              /* the whole has failed: nothing more is dealt */
	int stopping;             /* nobody wants the answers */
	int owes;                 /* no worker has answered: not even that there is no record, and with which table */
	int dry;                  /* the input has been waited for since the last block */
	unsigned pause;           /* milliseconds of the next short wait */
	uint64_t *born;           /* for each worker: when its process was started, in milliseconds */
};

/*
 * Deals the whole input, and returns the watermark for the end marks. Failures are said and noted
 * in the fault. No process is left then; outputs are still open.
 */
uint64_t fanout_run(struct fanout *, struct rec_in *, struct command_fault *);

void fanout_free(struct fanout *);

#endif
