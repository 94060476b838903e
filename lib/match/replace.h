#ifndef REPLACE_H
#define REPLACE_H

/*
 * replace: strings in which the matches of a regular expression are replaced: sub and gsub of
 * expressions (rec-expr(7)) and of rec-map(1).
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/ere.h"
#include "match/ere_groups.h"

struct replace_piece; /* private */

/* What matches are replaced by. A struct of zeros is valid and empty. */
struct replace {
	int highest; /* to be read after replace_text: the highest N of a \N in it, or 0 */

	/* private */
	struct replace_piece *pieces; /* owned; if there are none, it is text[0, len) */
	size_t count, room;
	const char *text;
	size_t len;
	struct buf made;
};

/*
 * Sets what matches are replaced by, in place of what it was. In it & is the match; of backslashes
 * before an & each two are one, and after an odd number of them the & is itself. All other
 * backslashes stay. These are the rules of gawk, by which each text can be had. The text is
 * borrowed as long as it is used. Returns 0, or -1 with errno ENOMEM.
 */
int replace_awk(struct replace *, const char *text, size_t len);

/*
 * The same by the rules of sed: & and \0 are the match, \1 to \9 what a parenthesis matched, or
 * nothing; \n \t \r \f \v \a and \xHH are bytes, and a backslash before any other character that is
 * no letter and no digit makes it itself. The text is copied. Returns 0, or -1 with a line in
 * error.
 */
int replace_text(struct replace *, const char *text, size_t len, struct buf *error);

/*
 * Returns the text by which each match is replaced, and sets *len; or NULL if that depends on the
 * match. Valid until the struct is changed.
 */
const char *replace_plain(const struct replace *, size_t *len);

/* How a string is changed. */
struct replace_how {
	struct ere *ere;
	struct ere_groups *groups; /* NULL, if there is no \N */
	struct replace *with;
	int all;     /* 0: only the first match is replaced */
	size_t most; /* bytes that the result may have */
	/* NULL, or called with arg when the first match is found: it sets `with`. Returns 0, or -1
	 * with errno ENOMEM.
	 */
	int (*take)(void *arg);
	void *arg;
};

enum { REPLACE_TOO_LONG = 2 };

/*
 * Appends to out data[0, len) with matches replaced. Returns 1; 0, and appends nothing, if nothing
 * matches; REPLACE_TOO_LONG, with a part of it appended; or -1 with errno ENOMEM.
 */
int replace_run(const struct replace_how *, const char *data, size_t len, struct buf *out);

/* Frees all memory; the struct is empty again. */
void replace_free(struct replace *);

#endif
