/*
 * ere_find: one match after another, in data that are there as a whole; see ere.h. An expression
 * that is one text, or one set of bytes, needs no automaton. For the others bytes with which no
 * match begins are skipped, and the automaton tells where the match that it finds has begun, unless
 * an earlier one had begun and came to nothing: only then the reverse one is asked.
 */

#include <errno.h>

#include "base/utf8.h"
#include "match/ere_program.h"

/* Returns the entry of the automaton for data[at], if no match is under way. */
static uint32_t
idle_at(struct ere_program *p, const char *data, size_t len, size_t at)
{
	/* What is before it is not asked for, or not more than this. */
	if (!p->nfa.words && (p->nfa.flags & ERE_EACH_LINE) == 0)
		return ere_dfa_start(&p->nonempty, at == 0 ? ERE_EDGE : 0);
	return ere_dfa_start(&p->nonempty, ere_before(p->nfa.flags, data, len, at));
}

/*
 * Returns the place of the next byte in data[i, len) with which a match may begin, or len; the
 * automaton has no match under way, and *state is set to what it is there.
 */
static size_t
skip(struct ere_program *p, const char *data, size_t len, size_t i, uint32_t *state)
{
	size_t next = i;

	if (i > 0 || (i < len && !p->first.has[(unsigned char)data[i]]))
		next = byteset_find(&p->inside, data, len, i);
	if (next > i && (p->nfa.words || p->nfa.lines))
		*state = idle_at(p, data, len, next);
	return next;
}

/*
 * Finds the end of the leftmost-longest match, which is not empty. Returns 1, and sets *start to
 * its beginning, or to SIZE_MAX if that is not known; 0 if there is none; -1 if the automaton gave
 * up.
 */
static int
forward(struct ere_program *p, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	struct ere_dfa *d = &p->nonempty;
	uint32_t state = idle_at(p, data, len, from), idle = state, entry;
	size_t begin = SIZE_MAX; /* of the first match under way */
	int found = 0;

	for (size_t i = from, first; i <= len && state <= ERE_STATE_LAST; i++) {
		unsigned class;

		first = i;
		if (state == idle) {
			if ((i = skip(p, data, len, i, &state)) == len)
				break;
			idle = state;
			if (state > ERE_STATE_LAST)
				break;
		} else {
			/* In this loop no load depends on the one before. */
			while (i < len && d->table[state + d->class[(unsigned char)data[i]]] == state)
				i++;
		}
		d->read += i - first + 1;
		class = i < len ? d->class[(unsigned char)data[i]] : d->classes;
		if ((entry = d->table[state + class]) == ERE_UNMADE) {
			entry = ere_dfa_step(d, state, class, i - from);
			idle = ERE_UNMADE; /* its name may be another's now */
		}
		if ((entry & ERE_MATCHED) != 0) {
			*start = (entry & ERE_LATER) != 0 ? SIZE_MAX : begin;
			*end = i;
			found = 1;
		}
		if ((entry & (ERE_BEGINS | ERE_LOST)) != 0)
			begin = (entry & ERE_BEGINS) != 0 ? i : SIZE_MAX;
		state = entry & ERE_NAME;
	}
	return state == ERE_GIVE_UP ? -1 : found;
}

/* Finds the match by the automata. As ere_find. */
static int
by_automaton(struct ere *ere, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	struct ere_program *p = ere->program;
	unsigned forgot, after;
	int found;

	if (p->literals.empty || p->slow > 0)
		return ere_search(ere, data, len, from, start, end);
	if (p->nonempty.table == NULL && ere_make_search(p, &p->nonempty, ERE_NONEMPTY) < 0) {
		errno = ENOMEM;
		return -1;
	}
	found = forward(p, data, len, from, start, end);
	if (found == 0 || (found > 0 && *start != SIZE_MAX))
		return found;
	if (found < 0)
		return ere_search(ere, data, len, from, start, end);
	forgot = p->reverse.forgot;
	after = ere_after(p->nfa.flags, data, len, *end);
	if (ere_search_reverse(&p->reverse, data, from, *end, after, p->reverse.classes, start) == 1)
		return 1;
	ere_gave_up(p, &p->reverse, forgot);
	return ere_simulate(p, data, len, from, start, end);
}

int
ere_find(struct ere *ere, const char *data, size_t len, size_t from, size_t *start, size_t *end)
{
	struct ere_program *p = ere->program;
	size_t text = p->literals.longest;

	if (from > len)
		return 0;
	if (p->literals.exact) {
		if ((*start = scan_text(&p->scan[text], data, len, from)) == SIZE_MAX)
			return 0;
		*end = *start + p->literals.text[text].len;
		return 1;
	}
	if (p->literals.set != 0 && !p->literals.above) {
		if ((*start = byteset_find(&p->first, data, len, from)) == len)
			return 0;
		for (*end = *start + 1; p->literals.set == ERE_RUN && *end < len; ++*end)
			if (!p->first.has[(unsigned char)data[*end]])
				break;
		return 1;
	}
	if (p->literals.count > 0 && scan_text(&p->scan[text], data, len, from) == SIZE_MAX)
		return 0;
	return by_automaton(ere, data, len, from, start, end);
}

const struct scan_text *
ere_text(const struct ere *ere)
{
	const struct ere_program *p = ere->program;

	return p->literals.exact ? &p->scan[p->literals.longest] : NULL;
}

/* Moves over an empty match, by one character, or returns 0 if it is at the end of the data. */
static int
step_over(const struct ere_program *p, const char *data, size_t len, size_t *from)
{
	size_t n = 1;

	if (*from == len)
		return 0;
	if ((p->nfa.flags & ERE_UTF8) != 0 && (data[*from] & 0x80) != 0)
		n = utf8_decode(data + *from, len - *from, NULL);
	*from += n > 0 ? n : 1;
	return 1;
}

int
ere_spans(struct ere *ere, const char *data, size_t len, struct ere_walk *w,
    struct byteset_span spans[ERE_SPANS])
{
	struct ere_program *p = ere->program;
	size_t count = 0, start, end;
	int found = 0;

	while (!w->over && count < ERE_SPANS) {
		if (p->literals.set != 0) {
			count += byteset_spans(&p->first, data, len, &w->from, p->literals.set == ERE_ONE,
			    p->literals.above, spans + count, ERE_SPANS - count);
			if (ERE_SPANS - count <= BYTESET_WINDOW)
				return (int)count;
			if (w->from == len)
				break;
		}
		if ((found = ere_find(ere, data, len, w->from, &start, &end)) <= 0)
			break;
		/* As in awk an empty match is one only if no match ends right before it. */
		if (start < end || !w->any || start > w->last) {
			spans[count].start = start;
			spans[count++].end = end;
			w->last = end;
			w->any = 1;
		}
		w->from = end;
		if (start == end && !step_over(p, data, len, &w->from))
			break;
	}
	if (count < ERE_SPANS)
		w->over = 1;
	return found < 0 ? -1 : (int)count;
}
