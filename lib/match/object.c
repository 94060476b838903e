/* object: see object.h. */

#include <string.h>

#include "base/bom.h"
#include "base/jsonstring.h"
#include "match/object.h"

/* The bytes that end a number, true, false or null. */
static const unsigned char ends_scalar[256] = {
	[' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\r'] = 1, [','] = 1, ['}'] = 1, [']'] = 1, [':'] = 1, ['"'] = 1
};

const char *
object_value_end(const char *p, const char *end)
{
	size_t depth = 0;

	if (p == end)
		return NULL;
	if (*p != '{' && *p != '[') {
		const char *begin = p;

		if (*p == '"')
			return (p = jsonstring_end(p + 1, end, NULL)) != NULL ? p + 1 : NULL;
		while (p < end && !ends_scalar[(unsigned char)*p])
			p++;
		return p > begin ? p : NULL;
	}
	for (; p < end; p++) {
		if (*p == '"') {
			if ((p = jsonstring_end(p + 1, end, NULL)) == NULL)
				return NULL;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if ((*p == '}' || *p == ']') && --depth == 0) {
			return p + 1;
		}
	}
	return NULL;
}

const char *
object_begin(const char *data, size_t len, char *open)
{
	const char *end = data + len, *p = object_space(data + bom_utf8(data, len), end);

	if (p == end || (*p != '{' && *p != '['))
		return NULL;
	*open = *p;
	return p + 1;
}

/* Skips spaces, and the comma before what is next. */
static const char *
skip_comma(const char *p, const char *end)
{
	p = object_space(p, end);
	return p < end && *p == ',' ? object_space(p + 1, end) : p;
}

int
object_next(const char **p, const char *end, struct object_member *m)
{
	const char *quote, *value, *stop;

	*p = skip_comma(*p, end);
	if (*p == end || **p != '"' || (quote = jsonstring_end(*p + 1, end, &m->escapes)) == NULL)
		return 0;
	value = object_space(quote + 1, end);
	if (value == end || *value != ':')
		return 0;
	value = object_space(value + 1, end);
	if ((stop = object_value_end(value, end)) == NULL)
		return 0;
	m->name = (struct range_view){ *p + 1, (size_t)(quote - *p) - 1 };
	m->value = (struct range_view){ value, (size_t)(stop - value) };
	*p = stop;
	return 1;
}

int
object_element(const char **p, const char *end, struct range_view *value)
{
	const char *stop;

	*p = skip_comma(*p, end);
	if (*p == end || *(*p) == ']' || (stop = object_value_end(*p, end)) == NULL)
		return 0;
	*value = (struct range_view){ *p, (size_t)(stop - *p) };
	*p = stop;
	return 1;
}

int
object_named(const struct object_member *m, const char *name, size_t len, struct buf *scratch)
{
	const char *data = m->name.data;
	size_t n = m->name.len;

	if (m->escapes) {
		int result = jsonstring_decode(scratch, data, data + n);

		if (result <= 0)
			return result;
		data = scratch->data;
		n = scratch->len;
	}
	return n == len && (len == 0 || memcmp(data, name, len) == 0);
}
