/* zone: see zone.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/zone.h"

/* What is known of the times [from, from + length). */
struct zone_span {
	int64_t from;
	int length; /* 0: nothing is known */
	int same;   /* 1: they all have this offset and this name */
	int offset;
	char name[ZONE_NAME];
};

static const int lengths[] = { 86400, 900 }; /* seconds */

/* Returns 1 if the file is one of the TZ database (RFC 8536), or 0. */
static int
is_zone(const char *path)
{
	char magic[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return 0;
	result = read(fd, magic, sizeof magic) == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
	(void)close(fd);
	return result;
}

/* Returns 1 if the name can be one in the database: no path that leads elsewhere. */
static int
is_name(const char *name)
{
	return *name != '\0' && *name != '/' && *name != '.' && *name != ':' && strstr(name, "..") == NULL;
}

/* Moves *p over a name of three letters or more, or one in < >. Returns 1, or 0. */
static int
is_short_name(const char **p)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t n;

	if (**p == '<') {
		n = strcspn(++*p, ">");
		if (n != strspn(*p, "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
			return 0;
		*p += n;
		return n >= 3 && *(*p)++ == '>';
	}
	n = strspn(*p, letters);
	*p += n;
	return n >= 3;
}

/* Moves *p over a number of one to three digits. Returns 1 if it is from least to most, or 0. */
static int
is_number(const char **p, int least, int most)
{
	int n = 0, sum = 0;

	for (; n < 3 && **p >= '0' && **p <= '9'; n++)
		sum = sum * 10 + (*(*p)++ - '0');
	return n > 0 && sum >= least && sum <= most;
}

/* Moves *p over that byte. Returns 1, or 0 if another is there. */
static int
is_byte(const char **p, char c)
{
	if (**p != c)
		return 0;
	++*p;
	return 1;
}

/* Moves *p over a time of day, h:m:s with a sign or not. Returns 1, or 0 if there is none. */
static int
is_time(const char **p, int hours)
{
	*p += **p == '+' || **p == '-';
	if (!is_number(p, 0, hours))
		return 0;
	for (int i = 0; i < 2 && **p == ':'; i++) {
		++*p;
		if (!is_number(p, 0, 59))
			return 0;
	}
	return 1;
}

/* Moves *p over a comma and a day: Mm.w.d, Jn or n, with its time or not. Returns 1, or 0. */
static int
is_change(const char **p)
{
	if (!is_byte(p, ','))
		return 0;
	if (**p == 'M') {
		++*p;
		if (!is_number(p, 1, 12) || !is_byte(p, '.') || !is_number(p, 1, 5) || !is_byte(p, '.') ||
		    !is_number(p, 0, 6))
			return 0;
	} else {
		int julian = **p == 'J';

		*p += julian;
		if (!is_number(p, julian, 365))
			return 0;
	}
	if (**p != '/')
		return 1;
	++*p;
	return is_time(p, 167);
}

/*
 * Returns 1 if the name is a rule of POSIX, as a whole and with both changes if it has any; or 0.
 */
static int
is_rule(const char *name)
{
	const char *p = name;

	if (!is_short_name(&p) || !is_time(&p, 24))
		return 0;
	if (*p == '\0')
		return 1;
	if (!is_short_name(&p) || (*p != ',' && !is_time(&p, 24)))
		return 0;
	return is_change(&p) && is_change(&p) && *p == '\0';
}

int
zone_find(struct zone *z, const char *name)
{
	const char *places[] = { getenv("TZDIR"), "/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo" };

	*z = (struct zone){ 0 };
	if (strcmp(name, "UTC") == 0)
		return 0;
	if (strcmp(name, "local") == 0) {
		z->local = 1;
		return 0;
	}
	for (size_t i = 0; is_name(name) && i < sizeof places / sizeof places[0]; i++) {
		if (places[i] == NULL || *places[i] == '\0')
			continue;
		/* The colon keeps libc from reading the name as a rule of POSIX. */
		if (asprintf(&z->variable, ":%s/%s", places[i], name) < 0) {
			z->variable = NULL;
			errno = ENOMEM;
			return -1;
		}
		if (is_zone(z->variable + 1))
			return 0;
		zone_free(z);
	}
	errno = ENOENT;
	if (is_rule(name) && (z->variable = strdup(name)) != NULL)
		return 0;
	return -1;
}

/* Asks libc. Returns 0, or -1 with errno ENOMEM. */
static int
ask(const struct zone *z, int64_t seconds, struct zone_span *answer)
{
	const char *now = getenv("TZ");
	char *before = z->variable != NULL && now != NULL ? strdup(now) : NULL;
	time_t time = (time_t)seconds;
	struct tm there;
	int result = -1;

	if (z->variable != NULL && ((now != NULL && before == NULL) || setenv("TZ", z->variable, 1) < 0)) {
		free(before);
		errno = ENOMEM;
		return -1;
	}
	tzset();
	if (localtime_r(&time, &there) != NULL) {
		answer->offset = (int)there.tm_gmtoff;
		(void)snprintf(answer->name, sizeof answer->name, "%s", there.tm_zone != NULL ? there.tm_zone : "");
		result = 0;
	}
	if (z->variable != NULL) {
		if (before != NULL ? setenv("TZ", before, 1) < 0 : unsetenv("TZ") < 0)
			result = -1;
		tzset();
	}
	free(before);
	if (result < 0)
		errno = ENOMEM;
	return result;
}

/* Fills the span, whose from and length are set. Returns 0, or -1 with errno ENOMEM. */
static int
fill(const struct zone *z, struct zone_span *span)
{
	struct zone_span end;

	if (ask(z, span->from, span) < 0 || ask(z, span->from + span->length - 1, &end) < 0) {
		span->length = 0;
		return -1;
	}
	span->same = span->offset == end.offset && strcmp(span->name, end.name) == 0;
	return 0;
}

/* Returns the answer for that time, or NULL with errno ENOMEM. */
static struct zone_span *
find(struct zone *z, int64_t seconds)
{
	struct zone_span *span = NULL;

	/* One more than are kept is for an answer that is good for one second only. */
	if (z->kept == NULL && (z->kept = calloc(ZONE_KEPT + 1, sizeof *z->kept)) == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		int length = lengths[i];
		int64_t from = seconds - ((seconds % length) + length) % length;

		span = &z->kept[(uint64_t)(from / length) % ZONE_KEPT];
		if (span->length != length || span->from != from) {
			span->from = from;
			span->length = length;
			if (fill(z, span) < 0)
				return NULL;
		}
		if (span->same)
			return span;
	}
	span = &z->kept[ZONE_KEPT];
	span->from = seconds;
	span->length = 1;
	return ask(z, seconds, span) < 0 ? NULL : span;
}

int
zone_offset(struct zone *z, int64_t seconds, int *offset, const char **name)
{
	*offset = 0;
	*name = "UTC";
	if (z->variable == NULL && !z->local)
		return 0;
	if (z->last == NULL || seconds < z->last->from || seconds - z->last->from >= z->last->length) {
		if ((z->last = find(z, seconds)) == NULL)
			return -1;
	}
	*offset = z->last->offset;
	*name = z->last->name;
	return 0;
}

int
zone_to_utc(struct zone *z, int64_t *seconds)
{
	const char *name;
	int before, after, there;

	/* No clock is further from UTC than a day, and none is changed twice within two. */
	if (zone_offset(z, *seconds - 86400, &before, &name) < 0 || zone_offset(z, *seconds + 86400, &after, &name) < 0)
		return -1;
	if (before != after) {
		if (zone_offset(z, *seconds - before, &there, &name) < 0)
			return -1;
		if (there != before && zone_offset(z, *seconds - after, &there, &name) < 0)
			return -1;
		if (there == after)
			before = after;
	}
	*seconds -= before;
	return 0;
}

void
zone_free(struct zone *z)
{
	free(z->variable);
	free(z->kept);
	*z = (struct zone){ 0 };
}
