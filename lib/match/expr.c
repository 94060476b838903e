/* expr: see expr.h. expr_parse.c and expr_lex.c read the condition, expr_run.c judges records. */

#include <stdlib.h>
#include <string.h>

#include "match/expr_node.h"
#include "match/range.h"
#include "record/position.h"

static void
free_program(struct expr_program *g)
{
	for (size_t i = 0; i < g->count; i++) {
		buf_free(&g->nodes[i].text);
		buf_free(&g->nodes[i].digits);
	}
	for (size_t i = 0; i < g->range_count; i++)
		range_free(&g->ranges[i]);
	for (size_t i = 0; i < g->inner_count; i++)
		range_free(&g->inner[i]);
	for (size_t i = 0; i < g->ere_count; i++)
		ere_free(&g->eres[i]);
	for (size_t i = 0; i < g->zone_count; i++)
		zone_free(&g->zones[i]);
	buf_free(&g->nested);
	free(g->nodes);
	free(g->ranges);
	free(g->inner);
	free(g->elements);
	free(g->eres);
	free(g->zones);
	free(g);
}

int
expr_compile(struct expr *e, const char *text, size_t len, int flags, const char *separator, struct buf *error)
{
	struct expr_program *g = calloc(1, sizeof *g);

	*e = (struct expr){ 0 };
	if (g == NULL) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	g->flags = flags;
	if (expr_parse(g, text, len, separator, error) < 0) {
		free_program(g);
		return -1;
	}
	expr_choose(g);
	e->program = g;
	return 0;
}

/* Judges one record, which is known to satisfy the root's kid `skip` (0: nothing is known). */
static inline int
judge(struct expr_program *g, const char *data, size_t len, uint64_t position, uint32_t skip)
{
	int hit;

	g->data = data;
	g->len = len;
	g->position = position_source(position);
	g->skip = skip;
	g->valid = 0;
	g->undefined = 0;
	hit = (expr_truth_of(g, g->root) != 0) & !g->undefined & !g->no_memory;
	return g->json && hit && !g->asks ? expr_record_is_json(g) : hit;
}

static void
note_failure(struct expr *e)
{
	e->failed |= e->program->no_memory;
	e->program->no_memory = 0;
}

void
expr_judge_all(struct expr *e, const struct block *b, uint64_t *hits)
{
	struct expr_program *g = e->program;

	if (g->searched == 0) {
		for (uint32_t i = 0; i < b->count; i++) {
			uint32_t start = block_start(b, i);
			uint64_t hit = (uint64_t)judge(g, b->payload + start, b->ends[i] - start,
			    block_position(b, i), 0);

			hits[i / 64] |= hit << (i % 64); /* no branch, because it could not be predicted */
		}
		note_failure(e);
		return;
	}
	/*
	 * First the match that must hold is searched for in all records at once, then those that
	 * have it are judged.
	 */
	ere_match_all(&g->eres[g->nodes[g->searched].index], b->payload, b->size, b->ends, b->count, b->gap, hits);
	if (g->searched == g->root)
		return;
	for (uint32_t w = 0; w < (b->count + 63) / 64; w++)
		for (uint64_t left = hits[w]; left != 0; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(left), i = w * 64 + bit, start = block_start(b, i);

			if (!judge(g, b->payload + start, b->ends[i] - start, block_position(b, i), g->searched))
				hits[w] &= ~(UINT64_C(1) << bit);
		}
	note_failure(e);
}

void
expr_free(struct expr *e)
{
	if (e->program != NULL)
		free_program(e->program);
	*e = (struct expr){ 0 };
}
