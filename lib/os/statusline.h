#ifndef STATUSLINE_H
#define STATUSLINE_H

/*
 * statusline: status lines on a terminal, one for each process that shows one there, each rewritten
 * in its place.
 *
 * Between two updates the cursor is at the beginning of the first status line. So a process only
 * needs to know the number of lines from there down to its own: its place. A place is a lock
 * (fcntl) on a byte of the terminal itself, which no other program uses, and which the kernel gives
 * back when the process ends, in whatever way. The last line of a process is written above all
 * status lines, and stays there.
 */

#include <stddef.h>

#include "base/buf.h"

struct statusline {
	int fd;      /* the terminal; the caller's */
	int place;   /* private: lines below the first; -1 before the first one is shown */
	struct buf out; /* private: what is written */
};

/* Begins a status line on the terminal fd, which stays the caller's. Shows nothing yet. */
void statusline_open(struct statusline *, int fd);

/*
 * Shows line[0, len), as much of it as fits, with control characters made harmless (vis.h). Shows
 * nothing if the process is in the background of the terminal. Returns 0, or -1 with errno.
 */
int statusline_show(struct statusline *, const char *line, size_t len);

/*
 * Shows the last line, whole, gives the place back, and leaves the cursor below the line. Returns
 * 0, or -1 with errno; frees memory either way.
 */
int statusline_close(struct statusline *, const char *line, size_t len);

#endif
