/*
 * expr_run: evaluates a tree for a record. Conditions have a function of their own, so that none of
 * them makes a value only for another to ask whether it is 0. In a comparison with a constant only
 * the other value is evaluated.
 */

#include <math.h>
#include <string.h>

#include "base/bytemask.h"
#include "match/expr_node.h"
#include "match/number.h"

static inline struct expr_node *
node(struct expr_program *g, uint32_t n)
{
	return &g->nodes[n];
}

static inline void
set_input(struct expr_value *v, const char *data, size_t len)
{
	v->kind = EXPR_IS_INPUT;
	v->data = data;
	v->len = len;
}

static inline void
set_number(struct expr_value *v, double number)
{
	v->kind = EXPR_IS_NUMBER;
	v->number = number;
	v->data = NULL;
	v->len = 0;
}

/*
 * Sets v to a constant number. If index is 1, its digits are in text, for comparisons as a string.
 */
static inline void
constant_number(const struct expr_node *t, struct expr_value *v)
{
	set_number(v, t->number);
	if (t->index != 0) {
		v->data = t->text.data;
		v->len = t->text.len;
	}
}

static inline void
set_text(struct expr_value *v, const struct buf *text)
{
	v->kind = EXPR_IS_STRING;
	v->data = text->data != NULL ? text->data : "";
	v->len = text->len;
}

static inline void
set_bool(const struct expr_node *t, struct expr_value *v)
{
	set_text(v, &t->text);
	v->kind = EXPR_IS_BOOL;
	v->number = t->number;
}

/* Sets v to a part of the record, which is there or not. */
static void
set_view(struct expr_program *g, struct expr_value *v, int there, const struct range_view *view)
{
	if (there > 0) {
		set_input(v, view->data, view->len);
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

/* Sets v to the record's position. If a double cannot hold it exactly, its digits are kept too. */
static void
position_value(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	set_number(v, (double)g->position);
	if (v->number >= EXPR_ROUNDED) {
		t->text.len = 0;
		g->no_memory |= buf_addf(&t->text, "%llu", (unsigned long long)g->position) < 0;
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

/* Sets v to a member or an element of JSON. The value's first byte tells its type. */
static void
json_value(struct expr_program *g, uint32_t range, struct expr_value *v)
{
	struct range_view view;
	char first = '"';
	int there = range_json(&g->ranges[range], 0, g->data, g->len, &view, &first);

	set_view(g, v, there, &view);
	v->kind = EXPR_IS_NULL;
	if (there <= 0)
		return;
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

/*
 * Sets v to field n, which was worked out from the record. As in awk 0 is the whole record. If n is
 * negative or too large, of which awk would die, the field is not there.
 */
static void
field_value(struct expr_program *g, double n, struct expr_value *v)
{
	struct range_view view = { NULL, 0 };

	if (n > -1 && n < 1)
		set_input(v, g->data, g->len);
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
		set_input(v, view.data, view.len);
	else
		set_input(v, g->data, g->len);
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
		set_input(v, begin, (size_t)(stop - begin));
	else if (there < 0)
		by_range(g, t->range + (t->dollar && g->tabled), v);
}

static int
is_field(const struct expr_node *t)
{
	return t->op == EXPR_FIELD || t->op == EXPR_QUOTED || t->op == EXPR_WORD;
}

static double
number_of(struct expr_program *g, uint32_t n)
{
	struct expr_value v;

	expr_value_of(g, n, &v);
	return expr_as_number(&v);
}

/*
 * Sets data and len of the node's value to the value as a string. The digits of a number that was
 * worked out are kept in the node.
 */
static void
make_string(struct expr_program *g, uint32_t n, struct expr_value *v)
{
	struct buf *text = &node(g, n)->digits;

	if (v->kind == EXPR_IS_MISSING || v->kind == EXPR_IS_NULL) {
		v->data = "";
		v->len = 0;
	} else if (v->kind == EXPR_IS_NUMBER && v->data == NULL) {
		if (expr_digits(text, v->number) < 0) {
			g->no_memory = 1;
			text->len = 0;
		}
		set_text(v, text);
	}
}

static void
string_of(struct expr_program *g, uint32_t n, struct expr_value *v)
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
arithmetic(struct expr_program *g, const struct expr_node *t)
{
	double a = number_of(g, t->first), b = number_of(g, node(g, t->first)->next);

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
			g->zero = 1;
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
		string_of(g, kid, v);
		g->no_memory |= buf_add(&t->text, v->data, v->len) < 0;
	}
	set_text(v, &t->text);
}

/*
 * Fractions of numbers are cut off, and a place before the first character is the first one: as in
 * gawk and in BSD's awk.
 */
static void
substr(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	uint32_t second = node(g, t->first)->next, third = node(g, second)->next;
	double from, count = HUGE_VAL;
	size_t skip, len;

	string_of(g, t->first, v);
	from = number_of(g, second);
	if (third != 0)
		count = number_of(g, third);
	/*
	 * If a number is NaN, its comparison is false: then substr begins at the first character,
	 * or takes none.
	 */
	skip = from >= 2 ? expr_skip(v->data, v->len, trunc(from) - 1, g->flags) : 0;
	len = count >= 1 ? expr_skip(v->data + skip, v->len - skip, trunc(count), g->flags) : 0;
	v->kind = EXPR_IS_STRING;
	v->data += skip;
	v->len = len;
}

/*
 * If case is ignored, both strings are folded first: to compare anew at each place could take time
 * by the product of their lengths.
 */
static void
find(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	struct expr_value text;
	const char *data;

	string_of(g, t->first, v);
	string_of(g, node(g, t->first)->next, &text);
	data = v->data;
	if (g->flags & EXPR_IGNORE_CASE) {
		t->text.len = 0;
		if (expr_fold(&t->text, v->data, v->len) < 0 || expr_fold(&t->text, text.data, text.len) < 0) {
			g->no_memory = 1;
			return;
		}
		data = t->text.data;
		text.data = data + v->len;
	}
	set_number(v, (double)expr_index(data, v->len, text.data, text.len, g->flags));
}

/* Returns the node from which a ? b : c takes its value. */
static uint32_t
chosen(struct expr_program *g, const struct expr_node *t)
{
	uint32_t yes = node(g, t->first)->next;

	return expr_truth_of(g, t->first) ? yes : node(g, yes)->next;
}

static void
change_case(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	string_of(g, t->first, v);
	g->no_memory |= expr_case(&t->text, v->data, v->len, t->op == EXPR_UPPER, g->flags) < 0;
	set_text(v, &t->text);
}

void
expr_value_of(struct expr_program *g, uint32_t n, struct expr_value *v)
{
	struct expr_node *t = node(g, n);

	switch ((enum expr_op)t->op) {
	case EXPR_NUMBER:
		constant_number(t, v);
		break;
	case EXPR_STRING:
		set_text(v, &t->text);
		break;
	case EXPR_BOOL:
		set_bool(t, v);
		break;
	case EXPR_RECORD:
		set_input(v, g->data, g->len);
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
		field_value(g, number_of(g, t->first), v);
		break;
	case EXPR_FIELD_LAST:
		last_field(g, v);
		break;
	case EXPR_NF:
		set_number(v, (double)range_number(&g->ranges[g->tabled], 0, g->data, g->len));
		break;
	case EXPR_POS:
		position_value(g, t, v);
		break;
	case EXPR_JSON:
		json_value(g, t->index, v);
		break;
	case EXPR_ADD:
	case EXPR_SUBTRACT:
	case EXPR_MULTIPLY:
	case EXPR_DIVIDE:
	case EXPR_MODULO:
	case EXPR_POWER:
		set_number(v, arithmetic(g, t));
		break;
	case EXPR_MINUS:
		set_number(v, -number_of(g, t->first));
		break;
	case EXPR_PLUS:
		set_number(v, number_of(g, t->first));
		break;
	case EXPR_LENGTH:
		string_of(g, t->first, v);
		set_number(v, (double)expr_length(v->data, v->len, g->flags));
		break;
	case EXPR_INDEX:
		find(g, t, v);
		break;
	case EXPR_COND:
		expr_value_of(g, chosen(g, t), v);
		break;
	case EXPR_CONCAT:
		concat(g, t, v);
		break;
	case EXPR_SUBSTR:
		substr(g, t, v);
		break;
	case EXPR_LOWER:
	case EXPR_UPPER:
		change_case(g, t, v);
		break;
	default:
		set_number(v, expr_truth_of(g, n));
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
		return v.kind == EXPR_IS_MISSING || v.kind == EXPR_IS_NULL;
	case EXPR_MATCH:
		string_of(g, t->first, &v);
		return ere_match(&g->eres[t->index], v.data, v.len) != t->relation;
	case EXPR_IN:
		return is_in(g, t);
	default:
		expr_value_of(g, n, &v);
		return expr_as_truth(&v);
	}
}
