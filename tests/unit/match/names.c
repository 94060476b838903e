/*
 * names: values of records with names of their own (logfmt, fields), against what they were made
 * of: random names and values are written in random ways, with quotes, escapes, folds, base64,
 * comments and either end of lines, and each is found again by its name, by ranges and conditions.
 * Random bytes come after that: what is read pair by pair is what is found.
 */
#include <string.h>

#include "base/base64.h"
#include "match/expr.h"
#include "match/fields.h"
#include "match/logfmt.h"
#include "match/range.h"
#include "match/table.h"
#include "unit/onerecord.h"
#include "unit/unit.h"

enum { MOST = 8 };

struct named {
	char name[16];
	struct buf value;
};

static struct named all[MOST];
static size_t count;
static struct buf record, error;

static void
add(struct buf *to, const void *bytes, size_t n)
{
	if (buf_add(to, bytes, n) < 0)
		abort();
}

static void
adds(struct buf *to, const char *text)
{
	add(to, text, strlen(text));
}

static struct table *
table_of(const char *framing)
{
	const char *rule;
	struct table *t = table_make(&(struct table_parts){ .framing = framing }, &rule);

	CHECK(t != NULL && table_has_names(t));
	return t;
}

/* Names that are alike: one is the beginning of another, and case differs. */
static void
some_name(char name[16])
{
	static const char *const names[] = { "a", "A", "ab", "aB", "abc", "b", "x-y", "level", "LEVEL", "leve", "l" };

	(void)strcpy(name, names[unit_random(sizeof names / sizeof *names)]);
}

static void
some_value(struct buf *out, const char *letters)
{
	out->len = 0;
	for (size_t n = unit_random(4) == 0 ? unit_random(60) : unit_random(6); n > 0; n--)
		add(out, &letters[unit_random(strlen(letters))], 1);
}

static int
is_same(const struct range_view *v, const struct buf *want)
{
	return v->len == want->len && (v->len == 0 || memcmp(v->data, want->data, v->len) == 0);
}

/* Returns what the range finds in the record, in memory of its exact size: 1, 0 or -1. */
static int
look(const struct table *t, const char *word, struct buf *found)
{
	char *copy = malloc(record.len + (record.len == 0)), *words[1] = { strdup(word) };
	struct range range = { 0 };
	struct range_view v;
	int there;

	if (copy == NULL || words[0] == NULL)
		abort();
	if (record.len > 0)
		memcpy(copy, record.data, record.len);
	error.len = 0;
	CHECK(range_all(&range, words, 1, &error) == 0 && range_table(&range, t, &error) == 0 && error.len == 0);
	there = range_view(&range, 0, copy, record.len, &v);
	found->len = 0;
	if (there > 0)
		add(found, v.data, v.len);
	range_free(&range);
	free(words[0]);
	free(copy);
	return there;
}

/* Checks one look-up; want NULL: there is no such value. */
static void
finds(const struct table *t, const char *word, const struct buf *want)
{
	struct buf found = { 0 };
	int there = look(t, word, &found), good = there == (want != NULL);

	if (good && want != NULL)
		good = found.len == want->len && (want->len == 0 || memcmp(found.data, want->data, want->len) == 0);
	CHECK(good);
	if (!good)
		printf("%s: %s in \"%.*s\": %d \"%.*s\", not \"%.*s\"\n", t->framing, word, (int)record.len, record.data, there,
		    (int)found.len, found.data, want != NULL ? (int)want->len : 4, want != NULL ? want->data : "none");
	buf_free(&found);
}

/* ---- logfmt ---- */

/* Writes a value in quotes, with escapes for some bytes that need none. */
static void
quote(const struct buf *value)
{
	adds(&record, "\"");
	for (size_t i = 0; i < value->len; i++) {
		char c = value->data[i];

		if (c == '"' || c == '\\')
			add(&record, (char[]){ '\\', c }, 2);
		else if ((unsigned char)c < 0x80 && unit_random(6) == 0)
			(void)buf_addf(&record, unit_random(2) ? "\\u%04x" : "\\u%04X", (unsigned)c);
		else if (c == '/' && unit_random(2))
			adds(&record, "\\/");
		else
			add(&record, &c, 1);
	}
	adds(&record, "\"");
}

static void
some_logfmt(void)
{
	static const char *const blanks[] = { " ", "  ", "\t", " \r ", " " };

	record.len = 0;
	count = 1 + unit_random(MOST);
	adds(&record, unit_random(5) == 0 ? " " : "");
	for (size_t i = 0; i < count; i++) {
		struct named *n = &all[i];
		int plain = 1;

		some_name(n->name);
		some_value(&n->value, unit_random(2) ? "ab=,{}5\\" : " a=b\"\\/\xC3\xA4\x01\t level=");
		for (size_t k = 0; k < n->value.len; k++)
			plain &= (unsigned char)n->value.data[k] > ' ' && n->value.data[k] != '"';
		if (i > 0)
			adds(&record, blanks[unit_random(5)]);
		adds(&record, n->name);
		if (unit_random(6) == 0) {
			n->value.len = 0;
			adds(&n->value, "true"); /* a key alone */
			continue;
		}
		adds(&record, "=");
		if (plain && unit_random(3) != 0)
			add(&record, n->value.data != NULL ? n->value.data : "", n->value.len);
		else
			quote(&n->value);
	}
	adds(&record, unit_random(5) == 0 ? " \r" : "");
}

static void
check_logfmt(const struct table *t)
{
	static const char *const names[] = { "a", "A", "ab", "aB", "abc", "b", "\"x-y\"", "level", "leve", "l", "\"a b\"", "\"\"",
		"\"a=\"", "\"=a\"" };
	const char *at, *p = record.data, *end = p + record.len;
	struct logfmt_pair pair;
	struct buf scratch = { 0 };
	struct range_view v;
	size_t read = 0;

	CHECK(logfmt_check(p, end, &at) == NULL);
	for (; logfmt_next(&p, end, &pair); read++) {
		CHECK(read < count && pair.key.len == strlen(all[read].name) &&
		    memcmp(pair.key.data, all[read].name, pair.key.len) == 0);
		CHECK(logfmt_value(&pair, &v, &scratch) == 1 && is_same(&v, &all[read].value));
	}
	CHECK(read == count);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		const struct buf *want = NULL;
		char word[20];

		for (size_t i = 0; i < count; i++)
			if (strcmp(all[i].name, names[k]) == 0 ||
			    (*names[k] == '"' && strlen(names[k]) == strlen(all[i].name) + 2 &&
			        strncmp(all[i].name, names[k] + 1, strlen(all[i].name)) == 0))
				want = &all[i].value; /* the last one counts */
		(void)snprintf(word, sizeof word, ".%s", names[k]);
		finds(t, word, want);
	}
	buf_free(&scratch);
}

/*
 * Any bytes: if the line is logfmt, what is read pair by pair is what is found, and else a place
 * is.
 */
static void
junk_logfmt(const struct table *t)
{
	static const char letters[] = "aaab==  \t\r\"\"\\u0n\x01\xC3";
	const char *at = NULL, *wrong, *p, *end;
	struct logfmt_pair pair;
	struct buf last = { 0 }, scratch = { 0 };
	struct range_view v;
	int found = 0, plain = 1;

	some_value(&record, letters);
	adds(&record, "");
	p = record.data != NULL ? record.data : "";
	end = p + record.len;
	if ((wrong = logfmt_check(p, end, &at)) != NULL)
		CHECK(at >= p && at <= end && *wrong != '\0');
	while (p < end) {
		while (p < end && strchr(" \t\r", *p) != NULL && *p != '\0')
			p++;
		if (p == end)
			break;
		if (!logfmt_next(&p, end, &pair) || logfmt_value(&pair, &v, &scratch) == 0) {
			plain = 0;
			break;
		}
		if (pair.key.len == 1 && *pair.key.data == 'a') {
			found = 1;
			last.len = 0;
			add(&last, v.data, v.len);
		}
	}
	CHECK(plain == (wrong == NULL));
	if (wrong == NULL)
		finds(t, ".a", found ? &last : NULL);
	else
		(void)look(t, ".a", &last);
	buf_free(&last);
	buf_free(&scratch);
}

/* ---- fields ---- */

static const char *newline;

/* Ends a line, and sometimes puts a comment after it. */
static void
end_line(enum fields_kind kind)
{
	adds(&record, newline);
	if (kind == FIELDS_LDIF && unit_random(6) == 0) {
		adds(&record, "#a: b");
		adds(&record, newline);
		if (unit_random(2)) {
			adds(&record, " ab: c");
			adds(&record, newline);
		}
	}
}

/* Writes the value, over several lines if that is possible, and sets it to what it will be. */
static void
write_value(enum fields_kind kind, struct buf *value)
{
	struct buf whole = { 0 };
	size_t first = 0;

	if (kind == FIELDS_LDIF && unit_random(3) == 0) {
		struct buf coded = { 0 };

		CHECK(base64_encode(&coded, value->data != NULL ? value->data : "", value->len) == 0);
		record.len -= record.data[record.len - 1] == ' ';
		adds(&record, unit_random(2) ? ": " : ":");
		for (size_t i = 0; i < coded.len; i++) {
			add(&record, &coded.data[i], 1);
			if (unit_random(9) == 0) {
				adds(&record, newline);
				adds(&record, " ");
			}
		}
		buf_free(&coded);
		return;
	}
	/* Blanks at its beginning are not part of it, nor, but in LDIF, those at its end. */
	while (first < value->len && (value->data[first] == ' ' || (value->data[first] == '\t' && kind != FIELDS_LDIF)))
		first++;
	while (kind != FIELDS_LDIF && value->len > first && strchr(" \t", value->data[value->len - 1]) != NULL)
		value->len--;
	/* Right after the colon, another one would begin base64. */
	if (first < value->len && value->data[first] == ':' && record.data[record.len - 1] == ':')
		adds(&record, " ");
	for (size_t i = first; i < value->len; i++) {
		add(&record, &value->data[i], 1);
		add(&whole, &value->data[i], 1);
		if (i + 1 == value->len || strchr(" \t", value->data[i + 1]) != NULL || unit_random(7) != 0)
			continue;
		adds(&record, newline);
		adds(&record, kind == FIELDS_LDIF ? " " : " \t");
		if (kind == FIELDS_PLAIN)
			adds(&whole, "\n");
		if (kind != FIELDS_LDIF)
			adds(&whole, " \t");
	}
	buf_free(value);
	*value = whole;
	if (kind != FIELDS_LDIF)
		adds(&record, unit_random(5) == 0 ? " \t" : "");
}

static void
some_fields(enum fields_kind kind)
{
	record.len = 0;
	newline = unit_random(3) == 0 ? "\r\n" : "\n";
	count = 1 + unit_random(MOST);
	for (size_t i = 0; i < count; i++) {
		struct named *n = &all[i];

		some_name(n->name);
		some_value(&n->value, "ab:, \tx#\"\xC3\xA4" "5");
		if (i > 0)
			end_line(kind);
		adds(&record, n->name);
		adds(&record, kind != FIELDS_LDIF && unit_random(6) == 0 ? " \t:" : ":");
		adds(&record, unit_random(4) == 0 ? "" : " ");
		write_value(kind, &n->value);
	}
	if (kind == FIELDS_LDIF && unit_random(4) == 0) {
		adds(&record, newline);
		adds(&record, "-");
	}
	if (newline[0] == '\r' && unit_random(2))
		adds(&record, "\r");
}

/* Every value of a name, counted from both ends, and any of them. */
static void
check_name(const struct table *t, const char *name)
{
	const struct buf *values[MOST];
	size_t n = 0;
	char word[40];
	struct expr e;

	for (size_t i = 0; i < count; i++)
		if (strcasecmp(all[i].name, name) == 0)
			values[n++] = &all[i].value;
	(void)snprintf(word, sizeof word, ".\"%s\"", name);
	finds(t, word, n > 0 ? values[0] : NULL);
	for (size_t i = 0; i <= n; i++) {
		(void)snprintf(word, sizeof word, ".\"%s\"[%zu]", name, i);
		finds(t, word, i < n ? values[i] : NULL);
		(void)snprintf(word, sizeof word, ".\"%s\"[-%zu]", name, i + 1);
		finds(t, word, i < n ? values[n - 1 - i] : NULL);
	}
	for (size_t asked = 0; asked < 2; asked++) {
		static const char *const texts[] = { "b", "x" };
		struct buf b = { 0 };
		uint64_t hits = 0;
		uint32_t end;
		struct block block = onerecord(record.data, record.len, 0, &end);
		int want = 0;

		for (size_t i = 0; i < n; i++)
			want |= values[i]->len == 1 && values[i]->data[0] == texts[asked][0];
		(void)buf_addf(&b, ".\"%s\"[] == \"%s\"", name, texts[asked]);
		error.len = 0;
		CHECK(expr_compile(&e, b.data, b.len, 0, NULL, &error) == 0 && expr_table(&e, t, &error) == 0);
		expr_judge_all(&e, &block, &hits);
		CHECK((int)hits == want);
		expr_free(&e);
		buf_free(&b);
	}
}

static void
check_fields(const struct table *t, enum fields_kind kind)
{
	static const char *const names[] = { "a", "AB", "abc", "B", "X-Y", "Level", "leve", "l", "dn", "#a", "a ", " a", "a:", "" };
	const char *p = record.data, *end = p + record.len;
	struct fields_field field;
	struct buf scratch = { 0 };
	struct range_view v;
	size_t read = 0;

	for (; fields_next(kind, &p, end, &field); read++) {
		int got;

		CHECK(read < count && field.name.len == strlen(all[read].name) &&
		    memcmp(field.name.data, all[read].name, field.name.len) == 0);
		got = fields_value(kind, &field, &v, &scratch);
		CHECK(got == 1 && is_same(&v, &all[read].value));
		if (read >= count || got != 1 || !is_same(&v, &all[read].value)) {
			printf("%s: \"%.*s\"\n", t->framing, (int)record.len, record.data);
			break;
		}
	}
	CHECK(read == count);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		check_name(t, names[k]);
	buf_free(&scratch);
}

/* Any bytes: each field that is read is found by its name. */
static void
junk_fields(const struct table *t, enum fields_kind kind)
{
	const char *p, *end;
	struct fields_field field;
	struct buf scratch = { 0 }, want = { 0 }, found = { 0 };
	struct range_view v;

	some_value(&record, "aA::  \t\r\n\n\n#-=Y\xC3\x01");
	p = record.data != NULL ? record.data : "";
	end = p + record.len;
	while (fields_next(kind, &p, end, &field)) {
		CHECK(fields_is_name(kind, field.name.data, field.name.len));
		if (field.name.len != 1 || (*field.name.data | 32) != 'a')
			continue;
		if (fields_value(kind, &field, &v, &scratch) == 1) {
			add(&want, v.data != NULL ? v.data : "", v.len);
			finds(t, ".a", &want);
		} else {
			CHECK(look(t, ".A", &found) == 0);
		}
		break;
	}
	buf_free(&scratch);
	buf_free(&want);
	buf_free(&found);
}

int
main(void)
{
	static const char *const kinds[] = { "fields", "fields:mail", "fields:ldif" };
	struct table *logfmt = table_of("logfmt"), *fields[3];

	for (size_t k = 0; k < 3; k++)
		fields[k] = table_of(kinds[k]);
	while (unit_round()) {
		enum fields_kind kind = (enum fields_kind)unit_random(3);

		some_logfmt();
		check_logfmt(logfmt);
		junk_logfmt(logfmt);
		some_fields(kind);
		check_fields(fields[kind], kind);
		junk_fields(fields[kind], kind);
	}
	table_drop(logfmt);
	for (size_t k = 0; k < 3; k++)
		table_drop(fields[k]);
	for (size_t i = 0; i < MOST; i++)
		buf_free(&all[i].value);
	buf_free(&record);
	buf_free(&error);
	return unit_end("names");
}
