#ifndef TERM_H
#define TERM_H

/*
 * term: what a command needs to know of the terminal that it shows something on, or that it was
 * started from.
 */

#include <stddef.h>

/*
 * Returns the number of columns that a row may take on fd. For a terminal: its width; or what
 * COLUMNS says if the width is not known; or 80. For anything else: what COLUMNS says, or 0 for no
 * limit. Windows change, so ask again before each portion.
 */
size_t term_width(int fd);

/*
 * Returns 1 if fd is a terminal and neither NO_COLOR (no-color.org) nor TERM forbids colour, or 0.
 */
int term_colour(int fd);

/*
 * Returns 1 if the process belongs to the job to which its terminal sends Ctrl-C (POSIX, foreground
 * process group), whatever its descriptors are; or 0 if not, if it has no terminal, or if that
 * cannot be found out. Costs an open of /dev/tty.
 */
int term_foreground(void);

#endif
