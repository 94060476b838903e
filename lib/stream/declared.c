/* declared: see declared.h. */

#include <string.h>

#include "stream/declared.h"

/* Appends what the other records are: those before it in the stream, or those of another one. */
static void
add_others(const struct declared *d, const char *from, const char *before, struct buf *why)
{
	if (d->from == NULL)
		(void)buf_adds(why, "those of this command");
	else if (strcmp(d->from, from) == 0)
		(void)buf_adds(why, before);
	else
		(void)buf_addf(why, "those of %s", d->from);
}

static void
add_names(const struct table *t, struct buf *why)
{
	if (!t->named)
		return;
	(void)buf_adds(why, " (");
	(void)table_names(t, why);
	(void)buf_adds(why, ")");
}

int
declared_table(struct declared *d, struct table *t, const char *from, struct buf *why)
{
	if (d->table == NULL) {
		if (d->bare)
			return 0;
		d->table = table_share(t);
		d->from = from;
		return 1;
	}
	if (table_equal(t, d->table))
		return 0;
	(void)buf_adds(why, "its table differs from ");
	if (d->from == NULL)
		(void)buf_adds(why, "this command's");
	else if (strcmp(d->from, from) == 0)
		(void)buf_adds(why, "the one before");
	else
		(void)buf_addf(why, "that of %s", d->from);
	(void)buf_adds(why, ": ");
	(void)table_difference(t, d->table, why);
	return -1;
}

int
declared_records(struct declared *d, const struct table *t, const char *from, struct buf *why)
{
	if (t != NULL && d->table != NULL) {
		d->rows = 1;
		return 0;
	}
	if (t != NULL) {
		(void)buf_adds(why, "it has a table");
		add_names(t, why);
		(void)buf_adds(why, ", but ");
		add_others(d, from, "the records before it", why);
		(void)buf_adds(why, " have none");
		return -1;
	}
	if (d->table != NULL && d->rows) {
		(void)buf_adds(why, "its records have no table, but ");
		add_others(d, from, "those before them", why);
		(void)buf_adds(why, " have one");
		add_names(d->table, why);
		return -1;
	}
	if (!d->bare)
		d->from = from;
	d->bare = 1;
	if (d->table == NULL)
		return 0;
	table_drop(d->table);
	d->table = NULL;
	return 1;
}

void
declared_free(struct declared *d)
{
	table_drop(d->table);
	*d = (struct declared){ 0 };
}
