/*
 * Texts that are JSON by RFC 8259, and texts that are not, with the byte that shows it; each whole,
 * one byte at a time, and cut in two at every place.
 */
#include <stdlib.h>
#include <string.h>

#include "match/json.h"
#include "unit/unit.h"

/*
 * Scans data[0, len) in pieces: one of `first` bytes, then others of n bytes. *used counts from the
 * text's first byte.
 */
static enum json_verdict
scan(struct json *j, const char *data, size_t len, size_t first, size_t n, size_t *used)
{
	enum json_verdict verdict = JSON_MORE;
	size_t at = 0, size = first;

	json_reset(j);
	while (verdict == JSON_MORE && at < len) {
		char *copy = malloc(size); /* so that a sanitizer sees what is read after a piece */

		if (copy == NULL)
			abort();
		memcpy(copy, data + at, size);
		verdict = json_scan(j, copy, size, used);
		free(copy);
		*used += at;
		at += size;
		size = n < len - at ? n : len - at;
	}
	return verdict == JSON_MORE ? json_end(j) : verdict;
}

/*
 * json_value must find the same end, if the value is whole and what follows shows that, and must
 * find nothing else.
 */
static void
judge_whole(const char *data, size_t len, enum json_verdict want, size_t offset)
{
	static struct buf levels;
	size_t used = 0;
	int plain = *data != '{' && *data != '[' && *data != '"', got;

	got = json_value(data, len, &levels, &used);
	/* These end a scalar that is within another value, as json_value takes it. */
	if (want == JSON_WRONG && plain && offset > 0 && offset < len && memchr(",]}", data[offset], 3) != NULL) {
		struct json j = { .inside = 1 };
		size_t end;
		int done = scan(&j, data, len, len, len, &end) == JSON_DONE;

		CHECK(got == done && (!done || used == end));
		json_free(&j);
		return;
	}
	if (want != JSON_DONE || (plain && (offset == len || memchr(" \t\r\n,]}", data[offset], 7) == NULL)))
		CHECK(got == 0);
	else
		CHECK(got == 1 && used == offset);
}

/* Wants the verdict at the offset, however the text is cut. */
static void
judge(const char *data, size_t len, enum json_verdict want, size_t offset)
{
	struct json j = { 0 };
	size_t first, used = 0;

	for (first = 1; first <= len; first++) {
		CHECK(scan(&j, data, len, first, len, &used) == want && used == offset);
		CHECK(want != JSON_WRONG || j.wrong != NULL);
	}
	if (len > 0)
		CHECK(scan(&j, data, len, 1, 1, &used) == want && used == offset);
	if (len > 0)
		judge_whole(data, len, want, offset);
	if (scan(&j, data, len, len, len, &used) != want || used != offset)
		printf("'%.*s': byte %zu, wanted %zu\n", (int)len, data, used, offset);
	json_free(&j);
}

#define B(bytes) bytes, sizeof(bytes) - 1

static void
valid(const char *data, size_t len)
{
	char spaced[256];
	size_t i;

	judge(data, len, JSON_DONE, len);
	/* White space ends any value, and does not belong to it. */
	memcpy(spaced, data, len);
	for (i = 0; i < 4; i++) {
		spaced[len] = " \t\r\n"[i];
		judge(spaced, len + 1, JSON_DONE, len);
	}
	/* In an array, as a member, and deeper. */
	spaced[0] = '[';
	memcpy(spaced + 1, data, len);
	spaced[len + 1] = ']';
	judge(spaced, len + 2, JSON_DONE, len + 2);
	memcpy(spaced, "{\"\":[1,", 7);
	memcpy(spaced + 7, data, len);
	memcpy(spaced + 7 + len, "]\n}", 3);
	judge(spaced, len + 10, JSON_DONE, len + 10);
}

static void
wrong(const char *data, size_t len, size_t offset)
{
	judge(data, len, JSON_WRONG, offset);
}

static void
lists(void)
{
	valid(B("{}"));
	valid(B("[]"));
	valid(B("[ ]"));
	valid(B("{\n}"));
	valid(B("\"\""));
	valid(B("0"));
	valid(B("-0"));
	valid(B("1234567890"));
	valid(B("-1.5"));
	valid(B("0.0"));
	valid(B("0e0"));
	valid(B("1E+2"));
	valid(B("10.25e-00"));
	valid(B("true"));
	valid(B("false"));
	valid(B("null"));
	valid(B("[null,true,false,1,\"a\",[],{}]"));
	valid(B("{\"a\":1,\"a\":2,\"\":{\"b\":[{}]}}"));
	valid(B("[\n1\t,\r\"x\" ]"));
	valid(B("{ \"a\" : 1 , \"b\" : 2 }"));
	valid(B("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD834\\uDD1E\\uABCD\\uabcd\""));
	valid(B("\"\\uD800\"")); /* a lone surrogate is grammatical */
	valid(B("\"\x7F\""));    /* DEL is no control byte of the grammar */
	/* The ends of the ranges of RFC 3629, section 4. */
	valid(B("\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xEC\xBF\xBF\xED\x80\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\""));
	valid(B("\"\xF0\x90\x80\x80\xF3\xBF\xBF\xBF\xF4\x8F\xBF\xBF\""));

	/* What may come right after a number or a literal, and belongs to the next value. */
	judge(B("1{}"), JSON_DONE, 1);
	judge(B("1[]"), JSON_DONE, 1);
	judge(B("null\"a\""), JSON_DONE, 4);
	judge(B("{}1"), JSON_DONE, 2);
	judge(B("\"a\"true"), JSON_DONE, 3);
	judge(B("[]]"), JSON_DONE, 2);

	wrong(B(" 1"), 0);
	wrong(B("\xEF\xBB\xBF{}"), 0);
	wrong(B("'a'"), 0);
	wrong(B("}"), 0);
	wrong(B("]"), 0);
	wrong(B(","), 0);
	wrong(B("\0"), 0);
	wrong(B("NaN"), 0);
	wrong(B("Infinity"), 0);
	wrong(B("TRUE"), 0);
	wrong(B("trUe"), 2);
	wrong(B("truE"), 3);
	wrong(B("truee"), 4);
	wrong(B("nul"), 3);
	wrong(B("null,"), 4);
	wrong(B("nulll"), 4);
	wrong(B("truefalse"), 4);
	wrong(B("+1"), 0);
	wrong(B("-"), 1);
	wrong(B("-a"), 1);
	wrong(B("--1"), 1);
	wrong(B("01"), 1);
	wrong(B("-01"), 2);
	wrong(B("1."), 2);
	wrong(B("1.e1"), 2);
	wrong(B(".5"), 0);
	wrong(B("1e"), 2);
	wrong(B("1e+"), 3);
	wrong(B("1e5.0"), 3);
	wrong(B("1.5.0"), 3);
	wrong(B("0x10"), 1);
	wrong(B("1-2"), 1);
	wrong(B("1,"), 1);
	wrong(B("1]"), 1);
	wrong(B("[1-2]"), 2);
	wrong(B("[01]"), 2);
	wrong(B("["), 1);
	wrong(B("[1"), 2);
	wrong(B("[1,"), 3);
	wrong(B("[1,]"), 3);
	wrong(B("[,1]"), 1);
	wrong(B("[1 2]"), 3);
	wrong(B("[1}"), 2);
	wrong(B("[true:1]"), 5);
	wrong(B("{"), 1);
	wrong(B("{]"), 1);
	wrong(B("{1:2}"), 1);
	wrong(B("{a:2}"), 1);
	wrong(B("{\"a\"}"), 4);
	wrong(B("{\"a\":}"), 5);
	wrong(B("{\"a\",1}"), 4);
	wrong(B("{\"a\":1,}"), 7);
	wrong(B("{\"a\":1,,"), 7);
	wrong(B("{\"a\":1]"), 6);
	wrong(B("{\"a\":1 \"b\":2}"), 7);
	wrong(B("{\"a\"::1}"), 5);
	wrong(B("\""), 1);
	wrong(B("\"a"), 2);
	wrong(B("\"\n\""), 1);
	wrong(B("\"\t\""), 1);
	wrong(B("\"\0\""), 1);
	wrong(B("\"\x1F\""), 1);
	wrong(B("\"\\"), 2);
	wrong(B("\"\\a\""), 2);
	wrong(B("\"\\x41\""), 2);
	wrong(B("\"\\\0\""), 2);
	wrong(B("\"\\'\""), 2);
	wrong(B("\"\\u12\""), 5);
	wrong(B("\"\\u12g4\""), 5);
	wrong(B("\"\\U1234\""), 2);
	/* RFC 3629: overlong, surrogates, above U+10FFFF, cut short, a continuation alone. */
	wrong(B("\"\x80\""), 1);
	wrong(B("\"\xC0\x80\""), 1);
	wrong(B("\"\xC1\xBF\""), 1);
	wrong(B("\"\xC3\""), 2);
	wrong(B("\"\xE0\x9F\xBF\""), 2);
	wrong(B("\"\xED\xA0\x80\""), 2);
	wrong(B("\"\xE2\x82\""), 3);
	wrong(B("\"\xF0\x8F\xBF\xBF\""), 2);
	wrong(B("\"\xF4\x90\x80\x80\""), 2);
	wrong(B("\"\xF5\x80\x80\x80\""), 1);
	wrong(B("\"\xFF\""), 1);
	wrong(B("\"\xF0\x9F\x98\""), 4);
}

/*
 * Texts made of pieces, cut short and changed: json_valid must judge the whole text as json_scan
 * judges it in pieces.
 */
static void
random_texts(void)
{
	static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\\n\"",
		"\"long enough to be read at once, and more\"", "0", "-1.5e+3", "12", "true", "false", "null", " ",
		"\n", "\"\\", "\"", "\t", "tru", "{\"a\":1,\"b\":[2,{}]}", "[1,[],\"x\"]" };
	struct json j = { 0 };
	struct buf text = { 0 }, levels = { 0 };
	size_t valid = 0;

	for (int i = 0; i < 100000; i++) {
		size_t used = 0, at = 0;
		int want;

		text.len = 0;
		for (size_t n = 1 + unit_random(9); n > 0; n--)
			CHECK(buf_adds(&text, pieces[unit_random(sizeof pieces / sizeof pieces[0])]) == 0);
		/* Half of them are likely to be right: values within others. */
		for (size_t n = unit_random(2) * unit_random(100); n > 0 && text.len > 0; n--) {
			struct buf outer = { 0 };

			CHECK(buf_adds(&outer, n % 2 ? "{\"x\":" : "[") == 0 &&
			      buf_add(&outer, text.data, text.len) == 0 && buf_addc(&outer, n % 2 ? '}' : ']') == 0);
			buf_free(&text);
			text = outer;
		}
		if (unit_random(4) == 0)
			text.data[unit_random((unsigned)text.len)] = "{}[],:\"\\ 0"[unit_random(10)];
		while (at < text.len && strchr(" \t\n\r", text.data[at]) != NULL)
			at++;
		json_reset(&j);
		switch (json_scan(&j, text.data + at, text.len - at, &used)) {
		case JSON_MORE:
			want = json_end(&j) == JSON_DONE;
			break;
		case JSON_DONE:
			for (at += used, want = 1; at < text.len; at++)
				want &= strchr(" \t\n\r", text.data[at]) != NULL;
			break;
		default:
			want = 0;
		}
		if (json_valid(text.data, text.len, &levels) != want)
			printf("%.*s: not %d\n", (int)text.len, text.data, want);
		CHECK(json_valid(text.data, text.len, &levels) == want);
		valid += (size_t)want;
	}
	CHECK(valid > 1000 && valid < 90000);
	/* Bytes that are no UTF-8 pass within strings, and nowhere else. */
	CHECK(json_valid("\"\xC3\"", 3, &levels) == 1 && json_valid("\xC3", 1, &levels) == 0 &&
	      json_valid("[\xC3]", 3, &levels) == 0);
	CHECK(json_valid("", 0, &levels) == 0);
	json_free(&j);
	buf_free(&text);
	buf_free(&levels);
}

/* Texts as deep as they are long: one bit for each level, and each level closed by its own kind. */
static void
deep(void)
{
	enum { DEPTH = 1000000 };
	struct json j = { 0 };
	char *text = malloc(2 * DEPTH);
	size_t i, used;

	if (text == NULL)
		abort();
	for (i = 0; i < DEPTH; i++) {
		text[i] = '[';
		text[2 * DEPTH - 1 - i] = ']';
	}
	CHECK(json_scan(&j, text, 2 * DEPTH, &used) == JSON_DONE && used == 2 * DEPTH);
	CHECK(j.stack.cap <= 2 * DEPTH / 8 + 64);
	json_reset(&j);
	CHECK(json_scan(&j, text, 2 * DEPTH - 1, &used) == JSON_MORE && json_end(&j) == JSON_WRONG);
	text[DEPTH + 77] = '}';
	json_reset(&j);
	CHECK(json_scan(&j, text, 2 * DEPTH, &used) == JSON_WRONG && used == DEPTH + 77);
	json_free(&j);
	free(text);
}

int
main(void)
{
	struct json j = { 0 };

	CHECK(json_end(&j) == JSON_WRONG); /* no value at all */
	lists();
	random_texts();
	deep();
	return unit_end("json");
}
