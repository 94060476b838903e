#ifndef SIGNALS_H
#define SIGNALS_H

/*
 * signals: what TERM, INT and HUP do to a command. Each room that holds something that must not
 * outlive the process (children, temporary files, a stream without its end) registers a function.
 * The handler calls them all, and then the process dies of the signal. If it is the first process
 * of a container, which no signal kills, it ends with status 128 + n. A signal that was ignored at
 * the start stays ignored (nohup).
 */

/*
 * A function to be called, which may use only what is async-signal-safe. The struct must live as
 * long as the process: a static variable.
 */
struct signals_call {
	void (*fn)(int signal);
	int late;                   /* 1: called after all those that are not late */
	struct signals_call *other; /* private */
	int on;                     /* private */
};

/*
 * Registers the function: the handler calls it when the process is about to die of the signal, the
 * newest first, and those that are late last. It is called once, however often it is registered.
 */
void signals_on(struct signals_call *);

/*
 * Between these two, TERM, INT, HUP and TSTP wait. They go around every change to data that a
 * registered function reads. They nest.
 */
void signals_hold(void);
void signals_release(void);

#endif
