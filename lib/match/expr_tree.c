/*
 * expr_tree: what the parser builds, reads and reports. If a node's kids are all constants, the
 * function that judges records works out its value.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "match/expr_parse.h"

/* ---- messages ---- */

uint32_t
expr_fail(struct expr_parser *p, size_t at, const char *format, ...)
{
	size_t n = p->len - at < 20 ? p->len - at : 20;
	va_list args;

	/* Do not end inside a character. */
	while (n > 1 && at + n < p->len && utf8_continues(p->text[at + n]))
		n--;
	p->error->len = 0;
	if (n > 0) {
		(void)buf_adds(p->error, "at \"");
		(void)buf_add(p->error, p->text + at, n);
		(void)buf_addf(p->error, "\" (byte %zu): ", at + 1);
	} else {
		(void)buf_addf(p->error, "at the end (byte %zu): ", at + 1);
	}
	va_start(args, format);
	(void)buf_addv(p->error, format, args);
	va_end(args);
	errno = EINVAL;
	return 0;
}

uint32_t
expr_no_memory(struct expr_parser *p)
{
	p->error->len = 0;
	(void)buf_adds(p->error, "out of memory");
	errno = ENOMEM;
	return 0;
}

/* ---- the tree ---- */

uint32_t
expr_add_node(struct expr_parser *p, enum expr_op op)
{
	struct expr_program *g = p->program;

	if (g->count == g->cap) {
		size_t cap = g->cap > 0 ? 2 * g->cap : 16;
		struct expr_node *more = reallocarray(g->nodes, cap, sizeof *more);

		if (more == NULL)
			return expr_no_memory(p);
		g->nodes = more;
		g->cap = cap;
		if (g->count == 0)
			g->nodes[g->count++] = (struct expr_node){ 0 };
	}
	g->nodes[g->count] = (struct expr_node){ .op = (uint8_t)op };
	return (uint32_t)g->count++;
}

/* Adds the kid to the parent, unless one of them is 0. Returns the parent, or 0. */
uint32_t
expr_add_kid(struct expr_parser *p, uint32_t parent, uint32_t kid)
{
	struct expr_node *n = expr_node_at(p, parent);

	if (parent == 0 || kid == 0)
		return 0;
	if (expr_node_at(p, kid)->op == EXPR_NULL)
		return expr_fail(p, p->at, "null goes only with == and !=");
	if (n->last != 0)
		expr_node_at(p, n->last)->next = kid;
	else
		n->first = kid;
	n->last = kid;
	if (expr_node_at(p, kid)->height >= n->height)
		n->height = (uint16_t)(expr_node_at(p, kid)->height + 1);
	if (n->height > EXPR_HEIGHT_MAX)
		return expr_fail(p, p->at, "more than %d operators one upon the other", EXPR_HEIGHT_MAX);
	return parent;
}

/* Replaces a node whose kids are constants by its value. */
uint32_t
expr_work_out(struct expr_parser *p, uint32_t n)
{
	struct expr_node *parent = expr_node_at(p, n);
	struct expr_value v;

	if (n == 0 || parent->first == 0)
		return n;
	for (uint32_t kid = parent->first; kid != 0; kid = expr_node_at(p, kid)->next)
		if (!expr_is_constant(expr_node_at(p, kid)))
			return n;
	p->program->undefined = NULL;
	expr_value_of(p->program, n, &v);
	if (p->program->no_memory)
		return expr_no_memory(p);
	if (p->program->undefined != NULL)
		return n;
	if (v.kind == EXPR_IS_NUMBER || v.kind == EXPR_IS_STRING) {
		struct buf text = { 0 };

		if ((v.len > 0 && buf_add(&text, v.data, v.len) < 0) || buf_terminate(&text) < 0) {
			buf_free(&text);
			return expr_no_memory(p);
		}
		buf_free(&parent->text);
		parent->op = v.kind == EXPR_IS_NUMBER ? EXPR_NUMBER : EXPR_STRING;
		parent->number = v.number;
		parent->index = v.kind == EXPR_IS_NUMBER && v.data != NULL;
		parent->text = text;
	} else {
		return n;
	}
	parent->first = parent->last = 0;
	parent->height = 0;
	return n;
}

uint32_t
expr_negate(struct expr_parser *p, uint32_t n)
{
	struct expr_node *number = expr_node_at(p, n);
	struct buf digits = { 0 };

	if ((number->number > 0 && buf_addc(&digits, '-') < 0) ||
	    buf_add(&digits, number->text.data + (number->number < 0), number->text.len - (number->number < 0)) < 0) {
		buf_free(&digits);
		return expr_no_memory(p);
	}
	buf_free(&number->text);
	number->text = digits;
	number->number = -number->number;
	return n;
}

uint32_t
expr_add_unary(struct expr_parser *p, enum expr_op op, uint32_t kid)
{
	return kid == 0 ? 0 : expr_work_out(p, expr_add_kid(p, expr_add_node(p, op), kid));
}

/*
 * Adds a range of one part, which is given as words, to those that there are; messages name its
 * place, from. Returns 0, or -1 after expr_fail.
 */
static int
add_range_to(struct expr_parser *p, struct range **ranges, size_t *have, const char *separator, char *const words[],
    size_t count, size_t from)
{
	struct range *more = reallocarray(*ranges, *have + 1, sizeof *more), *range;
	struct buf error = { 0 };

	if (more == NULL) {
		(void)expr_no_memory(p);
		return -1;
	}
	*ranges = more;
	range = &more[(*have)++];
	memset(range, 0, sizeof *range);
	range->within = 1;
	if ((separator != NULL && range_fields(range, separator, &error) < 0) ||
	    range_all(range, words, count, &error) < 0) {
		(void)expr_fail(p, from, "%s", buf_string(&error));
		buf_free(&error);
		return -1;
	}
	if (range->count == 1)
		return 0;
	(void)expr_fail(p, from, "one part of the record is expected, not %zu", range->count);
	return -1;
}

static int
add_range(struct expr_parser *p, const char *separator, char *const words[], size_t count, size_t from)
{
	return add_range_to(p, &p->program->ranges, &p->program->range_count, separator, words, count, from);
}

uint32_t
expr_add_range(struct expr_parser *p, char *const words[], size_t count, size_t from)
{
	uint32_t n;

	if (add_range(p, p->separator, words, count, from) < 0)
		return 0;
	if ((n = expr_add_node(p, EXPR_RANGE)) != 0)
		expr_node_at(p, n)->range = (unsigned)(p->program->range_count - 1) & 0x3fffffff;
	return n;
}

/*
 * Adds $number, which is a word or a field; and a second range for it, which is a field of a table.
 */
uint32_t
expr_add_dollar(struct expr_parser *p, unsigned long number, size_t from)
{
	char word[24];
	uint32_t n;

	(void)snprintf(word, sizeof word, "%c%lu", p->separator != NULL ? 'f' : 'w', number);
	if ((n = expr_add_range(p, (char *[]){ word }, 1, from)) == 0)
		return 0;
	word[0] = 'f';
	if (add_range(p, NULL, (char *[]){ word }, 1, from) < 0)
		return 0;
	expr_node_at(p, n)->dollar = 1;
	return n;
}

uint32_t
expr_add_each(struct expr_parser *p, char *const words[], size_t count, size_t from)
{
	struct expr_program *g = p->program;
	struct expr_value *more;
	uint32_t n;

	if (p->each != 0)
		return expr_fail(p, from, "only one value of a comparison can be each element of an array");
	if (count > 0 && add_range(p, p->separator, words, count, from) < 0)
		return 0;
	if ((more = reallocarray(g->elements, g->element_count + 1, sizeof *more)) == NULL)
		return expr_no_memory(p);
	g->elements = more;
	if ((n = expr_add_node(p, EXPR_EACH)) == 0)
		return 0;
	expr_node_at(p, n)->index = (uint32_t)g->element_count++;
	expr_node_at(p, n)->path = count > 0;
	if (count > 0)
		expr_node_at(p, n)->range = (unsigned)(g->range_count - 1) & 0x3fffffff;
	p->each = n;
	return n;
}

uint32_t
expr_add_part(struct expr_parser *p, uint32_t n, char *word, size_t from)
{
	struct expr_program *g = p->program;
	uint32_t part;

	if (word != NULL && add_range_to(p, &g->inner, &g->inner_count, NULL, &word, 1, from) < 0)
		return 0;
	if ((part = expr_add_node(p, EXPR_PART)) != 0 && word != NULL)
		expr_node_at(p, part)->index = (uint32_t)g->inner_count;
	return expr_add_kid(p, n, part);
}

uint32_t
expr_add_any(struct expr_parser *p, uint32_t n)
{
	uint32_t any, each = p->each;

	if (n == 0 || each == 0)
		return n;
	p->each = 0;
	if ((any = expr_add_kid(p, expr_add_node(p, EXPR_ANY), n)) != 0)
		expr_node_at(p, any)->index = each;
	return any;
}

uint32_t
expr_add_ere(struct expr_parser *p, const struct buf *pattern, size_t from, int negated)
{
	struct expr_program *g = p->program;
	struct buf error = { 0 };
	struct ere *more;
	int flags = (g->flags & EXPR_UTF8 ? ERE_UTF8 : 0) | (g->flags & EXPR_IGNORE_CASE ? ERE_IGNORE_CASE : 0);
	uint32_t n;

	if (g->ere_count == EXPR_ERES_MAX)
		return expr_fail(p, from, "more than %d regular expressions", EXPR_ERES_MAX);
	if ((more = reallocarray(g->eres, g->ere_count + 1, sizeof *more)) == NULL)
		return expr_no_memory(p);
	g->eres = more;
	memset(&more[g->ere_count], 0, sizeof *more);
	if (ere_compile(&more[g->ere_count], pattern->len > 0 ? pattern->data : "", pattern->len, flags, &error) < 0) {
		(void)expr_fail(p, from, "within the regular expression %s", buf_string(&error));
		buf_free(&error);
		return 0;
	}
	g->ere_count++;
	if ((n = expr_add_node(p, EXPR_MATCH)) != 0) {
		expr_node_at(p, n)->index = (uint32_t)(g->ere_count - 1);
		expr_node_at(p, n)->relation = (uint8_t)negated;
	}
	return n;
}

/* ---- reading ---- */

void
expr_skip_spaces(struct expr_parser *p)
{
	while (p->at < p->len && p->text[p->at] != '\0' && strchr(" \t\r\n", p->text[p->at]) != NULL)
		p->at++;
}

/* Skips spaces, and takes the token if it is next. */
int
expr_take(struct expr_parser *p, const char *token)
{
	size_t n = strlen(token);

	expr_skip_spaces(p);
	if (p->len - p->at < n || memcmp(p->text + p->at, token, n) != 0)
		return 0;
	p->at += n;
	return 1;
}

size_t
expr_name_length(const struct expr_parser *p)
{
	size_t n = 0;

	if (!expr_is_digit(expr_peek(p, 0)))
		while (expr_is_name(expr_peek(p, n)))
			n++;
	return n;
}

int
expr_is_word(const struct expr_parser *p, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(p->text + p->at, word, n) == 0;
}
