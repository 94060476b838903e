/* expr: see expr.h. expr_parse.c and expr_lex.c read the condition, expr_run.c judges records. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/expr_function.h"
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
	replace_free(&g->replace);
	free(g->zones);
	free(g);
}

/* Compiles all of the text or, if `at` is not NULL, one expression of a list. */
static int
compile(struct expr *e, const char *text, size_t len, size_t *at, int flags, const char *separator, struct buf *error)
{
	struct expr_program *g = calloc(1, sizeof *g);
	int result;

	*e = (struct expr){ 0 };
	if (g == NULL) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	g->flags = flags;
	result = at != NULL ? expr_parse_next(g, text, len, at, separator, error) :
	    expr_parse(g, text, len, separator, error);
	if (result < 0) {
		free_program(g);
		return -1;
	}
	expr_choose(g);
	e->program = g;
	return 0;
}

int
expr_compile(struct expr *e, const char *text, size_t len, int flags, const char *separator, struct buf *error)
{
	return compile(e, text, len, NULL, flags, separator, error);
}

int
expr_compile_next(struct expr *e, const char *text, size_t len, size_t *at, int flags, const char *separator,
    struct buf *error)
{
	return compile(e, text, len, at, flags, separator, error);
}

/* Makes that the record which is evaluated. */
static inline void
take_record(struct expr_program *g, const char *data, size_t len, uint64_t position)
{
	g->data = data;
	g->len = len;
	g->position = position_source(position);
	g->skip = 0;
	g->valid = 0;
	g->undefined = NULL;
}

/* Judges one record, which is known to satisfy the root's kid `skip` (0: nothing is known). */
static inline int
judge(struct expr_program *g, const char *data, size_t len, uint64_t position, uint32_t skip)
{
	int hit;

	take_record(g, data, len, position);
	g->skip = skip;
	hit = (expr_truth_of(g, g->root) != 0) & (g->undefined == NULL) & !g->no_memory;
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

/* ---- values ---- */

/* Returns 1 if the node's value, 1 or 0, is an answer rather than a number; else 0. */
static int
is_answer(const struct expr_node *t)
{
	void (*call)(struct expr_program *, struct expr_node *, struct expr_value *);

	if (t->op != EXPR_CALL)
		return t->op >= EXPR_NOT && t->op <= EXPR_ANY;
	call = expr_functions[t->function].call;
	return call == expr_call_contains || call == expr_call_startswith || call == expr_call_endswith ||
	    call == expr_call_isnumber || call == expr_call_isjson;
}

/* Makes a result of the node's value. */
static void
give(const struct expr_node *t, const struct expr_value *v, struct expr_result *r)
{
	static const enum expr_gives gives[] = {
		[EXPR_IS_MISSING] = EXPR_GIVES_NOTHING,
		[EXPR_IS_NO_TIME] = EXPR_GIVES_NOTHING,
		[EXPR_IS_NUMBER] = EXPR_GIVES_NUMBER,
		[EXPR_IS_STRING] = EXPR_GIVES_TEXT,
		[EXPR_IS_INPUT] = EXPR_GIVES_FIELD,
		[EXPR_IS_NULL] = EXPR_GIVES_NULL,
		[EXPR_IS_JSON_NUMBER] = EXPR_GIVES_NUMBER,
		[EXPR_IS_JSON_STRING] = EXPR_GIVES_TEXT,
		[EXPR_IS_BOOL] = EXPR_GIVES_BOOL,
		[EXPR_IS_TREE] = EXPR_GIVES_JSON,
	};

	*r = (struct expr_result){ .gives = gives[v->kind], .number = v->number, .text = v->data, .len = v->len };
	r->no_time = v->kind == EXPR_IS_NO_TIME && v->number != 0;
	if (v->kind == EXPR_IS_NUMBER && is_answer(t)) {
		r->gives = EXPR_GIVES_BOOL;
		r->text = v->number != 0 ? "1" : "0";
		r->len = 1;
	} else if (v->kind == EXPR_IS_NULL && v->data == NULL) {
		r->gives = EXPR_GIVES_NOTHING;
	}
	if (r->gives == EXPR_GIVES_NOTHING || r->gives == EXPR_GIVES_NULL) {
		r->text = NULL;
		r->len = 0;
	}
}

int
expr_evaluate(struct expr *e, const struct expr_record *record, struct expr_result *r, const char **why)
{
	struct expr_program *g = e->program;
	struct expr_value v = { .number = 0 };
	uint32_t n = g->root;

	take_record(g, record->data, record->len, record->position);
	g->valid = record->is_json;
	while (g->nodes[n].op == EXPR_COND)
		n = expr_chosen(g, &g->nodes[n]);
	if (g->nodes[n].op == EXPR_NULL)
		v = (struct expr_value){ .kind = EXPR_IS_NULL, .data = "null", .len = 4 };
	else
		expr_value_of(g, n, &v);
	give(&g->nodes[n], &v, r);
	*why = g->undefined;
	if (*why == NULL && g->json && !g->asks && !g->no_memory && !expr_record_is_json(g))
		*why = "it is not JSON";
	if (g->no_memory) {
		g->no_memory = 0;
		errno = ENOMEM;
		return -1;
	}
	return *why == NULL;
}

int
expr_constant(const struct expr *e)
{
	return expr_is_constant(&e->program->nodes[e->program->root]);
}

void
expr_free(struct expr *e)
{
	if (e->program != NULL)
		free_program(e->program);
	*e = (struct expr){ 0 };
}
