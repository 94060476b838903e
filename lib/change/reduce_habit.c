/* reduce_habit: the operations of rec-reduce as other commands call them. */

#include <string.h>

#include "change/reduce_private.h"

static const struct {
	const char *habit, *name;
} habits[] = {
	{ "average", "mean" },
	{ "avg", "mean" },
	{ "collapse", "list" },
	{ "count_distinct", "distinct" },
	{ "countunique", "distinct" },
	{ "maximum", "max" },
	{ "minimum", "min" },
	{ "n", "count" },
	{ "nunique", "distinct" },
	{ "sd", "stdev" },
	{ "sdev", "stdev" },
	{ "stddev", "stdev" },
	{ "sstdev", "stdev" },
	{ "total", "sum" },
	{ "unique", "distinct" },
	{ "var", "stdev, the square root of the variance" },
	{ "variance", "stdev, the square root of the variance" },
};

int
reduce_habit(const char *word, const char *op, struct buf *error)
{
	size_t len = strcspn(op, ":("), digits = *op == 'p' ? strspn(op + 1, "0123456789.") : 0;

	if (digits > 0 && op[1 + digits] == '\0') {
		(void)buf_addf(error, "%s: it is written percentile:%s", word, op + 1);
		return 1;
	}
	for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
		if (strlen(habits[i].habit) == len && memcmp(habits[i].habit, op, len) == 0) {
			(void)buf_addf(error, "%s: it is written %s", word, habits[i].name);
			return 1;
		}
	return 0;
}
