/*
 * Changes of one value of a record: by the table's payload, the name, the record and the value,
 * what comes out; and what is refused. Records are in memory of their exact size.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "change/edit.h"
#include "unit/unit.h"

#define CSV "{\"framing\":\"csv\"}\na,b,c\n"
#define TSV "{\"framing\":\"tsv\"}\na\tb\tc\n"
#define COLONS "{\"framing\":\"lines\",\"separator\":\"::\"}\na::b::c\n"
#define BLANKS "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\na b c\n"
#define LOGFMT "{\"framing\":\"logfmt\"}\n"
#define FIELDS "{\"framing\":\"fields\"}\n"

enum what { SET, DROP };

/*
 * value NULL: there is none. The column is found by the name; one that is not there is a new one.
 */
static void
edits_at(int line, enum what what, const char *payload, const char *name, const char *record, const char *value,
    const char *want)
{
	struct expr_result result = { .gives = value != NULL ? EXPR_GIVES_TEXT : EXPR_GIVES_NOTHING,
		.text = value,
		.len = value != NULL ? strlen(value) : 0 };
	struct edit_target target = { .name = { name, strlen(name) } };
	struct buf out = { 0 }, error = { 0 };
	struct edit edit = { 0 };
	size_t len = strlen(record);
	char *copy = malloc(len > 0 ? len : 1);
	const char *rule, *why;
	struct table *t = payload != NULL ? table_parse(payload, strlen(payload), &rule) : NULL;

	memcpy(copy, record, len);
	if (t != NULL && t->named) {
		int64_t column = table_column(t, name, strlen(name));

		target.columns = t->count;
		target.column = column >= 0 ? (size_t)column : t->count;
	}
	CHECK(edit_bind(&edit, t, &error) == 0 && error.len == 0);
	why = what == SET ? edit_set(&edit, &target, copy, len, &result, &out) :
			    edit_drop(&edit, &target, copy, len, &out);
	if (why != NULL) {
		out.len = 0;
		(void)buf_addf(&out, "!%s", why);
	}
	if (strcmp(buf_string(&out), want) != 0)
		printf("line %d: %s\n", line, buf_string(&out));
	CHECK(strcmp(buf_string(&out), want) == 0);
	edit_free(&edit);
	table_drop(t);
	buf_free(&out);
	free(copy);
}

#define SETS(payload, name, record, value, want) edits_at(__LINE__, SET, payload, name, record, value, want)
#define DROPS(payload, name, record, want) edits_at(__LINE__, DROP, payload, name, record, NULL, want)

static void
columns(void)
{
	SETS(CSV, "b", "1,2,3", "x", "1,x,3");
	SETS(CSV, "b", "1,\"2,\",3", "x,y", "1,\"x,y\",3");
	SETS(CSV, "c", "1,2,3", NULL, "1,2,");
	SETS(CSV, "a", "1", "", "\"\"");
	SETS(CSV, "b", "1", "x", "1,x");
	SETS(CSV, "c", "1", "x", "1,,x");
	SETS(CSV, "c", "", "x", ",,x");
	SETS(CSV, "d", "1,2,3", "x", "1,2,3,x");
	SETS(CSV, "d", "1", "x", "1,,,x");
	SETS(CSV, "d", "1", NULL, "1,,,");
	SETS(CSV, "d", "1,2,3,4", "x", "!it has more fields than its table has columns");
	SETS(CSV, "d", "1,2,\"3", "x", "!it has a quote that is never closed, and other fields would follow");
	SETS(CSV, "b", "1,2,3,4", "x", "1,x,3,4");
	SETS(TSV, "b", "1\t2\t3", "\"x\"", "1\t\"x\"\t3");
	SETS(TSV, "b", "1\t2\t3", "x\ty", "!it has the separator of the table, or a line's end, in it");
	SETS(COLONS, "b", "1::2::3", "x", "1::x::3");
	SETS(COLONS, "b", "1::2::3", "x:", "!it ends with a part of the table's separator");
	SETS(COLONS, "c", "1::2::3", "x:", "1::2::x:");
	SETS(BLANKS, "a", " 1  2 3 4", "x", " x  2 3 4");
	SETS(BLANKS, "c", " 1  2 3 4", "x y", " 1  2 x y");
	SETS(BLANKS, "b", "1", "x", "1 x");
	SETS(BLANKS, "c", "1", "x", "!it has too few fields, and blanks separate them: none can be empty");
	DROPS(CSV, "a", "1,2,3", "2,3");
	DROPS(CSV, "c", "1,\"2,\",3", "1,\"2,\"");
	DROPS(CSV, "c", "1", "1");
	DROPS(CSV, "a", "1", "\"\"");
	DROPS(COLONS, "b", "1::2::3", "1::3");
	DROPS(BLANKS, "a", " 1  2 3", " 2 3");
	DROPS(BLANKS, "b", "1  2", "1");
}

static void
named(void)
{
	SETS(NULL, "a", "{}", "x", "{\"a\":\"x\"}");
	SETS(NULL, "a", " { \"b\" : 1 } ", "x", " { \"b\" : 1,\"a\":\"x\" } ");
	SETS(NULL, "b", "{\"a\":1, \"b\" : {\"c\":2} , \"d\":3}", "x", "{\"a\":1, \"b\" : \"x\" , \"d\":3}");
	SETS(NULL, "b", "{\"\\u0062\":1}", "x", "{\"\\u0062\":\"x\"}");
	SETS(NULL, "b", "{\"b\":1,\"b\":2}", "x", "{\"b\":1,\"b\":\"x\"}");
	SETS(NULL, "b", "{\"a\":1,\"b\":2}", NULL, "{\"a\":1}");
	DROPS(NULL, "a", "{\"a\":1}", "{}");
	DROPS(NULL, "a", "{ \"a\":1 , \"b\":2 }", "{ \"b\":2 }");
	DROPS(NULL, "b", "{ \"a\":1 , \"b\":2 }", "{ \"a\":1 }");
	DROPS(NULL, "b", "{\"a\":1,\"b\":2,\"b\":3, \"c\":4,\"b\":5}", "{\"a\":1, \"c\":4}");
	DROPS(NULL, "b", "{\"b\":2,\"b\":3, \"c\":4}", "{\"c\":4}");
	DROPS(NULL, "x", "{\"b\":2}", "{\"b\":2}");
	SETS(LOGFMT, "a", "", "x", "a=x");
	SETS(LOGFMT, "a", "b=1", "x y", "b=1 a=\"x y\"");
	SETS(LOGFMT, "a", "a=1 a=2 b", "x", "a=1 a=x b");
	SETS(LOGFMT, "a", "a=\"1 2\" b", "x", "a=x b");
	SETS(LOGFMT, "b", "a b c=1", "x", "a b=x c=1");
	SETS(LOGFMT, "b", "a b= c=1", "x", "a b=x c=1");
	SETS(LOGFMT, "b", "a b", NULL, "a");
	DROPS(LOGFMT, "a", "a=1  b=\"x\" a", "b=\"x\"");
	SETS(FIELDS, "a", "B: 1", "x", "B: 1\na: x");
	SETS(FIELDS, "b", "B: 1\n 2\nC: 3\nb: 4", "x\n y", "B: x\n y\nC: 3\nb: 4");
	SETS(FIELDS, "d", "B: 1\r\nC: 3", "x", "B: 1\r\nC: 3\r\nd: x");
	SETS(FIELDS, "b", "B: 1\n 2\nC: 3\nb: 4", NULL, "C: 3");
	DROPS(FIELDS, "C", "B: 1\r\nc: 3\r\n 4", "B: 1");
	DROPS(FIELDS, "C", "c: 3", "!it has no other field, and a record of no fields cannot be written");
}

static void
renames(void)
{
	static const struct edit_pair pairs[] = { { { "b", 1 }, { "a", 1 } }, { { "a", 1 }, { "b", 1 } } };
	static const char *const cases[][2] = { { "{\"a\":1, \"b\" : 2}", "{\"b\":1, \"a\" : 2}" },
		{ "{\"a\":1}", "{\"b\":1}" }, { "{\"c\":1}", "{\"c\":1}" }, { "{}", "{}" } };
	struct buf out = { 0 }, error = { 0 };
	struct edit edit = { 0 };

	CHECK(edit_bind(&edit, NULL, &error) == 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		out.len = 0;
		CHECK(edit_rename(&edit, pairs, 2, cases[i][0], strlen(cases[i][0]), &out) == NULL);
		CHECK(strcmp(buf_string(&out), cases[i][1]) == 0);
	}
	CHECK(edit_rename(&edit, pairs, 1, "{\"a\":1,\"b\":2}", 13, &out) != NULL);
	out.len = 0;
	CHECK(edit_rename(&edit, pairs, 1, "{\"b\":2}", 7, &out) == NULL);
	CHECK(strcmp(buf_string(&out), "{\"b\":2}") == 0);
	edit_free(&edit);
	buf_free(&out);
}

int
main(void)
{
	columns();
	named();
	renames();
	return unit_end("edit");
}
