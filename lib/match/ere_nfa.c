/*
 * ere_nfa: see ere_nfa.h. States are made from the end of the expression to its beginning, so that
 * a state's successors are known when it is made; only loops are closed afterwards.
 *
 * A set of characters becomes a template: states over bytes, in which equal ones are shared (the
 * 130,000 letters of Unicode take some hundred states). A template is made once for each set, and
 * copied to each place that the set has in the expression.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/ere.h"
#include "match/ere_nfa.h"

enum { NOWHERE = -1, EXIT = -2 }; /* of a template's edge */

struct edge { /* of a template in the making */
	uint8_t lo, hi;
	int to; /* a node, or EXIT */
};

struct node { /* edges[first, first + count) */
	uint32_t first, count;
};

/*
 * The states of a set; at the last one characters begin. The edges of a template that is made are
 * in the automaton.
 */
struct template {
	struct node *nodes;
	size_t count, cap;
	struct edge *edges;
	size_t edge_count, edge_cap;
	int made;
};

struct builder {
	struct ere_nfa *nfa;
	const struct ere_tree *tree;
	struct template *templates; /* one for each set */
};

static uint32_t build(struct builder *, uint32_t node, uint32_t next);

static const uint32_t FAILED = UINT32_MAX; /* returned in place of a state */

/* Makes room in *array for one entry more. Returns 0, or -1 without memory. */
static int
grow(void *array, size_t count, size_t *cap, size_t size)
{
	size_t more = *cap > 0 ? 2 * *cap : 16;
	void *bigger, *old;

	if (count < *cap)
		return 0;
	memcpy(&old, array, sizeof old);
	if ((bigger = reallocarray(old, more, size)) == NULL)
		return -1;
	memcpy(array, &bigger, sizeof bigger);
	*cap = more;
	return 0;
}

static int
add_template_edge(struct template *t, unsigned lo, unsigned hi, int to)
{
	if (grow(&t->edges, t->edge_count, &t->edge_cap, sizeof t->edges[0]) < 0)
		return -1;
	t->edges[t->edge_count++] = (struct edge){ (uint8_t)lo, (uint8_t)hi, to };
	return 0;
}

/*
 * Returns a node with these edges: one that exists already, or a new one. Returns -3 without
 * memory.
 */
static int
share(struct template *t, const struct edge *edges, size_t count)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct edge *e = t->edges + t->nodes[i].first;
		size_t k = 0;

		if (t->nodes[i].count != count)
			continue;
		while (k < count && e[k].lo == edges[k].lo && e[k].hi == edges[k].hi && e[k].to == edges[k].to)
			k++;
		if (k == count)
			return (int)i;
	}
	if (grow(&t->nodes, t->count, &t->cap, sizeof t->nodes[0]) < 0)
		return -3;
	t->nodes[t->count] = (struct node){ (uint32_t)t->edge_count, (uint32_t)count };
	for (size_t k = 0; k < count; k++)
		if (add_template_edge(t, edges[k].lo, edges[k].hi, edges[k].to) < 0)
			return -3;
	return (int)t->count++;
}

/*
 * Adds an edge after the others, or widens the last one if they meet. Returns the number of edges.
 */
static size_t
join_edge(struct edge *edges, size_t n, unsigned lo, unsigned hi, int to)
{
	if (n > 0 && edges[n - 1].to == to && edges[n - 1].hi + 1u == lo) {
		edges[n - 1].hi = (uint8_t)hi;
		return n;
	}
	edges[n] = (struct edge){ (uint8_t)lo, (uint8_t)hi, to };
	return n + 1;
}

/*
 * Returns a node for those characters of the set that are not below least, and whose bits above
 * those of `depth` continuation bytes are top. These bytes, at least one, are still to come.
 * Returns NOWHERE if there is no such character, -3 without memory.
 */
static int
continuation(struct template *t, const struct ere_set *set, uint32_t top, unsigned depth, uint32_t least)
{
	uint32_t first = top << 6 * depth, last = first + (UINT32_C(1) << 6 * depth) - 1;
	size_t r, n = 0;
	struct edge edges[64];
	int whole;

	if (first < least)
		first = least;
	if (last < first || (r = ere_set_find(set, first)) == set->count || set->ranges[r].lo > last)
		return NOWHERE;
	if (depth == 1) {
		for (; r < set->count && set->ranges[r].lo <= last; r++) {
			uint32_t lo = set->ranges[r].lo > first ? set->ranges[r].lo : first;
			uint32_t hi = set->ranges[r].hi < last ? set->ranges[r].hi : last;

			n = join_edge(edges, n, 0x80 | (lo & 0x3F), 0x80 | (hi & 0x3F), EXIT);
		}
		return share(t, edges, n);
	}
	/* If the set has all of these characters, one branch does for 64. Most of "." is such. */
	whole = first == top << 6 * depth && set->ranges[r].lo <= first && set->ranges[r].hi >= last;
	for (unsigned b = 0; b < (whole ? 1 : 64); b++) {
		int to = continuation(t, set, top << 6 | b, depth - 1, least);

		if (to == -3)
			return -3;
		if (to != NOWHERE)
			n = join_edge(edges, n, 0x80 | b, whole ? 0xBF : 0x80 | b, to);
	}
	return share(t, edges, n);
}

/* Makes all continuations first, so that the node at which characters begin is the last one. */
static int
fill_utf8(struct template *t, const struct ere_set *set)
{
	static const uint32_t leads[3][4] = { /* first and last byte, continuation bytes, the least character */
		{ 0xC2, 0xDF, 1, 0x80 }, { 0xE0, 0xEF, 2, 0x800 }, { 0xF0, 0xF4, 3, 0x10000 } };
	static struct edge edges[256]; /* not on the stack, which may be small */
	size_t n = 0;

	for (uint32_t c = 0; c < 0x80; c++) {
		size_t r = ere_set_find(set, c);

		if (r < set->count && set->ranges[r].lo <= c)
			n = join_edge(edges, n, c, c, EXIT);
	}
	for (int k = 0; k < 3; k++)
		for (uint32_t b = leads[k][0]; b <= leads[k][1]; b++) {
			int to = continuation(t, set, b & (0x3Fu >> leads[k][2]), leads[k][2], leads[k][3]);

			if (to == -3)
				return -1;
			if (to != NOWHERE)
				n = join_edge(edges, n, b, b, to);
		}
	/* This node is not shared: no edge may lead to it. */
	if (grow(&t->nodes, t->count, &t->cap, sizeof t->nodes[0]) < 0)
		return -1;
	t->nodes[t->count] = (struct node){ (uint32_t)t->edge_count, (uint32_t)n };
	for (size_t i = 0; i < n; i++)
		if (add_template_edge(t, edges[i].lo, edges[i].hi, edges[i].to) < 0)
			return -1;
	t->count++;
	return 0;
}

static int
fill_bytes(struct template *t, const struct ere_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (add_template_edge(t, set->ranges[i].lo, set->ranges[i].hi, EXIT) < 0)
			return -1;
	if (grow(&t->nodes, 0, &t->cap, sizeof t->nodes[0]) < 0)
		return -1;
	t->nodes[0] = (struct node){ 0, (uint32_t)t->edge_count };
	t->count = 1;
	return 0;
}

static int
add_edge(struct ere_nfa *nfa, unsigned lo, unsigned hi, int delta)
{
	size_t cap = nfa->edge_cap;

	if (grow(&nfa->edges, nfa->edge_count, &cap, sizeof nfa->edges[0]) < 0)
		return -1;
	nfa->edge_cap = (uint32_t)cap;
	nfa->edges[nfa->edge_count++] = (struct ere_edge){ (uint8_t)lo, (uint8_t)hi, (int16_t)delta };
	return 0;
}

/*
 * Moves the edges into the automaton, and makes them relative. In reverse, the state in the place
 * of node i is the one after all bytes from a character's end back to node i have been read. No
 * edge leads to the last node, at which characters begin, so in reverse its place is the exit's.
 */
static int
place_edges(struct builder *b, struct template *t)
{
	int root = (int)t->count - 1;

	for (int at = 0; at <= root; at++) {
		struct node *n = &t->nodes[at], placed = { .first = b->nfa->edge_count };

		for (size_t i = 0; !b->nfa->reverse && i < n->count; i++) {
			const struct edge *e = &t->edges[n->first + i];

			if (add_edge(b->nfa, e->lo, e->hi, e->to == EXIT ? 0 : e->to - at) < 0)
				return -1;
		}
		for (int from = 0; b->nfa->reverse && from <= root; from++)
			for (size_t i = 0; i < t->nodes[from].count; i++) {
				const struct edge *e = &t->edges[t->nodes[from].first + i];

				if ((e->to == EXIT ? root : e->to) != at)
					continue;
				if (add_edge(b->nfa, e->lo, e->hi, from == root ? 0 : from - at) < 0)
					return -1;
			}
		placed.count = b->nfa->edge_count - placed.first;
		/*
		 * In reverse, the next nodes need all nodes as they are, so these are replaced at
		 * the end.
		 */
		if (grow(&t->nodes, t->count + (size_t)at, &t->cap, sizeof t->nodes[0]) < 0)
			return -1;
		t->nodes[t->count + (size_t)at] = placed;
	}
	memmove(t->nodes, t->nodes + t->count, t->count * sizeof t->nodes[0]);
	free(t->edges);
	t->edges = NULL;
	return 0;
}

static uint32_t
add_state(struct builder *b, enum ere_kind kind, uint32_t out, uint32_t arg, uint32_t count)
{
	struct ere_nfa *nfa = b->nfa;
	size_t cap = nfa->cap;

	if (nfa->count == ERE_STATES_MAX) {
		errno = E2BIG;
		return FAILED;
	}
	if (grow(&nfa->states, nfa->count, &cap, sizeof nfa->states[0]) < 0)
		return FAILED;
	nfa->cap = (uint32_t)cap;
	nfa->states[nfa->count] =
	    (struct ere_state){ .kind = (uint16_t)kind, .count = (uint16_t)count, .out = out, .arg = arg };
	return nfa->count++;
}

static uint32_t
build_byte(struct builder *b, unsigned byte, uint32_t next)
{
	uint32_t edge = b->nfa->edge_count;

	/* Intervals often repeat one byte, so the same byte twice in a row shares its edge. */
	if (edge > 0 && b->nfa->edges[edge - 1].lo == byte && b->nfa->edges[edge - 1].hi == byte &&
	    b->nfa->edges[edge - 1].delta == 0)
		edge--;
	else if (add_edge(b->nfa, byte, byte, 0) < 0)
		return FAILED;
	return add_state(b, ERE_CONSUME, next, edge, 1);
}

static uint32_t
build_set(struct builder *b, uint32_t set, uint32_t next)
{
	struct template *t = &b->templates[set];
	const struct ere_set *s = &b->tree->sets[set];
	uint32_t state = FAILED;

	if (!t->made) {
		if (((b->tree->flags & ERE_UTF8) != 0 ? fill_utf8(t, s) : fill_bytes(t, s)) < 0 ||
		    place_edges(b, t) < 0)
			return FAILED;
		t->made = 1;
	}
	/* The copy begins at the last state, in either direction. */
	for (size_t i = 0; i < t->count; i++)
		if ((state = add_state(b, ERE_CONSUME, next, t->nodes[i].first, t->nodes[i].count)) == FAILED)
			return FAILED;
	return state;
}

static uint32_t
build_repeat(struct builder *b, const struct ere_node *n, uint32_t next)
{
	uint32_t entry = next, kid;
	int copies = n->min;

	if (n->max == ERE_NO_LIMIT) {
		uint32_t loop = add_state(b, ERE_SPLIT, next, next, 0);

		if (loop == FAILED || (kid = build(b, n->first, loop)) == FAILED)
			return FAILED;
		b->nfa->states[loop].arg = kid;
		entry = n->min > 0 ? kid : loop;
		copies -= n->min > 0;
	} else {
		for (int i = n->min; i < n->max; i++) {
			if ((kid = build(b, n->first, entry)) == FAILED)
				return FAILED;
			if (kid == entry) /* it has no states: it matches only the empty string */
				break;
			if ((entry = add_state(b, ERE_SPLIT, kid, next, 0)) == FAILED)
				return FAILED;
		}
	}
	for (int i = 0; i < copies; i++) {
		if ((kid = build(b, n->first, entry)) == FAILED)
			return FAILED;
		if (kid == entry)
			break;
		entry = kid;
	}
	return entry;
}

static uint32_t
build_kids(struct builder *b, const struct ere_node *n, uint32_t next)
{
	const struct ere_node *nodes = b->tree->nodes;
	int reverse = b->nfa->reverse;
	uint32_t state = next;

	for (uint32_t kid = reverse ? n->first : n->last; kid != 0; kid = reverse ? nodes[kid].next : nodes[kid].prev)
		if ((state = build(b, kid, state)) == FAILED)
			return FAILED;
	return state;
}

static uint32_t
build(struct builder *b, uint32_t node, uint32_t next)
{
	const struct ere_node *n = &b->tree->nodes[node];
	uint32_t state = FAILED, other;

	switch ((enum ere_op)n->op) {
	case ERE_EMPTY:
		return next;
	case ERE_BYTE:
		return build_byte(b, n->value, next);
	case ERE_SET:
		return build_set(b, n->first, next);
	case ERE_CAT:
		return build_kids(b, n, next);
	case ERE_GROUP:
		return build(b, n->first, next);
	case ERE_REPEAT:
		return build_repeat(b, n, next);
	case ERE_LOOK:
		if (n->value == ERE_LINE_BEGIN || n->value == ERE_LINE_END)
			b->nfa->lines = 1;
		else
			b->nfa->words = 1;
		return add_state(b, ERE_LOOKS, next, n->value, 0);
	case ERE_ALT:
		state = build(b, n->last, next);
		for (uint32_t kid = b->tree->nodes[n->last].prev; kid != 0 && state != FAILED;
		     kid = b->tree->nodes[kid].prev) {
			if ((other = build(b, kid, next)) == FAILED)
				return FAILED;
			if (other != state) /* two empty alternatives are one */
				state = add_state(b, ERE_SPLIT, other, state, 0);
		}
		return state;
	}
	return FAILED;
}

int
ere_nfa_build(struct ere_nfa *nfa, const struct ere_tree *tree, int reverse)
{
	struct builder b = { .nfa = nfa, .tree = tree };
	uint32_t final;
	int result = -1;

	nfa->flags = tree->flags;
	nfa->reverse = reverse;
	if ((b.templates = calloc(tree->set_count + 1, sizeof b.templates[0])) == NULL)
		return -1;
	if ((final = add_state(&b, ERE_FINAL, 0, 0, 0)) != FAILED &&
	    (nfa->start = build(&b, tree->root, final)) != FAILED)
		result = 0;
	for (size_t i = 0; i < tree->set_count; i++) {
		free(b.templates[i].nodes);
		free(b.templates[i].edges);
	}
	free(b.templates);
	return result;
}

void
ere_nfa_free(struct ere_nfa *nfa)
{
	free(nfa->states);
	free(nfa->edges);
	*nfa = (struct ere_nfa){ 0 };
}

void
ere_first_bytes(const struct ere_nfa *nfa, struct ere_work *work, int inside, struct byteset *first)
{
	int begins = !inside || (nfa->flags & ERE_EACH_LINE) != 0;
	size_t n = 0;

	ere_work_round(work, nfa->count);
	work->stack[n++] = nfa->start;
	while (n > 0) {
		uint32_t state = work->stack[--n];
		const struct ere_state *s = &nfa->states[state];

		if (work->mark[state] == work->round)
			continue;
		work->mark[state] = work->round;
		for (uint32_t k = 0; s->kind == ERE_CONSUME && k < s->count; k++)
			for (unsigned c = nfa->edges[s->arg + k].lo; c <= nfa->edges[s->arg + k].hi; c++)
				byteset_add(first, (unsigned char)c);
		if (s->kind == ERE_SPLIT)
			work->stack[n++] = s->arg;
		if (s->kind == ERE_SPLIT || (s->kind == ERE_LOOKS && (begins || s->arg != ERE_LINE_BEGIN)))
			work->stack[n++] = s->out;
	}
}
