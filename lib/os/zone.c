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

void
zone_free(struct zone *z)
{
	free(z->variable);
	free(z->kept);
	*z = (struct zone){ 0 };
}
