/* words: see words.h. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/delimited.h"
#include "base/jsonstring.h"
#include "base/words.h"

static const char spaces[] = " \t\n";

static int
ends_in(const char *word, const char *end)
{
	size_t n = strlen(word), k = strlen(end);

	return n >= k && strcasecmp(word + n - k, end) == 0;
}

/*
 * Returns the quote that closes the name after `quote`, or NULL. In the name of a column (csv) a
 * quote is doubled; in that of a path it follows a backslash.
 */
static char *
closing_quote(char *quote, int csv)
{
	const char *end;

	if (!csv)
		end = jsonstring_end(quote + 1, quote + strlen(quote), NULL);
	else
		for (end = strchr(quote + 1, '"'); end != NULL && end[1] == '"';)
			end = strchr(end + 2, '"');
	return end != NULL ? quote + (end - quote) : NULL;
}

/* Returns the end of a word of a range. before: the word before it. */
static char *
range_end(char *word, const char *before)
{
	int csv = ends_in(before, "csv"), path = !csv && *word == '.';
	char *p, *close;

	/* A separator is any one word, also one with quotes. */
	if (ends_in(before, "fs") || ends_in(before, "ws") || ends_in(before, "sep") || ends_in(before, "separator"))
		return word + strcspn(word, spaces);
	for (p = word; *p != '\0' && strchr(spaces, *p) == NULL; p++) {
		if (*p == '(' || *p == ',')
			path = p[1] == '.';
		if (*p == '"' && (p == word ? csv : path && p[-1] == '.') &&
		    (close = closing_quote(p, p == word && csv)) != NULL)
			p = close;
	}
	return p;
}

size_t
words_divide(char *s, enum words_kind kind, char **words)
{
	size_t n = 0;

	for (;;) {
		char *end, c;

		s += strspn(s, spaces);
		if (*s == '\0')
			return n;
		words[n] = s;
		end = s + strcspn(s, spaces);
		c = *end;
		*end = '\0';
		if (kind == WORDS_RANGES || (kind == WORDS_TEXTS && !delimited_is(s))) {
			*end = c;
			end = range_end(s, n > 0 ? words[n - 1] : "");
			c = *end;
			*end = '\0';
		}
		n++;
		if (c == '\0')
			return n;
		s = end + 1;
	}
}

int
words_init(struct words *w, const char *string, enum words_kind kind)
{
	*w = (struct words){ .list = calloc(strlen(string) / 2 + 1, sizeof *w->list), .copy = strdup(string) };
	if (w->list == NULL || w->copy == NULL) {
		words_free(w);
		return -1;
	}
	w->count = words_divide(w->copy, kind, w->list);
	return 0;
}

void
words_free(struct words *w)
{
	free(w->list);
	free(w->copy);
	*w = (struct words){ 0 };
}

int
words_quote(struct buf *out, const char *word, size_t len)
{
	int bad = buf_addc(out, '\'');

	/* A quote ends the quotes, stands after a backslash, and begins them again. */
	for (size_t i = 0; i < len; i++)
		bad |= word[i] == '\'' ? buf_adds(out, "'\\''") : buf_addc(out, word[i]);
	return bad | buf_addc(out, '\'');
}

int
words_show(struct buf *out, const char *word)
{
	if (*word == '\0' || strpbrk(word, " \t\n'\"\\$`*?[]&|;<>()#~!{}") != NULL)
		return words_quote(out, word, strlen(word));
	return buf_adds(out, word);
}
