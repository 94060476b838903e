/* expr_table: binds a condition to a table, and chooses how the parts of the record are found. */

#include "match/expr_function.h"
#include "match/expr_node.h"
#include "match/table.h"

static void
choose(const struct expr_program *g, struct expr_node *n)
{
	uint32_t range = n->range + (n->dollar && g->tabled), number;
	char separator = '\0';

	switch (range_short(&g->ranges[range], 0, &separator, &number)) {
	case RANGE_FIELD:
		n->op = EXPR_FIELD;
		break;
	case RANGE_QUOTED:
		n->op = EXPR_QUOTED;
		break;
	case RANGE_WORD:
		n->op = EXPR_WORD;
		break;
	default:
		n->op = n->path && range_is_json(&g->ranges[range], 0) ? EXPR_JSON : EXPR_RANGE;
		n->index = range;
		return;
	}
	n->separator = separator;
	n->index = number;
}

void
expr_choose(struct expr_program *g)
{
	g->json = 0;
	for (size_t i = 0; i < g->range_count && !g->tabled; i++)
		g->json |= range_names(&g->ranges[i]);
	for (size_t i = 1; i < g->count; i++)
		if (g->nodes[i].op >= EXPR_FIELD && g->nodes[i].op <= EXPR_JSON)
			choose(g, &g->nodes[i]);
}

/*
 * Records with names of their own have no columns. Returns 0 if the condition counts none, or -1
 * with a line in error.
 */
static int
counts_none(const struct expr_program *g, const struct table *t, struct buf *error)
{
	/* The first node is there for its ranges. */
	for (size_t i = 2; i < g->count; i++) {
		const struct expr_node *n = &g->nodes[i];
		int part = n->op >= EXPR_FIELD && n->op <= EXPR_JSON;

		if ((part && n->dollar) || n->op == EXPR_FIELD_AT || n->op == EXPR_FIELD_LAST || n->op == EXPR_NF) {
			(void)buf_addf(error, "$3, NF: %s has no columns, but names, such as .name; words are range(\"w3\")",
			    table_kind(t));
			return -1;
		}
	}
	return 0;
}

int
expr_table(struct expr *e, const struct table *t, struct buf *error)
{
	struct expr_program *g = e->program;
	int names = t != NULL && table_has_names(t), result = names ? counts_none(g, t, error) : 0;

	/* The second range is the first column. */
	for (size_t i = 0; i < g->range_count && result == 0; i++)
		result = range_table(&g->ranges[i], names && i == 1 ? NULL : t, error);
	for (size_t i = 0; i < g->range_count && result < 0; i++)
		(void)range_table(&g->ranges[i], NULL, error);
	g->tabled = result == 0 && t != NULL && t->format != TABLE_JSON;
	expr_choose(g);
	return result;
}

int
expr_names(const struct expr *e)
{
	for (size_t i = 0; e->program != NULL && i < e->program->range_count; i++)
		if (range_names(&e->program->ranges[i]))
			return 1;
	return 0;
}

/* Returns 1 if the node's value may be missing, by what it is asked for; else 0. */
static int
may_be_missing(const struct expr_program *g, uint32_t n)
{
	for (size_t i = 1; i < g->count; i++) {
		const struct expr_node *t = &g->nodes[i];

		if (t->op != EXPR_MISSING &&
		    (t->op != EXPR_CALL || expr_functions[t->function].call != expr_call_coalesce))
			continue;
		for (uint32_t kid = t->first; kid != 0; kid = g->nodes[kid].next)
			if (kid == n)
				return 1;
	}
	return 0;
}

int
expr_lacking(const struct expr *e, uint64_t records, struct buf *out)
{
	const struct expr_program *g = e->program;
	int result = 0;

	for (size_t i = 1; g != NULL && i < g->count && result == 0; i++)
		if ((g->nodes[i].op == EXPR_JSON || g->nodes[i].op == EXPR_RANGE) && !may_be_missing(g, (uint32_t)i))
			result = range_lacking(&g->ranges[g->nodes[i].index], records, out);
	return result;
}
