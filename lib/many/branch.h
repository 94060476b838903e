#ifndef BRANCH_H
#define BRANCH_H

/*
 * branch: the inputs that a command brings together, each with a queue of blocks that were read and are not used yet.
 *
 * Several inputs may have one producer (split and rejoin): while the command waits for one of them, the producer waits until another
 * is read. So what the command needs is read first; while that says nothing, the others are read ahead: into memory up to a
 * bound, then, when the silence has lasted a moment, into a temporary file up to another, and then it is a failure that names
 * them. A pipeline never hangs here. A file is not read ahead: nobody waits for its reader.
 */

#include <stddef.h>
#include <stdint.h>

#include "command/command.h"
#include "endpoint/endpoint.h"
#include "record/held.h"
#include "record/spool.h"
#include "stream/rec_in.h"

enum { BRANCH_PATIENCE = 50 }; /* milliseconds of silence before the file is begun: thrift, nothing depends on it */

struct branch {
	const char *name; /* for messages; borrowed */
	size_t number;    /* its place among all */
	uint64_t next;    /* what is not in the queue yet has no position below this */
	uint64_t watermark; /* at most next; lower if records before it were given up, or are not safe yet (rec_out_give_up) */
	int ended;        /* nothing more comes into the queue */
	int needed;       /* set by the caller: nothing goes on before more of it has come */

	/* private */
	int fed;            /* the caller puts blocks, sets next, watermark and ended */
	struct rec_in in;
	struct endpoint endpoint;
	struct spool queue;
	struct held *front; /* the queue's first, if it has been asked for */
};

struct branches {
	struct branch *all;
	size_t count;
	uint64_t bytes;              /* of records read; the caller may set it back to 0 */
	struct command_fault *fault; /* where a failure is noted when it has been said */

	/* private */
	struct rec_in **ins;
	uint64_t spill_max;
	int spilling; /* the file has been begun, and what is needed still says nothing */
	const struct branch *nothing; /* the first that failed without a record, if any has */
	int64_t until;                /* how long writers are awaited since then */
};

/* Makes count branches, to be opened, or, where fed is set, fed by the caller. 0, or -1 with errno ENOMEM. */
int branches_init(struct branches *, size_t count, uint64_t spill_max, struct command_fault *);

/* Opens the branches as the endpoints of these names, which are good ones. -1 if any of them could not be: that is said and noted. */
int branches_open(struct branches *, char *const names[]);

/* Puts a block, which becomes the queue's, to a branch that the caller feeds. 1; 0 where both bounds are reached; -1 with errno. */
int branch_put(struct branch *, struct held *);

/*
 * The block at the queue's front, data of at least one record or a loss; its records before hold->from have been taken. It stays as
 * it is until it is taken. NULL where nothing is there; or where the file could not be read, which is said and noted.
 */
struct held *branch_front(struct branches *, struct branch *);

/* Takes n records of the front (of a loss, all). When that was the last one, the block is gone. */
void branch_take(struct branch *, uint32_t n);

/*
 * Puts the front's next n records (of a loss, the loss) to the output under new positions, the first one *number, and takes them.
 */
void branch_renumber(struct branch *, struct rec_out *, uint64_t *number, uint32_t n);

/*
 * Reads: a block of each branch that is needed, or else of each that may be read ahead; where nothing has come it waits. Returns 1
 * when something has come or a branch has ended; 0 where the command should stop: nobody wants the output, or a failure has
 * been noted. At least one branch must be needed that has not ended.
 */
int branches_wait(struct branches *);

/* The end: closes all, what has not ended as no longer wanted, and frees. Says and notes what is wrong with them. Returns the
 * watermark for the end marks: the greatest of theirs, or next if that is greater. */
uint64_t branches_end(struct branches *, uint64_t next);

#endif
