/* range_separator: what separates words and fields, as it is written after ws and fs and by -F. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "match/range_step.h"

/*
 * Adds punctuation, without a backslash before it: awk needs one before a character that means
 * something in an expression.
 */
static int
add_punctuation(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		i += s[i] == '\\' && i + 1 < n;
		if (buf_addc(out, s[i]) < 0)
			return -1;
	}
	return 0;
}

int
range_separator(struct buf *out, const char *s, size_t n, struct buf *error)
{
	static const struct {
		const char *name, *byte;
	} names[] = { { "BLANK", " " }, { "SPACE", " " }, { "TAB", "\t" }, { "\\t", "\t" }, { "\\n", "\n" } };
	char word[64];
	size_t letters = 0;

	out->len = 0;
	if (n == 0 || n >= sizeof word) {
		(void)buf_addf(error, "%.*s: a separator has 1 to %zu bytes", (int)n, s, sizeof word - 1);
		return -1;
	}
	memcpy(word, s, n);
	word[n] = '\0';
	if (n == 1)
		return buf_add(out, s, 1);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(names[i].name, word) == 0)
			return buf_addc(out, names[i].byte[0]);
	if (n == 2 && isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1])) {
		memcpy(word, (char[]){ 'x', s[0], s[1], '\0' }, 4);
		return delimited_parse(word, out, error);
	}
	if (n > 2 && delimited_is(word))
		return delimited_parse(word, out, error);
	for (size_t i = 0; i < n; i++)
		letters += isalnum((unsigned char)s[i]) != 0;
	if (letters == 0)
		return add_punctuation(out, s, n);
	if (strcasecmp(word, "WORDS") == 0) {
		(void)buf_addf(error, "%s: not a separator here; columns between blanks are rec-split -F WORDS", word);
		return -1;
	}
	(void)buf_addf(error,
	    "%s: a separator is one character, two hexadecimal digits, BLANK, SPACE, TAB, or a string such as /%s/",
	    word, word);
	return -1;
}

int
range_fields(struct range *range, const char *word, struct buf *error)
{
	range->separated = 1;
	return range_separator(&range->fields, word, strlen(word), error);
}
