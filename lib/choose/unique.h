#ifndef UNIQUE_H
#define UNIQUE_H

/*
 * unique: runs of adjacent records with the same key, of which some are kept; or, wherever they stand, the first of all records
 * with the same key. The key of a record is the whole of it, or the parts that a range names, one by one: keys are the same where
 * each part has the same bytes in both, or is in neither. A part that is not there is another thing than an empty one (range.h).
 */

#include <stdint.h>

#include "choose/keyset.h"
#include "choose/partition.h"
#include "command/command.h"
#include "match/range.h"
#include "record/held.h"

/* What is kept of a run. */
enum unique_kind {
	UNIQUE_LAST,     /* its last record */
	UNIQUE_FIRST,    /* its first one */
	UNIQUE_SINGLES,  /* its record where there is only one */
	UNIQUE_MULTIPLE, /* all where there are several */
	UNIQUE_PAIRWISE  /* what is left when two by two are taken away: the last one of an odd number */
};

/* A struct of zeros is the beginning. */
struct unique {
	/* set by the caller */
	enum unique_kind kind;
	int all;         /* the first of all records with the same key; kind is not looked at */
	int count;       /* what is kept has the length of its run before it (last, first, singles) */
	int ignore_case; /* keys that differ only in the case of A to Z are the same */
	int header;      /* the first record names the columns (-H): it passes, and is not judged. 0 once it has come */
	struct range range; /* the parts that are the key; none: the whole record */

	/* private */
	struct partition *partition;
	struct command_fault *fault;
	uint64_t record_max;
	uint64_t same[BLOCK_RECORDS / 64]; /* bit i: record i has the key of the one before it */
	uint64_t bits[BLOCK_RECORDS / 64]; /* bit i: it is kept */
	struct buf keys[2]; /* of keys that are not the record as it lies: this one's and the one's before */
	struct buf last;    /* the key of the last record of the block before */
	uint64_t run;       /* records of the present run so far; 0: there is none */
	int64_t pending;    /* a record of the block that is not decided yet, or none, or held */
	struct held *held;
	struct buf counted;
	struct keyset seen;
};

/* Prepares, after the settings have been made. Returns 0, or -1 with errno. */
int unique_init(struct unique *);

/*
 * Reads the stream and puts its records out. Reports a failure (memory, a name that the header lacks, a record that is longer than
 * REC_MAX with its count), and notes it in the fault.
 */
void unique_stream(struct unique *, struct rec_in *, struct partition *, struct command_fault *);

void unique_free(struct unique *);

#endif
