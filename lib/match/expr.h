#ifndef EXPR_H
#define EXPR_H

/*
 * expr: expressions over a record, as rec-expr(7) describes them: those of awk (IEEE Std
 * 1003.1-2017, XCU awk, "Expressions in awk") without assignments, with parts of a record and
 * members of JSON values as primaries. An expression is used as a condition, or for its value.
 *
 * A condition is compiled once, to a tree in one array, in which constant parts have been worked
 * out. Judging a record allocates only for a text that is made (joined, in another case, unescaped)
 * and is longer than any before at that node. It fails only for lack of memory, whatever the
 * record: a record for which the condition cannot be worked out (a division by zero) does not
 * satisfy it. Recursion is bounded by EXPR_NESTED_MAX and EXPR_HEIGHT_MAX, time by the size of the
 * expression times that of the record.
 *
 * Numbers are written and read with a point, so LC_NUMERIC must be that of the C locale, as
 * command_start leaves it.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/block.h"

enum {
	EXPR_UTF8 = 1,       /* characters are those of UTF-8, not bytes, for length, substr, index and ~ */
	EXPR_IGNORE_CASE = 2 /* for comparisons of strings, in and index: of ASCII letters; for ~: ERE_IGNORE_CASE */
};

enum {
	EXPR_TEXT_MAX = 32768,  /* bytes of a condition */
	EXPR_NESTED_MAX = 500,  /* operands within operands: of parentheses, functions, and operators to their right */
	EXPR_HEIGHT_MAX = 1000, /* operators in a row, each of which takes the result of the one before, such as + */
	EXPR_ERES_MAX = 100,    /* regular expressions in a condition */
	EXPR_ARRAYS_MAX = 16    /* [] in a path */
};

struct expr_program; /* private */
struct table;        /* table.h */

/* A struct of zeros is valid and empty. */
struct expr {
	struct expr_program *program; /* NULL: nothing compiled */
	int failed;                   /* 1, for good: there was no memory to judge a record; it does not satisfy */
};

/*
 * Compiles text[0, len), with flags of EXPR_. separator separates fields, as for range_fields; if
 * it is NULL, fields are words between white space. Returns 0; or -1 with errno EINVAL, E2BIG or
 * ENOMEM and a line in error that says what is wrong and where (at "= 3" (byte 4): a comparison is
 * ==). Then the struct is empty.
 */
int expr_compile(struct expr *, const char *text, size_t len, int flags, const char *separator, struct buf *error);

/*
 * Binds the condition to the table of the records that follow, or with NULL to none, as range_table
 * does: then $3 and NF count the table's columns, too. The table need not outlive the call. Returns
 * 0; or -1 with a line in error, and the condition is as without a table.
 */
int expr_table(struct expr *, const struct table *, struct buf *error);

/* Returns 1 if a path in the condition begins with a name, such as .price, or 0. */
int expr_names(const struct expr *);

/*
 * Judges all records of a data block: sets bit i of hits (bits.h), all 0 before, if record i
 * satisfies the condition.
 */
void expr_judge_all(struct expr *, const struct block *, uint64_t *hits);

/* ---- values ---- */

/* What kind of value an expression has. */
enum expr_gives {
	EXPR_GIVES_NOTHING, /* a field, a column or a member that the record does not have */
	EXPR_GIVES_NULL,    /* of JSON */
	EXPR_GIVES_BOOL,    /* number is 1 or 0. Text: as JSON has it, or 1 or 0 if it is a condition's */
	EXPR_GIVES_NUMBER,  /* of JSON, or one that was worked out. Text: as it was written, if that is known */
	EXPR_GIVES_FIELD,   /* a part of the record, as text: a number if it looks like one (number_read) */
	EXPR_GIVES_TEXT,    /* a string: of JSON, its content, or one that was made */
	EXPR_GIVES_JSON     /* an object or an array, as it is written */
};

struct expr_result {
	enum expr_gives gives;
	double number;    /* of NUMBER and BOOL */
	const char *text; /* NULL: NOTHING, NULL, or a number of which decimal_write makes the digits */
	size_t len;
	int no_time; /* of NOTHING, 1: it is that because a text is no time, as time() reads it */
};

/* A record whose value is asked for. */
struct expr_record {
	const char *data;
	size_t len;
	uint64_t position; /* as block_position has it */
	int is_json;       /* 1: the caller knows that the record is a JSON text */
};

/*
 * Sets the result to the expression's value for a record. Returns 1; or 0 with *why, a static
 * string, if the record has none: something is divided by zero, a text would be too long, or the
 * expression asks for members of JSON and the record is none; or -1 with errno ENOMEM. The text is
 * valid until the expression's next evaluation, and as long as the record is.
 */
int expr_evaluate(struct expr *, const struct expr_record *, struct expr_result *, const char **why);

/*
 * Compiles the expression at text[*at], which ends before a comma or at the end of the text, and
 * moves *at there. It may be null, and need not be a condition: each element of an array, .tags[],
 * is allowed only within one. Else as expr_compile; what a message says is by the whole text.
 */
int expr_compile_next(struct expr *, const char *text, size_t len, size_t *at, int flags, const char *separator,
    struct buf *error);

/*
 * Appends to out the names that no record had, as range_lacking does. Those that the expression
 * asks for with == null, != null or coalesce are left out: they may be missing.
 */
int expr_lacking(const struct expr *, uint64_t records, struct buf *out);

/* Returns 1 if the expression is a constant, such as 5 or "text", else 0. */
int expr_constant(const struct expr *);

/* Frees all memory; the struct is empty again. */
void expr_free(struct expr *);

#endif
