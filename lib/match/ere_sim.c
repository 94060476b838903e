/* ere_sim: automata run state by state; see ere_nfa.h. */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "match/ere.h"
#include "match/ere_nfa.h"

/*
 * Returns 1 if the look holds between the two sides, 0 if not, or -1 if that depends on a side that
 * is not known.
 */
static int
look_holds(enum ere_look look, int flags, unsigned before, unsigned after)
{
	unsigned line = (flags & ERE_EACH_LINE) != 0 ? ERE_EDGE | ERE_NEWLINE : ERE_EDGE;
	int known = ((before | after) & ERE_UNKNOWN) == 0;

	switch (look) {
	case ERE_LINE_BEGIN:
		return (before & ERE_UNKNOWN) != 0 ? -1 : (before & line) != 0;
	case ERE_LINE_END:
		return (after & ERE_UNKNOWN) != 0 ? -1 : (after & line) != 0;
	case ERE_WORD_BEGIN:
		if ((before & (ERE_WORD | ERE_INSIDE)) != 0 || (after & (ERE_WORD | ERE_UNKNOWN)) == 0)
			return 0;
		return known ? 1 : -1;
	case ERE_WORD_END:
		if ((after & (ERE_WORD | ERE_INSIDE)) != 0 || (before & (ERE_WORD | ERE_UNKNOWN)) == 0)
			return 0;
		return known ? 1 : -1;
	case ERE_WORD_EDGE:
	case ERE_WORD_INSIDE:
		if (((before | after) & ERE_INSIDE) != 0)
			return 0;
		if (!known)
			return -1;
		return ((before & ERE_WORD) != (after & ERE_WORD)) == (look == ERE_WORD_EDGE);
	}
	return 0;
}

int
ere_work_init(struct ere_work *w, size_t states)
{
	w->mark = calloc(states, sizeof w->mark[0]);
	/*
	 * Both ways of a split are put here, and a state is marked when it is taken out: so there
	 * are at most two for each state.
	 */
	w->stack = calloc(2 * states + 2, sizeof w->stack[0]);
	return w->mark != NULL && w->stack != NULL ? 0 : -1;
}

void
ere_work_round(struct ere_work *w, size_t states)
{
	if (++w->round == 0) {
		memset(w->mark, 0, states * sizeof w->mark[0]);
		w->round = 1;
	}
}

void
ere_work_free(struct ere_work *w)
{
	free(w->mark);
	free(w->stack);
	*w = (struct ere_work){ 0 };
}

void
ere_closure(const struct ere_nfa *nfa, struct ere_work *w, uint32_t state, unsigned before, unsigned after,
    uint32_t *list, size_t *n)
{
	size_t depth = 0;
	int holds;

	w->stack[depth++] = state;
	while (depth > 0) {
		const struct ere_state *s;

		state = w->stack[--depth];
		if (w->mark[state] == w->round)
			continue;
		w->mark[state] = w->round;
		s = &nfa->states[state];
		switch ((enum ere_kind)s->kind) {
		case ERE_SPLIT:
			w->stack[depth++] = s->arg;
			w->stack[depth++] = s->out;
			break;
		case ERE_LOOKS:
			holds = look_holds((enum ere_look)s->arg, nfa->flags, before, after);
			if (holds == 1)
				w->stack[depth++] = s->out;
			else if (holds == -1)
				list[(*n)++] = state;
			break;
		case ERE_CONSUME:
		case ERE_FINAL:
			list[(*n)++] = state;
			break;
		}
	}
}

/* Returns the kind of a byte that is a character by itself. */
static unsigned
byte_kind(int flags, unsigned char c)
{
	return (c == '\n' ? ERE_NEWLINE : 0u) | (ere_set_word(c, (flags & ERE_UTF8) != 0) ? ERE_WORD : 0u);
}

/*
 * Returns the beginning of the character that has bytes on both sides of `at`, or `at` if there is
 * none.
 */
static size_t
char_around(const char *data, size_t len, size_t at)
{
	for (size_t back = 1; back < ERE_CHAR_MAX && back <= at; back++) {
		unsigned char c = (unsigned char)data[at - back];
		size_t n;

		if (c < 0x80)
			break;
		if (c >= 0xC0) {
			n = utf8_decode(data + at - back, len - (at - back), NULL);
			return n > back ? at - back : at;
		}
	}
	return at;
}

unsigned
ere_before(int flags, const char *data, size_t len, size_t at)
{
	uint32_t c;

	if (at == 0)
		return ERE_EDGE;
	if ((flags & ERE_UTF8) == 0 || (unsigned char)data[at - 1] < 0x80)
		return byte_kind(flags, (unsigned char)data[at - 1]);
	if (char_around(data, len, at) != at)
		return ERE_INSIDE;
	for (size_t back = 1; back <= ERE_CHAR_MAX && back <= at; back++)
		if (!utf8_continues(data[at - back]))
			return utf8_decode(data + at - back, back, &c) == back && ere_set_word(c, 1) ? ERE_WORD : 0;
	return 0;
}

unsigned
ere_after(int flags, const char *data, size_t len, size_t at)
{
	uint32_t c;

	if (at == len)
		return ERE_EDGE;
	if ((flags & ERE_UTF8) == 0 || (unsigned char)data[at] < 0x80)
		return byte_kind(flags, (unsigned char)data[at]);
	if (char_around(data, len, at) != at)
		return ERE_INSIDE;
	return utf8_decode(data + at, len - at, &c) > 0 && ere_set_word(c, 1) ? ERE_WORD : 0;
}

int
ere_sim_init(struct ere_sim *s, size_t states)
{
	if (ere_work_init(&s->now, states) < 0 || ere_work_init(&s->then, states) < 0)
		return -1;
	s->threads = calloc(states, sizeof s->threads[0]);
	s->next = calloc(states, sizeof s->next[0]);
	s->list = calloc(states, sizeof s->list[0]);
	return s->threads != NULL && s->next != NULL && s->list != NULL ? 0 : -1;
}

void
ere_sim_free(struct ere_sim *s)
{
	ere_work_free(&s->now);
	ere_work_free(&s->then);
	free(s->threads);
	free(s->next);
	free(s->list);
	*s = (struct ere_sim){ 0 };
}

/*
 * Adds to s->next, once each, the states that the thread reaches by the byte. Returns the number of
 * threads in s->next.
 */
static size_t
advance(struct ere_sim *s, const struct ere_nfa *nfa, struct ere_thread thread, unsigned char byte, size_t n)
{
	const struct ere_state *st = &nfa->states[thread.state];

	for (uint32_t i = 0; i < st->count; i++) {
		const struct ere_edge *e = &nfa->edges[st->arg + i];
		uint32_t to;

		if (byte < e->lo || byte > e->hi)
			continue;
		to = e->delta != 0 ? thread.state + (uint32_t)(int32_t)e->delta : st->out;
		if (s->then.mark[to] == s->then.round)
			continue;
		s->then.mark[to] = s->then.round;
		s->next[n++] = (struct ere_thread){ to, thread.start };
	}
	return n;
}

/* What a search is to find, if it is not simply the longest of the matches that begin first. */
struct want {
	int any;      /* it is enough to know that there is one */
	int nonempty;
	const char *before; /* before[0, kept) are the bytes before data[0] */
	size_t kept;
	enum ere_seek_end end;
};

/*
 * Returns 1 if what is on both sides of a place is known, though more bytes may come; else 0.
 * Characters must be whole. If the bytes are not UTF-8, up to three more are waited for.
 */
static int
known(const struct ere_nfa *nfa, const char *data, size_t len, size_t at)
{
	if (at == len)
		return 0;
	if (!nfa->words || (nfa->flags & ERE_UTF8) == 0 || (unsigned char)data[at] < 0x80 || len - at >= ERE_CHAR_MAX)
		return 1;
	for (size_t i = at + 1; i < len; i++)
		if (!utf8_continues(data[i]))
			return 1;
	return char_around(data, len, at) != at || utf8_decode(data + at, len - at, NULL) > 0;
}

/*
 * Judges a place, if what follows it is not known. A match is certain if the threads that began
 * first all match there and can do nothing else. With ERE_SEEK_NOW it is enough that any thread
 * matches, or that a match was found before. Returns 1 with the match in best and last, or 0.
 */
static int
hold(struct ere_sim *s, const struct ere_nfa *nfa, unsigned before, enum ere_seek_end end)
{
	int matches = 0, other = 0;

	ere_work_round(&s->now, nfa->count);
	for (size_t i = 0; i < s->waiting; i++) {
		size_t n = 0;

		if (end == ERE_SEEK_MORE && s->next[i].start != s->next[0].start)
			break;
		ere_closure(nfa, &s->now, s->next[i].state, before, ERE_UNKNOWN, s->list, &n);
		for (size_t k = 0; k < n; k++) {
			if (nfa->states[s->list[k]].kind != ERE_FINAL) {
				other = 1;
				continue;
			}
			matches = 1;
			if (end == ERE_SEEK_NOW) {
				s->best = s->next[i].start;
				s->last = s->at;
				return 1;
			}
		}
	}
	if (end == ERE_SEEK_NOW)
		return s->best != SIZE_MAX;
	if (!matches || other)
		return 0;
	s->best = s->next[0].start;
	s->last = s->at;
	return 1;
}

/* The first bytes of data together with the bytes before them. */
struct near {
	char bytes[3 * ERE_CHAR_MAX];
	size_t len, places; /* data[0, places) are the places to ask for here */
};

static void
near_begin(struct near *near, const char *data, size_t len, const struct want *want)
{
	size_t ahead = len < 2 * ERE_CHAR_MAX ? len : 2 * ERE_CHAR_MAX;

	memcpy(near->bytes, want->before, want->kept);
	if (ahead > 0)
		memcpy(near->bytes + want->kept, data, ahead);
	near->len = want->kept + ahead;
	near->places = ERE_CHAR_MAX;
}

/*
 * Runs the threads over the data, in the order of their starts: so the first thread to reach a
 * state has the least start of all that reach it. After a thread has matched, threads that start
 * later are of no interest. Returns 1 with the match in best and last, or 0.
 */
static int
run(struct ere_sim *s, const struct ere_nfa *nfa, const char *data, size_t len, const struct want *want)
{
	struct near near = { .places = 0 };

	if (want->kept > 0 && s->at < ERE_CHAR_MAX)
		near_begin(&near, data, len, want);
	for (; s->at <= len; s->at++) {
		unsigned before = 0, after = 0;
		size_t running = 0, at = s->at;
		struct ere_thread seed = { nfa->start, at };
		int is_near = at < near.places;
		const char *text = is_near ? near.bytes : data;
		size_t size = is_near ? near.len : len, place = is_near ? want->kept + at : at;

		if (nfa->words || nfa->lines) {
			before = ere_before(nfa->flags, text, size, place);
			after = ere_after(nfa->flags, text, size, place);
		}
		if (want->end != ERE_SEEK_LAST && !known(nfa, text, size, place))
			return hold(s, nfa, before, want->end);
		ere_work_round(&s->now, nfa->count);
		for (size_t i = 0; i < s->waiting + (s->best == SIZE_MAX); i++) {
			struct ere_thread from_thread = i < s->waiting ? s->next[i] : seed;
			size_t n = 0;

			if (from_thread.start > s->best)
				break;
			ere_closure(nfa, &s->now, from_thread.state, before, after, s->list, &n);
			for (size_t k = 0; k < n; k++) {
				if (nfa->states[s->list[k]].kind == ERE_CONSUME) {
					s->threads[running++] = (struct ere_thread){ s->list[k], from_thread.start };
					continue;
				}
				if (want->nonempty && from_thread.start == at)
					continue;
				if (want->any)
					return 1;
				s->best = from_thread.start;
				s->last = at;
			}
		}
		if (at == len || (running == 0 && s->best != SIZE_MAX))
			break;
		ere_work_round(&s->then, nfa->count);
		s->waiting = 0;
		for (size_t i = 0; i < running && s->threads[i].start <= s->best; i++)
			s->waiting = advance(s, nfa, s->threads[i], (unsigned char)data[at], s->waiting);
	}
	return s->best != SIZE_MAX;
}

void
ere_sim_begin(struct ere_sim *s, size_t from)
{
	s->at = from;
	s->waiting = 0;
	s->best = SIZE_MAX;
	s->last = 0;
}

int
ere_sim_go(struct ere_sim *s, const struct ere_nfa *nfa, const char *data, size_t len, const char *before, size_t kept,
    enum ere_seek_end end)
{
	return run(s, nfa, data, len, &(struct want){ .nonempty = 1, .before = before, .kept = kept, .end = end });
}

int
ere_sim_run(struct ere_sim *s, const struct ere_nfa *nfa, const char *data, size_t len, size_t from, size_t *start,
    size_t *end)
{
	struct want want = { .any = start == NULL, .end = ERE_SEEK_LAST };

	ere_sim_begin(s, from);
	if (!run(s, nfa, data, len, &want))
		return 0;
	if (start != NULL) {
		*start = s->best;
		*end = s->last;
	}
	return 1;
}
