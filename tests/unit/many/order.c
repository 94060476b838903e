/*
 * order, random: a stream dealt to branches in pieces of any size comes together as it was, and at
 * each moment all is out that may be and nothing else: held against a model that looks at every
 * record.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "many/order.h"
#include "unit/unit.h"

enum { BRANCHES = 5, ITEMS = 400 };

struct item {
	uint64_t pos;
	size_t branch, number; /* within all, as the text says */
	int lost;              /* it is a loss of that many records */
};

static struct item items[ITEMS];
static size_t count, branches, at[BRANCHES]; /* at: the next one to be delivered */
static int ties;

static int
by_place(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	if (!x->lost != !y->lost)
		return x->lost ? -1 : 1;
	if (x->branch != y->branch)
		return x->branch < y->branch ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void
make_items(void)
{
	uint64_t pos = unit_random(3);
	size_t branch = 0, sticky = 1 + unit_random(40);

	branches = 1 + unit_random(BRANCHES);
	count = unit_random(ITEMS);
	ties = unit_random(2) == 1;
	for (size_t i = 0; i < count; i++) {
		size_t before = branch;

		if (unit_random(sticky) == 0)
			branch = unit_random(branches);
		/*
		 * Without ties one position is in one branch only, and a loss is alone at its
		 * position.
		 */
		if (i > 0 && (unit_random(4) > 0 || (!ties && branch != before) || items[i - 1].lost))
			pos += 1 + (unit_random(200) == 0 ? UINT64_C(1) << (20 + unit_random(20)) : unit_random(3));
		items[i] = (struct item){ pos, branch, i, 0 };
		if (unit_random(30) == 0 && (i == 0 || items[i - 1].pos < pos))
			items[i].lost = 1 + (int)unit_random(9);
	}
	qsort(items, count, sizeof *items, by_place);
}

/* The next item of the branch from i on, or count. */
static size_t
next_of(size_t branch, size_t i)
{
	while (i < count && items[i].branch != branch)
		i++;
	return i;
}

static size_t
text_of(const struct item *it, char text[32])
{
	int n = snprintf(text, 32, "%zu", it->number);

	return it->number % 7 == 0 ? 0 : (size_t)n;
}

/*
 * Returns a held block of the branch's next items, as many as go into one. *to becomes the item
 * after them.
 */
static struct held *
make_hold(size_t branch, size_t from, size_t *to, size_t padding)
{
	static char payload[ITEMS * 1200];
	static uint32_t ends[ITEMS], positions[ITEMS];
	struct block b = { .kind = BLOCK_DATA,
		.gap = (uint8_t)unit_random(3),
		.base = items[from].pos,
		.payload = payload,
		.ends = ends };
	size_t most = 1 + unit_random(60), i = from;
	struct held *h;

	if (items[from].lost) {
		struct block loss = {
			.kind = BLOCK_LOSS, .base = items[from].pos, .count = (uint32_t)items[from].lost
		};

		*to = next_of(branch, from + 1);
		return held_records(&loss, 0, 0);
	}
	for (; i < count && b.count < most && !items[i].lost && items[i].pos - b.base <= UINT32_MAX;
	     i = next_of(branch, i + 1)) {
		char text[32];
		size_t len = text_of(&items[i], text);

		memcpy(payload + b.size, text, len);
		if (len > 0)
			memset(payload + b.size + len, '.', padding);
		b.size += (uint32_t)(len > 0 ? len + padding : 0);
		ends[b.count] = b.size;
		memset(payload + b.size, b.gap == 1 ? '\n' : 0, b.gap);
		b.size += b.gap;
		positions[b.count++] = (uint32_t)(items[i].pos - b.base);
	}
	b.status = b.gap == 1 ? '\n' : 0;
	b.positions = positions;
	/*
	 * The last one lacks its gap. Not at position 0: a segment that begins there looks like the
	 * first one.
	 */
	if (unit_random(10) == 0 && b.base + positions[b.count - 1] > 0)
		b.size -= b.gap;
	*to = i;
	h = held_records(&b, 0, b.count);
	/* A block that needs no positions has none. */
	if (positions[b.count - 1] == b.count - 1 && b.count > 0) {
		uint32_t k = 0;

		while (k < b.count && positions[k] == k)
			k++;
		if (k == b.count)
			h->block.positions = NULL;
	}
	return h;
}

/*
 * Returns 1 if the item may go out, by the rule of order.h: everything of the others below it has
 * been delivered.
 */
static int
allowed(const struct branches *bs, size_t i)
{
	const struct item *it = &items[i];

	if (at[it->branch] <= i)
		return 0;
	for (size_t b = 0; b < branches; b++) {
		const struct branch *other = &bs->all[b];
		size_t first = next_of(b, i + 1);

		if (b == it->branch || other->ended || at[b] > first)
			continue;
		/* Nothing of it is queued that belongs after the item. */
		if (other->next < it->pos || (other->next == it->pos && ties && b < it->branch && !it->lost))
			return 0;
	}
	return 1;
}

/* How many records are out if all is that may be; losses are not counted. */
static uint64_t
model(const struct branches *bs)
{
	uint64_t n = 0;

	for (size_t i = 0; i < count && allowed(bs, i); i++)
		n += !items[i].lost;
	return n;
}

static void
check_output(int fd, size_t padding)
{
	struct rec_in in;
	struct block b;
	size_t i = 0;
	const char *why;

	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(rec_in_open(&in, fd, "the output") == 0);
	while (rec_in_block(&in, &b)) {
		if (b.kind == BLOCK_LOSS) {
			CHECK(i < count && items[i].lost == (int)b.count && items[i].pos == b.base);
			i++;
			continue;
		}
		for (uint32_t k = 0; k < b.count; k++, i++) {
			char text[32];
			uint32_t start = block_start(&b, k);
			size_t len;

			if (i >= count)
				break;
			len = text_of(&items[i], text);
			CHECK(!items[i].lost && block_position(&b, k) == items[i].pos);
			CHECK(b.ends[k] - start == (len > 0 ? len + padding : 0) &&
			    memcmp(b.payload + start, text, len) == 0);
		}
	}
	CHECK(in.end == REC_IN_GOOD);
	CHECK(i == count);
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
}

static void
check_random(void)
{
	struct command_fault fault = { 0 };
	struct branches bs;
	struct rec_out out;
	struct order o;
	const char *why;
	int fd = memfd_create("output", MFD_CLOEXEC), more = 1;
	size_t open, padding = unit_random(3) == 0 ? 1000 : 0;
	uint64_t last;

	make_items();
	CHECK(branches_init(&bs, branches, unit_random(2) * 1000000000, &fault) == 0);
	CHECK(rec_out_open(&out, fcntl(fd, F_DUPFD_CLOEXEC, 3), "output") == 0);
	o = (struct order){ .branches = &bs, .out = &out, .ties = ties };
	CHECK(order_init(&o) == 0);
	for (size_t b = 0; b < branches; b++) {
		bs.all[b].name = "branch";
		at[b] = next_of(b, 0);
	}
	for (open = branches; open > 0;) {
		struct branch *b = &bs.all[unit_random(branches)];
		size_t next, here = at[b->number];

		if (b->ended)
			continue;
		if (unit_random(2) == 0 && here < count) {
			struct held *h = make_hold(b->number, here, &next, padding);

			b->next = items[here].pos;
			for (size_t i = here; i < next; i++)
				if (items[i].branch == b->number)
					b->next = items[i].pos;
			CHECK(branch_put(b, h) == 1);
			at[b->number] = here = next;
		}
		/* The watermark, as far as it may go. */
		last = here < count ? items[here].pos : count > 0 ? items[count - 1].pos + 3 : 0;
		if (unit_random(2) == 0 && last > b->next)
			b->next += unit_random(3) == 0 ? last - b->next : unit_random(2);
		if (here == count && unit_random(4) == 0) {
			b->ended = 1;
			open--;
		}
		b->watermark = b->next;
		more = order_put(&o);
		CHECK(more >= 0);
		if (padding == 0 && !out.lacks_gap && out.origin == 0)
			CHECK(out.records + out.count == model(&bs));
	}
	CHECK(more == 0);
	CHECK(rec_out_end(&out, branches_end(&bs, 0), 0, NULL, &why) == 0);
	rec_out_free(&out);
	order_free(&o);
	check_output(fd, padding);
}

/* ---- what is no random matter ---- */

static struct held *
one(uint64_t pos)
{
	static char payload[] = "x\n";
	uint32_t end = 1;
	struct block b = { .kind = BLOCK_DATA,
		.gap = 1,
		.status = '\n',
		.count = 1,
		.size = 2,
		.base = pos,
		.payload = payload,
		.ends = &end };

	return held_records(&b, 0, 1);
}

/*
 * One position in two branches is an error, whichever comes first, and at the end of the numbers
 * too.
 */
static void
check_tie(uint64_t pos, int later)
{
	struct command_fault fault = { 0 };
	struct branches bs;
	struct rec_out out;
	struct order o;
	const char *why;
	int silent = open("/dev/null", O_WRONLY | O_CLOEXEC), errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	CHECK(branches_init(&bs, 2, 0, &fault) == 0);
	CHECK(rec_out_open(&out, open("/dev/null", O_WRONLY | O_CLOEXEC), "output") == 0);
	o = (struct order){ .branches = &bs, .out = &out };
	CHECK(order_init(&o) == 0);
	bs.all[0].name = "a";
	bs.all[1].name = "b";
	CHECK(branch_put(&bs.all[1], one(pos)) == 1);
	bs.all[0].next = bs.all[1].next = pos;
	if (later) {
		CHECK(order_put(&o) == 1);
		CHECK(out.records + out.count == 1);
	}
	CHECK(branch_put(&bs.all[0], one(pos)) == 1);
	dup2(silent, STDERR_FILENO);
	CHECK(order_put(&o) == -1);
	dup2(errors, STDERR_FILENO);
	close(silent);
	close(errors);
	CHECK(fault.status == EX_DATAERR);
	CHECK(fault.reason.len > 0 && strncmp(fault.reason.data, "a and b both have a record at position ", 39) == 0);
	(void)branches_end(&bs, 0);
	order_free(&o);
	(void)rec_out_end(&out, pos, 0, NULL, &why);
	rec_out_free(&out);
	buf_free(&fault.reason);
}

/* A loss that all branches report goes out once; losses that differ all go out. */
static void
check_losses(void)
{
	struct command_fault fault = { 0 };
	struct block loss = { .kind = BLOCK_LOSS, .base = 5, .count = 3 };
	struct branches bs;
	struct rec_out out;
	struct rec_in in;
	struct order o;
	struct block b;
	const char *why;
	int fd = memfd_create("output", MFD_CLOEXEC);
	uint64_t lost[3] = { 0 };
	size_t n = 0;

	CHECK(branches_init(&bs, 3, 0, &fault) == 0);
	CHECK(rec_out_open(&out, fcntl(fd, F_DUPFD_CLOEXEC, 3), "output") == 0);
	o = (struct order){ .branches = &bs, .out = &out };
	CHECK(order_init(&o) == 0);
	for (size_t i = 0; i < 3; i++) {
		CHECK(branch_put(&bs.all[i], held_records(&loss, 0, 0)) == 1);
		bs.all[i].next = 8;
		CHECK(order_put(&o) == 1);
	}
	loss.base = 9;
	loss.count = BLOCK_LOST_UNKNOWN;
	CHECK(branch_put(&bs.all[1], held_records(&loss, 0, 0)) == 1);
	for (size_t i = 0; i < 3; i++)
		bs.all[i].ended = 1;
	CHECK(order_put(&o) == 0);
	CHECK(rec_out_end(&out, branches_end(&bs, 12), 0, NULL, &why) == 0);
	rec_out_free(&out);
	order_free(&o);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(rec_in_open(&in, fd, "the output") == 0);
	while (rec_in_block(&in, &b))
		if (b.kind == BLOCK_LOSS && n < 3)
			lost[n++] = b.base;
	CHECK(in.end == REC_IN_GOOD && n == 2 && lost[0] == 5 && lost[1] == 9);
	(void)rec_in_close(&in, &why);
	rec_in_free(&in);
}

int
main(void)
{
	static const struct die_usage usage = { "order", "", "" };

	command_start(&usage);
	rec_out_read_on(); /* what was written is read back when there is no output any more */
	while (unit_round())
		for (int i = 0; i < 100; i++)
			check_random();
	for (int later = 0; later < 2; later++) {
		check_tie(0, later);
		check_tie(7, later);
		check_tie(UINT64_MAX - 1, later);
	}
	check_losses();
	return unit_end("order");
}
