#ifndef SIGNALS_H
#define SIGNALS_H

/*
 * signals: what TERM, INT and HUP do to a command: each room that holds something that must not outlive the process (children,
 * temporary files, a stream without its end) registers a function; the handler calls them all, then the process
 * dies of that signal. A signal that was ignored at the start stays ignored (nohup).
 */

/*
 * Calls fn(signal) in the handler when the process is about to die of it; fn may use only what is async-signal-safe.
 * Installs the handlers at the first call. The same fn is registered once. At most 8, one a room.
 */
void signals_on(void (*fn)(int signal));

/* Between these two the three signals wait: around changes to what a registered function looks at. They nest. */
void signals_hold(void);
void signals_release(void);

#endif
