#ifndef LOGFMT_H
#define LOGFMT_H

/*
 * logfmt: lines of `key=value` between blanks: level=error msg="no such file" retry. A blank is a
 * space, a tab or a CR. A key has no blank, no control byte, no quote and no = in it. A value goes
 * up to the next blank, and has no quote in it; or it is in quotes, with the escapes of JSON, and a
 * blank or the end follows. The value of a key alone is true. Of equal keys the last one counts.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/range.h"

/*
 * Checks a line, [p, end), which is given without its end. Returns NULL if it is logfmt, also if it
 * has nothing but blanks; else what is wrong, a static string such as "a quote that is never
 * closed", and the place in *at.
 */
const char *logfmt_check(const char *p, const char *end, const char **at);

/* Returns 1 if a key can be written so, else 0. */
int logfmt_is_key(const char *name, size_t len);

struct logfmt_pair {
	struct range_view key;
	struct range_view value; /* as it stands, without quotes; data is NULL if the key is alone */
	int escapes;             /* 1: it was in quotes, and has backslashes */
};

/*
 * Reads the pair at *p, or after blanks there, in a record that ends at end, and moves *p past it.
 * Returns 1; or 0 if there is none, or what is there is none.
 */
int logfmt_next(const char **p, const char *end, struct logfmt_pair *);

/*
 * Sets the view to the pair's value, without escapes, for which scratch is used if there are any;
 * that of a key alone is the string true. Returns 1; 0 if an escape is not one of JSON's; or -1
 * with errno ENOMEM.
 */
int logfmt_value(const struct logfmt_pair *, struct range_view *, struct buf *scratch);

/*
 * Finds the value of a key, for which logfmt_is_key is 1, in a record. Returns as logfmt_value
 * does; 0 also if there is no such key. The record need not have been checked.
 */
int logfmt_find(
    const char *name, size_t len, const char *p, const char *end, struct range_view *, struct buf *scratch);

#endif
