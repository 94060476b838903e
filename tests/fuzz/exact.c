/*
 * exact: two texts with a NUL between them. What exact_read takes is a number to number_read, too,
 * of the same amount; it is written as a text that is read as the same number; sums, differences
 * and comparisons of both agree with each other.
 */
#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "fuzz/main.h"
#include "match/number.h"

/* Returns 1 if the text is an exact number. */
static int
read_one(const char *p, size_t len, struct exact *e)
{
	char out[EXACT_MAX];
	struct exact again;
	double value;

	if (!exact_read(p, len, e)) {
		*e = (struct exact){ .rough = 1 };
		if (!number_read(p, len, &e->value))
			exact_set(e, 0);
		return 0;
	}
	MUST(number_read(p, len, &value));
	MUST(fabs(value - exact_double(e)) <= fabs(value) * 1e-14);
	MUST(e->scale <= EXACT_DIGITS && !e->rough);
	MUST(exact_read(out, exact_write(e, out), &again));
	MUST(exact_compare(e, &again) == 0);
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *zero = len > 0 ? memchr(data, '\0', len) : NULL;
	size_t first = zero != NULL ? (size_t)(zero - data) : len;
	struct exact a, b, difference, sum, other;
	struct exact_sum s = { 0 }, t = { 0 };
	char out[EXACT_MAX];
	int both;

	both = read_one((const char *)data, first, &a);
	both &= read_one((const char *)data + (zero != NULL ? first + 1 : len), zero != NULL ? len - first - 1 : 0, &b);
	MUST(exact_compare(&a, &b) == -exact_compare(&b, &a));
	exact_subtract(&a, &b, &difference);
	exact_add(&s, &a);
	exact_add(&s, &b);
	exact_add(&t, &b);
	exact_add(&t, &a);
	exact_total(&s, &sum);
	exact_total(&t, &other);
	MUST(exact_write(&sum, out) <= sizeof out && exact_write(&difference, out) <= sizeof out);
	if (both && !sum.rough && !other.rough)
		MUST(exact_compare(&sum, &other) == 0);
	if (both && !difference.rough)
		MUST(exact_compare(&difference, &(struct exact){ .units = 0 }) == exact_compare(&a, &b));
	return 0;
}
