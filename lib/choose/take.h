#ifndef TAKE_H
#define TAKE_H

/*
 * take: a stream divided at one place into its front and its back, for rec-take and rec-drop: after so many records or
 * bytes from its beginning, before so many from its end, or at the record that a phrase decides.
 *
 * With -H the first record of the stream belongs to neither: it passes, to standard output, and is not counted.
 *
 * From the beginning nothing is held, and when the front is complete and nobody wants the back, no more is read.
 * From the end, the last n records (or as many as hold n bytes) are held, in pieces of the blocks that they came in (held.h);
 * what falls out at the other end belongs to the front and goes out. Losses wait among the records that are held.
 */

#include <stdint.h>

#include "choose/phrase.h"
#include "choose/partition.h"
#include "command/command.h"
#include "record/held.h"

enum take_how {
	TAKE_RECORDS, /* n records */
	TAKE_BYTES,   /* n bytes of records; one that they end in is divided */
	TAKE_UNTIL,   /* up to the first record that satisfies the phrase */
	TAKE_WHILE    /* up to the first one that does not */
};

/* A struct of zeros is the beginning. */
struct take {
	enum take_how how;
	uint64_t n;
	int last;      /* counted from the end */
	int after;     /* the record that decides belongs to the front */
	int keep_back; /* the back is kept and the front rejected */
	struct phrase phrase;

	/* private */
	uint64_t taken;   /* records or bytes of the front so far; of what is held, with last */
	struct held *first, *end;
	struct held *loss_before; /* the end is a loss, and so is this one, right before it: one of them is of an unknown number */
	struct held *rest; /* of the block that began with the header */
};

/*
 * Takes the words of a command line:
 *
 *   [-H] [--else ENDPOINT] [first | last] N [bytes]
 *   [-Hi] [-e TEXT] [-F SEP] [--after] [--each-line] [--else ENDPOINT] {until | while} VERB [OPERAND ...]
 *
 * Returns 0; -1 with a line in error; 'h' or 'V' where that was asked for; or '?' or ':' with which getopt_long refused an option.
 */
int take_parse(struct take *, struct partition *, int argc, char **argv, struct buf *error);

/* Reads the stream and divides it. What fails (memory, the header) it says, and notes it in the fault. */
void take_stream(struct take *, struct rec_in *, struct partition *, struct command_fault *);

void take_free(struct take *);

#endif
