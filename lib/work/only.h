#ifndef ONLY_H
#define ONLY_H

/*
 * only: a stream of which some records go through a process and the others pass by, and all come out in the order in which they came.
 *
 * The process gets its records with distinct positions (distinct.h): whatever it gives back under others shows that it does not keep
 * positions. The original ones are kept in a queue and put back into its answers. Its watermark tells how far it has come; if it has
 * answered everything, what passes by goes out at once. Meanwhile the records that pass by wait, in memory, then in a file, up to a
 * bound (branch.h).
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
	char *const *argv;    /* the process's; NULL at the end */
	uint64_t spill_max;
	struct rec_in *in;
	struct rec_out *out;
	struct command_fault *fault;

	/* to be read */
	uint64_t next; /* the watermark for the end mark: it does not pass a record that the process has left unanswered */

	/* private */
	struct branches branches;
	struct order order;
	struct process_pool pool;
	struct process process;
	struct rec_out feed;
	struct rec_in answers;
	struct held *pending, *under_way; /* to be fed, and being fed */
	struct distinct distinct; /* what becomes of positions */
	uint64_t begin, end;      /* of what the process got: the first position, and the one behind the last; 0: nothing yet */
	struct spool map;         /* of the original positions: blocks of as many empty records */
	struct distinct mapped;   /* what becomes of these, up to the front */
	struct block originals;   /* the first block of these ... */
	struct block front;       /* ... and with the process's positions; no records: it has not been looked at */
	uint32_t at;              /* the record looked up last, in both */
	uint32_t front_positions[BLOCK_RECORDS];
	int started, feeding, answering; /* the process runs, and its streams are open */
	int spilling;
	int failed;          /* the process has, and its answers have ended */
	uint64_t unfed;      /* the first record that came for the process when it read no more; UINT64_MAX: none */
	uint32_t positions[BLOCK_RECORDS];
};

/*
 * Starts the process, reads the input to its end, and puts all to the output. Returns when all is done and the process has ended;
 * what fails is said, and noted in the fault. in and out are ended by the caller, in has been judged then.
 */
void only_run(struct only *);

void only_free(struct only *);

#endif
