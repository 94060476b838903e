#ifndef EXPR_H
#define EXPR_H

/*
 * expr: conditions over a record, as rec-expr(7) tells them: the expressions of awk (IEEE Std 1003.1-2017, XCU awk,
 * "Expressions in awk") without assignments, with parts of a record and members of JSON values as primaries.
 *
 * A condition is compiled once to a tree in one array, in which what is constant has been worked out; judging a record
 * allocates only for a text that is made (joined, in another case, unescaped) and longer than any before at that place.
 * It never fails but for want of memory, whatever the record: what cannot be worked out (a division by zero) makes the
 * record one that does not satisfy. Recursion is bounded by EXPR_NESTED_MAX and EXPR_HEIGHT_MAX, time by the size of
 * expression times that of the record.
 *
 * Numbers are written and read with a point: LC_NUMERIC must be that of the C locale, as command_start leaves it.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/block.h"

enum {
	EXPR_UTF8 = 1,       /* length, substr and index count characters of UTF-8, and expressions match them; else bytes */
	EXPR_IGNORE_CASE = 2 /* comparisons of strings, in and index take ASCII letters in either case; ~ as ERE_IGNORE_CASE */
};

enum {
	EXPR_TEXT_MAX = 32768,  /* bytes of a condition */
	EXPR_NESTED_MAX = 500,  /* operands within operands: of parentheses, functions, and operators to their right */
	EXPR_HEIGHT_MAX = 1000, /* operators of which each takes the result of the one before, such as + in a row */
	EXPR_ERES_MAX = 100     /* regular expressions in a condition */
};

struct expr_program; /* private */

/* A struct of zeros is valid and empty. */
struct expr {
	struct expr_program *program; /* NULL: nothing compiled */
	const char *named;            /* the first csv column that is named, or NULL: expr_header is needed before records are judged */
	int failed;                   /* there was no memory to judge a record: it counts as one that does not satisfy. Sticky */
};

/*
 * Compiles text[0, len). separator is what separates fields as for range_fields, or NULL: words between blanks. Returns
 * 0; or -1 with a line in error that says what is wrong and where (at "= 3" (byte 4): a comparison is ==), errno
 * EINVAL, E2BIG or ENOMEM; then the struct is empty.
 */
int expr_compile(struct expr *, const char *text, size_t len, int flags, const char *separator, struct buf *error);

/* Looks the named csv columns up in the record that names the columns. 0, or -1 with a line in error. */
int expr_header(struct expr *, const char *data, size_t len, struct buf *error);

/* Whether the record at that position satisfies the condition: 1 or 0. */
int expr_judge(struct expr *, const char *data, size_t len, uint64_t position);

/* All records of a data block: sets bit i of hits (64 to a word, 0 before) where expr_judge would be 1. */
void expr_judge_all(struct expr *, const struct block *, uint64_t *hits);

void expr_free(struct expr *);

#endif
