/*
 * align: see align.h. Names are looked up in sorted arrays, because a table may have 65,536 of
 * them.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "match/align.h"
#include "match/columns.h"
#include "match/spell.h"

struct align_input {
	struct table *table; /* a share */
	const char *name;
	uint32_t *from;      /* for each column of the merged table: the input's column, or ABSENT */
	int moves;           /* 1: not all columns are in place */
};

enum { ABSENT = TABLE_COLUMNS_MAX }; /* no column has that number */

struct entry { /* a name of a table, and its column */
	struct range_view name;
	uint32_t column;
};

static int
compare_names(const struct range_view *a, const struct range_view *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int order = n > 0 ? memcmp(a->data, b->data, n) : 0;

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return compare_names(&x->name, &y->name);
}

/* Returns the n names in order, to be freed; or NULL with errno ENOMEM. */
static struct entry *
sorted(const struct range_view *names, size_t n)
{
	struct entry *all = calloc(n + 1, sizeof *all);

	if (all == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		all[i] = (struct entry){ names[i], (uint32_t)i };
	qsort(all, n, sizeof *all, compare);
	return all;
}

/* Returns the column of that name among n entries, or ABSENT. */
static uint32_t
find(const struct entry *all, size_t n, const struct range_view *name)
{
	const struct entry key = { .name = *name }, *found = bsearch(&key, all, n, sizeof *all, compare);

	return found != NULL ? found->column : ABSENT;
}

/* Appends why a table cannot be added, if that is so. Returns 0, or -1. */
static int
check(const struct align *a, const struct table *t, const struct entry *all, struct buf *why)
{
	for (size_t i = 1; i < t->count; i++)
		if (compare(&all[i - 1], &all[i]) == 0) {
			(void)buf_adds(why, "two columns are called ");
			(void)spell_quoted(why, all[i].name.data, all[i].name.len);
			return -1;
		}
	if (table_alike(t, a->first))
		return 0;
	(void)buf_addf(why, "its table does not go with that of %s: ", a->from);
	(void)table_difference(t, a->first, why);
	return -1;
}

/* Adds those names of a table that no table before had. Returns 0, or -1 with errno ENOMEM. */
static int
add_names(struct align *a, const struct table *t)
{
	struct entry *first = sorted(a->first->names, a->first->count), *more = sorted(a->more, a->more_count);
	size_t known = a->more_count;
	struct range_view *names = realloc(a->more, (known + t->count + 1) * sizeof *names);

	if (names != NULL)
		a->more = names;
	for (size_t i = 0; i < t->count && first != NULL && more != NULL && names != NULL; i++)
		if (find(first, a->first->count, &t->names[i]) == ABSENT && find(more, known, &t->names[i]) == ABSENT)
			names[a->more_count++] = t->names[i];
	free(first);
	free(more);
	return first == NULL || more == NULL || names == NULL ? -1 : 0;
}

int
align_add(struct align *a, struct table *t, const char *from, struct buf *why)
{
	struct align_input *inputs;
	struct entry *all;
	int good;

	if (table_has_names(t)) {
		(void)buf_addf(why, "its records are %s, which have no columns to be put in order", table_kind(t));
		return -1;
	}
	if (!t->named) {
		(void)buf_adds(why, "its table has no names to go by (rec-split -H takes them from the first row)");
		return -1;
	}
	if ((all = sorted(t->names, t->count)) == NULL)
		return -1;
	if (a->first == NULL) {
		a->first = table_share(t);
		a->from = from;
	}
	good = check(a, t, all, why) == 0;
	free(all);
	if (!good)
		return -1;
	errno = ENOMEM;
	if ((inputs = realloc(a->inputs, (a->count + 1) * sizeof *inputs)) == NULL)
		return -1;
	a->inputs = inputs;
	inputs[a->count++] = (struct align_input){ .table = table_share(t), .name = from };
	return add_names(a, t);
}

/* Says where each column of the merged table is in the input. Returns 0, or -1 with ENOMEM. */
static int
place(struct align_input *in, const struct table *merged)
{
	const struct table *t = in->table;
	struct entry *all = sorted(t->names, t->count);

	if (all == NULL || (in->from = calloc(merged->count, sizeof *in->from)) == NULL) {
		free(all);
		return -1;
	}
	for (size_t i = 0; i < merged->count; i++) {
		in->from[i] = find(all, t->count, &merged->names[i]);
		in->moves |= in->from[i] != i;
	}
	free(all);
	if (t->format == TABLE_JSON)
		in->moves = 0;
	return 0;
}

struct table *
align_table(struct align *a, struct buf *why)
{
	struct buf reason = { 0 };
	size_t most = 1;

	if (a->merged != NULL)
		return a->merged;
	if (a->more_count == 0)
		a->merged = table_share(a->first);
	else if ((a->merged = columns_extend(a->first, a->more, a->more_count, &reason)) == NULL && reason.len > 0)
		(void)buf_addf(why, "%s: %s", a->from, buf_string(&reason));
	buf_free(&reason);
	if (a->merged == NULL)
		return NULL;
	for (size_t i = 0; i < a->count; i++) {
		if (place(&a->inputs[i], a->merged) < 0)
			return NULL;
		/* Fields between runs of blanks do not move: an empty one could not be written. */
		if (a->inputs[i].moves && !columns_extensible(a->merged)) {
			(void)buf_addf(why, "%s: its columns are in another order than those of %s, and cannot be moved",
			    a->inputs[i].name, a->from);
			return NULL;
		}
		if (a->inputs[i].table->count > most)
			most = a->inputs[i].table->count;
	}
	a->fields = calloc(most, sizeof *a->fields);
	return a->fields != NULL ? a->merged : NULL;
}

int
align_moves(const struct align *a, size_t input)
{
	return a->inputs[input].moves;
}

/* The row cannot be put out, for that reason. Returns -1. */
static int
refuse_row(struct align *a, const char *wrong)
{
	a->wrong = wrong;
	errno = EINVAL;
	return -1;
}

/*
 * Finds the fields of a row, as they stand, into a->fields; those that it lacks are empty. Returns
 * 0, or -1 with EINVAL. The last field has had no other after it; it has one now unless it goes
 * into the last column.
 */
static int
find_fields(struct align *a, const struct align_input *in, const char *row, size_t len)
{
	const char *p = row, *end = row + len, *next, *wrong;
	const struct table *t = in->table;
	size_t last = 0;

	for (size_t i = 0; i < t->count; i++) {
		const char *stop;

		if (p == NULL) {
			a->fields[i] = (struct range_view){ row, 0 };
			continue;
		}
		last = i;
		stop = columns_end(t, p, end, &next);
		a->fields[i] = (struct range_view){ p, (size_t)(stop - p) };
		p = next;
	}
	if (p != NULL)
		return refuse_row(a, columns_too_many);
	if (in->from[a->merged->count - 1] == last)
		return 0;
	wrong = columns_last(t, a->fields[last].data, a->fields[last].len);
	return wrong != NULL ? refuse_row(a, wrong) : 0;
}

int
align_row(struct align *a, size_t input, const char *row, size_t len, struct buf *out)
{
	const struct align_input *in = &a->inputs[input];
	const struct table *t = in->table, *merged = a->merged;

	if (!in->moves) {
		if ((t->format != TABLE_CSV && t->format != TABLE_PLAIN) ||
		    columns_count(t, row, len, t->count) <= t->count)
			return 0;
		return refuse_row(a, columns_too_many);
	}
	if (find_fields(a, in, row, len) < 0)
		return -1;
	for (size_t i = 0; i < merged->count; i++) {
		if (i > 0 && buf_add(out, merged->between, merged->between_len) < 0)
			return -1;
		if (in->from[i] != ABSENT &&
		    buf_add(out, a->fields[in->from[i]].data, a->fields[in->from[i]].len) < 0)
			return -1;
	}
	return 1;
}

void
align_free(struct align *a)
{
	for (size_t i = 0; i < a->count; i++) {
		table_drop(a->inputs[i].table);
		free(a->inputs[i].from);
	}
	table_drop(a->first);
	table_drop(a->merged);
	free(a->inputs);
	free(a->more);
	free(a->fields);
	*a = (struct align){ 0 };
}
