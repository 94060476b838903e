/*
 * io: a read that does not wait says so, also if signals come; what is looked at stays to be read;
 * how many bytes are in a pipe, and how many it can hold; polls with more entries than descriptors.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/io.h"
#include "unit/unit.h"

enum { TRIES = 2000000, SIGNALS = 2000 };
static volatile sig_atomic_t signals;

static void
count(int signal)
{
	(void)signal;
	signals++;
}

/* Signals come as SIGCHLD comes to a command that reads the answers of its children. */
static void
nothing_there(void)
{
	struct sigaction act = { .sa_handler = count };
	struct itimerval often = { { 0, 20 }, { 0, 20 } }, never = { { 0, 0 }, { 0, 0 } };
	int ends[2], wrong = 0;
	char byte;

	CHECK(pipe2(ends, O_CLOEXEC) == 0 && sigaction(SIGALRM, &act, NULL) == 0 &&
	    setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < TRIES && (signals < SIGNALS || i < TRIES / 20); i++) {
		errno = 0;
		wrong += io_read_ready(ends[0], &byte, 1) != -1 || errno != EAGAIN;
	}
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	CHECK(signals > 10 && wrong == 0);
	CHECK(io_unread(ends[0]) == 0 && write(ends[1], "abc", 3) == 3);
	CHECK(io_unread(ends[0]) == 3 && io_unread(ends[1]) == 3 && io_unread(-1) == 0);
	CHECK(io_read_ready(ends[0], &byte, 1) == 1 && byte == 'a' && io_unread(ends[0]) == 2);
	close(ends[1]);
	CHECK(io_read_ready(ends[0], &byte, 1) == 1 && io_read_ready(ends[0], &byte, 1) == 1 && byte == 'c');
	CHECK(io_read_ready(ends[0], &byte, 1) == 0);
	close(ends[0]);
	errno = 0;
	CHECK(io_read_ready(ends[0], &byte, 1) == -1 && errno == EBADF);
}

/*
 * Looks at what comes from the other end, twice, and then reads it. Meanwhile signals come, and the
 * bytes come late, if the descriptor is non-blocking or not.
 */
static void
looked_at(int ends[2])
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	char bytes[8] = "";
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		close(ends[0]);
		(void)poll(NULL, 0, 20);
		_exit(write(ends[1], "abcde", 5) == 5 ? 0 : 1);
	}
	close(ends[1]);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	CHECK(io_peek(ends[0], bytes, 3) == 3 && memcmp(bytes, "abc", 4) == 0);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(io_peek(ends[0], bytes, 8) == 5 && io_read(ends[0], bytes + 1, 7) == 5 && memcmp(bytes, "aabcde", 6) == 0);
	CHECK(io_peek(ends[0], bytes, 8) == 0);
	close(ends[0]);
}

static void
peeked(void)
{
	int ends[2], back[2], file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char bytes[4];

	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		CHECK(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, flags) == 0);
		looked_at(ends);
		CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, back) == 0 &&
		    fcntl(back[0], F_SETFL, flags) == 0);
		looked_at(back);
	}
	CHECK(lseek(file, 1, SEEK_SET) == 1 && io_peek(file, bytes, 3) == 3 && memcmp(bytes, "ELF", 3) == 0);
	CHECK(lseek(file, 0, SEEK_CUR) == 1 && lseek(file, 0, SEEK_END) > 4 && io_peek(file, bytes, 3) == 0);
	close(file);
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	errno = 0;
	CHECK(io_peek(file, bytes, 3) == -1 && errno == ENOTSUP);
	close(file);
}

/* If more entries are given than there may be descriptors, the open ones are polled. */
static void
many_entries(void)
{
	struct rlimit before, few;
	struct pollfd p[40];
	int ends[2];

	CHECK(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "x", 1) == 1 && getrlimit(RLIMIT_NOFILE, &before) == 0);
	for (int i = 0; i < 40; i++)
		p[i] = (struct pollfd){ .fd = i == 7 ? ends[0] : i == 38 ? ends[1] : -1, .events = POLLIN | POLLOUT,
			.revents = 99 };
	few = before;
	few.rlim_cur = 20;
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK(poll(p, 40, 0) == -1 && errno == EINVAL);
	CHECK(io_poll(p, 40, -1) == 2);
	for (int i = 0; i < 40; i++)
		CHECK(p[i].revents == (i == 7 ? POLLIN : i == 38 ? POLLOUT : 0));
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(io_poll(p, 40, -1) == 2 && p[7].revents == POLLIN);
	close(ends[0]);
	close(ends[1]);
}

/* A pipe grows and never shrinks, and other files are left alone. */
static void
widened(void)
{
	int ends[2], file = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t read = 0;
	int few = 0;

	CHECK(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[1], F_SETPIPE_SZ, 65536) == 65536);
	CHECK(io_widen(ends[0]) && fcntl(ends[1], F_GETPIPE_SZ) == 256 * 1024);
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, 1024 * 1024) == 1024 * 1024 && !io_widen(ends[1]));
	CHECK(fcntl(ends[0], F_GETPIPE_SZ) == 1024 * 1024);
	close(ends[0]);
	close(ends[1]);
	CHECK(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[1], F_SETPIPE_SZ, 65536) == 65536);
	CHECK(!io_widen_late(ends[0], &read, 8000000) && fcntl(ends[1], F_GETPIPE_SZ) == 65536);
	CHECK(io_widen_late(ends[0], &read, 1000000) && fcntl(ends[1], F_GETPIPE_SZ) == 256 * 1024);
	CHECK(!io_widen_late(ends[0], &read, 8000000));
	read = 0;
	CHECK(!io_widen_late(file, &read, 9000000));
	close(ends[0]);
	close(ends[1]);
	/* One of the sixteen was widened above, late. */
	for (int i = 0; i < 20; i++) {
		CHECK(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[1], F_SETPIPE_SZ, 65536) == 65536);
		few += io_widen_few(ends[0]);
		CHECK(fcntl(ends[1], F_GETPIPE_SZ) == (i < 15 ? 256 * 1024 : 65536));
		close(ends[0]);
		close(ends[1]);
	}
	CHECK(few == 15);
	CHECK(file >= 0);
	CHECK(!io_widen(file) && !io_widen(-1));
	close(file);
}

int
main(void)
{
	nothing_there();
	peeked();
	widened();
	many_entries();
	return unit_end("io");
}
