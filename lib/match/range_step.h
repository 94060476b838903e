#ifndef RANGE_STEP_H
#define RANGE_STEP_H

/*
 * range_step: private to range*.c. A part is found in steps, each of which looks within what the one before has found:
 * "substr 1-3 of w2" is a step to the word and one to its columns; ".user.id" is one to each member, and one to the value.
 *
 * All functions take the view that they look in and change it to what they have found. They return 1; 0 where it is not there;
 * -1 with errno ENOMEM. None reads a byte outside of the view that it is given, which has at least one.
 */

#include <stddef.h>
#include <stdint.h>

#include "match/range.h"

enum range_unit {
	RANGE_COLUMNS,
	RANGE_WORDS,
	RANGE_FIELDS,
	/* From here on the record is text, before which a byte order mark may stand: as_text relies on the order. */
	RANGE_CSV,
	RANGE_MEMBER,  /* the member of a JSON object by its name; the view begins with its value, and ends anywhere behind it */
	RANGE_ELEMENT, /* the element of a JSON array, the same */
	RANGE_VALUE    /* the JSON value at the beginning: a string's content, anything else as it is written */
};

#define RANGE_LAST INT64_MAX

struct range_step {
	enum range_unit unit;
	int64_t from, to;   /* counted from 1, or from -1 at the end; to may be RANGE_LAST. Elements: from 0 or -1 */
	char *text;         /* the separator (words: NULL is white space), or a name; owned */
	size_t len;         /* of text */
	char *quoted;       /* members: the name as it stands in most texts, with its quotes; owned */
	int odd;            /* members: it stands there otherwise, because it has bytes that must or may be escaped by a letter */
	char *name;         /* csv: the column's name, and then from is 0 until it is known; owned */
	size_t name_len;
	struct buf scratch; /* what had to be unescaped */
};

struct range_part {
	struct range_step *steps;
	size_t count;
};

/* The separator that s[0, n) stands for, into out; see range_fields. 0, or -1 with a line in error. */
int range_separator(struct buf *out, const char *s, size_t n, struct buf *error);

/*
 * Where from and to lie among total units: 1 with the first and the last unit, counted from 1; 0 where there is none.
 */
int range_resolve(int64_t from, int64_t to, int64_t total, int64_t *first, int64_t *last);

int range_words(const struct range_step *, struct range_view *);
int range_fields_step(const struct range_step *, struct range_view *);
/* How many words or fields there are. */
int64_t range_count_words(const struct range_step *, const struct range_view *);
int64_t range_count_fields(const struct range_step *, const struct range_view *);
int range_csv(struct range_step *, struct range_view *);
/* Sets from and to to the column of the step's name in that record. 0, or -1 with a line in error. */
int range_csv_name(struct range_step *, const char *data, size_t len, struct buf *error);

int range_member(struct range_step *, struct range_view *);
int range_element(const struct range_step *, struct range_view *);
int range_value(struct range_step *, struct range_view *);

#endif
