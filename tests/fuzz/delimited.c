/*
 * delimited: any bytes as one word of the shell: a text or not, by the rules of delimited.h, which
 * are written here a second time. Also, what an error proposes to write instead works.
 */
#include <string.h>

#include "base/delimited.h"
#include "fuzz/main.h"

static int
is_hex(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int
is_punctuation(int c)
{
	return c > ' ' && c < 0x7F && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Writes the text that the word means to `to`. Returns its length, or SIZE_MAX if it is no text. */
static size_t
expected(const char *word, char *to)
{
	size_t len = strlen(word), digits = 0;

	while (len > 1 && (word[0] | 32) == 'x' && is_hex(word[1 + digits]))
		digits++;
	if (digits > 0 && 1 + digits == len) {
		char pair[3] = { 0 };

		for (size_t i = 0; i < digits / 2; i++) {
			memcpy(pair, word + 1 + 2 * i, 2);
			to[i] = (char)strtol(pair, NULL, 16);
		}
		return digits % 2 == 0 ? digits / 2 : SIZE_MAX;
	}
	if (len < 2 || !is_punctuation((unsigned char)word[0]) || word[len - 1] != word[0])
		return SIZE_MAX;
	for (size_t i = 1; i < len - 1; i++)
		if (word[i] == word[0])
			return SIZE_MAX;
	memcpy(to, word + 1, len - 2);
	return len - 2;
}

/* The last n bytes of the string, or "" if it has fewer. */
static const char *
tail(const struct buf *b, size_t n)
{
	return b->len >= n ? b->data + b->len - n : "";
}

/*
 * The error begins with the word. If it ends with what to write, "/text/, or -e text", that must
 * give the text: the word itself or, if the error was that a backslash does not take the delimiter,
 * the text that was meant.
 */
static void
check_error(const char *word, struct buf *error)
{
	static const char refused[] = ": a backslash does not make the ";
	size_t len = strlen(word), n = 0;
	struct buf bytes = { 0 }, none = { 0 };
	const char *at = buf_string(error);
	char *text, *proposed;

	MUST(at != NULL && error->len > len);
	if (len == 0)
		return;
	MUST(memcmp(at, word, len) == 0 && at[len] == ':');
	MUST((text = strdup(word)) != NULL);
	if (strncmp(at + len, refused, sizeof refused - 1) == 0) {
		for (size_t i = 1; i < len - 1; i++)
			if (word[i] != '\\' || word[i + 1] != word[0])
				text[n++] = word[i];
		text[n] = '\0';
		MUST(strcmp(tail(error, n), text) == 0);
	} else {
		n = len;
	}
	if (strcmp(tail(error, n), text) == 0 && strncmp(tail(error, n + 8), ", or -e ", 8) == 0) {
		MUST((proposed = strndup(tail(error, 2 * n + 10), n + 2)) != NULL);
		/* Unless the word holds every delimiter that is tried. */
		if (strpbrk(word, "@") == NULL || strchr(word, *proposed) == NULL) {
			MUST(delimited_parse(proposed, &bytes, &none) == 0);
			MUST(bytes.len == n && (n == 0 || memcmp(bytes.data, text, n) == 0));
		}
		free(proposed);
	}
	free(text);
	buf_free(&bytes);
	buf_free(&none);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *word = malloc(len + 1), *want = malloc(len + 1);
	struct buf bytes = { 0 }, error = { 0 };
	size_t n;
	int result;

	MUST(word != NULL && want != NULL);
	if (len > 0)
		memcpy(word, data, len);
	word[len] = '\0';
	n = expected(word, want);
	result = delimited_parse(word, &bytes, &error);
	MUST(result == (n == SIZE_MAX ? -1 : 0));
	if (result == 0) {
		MUST(error.len == 0 && bytes.len == n && (n == 0 || memcmp(bytes.data, want, n) == 0));
	} else {
		MUST(bytes.len == 0);
		check_error(word, &error);
	}
	buf_free(&bytes);
	buf_free(&error);
	free(word);
	free(want);
	return 0;
}
