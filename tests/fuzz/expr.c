/*
 * expr: conditions and records of any bytes. The input's first byte has the flags, the separator of
 * fields and the kind of table (tables.h; a digit has none). The condition follows up to a newline,
 * then the header, if there is a table, and the record. What must hold:
 * - a condition is taken, or refused with a reason;
 * - a record is judged the same in parentheses, a second time, alone (in memory of its exact size,
 *   so that a sanitizer sees reads beyond it) and among others in a block;
 * - what satisfies a condition does not satisfy its negation (neither may hold, if something is
 *   divided by zero);
 * - a condition that names a member holds only for JSON, as json_scan says (but a string may be no
 *   UTF-8);
 * - of two values, exactly one of <, == and > holds, or none, and then only !=;
 * - the condition's value is an argument of each function, which gives the same each time, and what
 *   undoes a function gives the value again.
 */
#include <string.h>

#include "base/bom.h"
#include "fuzz/main.h"
#include "fuzz/tables.h"
#include "match/expr.h"
#include "match/json.h"
#include "unit/onerecord.h"

static const char *const operands[] = { ".a", "$1", "5", "\"5\"", "true", "1297353019288453121", "$9" };
static const char *const separators[] = { NULL, ",", "TAB", "::" };

/* Calls of all functions but now, whose value changes: what is before and after an argument. */
static const char *const calls[][2] = { { "length(", ")" }, { "substr(", ", 2)" }, { "substr(\"abc\", ", ", 1)" },
	{ "substr($0, 2, ", ")" }, { "index($0, ", ")" }, { "index(", ", \"1\")" }, { "contains($0, ", ")" },
	{ "startswith(", ", $1)" }, { "endswith($0, ", ")" }, { "lower(", ")" }, { "tolower(", ")" }, { "upper(", ")" },
	{ "toupper(", ")" }, { "trim(", ")" }, { "pad(", ", 5)" }, { "pad($1, ", ", \"xy\")" }, { "pad($1, -9, ", ")" },
	{ "reverse(", ")" }, { "sub(", ", /a*/, \"<&>\")" }, { "gsub(", ", /a*/, \"<&>\")" }, { "gsub($0, /^|.$/, ", ")" },
	{ "gsub(", ", /[^a]|$/, \"\\\\&\")" }, { "split(", ", \",\")" }, { "split(", ", /[ ,]*/, -1)" }, { "split($0, ", ", 2)" },
	{ "split($0, \" \", ", ")" }, { "sprintf(\"%d|%5.2s|%-7s|%c|%g|%x|%08.3f\", ", ", $0, $1, $2, $1, $1, 5)" },
	{ "sprintf(\"%c%s%+d\", ", ", $1, $2)" }, { "int(", ")" }, { "round(", ")" }, { "floor(", ")" }, { "ceil(", ")" },
	{ "abs(", ")" }, { "log(", ")" }, { "exp(", ")" }, { "sqrt(", ")" }, { "min($1, ", ", .a)" }, { "max(", ", $1, 5)" },
	{ "coalesce($9, ", ", .a)" }, { "isnumber(", ")" }, { "isjson(", ")" }, { "time(", ")" },
	{ "time(", ", \"%Y-%m-%d %H:%M:%S\")" }, { "time(", ", \"%d/%b/%y %I%p %j %s %z %Z %N%n%a\")" }, { "date(", ")" },
	{ "date(", ", \"%c %G %V %U %3N %j\", \"local\")" }, { "base64(", ")" }, { "unbase64(", ")" }, { "url(", ")" },
	{ "unurl(", ")" }, { "hex(", ")" }, { "unhex(", ")" }, { "crc32c(", ")" }, { "md5(", ")" }, { "sha1(", ")" },
	{ "sha256(", ")" } };
/* Functions that give a string back from what others have made of it. */
static const char *const undone[] = { "unbase64(base64((", "unhex(hex((", "unurl(url((" };

static struct table *table;

/*
 * Compiles the texts before, text and after, one after the other, and binds them to the table.
 * Returns 1, or 0 if it is refused.
 */
static int
compile(struct expr *e, const char *before, const char *text, size_t len, const char *after, uint8_t flags)
{
	struct buf all = { 0 }, error = { 0 };
	int result;

	MUST(buf_adds(&all, before) == 0 && buf_add(&all, text, len) == 0 && buf_adds(&all, after) == 0 &&
	    buf_addc(&all, ' ') == 0);
	result = expr_compile(e, all.data, all.len - 1, flags & 3, separators[flags >> 2 & 3], &error);
	MUST(result == 0 ? error.len == 0 : error.len > 0 && e->program == NULL);
	if (result == 0 && expr_table(e, table, &error) < 0) {
		MUST(error.len > 0 && table != NULL);
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
	uint32_t end;
	struct block b = onerecord(copy, len, 7, &end);
	uint64_t hit = 0;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	expr_judge_all(e, &b, &hit);
	MUST(hit <= 1 && !e->failed);
	free(copy);
	return (int)hit;
}

/*
 * The record three times in a block, an empty one between the second and the third, all at position
 * 7.
 */
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

/*
 * Returns 1 if the record is one JSON text, else 0; -1 if a string in it is not UTF-8, at which
 * json_scan stops.
 */
static int
is_json(const char *data, size_t len)
{
	size_t at = bom_utf8(data, len), used = 0;
	struct json j = { 0 };
	enum json_verdict verdict;
	int result;

	while (at < len && memchr(" \t\n\r", data[at], 4) != NULL)
		at++;
	verdict = json_scan(&j, data + at, len - at, &used);
	MUST(verdict != JSON_NOMEM);
	result = verdict == JSON_DONE || (verdict == JSON_MORE && json_end(&j) == JSON_DONE);
	if (verdict == JSON_DONE)
		for (at += used; at < len; at++)
			result &= memchr(" \t\n\r", data[at], 4) != NULL;
	if (verdict == JSON_WRONG && j.not_utf8)
		result = -1;
	json_free(&j);
	return result;
}

/* Compares the condition's value with that of the other operand, by all comparisons. */
static void
compare(const char *text, size_t n, const char *operand, uint8_t flags, const char *record, size_t rest)
{
	static const char *const operators[] = { "<", "<=", "==", "!=", ">=", ">" };
	unsigned holds = 0;
	struct expr e;

	for (unsigned i = 0; i < 6; i++) {
		char after[64];

		(void)snprintf(after, sizeof after, ") %s (%s)", operators[i], operand);
		if (!compile(&e, "(", text, n, after, flags))
			return;
		holds |= (unsigned)judge(&e, record, rest) << i;
		expr_free(&e);
	}
	/*
	 * <, <=, != or all but these; only ==, for a type without an order; or none, if nothing
	 * satisfies.
	 */
	MUST(holds == 0 || holds == 0xB || holds == 0x16 || holds == 4 || holds == 8 || holds == 0x38);
}

/*
 * Compiles text, a middle and text again; judges the record, if that is a condition. Returns 0 if
 * it is none.
 */
static int
judge_twice(const char *before, const char *text, size_t n, const char *middle, const char *after, uint8_t flags,
    const char *record, size_t rest)
{
	struct buf all = { 0 };
	struct expr e;
	int result = 0;

	MUST(buf_adds(&all, before) == 0 && buf_add(&all, text, n) == 0 && buf_adds(&all, middle) == 0 &&
	    buf_add(&all, text, n) == 0 && buf_adds(&all, after) == 0);
	if (compile(&e, "", all.data, all.len, "", flags)) {
		result = judge(&e, record, rest);
		MUST(judge(&e, record, rest) == result);
		expr_free(&e);
	}
	buf_free(&all);
	return result;
}

/* The value as an argument of all functions. */
static void
call_all(const char *text, size_t n, uint8_t flags, const char *record, size_t rest)
{
	struct buf all = { 0 };
	/*
	 * The value may be undefined, or none of a record that is not JSON; and no value may have
	 * two [].
	 */
	int defined = judge_twice("(", text, n, ") \"\" == (", ") \"\"", flags, record, rest);

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		all.len = 0;
		MUST(buf_adds(&all, calls[i][1]) == 0 && buf_adds(&all, " \"\" == ") == 0 && buf_adds(&all, calls[i][0]) == 0);
		(void)judge_twice(calls[i][0], text, n, buf_string(&all), calls[i][1], flags, record, rest);
	}
	for (size_t i = 0; i < sizeof undone / sizeof undone[0]; i++)
		MUST(!defined || judge_twice(undone[i], text, n, "))) \"\" == (", ") \"\"", flags, record, rest));
	buf_free(&all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data + 1, *newline, *record;
	struct expr e, other;
	size_t n, rest, header;
	int result, valid;

	if (len < 2 || (newline = memchr(text, '\n', len - 1)) == NULL)
		return 0;
	n = (size_t)(newline - text);
	record = newline + 1;
	rest = len - 2 - n;
	table = some_table((data[0] >> 4) ^ 3, record, rest, &header);
	record += header;
	rest -= header;
	if (!compile(&e, "", text, n, "", data[0])) {
		table_drop(table);
		return 0;
	}
	/* A condition that asks for the time of day may differ from itself. */
	if (memmem(text, n, "now", 3) != NULL) {
		(void)judge(&e, record, rest);
		expr_free(&e);
		table_drop(table);
		return 0;
	}
	result = judge(&e, record, rest);
	MUST(judge(&e, record, rest) == result);
	judge_block(&e, record, rest, result, judge(&e, "", 0));
	if (compile(&other, "(", text, n, ")", data[0])) {
		MUST(judge(&other, record, rest) == result);
		expr_free(&other);
	}
	if (compile(&other, "!(", text, n, ")", data[0])) {
		MUST((judge(&other, record, rest) & result) == 0);
		expr_free(&other);
	}
	if (table == NULL) {
		MUST(compile(&other, "1 || .a", "", 0, "", data[0]));
		valid = is_json(record, rest);
		MUST(valid < 0 || judge(&other, record, rest) == valid);
		expr_free(&other);
	}
	expr_free(&e);
	call_all(text, n, data[0], record, rest);
	for (size_t i = 0; i < sizeof operands / sizeof operands[0]; i++)
		compare(text, n, operands[i], data[0], record, rest);
	table_drop(table);
	return 0;
}
