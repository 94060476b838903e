/*
 * each_table: the table of the input as a header of what each process reads, and the header that
 * each process writes as the table of the output, unless records in its framing have names of their
 * own; see each.h.
 *
 * Whether the table can be written in the framing is asked as soon as it comes, by writing it to
 * nowhere.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "framing/framing_table.h"
#include "framing/framing_write.h"
#include "work/each_private.h"

static int
put(void *sink, const void *bytes, size_t n)
{
	return buf_add(sink, bytes, n);
}

static struct framing_write
writer(const struct each *e, struct buf *to)
{
	return (struct framing_write){ .framing = framing_name(e->in_framing), .strictness = -1,
		.no_header = e->no_header, .keeps_blocks = 1, .put = put, .sink = to };
}

/* The table that the output has before any task has written a header. */
static struct table *
first_table(const struct each *e)
{
	return framing_table_names(e->out_framing) ? e->declared : NULL;
}

/* The input's hook. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct each *e = in->tabled_by;
	struct buf header = { 0 };
	struct framing_write w = writer(e, &header);
	int status = 0;

	e->written = 0;
	/* Rows that become words of COMMAND, and rows in lines, have no header. */
	if (t != NULL && e->in_named && !e->fill.takes) {
		status = framing_write_table(&w, t);
		e->written = header.len > 0;
		if (status != 0)
			command_fail(e->fault, status, "--in %s: %s", w.framing,
			    w.error.len > 0 ? buf_string(&w.error) : strerror(errno));
	}
	framing_write_free(&w);
	buf_free(&w.error);
	buf_free(&header);
	e->headed = e->written && framing_table_usual(e->out_framing);
	e->out_framing->rows = e->headed;
	rec_out_own_table(e->out, first_table(e));
	return status == 0 ? 0 : -1;
}

void
each_table_begin(struct each *e)
{
	static const struct framing_table columns;
	static const struct buf none;
	struct buf why = { 0 };

	e->in->tabled = tabled;
	e->in->tabled_by = e;
	/* Such a table needs no header: the framing says it all. */
	if (framing_table_names(e->out_framing) &&
	    (e->declared = framing_table_make(&columns, e->out_framing, &none, &why)) == NULL)
		command_fail(e->fault, EX_OSERR, "%s", why.len > 0 ? buf_string(&why) : "out of memory");
	buf_free(&why);
	rec_out_own_table(e->out, first_table(e));
}

int
each_table_fill(const struct each *e, const struct task *task, const char *name, struct buf *input, struct buf *why)
{
	struct framing_write w = writer(e, input);
	int status = framing_write_table(&w, rec_in_table(e->in));

	for (const struct held *h = task->records; h != NULL && status == 0; h = h->next) {
		struct block b = h->block;

		status = framing_write_block(&w, &b);
	}
	if (status == EX_DATAERR)
		(void)buf_addf(why, "%s: %s", name, buf_string(&w.error));
	framing_write_free(&w);
	buf_free(&w.error);
	return status == 0 ? 0 : -1;
}

int
each_table_check(struct each *e, const struct buf *header, const char *name, struct buf *how)
{
	static const struct framing_table columns;
	struct buf why = { 0 };
	struct table *t = framing_table_make(&columns, e->out_framing, header, &why);
	int good = t != NULL;

	if (t == NULL) {
		(void)buf_addf(how, "%s: its output: %s", name, why.len > 0 ? buf_string(&why) : "out of memory");
	} else if (e->declared == NULL) {
		e->declared = table_share(t);
		(void)buf_adds(&e->declarer, name);
		rec_out_own_table(e->out, t);
	} else if (!table_equal(t, e->declared)) {
		(void)buf_addf(how, "%s: the header of its output differs from that of %s: ", name, buf_string(&e->declarer));
		(void)table_difference(t, e->declared, how);
		good = 0;
	}
	table_drop(t);
	buf_free(&why);
	return good ? 0 : -1;
}

void
each_table_free(struct each *e)
{
	table_drop(e->declared);
	buf_free(&e->declarer);
}
