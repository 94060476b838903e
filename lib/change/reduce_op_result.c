/*
 * reduce_op_result: the results of operations.
 *
 * A percentile is that of type 7 (R. J. Hyndman, Y. Fan, "Sample Quantiles in Statistical
 * Packages", 1996), the default of R and numpy; the standard deviation is that of a sample (n - 1),
 * by B. P. Welford's method (1962).
 */

#include <math.h>
#include <stdlib.h>

#include "change/reduce_op_private.h"

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
quantile(struct reduce_numbers *n, double fraction)
{
	double at = fraction * (double)(n->count - 1), low = floor(at);
	size_t i = (size_t)low;

	if (!n->sorted)
		qsort(n->list, n->count, sizeof *n->list, compare_doubles);
	n->sorted = 1;
	if (i + 1 >= n->count || at == low)
		return n->list[i < n->count ? i : n->count - 1];
	/* The way between two very large numbers may be no double, but each place on it is. */
	if (!isfinite(n->list[i + 1] - n->list[i]))
		return (1 - (at - low)) * n->list[i] + (at - low) * n->list[i + 1];
	return n->list[i] + (at - low) * (n->list[i + 1] - n->list[i]);
}

int
reduce_op_number(struct reduce *r, struct reduce_op *op, void *entry, struct exact *e)
{
	void *at = reduce_op_state(op, entry);

	(void)r;
	switch (op->kind) {
	case REDUCE_COUNT:
	case REDUCE_DISTINCT:
		*e = (struct exact){ .units = (exact_wide) * (uint64_t *)at };
		return 1;
	case REDUCE_SUM:
		exact_total(&((struct reduce_sum *)at)->sum, e);
		return 1;
	case REDUCE_MEAN:
		exact_total(&((struct reduce_sum *)at)->sum, e);
		if (((struct reduce_sum *)at)->n > 0)
			exact_set(e, exact_double(e) / (double)((struct reduce_sum *)at)->n);
		return ((struct reduce_sum *)at)->n > 0;
	case REDUCE_MIN:
	case REDUCE_MAX:
		*e = ((struct reduce_extreme *)at)->number;
		return ((struct reduce_extreme *)at)->has;
	case REDUCE_STDEV:
		if (((struct reduce_spread *)at)->n < 2)
			return 0;
		exact_set(
		    e, sqrt(((struct reduce_spread *)at)->squares / (double)(((struct reduce_spread *)at)->n - 1)));
		return 1;
	case REDUCE_MEDIAN:
	case REDUCE_PERCENTILE:
		if (((struct reduce_numbers *)at)->count == 0)
			return 0;
		exact_set(e, quantile(at, op->fraction));
		return 1;
	case REDUCE_DELTA:
		*e = ((struct reduce_step *)at)->delta;
		return ((struct reduce_step *)at)->moved;
	default:
		return 0;
	}
}

static int
is_number(const struct reduce_op *op)
{
	return op->kind == REDUCE_COUNT || op->kind == REDUCE_DISTINCT || reduce_op_numeric(op);
}

static int
give_bytes(struct reduce_op *op, const struct reduce_bytes *b, struct expr_result *result)
{
	int list = op->kind == REDUCE_LIST && b->gives == EXPR_GIVES_JSON;

	if (!b->has)
		return 0;
	if ((list && buf_addc(&op->made, '[') < 0) || buf_add(&op->made, b->data != NULL ? b->data : "", b->len) < 0 ||
	    (list && buf_addc(&op->made, ']') < 0))
		return -1;
	result->gives = b->gives;
	return 0;
}

int
reduce_op_result(struct reduce *r, struct reduce_op *op, void *entry, struct expr_result *result)
{
	void *at = reduce_op_state(op, entry);
	char digits[EXACT_MAX];
	struct exact e;
	size_t len;
	const char *text;

	*result = (struct expr_result){ .gives = EXPR_GIVES_NOTHING };
	op->made.len = 0;
	if (is_number(op)) {
		if (!reduce_op_number(r, op, entry, &e))
			return 0;
		*result = (struct expr_result){ .gives = EXPR_GIVES_NUMBER, .number = exact_double(&e) };
		/* What JSON has no number for is refused by row_result. */
		if (e.rough && !isfinite(e.value))
			return 0;
		if (buf_add(&op->made, digits, exact_write(&e, digits)) < 0)
			return -1;
	} else if (op->kind == REDUCE_MODE) {
		const struct reduce_most *m = at;
		const struct reduce_times *t = m->has ? keytable_entry(&r->values, m->entry) : NULL;

		if (t == NULL)
			return 0;
		text = keytable_name(&r->values, m->entry, &len);
		if (buf_add(&op->made, text + 16, len - 16) < 0)
			return -1;
		result->gives = t->gives;
	} else if (give_bytes(op, op->kind == REDUCE_PREVIOUS ? &((struct reduce_shift *)at)->before : at, result) <
	    0) {
		return -1;
	}
	if (result->gives == EXPR_GIVES_BOOL)
		result->number = op->made.len > 0 && (*op->made.data == 't' || *op->made.data == '1');
	result->text = op->made.data != NULL ? op->made.data : "";
	result->len = op->made.len;
	return 0;
}
