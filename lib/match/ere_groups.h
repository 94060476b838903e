#ifndef ERE_GROUPS_H
#define ERE_GROUPS_H

/*
 * ere_groups: what the parentheses of an expression matched, once ere.h has found the match.
 *
 * The rules are those of POSIX (IEEE Std 1003.1-2017, XSH regcomp, and XBD 9.1), as G. Fowler and
 * C. Kuklewicz read them: the parts of an expression, from left to right, each match as much as
 * they can, if the whole still matches the same bytes. Of alternatives that match the same bytes
 * the first one counts; of a repetition the last time; a repetition ends with an empty time only if
 * it has no other or its lower bound asks for it. A parenthesis that took no part, or not in the
 * last time of the repetition around it, matched nothing.
 *
 * The match is divided from outside to inside. Most divisions are found by one search for a byte,
 * the others by automata that read the bytes in question once forward and once backward. The times
 * of a repetition are found one by one: if each may be as long as all that follows, as in (a|a*b)*,
 * the time grows with the square of the match.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/byteset.h"

enum {
	ERE_GROUPS_MAX = 1000,       /* parentheses */
	ERE_GROUPS_NODES_MAX = 5000, /* parts of an expression, after its intervals have been written out */
	ERE_GROUPS_REPEAT_MAX = 255  /* in an interval after a parenthesis, or around one */
};

struct ere_groups_program; /* private */

/* A struct of zeros is valid and empty. */
struct ere_groups {
	size_t count;               /* to be read: of parentheses */
	struct byteset_span *spans; /* for callers of ere_groups_find: `count` of them, owned */
	/* private */
	struct ere_groups_program *program;
};

/*
 * Compiles the same pattern, with the same flags, as ere_compile, which has to take it first.
 * Returns 0; or -1 with a line in error and errno E2BIG if it is too large for this, or ENOMEM.
 */
int ere_groups_compile(struct ere_groups *, const char *pattern, size_t len, int flags, struct buf *error);

/*
 * Returns the name of a parenthesis, counted from 0: "" if it has none. Valid as long as the struct
 * is.
 */
const char *ere_groups_name(const struct ere_groups *, size_t group);

/*
 * Finds what each parenthesis matched within the match data[start, end) that ere_find or ere_search
 * has found in data[0, len): sets spans[0, count); start is SIZE_MAX if it matched nothing. Returns
 * 0, or -1 with errno ENOMEM.
 */
int ere_groups_find(
    struct ere_groups *, const char *data, size_t len, size_t start, size_t end, struct byteset_span *spans);

/* Frees all memory; the struct is empty again. */
void ere_groups_free(struct ere_groups *);

#endif
