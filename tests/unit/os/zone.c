/*
 * zone: a zone of the test's own, in a database of its own, at both changes of daylight saving time
 * of each year; then zones of the machine's database, if there is one, against localtime of libc.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "os/zone.h"
#include "unit/unit.h"

static char folder[400];

static void
number(struct buf *out, uint64_t n, int bytes)
{
	while (bytes-- > 0)
		(void)buf_addc(out, (char)(n >> 8 * bytes));
}

/*
 * A file of RFC 8536, version 2: the first change, in 1970, is to CET at the offset of an hour; all
 * that follow are by a rule.
 */
static void
write_zone(const char *name, const char *rule)
{
	static const char nothing[15] = "";
	struct buf out = { 0 };
	char path[500];
	FILE *file;

	for (int version = 0; version < 2; version++) {
		(void)buf_add(&out, "TZif2", 5);
		(void)buf_add(&out, nothing, 15);
		for (int i = 0; i < 3; i++)
			number(&out, 0, 4);
		number(&out, (uint64_t)version, 4); /* changes */
		number(&out, 2, 4);                 /* types */
		number(&out, 8, 4);                 /* bytes of names */
		if (version > 0) {
			number(&out, 0, 8);
			number(&out, 1, 1);
		}
		number(&out, 0, 4);
		number(&out, 0, 2);
		number(&out, 3600, 4);
		number(&out, 4, 2);
		(void)buf_add(&out, "LMT\0CET\0", 8);
	}
	(void)buf_addf(&out, "\n%s\n", rule);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	CHECK((file = fopen(path, "w")) != NULL && fwrite(out.data, 1, out.len, file) == out.len && fclose(file) == 0);
	buf_free(&out);
}

static int64_t
seconds_of(const char *text)
{
	struct timestamp t = { 0, 0 };

	CHECK(timestamp_read_iso(text, strlen(text), &t) == 1);
	return t.seconds;
}

static void
at(struct zone *z, int64_t seconds, int want, const char *name)
{
	const char *got = "";
	int offset = -1;

	CHECK(zone_offset(z, seconds, &offset, &got) == 0);
	if (offset != want || strcmp(got, name) != 0)
		printf("%lld: %d %s, not %d %s\n", (long long)seconds, offset, got, want, name);
	CHECK(offset == want && strcmp(got, name) == 0);
}

/* The last Sunday of the month at 01:00 UTC. */
static int64_t
change(int year, int month)
{
	char text[40];
	int64_t last;

	(void)snprintf(text, sizeof text, "%04d-%02d-31T01:00Z", year, month);
	last = seconds_of(text);
	return last - ((last / 86400 + 4) % 7 + 7) % 7 * 86400;
}

static void
own(void)
{
	struct zone z;

	write_zone("Own", "CET-1CEST,M3.5.0,M10.5.0/3");
	CHECK(zone_find(&z, "Own") == 0);
	CHECK(seconds_of("2026-03-29T01:00Z") == change(2026, 3) && seconds_of("2026-10-25T01:00Z") == change(2026, 10));
	for (int year = 1971; year <= 2100; year++) {
		int64_t spring = change(year, 3), autumn = change(year, 10);

		at(&z, spring - 1, 3600, "CET");
		at(&z, spring, 7200, "CEST");
		at(&z, autumn - 1, 7200, "CEST");
		at(&z, autumn, 3600, "CET");
		at(&z, spring + 86400 * 90, 7200, "CEST");
		at(&z, spring - 3600, 3600, "CET");
	}
	/* In an order in which answers that are kept help little. */
	for (int i = 0; i < 3000; i++) {
		int year = 1971 + (int)unit_random(130);
		int64_t spring = change(year, 3), autumn = change(year, 10);
		int64_t seconds = spring - 86400 * 60 + (int64_t)unit_random(86400 * 360);
		int summer = seconds >= spring && seconds < autumn;

		at(&z, seconds, summer ? 7200 : 3600, summer ? "CEST" : "CET");
	}
	zone_free(&z);
	at(&z, 1, 0, "UTC");
}

/* TZ is what it was after each call, set or not. */
static void
environment(void)
{
	struct zone z, local;

	CHECK(zone_find(&z, "Own") == 0 && zone_find(&local, "local") == 0);
	CHECK(setenv("TZ", "ABC3", 1) == 0);
	at(&z, seconds_of("2026-07-01"), 7200, "CEST");
	CHECK(getenv("TZ") != NULL && strcmp(getenv("TZ"), "ABC3") == 0);
	at(&local, seconds_of("2026-07-01"), -10800, "ABC");
	CHECK(unsetenv("TZ") == 0);
	at(&z, seconds_of("2027-07-01"), 7200, "CEST");
	CHECK(getenv("TZ") == NULL);
	zone_free(&z);
	zone_free(&local);
}

static void
names(void)
{
	static const char *const none[] = { "", "Nowhere", "Europe", "../Own", "Own/", "./Own", "/etc/localtime", ":Own", "bad", "own",
		"Own\n", "ABCD", "CET-", "CE-1", "CET-25", "CET-1:60", "CET-1CEST", "CET-1CEST-2", "CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,J0,J300", "CET-1CEST,J1,366",
		"CET-1CEST,M3.5,M10.5", "<CET-1", "<>3", "<C!T>3", "CET-1CEST,,", "CET-1CEST," };
	struct zone z;
	char path[500];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/bad", folder);
	CHECK((file = fopen(path, "w")) != NULL && fputs("TZ", file) >= 0 && fclose(file) == 0);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		errno = 0;
		CHECK(zone_find(&z, none[i]) == -1 && errno == ENOENT && z.variable == NULL);
		if (z.variable != NULL)
			printf("%s was found\n", none[i]);
	}
	CHECK(zone_find(&z, "UTC") == 0);
	at(&z, 5, 0, "UTC");
	zone_free(&z);
}

/* Rules of POSIX need no database. */
static void
rules(void)
{
	static const struct {
		const char *rule, *name;
		int offset;
	} plain[] = { { "EST5", "EST", -18000 }, { "<+0530>-5:30", "+0530", 19800 }, { "ABC+12:34:56", "ABC", -45296 },
		{ "<-03>3", "-03", -10800 }, { "XYZ-24", "XYZ", 86400 }, { "ABC1DEF,1,2", "ABC", -3600 },
		{ "ABC1DEF0,J1/0,J2/1:30", "ABC", -3600 } };
	struct zone z;

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		CHECK(zone_find(&z, plain[i].rule) == 0);
		at(&z, seconds_of("2026-07-01"), plain[i].offset, plain[i].name);
		zone_free(&z);
	}
	CHECK(zone_find(&z, "CET-1CEST,M3.5.0,M10.5.0/3") == 0);
	for (int year = 1971; year <= 2100; year++) {
		at(&z, change(year, 3) - 1, 3600, "CET");
		at(&z, change(year, 3), 7200, "CEST");
		at(&z, change(year, 10) - 1, 7200, "CEST");
		at(&z, change(year, 10), 3600, "CET");
	}
	zone_free(&z);
}

static void
shown(struct zone *z, int64_t shows, int64_t want)
{
	int64_t seconds = shows;

	CHECK(zone_to_utc(z, &seconds) == 0);
	if (seconds != want)
		printf("%lld: %lld, not %lld\n", (long long)shows, (long long)seconds, (long long)want);
	CHECK(seconds == want);
}

/* What clocks show, back to UTC: at changes, and by chance. */
static void
back(const char *name)
{
	struct zone z;

	CHECK(zone_find(&z, name) == 0);
	for (int year = 1971; year <= 2100; year++) {
		int64_t spring = change(year, 3), autumn = change(year, 10);

		shown(&z, spring - 1 + 3600, spring - 1);
		/* From here on an hour is left out. */
		shown(&z, spring + 3600, spring);
		shown(&z, spring + 7199, spring + 3599);
		shown(&z, spring + 7200, spring);
		/* This hour is shown twice. */
		shown(&z, autumn + 3600, autumn - 3600);
		shown(&z, autumn + 7199, autumn - 1);
		shown(&z, autumn + 7200, autumn + 3600);
		for (int i = 0; i < 20; i++) {
			int64_t seconds = spring + (int64_t)unit_random(31536000);
			int twice = seconds >= autumn && seconds < autumn + 3600, offset;
			const char *of;

			CHECK(zone_offset(&z, seconds, &offset, &of) == 0);
			shown(&z, seconds + offset, twice ? seconds - 3600 : seconds);
		}
	}
	zone_free(&z);
	shown(&z, 5, 5);
}

/* The zones of the machine, whose changes have been at odd times too: each is asked twice. */
static void
against_libc(const char *name)
{
	struct zone z;
	char variable[80];

	if (zone_find(&z, name) < 0) {
		printf("# zone: %s is not in the database of this machine\n", name);
		return;
	}
	for (int twice = 0; twice < 2; twice++)
		for (int i = 0; i < 4000; i++) {
			int64_t seconds = -INT64_C(2500000000) + i * INT64_C(1641600) + (int64_t)(i * 7919 % 86400);
			time_t time = (time_t)seconds;
			struct tm tm;
			const char *got = "";
			int offset = -1;

			CHECK(zone_offset(&z, seconds, &offset, &got) == 0);
			(void)snprintf(variable, sizeof variable, ":%s", name);
			(void)setenv("TZ", variable, 1);
			tzset();
			(void)localtime_r(&time, &tm);
			CHECK(offset == tm.tm_gmtoff && strcmp(got, tm.tm_zone) == 0);
			(void)unsetenv("TZ");
		}
	zone_free(&z);
}

int
main(void)
{
	const char *place = getenv("TMPDIR");
	char path[500];

	(void)snprintf(folder, sizeof folder, "%s/rec-zone.XXXXXX", place != NULL && *place != '\0' ? place : "/tmp");
	CHECK(mkdtemp(folder) != NULL && setenv("TZDIR", folder, 1) == 0);
	(void)unsetenv("TZ");
	own();
	environment();
	names();
	rules();
	back("Own");
	back("CET-1CEST,M3.5.0,M10.5.0/3");
	CHECK(unsetenv("TZDIR") == 0);
	against_libc("Europe/Berlin");
	against_libc("America/New_York");
	against_libc("Europe/Amsterdam");
	against_libc("Africa/Monrovia");
	against_libc("Australia/Lord_Howe");
	against_libc("Asia/Kathmandu");
	against_libc("Etc/GMT+5");
	(void)snprintf(path, sizeof path, "%s/Own", folder);
	CHECK(unlink(path) == 0);
	(void)snprintf(path, sizeof path, "%s/bad", folder);
	CHECK(unlink(path) == 0 && rmdir(folder) == 0);
	return unit_end("zone");
}
