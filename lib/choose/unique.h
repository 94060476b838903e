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
	struct partition *sieve;
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

/*
 * Before the first block, when the settings have been made. 0, or -1 with errno. What fails later on (memory, a name that the header
 * lacks, a record longer than REC_MAX with its count) is said, and noted in the fault: then no more should be asked.
 */
int unique_init(struct unique *, struct partition *, struct command_fault *);

/* Decides the records of a data block, but for one that it may end with, or passes a loss, which ends a run. */
void unique_block(struct unique *, const struct block *);

/* The input has ended: decides what is left. */
void unique_end(struct unique *);

void unique_free(struct unique *);

#endif
