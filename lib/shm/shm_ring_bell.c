/*
 * shm_ring_bell: how participants of a ring sleep and wake each other. See shm_ring_private.h.
 *
 * As in ring.c: a participant that is about to sleep sets a flag and looks again; one that changes
 * something looks at the flag afterwards. Both have a full fence between the two steps. A waker can
 * die in between, so each sleep is bounded, and a sleeper then looks for the dead.
 */

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "shm/shm_ring_private.h"

/*
 * The numbers of FUTEX_WAIT and FUTEX_WAKE: linux/futex.h is missing on some systems that have
 * futexes.
 */
enum { WAIT = 0, WAKE = 1 };

int
shm_ring_futex(_Atomic uint32_t *word, uint32_t seen, unsigned ms)
{
	struct timespec most = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* Not FUTEX_PRIVATE: the sleepers and wakers are different processes. */
	return syscall(SYS_futex, word, WAIT, seen, &most, NULL, 0) == 0 || errno != ETIMEDOUT;
}

void
shm_ring_futex_wake(_Atomic uint32_t *word, int most)
{
	(void)syscall(SYS_futex, word, WAKE, most, NULL, NULL, 0);
}

/*
 * A futex cannot be polled, so a participant that polls has a datagram socket. Its abstract name
 * (unix(7)) says which object and place it belongs to, and is gone with its process. Anybody can
 * send there; all that follows is a look at the ring.
 */
static socklen_t
address(const struct shm_ring *r, unsigned place, struct sockaddr_un *a)
{
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(a->sun_path + 1, sizeof a->sun_path - 1, "rec-shm-%llx-%llx-%u", (unsigned long long)r->device,
	    (unsigned long long)r->inode, place);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static int
bell_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void
wake_pollers(struct shm_ring *r, enum shm_bell which)
{
	static int from = -1; /* one for the process */
	unsigned known = shm_ring_known(r);
	struct sockaddr_un a;

	if (from < 0)
		from = bell_socket();
	for (unsigned i = 0; i < known && from >= 0; i++)
		if (atomic_fetch_and_explicit(&r->shared->place[i].polls, ~(1U << which), memory_order_relaxed) &
		    1U << which)
			/*
			 * If this fails, a datagram is there already, or no socket has that name.
			 */
			(void)sendto(from, "", 1, MSG_NOSIGNAL, (struct sockaddr *)&a, address(r, i, &a));
}

void
shm_ring_wake(struct shm_ring *r, enum shm_bell which)
{
	struct bell *b = &r->shared->bells[which];

	/*
	 * The partner of the fence in shm_ring_listen: either the sleeper is seen here, or it sees
	 * what was done before this.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	SHM_STEP();
	if (atomic_load_explicit(&b->pollers, memory_order_relaxed) != 0 &&
	    atomic_exchange_explicit(&b->pollers, 0, memory_order_acq_rel) != 0)
		wake_pollers(r, which);
	if (atomic_load_explicit(&b->sleepers, memory_order_relaxed) == 0)
		return;
	SHM_STEP();
	if (atomic_exchange_explicit(&b->sleepers, 0, memory_order_relaxed) == 0)
		return;
	/* A participant that listens, and does not sleep yet, sees that the bell has rung. */
	(void)atomic_fetch_add_explicit(&b->rung, 1, memory_order_release);
	shm_ring_futex_wake(&b->rung, INT_MAX);
}

uint32_t
shm_ring_listen(struct shm_ring *r, enum shm_bell which)
{
	struct bell *b = &r->shared->bells[which];
	uint32_t heard = atomic_load_explicit(&b->rung, memory_order_acquire);

	SHM_STEP();
	atomic_store_explicit(&b->sleepers, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	SHM_STEP();
	return heard;
}

void
shm_ring_waits(struct shm_ring *r, enum shm_bell which)
{
	/* However often it looks around meanwhile, this is one wait. */
	if (r->role != SHM_NOBODY && !r->waits) {
		count_up(&r->shared->place[r->place].waits, 1);
		count_up(which == SHM_ROOM ? &r->shared->waits : &r->shared->out_waits, 1);
		r->waits = 1;
	}
}

int
shm_ring_sleep(struct shm_ring *r, enum shm_bell which, uint32_t heard, unsigned ms)
{
	shm_ring_waits(r, which);
	return shm_ring_futex(&r->shared->bells[which].rung, heard, ms);
}

void
shm_ring_announce(struct shm_ring *r, enum shm_bell which)
{
	struct sockaddr_un a;
	socklen_t n = address(r, r->place, &a);
	char rung[8];

	if (r->bell < 0 && (r->bell = bell_socket()) >= 0 && bind(r->bell, (struct sockaddr *)&a, n) < 0) {
		close(r->bell);
		r->bell = -1;
	}
	while (r->bell >= 0 && recv(r->bell, rung, sizeof rung, 0) >= 0)
		;
	(void)atomic_fetch_or_explicit(&r->shared->place[r->place].polls, 1U << which, memory_order_relaxed);
	atomic_store_explicit(&r->shared->bells[which].pollers, 1, memory_order_release);
	/* As in shm_ring_listen. */
	atomic_thread_fence(memory_order_seq_cst);
}
