#ifndef RANGE_H
#define RANGE_H

/*
 * range: parts of a record, as rec-range(7) names them: columns, words, fields, csv fields, members
 * of JSON values, and parts of these. The names are those of CMS Pipelines' input ranges (CMS/TSO
 * Pipelines Author's Edition, "inputRange"), and some of our own.
 *
 * A range is a list of parts, and each part is looked up in a record, as a view into it. A part
 * that the record does not reach is not there, which differs from empty: "a,,b" has a second field,
 * "a" has none. A column or word that is there has at least one byte.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct range_part;

/*
 * The bytes of a part: in the record, or, if a value had to be unescaped, in memory of the range.
 */
struct range_view {
	const char *data; /* NULL: the record does not reach the part */
	size_t len;
};

/* A struct range of zeros is valid and has no parts. */
struct range {
	struct range_part *parts;  /* private, owned */
	size_t count;              /* of parts */
	struct range_view *views;  /* one for each part, of the record last given to range_views */
	unsigned escapes;          /* the kinds of parts whose bytes may differ from those in the record; 0: none */
	const char *named;         /* the first csv field by name; if not NULL, range_header comes before the records */
	struct buf words, fields;  /* private: the separators for parts that are added next; empty: the default */
};

enum {
	RANGE_BACKSLASH = 1, /* strings of JSON, but only if the record has a backslash */
	RANGE_QUOTE = 2      /* csv fields, but only if the record has a quote */
};

/*
 * Sets what separates fields (rec-filter's -F), written as the operand of "fs" is: one character,
 * two hexadecimal digits, BLANK, SPACE, TAB, several characters of punctuation (a backslash before
 * one is left out), or a text (delimited.h). Must be called before the parts are added. Returns 0,
 * or -1 with a line in error.
 */
int range_fields(struct range *, const char *separator, struct buf *error);

/*
 * Sets out to the separator that s[0, n) means, written so. Returns 0, or -1 with a line in error.
 */
int range_separator(struct buf *out, const char *s, size_t n, struct buf *error);

/*
 * Adds the parts at the beginning of words, up to the first word that begins none, and sets *used
 * to the number of words taken. Texts may follow the parts: a word that is a text (delimited.h) is
 * no part, and a number alone is refused, because it might be a column or a text. Returns 0; or -1
 * with a line in error that names the word and says what was expected.
 */
int range_take(struct range *, char *const words[], size_t count, size_t *used, struct buf *error);

/*
 * Adds the parts of words that are nothing but parts: a number is a column. No parts at all are no
 * error. Returns 0, or -1 with a line in error.
 */
int range_all(struct range *, char *const words[], size_t count, struct buf *error);

/*
 * Returns 1 if range_take would take the word as the beginning of a part, or refuse it as one; 0 if
 * it would stop there.
 */
int range_begins(const char *word);

/*
 * Looks up the csv fields that are named in the record that names the columns. Returns 0, or -1
 * with a line in error.
 */
int range_header(struct range *, const char *data, size_t len, struct buf *error);

/*
 * Looks up part i of the range in the record data[0, len). Returns 1 with the view; 0 if the record
 * does not reach the part; -1 with errno ENOMEM. The view is valid as long as the record is, and
 * until the same part is looked up again. Memory is allocated only for a value that must be
 * unescaped and is longer than any before.
 */
int range_view(struct range *, size_t i, const char *data, size_t len, struct range_view *);

/*
 * Looks up all parts, into range->views. Returns the number of parts that are there, or -1 with
 * errno ENOMEM.
 */
int range_views(struct range *, const char *data, size_t len);

/*
 * Looks up word or field n instead of the one that part i, a single word or field, names. n is not
 * 0, and counts from the end if negative (-1: the last). Returns as range_view does.
 */
int range_nth(const struct range *, size_t i, int64_t n, const char *data, size_t len, struct range_view *);

/*
 * Returns the number of words or fields, whichever part i is one of, that the record has; 0 if it
 * is empty.
 */
int64_t range_number(const struct range *, size_t i, const char *data, size_t len);

/* Returns 1 if part i is looked up in the record as in a JSON text, or 0. */
int range_is_json(const struct range *, size_t i);

/*
 * Returns 1 if part i is one field, counted from the beginning, and one byte separates fields: sets
 * the separator and n. Else returns 0.
 */
int range_single(const struct range *, size_t i, char *separator, uint32_t *n);

/*
 * As range_view, for a part that is a path of JSON. Also sets *first to the first byte of the value
 * as it is written, which tells a string ('"') from other values.
 */
int range_json(struct range *, size_t i, const char *data, size_t len, struct range_view *, char *first);

/* Frees all memory; the range has no parts again. */
void range_free(struct range *);

#endif
