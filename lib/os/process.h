#ifndef PROCESS_H
#define PROCESS_H

/*
 * process: processes that work for a command: they are started, fed through a pipe, drained through
 * another, and reaped, and their standard error is passed on line by line. The command itself feeds
 * and drains them, by records or by bytes; the rest is here.
 *
 * Descriptors: process_start makes the pipes, all ends close-on-exec. The process gets its own ends
 * as 0, 1 and 2 and no other. The ends in struct process belong to the caller, who closes them or
 * hands them to rec_out_open and rec_in_open. The read ends of standard error belong to the pool.
 *
 * Each process leads a group of its own, which is guarded (child.h): signals also reach what the
 * process has started.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "os/child.h"
#include "os/io.h"

struct process {
	/* set by the caller; borrowed, must outlive the process */
	const char *name;  /* for messages and tags: "worker 2 (host b)" */
	char *const *argv;
	/* "NAME=value", NULL at the end: put before this process's environment. May be NULL. */
	const char *const *settings;
	/*
	 * Instead the whole environment, made once by process_environment for many processes. May
	 * be NULL.
	 */
	char *const *env;
	/*
	 * 1: its standard input, its standard output is a pipe. 0: input is /dev/null, and output
	 * goes to standard error, so that it cannot disturb a stream.
	 */
	int feeds, drains;
	/*
	 * 1: this process keeps the read end of its standard input too, to see what it leaves
	 * unread.
	 */
	int keeps;

	/* set by process_start */
	int to, from; /* the ends to feed and to drain; -1: none */
	int kept;     /* the read end of `to`, if keeps is set; the caller's */
	int error;    /* errno, if it could not be started */

	/* set when it has ended */
	int ended;
	int status, signal; /* as child_wait gives them */

	/* private */
	struct child child;
	int forgotten;
	int errors;       /* the read end of its standard error, or -1 */
	struct buf line;  /* what has come of a line */
	struct process *next;
};

struct process_pool {
	int tag;        /* set by the caller, 1: each line of standard error gets "name: " before it */
	int errors_own; /* set by the caller, 1: processes write to this process's standard error directly */

	/* private */
	struct process *first; /* those that live, and those that have not been forgotten */
	int started;           /* 1: a process was started */
	struct io_polled polled;
	int nothing; /* /dev/null, to be read; 0: not open */
};

/*
 * Returns this process's environment with the settings before it, without those of its own that
 * they replace: an array for free(3) that borrows all strings. Returns NULL with errno ENOMEM.
 */
char **process_environment(const char *const *settings);

/*
 * Starts the process. Returns 0; or an exit status with a line in error: 126 if COMMAND cannot be
 * run, 127 if it was not found, or EX_OSERR. Then it has no descriptors. The struct must stay where
 * it is until process_forget.
 */
int process_start(struct process_pool *, struct process *, struct buf *error);

/*
 * Lets go of a process that process_pool_reap has returned, and passes on what it has written to
 * its standard error, also a last line without a newline. If a process that it started still
 * holds its standard error, that one writes into a closed pipe from then on, and the guard does not
 * end it any more.
 */
void process_forget(struct process_pool *, struct process *);

/*
 * Returns the entries to poll for what the pool has to do, and sets *count to their number; the
 * caller may use `spare` more entries after them. The first entry says that process_pool_reap may
 * find something. The memory is the pool's, and valid until the next call. Returns NULL with errno
 * ENOMEM.
 */
struct pollfd *process_pool_polled(struct process_pool *, size_t *count, size_t spare);

/* Passes on the lines of standard error that have come. To be called after the poll. */
void process_pool_serve(struct process_pool *);

/*
 * Returns a process that has ended, with status and signal set, or NULL if there is none: to be
 * called until it returns NULL. What the process had written to standard error has been passed on
 * before.
 */
struct process *process_pool_reap(struct process_pool *);

/*
 * Gives up a process that was started but could not be set up: closes to, from and kept, and sends
 * TERM. It must still be reaped.
 */
void process_abandon(struct process *);

/* Sends the signal, TERM or KILL, to the process and its group, unless it has ended (child_end). */
void process_end(struct process *, int signal);

/*
 * Waits until all processes have ended, and passes on what they write to standard error. For the
 * end of a command, after their inputs were closed or they got a signal.
 */
void process_pool_wait(struct process_pool *);

/* Sends the signal to all processes that live. */
void process_pool_end(struct process_pool *, int signal);

/* Appends how the process ended: "name: exit status 3", or "name: killed by signal 9 (Killed)". */
void process_tell(const struct process *, struct buf *);

/*
 * Returns the exit status that a command ends with because of this process: the status of the
 * process if it is 64 to 127, else EX_DATAERR.
 */
int process_verdict(const struct process *);

/*
 * Frees what the pool holds, and ends the guard if no process is left. Processes that live are left
 * alone.
 */
void process_pool_free(struct process_pool *);

#endif
