/*
 * expr_lex: what is between quotes and between slashes.
 *
 * Regular expressions are those of rec-regex(7). awk's escapes within brackets and its octal
 * numbers mean something else there, so they are translated: [\t] to a tab, [\]] to [[.].]], \101
 * to \x41. All other escapes outside of brackets mean the same in both, or are rec-regex(7)'s own.
 */

#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "match/expr_node.h"

static int
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Reads up to three octal digits at text[*at], which is one. Returns their byte. */
static int
octal(const char *text, size_t len, size_t *at)
{
	int value = 0;

	for (int n = 0; n < 3 && *at < len && is_octal(text[*at]); n++)
		value = value * 8 + (text[(*at)++] - '0');
	return value & 0xFF;
}

/* Returns the byte of two hexadecimal digits at text[at], or -1. */
static int
hex_byte(const char *text, size_t len, size_t at)
{
	int high = at + 1 < len ? num_hex(text[at]) : -1, low = high >= 0 ? num_hex(text[at + 1]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

/* Returns the byte that a backslash and this letter mean in awk, or 0 if they mean none. */
static char
control(char c)
{
	static const char names[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";
	const char *p = c != '\0' ? strchr(names, c) : NULL;

	return p != NULL ? bytes[p - names] : 0;
}

const char *
expr_read_string(const char *text, size_t len, size_t *at, struct buf *out)
{
	size_t begin = *at - 1;

	while (*at < len && text[*at] != '"') {
		char c = text[*at];
		int byte;

		if (c != '\\') {
			(*at)++;
		} else if (*at + 1 < len && is_octal(text[*at + 1])) {
			(*at)++;
			c = (char)octal(text, len, at);
		} else if (*at + 1 < len && text[*at + 1] == 'x') {
			if ((byte = hex_byte(text, len, *at + 2)) < 0)
				return "two hexadecimal digits are expected after \\x";
			c = (char)byte;
			*at += 4;
		} else if (*at + 1 < len && (control(text[*at + 1]) != 0 || strchr("\"\\/", text[*at + 1]) != NULL)) {
			c = control(text[*at + 1]) != 0 ? control(text[*at + 1]) : text[*at + 1];
			*at += 2;
		} else {
			return *at + 1 < len ? "no escape of a string; a backslash itself is \\\\"
			                     : "the string is not closed by a quote";
		}
		if (buf_addc(out, c) < 0)
			return "";
	}
	if (*at == len) {
		*at = begin;
		return "the string is not closed by a quote";
	}
	(*at)++;
	return NULL;
}

const char *
expr_read_ere(const char *text, size_t len, size_t *at, struct buf *out)
{
	size_t begin = *at, i = begin;
	int result;

	/* A slash within brackets does not close the expression. */
	for (size_t bracket = 0; i < len && (text[i] != '/' || bracket > 0); i++) {
		if (text[i] == '\\') {
			i++;
		} else if (bracket == 0 && text[i] == '[') {
			bracket = i + 1;
			if (bracket < len && text[bracket] == '^')
				bracket++;
		} else if (bracket > 0 && text[i] == '[' && i + 1 < len && text[i + 1] != '\0' &&
			   strchr(".:=", text[i + 1]) != NULL) {
			size_t k = i + 2;

			while (k + 1 < len && (text[k] != text[i + 1] || text[k + 1] != ']'))
				k++;
			if (k + 1 < len)
				i = k + 1;
		} else if (bracket > 0 && text[i] == ']' && i > bracket) {
			bracket = 0;
		}
		/*
		 * If nothing closes a bracket expression, ere would report that, but the end of the
		 * expression is not known then.
		 */
	}
	if (i >= len) {
		*at = begin - 1;
		return "the regular expression is not closed by a slash";
	}
	result = expr_translate_ere(text + begin, i - begin, out);
	*at = i + 1;
	return result < 0 ? "" : NULL;
}

/* Adds a byte as a member of a list in brackets, also if it has a meaning of its own there. */
static int
add_listed(struct buf *out, char c)
{
	if (c != '\0' && strchr("]^-[", c) != NULL)
		return buf_addf(out, "[.%c.]", c);
	return buf_addc(out, c);
}

int
expr_translate_ere(const char *text, size_t len, struct buf *out)
{
	size_t bracket = 0; /* the place after the [ of a list and after its ^; 0: in no list */
	int result = 0;

	for (size_t i = 0; i < len && result == 0;) {
		char c = text[i], next = i + 1 < len ? text[i + 1] : '\0';

		if (c == '\\' && i + 1 < len) {
			size_t at = i + 1;

			if (is_octal(next) && next != '\0') {
				int byte = octal(text, len, &at);

				result = bracket > 0 ? add_listed(out, (char)byte)
				                     : buf_addf(out, "\\x%02X", (unsigned)byte);
				i = at;
			} else if (bracket > 0 &&
				   (control(next) != 0 || (next != '\0' && strchr("\\/\"]^-[", next) != NULL))) {
				result = add_listed(out, control(next) != 0 ? control(next) : next);
				i += 2;
			} else {
				result = buf_add(out, text + i, bracket > 0 ? 1 : 2);
				i += bracket > 0 ? 1 : 2;
			}
			continue;
		}
		if (bracket == 0 && c == '[') {
			bracket = i + 1 + (next == '^');
		} else if (bracket > 0 && c == '[' && next != '\0' && strchr(".:=", next) != NULL) {
			size_t k = i + 2;

			while (k + 1 < len && (text[k] != next || text[k + 1] != ']'))
				k++;
			if (k + 1 < len) {
				result = buf_add(out, text + i, k + 2 - i);
				i = k + 2;
				continue;
			}
		} else if (bracket > 0 && c == ']' && i > bracket) {
			bracket = 0;
		}
		result = buf_addc(out, c);
		i++;
		if (bracket == i + 1 && i < len) /* the ^ */
			result |= buf_addc(out, text[i++]);
	}
	return result;
}
