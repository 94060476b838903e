#ifndef ERE_NFA_H
#define ERE_NFA_H

/*
 * ere_nfa: a tree made into an automaton over bytes, and data run through it, for ere alone.
 *
 * States are named by their index. Characters of UTF-8 are made into states for their bytes, so
 * that no later stage knows of characters, but for the edges of words. The reverse automaton
 * matches the same strings read from their ends.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/byteset.h"
#include "match/ere.h"
#include "match/ere_parse.h"

enum ere_kind {
	ERE_CONSUME, /* by an edge whose range has the byte, to the state delta further on; if delta is 0, to out */
	ERE_SPLIT,   /* to out and to arg */
	ERE_LOOKS,   /* to out, if the enum ere_look arg holds */
	ERE_FINAL
};

struct ere_edge {
	uint8_t lo, hi;
	int16_t delta; /* relative, so that all copies of a set's states share their edges */
};

struct ere_state {
	uint16_t kind, count; /* of edges */
	uint32_t out;
	uint32_t arg; /* ERE_CONSUME: the first edge */
};

struct ere_nfa {
	struct ere_state *states;
	uint32_t count, cap;
	struct ere_edge *edges;
	uint32_t edge_count, edge_cap;
	uint32_t start;
	int flags, reverse;
	int words; /* 1: there are \< \> \b \B */
	int lines; /* 1: there are ^ $ */
};

/*
 * What is on one side of a place in the data, as bits. A side that is not known yet is ERE_UNKNOWN.
 */
enum { ERE_EDGE = 1, ERE_NEWLINE = 2, ERE_WORD = 4, ERE_INSIDE = 8, ERE_UNKNOWN = 16 };

/* Marks the states that are in the list that is being made, so that each is in it once. */
struct ere_work {
	uint32_t *mark; /* by state; equal to round: it is in the list */
	uint32_t *stack;
	uint32_t round;
};

/*
 * Builds the automaton of a tree. Returns 0, or -1 with errno ENOMEM or E2BIG. The caller frees it
 * in either case.
 */
int ere_nfa_build(struct ere_nfa *, const struct ere_tree *, int reverse);
void ere_nfa_free(struct ere_nfa *);

/* Makes room for `states` states. Returns 0, or -1 with errno ENOMEM. */
int ere_work_init(struct ere_work *, size_t states);

/* Begins a new list: no state is in it. */
void ere_work_round(struct ere_work *, size_t states);
void ere_work_free(struct ere_work *);

/*
 * Adds to list, from list[*n] on, what can be reached from the state without consuming a byte:
 * states that consume, the final one, and looks of which it is not known yet if they hold. before
 * and after are in the order of the data, also in the reverse automaton.
 */
void ere_closure(const struct ere_nfa *, struct ere_work *, uint32_t state, unsigned before, unsigned after,
    uint32_t *list, size_t *n);

/*
 * Adds to first the bytes with which a match may begin, if all looks before them hold; if inside is
 * 1, but those that do so only at the beginning of the data.
 */
void ere_first_bytes(const struct ere_nfa *, struct ere_work *, int inside, struct byteset *first);

/*
 * A thread of ere_sim, which runs the automaton state by state: slower than ere_dfa, but with no
 * memory other than this, and exact about words in UTF-8.
 */
struct ere_thread {
	uint32_t state;
	size_t start; /* where its match begins */
};

struct ere_sim {
	struct ere_work now, then;
	struct ere_thread *threads, *next;
	uint32_t *list;

	/* of the search under way */
	size_t at, waiting; /* the place that comes next, and the number of threads of next that are there */
	size_t best, last;  /* the match so far; best is SIZE_MAX if there is none */
};

int ere_sim_init(struct ere_sim *, size_t states);
void ere_sim_free(struct ere_sim *);

/*
 * A search from data[from] on that may stop at the end of the data and go on with more. before[0,
 * kept) are the bytes right before data[0]: ERE_CHAR_MAX of them, or all if there are fewer.
 * ere_sim_go returns, as ere_seek does, 1 with the match in best and last, or 0. It leaves out
 * empty matches.
 */
void ere_sim_begin(struct ere_sim *, size_t from);
int ere_sim_go(struct ere_sim *, const struct ere_nfa *, const char *data, size_t len, const char *before, size_t kept,
    enum ere_seek_end);

/*
 * As ere_search; if start is NULL, it stops as soon as there is a match. The automaton is not a
 * reverse one.
 */
int ere_sim_run(
    struct ere_sim *, const struct ere_nfa *, const char *data, size_t len, size_t from, size_t *start, size_t *end);

/* Each returns what is in data[0, len) on one side of the place at, as the bits above. */
unsigned ere_before(int flags, const char *data, size_t len, size_t at);
unsigned ere_after(int flags, const char *data, size_t len, size_t at);

#endif
