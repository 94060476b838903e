#ifndef GUARD_H
#define GUARD_H

/*
 * guard: a small process beside a command, which ends what the command has started if the command
 * dies, in whatever way: SIGKILL, the OOM killer, a crash.
 *
 * A guarded child leads a process group of its own. The group's number is in a list in memory that
 * the command shares with its guard, from before the child's exec until the command is done with
 * that child. The guard sleeps in a read of a pipe whose other end only the command holds, so it
 * wakes when the command is gone. Then it sends TERM and CONT to every group in the list, and KILL
 * to what is left of them two seconds later. Starting a child costs no message, only one store.
 * While the command lives, the guard also sends KILL to groups that were doomed two seconds ago and
 * are not over.
 */

#include <sys/types.h>

/*
 * Reserves a place in the list for a child that is about to be started. The first call starts the
 * guard, and every call starts it again if it has been killed. Returns the place, at least 1; or -1
 * with errno, EAGAIN if the list is full.
 */
int guard_reserve(void);

/*
 * The child calls this between its birth and its exec: it makes a group of its own and enters it at
 * the place. Async-signal-safe.
 */
void guard_enter(int place);

/*
 * Gives the place back: this command leaves alone what is left of the group from now on. Must be
 * called before the child is reaped.
 */
void guard_leave(int place);

/*
 * Dooms the group at the place, which has got TERM: what is left of it two seconds from now gets
 * KILL, even if the child that led it, or the command, has ended before. Further calls change
 * nothing.
 */
void guard_doom(int place);

/*
 * Gives the place back after the child has been reaped. If something is left of its group and the
 * group is doomed, the guard keeps the place until the KILL. A group that is not doomed is left
 * alone.
 */
void guard_release(int place, pid_t group);

/*
 * Tells the guard that the groups have got TERM already, so that it does not send TERM again when
 * the command dies. Async-signal-safe.
 */
void guard_termed(void);

/* Starts the guard again if it has been killed. To be called when some child has ended. */
void guard_look(void);

/*
 * Ends the guard, unless a group is in the list. For the end of a command, so that no zombie is
 * left to init.
 */
void guard_end(void);

#endif
