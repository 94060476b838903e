/*
 * usage: what a command line costs, for the benchmark.
 *
 *   usage LINE               runs LINE by sh and prints "wall user system": seconds, of all its
 *                            processes together
 *   usage -m FILE COMMAND …  runs COMMAND and appends "peak name" to FILE: the most memory that it
 *                            held, in KiB
 *
 * The processor time is that of RUSAGE_CHILDREN once the shell is waited for: a shell waits for all
 * commands of a pipeline, so theirs is in it. The peak is ru_maxrss of the one process; it counts
 * from before exec on, so it can't be less than this program's own, which is smaller than any
 * command's. Exits with the status of what it ran.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Runs it and waits. Returns its exit status as a shell reports it. */
static int
run(char *const argv[], struct rusage *own)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, own) < 0) {
		perror("usage");
		exit(71);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
peak(const char *file, char *const argv[])
{
	struct rusage own;
	const char *slash = strrchr(argv[0], '/');
	int status = run(argv, &own);
	FILE *out = fopen(file, "a"); /* one short line, appended by one write: several may share the file */

	if (out == NULL || fprintf(out, "%ld %s\n", own.ru_maxrss, slash != NULL ? slash + 1 : argv[0]) < 0 ||
	    fclose(out) != 0) {
		perror(file);
		return 74;
	}
	return status;
}

int
main(int argc, char **argv)
{
	char sh[] = "sh", c[] = "-c", *shell[] = { sh, c, argc > 1 ? argv[1] : NULL, NULL };
	struct rusage own, all;
	double begin;
	int status;

	if (argc > 3 && strcmp(argv[1], "-m") == 0)
		return peak(argv[2], argv + 3);
	if (argc != 2) {
		fprintf(stderr, "usage: usage LINE, or usage -m FILE COMMAND [ARGUMENT ...]\n");
		return 64;
	}
	begin = now();
	status = run(shell, &own);
	begin = now() - begin;
	if (getrusage(RUSAGE_CHILDREN, &all) < 0 ||
	    printf("%.6f %.6f %.6f\n", begin, seconds(all.ru_utime), seconds(all.ru_stime)) < 0 ||
	    fflush(stdout) != 0) {
		perror("usage");
		return 74;
	}
	return status;
}
