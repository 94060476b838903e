#ifndef ERE_DFA_H
#define ERE_DFA_H

/*
 * ere_dfa: sets of an automaton's states as states of a deterministic one, made when data first
 * leads to them, for ere alone.
 *
 * Bytes that no edge and no look tells apart are one class. The table has a row for each state, and
 * a column for each class and one for the end of the data; the name of a state is the index at
 * which its row begins. When the memory is full, all states are forgotten but the current one. If
 * that happens too often for the number of bytes read, the functions return ERE_GIVE_UP: ere_sim
 * would be faster.
 */

#include <stddef.h>
#include <stdint.h>

#include "match/ere_nfa.h"

enum ere_mode {
	ERE_EXISTS,  /* is there a match that begins anywhere? */
	ERE_FORWARD, /* where does the leftmost-longest match end? States are grouped by where their match begins */
	ERE_NONEMPTY, /* the same, of the matches that are not empty */
	ERE_REVERSE  /* matches that begin here; the automaton is the reverse one */
};

/* Entries of the table that are no states, all above ERE_STATE_LAST. */
#define ERE_STATE_LAST UINT32_C(0x07FFFFFF)
#define ERE_DEAD UINT32_C(0x08000000)
#define ERE_FOUND UINT32_C(0x08000001)
#define ERE_GIVE_UP UINT32_C(0x08000002)
#define ERE_UNMADE UINT32_C(0xFFFFFFFF)

/* What remains of an entry that is not ERE_UNMADE without the bits below. */
#define ERE_NAME UINT32_C(0x0FFFFFFF)

/*
 * Set in an entry that is not ERE_UNMADE: before the byte that leads there, a match was complete.
 * Not in ERE_EXISTS.
 */
#define ERE_MATCHED UINT32_C(0x80000000)

/*
 * Set in entries of ERE_NONEMPTY, and tell where a match begins. Of those under way the first one
 * begins at the byte that leads there; or it is another than before, and began later; else it is
 * the same. With ERE_MATCHED: the match that was complete is not that first one.
 */
#define ERE_BEGINS UINT32_C(0x40000000)
#define ERE_LOST UINT32_C(0x20000000)
#define ERE_LATER UINT32_C(0x10000000)

struct ere_dfa {
	uint32_t *table;
	unsigned char class[256];

	/* private, but for classes, read and forgot */
	const struct ere_nfa *nfa;
	struct ere_work *work;
	enum ere_mode mode;
	unsigned classes, stride; /* the last column is the end's */
	unsigned char sample[256]; /* a byte of each class */
	unsigned char kind[257];   /* by class: ERE_EDGE and so on of ere_nfa.h */
	unsigned char quit[257];   /* by class: only ere_sim knows what such a byte is */
	unsigned context;          /* bits of a kind that looks ask for */
	struct ere_dfa_state *states;
	uint32_t count, cap;
	uint32_t *pool;            /* the states' lists */
	size_t pool_used;
	uint32_t *buckets;
	uint32_t start[16];        /* by what is before the data; 0: not known yet */
	uint32_t *list, *resolved;
	size_t read;    /* bytes read since all was forgotten; the caller adds those of its call */
	unsigned forgot; /* number of times that all was forgotten: states from before are void */
};

/*
 * Makes the struct for an automaton and a work with room for its states; both are borrowed. Returns
 * 0, or -1 with errno ENOMEM. The caller frees the struct in either case.
 */
int ere_dfa_init(struct ere_dfa *, const struct ere_nfa *, struct ere_work *, enum ere_mode);
void ere_dfa_free(struct ere_dfa *);

/*
 * Returns the entry for the beginning, by what is before it (for the reverse automaton: after it).
 * It may be any entry, not only a state.
 */
uint32_t ere_dfa_start(struct ere_dfa *, unsigned beside);

/*
 * For ERE_NONEMPTY, if nothing is known of what follows. ere_dfa_stand returns ERE_COMPLETE if a
 * match is complete, with ERE_CERTAIN if it is the match whatever follows; else 0. ere_dfa_idle
 * returns 1 if no match has begun yet, else 0.
 */
enum { ERE_COMPLETE = 1, ERE_CERTAIN = 2 };
unsigned ere_dfa_stand(const struct ere_dfa *, uint32_t state);
int ere_dfa_idle(const struct ere_dfa *, uint32_t state);

/*
 * Makes the entry that is ERE_UNMADE: of that state, by that class. read: number of bytes that the
 * call has read so far. Returns the entry.
 */
uint32_t ere_dfa_step(struct ere_dfa *, uint32_t state, unsigned class, size_t read);

#endif
