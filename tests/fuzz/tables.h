#ifndef FUZZ_TABLES_H
#define FUZZ_TABLES_H

/* tables: for harnesses of what a table is bound to: tables of some formats with any header. */

#include <string.h>

#include "match/table.h"

enum { TABLE_KINDS = 13, TABLE_UNHEADED = 8 };

/*
 * Returns a table whose header is at p, up to a newline; *after is set to the place after it. NULL:
 * kind is 0, or the header is none. Kinds from TABLE_UNHEADED on take no header: they have no
 * names, or each record has its own.
 */
static struct table *
some_table(unsigned kind, const char *p, size_t len, size_t *after)
{
	static const struct table_parts kinds[TABLE_KINDS] = { { 0 }, { .framing = "csv" }, { .framing = "csv:;" },
		{ .framing = "tsv" }, { .framing = "lines", .separator = "WORDS" },
		{ .framing = "lines", .separator = "::" }, { .framing = "lines" },
		{ .framing = "csv-crlf:a" }, { .framing = "csv" }, { .framing = "logfmt" },
		{ .framing = "fields" }, { .framing = "fields:mail" }, { .framing = "fields:ldif" } };
	struct table_parts parts = kinds[kind % TABLE_KINDS];
	const char *newline = len > 0 ? memchr(p, '\n', len) : NULL, *rule;

	*after = 0;
	if (kind % TABLE_KINDS == 0)
		return NULL;
	if (kind % TABLE_KINDS < TABLE_UNHEADED) {
		parts.header = p;
		parts.header_len = *after = newline != NULL ? (size_t)(newline - p) + 1 : len;
		if (parts.header_len == 0)
			return NULL;
	}
	return table_make(&parts, &rule);
}

#endif
