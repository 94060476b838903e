/*
 * specs_words: reads tokens from the words of a program. They are read one after another as if
 * spaces were between them; only a text, and an operand of PAD, WS or FS, may be a whole word of
 * the shell with spaces in it. A part of specs.h.
 */

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "change/specs_private.h"

int
specs_wrong(struct specs_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)buf_addv(r->error, format, args);
	va_end(args);
	return -1;
}

int
specs_no_memory(struct specs_reader *r)
{
	return specs_wrong(r, "out of memory");
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

int
specs_more(struct specs_reader *r)
{
	for (;;) {
		if (r->at == r->count)
			return 0;
		while (is_blank(*r->p))
			r->p++;
		if (*r->p != '\0')
			return 1;
		if (++r->at < r->count)
			r->p = r->words[r->at];
	}
}

size_t
specs_token(const char *p)
{
	size_t n = 0;
	int quoted = 0;

	if (*p != '.')
		return strcspn(p, " \t\n");
	for (; p[n] != '\0' && (quoted || !is_blank(p[n])); n++) {
		if (p[n] == '"')
			quoted = !quoted;
		else if (quoted && p[n] == '\\' && p[n + 1] != '\0')
			n++;
	}
	return n;
}

int
specs_is_keyword(const char *p, size_t n, const char *keyword, size_t least)
{
	return n >= least && n <= strlen(keyword) && strncasecmp(p, keyword, n) == 0;
}

int
specs_take(struct specs_reader *r, const char *keyword, size_t least)
{
	size_t n;

	if (!specs_more(r) || !specs_is_keyword(r->p, n = specs_token(r->p), keyword, least))
		return 0;
	r->p += n;
	return 1;
}

int
specs_take_operand(struct specs_reader *r, const char *keyword, struct buf *out)
{
	size_t n;

	out->len = 0;
	if (*r->p == '\0' && r->at + 1 < r->count) {
		r->p = r->words[++r->at]; /* that whole word, which may be a space */
		n = strlen(r->p);
	} else {
		n = specs_more(r) ? specs_token(r->p) : 0;
	}
	if (n == 0)
		return specs_wrong(r, "%s: a character is expected after it", keyword);
	if (buf_add(out, r->p, n) < 0 || buf_terminate(out) < 0)
		return specs_no_memory(r);
	r->p += n;
	return 0;
}
