#ifndef GUARD_H
#define GUARD_H

/*
 * guard: a small process beside a command. It ends what the command has started when the command dies, in whatever way: SIGKILL,
 * the OOM killer, a crash.
 *
 * A guarded child leads a process group of its own. The group's number stands in memory that the command shares with its guard, from
 * before the child's exec until the command is done with that child. The guard sleeps in a read of a pipe whose other end only the
 * command holds, so it wakes when the command is gone. Then it sends TERM and CONT to every group that is listed, and KILL to what is
 * left of them two seconds later. Starting a child costs no message: it is one store. While the command lives, the guard also sends KILL
 * to groups that the command has told to end and that have not.
 */

#include <sys/types.h>

/*
 * Reserves a place in the list for a child that is about to be born. The first call starts the guard, and every call starts it again if
 * it has been killed. Returns the place, at least 1; or -1 with errno.
 */
int guard_reserve(void);

/* The child's part, between its birth and its exec: makes a group of its own and enters it in the list. Async-signal-safe. */
void guard_enter(int place);

/* Gives the place back: what is left of the group is not this command's concern any more. Before the child is reaped. */
void guard_leave(int place);

/*
 * The group has got TERM. What is left of it two seconds from now gets KILL, even if the child that led it is over by then, or the
 * command. May be said again.
 */
void guard_doom(int place);

/*
 * After the child has been reaped: guard_leave if nothing is left of its group. If something is, and the group is doomed, the guard keeps
 * it until then; a group that is not is left alone.
 */
void guard_release(int place, pid_t group);

/* Tells the guard that the groups have got TERM already. Async-signal-safe. */
void guard_termed(void);

/* Starts the guard again if it has been killed. For whoever sees that some child has ended. */
void guard_look(void);

/* Ends the guard, if no group is listed. For the end of a command, so that no zombie is left to init. */
void guard_end(void);

#endif
