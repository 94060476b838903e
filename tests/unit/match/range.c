/*
 * Ranges as words, and what they are in a record: a table in the order of rec-range(7), then words
 * that are no ranges. The random part compares counting from the end with counting from the
 * beginning.
 */
#include <stdlib.h>
#include <string.h>

#include "match/range.h"
#include "match/table.h"
#include "unit/unit.h"

/*
 * Values of the parts, one after another, each followed by a bar; "-" and a bar for one that is not
 * there.
 */
struct row {
	const char *range, *record, *want;
};

static const struct row rows[] = {
	/* columns */
	{ "3", "abcde", "c|" },
	{ "3", "ab", "-|" },
	{ "1", "", "-|" },
	{ "2-4", "abcde", "bcd|" },
	{ "2-4", "abc", "bc|" },
	{ "2-4", "a", "-|" },
	{ "2-*", "abcde", "bcde|" },
	{ "2;4", "abcde", "bcd|" },
	{ "2:4", "abcde", "bcd|" },
	{ "2.3", "abcde", "bcd|" },
	{ "2.1", "abcde", "b|" },
	{ "-2", "abcde", "d|" },
	{ "-2", "a", "-|" },
	{ "-3:-1", "abcde", "cde|" },
	{ "-3;-2", "abcde", "cd|" },
	{ "-8:-1", "abcde", "abcde|" },
	{ "-8:-6", "abcde", "-|" },
	{ "-3:*", "abcde", "cde|" },
	{ "-3-*", "abcde", "cde|" },
	{ "-3.2", "abcde", "cd|" },
	{ "-3.9", "abcde", "cde|" },
	{ "2:-2", "abcde", "bcd|" },
	{ "2:-2", "ab", "-|" },
	{ "-2:4", "abcde", "d|" },
	{ "-2:3", "abcde", "-|" },
	{ "*", "abc", "abc|" },
	{ "*", "", "-|" },
	{ "*-2", "abc", "ab|" },
	{ "*:-2", "abc", "ab|" },
	{ "4294967295", "abc", "-|" },
	{ "2.4294967295", "abc", "bc|" },
	/* words */
	{ "w1", "a bc d", "a|" },
	{ "w2", "a bc d", "bc|" },
	{ "W2", "  a \t\n bc", "bc|" },
	{ "w4", "a bc d", "-|" },
	{ "w1", "   ", "-|" },
	{ "w2-3", "a  bc  d  e", "bc  d|" },
	{ "w2-9", "a  bc  d ", "bc  d|" },
	{ "w2-*", "a bc d ", "bc d|" },
	{ "w2.2", "a bc d e", "bc d|" },
	{ "w*", "  a bc ", "a bc|" },
	{ "word 2", "a bc d", "bc|" },
	{ "WORDS 2-3", "a bc d", "bc d|" },
	{ "w 2", "a bc d", "bc|" },
	{ "w-1", "a bc d ", "d|" },
	{ "w-2", "a bc d", "bc|" },
	{ "w-4", "a bc d", "-|" },
	{ "w-2:-1", "a bc  d ", "bc  d|" },
	{ "w-9:-2", "a bc d", "a bc|" },
	{ "w-2:*", "a bc d", "bc d|" },
	{ "w-2.2", "a bc d", "bc d|" },
	{ "w2:-2", "a b c d", "b c|" },
	{ "w2:-2", "a b", "-|" },
	{ "w-2:3", "a b c d", "c|" },
	{ "ws , w2", ",,a,,b c,d", "b c|" },
	{ "wordsep 2c w2", ",,a,,b,d", "b|" },
	{ "ws BLANK w1", "a\tb c", "a\tb|" },
	{ "ws tab w2", "a\t\tb c", "b c|" },
	{ "ws :: w2", "a::::b:c::d", "b:c|" },
	{ "ws :: w-1", "a::::b:c::d", "d|" },
	{ "ws :: w-2:*", "a:::b::::", "a:::b|" },
	{ "ws /ab/ w2", "xababyab", "y|" },
	/* fields */
	{ "f1", "a\tb", "a|" },
	{ "f2", "a\t\tc", "|" },
	{ "f3", "a\t\tc", "c|" },
	{ "f4", "a\t\tc", "-|" },
	{ "f3", "a\t\t", "|" },
	{ "f1", "", "-|" },
	{ "f1", "\t", "|" },
	{ "f2-3", "a\tb\tc\td", "b\tc|" },
	{ "f2-9", "a\tb\tc", "b\tc|" },
	{ "f2-*", "a\tb\tc", "b\tc|" },
	{ "field 2", "a\tb", "b|" },
	{ "fields 1-2", "a\tb\tc", "a\tb|" },
	{ "f-1", "a\tb\t", "|" },
	{ "f-2", "a\tb\t", "b|" },
	{ "f-4", "a\tb\t", "-|" },
	{ "f-2:-1", "a\tb\tc", "b\tc|" },
	{ "f-9:-2", "a\tb\tc", "a\tb|" },
	{ "f2:-2", "a\tb\tc\td", "b\tc|" },
	{ "f2:-2", "a\tb", "-|" },
	{ "f-2:2", "a\tb\tc", "b|" },
	{ "fs , f2", "a,b,c", "b|" },
	{ "fs 09 f2", "a\tb", "b|" },
	{ "fs x2c20 f2", "a, b, c", "b|" },
	{ "fs SPACE f2", "a  b", "|" },
	{ "fs :: f2", "a::b:c::", "b:c|" },
	{ "fs :: f-1", "a::b:c", "b:c|" },
	{ "fs :: f-1", "a::b::", "|" },
	{ "fs :: f2-*", "a:::b::", ":b::|" },
	{ "fs \\t f2", "a\tb", "b|" },
	/* substr */
	{ "substr 2-3 of w2", "abc defg", "ef|" },
	{ "substr 2-3 of w2", "abc d", "-|" },
	{ "substr w2 of f2", "a\tb c\td", "c|" },
	{ "substr -1 of substr w1 of f2", "a\tbx c\td", "x|" },
	{ "substr fs - f2 of w2", "a b-c d-e", "c|" },
	{ "SUBSTR * OF f2", "a\t\tb", "-|" },
	{ "substr .a of f2", "x\t{\"a\":\"b\"}", "b|" },
	/* lists */
	{ "1.2,w3", "ab c de", "ab|de|" },
	{ "(1.2 w3)", "ab c de", "ab|de|" },
	{ "( 1.2, w3 )", "ab c de", "ab|de|" },
	{ "(1.2 w3 fs , f2)", "ab c de,x", "ab|de,x|x|" },
	{ "w1 w3", "a b c", "a|c|" },
	{ "w1,word 3,1", "a b c", "a|c|a|" },
	{ "(w1)(w2)", "a b c", "a|b|" },
	{ "f2 fs , f2", "a\tb,c", "b,c|c|" },
	{ "w9,w1", "a b", "-|a|" },
	/* csv */
	{ "csv 1", "a,b", "a|" },
	{ "csv 2", "a,\"b,c\",d", "b,c|" },
	{ "csv 3", "a,\"b,c\",d", "d|" },
	{ "csv 2", "a,\"b \"\"c\"\" d\"", "b \"c\" d|" },
	{ "csv 2", "a,\"\"", "|" },
	{ "csv 2", "a,\"\"\"\",c", "\"|" },
	{ "csv 2", "a,\"x\ny\"", "x\ny|" },
	{ "csv 2", "a,b\"c\",d", "b\"c\"|" },
	{ "csv 2", "a,\"b\"c,d", "bc|" },
	{ "csv 2", "a,\"b", "b|" },
	{ "csv 2", "a,\"b\"\"", "b\"|" },
	{ "csv 2", "a,\"", "|" },
	{ "csv 2", "a,", "|" },
	{ "csv 3", "a,", "-|" },
	{ "csv 1", "", "-|" },
	{ "csv -1", "a,\"b,c\"", "b,c|" },
	{ "csv -3", "a,\"b,c\"", "-|" },
	{ "csv 1-2", "\"a\",\"b,c\",d", "\"a\",\"b,c\"|" },
	{ "csv 2-*", "\"a\",\"b,c\",d", "\"b,c\",d|" },
	{ "csv 2:-2", "a,\"b,c\",d", "\"b,c\"|" },
	{ "fs ; csv 2", "a,b;c", "c|" },
	{ "fs :: csv 2", "a::\"b::c\"::d", "b::c|" },
	{ "csv 1,csv 2", "\"a\"\"\",\"b\"\"\"", "a\"|b\"|" },
	/* JSON */
	{ ".a", "{\"a\":\"b\"}", "b|" },
	{ ".a", " { \"x\" : [ 1 , {\"a\":2} ] , \"a\" : \"b\" } ", "b|" },
	{ ".a", "{\"a\":\"\"}", "|" },
	{ ".a", "{\"a\":12.5e3}", "12.5e3|" },
	{ ".a", "{\"a\":true,\"b\":1}", "true|" },
	{ ".a", "{\"a\":null}", "null|" },
	{ ".a", "{\"a\": {\"b\": [1,\"}\"]} , \"c\":1}", "{\"b\": [1,\"}\"]}|" },
	{ ".a.b", "{\"a\":{\"x\":1,\"b\":\"c\"}}", "c|" },
	{ ".a.b", "{\"a\":\"b\"}", "-|" },
	{ ".b", "{\"a\":{\"b\":1}}", "-|" },
	{ ".a", "[1]", "-|" },
	{ ".a", "", "-|" },
	{ ".a", "text", "-|" },
	{ ".a[0]", "{\"a\":[10,20]}", "10|" },
	{ ".a[1].b", "{\"a\":[{\"b\":1},{\"b\":2}]}", "2|" },
	{ ".a[2]", "{\"a\":[10,20]}", "-|" },
	{ ".a[-1]", "{\"a\":[10,[20,\"x]\"]]}", "[20,\"x]\"]|" },
	{ ".a[-3]", "{\"a\":[10,20]}", "-|" },
	{ ".a[0]", "{\"a\":[]}", "-|" },
	{ ".a[0]", "{\"a\":[ ]}", "-|" },
	{ ".a[-1]", "{\"a\":[]}", "-|" },
	{ ".[1]", "[1,2]", "2|" },
	{ ".[1][0]", "[1,[2]]", "2|" },
	{ ".\"odd name\".x", "{\"odd name\":{\"x\":1}}", "1|" },
	{ ".\"a.b\"", "{\"a.b\":1}", "1|" },
	{ ".\"\"", "{\"\":1}", "1|" },
	{ ".\"a\\\"b\".c", "{\"a\\\"b\":{\"c\":1}}", "1|" },
	{ ".\"\\u00e9\\ud83d\\ude00\"", "{\"\303\251\360\237\230\200\":1}", "1|" },
	{ ".\"k\\\\\"[0]", "{\"k\\\\\":[1]}", "1|" },
	{ ".\"k\\\\\"", "{\"k\\u005c\":1}", "1|" },
	{ ".a", "{\"\\u0061\":1}", "1|" },
	{ ".a", "{\"a\\\\\":1,\"a\":2}", "2|" },
	{ ".a", "{\"a\":\"q\\\"\\\\\\/\\b\\f\\n\\r\\tz\"}", "q\"\\/\b\f\n\r\tz|" },
	{ ".a", "{\"a\":\"\\u00e9\\u6F22\\ud83d\\ude00\"}", "\303\251\346\274\242\360\237\230\200|" },
	{ ".a", "{\"a\":\"\\ud83dx\\ude00\"}", "\357\277\275x\357\277\275|" },
	{ ".a", "{\"a\":\"\\q\"}", "-|" },
	{ ".a", "{\"a\":\"\\u12\"}", "-|" },
	{ ".a", "{\"a\":\"b", "-|" },
	{ ".a", "{\"a\":\"b\\\"", "-|" },
	{ ".a", "{\"a\":", "-|" },
	{ ".a", "{\"a\"", "-|" },
	{ ".a", "{\"a", "-|" },
	{ ".a", "{\"x\":[1,2", "-|" },
	{ ".a", "{\"a\":1,\"a\":2}", "2|" },
	{ ".a", "{\"a\":1,\"\\u0061\":2,\"b\":{\"a\":3}}", "2|" },
	{ ".a", "{\"a\":1,\"a\":2,\"a", "2|" },
	{ ".a.b", "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", "-|" },
	{ ".a.b", "{\"a\":{\"b\":1,\"b\":2},\"b\":3}", "2|" },
	{ "csv 1", "\357\273\277\"a,b\",c", "a,b|" },
	{ "csv 2", "\357\273\277\"a,b\",c", "c|" },
	{ "csv 1-2", "\357\273\277a,b,c", "a,b|" },
	{ ".a", "\357\273\277{\"a\":1}", "1|" },
	{ "1-1", "\357\273\277a", "\357|" },
	{ ".a,.b", "{\"b\":\"\\n\",\"a\":\"\\t\"}", "\t|\n|" },
	{ ".\"a-b\"", "{\"a-b\":1}", "1|" },
	{ ".a.3x", "{\"a\":{\"3x\":1}}", "1|" },
	{ ".$a@_\303\251", "{\"$a@_\303\251\":1}", "1|" },
};

/* What is refused, and a part of the message. */
static const struct row refused[] = {
	{ "0", NULL, "0: columns, words and fields are counted from 1" },
	{ "w0", NULL, "w0: columns" },
	{ "1-0", NULL, "counted from 1" },
	{ "1.0", NULL, "1.0: a length is 1 or more" },
	{ "5-3", NULL, "5-3: its end is before its beginning" },
	{ "-1:-3", NULL, "its end is before its beginning" },
	{ "3--1", NULL, "after a colon: 3:-1" },
	{ "3-", NULL, "3-: up to the last one is 3-*" },
	{ "f2-", NULL, "f2-: up to the last one is f2-*" },
	{ "$1", NULL, "$1: that word is w1 here, that field f1" },
	{ "w1,$NF", NULL, "$NF: that word is w-1 here, that field f-1" },
	{ "3.-1", NULL, "not a range such as" },
	{ "3.*", NULL, "not a range such as" },
	{ "*.3", NULL, "not a range such as" },
	{ "3-4-5", NULL, "3-4-5: not a range such as" },
	{ "4294967296", NULL, "not a range such as" },
	{ "99999999999999999999999", NULL, "not a range such as" },
	{ "w2x", NULL, "w2x: not a range such as" },
	{ "word", NULL, "word: a number is expected after it: word 2" },
	{ "field x", NULL, "field: a number is expected" },
	{ "x", NULL, "x: not a part of a record such as" },
	{ ".ms>500", NULL, ".ms>500: no part of a record, but an expression" },
	{ ".ms-1", NULL, "; a member or column of that name is written '.\"ms-1\"'" },
	{ ".u.id*2,w1", NULL, ".u.id*2: no part of a record, but an expression" },
	{ ".u.id*2,w1", NULL, "of that name is written '.u.\"id*2\"'" },
	{ "w1 .a:n", NULL, ".a:n: a name without quotes has letters, digits, _ @ and $; a member or column of that" },
	{ ".\033", NULL, "of that name is written '.\"\\u001b\"'" },
	{ "(w1", NULL, "(w1: the list is not closed" },
	{ "w1)", NULL, "w1): a parenthesis is closed that is not open" },
	{ "()", NULL, "a part is expected before the parenthesis" },
	{ "(w1 (w2))", NULL, "a list in a list" },
	{ "w1,", NULL, "w1,: a part is expected after the comma" },
	{ ",w1", NULL, "a part is expected before the comma" },
	{ "w1,,w2", NULL, "a part is expected before the comma" },
	{ "w1(w2)", NULL, "cannot be followed by (w2)" },
	{ ".a..b", NULL, "the name of a member is expected" },
	{ ".a[x]", NULL, ".a[x]: an element of an array is written [0]" },
	{ ".a[0", NULL, "an element of an array is written" },
	{ ".\"a", NULL, "the quote is not closed" },
	{ ".\"a\\\"", NULL, "the quote is not closed" },
	{ ".\"a\\q\"", NULL, "a backslash in a name begins an escape of JSON; itself it is \\\\" },
	{ ".\"a\\u00g0\"", NULL, "a backslash in a name begins an escape of JSON" },
	{ ".a\"b\"", NULL, "cannot be followed by" },
	{ "fs", NULL, "fs: a separator is expected after it" },
	{ "fs ,", NULL, "a range is expected after it" },
	{ "fs /, / f2", NULL, "/: not a part of a record" }, /* a space ends the separator within a word: "/," */
	{ "fs comma f2", NULL, "comma: a separator is one character" },
	{ "fs \" csv 2", NULL, "a quote cannot separate csv fields" },
	{ "csv", NULL, "csv: the number of a column is expected" },
	{ "csv 2x", NULL, "2x: not a range such as 3" },
	{ "csv price", NULL, "csv price: a column is named by a dot: .price, and rec-split -f csv -H takes the names" },
	{ "csv \"unit price\"", NULL, "csv unit price: a column is named by a dot: '.\"unit price\"', and rec-split" },
	{ "csv \"3\"", NULL, "a column is named by a dot: '.\"3\"', and" },
	{ ".3", NULL, ".3: a name that begins with a digit is written '.\"3\"', column 3 f3" },
	{ ".3d.x", NULL, "a name that begins with a digit is written '.\"3d\"', column 3 f3" },
	{ "csv \"a", NULL, "the quote is not closed" },
	{ "substr 1", NULL, "\"of\" is expected after the part" },
	{ "substr 1 of", NULL, "a range is expected after it" },
	{ "substr substr 1 of 2 of 3", NULL, "substr 1-3 of w2" },
	{ "substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of "
	  "substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of substr 1 of 2",
	    NULL, "nested too deep" },
};

static struct buf text, error;

static int
equal(const char *got, const char *want, const char *range, const char *record)
{
	if (strcmp(got, want) == 0)
		return 1;
	printf("%s in '%s': '%s', not '%s'\n", range, record, got, want);
	return 0;
}

/*
 * Returns 1 if the value is in the record as it is, or if the range says that it need not be, and
 * by which byte such a record is known; else 0.
 */
static int
foretold(const struct range *range, const struct range_view *v, const char *record, size_t len)
{
	return v->len == 0 || memmem(record, len, v->data, v->len) != NULL ||
	    ((range->escapes & RANGE_BACKSLASH) && memchr(record, '\\', len) != NULL) ||
	    ((range->escapes & RANGE_QUOTE) && memchr(record, '"', len) != NULL);
}

/* Returns the values, as in the table. The record is in memory of its exact size. */
static const char *
values(struct range *range, const char *record, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	int there = 0;

	memcpy(copy, record, len);
	text.len = 0;
	CHECK(range_views(range, copy, len) >= 0);
	for (size_t i = 0; i < range->count; i++) {
		struct range_view again;

		if (range->views[i].data == NULL)
			(void)buf_adds(&text, "-");
		else
			(void)buf_add(&text, range->views[i].data, range->views[i].len);
		(void)buf_adds(&text, "|");
		there += range->views[i].data != NULL;
		CHECK(range_view(range, i, copy, len, &again) == (range->views[i].data != NULL));
		CHECK(again.len == range->views[i].len && foretold(range, &again, copy, len));
	}
	CHECK(range_views(range, copy, len) == there);
	free(copy);
	return buf_string(&text);
}

static void
table(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct range range = { 0 };
		char *word = strdup(rows[i].range);

		error.len = 0;
		CHECK(range_all(&range, &word, 1, &error) == 0 && error.len == 0);
		CHECK(equal(error.len > 0 ? buf_string(&error) : values(&range, rows[i].record, strlen(rows[i].record)),
		    rows[i].want, rows[i].range, rows[i].record));
		range_free(&range);
		free(word);
	}
}

static void
refusals(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct range range = { 0 };
		char *word = strdup(refused[i].range);

		error.len = 0;
		CHECK(range_all(&range, &word, 1, &error) == -1);
		if (error.len == 0 || strstr(buf_string(&error), refused[i].want) == NULL)
			CHECK(equal(buf_string(&error), refused[i].want, refused[i].range, ""));
		range_free(&range);
		free(word);
	}
}

/* Within a word of the shell the advice has no quotes of the shell. */
static void
within(void)
{
	static const char *const cases[][2] = {
		{ "csv unit price", "csv unit price: a column is named by a dot: .\"unit price\", and" },
		{ ".3", ".3: a name that begins with a digit is written .\"3\", column 3 f3" },
		{ ".a.", ".a.: the name of a member is expected after each dot, such as .user.id or .\"odd name\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char copy[32], *words[2] = { copy, NULL };
		size_t count = 1;

		(void)strcpy(copy, cases[i][0]);
		if (i == 0) {
			copy[3] = '\0';
			words[count++] = copy + 4;
		}
		for (int inside = 0; inside < 2; inside++) {
			struct range range = { .within = inside };

			error.len = 0;
			CHECK(range_all(&range, words, count, &error) == -1);
			CHECK((strstr(buf_string(&error), cases[i][1]) != NULL) == inside);
			range_free(&range);
		}
	}
}

/* Checks that the first `want` of several words of the shell are ranges. */
static void
takes(size_t want, size_t count, const char *a, const char *b, const char *c, const char *d)
{
	char *words[] = { strdup(a), strdup(b), strdup(c), strdup(d) };
	struct range range = { 0 };
	size_t used = 99;

	error.len = 0;
	if (want == 99) {
		CHECK(range_take(&range, words, count, &used, &error) == -1 && error.len > 0);
	} else {
		CHECK(range_take(&range, words, count, &used, &error) == 0 && used == want);
		if (used != want)
			printf("%s %s %s %s: %zu %s\n", a, b, c, d, used, buf_string(&error));
	}
	range_free(&range);
	for (size_t i = 0; i < 4; i++)
		free(words[i]);
}

static void
operands(void)
{
	takes(0, 0, "", "", "", "");
	takes(0, 1, "", "", "", "");
	takes(0, 1, " ", "", "", "");
	takes(1, 2, "w2 ", "", "", "");
	takes(0, 1, "/a/", "", "", "");
	takes(0, 1, "timeout", "", "", "");
	takes(0, 1, "x41", "", "", "");
	takes(0, 1, ".a.", "", "", "");
	takes(0, 1, "-5-", "", "", "");
	takes(0, 1, "*-*", "", "", "");
	takes(0, 1, "(w1(", "", "", "");
	takes(0, 1, "-x", "", "", "");
	takes(0, 1, ".", "", "", "");
	takes(99, 1, ".5", "", "", "");
	takes(1, 2, "w2", "/a/", "", "");
	takes(1, 2, ".a.b", "/a/", "", "");
	takes(1, 1, "-5", "", "", "");
	takes(1, 1, "*", "", "", "");
	takes(2, 3, "w2", "w3", "/a/", "");
	takes(2, 3, "word", "2", "/a/", "");
	takes(3, 4, "fs", "/", "f2", "/a/");
	takes(3, 4, "fs", " ", "f2", "/a/");
	takes(3, 4, "fs", "/, /", "f2", "/a/");
	takes(4, 4, "substr", "1", "of", "w2");
	takes(1, 2, ".\"unit price\"", "/a/", "", "");
	takes(99, 3, "csv", "unit price", "/a/", "");
	takes(99, 2, ".3", "/a/", "", "");
	takes(2, 2, "w1,", "w2", "", "");
	takes(3, 3, "(w1", "w2", "w3)", "");
	takes(3, 4, "(", "w1", ")", "/a/");
	takes(99, 1, "500", "", "", "");
	takes(99, 2, "w1", "500", "", "");
	takes(99, 1, "2026-11-22", "", "", "");
	takes(99, 2, "word", "/a/", "", "");
	CHECK(range_begins("w2") && range_begins("500") && range_begins("word") && !range_begins("/w2/") &&
	      !range_begins("while"));
}

/* ---- with a table ---- */

struct bound {
	const char *framing, *separator, *header; /* of the table; a NULL header: it has no names */
	const char *range, *record, *want;        /* want: as above, or the beginning of the message */
};

#define H "id,price,\"unit price\",a.b\n"

static const struct bound bounds[] = {
	{ "csv", NULL, H, ".price", "1,5,x", "5|" },
	{ "csv", NULL, H, ".price", "1,\"5,\"\"6\",x", "5,\"6|" },
	{ "csv", NULL, H, ".\"unit price\",.id", "\"a,b\",5,x", "x|a,b|" },
	{ "csv", NULL, H, ".\"unit price\"", "1,5", "-|" },
	{ "csv", NULL, H, ".\"unit price\"", "1,5,", "|" },
	{ "csv", NULL, H, ".\"unit price\"", "", "-|" },
	{ "csv", NULL, H, "f2", "\"1,\",\"5\",x", "5|" },
	{ "csv", NULL, H, "csv 2", "\"1,\",\"5\",x", "5|" },
	{ "csv", NULL, H, "f-1", "\"1,\",\"5\",x", "x|" },
	{ "csv", NULL, H, "f1-2", "\"1,\",\"5\",x", "\"1,\",\"5\"|" },
	{ "csv", NULL, H, "f2-*", "1,2,3", "2,3|" },
	{ "csv", NULL, H, "w2", "1,2 3,4", "3,4|" },
	{ "csv", NULL, H, "*", "\"1\",2", "\"1\",2|" },
	{ "csv", NULL, H, "1-3", "\"1\",2", "\"1\"|" },
	{ "csv", NULL, H, "ws , w2", "1,2 3,4", "2 3|" },
	{ "csv", NULL, H, ".price.k", "1,\"{\"\"k\"\":\"\"v\"\"}\"", "v|" },
	{ "csv", NULL, H, ".id[1].x", "\"[1,{\"\"x\"\":7}]\",2", "7|" },
	{ "csv", NULL, H, ".id[1]", "[1", "-|" },
	{ "csv", NULL, H, ".id.x", "text,2", "-|" },
	{ "csv", NULL, H, ".\"a.b\"", "1,2,3,4", "4|" },
	{ "csv", NULL, H, "substr 2-3 of .price", "1,abcd", "bc|" },
	{ "csv", NULL, H, "substr fs ; f2 of .price", "1,a;b;c", "b|" },
	{ "csv", NULL, H, "substr f2 of .price", "1,a\tb", "b|" },
	{ "csv", NULL, H, "substr csv 1 of .price", "1,\"\"\"a\"\"\"\"b\"\",c\"", "a\"b|" },
	{ "csv", NULL, H, "substr .k of w2", "1 {\"k\":\"a\\nb\"}", "a\nb|" },
	{ "tsv", NULL, "id\tprice", "substr csv 1 of f2", "1\t\"a\"\"b\",c", "a\"b|" },
	{ "tsv", NULL, "id\tprice", "substr .k of w2", "1\t{\"k\":\"a\\nb\"}", "a\nb|" },
	{ "csv", NULL, "\357\273\277id,b\r\n", ".id", "1,2", "1|" },
	{ "csv:;", NULL, "a;b", ".b", "1,2;3", "3|" },
	{ "csv:;", NULL, "a;b", "csv 1", "1,2;3", "1,2|" },
	{ "csv", NULL, NULL, "f2", "1,\"2\",3", "2|" },
	{ "csv", NULL, NULL, ".b", "1,2", ".b: the table has no names (rec-split -H takes them from the first row)" },
	{ "csv", NULL, "\n,x", NULL, NULL, NULL },
	{ "csv", NULL, "\"\",b", ".\"\"", "1,2", "1|" },
	{ "csv", NULL, "Id,id", ".id", "1,2", "2|" },
	{ "csv", NULL, "3,%CPU", ".\"3\",.\"%CPU\"", "1,2", "1|2|" },
	{ "csv", NULL, "\303\251t\303\251,b", ".\303\251t\303\251", "1,2", "1|" },
	{ "tsv", NULL, "id\tprice", ".price", "1\t\"5\"", "\"5\"|" },
	{ "tsv", NULL, "id\tprice", "csv 2", "1\t\"5\"", "\"5\"|" },
	{ "tsv", NULL, "id\tprice", ".price.k", "1\t{\"k\":\"a\\nb\"}", "a\nb|" },
	{ "lines", "::", "id::price", ".price,f1", "1::5::6", "5|1|" },
	{ "lines", "::", "id::price", "f-1", "1::5::6", "6|" },
	{ "lines", NULL, "name", ".name,f1,f2", "a\tb, c", "a\tb, c|a\tb, c|-|" },
	{ "lines", NULL, "name", "f-1,f1-*", "a\tb", "a\tb|a\tb|" },
	{ "lines", "WORDS", "PID CMD", ".PID", " 5  a b ", "5|" },
	{ "lines", "WORDS", "PID CMD", ".CMD", " 5  a  b ", "a  b |" },
	{ "lines", "WORDS", "PID CMD", ".CMD", " 5 ", "-|" },
	{ "lines", "WORDS", "PID CMD", "f2,f3,f-1,f-2", "5 a b", "a b|-|a b|5|" },
	{ "lines", "WORDS", "A B C", "f1-2,f2-3,f2-*,f-2:-1", "5 a b c", "5 a|a b c|a b c|a b c|" },
	{ "lines", "WORDS", "A B C", "w3,w4", "5 a b c", "b|c|" },
	{ "lines", "WORDS", NULL, "f2,f3", "5 a b", "a|b|" },
	/* what is refused */
	{ "csv", NULL, H, ".prise", "", ".prise: no such column (the table has id, price, \"unit price\", \"a.b\")" },
	{ "csv", NULL, H, ".a.b", "",
	    ".a.b: no such column (the table has id, price, \"unit price\", \"a.b\"); that column is written '.\"a.b\"'" },
	{ "csv", NULL, "id,x[0]", ".x[0]", "",
	    ".x[0]: no such column (the table has id, \"x[0]\"); that column is written '.\"x[0]\"'" },
	{ "csv", NULL, "a,b,a", ".a", "", ".a: two columns have that name (the table has a, b, a)" },
	{ "csv", NULL, "a,b,a", ".b", "1,2,3", "2|" },
	{ "csv", NULL, "a,b,c,d,e,f,g,h,i,j,k", ".x", "",
	    ".x: no such column (the table has a, b, c, d, e, f, g, h, i, j, ...)" },
	{ "csv", NULL, "a\033[31m,b", ".x", "", ".x: no such column (the table has \"a\\u001b[31m\", b)" },
	{ "csv", NULL, "a", ".\"\\u001b\"", "", ".\"\\u001b\": no such column (the table has a)" },
	{ "csv", NULL, H, ".[0]", "", ".[0]: the name of a column is expected before the bracket, such as .items[0]" },
	{ "csv", NULL, H, "fs , f2", "", "fs: the table has its separator" },
	{ "csv", NULL, H, "fs ; csv 2", "", "fs: the table has its separator" },
	{ "tsv", NULL, "a\tb", "fs , f2", "", "fs: the table has its separator" },
	{ "new", NULL, "a", "f1", "", "the columns of new are not known here" },
	{ "new", NULL, "a", ".a", "", "the columns of new are not known here" },
	{ "new", NULL, "a", "w2", "a b", "b|" },
};

#undef H

/* Makes a table of JSON with columns a and b. */
static struct table *
json_table(void)
{
	const struct range_view names[] = { { "a", 1 }, { "b", 1 } };
	const struct table_parts parts = { .framing = "json", .names = names, .count = 2 };
	const char *rule;

	return table_make(&parts, &rule);
}

static void
bound(const struct bound *b)
{
	const struct table_parts parts = { .framing = b->framing, .separator = b->separator, .header = b->header,
		.header_len = b->header != NULL ? strlen(b->header) : 0 };
	char *word = strdup(b->range), before[200];
	struct range range = { 0 };
	const char *rule, *got;
	struct table *t = table_make(&parts, &rule);

	error.len = 0;
	CHECK(t != NULL && range_all(&range, &word, 1, &error) == 0);
	(void)snprintf(before, sizeof before, "%s", values(&range, b->record, strlen(b->record)));
	/* Another table before, and the same one twice, make no difference. */
	for (int i = 0; i < 2; i++) {
		error.len = 0;
		got = range_table(&range, t, &error) == 0 ? values(&range, b->record, strlen(b->record)) : NULL;
		if (got != NULL)
			CHECK(equal(got, b->want, b->range, b->record) && error.len == 0);
		else
			CHECK(equal(buf_string(&error), b->want, b->range, b->record));
	}
	if (got == NULL)
		CHECK(strcmp(values(&range, b->record, strlen(b->record)), before) == 0);
	error.len = 0;
	CHECK(range_table(&range, NULL, &error) == 0 && error.len == 0);
	CHECK(strcmp(values(&range, b->record, strlen(b->record)), before) == 0);
	range_free(&range);
	table_drop(t);
	free(word);
}

static void
tables(void)
{
	char paths[] = ".a", odd[] = ".c", field[] = "f2", comma[] = "fs , f2", *word = paths;
	struct table *t = json_table();
	struct range range = { 0 };

	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
		if (bounds[i].range != NULL)
			bound(&bounds[i]);
	/* JSON: only names are checked. */
	error.len = 0;
	CHECK(t != NULL && range_all(&range, &word, 1, &error) == 0 && range_names(&range));
	CHECK(range_table(&range, t, &error) == 0 && range_names(&range));
	CHECK(equal(values(&range, "{\"a\":5}", 7), "5|", ".a", "JSON"));
	range_free(&range);
	word = odd;
	CHECK(range_all(&range, &word, 1, &error) == 0 && range_table(&range, t, &error) == -1);
	CHECK(equal(buf_string(&error), ".c: no such column (the table has a, b)", ".c", "JSON"));
	range_free(&range);
	error.len = 0;
	word = comma;
	CHECK(range_all(&range, &word, 1, &error) == 0 && range_table(&range, t, &error) == 0 && !range_names(&range));
	CHECK(equal(values(&range, "1,2", 3), "2|", "fs", "JSON"));
	range_free(&range);
	table_drop(t);
	/* -F, whatever the parts are. */
	word = field;
	CHECK(range_fields(&range, ";", &error) == 0 && range_all(&range, &word, 1, &error) == 0);
	CHECK(equal(values(&range, "1;2;3,4", 7), "2|", "-F", ""));
	t = table_make(&(struct table_parts){ .framing = "csv" }, &(const char *){ NULL });
	CHECK(range_table(&range, t, &error) == -1);
	CHECK(equal(buf_string(&error), "-F: the table has its separator", "-F", ""));
	CHECK(equal(values(&range, "1;2;3,4", 7), "2|", "-F", ""));
	table_drop(t);
	range_free(&range);
	CHECK(range_fields(&range, "", &error) == -1);
	range_free(&range);
}

/*
 * Compares the n-th word and field with those found by looking at one byte after another, while the
 * range looks at many at once: on all lengths around the widths of masks.
 */
static void
one_by_one(void)
{
	char record[200], name[16], *word = name;

	for (int round = 0; round < 3000; round++) {
		size_t len = unit_random(sizeof record), start = 0;
		int words = (int)unit_random(2), n = 0, dense = 2 + (int)unit_random(20);

		for (size_t i = 0; i < len; i++)
			record[i] = unit_random((size_t)dense) == 0 ? (words ? " \t\n"[unit_random(3)] : '\t')
			                                            : (char)('a' + i % 20);
		for (size_t i = 0; i <= len && len > 0; i++) {
			struct range range = { 0 };
			struct range_view v;

			if (i < len && (words ? strchr(" \t\n", record[i]) == NULL : record[i] != '\t'))
				continue;
			if (!words || i > start) {
				snprintf(name, sizeof name, "%c%d", words ? 'w' : 'f', ++n);
				CHECK(range_all(&range, &word, 1, &error) == 0 &&
				      range_view(&range, 0, record, len, &v) == 1);
				CHECK(v.data == record + start && v.len == i - start);
				range_free(&range);
			}
			start = i + 1;
		}
	}
}

/* Unit i from the end is unit n+1-i from the beginning. */
static void
from_the_end(void)
{
	static const char *const prefixes[] = { "", "w", "f", "ws , w", "ws ,, w", "fs ,, f", "fs , f", "csv " };
	char record[200], a[40], b[40], first[220], *word;

	for (int round = 0; round < 20000; round++) {
		size_t len = unit_random(unit_random(8) == 0 ? sizeof record : 40);
		const char *prefix = prefixes[unit_random(sizeof prefixes / sizeof prefixes[0])];
		struct range range = { 0 };
		int total = 0, i, k;

		for (size_t n = 0; n < len; n++)
			record[n] = ",, \t\"ab\n"[unit_random(8)];
		for (total = 0;; total++) {
			struct range_view v;

			snprintf(a, sizeof a, "%s%d", prefix, total + 1);
			word = a;
			CHECK(range_all(&range, &word, 1, &error) == 0);
			k = range_view(&range, range.count - 1, record, len, &v);
			range_free(&range);
			if (k <= 0)
				break;
		}
		if (total == 0)
			continue;
		i = 1 + (int)unit_random((size_t)total);
		k = i + (int)unit_random((size_t)(total - i + 1));
		snprintf(a, sizeof a, "%s%d:%d", prefix, i, k);
		switch (unit_random(3)) {
		case 0:
			snprintf(b, sizeof b, "%s%d:%d", prefix, i - total - 1, k - total - 1);
			break;
		case 1:
			snprintf(b, sizeof b, "%s%d:%d", prefix, i, k - total - 1);
			break;
		default:
			snprintf(b, sizeof b, "%s%d:%d", prefix, i - total - 1, k);
		}
		word = a;
		CHECK(range_all(&range, &word, 1, &error) == 0);
		snprintf(first, sizeof first, "%.*s", (int)sizeof first - 1, values(&range, record, len));
		range_free(&range);
		word = b;
		CHECK(range_all(&range, &word, 1, &error) == 0);
		/*
		 * A csv range of one field gives its value, one of several gives them as they are
		 * written: only the same kinds are compared.
		 */
		if (strncmp(prefix, "csv", 3) != 0 || i != k)
			CHECK(equal(values(&range, record, len), first, b, record));
		range_free(&range);
	}
}

int
main(void)
{
	table();
	refusals();
	within();
	operands();
	tables();
	one_by_one();
	from_the_end();
	buf_free(&text);
	buf_free(&error);
	return unit_end("range");
}
