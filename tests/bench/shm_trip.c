/*
 * shm_trip: how long a message of 64 bytes takes to another process and back: through two named
 * rings (shm_ring.h), two pipes, and a pair of sockets. Prints a line for each: the median and the
 * 99th of a hundred, in microseconds, and rounds.
 *
 *   shm_trip [ROUNDS]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/shm_port.h"

enum { SIZE = 64 };

static long rounds = 20000;
static double *times;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
tell(const char *what)
{
	qsort(times, (size_t)rounds, sizeof *times, by_time);
	printf("%-12s p50 %7.1f us   p99 %7.1f us   %ld rounds\n", what, times[rounds / 2], times[rounds * 99 / 100],
	    rounds);
}

static void
must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(71);
}

/* ---- descriptors ---- */

static void
all_of(ssize_t n)
{
	must(n == SIZE, "shm_trip");
}

static void
descriptors(const char *what, int in[2], int out[2])
{
	char bytes[SIZE] = { 0 };
	pid_t pid = fork();

	if (pid == 0) {
		for (long i = 0; i < rounds; i++) {
			all_of(read(in[1], bytes, SIZE));
			all_of(write(out[1], bytes, SIZE));
		}
		_exit(0);
	}
	for (long i = 0; i < rounds; i++) {
		double begun = now();

		all_of(write(in[0], bytes, SIZE));
		all_of(read(out[0], bytes, SIZE));
		times[i] = now() - begun;
	}
	waitpid(pid, NULL, 0);
	tell(what);
}

/* ---- rings ---- */

static void
put(struct shm_port *e)
{
	char bytes[SIZE] = { 0 };
	struct iovec iov = { bytes, SIZE };

	must(shm_ring_put(&e->ring, &iov, 1, 1) == 1, "shm_ring_put");
}

static void
take(struct shm_port *e)
{
	struct shm_item item;
	enum shm_found found;

	for (int looks = 0; (found = shm_port_next(e, &item)) == SHM_NONE; looks++) {
		uint32_t heard;

		if (shm_port_spins(e, looks))
			continue;
		heard = shm_port_listen(e);
		if ((found = shm_port_next(e, &item)) != SHM_NONE)
			break;
		shm_port_sleep(e, heard);
	}
	must(found == SHM_BLOCK && item.len == SIZE, "shm_port_next");
}

static void
rings(void)
{
	struct shm_port in, out;
	char there[64], back[64];
	pid_t pid;

	snprintf(there, sizeof there, "bench.there.%ld", (long)getpid());
	snprintf(back, sizeof back, "bench.back.%ld", (long)getpid());
	if ((pid = fork()) == 0) {
		must(shm_port_open(&in, there, SHM_READER, NULL) == 0, "shm_port_open");
		must(shm_port_open(&out, back, SHM_WRITER, NULL) == 0, "shm_port_open");
		for (long i = 0; i < rounds; i++) {
			take(&in);
			put(&out);
		}
		/* In this order: a writer waits until its last message is given back. */
		shm_port_close(&in);
		shm_port_close(&out);
		_exit(0);
	}
	must(shm_port_open(&out, there, SHM_WRITER, NULL) == 0 && shm_port_open(&in, back, SHM_READER, NULL) == 0,
	    "shm_port_open");
	for (long i = 0; i < rounds; i++) {
		double begun = now();

		put(&out);
		take(&in);
		times[i] = now() - begun;
	}
	shm_port_close(&in);
	shm_port_close(&out);
	waitpid(pid, NULL, 0);
	tell("two rings");
}

int
main(int argc, char *argv[])
{
	int one[2], two[2], in[2], out[2];

	if (argc > 1)
		rounds = atol(argv[1]);
	if (rounds < 100 || (times = calloc((size_t)rounds, sizeof *times)) == NULL)
		return 64;
	setvbuf(stdout, NULL, _IONBF, 0);
	rings();
	must(pipe(one) == 0 && pipe(two) == 0, "pipe");
	in[0] = one[1];
	in[1] = one[0];
	out[0] = two[0];
	out[1] = two[1];
	descriptors("two pipes", in, out);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, one) == 0, "socketpair");
	descriptors("socket pair", one, one);
	free(times);
	return 0;
}
