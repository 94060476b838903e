/*
 * queue_control: locks, places and futexes of a queue's processes; see queue_control.h.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "queue/queue_control.h"

static_assert(sizeof(struct queue_words) <= QUEUE_LOCK_BYTES, "the words fit");
static_assert(offsetof(struct queue_words, durable) % 8 == 0, "words lie alike on all machines");
static_assert(offsetof(struct queue_words, pids) == 16 * 4 + 4 * 8, "words lie alike on all machines");

#define FIRST_PLACE 16 /* byte of place 0 */

/* Operations of futex(2), as in linux/futex.h, which some systems lack. */
enum { FUTEX_WAIT, FUTEX_WAKE };

/* ---- locks of bytes ---- */

static int
lock_bytes(int fd, int command, short type, uint64_t byte, uint64_t n)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = (off_t)n };
	int r;

	while ((r = fcntl(fd, command, &l)) < 0 && errno == EINTR)
		continue;
	return command == F_OFD_GETLK ? r < 0 || l.l_type != F_UNLCK : r;
}

int
queue_control_take(struct queue_control *c, uint64_t byte)
{
	return lock_bytes(c->fd, F_OFD_SETLK, F_WRLCK, byte, 1) == 0;
}

void
queue_control_give(struct queue_control *c, uint64_t byte)
{
	(void)lock_bytes(c->fd, F_OFD_SETLK, F_UNLCK, byte, 1);
}

int
queue_control_held(const struct queue_control *c, uint64_t byte)
{
	return lock_bytes(c->fd, F_OFD_GETLK, F_WRLCK, byte, 1);
}

int
queue_control_lives(const struct queue_control *c, uint32_t place)
{
	return queue_control_held(c, FIRST_PLACE + place);
}

int
queue_control_alone(const struct queue_control *c)
{
	return !lock_bytes(c->fd, F_OFD_GETLK, F_WRLCK, FIRST_PLACE, QUEUE_PLACES);
}

/* ---- the file ---- */

int
queue_control_make(int dir, unsigned mode)
{
	int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int error;

	if (fd < 0)
		return -1;
	error = fchmod(fd, mode) < 0 ? errno : posix_fallocate(fd, 0, QUEUE_LOCK_BYTES);
	if (error == 0 && fsync(fd) < 0)
		error = errno;
	close(fd);
	errno = error;
	return error != 0 ? -1 : 0;
}

int
queue_control_open(struct queue_control *c, int dir)
{
	struct stat st;

	*c = (struct queue_control){ .fd = openat(dir, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK),
		.place = QUEUE_PLACES };
	if (c->fd < 0)
		return -1;
	if (fstat(c->fd, &st) < 0)
		goto failed;
	if (!S_ISREG(st.st_mode) || st.st_size != QUEUE_LOCK_BYTES) {
		errno = EINVAL;
		goto failed;
	}
	c->words = mmap(NULL, QUEUE_LOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (c->words != MAP_FAILED)
		return 0;
failed:
	c->words = NULL;
	queue_control_close(c);
	return -1;
}

void
queue_control_close(struct queue_control *c)
{
	int saved = errno;

	if (c->words != NULL)
		munmap(c->words, QUEUE_LOCK_BYTES);
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct queue_control){ .fd = -1, .place = QUEUE_PLACES };
	errno = saved;
}

/* ---- sleeping ---- */

int
queue_control_sleep(_Atomic uint32_t *word, uint32_t value, int64_t ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000) };

	return syscall(SYS_futex, word, FUTEX_WAIT, value, &t, NULL, 0) == 0 || errno != ETIMEDOUT;
}

void
queue_control_wake(_Atomic uint32_t *word, uint32_t n)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE, n > INT_MAX ? INT_MAX : (int)n, NULL, NULL, 0);
}

/* ---- the queue's lock ---- */

/* Wakes one of those that let somebody else go first. */
static void
wake_sleeper(struct queue_words *w)
{
	if (atomic_load(&w->sleepers) > 0)
		queue_control_wake(&w->starving, 1);
}

/* Lets somebody go first who has waited in vain, unless he is dead. */
static void
let_first(struct queue_control *c, uint32_t who)
{
	struct queue_words *w = c->words;

	atomic_fetch_add(&w->sleepers, 1);
	(void)queue_control_sleep(&w->starving, who, 10);
	atomic_fetch_sub(&w->sleepers, 1);
	if (atomic_load(&w->starving) == who && (who > QUEUE_PLACES || !queue_control_lives(c, who - 1)))
		(void)atomic_compare_exchange_strong(&w->starving, &who, 0);
}

void
queue_control_hold(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &set, before);
}

void
queue_control_release(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/*
 * Who had the lock last lets somebody else have it first, if others have been woken for it: it
 * would be back before they run.
 */
static void
yield_turn(struct queue_words *w, uint32_t mine)
{
	if (atomic_load(&w->sleepers) == 0 || atomic_load(&w->last) != mine)
		return;
	atomic_fetch_add(&w->yields, 1);
	(void)queue_control_sleep(&w->last, mine, 2);
	atomic_fetch_sub(&w->yields, 1);
}

/* Notes who has the lock now. */
static void
have_turn(struct queue_words *w, uint32_t mine)
{
	if (mine == 0 || atomic_load(&w->last) == mine)
		return;
	atomic_store(&w->last, mine);
	if (atomic_load(&w->yields) > 0)
		queue_control_wake(&w->last, UINT32_MAX);
}

int
queue_control_lock(struct queue_control *c)
{
	struct queue_words *w = c->words;
	uint32_t mine = c->place < QUEUE_PLACES ? c->place + 1 : 0, who, none = 0;

	/* Who has no place yet may find the words of a time when the queue was not open. */
	while (mine != 0 && (who = atomic_load(&w->starving)) != 0 && who != mine)
		let_first(c, who);
	if (mine != 0)
		yield_turn(w, mine);
	queue_control_hold(&c->before);
	if (flock(c->fd, LOCK_EX | LOCK_NB) == 0) {
		have_turn(w, mine);
		return 0;
	}
	queue_control_release(&c->before);
	if (mine != 0)
		(void)atomic_compare_exchange_strong(&w->starving, &none, mine);
	while (flock(c->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -1;
	queue_control_hold(&c->before);
	have_turn(w, mine);
	if (mine != 0 && atomic_load(&w->starving) == mine) {
		atomic_store(&w->starving, 0);
		wake_sleeper(w);
	}
	return 0;
}

void
queue_control_unlock(struct queue_control *c)
{
	(void)flock(c->fd, LOCK_UN);
	wake_sleeper(c->words);
	queue_control_release(&c->before);
}

/* ---- places ---- */

int
queue_control_enter(struct queue_control *c)
{
	int alone = queue_control_alone(c);
	uint32_t place = 0;

	if (alone)
		memset(c->words, 0, sizeof *c->words);
	else
		place = (uint32_t)getpid() % QUEUE_PLACES;
	for (uint32_t i = 0; i < QUEUE_PLACES; i++, place = (place + 1) % QUEUE_PLACES)
		if (queue_control_take(c, FIRST_PLACE + place)) {
			c->place = place;
			atomic_store(&c->words->pids[place], (uint32_t)getpid());
			return alone;
		}
	errno = EUSERS;
	return -1;
}
