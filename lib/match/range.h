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
struct table; /* table.h */

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
	int within;                /* set by the caller, 1: the words are parts of a word of the shell */
	unsigned escapes;          /* the kinds of parts whose bytes may differ from those in the record; 0: none */
	/* private */
	struct buf words, fields;  /* the separators for parts that are added next; empty: the default */
	int separated;             /* 1: range_fields has set that of fields */
	struct buf between;        /* what separates the table's columns */
};

enum {
	RANGE_BACKSLASH = 1, /* strings of JSON, but only if the record has a backslash */
	RANGE_QUOTE = 2,     /* csv fields, but only if the record has a quote */
	RANGE_MADE = 4       /* values of logfmt and fields, in any record: true, base64, what goes over lines */
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
 * Adds the one part that begins at text[*at], with its settings (fs, ws), and moves *at past it.
 * What follows is for the caller to judge. The separators that are in force after the parts of
 * `before`, which may be NULL, are in force at first. Returns 0; or -1 with a line in error, and
 * then the range is only good for range_free.
 */
int range_next(
    struct range *, const struct range *before, const char *text, size_t *at, struct buf *error);

/*
 * Returns 1 if range_take would take the word as the beginning of a part, or refuse it as one; 0 if
 * it would stop there.
 */
int range_begins(const char *word);

/*
 * Binds the range to the table of the records that follow, or with NULL to none, as it is at first.
 * May be called any number of times, after all parts have been added. The table need not outlive
 * the call.
 *
 * Without a table, or with one of JSON, .name is a member of a JSON text, f3 a field by the range's
 * separator, and csv 3 a field of CSV. With another table they are its columns, as it writes them;
 * what follows the first name of a path is looked up in the column as in a JSON text. Words and
 * columns of characters are those of the record as it stands. With a table of logfmt or fields
 * .name is the value that the record has by that name, and .name[1] the second one by that name of
 * fields, which may have several.
 *
 * Returns 0, or -1 with a line in error: a name that no column has, or two have, also in a table of
 * JSON; a field by its number, if records have names of their own; a separator of the range's own
 * (fs, -F), because the table has one; a table whose columns are not known here; or lack of memory.
 * After that the range is as without a table.
 */
int range_table(struct range *, const struct table *, struct buf *error);

/* Returns 1 if a part is a path that begins with a name, such as .price, or 0. */
int range_names(const struct range *);

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
 * Looks up word, field or column n instead of the one that part i, a single one of these, names. n
 * is not 0, and counts from the end if negative (-1: the last). Returns as range_view does.
 */
int range_nth(struct range *, size_t i, int64_t n, const char *data, size_t len, struct range_view *);

/*
 * Returns the number of words, fields or columns, whichever part i is one of, that the record has;
 * 0 if it is empty.
 */
int64_t range_number(const struct range *, size_t i, const char *data, size_t len);

/* Returns 1 if part i is the whole record, *, which a record of no bytes is, too; else 0. */
int range_is_whole(const struct range *, size_t i);

/* Returns 1 if the last thing that is looked up of part i is a value of JSON, or 0. */
int range_is_json(const struct range *, size_t i);

/*
 * Says whether there is a shorter way to part i than range_view: whether it is one field, counted
 * from the beginning. Sets n to its number, and the separator if one byte separates fields.
 */
enum range_way {
	RANGE_LONG,   /* no: n and the separator are not set */
	RANGE_FIELD,  /* bytemask_field finds it */
	RANGE_QUOTED, /* the same, but of CSV: only if there is no quote before the field's end */
	RANGE_WORD    /* bytemask_word finds it */
};
enum range_way range_short(const struct range *, size_t i, char *separator, uint32_t *n);

/*
 * As range_view, for a part of which range_is_json is 1. Also sets *first to the first byte of the
 * value as it is written, which tells a string ('"') from other values.
 */
int range_json(struct range *, size_t i, const char *data, size_t len, struct range_view *, char *first);

/*
 * As range_view, for a part of which range_is_json is 1, but a string is found as it is written,
 * with its quotes and escapes.
 */
int range_written(struct range *, size_t i, const char *data, size_t len, struct range_view *view);

/*
 * Goes from element to element of a JSON array. *rest is the text of the array before the first
 * call, and what follows the element after each. Returns 1 with the element as it is written, or 0
 * if there is none, or none that can be read.
 */
int range_each(struct range_view *rest, struct range_view *element);

/*
 * Returns 1 if part i is a name alone, and the range is bound to a table of fields: then a record
 * may have several such values. Else returns 0.
 */
int range_repeats(const struct range *, size_t i);

/*
 * Goes from value to value of such a part. *rest is the record before the first call, and what
 * follows the value after each. Returns as range_view does.
 */
int range_repeat(struct range *, size_t i, struct range_view *rest, struct range_view *);

/* ---- for commands that make records of parts ---- */

/* What a part is as it was written, whichever table the range is bound to. */
enum range_kind {
	RANGE_IS_COLUMNS, /* 1-8 */
	RANGE_IS_WORDS,   /* w2 */
	RANGE_IS_FIELDS,  /* f3 */
	RANGE_IS_CSV,     /* csv 3 */
	RANGE_IS_PATH,    /* .user.id */
	RANGE_IS_OTHER    /* a part of a part */
};

/*
 * Returns what part i is. Sets *separator, valid as long as the range, to what is between two such
 * parts of a record without a table: fields and words have the range's separator (white space: a
 * space), columns nothing; of the others data is NULL.
 */
enum range_kind range_kind(const struct range *, size_t i, struct range_view *separator);

/*
 * Returns 1 if part i is nothing but columns of the table that the range is bound to, or fields
 * if it is bound to none: from `from` to `to`, which count from 1, or from -1 at the end; `to` is
 * INT64_MAX for all that follow. Else returns 0.
 */
int range_columns(const struct range *, size_t i, int64_t *from, int64_t *to);

/*
 * Appends the name of part i if it is a path: its names and the numbers of its elements with dots
 * between them, user.id or items.0.sku. Sets *names to how many there are. Returns 1; 0 if the part
 * is no path; -1 with errno ENOMEM.
 */
int range_path(const struct range *, size_t i, struct buf *out, size_t *names);

/*
 * Appends to out, with commas between them, the names of which the records have none: the paths
 * that were looked up `records` times at least, and were never there. records is above 0. Those of
 * columns of the table are left out, and what out has already. Returns 0, or -1 with errno ENOMEM.
 */
int range_lacking(const struct range *, uint64_t records, struct buf *out);

/* Frees all memory; the range has no parts again. */
void range_free(struct range *);

#endif
