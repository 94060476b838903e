/* child: see child.h. posix_spawn reports a failed exec as its own error, so no pipe of ours is needed for that. */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
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

static int
spawn(pid_t *pid, char *const argv[], int in, int out)
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
	if (in >= 0)
		error = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	if (out >= 0 && error == 0)
		error = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	if (error == 0 &&
	    (error = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0 &&
	    (error = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
	    (error = posix_spawnattr_setsigdefault(&attr, &pipe)) == 0)
		error = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

int
child_start(struct child *c, char *const argv[], int in, int out)
{
	pid_t pid;
	int error;

	signals_on(end_children);
	/* No signal may come between the birth and the list: it would leave the child behind. */
	signals_hold();
	error = spawn(&pid, argv, in, out);
	if (error == 0) {
		c->pid = pid;
		c->other = living;
		living = c;
	}
	signals_release();
	errno = error;
	if (error == 0)
		return 0;
	return error == ENOENT ? EX_NOTFOUND : error == EAGAIN || error == ENOMEM ? EX_OSERR : EX_CANTRUN;
}

int
child_wait(struct child *c, int *signal)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
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

void
child_unwanted(struct child *c)
{
	if (c->pid > 0)
		kill(c->pid, SIGPIPE);
}
