#ifndef VERB_H
#define VERB_H

/*
 * verb: rec-filter's verbs, which judge each record by itself alone. A table of small structures (verb.c); other commands
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

struct verb_kind; /* private: an entry of the table */

struct verb {
	const struct verb_kind *verb;
	int ignore_case;         /* these four are set by the caller before verb_text and verb_operands */
	const char *separator;   /* what separates fields (-F), or NULL */
	int each_line;           /* match: ^ and $ are the edges of lines too */
	int header;              /* the first record names the columns (-H): verb_header is going to be called */
	struct range range;      /* where the verb looks, if it is not the whole record */
	struct scan_text *texts; /* owned */
	size_t count;            /* of texts */
	struct scan_many many;   /* private: locate, of several texts */
	size_t literals;         /* so many of them came by verb_text */
	const char *expression;  /* the last of those as it was given; borrowed */
	struct ere ere;          /* match */
	struct expr expr;        /* where */
	int failed;              /* there was no memory to judge a record: it counts as one that does not satisfy. Sticky */
	uint64_t hits[BLOCK_RECORDS / 64]; /* bit i: record i of the block last judged satisfies the verb */
};

/* Finds the verb of that name. Returns 0, or -1 with a line in error that names the verbs there are. */
int verb_choose(struct verb *, const char *name, struct buf *error);

/* What the operands of the verb are, for those who divide a string into them (phrase.h). */
enum verb_takes {
	VERB_TEXTS,
	VERB_RANGES, /* ranges, then texts */
	VERB_REST    /* one: all the rest, blanks included */
};
enum verb_takes verb_takes(const struct verb *);

/* Adds a text as it stands (-e), which must outlive the struct. 0, or -1 with errno ENOMEM. */
int verb_text(struct verb *, const char *text);

/*
 * Takes the verb's operands. Returns 0, or -1 with a line in error that says which is wrong, what would be right, and the verb's
 * synopsis.
 */
int verb_operands(struct verb *, char *const words[], size_t count, struct buf *error);

/* Takes the record that names the columns into account. 0, or -1 with a line in error: it lacks a name that is needed. */
int verb_header(struct verb *, const char *data, size_t len, struct buf *error);

/*
 * Appends what a person should know of the verb, or, with NULL, of all verbs in a line each. 0, or -1 with a line in error.
 */
int verb_help(const char *name, struct buf *out, struct buf *error);

/* Judges the records of a data block: fills hits and returns how many of them satisfy the verb. */
uint32_t verb_judge(struct verb *, const struct block *);

void verb_free(struct verb *);

#endif
