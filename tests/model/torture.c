/*
 * torture: random pipelines of two to five commands, some with branches of their own, over rings,
 * with kills, stops and slow sides, each compared with the same one with REC_HOP=0. A run that is
 * not disturbed, or only stopped or slowed, must give the same bytes and statuses of 0. If a
 * process is killed, the output is the beginning of those bytes and the last command exits with 65,
 * unless all had come, or the process was not one of rec's and had put out exactly the first of two
 * streams. No process may crash or stay.
 *
 * A run is a round of unit.h. The line that repeats it makes the same pipeline, but the moments are
 * random again.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/apart.h"

enum { STAGES = 6, INPUTS = 8, DEADLINE = 120, TEXT = 400 };
static char dir[] = "/tmp/rec-torture.XXXXXX";

/* ---- inputs ---- */

static void
make_input(int number, size_t records, size_t longest)
{
	char path[64], *text = malloc(longest + 32);
	FILE *f;

	snprintf(path, sizeof path, "%s/%d", dir, number);
	if (text == NULL || (f = fopen(path, "w")) == NULL)
		exit(99);
	for (size_t i = 0; i < records; i++) {
		size_t n = (size_t)snprintf(text, 32, "%zu:", i), more = 0;

		/* Each order of magnitude is equally likely. */
		if (longest > 1)
			for (more = 1; more < longest && unit_random(4) != 0;)
				more *= 2 + unit_random(2);
		if (more > longest || records == 1)
			more = longest;
		memset(text + n, 'a' + (int)unit_random(26), more);
		text[n + more] = '\n';
		fwrite(text, 1, n + more + 1, f);
	}
	if (fclose(f) != 0)
		exit(99);
	free(text);
}

static void
make_inputs(void)
{
	make_input(0, 0, 0);
	make_input(1, 1, 5);
	make_input(2, 100, 20);
	make_input(3, 20000, 30);
	make_input(4, 500, 20000);
	make_input(5, 30, 1000000);
	make_input(6, 300000, 20);
	make_input(7, 1, 100000000);
}

/* ---- one pipeline ---- */

struct plan {
	char command[STAGES][TEXT];
	int stages;
	size_t input;
	const char *hop, *ring, *block;
};

/* The commands between the first and the last, with up to two numbers below those. */
static const struct {
	const char *command;
	size_t first, second;
} middles[] = {
	{ "exec rec-take %zu", 10, 1 },
	{ "exec rec-take %zu", 30000, 1 },
	{ "exec rec-drop %zu", 200, 1 },
	{ "exec rec-filter locate /%zu/", 10, 1 },
	{ "exec rec-filter nlocate /%zu:b/", 10, 1 },
	{ "exec rec-filter nlocate /%zu:b/ /%zu:c/", 10, 10 },
	{ "exec rec-around -B %zu -A %zu locate /77/", 300, 300 },
	{ "exec rec-unique", 1, 1 },
	{ "exec rec-tee \"cmd:rec-join >/dev/null\"", 1, 1 },
	{ "exec rec-tee skip:\"cmd:rec-join >/dev/null\"", 1, 1 },
	{ "exec rec-fanout -k -j 1 rec-filter nlocate /%zu:c/", 10, 1 },
	{ "exec rec-fanout -k -j 3 rec-filter nlocate /%zu:c/", 10, 1 },
	{ "exec rec-only 'locate /%zu/' rec-filter nlocate /%zu:/", 10, 10 },
	{ "exec rec-fanin -", 1, 1 },
	{ "exec rec-meter -q", 1, 1 },
	{ "exec cat", 1, 1 },
};

static void
draw(struct plan *p)
{
	static const char *const hops[] = { "1", "1", "1", "100000", "4M" }, *const rings[] = { "1", "2", "3", "8" },
			  *const blocks[] = { "", "", "64", "1000", "70000" };

	/* The largest ones are rare: they cost as much as a hundred others. */
	p->input = unit_random(40) == 0 ? 7 : unit_random(10) == 0 ? 6 : unit_random(6);
	p->hop = hops[unit_random(5)];
	p->ring = rings[unit_random(4)];
	p->block = p->input == 7 || p->input == 6 ? "" : blocks[unit_random(5)];
	p->stages = 2 + (int)unit_random(4);
	for (int i = 0; i < p->stages; i++) {
		char *to = p->command[i];

		if (i == 0)
			switch (unit_random(4)) {
			case 0:
				snprintf(to, TEXT, "rec-split %s/%zu; exec rec-split %s/%zu", dir, p->input, dir,
				    unit_random(6));
				break;
			case 1:
				snprintf(to, TEXT, "cat %s/%zu | rec-split", dir, p->input);
				break;
			default:
				snprintf(to, TEXT, "exec rec-split %s/%zu", dir, p->input);
			}
		else if (i == p->stages - 1)
			snprintf(to, TEXT, "exec rec-join");
		else {
			size_t which = unit_random(sizeof middles / sizeof middles[0]),
			       first = unit_random(middles[which].first);

			snprintf(to, TEXT, middles[which].command, first, unit_random(middles[which].second));
		}
	}
}

static void
show(const struct plan *p, const char *what)
{
	printf("REC_HOP=%s REC_RING=%s REC_BLOCK=%s: ", p->hop, p->ring, p->block);
	for (int i = 0; i < p->stages; i++)
		printf("%s(%s)", i > 0 ? " | " : "", p->command[i]);
	printf(": %s\n", what);
}

/* Starts it. Returns the descriptor of its output. */
static int
begin(const struct plan *p, int rings, pid_t pids[STAGES])
{
	int from = sure(open("/dev/null", O_RDONLY | O_CLOEXEC)), out[2];

	fflush(stdout);
	for (int i = 0; i < p->stages; i++) {
		sure(pipe2(out, O_CLOEXEC));
		if ((pids[i] = sure(fork())) == 0) {
			/*
			 * A process group of its own, so that a stage of two commands can be ended.
			 */
			setpgid(0, 0);
			dup2(from, 0);
			dup2(out[1], 1);
			if (getenv("REC_TORTURE_ERRORS") == NULL)
				dup2(sure(open("/dev/null", O_WRONLY | O_CLOEXEC)), 2);
			setenv("REC_HOP", rings ? p->hop : "0", 1);
			setenv("REC_RING", p->ring, 1);
			setenv("REC_BLOCK", p->block, 1);
			setenv("REC_MAX", "200M", 1);
			execl("/bin/sh", "sh", "-c", p->command[i], (char *)NULL);
			_exit(127);
		}
		setpgid(pids[i], pids[i]);
		close(from);
		close(out[1]);
		from = out[0];
	}
	return from;
}

/* Waits for all and gets the statuses. Returns 1, or 0 if one did not end in time. */
static int
finish(const struct plan *p, const pid_t pids[STAGES], int statuses[STAGES])
{
	int left = p->stages, done[STAGES] = { 0 };

	for (int turns = 0; left > 0; turns++) {
		for (int i = 0; i < p->stages; i++)
			if (!done[i] && waitpid(pids[i], &statuses[i], WNOHANG) == pids[i]) {
				done[i] = 1;
				left--;
			}
		if (left > 0 && turns > DEADLINE * 1000) {
			for (int i = 0; i < p->stages; i++)
				if (!done[i])
					kill(-pids[i], SIGKILL), waitpid(pids[i], &statuses[i], 0);
			return 0;
		}
		if (left > 0)
			poll(NULL, 0, 1);
	}
	return 1;
}

/*
 * Returns 1 if all processes have ended, else 0. Those that a stage has started come to this
 * process when they have lost their parent.
 */
static int
nobody_left(void)
{
	for (int turns = 0; turns < DEADLINE * 1000; turns++) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return errno == ECHILD;
		if (pid == 0)
			poll(NULL, 0, 1);
	}
	return 0;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Runs it to its end without rings; its output goes to the descriptor to. Returns the number of
 * bytes.
 */
static size_t
plain(const struct plan *p, int to)
{
	static char piece[65536];
	pid_t pids[STAGES];
	int statuses[STAGES] = { 0 }, in = begin(p, 0, pids);
	size_t size = 0;
	ssize_t n;

	while ((n = read(in, piece, sizeof piece)) > 0) {
		CHECK(write(to, piece, (size_t)n) == n);
		size += (size_t)n;
	}
	close(in);
	CHECK(finish(p, pids, statuses));
	return size;
}

/* Returns 1 if size bytes are exactly the output of the first of two streams alone, else 0. */
static int
first_alone(const struct plan *p, size_t size)
{
	struct plan one = *p;
	int nowhere = sure(open("/dev/null", O_WRONLY | O_CLOEXEC));
	size_t got;

	*strstr(one.command[0], "; ") = '\0';
	got = plain(&one, nowhere);
	close(nowhere);
	return got == size;
}

static void
torture(void)
{
	static char piece[65536];
	struct plan p = { 0 };
	pid_t pids[STAGES];
	int statuses[STAGES] = { 0 }, in, file, victim = -1, sig = 0, stopped = -1, slow, in_time = 1, same = 1;
	char path[64], *wanted = NULL;
	size_t size = 0, got = 0;
	double start, at = 0, stop_at = 0, took;
	ssize_t n;
	const char *wrong = NULL;

	draw(&p);
	/* The expected output. */
	snprintf(path, sizeof path, "%s/wanted", dir);
	file = sure(open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	start = seconds();
	size = plain(&p, file);
	took = seconds() - start;
	if (size > 0 && (wanted = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0)) == MAP_FAILED)
		exit(99);
	close(file);

	switch (unit_random(4)) {
	case 0:
		victim = (int)unit_random((size_t)p.stages);
		sig = unit_random(3) == 0 ? SIGTERM : SIGKILL;
		at = took * 1.2 * (double)unit_random(1000) / 1000;
		break;
	case 1:
		stopped = (int)unit_random((size_t)p.stages);
		stop_at = took * (double)unit_random(1000) / 1000;
		break;
	}
	slow = unit_random(4) == 0;
	start = seconds();
	in = begin(&p, 1, pids);
	for (;;) {
		struct pollfd ready = { .fd = in, .events = POLLIN };
		double now = seconds() - start;

		if (now > DEADLINE) {
			in_time = 0;
			for (int i = 0; i < p.stages; i++)
				kill(-pids[i], SIGKILL);
		}
		if (victim >= 0 && sig != 0 && now >= at) {
			kill(-pids[victim], sig);
			sig = 0;
		}
		if (stopped >= 0 && now >= stop_at) {
			kill(-pids[stopped], SIGSTOP);
			poll(NULL, 0, 1 + (int)unit_random(15));
			kill(-pids[stopped], SIGCONT);
			stopped = unit_random(3) == 0 ? -1 : (int)unit_random((size_t)p.stages);
			stop_at = now + took * (double)unit_random(1000) / 1000;
		}
		if (poll(&ready, 1, sig != 0 || stopped >= 0 ? 1 : 1000) <= 0)
			continue;
		if ((n = read(in, piece, slow && size < 1000000 ? 1 + unit_random(4000) : sizeof piece)) <= 0)
			break;
		if (got + (size_t)n > size || memcmp(wanted + got, piece, (size_t)n) != 0)
			same = 0;
		got += (size_t)n;
		if (slow && unit_random(20) == 0)
			poll(NULL, 0, 1 + (int)unit_random(3));
	}
	close(in);
	in_time &= finish(&p, pids, statuses);
	if (sig != 0)
		victim = -1; /* all had ended before */

	if (!in_time)
		wrong = "it hangs";
	else if (!nobody_left())
		wrong = "a process stays";
	else if (!same)
		wrong = "other bytes than with REC_HOP=0";
	for (int i = 0; i < p.stages && wrong == NULL; i++) {
		int last = i == p.stages - 1, status = WIFEXITED(statuses[i]) ? WEXITSTATUS(statuses[i]) : -1;

		if (i == victim)
			continue;
		/* A cat whose reader wants no more, or was killed, dies of SIGPIPE. */
		if (strstr(p.command[i], "exec cat") != NULL && WIFSIGNALED(statuses[i]) &&
		    WTERMSIG(statuses[i]) == SIGPIPE)
			continue;
		if (status == -1 || (status >= 128 && victim < 0))
			wrong = "a command died of a signal";
		else if (victim < 0 && status != 0 && strstr(p.command[i], "cat") == NULL)
			wrong = "a command failed";
		/* A shell, or a cat, that is killed between two streams leaves a whole one. */
		else if (last && status == 0 && got != size &&
		    !(victim >= 0 && strstr(p.command[0], "; ") != NULL &&
			(victim == 0 || strcmp(p.command[victim], "exec cat") == 0) && first_alone(&p, got)))
			wrong = "not all has come, and nobody says so";
		else if (last && status != 0 && status != 65)
			wrong = "another status than 0 or 65";
	}
	if (wrong != NULL)
		show(&p, wrong);
	CHECK(wrong == NULL);
	if (wanted != NULL)
		munmap(wanted, size);
}

int
main(void)
{
	const char *build = getenv("BUILD");
	char path[4096], command[64];

	snprintf(path, sizeof path, "%s/bin:%s", build != NULL ? build : "build", getenv("PATH"));
	setenv("PATH", path, 1);
	sure(prctl(PR_SET_CHILD_SUBREAPER, 1));
	if (mkdtemp(dir) == NULL)
		exit(99);
	make_inputs();
	while (unit_round())
		torture();
	snprintf(command, sizeof command, "rm -rf %s", dir);
	CHECK(system(command) == 0);
	return unit_end("torture");
}
