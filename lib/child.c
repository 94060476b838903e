/* child: see child.h. posix_spawn reports a failed exec as its own error, so no pipe of ours is needed for that. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "die.h"
#include "signals.h"

extern char **environ;

static struct child *living;

/* In the signal's handler. */
static void
end_children(int signal)
{
	(void)signal;
	for (struct child *c = living; c != NULL; c = c->other)
		if (c->pid > 0)
			kill(c->pid, SIGTERM);
}

/*
 * Returns 1 if no folder of PATH has this name in it. exec says EACCES of a command that is nowhere if one of the folders may not be
 * read; to the user it was not found, as shells say.
 */
static int
nowhere(const char *name)
{
	const char *path = getenv("PATH");
	struct buf file = { 0 };
	int found = strchr(name, '/') != NULL || path == NULL;

	for (size_t n; !found; path += n + 1) {
		n = strcspn(path, ":");
		file.len = 0;
		/* Without memory it stays what exec has said. */
		found = buf_addf(&file, "%.*s%s%s", (int)n, path, n > 0 ? "/" : "", name) < 0 ||
		    faccessat(AT_FDCWD, file.data, F_OK, AT_EACCESS) == 0;
		if (path[n] == '\0')
			break;
	}
	buf_free(&file);
	return !found;
}

static int
spawn(pid_t *pid, const struct child_start *start)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe;
	int error;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if ((error = posix_spawn_file_actions_init(&files)) != 0)
		return error;
	if ((error = posix_spawnattr_init(&attr)) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return error;
	}
	if (start->in >= 0)
		error = posix_spawn_file_actions_adddup2(&files, start->in, STDIN_FILENO);
	if (start->out >= 0 && error == 0)
		error = posix_spawn_file_actions_adddup2(&files, start->out, STDOUT_FILENO);
	if (start->err >= 0 && error == 0)
		error = posix_spawn_file_actions_adddup2(&files, start->err, STDERR_FILENO);
	if (error == 0 &&
	    (error = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0 &&
	    (error = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
	    (error = posix_spawnattr_setsigdefault(&attr, &pipe)) == 0)
		error = posix_spawnp(pid, start->argv[0], &files, &attr, start->argv, start->env != NULL ? start->env : environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

int
child_start(struct child *c, const struct child_start *start)
{
	pid_t pid;
	int error;

	signals_on(end_children);
	/* No signal may come between the birth and the list: it would leave the child behind. */
	signals_hold();
	error = spawn(&pid, start);
	if (error == 0) {
		c->pid = pid;
		c->other = living;
		living = c;
	}
	signals_release();
	if (error == EACCES && nowhere(start->argv[0]))
		error = ENOENT;
	errno = error;
	if (error == 0)
		return 0;
	return error == ENOENT ? EX_NOTFOUND : error == EAGAIN || error == ENOMEM ? EX_OSERR : EX_CANTRUN;
}

/* Takes the child off the list, and its end apart. */
static int
ended(struct child *c, int status, int *signal)
{
	signals_hold();
	for (struct child **p = &living; *p != NULL; p = &(*p)->other)
		if (*p == c) {
			*p = c->other;
			break;
		}
	c->pid = 0;
	signals_release();
	*signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return *signal != 0 ? 128 + *signal : WEXITSTATUS(status);
}

int
child_wait(struct child *c, int *signal)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return ended(c, status, signal);
}

int
child_try(struct child *c, int *status, int *signal)
{
	int how = 0;

	if (waitpid(c->pid, &how, WNOHANG) != c->pid)
		return 0;
	*status = ended(c, how, signal);
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
	struct sigaction act = { .sa_handler = news, .sa_flags = SA_RESTART | SA_NOCLDSTOP };

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
	if (c->pid > 0)
		kill(c->pid, signal);
}

void
child_unwanted(struct child *c)
{
	if (c->pid > 0)
		kill(c->pid, SIGPIPE);
}
