#ifndef ERE_PLAIN_H
#define ERE_PLAIN_H

/*
 * ere_plain: what an expression's tree matches, by its definition and without any automaton: the
 * set of places where a match that begins at one of a set of places may end. Slow and short, for
 * data of at most PLAIN_MAX bytes; tests compare ere with it.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"
#include "match/ere.h"
#include "match/ere_nfa.h"
#include "match/ere_parse.h"

enum { PLAIN_MAX = 63 };

struct plain {
	const struct ere_tree *tree;
	const char *data;
	size_t len;
};

static inline uint64_t
plain_set(const struct plain *p, const struct ere_set *set, uint64_t from)
{
	uint64_t to = 0;

	for (size_t at = 0; at < p->len; at++) {
		uint32_t c = (unsigned char)p->data[at];
		size_t n = 1;

		if ((from >> at & 1) == 0)
			continue;
		if ((p->tree->flags & ERE_UTF8) != 0 && (n = utf8_decode(p->data + at, p->len - at, &c)) == 0)
			continue;
		for (size_t i = 0; i < set->count; i++)
			if (c >= set->ranges[i].lo && c <= set->ranges[i].hi)
				to |= UINT64_C(1) << (at + n);
	}
	return to;
}

/* Returns 1 if the look holds at the place, or 0. */
static inline int
plain_look(const struct plain *p, enum ere_look look, size_t at)
{
	int flags = p->tree->flags;
	unsigned before = ere_before(flags, p->data, p->len, at), after = ere_after(flags, p->data, p->len, at);
	unsigned line = (flags & ERE_EACH_LINE) != 0 ? ERE_EDGE | ERE_NEWLINE : ERE_EDGE;
	int word_before = (before & ERE_WORD) != 0, word_after = (after & ERE_WORD) != 0;

	if (look == ERE_LINE_BEGIN)
		return (before & line) != 0;
	if (look == ERE_LINE_END)
		return (after & line) != 0;
	if (((before | after) & ERE_INSIDE) != 0)
		return 0;
	if (look == ERE_WORD_BEGIN)
		return !word_before && word_after;
	if (look == ERE_WORD_END)
		return word_before && !word_after;
	return (word_before != word_after) == (look == ERE_WORD_EDGE);
}

/* The places at which matches of the node end that begin at a place in from. */
static inline uint64_t
plain_ends(const struct plain *p, uint32_t node, uint64_t from)
{
	const struct ere_node *n = &p->tree->nodes[node];
	uint64_t to = 0, all = 0;

	switch ((enum ere_op)n->op) {
	case ERE_EMPTY:
		return from;
	case ERE_BYTE:
		for (size_t at = 0; at < p->len; at++)
			if ((from >> at & 1) != 0 && (unsigned char)p->data[at] == n->value)
				to |= UINT64_C(2) << at;
		return to;
	case ERE_SET:
		return plain_set(p, &p->tree->sets[n->first], from);
	case ERE_CAT:
	case ERE_GROUP:
		for (uint32_t kid = n->first; kid != 0; kid = p->tree->nodes[kid].next)
			from = plain_ends(p, kid, from);
		return from;
	case ERE_ALT:
		for (uint32_t kid = n->first; kid != 0; kid = p->tree->nodes[kid].next)
			to |= plain_ends(p, kid, from);
		return to;
	case ERE_LOOK:
		for (size_t at = 0; at <= p->len; at++)
			if ((from >> at & 1) != 0 &&
			    plain_look(p, (enum ere_look)n->value, at))
				to |= UINT64_C(1) << at;
		return to;
	case ERE_REPEAT:
		/*
		 * As often as it must; then as often as it may, as long as that brings anything
		 * new.
		 */
		for (int i = 0; i < n->min && from != 0; i++) {
			uint64_t next = plain_ends(p, n->first, from);

			if (next == from)
				break;
			from = next;
		}
		for (int i = n->min; all != (all | from) && (n->max == ERE_NO_LIMIT || i <= n->max); i++) {
			all |= from;
			from = plain_ends(p, n->first, from);
		}
		return all;
	}
	return 0;
}

/* As ere_search. */
static inline int
plain_search(const struct ere_tree *tree, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	struct plain p = { tree, data, len };

	for (size_t at = from; at <= len; at++) {
		uint64_t ends = plain_ends(&p, tree->root, UINT64_C(1) << at);

		if (ends != 0) {
			*start = at;
			*end = 63 - (size_t)__builtin_clzll(ends);
			return 1;
		}
	}
	return 0;
}

#endif
