/*
 * expr_run: evaluates a tree for a record. Conditions have a function of their own, so that none of
 * them makes a value only for another to ask whether it is 0. In a comparison with a constant only
 * the other value is evaluated.
 */

#include <math.h>
#include <string.h>

#include "base/bom.h"
#include "base/bytemask.h"
#include "match/expr_function.h"
#include "match/expr_node.h"
#include "match/json.h"
#include "match/number.h"

static const char by_zero[] = "something is divided by zero";
const char expr_too_long[] = "a text would be too long";

static inline struct expr_node *
node(struct expr_program *g, uint32_t n)
{
	return &g->nodes[n];
}

/*
 * Sets v to a constant number. If index is 1, its digits are in text, for comparisons as a string.
 */
static inline void
constant_number(const struct expr_node *t, struct expr_value *v)
{
	expr_set_number(v, t->number);
	if (t->index != 0) {
		v->data = t->text.data;
		v->len = t->text.len;
	}
}

static inline void
set_bool(const struct expr_node *t, struct expr_value *v)
{
	expr_set_text(v, &t->text);
	v->kind = EXPR_IS_BOOL;
	v->number = t->number;
}

/* Sets v to a part of the record, which is there or not. */
static void
set_view(struct expr_program *g, struct expr_value *v, int there, const struct range_view *view)
{
	if (there > 0) {
		expr_set_input(v, view->data, view->len);
		return;
	}
	g->no_memory |= there < 0;
	v->kind = EXPR_IS_MISSING;
}

static int
is_literal(const struct range_view *view, const char *literal)
{
	return view->len == strlen(literal) && memcmp(view->data, literal, view->len) == 0;
}

/* Sets v to the number. If a double cannot hold it exactly, its digits are kept too. */
static void
whole_number(struct expr_program *g, struct expr_node *t, uint64_t number, struct expr_value *v)
{
	expr_set_number(v, (double)number);
	if (v->number >= EXPR_ROUNDED) {
		t->text.len = 0;
		g->no_memory |= buf_addf(&t->text, "%llu", (unsigned long long)number) < 0;
		v->data = t->text.data;
		v->len = t->text.len;
	}
}

/*
 * As number_read_before, for a part of the record. A value that was unquoted or unescaped is not in
 * the record, and nothing is known of the bytes after it.
 */
static inline int
number_in(const struct expr_program *g, const char *data, size_t len, double *number)
{
	uintptr_t at = (uintptr_t)data - (uintptr_t)g->data;

	return number_read_before(data, len, at <= g->len ? g->data + g->len : data + len, number);
}

/* This is asked as late as possible: most records do not satisfy the rest of the condition. */
int
expr_record_is_json(struct expr_program *g)
{
	if (g->valid == 0) {
		size_t mark = bom_utf8(g->data, g->len);
		int valid = json_valid(g->data + mark, g->len - mark, &g->nested);

		g->no_memory |= valid < 0;
		g->valid = valid > 0 ? 1 : -1;
	}
	return g->valid > 0;
}

void
expr_json_of(const struct expr_program *g, char first, struct expr_value *v)
{
	struct range_view view = { v->data, v->len };

	v->kind = EXPR_IS_TREE;
	if (first == '"') {
		v->kind = EXPR_IS_JSON_STRING;
	} else if (first == '-' || (first >= '0' && first <= '9')) {
		if (number_in(g, view.data, view.len, &v->number))
			v->kind = EXPR_IS_JSON_NUMBER;
	} else if (first == 't' && is_literal(&view, "true")) {
		v->kind = EXPR_IS_BOOL;
		v->number = 1;
	} else if (first == 'f' && is_literal(&view, "false")) {
		v->kind = EXPR_IS_BOOL;
		v->number = 0;
	} else if (first == 'n' && is_literal(&view, "null")) {
		v->kind = EXPR_IS_NULL;
	}
}

/* Sets v to a member or an element of JSON. The value's first byte tells its type. */
static void
value_of_json(struct expr_program *g, uint32_t range, struct expr_value *v)
{
	struct range_view view;
	char first = '"';
	int there = g->asks && !g->tabled && !expr_record_is_json(g) ? 0 :
	    range_json(&g->ranges[range], 0, g->data, g->len, &view, &first);

	set_view(g, v, there, &view);
	v->kind = EXPR_IS_NULL;
	if (there > 0)
		expr_json_of(g, first, v);
	else
		v->data = NULL; /* which tells it from a null that is there */
}

/*
 * Sets v to field n, which was worked out from the record. As in awk 0 is the whole record. If n is
 * negative or too large, of which awk would die, the field is not there.
 */
static void
field_value(struct expr_program *g, double n, struct expr_value *v)
{
	struct range_view view = { NULL, 0 };

	if (n > -1 && n < 1)
		expr_set_input(v, g->data, g->len);
	else
		set_view(g, v,
		    n >= 1 && n < 4e9 ? range_nth(&g->ranges[g->tabled], 0, (int64_t)n, g->data, g->len, &view) : 0,
		    &view);
}

/* Sets v to $NF, which is $0 if there are no fields. */
static void
last_field(struct expr_program *g, struct expr_value *v)
{
	struct range_view view;

	int there = range_nth(&g->ranges[g->tabled], 0, -1, g->data, g->len, &view);

	g->no_memory |= there < 0;
	if (there > 0)
		expr_set_input(v, view.data, view.len);
	else
		expr_set_input(v, g->data, g->len);
}

/* Sets v to a part of the record that is found by its range. */
static void
by_range(struct expr_program *g, uint32_t range, struct expr_value *v)
{
	struct range_view view;

	set_view(g, v, range_view(&g->ranges[range], 0, g->data, g->len, &view), &view);
}

/* Sets v to a part that is one field or word, if one byte or white space separates them. */
static inline void
field_by(struct expr_program *g, const struct expr_node *t, struct expr_value *v)
{
	const char *begin, *stop, *end = g->data + g->len;
	int there = 0;

	v->kind = EXPR_IS_MISSING;
	if (g->len == 0)
		return;
	if (t->op == EXPR_QUOTED)
		there = bytemask_unquoted(g->data, end, t->separator, t->index, &begin, &stop);
	else if (t->op == EXPR_WORD)
		there = bytemask_word(g->data, end, t->index, &begin, &stop);
	else
		there = bytemask_field(g->data, end, t->separator, t->index, &begin, &stop);
	if (there > 0)
		expr_set_input(v, begin, (size_t)(stop - begin));
	else if (there < 0)
		by_range(g, t->range + (t->dollar && g->tabled), v);
}

static int
is_field(const struct expr_node *t)
{
	return t->op == EXPR_FIELD || t->op == EXPR_QUOTED || t->op == EXPR_WORD;
}

double
expr_number_of(struct expr_program *g, uint32_t n)
{
	struct expr_value v;

	expr_value_of(g, n, &v);
	return expr_as_number(&v);
}

double
expr_operand_of(struct expr_program *g, uint32_t n, int *no_time)
{
	struct expr_value v;

	expr_value_of(g, n, &v);
	if (v.kind == EXPR_IS_NO_TIME)
		*no_time = v.number != 0 || *no_time == 2 ? 2 : 1;
	return expr_as_number(&v);
}

void
expr_set_worked(struct expr_value *v, double number, int no_time)
{
	if (no_time == 0)
		expr_set_number(v, number);
	else
		expr_set_no_time(v, no_time == 2);
}

/*
 * Sets data and len of the node's value to the value as a string. The digits of a number that was
 * worked out are kept in the node.
 */
static void
make_string(struct expr_program *g, uint32_t n, struct expr_value *v)
{
	struct buf *text = &node(g, n)->digits;

	if (expr_is_missing(v)) {
		v->data = "";
		v->len = 0;
	} else if (v->kind == EXPR_IS_NUMBER && v->data == NULL) {
		if (expr_digits(text, v->number) < 0) {
			g->no_memory = 1;
			text->len = 0;
		}
		expr_set_text(v, text);
	}
}

void
expr_string_of(struct expr_program *g, uint32_t n, struct expr_value *v)
{
	expr_value_of(g, n, v);
	make_string(g, n, v);
}

/*
 * Whole exponents go by squaring: that gives the same on all machines, and an exact result if a
 * double can hold it.
 */
static double
power(double base, double exponent)
{
	double result = 1;
	uint64_t n;

	if (!(fabs(exponent) < 1 << 20) || exponent != floor(exponent))
		return pow(base, exponent);
	for (n = (uint64_t)fabs(exponent); n > 0; n >>= 1) {
		if (n & 1)
			result *= base;
		base *= base;
	}
	return exponent < 0 ? 1 / result : result;
}

static double
arithmetic(struct expr_program *g, const struct expr_node *t, int *no_time)
{
	double a = expr_operand_of(g, t->first, no_time), b = expr_operand_of(g, node(g, t->first)->next, no_time);

	switch (t->op) {
	case EXPR_ADD:
		return a + b;
	case EXPR_SUBTRACT:
		return a - b;
	case EXPR_MULTIPLY:
		return a * b;
	case EXPR_POWER:
		return power(a, b);
	default:
		if (b == 0) {
			g->undefined = *no_time ? g->undefined : by_zero;
			return 0;
		}
		return t->op == EXPR_DIVIDE ? a / b : fmod(a, b);
	}
}

static void
concat(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	t->text.len = 0;
	for (uint32_t kid = t->first; kid != 0; kid = node(g, kid)->next) {
		expr_string_of(g, kid, v);
		g->no_memory |= buf_add(&t->text, v->data, v->len) < 0;
	}
	expr_set_text(v, &t->text);
}

uint32_t
expr_chosen(struct expr_program *g, const struct expr_node *t)
{
	uint32_t yes = node(g, t->first)->next;

	return expr_truth_of(g, t->first) ? yes : node(g, yes)->next;
}

void
expr_value_of(struct expr_program *g, uint32_t n, struct expr_value *v)
{
	struct expr_node *t = node(g, n);
	int no_time = 0;
	double number;

	switch ((enum expr_op)t->op) {
	case EXPR_NUMBER:
		constant_number(t, v);
		break;
	case EXPR_STRING:
		expr_set_text(v, &t->text);
		break;
	case EXPR_BOOL:
		set_bool(t, v);
		break;
	case EXPR_RECORD:
		expr_set_input(v, g->data, g->len);
		break;
	case EXPR_RANGE:
		by_range(g, t->index, v);
		break;
	case EXPR_FIELD:
	case EXPR_QUOTED:
	case EXPR_WORD:
		field_by(g, t, v);
		break;
	case EXPR_FIELD_AT:
		field_value(g, expr_number_of(g, t->first), v);
		break;
	case EXPR_FIELD_LAST:
		last_field(g, v);
		break;
	case EXPR_NF:
		expr_set_number(v, (double)range_number(&g->ranges[g->tabled], 0, g->data, g->len));
		break;
	case EXPR_POS:
		whole_number(g, t, g->position, v);
		break;
	case EXPR_NR:
		whole_number(g, t, g->position + 1, v);
		break;
	case EXPR_JSON:
		value_of_json(g, t->index, v);
		break;
	case EXPR_ADD:
	case EXPR_SUBTRACT:
	case EXPR_MULTIPLY:
	case EXPR_DIVIDE:
	case EXPR_MODULO:
	case EXPR_POWER:
		number = arithmetic(g, t, &no_time);
		expr_set_worked(v, number, no_time);
		break;
	case EXPR_MINUS:
		number = -expr_operand_of(g, t->first, &no_time);
		expr_set_worked(v, number, no_time);
		break;
	case EXPR_PLUS:
		number = expr_operand_of(g, t->first, &no_time);
		expr_set_worked(v, number, no_time);
		break;
	case EXPR_COND:
		expr_value_of(g, expr_chosen(g, t), v);
		break;
	case EXPR_CONCAT:
		concat(g, t, v);
		break;
	case EXPR_EACH:
		*v = g->elements[t->index];
		break;
	case EXPR_CALL:
		expr_functions[t->function].call(g, t, v);
		break;
	default:
		expr_set_number(v, expr_truth_of(g, n));
	}
}

static int
compare_number(struct expr_program *g, const struct expr_node *t)
{
	const struct expr_node *kid = node(g, t->first);
	struct expr_value v;
	double number = 0;

	if (is_field(kid)) {
		field_by(g, kid, &v);
		if (v.kind == EXPR_IS_INPUT && number_in(g, v.data, v.len, &number))
			return expr_compare_numbers(number, t->number) & t->relation;
	} else {
		expr_value_of(g, t->first, &v);
	}
	switch (v.kind) {
	case EXPR_IS_NUMBER:
	case EXPR_IS_JSON_NUMBER:
		return expr_compare_numbers(v.number, t->number) & t->relation;
	case EXPR_IS_INPUT:
		if (number_read(v.data, v.len, &number))
			return expr_compare_numbers(number, t->number) & t->relation;
		break;
	case EXPR_IS_NULL:
		return EXPR_LESS & t->relation;
	case EXPR_IS_JSON_STRING:
	case EXPR_IS_BOOL:
	case EXPR_IS_TREE:
		return EXPR_UNORDERED & t->relation;
	default:
		break;
	}
	return expr_compare_with_string(&v, t->text.data, t->text.len, g->flags) & t->relation;
}

static int
compare_string(struct expr_program *g, const struct expr_node *t)
{
	struct expr_value v;

	expr_value_of(g, t->first, &v);
	if (v.kind == EXPR_IS_NUMBER)
		make_string(g, t->first, &v);
	return expr_compare_with_string(&v, t->text.data, t->text.len, g->flags) & t->relation;
}

static int
is_in(struct expr_program *g, const struct expr_node *t)
{
	struct expr_value v, other;

	expr_value_of(g, t->first, &v);
	for (uint32_t kid = node(g, t->first)->next; kid != 0; kid = node(g, kid)->next) {
		expr_value_of(g, kid, &other);
		if (expr_compare(&v, &other, g->flags) & EXPR_EQUALS)
			return 1;
	}
	return 0;
}

/* Returns 0 if the value is false, else another number. */
int
expr_truth_of(struct expr_program *g, uint32_t n)
{
	struct expr_node *t = node(g, n);
	struct expr_value v, other;

	switch ((enum expr_op)t->op) {
	case EXPR_NOT:
		return !expr_truth_of(g, t->first);
	case EXPR_AND:
		for (uint32_t kid = t->first; kid != 0; kid = node(g, kid)->next)
			if (kid != g->skip && !expr_truth_of(g, kid))
				return 0;
		return 1;
	case EXPR_OR:
		for (uint32_t kid = t->first; kid != 0; kid = node(g, kid)->next)
			if (expr_truth_of(g, kid))
				return 1;
		return 0;
	case EXPR_COMPARE:
		expr_value_of(g, t->first, &v);
		expr_value_of(g, node(g, t->first)->next, &other);
		return (expr_compare(&v, &other, g->flags) & t->relation) != 0;
	case EXPR_COMPARE_NUMBER:
		return compare_number(g, t) != 0;
	case EXPR_COMPARE_STRING:
		return compare_string(g, t) != 0;
	case EXPR_MISSING:
		expr_value_of(g, t->first, &v);
		return expr_is_missing(&v);
	case EXPR_MATCH:
		expr_string_of(g, t->first, &v);
		return ere_match(&g->eres[t->index], v.data, v.len) != t->relation;
	case EXPR_IN:
		return is_in(g, t);
	case EXPR_ANY:
		return expr_any_of(g, t);
	default:
		expr_value_of(g, n, &v);
		return expr_as_truth(&v);
	}
}
