#ifndef ERE_PROGRAM_H
#define ERE_PROGRAM_H

/*
 * ere_program: private to ere.c and ere_many.c: what an expression is compiled to.
 */

#include <stddef.h>

#include "base/scan.h"
#include "match/ere_dfa.h"

enum { ERE_SLOW = 1024 * 1024 }; /* bytes given to ere_sim before a deterministic automaton is tried again */

struct ere_program {
	struct ere_nfa nfa;
	struct ere_work work;
	struct ere_sim sim;
	struct ere_dfa exists;
	size_t slow; /* bytes that are still ere_sim's */

	/* of ere_search and ere_seek, made when one is called first */
	struct ere_tree tree;
	struct ere_nfa reversed;
	struct ere_work reverse_work;
	struct ere_dfa forward, nonempty, reverse;
	int can_reverse;

	struct ere_literals literals;
	struct scan_text scan[ERE_LITERALS];
	size_t rarest;  /* of the literals: index; ERE_LITERALS: each is in so many records that searching does not pay */
	unsigned calls; /* until it is found anew */
};

/* After ERE_GIVE_UP. Bytes beyond ASCII say nothing of the next record; a cache that is filled again and again does. */
void ere_gave_up(struct ere_program *, const struct ere_dfa *, unsigned forgot);

/* ere_search by ere_sim; start and end may be NULL. */
int ere_simulate(struct ere_program *, const char *data, size_t len, size_t from, size_t *start, size_t *end);

#endif
