/*
 * reset: a command whose standard input or output is a connection that its peer resets.
 *
 *   reset in FILE COMMAND ...
 *       standard input gives the contents of FILE, at most 64 KiB; then it is reset, before COMMAND
 *       starts
 *   reset out N COMMAND ...
 *       standard output is reset after N bytes of it have been read; if N is 0, before COMMAND
 *       starts
 *
 * Exits as COMMAND does, with 128 + N if signal N has killed it. Without arguments it checks
 * itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

/* Makes two ends of a connection. Returns 0 or -1. */
static int
connection(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), good;

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	good = bind(listener, (struct sockaddr *)&a, n) == 0 && listen(listener, 1) == 0 &&
	    getsockname(listener, (struct sockaddr *)&a, &n) == 0 && connect(ends[0], (struct sockaddr *)&a, n) == 0 &&
	    (ends[1] = accept(listener, NULL, NULL)) >= 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
	close(listener);
	return good ? 0 : -1;
}

static int
reset(int end)
{
	struct linger now = { .l_onoff = 1 };

	return setsockopt(end, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0 ? close(end) : -1;
}

static int
copy(const char *name, int to)
{
	char bytes[65536];
	int from = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(from, bytes, sizeof bytes);

	close(from);
	return n >= 0 && write(to, bytes, (size_t)n) == n ? 0 : -1;
}

static void
take(int from, long n)
{
	char bytes[4096];
	ssize_t got;

	while (n > 0 && (got = read(from, bytes, n < (long)sizeof bytes ? (size_t)n : sizeof bytes)) > 0)
		n -= got;
}

static int
run(int in, const char *what, char *const *argv)
{
	long n = in ? 0 : atol(what);
	int ends[2], status;
	pid_t child;

	if (connection(ends) < 0 || (in && copy(what, ends[1]) < 0) || (n == 0 && reset(ends[1]) < 0))
		return 125;
	if ((child = fork()) < 0)
		return 125;
	if (child == 0) {
		dup2(ends[0], in ? STDIN_FILENO : STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(ends[0]);
	if (n > 0) {
		take(ends[1], n);
		(void)reset(ends[1]);
	}
	if (waitpid(child, &status, 0) < 0)
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	int ends[2];
	char byte;

	if (argc == 1) {
		CHECK(connection(ends) == 0 && write(ends[1], "a", 1) == 1 && reset(ends[1]) == 0);
		CHECK(read(ends[0], &byte, 1) == 1 && byte == 'a');
		CHECK(read(ends[0], &byte, 1) == -1 && errno == ECONNRESET);
		/* A reader that misses that error sees a good end. */
		CHECK(read(ends[0], &byte, 1) == 0);
		close(ends[0]);
		CHECK(connection(ends) == 0 && reset(ends[1]) == 0);
		CHECK(write(ends[0], "a", 1) == -1 && errno == ECONNRESET);
		close(ends[0]);
		return unit_end("reset");
	}
	if (argc < 4) {
		fprintf(stderr, "usage: reset in FILE COMMAND ... | reset out N COMMAND ...\n");
		return 64;
	}
	return run(strcmp(argv[1], "in") == 0, argv[2], argv + 3);
}
