/* timestamp_write: writes points in time by a format; see timestamp.h. */

#include <string.h>

#include "base/timestamp.h"
#include "base/timestamp_private.h"

/* A point in time, taken apart. */
struct parts {
	int year, month, day, hour, minute, second;
	int of_week, of_year; /* from 0: Sunday, the first of January */
	int64_t seconds;
	uint32_t nanoseconds;
	int offset;
	const char *name;
};

/* Sets year, month and day to those of a number of days since 1970-01-01; as timestamp_day. */
static void
take_day(int64_t days, struct parts *t)
{
	int64_t of_era, year_of_era, era;
	int of_year, month;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = days - era * 146097;
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = (int)(of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
	month = (5 * of_year + 2) / 153;
	t->day = of_year - (153 * month + 2) / 5 + 1;
	t->month = month < 10 ? month + 3 : month - 9;
	t->year = (int)(year_of_era + era * 400) + (t->month <= 2);
}

static void
take_apart(const struct timestamp_local *local, struct parts *t)
{
	int64_t there = local->time.seconds + local->offset, days = there / TIMESTAMP_DAY;
	int left = (int)(there - days * TIMESTAMP_DAY);

	if (left < 0) {
		left += TIMESTAMP_DAY;
		days--;
	}
	take_day(days, t);
	t->hour = left / 3600;
	t->minute = left / 60 % 60;
	t->second = left % 60;
	t->of_week = (int)(((days + 4) % 7 + 7) % 7);
	t->of_year = (int)(days - timestamp_day(t->year, 1, 1));
	t->seconds = local->time.seconds;
	t->nanoseconds = local->time.nanoseconds;
	t->offset = local->offset;
	t->name = local->name;
}

/* Appends the number with n digits at least, zeros or another character before them. */
static int
put(struct buf *out, int64_t number, int n, char fill)
{
	char text[24];
	size_t at = sizeof text;
	int negative = number < 0;
	uint64_t left = negative ? 0 - (uint64_t)number : (uint64_t)number;

	do
		text[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	while ((int)(sizeof text - at) < n)
		text[--at] = fill;
	if (negative)
		text[--at] = '-';
	return buf_add(out, text + at, sizeof text - at);
}

/*
 * Sets the year and returns the number of the week by ISO 8601: week 1 is the first one of which
 * most days are in the year, and it begins on Monday.
 */
static int
iso_week(const struct parts *t, int *year)
{
	int from_monday = (t->of_week + 6) % 7, week = (t->of_year - from_monday + 10) / 7, first, days;

	*year = t->year;
	if (week < 1) {
		--*year;
		days = 365 + timestamp_is_leap(*year);
		return (t->of_year + days - from_monday + 10) / 7;
	}
	days = 365 + timestamp_is_leap(*year);
	/* The weekday, from Monday, of the next first of January. */
	first = ((from_monday + days - t->of_year) % 7 + 7) % 7;
	if (week == 53 && first <= 3) {
		++*year;
		return 1;
	}
	return week;
}

static int
put_offset(struct buf *out, int offset, int colon)
{
	int minutes = (offset < 0 ? -offset : offset) / 60;

	return buf_addc(out, offset < 0 ? '-' : '+') | put(out, minutes / 60, 2, '0') |
	    (colon ? buf_addc(out, ':') : 0) | put(out, minutes % 60, 2, '0');
}

const char *
timestamp_spelled_out(char letter)
{
	switch (letter) {
	case 'c':
		return "%a %b %e %H:%M:%S %Y";
	case 'D':
	case 'x':
		return "%m/%d/%y";
	case 'F':
		return "%Y-%m-%d";
	case 'r':
		return "%I:%M:%S %p";
	case 'R':
		return "%H:%M";
	case 'T':
	case 'X':
		return "%H:%M:%S";
	default:
		return NULL;
	}
}

/* Appends what a letter of the year or the week stands for. Returns 0, or -1 with errno ENOMEM. */
static int
put_week(struct buf *out, char letter, const struct parts *t)
{
	int year, week = iso_week(t, &year);

	switch (letter) {
	case 'G':
		return put(out, year, 4, '0');
	case 'g':
		return put(out, (year + 100) % 100, 2, '0');
	case 'V':
		return put(out, week, 2, '0');
	case 'u':
		return put(out, t->of_week == 0 ? 7 : t->of_week, 1, '0');
	case 'U':
		return put(out, (t->of_year + 7 - t->of_week) / 7, 2, '0');
	case 'w':
		return put(out, t->of_week, 1, '0');
	default: /* W */
		return put(out, (t->of_year + 7 - (t->of_week + 6) % 7) / 7, 2, '0');
	}
}

static int
put_item(struct buf *out, char letter, const struct parts *t)
{
	switch (letter) {
	case 'a':
		return buf_add(out, timestamp_days[t->of_week], 3);
	case 'A':
		return buf_adds(out, timestamp_days[t->of_week]);
	case 'b':
	case 'h':
		return buf_add(out, timestamp_months[t->month - 1], 3);
	case 'B':
		return buf_adds(out, timestamp_months[t->month - 1]);
	case 'C':
		return put(out, t->year / 100, 2, '0');
	case 'd':
		return put(out, t->day, 2, '0');
	case 'e':
		return put(out, t->day, 2, ' ');
	case 'H':
		return put(out, t->hour, 2, '0');
	case 'I':
		return put(out, (t->hour + 11) % 12 + 1, 2, '0');
	case 'j':
		return put(out, t->of_year + 1, 3, '0');
	case 'k':
		return put(out, t->hour, 2, ' ');
	case 'l':
		return put(out, (t->hour + 11) % 12 + 1, 2, ' ');
	case 'm':
		return put(out, t->month, 2, '0');
	case 'M':
		return put(out, t->minute, 2, '0');
	case 'n':
		return buf_addc(out, '\n');
	case 'N':
		return put(out, t->nanoseconds, 9, '0');
	case 'p':
		return buf_adds(out, t->hour < 12 ? "AM" : "PM");
	case 's':
		return put(out, t->seconds, 1, '0');
	case 'S':
		return put(out, t->second, 2, '0');
	case 't':
		return buf_addc(out, '\t');
	case 'y':
		return put(out, t->year % 100, 2, '0');
	case 'Y':
		return put(out, t->year, 4, '0');
	case 'z':
		return put_offset(out, t->offset, 0);
	case 'Z':
		return buf_adds(out, t->name);
	case '%':
		return buf_addc(out, '%');
	default:
		return put_week(out, letter, t);
	}
}

static int
follow(struct buf *out, const char *format, size_t n, const struct parts *t)
{
	for (size_t i = 0; i < n; i++) {
		const char *percent = memchr(format + i, '%', n - i), *long_form;
		size_t plain = percent != NULL ? (size_t)(percent - format) - i : n - i;
		int result;

		if (buf_add(out, format + i, plain) < 0)
			return -1;
		i += plain + 1;
		if (i >= n)
			break;
		if ((long_form = timestamp_spelled_out(format[i])) != NULL) {
			result = follow(out, long_form, strlen(long_form), t);
		} else if (format[i] == ':') {
			i++;
			result = put_offset(out, t->offset, 1);
		} else if (format[i] == '3') {
			i++;
			result = put(out, t->nanoseconds / 1000000, 3, '0');
		} else if (format[i] == '6') {
			i++;
			result = put(out, t->nanoseconds / 1000, 6, '0');
		} else {
			i += format[i] == '9';
			result = put_item(out, format[i], t);
		}
		if (result < 0)
			return -1;
	}
	return 0;
}

int
timestamp_write(struct buf *out, const char *format, size_t n, const struct timestamp_local *local)
{
	size_t before = out->len;
	struct parts t;

	/* First: beyond this the sum of seconds and offset might be none. */
	if (local->time.seconds < TIMESTAMP_LEAST - TIMESTAMP_DAY ||
	    local->time.seconds > TIMESTAMP_MOST + TIMESTAMP_DAY)
		return 0;
	take_apart(local, &t);
	if (t.year < 0 || t.year > 9999)
		return 0;
	if (follow(out, format, n, &t) < 0) {
		out->len = before;
		return -1;
	}
	return 1;
}

size_t
timestamp_can(const char *format, size_t n, const char *letters)
{
	for (size_t i = 0; i < n; i++) {
		size_t begin = i;
		char digit, letter;

		if (format[i] != '%')
			continue;
		if (++i == n)
			return begin;
		digit = format[i];
		if (digit == ':' || digit == '3' || digit == '6' || digit == '9') {
			if (++i == n || format[i] != (digit == ':' ? 'z' : 'N'))
				return begin;
			continue;
		}
		letter = format[i];
		if (letter == '\0' || strchr(letters, letter) == NULL)
			return begin;
	}
	return n;
}

size_t
timestamp_can_write(const char *format, size_t n)
{
	return timestamp_can(format, n, "aAbBcCdDeFgGhHIjklmMnNprRsStTuUVwWxXyYzZ%");
}
