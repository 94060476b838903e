#ifndef QUEUE_CONTROL_H
#define QUEUE_CONTROL_H

/*
 * queue_control: how the processes that have a queue open know of each other, and wait for each
 * other: the queue's file `lock`, which is mapped, and its locks.
 *
 * The kernel frees a lock when the process that has it ends, however it ends. So a lock that can be
 * taken proves that nobody has it; time never proves anything. The file's own lock (flock(2), which
 * is cheaper than that of a byte) is the queue's lock: who has it may read and change the index and
 * the end of the log. Each process holds the lock of a byte (F_OFD_SETLK of Linux), its place, for
 * life. Sessions have two bytes each.
 *
 * The words in the file mean nothing when nobody has the queue open: who comes first clears them.
 */

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
	QUEUE_PLACES = 4096,          /* processes that have a queue open, at most */
	QUEUE_LOCK_BYTES = 32768,     /* of the file */
	QUEUE_SESSION_LOCKS = 1 << 20 /* the first byte that sessions lock */
};

struct queue_words {
	_Atomic uint32_t dirty;      /* place + 1 of who changes the index now; 0: it is whole */
	_Atomic uint32_t removed;    /* 1: the queue is being removed */
	_Atomic uint32_t generation; /* how often the index's file was replaced */
	_Atomic uint32_t epoch;      /* how often the log has gone back to what is on the disk */
	_Atomic uint32_t events;     /* futex: counts what waiters may want to know */
	_Atomic uint32_t waiters;    /* that sleep on it */
	_Atomic uint32_t watchman;   /* place + 1 of the waiter that wakes the others in time; 0: none */
	_Atomic uint32_t leader;     /* place + 1 of who syncs now; 0: nobody */
	_Atomic uint32_t synced;     /* futex: counts ends of syncs */
	_Atomic uint32_t sync_waiters;
	_Atomic uint32_t starving; /* futex: place + 1 of who gets the lock next; 0: whoever comes */
	_Atomic uint32_t sleepers; /* that sleep on it */
	_Atomic uint32_t full;     /* 1: somebody could receive nothing, because too much is in flight */
	_Atomic uint32_t last;     /* futex: place + 1 of who had the lock last */
	_Atomic uint32_t yields;   /* how many let somebody else have it in between */
	_Atomic uint32_t spare;
	_Atomic uint64_t durable; /* the log is on the disk up to this lsn */
	_Atomic uint64_t back;    /* the lsn to which the log went back last */
	_Atomic int64_t alarm;    /* the watchman sleeps until then, by CLOCK_MONOTONIC in milliseconds */
	_Atomic uint64_t zeroed; /* zeros were written from the end of the log up to this lsn; or it is below the end */
	_Atomic uint32_t pids[QUEUE_PLACES];
};

struct queue_control {
	int fd; /* -1: not open */
	sigset_t before; /* private: the signals that were blocked before the lock was taken */
	struct queue_words *words;
	uint32_t place; /* of this process; QUEUE_PLACES: it has none yet */
};

/*
 * Make and open the file in a directory. Return 0, or -1 with errno; EINVAL if it is no such file.
 * The second closes and unmaps it: all locks are free.
 */
int queue_control_make(int dir, unsigned mode);
int queue_control_open(struct queue_control *, int dir);
void queue_control_close(struct queue_control *);

/*
 * Waits for the queue's lock. Nobody waits for more turns than there are processes: who has waited
 * in vain comes next. Signals that end or stop a process by a key, or by a person (INT, TERM, HUP,
 * QUIT, TSTP), wait until the lock is free again: the next one need not clean up, and nobody stands
 * still with the lock. Returns 0, or -1 with errno.
 */
int queue_control_lock(struct queue_control *);
void queue_control_unlock(struct queue_control *);

/* The same for signals alone: what was blocked before is kept by the caller. They nest. */
void queue_control_hold(sigset_t *before);
void queue_control_release(const sigset_t *before);

/*
 * With the lock: takes a place. Returns 1 if no other process has the queue open, and all words are
 * cleared; 0 if one has; -1 with errno, EUSERS if all places are taken.
 */
int queue_control_enter(struct queue_control *);

/* With the lock: returns 1 if no other process has the queue open, else 0. */
int queue_control_alone(const struct queue_control *);

/* Returns 1 if a process lives at the place, else 0. It is not to be asked for the own one. */
int queue_control_lives(const struct queue_control *, uint32_t place);

/*
 * Locks of other bytes. Take returns 1, or 0 if another process has it. Held returns 1 if another
 * one has it, else 0.
 */
int queue_control_take(struct queue_control *, uint64_t byte);
void queue_control_give(struct queue_control *, uint64_t byte);
int queue_control_held(const struct queue_control *, uint64_t byte);

/*
 * Sleeps while the word has that value, for at most ms milliseconds. Returns 0 if the time is over,
 * else 1, also for other reasons. Wake wakes at most n sleepers.
 */
int queue_control_sleep(_Atomic uint32_t *word, uint32_t value, int64_t ms);
void queue_control_wake(_Atomic uint32_t *word, uint32_t n);

#endif
