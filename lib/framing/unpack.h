#ifndef UNPACK_H
#define UNPACK_H

/*
 * unpack: compressed bytes, which are known by the first of them, and the program that makes plain
 * bytes of them: gzip, zstd, xz, bzip2 or lz4, found in PATH. It runs beside this process, which
 * gives it the bytes of any descriptor, and reads what it writes. Neither waits for the other: what
 * is under way is a piece of the input, and what two pipes hold.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "os/child.h"

struct unpack_format; /* private */

struct unpack { /* { 0 }: no program runs */
	const struct unpack_format *format; /* to be read: NULL: none was started, or it was dropped */
	/* private */
	struct child child;
	int source, file;  /* the descriptor of the compressed bytes, borrowed; 1: a regular file */
	int in, out;       /* the program's standard input and output, our ends; -1: closed */
	struct buf bytes;  /* compressed bytes on their way to the program, ... */
	size_t given;      /* ... of which it has got this number */
	int eof;           /* the source has no more */
	int error;         /* errno of a read of the source that failed */
};

/*
 * Returns the format of the compressed bytes that begin with bytes[0, n): gzip (RFC 1952), zstd
 * (RFC 8878, also after the frame that pzstd writes first), xz, bzip2, or lz4 with its frames, also
 * the legacy ones. Returns NULL if they are none of these; with *more 1 if bytes that follow could
 * still show that they are.
 */
const struct unpack_format *unpack_format(const char *bytes, size_t n, int *more);

/* Return the name of the program, that of the format; and how it is called: "gzip -dc". */
const char *unpack_name(const struct unpack_format *);
const char *unpack_words(const struct unpack_format *);

/*
 * Starts the program for the source, a descriptor that is borrowed until unpack_drop, and whose
 * first n bytes have been read already; eof: these are all. The struct must not move until then.
 * Returns 0; or an exit status with one line, which does not name the input, appended to why: 69 if
 * the program is not there, 71, or 126.
 */
int unpack_start(struct unpack *, const struct unpack_format *, int source, const char *bytes, size_t n, int eof,
    struct buf *why);

/*
 * Gives the program what it takes, and reads up to n of its bytes, without waiting. Returns their
 * number, 0 at the end, or -1 with errno, EAGAIN if there is nothing at present. Then unpack_wait
 * waits until there may be something, and returns as rec_out_await does.
 */
ssize_t unpack_take(struct unpack *, void *to, size_t n);
int unpack_wait(struct unpack *, int ms);

/*
 * To be called at the end of its bytes: waits for the end of the program. Returns 0, also if nobody
 * wants the outputs any more; or an exit status with one line as above: 65 if the program failed,
 * 74 if the source could not be read.
 */
int unpack_end(struct unpack *, struct buf *why);

/* Ends the program, if it runs: nobody wants its bytes. Frees all. */
void unpack_drop(struct unpack *);

#endif
