#ifndef TABLE_H
#define TABLE_H

/*
 * table: what a table block of the record stream says (rec-stream(5)): how the fields of the
 * records that follow are written, and what their names are. rec-split -H makes one of a header,
 * rec_in (stream) reads it, rec_out passes it on, and ranges and expressions look columns up in it.
 *
 * The payload is one line of JSON without blanks, then a newline, then the header's own bytes, or
 * nothing:
 *   framing    as rec-join -f takes it: "csv", "csv:;", "tsv", "lines" ...
 *   separator  what separates fields, if that is not part of the framing; or "WORDS"
 *   columns    an array of names, only if there are no header bytes
 * Other members are kept, and mean nothing here. Otherwise the names are the fields of the header,
 * without quotes, and without the byte order mark and the end of the row. If there is neither a
 * header nor `columns`, the columns have no names.
 *
 * A table is shared by all that use it: each owner has one share.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/fields.h"
#include "match/range.h"

enum { TABLE_COLUMNS_MAX = 65536 };

/* How the fields of a record are found. */
enum table_format {
	TABLE_OTHER, /* not known here: a framing that this version does not have */
	TABLE_PLAIN, /* fields between separators; one field if the separator is empty */
	TABLE_WORDS, /* fields between runs of spaces, tabs and newlines; the last column takes the rest */
	TABLE_CSV,   /* RFC 4180 with a separator of one byte */
	TABLE_JSON,  /* members of an object */
	/* Records with names of their own: there are no columns, see table_has_names. */
	TABLE_LOGFMT, /* logfmt.h */
	TABLE_FIELDS  /* fields.h */
};

struct table {
	enum table_format format;
	const char *framing;             /* a string, never NULL */
	const char *separator;           /* as the payload has it, or NULL */
	enum fields_kind fields;         /* FIELDS: of this kind */
	const char *between;             /* PLAIN, CSV: what separates fields */
	size_t between_len;
	const char *header;              /* the header's own bytes */
	size_t header_len;               /* 0: none */
	const char *row_end;             /* what ends the header; no string */
	size_t row_end_len;              /* 0: nothing does, or there is none */
	int named;                       /* 1: the columns have names */
	size_t count;                    /* of columns, if they have names */
	struct range_view *names;        /* count entries, or NULL */
	const char *payload;             /* of the block */
	size_t len;                      /* of payload */
	unsigned shares;                 /* private */
	const char *kind;                /* private: the framing's name */
	struct buf memory, arena;        /* private */
};

/*
 * Returns the table of a block's payload, which is copied; the caller has its only share. Returns
 * NULL with *rule: what is wrong with it, a static string, or NULL with errno ENOMEM.
 */
struct table *table_parse(const char *payload, size_t len, const char **rule);

/* What table_make makes a table of. */
struct table_parts {
	const char *framing;             /* a string */
	const char *separator;           /* a string in UTF-8, or NULL */
	const char *header;              /* the header's own bytes, of which a table without a header has none */
	size_t header_len;
	const struct range_view *names;  /* in UTF-8, if there is no header; NULL: no names */
	size_t count;                    /* of names */
};

/* Makes a table of its parts, which are copied. Returns as table_parse does. */
struct table *table_make(const struct table_parts *, const char **rule);

/* Adds a share. Returns its argument, which may be NULL. */
struct table *table_share(struct table *);

/* Gives up a share; the last one's owner frees the table by it. NULL is ignored. */
void table_drop(struct table *);

/*
 * Returns 1 if two tables are equal: the same family of framings (csv and csv-crlf are one), the
 * same separator and the same names in the same order; else 0. NULL is equal to NULL alone.
 */
int table_equal(const struct table *, const struct table *);

/*
 * Returns 1 if each record has names of its own, logfmt and fields: the table says how they are
 * written, and has neither a header nor columns. Else returns 0.
 */
int table_has_names(const struct table *);

/*
 * Returns 1 if the rows of two tables are written alike: the same family of framings and the same
 * separator. Then the tables are equal, or would be if they had the same names. Else returns 0.
 */
int table_alike(const struct table *, const struct table *);

/*
 * Returns the table of rows that are made of one row of each of n tables, one after another, with
 * their separator between them: it has the columns of all. If some have no names, it has none.
 * The caller has its only share. Returns NULL with *rule, a static string, if there is none: it
 * would be too large, or a header of all names would be read as other names; or NULL with errno
 * ENOMEM; or NULL with errno 0 if no such rows can be made: an entry is NULL, the tables are not
 * alike, or rows in their format end with a field that takes the rest.
 */
struct table *table_beside(const struct table *const tables[], size_t n, const char **rule);

/*
 * Returns the table of rows with one more column, of that name, before the others: its field is
 * followed by `between` or, if the format is WORDS, by a space. If each record has names of its
 * own, that is the same table. Returns NULL as table_beside does: with errno 0 if rows of the table
 * have no fields.
 */
struct table *table_before(const struct table *, const char *name, const char **rule);

/*
 * Appends how a table differs from an earlier one that it is not equal to, harmless to a terminal:
 * `column 2 is "amount", not "price"`. Returns 0, or -1 with errno ENOMEM.
 */
int table_difference(const struct table *, const struct table *earlier, struct buf *out);

/*
 * Returns the column of that name, counted from 0; TABLE_NONE if there is none, TABLE_TWICE if two
 * have it.
 */
enum { TABLE_NONE = -1, TABLE_TWICE = -2 };
int64_t table_column(const struct table *, const char *name, size_t len);

/*
 * Appends the names for a message, as they are to be written (spell.h): `id, "unit price"`, at most
 * 10 of them, and none after about 100 bytes. Returns 0, or -1 with errno ENOMEM.
 */
int table_names(const struct table *, struct buf *out);

/*
 * Append what the table says for a report: as text, `csv, separator ",", 2 columns: id, price`,
 * with at most 10 names and harmless to a terminal, or `logfmt, names in each record`; or as an
 * object of JSON, whose members are framing, separator (what is between fields, "WORDS", or null)
 * and columns (all names, or null if they have none). They return 0, or -1 with errno ENOMEM.
 */
int table_text(const struct table *, struct buf *out);
int table_json(const struct table *, struct buf *out);

/*
 * Returns the kind of records for a message: "CSV", "TSV", "JSON", "fields:mail" and its like, or
 * the framing's name without its parameter, of letters, digits, hyphens and underscores. Static, or
 * as long as the table is.
 */
const char *table_kind(const struct table *);

/*
 * Finds the field that begins at *p, in a record that ends at end, and moves *p to the beginning of
 * the next one, or to NULL after the last. Sets the field's value, unquoted, for which scratch is
 * used if it is not in the record as it is. The record is one of a table in the format PLAIN, WORDS
 * or CSV; column is the number of the field, from 0. Returns 0, or -1 with errno ENOMEM.
 */
int table_field(const struct table *, size_t column, const char **p, const char *end, struct range_view *,
    struct buf *scratch);

#endif
