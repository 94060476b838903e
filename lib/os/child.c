/*
 * child: see child.h.
 *
 * Children are born by vfork, not by posix_spawn, because a guarded child has to enter itself in
 * the guard's list before its exec. Until the exec the parent does not run, and the child works in
 * the parent's memory. So the child changes nothing but its own part of the stack, b->error and the
 * path in become.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "os/child.h"
#include "os/guard.h"
#include "os/signals.h"

extern char **environ;

static struct child *living;

static void
send(const struct child *c, int signal)
{
	if (c->pid > 0)
		kill(c->place > 0 ? -c->pid : c->pid, signal);
	if (c->pid > 0 && c->place > 0 && signal != SIGTSTP && signal != SIGCONT)
		kill(-c->pid, SIGCONT);
}

/* Called in a signal's handler. */
static void
end_children(int signal)
{
	(void)signal;
	for (struct child *c = living; c != NULL; c = c->other)
		send(c, SIGTERM);
	guard_termed();
}

static struct signals_call ending = { .fn = end_children };

/*
 * The handler of TSTP, which the terminal sends to this process's group alone. Passes it on to the
 * guarded children, stops, and passes CONT on when this process continues.
 */
static void
stopping(int signal)
{
	struct sigaction normal = { .sa_handler = SIG_DFL }, own;
	sigset_t set;
	int saved = errno;

	for (struct child *c = living; c != NULL; c = c->other)
		if (c->place > 0)
			send(c, signal);
	/*
	 * Stops by the default action, which does nothing if there is no shell that could continue
	 * this process.
	 */
	sigaction(signal, &normal, &own);
	raise(signal);
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(signal, &own, NULL);
	for (struct child *c = living; c != NULL; c = c->other)
		if (c->place > 0)
			send(c, SIGCONT);
	errno = saved;
}

static void
pass_stops_on(void)
{
	struct sigaction act = { .sa_handler = stopping, .sa_flags = SA_RESTART }, old;
	static int done;

	if (done)
		return;
	done = 1;
	sigfillset(&act.sa_mask);
	if (sigaction(SIGTSTP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(SIGTSTP, &act, NULL);
}

/* ---- birth ---- */

struct birth {
	const struct child_start *start;
	char *const *env;
	int place;
	volatile int error; /* errno, if it could not become the program */
};

/*
 * Becomes the program. Returns errno if that is impossible: EACCES if all that is found may not be
 * run.
 */
static int
become(const char *name, char *const *argv, char *const *env)
{
	const char *dirs = getenv("PATH"), *end;
	size_t len = strlen(name);
	static char path[PATH_MAX]; /* static, because stacks may be small; the parent does not run meanwhile */
	struct stat st;
	int error = ENOENT;

	if (*name == '\0' || strchr(name, '/') != NULL) {
		(void)execve(name, argv, env);
		return errno;
	}
	if (dirs == NULL)
		dirs = "/bin:/usr/bin";
	for (; dirs != NULL; dirs = *end == ':' ? end + 1 : NULL) {
		size_t n;

		end = strchr(dirs, ':');
		if (end == NULL)
			end = dirs + strlen(dirs);
		n = (size_t)(end - dirs);
		if (n + 1 + len >= sizeof path)
			continue;
		memcpy(path, dirs, n);
		path[n] = '/';
		memcpy(path + (n > 0 ? n + 1 : 0), name, len + 1);
		(void)execve(path, argv, env);
		/* If a folder may not be searched, it counts as one without the program. */
		if (errno == EACCES && stat(path, &st) == 0)
			error = EACCES;
		else if (errno != EACCES && errno != ENOENT && errno != ENOTDIR && errno != ESTALE &&
		    errno != ENODEV && errno != ETIMEDOUT)
			return errno;
	}
	return error;
}

/* The child's life until its exec. */
static _Noreturn void
live(struct birth *b)
{
	const struct child_start *s = b->start;
	struct sigaction normal = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN }, now;
	sigset_t none;

	if (b->place > 0)
		guard_enter(b->place);
	/*
	 * The child was in the parent's group until now, so a TSTP from the terminal may have come
	 * to it, too. It would stop the child here, and the parent, which waits until the exec,
	 * would neither stop nor end. So the child drops it. The parent's own TSTP is blocked until
	 * after the exec; then the parent passes it on.
	 */
	if (sigaction(SIGTSTP, &ignore, &now) == 0)
		(void)sigaction(SIGTSTP, &now, NULL);
	if ((s->in >= 0 && dup2(s->in, STDIN_FILENO) < 0) || (s->out >= 0 && dup2(s->out, STDOUT_FILENO) < 0) ||
	    (s->err >= 0 && dup2(s->err, STDERR_FILENO) < 0)) {
		b->error = errno;
		_exit(EX_CANTRUN);
	}
	/*
	 * No handler may run in the child from here on. Signals that the parent ignores for itself
	 * have their default action again.
	 */
	for (int signal = 1; signal < SIGSYS; signal++)
		if (signal == SIGPIPE || signal == SIGCHLD || signal == SIGXFSZ ||
		    (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN && now.sa_handler != SIG_DFL))
			(void)sigaction(signal, &normal, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	b->error = become(s->argv[0], s->argv, b->env);
	_exit(EX_CANTRUN);
}

/*
 * A separate function: what the child has done to its stack frame is gone before the caller goes
 * on.
 */
static pid_t __attribute__((noinline))
bear(struct birth *b)
{
	pid_t pid = vfork();

	if (pid == 0)
		live(b);
	return pid;
}

int
child_start(struct child *c, const struct child_start *start)
{
	struct birth b = { .start = start, .env = start->env != NULL ? start->env : environ };
	sigset_t all, before;
	pid_t pid;
	int error;

	signals_on(&ending);
	if (start->guarded) {
		pass_stops_on();
		if ((b.place = guard_reserve()) < 0)
			return EX_OSERR;
	}
	/*
	 * All signals are blocked until the child is on the list: a deadly one would leave the
	 * child alive. And no handler may run in the child.
	 */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = bear(&b);
	error = pid < 0 ? errno : b.error;
	if (error == 0) {
		*c = (struct child){ .pid = pid, .place = b.place, .other = living };
		living = c;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return 0;
	if (b.place > 0)
		guard_leave(b.place);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	errno = error;
	return error == ENOENT ? EX_NOTFOUND : error == EAGAIN || error == ENOMEM ? EX_OSERR : EX_CANTRUN;
}

/* ---- end ---- */

/* Returns what child_wait returns, and sets *signal. */
static int
told(const siginfo_t *how, int *signal)
{
	*signal = how->si_code == CLD_EXITED ? 0 : how->si_status;
	return how->si_code == CLD_EXITED ? how->si_status : 128 + how->si_status;
}

/*
 * Takes the child off the list, and reaps it. Signals are held meanwhile, because once it is
 * reaped, its number may be another process's.
 */
void
child_forget(struct child *c)
{
	if (c->pid == 0)
		return;
	signals_hold();
	for (struct child **p = &living; *p != NULL; p = &(*p)->other)
		if (*p == c) {
			*p = c->other;
			break;
		}
	if (c->place > 0 && !c->doomed)
		guard_leave(c->place);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (c->place > 0 && c->doomed)
		guard_release(c->place, c->pid);
	c->pid = 0;
	c->doomed = 0;
	c->place = 0;
	signals_release();
	if (c->handle > 0)
		(void)close(c->handle - 1);
	c->handle = 0;
}

int
child_wait(struct child *c, int *signal)
{
	siginfo_t how = { 0 };

	while (waitid(P_PID, (id_t)c->pid, &how, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	child_forget(c);
	return told(&how, signal);
}

/*
 * The child has been stopped. If it wanted to use the terminal, it is ended: only the foreground
 * group may use that, and a guarded child is never in it.
 */
static void
stopped(struct child *c)
{
	siginfo_t how = { 0 };

	if (waitid(P_PID, (id_t)c->pid, &how, WSTOPPED | WNOHANG) == 0 && how.si_pid == c->pid &&
	    (how.si_status == SIGTTIN || how.si_status == SIGTTOU))
		send(c, c->terminal++ == 0 ? SIGTERM : SIGKILL);
}

int
child_waits(struct child *c, struct pollfd *p)
{
	siginfo_t info = { .si_pid = 0 };

	if (c->pid <= 0 || waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0)
		return 0;
	/*
	 * pidfd_open(2), for which not every libc has a name. The pid is still the child's, because
	 * the child has not been reaped.
	 */
#ifdef SYS_pidfd_open
	if (c->handle <= 0)
		c->handle = (int)syscall(SYS_pidfd_open, c->pid, 0) + 1;
#endif
	*p = (struct pollfd){ .fd = c->handle - 1, .events = POLLIN };
	return 1;
}

int
child_try(struct child *c, int *status, int *signal)
{
	siginfo_t how = { 0 };

	if (waitid(P_PID, (id_t)c->pid, &how, WEXITED | WNOHANG | WNOWAIT | (c->place > 0 ? WSTOPPED : 0)) < 0 ||
	    how.si_pid != c->pid)
		return 0;
	if (how.si_code == CLD_STOPPED) {
		stopped(c);
		return 0;
	}
	*status = told(&how, signal);
	return 1;
}

/* ---- news of children ---- */

/*
 * A pipe into which the handler of SIGCHLD writes a byte: so poll misses no SIGCHLD that comes just
 * before it.
 */
static int events[2] = { -1, -1 };

static void
news(int signal)
{
	int saved = errno;

	(void)signal;
	/*
	 * If the pipe is full, poll sees that, too. After EINTR it must be written again, or the
	 * news would be lost.
	 */
	while (write(events[1], "", 1) < 0 && errno == EINTR)
		;
	errno = saved;
}

int
child_events(void)
{
	struct sigaction act = { .sa_handler = news, .sa_flags = SA_RESTART };

	if (events[0] >= 0)
		return events[0];
	if (pipe2(events, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	sigemptyset(&act.sa_mask);
	return sigaction(SIGCHLD, &act, NULL) < 0 ? -1 : events[0];
}

void
child_seen(void)
{
	char bytes[64];

	while (read(events[0], bytes, sizeof bytes) == sizeof bytes)
		;
	guard_look();
}

void
child_tell(struct buf *text, int status, int signal)
{
	if (signal != 0)
		(void)buf_addf(text, "killed by signal %d (%s)", signal, strsignal(signal));
	else
		(void)buf_addf(text, "exit status %d", status);
}

void
child_end(struct child *c, int signal)
{
	send(c, signal);
	if (signal == SIGTERM && c->pid > 0 && c->place > 0) {
		c->doomed = 1;
		guard_doom(c->place);
	}
}

void
child_unwanted(struct child *c)
{
	send(c, SIGPIPE);
}
