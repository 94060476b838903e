#ifndef CHILD_H
#define CHILD_H

/*
 * child: processes that a command starts, and how they end. Children of a command that dies by TERM, INT or HUP get TERM.
 *
 * A guarded child leads a process group of its own, and every signal to it goes to the group. The group is ended however the command
 * dies (guard.h). It gets the terminal's TSTP from the command, and CONT; it is ended if it is stopped because it uses the terminal.
 */

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

struct child {
	pid_t pid;           /* 0: none */
	int terminal;        /* so often it has been stopped by its use of the terminal */
	struct child *other; /* private: the list of living ones */
	int place;           /* private: with the guard; 0: not guarded */
	int doomed;          /* private: it has been told to end */
	int handle;          /* private: a descriptor of the process and 1 more; 0: none */
};

/* What a child is started with. */
struct child_start {
	char *const *argv; /* argv[0] is looked for in PATH */
	char *const *env;  /* NULL: this process's own */
	int in, out, err;  /* its standard input, output and error; -1: this process's own */
	int guarded;
};

/*
 * Starts a child, which gets no other descriptors than those three, an empty signal mask, and the default action for all signals but
 * those that were ignored when the command started. The descriptors stay the caller's, who made them close-on-exec. The struct child
 * must stay where it is until the child has been waited for. Returns 0; or an exit status, 126 or 127 (EX_OSERR if no process could be
 * made), with errno. A command that no folder of PATH holds is 127, also if one of them may not be read.
 */
int child_start(struct child *, const struct child_start *);

/*
 * Waits for the child's end. Returns its exit status, or 128 plus the number of the signal that it died of, and then the
 * signal's number in *signal, else 0 there.
 */
int child_wait(struct child *, int *signal);

/*
 * Returns 1 with the same if the child has ended, else 0. It stays a zombie until child_forget, so that the number of its group, in
 * which others may live on, cannot come to mean another one.
 */
int child_try(struct child *, int *status, int *signal);
void child_forget(struct child *);

/*
 * Returns 1 if child_wait would wait, with what to poll for: POLLIN of a descriptor that tells of the child's end; or of -1 where the
 * system has none, and then the child has to be asked again after a while. Returns 0 if it has ended, or if there is none.
 */
int child_waits(struct child *, struct pollfd *);

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

/*
 * Sends TERM, or any other signal. A guarded child that has been stopped goes on, so that it can obey. What is left of the group of a
 * guarded child two seconds after TERM gets KILL.
 */
void child_end(struct child *, int signal);

#endif
