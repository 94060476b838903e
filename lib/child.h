#ifndef CHILD_H
#define CHILD_H

/*
 * child: processes that a command starts, and how they end. Children of a command that dies by TERM, INT or HUP get TERM.
 */

#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid;           /* 0: none */
	struct child *other; /* private: the list of living ones */
};

/*
 * Starts argv[0] (looked for in PATH) with in as its standard input and out as its standard output (-1: as this
 * process's own), and no other descriptor but standard error. It gets the default action for SIGPIPE and an empty signal
 * mask. in and out stay the caller's, who made them close-on-exec. The struct must stay where it is until child_wait.
 * Returns 0; or an exit status, 126 or 127 (EX_OSERR where no process could be made), with errno.
 */
int child_start(struct child *, char *const argv[], int in, int out);

/*
 * Waits for the child's end. Returns its exit status, or 128 plus the number of the signal that it died of, and then the
 * signal's number in *signal, else 0 there.
 */
int child_wait(struct child *, int *signal);

/* Tells the child that nobody wants its output any more, as a write would by SIGPIPE: for one that may not write for long. */
void child_unwanted(struct child *);

#endif
