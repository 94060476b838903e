#ifndef KEYPARTS_H
#define KEYPARTS_H

/*
 * keyparts: the key of a record as one string of bytes: that of the range's only part; or each part
 * after its length, so that a and bc differ from ab and c. A part that the record does not have is
 * empty.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/range.h"

/*
 * Sets *key to the key of the record data[0, len). It is valid as long as the record is, and until
 * scratch is changed or the range is used again. Returns the number of parts that the record has;
 * or -1 with errno ENOMEM.
 */
int keyparts_find(struct range *, const char *data, size_t len, struct buf *scratch, struct range_view *key);

/*
 * Compares two keys of `count` parts each, part by part and by bytes. Returns a number below, equal
 * to or above 0, as memcmp does.
 */
int keyparts_compare(const struct range_view *, const struct range_view *, size_t count);

#endif
