/*
 * latency: how long a line takes through a pipeline, for the benchmark.
 *
 *   latency WARM N LINE
 *
 * Runs LINE by sh, sends it N lines, each when the one before has come back, and prints the median,
 * the 99th of a hundred, and the longest time, in microseconds. Before that, WARM bytes of lines go
 * the same way, in pieces that fit into any pipe. LINE must pass every line on unchanged. Exits
 * with the status of LINE; 74 if something else comes back, or nothing.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

#define PIECE 32768

static int to, from;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
fail(const char *what)
{
	perror(what);
	exit(74);
}

/*
 * There and back. A piece fits into a pipe, so the write does not wait for the read that follows.
 */
static void
turn(const char *piece, size_t length)
{
	static char back[PIECE];
	size_t have = 0;
	ssize_t n;

	if (write(to, piece, length) != (ssize_t)length)
		fail("write");
	while (have < length) {
		n = read(from, back + have, length - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fail(n == 0 ? "the line ended early" : "read");
		have += (size_t)n;
	}
	if (memcmp(piece, back, length) != 0) {
		errno = EPROTO;
		fail("what came back");
	}
}

static pid_t
start(char *line)
{
	char sh[] = "sh", c[] = "-c", *argv[] = { sh, c, line, NULL };
	int in[2], out[2];
	pid_t pid;

	if (pipe(in) < 0 || pipe(out) < 0)
		fail("pipe");
	if ((pid = fork()) < 0)
		fail("sh");
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		execvp(sh, argv);
		perror(sh);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to = in[1];
	from = out[0];
	return pid;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	static char piece[PIECE];
	uint64_t warm, n, i;
	double *times;
	pid_t pid;
	int status;

	if (argc != 4 || num_digits(argv[1], UINT64_MAX, &warm) < 0 || num_digits(argv[2], 10000000, &n) < 0 ||
	    n == 0) {
		fprintf(stderr, "usage: latency WARM N LINE\n");
		return 64;
	}
	times = malloc((size_t)n * sizeof *times);
	if (times == NULL)
		fail("latency");
	for (i = 0; i < PIECE; i++)
		piece[i] = i % 64 == 63 ? '\n' : 'x';
	signal(SIGPIPE, SIG_IGN);
	pid = start(argv[3]);
	for (i = 0; i < warm; i += PIECE)
		turn(piece, PIECE);
	turn(piece, 64); /* by now everything is started */
	for (i = 0; i < n; i++) {
		times[i] = now();
		turn(piece, 64);
		times[i] = now() - times[i];
	}
	close(to);
	if (read(from, piece, 1) != 0)
		fail("the end");
	if (waitpid(pid, &status, 0) < 0)
		fail("sh");
	qsort(times, (size_t)n, sizeof *times, ascending);
	printf("%.0f %.0f %.0f\n", times[n / 2], times[n - 1 - n / 100], times[n - 1]);
	free(times);
	return fflush(stdout) != 0 ? 74 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
