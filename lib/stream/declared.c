/* declared: see declared.h. */

#include <string.h>

#include "stream/declared.h"

static void
add_names(const struct table *t, struct buf *why)
{
	if (!t->named)
		return;
	(void)buf_adds(why, " (");
	(void)table_names(t, why);
	(void)buf_adds(why, ")");
}

/* A stream with this table has come after records without one. Returns -1. */
static int
refuse_table(const struct declared *d, const struct table *t, const char *from, struct buf *why)
{
	(void)buf_adds(why, "it has a table");
	add_names(t, why);
	if (strcmp(d->from, from) == 0)
		(void)buf_adds(why, ", but the records before it have none");
	else
		(void)buf_addf(why, ", but those of %s have none", d->from);
	return -1;
}

int
declared_table(struct declared *d, struct table *t, const char *from, struct buf *why)
{
	if (d->table == NULL && d->bare)
		return d->together ? refuse_table(d, t, from, why) : 0;
	if (d->table == NULL) {
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

void
declared_refused(struct declared *d)
{
	table_drop(d->table);
	d->table = NULL;
	d->from = NULL;
}

int
declared_records(struct declared *d, const struct table *t, const char *from, struct buf *why)
{
	if (t != NULL && d->table != NULL)
		return 0;
	if (t != NULL)
		return refuse_table(d, t, from, why);
	if (d->table != NULL) {
		(void)buf_adds(why, "its records have no table, but ");
		if (d->from == NULL)
			(void)buf_adds(why, "this command declares one");
		else if (strcmp(d->from, from) == 0)
			(void)buf_adds(why, "one was declared before them");
		else
			(void)buf_addf(why, "%s declares one", d->from);
		add_names(d->table, why);
		return -1;
	}
	if (!d->bare)
		d->from = from;
	d->bare = 1;
	return 0;
}

void
declared_free(struct declared *d)
{
	table_drop(d->table);
	*d = (struct declared){ 0 };
}
