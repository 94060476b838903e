#ifndef TIMESTAMP_H
#define TIMESTAMP_H

/*
 * timestamp: points in time as texts: ISO 8601, and formats with the letters of strptime and
 * strftime (IEEE Std 1003.1-2017). Names of days and months are the English ones, in whatever
 * locale. Time is counted as POSIX has it: each day has 86,400 seconds, and a leap second is the
 * first second of the next minute.
 *
 * Dates are those of the Gregorian calendar, also before 1582, from year 0 to 9999.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TIMESTAMP_LEAST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define TIMESTAMP_MOST INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

enum { TIMESTAMP_NANOSECONDS = 9 }; /* digits of a fraction, at most; more are read and cut off */

struct timestamp {
	int64_t seconds;      /* since 1970-01-01T00:00:00Z */
	uint32_t nanoseconds; /* and these */
};

/* A point in time as people in some place write it. */
struct timestamp_local {
	struct timestamp time;
	int offset;       /* seconds that their clocks are ahead of UTC */
	const char *name; /* of their time, such as CEST */
};

/*
 * Reads a text of ISO 8601: a date, 2026-11-30 or 20261130; after T or a space, a time, 10:15,
 * 10:15:30 or 101530, with a fraction after a point or a comma or none; and Z, an offset such as
 * +01:00, +0100, +01, or nothing, which means UTC. White space may be around it. Returns 1, or 0
 * if the text is none or there is no such day or time.
 */
int timestamp_read_iso(const char *text, size_t len, struct timestamp *);

/*
 * Reads a text by a format: Y m d e j H I k l M S p b B h a A y C s z :z Z N 3N 6N 9N c D F r R T x
 * X n t and %%, each after a percent sign. N, with a digit or not, is all digits of a fraction.
 * White space in the format matches any white space, or none; numbers may have less digits than
 * usual, and blanks before them. What the format does not tell is that of 1970-01-01T00:00:00Z.
 * Returns 1; 2 if the format tells no offset (by z or Z) and no seconds since 1970, so that the
 * time is one of some place, taken as UTC; 0 if the text is another or there is no such day or
 * time.
 */
int timestamp_read(const char *format, size_t n, const char *text, size_t len, struct timestamp *);

/*
 * Appends a time, by a format with a A b B c C d D e F g G h H I j k l m M n N p r R s S t T u U V
 * w W x X y Y z Z %% after percent signs, and 3N, 6N, 9N (milliseconds, microseconds, nanoseconds),
 * :z (+01:00). Returns 1; 0 if the time there is not in the years 0 to 9999, and out is as before;
 * -1 with errno ENOMEM.
 */
int timestamp_write(struct buf *out, const char *format, size_t n, const struct timestamp_local *);

/*
 * Each returns n, or the place of the first percent sign in format[0, n) after which comes nothing
 * that timestamp_read, or timestamp_write, knows.
 */
size_t timestamp_can_read(const char *format, size_t n);
size_t timestamp_can_write(const char *format, size_t n);

#endif
