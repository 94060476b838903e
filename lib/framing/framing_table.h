#ifndef FRAMING_TABLE_H
#define FRAMING_TABLE_H

/*
 * framing_table: makes the table (table.h) that bytes in a framing declare, of what the user has
 * said of their fields, and of the header.
 */

#include <stddef.h>

#include "base/buf.h"
#include "framing/framing.h"
#include "match/table.h"

/* What a user has said of the fields. A struct of zeros: nothing. */
struct framing_table {
	int header;            /* set by the caller: 1: the first record of each input is its header */
	const char *separator; /* the same: what separates fields, as range_fields takes it, or "WORDS"; NULL */
	const char *names;     /* the same: the names of the columns, a row of CSV; NULL: none */

	/* private */
	int declares;          /* a table is declared */
	struct buf bytes;      /* the separator, as a string */
	int in_framing;        /* 1: it is the framing's own */
};

/*
 * Checks what the caller has set against the framing, and gets both ready: sets the separator of
 * csv, and `rows`. To be called once, before framing_read_init. Returns 0, or -1 with a line in
 * error.
 */
int framing_table_init(struct framing_table *, struct framing *, struct buf *error);

/* Returns 1 if files in the framing usually have a header: csv and tsv; else 0. */
int framing_table_usual(const struct framing *);

/*
 * Returns 1 if each record of the framing has names of its own, by which the table says how to find
 * values: logfmt and fields; else 0.
 */
int framing_table_names(const struct framing *);

/* Returns 1 if a table is declared, else 0. */
int framing_table_declares(const struct framing_table *);

/*
 * Makes the table of an input, with that header (its length may be 0). Returns it, with one share;
 * or NULL with the reason, without a name before it, appended to why, or, with errno ENOMEM,
 * nothing.
 */
struct table *framing_table_make(const struct framing_table *, const struct framing *, const struct buf *header,
    struct buf *why);

void framing_table_free(struct framing_table *);

#endif
