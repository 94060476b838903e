#ifndef VERB_PRIVATE_H
#define VERB_PRIVATE_H

/* verb_private: what the files of verb share. */

#include <stddef.h>

#include "base/buf.h"
#include "match/verb.h"
#include "record/block.h"

struct verb_kind {
	const char *name;
	const char *operands_are; /* the synopsis, without the name */
	const char *keeps;        /* what the verb keeps, for the help */
	int (*operands)(struct verb *, char *const words[], size_t count, struct buf *error);
	void (*judge)(struct verb *, const struct block *); /* sets bits in hits, which are 0 before */
	int negated;                                          /* 1: the records without a bit satisfy the verb */
	enum verb_takes takes;
	enum verb_list list; /* of what the verb takes lists */
};

/* Set the bits in hits of the records that satisfy the verb, or if it is negated do not. */
void verb_judge_locate(struct verb *, const struct block *);
void verb_judge_find(struct verb *, const struct block *);
void verb_judge_strfind(struct verb *, const struct block *);
void verb_judge_match(struct verb *, const struct block *);
void verb_judge_where(struct verb *, const struct block *);

/* Adds a string to search for, any bytes, copied. Returns 0, or -1 with errno ENOMEM. */
int verb_add_text(struct verb *, const char *text, size_t len);

/*
 * Compiles an expression, and adds it to those of which one must match. Returns as ere_compile.
 */
int verb_add_ere(struct verb *, const char *pattern, size_t len, struct buf *error);

#endif
