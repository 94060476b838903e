#ifndef SELECT_H
#define SELECT_H

/*
 * select: rec-filter's verbs, which judge each record by itself alone. A table of small structures (select.c); other commands
 * that take a verb phrase use the same.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scan.h"
#include "match/ere.h"
#include "match/expr.h"
#include "match/range.h"
#include "match/scan_many.h"
#include "record/block.h"

struct select_verb; /* private: an entry of the table */

struct select {
	const struct select_verb *verb;
	int ignore_case;         /* these four are set by the caller before select_text and select_operands */
	const char *separator;   /* what separates fields (-F), or NULL */
	int each_line;           /* match: ^ and $ are the edges of lines too */
	int header;              /* the first record names the columns (-H): select_header is going to be called */
	struct range range;      /* where the verb looks, if it is not the whole record */
	struct scan_text *texts; /* owned */
	size_t count;            /* of texts */
	struct scan_many many;   /* private: locate, of several texts */
	size_t literals;         /* so many of them came by select_text */
	const char *expression;  /* the last of those as it was given; borrowed */
	struct ere ere;          /* match */
	struct expr expr;        /* where */
	int failed;              /* there was no memory to judge a record: it counts as one that does not satisfy. Sticky */
	uint64_t hits[BLOCK_RECORDS / 64]; /* bit i: record i of the block last judged satisfies the verb */
};

/* Finds the verb of that name. Returns 0, or -1 with a line in error that names the verbs there are. */
int select_verb(struct select *, const char *name, struct buf *error);

/* What the operands of the verb are, for those who divide a string into them (phrase.h). */
enum select_takes {
	SELECT_TEXTS,
	SELECT_RANGES, /* ranges, then texts */
	SELECT_REST    /* one: all the rest, blanks included */
};
enum select_takes select_takes(const struct select *);

/* Adds a text as it stands (-e), which must outlive the struct. 0, or -1 with errno ENOMEM. */
int select_text(struct select *, const char *text);

/*
 * Takes the verb's operands. Returns 0, or -1 with a line in error that says which is wrong, what would be right, and the verb's
 * synopsis.
 */
int select_operands(struct select *, char *const words[], size_t count, struct buf *error);

/* Takes the record that names the columns into account. 0, or -1 with a line in error: it lacks a name that is needed. */
int select_header(struct select *, const char *data, size_t len, struct buf *error);

/*
 * Appends what a person should know of the verb, or, with NULL, of all verbs in a line each. 0, or -1 with a line in error.
 */
int select_help(const char *name, struct buf *out, struct buf *error);

/* Judges the records of a data block: fills hits and returns how many of them satisfy the verb. */
uint32_t select_judge(struct select *, const struct block *);

void select_free(struct select *);

#endif
