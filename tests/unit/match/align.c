/*
 * align, columns: the table of several inputs, rows that pass and rows that move, what is refused;
 * fields as they are counted, written and added; by chance, against a plain way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/align.h"
#include "match/columns.h"
#include "unit/goodtable.h"
#include "unit/unit.h"

static const char *
text(struct buf *b)
{
	if (buf_terminate(b) < 0)
		abort();
	return b->data;
}

/*
 * Adds tables, up to NULL, under the names a, b and so on. Returns 0, or -1 at the first refused.
 */
static int
add(struct align *a, const char *const *payloads, struct buf *why)
{
	static const char *const names[] = { "a", "b", "c", "d" };

	for (size_t i = 0; payloads[i] != NULL; i++) {
		struct table *t = goodtable(payloads[i]);
		int result = align_add(a, t, names[i], why);

		table_drop(t);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* Returns 1 if the tables are refused with that reason. */
static int
refused(const char *const *payloads, const char *reason)
{
	struct align a = { 0 };
	struct buf why = { 0 };
	int right = (add(&a, payloads, &why) < 0 || align_table(&a, &why) == NULL) && strcmp(text(&why), reason) == 0;

	if (!right)
		printf("%s\n  wanted: %s\n", text(&why), reason);
	align_free(&a);
	buf_free(&why);
	return right;
}

/* Returns 1 if all inputs have that table, a payload, and input i makes `want` of the row. */
static int
aligned(const char *const *payloads, const char *merged, size_t i, const char *row, const char *want)
{
	struct align a = { 0 };
	struct buf why = { 0 }, out = { 0 };
	struct table *t = NULL;
	char *exact = malloc(strlen(row) + 1);
	int right, got;

	if (exact == NULL || add(&a, payloads, &why) < 0 || (t = align_table(&a, &why)) == NULL) {
		printf("%s\n", text(&why));
		abort();
	}
	memcpy(exact, row, strlen(row));
	got = align_row(&a, i, exact, strlen(row), &out);
	right = t->len == strlen(merged) && memcmp(t->payload, merged, t->len) == 0 &&
	    (want != NULL ? got == 1 && strcmp(text(&out), want) == 0 : got == 0 && out.len == 0) &&
	    align_moves(&a, i) == (want != NULL);
	if (!right)
		printf("%.*s%s: %d %s\n", (int)t->len, t->payload, row, got, text(&out));
	free(exact);
	align_free(&a);
	buf_free(&why);
	buf_free(&out);
	return right;
}

#define CSV "{\"framing\":\"csv\"}\n"
#define TSV "{\"framing\":\"tsv\"}\n"
#define WORDS "{\"framing\":\"lines\",\"separator\":\"WORDS\"}\n"
#define COMMAS "{\"framing\":\"lines\",\"separator\":\", \"}\n"
#define COLONS "{\"framing\":\"lines\",\"separator\":\"::\"}\n"
#define JSON "{\"framing\":\"json\",\"columns\":"
#define ALL(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
merges(void)
{
	/* The first one's bytes, if it has all columns. */
	CHECK(aligned(ALL(CSV "\"id\",price\r\n", CSV "price,id\n"), CSV "\"id\",price\r\n", 0, "1,2", NULL));
	CHECK(
	    aligned(ALL(CSV "\"id\",price\r\n", CSV "price,id\n"), CSV "\"id\",price\r\n", 1, "2,\"1,\"", "\"1,\",2"));
	CHECK(aligned(ALL(CSV "id,price\n", CSV "id\n"), CSV "id,price\n", 1, "1", "1,"));
	CHECK(aligned(ALL(CSV "id,price\n", CSV "id\n"), CSV "id,price\n", 0, "1", NULL)); /* short, and in order */
	/*
	 * New columns in the order met, quoted as needed, without the mark, with the first one's
	 * end.
	 */
	CHECK(aligned(ALL(CSV "\xEF\xBB\xBF" "a,\"b c\"\r\n", CSV "\"x,y\",a\n", CSV "z,\"x,y\",\"q\"\"\"\n"),
	    CSV "a,\"b c\",\"x,y\",z,\"q\"\"\"\r\n", 2, "1,2,3", ",,2,1,3"));
	CHECK(aligned(ALL(CSV "a,b", CSV "c"), CSV "a,b,c", 1, "\"5\n6\"", ",,\"5\n6\""));
	/* A row that ends early has empty fields. */
	CHECK(aligned(ALL(CSV "a,b\n", CSV "b,a,c\n"), CSV "a,b,c\n", 1, "1", ",1,"));
	CHECK(aligned(ALL(CSV "a,b\n", CSV "b,a,c\n"), CSV "a,b,c\n", 1, "", ",,"));
	CHECK(aligned(ALL(TSV "a\tb\n", TSV "b\ta\n"), TSV "a\tb\n", 1, "\"1\t2\"", "2\"\t\"1"));
	CHECK(aligned(ALL(COMMAS "a, b\n", COMMAS "b, c\n"),
	    COMMAS "a, b, c\n", 1, "1, 2", ", 1, 2"));
	/* csv and csv-crlf are one; a table without a header has none afterwards. */
	CHECK(aligned(ALL(CSV "a\n", "{\"framing\":\"csv-crlf\"}\nb\n"), CSV "a,b\n", 1, "1", ",1"));
	CHECK(aligned(ALL("{\"framing\":\"csv\",\"columns\":[\"a\"]}\n", CSV "b\n"),
	    "{\"framing\":\"csv\",\"columns\":[\"a\",\"b\"]}\n", 1, "1", ",1"));
	/* JSON is not moved. */
	CHECK(aligned(ALL(JSON "[\"a\",\"b\"]}\n", JSON "[\"b\",\"c\"]}\n"),
	    JSON "[\"a\",\"b\",\"c\"]}\n", 1, "{\"b\":1}", NULL));
	CHECK(aligned(ALL(WORDS "a b\n", WORDS "a  b\n"),
	    WORDS "a b\n", 1, "1 2 3", NULL));
}

static void
refuses(void)
{
	CHECK(refused(ALL(CSV "a,b,a\n"), "two columns are called \"a\""));
	CHECK(refused(ALL(CSV "a\n", CSV "b,\"b\"\n"), "two columns are called \"b\""));
	CHECK(refused(ALL(CSV "a\n", "{\"framing\":\"csv:;\"}\na\n"),
	    "its table does not go with that of a: its separator is \";\", not \",\""));
	CHECK(refused(ALL(CSV "a\n", TSV "a\n"), "its table does not go with that of a: it is TSV, not CSV"));
	CHECK(refused(
	    ALL(CSV "a\n", CSV), "its table has no names to go by (rec-split -H takes them from the first row)"));
	CHECK(refused(ALL(TSV "a\n", TSV "\"b\"\n", "{\"framing\":\"tsv\",\"columns\":[\"c\\td\"]}\n"),
	    "a: a column cannot be called \"c\\td\": the table's separator, or a line's end, is in it"));
	CHECK(refused(ALL(WORDS "a b\n", WORDS "b a\n"),
	    "b: its columns are in another order than those of a, and cannot be moved"));
	CHECK(refused(ALL(WORDS "a b\n", WORDS "c\n"),
	    "a: its fields are between runs of blanks, and an absent one cannot be empty"));
	CHECK(refused(ALL("{\"framing\":\"lines\"}\na\n", "{\"framing\":\"lines\"}\nb\n"),
	    "a: its table has no separator, and so one column"));
	CHECK(refused(ALL("{\"framing\":\"csv\",\"columns\":[\"a\"]}\n", CSV "\xFF\n"),
	    "a: a column cannot be called \"\\xFF\": it is not UTF-8"));
}

/* Rows that are too long are refused, whether they would move or not. */
static void
refuses_rows(void)
{
	struct align a = { 0 };
	struct buf why = { 0 }, out = { 0 };

	CHECK(add(&a, ALL(CSV "a,b\n", CSV "b,a\n"), &why) == 0 && align_table(&a, &why) != NULL);
	for (size_t i = 0; i < 2; i++) {
		errno = 0;
		CHECK(align_row(&a, i, "1,2,3", 5, &out) == -1 && errno == EINVAL);
		CHECK(align_row(&a, i, "1,\"2,3\"", 7, &out) == (int)i);
	}
	CHECK(strcmp(text(&out), "\"2,3\",1") == 0);
	CHECK(strcmp(a.wrong, "it has more fields than its table has columns") == 0);
	/* The last field may end in another way than others, as long as it stays the last. */
	CHECK(align_row(&a, 1, "1,\"2", 4, &out) == -1 && errno == EINVAL);
	CHECK(strcmp(a.wrong, "it has a quote that is never closed, and other fields would follow") == 0);
	align_free(&a);
	CHECK(aligned(ALL(CSV "a,b\n", CSV "b,a\n"), CSV "a,b\n", 0, "x,\"y", NULL));
	CHECK(aligned(ALL(CSV "a,b,c\n", CSV "b,c\n"), CSV "a,b,c\n", 1, "x,\"y", ",x,\"y"));
	CHECK(aligned(ALL(CSV "a,b\n", CSV "b,a\n"), CSV "a,b\n", 1, "\"x\"y,\"z\"", "\"z\",\"x\"y"));
	CHECK(add(&a, ALL(COLONS "a::b\n", COLONS "b::a\n"), &why) == 0 && align_table(&a, &why) != NULL);
	CHECK(align_row(&a, 1, "1::x:", 5, &out) == -1 && errno == EINVAL);
	CHECK(strcmp(a.wrong, "it ends with a part of the separator, and other fields would follow") == 0);
	align_free(&a);
	CHECK(aligned(ALL(COLONS "a::b\n", COLONS "b::a\n"), COLONS "a::b\n", 1, ":1:::x", ":x:::1"));
	CHECK(aligned(ALL(COMMAS "a, b\n", COMMAS "b, a\n"), COMMAS "a, b\n", 1, "1, x,", "x,, 1"));
	buf_free(&why);
	buf_free(&out);
}

static int
put(const char *payload, const char *value, const char *want)
{
	struct table *t = goodtable(payload);
	struct buf out = { 0 };
	int got;

	errno = 0;
	got = columns_put(t, value, strlen(value), &out);
	got = want != NULL ? got == 0 && strcmp(text(&out), want) == 0 : got == -1 && errno == EINVAL;
	table_drop(t);
	buf_free(&out);
	return got;
}

static void
writes_fields(void)
{
	CHECK(
	    put(CSV, "", "") && put(CSV, "a b", "a b") && put(CSV, "a,b", "\"a,b\"") && put(CSV, "a\"b", "\"a\"\"b\""));
	CHECK(put(CSV, "\"", "\"\"\"\"") && put(CSV, "a\nb", "\"a\nb\"") && put(CSV, "a\r", "\"a\r\""));
	CHECK(put("{\"framing\":\"csv:;\"}\n", "a,b", "a,b") && put("{\"framing\":\"csv:;\"}\n", "a;b", "\"a;b\""));
	CHECK(put(TSV, "a\"b", "a\"b") && put(TSV, "a\tb", NULL) && put(TSV, "a\n", NULL) && put(TSV, "\ra", NULL));
}

/* A random value, with what CSV must quote. */
static size_t
random_value(char value[8])
{
	size_t n = unit_random(6);

	for (size_t i = 0; i < n; i++)
		value[i] = "ab,\"\n\r;"[unit_random(7)];
	return n;
}

/* Rows of random values, read back by table_field, are the values in the order of the columns. */
static void
by_chance(void)
{
	enum { MOST = 6 };
	char values[MOST][8];
	size_t lens[MOST], order[MOST], n = 1 + unit_random(MOST), have = 1 + unit_random(n);
	struct buf payload = { 0 }, row = { 0 }, out = { 0 }, why = { 0 }, scratch = { 0 };
	struct align a = { 0 };
	struct table *first, *second, *merged;
	const char *p;

	buf_adds(&payload, CSV);
	for (size_t i = 0; i < n; i++)
		buf_addf(&payload, "%sc%zu", i > 0 ? "," : "", i);
	buf_adds(&payload, "\n");
	first = goodtable(text(&payload));
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = unit_random(i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	payload.len = 0;
	buf_adds(&payload, CSV);
	for (size_t i = 0; i < have; i++)
		buf_addf(&payload, "%s\"c%zu\"", i > 0 ? "," : "", order[i]);
	buf_adds(&payload, "\n");
	second = goodtable(text(&payload));
	for (size_t i = 0; i < n; i++)
		lens[i] = 0;
	for (size_t i = 0; i < have; i++) {
		size_t c = order[i];

		lens[c] = random_value(values[c]);
		if (i > 0)
			buf_addc(&row, ',');
		CHECK(columns_put(second, values[c], lens[c], &row) == 0);
	}
	buf_add(&row, "", 0);
	CHECK(columns_count(second, row.len > 0 ? row.data : "", row.len, 99) == have);
	CHECK(align_add(&a, first, "a", &why) == 0 && align_add(&a, second, "b", &why) == 0);
	CHECK((merged = align_table(&a, &why)) == first);
	if (align_row(&a, 1, row.len > 0 ? row.data : "", row.len, &out) == 0)
		buf_add(&out, row.data, row.len);
	p = text(&out);
	for (size_t i = 0; i < n; i++) {
		struct range_view v = { 0 };

		CHECK(p != NULL);
		if (p == NULL)
			break;
		CHECK(table_field(merged, i, &p, out.data + out.len, &v, &scratch) == 0);
		CHECK(v.len == lens[i] && (v.len == 0 || memcmp(v.data, values[i], v.len) == 0));
	}
	CHECK(p == NULL);
	align_free(&a);
	table_drop(first);
	table_drop(second);
	buf_free(&payload);
	buf_free(&row);
	buf_free(&out);
	buf_free(&why);
	buf_free(&scratch);
}

/* Many columns, in reverse, cost no more than sorting them. */
static void
many(void)
{
	struct buf one = { 0 }, two = { 0 }, why = { 0 };
	struct align a = { 0 };
	struct table *first, *second;

	buf_adds(&one, CSV);
	buf_adds(&two, CSV);
	for (int i = 0; i < TABLE_COLUMNS_MAX; i++) {
		buf_addf(&one, "%sn%d", i > 0 ? "," : "", i);
		buf_addf(&two, "%sn%d", i > 0 ? "," : "", TABLE_COLUMNS_MAX - i);
	}
	first = goodtable(text(&one));
	second = goodtable(text(&two));
	CHECK(align_add(&a, first, "a", &why) == 0 && align_add(&a, second, "b", &why) == 0);
	CHECK(align_table(&a, &why) == NULL &&
	    strcmp(text(&why), "a: with 1 more column, the table has more than 65536 columns") == 0);
	align_free(&a);
	table_drop(first);
	table_drop(second);
	buf_free(&one);
	buf_free(&two);
	buf_free(&why);
}

int
main(void)
{
	merges();
	refuses();
	refuses_rows();
	writes_fields();
	many();
	while (unit_round())
		by_chance();
	return unit_end("align");
}
