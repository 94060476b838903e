#ifndef UNIT_APART_H
#define UNIT_APART_H

/*
 * apart: a case of a unit test in a process of its own, because the open outputs, the settings of
 * the environment and the handlers of signals are a process's.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

/*
 * Returns the result; ends the process if it is negative: then the system itself has failed the
 * test.
 */
static inline int
sure(int result)
{
	if (result >= 0)
		return result;
	perror("a system call that the test needs");
	exit(99);
}

/*
 * Runs fn in a child, which SIGALRM ends after that many seconds, and adds its checks to ours.
 * what: the case, for messages.
 */
static inline void
unit_apart(const char *what, unsigned seconds, void (*fn)(void))
{
	unsigned long counts[2] = { 0, 0 };
	int p[2], status;
	pid_t pid;

	fflush(stdout);
	sure(pipe2(p, O_CLOEXEC));
	if ((pid = sure(fork())) == 0) {
		alarm(seconds);
		close(p[0]);
		unit_checks = unit_failures = 0;
		fn();
		fflush(stdout);
		counts[0] = unit_checks;
		counts[1] = unit_failures;
		sure((int)write(p[1], counts, sizeof counts));
		exit(0);
	}
	close(p[1]);
	CHECK(read(p[0], counts, sizeof counts) == sizeof counts && counts[0] > 0);
	close(p[0]);
	sure(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (status != 0 || counts[1] > 0)
		printf("in %s, wait status %#x\n", what, (unsigned)status);
	unit_checks += counts[0];
	unit_failures += counts[1];
}

#endif
