/*
 * Records made of parts: by the table of the records that are read (as its payload), the names of
 * the parts, and values of each kind, the record that comes out and its table, or why there is
 * none.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/status.h"
#include "change/row.h"
#include "match/csvfield.h"
#include "unit/unit.h"

enum { PARTS = 8 };

#define CSV "{\"framing\":\"csv\"}\n"
#define TSV "{\"framing\":\"tsv\"}\n"
#define COLONS "{\"framing\":\"lines\",\"separator\":\"::\"}\n"
#define BLANKS "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\n"
#define LOGFMT "{\"framing\":\"logfmt\"}\n"
#define FIELDS "{\"framing\":\"fields\"}\n"
#define MAIL "{\"framing\":\"fields:mail\"}\n"
#define LDIF "{\"framing\":\"fields:ldif\"}\n"
#define AVRO "{\"framing\":\"json\",\"columns\":[\"a\",\"b\"]}\n"

static const char *minus_o; /* -O */
static int csv;

/* Divides text at each bar. Returns how many parts there are; one that is a hyphen has no data. */
static size_t
divide(const char *text, struct range_view parts[PARTS])
{
	size_t n = 0;

	while (*text != '\0' && n < PARTS) {
		size_t len = strcspn(text, "|");

		parts[n].data = len == 1 && *text == '-' ? NULL : text;
		parts[n++].len = len;
		text += len + (text[len] == '|');
	}
	return n;
}

static void
put(struct row *r, const struct range_view *v)
{
	const char *data = v->data != NULL ? v->data + 2 : NULL;
	size_t len = v->len - 2;

	if (data == NULL)
		row_absent(r);
	else if (*v->data == 's')
		row_string(r, data, len);
	else if (*v->data == 'f')
		row_field(r, data, len);
	else if (*v->data == 'j')
		row_json(r, data, len);
	else
		row_raw(r, data, len);
}

static struct table *
parse(const char *payload)
{
	const char *rule;
	struct table *t = payload != NULL ? table_parse(payload, strlen(payload), &rule) : NULL;

	CHECK((t != NULL) == (payload != NULL));
	return t;
}

/* values: KIND:VALUE|KIND:VALUE. The record, the table's payload, are as wanted. */
static void
makes_at(int line, const char *payload, const char *names, const char *values, const char *want, const char *declared)
{
	struct range_view name[PARTS], value[PARTS];
	struct row_shape shape = { .names = name,
		.count = divide(names, name),
		.separator = minus_o,
		.separator_len = minus_o != NULL ? strlen(minus_o) : 0,
		.between = csv ? "," : "\t",
		.between_len = 1,
		.csv = csv };
	struct table *t = parse(payload);
	struct row r = { 0 };
	struct buf error = { 0 }, out = { 0 };
	const char *wrong;
	int status;

	CHECK(buf_adds(&out, "before") == 0);
	if ((status = row_bind(&r, &shape, t, &error)) != 0) {
		CHECK(r.table == NULL);
		(void)buf_addf(&out, "%d %s", status, buf_string(&error));
	} else {
		CHECK(divide(values, value) == shape.count);
		row_begin(&r, &out);
		for (size_t i = 0; i < shape.count; i++)
			put(&r, &value[i]);
		if ((wrong = row_end(&r)) != NULL) {
			CHECK(strcmp(buf_string(&out), "before") == 0 && r.wrong_part <= r.count);
			(void)buf_addf(&out, "%zu %s", r.wrong_part, wrong);
		}
	}
	if (strcmp(buf_string(&out) + 6, want) != 0)
		printf("line %d: %s\n", line, out.data + 6);
	CHECK(strcmp(out.data + 6, want) == 0);
	if (status == 0 && declared != NULL) {
		if (r.table == NULL || r.table->len != strlen(declared) ||
		    memcmp(r.table->payload, declared, r.table->len) != 0)
			printf("line %d: the table is %.*s\n", line, r.table != NULL ? (int)r.table->len : 4,
			    r.table != NULL ? r.table->payload : "none");
		CHECK(r.table != NULL && r.table->len == strlen(declared) &&
		    memcmp(r.table->payload, declared, r.table->len) == 0);
	} else {
		CHECK(r.table == NULL);
	}
	row_free(&r);
	table_drop(t);
	buf_free(&error);
	buf_free(&out);
}

#define MAKES(payload, names, values, want, declared) makes_at(__LINE__, payload, names, values, want, declared)

static void
columns(void)
{
	MAKES(CSV "id,price\n", "price|id", "s:5|s:7", "5,7", CSV "price,id\n");
	MAKES(CSV "id,price\r\n", "price", "s:5", "5", CSV "price\r\n");
	MAKES(CSV "\xEF\xBB\xBFid,price\n", "id|x", "s:5|s:6", "5,6", CSV "id,x\n");
	MAKES(CSV "\xEF\xBB\xBF\"id\",price\n", "id|price", "s:5|s:6", "5,6", CSV "\xEF\xBB\xBF\"id\",price\n");
	MAKES(CSV "id\n", "unit, price|a\"b", "s:5|s:6", "5,6", CSV "\"unit, price\",\"a\"\"b\"\n");
	MAKES(CSV "id\n", "a|b|c", "s:x,y|s:a\"b|s:1\n2", "\"x,y\",\"a\"\"b\",\"1\n2\"", CSV "a,b,c\n");
	MAKES(CSV "id\n", "a|b|c", "-|j:null|s:", ",,", CSV "a,b,c\n");
	MAKES(CSV "id\n", "a|b", "s:a long value, which has a comma|s:a long value without a comma",
	    "\"a long value, which has a comma\",a long value without a comma", CSV "a,b\n");
	MAKES(CSV "id\n", "a", "-", "\"\"", CSV "a\n");
	MAKES(CSV "id\n", "a", "s:", "\"\"", CSV "a\n");
	MAKES(CSV, "-|-", "s:1|r:\"x\"", "1,\"x\"", CSV);
	MAKES(CSV "id\n", "a|b", "r:\"x|r:\"y", "\"x\",\"y", CSV "a,b\n");
	MAKES(CSV "id\n", "a|b|c|d", "j:{\"k\": \"v\"}|j:[1, 2]|j:\"a\\u0041\\n\"|j:1.50",
	    "\"{\"\"k\"\":\"\"v\"\"}\",\"[1,2]\",\"aA\n\",1.50", CSV "a,b,c,d\n");
	MAKES("{\"framing\":\"csv:;\"}\nid;x\n", "x", "s:a;b,c", "\"a;b,c\"", "{\"framing\":\"csv:;\"}\nx\n");
	MAKES(TSV "id\tx\n", "x|y", "s:a\"b|r:\"c", "a\"b\t\"c", TSV "x\ty\n");
	MAKES(TSV "id\tx\n", "x|y", "s:1|s:a\tb", "1 it has the separator of the table, or a line's end, in it",
	    TSV "x\ty\n");
	MAKES(COLONS "a::b\n", "b|c", "s:x:y|s:z", "x:y::z", COLONS "b::c\n");
	MAKES(COLONS "a::b\n", "b|c", "r:x:|s:z", "0 it ends with a part of the table's separator", COLONS "b::c\n");
	MAKES(COLONS "a::b\n", "b|c", "s:z|r:x:", "z::x:", COLONS "b::c\n");
	MAKES("{\"framing\":\"lines\"}\na\n", "b", "s:z", "z", "{\"framing\":\"lines\"}\nb\n");
	MAKES("{\"framing\":\"lines\"}\na\n", "b|c", "", "65 its table has no separator, and so one column", NULL);
	MAKES("{\"framing\":\"csv\",\"columns\":[\"a\",\"b\"]}\n", "b|c", "s:1|s:2", "1,2",
	    "{\"framing\":\"csv\",\"columns\":[\"b\",\"c\"]}\n");

	MAKES(CSV "id\n", "a|b|a", "", "65 two results are called \"a\"", NULL);
	MAKES(TSV "id\n", "a\tb", "",
	    "65 a column cannot be called \"a\\tb\": the table's separator, or a line's end, is in it", NULL);
	minus_o = ";";
	MAKES(CSV "id\n", "a", "", "65 -O: the table has its separator", NULL);
	minus_o = NULL;

	MAKES(BLANKS "a b c\n", "c|b", "s:x|s:y z", "x y z", BLANKS "c b\n");
	MAKES(BLANKS "a b c\n", "c|b", "s:x y|s:z",
	    "0 fields between blanks cannot be empty or have a blank in them, but for the last one", BLANKS "c b\n");
	MAKES(BLANKS "a b c\n", "c|b", "-|s:z",
	    "0 fields between blanks cannot be empty or have a blank in them, but for the last one", BLANKS "c b\n");
	MAKES(BLANKS "a b\n", "a b|c", "", "65 a column cannot be called \"a b\": blanks separate the table's columns",
	    NULL);
	MAKES("{\"framing\":\"teleprinter\"}\n", "a", "", "65 the columns of teleprinter are not known here", NULL);
}

static void
json(void)
{
	MAKES(NULL, "a|b", "s:1|f:1", "{\"a\":\"1\",\"b\":1}", NULL);
	MAKES(NULL, "a|b|c", "-|j:null|-", "{\"b\":null}", NULL);
	MAKES(NULL, "a", "-", "{}", NULL);
	MAKES(NULL, "a|b", "f:007|f:-0.5e+3", "{\"a\":\"007\",\"b\":-0.5e+3}", NULL);
	MAKES(NULL, "a|b|c|d|e", "f:1.|f:.5|f:|f:true|f:+1",
	    "{\"a\":\"1.\",\"b\":\".5\",\"c\":\"\",\"d\":\"true\",\"e\":\"+1\"}", NULL);
	MAKES(NULL, "a|b|c", "f:0|f:-0|f:1e5", "{\"a\":0,\"b\":-0,\"c\":1e5}", NULL);
	MAKES(NULL, "a|b|c", "f:-|f:1e|f: 1", "{\"a\":\"-\",\"b\":\"1e\",\"c\":\" 1\"}", NULL);
	MAKES(NULL, "a\"b|c", "s:x\"y\\z\n\x01|s:\xC3\xA9", "{\"a\\\"b\":\"x\\\"y\\\\z\\n\\u0001\",\"c\":\"\xC3\xA9\"}",
	    NULL);
	MAKES(NULL, "a|b", "j:{\"x\": [1,\n2]}|r:\"y\\u00e9\"", "{\"a\":{\"x\":[1,2]},\"b\":\"y\\u00e9\"}", NULL);
	MAKES(NULL, "a|b", "s:a long text with an odd \xFF byte in it|s:x", "0 JSON cannot hold it: it is not UTF-8",
	    NULL);
	MAKES(NULL, "a|b|a", "", "65 two results are called \"a\"", NULL);
	MAKES(NULL, "a|-", "",
	    "64 without a table, parts by name (.id) make JSON, and others (w2, f3) make text: "
	    "all of one kind are expected",
	    NULL);
	MAKES(AVRO, "b|c", "j:1|s:x", "{\"b\":1,\"c\":\"x\"}", "{\"framing\":\"json\",\"columns\":[\"b\",\"c\"]}\n");
	minus_o = ";";
	MAKES(NULL, "a|b", "", "64 -O: parts by name (.id) make JSON, which has its separators", NULL);
	minus_o = NULL;
}

static void
text(void)
{
	MAKES(NULL, "-|-|-", "s:a\tb|-|j:{\"a\": 1}", "a\tb\t\t{\"a\":1}", NULL);
	minus_o = "; ";
	MAKES(NULL, "-|-", "s:a|j:\"b\\n\"", "a; b\n", NULL);
	csv = 1;
	MAKES(NULL, "-|-", "s:a,b|s:c", "a,b; c", NULL);
	minus_o = NULL;
	MAKES(NULL, "-|-", "s:a,b|s:c", "\"a,b\",c", NULL);
	csv = 0;
}

static void
named(void)
{
	MAKES(LOGFMT, "a|b", "s:1|s:x y", "a=1 b=\"x y\"", LOGFMT);
	MAKES(LOGFMT, "a|b|c", "-|s:|s:x\"y\n", "b=\"\" c=\"x\\\"y\\n\"", LOGFMT);
	MAKES(LOGFMT, "a|b", "r:\"x\"|s:\xFF", "a=\"x\" b=\xFF", LOGFMT);
	MAKES(LOGFMT, "a|b", "s:\xFF |s:1", "0 logfmt cannot hold it: it is not UTF-8, and needs quotes", LOGFMT);
	MAKES(LOGFMT, "a b", "", "65 a column cannot be called \"a b\": it is no key of logfmt", NULL);
	MAKES(LOGFMT, "a|-", "", "65 the records are logfmt, and their parts have names: .name", NULL);
	MAKES(FIELDS, "Name|Long text|b", "s:x|s:1\n 2|-", "Name: x\nLong text: 1\n 2", FIELDS);
	MAKES(FIELDS, "a|b", "s:|r: raw", "a:\nb: raw", FIELDS);
	MAKES(FIELDS, "a", "s:1\n2", "0 a field of the table's format cannot hold it", FIELDS);
	MAKES(FIELDS, "a", "s:1\n ", "0 a field of the table's format cannot hold it", FIELDS);
	MAKES(FIELDS, "a", "s:1\n \n 2", "0 a field of the table's format cannot hold it", FIELDS);
	MAKES(FIELDS, "a", "s: x", "0 a field of the table's format cannot hold it", FIELDS);
	MAKES(FIELDS, "a|b", "-|-", "2 it has none of the fields, and a record of no fields cannot be written", FIELDS);
	MAKES(FIELDS, "a:b", "", "65 a column cannot be called \"a:b\": it is no name of a field", NULL);
	MAKES(MAIL, "a", "s:1\n 2", "0 a field of the table's format cannot hold it", MAIL);
	MAKES(LDIF, "a|b|c|d", "s:x|s: x|s:1\n2|s:", "a: x\nb:: IHg=\nc:: MQoy\nd:", LDIF);
}

/* Values of expressions, each in the three usual forms. */
static void
results(void)
{
	static const struct {
		struct expr_result result;
		const char *csv, *json;
	} all[] = {
		{ { .gives = EXPR_GIVES_NOTHING }, "", "{}" },
		{ { .gives = EXPR_GIVES_NULL }, "", "{\"a\":null}" },
		{ { .gives = EXPR_GIVES_BOOL, .number = 1, .text = "1", .len = 1 }, "1", "{\"a\":true}" },
		{ { .gives = EXPR_GIVES_BOOL, .number = 0, .text = "false", .len = 5 }, "false", "{\"a\":false}" },
		{ { .gives = EXPR_GIVES_NUMBER, .number = 0.5 }, "0.5", "{\"a\":0.5}" },
		{ { .gives = EXPR_GIVES_NUMBER, .number = 1.5, .text = "1.50", .len = 4 }, "1.50", "{\"a\":1.50}" },
		{ { .gives = EXPR_GIVES_NUMBER, .number = HUGE_VAL }, "inf", "it is no number that JSON has" },
		{ { .gives = EXPR_GIVES_FIELD, .text = "07", .len = 2 }, "07", "{\"a\":\"07\"}" },
		{ { .gives = EXPR_GIVES_FIELD, .text = "7", .len = 1 }, "7", "{\"a\":7}" },
		{ { .gives = EXPR_GIVES_TEXT, .text = "7,", .len = 2 }, "\"7,\"", "{\"a\":\"7,\"}" },
		{ { .gives = EXPR_GIVES_JSON, .text = "[1, 2]", .len = 6 }, "\"[1,2]\"", "{\"a\":[1,2]}" },
	};
	struct range_view name = { "a", 1 };
	struct row_shape shape = { .names = &name, .count = 1 };

	for (size_t i = 0; i < 2 * sizeof all / sizeof all[0]; i++) {
		struct table *t = i & 1 ? NULL : parse(CSV "b,a\n");
		struct row r = { 0 }, like = { 0 };
		struct buf out = { 0 }, value = { 0 }, error = { 0 };
		const char *want = i & 1 ? all[i / 2].json : all[i / 2].csv, *wrong;

		CHECK(row_bind(&r, &shape, t, &error) == 0 && row_like(&like, t, &error) == 0 && error.len == 0);
		CHECK(like.table == t);
		row_begin(&r, &out);
		row_result(&r, &all[i / 2].result);
		if ((wrong = row_end(&r)) != NULL)
			(void)buf_adds(&out, wrong);
		if (*want == '\0')
			want = "\"\"";
		if (strcmp(buf_string(&out), want) != 0)
			printf("result %zu: %s\n", i, buf_string(&out));
		CHECK(strcmp(buf_string(&out), want) == 0);
		wrong = row_value(&like, &all[i / 2].result, 0, &value);
		if (wrong == NULL && value.len > 0)
			CHECK(memmem(out.data, out.len, value.data, value.len) != NULL);
		row_free(&r);
		row_free(&like);
		table_drop(t);
		buf_free(&out);
		buf_free(&value);
		buf_free(&error);
	}
}

/* Rows of random fields are read as what they were made of. */
static void
random_rows(void)
{
	static const char bytes[] = "ab,\"\n\r ;\t\xC3\xA9";
	struct range_view name[PARTS] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
	struct row_shape shape = { .names = name, .count = 3 };
	struct table *t = parse(CSV "x\n");
	struct row r = { 0 };
	struct buf error = { 0 }, out = { 0 }, scratch = { 0 };

	CHECK(row_bind(&r, &shape, t, &error) == 0);
	while (unit_round())
		for (int i = 0; i < 2000; i++) {
			char values[3][40];
			size_t lens[3];
			const char *p;

			out.len = 0;
			row_begin(&r, &out);
			for (size_t k = 0; k < 3; k++) {
				lens[k] = unit_random(40);
				for (size_t n = 0; n < lens[k]; n++)
					values[k][n] = bytes[unit_random(unit_random(2) ? 2 : sizeof bytes)];
				row_string(&r, values[k], lens[k]);
			}
			CHECK(row_end(&r) == NULL);
			p = out.data;
			for (size_t k = 0; k < 3; k++) {
				const char *stop = csvfield_end(p, out.data + out.len, ",", 1);
				struct range_view v = { p, (size_t)(stop - p) };

				CHECK(csvfield_value(&v, &scratch) == 1);
				CHECK(v.len == lens[k] && memcmp(v.data, values[k], v.len) == 0);
				CHECK((k == 2) == (stop == out.data + out.len));
				p = stop + 1;
			}
		}
	row_free(&r);
	table_drop(t);
	buf_free(&error);
	buf_free(&out);
	buf_free(&scratch);
}

int
main(void)
{
	columns();
	json();
	text();
	named();
	results();
	random_rows();
	return unit_end("row");
}
