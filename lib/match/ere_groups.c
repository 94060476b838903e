/*
 * ere_groups: see ere_groups.h. Here an expression is made ready; ere_groups_divide.c divides
 * matches.
 *
 * An interval around a parenthesis is written out, e{2,3} as e e (e)?, so that each time is a part
 * of a sequence. What the copies hold is shared.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "match/ere.h"
#include "match/ere_groups_private.h"

static const char no_memory[] = "out of memory";

/* Adds a node, a copy of `like`, without its place among others. Returns 0 if there is no room. */
static uint32_t
add_node(struct ere_tree *t, struct ere_node like)
{
	if (t->count >= ERE_GROUPS_NODES_MAX) {
		errno = E2BIG;
		return 0;
	}
	if (t->count == t->cap) {
		struct ere_node *more = reallocarray(t->nodes, 2 * t->cap, sizeof *more);

		if (more == NULL)
			return 0;
		t->nodes = more;
		t->cap *= 2;
	}
	like.next = like.prev = 0;
	t->nodes[t->count] = like;
	return (uint32_t)t->count++;
}

/* ---- intervals ---- */

static int
has_groups(const struct ere_tree *t, uint32_t node)
{
	const struct ere_node *n = &t->nodes[node];

	if (n->op == ERE_GROUP)
		return 1;
	if (n->op == ERE_CAT || n->op == ERE_ALT || n->op == ERE_REPEAT)
		for (uint32_t kid = n->first; kid != 0; kid = t->nodes[kid].next)
			if (has_groups(t, kid))
				return 1;
	return 0;
}

/* Adds to the sequence a repetition of the kid, which is in none yet. Returns its node, or 0. */
static uint32_t
add_repeat(struct ere_tree *t, uint32_t sequence, uint32_t kid, int max)
{
	uint32_t repeat = add_node(t, (struct ere_node){ .op = ERE_REPEAT, .max = max });

	if (repeat == 0 || kid == 0)
		return 0;
	ere_parse_adopt(t, repeat, kid);
	ere_parse_adopt(t, sequence, repeat);
	return repeat;
}

/*
 * Writes out e{min,max} as a sequence in the place of the node. In a repetition of it that is not
 * the first time, `value` is 1.
 */
static int
write_out(struct ere_tree *t, uint32_t node)
{
	struct ere_node n = t->nodes[node], kid = t->nodes[n.first];
	int least = n.max == ERE_NO_LIMIT ? n.min - 1 : n.min;
	uint32_t at = node, copy;

	if (n.min > ERE_GROUPS_REPEAT_MAX || n.max > ERE_GROUPS_REPEAT_MAX) {
		errno = E2BIG;
		return -1;
	}
	t->nodes[node].op = ERE_CAT;
	t->nodes[node].first = t->nodes[node].last = 0;
	for (int i = 0; i < least; i++) {
		if ((copy = add_node(t, kid)) == 0)
			return -1;
		ere_parse_adopt(t, node, copy);
	}
	if (n.max == ERE_NO_LIMIT) {
		if ((copy = add_repeat(t, node, add_node(t, kid), ERE_NO_LIMIT)) == 0)
			return -1;
		t->nodes[copy].min = 1;
		return 0;
	}
	for (int i = n.min; i < n.max; i++) {
		uint32_t sequence = add_node(t, (struct ere_node){ .op = ERE_CAT }), repeat;

		if (sequence == 0 || (copy = add_node(t, kid)) == 0 || (repeat = add_repeat(t, at, sequence, 1)) == 0)
			return -1;
		t->nodes[repeat].value = i > 0;
		ere_parse_adopt(t, sequence, copy);
		at = sequence;
	}
	return 0;
}

static int
write_out_all(struct ere_tree *t)
{
	/* Those that are added are written out when their turn comes; what they share, once. */
	for (uint32_t i = 1; i < t->count; i++) {
		const struct ere_node *n = &t->nodes[i];
		int simple = n->min <= 1 && (n->max == ERE_NO_LIMIT || (n->max == 1 && n->min == 0));

		if (n->op == ERE_REPEAT && !simple && has_groups(t, n->first) && write_out(t, i) < 0)
			return -1;
	}
	return 0;
}

/* ---- what is known of the nodes ---- */

static size_t
sum(size_t a, size_t b)
{
	return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t
times(size_t a, int n)
{
	return a != 0 && (size_t)n > SIZE_MAX / a ? SIZE_MAX : a * (size_t)n;
}

static void
measure_set(const struct ere_tree *t, const struct ere_set *set, struct ere_groups_node *g)
{
	char bytes[UTF8_MAX];

	g->least = g->most = 1;
	if ((t->flags & ERE_UTF8) == 0 || set->count == 0)
		return;
	g->least = utf8_encode(set->ranges[0].lo, bytes);
	g->most = utf8_encode(set->ranges[set->count - 1].hi, bytes);
}

/* Finds the lengths of a node and of those in it, which are measured before it. */
static void
measure(struct ere_groups_program *p, uint32_t node)
{
	const struct ere_tree *t = &p->tree;
	const struct ere_node *n = &t->nodes[node];
	struct ere_groups_node *g = &p->nodes[node];

	*g = (struct ere_groups_node){ .groups = n->op == ERE_GROUP ? n->min : 0 };
	switch ((enum ere_op)n->op) {
	case ERE_EMPTY:
	case ERE_LOOK:
		return;
	case ERE_BYTE:
		g->least = g->most = 1;
		return;
	case ERE_SET:
		measure_set(t, &t->sets[n->first], g);
		return;
	default:
		break;
	}
	if (n->op == ERE_ALT)
		g->least = SIZE_MAX;
	for (uint32_t kid = n->first; kid != 0; kid = t->nodes[kid].next) {
		const struct ere_groups_node *k = &p->nodes[kid];

		measure(p, kid);
		g->groups = k->groups > g->groups ? k->groups : g->groups;
		if (n->op == ERE_ALT) {
			g->least = k->least < g->least ? k->least : g->least;
			g->most = k->most > g->most ? k->most : g->most;
		} else {
			g->least = sum(g->least, k->least);
			g->most = sum(g->most, k->most);
		}
	}
	if (n->op == ERE_REPEAT) {
		g->tail = n->value;
		g->least = times(g->least, n->min);
		g->most = n->max == ERE_NO_LIMIT ? (g->most > 0 ? SIZE_MAX : 0) : times(g->most, n->max);
	}
}

static uint32_t
add_unit(struct ere_groups_program *p)
{
	if (p->unit_count == p->unit_room) {
		size_t room = p->unit_room > 0 ? 2 * p->unit_room : 16;
		struct ere_groups_unit *more = reallocarray(p->units, room, sizeof *more);

		if (more == NULL)
			return 0;
		p->units = more;
		p->unit_room = room;
	}
	p->units[p->unit_count++] = (struct ere_groups_unit){ 0 };
	return (uint32_t)p->unit_count;
}

/*
 * If what follows the part never is empty, and begins with a byte that the part never has, the part
 * ends before the first such byte.
 */
static int
find_ends(struct ere_groups_program *p, uint32_t node)
{
	struct ere_groups_node *g = &p->nodes[node];
	struct ere_groups_unit part = { 0 }, after = { 0 };
	struct byteset *ends = calloc(1, sizeof *ends);
	struct ere_node *next = &p->tree.nodes[p->tree.nodes[node].next];
	int result = -1, has = 0;

	next->prev = 0; /* what follows is built from its end to here */
	if (ends != NULL && ere_groups_make(p, &part, node, 0) == 0 && ere_groups_make(p, &after, g->after, 0) == 0) {
		ere_first_bytes(&after.nfa, &after.now, 0, ends);
		for (uint32_t i = 0; i < part.nfa.edge_count; i++)
			for (unsigned c = part.nfa.edges[i].lo; c <= part.nfa.edges[i].hi; c++)
				has |= ends->has[c];
		result = 0;
	}
	next->prev = node;
	ere_groups_unmake(&part);
	ere_groups_unmake(&after);
	if (result == 0 && !has)
		g->ends = ends;
	else
		free(ends);
	return result;
}

/* Makes ready what divides a sequence. Returns 0, or -1 with errno. */
static int
prepare_sequence(struct ere_groups_program *p, uint32_t node)
{
	size_t least = 0, most = 0;
	uint32_t last = p->tree.nodes[node].last;

	for (uint32_t kid = last; kid != 0; kid = p->tree.nodes[kid].prev) {
		struct ere_groups_node *g = &p->nodes[kid];

		g->after_least = least;
		g->after_most = most;
		least = sum(least, g->least);
		most = sum(most, g->most);
		if (g->after != 0 || kid == last || g->after_least == g->after_most || g->least == g->most)
			continue;
		g->after = add_node(
		    &p->tree, (struct ere_node){ .op = ERE_CAT, .first = p->tree.nodes[kid].next, .last = last });
		if (g->after == 0 || (g->part = add_unit(p)) == 0 || (g->rest = add_unit(p)) == 0)
			return -1;
		if (g->after_least > 0 && find_ends(p, kid) < 0)
			return -1;
	}
	return 0;
}

/* Makes ready what divides the nodes that were there when it began. Returns 0, or -1 with errno. */
static int
prepare(struct ere_groups_program *p)
{
	size_t count = p->tree.count;

	for (uint32_t i = 1; i < count; i++) {
		struct ere_node n = p->tree.nodes[i];
		struct ere_groups_node *g = &p->nodes[i];

		if (g->groups == 0)
			continue;
		if (n.op == ERE_CAT && prepare_sequence(p, i) < 0)
			return -1;
		if (n.op == ERE_ALT)
			for (uint32_t kid = n.first; kid != 0; kid = p->tree.nodes[kid].next)
				if ((p->nodes[kid].part = add_unit(p)) == 0)
					return -1;
		if (n.op != ERE_REPEAT)
			continue;
		if ((g->once = add_unit(p)) == 0 || (g->again = add_unit(p)) == 0)
			return -1;
		if ((g->any = add_node(&p->tree,
			 (struct ere_node){
			     .op = ERE_REPEAT, .max = ERE_NO_LIMIT, .first = n.first, .last = n.last })) == 0)
			return -1;
	}
	return 0;
}

/* ---- the program ---- */

static int
compile(struct ere_groups_program *p, const char *pattern, size_t len, int flags, struct buf *error)
{
	const char *name;

	if (ere_parse(&p->tree, pattern, len, flags | ERE_GROUPS, error) < 0)
		return -1;
	if (p->tree.groups > ERE_GROUPS_MAX) {
		errno = E2BIG;
		return -1;
	}
	/* A node that is prepared may get another for what follows it. */
	if (write_out_all(&p->tree) < 0 || (p->nodes = calloc(2 * p->tree.count, sizeof *p->nodes)) == NULL)
		return -1;
	measure(p, p->tree.root);
	if (prepare(p) < 0)
		return -1;
	if ((p->names = calloc((size_t)p->tree.groups + 1, sizeof *p->names)) == NULL)
		return -1;
	name = p->tree.names.data;
	for (uint32_t i = 0; i < p->tree.groups; i++) {
		p->names[i] = name;
		name += strlen(name) + 1;
	}
	return 0;
}

int
ere_groups_compile(struct ere_groups *g, const char *pattern, size_t len, int flags, struct buf *error)
{
	int cause;

	if ((g->program = calloc(1, sizeof *g->program)) != NULL &&
	    compile(g->program, pattern, len, flags, error) == 0 &&
	    (g->spans = calloc((size_t)g->program->tree.groups + 1, sizeof *g->spans)) != NULL) {
		g->count = g->program->tree.groups;
		return 0;
	}
	cause = errno;
	ere_groups_free(g);
	if (cause == E2BIG)
		(void)buf_addf(error,
		    "the expression is too large for its parentheses to be told apart: at most %d of them, and "
		    "intervals around them up to %d",
		    (int)ERE_GROUPS_MAX, (int)ERE_GROUPS_REPEAT_MAX);
	else if (cause == ENOMEM) {
		error->len = 0;
		(void)buf_adds(error, no_memory);
	}
	errno = cause;
	return -1;
}

const char *
ere_groups_name(const struct ere_groups *g, size_t group)
{
	return g->program->names[group];
}

void
ere_groups_free(struct ere_groups *g)
{
	struct ere_groups_program *p = g->program;

	if (p == NULL)
		return;
	for (size_t i = 0; i < p->unit_count; i++)
		ere_groups_unmake(&p->units[i]);
	for (size_t i = 0; p->nodes != NULL && i < p->tree.count; i++)
		free(p->nodes[i].ends);
	free(p->units);
	free(p->nodes);
	free(p->names);
	ere_tree_free(&p->tree);
	buf_free(&p->marks);
	free(g->spans);
	free(p);
	*g = (struct ere_groups){ 0 };
}
