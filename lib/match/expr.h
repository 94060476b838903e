#ifndef EXPR_H
#define EXPR_H

/*
 * expr: conditions on a record, as rec-expr(7) describes them: the expressions of awk (IEEE Std
 * 1003.1-2017, XCU awk, "Expressions in awk") without assignments, with parts of a record and
 * members of JSON values as primaries.
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

/* Frees all memory; the struct is empty again. */
void expr_free(struct expr *);

#endif
