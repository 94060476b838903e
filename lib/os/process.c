/*
 * process: see process.h. A process is on the list from its start until it has been reaped and
 * process_forget has been called. If another process still holds its standard error open (a daemon
 * that it has started), that is not waited for.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/vis.h"
#include "os/guard.h"
#include "os/io.h"
#include "os/process.h"

extern char **environ;

enum { LINE_MAX_HELD = 64 * 1024 }; /* a longer line of standard error is passed on in pieces */

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

char **
process_environment(const char *const *settings)
{
	size_t own = 0, more = 0, n = 0;
	char **env;

	while (environ[own] != NULL)
		own++;
	while (settings[more] != NULL)
		more++;
	if ((env = calloc(own + more + 1, sizeof *env)) == NULL)
		return NULL;
	for (size_t i = 0; i < more; i++)
		env[n++] = (char *)(uintptr_t)settings[i];
	for (size_t i = 0; i < own; i++) {
		size_t name = strcspn(environ[i], "=") + 1;
		int again = 0;

		for (size_t j = 0; j < more; j++)
			again |= strncmp(environ[i], settings[j], name) == 0;
		if (!again)
			env[n++] = environ[i];
	}
	return env;
}

/*
 * Returns the descriptor that processes read if they are not fed; it is opened once for all of
 * them. Returns -1 with errno.
 */
static int
nothing(struct process_pool *pool)
{
	int fd;

	if (pool->nothing == 0 && (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		pool->nothing = fd;
	return pool->nothing > 0 ? pool->nothing : -1;
}

int
process_start(struct process_pool *pool, struct process *p, struct buf *error)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, status = EX_OSERR;
	struct child_start start = { .argv = p->argv, .out = STDERR_FILENO, .err = -1, .guarded = 1 };
	char **env = p->env == NULL && p->settings != NULL ? process_environment(p->settings) : NULL;

	p->to = p->from = p->kept = p->errors = -1;
	p->ended = p->status = p->signal = p->forgotten = 0;
	p->line.len = 0;
	if ((p->env != NULL || p->settings == NULL || env != NULL) && child_events() >= 0 &&
	    (p->feeds ? pipe2(in, O_CLOEXEC) : (in[0] = nothing(pool))) >= 0 &&
	    (!p->drains || pipe2(out, O_CLOEXEC) == 0) && (pool->errors_own || pipe2(err, O_CLOEXEC) == 0)) {
		start.env = p->env != NULL ? p->env : env;
		start.in = in[0];
		if (p->drains)
			start.out = out[1];
		if (!pool->errors_own) {
			start.err = err[1];
			if (!p->drains)
				start.out = err[1];
		}
		status = child_start(&p->child, &start);
		pool->started = 1;
	}
	p->error = status != 0 ? errno : 0;
	if (status != 0)
		(void)buf_addf(error, "%s: %s", p->argv[0], strerror(errno));
	free(env);
	close_end(&out[1]);
	close_end(&err[1]);
	if (p->feeds && (status != 0 || !p->keeps))
		close_end(&in[0]);
	if (status != 0) {
		close_end(&in[1]);
		close_end(&out[0]);
		close_end(&err[0]);
		return status;
	}
	p->to = in[1];
	p->kept = p->feeds ? in[0] : -1;
	p->from = out[0];
	p->errors = err[0];
	p->next = pool->first;
	pool->first = p;
	return 0;
}

/* ---- standard error ---- */

/* Passes on the whole lines that have come; if `all`, also the last one, which may not be whole. */
static void
put_lines(const struct process_pool *pool, struct process *p, int all)
{
	struct buf text = { 0 };
	size_t done = 0;
	char *newline;

	while (done < p->line.len) {
		size_t n = p->line.len - done;

		newline = memchr(p->line.data + done, '\n', n);
		if (newline != NULL)
			n = (size_t)(newline - (p->line.data + done)) + 1;
		else if (!all && n < LINE_MAX_HELD)
			break;
		if (pool->tag) {
			/* Made harmless, because a host's name comes from the user. */
			(void)vis_bytes(&text, p->name, strlen(p->name), 0, 0, NULL);
			(void)buf_adds(&text, ": ");
		}
		(void)buf_add(&text, p->line.data + done, n);
		if (newline == NULL)
			(void)buf_addc(&text, '\n');
		done += n;
	}
	/* If standard error takes nothing, that cannot be reported anywhere. */
	if (text.len > 0)
		(void)io_write(STDERR_FILENO, text.data, text.len);
	buf_free(&text);
	if (done > 0) {
		p->line.len -= done;
		memmove(p->line.data, p->line.data + done, p->line.len);
	}
}

/* Passes on what has come from standard error. */
static void
drain_errors(const struct process_pool *pool, struct process *p)
{
	while (p->errors >= 0 && io_readable(p->errors)) {
		ssize_t n = -1;

		if (buf_reserve(&p->line, 4096) == 0 && (n = io_read(p->errors, p->line.data + p->line.len, 4096)) > 0)
			p->line.len += (size_t)n;
		if (n <= 0)
			close_end(&p->errors);
		put_lines(pool, p, n <= 0);
	}
}

/* Takes the processes that have ended and were forgotten off the list, and reaps them. */
static void
forget(struct process_pool *pool)
{
	struct process **at = &pool->first;

	while (*at != NULL) {
		struct process *p = *at;

		if (!p->ended || !p->forgotten) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		child_forget(&p->child);
		buf_free(&p->line);
	}
}

/* ---- serving ---- */

struct pollfd *
process_pool_polled(struct process_pool *pool, size_t *count, size_t spare)
{
	struct pollfd *polled;
	size_t n = 1;

	for (struct process *p = pool->first; p != NULL; p = p->next)
		n++;
	if ((polled = io_polled(&pool->polled, n + spare)) == NULL)
		return NULL;
	n = 0;
	polled[n++] = (struct pollfd){ .fd = child_events(), .events = POLLIN };
	for (struct process *p = pool->first; p != NULL; p = p->next)
		if (p->errors >= 0)
			polled[n++] = (struct pollfd){ .fd = p->errors, .events = POLLIN };
	*count = n;
	return polled;
}

void
process_pool_serve(struct process_pool *pool)
{
	for (struct process *p = pool->first; p != NULL; p = p->next)
		drain_errors(pool, p);
	forget(pool);
}

struct process *
process_pool_reap(struct process_pool *pool)
{
	child_seen();
	for (struct process *p = pool->first; p != NULL; p = p->next)
		if (!p->ended && child_try(&p->child, &p->status, &p->signal)) {
			p->ended = 1;
			drain_errors(pool, p);
			forget(pool);
			return p;
		}
	return NULL;
}

void
process_forget(struct process_pool *pool, struct process *p)
{
	/*
	 * The end of its standard error may not have come, because another process holds it: one
	 * that it has started, or the guard, which has just been made and has not closed it yet. So
	 * what is no whole line is passed on now.
	 */
	drain_errors(pool, p);
	put_lines(pool, p, 1);
	close_end(&p->errors);
	p->forgotten = 1;
	forget(pool);
	buf_free(&p->line);
}

void
process_abandon(struct process *p)
{
	close_end(&p->to);
	close_end(&p->from);
	close_end(&p->kept);
	child_end(&p->child, SIGTERM);
}

void
process_end(struct process *p, int signal)
{
	child_end(&p->child, signal);
}

/* Returns the number of processes that have not ended. */
static size_t
living(const struct process_pool *pool)
{
	size_t n = 0;

	for (const struct process *p = pool->first; p != NULL; p = p->next)
		n += !p->ended;
	return n;
}

void
process_pool_wait(struct process_pool *pool)
{
	while (living(pool) > 0) {
		size_t n;
		struct pollfd *polled = process_pool_polled(pool, &n, 0);

		while (process_pool_reap(pool) != NULL)
			;
		if (living(pool) == 0)
			return;
		if (polled != NULL)
			(void)io_poll(polled, n, -1);
		process_pool_serve(pool);
	}
}

void
process_pool_end(struct process_pool *pool, int signal)
{
	for (struct process *p = pool->first; p != NULL; p = p->next)
		child_end(&p->child, signal);
}

void
process_tell(const struct process *p, struct buf *text)
{
	(void)buf_addf(text, "%s: ", p->name);
	child_tell(text, p->status, p->signal);
	if (p->child.terminal > 0)
		(void)buf_adds(text, ", because it wanted to use the terminal");
}

int
process_verdict(const struct process *p)
{
	return p->signal == 0 && p->status >= EX_USAGE && p->status <= EX_NOTFOUND ? p->status : EX_DATAERR;
}

void
process_pool_free(struct process_pool *pool)
{
	for (struct process *p = pool->first; p != NULL; p = p->next) {
		put_lines(pool, p, 1);
		close_end(&p->errors);
		buf_free(&p->line);
		if (p->ended)
			child_forget(&p->child);
	}
	pool->first = NULL;
	if (pool->started)
		guard_end();
	if (pool->nothing > 0)
		close(pool->nothing);
	pool->nothing = 0;
	free(pool->polled.entries);
}
