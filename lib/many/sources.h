#ifndef SOURCES_H
#define SOURCES_H

/*
 * sources: the inputs of rec-split: bytes, one input after another, each cut by its framing; and
 * the table that they declare. An input of no bytes is passed over.
 *
 * If rows are aligned, the tables of all inputs are read first. Regular files are closed after that
 * and opened again in their turn; all others stay open.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "command/command.h"
#include "framing/framing.h"
#include "framing/framing_read.h"
#include "framing/framing_table.h"
#include "framing/reshape.h"
#include "stream/rec_out.h"

struct source; /* private */

struct sources {
	/* Set by the caller; how an input is read unless its name begins with a framing: */
	struct framing framing;
	struct framing_table columns;
	int idle, raw, decompress;   /* as in struct framing_read */
	struct reshape reshape;      /* its align and column */
	int column_given;            /* 1: the user has named the column */
	int aside;                   /* 1: bytes that are not in the framing are set aside (framing_split.aside) */
	int strict;                  /* 1: rows must be strict (framing_strict) */
	/* The same: */
	char *const *names;          /* the operands, checked; NULL: standard input */
	size_t count;
	struct rec_out *out;
	struct command_fault *fault;

	/* To be read after sources_next: the batch, and the name of its input as --name gives it */
	struct framing_read *read;
	const char *file;

	/* private */
	struct framing_read usual;   /* for inputs that are read as the caller has set, one after another */
	struct source *all, *now;
	struct table *table;         /* of the present input's records; borrowed, or NULL */
	size_t at;                   /* inputs whose turn has come */
	uint64_t records;            /* records in the batches so far */
	int gathered;                /* the tables of all inputs have been read */
	int apart;                   /* an input in the usual framing had a framing_read of its own */
	int told;                    /* the present input's records have been compared with those before */
	uint64_t record_max;
	struct buf header, bytes;
};

/* Checks and completes what the caller has set. Returns 0, or -1 with a line in error (64). */
int sources_check(struct sources *, struct buf *error);

/* Gets ready. Returns 0, or -1 with errno ENOMEM. */
int sources_init(struct sources *);

/*
 * Declares the inputs' table, as far as it is known before their first records, and reads no
 * records.
 */
void sources_declare(struct sources *);

/*
 * Reads the next batch, of whatever input. Returns 1; or 0 at the end of all, or if reading should
 * stop, after a failure that is noted.
 */
int sources_next(struct sources *);

/*
 * Puts the first count records of the batch, the first of which gets that position. What was set
 * aside with them must have been taken before. Returns the
 * number put; if that is less than count, sources_next will note a failure.
 */
size_t sources_put(struct sources *, size_t count, uint64_t position);

/*
 * To be asked after sources_next has returned 0 at the end of all: if an input is compressed, and
 * was read as lines, or if the framing puts lines together, and no line told where, returns what
 * that means, a line without the program's name that lives until sources_free; else NULL.
 */
const char *sources_unmatched(struct sources *);

/* Closes what is open, and notes failures. To be called before command_end. */
void sources_close(struct sources *);

void sources_free(struct sources *);

#endif
