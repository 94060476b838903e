#ifndef WRITER_H
#define WRITER_H

/*
 * writer: bytes under way to a descriptor: an iovec that is written piece by piece, without ever
 * waiting if the caller asks for that. The descriptor's flags are not changed: O_NONBLOCK would
 * reach every process that shares it.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "os/teepipe.h"

enum { WRITER_PARTS = 5 }; /* a block: header, payload, padding, index, padding */

struct writer {
	int fd;    /* the caller's; not closed here */
	int file;  /* 1: a regular file, which takes everything at once */
	int pipe;  /* 1: a pipe or FIFO */
	int own;   /* the same FIFO opened once more, non-blocking; -1: not needed */
	int parts; /* the number of parts under way */
	struct iovec iov[WRITER_PARTS];
	size_t piece;  /* bytes of one write that may wait, at most; 0: no limit */
	uint64_t sent; /* bytes added so far, without those that were dropped */
	int widened;   /* 1: the pipe has been made larger, or cannot be */
	int whole;     /* 1: nothing of what is under way has been written */
	int asked;     /* ... 1: but the teepipe has been asked to write it */
	/*
	 * The caller's, set after writer_open: shared by all writers of the same blocks; NULL:
	 * none.
	 */
	struct teepipe *teepipe;
};

/* Begins to write to fd, with nothing under way. fd stays the caller's. */
void writer_open(struct writer *, int fd);

/*
 * Adds a part, which must stay as it is until it is written. There may be WRITER_PARTS of them; an
 * empty one is not added.
 */
void writer_add(struct writer *, const void *bytes, size_t n);

/*
 * Makes one write of what is under way: with wait 1, of a piece of it, which may wait; with wait 0,
 * of as much as is taken without waiting. Returns 1; 0 if nothing could be taken without waiting
 * (never with wait 1); or -1 with errno, EPIPE if the reader has gone. After EINTR it returns 1
 * with nothing written.
 */
int writer_push(struct writer *, int wait);

/*
 * Copies what is still under way to memory, whose bytes before are dropped. From then on memory
 * must stay as it is, and the parts that were added need not. Returns 0; or -1 with errno ENOMEM,
 * and then the parts are still needed.
 */
int writer_detach(struct writer *, struct buf *memory);

/*
 * Forgets what is under way, and closes what was opened here besides fd. Must be called before the
 * caller closes fd.
 */
void writer_close(struct writer *);

/* Makes the pipe of standard output 64 KiB again, the usual size, if no more than that is in it. */
void writer_narrow(struct writer *);

/* Forgets what is under way. */
void writer_drop(struct writer *);

/* Returns the number of bytes written so far. */
uint64_t writer_put(const struct writer *);

/*
 * Writes bytes[0, n) once, as much as is taken without waiting, for the handler of a signal.
 * Reports nothing. Async-signal-safe.
 */
void writer_last_words(const struct writer *, const void *bytes, size_t n);

#endif
