/*
 * reduce_bind: what the table of the records decides: where parts are, and what results are called.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "change/reduce_private.h"
#include "match/columns.h"

static int
no_memory(struct buf *error)
{
	error->len = 0;
	(void)buf_adds(error, "out of memory");
	return EX_OSERR;
}

/* Sets the name that a part has: that of its column, its path, or the range as it was written. */
static int
name_part(struct reduce_part *p, const struct table *t, struct buf *error)
{
	int64_t from, to;
	size_t names;

	p->label.len = 0;
	if (p->name.data != NULL)
		return buf_add(&p->label, p->name.data, p->name.len) < 0 ? no_memory(error) : 0;
	if (p->range.count == 0 || strcmp(p->text, "*") == 0)
		return 0;
	if (t != NULL && t->named && t->format != TABLE_JSON && range_columns(&p->range, 0, &from, &to) && from == to &&
	    from > 0 && (size_t)from <= t->count)
		return buf_add(&p->label, t->names[from - 1].data, t->names[from - 1].len) < 0 ? no_memory(error) : 0;
	if (range_path(&p->range, 0, &p->label, &names) > 0)
		return 0;
	return buf_adds(&p->label, p->text) < 0 ? no_memory(error) : 0;
}

static int
bind_part(struct reduce_part *p, const struct table *t, struct buf *error)
{
	p->json = 0;
	p->way = RANGE_LONG;
	if (p->range.count == 0)
		return expr_table(&p->expr, t, error) < 0 ? EX_DATAERR : name_part(p, t, error);
	if (range_table(&p->range, t, error) < 0)
		return EX_DATAERR;
	p->json = range_is_json(&p->range, 0);
	if (!p->json)
		p->way = range_short(&p->range, 0, &p->separator, &p->n);
	return name_part(p, t, error);
}

/* price_sum, or sum if the part has no name of its own. */
static int
name_op(struct reduce *r, struct reduce_op *op, struct buf *error)
{
	const struct buf *label = op->part != REDUCE_NONE ? &r->parts[op->part].label : NULL;

	op->label.len = 0;
	if (op->name.data != NULL)
		return buf_add(&op->label, op->name.data, op->name.len) < 0 ? no_memory(error) : 0;
	if (label != NULL && label->len > 0 &&
	    (buf_add(&op->label, label->data, label->len) < 0 || buf_addc(&op->label, '_') < 0))
		return no_memory(error);
	return buf_add(&op->label, op->suffix.data, op->suffix.len) < 0 ? no_memory(error) : 0;
}

/* A key that is an expression without a name is called key. */
static int
name_key(struct reduce_part *p, struct buf *error)
{
	return p->label.len == 0 && buf_adds(&p->label, "key") < 0 ? no_memory(error) : 0;
}

/* Without a table, returns 1 if something has a name: then the records are JSON. */
static int
any_named(const struct reduce *r)
{
	int named = 0;

	for (size_t i = 0; i < r->keys_count; i++)
		named |= r->keys[i].named || r->keys[i].name.data != NULL;
	for (size_t i = 0; i < r->parts_count; i++)
		named |= r->parts[i].named;
	for (size_t i = 0; i < r->ops_count; i++)
		named |= r->ops[i].name.data != NULL;
	return named;
}

/* A range such as w2 has no name; what is worked out has one if the others have. */
static int
has_name(const struct reduce_part *p)
{
	return p->named || p->name.data != NULL || p->range.count == 0 || strcmp(p->text, "*") == 0;
}

static void
set_names(const struct reduce *r, const struct table *t, struct range_view *names)
{
	int all = t != NULL, any = all || any_named(r);

	for (size_t i = 0; i < r->keys_count; i++, names++)
		if (all || (any && has_name(&r->keys[i])))
			*names = (struct range_view){ r->keys[i].label.data, r->keys[i].label.len };
	for (size_t i = 0; i < r->ops_count; i++, names++) {
		const struct reduce_op *op = &r->ops[i];

		if (all || (any && (op->part == REDUCE_NONE || op->name.data != NULL || has_name(&r->parts[op->part]))))
			*names = (struct range_view){ op->label.data, op->label.len };
	}
}

/* ---- --running: the results are put after what the record has ---- */

/* Returns 0, or a status with a line in error. */
static int
bind_edit(struct reduce *r, size_t i, struct table **t, struct buf *error)
{
	struct edit_target *to = &r->targets[i];
	struct table *after = NULL;
	struct buf why = { 0 };
	int status;

	r->tables[i] = table_share(*t);
	to->name = (struct range_view){ r->ops[i].label.data, r->ops[i].label.len };
	if ((status = edit_bind(&r->edits[i], *t, error)) != 0 || *t == NULL || table_has_names(*t) ||
	    ((*t)->format == TABLE_JSON && !(*t)->named))
		return status;
	if (!(*t)->named) {
		(void)buf_adds(error, "--running: the table has no names (rec-split -H takes them from the first row)");
		return EX_DATAERR;
	}
	if (table_column(*t, to->name.data, to->name.len) != TABLE_NONE) {
		(void)buf_addf(error, "%s: the table has a column of that name (NAME=%.*s gives another)",
		    buf_string(&r->ops[i].label), (int)r->ops[i].suffix.len, r->ops[i].suffix.data);
		return EX_DATAERR;
	}
	to->column = to->columns = (*t)->count;
	after = columns_extend(*t, &to->name, 1, &why);
	if (after == NULL)
		(void)buf_add(error, why.data != NULL ? why.data : "out of memory", why.data != NULL ? why.len : 13);
	buf_free(&why);
	if (after == NULL)
		return EX_DATAERR;
	table_drop(*t);
	*t = after;
	return 0;
}

static int
bind_edits(struct reduce *r, const struct table *in, struct buf *error)
{
	struct table *t = table_share((struct table *)(uintptr_t)in);
	int status = 0;

	if ((r->edits = calloc(r->ops_count, sizeof *r->edits)) == NULL ||
	    (r->targets = calloc(r->ops_count, sizeof *r->targets)) == NULL ||
	    (r->tables = calloc(r->ops_count, sizeof(struct table *))) == NULL)
		status = no_memory(error);
	for (size_t i = 0; i < r->ops_count && status == 0; i++)
		status = bind_edit(r, i, &t, error);
	if (status == 0 && t != in && r->partition.kept != NULL)
		rec_out_own_table(r->partition.kept, t);
	if (status == 0)
		made_table(&r->made, t);
	table_drop(t);
	return status;
}

/* ---- the records that are made ---- */

static int
bind_join(struct reduce *r, struct buf *error)
{
	r->join_bytes.len = 0;
	if (r->join != NULL && range_separator(&r->join_bytes, r->join, strlen(r->join), error) < 0)
		return EX_USAGE;
	return r->join == NULL && buf_addc(&r->join_bytes, '\t') < 0 ? no_memory(error) : 0;
}

static int
bind_row(struct reduce *r, const struct table *t, struct buf *error)
{
	size_t n = r->keys_count + r->ops_count;
	struct range_view *names = calloc(n, sizeof *names);
	struct row_shape shape = { .names = names, .count = n, .between = "\t", .between_len = 1 };
	int status = bind_join(r, error);

	if (names == NULL)
		return no_memory(error);
	if (r->join != NULL) {
		shape.separator = r->join_bytes.data;
		shape.separator_len = r->join_bytes.len;
	}
	set_names(r, t, names);
	/*
	 * The results of --running are text after the record's; else they are members and columns.
	 */
	if (r->running) {
		shape.names += r->keys_count;
		shape.count -= r->keys_count;
	}
	if (status == 0 && !(r->running && t != NULL))
		status = row_bind(&r->row, &shape, t, error);
	else if (status == 0 && r->join != NULL) {
		(void)buf_adds(error, "-O: the table has its separator");
		status = EX_DATAERR;
	}
	free(names);
	return status;
}

static int
bind_all(struct reduce *r, const struct table *t, struct buf *error)
{
	int status = 0;

	for (size_t i = 0; i < r->keys_count && status == 0; i++)
		if ((status = bind_part(&r->keys[i], t, error)) == 0)
			status = name_key(&r->keys[i], error);
	for (size_t i = 0; i < r->parts_count && status == 0; i++)
		status = bind_part(&r->parts[i], t, error);
	for (size_t i = 0; i < r->ops_count && status == 0; i++)
		status = name_op(r, &r->ops[i], error);
	if (status == 0)
		status = bind_row(r, t, error);
	if (status != 0)
		return status;
	r->json = (t == NULL && r->row.form == ROW_JSON && any_named(r)) || (t != NULL && t->format == TABLE_JSON);
	/* Names that were given to parts of text make JSON, too, but the records are none. */
	if (t == NULL && r->json) {
		r->json = 0;
		for (size_t i = 0; i < r->keys_count; i++)
			r->json |= r->keys[i].named;
		for (size_t i = 0; i < r->parts_count; i++)
			r->json |= r->parts[i].named;
		/* But those that --running adds members to are. */
		r->json |= r->running;
	}
	r->plain = r->keys_count == 1 && r->keys[0].range.count > 0 && !r->keys[0].json;
	if (r->running && (t != NULL || r->row.form == ROW_JSON))
		return bind_edits(r, t, error);
	made_table(&r->made, r->row.table);
	if (r->partition.kept != NULL && r->row.table != t)
		rec_out_own_table(r->partition.kept, r->row.table);
	return 0;
}

int
reduce_bind(struct reduce *r, const struct table *t)
{
	struct buf error = { 0 };
	int status;

	r->bound = 1;
	r->table = table_share((struct table *)(uintptr_t)t);
	status = bind_all(r, t, &error);
	/* The table of the input is not that of the rows, even if these never come. */
	if (status != 0 && r->partition.kept != NULL)
		rec_out_own_table(r->partition.kept, NULL);
	if (status != 0)
		command_fail(r->fault, status, "%s", buf_string(&error));
	buf_free(&error);
	r->fast = status == 0 && reduce_fast_can(r);
	return status != 0 ? -1 : 0;
}
