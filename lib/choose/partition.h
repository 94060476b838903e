#ifndef PARTITION_H
#define PARTITION_H

/*
 * partition: a stream divided between two outputs, for every command that keeps some records and
 * rejects others. Kept records go to standard output, rejected ones to the endpoint of --else.
 * Records keep their positions; a block whose records all go the same way passes unchanged; losses
 * and watermarks go to both outputs.
 *
 * partition_stream is the loop of all these commands: it reads, asks a judge about each block, and
 * puts the records out.
 */

#include <stdint.h>

#include "base/buf.h"
#include "command/command.h"
#include "endpoint/endpoint.h"
#include "record/held.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

/* A struct of zeros is valid: no output is open. */
struct partition {
	struct rec_out *kept, *rejected; /* NULL: that output is not wanted */
	const char *other;               /* the argument of --else, or NULL */

	/* private */
	struct rec_out outs[2];
	struct endpoint endpoint;
};

/*
 * Takes the argument of --else, borrowed; opens nothing yet. Returns 0, or -1 with a line in error.
 */
int partition_else(struct partition *, const char *name, struct buf *error);

/*
 * Opens the outputs; standard output only if kept is not 0. Reports a failure, and notes it in the
 * fault.
 */
void partition_open(struct partition *, int kept, struct command_fault *);

/* ---- the loop ---- */

/* What a judge says about a data block, besides the number that it returns. */
struct partition_verdict {
	const uint64_t *bits; /* bit i: of record i; not read if the judge returns 0 */
	int set;              /* records whose bit equals this are kept, the others rejected; 1 at first */
	uint64_t next;        /* no record that goes out later is below this position; at first the block's */
};

struct partition_judge {
	void *job; /* what the functions get */

	/*
	 * Judges a data block. Returns n: the loop puts out records [0, n) by the verdict's bits,
	 * and then the watermark, the verdict's next. The judge has put out the others itself, or
	 * holds them. It may change the block to a front part of it.
	 * If it notes a fault, the loop puts out nothing of this block, and the stream ends at the
	 * verdict's next.
	 */
	uint32_t (*block)(void *job, struct block *, struct partition_verdict *);

	/*
	 * Called for a loss, before it goes to both outputs. Returns 1 if the judge holds the loss
	 * instead, else 0. NULL: always 0.
	 */
	int (*loss)(void *job, const struct block *);

	/*
	 * Returns 1 if the command needs no more input. Then it stops without another read, at the
	 * next of the last verdict, or of a loss after it that went out; at 0 if no record has been
	 * read, but the table has. Called before each read, and after each block. NULL: always 0.
	 */
	int (*enough)(const void *job);
};

/*
 * Reads the stream to its end, or until the judge has enough, or until there is a fault (also one
 * from before the call), and puts its records out as the judge says. Losses go to both outputs.
 */
void partition_stream(struct partition *, struct rec_in *, const struct partition_judge *, struct command_fault *);

/* ---- for judges that put records out themselves ---- */

/*
 * Returns 1 if one of the outputs takes more records: that of kept records or, with keep 0, that of
 * rejected ones.
 */
int partition_wants(const struct partition *, int keep);

/*
 * Puts records [from, to) of a data block to one of the outputs: that of kept records or, with keep
 * 0, that of rejected ones.
 */
void partition_run(struct partition *, int keep, const struct block *, uint32_t from, uint32_t to);

/*
 * Puts records [from, to) of a data block out: those whose bit equals set are kept, the others
 * rejected.
 */
void partition_bits(struct partition *, const struct block *, const uint64_t *bits, int set, uint32_t from,
    uint32_t to);

/* As partition_run, but always copies the records, so that small blocks become larger ones. */
void partition_copy(struct partition *, int keep, const struct block *, uint32_t from, uint32_t to);

/*
 * Divides record i of a data block after its first bytes: more than none, and fewer than all of
 * them. Both parts have its position. With keep the first part is kept and the second rejected;
 * without, the other way round.
 */
void partition_cut(struct partition *, int keep, const struct block *, uint32_t i, uint32_t bytes);

/* Puts a loss to both outputs. */
void partition_loss(struct partition *, const struct block *);

/* Frees all of it, after command_end. */
void partition_free(struct partition *);

#endif
