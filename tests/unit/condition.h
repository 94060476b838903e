#ifndef UNIT_CONDITION_H
#define UNIT_CONDITION_H

/*
 * condition: rows of tables for tests of conditions: what one is for a record, IS, BY and WITH, and
 * with which words it is refused, REFUSED. Each record is in memory of its exact size.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "match/expr.h"
#include "match/table.h"
#include "unit/onerecord.h"
#include "unit/unit.h"

/* Returns 1 if the record at that position satisfies the condition, or 0. */
static inline int
judge_one(struct expr *e, const char *data, size_t len, uint64_t position)
{
	uint32_t end;
	struct block b = onerecord(data, len, position, &end);
	uint64_t hit = 0;

	expr_judge_all(e, &b, &hit);
	return (int)hit;
}

static struct table *table; /* of the records, or NULL */
static char said[200];      /* the last message of expr_table */

/* Returns 1 if the condition holds, 0 if not, -1 if it is refused, -2 if the table is. */
static inline int
judge_bytes(const char *text, int flags, const char *separator, const char *data, size_t len)
{
	struct expr e;
	struct buf error = { 0 };
	char *copy = malloc(len > 0 ? len : 1);
	int result = -1;

	if (len > 0)
		memcpy(copy, data, len);
	if (expr_compile(&e, text, strlen(text), flags, separator, &error) == 0) {
		result = -2;
		if (table == NULL || expr_table(&e, table, &error) == 0)
			result = judge_one(&e, copy, len, 41);
		CHECK(!e.failed);
		expr_free(&e);
	} else {
		CHECK(e.program == NULL);
	}
	CHECK((result < 0) == (error.len > 0));
	if (result == -2)
		(void)snprintf(said, sizeof said, "%s", buf_string(&error));
	buf_free(&error);
	free(copy);
	return result;
}

static inline void
row(int line, const char *text, int flags, const char *separator, const char *data, size_t len, int want)
{
	int got = judge_bytes(text, flags, separator, data, len);

	if (got != want)
		printf("line %d: %s of \"%s\" is %d, not %d\n", line, text, data, got, want);
	CHECK(got == want);
}

#define IS(text, data, want) row(__LINE__, text, EXPR_UTF8, NULL, data, sizeof(data) - 1, want)
#define BY(separator, text, data, want) row(__LINE__, text, EXPR_UTF8, separator, data, sizeof(data) - 1, want)
#define WITH(flags, text, data, want) row(__LINE__, text, flags, NULL, data, sizeof(data) - 1, want)

static inline void
refused_at(int line, const char *text, const char *want)
{
	struct expr e;
	struct buf error = { 0 };
	int result = expr_compile(&e, text, strlen(text), EXPR_UTF8, NULL, &error);

	CHECK(result == -1 && buf_terminate(&error) == 0);
	if (result != -1 || strcmp(error.data, want) != 0)
		printf("line %d: %s: it says\n%s, not\n%s\n", line, text, error.len > 0 ? error.data : "nothing", want);
	CHECK(result == -1 && strcmp(error.data, want) == 0);
	buf_free(&error);
	if (result == 0)
		expr_free(&e);
}

#define REFUSED(text, want) refused_at(__LINE__, text, want)

#endif
