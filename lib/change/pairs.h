#ifndef PAIRS_H
#define PAIRS_H

/*
 * pairs: the names and values that a record has itself, in order: the members of a JSON object, the
 * keys of logfmt, the fields of a paragraph.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/fields.h"
#include "match/range.h"
#include "match/table.h"

struct pairs { /* { 0 }: to be set up by pairs_kind */
	/* to be read after pairs_next */
	struct range_view name;  /* decoded */
	struct range_view value; /* of JSON as it is written, else the value itself */
	int json;                /* 1: the value is one of JSON */

	/* private */
	enum table_format format;
	enum fields_kind fields;
	const char *p, *end;
	struct buf name_scratch, scratch;
};

/* Records with that table, or with NULL objects of JSON, are read. */
void pairs_kind(struct pairs *, const struct table *);

/* Begins with a record, which must be valid if it is JSON. */
void pairs_begin(struct pairs *, const char *data, size_t len);

/*
 * Reads the next pair; the views are valid until the next call. Returns 1; 0 if there is none; -1
 * with errno ENOMEM.
 */
int pairs_next(struct pairs *);

void pairs_free(struct pairs *);

#endif
