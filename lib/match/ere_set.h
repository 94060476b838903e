#ifndef ERE_SET_H
#define ERE_SET_H

/*
 * ere_set: sets of characters, for ere alone. A character is a code point, or a byte if the
 * expression is not in UTF-8. A struct of zeros is the empty set. Functions that grow a set return
 * 0, or -1 with errno ENOMEM.
 */

#include <stddef.h>
#include <stdint.h>

struct ere_range {
	uint32_t lo, hi;
};

struct ere_set {
	struct ere_range *ranges; /* in any order and overlapping until ere_set_order */
	size_t count, cap;
};

/* Adds the characters lo to hi. */
int ere_set_add(struct ere_set *, uint32_t lo, uint32_t hi);

/* Adds the characters of another set. */
int ere_set_join(struct ere_set *, const struct ere_set *);

/* Puts the ranges in order, apart from each other and as few as can be. */
void ere_set_order(struct ere_set *);

/*
 * Returns the index of the first range of a set in order that ends at c or above it, or count if
 * there is none: c is in the set if that range begins at c or below it.
 */
size_t ere_set_find(const struct ere_set *, uint32_t c);

/*
 * Adds to a set that is in order each character's counterparts, by towlower and towupper (tolower
 * and toupper without utf8), and the characters that share them. Leaves the set in order.
 */
int ere_set_fold(struct ere_set *, int utf8);

/* Replaces a set that is in order by all other characters. Surrogates are no characters. */
int ere_set_invert(struct ere_set *, int utf8);

/*
 * Returns the class of that name, as in [:alpha:]: an index below ERE_CLASSES, or -1 if there is
 * none.
 */
enum { ERE_CLASSES = 12 };
int ere_set_class(const char *name, size_t len);

/* Adds the characters of a class. */
int ere_set_add_class(struct ere_set *, int index, int utf8);

/* Returns 1 if \w matches c, that is if c is a letter, a digit or _; or 0. */
int ere_set_word(uint32_t c, int utf8);

void ere_set_free(struct ere_set *);

#endif
