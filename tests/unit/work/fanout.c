/*
 * rec-fanout against its definition, by chance: streams of every kind (records of none to many
 * bytes, blocks of every size, positions that jump, repeat or go on, losses, gaps, several
 * segments, with a table or without) are dealt to workers that keep, drop or multiply records, say
 * where they are, are slow, die in every way, or stop early; and what comes out is compared with
 * what one worker alone would have written. If one worker declares another table than the others,
 * the whole must fail, and what goes out before that must be right.
 *
 *   fanout                   streams by chance, a round of unit.h each
 *   fanout SEED              only that one, with what went wrong
 *   fanout worker SEED ...   a worker
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "command/die.h"
#include "record/position.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"
#include "unit/goodtable.h"
#include "unit/reader.h"
#include "unit/unit.h"

static uint64_t state;

/* Below n, by splitmix64 (G. Steele and others, 2014). */
static uint64_t
below(uint64_t n)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % n;
}

static int
chance(unsigned percent)
{
	return below(100) < percent;
}

static uint32_t
hash(const char *data, size_t len)
{
	uint32_t h = 2166136261;

	while (len-- > 0)
		h = (h ^ (unsigned char)*data++) * 16777619;
	return h ^ h >> 15;
}

/* ---- what a worker does, and what one alone would have done ---- */

enum { KEEP_ALL, KEEP_NONE, KEEP_SOME, MULTIPLY, WHOLE, PLACE, KINDS };

/* How many records come of this one. */
static unsigned
makes(int kind, const char *data, size_t len)
{
	uint32_t h = hash(data, len);

	return kind == KEEP_ALL || kind == WHOLE || kind == PLACE ? 1 :
	    kind == KEEP_NONE                                     ? 0 :
	    kind == KEEP_SOME                                     ? h % 3 == 0 :
								    h % 5;
}

static void
die_somehow(struct rec_out *out)
{
	switch (below(6)) {
	case 0:
		kill(getpid(), SIGKILL);
		break;
	case 1:
		_exit(3);
	case 2:
		rec_out_flush(out);
		_exit(0);
	case 3:
		rec_out_flush(out);
		(void)!write(STDOUT_FILENO, BLOCK_MAGIC "\1\1", 6);
		kill(getpid(), SIGKILL);
		break;
	case 4:
		rec_out_flush(out);
		(void)!write(STDOUT_FILENO, "this is no block at all, though as long as one", 46);
		_exit(0);
	default:
		rec_out_flush(out);
		kill(getpid(), SIGKILL);
	}
	_exit(1);
}

/*
 * A host that cannot be reached, which is seen sooner or later; or, if it is the only one, a worker
 * that takes records and dies of them.
 */
static void
never_work(int alone)
{
	char some[512];

	if (chance(50))
		usleep((useconds_t)below(20000));
	if (alone && chance(50))
		(void)!read(STDIN_FILENO, some, sizeof some);
	_exit(255);
}

/* The table of a stream that has one, and the one that a worker declares instead. */
static struct table *
stream_table(int other)
{
	return goodtable(other ? "{\"framing\":\"csv\"}\nid,amount\n" : "{\"framing\":\"csv\"}\nid,price\n");
}

/*
 * worker SEED KIND DIES STOPS SLOW DEAD ODD; DEAD: the number of workers of which each process
 * dies; ODD, 1: the second worker declares a table of its own
 */
static int
work(char **argv)
{
	int kind = atoi(argv[1]), dies = atoi(argv[2]), stops = atoi(argv[3]), slow = atoi(argv[4]),
	    rank = atoi(getenv("REC_RANK"));
	int dead = atoi(argv[5]), odd = atoi(argv[6]);
	static struct rec_in in;
	static struct rec_out out;
	struct reader reader = { .in = &in, .out = &out };
	uint64_t left = UINT64_MAX, death = UINT64_MAX, n = 0;
	static const struct die_usage usage = { "worker", "", "" };
	struct block b;
	struct rec r;
	const char *why;
	char copy[4096];

	die_start(&usage);
	state = strtoull(argv[0], NULL, 10) + (uint64_t)getpid() * 977;
	if (rank < dead)
		never_work(dead == 1);
	if (dies && chance(60))
		death = below(30);
	if (stops && rank > 0 && chance(80))
		left = below(30);
	if (rec_in_open(&in, STDIN_FILENO, "standard input") < 0 ||
	    rec_out_open(&out, STDOUT_FILENO, "standard output") < 0)
		return 71;
	if (odd && rank == 1)
		rec_out_own_table(&out, stream_table(1));
	if (kind == WHOLE) {
		while (n <= death && rec_in_block(&in, &b)) {
			if (n++ == death)
				die_somehow(&out);
			rec_out_block(&out, &b);
		}
	} else {
		while (reader_next(&reader, &r)) {
			unsigned times = makes(kind, r.data, r.len);

			if (n == death)
				die_somehow(&out);
			if (n++ == left) {
				rec_in_enough(&in, r.pos);
				break;
			}
			if (slow && rank == 1 && chance(30))
				usleep(300);
			for (unsigned i = 0; i < times; i++) {
				struct rec made = { r.data, r.len, r.pos };

				if (kind == PLACE) {
					made.len = (size_t)sprintf(copy, "%" PRIu64, position_source(r.pos));
					made.data = copy;
				} else if (i > 0 && r.len < sizeof copy - 8) {
					memcpy(copy, r.data, r.len);
					made.len += (size_t)sprintf(copy + r.len, "%u", i);
					made.data = copy;
				}
				rec_out_rec(&out, &made);
				if (chance(3))
					rec_out_flush(&out);
			}
		}
	}
	if (in.end == REC_IN_OPEN || (dies && chance(10)))
		_exit(9);
	return rec_out_end(&out, in.next, rec_in_well(&in) ? 0 : 65, "broken", &why) != 0 || !rec_in_well(&in);
}

/* ---- streams ---- */

/* What is in one, a line each: position, length and hash of a record; or a loss. */
struct listed {
	uint64_t pos;
	uint64_t what;
};

struct list {
	struct listed *at;
	size_t n, room;
};

static void
add(struct list *l, uint64_t pos, uint64_t what)
{
	if (l->n == l->room && (l->at = reallocarray(l->at, l->room = l->room * 2 + 64, sizeof *l->at)) == NULL)
		exit(71);
	l->at[l->n++] = (struct listed){ pos, what };
}

static uint64_t
told(const char *data, size_t len)
{
	return (uint64_t)len << 32 | hash(data, len);
}

/* What comes of a record; place: the source position that its worker sees. */
static void
expect(struct list *l, int kind, const char *data, size_t len, uint64_t pos, uint64_t place)
{
	char copy[4096];

	if (kind == PLACE) {
		len = (size_t)sprintf(copy, "%" PRIu64, place);
		add(l, pos, told(copy, len));
		return;
	}

	for (unsigned i = 0, n = makes(kind, data, len); i < n; i++) {
		size_t more = 0;

		if (i > 0 && len < sizeof copy - 8) {
			memcpy(copy, data, len);
			more = (size_t)sprintf(copy + len, "%u", i);
		}
		add(l, pos, more > 0 ? told(copy, len + more) : told(data, len));
	}
}

enum { LOSS_MARK = 1, RECORDS = 3000 };

/* A stream by chance into fd, and what a worker of that kind would make of it. */
static void
make_stream(int fd, int kind, struct table *t, struct list *l)
{
	static char payload[200000];
	static uint32_t ends[RECORDS + 1], positions[RECORDS];
	struct rec_out out;
	uint64_t pos = chance(80) ? 0 : below(UINT64_C(1) << 40), place = 0;
	const char *why;
	int jumps = chance(50), equal = chance(40), large = chance(10), many = chance(10), far = chance(5), first = 1;

	if (rec_out_open(&out, fd, "stream") < 0)
		exit(71);
	rec_out_own_table(&out, t);
	for (uint64_t blocks = below(25); blocks > 0; blocks--) {
		struct block b = { .kind = BLOCK_DATA,
			.gap = (uint8_t)(chance(60) ? 1 : below(4)),
			.payload = payload,
			.ends = ends };
		uint32_t count = (uint32_t)below(many ? RECORDS : chance(20) ? 200 : 8), last = 0, at = 0;

		if (chance(4)) {
			uint32_t lost = (uint32_t)below(50) + 1;

			rec_out_loss(&out, pos, lost, pos + lost);
			add(l, pos, LOSS_MARK);
			pos += lost;
			continue;
		}
		b.status = b.gap == 1 ? (uint32_t)'\n' : 0;
		b.base = pos;
		for (uint32_t i = 0; i < count && at < sizeof payload - 40000; i++) {
			uint32_t len = (uint32_t)(large && chance(5) ? below(30000) : below(12));

			for (uint32_t k = 0; k < len; k++)
				payload[at++] = (char)below(256);
			ends[i] = at;
			if (i > 0 && jumps)
				last += equal && chance(50) ? 0 :
				    far && chance(5)        ? (uint32_t)below(UINT32_MAX / 4) :
							      (uint32_t)below(3);
			else if (i > 0)
				last += !equal || !chance(30);
			positions[i] = last;
			/*
			 * Its own position or, if that repeats, the one after that of the record
			 * before.
			 */
			place = first || pos + last > place ? pos + last : place + 1;
			first = 0;
			expect(l, kind, payload + at - len, len, pos + last, place);
			memset(payload + at, '\n', b.gap);
			at += b.gap;
			b.count = i + 1;
			if (last > UINT32_MAX / 2)
				break;
		}
		if (blocks == 1 && b.count > 0 && chance(30))
			at -= b.gap;
		if (b.count == 0)
			b.gap = 0, b.status = 0;
		b.size = at;
		b.positions = b.count > 0 ? positions : NULL;
		b.next = pos = pos + last + (b.count > 0) + (jumps && chance(20) ? below(1000) : 0) -
		    (equal && b.count > 0 && chance(50));
		if (b.count > 0 && pos < b.base + last)
			b.next = pos = b.base + last;
		rec_out_block(&out, &b);
	}
	(void)rec_out_end(&out, pos, 0, NULL, &why);
	rec_out_free(&out);
}

/* What is in the stream of fd; *same: its table is t, or NULL as t is. Returns its end. */
static enum rec_in_end
read_stream(int fd, struct list *l, const struct table *t, int *same)
{
	struct rec_in in;
	struct block b;
	enum rec_in_end end;
	const char *why;

	if (rec_in_open(&in, fd, "output") < 0)
		exit(71);
	rec_in_own_table(&in);
	while (rec_in_block(&in, &b)) {
		if (b.kind == BLOCK_LOSS)
			add(l, b.base, LOSS_MARK);
		for (uint32_t i = 0; b.kind == BLOCK_DATA && i < b.count; i++)
			add(l, block_position(&b, i),
			    told(b.payload + block_start(&b, i), b.ends[i] - block_start(&b, i)));
	}
	end = in.end;
	*same = table_equal(rec_in_table(&in), t);
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
	return end;
}

/* ---- cases ---- */

static int
by_what(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return x->what < y->what ? -1 : x->what > y->what;
}

static void
sort(struct list *l)
{
	if (l->n > 0)
		qsort(l->at, l->n, sizeof *l->at, by_what);
}

static const char *self, *fanout;

static char *
number(uint64_t n)
{
	char *text;

	if (asprintf(&text, "%" PRIu64, n) < 0)
		exit(71);
	return text;
}

/* Tries one stream; shown: says what it did. Returns 1 if that was right. */
static int
try(uint64_t seed, int shown)
{
	char *argv[40];
	int argc = 0, in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC), status, kind, order,
	    dies, stops, dead, odd, same, right;
	struct list want = { 0 }, got = { 0 };
	enum rec_in_end end;
	struct table *t = NULL;
	uint64_t jobs;
	pid_t pid;

	state = seed * 0x9e3779b97f4a7c15 + 1;
	kind = (int)below(KINDS);
	order = chance(70);
	dies = chance(35);
	stops = kind != WHOLE && chance(25);
	jobs = 1 + below(5);
	dead = !dies && !stops && jobs > 1 && chance(30) ? (int)below(jobs) : 0;
	if (chance(40))
		t = stream_table(0);
	odd = t != NULL && jobs > 1 && !dies && !stops && dead == 0 && chance(25);
	make_stream(dup(in), kind, t, &want);
	argv[argc++] = strdup(fanout);
	argv[argc++] = strdup("-j");
	argv[argc++] = number(jobs);
	if (order)
		argv[argc++] = strdup("-k");
	switch (below(6)) {
	case 0:
		argv[argc++] = strdup("--round-robin");
		break;
	case 1:
		argv[argc++] = strdup("--round-robin");
		/* fallthrough */
	case 2:
		argv[argc++] = strdup("-N");
		argv[argc++] = number(1 + below(9));
		break;
	case 3:
		argv[argc++] = strdup("--key");
		argv[argc++] = strdup("1-1");
		break;
	}
	if (dies || dead > 0) {
		argv[argc++] = strdup("--retries");
		argv[argc++] = number(dies ? 10000 : 1 + below(3));
	}
	argv[argc++] = strdup("--");
	argv[argc++] = strdup(self);
	argv[argc++] = strdup("worker");
	argv[argc++] = number(seed);
	argv[argc++] = number((uint64_t)kind);
	argv[argc++] = number((uint64_t)dies);
	argv[argc++] = number((uint64_t)stops);
	argv[argc++] = number(chance(20));
	argv[argc++] = number((uint64_t)dead);
	argv[argc++] = number((uint64_t)odd);
	argv[argc] = NULL;
	lseek(in, 0, SEEK_SET);
	if ((pid = fork()) == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		if (!shown)
			dup2(null, STDERR_FILENO);
		if (chance(50))
			setenv("REC_BLOCK", chance(50) ? "1" : "50", 1);
		alarm(60); /* survives exec: a case that hangs is one that fails */
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	lseek(out, 0, SEEK_SET);
	end = read_stream(out, &got, t, &same);
	if (!order) {
		sort(&want);
		sort(&got);
	}
	right = status == 0 && end == REC_IN_GOOD && want.n == got.n && same;
	/* Which table is the output's depends on who answers first. */
	if (odd)
		right = WIFEXITED(status) && WEXITSTATUS(status) == 65 && end == REC_IN_FAILED && got.n <= want.n;
	for (size_t i = 0; i < got.n && right && (order || !odd); i++)
		right = want.at[i].what == got.at[i].what &&
		    (!order || want.at[i].pos == got.at[i].pos || want.at[i].what == LOSS_MARK);
	if (!right || shown) {
		printf("seed %" PRIu64 ": status %d, end %d, %zu records, wanted %zu:", seed, status, (int)end, got.n,
		    want.n);
		for (int i = 0; i < argc; i++)
			printf(" %s", argv[i]);
		printf("\n");
	}
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	free(want.at);
	free(got.at);
	table_drop(t);
	close(in);
	return right;
}

int
main(int argc, char **argv)
{
	const char *slash;
	struct buf path = { 0 }, own = { 0 };

	if (argc == 9 && strcmp(argv[1], "worker") == 0)
		return work(argv + 2);
	slash = strrchr(argv[0], '/');
	(void)buf_add(&path, argv[0], slash != NULL ? (size_t)(slash - argv[0]) + 1 : 0);
	(void)buf_adds(&path, "../../bin/rec-fanout");
	fanout = buf_string(&path);
	(void)buf_adds(&own, argv[0]);
	self = buf_string(&own);
	rec_out_read_on(); /* outputs that have ended are no reason to read no more */
	if (argc == 2)
		return !try(strtoull(argv[1], NULL, 10), 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (unit_round())
		CHECK(try(unit_seed, 0));
	buf_free(&path);
	buf_free(&own);
	return unit_end("fanout");
}
