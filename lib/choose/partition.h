#ifndef PARTITION_H
#define PARTITION_H

/*
 * partition: the two outputs of every command that selects: what is kept goes to standard output, the rest to the endpoint of
 * --else. Records keep their positions, a block of which all goes one way passes as it lies, losses and watermarks go both
 * ways.
 */

#include <stdint.h>

#include "base/buf.h"
#include "command/command.h"
#include "endpoint/endpoint.h"
#include "record/held.h"
#include "stream/rec_out.h"

/* A struct of zeros is the beginning. */
struct partition {
	struct rec_out *kept, *rejected; /* NULL: nobody asked for them */
	const char *other;               /* the name given to --else */

	/* private */
	struct rec_out outs[2];
	struct endpoint endpoint;
};

/* Takes the argument of --else, borrowed; opens nothing yet. 0, or -1 with a line in error. */
int partition_else(struct partition *, const char *name, struct buf *error);

/* Opens the outputs; standard output only where kept is set. What fails is said, and noted in the fault. */
void partition_open(struct partition *, int kept, struct command_fault *);

/* Whether the output of what is kept (keep 0: of the rest) takes more records. */
int partition_wants(const struct partition *, int keep);

/* Puts records [from, to) of a data block to one of the outputs: the kept ones' or, with keep 0, the other. */
void partition_run(struct partition *, int keep, const struct block *, uint32_t from, uint32_t to);

/* The same, always copied: small blocks become larger ones. */
void partition_copy(struct partition *, int keep, const struct block *, uint32_t from, uint32_t to);

/* Divides records [0, to) of a data block: those whose bit equals set are kept, the others rejected. */
void partition_bits(struct partition *, const struct block *, const uint64_t *bits, int set, uint32_t to);

/* Divides record i of a data block after its first bytes, more than none and fewer than all of them; both parts have its
 * position. With keep the first part is kept and the second rejected, else the other way round. */
void partition_cut(struct partition *, int keep, const struct block *, uint32_t i, uint32_t bytes);

/*
 * The first record of a data block names the columns (-H): it passes, to standard output. The block becomes a copy of what stands
 * behind it, in *rest, which the caller frees; NULL where there is nothing. 0, or -1 with errno ENOMEM.
 */
int partition_header(struct partition *, struct block *, struct held **rest);

/* A loss goes to both outputs; the watermark too, see rec_out_mark. */
void partition_loss(struct partition *, const struct block *);
void partition_mark(struct partition *, uint64_t next, uint64_t bytes);

/* After command_end. */
void partition_free(struct partition *);

#endif
