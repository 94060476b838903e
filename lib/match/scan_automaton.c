/*
 * scan_automaton: see scan_automaton.h.
 *
 * States are numbered level by level. The first ones, which are met most often, have rows in a
 * table that give the next state for each class of bytes. Each state also has its children and its
 * failure: the state for the longest end of what has been read that is the beginning of some text
 * too. The automaton begins anew with each record, so whatever it finds lies within one.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "match/scan_automaton.h"

#define FOUND UINT32_MAX /* in place of a state */

enum {
	TABLE = 64 * 1024, /* entries */
	LANES = 4
};

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static size_t
start_of(const uint32_t *ends, size_t gap, size_t i)
{
	return i == 0 ? 0 : ends[i - 1] + gap;
}

static void
find_classes(struct scan_automaton *a, const struct scan_text *texts, size_t count, unsigned *classes)
{
	int used[256] = { 0 }, fold = texts[0].ignore_case, other = 0;

	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < texts[t].len; i++)
			used[(unsigned char)texts[t].text[i]] = 1;
	/* Class 0 is the bytes that are in no text, if there are any. */
	for (int c = 0; c < 256; c++)
		other |= !used[fold ? lower((unsigned char)c) : c];
	*classes = (unsigned)other;
	for (int c = 0; c < 256; c++)
		if (used[c])
			a->class[c] = (unsigned char)(*classes)++;
	for (int c = 'A'; c <= 'Z' && fold; c++)
		a->class[c] = a->class[lower((unsigned char)c)];
}

static int
compare(const void *a, const void *b)
{
	const struct scan_text *s = *(const struct scan_text *const *)a, *t = *(const struct scan_text *const *)b;
	int order = memcmp(s->text, t->text, s->len < t->len ? s->len : t->len);

	return order != 0 ? order : (s->len > t->len) - (s->len < t->len);
}

/* Returns the child of the state by the class, or 0. */
static uint32_t
child(const struct scan_automaton *a, uint32_t state, unsigned class)
{
	uint32_t low = a->kids[state], end = a->kids[state + 1], high = end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (a->by[middle] < class)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && a->by[low] == class ? low : 0;
}

static int
is_end(const struct scan_automaton *a, uint32_t state)
{
	return a->kids[state] == a->kids[state + 1];
}

/*
 * Returns the failure of the parent's child by that class: the state to which the class leads from
 * the parent's failure.
 */
static uint32_t
failure(const struct scan_automaton *a, uint32_t parent, unsigned class)
{
	uint32_t state = parent;

	while (state != 0) {
		uint32_t next;

		state = a->fail[state];
		if ((next = child(a, state, class)) != 0)
			return next;
	}
	return 0;
}

/* A state that is being made: the sorted texts that begin with the bytes that lead to it. */
struct group {
	uint32_t from, to;
};

/*
 * Makes the states level by level, so that a state's children have successive numbers, and its
 * failure, which is on an earlier level, is complete. A state at which some text ends gets no
 * children: nothing that could be found after it changes the result. Returns the number of states.
 */
static uint32_t
make_states(struct scan_automaton *a, const struct scan_text *const *sorted, size_t count, struct group *groups)
{
	uint32_t made = 1, level_end = 1;
	size_t depth = 0;

	groups[0] = (struct group){ 0, (uint32_t)count };
	a->fail[0] = 0;
	for (uint32_t state = 0; state < made; state++) {
		struct group g = groups[state];

		if (state == level_end) {
			depth++;
			level_end = made;
		}
		a->kids[state] = made;
		a->kids[state + 1] = made;
		/* The shortest text of the group is its first. */
		if (sorted[g.from]->len == depth || (state != 0 && a->fail[state] != 0 && is_end(a, a->fail[state])))
			continue;
		for (uint32_t i = g.from; i < g.to;) {
			uint32_t from = i;
			unsigned char c = (unsigned char)sorted[i]->text[depth];

			while (i < g.to && (unsigned char)sorted[i]->text[depth] == c)
				i++;
			groups[made] = (struct group){ from, i };
			a->by[made] = a->class[c];
			a->fail[made] = failure(a, state, a->class[c]);
			made++;
		}
		a->kids[state + 1] = made;
	}
	return made;
}

/* Makes rows for the first states, which are met most often. Returns 0, or -1 without memory. */
static int
make_table(struct scan_automaton *a, unsigned classes, uint32_t states)
{
	while (1u << a->shift < classes)
		a->shift++;
	a->dense = (uint32_t)TABLE >> a->shift < states ? (uint32_t)TABLE >> a->shift : states;
	a->table = calloc((size_t)a->dense << a->shift, sizeof a->table[0]);
	if (a->table == NULL)
		return -1;
	for (uint32_t state = 0; state < a->dense; state++) {
		uint32_t *row = a->table + ((size_t)state << a->shift);

		if (state != 0)
			memcpy(row, a->table + ((size_t)a->fail[state] << a->shift), classes * sizeof row[0]);
		for (uint32_t kid = a->kids[state]; kid < a->kids[state + 1]; kid++)
			row[a->by[kid]] = is_end(a, kid) ? FOUND : kid;
	}
	return 0;
}

int
scan_automaton_init(struct scan_automaton *a, const struct scan_text *texts, size_t count)
{
	const struct scan_text **sorted = calloc(count, sizeof *sorted);
	struct group *groups;
	size_t states = 1;
	unsigned classes;
	int result = -1;

	*a = (struct scan_automaton){ 0 };
	for (size_t t = 0; t < count; t++) {
		/* If the sum has wrapped, it is less than what was added. */
		if ((states += texts[t].len) < texts[t].len || states > FOUND) {
			free(sorted);
			errno = EOVERFLOW;
			return -1;
		}
	}
	find_classes(a, texts, count, &classes);
	a->fail = calloc(states, sizeof a->fail[0]);
	a->kids = calloc(states + 1, sizeof a->kids[0]);
	a->by = calloc(states, 1);
	groups = calloc(states, sizeof *groups);
	if (sorted != NULL && a->fail != NULL && a->kids != NULL && a->by != NULL && groups != NULL) {
		for (size_t t = 0; t < count; t++)
			sorted[t] = &texts[t];
		qsort(sorted, count, sizeof *sorted, compare);
		result = make_table(a, classes, make_states(a, sorted, count, groups));
	}
	free(sorted);
	free(groups);
	return result;
}

/* Returns the next state of a state that has no row. */
static uint32_t
deep_step(const struct scan_automaton *a, uint32_t state, unsigned class)
{
	while (state >= a->dense) {
		uint32_t next = child(a, state, class);

		if (next != 0)
			return is_end(a, next) ? FOUND : next;
		state = a->fail[state];
	}
	return a->table[((size_t)state << a->shift) + class];
}

static inline uint32_t
step(const struct scan_automaton *a, uint32_t state, unsigned class)
{
	return state < a->dense ? a->table[((size_t)state << a->shift) + class] : deep_step(a, state, class);
}

static int
run_one(const struct scan_automaton *a, uint32_t state, const char *data, size_t len)
{
	for (size_t i = 0; i < len && state != FOUND; i++)
		state = step(a, state, a->class[(unsigned char)data[i]]);
	return state == FOUND;
}

/*
 * Judges the records i to i + LANES - 1, one step of each in turn: the processor can work on one
 * while another waits for its entry of the table.
 */
static void
run_lanes(const struct scan_automaton *a, const char *data, const uint32_t *ends, size_t i, size_t gap, uint64_t *hits)
{
	const unsigned char *class = a->class, *at[LANES];
	uint32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, states[LANES];
	size_t len[LANES], n = SIZE_MAX, done = 0;

	for (size_t k = 0; k < LANES; k++) {
		size_t start = start_of(ends, gap, i + k);

		at[k] = (const unsigned char *)data + start;
		len[k] = ends[i + k] - start;
		n = len[k] < n ? len[k] : n;
	}
	while (done < n && s0 != FOUND && s1 != FOUND && s2 != FOUND && s3 != FOUND) {
		s0 = step(a, s0, class[at[0][done]]);
		s1 = step(a, s1, class[at[1][done]]);
		s2 = step(a, s2, class[at[2][done]]);
		s3 = step(a, s3, class[at[3][done]]);
		done++;
	}
	memcpy(states, (uint32_t[]){ s0, s1, s2, s3 }, sizeof states);
	for (size_t k = 0; k < LANES; k++)
		if (run_one(a, states[k], (const char *)at[k] + done, len[k] - done))
			bits_set(hits, i + k);
}

void
scan_automaton_records(const struct scan_automaton *a, const char *data, const uint32_t *ends, size_t i, size_t count,
    size_t gap, uint64_t *hits)
{
	for (; count - i >= LANES; i += LANES)
		run_lanes(a, data, ends, i, gap, hits);
	for (; i < count; i++) {
		size_t start = start_of(ends, gap, i);

		if (run_one(a, 0, data + start, ends[i] - start))
			bits_set(hits, i);
	}
}

void
scan_automaton_free(struct scan_automaton *a)
{
	free(a->table);
	free(a->fail);
	free(a->kids);
	free(a->by);
	*a = (struct scan_automaton){ 0 };
}
