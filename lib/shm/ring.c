/*
 * ring: see ring.h.
 *
 * Two counters carry the data. published (release): a reader that sees it (acquire) sees the slot's
 * bytes. released gives slots back in the same way. Each side writes only its own cache lines, and
 * keeps what it last saw of the other's.
 *
 * Sleeping: a side that is about to sleep sets its flag and looks again; a side that publishes or
 * releases looks at the other's flag afterwards. Both have a full fence between the two steps, so
 * at least one of them sees what the other has done (Dekker). The flag is taken by exchange, so
 * each sleep costs at most one wake. tests/model/ring_model.c tries every interleaving.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shm/ring.h"

#define LINE 64
#define PAGE RING_PAGE
#define SLOTS_MAX 65536
#define SIZE_MOST (16 * 1024 * 1024)
#define BYTES_MAX (1024 * 1024 * 1024)
static const char magic[8] = "rec ring";

struct ring_shared {
	char magic[8];
	uint32_t version, slots;
	uint64_t size, id[2];
	unsigned char token[RING_TOKEN];
	_Alignas(LINE) _Atomic uint64_t published; /* the writer's */
	_Atomic uint32_t done;
	_Alignas(LINE) _Atomic uint64_t released;  /* the reader's; taken is released or one more */
	_Atomic uint64_t taken;
	_Atomic uint32_t begun, left;
	_Alignas(LINE) _Atomic uint32_t reader_sleeps; /* set by the reader, taken by the writer */
	_Alignas(LINE) _Atomic uint32_t writer_sleeps; /* the other way round */
	_Alignas(LINE) _Atomic uint32_t attached;
};
_Static_assert(sizeof(struct ring_shared) <= PAGE, "the counters fit the first page");

/* The head of a slot. */
struct held {
	int32_t len; /* or RING_LARGE */
	uint32_t at; /* bytes from the slot's beginning to the data */
};
_Static_assert(sizeof(struct held) == RING_SLOT_HEAD && SIZE_MOST <= INT32_MAX - PAGE, "a slot's numbers fit");

/* Whole pages: a read into a slot at the beginning of a page is fastest. */
static size_t
stride(size_t size)
{
	return (RING_SLOT_HEAD + size + PAGE - 1) / PAGE * PAGE;
}

/*
 * Returns the bytes of a ring, or 0 if that is more than a ring may have, or more than a size_t of
 * 32 bits holds.
 */
static size_t
whole(uint64_t slots, uint64_t size)
{
	if (slots == 0 || slots > SLOTS_MAX || size == 0 || size > SIZE_MOST)
		return 0;
	return slots > (BYTES_MAX - PAGE) / stride((size_t)size) ? 0 : PAGE + (size_t)slots * stride((size_t)size);
}

static int
map(struct ring *r, int fd, size_t slots, size_t size)
{
	r->bytes = whole(slots, size);
	r->slots = slots;
	r->size = size;
	r->mine = r->theirs = 0;
	r->shared = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r->shared == MAP_FAILED) {
		r->shared = NULL;
		return -1;
	}
	r->first = (char *)r->shared + PAGE;
	return 0;
}

int
ring_make(struct ring *r, int *fd, size_t slots, size_t size, const uint64_t id[2])
{
	size_t bytes = whole(slots, size);
	int error;

	*fd = -1;
	errno = EINVAL;
	if (bytes == 0)
		return -1;
	/*
	 * A system call, because musl has memfd_create only since 1.1.21. The flags are
	 * MFD_CLOEXEC, MFD_ALLOW_SEALING and MFD_NOEXEC_SEAL. Linux knows the last one since 6.3,
	 * and systems may be set to demand it (vm.memfd_noexec).
	 */
	*fd = (int)syscall(SYS_memfd_create, "rec ring", 1U | 2U | 8U);
	if (*fd < 0 && errno == EINVAL)
		*fd = (int)syscall(SYS_memfd_create, "rec ring", 1U | 2U);
	if (*fd < 0)
		return -1;
	/* error is not zero if posix_fallocate failed, because that function does not set errno. */
	error = 0;
	if (ftruncate(*fd, (off_t)bytes) == 0 && (error = posix_fallocate(*fd, 0, (off_t)bytes)) == 0 &&
	    map(r, *fd, slots, size) == 0) {
		struct ring_shared *s = r->shared;

		memcpy(s->magic, magic, sizeof magic);
		s->version = 2;
		s->slots = (uint32_t)slots;
		s->size = size;
		s->id[0] = id[0];
		s->id[1] = id[1];
		if (getrandom(s->token, sizeof s->token, 0) == (ssize_t)sizeof s->token &&
		    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
			return 0;
		error = errno;
		ring_free(r);
	}
	error = error != 0 ? error : errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return -1;
}

int
ring_map(struct ring *r, int fd, const unsigned char token[RING_TOKEN], uint64_t id[2])
{
	struct stat st;
	struct ring_shared head;
	size_t bytes;
	int seals = fcntl(fd, F_GET_SEALS);

	errno = EBADMSG;
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) < 0 ||
	    pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head)
		return -1;
	errno = EBADMSG;
	if (memcmp(head.magic, magic, sizeof magic) != 0 || head.version != 2 ||
	    memcmp(head.token, token, RING_TOKEN) != 0 || (bytes = whole(head.slots, head.size)) == 0 ||
	    (uint64_t)st.st_size != bytes)
		return -1;
	id[0] = head.id[0];
	id[1] = head.id[1];
	return map(r, fd, head.slots, (size_t)head.size);
}

const unsigned char *
ring_token(const struct ring *r)
{
	return r->shared->token;
}

void
ring_free(struct ring *r)
{
	if (r->shared != NULL)
		munmap(r->shared, r->bytes);
	r->shared = NULL;
}

static char *
slot(const struct ring *r, uint64_t ticket)
{
	return r->first + (size_t)(ticket % r->slots) * stride(r->size);
}

/*
 * Takes the flag of a side that sleeps, so that each sleep is ended once. Returns 1 if it was set,
 * else 0. The fence is the partner of the one in sleeps.
 */
static int
taken_flag(_Atomic uint32_t *flag)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(flag, memory_order_relaxed) == 0)
		return 0;
	return atomic_exchange_explicit(flag, 0, memory_order_relaxed) != 0;
}

/* ---- the writer ---- */

int
ring_attached(const struct ring *r)
{
	/* Acquire: what the reader did before it attached has been done. */
	return atomic_load_explicit(&r->shared->attached, memory_order_acquire) != 0;
}

int
ring_begun(const struct ring *r)
{
	return atomic_load_explicit(&r->shared->begun, memory_order_acquire) != 0;
}

int
ring_left(const struct ring *r)
{
	/* Acquire: the reader's last count of what it took is seen with it. */
	return atomic_load_explicit(&r->shared->left, memory_order_acquire) != 0;
}

int64_t
ring_used(struct ring *r)
{
	uint64_t released;

	/* Acquire: the reader has read what it gives back (ring_release). */
	released = atomic_load_explicit(&r->shared->released, memory_order_acquire);
	if (released < r->theirs || released > r->mine) {
		errno = EBADMSG;
		return -1;
	}
	r->theirs = released;
	return (int64_t)(r->mine - released);
}

char *
ring_room(struct ring *r)
{
	errno = 0;
	if (r->mine - r->theirs >= r->slots) {
		int64_t used = ring_used(r);

		if (used < 0 || (uint64_t)used >= r->slots)
			return NULL;
	}
	return slot(r, r->mine) + RING_SLOT_HEAD;
}

int
ring_put(struct ring *r, const char *data, long len)
{
	char *to = slot(r, r->mine);
	struct held held = { (int32_t)len, (uint32_t)(data - to) };

	memcpy(to, &held, sizeof held);
	r->mine++;
	/* Release: a reader that sees the count (ring_next) sees the slot's bytes. */
	atomic_store_explicit(&r->shared->published, r->mine, memory_order_release);
	return taken_flag(&r->shared->reader_sleeps);
}

int
ring_done(struct ring *r)
{
	atomic_store_explicit(&r->shared->done, 1, memory_order_release);
	return taken_flag(&r->shared->reader_sleeps);
}

int
ring_writer_sleeps(struct ring *r, size_t fewer)
{
	int64_t used;

	atomic_store_explicit(&r->shared->writer_sleeps, 1, memory_order_relaxed);
	/*
	 * The partner of taken_flag's in ring_release: either the reader sees the flag, or its
	 * release is seen here.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	used = ring_used(r);
	if (used < 0 || ((uint64_t)used < fewer && ring_begun(r)) || ring_left(r)) {
		atomic_store_explicit(&r->shared->writer_sleeps, 0, memory_order_relaxed);
		return 0;
	}
	return 1;
}

uint64_t
ring_untaken(struct ring *r)
{
	uint64_t taken = atomic_load_explicit(&r->shared->taken, memory_order_acquire);

	/* If the count makes no sense, all that was not released counts as unread. */
	return taken < r->theirs || taken > r->mine || r->mine - taken > r->slots ? r->theirs : taken;
}

char *
ring_slot(const struct ring *r, uint64_t ticket, long *len)
{
	char *from = slot(r, ticket);
	struct held held; /* copied before it is checked: the other side could change it in between */
	size_t all = RING_SLOT_HEAD + r->size;

	memcpy(&held, from, sizeof held);
	if (held.len != RING_LARGE &&
	    (held.at < RING_SLOT_HEAD || held.at > all || held.len < 0 || (uint32_t)held.len > all - held.at)) {
		errno = EBADMSG;
		return NULL;
	}
	*len = held.len;
	return held.len == RING_LARGE ? from : from + held.at;
}

int
ring_holds(const struct ring *r, const void *memory)
{
	uintptr_t at = (uintptr_t)memory, first = (uintptr_t)r->first;

	return r->shared != NULL && at >= first && at < (uintptr_t)r->shared + r->bytes;
}

/* ---- the reader ---- */

int
ring_attach(struct ring *r)
{
	uint32_t nobody = 0;

	/* Release: the partner of ring_attached. Only one reader's exchange succeeds. */
	return atomic_compare_exchange_strong_explicit(
	    &r->shared->attached, &nobody, (uint32_t)getpid(), memory_order_acq_rel, memory_order_relaxed);
}

int
ring_begin(struct ring *r)
{
	atomic_store_explicit(&r->shared->begun, 1, memory_order_release);
	return taken_flag(&r->shared->writer_sleeps);
}

int
ring_next(struct ring *r, char **data, long *len)
{
	if (r->mine == r->theirs) {
		/*
		 * done before published: a reader that sees that no more comes sees all that came.
		 * Both acquire: see ring_put, ring_done.
		 */
		uint32_t done = atomic_load_explicit(&r->shared->done, memory_order_acquire);
		uint64_t published;

		published = atomic_load_explicit(&r->shared->published, memory_order_acquire);
		if (published < r->theirs || published - r->mine > r->slots) {
			errno = EBADMSG;
			return -1;
		}
		r->theirs = published;
		if (r->mine == published)
			return done ? 2 : 0;
	}
	return (*data = ring_slot(r, r->mine, len)) != NULL ? 1 : -1;
}

void
ring_take(struct ring *r)
{
	atomic_store_explicit(&r->shared->taken, r->mine + 1, memory_order_release);
}

int
ring_release(struct ring *r)
{
	r->mine++;
	/* Release: the slot has been read before it is given back (in_use). */
	atomic_store_explicit(&r->shared->released, r->mine, memory_order_release);
	return taken_flag(&r->shared->writer_sleeps);
}

int
ring_reader_sleeps(struct ring *r)
{
	uint64_t published;

	atomic_store_explicit(&r->shared->reader_sleeps, 1, memory_order_relaxed);
	/* The partner of taken_flag's in ring_put and ring_done. */
	atomic_thread_fence(memory_order_seq_cst);
	published = atomic_load_explicit(&r->shared->published, memory_order_acquire);
	if (published != r->mine || atomic_load_explicit(&r->shared->done, memory_order_acquire)) {
		atomic_store_explicit(&r->shared->reader_sleeps, 0, memory_order_relaxed);
		return 0;
	}
	return 1;
}

void
ring_leave(struct ring *r)
{
	/* Release: the count of what was taken is seen with it. */
	atomic_store_explicit(&r->shared->left, 1, memory_order_release);
}
