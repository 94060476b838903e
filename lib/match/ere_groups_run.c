/*
 * ere_groups_run: automata of parts of an expression, and what they find when they begin at one
 * place and read in one direction. They run as ere_dfa has it, or, if that gives up, state by
 * state.
 */

#include <stdlib.h>
#include <string.h>

#include "match/ere.h"
#include "match/ere_groups_private.h"

int
ere_groups_make(struct ere_groups_program *p, struct ere_groups_unit *u, uint32_t node, int reverse)
{
	uint32_t root = p->tree.root;
	int result;

	p->tree.root = node;
	result = ere_nfa_build(&u->nfa, &p->tree, reverse);
	p->tree.root = root;
	u->made = 1;
	if (result < 0 || ere_work_init(&u->now, u->nfa.count) < 0 || ere_work_init(&u->then, u->nfa.count) < 0)
		return -1;
	u->states = calloc(u->nfa.count, sizeof *u->states);
	u->next = calloc(u->nfa.count, sizeof *u->next);
	u->list = calloc(u->nfa.count, sizeof *u->list);
	if (u->states == NULL || u->next == NULL || u->list == NULL)
		return -1;
	/* It begins nowhere but where it is told to, in either direction. */
	return ere_dfa_init(&u->dfa, &u->nfa, &u->now, ERE_REVERSE);
}

void
ere_groups_unmake(struct ere_groups_unit *u)
{
	ere_dfa_free(&u->dfa);
	ere_work_free(&u->now);
	ere_work_free(&u->then);
	ere_nfa_free(&u->nfa);
	free(u->states);
	free(u->next);
	free(u->list);
	*u = (struct ere_groups_unit){ 0 };
}

/* ---- state by state ---- */

/* Begins. Returns the number of states, of which there is one. */
static size_t
begin(struct ere_groups_unit *u)
{
	u->states[0] = u->nfa.start;
	return 1;
}

/*
 * Goes on over the byte at data[byte], if step is 1, from the place `at`. Sets *matched to 1 if a
 * match is complete at that place, else to 0. Returns the number of states after it.
 */
static size_t
go(struct ere_groups_program *p, struct ere_groups_unit *u, size_t n, size_t at, int step, size_t byte, int *matched)
{
	const struct ere_nfa *nfa = &u->nfa;
	unsigned before = ere_before(nfa->flags, p->data, p->len, at),
		 after = ere_after(nfa->flags, p->data, p->len, at);
	size_t listed = 0, next = 0;

	*matched = 0;
	ere_work_round(&u->now, nfa->count);
	for (size_t i = 0; i < n; i++)
		ere_closure(nfa, &u->now, u->states[i], before, after, u->list, &listed);
	ere_work_round(&u->then, nfa->count);
	for (size_t i = 0; i < listed; i++) {
		const struct ere_state *s = &nfa->states[u->list[i]];

		*matched |= s->kind == ERE_FINAL;
		if (s->kind != ERE_CONSUME || !step)
			continue;
		for (uint32_t k = 0; k < s->count; k++) {
			const struct ere_edge *e = &nfa->edges[s->arg + k];
			unsigned char c = (unsigned char)p->data[byte];
			uint32_t to = e->delta != 0 ? u->list[i] + (uint32_t)(int32_t)e->delta : s->out;

			if (c < e->lo || c > e->hi || u->then.mark[to] == u->then.round)
				continue;
			u->then.mark[to] = u->then.round;
			u->next[next++] = to;
		}
	}
	memcpy(u->states, u->next, next * sizeof *u->next);
	return next;
}

/* ---- both ways ---- */

size_t
ere_groups_forward(
    struct ere_groups_program *p, struct ere_groups_unit *u, size_t first, size_t from, size_t to, const char *marks)
{
	struct ere_dfa *d = &u->dfa;
	uint32_t state = ere_dfa_start(d, ere_before(u->nfa.flags, p->data, p->len, first)), entry;
	size_t best = SIZE_MAX, n;
	int matched;

	for (size_t at = first; state <= ERE_STATE_LAST && at <= to; at++) {
		unsigned class = at < p->len ? d->class[(unsigned char)p->data[at]] : d->classes;

		if ((entry = d->table[state + class]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, at - first);
		if ((entry & ERE_MATCHED) != 0 && at >= from && (marks == NULL || marks[at - first]))
			best = at;
		state = entry & ERE_NAME;
		d->read++;
	}
	if (state != ERE_GIVE_UP)
		return best;
	best = SIZE_MAX;
	n = begin(u);
	for (size_t at = first; n > 0 && at <= to; at++) {
		n = go(p, u, n, at, at < to, at, &matched);
		if (matched && at >= from && (marks == NULL || marks[at - first]))
			best = at;
	}
	return best;
}

void
ere_groups_backward(struct ere_groups_program *p, struct ere_groups_unit *u, size_t from, size_t to, char *marks)
{
	struct ere_dfa *d = &u->dfa;
	uint32_t state = ere_dfa_start(d, ere_after(u->nfa.flags, p->data, p->len, to)), entry;
	size_t n;
	int matched;

	memset(marks, 0, to - from + 1);
	for (size_t at = to; state <= ERE_STATE_LAST; at--) {
		unsigned class = at > 0 ? d->class[(unsigned char)p->data[at - 1]] : d->classes;

		if ((entry = d->table[state + class]) == ERE_UNMADE)
			entry = ere_dfa_step(d, state, class, to - at);
		marks[at - from] = (entry & ERE_MATCHED) != 0;
		state = entry & ERE_NAME;
		d->read++;
		if (at == from)
			break;
	}
	if (state != ERE_GIVE_UP)
		return;
	memset(marks, 0, to - from + 1);
	n = begin(u);
	for (size_t at = to; n > 0; at--) {
		n = go(p, u, n, at, at > from, at - 1, &matched);
		marks[at - from] = (char)matched;
		if (at == from)
			break;
	}
}
