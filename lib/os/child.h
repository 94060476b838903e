#ifndef CHILD_H
#define CHILD_H

/*
 * child: processes that a command starts, and how they end. If the command dies by TERM, INT or
 * HUP, its children get TERM.
 *
 * A guarded child leads a process group of its own, and every signal to the child goes to that
 * group. The group is ended however the command dies (guard.h). The command passes the terminal's
 * TSTP on to it, and CONT. A guarded child that is stopped because it uses the terminal is ended.
 */

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

struct child {
	pid_t pid;           /* 0: none */
	int terminal;        /* number of times that it was stopped because it used the terminal */
	struct child *other; /* private: the next one in the list of the living */
	int place;           /* private: the place of guard.h; 0: not guarded */
	int doomed;          /* private: it has got TERM by child_end */
	int handle;          /* private: its pidfd plus 1; 0: none */
};

/* What a child is started with. */
struct child_start {
	char *const *argv; /* argv[0] is looked for in PATH */
	char *const *env;  /* NULL: this process's own */
	int in, out, err;  /* its standard input, output and error; -1: this process's own */
	int guarded;       /* 1: guarded, see above */
};

/*
 * Starts a child. It gets only those three descriptors, an empty signal mask, and the default
 * action for all signals but those that were ignored when the command started. The descriptors stay
 * the caller's, and must be close-on-exec. The struct child must stay where it is until child_wait
 * or child_forget. Returns 0; or an exit status with errno: 127 if no folder of PATH has the
 * program (also if one of them may not be read), 126 if the program cannot be run, EX_OSERR if no
 * process could be made.
 */
int child_start(struct child *, const struct child_start *);

/*
 * Waits for the child's end and reaps it. Returns its exit status and sets *signal to 0; or, if it
 * died of a signal, returns 128 plus the signal's number and sets *signal to that number.
 */
int child_wait(struct child *, int *signal);

/*
 * Returns 1 if the child has ended, with its status and signal as child_wait gives them, or 0 if
 * not. Does not wait. The child stays a zombie until child_forget, so that the number of its group,
 * in which other processes may live on, cannot come to mean another group.
 */
int child_try(struct child *, int *status, int *signal);

/*
 * Reaps a child that has ended; waits for its end if it has not. Does nothing if it has been reaped
 * already.
 */
void child_forget(struct child *);

/*
 * Returns 1 if child_wait would wait, and sets *p to what to poll for: POLLIN of a descriptor that
 * becomes readable at the child's end. The descriptor is closed by child_wait or child_forget. It
 * is -1 if the system has none; then the caller must ask again after a while. Returns 0 if the
 * child has ended, or if there is none.
 */
int child_waits(struct child *, struct pollfd *);

/*
 * Returns a descriptor, for poll, that becomes readable when a child may have ended; or -1 with
 * errno. Must be called before the first child is started. The descriptor stays open until the
 * process ends.
 */
int child_events(void);

/* Reads that descriptor empty. After it, child_try must be called for every child. */
void child_seen(void);

/*
 * Appends how a child ended: "exit status 3", or "killed by signal 9 (Killed)" if signal is not 0.
 */
void child_tell(struct buf *, int status, int signal);

/*
 * Sends PIPE, as a write to a pipe without a reader would: for a child whose output is not wanted,
 * and that may not write for a long time.
 */
void child_unwanted(struct child *);

/*
 * Sends the signal, if the child has not been reaped. A guarded child that is stopped also gets
 * CONT, so that it can obey. If the signal is TERM, what is left of a guarded child's group gets
 * KILL two seconds later.
 */
void child_end(struct child *, int signal);

#endif
