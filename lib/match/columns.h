#ifndef COLUMNS_H
#define COLUMNS_H

/*
 * columns: the columns of a table (table.h) as its rows write them: where a field ends, how many
 * there are, how a value is written as a field, and a table with further columns.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/table.h"

/*
 * Returns the end of the field at p as it stands, in a row that ends at end, and moves *next to the
 * beginning of the field after it, or to NULL if it is the last one. The format of the table is
 * PLAIN or CSV.
 */
const char *columns_end(const struct table *, const char *p, const char *end, const char **next);

/*
 * Returns the number of fields of a row as they are written, at least 1: a row of no bytes has one,
 * which is empty, although to ranges and conditions it has none. If there are more than `most`, it
 * may return any number above that. The format of the table is PLAIN or CSV.
 */
size_t columns_count(const struct table *, const char *row, size_t len, size_t most);

/*
 * Appends a value as a field, quoted if CSV needs that. Returns 0; or -1 with errno: ENOMEM, or
 * EINVAL if no field of the table can hold it (a tab in TSV). The format is PLAIN or CSV.
 */
int columns_put(const struct table *, const char *value, size_t len, struct buf *out);

/*
 * Returns 1 if rows can have further fields, which may be empty: the format is PLAIN or CSV, and
 * there is a separator; else 0.
 */
int columns_extensible(const struct table *);

/*
 * Appends the names of all columns, as a header has them: as they stand in that of the table,
 * without the byte order mark and the end of the row, or, if it has none, written by columns_put.
 * Returns as columns_put does.
 */
int columns_names(const struct table *, struct buf *out);

/*
 * Why a header that was put together of several has another number of names than these had: bytes
 * of a name, and those of the separator, are a separator too.
 */
extern const char columns_unequal[];

/*
 * Makes a table with n further columns of these names after those of t, which has names. Its header
 * is that of t without the byte order mark, with a field for each name; if t has no header, it has
 * none. Returns it, with one share; or NULL with the reason appended to why, or, with errno ENOMEM,
 * nothing.
 */
struct table *columns_extend(const struct table *t, const struct range_view *names, size_t n, struct buf *why);

#endif
