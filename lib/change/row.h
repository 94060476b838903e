#ifndef ROW_H
#define ROW_H

/*
 * row: makes records out of parts, and declares the table of these records. Every command that
 * makes records does it by these rules (rec-map(1)):
 *  - If the records that it reads have a table, those that it makes are rows in its format, quoted
 *    as needed, and their table has the names of the parts.
 *  - If not, and all parts have names, they are objects of JSON.
 *  - If not, and no part has a name, they are text: the parts with a separator between them.
 *
 * A record is appended to a buffer of the caller: row_begin, then each part in turn, then row_end.
 * Nothing is allocated for a record but what lets the buffer, or a value that is decoded, grow.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/expr.h"
#include "match/range.h"
#include "match/table.h"

enum row_form {
	ROW_TEXT,    /* parts with a separator between them */
	ROW_COLUMNS, /* fields of a table in the format PLAIN or CSV */
	ROW_WORDS,   /* fields of a table in the format WORDS: blanks only in the last one */
	ROW_JSON,    /* an object */
	ROW_LOGFMT,  /* key=value */
	ROW_FIELDS   /* lines Name: value */
};

/* What a record is made of. */
struct row_shape {
	/*
	 * Names of the parts, borrowed until row_bind returns. If data is NULL, the part has none.
	 * Where the records that are read have a table with names, all parts must have one.
	 */
	const struct range_view *names;
	size_t count;
	/*
	 * NULL; or for each part the column of the input's table, counted from 1, whose name it has
	 * because nobody gave it one; 0: none. Two such parts of different columns may have one
	 * name in rows of a table.
	 */
	const size_t *columns;
	/* -O: what separates the parts of text. NULL: not given; then it is `between`. */
	const char *separator;
	size_t separator_len;
	const char *between;
	size_t between_len;
	/*
	 * 1: `between` is one byte that separates fields of CSV: without -O they are quoted as
	 * CSV needs.
	 */
	int csv;
};

struct row_part; /* private */

/* A struct of zeros is valid. */
struct row {
	enum row_form form;  /* to be read after row_bind */
	struct table *table; /* to be read: that of the records that are made, a share of the row's; NULL: none */
	size_t count;        /* to be read: of parts */
	const char *wrong;   /* to be read after row_end: its result */
	size_t wrong_part;   /* to be read then: the part that cannot be written, or count: no one part */

	/* private */
	struct row_part *parts;
	struct buf leads; /* what is written before the values of the parts */
	struct buf between;
	int quotes; /* 1: CSV */
	int single; /* 1: there is one column of CSV, which is never an empty line */
	enum fields_kind fields;
	struct buf scratch, decoded, line;
	struct buf *out;  /* the record being made */
	size_t start, at; /* where it begins in out; the next part */
};

/*
 * Decides the form for records that are made of those with the table `in`, or with NULL without
 * one, and makes their table. May be called again, for another table. Returns 0; or an exit
 * status with a line in error: EX_USAGE if there is no table, and some parts have names and
 * others not; EX_DATAERR if two parts have one name, if -O is given and there is a table, if the
 * table's format is not known or cannot hold such a name; EX_OSERR.
 */
int row_bind(struct row *, const struct row_shape *, const struct table *in, struct buf *error);

/*
 * The same for records of which only some values change: they are in the form of those that are
 * read, objects of JSON if `in` is NULL, and have their table. Only row_value may be called then.
 */
int row_like(struct row *, const struct table *in, struct buf *error);

/* Begins a record, after what is in out, which must not be changed by others before row_end. */
void row_begin(struct row *, struct buf *out);

/*
 * Each puts the next part:
 *   row_string   a string of any bytes
 *   row_field    a field: in JSON it is a number if RFC 8259 has it so, else a string
 *   row_json     a value of JSON as it is written, valid; in other forms a string's content,
 *                nothing for null, and objects and arrays as compact JSON
 *   row_raw      as it stands in a record of this form: in JSON a value, in CSV a field with its
 *                quotes
 *   row_result   an expression's value
 *   row_absent   nothing: no member, or an empty field
 */
void row_string(struct row *, const char *data, size_t len);
void row_field(struct row *, const char *data, size_t len);
void row_json(struct row *, const char *data, size_t len);
void row_raw(struct row *, const char *data, size_t len);
void row_result(struct row *, const struct expr_result *);
void row_absent(struct row *);

/*
 * Ends the record, all of whose parts have been put. Returns NULL; or why it cannot be made, a
 * static string, "" if memory is lacking. Then out is as it was before row_begin.
 */
const char *row_end(struct row *);

/*
 * Appends to out one value, for a record in this form of which the caller writes the rest: as
 * row_raw would have it later. last is 0 if other fields follow it. Returns NULL, or why not, as
 * row_end does.
 */
const char *row_value(struct row *, const struct expr_result *, int last, struct buf *out);

/* Frees all memory, and gives up the share of the table; the struct is empty again. */
void row_free(struct row *);

#endif
