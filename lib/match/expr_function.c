/* expr_function: the table of functions, and calls of them as they are written. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "match/expr_function.h"
#include "match/expr_parse.h"
#include "match/number.h"

static const char no_time[] = "no time from year 0 to 9999";

const struct expr_function expr_functions[] = {
	{ "length", expr_call_length, "s", 0, 1, "length, length(S)", NULL },
	{ "substr", expr_call_substr, "snn", 2, 0, "substr(S, FROM), substr(S, FROM, COUNT)", NULL },
	{ "index", expr_call_index, "ss", 2, 0, "index(S, TEXT)", NULL },
	{ "contains", expr_call_contains, "ss", 2, 0, "contains(S, TEXT)", NULL },
	{ "startswith", expr_call_startswith, "ss", 2, 0, "startswith(S, TEXT)", NULL },
	{ "endswith", expr_call_endswith, "ss", 2, 0, "endswith(S, TEXT)", NULL },
	{ "lower", expr_call_lower, "s", 1, 0, "lower(S)", NULL },
	{ "tolower", expr_call_lower, "s", 1, 0, "tolower(S)", NULL },
	{ "upper", expr_call_upper, "s", 1, 0, "upper(S)", NULL },
	{ "toupper", expr_call_upper, "s", 1, 0, "toupper(S)", NULL },
	{ "trim", expr_call_trim, "s", 1, 0, "trim(S)", NULL },
	{ "pad", expr_call_pad, "sns", 2, 0, "pad(S, WIDTH), pad(S, WIDTH, TEXT)", NULL },
	{ "reverse", expr_call_reverse, "s", 1, 0, "reverse(S)", NULL },
	{ "sub", expr_call_sub, "ses", 3, 0, "sub(S, /ERE/, TEXT)", NULL },
	{ "gsub", expr_call_gsub, "ses", 3, 0, "gsub(S, /ERE/, TEXT)", NULL },
	{ "split", expr_call_split, "stn", 2, 0, "split(S, SEPARATOR), split(S, SEPARATOR, NUMBER)", NULL },
	{ "sprintf", expr_call_sprintf, "pv*", 1, 0, "sprintf(FORMAT, VALUE, ...)", NULL },
	{ "int", expr_call_int, "n", 1, 0, "int(N)", NULL },
	{ "round", expr_call_round, "n", 1, 0, "round(N)", NULL },
	{ "floor", expr_call_floor, "n", 1, 0, "floor(N)", NULL },
	{ "ceil", expr_call_ceil, "n", 1, 0, "ceil(N)", NULL },
	{ "abs", expr_call_abs, "n", 1, 0, "abs(N)", NULL },
	{ "log", expr_call_log, "n", 1, 0, "log(N)", NULL },
	{ "exp", expr_call_exp, "n", 1, 0, "exp(N)", NULL },
	{ "sqrt", expr_call_sqrt, "n", 1, 0, "sqrt(N)", NULL },
	{ "min", expr_call_min, "v*", 1, 0, "min(A, B, ...)", NULL },
	{ "max", expr_call_max, "v*", 1, 0, "max(A, B, ...)", NULL },
	{ "coalesce", expr_call_coalesce, "v*", 1, 0, "coalesce(A, B, ...)", NULL },
	{ "isnumber", expr_call_isnumber, "v", 1, 0, "isnumber(E)", NULL },
	{ "isjson", expr_call_isjson, "s", 0, 1, "isjson, isjson(S)", NULL },
	{ "now", expr_call_now, "", 0, 0, "now()", NULL },
	{ "time", expr_call_time, "srz", 1, 0, "time(TEXT), time(TEXT, FORMAT), time(TEXT, FORMAT, ZONE)",
	    "no time such as 2026-11-30T10:15:30+01:00; others are time(TEXT, FORMAT)" },
	{ "date", expr_call_date, "nwz", 1, 0, "date(SECONDS), date(SECONDS, FORMAT), date(SECONDS, FORMAT, ZONE)", no_time },
	{ "base64", expr_call_base64, "s", 1, 0, "base64(S)", NULL },
	{ "unbase64", expr_call_unbase64, "s", 1, 0, "unbase64(S)", "no base64" },
	{ "url", expr_call_url, "s", 1, 0, "url(S)", NULL },
	{ "unurl", expr_call_unurl, "s", 1, 0, "unurl(S)", "a percent sign is not followed by two hexadecimal digits" },
	{ "hex", expr_call_hex, "s", 1, 0, "hex(S)", NULL },
	{ "unhex", expr_call_unhex, "s", 1, 0, "unhex(S)", "no pairs of hexadecimal digits" },
	{ "crc32c", expr_call_crc32c, "s", 1, 0, "crc32c(S)", NULL },
	{ "md5", expr_call_md5, "s", 1, 0, "md5(S)", NULL },
	{ "sha1", expr_call_sha1, "s", 1, 0, "sha1(S)", NULL },
	{ "sha256", expr_call_sha256, "s", 1, 0, "sha256(S)", NULL },
};

enum { FUNCTIONS = sizeof expr_functions / sizeof expr_functions[0] };

/* Functions that other languages have, and what they are called here. */
static const struct {
	const char *name, *instead;
} strangers[] = {
	{ "match", "a match is written S ~ /ERE/" },
	{ "test", "a match is written S ~ /ERE/" },
	{ "gensub", "parts of a match, \\1, are put in by the verb rec-map gsub; gsub(S, /ERE/, TEXT) has none" },
	{ "if", "a choice is written CONDITION ? A : B" },
	{ "ifelse", "a choice is written CONDITION ? A : B" },
	{ "iif", "a choice is written CONDITION ? A : B" },
	{ "printf", "it is written sprintf(FORMAT, VALUE, ...)" },
	{ "format", "it is written sprintf(FORMAT, VALUE, ...)" },
	{ "fmtnum", "it is written sprintf(FORMAT, VALUE, ...)" },
	{ "strlen", "it is written length(S)" },
	{ "strip", "it is written trim(S)" },
	{ "ltrim", "it is written trim(S), or sub(S, /^ +/, \"\")" },
	{ "rtrim", "it is written trim(S), or sub(S, / +$/, \"\")" },
	{ "ascii_downcase", "it is written lower(S)" },
	{ "ascii_upcase", "it is written upper(S)" },
	{ "ceiling", "it is written ceil(N)" },
	{ "fabs", "it is written abs(N)" },
	{ "systime", "it is written now()" },
	{ "mktime", "it is written time(TEXT, FORMAT)" },
	{ "strptime", "it is written time(TEXT, FORMAT)" },
	{ "fromdateiso8601", "it is written time(TEXT)" },
	{ "gmt2sec", "it is written time(TEXT)" },
	{ "strftime", "it is written date(SECONDS, FORMAT)" },
	{ "todate", "it is written date(SECONDS)" },
	{ "sec2gmt", "it is written date(SECONDS)" },
	{ "tonumber", "a number is made of a text by + 0: S + 0" },
	{ "tostring", "a string is made of a number by \"\": N \"\"" },
	{ "number", "a number is made of a text by + 0: S + 0" },
	{ "float", "a number is made of a text by + 0: S + 0" },
	{ "len", "it is written length(S)" },
	{ "substring", "it is written substr(S, FROM, COUNT)" },
	{ "strpos", "it is written index(S, TEXT)" },
	{ "indexof", "it is written index(S, TEXT)" },
	{ "uppercase", "it is written upper(S)" },
	{ "lowercase", "it is written lower(S)" },
	{ "ltrimstr", "it is written sub(S, /^TEXT/, \"\")" },
	{ "rtrimstr", "it is written sub(S, /TEXT$/, \"\")" },
	{ "rev", "it is written reverse(S)" },
	{ "replace", "it is written gsub(S, /ERE/, TEXT)" },
	{ "ssub", "it is written sub(S, /ERE/, TEXT)" },
	{ "splitax", "it is written split(S, SEPARATOR, NUMBER)" },
	{ "urldecode", "it is written unurl(S)" },
	{ "urlencode", "it is written url(S)" },
	{ "base64_decode", "it is written unbase64(S)" },
	{ "base64_encode", "it is written base64(S)" },
	{ "md5sum", "it is written md5(S)" },
	{ "pow", "a power is written ^" },
	{ "log10", "it is written log(N) / log(10)" },
	{ "trunc", "it is written int(N)" },
	{ "isnumeric", "it is written isnumber(E)" },
	{ "is_numeric", "it is written isnumber(E)" },
	{ "type", "isnumber(E) tells numbers, isjson(S) texts of JSON" },
	{ "typeof", "isnumber(E) tells numbers, isjson(S) texts of JSON" },
	{ "ifnull", "it is written coalesce(A, B)" },
	{ "isnull", "a value that is missing is E == null" },
	{ "is_null", "a value that is missing is E == null" },
	{ "is_absent", "a value that is missing is E == null" },
	{ "is_present", "a value that is not missing is E != null" },
	{ "has", "a value that is not missing is E != null" },
	{ "select", "the condition stands by itself, without select" },
	{ "any", "any element is .tags[] == \"x\"" },
	{ "all", "all elements are !(.tags[] != \"x\")" },
	{ "fromdate", "it is written time(TEXT)" },
	{ "todateiso8601", "it is written date(SECONDS)" },
	{ "strptime_local", "it is written time(TEXT, FORMAT, ZONE)" },
	{ "strftime_local", "it is written date(SECONDS, FORMAT, ZONE)" },
	{ "strflocaltime", "it is written date(SECONDS, FORMAT, \"local\")" },
};

enum { NAME_MAX_HERE = 16 }; /* longer names are not compared */

/*
 * Copies the name without _, in small letters, to out. Returns its length, or 0 if it is too long.
 */
static size_t
plain_name(char out[NAME_MAX_HERE], const char *name, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (name[i] != '_') {
			if (len == NAME_MAX_HERE)
				return 0;
			out[len++] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
		}
	return len;
}

/*
 * Returns 1 if the names are alike but for one slip of the hand, a letter too many, too few, wrong
 * or in its neighbour's place, not the first; else 0.
 */
static int
is_slip(const char *a, size_t n, const char *b, size_t m)
{
	size_t same = 0, tail = 0;

	while (same < n && same < m && a[same] == b[same])
		same++;
	while (tail < n - same && tail < m - same && a[n - 1 - tail] == b[m - 1 - tail])
		tail++;
	n -= same + tail;
	m -= same + tail;
	if (same == 0)
		return 0;
	return (n <= 1 && m <= 1) || (n == 2 && m == 2 && a[same] == b[same + 1] && a[same + 1] == b[same]);
}

uint32_t
expr_refuse_function(struct expr_parser *p, size_t n)
{
	char meant[NAME_MAX_HERE];
	size_t len;

	for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
		if (expr_is_word(p, n, strangers[i].name))
			return expr_fail(p, p->at, "%s", strangers[i].instead);
	len = plain_name(meant, p->text + p->at, n);
	for (size_t i = 0; i < FUNCTIONS && len > 2; i++)
		if (is_slip(meant, len, expr_functions[i].name, strlen(expr_functions[i].name)))
			return expr_fail(p, p->at, "no such function, but %s", expr_functions[i].form);
	return expr_fail(p, p->at, "no such function; rec-expr(7) lists those that there are");
}

/* Finds the zone of that name, for the call n. Returns n, or 0. */
static uint32_t
add_zone(struct expr_parser *p, uint32_t n, struct buf *name, size_t at)
{
	struct expr_program *g = p->program;
	struct zone *more = reallocarray(g->zones, g->zone_count + 1, sizeof *more);

	if (more == NULL || buf_terminate(name) < 0) {
		g->zones = more != NULL ? more : g->zones;
		return expr_no_memory(p);
	}
	g->zones = more;
	if (strlen(name->data) != name->len || zone_find(&more[g->zone_count], name->data) < 0) {
		if (errno == ENOMEM)
			return expr_no_memory(p);
		return expr_fail(p, at, "no such time zone here; its name is one of the TZ database (tzdata), such as "
		    "\"Europe/Berlin\", or \"UTC\", \"local\" or a rule such as \"EST5EDT,M3.2.0,M11.1.0\"");
	}
	expr_node_at(p, n)->index = (uint32_t)++g->zone_count;
	return n;
}

/* Parses the regular expression of the call n, which begins at `at`. Returns n, or 0. */
static uint32_t
parse_pattern(struct expr_parser *p, uint32_t n, const struct expr_function *f, size_t at)
{
	struct buf pattern = { 0 };
	const struct expr_node *text;
	uint32_t match, kid;

	if (expr_peek(p, 0) == '/') {
		match = expr_parse_ere(p, 0);
	} else {
		if ((kid = expr_parse_level(p, EXPR_AT_COND)) == 0)
			return 0;
		text = expr_node_at(p, kid);
		if (text->op != EXPR_STRING)
			return expr_fail(p, at, "a regular expression is written in the condition itself: %s", f->form);
		if (expr_translate_ere(text->text.data, text->text.len, &pattern) < 0) {
			buf_free(&pattern);
			return expr_no_memory(p);
		}
		match = expr_add_ere(p, &pattern, at, 0);
		buf_free(&pattern);
	}
	if (match == 0)
		return 0;
	expr_node_at(p, n)->index = expr_node_at(p, match)->index + 1;
	return n;
}

/* Checks a format, or the name of a zone, that is the argument `kid` at `at`. Returns n, or 0. */
static uint32_t
check_constant(struct expr_parser *p, uint32_t n, uint32_t kid, char kind, const struct expr_function *f, size_t at)
{
	struct buf *text = &expr_node_at(p, kid)->text;
	size_t wrong;

	if (expr_node_at(p, kid)->op != EXPR_STRING)
		return expr_fail(p, at, "a string in quotes is expected: %s", f->form);
	if (kind == 'z')
		return add_zone(p, n, text, at);
	if (kind == 'p')
		return n;
	if (memchr(text->data != NULL ? text->data : "", '%', text->len) == NULL)
		return expr_fail(p, at, "a format such as \"%%Y-%%m-%%d\" is expected: %s", f->form);
	wrong = kind == 'r' ? timestamp_can_read(text->data, text->len) : timestamp_can_write(text->data, text->len);
	if (wrong == text->len)
		return n;
	return expr_fail(p, at, "%.*s is nothing in the format of a time%s", (int)(text->len - wrong < 2 ? 1 : 2),
	    text->data + wrong, text->len - wrong < 2 ? "; a percent sign is %%" : "");
}

/* Returns 1 if a word that is no value is at p, as in split(s, parts, ",") of awk; else 0. */
static int
is_variable(struct expr_parser *p)
{
	static const char *const values[] = { "NF", "NR", "POS", "true", "false", "null", "length", "isjson" };
	size_t n = expr_is_name(expr_peek(p, 0)) ? expr_name_length(p) : 0, after = n;

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (expr_is_word(p, n, values[i]))
			return 0;
	while (expr_peek(p, after) == ' ')
		after++;
	return n > 0 && expr_peek(p, after) != '(';
}

/* Parses an argument of that kind, and adds it to the call n. Returns n, or 0. */
static uint32_t
parse_argument(struct expr_parser *p, uint32_t n, const struct expr_function *f, char kind)
{
	size_t at = (expr_skip_spaces(p), p->at);
	double number;
	uint32_t kid;

	if (kind == 't' && is_variable(p))
		return expr_fail(p, at, "there are no arrays of parts: %s", f->form);
	if (kind == 'e' || (kind == 't' && expr_peek(p, 0) == '/'))
		return parse_pattern(p, n, f, at);
	if (kind != 'v' && expr_peek(p, 0) == '/')
		return expr_fail(p, at, "a value is expected, not a regular expression: %s", f->form);
	if ((kid = expr_parse_level(p, EXPR_AT_COND)) == 0)
		return 0;
	if (kind == 'n' && expr_node_at(p, kid)->op == EXPR_STRING &&
	    !number_read(expr_node_at(p, kid)->text.data, expr_node_at(p, kid)->text.len, &number))
		return expr_fail(p, at, "a number is expected: %s", f->form);
	if (f->call == expr_call_pad && kind == 'n' && expr_node_at(p, kid)->op == EXPR_NUMBER &&
	    !(fabs(expr_node_at(p, kid)->number) <= EXPR_WIDTH_MAX))
		return expr_fail(p, at, "a width is at most %d", EXPR_WIDTH_MAX);
	if (kind == 't' && expr_node_at(p, kid)->op == EXPR_STRING && expr_node_at(p, kid)->text.len == 0)
		return expr_fail(p, at, "a separator has a character at least: %s", f->form);
	if (strchr("prwz", kind) != NULL && check_constant(p, n, kid, kind, f, at) == 0)
		return 0;
	return kind == 'z' ? n : expr_add_kid(p, n, kid);
}

/* Checks the format of sprintf, and that there are as many values as it takes. Returns n, or 0. */
static uint32_t
check_sprintf(struct expr_parser *p, uint32_t n, size_t count, size_t from)
{
	const struct buf *format = &expr_node_at(p, expr_node_at(p, n)->first)->text;
	size_t takes;
	const char *wrong = expr_sprintf_check(format->data, format->len, &takes);

	if (wrong != NULL)
		return expr_fail(p, from, "%s", wrong);
	if (takes != count - 1)
		return expr_fail(p, from, "the format takes %zu value%s, not %zu", takes, takes == 1 ? "" : "s", count - 1);
	return n;
}

/*
 * Refuses constants of which the function can make nothing, such as time("yesterday"). Returns n,
 * or 0.
 */
static uint32_t
check_value(struct expr_parser *p, uint32_t n, const struct expr_function *f, size_t from)
{
	struct expr_value v;

	if (f->what == NULL || expr_node_at(p, n)->op != EXPR_CALL)
		return n;
	for (uint32_t kid = expr_node_at(p, n)->first; kid != 0; kid = expr_node_at(p, kid)->next)
		if (!expr_is_constant(expr_node_at(p, kid)))
			return n;
	expr_value_of(p->program, n, &v);
	if (p->program->no_memory)
		return expr_no_memory(p);
	if (!expr_is_missing(&v))
		return n;
	if (f->call == expr_call_time && expr_node_at(p, expr_node_at(p, n)->first)->next != 0)
		return expr_fail(p, from, "the text does not have that format");
	return expr_fail(p, from, "%s", f->what);
}

/* Parses what is after the name of the function. */
static uint32_t
parse_call(struct expr_parser *p, const struct expr_function *f, size_t from)
{
	uint32_t n = expr_add_node(p, EXPR_CALL), kid;
	const char *kind = f->kinds;
	size_t count = 0;

	if (n == 0)
		return 0;
	expr_node_at(p, n)->function = (uint8_t)(f - expr_functions);
	if (expr_take(p, "(")) {
		if (!expr_take(p, ")")) {
			do {
				if (*kind == '\0')
					return expr_fail(p, from, "it is written %s%s", f->form,
					    f->call == expr_call_round ? "; with two decimals sprintf(\"%.2f\", N)" : "");
				if (parse_argument(p, n, f, *kind) == 0)
					return 0;
				count++;
				kind += kind[1] != '*';
			} while (expr_take(p, ","));
			if (!expr_take(p, ")"))
				return expr_fail(p, p->at, "a comma or the parenthesis that closes %s is expected",
				    f->name);
		}
	} else if (f->least > 0 || !f->whole) {
		return expr_fail(p, p->at, "a parenthesis is expected: %s", f->form);
	}
	if (count < f->least)
		return expr_fail(p, from, "it is written %s", f->form);
	if (count == 0 && f->whole && expr_add_kid(p, n, expr_add_node(p, EXPR_RECORD)) == 0)
		return 0;
	if (f->call == expr_call_sprintf && check_sprintf(p, n, count, from) == 0)
		return 0;
	kid = expr_node_at(p, n)->first;
	if (f->call == expr_call_isjson && expr_node_at(p, kid)->op == EXPR_RECORD)
		p->program->asks = 1;
	n = expr_work_out(p, n);
	return n == 0 ? 0 : check_value(p, n, f, from);
}

int
expr_parse_function(struct expr_parser *p, size_t n, uint32_t *node)
{
	size_t from = p->at;

	for (size_t i = 0; i < FUNCTIONS; i++)
		if (expr_is_word(p, n, expr_functions[i].name)) {
			p->at += n;
			*node = parse_call(p, &expr_functions[i], from);
			return 1;
		}
	return 0;
}
