#ifndef SIGNALS_H
#define SIGNALS_H

/*
 * signals: what TERM, INT and HUP do to a command: each room that holds something that must not outlive the process (children,
 * temporary files, a stream without its end) registers a function; the handler calls them all, then the process dies of that
 * signal, or ends with 128+n if it is the first of a container, which no signal kills. A signal that was ignored at the start stays
 * ignored (nohup).
 */

/* What a room wants to be called: fn(signal), which may use only what is async-signal-safe. A static variable of that room. */
struct signals_call {
	void (*fn)(int signal);
	int late;                   /* 1: to be called after all those that are not late */
	struct signals_call *other; /* private */
	int on;                     /* private */
};

/* Calls it in the handler when the process is about to die of the signal: the late ones last, else the newest first. Once, however often it is registered. */
void signals_on(struct signals_call *);

/* Between these two the three signals, and TSTP, wait: around changes to what a registered function looks at. They nest. */
void signals_hold(void);
void signals_release(void);

#endif
