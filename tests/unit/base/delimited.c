#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/delimited.h"
#include "unit/unit.h"

struct line {
	const char *word;
	const char *bytes; /* the bytes that the word means; NULL: the word is wrong */
	size_t len;
	const char *error; /* if bytes is NULL: the whole line */
};

#define BYTES(s) s, sizeof(s) - 1, NULL
#define WRONG(s) NULL, 0, s

static const struct line lines[] = {
	{ "/a/", BYTES("a") },
	{ "/a b/", BYTES("a b") },
	{ "//", BYTES("") },
	{ ",/path,", BYTES("/path") },
	{ "\"x\"", BYTES("x") },
	{ "'\n'", BYTES("\n") },
	{ "/\xc3\xa4\xff/", BYTES("\xc3\xa4\xff") },
	{ "_a_", BYTES("a") },
	{ "-a-", BYTES("a") },
	{ "\\\\", BYTES("") },
	{ "/x00/", BYTES("x00") },
	{ "x00", BYTES("\0") },
	{ "X0aFf", BYTES("\x0a\xff") },
	{ "xdeadBEEF", BYTES("\xde\xad\xbe\xef") },
	{ "", WRONG("an empty word: a string is written /text/, the empty one //") },
	{ "timeout", WRONG("timeout: write /timeout/, or -e timeout") },
	{ "a/b", WRONG("a/b: write ,a/b,, or -e a/b") },
	{ "a/b,c|d!e", WRONG("a/b,c|d!e: write +a/b,c|d!e+, or -e a/b,c|d!e") },
	{ "500", WRONG("500: write /500/, or -e 500") },
	{ "x", WRONG("x: write /x/, or -e x") },
	{ "x0g", WRONG("x0g: write /x0g/, or -e x0g") },
	{ "xabc", WRONG("xabc: bytes are written as pairs of hexadecimal digits, a string as /xabc/") },
	{ " a ", WRONG(" a : write / a /, or -e  a ") },
	{ "\xc3\xa4\xc3", WRONG("\xc3\xa4\xc3: write /\xc3\xa4\xc3/, or -e \xc3\xa4\xc3") },
	{ "/path/to", WRONG("/path/to: there is more after the closing /: write ,/path/to,, or -e /path/to") },
	{ "///", WRONG("///: there is more after the closing /: write ,///,, or -e ///") },
	{ "/a",
	    WRONG("/a: the string is not closed by a second / within the word: spaces need quotes of the shell; "
		  "if the / is part of it, write ,/a,, or -e /a") },
	{ "/",
	    WRONG("/: the string is not closed by a second / within the word: spaces need quotes of the shell; "
		  "if the / is part of it, write ,/,, or -e /") },
	{ "^a/",
	    WRONG("^a/: the string is not closed by a second ^ within the word: spaces need quotes of the shell; "
		  "if the ^ is part of it, write ,^a/,, or -e ^a/") },
	{ "/a\\/b\\.\\//",
	    WRONG(
		"/a\\/b\\.\\//: a backslash does not make the / part of the string: write ,a/b\\./,, or -e a/b\\./") },
	{ "|a\\|b|", WRONG("|a\\|b|: there is more after the closing |: write /|a\\|b|/, or -e |a\\|b|") },
	{ "/a/b\\/c/", WRONG("/a/b\\/c/: there is more after the closing /: write ,/a/b\\/c/,, or -e /a/b\\/c/") },
	{ "/a\\/b", WRONG("/a\\/b: there is more after the closing /: write ,/a\\/b,, or -e /a\\/b") },
	{ "-v", WRONG("-v: options come before the first operand; a string is /-v/, or -e -v") },
	{ "--else", WRONG("--else: options come before the first operand; a string is /--else/, or -e --else") },
};

int
main(void)
{
	struct buf bytes = { 0 }, error = { 0 };

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const struct line *l = &lines[i];
		int result;

		/* The bytes are appended; a wrong word leaves them as they were. */
		bytes.len = error.len = 0;
		CHECK(buf_adds(&bytes, "before") == 0 && buf_adds(&error, "verb: ") == 0);
		result = delimited_parse(l->word, &bytes, &error);
		CHECK(bytes.len >= 6 && memcmp(bytes.data, "before", 6) == 0);
		if (l->bytes != NULL) {
			CHECK(result == 0 && bytes.len == 6 + l->len && memcmp(bytes.data + 6, l->bytes, l->len) == 0);
			CHECK(error.len == 6);
		} else {
			CHECK(result == -1 && bytes.len == 6);
			CHECK(strcmp(buf_string(&error) + 6, l->error) == 0);
			if (strcmp(buf_string(&error) + 6, l->error) != 0)
				printf("%s\n", buf_string(&error));
		}
	}
	/* Each punctuation character, as the delimiter, encloses every other byte. */
	for (int d = 1; d < 256; d++)
		for (int c = 1; c < 256; c++) {
			char word[] = { (char)d, (char)c, (char)d, '\0' };

			bytes.len = error.len = 0;
			if (d > 32 && d < 127 && !isalnum(d))
				CHECK(delimited_parse(word, &bytes, &error) == (c == d ? -1 : 0));
			else if (!(d == 'x' || d == 'X') || !isxdigit(c))
				CHECK(delimited_parse(word, &bytes, &error) == -1);
			CHECK(bytes.len == 0 || (bytes.len == 1 && (unsigned char)bytes.data[0] == c));
		}
	buf_free(&bytes);
	buf_free(&error);
	return unit_end("delimited");
}
