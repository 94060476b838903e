/*
 * child: see child.h.
 *
 * Children are born by vfork, not by posix_spawn: a guarded one has to enter itself in the guard's list before its exec. Until then
 * the parent stands still, and the child works in its memory; so it touches nothing but its own part of the stack, b->error and the path in become.
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

/* In the signal's handler. */
static void
end_children(int signal)
{
	(void)signal;
	for (struct child *c = living; c != NULL; c = c->other)
		send(c, SIGTERM);
	guard_termed();
}

static struct signals_call ending = { .fn = end_children };

/* TSTP from the terminal reaches this process's group alone: passes it on, stands still, and passes on that it goes on. */
static void
stopping(int signal)
{
	struct sigaction normal = { .sa_handler = SIG_DFL }, own;
	sigset_t set;
	int saved = errno;

	for (struct child *c = living; c != NULL; c = c->other)
		if (c->place > 0)
			send(c, signal);
	/* By the default action, which does nothing if no shell could let this process go on again. */
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

/* Becomes the program. Returns errno if that is impossible: EACCES if all that is found may not be run. */
static int
become(const char *name, char *const *argv, char *const *env)
{
	const char *dirs = getenv("PATH"), *end;
	size_t len = strlen(name);
	static char path[PATH_MAX]; /* the parent's, which stands still: a small stack need not hold it */
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
		/* A folder that may not be searched is none that has the program. */
		if (errno == EACCES && stat(path, &st) == 0)
			error = EACCES;
		else if (errno != EACCES && errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV && errno != ETIMEDOUT)
			return errno;
	}
	return error;
}

static _Noreturn void
live(struct birth *b)
{
	const struct child_start *s = b->start;
	struct sigaction normal = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN }, now;
	sigset_t none;

	if (b->place > 0)
		guard_enter(b->place);
	/*
	 * A TSTP from the terminal may have come to the child too, which was in the parent's group until now. It would stop here, and the
	 * parent waits until the exec: a job that neither stops nor ends. So it is forgotten; the parent, whose own waits, passes it on.
	 */
	if (sigaction(SIGTSTP, &ignore, &now) == 0)
		(void)sigaction(SIGTSTP, &now, NULL);
	if ((s->in >= 0 && dup2(s->in, STDIN_FILENO) < 0) || (s->out >= 0 && dup2(s->out, STDOUT_FILENO) < 0) ||
	    (s->err >= 0 && dup2(s->err, STDERR_FILENO) < 0)) {
		b->error = errno;
		_exit(EX_CANTRUN);
	}
	/* No handler may run here any more; what this process ignores for itself is not ignored by its children. */
	for (int signal = 1; signal < SIGSYS; signal++)
		if (signal == SIGPIPE || signal == SIGCHLD || signal == SIGXFSZ ||
		    (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN && now.sa_handler != SIG_DFL))
			(void)sigaction(signal, &normal, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	b->error = become(s->argv[0], s->argv, b->env);
	_exit(EX_CANTRUN);
}

/* In a function of its own, so that what the child does with its frame is over before the caller goes on. */
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
	/* No signal may come between the birth and the list, or it would leave the child behind; and none to the child's copy of a handler. */
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

/* Takes the end of the child apart. */
static int
told(const siginfo_t *how, int *signal)
{
	*signal = how->si_code == CLD_EXITED ? 0 : how->si_status;
	return how->si_code == CLD_EXITED ? how->si_status : 128 + how->si_status;
}

/* Takes a child that has ended off the list, and its zombie away: with the signals held, for its number may be another's at once. */
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

/* The child has been stopped. Only the foreground group may use the terminal, which a guarded child is never in. */
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
	/* pidfd_open(2), for which not every libc has a name. It cannot be another process by now: this one has not been waited for. */
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

	if (waitid(P_PID, (id_t)c->pid, &how, WEXITED | WNOHANG | WNOWAIT | (c->place > 0 ? WSTOPPED : 0)) < 0 || how.si_pid != c->pid)
		return 0;
	if (how.si_code == CLD_STOPPED) {
		stopped(c);
		return 0;
	}
	*status = told(&how, signal);
	return 1;
}

/* ---- news of children ---- */

/* A pipe of our own that SIGCHLD writes a byte into: poll and a signal's handler cannot miss each other that way. */
static int events[2] = { -1, -1 };

static void
news(int signal)
{
	int saved = errno;

	(void)signal;
	/* A full pipe tells as much. A byte that is lost would be missed for ever. */
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
