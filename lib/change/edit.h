#ifndef EDIT_H
#define EDIT_H

/*
 * edit: changes one named value of a record, or its name, and leaves the rest byte for byte: a
 * column of a row, a member of a JSON object, a key of logfmt, a field of a paragraph.
 */

#include <stddef.h>

#include "base/buf.h"
#include "change/row.h"

/* A struct of zeros is valid. */
struct edit {
	struct row row; /* to be read: its form */

	/* private */
	const struct table *table;
	struct buf value, scratch;
};

/* What is changed. */
struct edit_target {
	struct range_view name; /* borrowed */
	/*
	 * If the form has columns: the number of the column, from 0. It is `columns` if the record
	 * gets it as a further one.
	 */
	size_t column, columns;
};

struct edit_pair {
	struct range_view to, from;
};

/*
 * Records like those with the table `in`, or with NULL objects of JSON, are changed. Returns 0;
 * or an exit status with a line in error. The table must outlive the struct.
 */
int edit_bind(struct edit *, const struct table *in, struct buf *error);

/*
 * Each appends to out the record data[0, len), changed. Returns NULL; or why it cannot be changed
 * so, a static string, "" if memory is lacking: then out may have a part of it. A record in JSON
 * must be valid.
 *   edit_set     with that value; if there is none, a column is empty, and others are left out
 *   edit_drop    without the column, member, key or field: all of that name
 *   edit_rename  with other names, all at once; refused if another member has such a name already.
 *                Not for columns.
 */
const char *edit_set(struct edit *, const struct edit_target *, const char *data, size_t len,
    const struct expr_result *, struct buf *out);
const char *edit_drop(struct edit *, const struct edit_target *, const char *data, size_t len, struct buf *out);
const char *
edit_rename(struct edit *, const struct edit_pair *pairs, size_t count, const char *data, size_t len, struct buf *out);

/*
 * Returns 1 if the record has a member, key or field of that name, else 0; or -1 with errno ENOMEM.
 * Not for columns.
 */
int edit_has(struct edit *, const struct range_view *name, const char *data, size_t len);

/*
 * Returns why the record is no object of JSON, or NULL; "" without memory. levels as for
 * json_valid.
 */
const char *edit_check_object(const char *data, size_t len, struct buf *levels);

/* Frees the memory. */
void edit_free(struct edit *);

#endif
