/*
 * ere_dfa: see ere_dfa.h.
 *
 * A state's list holds states of the automaton: those that consume, the final one, and looks that
 * need to know the next byte. So whether a match is complete is known one byte later, in the entry
 * that leads on. ERE_EXISTS need not wait for that byte, unless a look does.
 *
 * In ERE_FORWARD the list consists of groups, each with a SEPARATOR after it. The matches of a
 * group began at the same place, those of earlier groups before those of later ones, and a state is
 * only in the first group that has it. When a group matches, the groups after it are dropped and no
 * new one begins. So the last match that is seen is the one that begins first, at its longest.
 * ERE_NONEMPTY does the same, but what may begin at a place is not in the list: it is added when
 * the next byte is known, and is not asked whether it matches there, because that match would be
 * empty.
 */

#include <stdlib.h>
#include <string.h>

#include "match/ere.h"
#include "match/ere_dfa.h"

enum {
	TABLE = 192 * 1024,   /* entries */
	POOL = 96 * 1024,     /* entries */
	STATES = 4096,
	BUCKETS = 4096,
	WORTH = 10            /* bytes read for each state made; if they are fewer, ere_sim costs less */
};

static const uint32_t SEPARATOR = UINT32_MAX;

struct ere_dfa_state {
	uint32_t first, count; /* in the pool */
	uint32_t next;         /* in its bucket: index + 1 */
	uint8_t seed;          /* matches may begin here */
	uint8_t looks;         /* there are looks in the list */
	uint8_t beside;        /* what was read last, if looks ask for it */
};

/*
 * Divides bytes into classes: a byte and the next one are of one class, unless an edge's range
 * begins or ends between them or a look tells them apart.
 */
static void
find_classes(struct ere_dfa *d)
{
	const struct ere_nfa *nfa = d->nfa;
	unsigned char begins[257] = { 0 };
	int utf8 = (nfa->flags & ERE_UTF8) != 0;

	for (uint32_t i = 0; i < nfa->edge_count; i++) {
		begins[nfa->edges[i].lo] = 1;
		begins[nfa->edges[i].hi + 1] = 1;
	}
	if (nfa->lines && (nfa->flags & ERE_EACH_LINE) != 0)
		begins['\n'] = begins['\n' + 1] = 1;
	if (nfa->words && utf8)
		begins[0x80] = 1;
	for (unsigned c = 1; c < 256 && nfa->words; c++)
		if (ere_before(nfa->flags & ~ERE_UTF8, &(char){ (char)c }, 1, 1) !=
		    ere_before(nfa->flags & ~ERE_UTF8, &(char){ (char)(c - 1) }, 1, 1))
			begins[c] = 1;
	for (unsigned c = 0; c < 256; c++) {
		if (c > 0 && begins[c])
			d->classes++;
		d->class[c] = (unsigned char)d->classes;
		d->sample[d->classes] = (unsigned char)c;
		if (nfa->words && utf8 && c >= 0x80)
			d->quit[d->classes] = 1;
		else
			d->kind[d->classes] = (unsigned char)ere_before(nfa->flags & ~ERE_UTF8,
			    &(char){ (char)c }, 1, 1);
	}
	d->classes++;
	d->kind[d->classes] = ERE_EDGE;
	d->context = (nfa->lines ? ERE_EDGE : 0u) | (nfa->words ? ERE_WORD | ERE_EDGE : 0u);
	if (nfa->lines && (nfa->flags & ERE_EACH_LINE) != 0)
		d->context |= ERE_NEWLINE;
}

int
ere_dfa_init(struct ere_dfa *d, const struct ere_nfa *nfa, struct ere_work *work, enum ere_mode mode)
{
	*d = (struct ere_dfa){ .nfa = nfa, .work = work, .mode = mode };
	find_classes(d);
	/* The first row stays unused: no state is 0. */
	d->stride = d->classes + 1;
	d->cap = TABLE / d->stride - 1 < STATES ? TABLE / d->stride - 1 : STATES;
	d->table = malloc(TABLE * sizeof d->table[0]);
	d->pool = malloc(POOL * sizeof d->pool[0]);
	d->states = malloc(d->cap * sizeof d->states[0]);
	d->buckets = calloc(BUCKETS, sizeof d->buckets[0]);
	/* Each group has a separator after it. */
	d->list = malloc((2 * (size_t)nfa->count + 2) * sizeof d->list[0]);
	d->resolved = malloc((2 * (size_t)nfa->count + 2) * sizeof d->resolved[0]);
	if (d->table == NULL || d->pool == NULL || d->states == NULL || d->buckets == NULL || d->list == NULL ||
	    d->resolved == NULL)
		return -1;
	return 0;
}

void
ere_dfa_free(struct ere_dfa *d)
{
	free(d->table);
	free(d->pool);
	free(d->states);
	free(d->buckets);
	free(d->list);
	free(d->resolved);
	*d = (struct ere_dfa){ 0 };
}

static void
forget(struct ere_dfa *d)
{
	d->count = 0;
	d->pool_used = 0;
	d->read = 0;
	d->forgot++;
	memset(d->buckets, 0, BUCKETS * sizeof d->buckets[0]);
	memset(d->start, 0, sizeof d->start);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Sorts a list. Most are short. */
static void
sort(uint32_t *list, size_t n)
{
	if (n > 32) {
		qsort(list, n, sizeof list[0], compare);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint32_t x = list[i];
		size_t k = i;

		for (; k > 0 && list[k - 1] > x; k--)
			list[k] = list[k - 1];
		list[k] = x;
	}
}

/* Returns 1 if lists are divided into groups, by where matches begin, or 0. */
static int
grouped(const struct ere_dfa *d)
{
	return d->mode == ERE_FORWARD || d->mode == ERE_NONEMPTY;
}

/*
 * Ends the group list[from, n): puts it in order, so that equal sets are equal lists, and adds a
 * separator unless it is empty. Returns the length of the list.
 */
static size_t
end_group(const struct ere_dfa *d, uint32_t *list, size_t from, size_t n)
{
	if (n == from)
		return n;
	sort(list + from, n - from);
	if (grouped(d))
		list[n++] = SEPARATOR;
	return n;
}

/*
 * Returns the state of d->list[0, n), which is made if there is none yet, or ERE_UNMADE if there is
 * no room for it.
 */
static uint32_t
find_state(struct ere_dfa *d, size_t n, int seed, unsigned beside)
{
	struct ere_dfa_state state = { .count = (uint32_t)n, .seed = (uint8_t)seed };
	uint32_t hash = 2166136261u, *bucket, *row;

	for (size_t i = 0; i < n; i++) {
		const struct ere_state *s = d->list[i] != SEPARATOR ? &d->nfa->states[d->list[i]] : NULL;

		hash = (hash ^ d->list[i]) * 16777619u;
		hash ^= hash >> 15;
		if (s == NULL || s->kind != ERE_LOOKS)
			continue;
		state.looks = 1;
		/* Other looks may follow this one, and ask for what has been read. */
		state.beside = (uint8_t)(beside & d->context);
	}
	if (d->mode == ERE_NONEMPTY && seed)
		state.beside = (uint8_t)(beside & d->context);
	hash = (hash ^ (state.seed | (uint32_t)state.beside << 1)) * 16777619u;
	bucket = &d->buckets[(hash ^ hash >> 13) % BUCKETS];
	for (uint32_t i = *bucket; i != 0; i = d->states[i - 1].next) {
		const struct ere_dfa_state *s = &d->states[i - 1];

		if (s->count == n && s->seed == state.seed && s->beside == state.beside &&
		    memcmp(d->pool + s->first, d->list, n * sizeof d->list[0]) == 0)
			return i * d->stride;
	}
	if (d->count == d->cap || POOL - d->pool_used < n)
		return ERE_UNMADE;
	state.first = (uint32_t)d->pool_used;
	memcpy(d->pool + d->pool_used, d->list, n * sizeof d->list[0]);
	d->pool_used += n;
	state.next = *bucket;
	d->states[d->count++] = state;
	*bucket = d->count;
	row = d->table + (size_t)d->count * d->stride;
	memset(row, 0xFF, d->stride * sizeof row[0]); /* ERE_UNMADE */
	return d->count * d->stride;
}

/*
 * Returns the entry for d->list[0, n): a state, or ERE_FOUND, ERE_DEAD or ERE_GIVE_UP. Forgets all
 * states if there is no room. read: as for ere_dfa_step.
 */
static uint32_t
need_state(struct ere_dfa *d, size_t n, int seed, unsigned beside, size_t read)
{
	uint32_t state;
	size_t made = d->count;

	if (d->mode == ERE_EXISTS)
		for (size_t i = 0; i < n; i++)
			if (d->nfa->states[d->list[i]].kind == ERE_FINAL)
				return ERE_FOUND;
	if (n == 0 && !seed)
		return ERE_DEAD;
	if ((state = find_state(d, n, seed, beside)) != ERE_UNMADE)
		return state;
	read += d->read;
	forget(d);
	if (read < WORTH * made)
		return ERE_GIVE_UP;
	state = find_state(d, n, seed, beside);
	return state != ERE_UNMADE ? state : ERE_GIVE_UP;
}

static void
add_closure(struct ere_dfa *d, uint32_t state, unsigned beside, unsigned ahead, uint32_t *list, size_t *n)
{
	if (d->nfa->reverse)
		ere_closure(d->nfa, d->work, state, ahead, beside, list, n);
	else
		ere_closure(d->nfa, d->work, state, beside, ahead, list, n);
}

/*
 * Adds to d->list[0, n) what can be reached from the automaton's start. Returns the length of the
 * list.
 */
static size_t
add_seed(struct ere_dfa *d, size_t n, unsigned beside)
{
	size_t from = n;

	add_closure(d, d->nfa->start, beside, ERE_UNKNOWN, d->list, &n);
	if (d->mode == ERE_FORWARD)
		return end_group(d, d->list, from, n);
	return n;
}

uint32_t
ere_dfa_start(struct ere_dfa *d, unsigned beside)
{
	uint32_t state;
	size_t n;

	if (d->start[beside] != 0)
		return d->start[beside];
	ere_work_round(d->work, d->nfa->count);
	n = d->mode != ERE_NONEMPTY ? add_seed(d, 0, beside) : 0;
	if (!grouped(d))
		sort(d->list, n);
	/*
	 * Matches may also begin later, except in the reverse automaton: its matches begin at the
	 * given place.
	 */
	state = need_state(d, n, d->mode != ERE_REVERSE, beside, 0);
	if (state != ERE_GIVE_UP)
		d->start[beside] = state;
	return state;
}

/* What becomes of a state's groups. */
struct groups {
	int matched; /* 1: the last group in resolved matches */
	int before;  /* groups in the state's list before that one */
	int alive;   /* 1: the first group of the state's list is the first one in resolved */
	int count;   /* groups in resolved */
	int first;   /* the first of these that reaches a state */
};

/*
 * Puts the state's list into resolved, up to the first group that matches. The next byte is known
 * now, so all looks are judged. Returns the length of resolved.
 */
static size_t
resolve(struct ere_dfa *d, const struct ere_dfa_state *s, unsigned class, struct groups *groups)
{
	size_t n = 0, from = 0, seen = 0;
	int closes = s->looks || d->mode == ERE_NONEMPTY; /* closures also mark what is in the list */

	*groups = (struct groups){ 0 };
	if (closes)
		ere_work_round(d->work, d->nfa->count);
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t state = d->pool[s->first + i];

		if (state == SEPARATOR) {
			if (n > from) {
				d->resolved[n++] = SEPARATOR;
				groups->alive |= groups->before == 0;
				groups->count++;
			}
			from = seen = n;
			if (groups->matched)
				break;
			groups->before++;
			continue;
		}
		if (closes)
			add_closure(d, state, s->beside, d->kind[class], d->resolved, &n);
		else
			d->resolved[n++] = state;
		for (; seen < n; seen++)
			groups->matched |= d->nfa->states[d->resolved[seen]].kind == ERE_FINAL;
	}
	return n;
}

/*
 * Puts into d->list what the states of d->resolved[0, n) reach by the byte. Returns the length of
 * the list.
 */
static size_t
advance(struct ere_dfa *d, size_t n, unsigned char byte, unsigned beside, struct groups *groups)
{
	size_t to = 0, from = 0;

	groups->first = 0;
	ere_work_round(d->work, d->nfa->count);
	for (size_t i = 0; i < n; i++) {
		const struct ere_state *s;

		if (d->resolved[i] == SEPARATOR) {
			from = to = end_group(d, d->list, from, to);
			groups->first += to == 0;
			continue;
		}
		s = &d->nfa->states[d->resolved[i]];
		if (s->kind != ERE_CONSUME)
			continue;
		for (uint32_t k = 0; k < s->count; k++) {
			const struct ere_edge *e = &d->nfa->edges[s->arg + k];

			if (byte >= e->lo && byte <= e->hi)
				add_closure(d, e->delta != 0 ? d->resolved[i] + (uint32_t)(int32_t)e->delta : s->out,
				    beside, ERE_UNKNOWN, d->list, &to);
		}
	}
	return to;
}

unsigned
ere_dfa_stand(const struct ere_dfa *d, uint32_t state)
{
	const struct ere_dfa_state *s = &d->states[state / d->stride - 1];
	int first = 1, other = 0, matches = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t in = d->pool[s->first + i];

		if (in == SEPARATOR) {
			if (first && matches && !other)
				return ERE_COMPLETE | ERE_CERTAIN;
			first = 0;
			continue;
		}
		if (d->nfa->states[in].kind == ERE_FINAL)
			matches = 1;
		else
			other = 1;
	}
	return matches ? ERE_COMPLETE : 0;
}

int
ere_dfa_idle(const struct ere_dfa *d, uint32_t state)
{
	return d->states[state / d->stride - 1].count == 0;
}

uint32_t
ere_dfa_step(struct ere_dfa *d, uint32_t state, unsigned class, size_t read)
{
	const struct ere_dfa_state s = d->states[state / d->stride - 1];
	uint32_t entry;
	unsigned forgot = d->forgot;
	unsigned beside = d->kind[class];
	struct groups groups;
	int seed = s.seed;
	uint32_t bits = 0;
	size_t n;

	if (d->quit[class])
		return d->table[state + class] = ERE_GIVE_UP;
	n = resolve(d, &s, class, &groups);
	if (groups.matched && d->mode == ERE_EXISTS)
		return d->table[state + class] = ERE_FOUND;
	if (groups.matched)
		bits = ERE_MATCHED | (d->mode == ERE_NONEMPTY && groups.before > 0 ? ERE_LATER : 0);
	if (class == d->classes)
		return d->table[state + class] = ERE_DEAD | bits;
	if (groups.matched && grouped(d))
		seed = 0;
	if (seed && d->mode == ERE_NONEMPTY) {
		size_t from = n;

		add_closure(d, d->nfa->start, s.beside, beside, d->resolved, &n);
		if (n > from)
			d->resolved[n++] = SEPARATOR;
	}
	n = advance(d, n, d->sample[class], beside, &groups);
	if (n > 0 && d->mode == ERE_NONEMPTY) {
		if (groups.first == groups.count)
			bits |= ERE_BEGINS;
		else if (groups.first > 0 || !groups.alive)
			bits |= ERE_LOST;
	}
	if (seed && d->mode != ERE_NONEMPTY)
		n = add_seed(d, n, beside);
	if (!grouped(d))
		sort(d->list, n);
	entry = need_state(d, n, seed, beside, read);
	if (entry == ERE_GIVE_UP)
		return entry;
	entry |= bits;
	/*
	 * If all was forgotten, the state that led here is gone, and its row may be another
	 * state's.
	 */
	if (d->forgot == forgot)
		d->table[state + class] = entry;
	return entry;
}
