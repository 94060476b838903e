#ifndef ONLY_H
#define ONLY_H

/*
 * only: sends some records of a stream through a process, while the others pass by. All come out in
 * the order in which they came.
 *
 * The process gets its records with distinct positions (distinct.h). If it gives back any other
 * position, it does not keep positions, and that is a failure. The original positions are kept in a
 * queue and put back into its answers. The watermark of its answers tells how far it has come.
 * Records that pass by wait for it, in memory, then in a file, up to a bound (branch.h). If it has
 * answered everything, they go out at once.
 */

#include <stdint.h>

#include "choose/phrase.h"
#include "many/branch.h"
#include "many/order.h"
#include "os/process.h"
#include "record/spool.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "work/distinct.h"

enum { ONLY_PASSING, ONLY_ANSWERS }; /* the branches */

/* The caller sets the first group; all else is zeros. */
struct only {
	struct phrase phrase; /* which records go through the process */
	char *const *argv;    /* the process's; NULL at the end; borrowed */
	uint64_t spill_max;   /* bytes in the temporary file */
	struct rec_in *in;
	struct rec_out *out;
	struct command_fault *fault;

	/* to be read */
	uint64_t next; /* the watermark for the end mark: not above a record that the process has left unanswered */

	/* private */
	struct branches branches;
	struct order order;
	struct process_pool processes;
	struct process process;
	struct rec_out feed;
	struct rec_in answers;
	struct held *pending, *under_way; /* to be fed, and being fed */
	struct distinct distinct; /* makes the distinct positions of the records that are fed */
	uint64_t begin, end;      /* what the process got: the first position, and the one after the last, or 0 */
	struct spool map;         /* blocks of empty records with the original positions */
	struct distinct mapped;   /* makes the same distinct positions again, from the front of map */
	struct block originals;   /* the first block of map ... */
	struct block front;       /* ... and the same with distinct positions; no records: it has not been read yet */
	uint32_t at;              /* the record looked up last, in both */
	uint32_t front_positions[BLOCK_RECORDS];
	int started, feeding, answering; /* the process runs, and its streams are open */
	int spilling;             /* the process was silent for a while: records that pass by may go to the file */
	int failed;               /* the process has failed, and its answers have ended */
	uint64_t unfed;           /* the first record that came after the process read no more, or UINT64_MAX */
	uint32_t positions[BLOCK_RECORDS];
};

/*
 * Starts the process, reads the input to its end, and puts all to the output. Returns after all is
 * done and the process has ended. Failures are said and noted in the fault. in has been ended and
 * freed then (command_end_input); the caller ends out.
 */
void only_run(struct only *);

void only_free(struct only *);

#endif
