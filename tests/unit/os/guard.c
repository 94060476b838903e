/*
 * guard, after all places have been given out: the place of a group that the guard has ended is
 * given out again, but not before the command has reaped its child.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/guard.h"
#include "unit/unit.h"

enum { PLACES = 128 * 1024 };

/*
 * Starts a child in that place, which starts another one. Both ignore TERM, and wait for a byte
 * from the pipe `on`.
 */
static pid_t
bear(int place, int on)
{
	int ready[2];
	pid_t pid;
	char byte;

	CHECK(pipe(ready) == 0);
	if ((pid = fork()) == 0) {
		signal(SIGTERM, SIG_IGN);
		guard_enter(place);
		if (fork() == 0)
			(void)!write(ready[1], "", 1);
		(void)!read(on, &byte, 1);
		_exit(0);
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return pid;
}

int
main(void)
{
	int first, place = 0, on[2], given = 0;
	pid_t pid, over;
	siginfo_t how;

	CHECK(pipe(on) == 0);
	first = guard_reserve();
	CHECK(first > 0);
	for (int i = 1; i < PLACES; i++)
		given += (place = guard_reserve()) > 0;
	CHECK(given == PLACES - 1);
	errno = 0;
	CHECK(guard_reserve() == -1 && errno == EAGAIN);

	/*
	 * The guard has ended the group, and taken it off its list. But the child has not been
	 * reaped.
	 */
	pid = bear(first, on[0]);
	guard_doom(first);
	CHECK(waitid(P_PID, (id_t)pid, &how, WEXITED | WNOWAIT) == 0);
	for (int i = 0; i < 50; i++) {
		CHECK(guard_reserve() == -1);
		(void)poll(NULL, 0, 2);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
	guard_release(first, pid);
	CHECK(guard_reserve() == first);
	CHECK(guard_reserve() == -1);

	/*
	 * The child has been reaped, but the process that it started is still there. The place
	 * comes back after the guard has ended that one.
	 */
	over = bear(first, on[0]);
	guard_doom(first);
	CHECK(kill(over, SIGKILL) == 0 && waitpid(over, NULL, 0) == over);
	guard_release(first, over);
	CHECK(guard_reserve() == -1);
	for (int i = 0; i < 30000 && (place = guard_reserve()) < 0; i++)
		(void)poll(NULL, 0, 2);
	CHECK(place == first);
	CHECK(guard_reserve() == -1);
	return unit_end("guard");
}
