/* csvfield: see csvfield.h. */

#include <string.h>

#include "match/csvfield.h"

/* Returns the place after the quote that closes the one at p, or NULL if none does. */
static const char *
after_quotes(const char *p, const char *end)
{
	for (p++; (p = memchr(p, '"', (size_t)(end - p))) != NULL; p += 2)
		if (p + 1 == end || p[1] != '"')
			return p + 1;
	return NULL;
}

int
csvfield_closed(const char *p, const char *end)
{
	return p == end || *p != '"' || after_quotes(p, end) != NULL;
}

const char *
csvfield_end(const char *p, const char *end, const char *separator, size_t len)
{
	const char *found;

	if (p < end && *p == '"' && (p = after_quotes(p, end)) == NULL)
		return end;
	found = len == 1 ? memchr(p, separator[0], (size_t)(end - p)) : memmem(p, (size_t)(end - p), separator, len);
	return found != NULL ? found : end;
}

int
csvfield_value(struct range_view *v, struct buf *scratch)
{
	const char *p = v->data + 1, *end = v->data + v->len, *quote;

	if (v->len == 0 || v->data[0] != '"')
		return 1;
	quote = memchr(p, '"', (size_t)(end - p));
	if (quote == NULL || quote + 1 == end) {
		v->data = p;
		v->len = (size_t)((quote != NULL ? quote : end) - p);
		return 1;
	}
	scratch->len = 0;
	for (;;) {
		if (buf_add(scratch, p, (size_t)(quote - p)) < 0)
			return -1;
		if (quote == end)
			break;
		p = quote + 1;
		if (p < end && *p == '"') {
			if (buf_addc(scratch, '"') < 0)
				return -1;
			quote = memchr(p + 1, '"', (size_t)(end - p - 1));
			p++;
			if (quote == NULL)
				quote = end;
		} else {
			quote = end; /* all that follows the closing quote is content */
		}
	}
	v->data = scratch->data != NULL ? scratch->data : v->data;
	v->len = scratch->len;
	return 1;
}

int
csvfield_row(const char *p, const char *end, const char *separator, size_t len)
{
	for (;;) {
		const char *next = csvfield_end(p, end, separator, len), *after = p;

		if (p < next && *p == '"' && (after = after_quotes(p, next)) == NULL)
			return 0;
		if (memchr(after, '\n', (size_t)(next - after)) != NULL)
			return 0;
		if (next == end)
			return 1;
		p = next + len;
	}
}
