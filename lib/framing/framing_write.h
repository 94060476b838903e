#ifndef FRAMING_WRITE_H
#define FRAMING_WRITE_H

/*
 * framing_write: makes bytes of the blocks of a record stream, for rec-join and for endpoints such
 * as csv:PATH.
 *
 * If the framing ends every record with the same bytes, and the gaps of a block have room for them,
 * the terminators are written into the gaps (or are there already), and the payload is written
 * without a copy. Other framings are put together record by record. A terminator that the last
 * record came without is owed: it is written if more records follow.
 *
 * Records of a table are written in the framing that the table declares, after its header; their
 * gaps are written as they are, if they are ends of rows: LF or CR LF. So rows that were only
 * passed on come out as they came in. In a framing that only divides (lines, nul and so on) the
 * rows are written alone.
 */

#include <stddef.h>

#include "base/buf.h"
#include "framing/framing.h"
#include "match/table.h"
#include "record/block.h"

struct framing_write {
	/* Set by the caller: */
	const char *framing;   /* the framing that the user names, or NULL; a string, borrowed */
	int allow_short;       /* as in struct framing */
	int strictness;        /* a value of enum framing_strictness, or -1: the framing's usual one */
	int no_header;         /* the header is left out */
	int keeps_blocks;      /* the blocks are not to be changed */
	/*
	 * Writes n bytes, or copies them, before it returns 0; or returns -1 with errno. sink is
	 * its own.
	 */
	int (*put)(void *sink, const void *bytes, size_t n);
	/*
	 * Takes record i of the block, which cannot be written in the framing, for the reason why,
	 * a static string. The writing goes on after it. NULL: such a record is a failure.
	 */
	void (*aside)(void *sink, const struct block *, uint32_t i, const char *why);
	void *sink;

	/* To be read: */
	struct buf error;      /* after a failure: one line without the program's name */

	/* private */
	int begun;             /* the framing is known */
	struct framing chosen;
	struct framing_join join;
	int declared;          /* the framing is that of the table: gaps are written as they are */
	int rows;              /* ... and may be LF or CR LF */
	int completes;         /* 1: the user names other ends of rows, so the last row gets one too */
	const char *end;       /* what follows each record, if that is always the same */
	size_t end_len;
	int terminated;        /* end is set */
	int owed;              /* what the last record was written without, or 0 */
	char row_end[2];       /* of rows that have no end of their own */
	size_t row_end_len;
	struct buf bytes;
};

/*
 * All return 0; or an exit status with error: 65 if the records cannot be written in the framing;
 * 71; 74 with errno, and error as it was, if put has failed.
 */

/*
 * The records from now on have that table (NULL: none). Writes its header. To be called when
 * rec_in calls `tabled`.
 */
int framing_write_table(struct framing_write *, const struct table *);

/* Writes the records of a data block. Changes its payload, unless keeps_blocks is set. */
int framing_write_block(struct framing_write *, struct block *);

/* Frees the memory. The struct is as the caller has set it. */
void framing_write_free(struct framing_write *);

#endif
