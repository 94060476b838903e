/*
 * rec_out_table: the table of an output (rec_out.h), and when it is put. It is the first block of a
 * segment. If it changes, or comes only after blocks without records, the output ends the segment
 * and begins another one.
 */

#include "stream/rec_group.h"
#include "stream/rec_out_private.h"

struct table *
rec_out_table(const struct rec_out *out)
{
	return out->own_table ? out->table : out->group->declared.table;
}

struct table *
rec_out_sent(const struct rec_out *out)
{
	return out->sent;
}

int
rec_out_table_due(const struct rec_out *out)
{
	if (out->state != REC_OUT_OPEN || out->terminal || out->ending)
		return 0;
	return rec_out_table(out) != (out->begun ? out->sent : NULL);
}

void
rec_out_own_table(struct rec_out *out, struct table *t)
{
	table_share(t);
	table_drop(out->table);
	out->table = t;
	out->own_table = 1;
	rec_group_put(out);
}

int
rec_out_declare(struct table *t, const char *from, struct buf *why)
{
	return declared_table(&rec_group_default.declared, t, from, why);
}

int
rec_out_declared(const struct table *t, const char *from, struct buf *why)
{
	return declared_records(&rec_group_default.declared, t, from, why);
}
