#ifndef SCAN_AUTOMATON_H
#define SCAN_AUTOMATON_H

/*
 * scan_automaton: finds the records that contain one of the texts, for scan_many alone. A. V. Aho
 * and M. J. Corasick, "Efficient string matching: an aid to bibliographic search" (1975), with a
 * table that has rows for as many states as 256 KiB hold.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/scan.h"

/* private */
struct scan_automaton {
	unsigned char class[256]; /* bytes that no text tells apart are one class */
	unsigned shift;           /* a row of the table has 1 << shift entries */
	uint32_t dense;           /* states below this number have rows */
	uint32_t *table;
	uint32_t *fail, *kids;    /* children of state s: kids[s] to kids[s + 1] - 1; if none, a text ends there */
	unsigned char *by;        /* the class that leads to a state from its parent */
};

/* As scan_many_init. The texts are not needed any more afterwards. */
int scan_automaton_init(struct scan_automaton *, const struct scan_text *texts, size_t count);
void scan_automaton_free(struct scan_automaton *);

/* As scan_many_records, for the records [from, count). */
void scan_automaton_records(const struct scan_automaton *, const char *data, const uint32_t *ends, size_t from,
    size_t count, size_t gap, uint64_t *hits);

#endif
