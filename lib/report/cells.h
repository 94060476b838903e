#ifndef CELLS_H
#define CELLS_H

/*
 * cells: the fields of records for a person's eyes: the columns of a table, unquoted, or the
 * members of JSON objects and the values of logfmt and fields, each under the column that its name
 * has; of equal names, the value that .name is. Columns of a table without
 * names, and those that a row has beyond its table, are called f1, f2 ..., as ranges call them.
 *
 * Cells are collected for a batch of rows, and dropped with it. A struct of zeros is ready for
 * cells_begin.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/siphash.h"
#include "match/table.h"

enum cell_kind {
	CELL_MISSING, /* the row ends before it, or the object has no such member */
	CELL_EMPTY,   /* of no bytes */
	CELL_NULL,    /* null of JSON */
	CELL_NUMBER,  /* it looks like a number (number.h); of JSON: it is one */
	CELL_TEXT
};

struct cell {
	const char *data; /* in the record; NULL: in the arena (cells_data) */
	size_t at;        /* its place in the arena */
	uint32_t len;
	uint32_t columns; /* of the terminal; the user's own */
	uint8_t kind;     /* enum cell_kind */
	uint8_t plain;    /* 1: as many columns as bytes; the user's own */
};

enum {
	CELLS_MAX = 65536, /* cells of a row: the last one has the rest of it */
	CELLS_JSON = 1024, /* columns that members of different objects make together */
	CELLS_NAMES = 1024 * 1024 /* bytes of the names of such columns */
};

struct cells {
	/* to be read */
	struct cell *list; /* of all rows of the batch */
	size_t count;      /* of list */
	size_t columns;    /* how many have been met; those of the table count at once */
	/* private */
	const struct table *table; /* NULL: members of JSON */
	int named;         /* 1: records have names of their own: JSON, logfmt, fields */
	int folds;         /* 1: fields, in whose names case does not count */
	size_t cap;        /* of list */
	size_t base;       /* columns that were there at the beginning */
	struct buf arena;  /* the values that are not in records as they are shown */
	struct buf names;  /* if named */
	struct buf starts; /* the same: size_t, where the names begin, and one for the end */
	uint32_t *index;   /* the same: columns, counted from 1, by the hash of their names; 0: none */
	size_t slots;      /* of index */
	struct siphash_key key;
	struct buf scratch, levels;
};

/*
 * Begins with the columns of a table, which is borrowed; or with NULL with none, for JSON. The
 * batch is empty. Returns 0, or -1 with errno ENOMEM.
 */
int cells_begin(struct cells *, const struct table *);

/* Drops the batch. */
void cells_drop(struct cells *);

/*
 * Appends the cells of a record to the batch, from column 0 to the last one that the record has.
 * The record must stay until the batch is dropped. Returns their number; 0 if the record has no
 * cells (it is no JSON object); CELLS_FULL if it would make more columns than are kept, and
 * cells_begin is to be called before; or -1 with errno ENOMEM.
 */
enum { CELLS_FULL = -2 };
int64_t cells_row(struct cells *, const char *data, size_t len);

/* Returns the bytes of a cell of the batch: valid until another row is added. */
const char *cells_data(const struct cells *, const struct cell *);

/*
 * Sets the name of a column. Returns 1; or 0 if it has none and `f3` or its like stands for it, in
 * text.
 */
enum { CELLS_NAME = 24 };
int cells_name(const struct cells *, size_t column, struct range_view *, char text[CELLS_NAME]);

void cells_free(struct cells *);

#endif
