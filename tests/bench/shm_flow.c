/*
 * shm_flow: how fast blocks go from one process to another if neither does anything else. The
 * writer puts the same block of 256 KiB by rec_out again and again; each reader gets it by rec_in
 * and looks at every byte. Through a pipe of 1 MiB, through the same pipe by the hop, through a
 * named ring, and by broadcast to one reader and to four. Prints for each of them GB/s, processor
 * seconds of all processes for each GB, and the speed as a multiple of the pipe's: the medians of
 * several runs.
 *
 *   shm_flow [MIB [RUNS]]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stream/rec_in.h"
#include "stream/rec_out.h"

enum { SIZE = 256 * 1024 - 64, RUNS = 99, READERS = 4 };

static const struct way {
	const char *what, *hop; /* hop: REC_HOP, NULL: a named ring */
	enum shm_mode mode;
	int readers;
} ways[] = {
	{ "a pipe", "0", 0, 1 },
	{ "the hop", "", 0, 1 },
	{ "a ring", NULL, SHM_STREAM, 1 },
	{ "broadcast", NULL, SHM_BROADCAST, 1 },
	{ "broadcast", NULL, SHM_BROADCAST, READERS },
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static long blocks = 2048;
static char name[64];

static void
must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(71);
}

static void
writes(const struct way *way)
{
	static _Alignas(8) char payload[SIZE];
	static _Alignas(8) uint32_t ends[2] = { SIZE - 1 };
	static struct rec_out out;
	struct shm_want want = { .readers = (uint64_t)way->readers };
	struct shm_port end;
	const char *why;

	memset(payload, 'x', SIZE);
	payload[SIZE - 1] = '\n';
	if (way->hop != NULL)
		must(rec_out_open(&out, STDOUT_FILENO, "pipe") == 0, "rec_out_open");
	else
		must(shm_port_open(&end, name, SHM_WRITER, &want) == 0 && rec_out_open_shm(&out, &end, "ring") == 0,
		    "shm_port_open");
	for (long i = 0; i < blocks; i++) {
		struct block b = { .kind = BLOCK_DATA, .gap = 1, .status = '\n', .count = 1, .size = SIZE,
			.base = (uint64_t)i, .next = (uint64_t)i, .payload = payload, .ends = ends };

		rec_out_block(&out, &b);
	}
	must(rec_out_end(&out, (uint64_t)blocks, 0, NULL, &why) == 0, "rec_out_end");
	rec_out_linger();
	_exit(0);
}

static void
reads(const struct way *way)
{
	static struct rec_in in;
	static struct shm_port end;
	struct block b;
	uint64_t got = 0;

	if (way->hop != NULL)
		must(rec_in_open(&in, STDIN_FILENO, "in") == 0, "rec_in_open");
	else
		must(shm_port_open(&end, name, SHM_READER, NULL) == 0 && rec_in_open_shm(&in, &end, "in") == 0,
		    "shm_port_open");
	while (rec_in_block(&in, &b))
		got += b.count == 0 || memchr(b.payload, '\n', b.size) == b.payload + SIZE - 1 ? b.count : 0;
	must(in.end == REC_IN_GOOD && got == (uint64_t)blocks, "what has come");
	must(rec_in_close(&in, &(const char *){ NULL }) == 0, "rec_in_close");
	_exit(0);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
processor(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
run(const struct way *way, double *wall, double *cpu)
{
	struct shm_plan plan = { .mode = way->mode, .made = 1, .bytes = SHM_USUAL };
	struct shm_ring ring;
	int ends[2], status, bad = 0;

	must(pipe(ends) == 0, "pipe");
	if (way->hop == NULL) {
		must(shm_ring_make(&ring, name, &plan) == 0, "shm_ring_make");
		shm_ring_close(&ring);
	} else if (*way->hop != '\0') {
		setenv("REC_HOP", way->hop, 1);
	} else {
		unsetenv("REC_HOP");
	}
	*wall = seconds();
	*cpu = processor();
	for (int i = 0; i <= way->readers; i++) {
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (pid > 0)
			continue;
		dup2(ends[0], STDIN_FILENO);
		dup2(ends[1], i == 0 ? STDOUT_FILENO : -1);
		close(ends[0]);
		close(ends[1]);
		if (i == 0)
			writes(way);
		reads(way);
	}
	close(ends[0]);
	close(ends[1]);
	while (wait(&status) > 0)
		bad |= status != 0;
	*wall = seconds() - *wall;
	*cpu = processor() - *cpu;
	if (way->hop == NULL && shm_ring_find(&ring, name) == 0) {
		(void)shm_remove(&ring.object, name);
		shm_ring_close(&ring);
	}
	if (bad)
		exit(1);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	static double wall[WAYS][RUNS], cpu[WAYS][RUNS];
	long runs = argc > 2 ? atol(argv[2]) : 5;

	if (argc > 1)
		blocks = atol(argv[1]) * 4;
	if (blocks < 4 || runs < 1 || runs > RUNS) {
		fprintf(stderr, "usage: shm_flow [MIB [RUNS]]\n");
		return 64;
	}
	snprintf(name, sizeof name, "bench.flow.%ld", (long)getpid());
	for (long i = 0; i < runs; i++)
		for (size_t w = 0; w < WAYS; w++)
			run(&ways[w], &wall[w][i], &cpu[w][i]);
	printf("%10s %10s %10s  through\n", "GB/s", "CPU s/GB", "ratio");
	for (size_t w = 0; w < WAYS; w++) {
		double gb = (double)blocks * SIZE / 1e9;

		qsort(wall[w], (size_t)runs, sizeof wall[w][0], by_size);
		qsort(cpu[w], (size_t)runs, sizeof cpu[w][0], by_size);
		printf("%10.2f %10.2f %10.2f  %s, %d reader%s\n", gb / wall[w][runs / 2], cpu[w][runs / 2] / gb,
		    wall[0][runs / 2] / wall[w][runs / 2], ways[w].what, ways[w].readers,
		    ways[w].readers > 1 ? "s" : "");
	}
	return 0;
}
