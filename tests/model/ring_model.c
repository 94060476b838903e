/*
 * ring_model: the ring of lib/shm/ring.c, with every way in which its two sides can interleave, up
 * to a bound. Both run here as coroutines, and each access to shared memory is a place at which the
 * other side may run instead. The runs are enumerated, not drawn: first without, then with one and
 * more switches away from a side that could have gone on (M. Musuvathi, S. Qadeer: "Iterative
 * context bounding for systematic testing of multithreaded programs", PLDI 2007).
 *
 * Memory is weaker than one order of all accesses: a store may wait in a buffer of its side, where
 * only that side sees it, until a full fence, a read-modify-write or a system call. Stores to
 * different places may pass each other, but none passes a store-release that comes after it (so a
 * little weaker than x86-TSO: P. Sewell et al., CACM 53(7), 2010). Loads are made in order. The
 * other bound is the number of stores of a run that wait.
 *
 * The two sides are written as lib/stream/hop_*.c and rec_in_hop.c use the ring; system calls that
 * wake are counters here. A run is wrong if both sides sleep, if something is lost, doubled or out
 * of order, or if it does not end.
 *
 * Each of these changes, by itself, was seen to fail: without the fence of taken_flag, of
 * ring_reader_sleeps, of ring_writer_sleeps; published or left stored relaxed; done loaded after
 * published; taken one too low; no ring at ring_begin; one slot too many. The model cannot see a
 * load made early (so the acquires), nor a missing wake for which the other side's hang-up makes
 * up.
 */

#include "unit/unit.h"

#ifndef __GLIBC__ /* musl has no coroutines; the ring is the same code there, and unit/ring.c tries it */
#include "shm/ring.h"

int
main(void)
{
	CHECK(RING_SLOT_HEAD == sizeof(int64_t));
	return unit_end("ring_model");
}
#else

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* ---- choices: all of them, one run after another ---- */

enum { CHOICES = 4096, STEPS = 2000 };
static struct { unsigned char made, of; } path[CHOICES];
static size_t depth, choices;

static unsigned
choose(unsigned of)
{
	if (of < 2)
		return 0;
	if (depth == CHOICES)
		exit(99);
	if (depth == choices) {
		path[choices].made = 0;
		path[choices++].of = (unsigned char)of;
	}
	return path[depth++].made;
}

/* Goes to the next run. Returns 1, or 0 if there is none. */
static int
next_run(void)
{
	while (choices > 0 && path[choices - 1].made + 1 == path[choices - 1].of)
		choices--;
	if (choices > 0)
		path[choices - 1].made++;
	depth = 0;
	return choices > 0;
}

/* ---- the two sides ---- */

enum { WRITER, READER };
static struct side {
	ucontext_t context;
	char stack[64 * 1024];
	int asleep, ended;
	unsigned bells; /* wakes or rings that poll would see */
	int hup;        /* the other side has closed its end */
} sides[2];
static ucontext_t outside;
static int now;                          /* the side that runs */
static unsigned switches, waits, steps;  /* of this run */
static unsigned most_switches, most_waits;
static const char *wrong;                /* of this run */

/* swapcontext, about which the address sanitizer complains. */
static void
change(ucontext_t *from, const ucontext_t *to)
{
	volatile int back = 0;

	getcontext(from);
	if (!back) {
		back = 1;
		setcontext(to);
	}
}

static void
stop(const char *why)
{
	if (wrong == NULL)
		wrong = why;
	change(&sides[now].context, &outside);
}

static int
can_run(int side)
{
	return !sides[side].ended && (!sides[side].asleep || sides[side].bells > 0 || sides[side].hup);
}

static void
other(void)
{
	int from = now;

	now = !now;
	change(&sides[from].context, &sides[now].context);
}

/* ---- memory ---- */

static struct store {
	void *at;
	size_t size;
	uint64_t value;
	int release;
} buffer[2][16];
static int buffered[2];

static uint64_t
get(const void *at, size_t size)
{
	uint32_t small;
	uint64_t value;

	if (size == sizeof small) {
		memcpy(&small, at, size);
		return small;
	}
	memcpy(&value, at, size);
	return value;
}

static void
set(void *at, size_t size, uint64_t value)
{
	uint32_t small = (uint32_t)value;

	memcpy(at, size == sizeof small ? (void *)&small : (void *)&value, size);
}

/* Returns 1 if store i of a buffer may reach memory now, else 0. */
static int
may_land(int side, int i)
{
	if (buffer[side][i].release)
		return i == 0;
	for (int j = 0; j < i; j++)
		if (buffer[side][j].at == buffer[side][i].at)
			return 0;
	return 1;
}

static void
land(int side, int i)
{
	set(buffer[side][i].at, buffer[side][i].size, buffer[side][i].value);
	buffered[side]--;
	for (; i < buffered[side]; i++)
		buffer[side][i] = buffer[side][i + 1];
}

static void
land_all(int side)
{
	while (buffered[side] > 0)
		land(side, 0);
}

/* Before each access: the other side may run, a store that waits may reach memory. */
static void
step(void)
{
	for (;;) {
		unsigned options = 1, may_switch, choice;

		if (++steps > STEPS)
			stop("endless");
		may_switch = switches < most_switches && can_run(!now);
		options += may_switch;
		for (int side = 0; side < 2; side++)
			for (int i = 0; i < buffered[side]; i++)
				options += (unsigned)may_land(side, i);
		if ((choice = choose(options)) == 0)
			return;
		if (may_switch && choice-- == 1) {
			switches++;
			other();
			return;
		}
		for (int side = 0; side < 2; side++)
			for (int i = 0; i < buffered[side]; i++)
				if (may_land(side, i) && --choice == 0) {
					land(side, i);
					side = 2;
					break;
				}
	}
}

static uint64_t
model_load(const void *at, size_t size)
{
	step();
	for (int i = buffered[now]; i-- > 0;)
		if (buffer[now][i].at == at)
			return buffer[now][i].value;
	return get(at, size);
}

static void
model_store(void *at, size_t size, uint64_t value, memory_order order)
{
	int release = order != memory_order_relaxed;

	step();
	if (waits < most_waits && buffered[now] < 16 && choose(2) == 1) {
		waits++;
		buffer[now][buffered[now]++] = (struct store){ at, size, value, release };
		return;
	}
	if (release)
		land_all(now);
	for (int i = 0; i < buffered[now];)
		if (buffer[now][i].at == at)
			land(now, i);
		else
			i++;
	set(at, size, value);
}

static void
model_fence(void)
{
	step();
	land_all(now);
}

static uint64_t
model_exchange(void *at, size_t size, uint64_t value)
{
	uint64_t old;

	model_fence();
	old = get(at, size);
	set(at, size, value);
	return old;
}

/* A slot's bytes are shared memory too. */
static char *shared;
static size_t shared_bytes;

static int
is_shared(const void *p)
{
	return (const char *)p >= shared && (const char *)p < shared + shared_bytes;
}

static void
model_copy(void *to, const void *from, size_t n)
{
	if (is_shared(to))
		model_store(to, n, get(from, n), memory_order_relaxed);
	else if (is_shared(from))
		set(to, n, model_load(from, n));
	else
		memcpy(to, from, n);
}

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_thread_fence
#undef atomic_compare_exchange_strong_explicit
#undef memcpy
#define PLACE(p) (void *)(uintptr_t)(p), sizeof *(p)
#define atomic_load_explicit(p, order) model_load(PLACE(p))
#define atomic_store_explicit(p, value, order) model_store(PLACE(p), (value), (order))
#define atomic_exchange_explicit(p, value, order) model_exchange(PLACE(p), (value))
#define atomic_thread_fence(order) model_fence()
#define atomic_compare_exchange_strong_explicit(p, old, new, yes, no) (model_exchange(PLACE(p), (new)) == *(old))
#define memcpy(to, from, n) model_copy((to), (from), (n))

#include "shm/ring.c"

/* ---- system calls ---- */

static void
wake(int side)
{
	model_fence();
	sides[side].bells++;
}

/* poll; reads the bells away. */
static void
sleep_here(void)
{
	land_all(now);
	sides[now].asleep = 1;
	while (!can_run(now)) {
		if (!can_run(!now))
			stop("both sides sleep");
		other();
	}
	sides[now].asleep = 0;
	sides[now].bells = 0;
}

static void
end_side(void)
{
	step();
	land_all(now);
	sides[!now].hup = 1;
	sides[now].ended = 1;
	if (!can_run(!now))
		stop(sides[!now].ended ? NULL : "one side sleeps for ever");
	other();
}

/* ---- what the sides do ---- */

enum { PUTS = 3 };
static struct ring out, in;
static int killed;             /* the writer ends without an end mark, after its last put */
static unsigned large;         /* the put that goes through the pipe, counted from 1; 0: none */
static int piped;              /* that put has come */
static unsigned leave_after;   /* the reader leaves after this number of takes; 0: it does not leave */
static unsigned taken, resent; /* number of values that came out at the reader, and then again at the writer */

static uint64_t
value_of(uint64_t ticket)
{
	return 1000 + ticket;
}

/* The reader has gone: its untaken values are sent again. */
static void
turn_back(void)
{
	for (uint64_t ticket = ring_untaken(&out); ticket < out.mine; ticket++) {
		long len;
		uint64_t value;
		const char *data = ring_slot(&out, ticket, &len);

		if (len == RING_LARGE)
			value = value_of(ticket);
		else
			memcpy(&value, data, sizeof value);
		if (len != (ticket + 1 == large ? RING_LARGE : (long)sizeof value) || value != value_of(taken + resent))
			stop("another one is resent than the first that the reader has not taken");
		resent++;
	}
	end_side();
}

static void
sleep_writer(size_t fewer)
{
	if (ring_writer_sleeps(&out, fewer))
		sleep_here();
	if (sides[WRITER].hup || ring_left(&out))
		turn_back();
}

static void
write_side(void)
{
	for (unsigned i = 0; i < PUTS; i++) {
		uint64_t value = value_of(i);
		char *to;

		if (sides[WRITER].hup || ring_left(&out))
			turn_back();
		while ((to = ring_room(&out)) == NULL) {
			if (errno != 0)
				stop("the writer finds the ring broken");
			sleep_writer(out.slots);
		}
		if (i + 1 == large) {
			if (ring_put(&out, to, RING_LARGE))
				wake(READER);
			while (ring_used(&out) != 1 || !ring_begun(&out))
				sleep_writer(2);
			piped = 1;
			wake(READER);
			continue;
		}
		memcpy(to, &value, sizeof value);
		if (ring_put(&out, to, sizeof value))
			wake(READER);
	}
	if (!killed) {
		int64_t used;

		if (ring_done(&out))
			wake(READER);
		while ((used = ring_used(&out)) != 0) {
			if (used < 0)
				stop("the writer finds the ring broken");
			sleep_writer(1);
		}
	}
	end_side();
}

static void
read_side(void)
{
	int holding = 0, gone = 0;

	if (ring_begin(&in))
		wake(WRITER);
	for (;;) {
		char *data;
		long len;
		uint64_t value;
		int got;

		if (holding && ring_release(&in))
			wake(WRITER);
		holding = 0;
		if ((got = ring_next(&in, &data, &len)) < 0)
			stop("the reader finds the ring broken");
		if (got == 1) {
			if (len != (taken + 1 == large ? RING_LARGE : (long)sizeof value))
				stop("a length of nothing that was put");
			if (len == RING_LARGE)
				while (!piped)
					sleep_here();
			ring_take(&in);
			value = value_of(taken);
			if (len != RING_LARGE)
				memcpy(&value, data, sizeof value);
			if (value != value_of(taken))
				stop("lost, doubled or out of order");
			taken++;
			holding = 1;
			if (taken == leave_after)
				break;
		} else if (got == 2 || gone) {
			break;
		} else if (ring_reader_sleeps(&in)) {
			sleep_here();
			gone = sides[READER].hup;
		}
	}
	ring_leave(&in);
	end_side();
}

/* ---- runs ---- */

/* A side at its beginning, with a stack of its own. */
static void
begin_side(int which, void (*run)(void))
{
	sides[which].asleep = sides[which].ended = sides[which].hup = 0;
	sides[which].bells = 0;
	getcontext(&sides[which].context);
	sides[which].context.uc_stack.ss_sp = sides[which].stack;
	sides[which].context.uc_stack.ss_size = sizeof sides[which].stack;
	sides[which].context.uc_link = NULL;
	makecontext(&sides[which].context, run, 0);
}

static unsigned long
explore(size_t slots, unsigned bound, unsigned waiting)
{
	static _Alignas(LINE) char memory[PAGE + 2 * PAGE];
	static unsigned long runs; /* not in a register: getcontext could bring an old value back */

	runs = 0;
	shared = memory;
	shared_bytes = sizeof memory;
	most_switches = bound;
	most_waits = waiting;
	choices = depth = 0;
	do {
		memset(memory, 0, sizeof memory);
		out = (struct ring){ .shared = (void *)memory, .bytes = sizeof memory, .slots = slots, .size = 8,
			.first = memory + PAGE };
		in = out;
		piped = 0;
		taken = resent = switches = waits = steps = 0;
		buffered[WRITER] = buffered[READER] = 0;
		wrong = NULL;
		begin_side(WRITER, write_side);
		begin_side(READER, read_side);
		now = (int)choose(2);
		change(&outside, &sides[now].context);
		/* After a reader that left, the rest is resent, unless its writer was killed. */
		if (wrong == NULL && taken != (leave_after > 0 ? leave_after : PUTS))
			wrong = "the reader has not got all that was put";
		if (wrong == NULL && leave_after > 0 && !killed && taken + resent != out.mine)
			wrong = "what the reader left is not resent";
		if (wrong != NULL && unit_failures < UNIT_SHOWN)
			printf("%s: slots %zu, switches %u, waiting stores %u, killed %d, large %u, left after %u, "
			       "run %lu\n",
			    wrong, slots, bound, waiting, killed, large, leave_after, runs);
		CHECK(wrong == NULL);
		runs++;
	} while (unit_failures == 0 && next_run());
	return runs;
}

int
main(void)
{
	/*
	 * Switches and waiting stores, and for REC_LONG=1 more of them; three of one with two of
	 * the other would take minutes.
	 */
	static const unsigned bounds[][2] = { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 1, 1 }, { 3, 0 }, { 2, 1 } };
	unsigned long runs = 0;
	size_t count = unit_setting("REC_LONG", 0) != 0 ? 6 : 4;

	for (size_t slots = 1; slots <= 2; slots++)
		for (int how = 0; how < 6; how++)
			for (leave_after = 0; leave_after <= 2; leave_after++)
				for (size_t i = 0; i < count; i++) {
					killed = how & 1;
					large = (unsigned)how >> 1;
					runs += explore(slots, bounds[i][0], bounds[i][1]);
				}
	/* A model that explores nothing must be noticed. */
	CHECK(runs > 100000);
	return unit_end("ring_model");
}

#endif
