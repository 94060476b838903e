/*
 * rec_group: see rec_group.h.
 */

#include "os/signals.h"
#include "stream/rec_group.h"
#include "stream/transport.h"

struct rec_group rec_group_default = { .bound = UINT64_MAX, .busy = 2 };
unsigned long rec_group_lost;

static struct rec_group *groups; /* the groups that have outputs; a signal's handler reads this list */
static struct rec_group *busy;   /* the groups that are busy, without the default one */

int
rec_group_open(struct rec_group *g, struct rec_out *out, int fd, const char *name)
{
	return rec_out_open_by(out, g, NULL, NULL, fd, name);
}

/* ---- the groups ---- */

static void
idle(struct rec_group *g)
{
	if (g == &rec_group_default || g->busy == 0)
		return;
	if ((*g->at_busy = g->next_busy) != NULL)
		g->next_busy->at_busy = g->at_busy;
	g->busy = 0;
}

void
rec_group_wake(struct rec_group *g)
{
	if (g->busy == 0) {
		if ((g->next_busy = busy) != NULL)
			busy->at_busy = &g->next_busy;
		g->at_busy = &busy;
		busy = g;
	}
	g->busy = 2;
}

void
rec_group_listed(struct rec_out *out, int on)
{
	struct rec_group *g = out->group;
	struct rec_out **at = &g->outs;

	signals_hold();
	while (*at != NULL && *at != out)
		at = &(*at)->sibling;
	if (on) {
		if (g->outs == NULL) {
			/* What rec_group_floor and rec_group_bound said was for earlier outputs. */
			g->lowest = 0;
			g->bound = UINT64_MAX;
			if ((g->next = groups) != NULL)
				groups->at = &g->next;
			g->at = &groups;
			groups = g;
		}
		*at = out;
		g->stoppable = 1;
	} else if (*at != NULL) {
		*at = out->sibling;
		if (g->outs == NULL) {
			idle(g);
			if ((*g->at = g->next) != NULL)
				g->next->at = g->at;
		}
	}
	signals_release();
}

struct rec_group *
rec_group_all(void)
{
	return groups;
}

struct rec_out *
rec_group_first(const struct rec_group *g)
{
	return g->outs;
}

struct rec_out *
rec_group_served(const struct rec_out *out)
{
	const struct rec_group *g = busy;

	if (out == NULL && rec_group_default.outs != NULL)
		return rec_group_default.outs;
	if (out != NULL && out->sibling != NULL)
		return out->sibling;
	if (out != NULL && out->group != &rec_group_default)
		g = out->group->next_busy;
	return g != NULL ? g->outs : NULL;
}

void
rec_group_rest(void)
{
	struct rec_group *next;

	for (struct rec_group *g = busy; g != NULL; g = next) {
		int under_way = 0;

		next = g->next_busy;
		for (const struct rec_out *o = g->outs; o != NULL; o = o->sibling)
			under_way |= o->state == REC_OUT_OPEN && !o->told && !rec_out_idle(o);
		/*
		 * What has just been written may raise the watermark of another output: so the
		 * group is looked at once more.
		 */
		if (!under_way && g->busy == 2)
			g->busy = 1;
		else if (!under_way)
			idle(g);
	}
}

/* ---- whether they are wanted, and how far they have come ---- */

int
rec_group_stop(const struct rec_group *g)
{
	int wanted = !g->stoppable || g->reads_on;

	for (const struct rec_out *o = g->outs; o != NULL; o = o->sibling) {
		if (o->state == REC_OUT_FAILED)
			return 1;
		wanted |= o->state == REC_OUT_OPEN && !rec_out_lonely(o);
	}
	return !wanted;
}

void
rec_group_give_up(struct rec_group *g, uint64_t position)
{
	for (struct rec_out *o = g->outs; o != NULL; o = o->sibling) {
		uint64_t at = o->apart ? o->mark : position;

		if (at < o->limit)
			o->limit = at;
	}
}

void
rec_group_bound(struct rec_group *g, uint64_t watermark)
{
	g->bound = watermark;
}

void
rec_group_floor(struct rec_group *g, uint64_t next)
{
	if (next > g->lowest)
		g->lowest = next;
}
