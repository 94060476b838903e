#ifndef TAKE_H
#define TAKE_H

/*
 * take: rec-take and rec-drop, which divide a stream at one place into a front and a back: after N
 * records or bytes from its beginning, before N from its end, or at the record that a phrase
 * decides. One part is kept, the other rejected.
 *
 * From the beginning nothing is held; once the front is complete and nobody wants the back, no more
 * is read. From the end, the last N records (or as many as have N bytes) are held (tail.h), and the
 * losses among them; a record that is no longer one of them belongs to the front, and goes out.
 */

#include <stdint.h>

#include "choose/phrase.h"
#include "choose/partition.h"
#include "command/command.h"
#include "record/tail.h"

enum take_how {
	TAKE_RECORDS, /* n records */
	TAKE_BYTES,   /* n bytes of records; a record that they end in is divided */
	TAKE_UNTIL,   /* up to the first record that satisfies the phrase */
	TAKE_WHILE    /* up to the first record that does not */
};

/* A struct of zeros is valid. take_parse sets what is not private. */
struct take {
	enum take_how how;
	uint64_t n;
	int last;  /* n counts from the end */
	int after; /* the record that decides belongs to the front */
	struct phrase phrase;
	struct partition partition;

	/* private */
	int keep_back; /* the back is kept and the front rejected */
	int done;      /* from the beginning: the front is complete */
	uint64_t taken; /* records or bytes of the front so far; with last, of what is held */
	struct tail tail;
	struct command_fault fault;
};

/*
 * Takes the words of a command line:
 *
 *   [--else ENDPOINT] [first | last] N [bytes]
 *   [-i] [-e TEXT] [-F SEP] [--after] [--each-line] [--else ENDPOINT]
 *       {until | while} VERB [OPERAND ...]
 *
 * Returns 0; or -1 with a line in error; or 'h' or 'V' if that option was given; or '?' or ':' if
 * getopt_long refused an option.
 */
int take_parse(struct take *, int argc, char **argv, struct buf *error);

/* What of the stream is kept. */
enum take_side {
	TAKE_TAKE, /* what the words name: the front, or with last the back */
	TAKE_DROP  /* the rest */
};

/*
 * Divides standard input between standard output and the endpoint of --else, to the end of the
 * command. Reports failures: memory; a table that lacks a column which the phrase names; a table,
 * if bytes are counted. Frees all of the struct. Returns the exit status.
 */
int take_run(struct take *, enum take_side);

#endif
