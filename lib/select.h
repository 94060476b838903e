#ifndef SELECT_H
#define SELECT_H

/*
 * select: rec-filter's verbs, which judge each record by itself alone. A table of small structures (select.c); other commands
 * that take a verb phrase use the same.
 */

#include <stddef.h>
#include <stdint.h>

#include "block.h"
#include "buf.h"
#include "scan.h"

struct select_verb; /* private: an entry of the table */

struct select {
	const struct select_verb *verb;
	int ignore_case;         /* set by the caller before select_operands */
	struct scan_text *texts; /* owned */
	size_t count;            /* of texts */
	uint64_t hits[BLOCK_RECORDS / 64]; /* bit i: record i of the block last judged satisfies the verb */
};

/* Finds the verb of that name. Returns 0, or -1 with a line in error that names the verbs there are. */
int select_verb(struct select *, const char *name, struct buf *error);

/* Adds a text as it stands (-e). 0, or -1 with errno ENOMEM. */
int select_text(struct select *, const char *text);

/*
 * Takes the verb's operands. Returns 0, or -1 with a line in error that says which is wrong, and what would be right.
 */
int select_operands(struct select *, char *const words[], size_t count, struct buf *error);

/* Judges the records of a data block: fills hits and returns how many of them satisfy the verb. */
uint32_t select_judge(struct select *, const struct block *);

void select_free(struct select *);

#endif
