#ifndef SIEVE_H
#define SIEVE_H

/*
 * sieve: the two outputs of every command that selects: what is kept goes to standard output, the rest to the endpoint of
 * --else. Records keep their positions, a block of which all goes one way passes as it lies, losses and watermarks go both
 * ways.
 */

#include <stdint.h>

#include "base/buf.h"
#include "command/command.h"
#include "endpoint/endpoint.h"
#include "record/hold.h"
#include "stream/rec_out.h"

/* A struct of zeros is the beginning. */
struct sieve {
	struct rec_out *kept, *rejected; /* NULL: nobody asked for them */
	const char *other;               /* the name given to --else */

	/* private */
	struct rec_out outs[2];
	struct endpoint endpoint;
};

/* Takes the argument of --else, borrowed; opens nothing yet. 0, or -1 with a line in error. */
int sieve_else(struct sieve *, const char *name, struct buf *error);

/* Opens the outputs; standard output only where kept is set. What fails is said, and noted in the fault. */
void sieve_open(struct sieve *, int kept, struct command_fault *);

/* Whether the output of what is kept (keep 0: of the rest) takes more records. */
int sieve_wants(const struct sieve *, int keep);

/* Puts records [from, to) of a data block to one of the outputs: the kept ones' or, with keep 0, the other. */
void sieve_run(struct sieve *, int keep, const struct block *, uint32_t from, uint32_t to);

/* The same, always copied: small blocks become larger ones. */
void sieve_copy(struct sieve *, int keep, const struct block *, uint32_t from, uint32_t to);

/* Divides records [0, to) of a data block: those whose bit equals set are kept, the others rejected. */
void sieve_bits(struct sieve *, const struct block *, const uint64_t *bits, int set, uint32_t to);

/* Divides record i of a data block after its first bytes, more than none and fewer than all of them; both parts have its
 * position. With keep the first part is kept and the second rejected, else the other way round. */
void sieve_cut(struct sieve *, int keep, const struct block *, uint32_t i, uint32_t bytes);

/*
 * The first record of a data block names the columns (-H): it passes, to standard output. The block becomes a copy of what stands
 * behind it, in *rest, which the caller frees; NULL where there is nothing. 0, or -1 with errno ENOMEM.
 */
int sieve_header(struct sieve *, struct block *, struct hold **rest);

/* A loss goes to both outputs; the watermark too, see rec_out_mark. */
void sieve_loss(struct sieve *, const struct block *);
void sieve_mark(struct sieve *, uint64_t next, uint64_t bytes);

/* After command_end. */
void sieve_free(struct sieve *);

/* ---- bits: bit i stands for record i ---- */

static inline void
bits_set(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Sets those of [from, to). */
void bits_fill(uint64_t *bits, uint32_t from, uint32_t to);

/* The first one in [from, count) whose bit equals set; count if there is none. */
uint32_t bits_next(const uint64_t *bits, uint32_t from, uint32_t count, int set);

#endif
