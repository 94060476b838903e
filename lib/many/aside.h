#ifndef ASIDE_H
#define ASIDE_H

/*
 * aside: the output of rec-split --bad: what is not in the framing, as records of a table of four
 * columns: file (the input's name as --name gives it), line (in which the bytes begin, from 1 on),
 * reason, and bytes, as they stood. The table is written as CSV, because fields of CSV hold any
 * bytes, a quote that is never closed and invalid UTF-8 included. The table of the input would not
 * do: these bytes are no rows of it.
 *
 * The records have the positions that they would have had among the others, so that the two outputs
 * can be merged, and neither's watermark passes what the other has not written.
 */

#include <stdint.h>

#include "command/command.h"
#include "framing/framing_read.h"

struct aside { /* { 0 }: no output is wanted */
	const char *name;    /* the endpoint; set by aside_option; NULL: none */
	uint64_t count;      /* to be read: of records put */
	struct buf first;    /* to be read: what is wrong with the first one, and where it was */
	/* private */
	struct rec_out out;
	struct endpoint endpoint;
	struct table *table;
	struct buf row;
	uint64_t record_max;
	int open;
};

/* Takes the argument of --bad, borrowed. Returns 0, or -1 with a line in error. */
int aside_option(struct aside *, const char *name, struct buf *error);

/* Opens the output, if one is wanted. Returns 0; or -1 after a failure, which is noted. */
int aside_open(struct aside *, struct command_fault *);

/*
 * Takes the bytes that were set aside after the batch, of the input `file`; they need not live on.
 * Returns 0; or -1 after a failure, which is noted. aside_put puts them, as the record of that
 * position.
 */
int aside_take(struct aside *, struct framing_read *, const char *file, struct command_fault *);
void aside_put(struct aside *, uint64_t position);

/*
 * As rec_out_floor and rec_out_mark, for both outputs: to be called before each run of records of
 * either, and after each batch. They do nothing if no output is wanted.
 */
void aside_floor(const struct aside *, uint64_t next);
void aside_mark(struct aside *, uint64_t next, uint64_t bytes);

/* Frees all of it, after command_end. */
void aside_free(struct aside *);

#endif
