/* distinct: see distinct.h. */

#include <errno.h>
#include <stdlib.h>

#include "record/position.h"
#include "work/distinct.h"

/*
 * Returns a share of leads with one lead for a whole block: mostly those of the block before. NULL
 * with errno ENOMEM.
 */
static struct leads *
one_lead(struct distinct *d, uint64_t by)
{
	if (d->leads == NULL || d->leads->at[0].by != by) {
		distinct_drop(d->leads);
		if ((d->leads = calloc(1, sizeof *d->leads + sizeof d->leads->at[0])) == NULL)
			return NULL;
		d->leads->count = 1;
		d->leads->at[0].by = by;
	}
	return distinct_share(d->leads);
}

/*
 * Returns the new position of record i of a block with positions, counted from that of the first
 * record. lead: by how much the first record's position was raised. before: the new position of the
 * record before, counted likewise.
 */
static uint64_t
place(const struct block *b, uint32_t i, uint64_t lead, uint64_t before)
{
	uint64_t at = b->positions[i] > lead ? b->positions[i] - lead : 0;

	return at > before ? at : before + 1;
}

/*
 * Returns 1 if all records of the block keep their distance from the first one, whose position was
 * raised by lead.
 */
static int
all_lead(const struct block *b, uint64_t lead)
{
	if (b->positions == NULL)
		return 1;
	for (uint32_t i = 1; i < b->count; i++)
		if (b->positions[i] <= b->positions[i - 1])
			return 0;
	/* After a gap a record would be raised by less. */
	return lead == 0 || b->positions[b->count - 1] == b->count - 1;
}

/* Returns the new position of the last record of a block, counted as in place. */
static uint64_t
last_place(const struct block *b, uint64_t lead)
{
	uint64_t at = 0;

	for (uint32_t i = 1; i < b->count; i++)
		at = place(b, i, lead, at);
	return at;
}

/*
 * Gives the records of a block with positions new ones, from base on. dense: without gaps, because
 * with gaps they would not fit in 32 bits. Notes the leads in l, if that is not NULL.
 */
static void
renumber(struct block *b, uint64_t base, uint64_t lead, int dense, struct leads *l)
{
	uint64_t at = 0, by = base - b->base;

	if (l != NULL)
		l->at[l->count++] = (struct lead){ base, by };
	for (uint32_t i = 1; i < b->count; i++) {
		uint64_t original = b->base + b->positions[i];

		at = dense ? i : place(b, i, lead, at);
		b->positions[i] = (uint32_t)at;
		if (l != NULL && base + at - original != by) {
			by = base + at - original;
			l->at[l->count++] = (struct lead){ base + at, by };
		}
	}
}

int
distinct_block(struct distinct *d, struct block *b, struct leads **leads)
{
	uint64_t base, lead = 0, last;
	struct leads *l = NULL, *smaller;
	int dense = 0, all;

	if (!d->begun)
		d->add = b->base < POSITION_SPAN ? POSITION_SPAN : 0;
	base = b->base + d->add;
	if (base < b->base || (d->begun && d->last == UINT64_MAX - 1)) {
		errno = EOVERFLOW;
		return -1;
	}
	if (d->begun && base <= d->last) {
		lead = d->last + 1 - base;
		base = d->last + 1;
	}
	all = all_lead(b, lead);
	if (all) {
		last = b->positions != NULL ? b->positions[b->count - 1] : b->count - 1;
	} else {
		last = last_place(b, lead);
		dense = last > UINT32_MAX;
		last = dense ? b->count - 1 : last;
	}
	/* There must be room for a watermark above the last one. */
	if (base == UINT64_MAX || last > UINT64_MAX - 1 - base) {
		errno = EOVERFLOW;
		return -1;
	}
	if (all) {
		if (leads != NULL && (l = one_lead(d, base - b->base)) == NULL)
			return -1;
	} else {
		if (leads != NULL && (l = calloc(1, sizeof *l + b->count * sizeof l->at[0])) == NULL)
			return -1;
		renumber(b, base, lead, dense, l);
		if (l != NULL && (smaller = realloc(l, sizeof *l + l->count * sizeof l->at[0])) != NULL)
			l = smaller;
	}
	b->base = base;
	d->begun = 1;
	d->last = base + last;
	if (leads != NULL)
		*leads = l;
	return 0;
}

uint64_t
distinct_original(const struct leads *l, uint64_t position)
{
	uint32_t low = 0, high;

	if (l == NULL)
		return position;
	/*
	 * Finds the last lead that begins at the position or below. The first lead is for all
	 * positions below the second.
	 */
	for (high = l->count; high - low > 1;) {
		uint32_t middle = low + (high - low) / 2;

		if (l->at[middle].from <= position)
			low = middle;
		else
			high = middle;
	}
	return position - l->at[low].by;
}

void
distinct_restore(const struct leads *l, struct block *b, uint32_t *positions)
{
	uint64_t base = b->base, first = distinct_original(l, base);
	uint32_t k = 0;

	b->base = first;
	if (l == NULL || l->count == 1)
		return;
	for (uint32_t i = 0; i < b->count; i++) {
		uint64_t at = base + (b->positions != NULL ? b->positions[i] : i);

		while (k + 1 < l->count && l->at[k + 1].from <= at)
			k++;
		positions[i] = (uint32_t)(at - l->at[k].by - first);
	}
	b->positions = positions;
}

struct leads *
distinct_share(struct leads *l)
{
	l->shares++;
	return l;
}

void
distinct_drop(struct leads *l)
{
	if (l != NULL && l->shares-- == 0)
		free(l);
}

void
distinct_free(struct distinct *d)
{
	distinct_drop(d->leads);
	*d = (struct distinct){ 0 };
}
