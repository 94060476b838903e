#ifndef ZONE_H
#define ZONE_H

/*
 * zone: time zones by their names in the TZ database (Europe/Berlin), or by rules of POSIX, through
 * libc. What is found
 * is that of localtime_r; TZ in the environment, which libc obeys, is changed only within a call,
 * so that no child gets another. So no other thread may use the environment during a call.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	ZONE_NAME = 16, /* bytes of a name such as CEST, with its NUL */
	ZONE_KEPT = 512 /* answers that are kept */
};

/* A struct of zeros is UTC. */
struct zone {
	/* private */
	char *variable; /* what TZ must be; NULL: as it is in the environment, if local, else UTC */
	int local;
	struct zone_span *kept; /* ZONE_KEPT of them */
	struct zone_span *last; /* the answer that was given last */
};

/*
 * Finds the zone of that name: one of the TZ database; "UTC"; "local" for that of the environment
 * (TZ, or what the machine is set to); or a rule as POSIX has it for TZ (XBD 8.3), such as
 * "CET-1CEST,M3.5.0,M10.5.0/3", for machines without that database. Returns 0; -1 with errno ENOENT
 * if there is none, or ENOMEM.
 */
int zone_find(struct zone *, const char *name);

/*
 * Sets *offset to the number of seconds that clocks in the zone are ahead of UTC at a time, in
 * seconds since 1970, and *name, valid until the next call, to the name of their time, such as
 * CEST. Returns 0, or -1 with errno ENOMEM. To ask libc takes long, since it reads the zone anew,
 * so that answers are kept: for a day if they are the same at its beginning and its end, else for a
 * quarter of an hour of which that is true.
 */
int zone_offset(struct zone *, int64_t seconds, int *offset, const char **name);

/*
 * Sets *seconds, which is what clocks in the zone show taken as UTC, to that time since 1970. A
 * time that they show twice, when they are put back, is the first of the two; one that they leave
 * out is taken by the offset before that. Returns 0, or -1 with errno ENOMEM.
 */
int zone_to_utc(struct zone *, int64_t *seconds);

/* Frees all memory; the struct is UTC. */
void zone_free(struct zone *);

#endif
