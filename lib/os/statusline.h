#ifndef STATUSLINE_H
#define STATUSLINE_H

/*
 * statusline: lines on a terminal that are written anew in their places, one of each process that shows one there.
 *
 * Between two updates the cursor stands at the beginning of the board's first line, so a process needs to know nothing but how many
 * lines below that its own is. These places are locks (fcntl) on bytes of the terminal itself, which nobody else uses and the
 * kernel gives back when a process ends, however it does. A last line of a process is put on top of the board, where it stays.
 */

#include <stddef.h>

#include "base/buf.h"

struct statusline {
	int fd;      /* the terminal; the caller's */
	int place;   /* private: lines below the first; -1 before the first one is shown */
	struct buf out;
};

void statusline_open(struct statusline *, int fd);

/*
 * Shows the line, as much of it as fits, control characters made harmless; in the background of the terminal nothing. 0, or -1 with
 * errno.
 */
int statusline_show(struct statusline *, const char *line, size_t len);

/* Shows the last line, gives the place back, and leaves the cursor below it. */
int statusline_close(struct statusline *, const char *line, size_t len);

#endif
