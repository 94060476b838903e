/*
 * ere_many: ere_match_all of ere.h, which judges several records of a block at a time. If every
 * match must contain a literal that few records hold, that literal is searched for in the whole
 * block first.
 */

#include "base/bits.h"
#include "match/ere.h"
#include "match/ere_program.h"

enum {
	LANES = 4,
	SAMPLE = 256, /* records by which the rarest literal is chosen */
	SAMPLED = 16, /* fewer records are no basis for that */
	RENEW = 256,  /* calls of ere_match_all until it is chosen again */
	BATCH = 1024  /* records that hold the literal, judged together */
};

/*
 * A lane judges one record. There are several, because the processor can work on one lane while
 * another waits for its entry of the table.
 */
struct lane {
	const unsigned char *at, *end;
	uint32_t state;
	int judged; /* and there is no other record for the lane */
	size_t record;
};

struct lanes {
	struct ere *ere;
	const char *data;
	const uint32_t *ends;
	const uint32_t *list;    /* the records to judge; NULL: all */
	size_t count, gap, next; /* next: the first that is in no lane yet */
	uint64_t *hits;
	struct lane lane[LANES];
};

static size_t
start_of(const uint32_t *ends, size_t gap, size_t i)
{
	return i == 0 ? 0 : ends[i - 1] + gap;
}

static void
match_one(struct ere *ere, const char *data, const uint32_t *ends, size_t gap, size_t i, uint64_t *hits)
{
	size_t start = start_of(ends, gap, i);

	if (ere_match(ere, data + start, ends[i] - start))
		bits_set(hits, i);
}

static size_t
record_of(const uint32_t *list, size_t i)
{
	return list != NULL ? list[i] : i;
}

/* Puts the lane at the beginning of its record. */
static void
begin(struct lanes *l, struct lane *lane)
{
	size_t start = start_of(l->ends, l->gap, lane->record);

	lane->at = (const unsigned char *)l->data + start;
	lane->end = (const unsigned char *)l->data + l->ends[lane->record];
	lane->state = ere_dfa_start(&l->ere->program->exists, ERE_EDGE);
	lane->judged = 0;
}

/*
 * Ends the lane's record, of which entry, which is no state, is the result. Puts the next record
 * into the lane; returns 1, or 0 if there is no other.
 */
static int
finish(struct lanes *l, struct lane *lane, uint32_t entry)
{
	struct ere_program *p = l->ere->program;
	size_t start = start_of(l->ends, l->gap, lane->record), len = l->ends[lane->record] - start;

	p->exists.read += len;
	if (entry == ERE_FOUND || (entry == ERE_GIVE_UP && ere_simulate(p, l->data + start, len, 0, NULL, NULL)))
		bits_set(l->hits, lane->record);
	lane->judged = 1;
	if (l->next == l->count)
		return 0;
	lane->record = record_of(l->list, l->next++);
	begin(l, lane);
	return 1;
}

/*
 * Makes one step of a lane, or ends its record. Returns 0 if fewer records than lanes are left,
 * else 1.
 */
static int
turn(struct lanes *l, struct lane *lane)
{
	struct ere_program *p = l->ere->program;
	struct ere_dfa *d = &p->exists;
	unsigned class, forgot = d->forgot;
	uint32_t entry = lane->state;
	size_t start = start_of(l->ends, l->gap, lane->record);

	if (entry <= ERE_STATE_LAST) {
		class = lane->at < lane->end ? d->class[*lane->at] : d->classes;
		if ((entry = d->table[entry + class]) == ERE_UNMADE)
			entry = ere_dfa_step(
			    d, lane->state, class, (size_t)(lane->at - (const unsigned char *)l->data) - start);
		if (entry <= ERE_STATE_LAST) {
			lane->state = entry;
			lane->at++;
			return 1;
		}
	}
	if (entry == ERE_GIVE_UP)
		ere_gave_up(p, d, forgot);
	return finish(l, lane, entry);
}

/*
 * Makes as many steps as all lanes can make together: until a record ends, or an entry is no state.
 */
static void
run(struct lane lane[LANES], const struct ere_dfa *d)
{
	const unsigned char *class = d->class, *a = lane[0].at, *b = lane[1].at, *c = lane[2].at, *e = lane[3].at;
	const uint32_t *table = d->table;
	uint32_t s0 = lane[0].state, s1 = lane[1].state, s2 = lane[2].state, s3 = lane[3].state;
	size_t n = (size_t)(lane[0].end - a), i;

	for (size_t k = 1; k < LANES; k++)
		if ((size_t)(lane[k].end - lane[k].at) < n)
			n = (size_t)(lane[k].end - lane[k].at);
	if ((s0 | s1 | s2 | s3) > ERE_STATE_LAST)
		n = 0;
	for (i = 0; i < n; i++) {
		uint32_t t0 = table[s0 + class[a[i]]], t1 = table[s1 + class[b[i]]];
		uint32_t t2 = table[s2 + class[c[i]]], t3 = table[s3 + class[e[i]]];

		if ((t0 | t1 | t2 | t3) > ERE_STATE_LAST)
			break;
		s0 = t0;
		s1 = t1;
		s2 = t2;
		s3 = t3;
	}
	lane[0].at = a + i;
	lane[0].state = s0;
	lane[1].at = b + i;
	lane[1].state = s1;
	lane[2].at = c + i;
	lane[2].state = s2;
	lane[3].at = e + i;
	lane[3].state = s3;
}

/*
 * Returns 1 if run cannot move the lane on, because its record ends or its byte leads to an entry
 * that is no state; else 0.
 */
static int
stopped(const struct lane *lane, const struct ere_dfa *d)
{
	return lane->state > ERE_STATE_LAST || lane->at == lane->end ||
	       d->table[lane->state + d->class[*lane->at]] > ERE_STATE_LAST;
}

/*
 * Judges records from number `from` on of the list, or of all. Returns the number of the first that
 * is not judged yet. If the automaton forgets its states, those of the other lanes are void: then,
 * and at the end, each lane's record is judged by itself, from its beginning.
 */
static size_t
match_lanes(struct ere *ere, const char *data, const uint32_t *ends, const uint32_t *list, size_t from, size_t count,
    size_t gap, uint64_t *hits)
{
	struct lanes l = { .ere = ere, .data = data, .ends = ends, .list = list, .count = count, .gap = gap,
		.next = from, .hits = hits };
	const struct ere_dfa *d = &ere->program->exists;
	unsigned forgot;
	int busy = 1;

	(void)ere_dfa_start(&ere->program->exists, ERE_EDGE);
	forgot = d->forgot;
	for (size_t k = 0; k < LANES; k++) {
		l.lane[k].record = record_of(list, l.next++);
		begin(&l, &l.lane[k]);
	}
	while (busy && d->forgot == forgot) {
		run(l.lane, d);
		for (size_t k = 0; k < LANES && busy && d->forgot == forgot; k++)
			if (stopped(&l.lane[k], d))
				busy = turn(&l, &l.lane[k]);
	}
	for (size_t k = 0; k < LANES; k++)
		if (!l.lane[k].judged)
			match_one(ere, data, ends, gap, l.lane[k].record, hits);
	return l.next;
}

static void
match_each(struct ere *ere, const char *data, const uint32_t *ends, const uint32_t *list, size_t count, size_t gap,
    uint64_t *hits)
{
	for (size_t i = 0; i < count;) {
		if (ere->program->slow == 0 && count - i >= LANES)
			i = match_lanes(ere, data, ends, list, i, count, gap, hits);
		else
			match_one(ere, data, ends, gap, record_of(list, i++), hits);
	}
}

/* Returns the first record from i on that holds the literal, or count if there is none. */
static size_t
next_with(const struct scan_text *literal, const char *data, size_t size, const uint32_t *ends, size_t i, size_t count,
    size_t gap)
{
	size_t at = i < count ? start_of(ends, gap, i) : size;

	while (i < count && (at = scan_text(literal, data, size, at)) != SIZE_MAX) {
		i = scan_ends(ends, i, count, at + literal->len);
		if (i < count && at >= start_of(ends, gap, i))
			return i;
		at = i < count ? start_of(ends, gap, i) : size;
	}
	return count;
}

/*
 * Chooses the literal that the fewest of some records hold, or none if that is in more than half of
 * them.
 */
static void
find_rarest(struct ere_program *p, const char *data, const uint32_t *ends, size_t count, size_t gap)
{
	size_t least = SIZE_MAX;

	if (count < SAMPLED || p->literals.exact || p->calls-- > 0)
		return;
	p->calls = RENEW;
	count = count < SAMPLE ? count : SAMPLE;
	for (size_t k = 0; k < p->literals.count; k++) {
		size_t n = 0, i = 0;

		for (; (i = next_with(&p->scan[k], data, ends[count - 1], ends, i, count, gap)) < count; i++)
			n++;
		if (n < least || (n == least && p->scan[k].len > p->scan[p->rarest].len)) {
			least = n;
			p->rarest = k;
		}
	}
	if (least > count / 2)
		p->rarest = ERE_LITERALS;
}

void
ere_match_all(
    struct ere *ere, const char *data, size_t size, const uint32_t *ends, size_t count, size_t gap, uint64_t *hits)
{
	struct ere_program *p = ere->program;
	const struct scan_text *literal;
	static uint32_t list[BATCH]; /* not on the stack, which may be small */
	size_t n = 0;

	if (p->literals.count > 0)
		find_rarest(p, data, ends, count, gap);
	if (p->literals.count == 0 || p->rarest == ERE_LITERALS) {
		match_each(ere, data, ends, NULL, count, gap, hits);
		return;
	}
	literal = &p->scan[p->rarest];
	for (size_t i = 0; (i = next_with(literal, data, size, ends, i, count, gap)) < count; i++) {
		if (p->literals.exact) {
			bits_set(hits, i);
			continue;
		}
		list[n++] = (uint32_t)i;
		if (n == BATCH) {
			match_each(ere, data, ends, list, n, gap, hits);
			n = 0;
		}
	}
	match_each(ere, data, ends, list, n, gap, hits);
}
