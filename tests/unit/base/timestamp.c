/*
 * timestamp: texts that are read and those that are refused; what is written, against strftime and
 * gmtime of libc, on each day from 1900 to 2100, at both ends of the years that there are, and at
 * random; and what is written is read again.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/timestamp.h"
#include "unit/unit.h"

#define NONE INT64_MIN

/*
 * Reads a copy of exact size by the format, or as ISO 8601 if that is NULL. Returns the seconds, or
 * NONE.
 */
static int64_t
read_text(const char *format, const char *text, uint32_t *nanoseconds)
{
	struct timestamp t = { 0, 0 };
	size_t len = strlen(text), n = format != NULL ? strlen(format) : 0;
	char *copy = malloc(len + 1), *form = malloc(n + 1);
	int result;

	memcpy(copy + 1, text, len); /* begins in the middle, ends where the memory does */
	if (format != NULL)
		memcpy(form + 1, format, n);
	result = format != NULL ? timestamp_read(form + 1, n, copy + 1, len, &t) :
				  timestamp_read_iso(copy + 1, len, &t);
	free(copy);
	free(form);
	if (nanoseconds != NULL)
		*nanoseconds = t.nanoseconds;
	CHECK(result == 0 || t.nanoseconds < 1000000000);
	return result ? t.seconds : NONE;
}

static void
reads(int line, const char *format, const char *text, int64_t seconds, uint32_t nanoseconds)
{
	uint32_t fraction = 0;
	int64_t got = read_text(format, text, &fraction);

	if (got != seconds || (got != NONE && fraction != nanoseconds))
		printf("line %d: %s by %s: %lld.%09u, not %lld.%09u\n", line, text, format != NULL ? format : "ISO",
		    (long long)got, fraction, (long long)seconds, nanoseconds);
	CHECK(got == seconds && (got == NONE || fraction == nanoseconds));
}

#define ISO(text, seconds, nanoseconds) reads(__LINE__, NULL, text, seconds, nanoseconds)
#define BY(format, text, seconds) reads(__LINE__, format, text, seconds, 0)

static void
iso(void)
{
	static const char *const wrong[] = { "", " ", "2", "2026", "2026-11", "2026-1-30", "2026-13-01", "2026-00-01", "2026-11-00",
		"2026-11-31", "2026-02-29", "1900-02-29", "2100-02-29", "2026-11-30T", "2026-11-30T10", "2026-11-30T1:15",
		"2026-11-30T10:60", "2026-11-30T25:00", "2026-11-30T24:01", "2026-11-30T24:00:00.1", "2026-11-30T10:15:61",
		"2026-11-30T10:15:30.", "2026-11-30T10:15:30.x", "2026-11-30T10:15:30ZZ", "2026-11-30T10:15:30+1",
		"2026-11-30T10:15:30+24:00", "2026-11-30T10:15:30+01:60", "2026-11-30T10:15:30+01:0", "2026-11-30T10:15:30 x",
		"2026-11-30X10:15", "2026-11-30  10:15", "2026-1130", "202611-30", "+2026-11-30", "-2026-11-30", "x2026-11-30",
		"2026-11-30x", "12026-11-30", "yesterday", "1796033730", "2026-11-30T10:15:", "2026/11/30", "\303\251" };

	ISO("1970-01-01", 0, 0);
	ISO("1970-01-01T00:00:00Z", 0, 0);
	ISO("1969-12-31T23:59:59.5Z", -1, 500000000);
	ISO("2026-11-30T10:15:30Z", 1796033730, 0);
	ISO("2026-11-30t10:15:30z", 1796033730, 0);
	ISO("2026-11-30 10:15:30", 1796033730, 0);
	ISO("  2026-11-30 10:15:30\r\n", 1796033730, 0);
	ISO("2026-11-30T10:15", 1796033700, 0);
	ISO("2026-11-30T10:15Z", 1796033700, 0);
	ISO("20261130", 1795996800, 0);
	ISO("20261130T101530Z", 1796033730, 0);
	ISO("20261130T1015", 1796033700, 0);
	ISO("2026-11-30T10:15:30+01:00", 1796030130, 0);
	ISO("2026-11-30T10:15:30 +0100", 1796030130, 0);
	ISO("2026-11-30T10:15:30+01", 1796030130, 0);
	ISO("2026-11-30T10:15:30-05:30", 1796053530, 0);
	ISO("2026-11-30T10:15:30-00:00", 1796033730, 0);
	ISO("2026-11-30T10:15+23:59", 1795947360, 0);
	ISO("2026-11-30T10:15:30.25Z", 1796033730, 250000000);
	ISO("2026-11-30T10:15:30,123456789+01:00", 1796030130, 123456789);
	ISO("2026-11-30T10:15:30.1234567899999", 1796033730, 123456789);
	ISO("2026-11-30T24:00:00", 1796083200, 0);
	ISO("2016-12-31T23:59:60Z", 1483228800, 0); /* a leap second */
	ISO("2000-02-29", 951782400, 0);
	ISO("2024-02-29", 1709164800, 0);
	ISO("0000-01-01", TIMESTAMP_LEAST, 0);
	ISO("9999-12-31T23:59:59Z", TIMESTAMP_MOST, 0);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ISO(wrong[i], NONE, 0);
}

static void
formats(void)
{
	static const struct {
		const char *format, *text;
		int result;
	} told[] = { { "%F %z", "2026-11-30 +0100", 1 }, { "%F %:z", "2026-11-30 Z", 1 }, { "%F %Z", "2026-11-30 GMT", 1 },
		{ "%s", "5", 1 }, { "%F", "2026-11-30", 2 }, { "%FT%TZ", "2026-11-30T00:00:00Z", 2 }, { "%c", "x", 0 },
		{ "%z", "+", 0 } };

	BY("%d/%b/%Y:%H:%M:%S %z", "30/Nov/2026:10:15:30 +0100", 1796030130);
	BY("%d/%b/%Y:%H:%M:%S %z", "30/nov/2026:10:15:30 Z", 1796033730);
	BY("%a, %d %b %Y %H:%M:%S %Z", "Mon, 30 Nov 2026 10:15:30 GMT", 1796033730);
	BY("%A %B %e %H:%M:%S UTC %Y", "Monday November 30 10:15:30 UTC 2026", 1796033730);
	BY("%c", "Mon Nov 30 10:15:30 2026", 1796033730);
	BY("%b %e %T", "Jan  2 00:00:01", 86401);
	BY("%b%e%T", "May 0200:00:01", 10454401);
	BY("%m/%d/%y %I:%M %p", "11/30/26 10:15 AM", 1796033700);
	BY("%D %r", "11/30/26 12:15:30 am", 1795997730);
	BY("%D %l:%M %p", "11/30/26  1:15 p.m.", 1796044500);
	BY("%D %I%p", "11/30/69 12PM", -2721600);
	BY("%y", "68", 3092601600);
	BY("%C%y", "1968", -63158400);
	BY("%F%n%R", "2026-11-30 \t 10:15", 1796033700);
	BY("%F%t%R", "2026-11-3010:15", 1796033700);
	BY("%Y-%j", "2024-366", 1735603200);
	BY("%s", "1796033730", 1796033730);
	BY("%s", " -1 ", -1);
	BY("%Y%m%d%H%M%S", "20261130101530", 1796033730);
	BY("%H:%M:%S%%", "10:15:30%", 36930);
	BY("at %H", "at 7", 25200);
	BY("%k %X", "7 10:15:30", 36930);
	BY("%Y-%m-%dT%H:%M:%S%:z", "2026-11-30T10:15:30-05:30", 1796053530);
	BY("", " ", 0);
	reads(__LINE__, "%T.%N", "00:00:01.5", 1, 500000000);
	reads(__LINE__, "%T,%3N", "00:00:01,007", 1, 7000000);
	reads(__LINE__, "%s.%6N", "1796033730.000001", 1796033730, 1000);

	/* Whether the text tells an offset. */
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
		struct timestamp t;

		CHECK(timestamp_read(told[i].format, strlen(told[i].format), told[i].text, strlen(told[i].text), &t) ==
		    told[i].result);
	}

	BY("%Y", "", NONE);
	BY("%Y", "x", NONE);
	BY("%Y", "20261", NONE);
	BY("%F", "2026-11-31", NONE);
	BY("%F", "2023-2-29", NONE);
	BY("%F", "2026-11-30x", NONE);
	BY("%m", "13", NONE);
	BY("%d", "0", NONE);
	BY("%H", "25", NONE);
	BY("%H%M", "2401", NONE);
	BY("%I", "13", NONE);
	BY("%I", "0", NONE);
	BY("%H %p", "13 pm", NONE);
	BY("%M", "60", NONE);
	BY("%S", "61", NONE);
	BY("%Y-%j", "2023-366", NONE);
	BY("%j", "0", NONE);
	BY("%b", "Foo", NONE);
	BY("%b", "Ja", NONE);
	BY("%a", "Mo", NONE);
	BY("%p", "xm", NONE);
	BY("%p", "a", NONE);
	BY("%z", "0100", NONE);
	BY("%z", "+1", NONE);
	BY("%Z", "CET", NONE);
	BY("%N", "", NONE);
	BY("%s", "99999999999999", NONE);
	BY("%s", "-", NONE);
	BY("%T", "10:15", NONE);
	BY("%%", "x", NONE);
	BY("x", "", NONE);
	BY("x%Y", "y2026", NONE);
}

static void
checks(void)
{
	CHECK(timestamp_can_read("%Y %3N%:z", 9) == 9 && timestamp_can_read("", 0) == 0);
	CHECK(timestamp_can_read("%Y%", 3) == 2 && timestamp_can_read("%Y %q", 5) == 3);
	CHECK(timestamp_can_read("%U", 2) == 0 && timestamp_can_read("%3S", 3) == 0 && timestamp_can_read("%:", 2) == 0);
	CHECK(timestamp_can_read("%4N", 3) == 0 && timestamp_can_read("%\0", 2) == 0 && timestamp_can_read("%::z", 4) == 0);
	CHECK(timestamp_can_write("%U%V%G%6N%:z%%", 14) == 14);
	CHECK(timestamp_can_write("%", 1) == 0 && timestamp_can_write("x%E", 3) == 1 && timestamp_can_write("%9", 2) == 0);
	CHECK(timestamp_can_write("%\0", 2) == 0);
}

static void
writes(const char *format, int64_t seconds, uint32_t nanoseconds, int offset, const char *want)
{
	struct timestamp_local t = { { seconds, nanoseconds }, offset, "XYZ" };
	struct buf out = { 0 };
	int result;

	CHECK(buf_adds(&out, "<") == 0);
	result = timestamp_write(&out, format, strlen(format), &t);
	if (want == NULL) {
		CHECK(result == 0 && out.len == 1);
	} else {
		if (result != 1 || strcmp(buf_string(&out) + 1, want) != 0)
			printf("%s of %lld: %s, not %s\n", format, (long long)seconds, buf_string(&out), want);
		CHECK(result == 1 && strcmp(buf_string(&out) + 1, want) == 0);
	}
	buf_free(&out);
}

static void
written(void)
{
	writes("%FT%T.%3N%:z %Z", 1796033730, 987654321, 3600, "2026-11-30T11:15:30.987+01:00 XYZ");
	writes("%6N %9N %N %z", 0, 7, -12600, "000000 000000007 000000007 -0330");
	writes("%s %%%n%t", -1, 0, 7200, "-1 %\n\t");
	writes("%F %T %a %j", -1, 999999999, 0, "1969-12-31 23:59:59 Wed 365");
	writes("%F", TIMESTAMP_LEAST, 0, 0, "0000-01-01");
	writes("%F", TIMESTAMP_MOST, 0, 0, "9999-12-31");
	writes("%F", TIMESTAMP_LEAST - 1, 0, 0, NULL);
	writes("%F", TIMESTAMP_MOST + 1, 0, 0, NULL);
	writes("%F", TIMESTAMP_MOST + 1, 0, -1, "9999-12-31");
	writes("%F", TIMESTAMP_MOST, 0, 1, NULL);
	writes("%F", INT64_MIN, 0, 0, NULL);
	writes("%F", INT64_MAX, 0, 86399, NULL);
	writes("", 0, 0, 0, "");
	writes("%G-W%V-%u %g", TIMESTAMP_LEAST, 0, 0, "-0001-W52-6 99");
}

/* All letters, and what is read again, of that time, against libc. */
static void
against_libc(int64_t seconds)
{
	static const char all[] = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %m %M %n %p %r %R %S %t %T %u %U %V %w "
	                          "%W %x %X %y %Y %%";
	struct timestamp_local t = { { seconds, 0 }, 0, "UTC" };
	time_t time = (time_t)seconds;
	struct tm tm;
	struct buf out = { 0 };
	char want[400];
	struct timestamp back;

	CHECK(gmtime_r(&time, &tm) != NULL);
	(void)strftime(want, sizeof want, all, &tm);
	CHECK(timestamp_write(&out, all, sizeof all - 1, &t) == 1);
	if (strcmp(want, buf_string(&out)) != 0)
		printf("%lld:\n%s, not\n%s\n", (long long)seconds, out.data, want);
	CHECK(strcmp(want, buf_string(&out)) == 0);
	out.len = 0;
	CHECK(timestamp_write(&out, "%FT%TZ", 6, &t) == 1);
	CHECK(timestamp_read_iso(out.data, out.len, &back) == 1 && back.seconds == seconds && back.nanoseconds == 0);
	CHECK(timestamp_read("%FT%TZ", 6, out.data, out.len, &back) == 2 && back.seconds == seconds);
	out.len = 0;
	CHECK(timestamp_write(&out, "%j %Y%k", 7, &t) == 1);
	CHECK(timestamp_read("%j %Y%k", 7, out.data, out.len, &back) == 2);
	CHECK(back.seconds == seconds - tm.tm_min * 60 - tm.tm_sec);
	buf_free(&out);
}

int
main(void)
{
	iso();
	formats();
	checks();
	written();
	/* 1900-01-01 to 2100-12-31, at a time that differs. */
	for (int64_t day = -25567; day <= 47846; day++)
		against_libc(day * 86400 + (day + 25567) * 7919 % 86400);
	/* strftime differs among libcs for years below 1000. */
	for (int64_t year = 1001; year < 9999; year++)
		against_libc((year - 1970) * 31556952);
	against_libc(TIMESTAMP_MOST);
	while (unit_round())
		against_libc((int64_t)(unit_random(365) * 86400 * 2400 + unit_random(86400)) - INT64_C(30000000000));
	return unit_end("timestamp");
}
