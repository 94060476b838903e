/*
 * cpus and spin: if a process may use one processor only, though the machine has more, it does not
 * look again and again, but sleeps.
 */

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/cpus.h"
#include "os/spin.h"
#include "unit/unit.h"

/*
 * Runs the test in a process that may use only the first `most` of the processors that this one may
 * use.
 */
static void
with(size_t most)
{
	cpu_set_t all, few;
	struct spin spin = { 0 };
	pid_t pid;
	int status;

	CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
	CPU_ZERO(&few);
	for (int i = 0; i < CPU_SETSIZE && (size_t)CPU_COUNT(&few) < most; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &few);
	if ((pid = fork()) == 0) {
		int fine = sched_setaffinity(0, sizeof few, &few) == 0 && cpus_allowed() == (size_t)CPU_COUNT(&few) &&
		    spin_again(&spin, 0) == (CPU_COUNT(&few) > 1);

		_exit(fine ? 0 : 1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int
main(void)
{
	with(1);
	with(2);
	with(3);
	return unit_end("cpus");
}
