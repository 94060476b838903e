#ifndef TERM_H
#define TERM_H

/*
 * term: what a command that shows something to a person needs to know of where it goes.
 */

#include <stddef.h>

/*
 * The columns that a row may take on fd: of a terminal its width, or what COLUMNS says where the terminal does not tell, or
 * 80; of anything else what COLUMNS says, or 0 for no limit. To be asked anew before each portion: windows change.
 */
size_t term_width(int fd);

/* Whether fd is a terminal that is to be written in colour: not where NO_COLOR (no-color.org) or TERM forbids it. */
int term_colour(int fd);

#endif
