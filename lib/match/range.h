#ifndef RANGE_H
#define RANGE_H

/*
 * range: parts of a record, as rec-range(7) names them: columns, words, fields, csv fields, members of JSON values, and parts of
 * these. The words of CMS Pipelines' input ranges (CMS/TSO Pipelines Author's Edition, "inputRange"), and some of our own.
 *
 * A range is a list of parts, and each part is looked up in a record as a view into it. What the record does not reach is
 * not there, which is another thing than empty: "a,,b" has a second field, "a" has none. A column or word that is there has at
 * least one byte.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct range_part;

/* Where a part lies: in the record, or, where a value had to be unescaped, in memory of the range. */
struct range_view {
	const char *data; /* NULL: the record does not reach the part */
	size_t len;
};

/* A struct range of zeros is valid and has no parts. */
struct range {
	struct range_part *parts;  /* private, owned */
	size_t count;              /* of parts */
	struct range_view *views;  /* of the record last given to range_views: one for each part */
	unsigned escapes;          /* what parts may be other bytes than those that stand in the record; 0: none */
	const char *named;         /* the name of the first csv field by name, or NULL: range_header is needed before records are looked at */
	struct buf words, fields;  /* private: the separators in force for the parts to come; empty: the default */
};

enum {
	RANGE_BACKSLASH = 1, /* strings of JSON, only where the record has a backslash */
	RANGE_QUOTE = 2      /* csv, only where the record has a quote */
};

/*
 * Sets what separates fields (rec-filter's -F), as the operand of "fs": one character, two hexadecimal digits, BLANK, SPACE, TAB,
 * several characters of punctuation (a backslash before one is left out), or a text (delimited.h). To be called before the parts are taken.
 * Returns 0, or -1 with a line in error.
 */
int range_fields(struct range *, const char *separator, struct buf *error);

/*
 * Takes parts from the beginning of words, as far as they go: up to the first word that begins none; *used words. Texts
 * may follow: a word that is a text as delimited.h has it is none of the parts, and a bare number is refused, because nobody
 * can know what it was meant to be. Returns 0; or -1 with one line in error that names the word and says what was expected.
 */
int range_take(struct range *, char *const words[], size_t count, size_t *used, struct buf *error);

/* The same where nothing but parts may stand in the words, and a number is a column. No parts at all are no error. */
int range_all(struct range *, char *const words[], size_t count, struct buf *error);

/* Whether range_take would take the word, or refuse it, as the beginning of a part. */
int range_begins(const char *word);

/* Looks the named csv fields up in the record that names the columns. 0, or -1 with one line in error. */
int range_header(struct range *, const char *data, size_t len, struct buf *error);

/*
 * Where part i of the range is in the record. Returns 1; 0 where the record does not reach it; -1 with errno ENOMEM. The view
 * holds until the same part is looked up again. Allocates only for a value longer than any before that must be unescaped.
 */
int range_view(struct range *, size_t i, const char *data, size_t len, struct range_view *);

/* Looks up all parts, into views. Returns how many of them are there, or -1 with errno ENOMEM. */
int range_views(struct range *, const char *data, size_t len);

/*
 * Of a part that is one word or one field: another one, the n-th (n not 0; from -1 at the end), as range_view; and how many of them the
 * record has, none where it is empty.
 */
int range_nth(const struct range *, size_t i, int64_t n, const char *data, size_t len, struct range_view *);
int64_t range_number(const struct range *, size_t i, const char *data, size_t len);

/* Whether part i is looked up in the record as a JSON text: 1 or 0. */
int range_is_json(const struct range *, size_t i);

/* Whether part i is one field, counted from the beginning, and one byte separates fields: 1 with both, or 0. */
int range_single(const struct range *, size_t i, char *separator, uint32_t *n);

/*
 * Of a part that is a path of JSON: the same as range_view, and in *first the first byte of the value as it is written, which tells
 * a string ('"') from what else there is.
 */
int range_json(struct range *, size_t i, const char *data, size_t len, struct range_view *, char *first);

void range_free(struct range *);

#endif
