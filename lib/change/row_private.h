#ifndef ROW_PRIVATE_H
#define ROW_PRIVATE_H

/* row_private: what the files of row.h share. */

#include "change/row.h"

/*
 * What is written before a part's value, leads.data[from, from + len): `,` or `"name":` or
 * `name=`.
 */
struct row_part {
	size_t from, len;
};

enum row_kind { ROW_IS_STRING, ROW_IS_FIELD, ROW_IS_JSON, ROW_IS_RAW };

/* ---- row_value.c ---- */

/*
 * Appends a value to out as the form has it. last is 0 if other fields follow it. Returns NULL; or
 * why that is not possible, "" if memory is lacking: then out may have a part of it.
 */
const char *row_put(struct row *, enum row_kind, const char *data, size_t len, int last, struct buf *out);

/* The same for an expression's value. Sets *absent to 1, and appends nothing, if there is none. */
const char *row_put_result(struct row *, const struct expr_result *, int last, int *absent, struct buf *out);

/* ---- row_table.c ---- */

/*
 * Sets the table of the records that are made. Returns 0, or an exit status with a line in error.
 */
int row_make_table(struct row *, const struct row_shape *, const struct table *in, struct buf *error);

#endif
