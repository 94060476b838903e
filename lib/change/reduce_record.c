/* reduce_record: takes one record into its group. */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "change/reduce_private.h"
#include "match/number.h"

const char reduce_lacks[] = "a part of the key is missing", reduce_failed[] = "a failure has been reported";

static const char no_memory[] = "";

/* ---- values ---- */

/* Sets the kind of a value of JSON by its first byte. */
static void
kind_of_json(struct reduce_value *v, char first)
{
	switch (first) {
	case '"':
		v->gives = EXPR_GIVES_TEXT;
		break;
	case '{':
	case '[':
		v->gives = EXPR_GIVES_JSON;
		break;
	case 't':
	case 'f':
		v->gives = EXPR_GIVES_BOOL;
		v->number = first == 't';
		break;
	case 'n':
		v->gives = EXPR_GIVES_NULL;
		break;
	default:
		v->gives = EXPR_GIVES_NUMBER;
		break;
	}
}

/* Looks up a part that is an expression. Returns NULL, or why it has no value. */
static const char *
evaluate(struct reduce *r, struct reduce_part *p, const struct rec *of)
{
	struct expr_record record = { .data = of->data, .len = of->len, .position = of->pos, .is_json = r->json };
	struct expr_result result;
	const char *why;
	int got = expr_evaluate(&p->expr, &record, &result, &why);

	if (got <= 0)
		return got < 0 ? no_memory : why;
	if (result.no_time)
		return "a text in it is no time";
	p->value = (struct reduce_value){ result.gives, result.text, result.len, result.number, 0, { .units = 0 } };
	return NULL;
}

static const char *
look_up(struct reduce *r, struct reduce_part *p, const struct rec *of)
{
	struct range_view view;
	char first = '\0';
	int there;

	if (p->range.count == 0)
		return evaluate(r, p, of);
	there = p->json ? range_json(&p->range, 0, of->data, of->len, &view, &first) :
			  range_view(&p->range, 0, of->data, of->len, &view);
	if (there < 0)
		return no_memory;
	p->value.gives = there ? EXPR_GIVES_FIELD : EXPR_GIVES_NOTHING;
	p->value.text = there ? view.data : NULL;
	p->value.len = there ? view.len : 0;
	p->value.read = 0;
	if (there && p->json)
		kind_of_json(&p->value, first);
	return NULL;
}

/* Reads a value as a number. Returns 1, or 0 if it is none. */
static int
read_number(struct reduce_value *v)
{
	double value;

	if (v->read != 0)
		return v->read > 0;
	v->read = -1;
	switch (v->gives) {
	case EXPR_GIVES_NUMBER:
		if (v->text == NULL) {
			exact_set(&v->exact, v->number);
			v->read = 1;
			return 1;
		}
		break;
	case EXPR_GIVES_BOOL:
		/* That of a condition is 1 or 0; JSON's true is no number. */
		break;
	case EXPR_GIVES_FIELD:
	case EXPR_GIVES_TEXT:
		break;
	default:
		return 0;
	}
	if (exact_read(v->text, v->len, &v->exact)) {
		v->read = 1;
	} else if (number_read(v->text, v->len, &value) && isfinite(value)) {
		v->exact = (struct exact){ .rough = 1, .value = value };
		v->read = 1;
	}
	return v->read > 0;
}

/* A string of JSON is no number, even if it looks like one. */
static int
is_number(const struct reduce_part *p, struct reduce_value *v)
{
	return !(p->json && v->gives == EXPR_GIVES_TEXT) && read_number(v);
}

static const char *
refuse_value(struct reduce *r, const struct reduce_part *p)
{
	r->part = p->text;
	r->why.len = 0;
	(void)buf_adds(&r->why, "it is no number: ");
	(void)vis_cut(
	    &r->why, p->value.text != NULL ? p->value.text : "", p->value.text != NULL ? p->value.len : 0, 40, 0);
	return buf_string(&r->why);
}

/* Looks up what the operations are of. Returns NULL, or why the record is refused. */
static const char *
look_up_parts(struct reduce *r, const struct rec *of)
{
	const char *why;

	for (size_t i = 0; i < r->parts_count; i++)
		if ((why = look_up(r, &r->parts[i], of)) != NULL) {
			r->part = r->parts[i].text;
			return why;
		}
	for (size_t i = 0; i < r->ops_count; i++) {
		struct reduce_part *p;

		if (r->ops[i].part == REDUCE_NONE || !reduce_op_numeric(&r->ops[i]))
			continue;
		p = &r->parts[r->ops[i].part];
		if (p->value.gives == EXPR_GIVES_NOTHING || p->value.gives == EXPR_GIVES_NULL ||
		    (p->value.text != NULL && p->value.len == 0))
			continue;
		if (!is_number(p, &p->value))
			return refuse_value(r, p);
	}
	return NULL;
}

/* ---- the key ---- */

/*
 * Appends a part of the key: its kind, its length and its bytes. Kinds matter only in JSON: there
 * "1" is not 1, and null is not missing.
 */
static int
add_key(struct reduce *r, const struct reduce_value *v)
{
	int json = r->json || r->row.form == ROW_JSON;
	char digits[DECIMAL_MAX];
	const char *text = v->text != NULL ? v->text : digits;
	struct {
		uint32_t gives, len;
	} head = { json ? v->gives : EXPR_GIVES_FIELD, 0 };
	size_t len = v->text != NULL ? v->len : v->gives == EXPR_GIVES_NUMBER ? decimal_write(v->number, digits) : 0;

	if (json && v->gives == EXPR_GIVES_NULL)
		text = "null", len = 4;
	head.len = (uint32_t)len;
	return buf_add(&r->key, &head, sizeof head) | buf_add(&r->key, text, len);
}

/* Makes the key of a record. Returns NULL, or why it has none. */
static const char *
make_key(struct reduce *r, const struct rec *of, struct keytable_key *k)
{
	const char *why;

	r->key.len = 0;
	for (size_t i = 0; i < r->keys_count; i++) {
		struct reduce_part *p = &r->keys[i];

		if ((why = look_up(r, p, of)) != NULL) {
			r->part = p->text;
			return why;
		}
		if (r->need && p->value.gives == EXPR_GIVES_NOTHING)
			return reduce_lacks;
		if (r->plain) {
			const char *data = p->value.text != NULL ? p->value.text : "";

			keytable_key(&r->groups, data, (uint32_t)p->value.len, data + p->value.len, k);
			return NULL;
		}
		if (add_key(r, &p->value) != 0)
			return no_memory;
	}
	keytable_key(
	    &r->groups, r->key.data != NULL ? r->key.data : "", (uint32_t)r->key.len, r->key.data + r->key.len, k);
	return NULL;
}

/* ---- groups ---- */

/* Returns 1 if adjacent records are groups, and a record with this key is of another one, or 0. */
static int
ends_group(const struct reduce *r, const struct keytable_key *k)
{
	return r->sorted && r->groups.count > 0 && keytable_find(&r->groups, k) == NULL;
}

/* Returns the memory that is left for groups. */
static size_t
room(const struct reduce *r)
{
	uint64_t used = r->held + (r->values.count > 0 ? keytable_bytes(&r->values) : 0);

	return used < r->memory ? (size_t)(r->memory - used) : 0;
}

/*
 * Looks up the group of a key, or adds it. Returns its entry; or NULL with *why, which is NULL if
 * the record waits in the temporary file.
 */
static void *
find_group(struct reduce *r, const struct keytable_key *k, const struct rec *of, const char **why)
{
	void *entry = keytable_find(&r->groups, k);

	*why = NULL;
	if (entry != NULL)
		return entry;
	if (!r->full) {
		if ((r->held > 0 || r->values.count > 0) && r->groups.count > 0 && room(r) < keytable_bytes(&r->groups))
			errno = ENOSPC;
		else if ((entry = keytable_add(&r->groups, k, room(r))) != NULL) {
			if (r->depth > 0 && buf_add(&r->firsts, &r->order, sizeof r->order) < 0)
				*why = no_memory;
			return *why == NULL ? entry : NULL;
		}
		if (errno != ENOSPC) {
			*why = no_memory;
			return NULL;
		}
		if (r->running || r->interval > 0) {
			command_fail(r->fault, EX_OSERR, "the groups take more memory than --memory allows");
			*why = reduce_failed;
			return NULL;
		}
		r->full = 1;
	}
	if (reduce_spill(r, of, k->hash) < 0)
		*why = reduce_failed;
	return NULL;
}

/*
 * Returns NULL if the results of --running find no member of their names in the record, or why it
 * is refused.
 */
static const char *
clash(struct reduce *r, const struct rec *of)
{
	for (size_t i = 0; r->edits != NULL && i < r->ops_count; i++) {
		enum row_form form = r->edits[i].row.form;
		int has = 0;

		if (form != ROW_COLUMNS && form != ROW_WORDS)
			has = edit_has(&r->edits[i], &r->targets[i].name, of->data, of->len);
		if (has < 0)
			return no_memory;
		if (has == 0)
			continue;
		r->part = buf_string(&r->ops[i].label);
		return "it has that name already (NAME=OP gives another)";
	}
	return NULL;
}

/* Returns NULL if no result overflows with the record, or why it is refused. */
static const char *
overflow(struct reduce *r, void *entry)
{
	for (size_t i = 0; i < r->ops_count; i++) {
		const struct reduce_op *op = &r->ops[i];
		struct reduce_part *p = op->part != REDUCE_NONE ? &r->parts[op->part] : NULL;

		if (p == NULL || !reduce_op_numeric(op) || p->value.read <= 0 ||
		    !reduce_op_overflows(op, entry, &p->value))
			continue;
		r->part = buf_string(&r->ops[i].label);
		return "with it a sum on the way to the result is too large for a number";
	}
	return NULL;
}

const char *
reduce_record(struct reduce *r, const struct rec *of)
{
	struct keytable_key k;
	const char *why;
	void *entry;

	r->part = NULL;
	r->names.total++;
	if (r->json) {
		const char *wrong = edit_check_object(of->data, of->len, &r->levels);

		if (wrong != NULL) {
			r->names.total--;
			return wrong;
		}
	}
	if ((why = make_key(r, of, &k)) != NULL || (why = look_up_parts(r, of)) != NULL || (why = clash(r, of)) != NULL)
		return why;
	if (ends_group(r, &k)) {
		if (r->running)
			reduce_op_clear(r);
		else
			reduce_rows(r, r->last);
	}
	if ((entry = find_group(r, &k, of, &why)) == NULL || (why = overflow(r, entry)) != NULL)
		return why;
	r->last = of->pos;
	r->in_batch++;
	r->changed = 1;
	if (reduce_op_take(r, entry, keytable_number(&r->groups, entry)) < 0)
		return no_memory;
	/* A group of -N is complete now, and does not wait for the next record. */
	if (r->batch > 0 && r->in_batch == r->batch) {
		reduce_rows(r, r->last);
		r->in_batch = 0;
	}
	return r->running ? reduce_rows_running(r, entry, of) : NULL;
}
