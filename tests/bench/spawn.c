/*
 * spawn: the lowest possible cost of starting processes, for the benchmark.
 *
 *   spawn JOBS N PROGRAM [ARG ...]
 *
 * Runs PROGRAM, a path, N times, at most JOBS at a time, by nothing but vfork, execve and waitpid.
 * Exits with 0 if all did. The arguments matter: GNU true, given one, sets up its locale to see
 * whether that is an option.
 */

#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"

extern char **environ;

/* A function of its own: the child is done with its frame before the caller continues. */
static pid_t
start(char **words)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(words[0], words, environ);
		_exit(127);
	}
	return pid;
}

int
main(int argc, char **argv)
{
	uint64_t jobs, n, running = 0, failed = 0;
	int status;

	if (argc < 4 || num_digits(argv[1], UINT64_MAX, &jobs) < 0 || jobs == 0 ||
	    num_digits(argv[2], UINT64_MAX, &n) < 0) {
		fprintf(stderr, "usage: spawn JOBS N PROGRAM [ARG ...]\n");
		return 64;
	}
	while (n > 0 || running > 0) {
		if (n == 0 || running == jobs) {
			if (waitpid(-1, &status, 0) < 0) {
				perror("waitpid");
				return 71;
			}
			failed += status != 0;
			running--;
			continue;
		}
		if (start(argv + 3) < 0) {
			perror("vfork");
			return 71;
		}
		n--;
		running++;
	}
	if (failed > 0)
		fprintf(stderr, "spawn: %llu of them failed\n", (unsigned long long)failed);
	return failed > 0;
}
