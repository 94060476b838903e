#ifndef TIMESTAMP_PRIVATE_H
#define TIMESTAMP_PRIVATE_H

/* timestamp_private: what timestamp.c and timestamp_write.c share: the calendar and
 * the letters of formats. */

#include <stddef.h>
#include <stdint.h>

enum { TIMESTAMP_DAY = 86400 };

extern const char *const timestamp_months[12], *const timestamp_days[7];

static inline int
timestamp_is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Returns the number of days of that month, 1 to 12. */
static inline int
timestamp_month_days(int year, int month)
{
	return month == 2 ? 28 + timestamp_is_leap(year) : 30 + ((month + month / 8) & 1);
}

/*
 * Returns the number of days from 1970-01-01 to that day. Years begin in March here, so that a leap
 * day is the last one of its year: then the days before a month are (153 m + 2) / 5.
 */
static inline int64_t
timestamp_day(int year, int month, int day)
{
	int y = year + 400 - (month <= 2), m = month > 2 ? month - 3 : month + 9;

	return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468 - 146097;
}

/*
 * Returns the format that a letter abbreviates, as in the POSIX locale, or NULL if it means
 * something of its own.
 */
const char *timestamp_spelled_out(char letter);

/*
 * Returns n, or the place of the first percent sign in format[0, n) after which comes none of the
 * letters, nor 3N, 6N, 9N, :z.
 */
size_t timestamp_can(const char *format, size_t n, const char *letters);

#endif
