/*
 * message_keeper: a thread that renews the lease of a session; see message.h. It also does so while
 * the command waits for a slow reader. A process that is stopped renews nothing.
 */

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "message/message.h"

struct message_keeper {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ends;
	int end;
	const char *path, *session;
	int64_t every;
};

/* Waits, with the lock. Returns 1 if the thread is to end. */
static int
nap(struct message_keeper *k)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(k->every / 1000);
	t.tv_nsec += (long)(k->every % 1000 * 1000000);
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	while (!k->end && pthread_cond_timedwait(&k->ends, &k->lock, &t) == 0)
		continue;
	return k->end;
}

static void *
keep(void *arg)
{
	struct message_keeper *k = arg;
	struct buf error = { 0 };
	struct queue *q = NULL;

	pthread_mutex_lock(&k->lock);
	while (!nap(k)) {
		pthread_mutex_unlock(&k->lock);
		/* If this fails, the lease ends in time, and the command itself finds out why. */
		if (q == NULL)
			(void)queue_open(&q, k->path, QUEUE_SYNC_NONE, &error);
		if (q != NULL)
			(void)queue_session_renew(q, k->session);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	queue_close(q);
	buf_free(&error);
	return NULL;
}

struct message_keeper *
message_keeper_begin(const char *path, const char *session, int64_t every_ms)
{
	struct message_keeper *k = calloc(1, sizeof *k);
	pthread_condattr_t attr;
	sigset_t all, old;
	int error;

	if (k == NULL)
		return NULL;
	k->path = path;
	k->session = session;
	k->every = every_ms > 20 ? every_ms : 20;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->ends, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	error = pthread_create(&k->thread, NULL, keep, k);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error == 0)
		return k;
	free(k);
	return NULL;
}

void
message_keeper_end(struct message_keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->end = 1;
	pthread_cond_signal(&k->ends);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->ends);
	free(k);
}
