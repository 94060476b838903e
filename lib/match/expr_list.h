#ifndef EXPR_LIST_H
#define EXPR_LIST_H

/*
 * expr_list: several expressions in one text, with commas between them: `.price, .price * 2`, or
 * each with a name for its value: `total=.price * .qty, ."unit price"=3`. A name is written as
 * rec-range(7) has the names of columns and members; the dot before it may be left out.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/expr.h"
#include "match/range.h"

struct expr_list_item {
	struct expr expr;
	struct range_view name; /* data is NULL: there are no names. Else owned */
};

/* A struct of zeros is valid and empty. */
struct expr_list {
	struct expr_list_item *items; /* owned */
	size_t count;
};

/*
 * Compiles the list text[0, len); named is 1 if each expression has a name. flags and separator as
 * for expr_compile. Returns 0; or -1 with errno and a line in error, and the list is empty.
 */
int expr_list(
    struct expr_list *, const char *text, size_t len, int named, int flags, const char *separator, struct buf *error);

/*
 * Reads the name at text[*at], and the = after it, and moves *at past them. Sets *name to the name,
 * to be freed. Returns 0; or -1 with errno and a line in error.
 */
int expr_list_name(const char *text, size_t len, size_t *at, struct range_view *name, struct buf *error);

/*
 * The same for a name that is alone, up to a comma or the end: the .old of NEW=.old. *at is moved
 * there.
 */
int expr_list_old_name(const char *text, size_t len, size_t *at, struct range_view *name, struct buf *error);

/* Returns the place of the = if the text begins with a name and one =, else NULL. */
const char *expr_list_named(const char *text);

/* As expr_lacking, of all expressions. */
int expr_list_lacking(const struct expr_list *, uint64_t records, struct buf *out);

/* Binds all expressions to a table, as expr_table does. */
int expr_list_table(struct expr_list *, const struct table *, struct buf *error);

/* Frees all memory; the list is empty again. */
void expr_list_free(struct expr_list *);

#endif
