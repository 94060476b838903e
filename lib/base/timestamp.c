/*
 * timestamp: see timestamp.h. This file reads texts, timestamp_write.c writes them.
 *
 * The code is our own because libc's does less: strptime of musl has no %z, that of glibc no
 * fraction; both depend on the locale, and timegm after them takes longer than all of this.
 */

#include <string.h>
#include <strings.h>

#include "base/timestamp.h"
#include "base/timestamp_private.h"

const char *const timestamp_months[12] = { "January", "February", "March", "April", "May", "June", "July", "August",
	"September", "October", "November", "December" };
const char *const timestamp_days[7] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

/* What a text tells. */
struct told {
	int year, month, day, hour, minute, second, offset;
	int of_year;      /* the day of the year, or 0 */
	int half;         /* 1: a.m., 2: p.m., 0: the hour is of 24 */
	int century, within; /* of the year, or -1 */
	int has_seconds;  /* 1: seconds is all */
	int has_offset;
	int64_t seconds;
	uint32_t nanoseconds;
};

static inline int
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

static int
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns 1 with the time, or 0 if there is no such day or time. */
static int
finish(const struct told *t, struct timestamp *time)
{
	int64_t day;

	if (t->month < 1 || t->month > 12 || t->day < 1 || t->day > timestamp_month_days(t->year, t->month))
		return 0;
	/* A day may end at 24:00, and a minute have a leap second. */
	if (t->hour > 24 || t->minute > 59 || t->second > 60 ||
	    (t->hour == 24 && (t->minute | t->second | (int)t->nanoseconds) != 0))
		return 0;
	day = timestamp_day(t->year, t->month, t->day);
	if (t->of_year > 0) {
		if (t->of_year > 365 + timestamp_is_leap(t->year))
			return 0;
		day = timestamp_day(t->year, 1, 1) + t->of_year - 1;
	}
	time->seconds = day * TIMESTAMP_DAY + t->hour * 3600 + t->minute * 60 + t->second - t->offset;
	time->nanoseconds = t->nanoseconds;
	return 1;
}

/*
 * Reads exactly n digits at *p, and moves *p after them. Returns their number, or -1 if they are
 * not there.
 */
static inline int
digits(const char **p, const char *end, int n)
{
	int value = 0;

	if (end - *p < n)
		return -1;
	for (int i = 0; i < n; i++) {
		unsigned digit = (unsigned)((*p)[i] - '0');

		if (digit > 9)
			return -1;
		value = value * 10 + (int)digit;
	}
	*p += n;
	return value;
}

/* Reads the digits of a fraction, one at least. Returns 1 with nanoseconds, or 0. */
static int
fraction(const char **p, const char *end, uint32_t *nanoseconds)
{
	const char *begin = *p;
	uint32_t value = 0;
	int n = 0;

	for (; *p < end && is_digit(**p); ++*p)
		if (n < TIMESTAMP_NANOSECONDS) {
			value = value * 10 + (uint32_t)(**p - '0');
			n++;
		}
	for (; n < TIMESTAMP_NANOSECONDS; n++)
		value *= 10;
	*nanoseconds = value;
	return *p > begin;
}

/* Reads Z or z, or an offset with its sign. Returns 1 with its seconds, or 0. */
static int
zone(const char **p, const char *end, int *offset)
{
	int sign, hours, minutes = 0;

	if (*p == end)
		return 0;
	if (**p == 'Z' || **p == 'z') {
		++*p;
		*offset = 0;
		return 1;
	}
	if (**p != '+' && **p != '-')
		return 0;
	sign = *(*p)++ == '-' ? -1 : 1;
	if ((hours = digits(p, end, 2)) < 0)
		return 0;
	if (*p < end && (**p == ':' || is_digit(**p))) {
		*p += **p == ':';
		if ((minutes = digits(p, end, 2)) < 0)
			return 0;
	}
	if (hours > 23 || minutes > 59)
		return 0;
	*offset = sign * (hours * 3600 + minutes * 60);
	return 1;
}

/* ---- ISO 8601 ---- */

/* Reads 10:15, 10:15:30, 101530 and their fractions. */
static int
iso_time(const char **p, const char *end, struct told *t)
{
	int colons;

	if ((t->hour = digits(p, end, 2)) < 0)
		return 0;
	colons = *p < end && **p == ':';
	*p += colons;
	if ((t->minute = digits(p, end, 2)) < 0)
		return 0;
	if (*p == end || (colons ? **p != ':' : !is_digit(**p)))
		return 1;
	*p += colons;
	if ((t->second = digits(p, end, 2)) < 0)
		return 0;
	if (*p < end && (**p == '.' || **p == ',')) {
		++*p;
		return fraction(p, end, &t->nanoseconds);
	}
	return 1;
}

int
timestamp_read_iso(const char *text, size_t len, struct timestamp *time)
{
	const char *p = text, *end = text + len;
	struct told t = { 0 };
	int dashes;

	while (p < end && is_white(*p))
		p++;
	while (p < end && is_white(end[-1]))
		end--;
	if ((t.year = digits(&p, end, 4)) < 0)
		return 0;
	dashes = p < end && *p == '-';
	p += dashes;
	if ((t.month = digits(&p, end, 2)) < 0 || (dashes && (p == end || *p++ != '-')))
		return 0;
	if ((t.day = digits(&p, end, 2)) < 0)
		return 0;
	if (p < end) {
		if (*p != 'T' && *p != 't' && *p != ' ')
			return 0;
		p++;
		if (!iso_time(&p, end, &t))
			return 0;
		if (p < end && *p == ' ') /* 10:15:30 +01:00, as git and PostgreSQL write it */
			p++;
		if (p < end && (!zone(&p, end, &t.offset) || p < end))
			return 0;
	}
	return finish(&t, time);
}

/* ---- by a format ---- */

/*
 * Reads a number of one to `most` digits, blanks before it or not. Returns 1 if it is from least to
 * greatest, or 0.
 */
static int
number(const char **p, const char *end, int most, int least, int greatest, int *value)
{
	int n = 0, sum = 0;

	while (*p < end && **p == ' ')
		++*p;
	for (; n < most && *p < end && is_digit(**p); n++)
		sum = sum * 10 + (*(*p)++ - '0');
	*value = sum;
	return n > 0 && sum >= least && sum <= greatest;
}

/*
 * Reads one of the names, or its first three letters, in either case. Returns its index, or -1.
 */
static int
name(const char **p, const char *end, const char *const names[], int count)
{
	for (int i = 0; i < count; i++) {
		size_t n = strlen(names[i]), left = (size_t)(end - *p);

		if (left >= n && strncasecmp(*p, names[i], n) == 0) {
			*p += n;
			return i;
		}
		if (left >= 3 && strncasecmp(*p, names[i], 3) == 0) {
			*p += 3;
			return i;
		}
	}
	return -1;
}

/* Reads AM or PM, a.m. or p.m. */
static int
half(const char **p, const char *end, int *which)
{
	size_t left = (size_t)(end - *p);

	if (left >= 4 && (strncasecmp(*p, "a.m.", 4) == 0 || strncasecmp(*p, "p.m.", 4) == 0)) {
		*which = (**p | 32) == 'a' ? 1 : 2;
		*p += 4;
		return 1;
	}
	if (left < 2 || (strncasecmp(*p, "am", 2) != 0 && strncasecmp(*p, "pm", 2) != 0))
		return 0;
	*which = (**p | 32) == 'a' ? 1 : 2;
	*p += 2;
	return 1;
}

/* Reads seconds since 1970, which may be negative. */
static int
epoch(const char **p, const char *end, struct told *t)
{
	int negative, n = 0;
	int64_t sum = 0;

	while (*p < end && **p == ' ')
		++*p;
	negative = *p < end && **p == '-';
	*p += negative;
	for (; n < 12 && *p < end && is_digit(**p); n++)
		sum = sum * 10 + (*(*p)++ - '0');
	t->seconds = negative ? -sum : sum;
	t->has_seconds = 1;
	return n > 0 && t->seconds >= TIMESTAMP_LEAST && t->seconds <= TIMESTAMP_MOST;
}

/* Reads a zone as %Z does: a name that means UTC. The names of others mean several zones. */
static int
zone_name(const char **p, const char *end, int *offset)
{
	size_t left = (size_t)(end - *p);

	if (left >= 3 && (strncasecmp(*p, "UTC", 3) == 0 || strncasecmp(*p, "GMT", 3) == 0)) {
		*p += 3;
		*offset = 0;
		return 1;
	}
	return left > 0 && (**p | 32) == 'z' && zone(p, end, offset);
}

/* Reads what the letter of a format means. Returns 1, or 0 if it is not there. */
static int
item(char letter, const char **p, const char *end, struct told *t)
{
	int value;

	switch (letter) {
	case 'Y':
		return number(p, end, 4, 0, 9999, &t->year);
	case 'C':
		return number(p, end, 2, 0, 99, &t->century);
	case 'y':
		return number(p, end, 2, 0, 99, &t->within);
	case 'm':
		return number(p, end, 2, 1, 12, &t->month);
	case 'd':
	case 'e':
		return number(p, end, 2, 1, 31, &t->day);
	case 'j':
		return number(p, end, 3, 1, 366, &t->of_year);
	case 'H':
	case 'k':
		return number(p, end, 2, 0, 24, &t->hour);
	case 'I':
	case 'l':
		return number(p, end, 2, 1, 12, &t->hour);
	case 'M':
		return number(p, end, 2, 0, 59, &t->minute);
	case 'S':
		return number(p, end, 2, 0, 60, &t->second);
	case 'N':
		return fraction(p, end, &t->nanoseconds);
	case 'p':
		return half(p, end, &t->half);
	case 'b':
	case 'B':
	case 'h':
		t->month = name(p, end, timestamp_months, 12) + 1;
		return t->month > 0;
	case 'a':
	case 'A':
		value = name(p, end, timestamp_days, 7);
		return value >= 0;
	case 's':
		return epoch(p, end, t);
	case 'z':
		t->has_offset = 1;
		return zone(p, end, &t->offset);
	case 'Z':
		t->has_offset = 1;
		return zone_name(p, end, &t->offset);
	default: /* % */
		return *p < end && *(*p)++ == letter;
	}
}

static int
follow(const char *format, size_t n, const char **p, const char *end, struct told *t)
{
	for (size_t i = 0; i < n; i++) {
		char c = format[i];
		const char *long_form;

		if (c == '%' && i + 1 < n) {
			c = format[++i];
			if (i + 1 < n && c != '\0' && strchr(":369", c) != NULL)
				c = format[++i];
			if ((long_form = timestamp_spelled_out(c)) != NULL) {
				if (!follow(long_form, strlen(long_form), p, end, t))
					return 0;
				continue;
			}
			if (c != 'n' && c != 't') {
				if (!item(c, p, end, t))
					return 0;
				continue;
			}
			c = ' ';
		}
		if (is_white(c))
			while (*p < end && is_white(**p))
				++*p;
		else if (*p == end || *(*p)++ != c)
			return 0;
	}
	return 1;
}

int
timestamp_read(const char *format, size_t n, const char *text, size_t len, struct timestamp *time)
{
	struct told t = { .year = 1970, .month = 1, .day = 1, .century = -1, .within = -1 };
	const char *p = text, *end = text + len;

	while (p < end && is_white(*p))
		p++;
	if (!follow(format, n, &p, end, &t))
		return 0;
	while (p < end && is_white(*p))
		p++;
	if (p < end)
		return 0;
	if (t.has_seconds) {
		time->seconds = t.seconds;
		time->nanoseconds = t.nanoseconds;
		return 1;
	}
	/* A year of two digits alone is from 1969 to 2068, as POSIX has it. */
	if (t.century >= 0)
		t.year = t.century * 100 + (t.within >= 0 ? t.within : 0);
	else if (t.within >= 0)
		t.year = t.within + (t.within < 69 ? 2000 : 1900);
	if (t.half > 0) {
		if (t.hour < 1 || t.hour > 12)
			return 0;
		t.hour = t.hour % 12 + 12 * (t.half - 1);
	}
	return finish(&t, time) ? 2 - t.has_offset : 0;
}

size_t
timestamp_can_read(const char *format, size_t n)
{
	return timestamp_can(format, n, "YCymdejHkIlMSNpbBhaAszZntcDFrRTxX%");
}
