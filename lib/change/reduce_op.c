/* reduce_op: the operations: the state that each has in a group, and how a record changes it. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "change/reduce_op_private.h"
#include "match/json.h"

int
reduce_op_numeric(const struct reduce_op *op)
{
	switch (op->kind) {
	case REDUCE_SUM:
	case REDUCE_MEAN:
	case REDUCE_MEDIAN:
	case REDUCE_PERCENTILE:
	case REDUCE_STDEV:
	case REDUCE_DELTA:
		return 1;
	case REDUCE_MIN:
	case REDUCE_MAX:
		return !op->as_text;
	default:
		return 0;
	}
}

static size_t
size_of(const struct reduce_op *op)
{
	switch (op->kind) {
	case REDUCE_COUNT:
	case REDUCE_DISTINCT:
		return sizeof(uint64_t);
	case REDUCE_SUM:
	case REDUCE_MEAN:
		return sizeof(struct reduce_sum);
	case REDUCE_MIN:
	case REDUCE_MAX:
		return op->as_text ? sizeof(struct reduce_bytes) : sizeof(struct reduce_extreme);
	case REDUCE_STDEV:
		return sizeof(struct reduce_spread);
	case REDUCE_MEDIAN:
	case REDUCE_PERCENTILE:
		return sizeof(struct reduce_numbers);
	case REDUCE_MODE:
		return sizeof(struct reduce_most);
	case REDUCE_DELTA:
		return sizeof(struct reduce_step);
	case REDUCE_PREVIOUS:
		return sizeof(struct reduce_shift);
	default:
		return sizeof(struct reduce_bytes);
	}
}

/* Returns an earlier operation that keeps the same, or NULL. */
static const struct reduce_op *
same_state(const struct reduce *r, const struct reduce_op *op)
{
	for (const struct reduce_op *o = r->ops; o < op; o++)
		if (o->part == op->part && !o->borrows &&
		    ((reduce_op_is_quantile(o) && reduce_op_is_quantile(op)) ||
			((o->kind == REDUCE_SUM || o->kind == REDUCE_MEAN) &&
			    (op->kind == REDUCE_SUM || op->kind == REDUCE_MEAN))))
			return o;
	return NULL;
}

size_t
reduce_op_layout(struct reduce *r)
{
	size_t size = 16; /* the position of the group's last record */

	for (size_t i = 0; i < r->ops_count; i++) {
		struct reduce_op *op = &r->ops[i];
		const struct reduce_op *same = same_state(r, op);

		op->borrows = same != NULL;
		op->state = same != NULL ? same->state : size;
		if (same == NULL)
			size += (size_of(op) + 15) / 16 * 16;
		r->owns |= reduce_op_is_quantile(op) || op->as_text || op->kind == REDUCE_FIRST ||
		    op->kind == REDUCE_LAST || op->kind == REDUCE_LIST || op->kind == REDUCE_PREVIOUS;
	}
	return size;
}

/* ---- values ---- */

/* Returns the value's bytes; a number without any is written to room. */
static const char *
text_of(const struct reduce_value *v, char room[DECIMAL_MAX], size_t *len)
{
	if (v->text != NULL) {
		*len = v->len;
		return v->text;
	}
	*len = v->gives == EXPR_GIVES_NOTHING || v->gives == EXPR_GIVES_NULL ? 0 : decimal_write(v->number, room);
	return room;
}

static int
bytes_add(struct reduce *r, struct reduce_bytes *b, const char *data, size_t len)
{
	if (b->len + len > b->room) {
		size_t room = b->room > 0 ? b->room : 8;
		char *more;

		while (room < b->len + len)
			room *= 2;
		if ((more = realloc(b->data, room)) == NULL)
			return -1;
		r->held += room - b->room;
		b->data = more;
		b->room = room;
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

static int
bytes_set(struct reduce *r, struct reduce_bytes *b, const struct reduce_value *v)
{
	char room[DECIMAL_MAX];
	size_t len;
	const char *text = text_of(v, room, &len);

	b->len = 0;
	b->gives = v->gives;
	b->has = 1;
	return bytes_add(r, b, text, len);
}

/* Appends one more element of a list: a value of JSON, or text. */
static int
list_add(struct reduce *r, const struct reduce_op *op, struct reduce_bytes *b, const struct reduce_value *v)
{
	int json = r->row.form == ROW_JSON || r->json;
	char room[DECIMAL_MAX];
	size_t len;
	const char *text = text_of(v, room, &len), *separator = ",";
	size_t separator_len = 1;

	if (!json && op->separator.data != NULL) {
		separator = op->separator.data;
		separator_len = op->separator.len;
	} else if (!json && r->table != NULL && r->table->between_len == 1 && *r->table->between == ',') {
		separator = ";";
	}
	if (b->has && bytes_add(r, b, separator, separator_len) < 0)
		return -1;
	b->has = 1;
	b->gives = json ? EXPR_GIVES_JSON : EXPR_GIVES_TEXT;
	if (!json || v->gives == EXPR_GIVES_NUMBER || v->gives == EXPR_GIVES_BOOL || v->gives == EXPR_GIVES_JSON)
		return bytes_add(r, b, text, len);
	r->scratch.len = 0;
	/* As row_field has it. */
	if (v->gives == EXPR_GIVES_FIELD && (*text == '-' || (*text >= '0' && *text <= '9')) &&
	    json_valid(text, len, &r->levels) > 0)
		return bytes_add(r, b, text, len);
	if (jsonstring_encode(&r->scratch, text, len) <= 0)
		return jsonstring_encode(&r->scratch, "\xEF\xBF\xBD", 3) <= 0 ?
		    -1 :
		    bytes_add(r, b, r->scratch.data, r->scratch.len);
	return bytes_add(r, b, r->scratch.data, r->scratch.len);
}

static int
numbers_add(struct reduce *r, struct reduce_numbers *n, double value)
{
	if (n->count == n->room) {
		size_t room = n->room > 0 ? 2 * n->room : 4;
		double *more = reallocarray(n->list, room, sizeof *more);

		if (more == NULL)
			return -1;
		r->held += (room - n->room) * sizeof *more;
		n->list = more;
		n->room = room;
	}
	n->list[n->count++] = value;
	n->sorted = 0;
	return 0;
}

/* Counts the value among those of the group. Returns its entry in reduce.values, or NULL. */
static struct reduce_times *
count_value(struct reduce *r, const struct reduce_op *op, size_t group, const struct reduce_value *v)
{
	uint64_t owner[2] = { group, (uint64_t)(op - r->ops) << 8 | (r->json ? v->gives : 0) };
	struct keytable_key k;
	char room[DECIMAL_MAX];
	struct reduce_times *t;
	const char *text;
	size_t len;

	text = text_of(v, room, &len);
	r->scratch.len = 0;
	if (buf_add(&r->scratch, owner, sizeof owner) < 0 || buf_add(&r->scratch, text, len) < 0)
		return NULL;
	keytable_key(&r->values, r->scratch.data, (uint32_t)r->scratch.len, r->scratch.data + r->scratch.len, &k);
	if ((t = keytable_find(&r->values, &k)) == NULL && (t = keytable_add(&r->values, &k, SIZE_MAX)) == NULL)
		return NULL;
	t->gives = v->gives;
	t->count++;
	return t;
}

/* The value that has come most often, of those the one that came first. */
static void
take_most(struct reduce *r, struct reduce_most *m, const struct reduce_times *t)
{
	size_t entry = keytable_number(&r->values, t);

	if (t->count < m->count || (t->count == m->count && m->has && entry > m->entry))
		return;
	m->count = t->count;
	m->entry = entry;
	m->has = 1;
}

static void
take_extreme(struct reduce_extreme *x, const struct exact *e, int sign)
{
	if (!x->has || exact_compare(e, &x->number) * sign > 0)
		x->number = *e;
	x->has = 1;
}

static int
take_extreme_text(struct reduce *r, struct reduce_bytes *b, const struct reduce_value *v, int sign)
{
	char room[DECIMAL_MAX];
	size_t len, n;
	const char *text = text_of(v, room, &len);
	int order;

	n = len < b->len ? len : b->len;
	order = n > 0 ? memcmp(text, b->data, n) : 0;
	if (order == 0)
		order = (len > b->len) - (len < b->len);
	return !b->has || order * sign > 0 ? bytes_set(r, b, v) : 0;
}

static void
take_spread(struct reduce_spread *s, double x)
{
	double from = x - s->mean;

	s->n++;
	s->mean += from / (double)s->n;
	s->squares += from * (x - s->mean);
}

static void
take_step(struct reduce_step *s, const struct exact *e)
{
	s->moved = s->has;
	if (s->has)
		exact_subtract(e, &s->before, &s->delta);
	s->before = *e;
	s->has = 1;
}

static int
take_shift(struct reduce *r, struct reduce_shift *s, const struct reduce_value *v)
{
	struct reduce_bytes before = s->before;

	s->before = s->now;
	s->now = before;
	return bytes_set(r, &s->now, v);
}

/* A value that is there, and is a number if the operation takes only these. */
static int
take(struct reduce *r, struct reduce_op *op, void *at, size_t group, const struct reduce_value *v)
{
	struct reduce_times *t;

	switch (op->kind) {
	case REDUCE_COUNT:
		++*(uint64_t *)at;
		return 0;
	case REDUCE_SUM:
	case REDUCE_MEAN:
		exact_add(&((struct reduce_sum *)at)->sum, &v->exact);
		((struct reduce_sum *)at)->n++;
		return 0;
	case REDUCE_MIN:
	case REDUCE_MAX:
		if (op->as_text)
			return take_extreme_text(r, at, v, op->kind == REDUCE_MAX ? 1 : -1);
		take_extreme(at, &v->exact, op->kind == REDUCE_MAX ? 1 : -1);
		return 0;
	case REDUCE_STDEV:
		take_spread(at, exact_double(&v->exact));
		return 0;
	case REDUCE_MEDIAN:
	case REDUCE_PERCENTILE:
		return numbers_add(r, at, exact_double(&v->exact));
	case REDUCE_FIRST:
		return ((struct reduce_bytes *)at)->has ? 0 : bytes_set(r, at, v);
	case REDUCE_LAST:
		return bytes_set(r, at, v);
	case REDUCE_LIST:
		return list_add(r, op, at, v);
	case REDUCE_DISTINCT:
	case REDUCE_MODE:
		if ((t = count_value(r, op, group, v)) == NULL)
			return -1;
		if (op->kind == REDUCE_MODE)
			take_most(r, at, t);
		else
			*(uint64_t *)at += t->count == 1;
		return 0;
	case REDUCE_DELTA:
		take_step(at, &v->exact);
		return 0;
	default:
		return take_shift(r, at, v);
	}
}

/* A record without a value: it has no difference, and nothing before it. */
static void
take_nothing(const struct reduce_op *op, void *at)
{
	if (op->kind == REDUCE_DELTA)
		((struct reduce_step *)at)->moved = 0;
}

/* Squares of smaller numbers, and sums of as many as there can be, are below the largest double. */
#define LARGE 1e140

int
reduce_op_overflows(const struct reduce_op *op, void *entry, const struct reduce_value *v)
{
	void *at = reduce_op_state(op, entry);
	struct reduce_spread spread;
	struct exact_sum sum;
	struct exact e;

	if (!v->exact.rough || fabs(v->exact.value) < LARGE)
		return 0;
	switch (op->kind) {
	case REDUCE_SUM:
	case REDUCE_MEAN:
		sum = ((struct reduce_sum *)at)->sum;
		exact_add(&sum, &v->exact);
		exact_total(&sum, &e);
		break;
	case REDUCE_STDEV:
		spread = *(struct reduce_spread *)at;
		take_spread(&spread, v->exact.value);
		e = (struct exact){ .rough = 1, .value = spread.squares };
		break;
	case REDUCE_DELTA:
		if (!((struct reduce_step *)at)->has)
			return 0;
		exact_subtract(&v->exact, &((struct reduce_step *)at)->before, &e);
		break;
	default:
		return 0;
	}
	return e.rough && !isfinite(e.value);
}

static int
is_there(const struct reduce_value *v)
{
	return v->gives != EXPR_GIVES_NOTHING && v->gives != EXPR_GIVES_NULL && (v->text == NULL || v->len > 0);
}

int
reduce_op_take(struct reduce *r, void *entry, size_t group)
{
	for (size_t i = 0; i < r->ops_count; i++) {
		struct reduce_op *op = &r->ops[i];
		const struct reduce_value *v = op->part != REDUCE_NONE ? &r->parts[op->part].value : NULL;

		if (op->borrows)
			continue;
		if (v != NULL && !is_there(v))
			take_nothing(op, reduce_op_state(op, entry));
		else if (v == NULL)
			++*(uint64_t *)reduce_op_state(op, entry);
		else if (take(r, op, reduce_op_state(op, entry), group, v) < 0)
			return -1;
	}
	return 0;
}

void
reduce_op_whole(const struct reduce_op *op, void *entry, int64_t n)
{
	void *at = reduce_op_state(op, entry);

	if (op->kind == REDUCE_SUM || op->kind == REDUCE_MEAN) {
		exact_add_whole(&((struct reduce_sum *)at)->sum, n);
		((struct reduce_sum *)at)->n++;
	} else if (op->kind == REDUCE_COUNT) {
		++*(uint64_t *)at;
	} else if (op->kind == REDUCE_MIN || op->kind == REDUCE_MAX) {
		struct exact e = { .units = n };

		take_extreme(at, &e, op->kind == REDUCE_MAX ? 1 : -1);
	} else {
		take_spread(at, (double)n);
	}
}

void
reduce_op_exact(const struct reduce_op *op, void *entry, const struct exact *e)
{
	void *at = reduce_op_state(op, entry);

	if (op->kind == REDUCE_SUM || op->kind == REDUCE_MEAN) {
		exact_add(&((struct reduce_sum *)at)->sum, e);
		((struct reduce_sum *)at)->n++;
	} else if (op->kind == REDUCE_COUNT) {
		++*(uint64_t *)at;
	} else if (op->kind == REDUCE_MIN || op->kind == REDUCE_MAX) {
		take_extreme(at, e, op->kind == REDUCE_MAX ? 1 : -1);
	} else {
		take_spread(at, exact_double(e));
	}
}

/* ---- the end ---- */

static void
free_state(struct reduce_op *op, void *at)
{
	if (op->borrows)
		return;
	if (reduce_op_is_quantile(op)) {
		free(((struct reduce_numbers *)at)->list);
	} else if (op->kind == REDUCE_PREVIOUS) {
		free(((struct reduce_shift *)at)->now.data);
		free(((struct reduce_shift *)at)->before.data);
	} else if (op->as_text || op->kind == REDUCE_FIRST || op->kind == REDUCE_LAST || op->kind == REDUCE_LIST) {
		free(((struct reduce_bytes *)at)->data);
	}
}

void
reduce_op_clear(struct reduce *r)
{
	for (size_t i = 0; r->owns && i < r->groups.count; i++)
		for (size_t k = 0; k < r->ops_count; k++)
			free_state(&r->ops[k], reduce_op_state(&r->ops[k], keytable_entry(&r->groups, i)));
	r->held = 0;
	keytable_clear(&r->groups);
	keytable_clear(&r->values);
}
