#ifndef DELIMITED_H
#define DELIMITED_H

/*
 * delimited: CMS Pipelines' delimited strings, as operands of one word of the shell (CMS/TSO Pipelines Author's Edition,
 * "delimitedString"): the first character, which must be punctuation, ends the text as well as it begins it; xHEX gives
 * bytes by pairs of hexadecimal digits.
 */

#include "base/buf.h"

/*
 * Appends what the word stands for to bytes. Returns 0; or -1 with one line in error that says how to write it
 * ("timeout: write /timeout/, or -e timeout").
 */
int delimited_parse(const char *word, struct buf *bytes, struct buf *error);

/* Whether delimited_parse would take the word. */
int delimited_is(const char *word);

/* Punctuation that is not in the word, for a message that shows how to write it as a text. */
char delimited_delimiter(const char *word);

#endif
