#ifndef FIELDS_H
#define FIELDS_H

/*
 * fields: paragraphs of lines `Name: value`, of three kinds. Names are compared without regard to
 * case, of ASCII letters. Each line ends with LF or CR LF. A field is followed by lines that
 * continue it.
 *   plain  as in files of dpkg and in /proc/cpuinfo: a line that begins with a space or a tab
 *          continues the field, and the newline before it is part of the value. Blanks may be in a
 *          name.
 *   mail   headers as of RFC 5322, section 2.2: the same lines continue a field, but the newline is
 *          no part of the value
 *   ldif   RFC 2849: a line that begins with a space goes on with the field; neither newline nor
 *          space are part of it. `name:: ` has a value in base64. Lines that begin with # are
 *          comments, and continue likewise. A line that is a hyphen is between changes.
 * Blanks after the colon, and in the first two kinds at the end, are not part of the value.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/range.h"

enum fields_kind { FIELDS_PLAIN, FIELDS_MAIL, FIELDS_LDIF };

/*
 * Returns 1 with the kind if the name of a framing is fields, fields:mail or fields:ldif; else 0.
 */
int fields_kind(const char *framing, enum fields_kind *);

/* What a line is. */
enum fields_line {
	FIELDS_WRONG,
	FIELDS_EMPTY,
	FIELDS_NAMED,   /* the beginning of a field */
	FIELDS_MORE,    /* the line before it goes on */
	FIELDS_COMMENT,
	FIELDS_HYPHEN
};

/*
 * Says what the line [p, end) is, given without its newline; a CR may be its last byte. If it is
 * WRONG, *wrong is the reason, a static string such as "a line without a colon", and *at the place.
 */
enum fields_line fields_line(
    enum fields_kind, const char *p, const char *end, const char **wrong, const char **at);

/* Returns 1 if a name can be written so, else 0. */
int fields_is_name(enum fields_kind, const char *name, size_t len);

struct fields_field {
	struct range_view name;
	struct range_view text; /* from after the colon on, with its further lines, as it stands */
	int base64;             /* 1: it is base64 */
};

/* Returns the byte of a field's name without its case. */
static inline char
fields_fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/*
 * Compares the first len bytes of two names without regard to case. Returns a number below, equal
 * to or above 0, as memcmp does.
 */
static inline int
fields_compare(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char x = (unsigned char)fields_fold(a[i]), y = (unsigned char)fields_fold(b[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/*
 * Reads the next field of a record that ends at end, from *p on, where a line begins, and moves *p
 * past it, or to end. Lines that are no fields are passed over. Returns 1, or 0 if there is none.
 */
int fields_next(enum fields_kind, const char **p, const char *end, struct fields_field *);

/*
 * The same for the next field of that name, for which fields_is_name is 1: as often as a record has
 * it, each is found once.
 */
int fields_find(
    enum fields_kind, const char *name, size_t len, const char **p, const char *end, struct fields_field *);

/*
 * Sets the view to the field's value, for which scratch is used if it is not in the record as it
 * is. Returns 1; 0 if it is not base64, and should be; or -1 with errno ENOMEM.
 */
int fields_value(enum fields_kind, const struct fields_field *, struct range_view *, struct buf *scratch);

#endif
