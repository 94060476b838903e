#ifndef UNIQUE_H
#define UNIQUE_H

/*
 * unique: keeps some records of each run of adjacent records with the same key; or the first of all
 * records with the same key, wherever they are. The key of a record is the whole record, or the
 * parts that a range names. Two keys are the same if each part has the same bytes in both, or is
 * missing in both. A missing part differs from an empty one (range.h).
 */

#include <stdint.h>

#include "choose/keyset.h"
#include "choose/names.h"
#include "choose/partition.h"
#include "command/command.h"
#include "match/range.h"
#include "record/held.h"

/* What is kept of a run. */
enum unique_kind {
	UNIQUE_LAST,     /* its last record */
	UNIQUE_FIRST,    /* its first record */
	UNIQUE_SINGLES,  /* its record, if there is only one */
	UNIQUE_MULTIPLE, /* all its records, if there are several */
	UNIQUE_PAIRWISE  /* what is left when pairs are taken away: the last record, if their number is odd */
};

/* A struct of zeros is valid. */
struct unique {
	/* set by the caller */
	enum unique_kind kind;
	int all;         /* keeps the first of all records with the same key; kind is not used */
	int count;       /* puts the length of the run before each kept record (last, first, singles): a column */
	int ignore_case; /* keys that differ only in the case of A to Z are the same */
	struct range range; /* the parts that are the key; if there are none, the whole record */

	/* private */
	struct partition *partition;
	struct command_fault *fault;
	uint64_t record_max;
	uint64_t same[BLOCK_RECORDS / 64]; /* bit i: record i has the key of the one before it */
	uint64_t bits[BLOCK_RECORDS / 64]; /* bit i: record i is kept */
	struct buf keys[2]; /* keys of this record and the one before it, if they are not their bytes */
	struct buf last;    /* the key of the last record of the block before */
	uint64_t run;       /* number of records of the present run so far; 0: there is no run */
	int64_t pending;    /* the record of the block that is not decided yet; or NOTHING or HELD (unique.c) */
	struct held *held;
	struct buf counted; /* a record with the length of its run before it */
	struct table *columns; /* with count: the table of these, or NULL: they have none */
	struct keyset keys_before; /* with all: the keys of all records so far */
	struct names names;
};

/* Prepares, after the settings have been made. Returns 0, or -1 with errno. */
int unique_init(struct unique *);

/*
 * Reads the stream and puts its records out. Reports a failure (memory, a name that the
 * table lacks, a record that is longer than REC_MAX with its count), and notes it in the fault.
 */
void unique_stream(struct unique *, struct rec_in *, struct partition *, struct command_fault *);

/* Frees all memory. Before that, it says that no name was found, if so (names.h). */
void unique_free(struct unique *);

#endif
