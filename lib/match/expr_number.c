/* expr_number: functions of numbers, and those that take values of any kind. */

#include <math.h>

#include "match/expr_function.h"
#include "match/json.h"
#include "match/number.h"

static void
one(struct expr_program *g, const struct expr_node *t, struct expr_value *v, double (*function)(double))
{
	int no_time = 0;
	double number = expr_operand_of(g, t->first, &no_time);

	expr_set_worked(v, function(number), no_time);
}

void
expr_call_int(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, trunc);
}

void
expr_call_round(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, round);
}

void
expr_call_floor(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, floor);
}

void
expr_call_ceil(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, ceil);
}

void
expr_call_abs(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, fabs);
}

void
expr_call_log(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, log);
}

void
expr_call_exp(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, exp);
}

void
expr_call_sqrt(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	one(g, t, v, sqrt);
}

/*
 * Sets v to the first argument that no other one precedes, or follows, by < and > of conditions.
 * Missing ones do not count: they are less than all others.
 */
static void
extreme(struct expr_program *g, const struct expr_node *t, struct expr_value *v, int better)
{
	struct expr_value other;

	expr_value_of(g, t->first, v);
	for (uint32_t kid = g->nodes[t->first].next; kid != 0; kid = g->nodes[kid].next) {
		expr_value_of(g, kid, &other);
		if (!expr_is_missing(&other) && (expr_is_missing(v) || (expr_compare(&other, v, g->flags) & better)))
			*v = other;
	}
}

void
expr_call_min(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	extreme(g, t, v, EXPR_LESS);
}

void
expr_call_max(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	extreme(g, t, v, EXPR_GREATER);
}

void
expr_call_coalesce(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	for (uint32_t kid = t->first; kid != 0; kid = g->nodes[kid].next) {
		expr_value_of(g, kid, v);
		if (!expr_is_missing(v))
			return;
	}
}

/* A string looks like a number if a field would; but JSON says itself what it is. */
void
expr_call_isnumber(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	double number;
	int result;

	expr_value_of(g, t->first, v);
	switch (v->kind) {
	case EXPR_IS_NUMBER:
		result = !isnan(v->number);
		break;
	case EXPR_IS_INPUT:
	case EXPR_IS_STRING:
		result = number_read(v->data, v->len, &number);
		break;
	default:
		result = v->kind == EXPR_IS_JSON_NUMBER;
	}
	expr_set_number(v, result);
}

void
expr_call_isjson(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	int result;

	if (g->nodes[t->first].op == EXPR_RECORD) {
		result = expr_record_is_json(g);
	} else {
		expr_string_of(g, t->first, v);
		result = json_valid(v->data, v->len, &g->nested);
		g->no_memory |= result < 0;
	}
	expr_set_number(v, result > 0);
}
