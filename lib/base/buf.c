/*
 * buf: see buf.h. The memory doubles, so adding n bytes one at a time takes a time linear in n.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

enum { FIRST = 64 }; /* bytes that are allocated at least, so most short strings take one malloc */

int
buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap;
	char *data;

	if (more <= b->cap - b->len)
		return 0;
	/* In more than PTRDIFF_MAX bytes pointers could not be subtracted. */
	if (more > PTRDIFF_MAX - b->len) {
		errno = ENOMEM;
		return -1;
	}
	need = b->len + more;
	cap = b->cap <= PTRDIFF_MAX / 2 ? 2 * b->cap : PTRDIFF_MAX;
	if (cap < FIRST)
		cap = FIRST;
	if (cap < need)
		cap = need;
	data = realloc(b->data, cap);
	if (data == NULL)
		return -1;
	b->data = data;
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (n == 0) /* memcpy must not see the NULLs of an empty view or buffer */
		return 0;
	if (buf_reserve(b, n) != 0)
		return -1;
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
	return 0;
}

int
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_adds(struct buf *b, const char *string)
{
	return buf_add(b, string, strlen(string));
}

int
buf_addv(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0 || buf_reserve(b, (size_t)n + 1) != 0)
		return -1;
	vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
	b->len += (size_t)n;
	return 0;
}

int
buf_addu(struct buf *b, uint32_t c)
{
	char bytes[UTF8_MAX];

	return buf_add(b, bytes, utf8_encode(c, bytes));
}

int
buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = buf_addv(b, format, args);
	va_end(args);
	return result;
}

int
buf_terminate(struct buf *b)
{
	if (buf_reserve(b, 1) != 0)
		return -1;
	b->data[b->len] = '\0';
	return 0;
}

char *
buf_string(struct buf *b)
{
	static char none[1];

	return buf_terminate(b) == 0 ? b->data : none;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
