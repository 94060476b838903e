#ifndef MADE_H
#define MADE_H

/*
 * made: records that are made, on their way to an output. The bytes of a record are appended to
 * `payload`, then made_record ends it. Blocks of them are put as they lie, or, if they are small,
 * together with others (rec_out_records).
 *
 * What is made of one record of the input can be taken back as long as made_next has not been
 * called for the next one.
 */

#include <stdint.h>

#include "base/buf.h"
#include "stream/rec_out.h"

struct made {
	struct rec_out *out; /* set by the caller; NULL: records are made for nothing */
	struct buf payload;  /* the records with their gaps; then the bytes of the one that is being made */
	size_t begun;        /* to be read: where that one begins in payload */
	uint32_t count;      /* to be read: of records in payload */
	uint64_t most;       /* to be read: the most bytes that a record may have (REC_MAX) */
	uint8_t gap;         /* to be read, as gaps: what follows each record */
	char gaps[2];

	/* private */
	uint32_t *ends, *positions; /* `room` entries each */
	uint32_t room;
	uint64_t base, last; /* positions of the first and the last record in payload */
	int jumps;
	size_t target;       /* bytes of a usual block */
	uint32_t from_count; /* of these records, those that were made of earlier records of the input ... */
	size_t from_len;     /* ... and their bytes */
	uint64_t from_last;
	int from_jumps;
};

/* Makes an empty struct ready. Returns 0, or -1 with errno ENOMEM. */
int made_init(struct made *, struct rec_out *);

/* The records to come have that table, or with NULL none: their gaps are as it ends its header. */
void made_table(struct made *, const struct table *);

/*
 * Ends the record whose bytes are payload.data[begun, payload.len), at that position, which is not
 * below the one before. Returns NULL; or a static string, and the bytes are dropped: it is longer
 * than REC_MAX allows; "" without memory.
 */
const char *made_record(struct made *, uint64_t position);

/*
 * To be called before the first record is made of another record of the input: those before it
 * stay.
 */
static inline void
made_next(struct made *m)
{
	m->from_count = m->count;
	m->from_len = m->begun;
	m->from_last = m->last;
	m->from_jumps = m->jumps;
}

/*
 * Takes back what was made since then. Returns 1; or 0 if some of it has been put, because it was
 * more than a block can hold.
 */
int made_undo(struct made *);

/* Returns 1 if there is so much that it should be put, else 0. */
static inline int
made_full(const struct made *m)
{
	return m->begun >= m->target || m->count >= m->room / 2;
}

/*
 * Makes room for the payload of further records, of bytes with their gaps, and for their ends.
 * There may be at most BLOCK_RECORDS. Returns 0, or -1 with errno ENOMEM. The caller may then
 * write them itself, and note each by made_note.
 */
int made_reserve(struct made *, size_t bytes, uint32_t records);

/* Notes a record that ends at payload.data[end], which is followed by its gap. */
static inline void
made_note(struct made *m, size_t end, uint64_t position)
{
	if (m->count == 0)
		m->base = position;
	m->ends[m->count] = (uint32_t)end;
	m->positions[m->count] = (uint32_t)(position - m->base);
	m->jumps |= m->positions[m->count] != m->count;
	m->count++;
	m->last = position;
	m->begun = m->payload.len = end + m->gap;
}

/*
 * Notes records [from, to) of a block, which have been written with the gaps between them: each
 * ends `shift` bytes (which may wrap) after the place where it ends in the block. The same bytes
 * follow the last one.
 */
void made_run(struct made *, const struct block *, uint32_t from, uint32_t to, size_t shift);

/* Puts all records. next: no later record has a position below this. */
void made_put(struct made *, uint64_t next);

void made_free(struct made *);

#endif
