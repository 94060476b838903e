/*
 * Strings of JSON: what is written is read back, and is what json_scan takes; what is not UTF-8
 * is refused.
 */

#include <string.h>

#include "base/jsonstring.h"
#include "base/utf8.h"
#include "match/json.h"
#include "unit/unit.h"

static void
is(const char *data, size_t len, const char *want)
{
	struct buf out = { 0 };
	int result;

	CHECK(buf_adds(&out, "<") == 0);
	result = jsonstring_encode(&out, data, len);
	CHECK(result == (want != NULL));
	if (strcmp(buf_string(&out) + 1, want != NULL ? want : "") != 0)
		printf("%s, not %s\n", out.data, want);
	CHECK(strcmp(out.data + 1, want != NULL ? want : "") == 0);
	buf_free(&out);
}

#define IS(data, want) is(data, sizeof(data) - 1, want)

static void
by_chance(void)
{
	static const char *const pieces[] = { "a", "\"", "\\", "\n", "\x01", "\x7F", "\xC3\xA9", "\xE2\x82\xAC",
		"\xF0\x9F\x98\x80", "long plain text of more than one step", "\xFF", "\xC3" };
	struct buf text = { 0 }, out = { 0 }, back = { 0 };

	while (unit_round())
		for (int i = 0; i < 2000; i++) {
			struct json json = { 0 };
			size_t used;
			int valid;

			text.len = out.len = 0;
			for (size_t n = unit_random(20); n > 0; n--)
				CHECK(buf_adds(&text, pieces[unit_random(unit_random(8) == 0 ? 12 : 10)]) == 0);
			CHECK(buf_terminate(&text) == 0);
			valid = utf8_valid(text.data, text.len);
			CHECK(jsonstring_encode(&out, text.data, text.len) == valid);
			if (!valid) {
				CHECK(out.len == 0);
				continue;
			}
			CHECK(json_scan(&json, out.data, out.len, &used) == JSON_DONE && used == out.len);
			CHECK(jsonstring_decode(&back, out.data + 1, out.data + out.len - 1) == 1);
			CHECK(back.len == text.len && (text.len == 0 || memcmp(back.data, text.data, text.len) == 0));
			json_free(&json);
		}
	buf_free(&text);
	buf_free(&out);
	buf_free(&back);
}

int
main(void)
{
	IS("", "\"\"");
	IS("abc", "\"abc\"");
	IS("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	IS("\b\t\n\v\f\r\x1F\0", "\"\\b\\t\\n\\u000b\\f\\r\\u001f\\u0000\"");
	IS("\x7F\xC3\xA9", "\"\x7F\xC3\xA9\"");
	IS("0123456789abcdef0123456789abcde\"", "\"0123456789abcdef0123456789abcde\\\"\"");
	IS("\xFF", NULL);
	IS("plain text before \xED\xA0\x80", NULL);
	by_chance();
	return unit_end("jsonstring");
}
