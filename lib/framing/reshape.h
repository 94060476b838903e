#ifndef RESHAPE_H
#define RESHAPE_H

/*
 * reshape: what rec-split changes in records on their way in, if it is asked to. Rows of several
 * inputs get the columns of one table (align.h), and the input's name becomes the last column, or
 * the last member of a JSON object.
 *
 * The tables of all inputs that are aligned come first (reshape_add, reshape_merge), then
 * reshape_table for each input, then its rows.
 */

#include <stddef.h>

#include "base/buf.h"
#include "framing/framing.h"
#include "match/align.h"
#include "match/table.h"

struct reshape {
	/* Set by the caller: */
	int align;          /* 1: rows are aligned */
	const char *column; /* the name of the column or member that holds the input's name; NULL: none */

	/* private */
	struct align aligned;
	struct table *table;     /* of the present input's rows, with the column: a share, or NULL */
	struct table *own;       /* without it: borrowed, or NULL */
	int json;
	size_t input;            /* of aligned */
	struct buf value;        /* the input's name as a field, or as a string of JSON */
	struct buf row, decoded;
};

/*
 * Returns 1 if records of the framing can have a column or a member added: csv, csv-crlf, tsv, json
 * and json-seq; else 0.
 */
int reshape_names(const struct framing *);

/* As align_add. */
int reshape_add(struct reshape *, struct table *, const char *from, struct buf *why);

/* To be called after all have been added, if any was. Returns 0, or -1 as align_table. */
int reshape_merge(struct reshape *, struct buf *why);

/*
 * Gets ready for the rows of an input in that framing, with that table of its own (NULL: none),
 * which must live until the next call. input is its number among those that were added, if rows are
 * aligned. name is what goes into the column. Sets *table to the table to declare, which belongs to
 * the struct, or to NULL if there is none. Returns 0; or -1 with the reason appended to why, or,
 * with errno ENOMEM, nothing.
 */
int reshape_table(struct reshape *, const struct framing *, struct table *own, size_t input, const char *name,
    struct table **table, struct buf *why);

/* Returns 1 if rows of the input are changed, or 0 if they are only checked, or pass. */
int reshape_changes(const struct reshape *);

/*
 * Changes a row of that input. Sets *out to it, which lives until the next call, and may be the row
 * itself. Returns NULL; or what is wrong with the row, a static string; or "" with errno ENOMEM.
 */
const char *reshape_row(struct reshape *, const char *row, size_t len, const char **out, size_t *out_len);

void reshape_free(struct reshape *);

#endif
