#ifndef BUF_H
#define BUF_H

/*
 * buf: bytes that grow. A struct buf of zeros is valid and empty; it owns its memory until buf_free.
 * Functions that grow it return 0, or -1 with errno ENOMEM and the buffer unchanged.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL until the first byte */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
};

/* Makes room for more bytes behind len, at least doubling what it allocates. Views of data are void afterwards. */
int buf_reserve(struct buf *, size_t more);

int buf_add(struct buf *, const void *bytes, size_t n);
int buf_addc(struct buf *, char c);
int buf_adds(struct buf *, const char *string);
/* The character with that code point, below 0x110000, in UTF-8. */
int buf_addu(struct buf *, uint32_t c);
/* As printf; the terminating NUL is not counted in len, but stands behind it. */
int buf_addf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *, const char *format, va_list) __attribute__((format(printf, 2, 0)));

/* A NUL behind the bytes, not counted: data as a string, valid until the next change. NULL with ENOMEM. */
char *buf_string(struct buf *);

void buf_free(struct buf *);

#endif
