/*
 * shm_kill: writers and readers of a named ring, killed at random and replaced, in queue and
 * broadcast; and stopped, which must change nothing. What each process knows is in memory that
 * survives it:
 *  - A writer says which record it is about to put, and which it has put. All records that were put
 *    must come, whole, and never twice; a record that was about to be put may come.
 *  - A queue's record that came to no reader must have been in the hands of a killed one: at most
 *    one for each of those.
 *  - Broadcast readers agree on which record has which number, and each sees all numbers from its
 *    first one on, or a loss of exactly those that are missing. A loss is at most one record for
 *    each killed writer.
 *  - Each writer has one of two tables, of which the first that is declared is the ring's. A reader
 *    gets that one, whole, before the first record; writers of the other one put nothing.
 *
 * A round of unit.h is one in each mode, and one of RINGS rings, in which writers are killed while
 * they write a table.
 */

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/shm_ring.h"
#include "unit/unit.h"

enum { WRITERS = 8, READERS = 8, LIVES = 64, RECORDS = 1 << 15, ALL = 1 << 18, BYTES = 1 << 16, KILLS = 24,
	TABLE = 60000, RINGS = 16 };

/* A writer's life: a process. */
struct life {
	_Atomic uint32_t about, put;
	_Atomic unsigned char seen[RECORDS];
};

struct known {
	_Atomic int stop, wrong, line;
	_Atomic uint64_t by_number[ALL]; /* broadcast: which record has that number, + 1 */
	_Atomic uint64_t lost;
	struct life lives[LIVES];
};
static struct known *known;
static char name[64];

/* For faults that a child finds. */
#define MUST(cond)                                                            \
	do {                                                                  \
		if (!(cond)) {                                                \
			int zero = 0;                                         \
			atomic_compare_exchange_strong(&known->line, &zero, __LINE__); \
			atomic_fetch_add(&known->wrong, 1);                   \
			_exit(1);                                             \
		}                                                             \
	} while (0)

struct record {
	uint32_t life, number, len, sum;
	unsigned char bytes[24000];
};

static uint32_t
pattern(const struct record *r)
{
	uint32_t sum = r->life * 2654435761u + r->number;

	for (uint32_t i = 0; i < r->len; i++)
		sum = sum * 31 + r->bytes[i];
	return sum;
}

static void
nap(struct shm_ring *ring, enum shm_bell bell, uint32_t heard)
{
	if (!shm_ring_sleep(ring, bell, heard, 2))
		(void)shm_ring_watch(ring);
}

static void
join(struct shm_ring *ring, enum shm_role role)
{
	MUST(shm_ring_find(ring, name) == 0);
	MUST(shm_gate(&ring->object) == 0);
	MUST(shm_ring_join(ring, role, 0) == 0);
	shm_ungate(&ring->object);
}

/* The table of a kind, 1 or 2. */
static const char *
table_of(unsigned kind)
{
	static char table[TABLE];

	memset(table, (int)kind, TABLE);
	return table;
}

/* Returns the kind of the ring's table, or 0 if it has none. */
static unsigned
kind_of(struct shm_ring *ring)
{
	struct buf there = { 0 };
	unsigned kind = 0;
	int got = shm_ring_table(ring, &there);

	MUST(got >= 0 && there.len == (got > 0 ? TABLE : 0));
	if (got > 0) {
		kind = (unsigned)there.data[0];
		MUST((kind == 1 || kind == 2) && memcmp(there.data, table_of(kind), TABLE) == 0);
	}
	buf_free(&there);
	return kind;
}

/* Declares a table of that kind. Returns 1 if it is the ring's, or 0 if the ring's is another. */
static int
declare(struct shm_ring *ring, unsigned kind)
{
	int got = shm_ring_declare(ring, table_of(kind), TABLE);

	MUST(got >= 0);
	return kind_of(ring) == kind;
}

static void
writer(unsigned life, unsigned seed)
{
	static struct record r;
	struct shm_ring ring;
	uint32_t n = 0;

	srandom(seed);
	join(&ring, SHM_WRITER);
	if (!declare(&ring, life % 8 == 7 ? 2 : 1))
		n = RECORDS;
	for (size_t i = 0; i < sizeof r.bytes; i++)
		r.bytes[i] = (unsigned char)random();
	while (!atomic_load(&known->stop) && n < RECORDS) {
		struct iovec iov[2] = { { &r, 16 }, { r.bytes, 0 } };
		int got;

		r.life = life;
		r.number = n;
		r.len = random() % 8 == 0 ? (uint32_t)random() % sizeof r.bytes : (uint32_t)random() % 600;
		r.bytes[0] = (unsigned char)n;
		r.sum = pattern(&r);
		iov[1].iov_len = r.len;
		atomic_store(&known->lives[life].about, n + 1);
		for (;;) {
			uint32_t heard = shm_ring_listen(&ring, SHM_ROOM);

			if ((got = shm_ring_put(&ring, iov, 2, 1)) != 0)
				break;
			nap(&ring, SHM_ROOM, heard);
		}
		MUST(got == 1);
		atomic_store(&known->lives[life].put, ++n);
	}
	shm_ring_close(&ring);
	_exit(0);
}

static void
see(const struct shm_item *item, int broadcast)
{
	static struct record r;

	MUST(item->count == 1 && item->len >= 16 && item->len <= sizeof r);
	memcpy(&r, item->data, item->len);
	MUST(r.life < LIVES && r.number < RECORDS && r.len == item->len - 16 && r.sum == pattern(&r));
	if (broadcast) {
		uint64_t nobody = 0, mine = ((uint64_t)r.life << 32 | r.number) + 1;

		MUST(item->seq < ALL);
		MUST(atomic_compare_exchange_strong(&known->by_number[item->seq], &nobody, mine) || nobody == mine);
		atomic_store(&known->lives[r.life].seen[r.number], 1);
	} else {
		MUST(atomic_fetch_add(&known->lives[r.life].seen[r.number], 1) == 0);
	}
}

static void
reader(int broadcast)
{
	struct shm_ring ring;
	struct shm_item item;
	uint64_t next;
	unsigned kind = 0;

	join(&ring, SHM_READER);
	next = ring.seq;
	for (;;) {
		uint32_t heard = shm_ring_listen(&ring, SHM_DATA);
		int stop = atomic_load(&known->stop) == 2; /* all writers have gone */

		switch (shm_ring_next(&ring, &item)) {
		case SHM_TABLE:
			MUST(kind == 0 && item.len == TABLE);
			kind = (unsigned)item.data[0];
			MUST(memcmp(item.data, table_of(kind), TABLE) == 0 && kind_of(&ring) == kind);
			break;
		case SHM_BLOCK:
			see(&item, broadcast);
			MUST(kind != 0);
			MUST(broadcast ? item.seq == next : item.seq >= next);
			next = item.seq + 1;
			break;
		case SHM_LOST:
			MUST(item.unknown || (broadcast ? item.seq == next : item.seq >= next));
			if (!item.unknown)
				next = item.seq + item.count;
			atomic_fetch_add(&known->lost, item.count);
			break;
		case SHM_NONE:
			if (stop) {
				shm_ring_close(&ring);
				_exit(0);
			}
			nap(&ring, SHM_DATA, heard);
			break;
		default:
			MUST(!"a broken ring, or an end");
		}
	}
}

static void
sleep_us(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

struct child {
	pid_t pid;
	int writes;
};

static void
start(struct child *c, int broadcast, unsigned *life)
{
	unsigned mine = *life, seed = (unsigned)unit_random(1 << 30);

	if (c->writes)
		(*life)++;
	if ((c->pid = fork()) == 0) {
		if (c->writes)
			writer(mine, seed);
		reader(broadcast);
	}
	CHECK(c->pid > 0);
}

/*
 * Waits for a child to end well, with a deadline: a hang is a failure, not a test that never ends.
 */
static int
ends(pid_t pid)
{
	int status;

	for (int i = 0; i < 30000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		sleep_us(1000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 0;
}

static void
judge(int broadcast, unsigned lives, unsigned writers_killed, unsigned readers_killed)
{
	unsigned long missing = 0, put = 0;

	for (unsigned i = 0; i < lives; i++) {
		struct life *l = &known->lives[i];

		put += l->put;
		for (uint32_t n = 0; n < RECORDS; n++) {
			missing += n < l->put && l->seen[n] == 0;
			if (n >= l->about && l->seen[n] > 0)
				CHECK(!"a record that nobody has put");
		}
	}
	CHECK(put > 0);
	CHECK(known->wrong == 0);
	if (known->wrong != 0)
		printf("a child found something wrong: line %d\n", known->line);
	CHECK(broadcast ? missing == 0 : missing <= readers_killed);
	/* In broadcast each reader reports it, in a queue one of them. */
	CHECK(known->lost <= (uint64_t)writers_killed * (broadcast ? READERS + KILLS : 1));
}

static void
round_of(int broadcast)
{
	struct shm_plan plan = { .mode = broadcast ? SHM_BROADCAST : SHM_QUEUE, .keep = 1, .made = 1, .bytes = BYTES };
	struct child children[WRITERS + READERS];
	struct shm_ring ring;
	unsigned life = 0, killed[2] = { 0, 0 };

	memset(known, 0, sizeof *known);
	CHECK(shm_ring_make(&ring, name, &plan) == 0);
	shm_ring_close(&ring);
	/*
	 * In broadcast one reader is there from the beginning to the end, so every record comes to
	 * a reader.
	 */
	for (int i = WRITERS + READERS - 1; i >= 0; i--) {
		children[i].writes = i < WRITERS;
		start(&children[i], broadcast, &life);
		if (i == WRITERS + READERS - 1) {
			static struct shm_figures f;

			for (int tries = 0; tries < 30000; tries++) {
				CHECK(shm_ring_find(&ring, name) == 0);
				CHECK(shm_ring_figures(&ring, &f) == 0);
				shm_ring_close(&ring);
				if (f.readers > 0)
					break;
				sleep_us(1000);
			}
		}
	}
	for (int k = 0; k < KILLS; k++) {
		struct child *c = &children[unit_random(WRITERS + READERS - 1)];
		int status;

		sleep_us((long)unit_random(3000));
		if (unit_random(4) == 0) {
			/*
			 * A process that is only stopped for a while: no other may take it for
			 * dead.
			 */
			kill(c->pid, SIGSTOP);
			sleep_us((long)unit_random(20000));
			kill(c->pid, SIGCONT);
			continue;
		}
		kill(c->pid, SIGKILL);
		CHECK(waitpid(c->pid, &status, 0) == c->pid);
		if (WIFSIGNALED(status))
			killed[c->writes]++;
		else
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		start(c, broadcast, &life);
	}
	atomic_store(&known->stop, 1);
	for (int i = 0; i < WRITERS; i++)
		CHECK(ends(children[i].pid));
	/* The readers look at the ring once more after all writers have gone. */
	atomic_store(&known->stop, 2);
	for (int i = WRITERS; i < WRITERS + READERS; i++)
		CHECK(ends(children[i].pid));
	judge(broadcast, life, killed[1], killed[0]);
	CHECK(shm_ring_find(&ring, name) == 0);
	CHECK(shm_ring_others(&ring) == 0);
	CHECK(shm_remove(&ring.object, name) == 0);
	shm_ring_close(&ring);
}

/* Writers that are killed while they write a table: another one finds it whole, or writes it. */
static void
round_of_tables(void)
{
	struct shm_plan plan = { .mode = SHM_QUEUE, .made = 1, .bytes = BYTES };
	pid_t pids[2];
	struct shm_ring ring;

	memset(known, 0, sizeof *known);
	for (int i = 0; i < RINGS; i++) {
		CHECK(shm_ring_make(&ring, name, &plan) == 0);
		for (unsigned k = 0; k < 2; k++)
			if ((pids[k] = fork()) == 0) {
				struct shm_ring mine;

				join(&mine, SHM_WRITER);
				(void)declare(&mine, k + 1);
				_exit(0); /* without leaving: the others clear up */
			}
		sleep_us((long)unit_random(1000));
		for (int k = 0; k < 2; k++) {
			kill(pids[k], SIGKILL);
			CHECK(waitpid(pids[k], NULL, 0) == pids[k]);
		}
		shm_ring_close(&ring);
		join(&ring, SHM_WRITER);
		if (kind_of(&ring) == 0)
			CHECK(declare(&ring, 1));
		CHECK(kind_of(&ring) != 0);
		CHECK(shm_remove(&ring.object, name) == 0);
		shm_ring_close(&ring);
	}
	CHECK(known->wrong == 0);
}

int
main(void)
{
	known = mmap(NULL, sizeof *known, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (known == MAP_FAILED)
		return 1;
	snprintf(name, sizeof name, "unit.kill.%ld", (long)getpid());
	while (unit_round()) {
		round_of(0);
		round_of(1);
		round_of_tables();
	}
	return unit_end("shm_kill");
}
