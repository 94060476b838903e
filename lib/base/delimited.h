#ifndef DELIMITED_H
#define DELIMITED_H

/*
 * delimited: CMS Pipelines' delimited strings, as operands of one word of the shell (CMS/TSO
 * Pipelines Author's Edition, "delimitedString"): /text/, between two of any punctuation character
 * that the text does not contain; or xHEX, bytes as pairs of hexadecimal digits.
 */

#include "base/buf.h"

/*
 * Appends the bytes that the word means to bytes. Returns 0; or -1 with a line in error that says
 * how to write the word ("timeout: write /timeout/, or -e timeout"), or, if there was no memory,
 * with errno ENOMEM and error as it was.
 */
int delimited_parse(const char *word, struct buf *bytes, struct buf *error);

/* Returns 1 if delimited_parse would take the word, or 0. */
int delimited_is(const char *word);

/* Returns 1 if the word looks like an option (-i, --count), and not like a string (-i-), or 0. */
int delimited_is_option(const char *word);

/*
 * Returns a punctuation character that the word does not contain, if there is one: for a message
 * that shows how to write the word.
 */
char delimited_delimiter(const char *word);

#endif
