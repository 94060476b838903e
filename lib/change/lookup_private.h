#ifndef LOOKUP_PRIVATE_H
#define LOOKUP_PRIVATE_H

/*
 * lookup_private: for lookup*.c: lookup.c takes the operands and reads the stream, lookup_masters.c
 * reads the masters and finds those of a key, lookup_form.c makes the records.
 */

#include "change/lookup.h"

/*
 * A master: its bytes, and the next one with the same key, in a ring whose last one the map knows.
 * at: where the bytes begin, and two bits. After lookup_made the bytes are what it adds.
 */
struct lookup_master {
	uint64_t at;
	uint32_t len, next;
};

#define LOOKUP_MADE (UINT64_C(1) << 63)  /* the bytes are what is added */
#define LOOKUP_ASKED (UINT64_C(1) << 62) /* a record with this key has come */
#define LOOKUP_AT(row) ((row)->at & ~(LOOKUP_MADE | LOOKUP_ASKED))

/* Notes a fault: no memory. */
void lookup_no_memory(struct lookup *);

/*
 * As keyparts_find, but columns from the first one on, such as 1-*, are there in an empty record.
 */
int lookup_key(struct range *, const char *data, size_t len, struct buf *scratch, struct range_view *key);

/*
 * Returns the number, from 0, of the first part of the range that a record lacks, after
 * lookup_key has returned `there` for it, less than all parts.
 */
size_t lookup_first_missing(const struct range *, int there);

/*
 * Appends the words of the operand that name part k of the key, and of the masters' key. Returns 0,
 * or -1 with errno ENOMEM.
 */
int lookup_show_part(const struct lookup *, size_t k, struct buf *key, struct buf *master_key);

/* ---- masters ---- */

/* Opens the masters and the output of unused ones. Failures are noted. */
void lookup_open(struct lookup *);

/* Reads all masters into memory; or, if both streams are sorted, begins with the first ones. */
void lookup_read(struct lookup *);

/*
 * Sorted: moves on to the masters with that key. Returns their last one, or KEYMAP_NONE if there is
 * none, or after a failure that is noted.
 */
uint32_t lookup_advance(struct lookup *, const struct range_view *key);

/*
 * Returns 1 if n more bytes may be kept; or 0 after a failure that is noted.
 */
int lookup_allows(struct lookup *, size_t n);

/* The row and all with its key have been asked for. */
void lookup_ask(struct lookup *, uint32_t last);

/* Puts out the masters that nobody has asked for, and ends their stream. */
void lookup_end_masters(struct lookup *, int well);

/* ---- records ---- */

/*
 * Decides what is made of records with that table, and gives the output its table. Returns 0; or -1
 * after a failure that is reported and noted.
 */
int lookup_bind(struct lookup *, struct table *);

/*
 * Appends to l->record what becomes of a record and a master of its own, or, with KEYMAP_NONE,
 * without one. Returns NULL; or why that is not possible, "" if memory is lacking, with *row
 * KEYMAP_NONE if it is the record's fault.
 */
const char *lookup_make(struct lookup *, const char *data, size_t len, uint32_t *row);

#endif
