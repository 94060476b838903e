#ifndef EXPR_NODE_H
#define EXPR_NODE_H

/*
 * expr_node: private to expr*.c. The tree of a condition is in one array; node 0 is none. A node's
 * kids are a list: first, then next of each. A node that makes a string keeps it in text until it
 * is evaluated again; there are no loops, so that is at the next record.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/ere.h"
#include "match/expr.h"
#include "match/range.h"
#include "match/replace.h"
#include "os/zone.h"

enum expr_op {
	EXPR_NONE,
	/* constants; expr_is_constant relies on the order */
	EXPR_NUMBER,
	EXPR_STRING,
	EXPR_BOOL,
	EXPR_NULL, /* only until the comparison with it is made */
	/* parts of the record */
	EXPR_RECORD,
	/*
	 * A part that is named: expr_table chooses one of the next five, of which the first three
	 * have the part's number as index, the others its range.
	 */
	EXPR_FIELD,  /* a field, if one byte, the node's separator, separates fields */
	EXPR_QUOTED, /* the same, of CSV */
	EXPR_WORD,   /* a word, if white space separates words */
	EXPR_RANGE,
	EXPR_JSON,
	EXPR_FIELD_AT, /* $(kid) */
	EXPR_FIELD_LAST,
	EXPR_NF,
	EXPR_POS,
	EXPR_NR,
	EXPR_EACH, /* the element that an EXPR_ANY is at, elements[index]; of range if path is 1, else of $0 */
	EXPR_PART, /* kid of EXPR_EACH, one for each [] of the path: what follows it, inner[index - 1], or nothing */
	/* conditions, 1 or 0; expr_is_condition relies on the order */
	EXPR_NOT,
	EXPR_AND, /* of all kids */
	EXPR_OR,
	EXPR_COMPARE,        /* two kids; relation */
	EXPR_COMPARE_NUMBER, /* kid with number, which is below 2^53; text is the number as a string */
	EXPR_COMPARE_STRING, /* kid with text, a string */
	EXPR_MISSING,        /* the kid is not there */
	EXPR_MATCH,          /* index is the regular expression */
	EXPR_IN,             /* the first kid is one of the others */
	EXPR_ANY,            /* the kid holds for an element of the EXPR_EACH that index is */
	/* numbers */
	EXPR_ADD,
	EXPR_SUBTRACT,
	EXPR_MULTIPLY,
	EXPR_DIVIDE,
	EXPR_MODULO,
	EXPR_POWER,
	EXPR_MINUS,
	EXPR_PLUS,
	/* the others */
	EXPR_COND,
	EXPR_CONCAT, /* of all kids */
	EXPR_CALL    /* of expr_functions[function]; if it has a regular expression, that is eres[index] */
};

/*
 * A relation is the set of outcomes of a comparison in which it holds. EXPR_SAME: equal, but of a
 * type that has no order (true and true); EXPR_UNORDERED: not even equal (true and 5).
 */
enum {
	EXPR_LESS = 1,
	EXPR_EQUAL = 2,
	EXPR_GREATER = 4,
	EXPR_UNORDERED = 8,
	EXPR_SAME = 16,
	EXPR_EQUALS = EXPR_EQUAL | EXPR_SAME,                      /* == */
	EXPR_DIFFERS = EXPR_LESS | EXPR_GREATER | EXPR_UNORDERED   /* != */
};

struct expr_node {
	uint8_t op;
	union {
		uint8_t relation;
		char separator;
		uint8_t function;
	};
	uint16_t height;
	uint32_t first, last, next; /* kids; the next one of the same parent */
	uint32_t index;             /* of ranges or others; EXPR_NUMBER: 1 if text has digits that number rounds */
	unsigned range : 30;        /* of parts and EXPR_EACH: index of the range */
	unsigned dollar : 1;        /* of $3: the range after that one is with a table's columns */
	unsigned path : 1;          /* of .price: a value that is found in JSON has its type */
	double number;
	struct buf text;   /* a constant, or the string that was made */
	struct buf digits; /* if its value is a number that was worked out: that as a string */
};

struct expr_value;

struct expr_program {
	struct expr_node *nodes;
	size_t count, cap;
	uint32_t root;
	struct range *ranges; /* one part each; from ranges[tabled], the first field, $(...) and NF count */
	size_t range_count;
	struct range *inner; /* one part each, of an element of an array */
	size_t inner_count;
	struct expr_value *elements;
	size_t element_count;
	struct ere *eres;
	size_t ere_count;
	struct replace replace; /* of sub and gsub: of the call that is being worked out */
	struct zone *zones;
	size_t zone_count;
	int flags;
	int tabled;        /* 1: fields are the columns of a table that is not of JSON */
	int json;          /* 1: it has members of JSON, so a record that is not JSON does not satisfy it ... */
	int asks;          /* ... but if this is 1: then it asks isjson, and in such a record members are missing */
	struct buf nested; /* for json_valid */
	uint32_t searched; /* EXPR_MATCH of $0 in the root, or the root: searched for in whole blocks; or 0 */

	/* the record */
	const char *data;
	size_t len;
	uint64_t position;
	uint32_t skip; /* a kid of an EXPR_AND that is known to hold */
	int valid;     /* 1: it is JSON, -1: it is not, 0: not known yet */
	const char *undefined; /* not NULL: the record has no value, and why, a static string */
	int no_memory;
};

enum expr_kind {
	/* Values of awk. */
	EXPR_IS_MISSING, /* a field that the record does not have: the empty string; 0 in arithmetic */
	/*
	 * A time that could not be made. As a field that is missing, but what is worked out of it
	 * is such a value, too. number is 1 if there was a text that is no time, else 0. data: ""
	 */
	EXPR_IS_NO_TIME,
	EXPR_IS_NUMBER,  /* data: digits that say more than number, such as those of an integer; or NULL */
	EXPR_IS_STRING,
	EXPR_IS_INPUT, /* a number if it looks like one; not known yet. A "numeric string" of POSIX */
	/*
	 * Values of JSON; expr_is_json relies on the order. data is the value as it is written, or
	 * a string's content.
	 */
	EXPR_IS_NULL, /* or a member that is not there: data is NULL */
	EXPR_IS_JSON_NUMBER,
	EXPR_IS_JSON_STRING,
	EXPR_IS_BOOL, /* number is 1 or 0 */
	EXPR_IS_TREE  /* an object or an array; also what is no value at all, because the record is not JSON */
};

struct expr_value {
	enum expr_kind kind;
	double number;
	const char *data;
	size_t len;
};

static inline int
expr_is_json(const struct expr_value *v)
{
	return v->kind >= EXPR_IS_NULL;
}

static inline void
expr_set_input(struct expr_value *v, const char *data, size_t len)
{
	v->kind = EXPR_IS_INPUT;
	v->data = data;
	v->len = len;
}

static inline void
expr_set_number(struct expr_value *v, double number)
{
	v->kind = EXPR_IS_NUMBER;
	v->number = number;
	v->data = NULL;
	v->len = 0;
}

static inline void
expr_set_no_time(struct expr_value *v, int text)
{
	v->kind = EXPR_IS_NO_TIME;
	v->number = text;
	v->data = "";
	v->len = 0;
}

static inline void
expr_set_text(struct expr_value *v, const struct buf *text)
{
	v->kind = EXPR_IS_STRING;
	v->data = text->data != NULL ? text->data : "";
	v->len = text->len;
}

static inline int
expr_is_missing(const struct expr_value *v)
{
	return v->kind == EXPR_IS_MISSING || v->kind == EXPR_IS_NO_TIME || v->kind == EXPR_IS_NULL;
}

static inline int
expr_is_constant(const struct expr_node *n)
{
	return n->op >= EXPR_NUMBER && n->op <= EXPR_BOOL;
}

/* ---- expr_value.c ---- */

enum { EXPR_DIGITS = 320 }; /* the longest number as a string: a double has up to 309 digits before the point */

/* From here on a double cannot tell an integer from its neighbours: 2^53. */
#define EXPR_ROUNDED 9007199254740992.0

/*
 * Sets out to the number as a string, as awk writes it: whole numbers with all digits, others by
 * %.6g. Returns 0, or -1 with errno ENOMEM.
 */
int expr_digits(struct buf *out, double number);

double expr_as_number(const struct expr_value *);
int expr_as_truth(const struct expr_value *);

/* Compares two values as their kinds demand. Returns one of the outcomes of a relation. */
int expr_compare(const struct expr_value *, const struct expr_value *, int flags);
/*
 * Compares a value with a string, likewise. A number that is not from JSON must have its digits in
 * data.
 */
int expr_compare_with_string(const struct expr_value *, const char *text, size_t len, int flags);
static inline int
expr_compare_numbers(double a, double b)
{
	int less = a < b, equal = a == b, greater = a > b;

	/* The outcome cannot be predicted, so there is no branch on it. */
	return less | equal << 1 | greater << 2 | !(less | equal | greater) << 3;
}

/*
 * Returns the number of characters, or without EXPR_UTF8 that of bytes. A byte that is not part of
 * valid UTF-8 is one character.
 */
size_t expr_length(const char *data, size_t len, int flags);
/*
 * Returns the number of bytes that the first `characters` characters take, or len if there are
 * fewer.
 */
size_t expr_skip(const char *data, size_t len, double characters, int flags);
/*
 * Returns the place of the string text[0, n), counted in characters from 1, or 0 if it does not
 * occur. An empty string is at 1. Bytes are compared, whatever the flags.
 */
size_t expr_index(const char *data, size_t len, const char *text, size_t n, int flags);
/*
 * Appends the bytes to out, with ASCII letters in lower case. Returns 0, or -1 with errno ENOMEM.
 */
int expr_fold(struct buf *out, const char *data, size_t len);
/*
 * Sets out to the string in upper or lower case, by the locale. Returns 0, or -1 with errno ENOMEM.
 */
int expr_case(struct buf *out, const char *data, size_t len, int upper, int flags);

/* ---- expr_table.c ---- */

/* Chooses how the parts of the record are found. To be called after the ranges have been bound. */
void expr_choose(struct expr_program *);

/* ---- expr_run.c ---- */

/* Why there is no value: if a text would have more than EXPR_MADE_MAX bytes. */
extern const char expr_too_long[];

/* Returns the node from which a ? b : c takes its value. */
uint32_t expr_chosen(struct expr_program *, const struct expr_node *);

void expr_value_of(struct expr_program *, uint32_t node, struct expr_value *);
int expr_truth_of(struct expr_program *, uint32_t node);
/* The same, as a number; and with data and len as a string, whatever the kind. */
double expr_number_of(struct expr_program *, uint32_t node);
void expr_string_of(struct expr_program *, uint32_t node, struct expr_value *);
/*
 * The same as a number, for arithmetic. If it is EXPR_IS_NO_TIME, sets *no_time to 2 if there was a
 * text, else to 1 unless it is 2.
 */
double expr_operand_of(struct expr_program *, uint32_t node, int *no_time);
/* Sets v to what was worked out of such operands. no_time is 0 at first. */
void expr_set_worked(struct expr_value *v, double number, int no_time);
/* Returns 1 if the record is a JSON text, or 0; it is read once. */
int expr_record_is_json(struct expr_program *);

/*
 * Sets v, whose data and len are set, to a value of JSON that begins with that byte as it is
 * written.
 */
void expr_json_of(const struct expr_program *, char first, struct expr_value *v);

/* ---- expr_each.c ---- */

/* Returns 1 if the condition holds for an element, or 0. */
int expr_any_of(struct expr_program *, const struct expr_node *);

/* ---- expr_parse.c ---- */

/*
 * Parses the text into an empty program whose flags are set. Returns 0, or -1 with a line in error
 * and errno.
 */
int expr_parse(struct expr_program *, const char *text, size_t len, const char *separator, struct buf *error);

/* The same for expr_compile_next. */
int expr_parse_next(struct expr_program *, const char *text, size_t len, size_t *at, const char *separator,
    struct buf *error);

/* ---- expr_lex.c ---- */

/*
 * Each reads into out the string or regular expression at text[*at], which is the place after its
 * opening quote or slash, and sets *at to the place after the closing one. Returns NULL; or what is
 * wrong at *at, or "" if memory is lacking.
 */
const char *expr_read_string(const char *text, size_t len, size_t *at, struct buf *out);
const char *expr_read_ere(const char *text, size_t len, size_t *at, struct buf *out);

/*
 * Appends to out the regular expression as rec-regex(7) writes it, translated from awk's way: see
 * expr_lex.c. Returns 0, or -1 with errno ENOMEM.
 */
int expr_translate_ere(const char *text, size_t len, struct buf *out);

#endif
