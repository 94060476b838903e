#ifndef ERE_PROGRAM_H
#define ERE_PROGRAM_H

/*
 * ere_program: private to ere.c, ere_find.c and ere_many.c: what an expression is compiled to.
 */

#include <stddef.h>

#include "base/byteset.h"
#include "base/scan.h"
#include "match/ere_dfa.h"

enum { ERE_SLOW = 1024 * 1024 }; /* number of bytes given to ere_sim before a deterministic automaton is tried again */

struct ere_program {
	struct ere_nfa nfa;
	struct ere_work work;
	struct ere_sim sim;
	struct ere_dfa exists;
	size_t slow; /* number of bytes that ere_sim still gets */

	/* of ere_search and ere_seek, made when one of them is first called */
	struct ere_tree tree;
	struct ere_nfa reversed;
	struct ere_work reverse_work;
	struct ere_dfa forward, nonempty, reverse;
	int can_reverse;

	struct byteset first; /* bytes with which a match that is not empty may begin */
	struct byteset inside; /* the same, after the first byte of the data */
	struct ere_literals literals;
	struct scan_text scan[ERE_LITERALS];
	size_t rarest;  /* of the literals: index; ERE_LITERALS: all are too frequent to be searched for */
	unsigned calls; /* number of calls until the rarest is chosen again */
};

/*
 * Must be called after ERE_GIVE_UP. If the cache was filled again and again (forgot has changed),
 * ere_sim gets the next ERE_SLOW bytes. If bytes beyond ASCII were the reason, the next record is
 * tried as before.
 */
void ere_gave_up(struct ere_program *, const struct ere_dfa *, unsigned forgot);

/* ere_search by ere_sim; start and end may be NULL. */
int ere_simulate(struct ere_program *, const char *data, size_t len, size_t from, size_t *start, size_t *end);

/*
 * Makes `forward`, the automaton of that mode, and the reverse one, unless they are made already.
 * Returns 0, or -1 if memory is lacking.
 */
int ere_make_search(struct ere_program *, struct ere_dfa *forward, enum ere_mode);

/*
 * Finds the beginning of the longest match that ends at end and does not begin before from. after:
 * what is after that match; edge: the class of what is before data[0]. Returns 1, or another value
 * if the automaton gave up.
 */
int ere_search_reverse(struct ere_dfa *, const char *data, size_t from, size_t end, unsigned after, unsigned edge,
    size_t *start);

#endif
