#ifndef RANGE_STEP_H
#define RANGE_STEP_H

/*
 * range_step: private to range*.c. A part is found in steps, each of which looks within what the
 * last one has found: "substr 1-3 of w2" is a step to the word and one to its columns; ".user.id"
 * is a step to each member, and one to the value.
 *
 * The functions that take a view look in it, and change it to what they have found. They return 1;
 * 0 if it is not there; -1 with errno ENOMEM. None reads a byte outside of the view, which has at
 * least one byte.
 */

#include <stddef.h>
#include <stdint.h>

#include "match/fields.h"
#include "match/range.h"

enum range_unit {
	RANGE_COLUMNS,
	RANGE_WORDS,
	RANGE_FIELDS, /* text may be empty, len 0: then there is one field */
	RANGE_ROW,    /* columns of CSV, by a table */
	RANGE_REST,   /* columns that blanks separate, by a table; the last one takes the rest */
	RANGE_KEY,    /* the value of a key of logfmt, by a table */
	RANGE_NAMED,  /* that of a field, likewise: the one of that name that `from` counts, from 0 or -1 */
	/*
	 * For these and the following the record is text, which may begin with a byte order mark:
	 * as_text relies on the order.
	 */
	RANGE_CSV,
	RANGE_MEMBER,  /* a JSON object's member by its name; the view begins with its value, and ends after it */
	RANGE_ELEMENT, /* the element of a JSON array; the view likewise */
	RANGE_VALUE    /* the JSON value at the beginning: a string's content, anything else as it is written */
};

#define RANGE_LAST INT64_MAX

struct range_step {
	enum range_unit unit;
	int64_t from, to;   /* counted from 1, or from -1 at the end; to may be RANGE_LAST. Elements: from 0 or -1 */
	char *text;         /* the separator (words: NULL is white space), or a name; owned by a step of `parsed` */
	size_t len;         /* of text */
	char *quoted;       /* members: the name as most texts have it, in quotes; owned likewise */
	int odd;            /* members, 1: some of its bytes may be escaped other than by \u */
	int own;            /* fields, 1: fs or -F has set the separator */
	int never;          /* RANGE_KEY, RANGE_NAMED, 1: no record can have that name */
	enum fields_kind fields; /* RANGE_NAMED */
	int64_t columns;    /* of a table whose last one takes the rest; or 0 */
	struct buf scratch; /* what had to be unescaped */
};

struct range_part {
	struct range_step *steps;  /* how it is found: `parsed` or `bound` */
	size_t count;
	struct range_step *parsed; /* owned */
	size_t parsed_count;
	struct range_step *bound;  /* owned, but for their texts; NULL: there is no table, or it changes nothing */
	uint64_t asked;            /* how often it was looked up, and ... */
	int found;                 /* ... 1: it was there at least once */
	char *word;                /* a path as it was written, for messages; or NULL; owned */
};

/* Finds the part as without a table again. */
void range_unbind(struct range_part *);

/* Sets escapes, by the steps of all parts as they are now. */
void range_find_escapes(struct range *);

/*
 * Finds the units [from, to] among total units. Returns 1 with the first and the last of them,
 * counted from 1, or 0 if there are none.
 */
int range_resolve(int64_t from, int64_t to, int64_t total, int64_t *first, int64_t *last);

int range_words(const struct range_step *, struct range_view *);
int range_fields_step(const struct range_step *, struct range_view *);
/* Each returns the number of fields or columns of the view. */
int64_t range_count_fields(const struct range_step *, const struct range_view *);
int64_t range_count_csv(const struct range_step *, const struct range_view *);
int64_t range_count_rest(const struct range_step *, const struct range_view *);
int range_csv(struct range_step *, struct range_view *);
int range_rest(const struct range_step *, struct range_view *);

int range_key(struct range_step *, struct range_view *);
int range_named(struct range_step *, struct range_view *);

int range_member(struct range_step *, struct range_view *);
int range_element(const struct range_step *, struct range_view *);
int range_value(struct range_step *, struct range_view *);

#endif
