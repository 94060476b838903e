/*
 * shm_steps: every way in which a few participants of a small ring can interleave, with at most a
 * few switches more than necessary, and one of them killed at any step, or none. It runs the ring's
 * own code, in which each SHM_STEP is a place at which another participant may run.
 *
 * A participant is a coroutine. A schedule is the list of the participants that run at each step;
 * the next one differs from the last in the last place at which there was another choice (depth
 * first). A coroutine that waits is not run before something in the ring has changed. So if none
 * can run, and not all have ended, they have waited for each other for ever.
 *
 * If the libc has no contexts (musl) threads take turns instead, which is slow: then only the first
 * schedules of each kind are run.
 *
 *   SHM_SWITCHES=N   switches more than necessary, between two; between three one less; default 1
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

#ifdef __GLIBC__
#include <ucontext.h>
#else
#include <pthread.h>
#include <semaphore.h>
#endif

#include "unit/unit.h"

static void step(void);
static int wait_for_lock(_Atomic uint32_t *word, uint32_t seen);
#define SHM_EXPLORED
#define SHM_STEP() step()
#define SHM_LOCK_WAIT(word, seen, ms) ((void)(ms), wait_for_lock(word, seen))
#define SHM_AREA 1

/* The rooms under test, unchanged, with their steps. */
#include "shm/shm_ring.c"
#include "shm/shm_ring_bell.c"
#include "shm/shm_ring_next.c"
#include "shm/shm_ring_put.c"
#include "shm/shm_ring_table.c"

enum { MOST = 4, STACK = 64 * 1024, GRANULES = 4, DEPTH = 20000, RECORDS = 16, TABLE = 200 };

struct actor {
	enum shm_role role;
	unsigned records; /* a writer's */
	int late;         /* comes when the others are at work */
	char table;       /* a writer's, TABLE times; 'n': its records have none; 0: that is not looked at */
	/* of one run */
#ifdef __GLIBC__
	ucontext_t context;
#else
	pthread_t thread;
	sem_t go;
	int begun;
#endif
	char *stack;
	struct shm_ring ring;
	int ended, killed, gone, wrong;
	int holds[SHM_PLACES]; /* bytes locked */
	uint64_t waits;        /* for another state than this; 0: does not wait */
	unsigned put, about;
	int refused;           /* a writer: its table is not the ring's */
	char given;            /* a reader: the table */
	unsigned char order[RECORDS];
	unsigned got;
	enum shm_found end;
};

static struct actor actors[MOST];
static unsigned n_actors;
static struct shm_plan plan;
static struct shm_shared *memory;
#ifdef __GLIBC__
static ucontext_t scheduler;

/* swapcontext, about which the address sanitizer complains. */
static void
turn_to(ucontext_t *from, const ucontext_t *to)
{
	volatile int back = 0;

	getcontext(from);
	if (!back) {
		back = 1;
		setcontext(to);
	}
}
enum { SCHEDULES = 1000000000 };
#else
static sem_t back;
enum { SCHEDULES = 100 };
#endif
static struct actor *running;

/* ---- instead of shm_object.c: locks ---- */

int
shm_make(struct shm *s, const char *n, const void *b, size_t l, size_t a)
{
	(void)s, (void)n, (void)b, (void)l, (void)a;
	return -1;
}

int shm_find(struct shm *s, const char *n, void *b, size_t l) { (void)s; (void)n; (void)b; (void)l; return -1; }
int shm_map(struct shm *s) { (void)s; return -1; }
void shm_close(struct shm *s) { (void)s; }

static struct actor *
of(struct shm *s)
{
	return &actors[s->fd];
}

int
shm_lives(struct shm *s, unsigned place)
{
	for (unsigned i = 0; i < n_actors; i++)
		if (&actors[i] != of(s) && actors[i].holds[place])
			return 1;
	return 0;
}

int
shm_hold(struct shm *s, unsigned place)
{
	step();
	if (shm_lives(s, place))
		return 0;
	of(s)->holds[place] = 1;
	return 1;
}

void
shm_let(struct shm *s, unsigned place)
{
	of(s)->holds[place] = 0;
	step();
}

/* ---- what an actor does ---- */

/* Another actor may run here. errno is each one's own, and not changed by the waiting either. */
static void
step(void)
{
	int error = errno;

	if (running == NULL)
		return;
#ifdef __GLIBC__
	turn_to(&running->context, &scheduler);
#else
	sem_t *go = &running->go;

	sem_post(&back);
	while (sem_wait(go) < 0)
		;
#endif
	errno = error;
}

/* Returns a number that changes with everything that can end a wait. */
static uint64_t
state_of_all(void)
{
	uint64_t h = 14695981039346656037u;
	char *first = (char *)memory + HEAD + shm_ring_area(&plan);

#define MIX(n) (h = (h ^ (uint64_t)(n)) * 1099511628211u)
	MIX(memory->lock);
	MIX(memory->generation);
	MIX(memory->released);
	MIX(memory->deaths);
	MIX(memory->begun);
	MIX(memory->table);
	for (unsigned i = 0; i < n_actors; i++) {
		MIX(memory->place[i].role);
		MIX(memory->place[i].cursor);
		MIX(actors[i].killed);
		for (unsigned p = 0; p < n_actors; p++)
			MIX(actors[i].holds[p]);
	}
	for (unsigned i = 0; i < GRANULES; i++)
		MIX(((struct shm_slot *)(void *)(first + i * SHM_GRANULE))->word);
	return h | 1;
}

/* heard: the state before the last look, as with a bell. */
static void
wait_for_change(uint64_t heard)
{
	running->waits = heard;
	step();
	running->waits = 0;
}

static int
wait_for_lock(_Atomic uint32_t *word, uint32_t seen)
{
	unsigned owner = (seen & 0xffff) - 1;

	/*
	 * A dead owner changes nothing: the wait ends by its time. If another participant clears
	 * up, that ends it. If this one holds the owner's byte, it has moved in there.
	 */
	for (unsigned i = 0; i < n_actors; i++)
		if (&actors[i] != running && actors[i].holds[owner]) {
			wait_for_change(state_of_all());
			return *word != seen;
		}
	step();
	return *word != seen;
}

/* The writer's table becomes the ring's, or is it, or is refused. */
static void
declare(struct actor *a)
{
	char mine[TABLE];
	struct buf there = { 0 };
	int got;

	memset(mine, a->table, TABLE);
	got = shm_ring_declare(&a->ring, mine, TABLE);
	if (got == 0) {
		if (shm_ring_table(&a->ring, &there) != 1 || there.len != TABLE)
			a->wrong = __LINE__;
		else
			a->refused = memcmp(there.data, mine, TABLE) != 0;
		buf_free(&there);
	} else if (got < 0 && errno == EPROTO) {
		a->refused = 1;
	} else if (got < 0) {
		a->wrong = __LINE__;
	}
}

/* A table has come. It must be whole, and the only one, and no record may have come before it. */
static void
take_table(struct actor *a, const struct shm_item *item)
{
	if (a->given != 0 || a->got > 0 || item->len != TABLE)
		a->wrong = __LINE__;
	for (size_t i = 0; i < item->len; i++)
		if (item->data[i] != item->data[0])
			a->wrong = __LINE__;
	a->given = item->data[0];
}

static void
act(void)
{
	struct actor *a = running;
	struct shm_item item;

	if (a->ring.role == SHM_NOBODY && shm_ring_join(&a->ring, a->role, 0) < 0)
		a->wrong = __LINE__;
	a->ring.bare = a->table == 'n';
	if (!a->wrong && a->role == SHM_WRITER && a->table != 0 && a->table != 'n')
		declare(a);
	while (!a->wrong && a->role == SHM_WRITER && a->put < a->records && !a->refused) {
		unsigned char bytes[300] = { (unsigned char)(a - actors), (unsigned char)a->put };
		/* One and two granules in turn, so that the end of the memory is met. */
		struct iovec iov = { bytes, a->put % 2 ? 300 : 20 };
		uint64_t heard = state_of_all();
		int got;

		memset(bytes + 2, bytes[0] * 16 + bytes[1], sizeof bytes - 2);
		a->about = a->put + 1;
		if ((got = shm_ring_put(&a->ring, &iov, 1, 1)) < 0 && errno == EPROTO && a->table == 'n')
			a->refused = 1;
		else if (got < 0)
			a->wrong = __LINE__;
		else if (got > 0)
			a->put++;
		else if (!shm_ring_watch(&a->ring))
			wait_for_change(heard);
	}
	while (!a->wrong && a->role == SHM_READER) {
		uint64_t heard = state_of_all();
		enum shm_found found = shm_ring_next(&a->ring, &item);
		unsigned char *b = (unsigned char *)item.data;

		if (found == SHM_BLOCK) {
			for (size_t i = 2; i < item.len; i++)
				if (b[i] != (unsigned char)(b[0] * 16 + b[1]))
					a->wrong = __LINE__;
			if (a->got == RECORDS || (item.len != 20 && item.len != 300))
				a->wrong = __LINE__;
			else if (actors[b[0]].table != 0 && actors[b[0]].table != (a->given != 0 ? a->given : 'n'))
				a->wrong = __LINE__; /* a record without its table, or with another */
			else
				a->order[a->got++] = (unsigned char)(b[0] * 16 + b[1]);
		} else if (found == SHM_TABLE) {
			take_table(a, &item);
		} else if (found != SHM_NONE) {
			a->end = found;
			if (found != SHM_ENDED && found != SHM_DIED)
				a->wrong = __LINE__;
			break;
		} else if (!shm_ring_watch(&a->ring)) {
			wait_for_change(heard);
		}
	}
	if (!a->wrong)
		shm_ring_leave(&a->ring);
	a->ended = 1;
	for (;;)
		step();
}

/* ---- schedules ---- */

/* Choices made, and the number of alternatives; choices beyond depth are the first alternative. */
static struct choice {
	unsigned char made, of;
} choices[DEPTH];
static unsigned depth, at;

static unsigned
choose(unsigned of_many)
{
	if (of_many < 2)
		return 0;
	if (at == depth) {
		if (depth == DEPTH)
			return 0;
		choices[depth++] = (struct choice){ 0, (unsigned char)of_many };
	}
	return choices[at++].made;
}

/* Goes to the next schedule. Returns 1, or 0 if there is none. */
static int
next_schedule(void)
{
	while (depth > 0 && choices[depth - 1].made + 1 == choices[depth - 1].of)
		depth--;
	if (depth == 0)
		return 0;
	choices[depth - 1].made++;
	return 1;
}

#ifdef __GLIBC__

static void
begin_actor(struct actor *a)
{
	ASAN_UNPOISON_MEMORY_REGION(a->stack, STACK); /* a killed one has left its frames there */
	getcontext(&a->context);
	a->context.uc_stack.ss_sp = a->stack;
	a->context.uc_stack.ss_size = STACK;
	a->context.uc_link = NULL;
	makecontext(&a->context, act, 0);
}

static void
end_actor(struct actor *a)
{
	(void)a;
}

static void
let_run(struct actor *a)
{
	turn_to(&scheduler, &a->context);
}

#else

static void *
act_as_thread(void *arg)
{
	while (sem_wait(&((struct actor *)arg)->go) < 0)
		;
	act();
	return NULL;
}

static void
begin_actor(struct actor *a)
{
	if (sem_init(&a->go, 0, 0) < 0 || sem_init(&back, 0, 0) < 0 ||
	    pthread_create(&a->thread, NULL, act_as_thread, a) != 0)
		exit(1);
	a->begun = 1;
}

/* The thread waits for its turn. */
static void
end_actor(struct actor *a)
{
	if (!a->begun)
		return;
	pthread_cancel(a->thread);
	pthread_join(a->thread, NULL);
	a->begun = 0;
}

static void
let_run(struct actor *a)
{
	sem_post(&a->go);
	while (sem_wait(&back) < 0)
		;
}

#endif

static void
reset(void)
{
	memset(memory, 0, HEAD + shm_ring_area(&plan) + GRANULES * SHM_GRANULE);
	running = NULL;
	for (unsigned i = 0; i < n_actors; i++) {
		struct actor *a = &actors[i];

		end_actor(a);
		free(a->ring.copy);
		*a = (struct actor){ .role = a->role, .records = a->records, .late = a->late, .table = a->table,
			.stack = a->stack };
		if (a->stack == NULL && (a->stack = malloc(STACK)) == NULL)
			exit(1);
		a->ring = (struct shm_ring){ .plan = plan, .object = { .fd = (int)i, .memory = (char *)memory } };
		laid_out(&a->ring);
		if (!a->late)
			CHECK(shm_ring_join(&a->ring, a->role, 0) == 0);
		begin_actor(a);
	}
}

/*
 * Returns 1 if a participant has died and none has cleared up after it, else 0. Then each sleep
 * ends by its time.
 */
static int
unburied(void)
{
	for (unsigned i = 0; i < n_actors; i++)
		if (actors[i].killed && memory->place[i].role != SHM_NOBODY) {
			int held = 0;

			for (unsigned k = 0; k < n_actors; k++)
				held |= actors[k].holds[i];
			if (!held)
				return 1;
		}
	return 0;
}

static int
can_run(const struct actor *a)
{
	return !a->ended && !a->killed && (a->waits == 0 || a->waits != state_of_all());
}

/* Returns 1 if all readers were killed, else 0. Then writers may well wait. */
static int
no_readers(void)
{
	for (unsigned i = 0; i < n_actors; i++)
		if (actors[i].role == SHM_READER && !actors[i].killed)
			return 0;
	return 1;
}

/* One schedule. Returns what went wrong, or NULL. */
static const char *
run(int victim, unsigned switches)
{
	struct actor *last = NULL;
	unsigned turn = 0;

	reset();
	at = 0;
	for (unsigned steps = 0; steps < 5000; steps++) {
		struct actor *able[MOST];
		unsigned n = 0;

		/* The participant that ran last comes first: to go on is no switch. */
		if (last != NULL && can_run(last))
			able[n++] = last;
		for (unsigned i = 0; i < n_actors; i++)
			if (&actors[i] != last && can_run(&actors[i]))
				able[n++] = &actors[i];
		/*
		 * If none can run but those whose sleep ends by its time, each of those runs in its
		 * turn.
		 */
		for (unsigned i = 1; n == 0 && i <= n_actors && unburied(); i++) {
			struct actor *a = &actors[(turn + i) % n_actors];

			if (!a->ended && !a->killed) {
				turn = (unsigned)(a - actors);
				able[n++] = a;
			}
		}
		if (n == 0) {
			int all = 1;

			for (unsigned i = 0; i < n_actors; i++)
				all &= actors[i].ended || actors[i].killed;
			return all || no_readers() ? NULL : "all wait for ever";
		}
		if (n > 1 && able[0] == last && switches == 0)
			n = 1;
		running = able[choose(n)];
		if (able[0] == last && running != last)
			switches--;
		/* The victim dies here, or does not. */
		if (running - actors == victim && choose(2) == 1) {
			running->killed = 1;
			memset(running->holds, 0, sizeof running->holds);
			victim = -1;
			running = last = NULL;
			continue;
		}
		last = running;
		let_run(running);
		running = NULL;
		if (last->wrong)
			return "an actor found something wrong";
	}
	return "it does not end";
}

/*
 * Returns NULL if what became of the table is right, else what is wrong: all who have one have the
 * same, none of those was refused, and what a dead writer has left is the whole table or none.
 */
static const char *
judge_table(void)
{
	char table = 0;
	struct buf there = { 0 };
	int got;

	if (plan.mode == SHM_STREAM)
		return NULL;
	if ((got = shm_ring_table(&actors[0].ring, &there)) < 0 || (got > 0 && there.len != TABLE))
		return "the ring's table is not whole";
	if (got > 0)
		table = there.data[0];
	for (size_t i = 0; i < there.len; i++)
		if (there.data[i] != table)
			got = -1;
	buf_free(&there);
	if (got < 0)
		return "the ring's table is a mixture";
	for (unsigned i = 0; i < n_actors; i++) {
		const struct actor *a = &actors[i];
		char mine = a->table != 'n' ? a->table : 0;

		if (a->role == SHM_READER && a->given != table && (a->ended || a->given != 0))
			return "a reader has not got the table";
		if (a->role == SHM_WRITER && a->table != 0 && a->put > 0 && mine != table)
			return "a record was put that does not have the table";
		if (a->refused && mine == table)
			return "a writer was refused for nothing";
	}
	return NULL;
}

/* Returns NULL if the records that came are those that were put, else what is wrong. */
static const char *
judge(int victim)
{
	unsigned seen[256] = { 0 }, missing = 0, readers_killed = 0;
	struct actor *whole = NULL;
	int writer_killed = victim >= 0 && actors[victim].killed && actors[victim].role == SHM_WRITER, readers = 0;
	int late = 0; /* what came to a broadcast before this reader is not its own */

	for (unsigned i = 0; i < n_actors; i++) {
		struct actor *a = &actors[i];

		if (a->role != SHM_READER)
			continue;
		readers_killed += (unsigned)a->killed;
		readers++;
		if (plan.mode == SHM_BROADCAST) {
			if (a->killed)
				continue;
			if (whole != NULL && (whole->got != a->got || memcmp(whole->order, a->order, a->got) != 0))
				return "two readers saw different things";
			if (whole != NULL)
				continue;
			whole = a;
			late = a->late;
		}
		for (unsigned k = 0; k < a->got; k++)
			seen[a->order[k]]++;
		/* A writer that was killed after its last put may have left already. */
		if (!a->killed && writer_killed && actors[victim].put < actors[victim].records &&
		    !actors[victim].refused && a->end == SHM_ENDED)
			return "a death was not told";
		if (!a->killed && !writer_killed && a->end != SHM_ENDED)
			return "a good end was not told";
	}
	for (unsigned i = 0; i < n_actors; i++)
		for (unsigned k = 0; actors[i].role == SHM_WRITER && k < actors[i].records; k++) {
			unsigned times = seen[i * 16 + k];

			if (times > 1)
				return "a record came twice";
			if (times > 0 && k >= actors[i].about)
				return "a record came that was not put";
			missing += times == 0 && k < actors[i].put;
		}
	/*
	 * In a queue, a record that a killed reader was given counts as delivered. If it was the
	 * only reader, no other came for the rest.
	 */
	if (missing > 0 && readers_killed == 0 && readers > 0 && !late)
		return "a record was lost";
	if (missing > (plan.mode == SHM_QUEUE ? 1 : 0) && (int)readers_killed < readers && !late)
		return "more was lost than one reader can have held";
	return NULL;
}

static unsigned long schedules;

/*
 * who: a letter for each. r: a reader; w: a writer; R, W: one that comes late; a, b: a writer of
 * that table; n: a writer of records without a table.
 */
static void
explore(enum shm_mode mode, const char *who, unsigned switches)
{
	plan = (struct shm_plan){ .mode = mode, .made = 1, .bytes = GRANULES * SHM_GRANULE };
	for (unsigned i = 0; i < MOST; i++)
		actors[i].role = SHM_NOBODY;
	n_actors = 0;
	for (const char *c = who; *c != '\0'; c++) {
		struct actor *a = &actors[n_actors++];

		a->role = *c == 'r' || *c == 'R' ? SHM_READER : SHM_WRITER;
		a->late = *c == 'W' || *c == 'R';
		a->table = *c == 'a' || *c == 'b' || *c == 'n' ? *c : 0;
		a->records = a->role != SHM_WRITER ? 0 : a->table != 0 ? 1 : who[2] == '\0' ? 3 : 2;
	}
	for (int victim = -1; victim < (int)n_actors; victim++) {
		unsigned long most = schedules + SCHEDULES;

		depth = 0;
		do {
			const char *wrong = run(victim, switches);

			schedules++;
			if (wrong == NULL)
				wrong = judge(victim);
			if (wrong == NULL)
				wrong = judge_table();
			if (wrong != NULL) {
				printf("mode %d, %s, victim %d: %s; the schedule:", mode, who, victim, wrong);
				for (unsigned i = 0; i < depth; i++)
					printf(" %u/%u", choices[i].made, choices[i].of);
				for (unsigned i = 0; i < n_actors; i++)
					printf("\nactor %u: ended %d killed %d wrong %d refused %d put %u got %u end %d lock %x",
					    i, actors[i].ended, actors[i].killed, actors[i].wrong, actors[i].refused,
					    actors[i].put, actors[i].got, (int)actors[i].end, memory->lock);
				printf("\n");
			}
			CHECK(wrong == NULL);
		} while (next_schedule() && unit_failures == 0 && schedules < most);
	}
}

int
main(void)
{
	unsigned switches = (unsigned)unit_setting("SHM_SWITCHES", 1);

	if (switches == 0)
		return 1;
	memory = aligned_alloc(4096, HEAD + 4096);
	if (memory == NULL)
		return 1;
	explore(SHM_STREAM, "wr", switches);
	explore(SHM_QUEUE, "wr", switches);
	explore(SHM_QUEUE, "wwr", switches - 1);
	explore(SHM_QUEUE, "wrr", switches - 1);
	explore(SHM_BROADCAST, "wrr", switches - 1);
	explore(SHM_BROADCAST, "wwr", switches - 1);
	explore(SHM_QUEUE, "ab", switches);
	explore(SHM_QUEUE, "an", switches);
	explore(SHM_QUEUE, "ar", switches);
	explore(SHM_QUEUE, "aRb", switches - 1);
	explore(SHM_QUEUE, "anr", switches - 1);
	explore(SHM_BROADCAST, "ar", switches);
	explore(SHM_BROADCAST, "abr", switches - 1);
	explore(SHM_BROADCAST, "naR", switches - 1);
	for (unsigned i = 0; i < MOST; i++) {
		end_actor(&actors[i]);
		free(actors[i].stack);
		free(actors[i].ring.copy);
	}
	free(memory);
	CHECK(schedules > 500);
	printf("%lu schedules\n", schedules);
	return unit_end("shm_steps");
}
