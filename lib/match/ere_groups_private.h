#ifndef ERE_GROUPS_PRIVATE_H
#define ERE_GROUPS_PRIVATE_H

/* ere_groups_private: what the files of ere_groups share. */

#include <stddef.h>
#include <stdint.h>

#include "base/byteset.h"
#include "match/ere_dfa.h"
#include "match/ere_groups.h"
#include "match/ere_parse.h"

/* An automaton of a part of the expression, made when it is first needed. */
struct ere_groups_unit {
	struct ere_nfa nfa;
	struct ere_work now, then;
	struct ere_dfa dfa;
	uint32_t *states, *next, *list; /* by which the automaton is run state by state */
	int made;
};

/* What is known of a node. Units are named by their index + 1; 0 is none. */
struct ere_groups_node {
	size_t least, most;   /* bytes that it matches; most may be SIZE_MAX */
	int groups;           /* the highest number of a parenthesis in it; 0: there is none */
	int tail;             /* of a repetition that an interval was written out to: not the first time */
	uint32_t part;        /* of a part of a sequence, and of an alternative: its unit */
	uint32_t after, rest; /* of a part of a sequence: a node for what follows it, and its unit, reversed; or 0 */
	size_t after_least, after_most; /* bytes of what follows */
	struct byteset *ends;           /* NULL, or the part ends before the first byte of this set */
	uint32_t once;                  /* of a repetition: its kid's unit */
	uint32_t any, again;            /* of a repetition: a node for any number of times, and its unit, reversed */
};

struct ere_groups_program {
	struct ere_tree tree;
	struct ere_groups_node *nodes;
	struct ere_groups_unit *units;
	size_t unit_count, unit_room;
	struct buf marks; /* a byte for each place: 1 if what follows can match from there on */
	const char **names;

	/* of ere_groups_find */
	const char *data;
	size_t len;
	struct byteset_span *spans;
	int failed; /* 1: no memory */
};

/* Makes the unit's automaton, of that node of the tree. Returns 0, or -1 with errno ENOMEM. */
int ere_groups_make(struct ere_groups_program *, struct ere_groups_unit *, uint32_t node, int reverse);
void ere_groups_unmake(struct ere_groups_unit *);

/*
 * Returns the last place in [from, to] at which a match ends that begins at `begin`, and of which
 * marks[place - begin] is 1; marks may be NULL. SIZE_MAX: there is none.
 */
size_t ere_groups_forward(
    struct ere_groups_program *, struct ere_groups_unit *, size_t begin, size_t from, size_t to, const char *marks);

/*
 * Sets marks[place - from] to 1 for each place in [from, to] at which a match begins that ends at
 * to.
 */
void ere_groups_backward(struct ere_groups_program *, struct ere_groups_unit *, size_t from, size_t to, char *marks);

#endif
