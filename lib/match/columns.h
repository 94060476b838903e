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

/* What to say of a row with too many fields: "it has more fields than ...". */
extern const char columns_too_many[];

/*
 * Returns NULL if the last field of a row can be followed by the separator and other fields; else
 * why that would make other fields of it, a rule: a quote is never closed; or the field's last
 * bytes and the first ones of the separator are a separator. The format is PLAIN or CSV.
 */
const char *columns_last(const struct table *, const char *field, size_t len);

/*
 * Appends a row after which other fields can follow: as it stands, with empty fields for those that
 * it lacks, if the columns have names. Returns NULL; or why that is not possible, a rule: it has
 * more fields than the table has columns, or columns_last refuses it; or "" without memory. With
 * out NULL nothing is appended. The format is PLAIN or CSV.
 */
const char *columns_fill(const struct table *, const char *row, size_t len, struct buf *out);

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
 * more: other names follow. Returns NULL; or a rule: some of these names would be read as others;
 * or "" without memory. The format is PLAIN or CSV, or it is WORDS, there is a header, and no more.
 */
const char *columns_names(const struct table *, int more, struct buf *out);

/* The same for one name, written by columns_put; errno is EINVAL if no field can hold it. */
const char *columns_name(const struct table *, const struct range_view *name, int more, struct buf *out);

/*
 * Makes a table of a header, with the framing and the separator of another table; the first name
 * may begin with a byte order mark. Returns as table_make does.
 */
struct table *columns_table(const struct table *like, const struct buf *header, const char **rule);

/*
 * Makes a table with n further columns of these names after those of t, which has names. Its header
 * is that of t without the byte order mark, with a field for each name; if t has no header, it has
 * none. Returns it, with one share; or NULL with the reason appended to why, or, with errno ENOMEM,
 * nothing.
 */
struct table *columns_extend(const struct table *t, const struct range_view *names, size_t n, struct buf *why);

#endif
