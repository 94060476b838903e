/*
 * expr_parse: makes a tree of a condition, by the precedence of operators (V. Pratt, "Top down
 * operator precedence", 1973). If awks do not agree on something, it is refused, and the message
 * says what to write.
 */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "match/expr_parse.h"

static uint32_t
add_binary(struct expr_parser *p, enum expr_op op, uint32_t left, uint32_t right)
{
	if (left == 0 || right == 0)
		return 0;
	return expr_work_out(p, expr_add_kid(p, expr_add_kid(p, expr_add_node(p, op), left), right));
}

/* Parses an operand with the operators before it. */
static uint32_t
parse_unary(struct expr_parser *p)
{
	size_t from;
	uint32_t n;
	int c;

	expr_skip_spaces(p);
	from = p->at;
	c = expr_peek(p, 0);
	if (c != '!' && c != '-' && c != '+')
		return expr_parse_operand(p);
	if (expr_peek(p, 1) == c && c != '!')
		return expr_fail(p, from, "there are no variables to be counted up or down");
	p->at++;
	n = expr_parse_level(p, EXPR_AT_POWER);
	if (c == '!')
		n = expr_add_any(p, n);
	if (n != 0 && c != '!' && expr_node_at(p, n)->op == EXPR_NUMBER && expr_node_at(p, n)->index != 0)
		n = c == '-' ? expr_negate(p, n) : n;
	else
		n = expr_add_unary(p, c == '!' ? EXPR_NOT : c == '-' ? EXPR_MINUS : EXPR_PLUS, n);
	p->inverted = c == '!' ? n : 0;
	return n;
}

static const struct operator {
	const char *text;
	enum expr_level level;
	enum expr_op op;
	int relation;
} operators[] = {
	/* Longer operators come first. */
	{ "||", EXPR_AT_OR, EXPR_OR, 0 },
	{ "&&", EXPR_AT_AND, EXPR_AND, 0 },
	{ "!~", EXPR_AT_MATCH, EXPR_MATCH, 1 },
	{ "~", EXPR_AT_MATCH, EXPR_MATCH, 0 },
	{ "==", EXPR_AT_COMPARE, EXPR_COMPARE, EXPR_EQUALS },
	{ "!=", EXPR_AT_COMPARE, EXPR_COMPARE, EXPR_DIFFERS },
	{ "<=", EXPR_AT_COMPARE, EXPR_COMPARE, EXPR_LESS | EXPR_EQUAL },
	{ ">=", EXPR_AT_COMPARE, EXPR_COMPARE, EXPR_GREATER | EXPR_EQUAL },
	{ "<", EXPR_AT_COMPARE, EXPR_COMPARE, EXPR_LESS },
	{ ">", EXPR_AT_COMPARE, EXPR_COMPARE, EXPR_GREATER },
	{ "+", EXPR_AT_SUM, EXPR_ADD, 0 },
	{ "-", EXPR_AT_SUM, EXPR_SUBTRACT, 0 },
	{ "*", EXPR_AT_PRODUCT, EXPR_MULTIPLY, 0 },
	{ "/", EXPR_AT_PRODUCT, EXPR_DIVIDE, 0 },
	{ "%", EXPR_AT_PRODUCT, EXPR_MODULO, 0 },
	{ "^", EXPR_AT_POWER, EXPR_POWER, 0 },
	{ "?", EXPR_AT_COND, EXPR_COND, 0 },
};

/* Operators that awk or other languages have, but not conditions, and what to write instead. */
static const struct {
	const char *text, *instead;
} strangers[] = {
	{ "===", "a comparison is ==" },
	{ "!==", "a comparison is !=" },
	{ "=~", "a match is written ~" },
	{ "=>", "a comparison is >=" },
	{ "=<", "a comparison is <=" },
	{ "<>", "a comparison is !=" },
	{ ">>", "a condition writes no files" },
	{ "**", "a power is written ^" },
	{ "//", "another value for one that is missing is coalesce(A, B)" },
	{ "++", "there are no variables to be counted up or down" },
	{ "--", "there are no variables to be counted up or down" },
	{ "+=", "a comparison is ==" },
	{ "-=", "a comparison is ==" },
	{ "*=", "a comparison is ==" },
	{ "/=", "a comparison is ==" },
	{ "%=", "a comparison is ==" },
	{ "^=", "a comparison is ==" },
};

static int
starts(const struct expr_parser *p, const char *text)
{
	size_t n = strlen(text);

	return p->len - p->at >= n && memcmp(p->text + p->at, text, n) == 0;
}

/*
 * Returns the operator at p, or NULL if there is none. Sets *wrong to 1, with a message, if
 * conditions have no such operator, else to 0.
 */
static const struct operator *
find_operator(struct expr_parser *p, int *wrong)
{
	static const struct operator in = { "in", EXPR_AT_IN, EXPR_IN, 0 },
				     concat = { "", EXPR_AT_CONCAT, EXPR_CONCAT, 0 };
	size_t n;
	int c;

	expr_skip_spaces(p);
	*wrong = 0;
	for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
		if (starts(p, strangers[i].text)) {
			*wrong = 1;
			(void)expr_fail(p, p->at, "%s", strangers[i].instead);
			return NULL;
		}
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (starts(p, operators[i].text))
			return &operators[i];
	c = expr_peek(p, 0);
	n = expr_name_length(p);
	if (expr_is_word(p, n, "in"))
		return &in;
	if (n > 0 || expr_is_digit(c) || (c > 0 && strchr("$.\"(", c) != NULL))
		return &concat;
	if (c <= 0 || strchr("=&|{", c) == NULL)
		return NULL;
	*wrong = 1;
	if (c == '=')
		(void)expr_fail(p, p->at, "a comparison is ==");
	else if (c == '{')
		(void)expr_fail(p, p->at, "a condition has no actions: what satisfies it is kept");
	else
		(void)expr_fail(p, p->at, "%c is written %c%c%s", c, c, c,
		    c == '|' ? ", and a function takes its value in parentheses: length(.a)" : "");
	return NULL;
}

/*
 * Returns 1 if a comparison with that constant has a node of its own, EXPR_COMPARE_NUMBER or
 * EXPR_COMPARE_STRING, in which only the other value is evaluated; or 0.
 */
static int
has_short_way(const struct expr_node *constant)
{
	return constant->op == EXPR_STRING || (constant->op == EXPR_NUMBER && fabs(constant->number) < EXPR_ROUNDED);
}

static uint32_t
add_comparison(struct expr_parser *p, int relation, uint32_t left, uint32_t right, size_t from)
{
	uint32_t n, kid = left, constant = right;
	struct expr_node *c;
	int swapped = 0;

	if (left == 0 || right == 0)
		return 0;
	if (expr_node_at(p, left)->op == EXPR_NULL || expr_node_at(p, right)->op == EXPR_NULL) {
		kid = expr_node_at(p, left)->op == EXPR_NULL ? right : left;
		if (relation != EXPR_EQUALS && relation != EXPR_DIFFERS)
			return expr_fail(p, from, "null goes only with == and !=");
		if ((n = expr_add_unary(p, EXPR_MISSING, kid)) == 0)
			return 0;
		return relation == EXPR_EQUALS ? n : expr_add_unary(p, EXPR_NOT, n);
	}
	if (expr_is_constant(expr_node_at(p, left)) && !expr_is_constant(expr_node_at(p, right))) {
		swapped = 1;
		kid = right;
		constant = left;
	}
	if (expr_is_constant(expr_node_at(p, kid)) || !has_short_way(expr_node_at(p, constant))) {
		/* The node must have its relation before it is worked out. */
		if ((n = expr_add_kid(p, expr_add_kid(p, expr_add_node(p, EXPR_COMPARE), left), right)) == 0)
			return 0;
		expr_node_at(p, n)->relation = (uint8_t)relation;
		return expr_work_out(p, n);
	}
	n = expr_add_node(p, expr_node_at(p, constant)->op == EXPR_NUMBER ? EXPR_COMPARE_NUMBER : EXPR_COMPARE_STRING);
	if (expr_add_kid(p, n, kid) == 0)
		return 0;
	if (swapped)
		relation = (relation & (EXPR_EQUALS | EXPR_UNORDERED)) | (relation & EXPR_LESS ? EXPR_GREATER : 0) |
		    (relation & EXPR_GREATER ? EXPR_LESS : 0);
	expr_node_at(p, n)->relation = (uint8_t)relation;
	c = expr_node_at(p, constant);
	expr_node_at(p, n)->number = c->number;
	if (c->op == EXPR_NUMBER) {
		if (c->index != 0) {
			if (buf_add(&expr_node_at(p, n)->text, c->text.data, c->text.len) < 0)
				return expr_no_memory(p);
		} else if (expr_digits(&expr_node_at(p, n)->text, c->number) < 0) {
			return expr_no_memory(p);
		}
	} else {
		expr_node_at(p, n)->text = c->text;
		c->text = (struct buf){ 0 };
	}
	return n;
}

/*
 * Parses what is to the right of a comparison, whose left side is at `begin`. Two constants are
 * refused if the left one is written as a column is: .3 == 5.
 */
static uint32_t
parse_comparison(struct expr_parser *p, int relation, uint32_t left, size_t begin, size_t from)
{
	uint32_t right = expr_parse_level(p, EXPR_AT_CONCAT);

	if (left != 0 && right != 0 && p->text[begin] == '.' && expr_is_constant(expr_node_at(p, left)) &&
	    expr_is_constant(expr_node_at(p, right)))
		return expr_fail(p, begin, "a number; a column whose name begins with a digit is .\"3\", column 3 $3");
	return add_comparison(p, relation, left, right, from);
}

/* Parses what is to the right of ~ and !~. */
static uint32_t
parse_match(struct expr_parser *p, uint32_t left, int negated)
{
	struct buf pattern = { 0 };
	size_t from;
	uint32_t n, right;

	expr_skip_spaces(p);
	from = p->at;
	if (expr_peek(p, 0) == '/') {
		n = expr_parse_ere(p, negated);
		return n == 0 ? 0 : expr_work_out(p, expr_add_kid(p, n, left));
	}
	if ((right = expr_parse_level(p, EXPR_AT_COMPARE)) == 0)
		return 0;
	if (expr_node_at(p, right)->op != EXPR_STRING && expr_node_at(p, right)->op != EXPR_NUMBER)
		return expr_fail(p, from,
		    "a regular expression is written in the condition itself, as /ERE/ or \"ERE\"");
	if (expr_node_at(p, right)->op == EXPR_NUMBER) {
		const struct expr_node *c = expr_node_at(p, right);
		int added = c->index != 0 ? buf_add(&pattern, c->text.data, c->text.len) :
		    expr_digits(&pattern, c->number);

		if (added < 0)
			return expr_no_memory(p);
	} else if (expr_translate_ere(expr_node_at(p, right)->text.data, expr_node_at(p, right)->text.len,
	               &pattern) < 0) {
		buf_free(&pattern);
		return expr_no_memory(p);
	}
	n = expr_add_ere(p, &pattern, from, negated);
	buf_free(&pattern);
	return n == 0 ? 0 : expr_work_out(p, expr_add_kid(p, n, left));
}

static uint32_t
parse_in(struct expr_parser *p, uint32_t left)
{
	uint32_t n = expr_add_kid(p, expr_add_node(p, EXPR_IN), left);

	if (n == 0)
		return 0;
	if (!expr_take(p, "("))
		return expr_fail(p, p->at, "a list is expected after in: $1 in (\"a\", \"b\")");
	do
		if (expr_add_kid(p, n, expr_parse_level(p, EXPR_AT_COND)) == 0)
			return 0;
	while (expr_take(p, ","));
	if (!expr_take(p, ")"))
		return expr_fail(p, p->at, "a comma or the parenthesis that closes the list is expected");
	return expr_work_out(p, n);
}

static uint32_t
parse_cond(struct expr_parser *p, uint32_t left)
{
	uint32_t n = expr_add_kid(p, expr_add_node(p, EXPR_COND), left);

	if (n == 0 || expr_add_kid(p, n, expr_parse_level(p, EXPR_AT_COND)) == 0)
		return 0;
	if (!expr_take(p, ":"))
		return expr_fail(p, p->at, "a colon is expected: a condition ? one value : the other");
	return expr_work_out(p, expr_add_kid(p, n, expr_parse_level(p, EXPR_AT_COND)));
}

/* Adds an operand of &&, || or of joining: one node has all of them, however many there are. */
static uint32_t
add_operand(struct expr_parser *p, enum expr_op op, uint32_t left, uint32_t right, uint32_t *open)
{
	if (left == 0 || right == 0)
		return 0;
	if (left == *open)
		return expr_add_kid(p, left, right);
	*open = expr_add_kid(p, expr_add_kid(p, expr_add_node(p, op), left), right);
	return *open;
}

static uint32_t
parse_operators(struct expr_parser *p, enum expr_level least)
{
	size_t begin = (expr_skip_spaces(p), p->at);
	uint32_t left = parse_unary(p), open = 0, inverted = p->inverted;
	enum expr_level strict = 0; /* the level of the last operator that does not chain */
	int wrong;

	while (left != 0) {
		const struct operator *o = find_operator(p, &wrong);
		size_t from = p->at;

		if (wrong)
			return 0;
		if (o == NULL || o->level < least)
			break;
		/*
		 * If all operands are constants, the node is worked out as soon as another operator
		 * follows.
		 */
		if (open != 0 && expr_node_at(p, open)->op != o->op) {
			open = 0;
			left = expr_work_out(p, left);
			continue;
		}
		if (left == inverted && inverted != 0 && o->level >= EXPR_AT_IN && o->level <= EXPR_AT_COMPARE)
			return expr_fail(p, from, "awks do not agree on ! before %s: write !(A %s B), or (!A) %s B",
			    o->text, o->text, o->text);
		if (strict == o->level)
			return expr_fail(p, from,
			    o->level == EXPR_AT_COMPARE ? "comparisons do not chain: A < B && B < C"
							: "matches do not chain: A ~ /B/ && A ~ /C/");
		strict = o->level == EXPR_AT_COMPARE || o->level == EXPR_AT_MATCH ? o->level : 0;
		p->at += strlen(o->text);
		if (o->level <= EXPR_AT_AND)
			left = expr_add_any(p, left);
		if (o->level == EXPR_AT_COND)
			left = parse_cond(p, left);
		else if (o->level == EXPR_AT_IN)
			left = expr_add_any(p, parse_in(p, left));
		else if (o->level == EXPR_AT_MATCH)
			left = expr_add_any(p, parse_match(p, left, o->relation));
		else if (o->level == EXPR_AT_COMPARE)
			left = expr_add_any(p, parse_comparison(p, o->relation, left, begin, from));
		else if (o->level == EXPR_AT_POWER)
			left = add_binary(p, o->op, left, expr_parse_level(p, EXPR_AT_POWER));
		else if (o->level == EXPR_AT_CONCAT)
			left = add_operand(p, o->op, left, expr_parse_level(p, o->level + 1), &open);
		else if (o->level == EXPR_AT_AND || o->level == EXPR_AT_OR)
			left = add_operand(p, o->op, left, expr_add_any(p, expr_parse_level(p, o->level + 1)), &open);
		else
			left = add_binary(p, o->op, left, expr_parse_level(p, o->level + 1));
		p->inverted = 0;
	}
	return open != 0 ? expr_work_out(p, left) : left;
}

/* Parses a value with all operators that bind at least as tightly as `least`. */
uint32_t
expr_parse_level(struct expr_parser *p, enum expr_level least)
{
	uint32_t n;

	if (p->nested == EXPR_NESTED_MAX)
		return expr_fail(p, p->at, "nested deeper than %d", EXPR_NESTED_MAX);
	p->nested++;
	n = parse_operators(p, least);
	p->nested--;
	return n;
}

/* ---- all of it ---- */

/*
 * Returns a match of the whole record that must hold, or 0 if there is none. It is searched for in
 * whole blocks.
 */
static uint32_t
find_searched(struct expr_parser *p, uint32_t root)
{
	uint32_t n = expr_node_at(p, root)->op == EXPR_AND ? expr_node_at(p, root)->first : root;

	for (; n != 0; n = expr_node_at(p, n)->next)
		if (expr_node_at(p, n)->op == EXPR_MATCH && expr_node_at(p, n)->relation == 0 &&
		    expr_node_at(p, expr_node_at(p, n)->first)->op == EXPR_RECORD)
			return n;
	return 0;
}

/* Refuses what is left after the expression. Returns 0. */
static uint32_t
no_operator(struct expr_parser *p)
{
	struct buf odd = { 0 };

	expr_add_odd_name(p, 0, "; a column is ", &odd);
	if (odd.len == 0 && expr_peek(p, 0) == '[')
		(void)buf_adds(&odd, "; a part is split(S, SEPARATOR, NUMBER), an element .name[0] or .\"3166\"[0]");
	(void)expr_fail(p, p->at, "an operator is expected, or the end%s", buf_string(&odd));
	buf_free(&odd);
	return 0;
}

/* Parses one expression, up to the end or, if `next` is 1, to a comma. Returns its node, or 0. */
static uint32_t
parse_one(struct expr_parser *p, int next)
{
	size_t from;
	uint32_t root;
	int wrong;

	p->listed = next;
	if (p->len > EXPR_TEXT_MAX) {
		(void)buf_addf(p->error, "the %s %zu bytes; at most %d are allowed",
		    next ? "expressions have" : "condition has", p->len, EXPR_TEXT_MAX);
		errno = E2BIG;
		return 0;
	}
	/* From its ranges $(...) and NF count. */
	if (expr_add_field(p, 1, 0) == 0)
		return 0;
	expr_skip_spaces(p);
	from = p->at;
	root = expr_parse_level(p, EXPR_AT_COND);
	if (next && root != 0 && p->each != 0)
		return expr_fail(p, from, "each element of an array goes only into a condition: .tags[] == \"x\"");
	if ((root = expr_add_any(p, root)) == 0)
		return 0;
	if (find_operator(p, &wrong) != NULL || (p->at < p->len && !(next && expr_peek(p, 0) == ','))) {
		if (wrong)
			return 0;
		if (expr_peek(p, 0) == ')')
			return expr_fail(p, p->at, "a parenthesis is closed that is not open");
		return no_operator(p);
	}
	if (expr_node_at(p, root)->op == EXPR_NULL && !next)
		return expr_fail(p, 0, "null goes only with == and !=");
	return root;
}

int
expr_parse(struct expr_program *program, const char *text, size_t len, const char *separator, struct buf *error)
{
	struct expr_parser p = { .program = program, .text = text, .len = len, .separator = separator, .error = error };
	uint32_t root = parse_one(&p, 0);

	if (root == 0)
		return -1;
	program->root = root;
	program->searched = find_searched(&p, root);
	return 0;
}

int
expr_parse_next(struct expr_program *program, const char *text, size_t len, size_t *at, const char *separator,
    struct buf *error)
{
	struct expr_parser p = {
		.program = program, .text = text, .len = len, .at = *at, .separator = separator, .error = error
	};

	if ((program->root = parse_one(&p, 1)) == 0)
		return -1;
	*at = p.at;
	return 0;
}
