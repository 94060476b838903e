#ifndef UNIT_READER_H
#define UNIT_READER_H

/*
 * reader: the records of an input, one at a time, for tests that look at single records. The
 * commands take whole blocks.
 */

#include <string.h>

#include "stream/rec_in.h"
#include "stream/rec_out.h"

struct reader {
	struct rec_in *in;   /* set by the caller, once */
	struct rec_out *out; /* set by the caller: losses and watermarks go on to it as they are met; NULL: to none */

	/* private */
	struct block block;
	uint32_t at; /* the next record */
};

/*
 * Reads the next record. Returns 1 with the record, whose data are valid until the next call; or 0
 * if there is none.
 */
static inline int
reader_next(struct reader *reader, struct rec *r)
{
	struct block *b = &reader->block;
	uint32_t start;

	while (reader->at == b->count || b->kind != BLOCK_DATA) {
		if (reader->out != NULL && b->kind == BLOCK_DATA)
			rec_out_mark(reader->out, b->next, b->size);
		reader->at = 0;
		if (!rec_in_block(reader->in, b)) {
			memset(b, 0, sizeof *b);
			return 0;
		}
		if (b->kind == BLOCK_LOSS && reader->out != NULL)
			rec_out_block(reader->out, b);
	}
	start = block_start(b, reader->at);
	*r = (struct rec){ b->payload + start, b->ends[reader->at] - start, block_position(b, reader->at) };
	reader->at++;
	return 1;
}

#endif
