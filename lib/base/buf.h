#ifndef BUF_H
#define BUF_H

/*
 * buf: bytes that grow. A struct buf of zeros is valid and empty; it owns its memory until
 * buf_free.
 *
 * A function that grows a buffer returns 0; or -1 with errno ENOMEM, and then the buffer is
 * unchanged. Growing may move data, so pointers into it are void afterwards.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL until memory is first needed */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
};

/*
 * Makes room for `more` bytes after data[0, len). If it has to allocate, it at least doubles cap.
 */
int buf_reserve(struct buf *, size_t more);

/* Each appends to data[0, len): n bytes, one byte, or a string without its NUL. */
int buf_add(struct buf *, const void *bytes, size_t n);
int buf_addc(struct buf *, char c);
int buf_adds(struct buf *, const char *string);

/* Appends the character of code point c, below 0x110000, in UTF-8. */
int buf_addu(struct buf *, uint32_t c);

/*
 * Each appends what printf would print. A NUL follows data[0, len), which is then also a string
 * until the next change.
 */
int buf_addf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *, const char *format, va_list) __attribute__((format(printf, 2, 0)));

/*
 * Puts a NUL after data[0, len), not counted in len, so that data is a string until the next
 * change. Returns 0, or -1 with errno ENOMEM.
 */
int buf_terminate(struct buf *);

/*
 * Returns data as a string, as by buf_terminate. Never NULL, so it can be printed at once: without
 * memory it returns "". Only a caller that must know the difference needs buf_terminate.
 */
char *buf_string(struct buf *);

/* Frees the memory; the buffer is empty and can be used again. */
void buf_free(struct buf *);

#endif
