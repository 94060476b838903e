/*
 * ere: see ere.h.
 *
 * Whether there is a match, one deterministic automaton tells. Where it is, needs two: one forward for the end of the
 * leftmost-longest match, then the reverse one from there back for its beginning. Where an automaton gives up (its states come too
 * fast for the cache; words in UTF-8 beyond ASCII), the record at hand is judged by ere_sim.
 */

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "ere.h"
#include "ere_dfa.h"
#include "scan.h"

enum {
	LANES = 4,
	SLOW = 1024 * 1024, /* bytes given to ere_sim before a deterministic automaton is tried again */
	DENSE = 32          /* literals found that are enough to judge whether searching for them pays */
};

struct ere_program {
	struct ere_nfa nfa;
	struct ere_work work;
	struct ere_sim sim;
	struct ere_dfa exists;
	size_t slow; /* bytes that are still ere_sim's */

	/* of ere_search, made when it is called first */
	struct ere_tree tree;
	struct ere_nfa reversed;
	struct ere_work reverse_work;
	struct ere_dfa forward, reverse;
	int can_search;

	struct buf literal;
	int exact;
	struct scan_text scan; /* of the literal, where there is one */
};

static int
build(struct ere_program *p, const char *pattern, size_t len, int flags, struct buf *error)
{
	if (ere_parse(&p->tree, pattern, len, flags, error) < 0)
		return -1;
	if (ere_nfa_build(&p->nfa, &p->tree, 0) < 0) {
		if (errno == E2BIG)
			(void)buf_addf(error, "the expression is too large: its automaton would have more than %d states",
			    (int)ERE_STATES_MAX);
		return -1;
	}
	if ((p->exact = ere_parse_literal(&p->tree, &p->literal)) < 0)
		return -1;
	if (p->literal.len > 0 &&
	    scan_text_init(&p->scan, p->literal.data, p->literal.len, (flags & ERE_IGNORE_CASE) != 0) < 0)
		return -1;
	if (ere_work_init(&p->work, p->nfa.count) < 0 || ere_sim_init(&p->sim, p->nfa.count) < 0)
		return -1;
	return ere_dfa_init(&p->exists, &p->nfa, &p->work, ERE_EXISTS);
}

int
ere_locale_flags(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? ERE_UTF8 : 0;
}

int
ere_compile(struct ere *ere, const char *pattern, size_t len, int flags, struct buf *error)
{
	int cause;

	if ((ere->program = calloc(1, sizeof *ere->program)) != NULL &&
	    build(ere->program, pattern, len, flags, error) == 0)
		return 0;
	cause = errno;
	ere_free(ere);
	if (cause == ENOMEM) {
		error->len = 0;
		(void)buf_adds(error, "out of memory");
	}
	errno = cause;
	return -1;
}

void
ere_free(struct ere *ere)
{
	struct ere_program *p = ere->program;

	if (p == NULL)
		return;
	ere_dfa_free(&p->exists);
	ere_dfa_free(&p->forward);
	ere_dfa_free(&p->reverse);
	ere_sim_free(&p->sim);
	ere_work_free(&p->work);
	ere_work_free(&p->reverse_work);
	ere_nfa_free(&p->nfa);
	ere_nfa_free(&p->reversed);
	ere_tree_free(&p->tree);
	scan_text_free(&p->scan);
	buf_free(&p->literal);
	free(p);
	ere->program = NULL;
}

int
ere_literal(const struct ere *ere, const char **text, size_t *len, int *exact)
{
	const struct ere_program *p = ere->program;

	if (exact != NULL)
		*exact = p->exact && p->literal.len > 0;
	*text = p->literal.data;
	*len = p->literal.len;
	return p->literal.len > 0;
}

/* After ERE_GIVE_UP. Bytes beyond ASCII say nothing of the next record; a cache that is filled again and again does. */
static void
give_up(struct ere_program *p, const struct ere_dfa *d, unsigned forgot)
{
	if (d->forgot != forgot)
		p->slow = SLOW;
}

static int
simulate(struct ere_program *p, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	p->slow -= len - from < p->slow ? len - from + 1 : p->slow;
	return ere_sim_run(&p->sim, &p->nfa, data, len, from, start, end);
}

int
ere_match(struct ere *ere, const char *data, size_t len)
{
	struct ere_program *p = ere->program;
	struct ere_dfa *d = &p->exists;
	const unsigned char *class = d->class;
	const uint32_t *table = d->table;
	unsigned forgot = d->forgot;
	uint32_t state, entry;
	size_t i = 0;

	if (p->slow > 0)
		return simulate(p, data, len, 0, NULL, NULL);
	entry = state = ere_dfa_start(d, ERE_EDGE);
	while (entry <= ERE_STATE_LAST && i < len) {
		entry = table[state + class[(unsigned char)data[i]]];
		if (entry == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class[(unsigned char)data[i]], i);
		state = entry;
		i++;
	}
	if (entry <= ERE_STATE_LAST && (entry = table[state + d->classes]) == ERE_UNMADE)
		entry = ere_dfa_step(d, state, d->classes, len);
	d->read += i;
	if (entry != ERE_GIVE_UP)
		return entry == ERE_FOUND;
	give_up(p, d, forgot);
	return simulate(p, data, len, 0, NULL, NULL);
}

static int
make_search(struct ere_program *p)
{
	if (p->can_search)
		return 0;
	ere_nfa_free(&p->reversed);
	ere_dfa_free(&p->forward);
	ere_dfa_free(&p->reverse);
	ere_work_free(&p->reverse_work);
	/* The reverse automaton has as many states as the other, so it can't be too large. */
	if (ere_nfa_build(&p->reversed, &p->tree, 1) < 0 || ere_work_init(&p->reverse_work, p->reversed.count) < 0 ||
	    ere_dfa_init(&p->forward, &p->nfa, &p->work, ERE_FORWARD) < 0 ||
	    ere_dfa_init(&p->reverse, &p->reversed, &p->reverse_work, ERE_REVERSE) < 0)
		return -1;
	ere_tree_free(&p->tree);
	p->can_search = 1;
	return 0;
}

/* The end of the leftmost-longest match: 1, 0, or -1 where the automaton gave up. */
static int
search_forward(struct ere_dfa *d, const char *data, size_t len, size_t from, size_t *end)
{
	uint32_t state = ere_dfa_start(d, ere_before(d->nfa->flags, data, len, from)), entry = state;
	int found = 0;

	for (size_t i = from; i <= len && state <= ERE_STATE_LAST; i++) {
		unsigned class = i < len ? d->class[(unsigned char)data[i]] : d->classes;

		if ((entry = d->table[state + class]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, i - from);
		if ((entry & ERE_MATCHED) != 0) {
			found = 1;
			*end = i;
		}
		state = entry & ~ERE_MATCHED;
		d->read++;
	}
	return state == ERE_GIVE_UP ? -1 : found;
}

/* The beginning of the longest match that ends at end, not before from. */
static int
search_reverse(struct ere_dfa *d, const char *data, size_t len, size_t from, size_t end, size_t *start)
{
	uint32_t state = ere_dfa_start(d, ere_after(d->nfa->flags, data, len, end)), entry = state;
	int found = 0;

	for (size_t i = end; state <= ERE_STATE_LAST; i--) {
		unsigned class = i > 0 ? d->class[(unsigned char)data[i - 1]] : d->classes;

		if ((entry = d->table[state + class]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, end - i);
		if ((entry & ERE_MATCHED) != 0) {
			found = 1;
			*start = i;
		}
		state = entry & ~ERE_MATCHED;
		d->read++;
		if (i == from)
			break;
	}
	return state == ERE_GIVE_UP ? -1 : found;
}

int
ere_search(struct ere *ere, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	struct ere_program *p = ere->program;
	unsigned forgot;
	int found;

	if (from > len)
		return 0;
	if (make_search(p) < 0) {
		errno = ENOMEM;
		return -1;
	}
	if (p->slow > 0)
		return simulate(p, data, len, from, start, end);
	forgot = p->forward.forgot;
	if ((found = search_forward(&p->forward, data, len, from, end)) == 0)
		return 0;
	if (found < 0) {
		give_up(p, &p->forward, forgot);
		return simulate(p, data, len, from, start, end);
	}
	forgot = p->reverse.forgot;
	if ((found = search_reverse(&p->reverse, data, len, from, *end, start)) == 1)
		return 1;
	give_up(p, &p->reverse, forgot);
	return simulate(p, data, len, from, start, end);
}

/* Several records at a time: the processor works on one lane while another waits for its entry of the table. */
struct lane {
	const unsigned char *at, *end;
	uint32_t state;
	int judged; /* and there is no other record for it */
	size_t record;
};

struct lanes {
	struct ere *ere;
	const char *data;
	const uint32_t *ends;
	size_t count, gap, next; /* the next record that is in no lane yet */
	uint64_t *hits;
	struct lane lane[LANES];
};

static size_t
start_of(const uint32_t *ends, size_t gap, size_t i)
{
	return i == 0 ? 0 : ends[i - 1] + gap;
}

static void
mark(uint64_t *hits, size_t i)
{
	hits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void
match_one(struct ere *ere, const char *data, const uint32_t *ends, size_t gap, size_t i, uint64_t *hits)
{
	size_t start = start_of(ends, gap, i);

	if (ere_match(ere, data + start, ends[i] - start))
		mark(hits, i);
}

/* Puts the record of the lane at its beginning. */
static void
begin(struct lanes *l, struct lane *lane)
{
	size_t start = start_of(l->ends, l->gap, lane->record);

	lane->at = (const unsigned char *)l->data + start;
	lane->end = (const unsigned char *)l->data + l->ends[lane->record];
	lane->state = ere_dfa_start(&l->ere->program->exists, ERE_EDGE);
	lane->judged = 0;
}

/* What became of the lane's record: entry is no state. Puts the next record into the lane; 0 where there is none. */
static int
finish(struct lanes *l, struct lane *lane, uint32_t entry)
{
	struct ere_program *p = l->ere->program;
	size_t start = start_of(l->ends, l->gap, lane->record), len = l->ends[lane->record] - start;

	p->exists.read += len;
	if (entry == ERE_FOUND || (entry == ERE_GIVE_UP && simulate(p, l->data + start, len, 0, NULL, NULL)))
		mark(l->hits, lane->record);
	lane->judged = 1;
	if (l->next == l->count)
		return 0;
	lane->record = l->next++;
	begin(l, lane);
	return 1;
}

/* One step of a lane, or the end of its record. Returns 0 when there are fewer records than lanes left. */
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
		give_up(p, d, forgot);
	return finish(l, lane, entry);
}

/* As many steps as all lanes can take without one's record ending or an entry that is none. */
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

/* Whether the lane can't go on by itself: its record ends, or what its byte leads to is no state. */
static int
stands(const struct lane *lane, const struct ere_dfa *d)
{
	return lane->state > ERE_STATE_LAST || lane->at == lane->end ||
	       d->table[lane->state + d->class[*lane->at]] > ERE_STATE_LAST;
}

/*
 * Records [from, count), as far as that goes at once: returns the first record that is not judged yet. When the automaton forgets its
 * states, those in the other lanes are void: then, as at the end, each lane's record is judged by itself from its beginning.
 */
static size_t
match_lanes(struct ere *ere, const char *data, const uint32_t *ends, size_t from, size_t count, size_t gap, uint64_t *hits)
{
	struct lanes l = { .ere = ere, .data = data, .ends = ends, .count = count, .gap = gap, .next = from, .hits = hits };
	const struct ere_dfa *d = &ere->program->exists;
	unsigned forgot;
	int busy = 1;

	(void)ere_dfa_start(&ere->program->exists, ERE_EDGE);
	forgot = d->forgot;
	for (size_t k = 0; k < LANES; k++) {
		l.lane[k].record = l.next++;
		begin(&l, &l.lane[k]);
	}
	while (busy && d->forgot == forgot) {
		run(l.lane, d);
		for (size_t k = 0; k < LANES && busy && d->forgot == forgot; k++)
			if (stands(&l.lane[k], d))
				busy = turn(&l, &l.lane[k]);
	}
	for (size_t k = 0; k < LANES; k++)
		if (!l.lane[k].judged)
			match_one(ere, data, ends, gap, l.lane[k].record, hits);
	return l.next;
}

static void
match_each(struct ere *ere, const char *data, const uint32_t *ends, size_t from, size_t count, size_t gap, uint64_t *hits)
{
	while (from < count) {
		if (ere->program->slow == 0 && count - from >= LANES) {
			from = match_lanes(ere, data, ends, from, count, gap, hits);
			continue;
		}
		match_one(ere, data, ends, gap, from, hits);
		from++;
	}
}

/* The first record from on that ends at end or behind; count if there is none. */
static size_t
record_at(const uint32_t *ends, size_t from, size_t count, size_t end)
{
	size_t low = from, high, step = 1;

	for (high = from; high < count && ends[high] < end; step *= 2) {
		low = high + 1;
		high = count - high > step ? high + step : count;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ends[middle] < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
ere_match_all(
    struct ere *ere, const char *data, size_t size, const uint32_t *ends, size_t count, size_t gap, uint64_t *hits)
{
	struct ere_program *p = ere->program;
	size_t at = 0, i = 0, tried = 0;

	if (p->literal.len == 0) {
		match_each(ere, data, ends, 0, count, gap, hits);
		return;
	}
	while (i < count && (at = scan_text(&p->scan, data, size, at)) != SIZE_MAX) {
		if ((i = record_at(ends, i, count, at + p->literal.len)) == count)
			return;
		if (at < start_of(ends, gap, i)) {
			at = start_of(ends, gap, i);
			continue;
		}
		if (p->exact)
			mark(hits, i);
		else
			match_one(ere, data, ends, gap, i, hits);
		i++;
		tried++;
		/* Where the text is in most records, finding it is work for nothing. */
		if (!p->exact && tried >= DENSE && i < 4 * tried) {
			match_each(ere, data, ends, i, count, gap, hits);
			return;
		}
		if (i < count)
			at = start_of(ends, gap, i);
	}
}
