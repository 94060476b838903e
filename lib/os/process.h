#ifndef PROCESS_H
#define PROCESS_H

/*
 * process: processes at work for a command: started, fed through a pipe, drained through another, their standard error passed on line
 * by line, and reaped. The command does the feeding and draining (by rec_out_begin and rec_in_try, or by bytes); what is common
 * stands here.
 *
 * Descriptors: process_start makes the pipes, all ends close-on-exec. The process gets its own ends as 0, 1 and 2 and no other;
 * the ends in struct process belong to the caller, who closes them or hands them to rec_out_open and rec_in_open.
 * The ends of standard error stay the pool's.
 *
 * Each process leads a group of its own, which is guarded (child.h): signals go to whatever it has started, too.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "os/child.h"

struct process {
	/* set by the caller; borrowed, must outlive the process */
	const char *name;  /* for messages and tags: "worker 2 (host b)" */
	char *const *argv;
	const char *const *settings; /* "NAME=value" of its environment besides this process's own; NULL at the end. May be NULL */
	char *const *env;            /* or the whole of it, by process_environment: for many processes one after another. May be NULL */
	int feeds, drains;           /* whether it gets pipes as its standard input and output; else /dev/null and, without drains, this
	                                process's standard error, so that it cannot disturb a stream */
	int keeps;                   /* this process keeps the read end of its standard input, so that what it leaves can be seen */

	/* set by process_start */
	int to, from; /* the ends to feed and to drain; -1 where there is none */
	int kept;     /* with keeps: the other end of to; the caller's */
	int error;    /* errno, where it could not be started */

	/* set when it has ended */
	int ended;
	int status, signal; /* as child_wait */

	/* private */
	struct child child;
	int forgotten;
	int errors;       /* the read end of its standard error, or -1 */
	struct buf line;  /* what of a line has come */
	struct process *next;
};

struct process_pool {
	int tag;        /* set by the caller: a line of standard error gets "name: " before it */
	int errors_own; /* set by the caller: standard error is not piped, processes write to this one's directly */

	/* private */
	struct process *first; /* the living, and those that have not been forgotten */
	int started;           /* a process has been */
	struct pollfd *polled;
	size_t room;
	int nothing; /* /dev/null, to be read; 0: not open */
};

/* This process's environment with the settings before it: an array from malloc that borrows all strings. NULL with errno ENOMEM. */
char **process_environment(const char *const *settings);

/*
 * Starts the process. Returns 0; or an exit status (126 or 127 where COMMAND cannot be run or was not found, EX_OSERR), with a line
 * in error; then it has no descriptors. The struct must stay where it is until process_forget, which lets it go when process_pool_reap
 * has given it back; a grandchild that still holds its standard error then writes into a closed pipe, and the guard ends no
 * grandchild any more.
 */
int process_start(struct process_pool *, struct process *, struct buf *error);
void process_forget(struct process_pool *, struct process *);

/*
 * The descriptors to poll for what the pool itself has to do, the first of them for process_pool_reap: *count of them, memory of the pool, to be given to loop_wait as
 * more[] (with spare entries behind them for the caller's own). After that process_pool_serve does what they say: passes lines of
 * standard error on. NULL with errno ENOMEM.
 */
struct pollfd *process_pool_polled(struct process_pool *, size_t *count, size_t spare);
void process_pool_serve(struct process_pool *);

/*
 * A process that has ended (status and signal are set) since the last call, or NULL: to be called until then. What it has written to standard error
 * has then been passed on, as far as it had come.
 */
struct process *process_pool_reap(struct process_pool *);

/* Ends a process that could not be set up: closes to, from and kept, and sends TERM. It is still to be reaped. */
void process_abandon(struct process *);

/* Waits for all that live, passing on what they write to standard error. For the end of a command, when they have been told. */
void process_pool_wait(struct process_pool *);

/* Sends the signal to all that live. */
void process_pool_end(struct process_pool *, int signal);

/* Appends "name: exit status 3", or "name: killed by signal 9 (Killed)". */
void process_tell(const struct process *, struct buf *);

/* The status that a command ends with because of that one: its own where it is 64 to 127, else EX_DATAERR. */
int process_verdict(const struct process *);

void process_pool_free(struct process_pool *);

#endif
