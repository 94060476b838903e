/* delimited: see delimited.h. */

#include <ctype.h>
#include <string.h>

#include "base/delimited.h"
#include "base/num.h"

static int
parse_hex(const char *digits, size_t n, struct buf *bytes)
{
	for (size_t i = 0; i < n; i += 2)
		if (buf_addc(bytes, (char)(num_hex(digits[i]) << 4 | num_hex(digits[i + 1]))) < 0)
			return -1;
	return 0;
}

char
delimited_delimiter(const char *word)
{
	const char *p = "/,|!+=@";

	while (p[1] != '\0' && strchr(word, *p) != NULL)
		p++;
	return *p;
}

static int
is_hex(const char *word, size_t len)
{
	return len > 1 && (word[0] == 'x' || word[0] == 'X') && strspn(word + 1, "0123456789abcdefABCDEF") == len - 1;
}

int
delimited_is(const char *word)
{
	size_t len = strlen(word);

	if (is_hex(word, len))
		return len % 2 == 1;
	return len > 1 && isascii((unsigned char)word[0]) && ispunct((unsigned char)word[0]) &&
	    strchr(word + 1, word[0]) == word + len - 1;
}

int
delimited_is_option(const char *word)
{
	if (word[0] != '-')
		return 0;
	if (word[1] == '-')
		return isalpha((unsigned char)word[2]) != 0;
	return isalpha((unsigned char)word[1]) && strchr(word + 1, '-') == NULL;
}

/*
 * Returns 1 if the word is a text in which each delimiter has a backslash before it, as in awk and
 * sed; else 0. Also 0 if a backslash before that delimiter means something to an expression.
 */
static int
is_escaped(const char *word, size_t len)
{
	if (len < 2 || strchr("|+*?.()[]{}^$<>\\", word[0]) != NULL || word[len - 1] != word[0] ||
	    word[len - 2] == '\\')
		return 0;
	for (size_t i = 1; i < len - 1; i++)
		if (word[i] == word[0] && word[i - 1] != '\\')
			return 0;
	return 1;
}

/* Appends what the user meant by such a word: the text without those backslashes. */
static void
add_unescaped(struct buf *to, const char *word, size_t len)
{
	for (size_t i = 1; i < len - 1; i++)
		if (word[i] != '\\' || word[i + 1] != word[0])
			(void)buf_addc(to, word[i]);
}

int
delimited_parse(const char *word, struct buf *bytes, struct buf *error)
{
	size_t len = strlen(word);
	const char *end;
	char d;

	if (is_hex(word, len)) {
		if (len % 2 == 1)
			return parse_hex(word + 1, len - 1, bytes);
		(void)buf_addf(error, "%s: bytes are written as pairs of hexadecimal digits, a string as /%s/",
		    word, word);
		return -1;
	}
	if (len == 0) {
		(void)buf_adds(error, "an empty word: a string is written /text/, the empty one //");
		return -1;
	}
	if (!isascii((unsigned char)word[0]) || !ispunct((unsigned char)word[0])) {
		d = delimited_delimiter(word);
		(void)buf_addf(error, "%s: write %c%s%c, or -e %s", word, d, word, d, word);
		return -1;
	}
	end = strchr(word + 1, word[0]);
	if (delimited_is_option(word)) {
		d = delimited_delimiter(word);
		(void)buf_addf(error, "%s: options come before the first operand; a string is %c%s%c, or -e %s", word,
		    d, word, d, word);
		return -1;
	}
	if (end == NULL) {
		d = delimited_delimiter(word);
		(void)buf_addf(error,
		    "%s: the string is not closed by a second %c within the word: spaces need quotes of the shell; "
		    "if the %c is part of it, write %c%s%c, or -e %s", word, word[0], word[0], d, word, d, word);
		return -1;
	}
	if (end[1] != '\0' && is_escaped(word, len)) {
		d = delimited_delimiter(word);
		(void)buf_addf(error, "%s: a backslash does not make the %c part of the string: write %c",
		    word, word[0], d);
		add_unescaped(error, word, len);
		(void)buf_addf(error, "%c, or -e ", d);
		add_unescaped(error, word, len);
		return -1;
	}
	if (end[1] != '\0') {
		d = delimited_delimiter(word);
		(void)buf_addf(error, "%s: there is more after the closing %c: write %c%s%c, or -e %s", word, word[0],
		    d, word, d, word);
		return -1;
	}
	return buf_add(bytes, word + 1, (size_t)(end - word - 1));
}
