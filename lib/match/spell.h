#ifndef SPELL_H
#define SPELL_H

/*
 * spell: how the name of a column or of a member of JSON is to be written, for messages. It is
 * written as it is if it is plain (letters, digits, _ @ $ and what is not ASCII, no digit first),
 * and any other as a string of JSON. All is harmless to a terminal, and a name that is longer than
 * 40 columns is cut. Functions that append to out return 0, or -1 with errno ENOMEM.
 */

#include <stddef.h>

#include "base/buf.h"

/* Returns 1 if the name is plain, and written without quotes, else 0. */
int spell_plain(const char *name, size_t len);

/* Appends the name: price, "unit price". */
int spell_name(struct buf *out, const char *name, size_t len);

/* Appends the name in quotes, plain or not. */
int spell_quoted(struct buf *out, const char *name, size_t len);

/*
 * Appends the path of the name: .price, ."unit price". If it is a word of the shell by itself, it
 * has what the shell needs around it, '."unit price"'; within is 1 if it is a part of such a word,
 * whose quotes are there.
 */
int spell_path(struct buf *out, const char *name, size_t len, int within);

/*
 * Appends the path of the column that a word of the shell may have been meant to name: of region
 * that is .region, of .%CPU '."%CPU"'. Returns 1; or 0, and appends nothing, if the word looks like
 * something else.
 */
int spell_meant(struct buf *out, const char *word, int within);

/*
 * Appends " or " and one more such path if the word may be the rest of a name that is the path of
 * the word before it: of .unit and price '."unit price"'. Else appends nothing.
 */
int spell_joined(struct buf *out, const char *before, const char *word, int within);

#endif
