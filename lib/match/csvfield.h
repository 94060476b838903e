#ifndef CSVFIELD_H
#define CSVFIELD_H

/*
 * csvfield: the fields of a row of CSV (RFC 4180), read as leniently as the framing csv reads rows:
 * quotes count if they begin a field, and text after the closing quote is part of the field too.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/range.h"

/*
 * Returns the end of the field that begins at p: the place of the next separator, of len bytes, or
 * the end of the row.
 */
const char *csvfield_end(const char *p, const char *end, const char *separator, size_t len);

/* Returns 1, or 0 if the field [p, end) begins with a quote that is never closed. */
int csvfield_closed(const char *p, const char *end);

/*
 * Sets v, a field as it stands, to its value. Copies it to scratch, whose bytes before are dropped,
 * only if the value is not contiguous in the field: if a quote is doubled in it, or text follows
 * the closing quote. Returns 1, or -1 with errno ENOMEM.
 */
int csvfield_value(struct range_view *v, struct buf *scratch);

/*
 * Returns 1 if [p, end), without the end of a row, is one row: if its quotes are closed, and it has
 * a newline only within quotes; else 0.
 */
int csvfield_row(const char *p, const char *end, const char *separator, size_t len);

#endif
