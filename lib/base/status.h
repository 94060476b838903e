#ifndef STATUS_H
#define STATUS_H

/*
 * status: the exit statuses of every command (rec(7), EXIT STATUS): 64 to 78 as in sysexits(3), and
 * these.
 */

#include <sysexits.h>

enum {
	EX_NEGATIVE = 1,    /* a negative answer: nothing found */
	EX_CANTRUN = 126,   /* COMMAND exists but cannot be run */
	EX_NOTFOUND = 127,  /* COMMAND was not found */
	EX_PIPED = 128 + 13 /* bytes written to a closed pipe while SIGPIPE is ignored */
};

#endif
