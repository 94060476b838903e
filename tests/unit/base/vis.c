#include <locale.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vis.h"
#include "unit/unit.h"

/* Returns 1 if all of data is shown as want, in that number of columns, else 0. */
static int
shows(const char *data, size_t len, int flags, const char *want, size_t want_columns)
{
	struct buf b = { 0 };
	size_t columns = 99;
	int good = vis_bytes(&b, data, len, 0, flags, &columns) == len &&
	           strcmp(buf_string(&b), want) == 0 && columns == want_columns;

	if (!good)
		printf("# shown: %s (%zu columns)\n", buf_string(&b), columns);
	buf_free(&b);
	return good;
}

#define SHOWS(data, flags, want, columns) CHECK(shows(data, sizeof(data) - 1, flags, want, columns))

/*
 * Returns 1 if data, cut to width, is shown as want, and that number of its bytes are used; else 0.
 */
static int
cuts(const char *data, size_t width, const char *want, size_t want_used)
{
	struct buf b = { 0 };
	size_t columns, used = vis_bytes(&b, data, strlen(data), width, 0, &columns);
	int good = used == want_used && strcmp(buf_string(&b), want) == 0 && columns <= width;

	buf_free(&b);
	return good;
}

static void
any_locale(void)
{
	SHOWS("", 0, "", 0);
	SHOWS("plain ~ text", 0, "plain ~ text", 12);
	SHOWS("a\0b\033[2J\177\r\n\t.", 0, "a^@b^[[2J^?^M^J^I.", 18);
	SHOWS("a\tb\n\tcc\rd\n", VIS_NEWLINES, "a\tb\n\tcc^Md\n", 22);
	SHOWS("1234567\t.12345678\t.", VIS_NEWLINES, "1234567\t.12345678\t.", 25);
	CHECK(cuts("abc", 2, "ab", 2));
	CHECK(cuts("abc", 3, "abc", 3));
	CHECK(cuts("ab\ncd", 3, "ab", 2));
	CHECK(cuts("ab\ncd", 4, "ab^J", 3));
	CHECK(cuts("\n", 1, "", 0));
	CHECK(cuts("a\xFFg", 5, "a\\xFF", 2));
	CHECK(cuts("a\xFFg", 4, "a", 1));
}

static void
only_ascii(void)
{
	SHOWS("\x7F\x80\xC3\xA9", 0, "^?\\x80\\xC3\\xA9", 14);
	CHECK(cuts("\xC3\xA9", 7, "\\xC3", 1));
}

static void
only_utf8(void)
{
	SHOWS("gr\xC3\xBC\xC3\x9F", 0, "gr\xC3\xBC\xC3\x9F", 4);
	SHOWS("\xE6\xBC\xA2!", 0, "\xE6\xBC\xA2!", 3);                      /* a wide character */
	SHOWS("e\xCC\x81.", 0, "e\xCC\x81.", 2);                            /* a combining accent */
	SHOWS("\xC2\x80\xC2\x9B\xC2\xA0", 0, "\\u{80}\\u{9B}\xC2\xA0", 13); /* C1, no-break space */
	SHOWS("a\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C\xEF\xBB\xBF", 0,
	    "a\\u{202E}\\u{2066}\\u{61C}\\u{FEFF}", 32);
	SHOWS("\xE2\x80\xA8\xE2\x80\x8E\xE2\x80\xA9\xE2\x80\x8F", 0,
	    "\\u{2028}\\u{200E}\\u{2029}\\u{200F}", 32);
	/* What nothing shows; but joiners are parts of words. */
	SHOWS("i\xE2\x80\x8B\xC2\xAD\xE2\x81\xA0\xE3\x85\xA4", 0, "i\\u{200B}\\u{AD}\\u{2060}\\u{3164}", 31);
	SHOWS("\xE2\x80\x8C\xE2\x80\x8D", 0, "\xE2\x80\x8C\xE2\x80\x8D", 0);
	SHOWS("\xC3\xC3\xA9\xE2\x82\xED\xA0\x80", 0, "\\xC3\xC3\xA9\\xE2\\x82\\xED\\xA0\\x80", 25);
	SHOWS("\xC0\xAF\xFF", 0, "\\xC0\\xAF\\xFF", 12);
	CHECK(cuts("\xE6\xBC\xA2\xE6\xBC\xA2", 3, "\xE6\xBC\xA2", 3));
	CHECK(cuts("\xE6\xBC\xA2", 1, "", 0));
	CHECK(cuts("ae\xCC\x81z", 2, "ae\xCC\x81", 4));
	CHECK(cuts("\xC2\x80", 5, "", 0));
}

/*
 * Of any bytes, nothing that is shown can control a terminal, and a cut is never wider than asked.
 */
static void
harmless(void)
{
	for (int k = 0; k < 20000; k++) {
		struct buf b = { 0 };
		char data[40];
		size_t len = unit_random(sizeof(data) + 1), width = unit_random(50), columns, used;
		int control = 0;

		for (size_t i = 0; i < len; i++)
			data[i] = (char)(unit_random(2) ? unit_random(256) : 'a' + unit_random(26));
		used = vis_bytes(&b, data, len, width, 0, &columns);
		CHECK(used <= len && (width == 0 ? used == len : columns <= width));
		for (size_t i = 0, n; i < b.len; i += n) {
			uint32_t c = 0;

			n = utf8_decode(b.data + i, b.len - i, &c);
			control |= n == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0);
			n += n == 0;
		}
		CHECK(!control);
		buf_free(&b);
	}
}

/* A text that is too long keeps its beginning and its end, in whole characters. */
static void
fits(void)
{
	struct buf b = { 0 };

	CHECK(vis_fit(&b, NULL, 40) == 0 && vis_fit(&b, "", 40) == 0 && b.len == 0);
	CHECK(buf_adds(&b, "x") == 0);
	CHECK(vis_fit(&b, "0123456789012345678901234567890123456789", 40) == 40 && b.len == 41);
	b.len = 1;
	CHECK(vis_fit(&b, "the beginning of a name that is too long: reason", 40) == 40);
	CHECK(strcmp(buf_string(&b), "xthe beginning of a name t ... ng: reason") == 0);
	for (size_t most = 32; most < 80; most++)
		for (size_t before = 0; before < 4; before++) {
			char text[200] = "abc";
			size_t n, len = before;

			while (len < sizeof text - 4)
				len += (size_t)snprintf(text + len, sizeof text - len, "%s",
				    len % 3 ? "\xC3\xA9" : "\xE2\x82\xAC");
			b.len = 0;
			n = vis_fit(&b, text, most);
			CHECK(n == b.len && n <= most && n + 12 > most);
			CHECK(strstr(buf_string(&b), " ... ") != NULL);
			for (size_t i = 0, c = 1; i < b.len && c > 0; i += c) {
				c = utf8_decode(b.data + i, b.len - i, NULL);
				CHECK(c > 0);
			}
		}
	buf_free(&b);
}

int
main(void)
{
	any_locale();
	/* Before setlocale no libc has UTF-8; afterwards musl always has it. */
	only_ascii();
	harmless();
	fits();
	if (setlocale(LC_ALL, "C.UTF-8") != NULL || setlocale(LC_ALL, "en_US.UTF-8") != NULL) {
		any_locale();
		only_utf8();
		harmless();
		fits();
	} else {
		printf("# vis: there is no UTF-8 locale here\n");
	}
	return unit_end("vis");
}
