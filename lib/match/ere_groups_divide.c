/* ere_groups_divide: divides a match among the parts of its expression, from outside to inside. */

#include <errno.h>
#include <stdlib.h>

#include "match/ere_groups_private.h"

static void divide(struct ere_groups_program *, uint32_t node, size_t from, size_t to);

/* Returns the unit of that name, made of that node; or NULL without memory. */
static struct ere_groups_unit *
unit(struct ere_groups_program *p, uint32_t name, uint32_t node, int reverse)
{
	struct ere_groups_unit *u = &p->units[name - 1];

	if (!u->made && ere_groups_make(p, u, node, reverse) < 0) {
		ere_groups_unmake(u);
		p->failed = 1;
		return NULL;
	}
	return u;
}

/* Returns room for the marks of the places from `from` to `to`, or NULL without memory. */
static char *
marks(struct ere_groups_program *p, size_t from, size_t to)
{
	p->marks.len = 0;
	if (buf_reserve(&p->marks, to - from + 1) < 0) {
		p->failed = 1;
		return NULL;
	}
	return p->marks.data;
}

/*
 * Returns where the part of a sequence ends that begins at `from`, if the sequence ends at `to`: as
 * late as what follows allows.
 */
static size_t
part_end(struct ere_groups_program *p, uint32_t kid, size_t from, size_t to)
{
	const struct ere_groups_node *g = &p->nodes[kid];
	struct ere_groups_unit *u;
	size_t end, last;
	char *m;

	if (g->least == g->most)
		return from + g->least;
	if (g->after_least == g->after_most)
		return to - g->after_least;
	if (g->ends != NULL)
		return byteset_find(g->ends, p->data, to, from);
	/* It cannot end later than this, or earlier. */
	last = to - g->after_least;
	if (g->most < last - from)
		last = from + g->most;
	end = g->after_most < to - from && to - g->after_most > from ? to - g->after_most : from;
	if ((m = marks(p, from, to)) == NULL || (u = unit(p, g->rest, g->after, 1)) == NULL)
		return SIZE_MAX;
	ere_groups_backward(p, u, from, to, m);
	return (u = unit(p, g->part, kid, 0)) == NULL ? SIZE_MAX : ere_groups_forward(p, u, from, end, last, m);
}

static void
divide_sequence(struct ere_groups_program *p, uint32_t kid, size_t from, size_t to)
{
	for (; kid != 0; kid = p->tree.nodes[kid].next) {
		size_t end = part_end(p, kid, from, to);

		if (end > to)
			return;
		if (p->nodes[kid].groups > 0)
			divide(p, kid, from, end);
		from = end;
	}
}

static void
divide_alternatives(struct ere_groups_program *p, uint32_t kid, size_t from, size_t to)
{
	for (; kid != 0; kid = p->tree.nodes[kid].next) {
		const struct ere_groups_node *g = &p->nodes[kid];
		struct ere_groups_unit *u;

		if (to - from < g->least || to - from > g->most)
			continue;
		/* If all others do not match, the last one does. */
		if (p->tree.nodes[kid].next != 0) {
			if ((u = unit(p, g->part, kid, 0)) == NULL)
				return;
			if (ere_groups_forward(p, u, from, to, to, NULL) == SIZE_MAX)
				continue;
		}
		divide(p, kid, from, to);
		return;
	}
}

/*
 * Finds the last time of a repetition of [*from, to), which is not empty: moves *from to its
 * beginning.
 */
static void
find_last(struct ere_groups_program *p, uint32_t node, size_t *from, size_t to)
{
	const struct ere_groups_node *g = &p->nodes[node];
	uint32_t kid = p->tree.nodes[node].first;
	struct ere_groups_unit *u;
	size_t begin = *from;
	char *m;

	if (p->tree.nodes[node].max == 1)
		return;
	if (p->nodes[kid].least == p->nodes[kid].most) {
		*from = to - p->nodes[kid].least;
		return;
	}
	if ((m = marks(p, begin, to)) == NULL || (u = unit(p, g->again, g->any, 1)) == NULL)
		return;
	ere_groups_backward(p, u, begin, to, m);
	if ((u = unit(p, g->once, kid, 0)) == NULL)
		return;
	for (size_t at = begin; at < to;) {
		*from = at;
		if ((at = ere_groups_forward(p, u, at, at + 1, to, m + (at - begin))) == SIZE_MAX)
			return;
	}
}

static void
divide_repeat(struct ere_groups_program *p, uint32_t node, size_t from, size_t to)
{
	const struct ere_groups_node *g = &p->nodes[node];
	const struct ere_node *n = &p->tree.nodes[node];
	struct ere_groups_unit *u;

	if (from < to) {
		find_last(p, node, &from, to);
	} else if (n->min == 0) {
		/* Once, with nothing, if that is a match. */
		if (g->tail || p->nodes[n->first].least > 0 || (u = unit(p, g->once, n->first, 0)) == NULL ||
		    ere_groups_forward(p, u, from, to, to, NULL) == SIZE_MAX)
			return;
	}
	divide(p, n->first, from, to);
}

/* Divides data[from, to), which the node matches, among its kids. */
static void
divide(struct ere_groups_program *p, uint32_t node, size_t from, size_t to)
{
	const struct ere_node *n = &p->tree.nodes[node];

	if (p->failed || p->nodes[node].groups == 0)
		return;
	switch ((enum ere_op)n->op) {
	case ERE_GROUP:
		p->spans[n->min - 1] = (struct byteset_span){ from, to };
		/* What an earlier time has left, if an interval was written out. */
		for (int i = n->min; i < p->nodes[node].groups; i++)
			p->spans[i].start = p->spans[i].end = SIZE_MAX;
		divide(p, n->first, from, to);
		break;
	case ERE_CAT:
		divide_sequence(p, n->first, from, to);
		break;
	case ERE_ALT:
		divide_alternatives(p, n->first, from, to);
		break;
	case ERE_REPEAT:
		divide_repeat(p, node, from, to);
		break;
	default:
		break;
	}
}

int
ere_groups_find(
    struct ere_groups *g, const char *data, size_t len, size_t start, size_t end, struct byteset_span *spans)
{
	struct ere_groups_program *p = g->program;

	for (size_t i = 0; i < g->count; i++)
		spans[i].start = spans[i].end = SIZE_MAX;
	p->data = data;
	p->len = len;
	p->spans = spans;
	p->failed = 0;
	divide(p, p->tree.root, start, end);
	if (!p->failed)
		return 0;
	errno = ENOMEM;
	return -1;
}
