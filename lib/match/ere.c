/*
 * ere: see ere.h.
 *
 * One deterministic automaton finds whether there is a match. Two find where it is: one goes
 * forward to the end of the leftmost-longest match, and the reverse one goes from there back to its
 * beginning. If an automaton gives up, ere_sim judges the record. An automaton gives up if new
 * states fill its cache too fast, and at bytes beyond ASCII if the expression asks for words in
 * UTF-8.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "match/ere.h"
#include "match/ere_program.h"

static int
build(struct ere_program *p, const char *pattern, size_t len, int flags, struct buf *error)
{
	if (ere_parse(&p->tree, pattern, len, flags, error) < 0)
		return -1;
	if (ere_nfa_build(&p->nfa, &p->tree, 0) < 0) {
		if (errno == E2BIG)
			(void)buf_addf(error,
			    "the expression is too large: its automaton would have more than %d states",
			    (int)ERE_STATES_MAX);
		return -1;
	}
	if (ere_parse_literals(&p->tree, &p->literals) < 0)
		return -1;
	for (size_t i = 0; i < p->literals.count; i++)
		if (scan_text_init(&p->scan[i], p->literals.text[i].data, p->literals.text[i].len,
			(flags & ERE_IGNORE_CASE) != 0) < 0)
			return -1;
	p->rarest = p->literals.longest;
	if (ere_work_init(&p->work, p->nfa.count) < 0 || ere_sim_init(&p->sim, p->nfa.count) < 0)
		return -1;
	ere_first_bytes(&p->nfa, &p->work, 0, &p->first);
	ere_first_bytes(&p->nfa, &p->work, 1, &p->inside);
	return ere_dfa_init(&p->exists, &p->nfa, &p->work, ERE_EXISTS);
}

int
ere_locale_flags(void)
{
	return utf8_locale() ? ERE_UTF8 : 0;
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
	ere_dfa_free(&p->nonempty);
	ere_dfa_free(&p->reverse);
	ere_sim_free(&p->sim);
	ere_work_free(&p->work);
	ere_work_free(&p->reverse_work);
	ere_nfa_free(&p->nfa);
	ere_nfa_free(&p->reversed);
	ere_tree_free(&p->tree);
	for (size_t i = 0; i < ERE_LITERALS; i++)
		scan_text_free(&p->scan[i]);
	ere_literals_free(&p->literals);
	free(p);
	ere->program = NULL;
}

void
ere_gave_up(struct ere_program *p, const struct ere_dfa *d, unsigned forgot)
{
	if (d->forgot != forgot)
		p->slow = ERE_SLOW;
}

int
ere_simulate(struct ere_program *p, const char *data, size_t len, size_t from, size_t *start, size_t *end)
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
		return ere_simulate(p, data, len, 0, NULL, NULL);
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
	ere_gave_up(p, d, forgot);
	return ere_simulate(p, data, len, 0, NULL, NULL);
}

int
ere_make_search(struct ere_program *p, struct ere_dfa *forward, enum ere_mode mode)
{
	if (forward->table == NULL && ere_dfa_init(forward, &p->nfa, &p->work, mode) < 0) {
		ere_dfa_free(forward);
		return -1;
	}
	if (p->can_reverse)
		return 0;
	ere_nfa_free(&p->reversed);
	ere_dfa_free(&p->reverse);
	ere_work_free(&p->reverse_work);
	/* The reverse automaton has as many states as the forward one, so it can't be too large. */
	if (ere_nfa_build(&p->reversed, &p->tree, 1) < 0 || ere_work_init(&p->reverse_work, p->reversed.count) < 0 ||
	    ere_dfa_init(&p->reverse, &p->reversed, &p->reverse_work, ERE_REVERSE) < 0)
		return -1;
	ere_tree_free(&p->tree);
	p->can_reverse = 1;
	return 0;
}

/*
 * Finds the end of the leftmost-longest match. Returns 1, 0 if there is none, or -1 if the
 * automaton gave up.
 */
static int
search_forward(struct ere_dfa *d, const char *data, size_t len, size_t from, size_t *end)
{
	uint32_t state = ere_dfa_start(d, ere_before(d->nfa->flags, data, len, from)), entry;
	int found = 0;

	for (size_t i = from, begin; i <= len && state <= ERE_STATE_LAST; i++) {
		unsigned class;

		/* Most bytes belong to no match. In this loop no load depends on the one before. */
		for (begin = i; i < len && d->table[state + d->class[(unsigned char)data[i]]] == state;)
			i++;
		d->read += i - begin + 1;
		class = i < len ? d->class[(unsigned char)data[i]] : d->classes;
		if ((entry = d->table[state + class]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, i - from);
		if ((entry & ERE_MATCHED) != 0) {
			found = 1;
			*end = i;
		}
		state = entry & ERE_NAME;
	}
	return state == ERE_GIVE_UP ? -1 : found;
}

int
ere_search_reverse(struct ere_dfa *d, const char *data, size_t from, size_t end, unsigned after, unsigned edge,
    size_t *start)
{
	uint32_t state = ere_dfa_start(d, after), entry = state;
	int found = 0;

	for (size_t i = end; state <= ERE_STATE_LAST; i--) {
		unsigned class = i > 0 ? d->class[(unsigned char)data[i - 1]] : edge;

		if ((entry = d->table[state + class]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, end - i);
		if ((entry & ERE_MATCHED) != 0) {
			found = 1;
			*start = i;
		}
		state = entry & ERE_NAME;
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
	unsigned forgot, after;
	int found;

	if (from > len)
		return 0;
	if (ere_make_search(p, &p->forward, ERE_FORWARD) < 0) {
		errno = ENOMEM;
		return -1;
	}
	if (p->slow > 0)
		return ere_simulate(p, data, len, from, start, end);
	forgot = p->forward.forgot;
	if ((found = search_forward(&p->forward, data, len, from, end)) == 0)
		return 0;
	if (found < 0) {
		ere_gave_up(p, &p->forward, forgot);
		return ere_simulate(p, data, len, from, start, end);
	}
	forgot = p->reverse.forgot;
	after = ere_after(p->nfa.flags, data, len, *end);
	if ((found = ere_search_reverse(&p->reverse, data, from, *end, after, p->reverse.classes, start)) == 1)
		return 1;
	ere_gave_up(p, &p->reverse, forgot);
	return ere_simulate(p, data, len, from, start, end);
}

/* ---- in pieces ---- */

/*
 * Goes on with the automaton. Returns 1 with k->end; 0 if no match is certain yet; -1 if the
 * automaton gave up.
 */
static int
seek_forward(struct ere_program *p, struct ere_seek *k, const char *data, size_t len, enum ere_seek_end how)
{
	struct ere_dfa *d = &p->nonempty;
	const uint32_t *table = d->table;
	uint32_t state, entry;
	unsigned stand;
	size_t i, from;

	/*
	 * If another search has made the automaton forget its states meanwhile, k's state is void,
	 * and the search begins anew.
	 */
	if (!k->begun || k->forgot != d->forgot) {
		/*
		 * This does not see whether data[0] is inside a character. Only edges of words in
		 * UTF-8 ask for that, and with them the automaton gives up at such a byte.
		 */
		k->state = ere_dfa_start(d, ere_before(p->nfa.flags, k->before, k->kept, k->kept));
		k->begun = 1;
		k->found = 0;
		k->at = 0;
	}
	state = k->state;
	i = from = k->at;
	while (i < len && state <= ERE_STATE_LAST) {
		unsigned class = d->class[(unsigned char)data[i]];

		if ((entry = table[state + class]) == state) {
			/*
			 * Most bytes are between separators, and leave the state as it is. In this
			 * loop no load depends on the one before.
			 */
			do
				i++;
			while (i < len && table[state + d->class[(unsigned char)data[i]]] == state);
			continue;
		}
		if (entry == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, i - from);
		if ((entry & ERE_MATCHED) != 0) {
			k->found = 1;
			k->end = i;
		}
		state = entry & ERE_NAME;
		i++;
	}
	d->read += i - from;
	if (state <= ERE_STATE_LAST && how == ERE_SEEK_LAST) {
		if ((entry = table[state + d->classes]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, d->classes, i - from);
		if ((entry & ERE_MATCHED) != 0) {
			k->found = 1;
			k->end = len;
		}
		state = entry & ERE_NAME;
	}
	if (state == ERE_GIVE_UP)
		return -1;
	if (state == ERE_DEAD)
		return k->found;
	k->at = i;
	k->state = state;
	k->forgot = d->forgot;
	if (ere_dfa_idle(d, state))
		k->clear = i;
	stand = ere_dfa_stand(d, state);
	k->open = k->found || stand != 0;
	if ((stand & (how == ERE_SEEK_NOW ? ERE_COMPLETE : ERE_CERTAIN)) != 0) {
		k->end = len;
		return 1;
	}
	return how == ERE_SEEK_NOW && k->found;
}

static int
seek_reverse(struct ere_program *p, const struct ere_seek *k, const char *data, size_t len, enum ere_seek_end how,
    size_t *start)
{
	struct ere_dfa *d = &p->reverse;
	unsigned edge = k->kept > 0 ? d->class[(unsigned char)k->before[k->kept - 1]] : d->classes;
	/*
	 * A match that is certain whatever follows contains no look at what follows: ERE_INSIDE
	 * makes all such looks fail.
	 */
	unsigned after = k->end < len || how == ERE_SEEK_LAST ? ere_after(p->nfa.flags, data, len, k->end) : ERE_INSIDE;

	return ere_search_reverse(d, data, 0, k->end, after, edge, start);
}

static int
seek_simulate(struct ere_program *p, struct ere_seek *k, const char *data, size_t len, enum ere_seek_end how)
{
	size_t from, read;
	int found;

	if (!k->simulated) {
		if (k->sim == NULL) {
			if ((k->sim = calloc(1, sizeof *k->sim)) == NULL)
				return -1;
			if (ere_sim_init(k->sim, p->nfa.count) < 0) {
				ere_sim_free(k->sim);
				free(k->sim);
				k->sim = NULL;
				return -1;
			}
		}
		ere_sim_begin(k->sim, 0);
		k->simulated = 1;
	}
	from = k->sim->at;
	found = ere_sim_go(k->sim, &p->nfa, data, len, k->before, k->kept, how);
	read = k->sim->at - from + 1;
	p->slow -= read < p->slow ? read : p->slow;
	if (k->sim->best == SIZE_MAX)
		k->clear = k->sim->waiting > 0 ? k->sim->next[0].start : k->sim->at;
	k->open = k->sim->best != SIZE_MAX || k->sim->waiting > 0;
	return found;
}

/*
 * Begins the search for the next match, after data[0, end). Keeps the last bytes of that; if they
 * are too few, some of those kept before stay.
 */
static void
seek_after(struct ere_seek *k, const char *data, size_t end)
{
	struct ere_seek next = { .sim = k->sim, .kept = ERE_CHAR_MAX };

	if (end >= ERE_CHAR_MAX) {
		memcpy(next.before, data + end - ERE_CHAR_MAX, ERE_CHAR_MAX);
	} else {
		size_t old = k->kept < ERE_CHAR_MAX - end ? k->kept : ERE_CHAR_MAX - end;

		memcpy(next.before, k->before + k->kept - old, old);
		memcpy(next.before + old, data, end);
		next.kept = old + end;
	}
	*k = next;
}

int
ere_seek(struct ere *ere, struct ere_seek *k, const char *data, size_t len, enum ere_seek_end how, size_t *start,
    size_t *end)
{
	struct ere_program *p = ere->program;
	unsigned forgot = p->nonempty.forgot, reverse_forgot = p->reverse.forgot;
	int found = -1;

	if (ere_make_search(p, &p->nonempty, ERE_NONEMPTY) < 0) {
		errno = ENOMEM;
		return -1;
	}
	if (!k->simulated && (k->begun || p->slow == 0)) {
		if ((found = seek_forward(p, k, data, len, how)) == 0)
			return 0;
		if (found < 0)
			ere_gave_up(p, &p->nonempty, forgot);
		else if ((found = seek_reverse(p, k, data, len, how, start)) != 1)
			ere_gave_up(p, &p->reverse, reverse_forgot);
		*end = k->end;
	}
	if (found != 1) {
		if ((found = seek_simulate(p, k, data, len, how)) <= 0)
			return found;
		*start = k->sim->best;
		*end = k->sim->last;
	}
	seek_after(k, data, *end);
	return 1;
}

void
ere_seek_reset(struct ere_seek *k)
{
	*k = (struct ere_seek){ .sim = k->sim };
}

void
ere_seek_free(struct ere_seek *k)
{
	if (k->sim != NULL)
		ere_sim_free(k->sim);
	free(k->sim);
	*k = (struct ere_seek){ 0 };
}
