#ifndef ERE_GROUPS_PLAIN_H
#define ERE_GROUPS_PLAIN_H

/*
 * ere_groups_plain: what the parentheses of an expression matched, by the rules in ere_groups.h and
 * without any automaton, as sets of places (ere_plain.h): slow, for data of at most PLAIN_MAX
 * bytes. Intervals are not written out, so the repetitions are counted here.
 */

#include <string.h>

#include "base/byteset.h"
#include "fuzz/ere_plain.h"

struct groups_plain {
	struct plain plain;
	struct byteset_span *spans;
};

static inline void groups_plain_divide(struct groups_plain *, uint32_t node, size_t from, size_t to);

static inline int
groups_plain_has(uint64_t places, size_t at)
{
	return (int)(places >> at & 1);
}

/* The places at which the kids from this one on may end if they begin at a place in from. */
static inline uint64_t
groups_plain_rest(const struct groups_plain *p, uint32_t kid, uint64_t from)
{
	for (; kid != 0; kid = p->plain.tree->nodes[kid].next)
		from = plain_ends(&p->plain, kid, from);
	return from;
}

static inline void
groups_plain_sequence(struct groups_plain *p, uint32_t kid, size_t from, size_t to)
{
	for (uint32_t next; kid != 0; kid = next) {
		uint64_t ends = plain_ends(&p->plain, kid, UINT64_C(1) << from);
		size_t at = to;

		next = p->plain.tree->nodes[kid].next;
		while (!(
		    groups_plain_has(ends, at) && groups_plain_has(groups_plain_rest(p, next, UINT64_C(1) << at), to)))
			at--;
		groups_plain_divide(p, kid, from, at);
		from = at;
	}
}

/* Returns 1 if min to max times of the kid can match [from, to). */
static inline int
groups_plain_times(const struct groups_plain *p, uint32_t kid, int min, int max, size_t from, size_t to)
{
	uint64_t places = UINT64_C(1) << from, all = 0;

	if (min < 0)
		min = 0;
	for (int i = 0; i < min && i < 2 * PLAIN_MAX; i++)
		places = plain_ends(&p->plain, kid, places);
	for (int i = min; all != (all | places) && (max == ERE_NO_LIMIT || i <= max); i++) {
		all |= places;
		places = plain_ends(&p->plain, kid, places);
	}
	return groups_plain_has(all, to);
}

static inline void
groups_plain_repeat(struct groups_plain *p, const struct ere_node *n, size_t from, size_t to)
{
	int min = n->min, max = n->max, first = 1;
	uint32_t kid = n->first;
	size_t begin = from, end = from;

	if (max == 0)
		return;
	while (from < to || min > 0 || first) {
		uint64_t ends = plain_ends(&p->plain, kid, UINT64_C(1) << from);
		size_t at = to;
		int left = max == ERE_NO_LIMIT ? max : max - 1;

		/* Empty only if it must be so. */
		if (from == to && min <= 0 && !groups_plain_has(ends, to))
			return;
		while (!(groups_plain_has(ends, at) && (at > from || min > 0 || from == to) &&
		    groups_plain_times(p, kid, min - 1, left, at, to)))
			at--;
		begin = from;
		end = from = at;
		min--;
		max = left;
		first = 0;
	}
	groups_plain_divide(p, kid, begin, end);
}

static inline void
groups_plain_divide(struct groups_plain *p, uint32_t node, size_t from, size_t to)
{
	const struct ere_node *n = &p->plain.tree->nodes[node];

	switch ((enum ere_op)n->op) {
	case ERE_GROUP:
		p->spans[n->min - 1] = (struct byteset_span){ from, to };
		groups_plain_divide(p, n->first, from, to);
		break;
	case ERE_CAT:
		groups_plain_sequence(p, n->first, from, to);
		break;
	case ERE_ALT:
		for (uint32_t kid = n->first; kid != 0; kid = p->plain.tree->nodes[kid].next)
			if (groups_plain_has(plain_ends(&p->plain, kid, UINT64_C(1) << from), to)) {
				groups_plain_divide(p, kid, from, to);
				break;
			}
		break;
	case ERE_REPEAT:
		groups_plain_repeat(p, n, from, to);
		break;
	default:
		break;
	}
}

/* As ere_groups_find, for an expression's tree with ERE_GROUPS. */
static inline void
groups_plain(
    const struct ere_tree *tree, const char *data, size_t len, size_t start, size_t end, struct byteset_span *spans)
{
	struct groups_plain p = { { tree, data, len }, spans };

	memset(spans, 0xFF, tree->groups * sizeof *spans);
	groups_plain_divide(&p, tree->root, start, end);
}

#endif
