#ifndef BRANCH_H
#define BRANCH_H

/*
 * branch: the inputs that a command brings together, each with a queue of blocks that were read and
 * are not used yet.
 *
 * Several inputs may have one producer (split and rejoin): while the command waits for one of them,
 * the producer may wait until another one is read. So the command reads the inputs that it needs
 * first. While these send nothing, it reads the others ahead: into memory up to a bound; then,
 * after a moment of silence, into a temporary file up to another bound; then it fails, and names
 * the inputs. A pipeline never hangs here. A file is not read ahead, because no producer waits for
 * its reader.
 *
 * The records of all inputs have one table, or none has one. Each input has its table by itself,
 * and they are compared in the order in which their records are put out: so it does not depend on
 * what came first which of two different tables is the output's. An input whose table differs ends
 * there, as one that is damaged; so does one with a table beside records without one, and one with
 * such records beside a table, even of no records, whichever comes first.
 */

#include <stddef.h>
#include <stdint.h>

#include "command/command.h"
#include "endpoint/endpoint.h"
#include "match/align.h"
#include "record/held.h"
#include "record/spool.h"
#include "stream/declared.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

/* Milliseconds of silence before the file is begun. This only saves work; nothing depends on it. */
enum { BRANCH_PATIENCE = 50 };

struct branch {
	const char *name;   /* for messages; borrowed */
	size_t number;      /* its place among all */
	uint64_t next;      /* records that are not in the queue yet have positions of next or above */
	uint64_t watermark; /* at most next; lower if records were given up or are not safe yet (rec_out_give_up) */
	int ended;          /* nothing more comes into the queue */
	int needed;         /* set by the caller: it can do nothing before more of this branch has come */
	struct held *front; /* to be read: what branch_front has returned, until it is taken; NULL: nothing */
	size_t losses;      /* the caller's: the number of losses at one position that this branch has reported */

	/* private */
	int fed;            /* the caller puts blocks, and sets next, watermark and ended */
	struct rec_in in;
	const struct table *told; /* the table that has been compared; NULL: none */
	int fits;                 /* so have its records */
	int news;                 /* its table is another since the last look */
	struct table *merged;     /* that of its rows when they are at the front, if they are aligned; or NULL */
	size_t input;             /* of branches.aligned */
	/* Records of the queue's first block that have been at the front, and that have not. */
	uint32_t at, left;
	struct endpoint endpoint;
	struct spool queue;
};

struct branches {
	struct branch *all;
	size_t count;
	uint64_t bytes;               /* of records read; the caller may set it back to 0 */
	struct command_fault *fault;  /* gets the failures, which have been said */
	size_t memory;                /* to be read: bytes that each queue may keep in memory */
	/*
	 * Set by the caller before branches_open: gets the table of the branches as soon as
	 * branch_front is called for one that has it. NULL: their tables may differ.
	 */
	struct rec_out *out;

	/* private */
	struct rec_in **ins;
	uint64_t spill_max;
	struct declared declared;     /* the table of all */
	struct align aligned;         /* by branches_align */
	size_t tables;                /* of these; 0: rows are not aligned */
	struct buf rows;              /* moved rows that become a front */
	uint32_t *row_ends, *row_positions; /* of a block, in one piece of memory */
	int spilling;                 /* the file has been begun, and the needed branches still send nothing */
	const struct branch *nothing; /* the first branch that failed without a record; NULL: none has */
	int64_t until;                /* the time (clock_ms) until which writers are awaited because of that */
};

/*
 * Makes count branches, which the caller feeds, unless it calls branches_open. Returns 0, or -1
 * with errno ENOMEM.
 */
int branches_init(struct branches *, size_t count, uint64_t spill_max, struct command_fault *);

/*
 * Opens the branches as the endpoints of these names, which have been checked. Returns 0; or -1 if
 * one of them failed, which is said and noted.
 */
int branches_open(struct branches *, char *const names[]);

/*
 * After branches_open, with out: waits until each branch has shown its table, or that it has none,
 * and makes one table of all, under which their rows go out, moved (align.h). If none has one, all
 * is as without this call. Returns 0; or -1 after a failure that is said and noted, or if nobody
 * wants the output.
 */
int branches_align(struct branches *);

/*
 * Puts a block into the queue. Returns 1, and the queue owns the block; or 0, with errno
 * ENOBUFS, if both bounds are reached; or -1 with another errno.
 */
int branch_put(struct branch *, struct held *);

/* Returns 1 if branch_put would keep the next block in memory, else 0. */
int branch_roomy(const struct branch *);

/*
 * Returns the block at the front of the queue: data of at least one record, or a loss. Its first
 * `from` records have been taken. It is valid until its last record is taken. Returns NULL if the
 * queue is empty, or if the file could not be read, which is said and noted; or if the branch has
 * another table than those before, which ends it.
 */
struct held *branch_front(struct branches *, struct branch *);

/*
 * Returns the table of the branch's records, as far as they have been read, or that of aligned
 * rows; or NULL if it has none, or if the caller feeds it. Valid until more is read.
 */
const struct table *branch_table(const struct branch *);

/*
 * Ends a branch whose table, or the lack of one, does not go with the others', or whose rows do not
 * go with its table: its end is EX_DATAERR with the reason in why, a line that is emptied. at: the
 * position of its first record that does not go out. Records of it that are kept are freed.
 */
void branch_misfit(struct branch *, uint64_t at, struct buf *why);

/* Takes n records of the front; a loss is taken whole. After its last record the block is freed. */
void branch_take(struct branch *, uint32_t n);

/*
 * Puts the front's next n records, or the loss, to the output with new positions, from *number on,
 * which is moved up; and takes them.
 */
void branch_renumber(struct branch *, struct rec_out *, uint64_t *number, uint32_t n);

/*
 * Reads a block of each branch that is needed or, if none of them has one, of each branch that may
 * be read ahead. If nothing has come, it waits. Returns 1 if something has come or a branch has
 * ended; or 0 if the command should stop, because nobody wants the output or a failure was noted.
 * At least one branch that has not ended must be needed.
 */
int branches_wait(struct branches *);

/*
 * Closes and frees all branches; those that have not ended are no longer wanted. Says and notes
 * what is wrong with them. Returns the watermark for the end marks: the greatest of theirs, or next
 * if that is greater.
 */
uint64_t branches_end(struct branches *, uint64_t next);

#endif
