/*
 * table: payloads that are tables, and payloads that are none, each with the rule; tables that are
 * made of parts; equal tables and how others differ; columns, names and fields.
 */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "match/table.h"
#include "record/block.h"
#include "unit/unit.h"

#define TEXT(s) s, sizeof s - 1

/* A payload ends before the end of its memory: a sanitizer sees what is read after it. */
static struct table *
parse(const char *payload, size_t len, const char **rule)
{
	char *exact = malloc(len > 0 ? len : 1);
	struct table *t;

	if (exact == NULL)
		abort();
	if (len > 0)
		memcpy(exact, payload, len);
	t = table_parse(exact, len, rule);
	free(exact); /* the payload is copied */
	return t;
}

/* Returns a table of a good payload, a string. */
static struct table *
good(const char *payload)
{
	const char *rule;
	struct table *t = parse(payload, strlen(payload), &rule);

	if (t == NULL) {
		printf("%s: %s\n", payload, rule != NULL ? rule : strerror(errno));
		abort();
	}
	return t;
}

static int
refused(const char *payload, size_t len, const char *want)
{
	const char *rule = "";
	struct table *t = parse(payload, len, &rule);
	int right = t == NULL && rule != NULL && strcmp(rule, want) == 0;

	if (!right)
		printf("%s: %s\n  wanted: %s\n", payload,
		    t != NULL        ? "a table" :
			rule != NULL ? rule :
				       "no memory",
		    want);
	table_drop(t);
	return right;
}

/* Returns 1 if a payload is a table with these names, a bar after each; "-": without names. */
static int
names_are(const char *payload, size_t len, const char *want)
{
	const char *rule;
	struct table *t = parse(payload, len, &rule);
	struct buf got = { 0 };
	int right;

	if (t == NULL) {
		printf("%s: %s\n", payload, rule != NULL ? rule : "no memory");
		return 0;
	}
	for (size_t i = 0; i < t->count; i++) {
		buf_add(&got, t->names[i].data, t->names[i].len);
		buf_addc(&got, '|');
	}
	if (!t->named)
		buf_adds(&got, "-");
	right = strcmp(buf_string(&got), want) == 0;
	if (!right)
		printf("%s: %s\n  wanted: %s\n", payload, buf_string(&got), want);
	buf_free(&got);
	table_drop(t);
	return right;
}

#define NAMES(payload, want) CHECK(names_are(TEXT(payload), want))
#define REFUSED(payload, rule) CHECK(refused(TEXT(payload), rule))

/* ---- what is a table ---- */

static void
headers(void)
{
	NAMES("{\"framing\":\"csv\"}\nid,price\n", "id|price|");
	NAMES("{\"framing\":\"csv\"}\nid,price", "id|price|");
	NAMES("{\"framing\":\"csv\"}\nid,price\r\n", "id|price|");
	NAMES("{\"framing\":\"csv\"}\n", "-");
	/* Quotes, also doubled; separators, ends of rows and text after the closing quote. */
	NAMES("{\"framing\":\"csv\"}\n\"id\",\"unit, price\",\"a\"\"b\",\"c\"d,\"x\r\ny\"\r\n",
	    "id|unit, price|a\"b|cd|x\r\ny|");
	NAMES("{\"framing\":\"csv\"}\n\"\",,a,\n", "||a||");
	NAMES("{\"framing\":\"csv\"}\n\"\"\n", "|");
	NAMES("{\"framing\":\"csv\"}\n,\n", "||");
	/* The byte order mark is not part of the first name, quoted or not. */
	NAMES("{\"framing\":\"csv\"}\n\xEF\xBB\xBFid,b\n", "id|b|");
	NAMES("{\"framing\":\"csv\"}\n\xEF\xBB\xBF\"id\",b\n", "id|b|");
	NAMES("{\"framing\":\"csv\"}\nid,\xEF\xBB\xBF" "b\n", "id|\xEF\xBB\xBF" "b|");
	/* Latin-1 keeps its bytes; blanks count. */
	NAMES("{\"framing\":\"csv\"}\nPreis \xA4,Stra\xDF" "e\n", "Preis \xA4|Stra\xDF" "e|");
	NAMES("{\"framing\":\"csv:;\"}\na,b;c\n", "a,b|c|");
	NAMES("{\"framing\":\"csv:\\\\t\"}\na\tb\n", "a|b|");
	NAMES("{\"framing\":\"csv:\\\\x3b\"}\na;b\n", "a|b|");
	NAMES("{\"framing\":\"csv-crlf\"}\na,b\r\n", "a|b|");
	NAMES("{\"framing\":\"csv-crlf:;\"}\na;b\r\n", "a|b|");
	NAMES("{\"framing\":\"tsv\"}\na b\t\"c\"\t\n", "a b|\"c\"||");
	NAMES("{\"framing\":\"lines\"}\na b\n", "a b|");
	NAMES("{\"framing\":\"lines\",\"separator\":\";\"}\na;b;;c\r\n", "a|b||c|");
	NAMES("{\"framing\":\"lines\",\"separator\":\"\\u20ac\"}\na\xE2\x82\xAC" "b\n", "a|b|");
	NAMES("{\"framing\":\"lines\",\"separator\":\"aa\"}\nxaaayaa\n", "x|ay||");
	NAMES("{\"framing\":\"paragraphs\",\"separator\":\"WORDS\"}\nUSER\nPID \n CMD\n", "USER|PID|CMD|");
	NAMES("{\"framing\":\"lines\",\"separator\":\"WORDS\"}\n  USER \t PID  COMMAND LINE  \n",
	    "USER|PID|COMMAND|LINE|");
	NAMES("{\"framing\":\"nul\",\"separator\":\";\"}\na;b\n\0", "a|b\n|");
	NAMES("{\"framing\":\"nul\",\"separator\":\";\"}\na;b", "a|b|");
	NAMES("{\"framing\":\"delim:--\",\"separator\":\";\"}\na;b--", "a|b|");
	NAMES("{\"framing\":\"delim:--\",\"separator\":\";\"}\na;b-", "a|b-|");
	NAMES("{\"framing\":\"delim:\\\\r\",\"separator\":\";\"}\na;b\r", "a|b|");
	NAMES("{\"framing\":\"fixed:4\",\"separator\":\";\"}\na;b\n", "a|b\n|");
	/* Names without a header, and what only other versions know. */
	NAMES(
	    "{\"framing\":\"json\",\"columns\":[\"id\",\"a \\\"b\\\"\",\"\",\"\\u00e4\"]}\n", "id|a \"b\"||\xC3\xA4|");
	NAMES("{\"framing\":\"csv\",\"columns\":[\"a,b\",\"c\"]}\n", "a,b|c|");
	NAMES("{\"framing\":\"csv\",\"unit\":{\"price\":[1,\"EUR\",null]},\"n\":1,\"t\":true,\"x\":-0.5e3}\na\n", "a|");
	NAMES("{\"n\":12,\"framing\":\"csv\",\"s\":\"}\"}\na\n", "a|");
	NAMES("{\"framing\":\"csv\",\"framing\\u0000\":\"tsv\"}\na,b\n", "a|b|");
	NAMES("{\"framing\":\"avro-next:x\"}\nwhatever,it is", "-");
	NAMES("{\"fram\\u0069ng\":\"csv\"}\na\n", "a|");
}

static void
hostile_names(void)
{
	static const char payload[] = "{\"framing\":\"csv\"}\n\033[2J,\"a\0b\",\"\"\"\",\x9b\n";
	const char *rule;
	struct table *t = parse(TEXT(payload), &rule);
	struct buf out = { 0 };

	CHECK(t != NULL && t->count == 4);
	if (t == NULL)
		return;
	CHECK(t->names[1].len == 3 && memcmp(t->names[1].data, "a\0b", 3) == 0);
	CHECK(
	    table_column(t, "a\0b", 3) == 1 && table_column(t, "a", 1) == TABLE_NONE && table_column(t, "\"", 1) == 2);
	CHECK(table_names(t, &out) == 0 && strcmp(buf_string(&out), "\"\\u001b[2J\", \"a\\u0000b\", \"\\\"\", \\x9B") == 0);
	buf_free(&out);
	table_drop(t);
}

/* Puts a header or a list of that many columns; with a longer last name to come to that length. */
static struct buf
wide(int listed, size_t columns, size_t len)
{
	struct buf b = { 0 };

	(void)buf_adds(&b, listed ? "{\"framing\":\"json\",\"columns\":[" : "{\"framing\":\"csv\"}\n");
	for (size_t i = 0; i < columns; i++)
		(void)buf_addf(&b, listed ? "%s\"%zx\"" : "%s%zx", i > 0 ? "," : "", i);
	if (listed)
		(void)buf_adds(&b, "]}\n");
	while (b.len < len)
		(void)buf_addc(&b, 'x');
	return b;
}

static void
limits(void)
{
	static const char many[] = "the table has more than 65536 columns", large[] = "the table is larger than 1 MiB";

	for (int listed = 0; listed < 2; listed++) {
		struct buf b = wide(listed, TABLE_COLUMNS_MAX, 0);
		const char *rule;
		struct table *t = parse(b.data, b.len, &rule);

		CHECK(t != NULL && t->count == 65536);
		if (t != NULL)
			CHECK(table_column(t, "ffff", 4) == 65535 && table_column(t, "0", 1) == 0 &&
			    table_column(t, "10000", 5) == TABLE_NONE);
		table_drop(t);
		buf_free(&b);
		b = wide(listed, TABLE_COLUMNS_MAX + 1, 0);
		CHECK(refused(b.data, b.len, many));
		buf_free(&b);
	}
	for (size_t more = 0; more < 2; more++) {
		struct buf b = wide(0, 10000, BLOCK_TABLE_MAX + more);
		const char *rule;
		struct table *t = parse(b.data, b.len, &rule);

		CHECK(b.len == BLOCK_TABLE_MAX + more);
		CHECK(more == 0 ? t != NULL && t->count == 10000 && t->len == BLOCK_TABLE_MAX :
				  t == NULL && strcmp(rule, large) == 0);
		table_drop(t);
		buf_free(&b);
	}
}

static void
none(void)
{
	static const char no_object[] = "the table's first line is no JSON object",
			  blanks[] = "the table's first line has blanks",
			  columns[] = "the table's columns are no array of strings",
			  twice[] = "the table says the same thing twice",
			  separator[] = "the separator of the table's framing is none",
			  besides[] = "the table has a separator besides that of its framing",
			  name[] = "the table's framing has no name", row[] = "the table's header is not one row";
	struct buf deep = { 0 };

	REFUSED("", "the table is empty");
	REFUSED("{\"framing\":\"csv\"}", "the table has no line of JSON");
	REFUSED("id,price", "the table has no line of JSON");
	REFUSED("\n", no_object);
	REFUSED("id,price\n", no_object);
	REFUSED("[\"framing\"]\n", no_object);
	REFUSED("\"framing\"\n", no_object);
	REFUSED("{\"framing\":\"csv\"\na,b\n", no_object);
	REFUSED("{\"framing\":\"csv\"}}\na\n", no_object);
	REFUSED("{\"framing\":\"csv\"},\na\n", no_object);
	REFUSED("{\"framing\":\"csv\",}\na\n", no_object);
	REFUSED("{\"framing\":\"c\nsv\"}\na\n", no_object);
	REFUSED("{\"framing\":\"\xFF\"}\na\n", no_object);
	REFUSED("{\"framing\":\"csv\",\"x\":01}\na\n", no_object);
	REFUSED("\xEF\xBB\xBF{\"framing\":\"csv\"}\na\n", no_object);
	REFUSED("{\"framing\":\"csv\"}\r\na\n", no_object);
	REFUSED("{\"framing\": \"csv\"}\na\n", blanks);
	REFUSED("{\"framing\":\"csv\",\t\"n\":1}\na\n", blanks);
	REFUSED("{\"framing\"\r:\"csv\"}\na\n", blanks);
	REFUSED("{}\na\n", "the table names no framing");
	REFUSED("{\"separator\":\";\"}\na\n", "the table names no framing");
	REFUSED("{\"framing\":5}\na\n", "the table's framing is no text");
	REFUSED("{\"framing\":null}\na\n", "the table's framing is no text");
	REFUSED("{\"framing\":\"\"}\na\n", "the table's framing is no text");
	REFUSED("{\"framing\":\"csv\\u0000\"}\na\n", "the table's framing is no text");
	REFUSED("{\"framing\":\"csv\\u001b\"}\na\n", "the table's framing has a control byte");
	REFUSED("{\"framing\":\"csv:\\u007f\"}\na\n", "the table's framing has a control byte");
	REFUSED("{\"framing\":\"csv \"}\na\n", name);
	REFUSED("{\"framing\":\":;\"}\na\n", name);
	REFUSED("{\"framing\":\"\\u009b31m\"}\na\n", name);
	REFUSED("{\"framing\":\"abcdefghijklmnopqrstuvwxyzabcdefg\"}\na\n", name);
	REFUSED("{\"framing\":\"lines\",\"separator\":7}\na\n", "the table's separator is no text");
	REFUSED("{\"framing\":\"lines\",\"separator\":\"\"}\na\n", "the table's separator is no text");
	REFUSED("{\"framing\":\"lines\",\"separator\":\"a\\u0000\"}\na\n", "the table's separator is no text");
	REFUSED("{\"framing\":\"csv\",\"framing\":\"csv\"}\na\n", twice);
	REFUSED("{\"framing\":\"lines\",\"separator\":\";\",\"separator\":\";\"}\na\n", twice);
	REFUSED("{\"framing\":\"json\",\"columns\":[\"a\"],\"columns\":[\"a\"]}\n", twice);
	REFUSED("{\"framing\":\"csv:\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:ab\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:\\\"\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:\\\\n\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:\\\\r\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:\\\\q\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:\\\\0\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv:\\u20ac\"}\na\n", separator);
	REFUSED("{\"framing\":\"csv\",\"separator\":\";\"}\na\n", besides);
	REFUSED("{\"framing\":\"tsv\",\"separator\":\";\"}\na\n", besides);
	REFUSED("{\"framing\":\"json\",\"separator\":\";\",\"columns\":[\"a\"]}\n", besides);
	REFUSED("{\"framing\":\"delim:\",\"separator\":\";\"}\na\n", "the delimiter of the table's framing is none");
	REFUSED(
	    "{\"framing\":\"delim:\\\\q\",\"separator\":\";\"}\na\n", "the delimiter of the table's framing is none");
	REFUSED("{\"framing\":\"csv\"}\n\n", "the table's header is empty");
	REFUSED("{\"framing\":\"csv\"}\n\r\n", "the table's header is empty");
	REFUSED("{\"framing\":\"csv\"}\n\xEF\xBB\xBF\n", "the table's header is empty");
	REFUSED("{\"framing\":\"csv\"}\n\xEF\xBB\xBF", "the table's header is empty");
	REFUSED("{\"framing\":\"csv\"}\na,b\n1,2\n", row);
	REFUSED("{\"framing\":\"csv\"}\na,b\n\n", row);
	REFUSED("{\"framing\":\"csv\"}\n\"a,b\n", row);
	REFUSED("{\"framing\":\"csv\"}\na,\"b\"\"\n", row);
	REFUSED("{\"framing\":\"csv\"}\na,\"b\"\nc,\"d\"\n", row);
	REFUSED("{\"framing\":\"tsv\"}\na\n1\n", row);
	REFUSED("{\"framing\":\"lines\",\"separator\":\";\"}\na;b\n1;2\n", row);
	REFUSED("{\"framing\":\"crlf\",\"separator\":\";\"}\na;b\r\n1;2\r\n", row);
	CHECK(refused("{\"framing\":\"nul\"}\na\0b\0", 22, row));
	NAMES("{\"framing\":\"csv\"}\n\"a\n\"\"b\",c\"d,\"e\"f\r\n", "a\n\"b|c\"d|ef|");
	REFUSED("{\"framing\":\"json\"}\n", "the table of JSON has no columns");
	REFUSED("{\"framing\":\"logfmt\"}\na", "the table has columns, and its records have names of their own");
	REFUSED("{\"framing\":\"fields:mail\",\"columns\":[\"a\"]}\n",
	    "the table has columns, and its records have names of their own");
	REFUSED("{\"framing\":\"json\",\"columns\":[\"a\"]}\na\n", "the table has columns and a header");
	REFUSED("{\"framing\":\"json\",\"columns\":[]}\n", "the table has no columns");
	REFUSED("{\"framing\":\"json\",\"columns\":\"a\"}\n", columns);
	REFUSED("{\"framing\":\"json\",\"columns\":{\"a\":1}}\n", columns);
	REFUSED("{\"framing\":\"json\",\"columns\":[1]}\n", columns);
	REFUSED("{\"framing\":\"json\",\"columns\":[\"a\",null]}\n", columns);
	REFUSED("{\"framing\":\"json\",\"columns\":[[\"a\"]]}\n", columns);

	/* JSON as deep as its length allows; and one bracket too few. */
	for (int short_of = 0; short_of < 2; short_of++) {
		deep.len = 0;
		(void)buf_adds(&deep, "{\"framing\":\"csv\",\"x\":");
		for (int i = 0; i < 400000; i++)
			(void)buf_addc(&deep, '[');
		for (int i = short_of; i < 400000; i++)
			(void)buf_addc(&deep, ']');
		(void)buf_adds(&deep, "}\na\n");
		if (short_of)
			CHECK(refused(deep.data, deep.len, no_object));
		else
			CHECK(names_are(deep.data, deep.len, "a|"));
	}
	buf_free(&deep);
}

/* Each beginning of a payload, and each change of a bit, is a table or is refused with a rule. */
static void
damaged(void)
{
	static const char whole[] =
	    "{\"framing\":\"lines\",\"separator\":\"\\u20ac\",\"columns\":[\"\\ud83d\\ude00\",\"b\"],\"x\":[1,{}]}\n";
	char bytes[sizeof whole];
	size_t tables = 0;

	for (size_t n = 0; n < sizeof whole; n++) {
		const char *rule = NULL;
		struct table *t = parse(whole, n, &rule);

		CHECK((t == NULL) == (n < sizeof whole - 1) && (t == NULL) == (rule != NULL));
		table_drop(t);
	}
	for (size_t bit = 0; bit < 8 * (sizeof whole - 1); bit++) {
		const char *rule = NULL;
		struct table *t;

		memcpy(bytes, whole, sizeof whole);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		t = parse(bytes, sizeof whole - 1, &rule);
		CHECK((t == NULL) == (rule != NULL));
		tables += t != NULL;
		table_drop(t);
	}
	CHECK(tables > 20);
}

static void
formats(void)
{
	static const struct {
		const char *payload;
		enum table_format format;
		const char *between, *kind;
	} is[] = {
		{ "{\"framing\":\"csv\"}\n", TABLE_CSV, ",", "CSV" },
		{ "{\"framing\":\"csv-crlf:;\"}\n", TABLE_CSV, ";", "CSV" },
		{ "{\"framing\":\"tsv\"}\n", TABLE_PLAIN, "\t", "TSV" },
		{ "{\"framing\":\"json\",\"columns\":[\"a\"]}\n", TABLE_JSON, "", "JSON" },
		{ "{\"framing\":\"lines\"}\n", TABLE_PLAIN, "", "lines" },
		{ "{\"framing\":\"delim:;\",\"separator\":\"::\"}\n", TABLE_PLAIN, "::", "delim" },
		{ "{\"framing\":\"nul\",\"separator\":\"WORDS\"}\n", TABLE_WORDS, NULL, "nul" },
		{ "{\"framing\":\"logfmt\"}\n", TABLE_LOGFMT, "", "logfmt" },
		{ "{\"framing\":\"fields\"}\n", TABLE_FIELDS, "", "fields" },
		{ "{\"framing\":\"fields:mail\"}\n", TABLE_FIELDS, "", "fields:mail" },
		{ "{\"framing\":\"fields:ldif\"}\n", TABLE_FIELDS, "", "fields:ldif" },
		{ "{\"framing\":\"fields:x\"}\n", TABLE_OTHER, NULL, "fields" },
		{ "{\"framing\":\"yaml\"}\n", TABLE_OTHER, NULL, "yaml" },
		{ "{\"framing\":\"csvx\"}\n", TABLE_OTHER, NULL, "csvx" },
	};

	for (size_t i = 0; i < sizeof is / sizeof is[0]; i++) {
		struct table *t = good(is[i].payload);

		CHECK(t->format == is[i].format && strcmp(table_kind(t), is[i].kind) == 0);
		if (is[i].between != NULL)
			CHECK(t->between_len == strlen(is[i].between) &&
			    (t->between_len == 0 || memcmp(t->between, is[i].between, t->between_len) == 0));
		CHECK(t->len == strlen(is[i].payload) && memcmp(t->payload, is[i].payload, t->len) == 0);
		table_drop(t);
	}
}

/* ---- made of parts ---- */

static int
makes(const struct table_parts *parts, const char *want)
{
	const char *rule;
	struct table *t = table_make(parts, &rule);
	int right = t != NULL && t->len == strlen(want) && memcmp(t->payload, want, t->len) == 0;

	if (!right)
		printf("%s\n", t != NULL ? t->payload : rule != NULL ? rule : "no memory");
	table_drop(t);
	return right;
}

static void
made(void)
{
	struct range_view names[] = { { TEXT("id") }, { TEXT("a \"b\"\n") }, { TEXT("\xC3\xA4") } };
	char *large = calloc(1, BLOCK_TABLE_MAX);
	const char *rule;

	CHECK(makes(&(struct table_parts){ .framing = "csv" }, "{\"framing\":\"csv\"}\n"));
	CHECK(makes(&(struct table_parts){ .framing = "csv", .header = "id,price\r\n", .header_len = 10 },
	    "{\"framing\":\"csv\"}\nid,price\r\n"));
	CHECK(makes(&(struct table_parts){ .framing = "lines", .separator = "WORDS", .header = "A B", .header_len = 3 },
	    "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\nA B"));
	CHECK(makes(&(struct table_parts){ .framing = "delim:\\\\", .separator = "\t", .names = names, .count = 3 },
	    "{\"framing\":\"delim:\\\\\\\\\",\"separator\":\"\\u0009\",\"columns\":[\"id\",\"a \\\"b\\\"\\u000a\",\"\xC3\xA4\"]}\n"));
	CHECK(makes(&(struct table_parts){ .framing = "csv", .names = names, .count = 0 }, "{\"framing\":\"csv\"}\n"));

	CHECK(table_make(&(struct table_parts){ .framing = "json" }, &rule) == NULL &&
	    strcmp(rule, "the table of JSON has no columns") == 0);
	CHECK(table_make(&(struct table_parts){ .framing = "csv", .separator = ";" }, &rule) == NULL && rule != NULL);
	CHECK(table_make(&(struct table_parts){ .framing = "csv", .header = "\n", .header_len = 1 }, &rule) == NULL &&
	    strcmp(rule, "the table's header is empty") == 0);
	CHECK(large != NULL);
	if (large != NULL)
		CHECK(table_make(
			  &(struct table_parts){ .framing = "csv", .header = large, .header_len = BLOCK_TABLE_MAX },
			  &rule) == NULL &&
		    strcmp(rule, "the table is larger than 1 MiB") == 0);
	free(large);
}

/* ---- two tables ---- */

/* Returns 1 if the tables are equal, and want is NULL; or differ in that way. */
static int
differ(const char *one, const char *two, const char *want)
{
	struct table *a = good(one), *b = good(two);
	struct buf out = { 0 };
	int right = table_equal(a, b) == (want == NULL) && table_equal(b, a) == (want == NULL);

	if (right && want != NULL) {
		right = table_difference(a, b, &out) == 0 && strcmp(buf_string(&out), want) == 0;
		if (!right)
			printf("%s\n  wanted: %s\n", buf_string(&out), want);
	}
	buf_free(&out);
	table_drop(a);
	table_drop(b);
	return right;
}

static void
two(void)
{
	static const char csv[] = "{\"framing\":\"csv\"}\nid,price\n";
	struct table *t = good(csv);

	CHECK(table_equal(t, t) && table_equal(NULL, NULL) && !table_equal(t, NULL) && !table_equal(NULL, t));
	CHECK(table_share(NULL) == NULL && table_share(t) == t);
	table_drop(t);
	CHECK(table_column(t, "price", 5) == 1);
	table_drop(t);
	table_drop(NULL);

	/* Quotes, row ends, the mark and csv-crlf do not count, nor where the names stand. */
	CHECK(differ(csv, "{\"framing\":\"csv\"}\nid,price", NULL));
	CHECK(differ(csv, "{\"framing\":\"csv\"}\n\"id\",\"price\"\r\n", NULL));
	CHECK(differ(csv, "{\"framing\":\"csv\"}\n\xEF\xBB\xBFid,price\n", NULL));
	CHECK(differ(csv, "{\"framing\":\"csv-crlf\"}\nid,price\r\n", NULL));
	CHECK(differ(csv, "{\"framing\":\"csv:,\"}\nid,price\n", NULL));
	CHECK(differ(csv, "{\"framing\":\"csv\",\"columns\":[\"id\",\"price\"]}\n", NULL));
	CHECK(differ(csv, "{\"framing\":\"csv\",\"unit\":\"EUR\"}\nid,price\n", NULL));
	CHECK(differ("{\"framing\":\"csv\"}\n", "{\"framing\":\"csv-crlf\"}\n", NULL));
	CHECK(differ("{\"framing\":\"nul\"}\na", "{\"framing\":\"nul\",\"columns\":[\"a\"]}\n", NULL));

	CHECK(differ("{\"framing\":\"csv\"}\nid,amount\n", csv, "column 2 is \"amount\", not \"price\""));
	CHECK(differ("{\"framing\":\"csv\"}\nID,price\n", csv, "column 1 is \"ID\", not \"id\""));
	CHECK(differ("{\"framing\":\"csv\"}\nprice,id\n", csv, "column 1 is \"price\", not \"id\""));
	CHECK(differ("{\"framing\":\"csv\"}\nid,price,n\n", csv, "column 3 is \"n\", and there are only 2"));
	CHECK(differ("{\"framing\":\"csv\"}\nid\n", csv, "column 2 is missing: it is \"price\""));
	CHECK(differ("{\"framing\":\"csv\"}\nid,\033[2J\n", csv, "column 2 is \"\\u001b[2J\", not \"price\""));
	CHECK(differ("{\"framing\":\"csv:;\"}\nid;price\n", csv, "its separator is \";\", not \",\""));
	CHECK(differ("{\"framing\":\"tsv\"}\nid\tprice\n", csv, "it is TSV, not CSV"));
	CHECK(differ("{\"framing\":\"json\",\"columns\":[\"id\",\"price\"]}\n", csv, "it is JSON, not CSV"));
	CHECK(differ("{\"framing\":\"csv\"}\n", csv, "its columns have no names"));
	CHECK(differ(csv, "{\"framing\":\"csv\"}\n", "its columns have names"));
	CHECK(differ("{\"framing\":\"delim:a\"}\nx", "{\"framing\":\"delim:\\u009b\"}\nx",
	    "its framing is \"delim:a\", not \"delim:\\u{9B}\""));
	CHECK(differ("{\"framing\":\"lines\",\"separator\":\"WORDS\"}\na",
	    "{\"framing\":\"lines\",\"separator\":\";\"}\na", "its separator is \"WORDS\", not \";\""));
	CHECK(differ("{\"framing\":\"lines\"}\na", "{\"framing\":\"lines\",\"separator\":\";\"}\na",
	    "its separator is \"\", not \";\""));
	/* Of a framing that this version does not know, the same bytes are equal. */
	CHECK(differ("{\"framing\":\"yaml\"}\n", "{\"framing\":\"yaml\"}\n", NULL));
	CHECK(differ("{\"framing\":\"yaml\"}\na", "{\"framing\":\"yaml\"}\nb", "its header is another"));
	/* How values are written differs, and so do the tables. */
	CHECK(differ("{\"framing\":\"logfmt\"}\n", "{\"framing\":\"logfmt\"}\n", NULL));
	CHECK(differ("{\"framing\":\"fields:ldif\",\"x\":1}\n", "{\"framing\":\"fields:ldif\"}\n", NULL));
	CHECK(differ("{\"framing\":\"fields\"}\n", "{\"framing\":\"logfmt\"}\n", "it is fields, not logfmt"));
	CHECK(differ("{\"framing\":\"fields:mail\"}\n", "{\"framing\":\"fields\"}\n",
	    "it is fields:mail, not fields"));
	CHECK(differ("{\"framing\":\"fields:mail\"}\n", "{\"framing\":\"fields:ldif\"}\n",
	    "it is fields:mail, not fields:ldif"));
	CHECK(differ("{\"framing\":\"csv\"}\n", "{\"framing\":\"logfmt\"}\n", "it is CSV, not logfmt"));
	CHECK(differ("{\"framing\":\"xyz\",\"columns\":[\"a\"]}\n", "{\"framing\":\"xyz\",\"columns\":[\"b\"]}\n",
	    "column 1 is \"a\", not \"b\""));
	CHECK(differ("{\"framing\":\"xyz\",\"separator\":\";\",\"columns\":[\"a\"]}\n",
	    "{\"framing\":\"xyz\",\"separator\":\",\",\"columns\":[\"a\"]}\n", "its separator is \";\", not \",\""));
}

/* ---- questions ---- */

static void
questions(void)
{
	struct table *t = good("{\"framing\":\"csv\"}\nid,price,id,,a.b,3\n");
	struct buf out = { 0 };

	CHECK(table_column(t, "price", 5) == 1 && table_column(t, "id", 2) == TABLE_TWICE);
	CHECK(table_column(t, "", 0) == 3 && table_column(t, NULL, 0) == 3 && table_column(t, "a.b", 3) == 4);
	CHECK(table_column(t, "Price", 5) == TABLE_NONE && table_column(t, "pric", 4) == TABLE_NONE &&
	    table_column(t, "price ", 6) == TABLE_NONE && table_column(t, "3", 1) == 5);
	CHECK(table_names(t, &out) == 0 && strcmp(buf_string(&out), "id, price, id, \"\", \"a.b\", \"3\"") == 0);
	table_drop(t);
	out.len = 0;
	t = good("{\"framing\":\"csv\"}\na,b,c,d,e,f,g,h,i,j\n");
	CHECK(table_names(t, &out) == 0 && strcmp(buf_string(&out), "a, b, c, d, e, f, g, h, i, j") == 0);
	table_drop(t);
	out.len = 0;
	t = good("{\"framing\":\"csv\"}\na,b,c,d,e,f,g,h,i,j,k\n");
	CHECK(table_names(t, &out) == 0 && strcmp(buf_string(&out), "a, b, c, d, e, f, g, h, i, j, ...") == 0);
	table_drop(t);
	out.len = 0;
	t = good("{\"framing\":\"csv\"}\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\n");
	CHECK(table_names(t, &out) == 0 && strstr(buf_string(&out), "... +") != NULL && out.len <= 40);
	table_drop(t);
	t = good("{\"framing\":\"csv\"}\n");
	out.len = 0;
	CHECK(table_column(t, "", 0) == TABLE_NONE && table_names(t, &out) == 0 && out.len == 0);
	table_drop(t);
	buf_free(&out);
}

/* Returns 1 if these are the fields of a row, each followed by a bar. */
static int
fields_are(const char *payload, const char *row, const char *want)
{
	struct table *t = good(payload);
	struct buf scratch = { 0 }, got = { 0 };
	const char *p = row, *end = row + strlen(row);
	int right;

	for (size_t column = 0; p != NULL; column++) {
		struct range_view v;

		CHECK(table_field(t, column, &p, end, &v, &scratch) == 0);
		(void)buf_add(&got, v.data, v.len);
		(void)buf_addc(&got, '|');
	}
	right = strcmp(buf_string(&got), want) == 0;
	if (!right)
		printf("%s: %s\n  wanted: %s\n", row, buf_string(&got), want);
	buf_free(&got);
	buf_free(&scratch);
	table_drop(t);
	return right;
}

static void
fields(void)
{
	static const char csv[] = "{\"framing\":\"csv\"}\na,b\n",
			  words[] = "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\nA B C\n",
			  nameless[] = "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\n",
			  plain[] = "{\"framing\":\"lines\",\"separator\":\"::\"}\na::b\n";

	CHECK(fields_are(csv, "1,2", "1|2|"));
	CHECK(fields_are(csv, "", "|"));
	CHECK(fields_are(csv, ",", "||"));
	CHECK(fields_are(csv, "1,2,3", "1|2|3|"));
	CHECK(fields_are(csv, "\"a,\"\"b\"\"\n\",\"\",\"x\"y,z\"z\"", "a,\"b\"\n||xy|z\"z\"|"));
	CHECK(fields_are(plain, "1::2:::", "1|2|:|"));
	CHECK(fields_are(words, "  1 \t 2  the rest of it ", "1|2|the rest of it |"));
	CHECK(fields_are(words, "1\n2\n the rest\nof it", "1|2|the rest\nof it|"));
	CHECK(fields_are(words, "1 2", "1|2|"));
	CHECK(fields_are(words, "1 2  ", "1|2|"));
	CHECK(fields_are(words, "", "|"));
	CHECK(fields_are(nameless, " 1 2 3 4 5 ", "1|2|3|4|5|"));
	CHECK(fields_are("{\"framing\":\"tsv\"}\n", "\"a\tb\"\t", "\"a|b\"||"));
	CHECK(fields_are("{\"framing\":\"lines\"}\n", "a b,c", "a b,c|"));
}

/* Returns 1 if what was made is that payload; NULL: there is nothing, and that is no failure. */
static int
is_made(const char *want, const struct table *made, const char *rule)
{
	if (want == NULL)
		return made == NULL && rule == NULL && errno == 0;
	return made != NULL && made->len == strlen(want) && memcmp(made->payload, want, made->len) == 0;
}

/* Returns 1 if the tables side by side, up to a NULL, are that payload; NULL: there is none. */
static int
beside(const char *want, const char *one, const char *two, const char *three)
{
	const char *const payloads[] = { one, two, three }, *rule;
	struct table *tables[3] = { 0 }, *made;
	size_t n = 0;
	int is;

	while (n < 3 && payloads[n] != NULL) {
		tables[n] = good(payloads[n]);
		n++;
	}
	made = table_beside((const struct table *const *)tables, n, &rule);
	is = is_made(want, made, rule);
	table_drop(made);
	while (n > 0)
		table_drop(tables[--n]);
	return is;
}

/* Returns 1 if two tables side by side are refused, for that reason. */
static int
not_beside(const char *reason, const char *one, const char *two)
{
	struct table *tables[] = { good(one), good(two) };
	const char *rule;
	int is = table_beside((const struct table *const *)tables, 2, &rule) == NULL && rule != NULL &&
	    strcmp(rule, reason) == 0;

	table_drop(tables[0]);
	table_drop(tables[1]);
	return is;
}

/* Returns 1 if a table with one more column is that payload; NULL: there is none. */
static int
before(const char *want, const char *name, const char *payload)
{
	const char *rule;
	struct table *t = good(payload), *made = table_before(t, name, &rule);
	int is = is_made(want, made, rule);

	table_drop(made);
	table_drop(t);
	return is;
}

#define CSV "{\"framing\":\"csv\"}\n"
#define TSV "{\"framing\":\"tsv\"}\n"
#define WORDS "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\n"
#define SEP "{\"framing\":\"lines\",\"separator\":\"::\"}\n"
#define NAMED(names) "{\"framing\":\"csv\",\"columns\":[" names "]}\n"

static void
built(void)
{
	CHECK(beside(CSV "a,b,c,d,e\n", CSV "a,b\n", CSV "c\n", CSV "d,e\n"));
	CHECK(beside(CSV "a,b\n", CSV "a,b\n", NULL, NULL));
	/* The end of the row is the first header's; marks go. */
	CHECK(beside(CSV "\"a \"\"\",b\r\n", CSV "\xef\xbb\xbf\"a \"\"\"\r\n", CSV "\xef\xbb\xbf" "b\n", NULL));
	CHECK(beside(CSV "a,b", CSV "a", CSV "b\n", NULL));
	CHECK(beside("{\"framing\":\"csv-crlf\"}\na,b\r\n", "{\"framing\":\"csv-crlf\"}\na\r\n", CSV "b\n", NULL));
	CHECK(beside(SEP "a::b::c\n", SEP "a::b\n", SEP "c\n", NULL));
	CHECK(beside(TSV "\"a\tb\n", TSV "\"a\n", TSV "b\n", NULL));
	/* Without names; without a header. */
	CHECK(beside(CSV, CSV, CSV "a,b\n", NULL) && beside(CSV, CSV "a\n", CSV, NULL) && beside(CSV, CSV, CSV, NULL));
	CHECK(beside(NAMED("\"a\",\"b\",\"c\""), NAMED("\"a\""), NAMED("\"b\",\"c\""), NULL));
	CHECK(beside(CSV "\"a,b\",\"c\"\"\", d,e\n", NAMED("\"a,b\",\"c\\\"\",\" d\""), CSV "e\n", NULL));
	/* Rows that cannot be put side by side. */
	CHECK(
	    beside(NULL, CSV "a\n", TSV "b\n", NULL) && beside(NULL, CSV "a\n", "{\"framing\":\"csv:;\"}\nb\n", NULL));
	CHECK(beside(NULL, WORDS "a\n", WORDS "b\n", NULL));
	CHECK(beside(NULL, "{\"framing\":\"lines\"}\n", "{\"framing\":\"lines\"}\n", NULL));
	CHECK(beside(NULL, "{\"framing\":\"json\",\"columns\":[\"a\"]}\n",
	    "{\"framing\":\"json\",\"columns\":[\"a\"]}\n", NULL));

	/* Headers that together have other names than each by itself. */
	CHECK(beside("{\"framing\":\"csv\"}\n\xEF\xBB\xBF\xEF\xBB\xBF" "a,b\n", CSV "\xEF\xBB\xBF\xEF\xBB\xBF" "a\n", CSV "b\n", NULL));
	CHECK(not_beside("a name has a part of the separator at its edge", "{\"framing\":\"lines\",\"separator\":\"aa\"}\nxa\n",
	    "{\"framing\":\"lines\",\"separator\":\"aa\"}\nay\n"));
	CHECK(not_beside("a name has the separator of the table in it", "{\"framing\":\"tsv\",\"columns\":[\"a\\tb\"]}\n",
	    TSV "c\n"));

	CHECK(before(CSV "count,a,b\r\n", "count", CSV "\xef\xbb\xbf" "a,b\r\n"));
	CHECK(before(CSV "\"x,y\",a\n", "x,y", CSV "a\n") && before(CSV, "count", CSV));
	CHECK(before("{\"framing\":\"csv:o\"}\n\"count\"oa\n", "count", "{\"framing\":\"csv:o\"}\na\n"));
	CHECK(before(NAMED("\"count\",\"a\""), "count", NAMED("\"a\"")));
	CHECK(before(WORDS "count USER PID\n", "count", WORDS "USER PID\n") && before(SEP "n::a\n", "n", SEP "a\n"));
	/* Records with names of their own: one more changes nothing. */
	CHECK(before("{\"framing\":\"logfmt\"}\n", "count", "{\"framing\":\"logfmt\"}\n"));
	CHECK(before("{\"framing\":\"fields:mail\"}\n", "count", "{\"framing\":\"fields:mail\",\"x\":[1]}\n"));
	CHECK(beside(NULL, "{\"framing\":\"logfmt\"}\n", "{\"framing\":\"logfmt\"}\n", NULL));
	CHECK(before(NULL, "count", "{\"framing\":\"lines\"}\n"));
	CHECK(before(NULL, "count", "{\"framing\":\"json\",\"columns\":[\"a\"]}\n"));
}

int
main(void)
{
	(void)setlocale(LC_ALL, "C.UTF-8");
	headers();
	hostile_names();
	limits();
	none();
	damaged();
	formats();
	made();
	two();
	questions();
	fields();
	built();
	return unit_end("table");
}
