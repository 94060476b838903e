#ifndef EXPR_PARSE_H
#define EXPR_PARSE_H

/*
 * expr_parse: private to expr_parse.c (operators), expr_operand.c (operands), expr_function.c
 * (calls) and expr_tree.c (what they build). Functions that return a node return 0 if something is
 * wrong, with a line in error and errno. If they get 0 for a node, they return 0 and add nothing:
 * so the first reason is reported.
 */

#include "match/expr_node.h"

/* Operators, from the loosest to the tightest, as in POSIX. */
enum expr_level {
	EXPR_AT_COND = 1,
	EXPR_AT_OR,
	EXPR_AT_AND,
	EXPR_AT_IN,
	EXPR_AT_MATCH,
	EXPR_AT_COMPARE,
	EXPR_AT_CONCAT,
	EXPR_AT_SUM,
	EXPR_AT_PRODUCT,
	EXPR_AT_POWER
};

struct expr_parser {
	struct expr_program *program;
	const char *text;
	size_t len, at;
	const char *separator;
	size_t nested;
	size_t path, path_end; /* where the last path is; 0, 0: there was none */
	uint32_t inverted; /* the last node that is a ! without parentheses around it */
	uint32_t each;     /* an EXPR_EACH that no condition has yet taken as one of its values, or 0 */
	int listed;        /* 1: it is one of a list of expressions */
	struct buf *error;
};

static inline struct expr_node *
expr_node_at(struct expr_parser *p, uint32_t n)
{
	return &p->program->nodes[n];
}

static inline int
expr_peek(const struct expr_parser *p, size_t on)
{
	return p->at + on < p->len ? (unsigned char)p->text[p->at + on] : -1;
}

static inline int
expr_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Returns 1 if c may be in the name of a function, or 0. */
static inline int
expr_is_name(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || expr_is_digit(c);
}

/* Returns 1 if c may be in a member's name without quotes, or 0. */
static inline int
expr_is_member(int c)
{
	return expr_is_name(c) || c >= 0x80 || c == '@' || c == '$';
}

/* ---- expr_tree.c ---- */

/* Adds a line to error: what is wrong with the condition at that place. Returns 0. */
uint32_t expr_fail(struct expr_parser *, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
uint32_t expr_no_memory(struct expr_parser *);

uint32_t expr_add_node(struct expr_parser *, enum expr_op);
/* Adds the kid to the parent. Returns the parent. */
uint32_t expr_add_kid(struct expr_parser *, uint32_t parent, uint32_t kid);
/* Makes a node a constant if its kids are constants. */
uint32_t expr_work_out(struct expr_parser *, uint32_t);
/* Gives the number, and its digits, the other sign. */
uint32_t expr_negate(struct expr_parser *, uint32_t);
/* Adds a node with one kid, and works it out. */
uint32_t expr_add_unary(struct expr_parser *, enum expr_op, uint32_t kid);
/* Adds a range of one part, which is given as words; from is its place, for messages. */
uint32_t expr_add_range(struct expr_parser *, char *const words[], size_t count, size_t from);
/* Adds $number. */
uint32_t expr_add_dollar(struct expr_parser *, unsigned long number, size_t from);
/* Adds an EXPR_EACH, which is the array of a path, words as above, or the record if count is 0. */
uint32_t expr_add_each(struct expr_parser *, char *const words[], size_t count, size_t from);
/* Adds the part of an element to the EXPR_EACH n; word as above, or NULL: the element itself. */
uint32_t expr_add_part(struct expr_parser *, uint32_t n, char *word, size_t from);
/*
 * Returns the condition n, or if a value in it is each element of an array, one that asks for any
 * of them.
 */
uint32_t expr_add_any(struct expr_parser *, uint32_t n);
/* Adds a match, without its kid. */
uint32_t expr_add_ere(struct expr_parser *, const struct buf *pattern, size_t from, int negated);

void expr_skip_spaces(struct expr_parser *);
/* Skips spaces, and takes the token if it is next. Returns 1 if it was, or 0. */
int expr_take(struct expr_parser *, const char *token);
/*
 * The first returns the length of the name at p, or 0; the second 1 if the n bytes at p are that
 * word, or 0.
 */
size_t expr_name_length(const struct expr_parser *);
int expr_is_word(const struct expr_parser *, size_t n, const char *word);

/* ---- expr_operand.c ---- */

uint32_t expr_parse_operand(struct expr_parser *);
/* Parses /ere/ into a match without its kid. */
uint32_t expr_parse_ere(struct expr_parser *, int negated);
/*
 * Appends lead and a name in quotes to out, if what is at p, or the n bytes there, may have been
 * meant as the rest of the name in the path before it: .Use% or .unit price.
 */
void expr_add_odd_name(const struct expr_parser *, size_t n, const char *lead, struct buf *out);
/* Adds the field of that number. */
uint32_t expr_add_field(struct expr_parser *, double number, size_t from);

/* ---- expr_function.c ---- */

/*
 * If the n bytes at p are the name of a function, parses the call and sets *node to it, or to 0 if
 * something is wrong with it. Returns 1, or 0 if there is no such function.
 */
int expr_parse_function(struct expr_parser *, size_t n, uint32_t *node);
/* Refuses the n bytes at p, which name a function that is not known. */
uint32_t expr_refuse_function(struct expr_parser *, size_t n);

/* ---- expr_parse.c ---- */

/* Parses a value with all operators that bind at least as tightly as `least`. */
uint32_t expr_parse_level(struct expr_parser *, enum expr_level least);

#endif
