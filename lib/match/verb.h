#ifndef VERB_H
#define VERB_H

/*
 * verb: rec-filter's verbs, each of which judges a record by that record alone. All commands that
 * take a verb phrase use them.
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

struct verb_kind; /* private: one of the verbs */
struct table;     /* table.h */

struct verb {
	const struct verb_kind *verb;
	int ignore_case;         /* set by the caller before verb_text and verb_operands, as the next three */
	const char *separator;   /* what separates fields (-F), or NULL */
	int each_line;           /* for match, 1: ^ and $ match at the edges of lines too */
	struct range range;      /* the parts that the verb looks in; no parts: the whole record */
	struct scan_text *texts; /* owned; the strings to search for; for match the sieve (verb_list.c) */
	size_t count;            /* of texts */
	size_t room;             /* private: number of texts that there is memory for */
	int empty_text;          /* private, 1: one of the texts is empty */
	int no_sieve;            /* private, 1: there is no sieve, or it holds too little back */
	uint64_t sifted, caught; /* private: number of records that the sieve searched; that it found */
	int listed;              /* private, 1: a list has been given, so without a text nothing is found */
	struct scan_many many;   /* private: for several texts */
	size_t literals;         /* number of strings that came by verb_text */
	const char *expression;  /* the last of those, as it was given; borrowed */
	struct ere *eres;        /* owned; for match: what matches one of these satisfies it */
	size_t eres_count;
	struct expr expr;        /* for where */
	int failed;              /* 1, for good: there was no memory to judge a record; it does not satisfy the verb */
	uint64_t hits[BLOCK_RECORDS / 64]; /* bit i: record i of the block last judged satisfies the verb */
};

/*
 * Chooses the verb of that name. all: the phrase from the name on, if it is one string (then the
 * caller has set range.within); else the name. Returns 0; or -1 with a line in error: it proposes
 * where or locate if that has been left out before a condition, a string or a range; else it lists
 * the verbs.
 */
int verb_choose(struct verb *, const char *name, const char *all, struct buf *error);

/* Returns 1 if the text is a condition with an operator in it, else 0. */
int verb_is_condition(const char *text);

/* What the operands of a verb are: phrase.h needs it to divide a string into them. */
enum verb_takes {
	VERB_TEXTS,
	VERB_RANGES, /* ranges, then strings */
	VERB_REST    /* one operand: all the rest, with its spaces */
};

/* Returns what the chosen verb takes. */
enum verb_takes verb_takes(const struct verb *);

/*
 * Adds a string (-e) for the chosen verb, which is taken as it is and must outlive the struct.
 * Returns 0, or -1 with errno ENOMEM.
 */
int verb_text(struct verb *, const char *text);

/* What a verb takes lists of: nothing, strings (--texts), or expressions (--eres). */
enum verb_list { VERB_NO_LIST, VERB_LIST_TEXTS, VERB_LIST_ERES };

/* Returns of what the chosen verb takes lists. */
enum verb_list verb_lists(const struct verb *);

/*
 * Adds the lines of a list, a file of that name with the bytes data[0, len): strings to search for,
 * or expressions. They are copied. An empty line is an empty string or expression; the last line
 * may lack its newline. The verb must take lists. If no list nor any operand has one, the verb
 * finds nothing. Returns 0; or -1 with a line in error, which names the list and the line of an
 * expression that is wrong: `ids: line 3: at "[a" (byte 1): no ] closes the bracket expression`.
 */
int verb_list(struct verb *, const char *name, const char *data, size_t len, struct buf *error);

/*
 * Takes the verb's operands, after all calls of verb_text and verb_list. Returns 0; or -1 with a
 * line in error that says which operand is wrong, what would be right, and the verb's synopsis.
 */
int verb_operands(struct verb *, char *const words[], size_t count, struct buf *error);

/*
 * Binds the operands to the table of the records that follow, or with NULL to none, as range_table
 * and expr_table do. Returns 0, or -1 with a line in error that begins with the verb.
 */
int verb_table(struct verb *, const struct table *, struct buf *error);

/* Returns 1 if a path in the operands begins with a name, such as .price, or 0. */
int verb_names(const struct verb *);

/*
 * Appends to out the help of the verb of that name, or with NULL a line for each verb. Returns 0,
 * or -1 with a line in error.
 */
int verb_help(const char *name, struct buf *out, struct buf *error);

/*
 * Judges the records of a data block: sets hits. Returns the number of records that satisfy the
 * verb.
 */
uint32_t verb_judge(struct verb *, const struct block *);

/* Frees all memory. */
void verb_free(struct verb *);

#endif
