/* signals: see signals.h. */

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "os/signals.h"

static const int deadly[] = { SIGTERM, SIGINT, SIGHUP };
static struct signals_call *calls;
static int holds;
static sigset_t before;

static void
dying(int signal)
{
	/* The newest first: children are ended before streams get their end marks. */
	for (int late = 0; late <= 1; late++)
		for (const struct signals_call *c = calls; c != NULL; c = c->other)
			if (c->late == late)
				c->fn(signal);
	/*
	 * SA_RESETHAND has put back the default action. The signal waits until this handler
	 * returns, and then ends the process.
	 */
	raise(signal);
	/*
	 * The first process of a container does not die of a signal, and must not go on after the
	 * end marks that were just written.
	 */
	if (getpid() == 1)
		_exit(128 + signal);
}

static void
install(void)
{
	struct sigaction act = { .sa_handler = dying, .sa_flags = (int)SA_RESETHAND }, old;

	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
		sigaddset(&act.sa_mask, deadly[i]);
	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(deadly[i], &act, NULL);
}

void
signals_on(struct signals_call *call)
{
	int first = calls == NULL;

	if (call->on)
		return;
	signals_hold();
	call->on = 1;
	call->other = calls;
	calls = call;
	if (first)
		install();
	signals_release();
}

void
signals_hold(void)
{
	sigset_t set;

	if (holds++ > 0)
		return;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
		sigaddset(&set, deadly[i]);
	sigaddset(&set, SIGTSTP); /* its handler looks at the children (child.c) */
	sigprocmask(SIG_BLOCK, &set, &before);
}

void
signals_release(void)
{
	if (--holds == 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
}
