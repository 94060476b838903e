/*
 * ere_literal: the bytes that every match must contain (ere_parse_literals in ere_parse.h). The
 * tree is walked in the order of the string that it matches. Bytes that must follow each other form
 * a run; what may be absent, or be one of several, ends a run.
 */

#include <string.h>

#include "match/ere.h"
#include "match/ere_parse.h"

struct walk {
	const struct ere_tree *tree;
	struct ere_literals *found;
	struct buf run;
	int broken; /* a run has ended */
	int failed;
};

static void
end_run(struct walk *w)
{
	struct ere_literals *l = w->found;
	struct buf run = w->run;
	size_t at = 0;

	w->broken = 1;
	if (run.len == 0)
		return;
	/* If all places are taken, the shortest literal is replaced. */
	if (l->count < ERE_LITERALS)
		at = l->count++;
	else
		for (size_t i = 1; i < ERE_LITERALS; i++)
			if (l->text[i].len < l->text[at].len)
				at = i;
	if (run.len > l->text[at].len) {
		w->run = l->text[at];
		l->text[at] = run;
	}
	w->run.len = 0;
}

static void
add_byte(struct walk *w, uint32_t c)
{
	w->failed |= buf_addc(&w->run, (char)c) < 0;
}

/*
 * A set of one character is part of a run. If case is ignored, so is the set of an ASCII letter and
 * its counterpart.
 */
static void
walk_set(struct walk *w, const struct ere_set *set)
{
	const struct ere_range *r = set->ranges;
	uint32_t c = set->count > 0 ? r[0].lo : 0;

	if (set->count == 2 && (w->tree->flags & ERE_IGNORE_CASE) != 0 && r[0].lo == r[0].hi && r[1].lo == r[1].hi &&
	    c >= 'A' && c <= 'Z' && r[1].lo == c + ('a' - 'A')) {
		add_byte(w, r[1].lo);
		return;
	}
	if (set->count != 1 || c != r[0].hi) {
		end_run(w);
		return;
	}
	if (c < 0x80 || (w->tree->flags & ERE_UTF8) == 0) {
		add_byte(w, c);
		return;
	}
	w->failed |= buf_addu(&w->run, c) < 0;
}

static void
walk_node(struct walk *w, uint32_t node)
{
	const struct ere_node *n = &w->tree->nodes[node];

	switch (n->op) {
	case ERE_EMPTY:
		break;
	case ERE_BYTE:
		add_byte(w, n->value);
		break;
	case ERE_SET:
		walk_set(w, &w->tree->sets[n->first]);
		break;
	case ERE_CAT:
	case ERE_GROUP:
		for (uint32_t kid = n->first; kid != 0; kid = w->tree->nodes[kid].next)
			walk_node(w, kid);
		break;
	case ERE_REPEAT:
		if (n->min == 0) {
			end_run(w);
			break;
		}
		walk_node(w, n->first);
		if (n->max != 1) /* what follows may come after another repetition */
			end_run(w);
		break;
	default:
		end_run(w);
		break;
	}
}

/* Returns 1 if the node may match the empty string, or 0. */
static int
is_empty(const struct ere_tree *tree, uint32_t node)
{
	const struct ere_node *n = &tree->nodes[node];
	uint32_t kid = n->first;

	switch (n->op) {
	case ERE_BYTE:
	case ERE_SET:
		return 0;
	case ERE_CAT:
	case ERE_GROUP:
		while (kid != 0 && is_empty(tree, kid))
			kid = tree->nodes[kid].next;
		return kid == 0;
	case ERE_ALT:
		while (kid != 0 && !is_empty(tree, kid))
			kid = tree->nodes[kid].next;
		return kid != 0;
	case ERE_REPEAT:
		return n->min == 0 || is_empty(tree, kid);
	default:
		return 1;
	}
}

/* Sets found->set: to what the expression is if it is one set or one byte, else to 0. */
static void
find_set(const struct ere_tree *tree, struct ere_literals *found)
{
	const struct ere_node *n = &tree->nodes[tree->root];
	const struct ere_set *set;

	found->set = ERE_ONE;
	/* Parentheses leave a list of one kid. */
	while ((n->op == ERE_CAT || n->op == ERE_ALT) && n->first != 0 && n->first == n->last)
		n = &tree->nodes[n->first];
	if (n->op == ERE_REPEAT && n->min == 1 && n->max == ERE_NO_LIMIT) {
		found->set = ERE_RUN;
		n = &tree->nodes[n->first];
	}
	if (n->op == ERE_SET) {
		set = &tree->sets[n->first];
		found->above = (tree->flags & ERE_UTF8) != 0 && set->count > 0 &&
		    set->ranges[set->count - 1].hi >= 0x80;
	} else if (n->op != ERE_BYTE) {
		found->set = 0;
	}
}

int
ere_parse_literals(const struct ere_tree *tree, struct ere_literals *found)
{
	struct walk w = { .tree = tree, .found = found };

	walk_node(&w, tree->root);
	found->empty = is_empty(tree, tree->root);
	find_set(tree, found);
	found->exact = !w.broken && w.run.len > 0;
	end_run(&w);
	buf_free(&w.run);
	for (size_t i = 1; i < found->count; i++)
		if (found->text[i].len > found->text[found->longest].len)
			found->longest = i;
	return w.failed ? -1 : 0;
}

void
ere_literals_free(struct ere_literals *l)
{
	for (size_t i = 0; i < ERE_LITERALS; i++)
		buf_free(&l->text[i]);
	*l = (struct ere_literals){ 0 };
}
