#ifndef CHILD_H
#define CHILD_H

/*
 * child: processes that a command starts, and how they end. Children of a command that dies by TERM, INT or HUP get TERM.
 */

#include <stddef.h>
#include <sys/types.h>

#include "buf.h"

struct child {
	pid_t pid;           /* 0: none */
	struct child *other; /* private: the list of living ones */
};

/* What a child is started with. */
struct child_start {
	char *const *argv; /* argv[0] is looked for in PATH */
	char *const *env;  /* NULL: this process's own */
	int in, out, err;  /* its standard input, output and error; -1: this process's own */
};

/*
 * Starts a child, which gets no other descriptors than those three, the default action for SIGPIPE and an empty signal mask.
 * The descriptors stay the caller's, who made them close-on-exec. The struct child must stay where it is until the child has
 * been waited for. Returns 0; or an exit status, 126 or 127 (EX_OSERR where no process could be made), with errno. A command that
 * no folder of PATH holds is 127, also if one of them may not be read.
 */
int child_start(struct child *, const struct child_start *);

/*
 * Waits for the child's end. Returns its exit status, or 128 plus the number of the signal that it died of, and then the
 * signal's number in *signal, else 0 there. child_try does not wait: 1 where it has ended, with that status, else 0.
 */
int child_wait(struct child *, int *signal);
int child_try(struct child *, int *status, int *signal);

/*
 * A descriptor that becomes readable when a child may have ended: for poll. To be called before the first child is started;
 * -1 with errno. child_seen reads it empty, and then children are to be tried.
 */
int child_events(void);
void child_seen(void);

/* Appends how it ended: "exit status 3" or "killed by signal 9 (Killed)". */
void child_tell(struct buf *, int status, int signal);

/* Tells the child that nobody wants its output any more, as a write would by SIGPIPE: for one that may not write for long. */
void child_unwanted(struct child *);

/* Sends TERM, or any other signal. */
void child_end(struct child *, int signal);

#endif
