#ifndef ERE_DFA_H
#define ERE_DFA_H

/*
 * ere_dfa: sets of an automaton's states as states of a deterministic one, made when data first leads to them, for ere alone.
 *
 * Bytes that no edge and no look tells apart are one class. The table has a row for each state and a column for each class, and one
 * for the end of the data; states are named by where their row begins. When the memory is full all is forgotten but the state
 * at hand; if that happens too often for the bytes read, ERE_GIVE_UP says that ere_sim would be faster.
 */

#include <stddef.h>
#include <stdint.h>

#include "match/ere_nfa.h"

enum ere_mode {
	ERE_EXISTS,  /* is there a match that begins anywhere? */
	ERE_FORWARD, /* where does the leftmost-longest match end? States are kept apart by where their match begins */
	ERE_NONEMPTY, /* the same of the matches that are not empty */
	ERE_REVERSE  /* matches that begin here (the automaton being the reverse one) */
};

/* Entries of the table that are no states, all above ERE_STATE_LAST. */
#define ERE_STATE_LAST UINT32_C(0x3FFFFFFF)
#define ERE_DEAD UINT32_C(0x40000000)
#define ERE_FOUND UINT32_C(0x40000001)
#define ERE_GIVE_UP UINT32_C(0x40000002)
#define ERE_UNMADE UINT32_C(0xFFFFFFFF)

/* Set in an entry that is not ERE_UNMADE: before the byte that leads there, a match was complete. Not in ERE_EXISTS. */
#define ERE_MATCHED UINT32_C(0x80000000)

struct ere_dfa {
	uint32_t *table;
	unsigned char class[256];

	/* private, but for classes, read and forgot */
	const struct ere_nfa *nfa;
	struct ere_work *work;
	enum ere_mode mode;
	unsigned classes, stride; /* the last column is the end's */
	unsigned char sample[256]; /* a byte of each class */
	unsigned char kind[257];   /* enum of ere_nfa.h, by class */
	unsigned char quit[257];   /* by class: only ere_sim knows what such a byte is */
	unsigned context;          /* bits of a kind that looks ask for */
	struct ere_dfa_state *states;
	uint32_t count, cap;
	uint32_t *pool;            /* the states' lists */
	size_t pool_used;
	uint32_t *buckets;
	uint32_t start[16];        /* by what stands before; 0: not known yet */
	uint32_t *list, *resolved;
	size_t read;    /* bytes read since all was forgotten, but for those of the call at hand: the caller counts */
	unsigned forgot; /* times that all was: states from before are void */
};

/* The automaton and the work, with room for its states, are borrowed. 0, or -1 with errno ENOMEM; freed by the caller in either case. */
int ere_dfa_init(struct ere_dfa *, const struct ere_nfa *, struct ere_work *, enum ere_mode);
void ere_dfa_free(struct ere_dfa *);

/* The state at the beginning, by what stands before it (of the reverse automaton: after it). May be any entry. */
uint32_t ere_dfa_start(struct ere_dfa *, unsigned beside);

/*
 * ERE_NONEMPTY, where nothing is known of what follows: whether a match is complete (ERE_COMPLETE), and whether it is the one whatever
 * follows (ERE_CERTAIN, too). And whether no match has begun yet.
 */
enum { ERE_COMPLETE = 1, ERE_CERTAIN = 2 };
unsigned ere_dfa_stand(const struct ere_dfa *, uint32_t state);
int ere_dfa_idle(const struct ere_dfa *, uint32_t state);

/* Makes an entry that is ERE_UNMADE: state by class. read: bytes of the call so far. */
uint32_t ere_dfa_step(struct ere_dfa *, uint32_t state, unsigned class, size_t read);

#endif
