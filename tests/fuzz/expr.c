/*
 * Conditions and records of any bytes. The input's first byte says the flags and the separator of fields; the condition follows up to a
 * newline, then the record. What must hold:
 * - a condition is taken, or refused with a reason;
 * - a record is judged the same in parentheses, a second time, alone (in memory of its exact size, so that a sanitizer sees
 *   what is read behind it) and among others in a block;
 * - what satisfies a condition does not satisfy its contrary (neither may hold, where something is divided by zero).
 */
#include <string.h>

#include "expr.h"
#include "main.h"

static const char *const separators[] = { NULL, ",", "TAB", "::" };

/* Compiles before, the text and behind; where the record names columns, by the record itself. 1; 0 where it is refused. */
static int
compile(struct expr *e, const char *before, const char *text, size_t len, const char *behind, uint8_t flags, const char *data, size_t n)
{
	struct buf all = { 0 }, error = { 0 };
	int result;

	MUST(buf_adds(&all, before) == 0 && buf_add(&all, text, len) == 0 && buf_adds(&all, behind) == 0 && buf_addc(&all, ' ') == 0);
	result = expr_compile(e, all.data, all.len - 1, flags & 3, separators[flags >> 2 & 3], &error);
	MUST(result == 0 ? error.len == 0 : error.len > 0 && e->program == NULL);
	if (result == 0 && e->named != NULL && expr_header(e, data, n, &error) < 0) {
		MUST(error.len > 0);
		expr_free(e);
		result = -1;
	}
	buf_free(&all);
	buf_free(&error);
	return result == 0;
}

static int
judge(struct expr *e, const char *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	result = expr_judge(e, copy, len, 7);
	MUST((result == 0 || result == 1) && !e->failed);
	free(copy);
	return result;
}

/* The record three times in a block, an empty one between the second and the third, all at position 7. */
static void
judge_block(struct expr *e, const char *data, size_t len, int want, int empty)
{
	uint32_t ends[4], positions[4] = { 7, 7, 7, 7 };
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .count = 4, .ends = ends, .positions = positions };
	char *payload = malloc(3 * len + 3);
	uint64_t hits = 0;
	size_t at = 0;

	MUST(payload != NULL);
	for (int i = 0; i < 4; i++) {
		if (i != 2) {
			memcpy(payload + at, data, len);
			at += len;
		}
		ends[i] = (uint32_t)at;
		if (i < 3)
			payload[at++] = '\n';
	}
	b.payload = payload;
	b.size = (uint32_t)at;
	expr_judge_all(e, &b, &hits);
	MUST(hits == (want ? 11u : 0u) + (empty ? 4u : 0u));
	free(payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data + 1, *newline, *record;
	struct expr e, other;
	size_t n, rest;
	int result;

	if (len < 2 || (newline = memchr(text, '\n', len - 1)) == NULL)
		return 0;
	n = (size_t)(newline - text);
	record = newline + 1;
	rest = len - 2 - n;
	if (!compile(&e, "", text, n, "", data[0], record, rest))
		return 0;
	result = judge(&e, record, rest);
	MUST(judge(&e, record, rest) == result);
	judge_block(&e, record, rest, result, judge(&e, "", 0));
	if (compile(&other, "(", text, n, ")", data[0], record, rest)) {
		MUST(judge(&other, record, rest) == result);
		expr_free(&other);
	}
	if (compile(&other, "!(", text, n, ")", data[0], record, rest)) {
		MUST((judge(&other, record, rest) & result) == 0);
		expr_free(&other);
	}
	expr_free(&e);
	return 0;
}
