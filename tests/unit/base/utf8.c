#include <string.h>

#include "base/utf8.h"
#include "unit/unit.h"

static void
every_code_point(void)
{
	static const char *const bad[] = { "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2",
		"\xC2\x41", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF",
		"\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
		"\xF8\x88\x80\x80\x80", "\xFF" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(utf8_decode(bad[i], strlen(bad[i]), NULL) == 0);
	CHECK(utf8_decode("", 1, NULL) == 1); /* NUL is a character */

	/* Every code point, encoded here, comes back; if it is cut short, it is refused. */
	for (uint32_t c = 0; c <= 0x110000; c++) {
		char p[UTF8_MAX], encoded[UTF8_MAX];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		uint32_t got = 0, rest = c;
		int valid = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);

		for (size_t i = n; i-- > 1; rest >>= 6)
			p[i] = (char)(0x80 | (rest & 0x3F));
		p[0] = (char)(n == 1 ? rest : (0xF00U >> n & 0xFF) | rest);
		CHECK(utf8_decode(p, n, &got) == (valid ? n : 0) && (!valid || got == c));
		CHECK(n == 1 || utf8_decode(p, n - 1, NULL) == 0);
		if (c < 0x110000)
			CHECK(utf8_encode(c, encoded) == n && memcmp(encoded, p, n) == 0);
		for (size_t i = 0; i < n; i++)
			CHECK(utf8_continues(p[i]) == (i > 0));
	}
}

int
main(void)
{
	every_code_point();
	return unit_end("utf8");
}
