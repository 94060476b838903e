/* reduce_rows: the records that are made of groups. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "change/reduce_private.h"
#include "match/spell.h"
#include "record/position.h"

struct reduce_top {
	struct exact number;
	int has;           /* 1: it has a number */
	uint64_t sequence; /* of the group */
	struct buf row;
};

/* ---- a row ---- */

/* Puts the parts of the key, as add_key of reduce_record.c has written them. */
static void
put_key(struct reduce *r, const char *key, size_t len)
{
	const char *end = key + len;

	if (r->plain) {
		row_field(&r->row, key, len);
		return;
	}
	while (key < end) {
		struct {
			uint32_t gives, len;
		} head;

		memcpy(&head, key, sizeof head);
		key += sizeof head;
		switch ((enum expr_gives)head.gives) {
		case EXPR_GIVES_NOTHING:
			row_absent(&r->row);
			break;
		case EXPR_GIVES_TEXT:
			row_string(&r->row, key, head.len);
			break;
		case EXPR_GIVES_FIELD:
			row_field(&r->row, key, head.len);
			break;
		default:
			row_json(&r->row, key, head.len);
			break;
		}
		key += head.len;
	}
}

static void
refuse(struct reduce *r, const char *why)
{
	if (r->fault->status != 0)
		return;
	if (*why == '\0')
		reduce_no_memory(r);
	else
		command_fail(r->fault, EX_DATAERR, "row %" PRIu64 ": %s", r->rows + 1, why);
}

/* Appends the row of group i to out. Returns NULL, or why it cannot be made. */
static const char *
make_row(struct reduce *r, size_t i, struct buf *out)
{
	void *entry = keytable_entry(&r->groups, i);
	size_t len;
	const char *key = keytable_name(&r->groups, i, &len);

	row_begin(&r->row, out);
	put_key(r, key, len);
	for (size_t k = 0; k < r->ops_count; k++) {
		struct expr_result result;

		if (reduce_op_result(r, &r->ops[k], entry, &result) < 0) {
			out->len = r->row.start;
			return "";
		}
		row_result(&r->row, &result);
	}
	return row_end(&r->row);
}

/* Ends a row whose bytes are there. */
static void
end_row(struct reduce *r, uint64_t position)
{
	const char *why = made_record(&r->made, r->numbered ? r->rows : position);

	if (why != NULL) {
		refuse(r, why);
		return;
	}
	r->rows++;
	if (made_full(&r->made))
		made_put(&r->made, r->numbered ? r->rows : position);
}

/* ---- --top ---- */

/* In the heap the worst comes first; of equal groups that is the later one. */
static int
worse(const void *context, const void *a, const void *b)
{
	const struct reduce_top *x = a, *y = b;
	int order = x->has != y->has ? x->has - y->has : x->has ? exact_compare(&x->number, &y->number) : 0;

	(void)context;
	return order != 0 ? order < 0 : x->sequence > y->sequence;
}

/* Makes room in the heap. Returns the item to fill, or NULL. */
static struct reduce_top *
add_top(struct reduce *r)
{
	struct reduce_top *item = calloc(1, sizeof *item);

	if (item == NULL)
		return NULL;
	if (r->best.at == NULL || r->best.count % 1024 == 0) {
		void **more = reallocarray(r->best.at, r->best.count + 1024, sizeof *more);

		if (more == NULL) {
			free(item);
			return NULL;
		}
		r->best.at = more;
	}
	return item;
}

/* Returns the order of the first record of group i among those that waited in temporary files. */
static uint64_t
order_of(const struct reduce *r, size_t i)
{
	uint64_t order;

	memcpy(&order, r->firsts.data + i * sizeof order, sizeof order);
	return order;
}

static void
offer(struct reduce *r, size_t i)
{
	/* Groups that waited are later than all that did not. */
	uint64_t sequence = r->depth > 0 ? (UINT64_C(1) << 32) + order_of(r, i) : r->sequence++;
	struct reduce_top now = { .sequence = sequence }, *item;
	const char *why;

	now.has = reduce_op_number(r, &r->ops[0], keytable_entry(&r->groups, i), &now.number);
	if (r->best.count == r->top) {
		item = r->best.at[0];
		if (!worse(NULL, item, &now))
			return;
		heap_drop(&r->best, worse, NULL);
	} else if ((item = add_top(r)) == NULL) {
		reduce_no_memory(r);
		return;
	}
	now.row = item->row;
	now.row.len = 0;
	*item = now;
	if ((why = make_row(r, i, &item->row)) != NULL)
		refuse(r, why);
	heap_add(&r->best, item, worse, NULL);
}

static int
better_first(const void *a, const void *b)
{
	const struct reduce_top *const *x = a, *const *y = b;

	return worse(NULL, *x, *y) ? 1 : -1;
}

void
reduce_rows_top(struct reduce *r)
{
	if (r->best.count > 1)
		qsort(r->best.at, r->best.count, sizeof *r->best.at, better_first);
	for (size_t i = 0; i < r->best.count; i++) {
		struct reduce_top *item = r->best.at[i];

		if (r->fault->status == 0 && item->row.len > 0 &&
		    buf_add(&r->made.payload, item->row.data, item->row.len) < 0)
			reduce_no_memory(r);
		else if (r->fault->status == 0)
			end_row(r, 0);
		buf_free(&item->row);
		free(item);
	}
	r->best.count = 0;
	r->sequence = 0;
}

/* ---- groups ---- */

int
reduce_rows_put(struct reduce *r, const char *row, size_t len)
{
	if (len > 0 && buf_add(&r->made.payload, row, len) < 0)
		reduce_no_memory(r);
	else
		end_row(r, 0);
	return r->fault->status == 0 ? 0 : -1;
}

/* Adds the row of group i, whose records waited, to the present run. */
static void
add_to_run(struct reduce *r, size_t i)
{
	const char *why;

	r->scratch.len = 0;
	if ((why = make_row(r, i, &r->scratch)) != NULL)
		refuse(r, why);
	else
		(void)reduce_runs_row(r, order_of(r, i), r->scratch.data, r->scratch.len);
}

void
reduce_rows(struct reduce *r, uint64_t position)
{
	const char *why;

	for (size_t i = 0; i < r->groups.count && r->fault->status == 0 && !rec_out_stop(); i++) {
		if (r->top > 0)
			offer(r, i);
		else if (r->depth > 0)
			add_to_run(r, i);
		else if ((why = make_row(r, i, &r->made.payload)) != NULL)
			refuse(r, why);
		else
			end_row(r, position);
	}
	if (r->depth > 0 && r->fault->status == 0)
		(void)reduce_runs_end(r);
	if (r->interval == 0)
		reduce_op_clear(r);
	r->changed = 0;
}

/* ---- --running ---- */

/* Puts the results after the record, as text. */
static const char *
run_text(struct reduce *r, void *entry, const struct rec *of)
{
	struct buf *out = &r->made.payload;

	if (buf_add(out, of->data, of->len) < 0 || buf_add(out, r->join_bytes.data, r->join_bytes.len) < 0)
		return "";
	row_begin(&r->row, out);
	for (size_t k = 0; k < r->ops_count; k++) {
		struct expr_result result;

		if (reduce_op_result(r, &r->ops[k], entry, &result) < 0)
			return "";
		row_result(&r->row, &result);
	}
	return row_end(&r->row);
}

/* Sets columns or members, one after another. */
static const char *
run_named(struct reduce *r, void *entry, const struct rec *of)
{
	const char *data = of->data, *why = NULL;
	size_t len = of->len;

	for (size_t k = 0; k < r->ops_count && why == NULL; k++) {
		struct buf *out = k + 1 < r->ops_count ? &r->between[k % 2] : &r->made.payload;
		struct expr_result result;

		if (k + 1 < r->ops_count)
			out->len = 0;
		if (reduce_op_result(r, &r->ops[k], entry, &result) < 0)
			return "";
		why = edit_set(&r->edits[k], &r->targets[k], data, len, &result, out);
		data = out->data;
		len = out->len;
	}
	return why;
}

const char *
reduce_rows_running(struct reduce *r, void *entry, const struct rec *of)
{
	const char *why = r->edits == NULL ? run_text(r, entry, of) : run_named(r, entry, of);

	if (why != NULL) {
		r->made.payload.len = r->made.begun;
		return why;
	}
	if ((why = made_record(&r->made, of->pos)) == NULL && made_full(&r->made))
		made_put(&r->made, of->pos);
	return why;
}

void
reduce_rows_free(struct reduce *r)
{
	for (size_t i = 0; i < r->best.count; i++) {
		struct reduce_top *item = r->best.at[i];

		buf_free(&item->row);
		free(item);
	}
	free(r->best.at);
	r->best = (struct heap){ .at = NULL };
	for (size_t i = 0; i < r->ops_count; i++) {
		if (r->edits != NULL)
			edit_free(&r->edits[i]);
		if (r->tables != NULL)
			table_drop(r->tables[i]);
	}
	free(r->edits);
	free(r->targets);
	free(r->tables);
	r->edits = NULL;
	r->targets = NULL;
	r->tables = NULL;
}
