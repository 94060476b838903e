#ifndef UNIT_GOODTABLE_H
#define UNIT_GOODTABLE_H

/*
 * goodtable: a table of a payload that a test writes out, and that must be good.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/table.h"

/* Returns the table of a payload, a string; the caller has its only share. */
static inline struct table *
goodtable(const char *payload)
{
	const char *rule;
	struct table *t = table_parse(payload, strlen(payload), &rule);

	if (t == NULL) {
		printf("%s: %s\n", payload, rule != NULL ? rule : "no memory");
		abort();
	}
	return t;
}

#endif
