/*
 * peak: how much memory a command had at its largest.
 *
 *   peak FILE COMMAND ...    runs it, and writes the most memory that it had, in KiB, to FILE;
 *                            exits as it does
 *
 * Without arguments it checks itself.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

/*
 * Returns its wait status; *kib is wait4's figure. This process's own memory, which is little,
 * counts too, because the child begins as its copy.
 */
static int
run(char *const *argv, long *kib)
{
	struct rusage usage;
	pid_t child = fork();
	int status;

	if (child < 0)
		return -1;
	if (child == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) < 0)
		return -1;
	*kib = usage.ru_maxrss;
	return status;
}

int
main(int argc, char **argv)
{
	long kib = 0, more = 0;
	FILE *to;
	int status;

	if (argc == 1) {
		char sh[] = "sh", c[] = "-c", colon[] = ":",
		     dd[] = "exec dd if=/dev/zero of=/dev/null bs=32M count=1 2>/dev/null";
		char *const small[] = { sh, c, colon, NULL }, *const large[] = { sh, c, dd, NULL };

		CHECK(run(small, &kib) == 0 && kib > 0);
		CHECK(run(large, &more) == 0 && more >= 32 * 1024);
		return unit_end("peak");
	}
	if (argc < 3) {
		fprintf(stderr, "usage: peak FILE COMMAND ...\n");
		return 64;
	}
	status = run(argv + 2, &kib);
	if ((to = fopen(argv[1], "w")) == NULL || fprintf(to, "%ld\n", kib) < 0 || fclose(to) == EOF)
		return 74;
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 71;
}
